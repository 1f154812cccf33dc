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
use crate::policy::{Clock, Governed, Group, Policy};
use crate::reason::ReasonCode;
use hedgerow::{
    Action as RuleAction, CanonicalUrl, CategoryRef, Classification, Match, Outcome, Reason,
};
use jiff::Timestamp;
use smallvec::SmallVec;
use std::borrow::Borrow;
use std::cmp::Ordering;

impl Policy {
    /// What the group of that name may do with the address then. See the
    /// [precedence](crate::Step).
    ///
    /// For many addresses, prepare the group: [`Group::prepare`].
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

/// The exemptions of categories in force: category and exemption.
pub(crate) type Opened = SmallVec<[(u32, u32); 4]>;

/// What the policy says of one category.
enum Governing {
    Opened(u32),
    Action(Action, Option<u32>, u32),
    Silent,
}

/// What comes of a match, seen by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ruling {
    weight: Weight,
    action: Action,
    reason: ReasonCode,
    schedule: Option<u32>,
    /// The category's number, if the policy knows it.
    category: Option<u32>,
    /// The category whose action counts.
    governed: Option<u32>,
    exemption: Option<u32>,
}

/// How much a ruling counts against those of other matches of the address: what
/// an exemption opens the least, illegal content the most, between them the
/// stricter action, and of the same action what the policy says of a category
/// before the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Weight(u8);

impl Weight {
    const OPENED: Weight = Weight(0);
    const LOCKED: Weight = Weight(u8::MAX);

    fn of(action: Action, is_named: bool) -> Weight {
        Weight(1 + 2 * action as u8 + u8::from(is_named))
    }
}

impl Ruling {
    /// For a category that its ruleset does not have: the ruleset contradicts
    /// itself, which opens nothing.
    pub(crate) const CORRUPT: Ruling = Ruling {
        weight: Weight::LOCKED,
        action: Action::Block,
        reason: ReasonCode::RulesetCorrupt,
        schedule: None,
        category: None,
        governed: None,
        exemption: None,
    };

    /// Whether it counts against that of another match found before.
    #[inline]
    fn beats(&self, found: &Found<'_>, other: &Ruling, of: &Found<'_>) -> bool {
        match self.weight.cmp(&other.weight) {
            // Exemptions are in order of their ids: the first is reported.
            Ordering::Equal => match self.exemption.cmp(&other.exemption) {
                Ordering::Equal => found.is_reported_before(of),
                order => order == Ordering::Less,
            },
            order => order == Ordering::Greater,
        }
    }

    #[inline]
    fn verdict(&self, place: u32, via: u32) -> Verdict {
        Verdict {
            found: Some(place),
            governed: self.governed,
            exemption: self.exemption,
            schedule: self.schedule,
            ..Verdict::new(self.action, self.reason, via)
        }
    }
}

/// What depends on group and moment, not on the address.
pub(crate) trait Rulings {
    /// A ruling, or where one is kept: it is not copied needlessly.
    type Held: Borrow<Ruling>;

    /// What comes of the match by itself.
    fn ruling(&mut self, one: &Match<'_>) -> Self::Held;

    /// The action for what is on no list, and the schedule that chose it.
    fn default_action(&mut self) -> (Action, Option<u32>);

    /// The moment.
    fn at(&self) -> Timestamp;
}

/// Rulings worked out as they are asked for.
struct Asked<'p> {
    group: Group<'p>,
    clock: Clock,
    opened: Option<Opened>,
}

impl Rulings for Asked<'_> {
    type Held = Ruling;

    fn ruling(&mut self, one: &Match<'_>) -> Ruling {
        let (category, is_locked) = self.group.policy.category_of(&one.category());
        let at = self.clock.at;
        let opened = self.opened.get_or_insert_with(|| self.group.opened(at));
        self.group
            .ruling(category, is_locked, opened, &mut self.clock)
    }

    fn default_action(&mut self) -> (Action, Option<u32>) {
        self.group.default_now(&mut self.clock)
    }

    fn at(&self) -> Timestamp {
        self.clock.at
    }
}

/// What local rules and exemptions say of an address.
#[derive(Default)]
struct ByAddress {
    block: Option<u32>,
    exemption: Option<u32>,
    allow: Option<u32>,
}

impl<'d> Group<'d> {
    /// What the group may do with the address then. See the
    /// [precedence](crate::Step).
    ///
    /// For many addresses at about the same time, [`Group::prepare`] once and
    /// ask what it gives, which takes half the time.
    ///
    /// # Resource usage
    ///
    /// Nothing from the heap unless more than four exemptions of categories are
    /// in force.
    #[must_use]
    pub fn decide(&self, found: &'d Classification<'d>, at: Timestamp) -> Decision<'d> {
        let mut rulings = Asked {
            group: *self,
            clock: Clock::new(at),
            opened: None,
        };
        self.decide_by(found, &mut rulings)
    }

    #[inline]
    pub(crate) fn decide_by(
        &self,
        found: &'d Classification<'d>,
        rulings: &mut impl Rulings,
    ) -> Decision<'d> {
        // Written where it stays: to put it together elsewhere and copy it would
        // take as long as the rest.
        let mut decision = Decision {
            policy: self.policy,
            classification: found,
            group: self.index,
            at: rulings.at(),
            verdict: Verdict::new(Action::Block, ReasonCode::RulesetCorrupt, 0),
            download: None,
            requested: None,
        };
        match (found.outcome(), found.address()) {
            (Outcome::Classified, Some(url)) if found.via().is_empty() => {
                self.decide_link(found, url, 0, rulings, &mut decision.verdict);
            }
            _ => decision.verdict = self.decide_chain(found, rulings),
        }
        decision
    }

    #[inline(never)]
    fn decide_chain(&self, found: &Classification<'_>, rulings: &mut impl Rulings) -> Verdict {
        let mut best: Option<Verdict> = None;
        let mut verdict = Verdict::new(Action::Block, ReasonCode::RulesetCorrupt, 0);
        if let Some(url) = found.address() {
            self.decide_link(found, url, 0, rulings, &mut verdict);
            best = Some(verdict);
            for (via, carried) in (1..).zip(found.via()) {
                self.decide_link(found, carried.address(), via, rulings, &mut verdict);
                if best.is_none_or(|best| verdict.beats(&best)) {
                    best = Some(verdict);
                }
            }
        }
        match (found.outcome(), best) {
            (Outcome::Classified, Some(best)) => best,
            (outcome, best) => {
                let unknown = self.unclassified(outcome, rulings.at());
                match best {
                    Some(best) if !unknown.beats(&best) => best,
                    _ => unknown,
                }
            }
        }
    }

    fn unclassified(&self, outcome: Outcome, at: Timestamp) -> Verdict {
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
            let now = said.now(&mut Clock::new(at), &rules.schedules, &rules.zones);
            if let Some((action, schedule)) = now {
                verdict.action = action;
                verdict.schedule = schedule;
            }
        }
        verdict
    }

    #[inline]
    fn decide_link<R: Rulings>(
        &self,
        found: &Classification<'_>,
        url: &CanonicalUrl<'_>,
        via: u32,
        rulings: &mut R,
        verdict: &mut Verdict,
    ) {
        let mut best: Option<(R::Held, Found<'_>)> = None;
        for (place, one) in (0..).zip(found.matches()) {
            if one.via() != via as usize || one.action() != RuleAction::List || one.is_undone() {
                continue;
            }
            let held = rulings.ruling(&one);
            let ruling: &Ruling = held.borrow();
            let category = ruling.category;
            let found = Found {
                one,
                place,
                category,
            };
            let better = best
                .as_ref()
                .is_none_or(|(best, other)| ruling.beats(&found, best.borrow(), other));
            if better {
                best = Some((held, found));
            }
        }
        let best: Option<(&Ruling, u32)> = best
            .as_ref()
            .map(|(ruling, found)| (ruling.borrow(), found.place));
        if let Some((ruling, place)) = best
            && ruling.weight == Weight::LOCKED
        {
            *verdict = ruling.verdict(place, via);
            return;
        }
        let mut by_address = ByAddress::default();
        if self.may_speak_of(url) {
            by_address = self.by_address(url, rulings.at());
        }
        if by_address.block.is_some() {
            *verdict = Verdict::new(Action::Block, ReasonCode::LocalBlock, via);
            verdict.local = by_address.block;
        } else if by_address.exemption.is_some() {
            *verdict = Verdict::new(Action::Allow, ReasonCode::ExemptionAddress, via);
            verdict.exemption = by_address.exemption;
        } else if by_address.allow.is_some()
            && best.is_none_or(|(ruling, _)| ruling.weight != Weight::OPENED)
        {
            *verdict = Verdict::new(Action::Allow, ReasonCode::LocalAllow, via);
            verdict.local = by_address.allow;
        } else if let Some((ruling, place)) = best {
            *verdict = ruling.verdict(place, via);
        } else {
            let (action, schedule) = rulings.default_action();
            *verdict = Verdict::new(action, ReasonCode::Default, via);
            verdict.schedule = schedule;
        }
    }

    /// Whether a local rule or an exemption may be about the address: nearly
    /// always not, and then that is all there is to ask.
    #[inline]
    fn may_speak_of(&self, url: &CanonicalUrl<'_>) -> bool {
        let openings = self.policy.openings.groups.get(self.index);
        openings.is_none_or(|group| group.gate.may_have(url.host_text()))
    }

    /// What local rules and exemptions say of the address, each the one to
    /// report.
    #[inline(never)]
    fn by_address(&self, url: &CanonicalUrl<'_>, at: Timestamp) -> ByAddress {
        let mut found = ByAddress::default();
        let rules = self.rules();
        rules.index.candidates(url, &mut |number| {
            let Some(rule) = rules.rules.get(number as usize) else {
                return;
            };
            let best = if (number as usize) < rules.blocking {
                &mut found.block
            } else {
                &mut found.allow
            };
            let before = best.and_then(|best| rules.rules.get(best as usize));
            let counts = before.is_none_or(|before| rule.precedence(before) == Ordering::Less);
            if counts && rule.covers(url) {
                *best = Some(number);
            }
        });
        let openings = &self.policy.openings;
        if let Some(group) = openings.groups.get(self.index) {
            // Exemptions are in order of their ids: the first is reported.
            group.index.candidates(url, &mut |number| {
                if let Some((rule, exemption)) = group.addresses.get(number as usize)
                    && found.exemption.is_none_or(|first| *exemption < first)
                    && openings.is_in_force(*exemption, at)
                    && rule.covers(url)
                {
                    found.exemption = Some(*exemption);
                }
            });
        }
        found
    }

    /// The exemptions of categories that are in force then.
    pub(crate) fn opened(&self, at: Timestamp) -> Opened {
        let openings = &self.policy.openings;
        let all = openings.groups.get(self.index);
        all.map_or(&[][..], |group| &group.categories)
            .iter()
            .filter(|(_, exemption)| openings.is_in_force(*exemption, at))
            .copied()
            .collect()
    }

    /// The action for what is on no list.
    pub(crate) fn default_now(&self, clock: &mut Clock) -> (Action, Option<u32>) {
        let policy = &self.policy.rules;
        let now = self
            .rules()
            .default
            .now(clock, &policy.schedules, &policy.zones);
        now.unwrap_or((Action::Block, None))
    }

    /// What comes of a match of that category.
    pub(crate) fn ruling(
        &self,
        category: Option<u32>,
        is_locked: bool,
        opened: &Opened,
        clock: &mut Clock,
    ) -> Ruling {
        let mut ruling = Ruling {
            weight: Weight::LOCKED,
            action: Action::Block,
            reason: ReasonCode::LockedCategory,
            schedule: None,
            category,
            governed: category,
            exemption: None,
        };
        if is_locked {
            return ruling;
        }
        match self.governed(category, opened, clock) {
            Governing::Opened(exemption) => {
                ruling.weight = Weight::OPENED;
                ruling.action = Action::Allow;
                ruling.reason = ReasonCode::ExemptionCategory;
                ruling.governed = None;
                ruling.exemption = Some(exemption);
            }
            Governing::Action(action, schedule, by) => {
                ruling.weight = Weight::of(action, true);
                ruling.action = action;
                ruling.reason = ReasonCode::Category;
                ruling.schedule = schedule;
                ruling.governed = Some(by);
            }
            Governing::Silent => {
                let (action, schedule) = self.default_now(clock);
                ruling.weight = Weight::of(action, false);
                ruling.action = action;
                ruling.reason = ReasonCode::CategoryDefault;
                ruling.schedule = schedule;
                ruling.governed = None;
            }
        }
        ruling
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

impl Policy {
    /// The category of a ruleset, by its name, otherwise by one of the aliases
    /// that the ruleset has for it; and whether that is illegal content.
    pub(crate) fn category_of(&self, category: &CategoryRef<'_>) -> (Option<u32>, bool) {
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
