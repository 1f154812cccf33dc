//! The decision: what a group may do now with an address, and why.
//!
//! Every address of a chain (an archive, and the page that it carries) is
//! decided by itself, and the strictest decision counts: that a site is open
//! does not open what it carries. For each the highest of these decides:
//!
//! 1. a category of illegal content, which nothing opens;
//! 2. a local rule that blocks;
//! 3. an exemption in force, for the address or for all its categories;
//! 4. a local rule that allows;
//! 5. the group's actions for its categories, the strictest of them;
//! 6. the group's default.

use crate::action::Action;
use crate::decision::{Decision, Verdict};
use crate::error::Result;
use crate::policy::{Clock, Governed, Group, GroupRules, Policy};
use crate::reason::ReasonCode;
use hedgerow::{Action as RuleAction, CanonicalUrl, Classification, Match, Outcome, Reason};
use jiff::Timestamp;
use smallvec::SmallVec;
use std::cmp::Ordering;

impl Policy {
    /// What the group of that name may do with the address then. See the
    /// [precedence](crate::Step).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PolicyGroup`](crate::ErrorKind::PolicyGroup) if the policy
    /// has no such group. What to do then is for the caller to say, and `allow`
    /// is the wrong answer.
    pub fn decide<'d>(
        &'d self,
        found: &'d Classification<'d>,
        group: &str,
        at: Timestamp,
    ) -> Result<Decision<'d>> {
        Ok(self.group(group)?.decide(found, at))
    }
}

/// A match that gives a category.
#[derive(Clone, Copy)]
pub(crate) struct Found<'c> {
    pub(crate) one: Match<'c>,
    /// Its place among the matches.
    pub(crate) place: u32,
    /// The category's number, if the policy knows it.
    pub(crate) category: Option<u32>,
}

impl Found<'_> {
    /// Whether, of two matches of one address that come to the same, this is the
    /// one to report: the narrower, then that of the category which is earlier
    /// in the taxonomy, and of equals always the same, in whatever order lists
    /// and layers are.
    pub(crate) fn is_reported_before(&self, other: &Found<'_>) -> bool {
        let (one, two) = (&self.one, &other.one);
        let order = |found: &Found<'_>| found.category.unwrap_or(u32::MAX);
        two.compare_narrowness(one)
            .then_with(|| order(self).cmp(&order(other)))
            .then_with(|| one.category().name().cmp(two.category().name()))
            .then_with(|| one.list().name().cmp(two.list().name()))
            .then_with(|| one.list().version().cmp(&two.list().version()))
            .then_with(|| one.entry().cmp(&two.entry()))
            == Ordering::Less
    }
}

/// The matches of one address that give a category.
type Listed<'c> = SmallVec<[Found<'c>; 4]>;

/// The exemptions of categories in force: category and exemption.
type Opened = SmallVec<[(u32, u32); 4]>;

/// What the policy says of one category.
enum Governing {
    Opened(u32),
    Action(Action, Option<u32>, u32),
    Silent,
}

impl<'d> Group<'d> {
    /// What the group may do with the address then. See the
    /// [precedence](crate::Step).
    ///
    /// # Resource usage
    ///
    /// Nothing from the heap unless the address is on more than four lists.
    #[must_use]
    pub fn decide(&self, found: &'d Classification<'d>, at: Timestamp) -> Decision<'d> {
        let mut clock = Clock::new(at);
        let mut best: Option<Verdict> = None;
        if let Some(url) = found.address() {
            best = Some(self.decide_link(found, url, 0, &mut clock));
            for (via, carried) in (1..).zip(found.via()) {
                let verdict = self.decide_link(found, carried.address(), via, &mut clock);
                if best.is_none_or(|best| verdict.beats(&best)) {
                    best = Some(verdict);
                }
            }
        }
        let verdict = match (found.outcome(), best) {
            (Outcome::Classified, Some(best)) => best,
            (outcome, best) => {
                let unknown = self.unclassified(outcome, &mut clock);
                match best {
                    Some(best) if !unknown.beats(&best) => best,
                    _ => unknown,
                }
            }
        };
        Decision {
            policy: self.policy,
            classification: found,
            group: self.index,
            at,
            verdict,
            download: None,
            requested: None,
        }
    }

    #[cold]
    fn unclassified(&self, outcome: Outcome, clock: &mut Clock) -> Verdict {
        let reason = match outcome {
            Outcome::Unclassifiable(Reason::Address(_)) => ReasonCode::UnclassifiableAddress,
            Outcome::Unclassifiable(Reason::WrappedTooDeep) => ReasonCode::WrappedTooDeep,
            // What the engine may learn to say later is taken as the worst.
            _ => ReasonCode::RulesetCorrupt,
        };
        let mut verdict = Verdict::new(Action::Block, reason, 0);
        if reason != ReasonCode::RulesetCorrupt {
            let rules = &self.policy.rules;
            let said = &self.rules().unclassifiable;
            if let Some((action, schedule)) = said.now(clock, &rules.schedules, &rules.zones) {
                verdict.action = action;
                verdict.schedule = schedule;
            }
        }
        verdict
    }

    fn decide_link<'c>(
        &self,
        found: &'c Classification<'c>,
        url: &CanonicalUrl<'_>,
        via: u32,
        clock: &mut Clock,
    ) -> Verdict {
        let rules = self.rules();
        let mut listed = Listed::new();
        if found.matches().len() > 0
            && let Some(locked) = self.list(found, via, &mut listed)
        {
            return locked;
        }
        let (block, allow) = local_rules(rules, url);
        if let Some(number) = block {
            return Verdict {
                local: Some(number),
                ..Verdict::new(Action::Block, ReasonCode::LocalBlock, via)
            };
        }
        let mut opened = Opened::new();
        if !self.policy.openings.exemptions.is_empty()
            && let Some(verdict) = self.exempted(url, via, &listed, &mut opened, clock)
        {
            return verdict;
        }
        if let Some(number) = allow {
            return Verdict {
                local: Some(number),
                ..Verdict::new(Action::Allow, ReasonCode::LocalAllow, via)
            };
        }
        let policy = &self.policy.rules;
        let mut default = Verdict::new(Action::Block, ReasonCode::Default, via);
        if let Some((action, schedule)) = rules.default.now(clock, &policy.schedules, &policy.zones)
        {
            default.action = action;
            default.schedule = schedule;
        }
        if listed.is_empty() {
            return default;
        }
        self.by_category(&listed, &opened, default, clock)
    }

    /// Notes the matches of one address of the chain; gives the verdict if one
    /// of them is illegal content.
    fn list<'c>(
        &self,
        found: &'c Classification<'c>,
        via: u32,
        listed: &mut Listed<'c>,
    ) -> Option<Verdict> {
        let mut locked: Option<Found<'_>> = None;
        for (place, one) in (0..).zip(found.matches()) {
            if one.via() != via as usize || one.action() != RuleAction::List || one.is_undone() {
                continue;
            }
            let (category, is_locked) = self.policy.category_of(&one);
            let found = Found {
                one,
                place,
                category,
            };
            if is_locked && locked.is_none_or(|best| found.is_reported_before(&best)) {
                locked = Some(found);
            }
            listed.push(found);
        }
        let locked = locked?;
        Some(Verdict {
            found: Some(locked.place),
            governed: locked.category,
            ..Verdict::new(Action::Block, ReasonCode::LockedCategory, via)
        })
    }

    /// The verdict of an exemption for the address or for all its categories.
    /// Those of categories in force are noted in `opened`.
    fn exempted(
        &self,
        url: &CanonicalUrl<'_>,
        via: u32,
        listed: &Listed<'_>,
        opened: &mut Opened,
        clock: &mut Clock,
    ) -> Option<Verdict> {
        let openings = &self.policy.openings;
        let group = openings.groups.get(self.index)?;
        // Exemptions are in order of their ids: the first is reported.
        let mut first: Option<u32> = None;
        group.index.candidates(url, &mut |number| {
            if let Some((rule, exemption)) = group.addresses.get(number as usize)
                && first.is_none_or(|first| *exemption < first)
                && openings.is_in_force(*exemption, clock.at)
                && rule.covers(url)
            {
                first = Some(*exemption);
            }
        });
        if let Some(exemption) = first {
            return Some(Verdict {
                exemption: Some(exemption),
                ..Verdict::new(Action::Allow, ReasonCode::ExemptionAddress, via)
            });
        }
        if listed.is_empty() {
            return None;
        }
        for &(category, exemption) in &group.categories {
            if openings.is_in_force(exemption, clock.at) {
                opened.push((category, exemption));
            }
        }
        if opened.is_empty() {
            return None;
        }
        let mut first: Option<(u32, &Found<'_>)> = None;
        for found in listed {
            let Governing::Opened(exemption) = self.governed(found.category, opened, clock) else {
                return None;
            };
            let better = first.is_none_or(|(before, other)| {
                exemption < before || (exemption == before && found.is_reported_before(other))
            });
            if better {
                first = Some((exemption, found));
            }
        }
        first.map(|(exemption, found)| Verdict {
            exemption: Some(exemption),
            found: Some(found.place),
            ..Verdict::new(Action::Allow, ReasonCode::ExemptionCategory, via)
        })
    }

    /// The strictest action for the categories that no exemption opens.
    fn by_category(
        &self,
        listed: &Listed<'_>,
        opened: &Opened,
        default: Verdict,
        clock: &mut Clock,
    ) -> Verdict {
        let mut best: Option<(Verdict, &Found<'_>)> = None;
        for found in listed {
            let verdict = match self.governed(found.category, opened, clock) {
                Governing::Opened(_) => continue,
                Governing::Action(action, schedule, governed) => Verdict {
                    found: Some(found.place),
                    governed: Some(governed),
                    schedule,
                    ..Verdict::new(action, ReasonCode::Category, default.via)
                },
                Governing::Silent => Verdict {
                    reason: ReasonCode::CategoryDefault,
                    found: Some(found.place),
                    ..default
                },
            };
            let better = best.is_none_or(|(best, other)| {
                verdict.beats(&best) || (!best.beats(&verdict) && found.is_reported_before(other))
            });
            if better {
                best = Some((verdict, found));
            }
        }
        best.map_or(default, |(best, _)| best)
    }

    /// What the group says of a category: of itself, otherwise of what it comes
    /// down to in the policy's taxonomy, otherwise of its areas of risk.
    fn governed(&self, category: Option<u32>, opened: &Opened, clock: &mut Clock) -> Governing {
        let Some(category) = category else {
            return Governing::Silent;
        };
        let opened_by = |category: u32| {
            opened
                .iter()
                .filter(|(open, _)| *open == category)
                .map(|(_, exemption)| *exemption)
                .min()
        };
        if !opened.is_empty() {
            if let Some(exemption) = opened_by(category) {
                return Governing::Opened(exemption);
            }
            let targets = self.policy.rules.categories.get(category);
            let targets = targets.map_or(&[][..], |known| &known.targets);
            if !targets.is_empty() && self.rules().action(category).is_none() {
                // What is left when some of it is open counts.
                let mut first: Option<u32> = None;
                let mut left: SmallVec<[u32; 4]> = SmallVec::new();
                for &target in targets {
                    match opened_by(target) {
                        Some(exemption) => first = Some(first.unwrap_or(exemption).min(exemption)),
                        None => left.push(target),
                    }
                }
                if let Some(exemption) = first {
                    if left.is_empty() {
                        return Governing::Opened(exemption);
                    }
                    return match self.strictest_of(&left, clock) {
                        Some((action, schedule, by)) => Governing::Action(action, schedule, by),
                        None => Governing::Silent,
                    };
                }
            }
        }
        let governed = match self.rules().fixed.get(category as usize) {
            Some(Some(fixed)) => *fixed,
            _ => self.governing_with(category, clock),
        };
        match governed {
            Some((action, schedule, by)) => Governing::Action(action, schedule, by),
            None => Governing::Silent,
        }
    }

    /// For each category that the policy knows, what governs it, where no
    /// schedule has a say in that.
    pub(crate) fn fixed(&self) -> Vec<Option<Governed>> {
        (0..self.policy.rules.categories.len() as u32)
            .map(|category| {
                let mut clock = Clock::new(Timestamp::UNIX_EPOCH);
                let governed = self.governing_with(category, &mut clock);
                clock.is_unasked().then_some(governed)
            })
            .collect()
    }

    /// Whether the group says anything of the category.
    pub(crate) fn governs(&self, category: u32) -> bool {
        self.governing(category, Timestamp::UNIX_EPOCH).is_some()
    }

    /// What the group says of the category then.
    pub(crate) fn governing(&self, category: u32, at: Timestamp) -> Governed {
        self.governing_with(category, &mut Clock::new(at))
    }

    fn governing_with(&self, category: u32, clock: &mut Clock) -> Governed {
        let policy = &self.policy.rules;
        if let Some(all) = self.rules().action(category)
            && let Some((action, schedule)) = all.now(clock, &policy.schedules, &policy.zones)
        {
            return Some((action, schedule, category));
        }
        let known = policy.categories.get(category)?;
        if known.locked {
            return Some((Action::Block, None, category));
        }
        self.strictest_of(&known.targets, clock)
            .or_else(|| self.strictest_named(&known.areas, clock))
    }

    /// The strictest of what the group says of these categories, by themselves
    /// or by their areas; nothing if it says nothing of any.
    fn strictest_of(&self, categories: &[u32], clock: &mut Clock) -> Governed {
        let by_name = self.strictest_named(categories, clock);
        if by_name.is_some() {
            return by_name;
        }
        let mut best = None;
        for &category in categories {
            let known = self.policy.rules.categories.get(category)?;
            stricter(&mut best, self.strictest_named(&known.areas, clock));
        }
        best
    }

    /// The strictest of what the group says of these very categories.
    fn strictest_named(&self, categories: &[u32], clock: &mut Clock) -> Governed {
        let policy = &self.policy.rules;
        let mut best = None;
        for &category in categories {
            let locked = policy
                .categories
                .get(category)
                .is_some_and(|known| known.locked);
            let said = if locked {
                Some((Action::Block, None))
            } else {
                self.rules()
                    .action(category)
                    .and_then(|all| all.now(clock, &policy.schedules, &policy.zones))
            };
            let said = said.map(|(action, schedule)| (action, schedule, category));
            stricter(&mut best, said);
        }
        best
    }
}

fn stricter(best: &mut Governed, other: Governed) {
    // Categories are in the order of the taxonomy; of equals the first counts.
    if let Some(other) = other
        && best.is_none_or(|(action, ..)| other.0 > action)
    {
        *best = Some(other);
    }
}

/// The local rules that block and allow the address, each the one to report.
#[inline]
fn local_rules(rules: &GroupRules, url: &CanonicalUrl<'_>) -> (Option<u32>, Option<u32>) {
    let (mut block, mut allow): (Option<u32>, Option<u32>) = (None, None);
    if rules.rules.is_empty() {
        return (None, None);
    }
    rules.index.candidates(url, &mut |number| {
        let Some(rule) = rules.rules.get(number as usize) else {
            return;
        };
        let best = if (number as usize) < rules.blocking {
            &mut block
        } else {
            &mut allow
        };
        let before = best.and_then(|best| rules.rules.get(best as usize));
        if before.is_none_or(|before| rule.precedence(before) == Ordering::Less) && rule.covers(url)
        {
            *best = Some(number);
        }
    });
    (block, allow)
}

impl Policy {
    /// The category of a match, by its name, otherwise by one of the aliases that
    /// its ruleset has for it; and whether that is illegal content.
    #[inline]
    pub(crate) fn category_of(&self, one: &Match<'_>) -> (Option<u32>, bool) {
        let category = one.category();
        let categories = &self.rules.categories;
        let index = categories.index(category.name()).or_else(|| {
            let aliases = category.aliases();
            aliases.iter().find_map(|alias| categories.index(alias))
        });
        let known = index.and_then(|index| categories.get(index));
        let is_locked = category.is_locked() || known.is_some_and(|known| known.locked);
        (index, is_locked)
    }
}
