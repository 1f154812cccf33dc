//! A group made ready: what does not depend on the address worked out before
//! addresses come.

use crate::action::Action;
use crate::decide::{Ruling, Rulings};
use crate::decision::Decision;
use crate::policy::{Clock, Group, Policy};
use hedgerow::{Classification, Classifier, ClassifierId, Match};
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// A [`Group`] made ready to decide on what one classifier says, at about one
/// time: which action each category of the classifier's rulesets has now is
/// worked out once, not for each address.
///
/// It decides exactly as [`Group::decide`] does, only sooner. That it is asked
/// of another time than it was made ready for, or of what another classifier
/// said (a ruleset was replaced), it notices, and then works everything out
/// anew for that decision alone. So it never needs to be renewed, but is quick
/// only while it is: [`renew`](PreparedGroup::renew) it before each decision,
/// which does nothing until [`until`](PreparedGroup::until), and
/// [`prepare`](Group::prepare) another when the policy or the classifier is
/// replaced.
///
/// It keeps the policy by itself (a policy is cheap to clone) and borrows
/// nothing. A server has one for each group and thread.
///
/// # Examples
///
/// ```
/// use hedgerow::{Classifier, Compiler, Entry, HostScope, ListInfo, Ruleset};
/// use hedgerow_policy::{Action, Policy};
/// use jiff::Timestamp;
///
/// let policy = Policy::from_toml(r#"
///     name = "Hill School"
///     time_zone = "Europe/London"
///     [[category]]
///     name = "games"
///     [schedules.lesson]
///     times = ["09:00-12:00"]
///     [groups.pupil]
///     default = "allow"
///     categories = { games = { otherwise = "allow", lesson = "block" } }
/// "#)?;
/// let mut compiler = Compiler::new();
/// let mut list = compiler.list(ListInfo::new("games", "games"))?;
/// list.push(&Entry::host("play.example", HostScope::Domain, 1))?;
/// let classifier = Classifier::new(Ruleset::open(compiler.finish_to_vec()?.0)?);
///
/// let lesson: Timestamp = "2026-11-02T11:59:30Z".parse()?;
/// let mut pupil = policy.group("pupil")?.prepare(&classifier, lesson);
/// let found = classifier.classify("https://play.example/");
/// assert_eq!(pupil.decide(&found, lesson).action(), Action::Block);
///
/// // The lesson is over, and it knows.
/// let pause: Timestamp = "2026-11-02T12:00:00Z".parse()?;
/// assert_eq!(pupil.until(), pause);
/// assert_eq!(pupil.decide(&found, pause).action(), Action::Allow);
/// pupil.renew(pause);
/// assert_eq!(pupil.decide(&found, pause).action(), Action::Allow);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PreparedGroup {
    policy: Policy,
    /// The group's place in the policy.
    group: usize,
    classifier: ClassifierId,
    /// For each layer, and each category of it, the category's number, if the
    /// policy knows it, and whether it is illegal content.
    categories: Vec<Vec<(Option<u32>, bool)>>,
    from: Timestamp,
    until: Timestamp,
    /// What `categories` come to in that time.
    rulings: Vec<Vec<Ruling>>,
    default: (Action, Option<u32>),
}

impl Group<'_> {
    /// Makes the group ready to decide on what this classifier says, from that
    /// moment on.
    ///
    /// # Resource usage
    ///
    /// Some tens of microseconds, and 32 bytes or so for each category of the
    /// rulesets.
    #[must_use]
    pub fn prepare<D: AsRef<[u8]> + Sync>(
        &self,
        classifier: &Classifier<D>,
        at: Timestamp,
    ) -> PreparedGroup {
        let categories = classifier.layers().iter().map(|ruleset| {
            ruleset
                .categories()
                .map(|category| self.policy.category_of(&category))
                .collect()
        });
        let mut prepared = PreparedGroup {
            policy: self.policy.clone(),
            group: self.index,
            classifier: classifier.id(),
            categories: categories.collect(),
            from: at,
            until: at,
            rulings: Vec::new(),
            default: (Action::Block, None),
        };
        prepared.renew(at);
        prepared
    }
}

impl PreparedGroup {
    /// What the group may do with the address then, as [`Group::decide`] says.
    #[must_use]
    #[inline]
    pub fn decide<'d>(&'d self, found: &'d Classification<'d>, at: Timestamp) -> Decision<'d> {
        if found.classifier() != self.classifier || at < self.from || self.until <= at {
            return self.decide_anew(found, at);
        }
        self.group()
            .decide_by(found, &mut Ready { prepared: self, at })
    }

    #[cold]
    fn decide_anew<'d>(&'d self, found: &'d Classification<'d>, at: Timestamp) -> Decision<'d> {
        self.group().decide(found, at)
    }

    /// Makes it ready for that moment, if it is not.
    pub fn renew(&mut self, at: Timestamp) {
        if self.from <= at && at < self.until {
            return;
        }
        let group = Group {
            policy: &self.policy,
            index: self.group,
        };
        let mut clock = Clock::new(at);
        let opened = group.opened(at);
        let rulings = self.categories.iter().map(|layer| {
            let rulings = layer.iter().map(|&(category, is_locked)| {
                group.ruling(category, is_locked, &opened, &mut clock)
            });
            rulings.collect()
        });
        self.rulings = rulings.collect();
        self.default = group.default_now(&mut clock);
        self.from = at;
        self.until = self.policy.unchanged_until(at);
    }

    /// The group.
    #[must_use]
    #[inline]
    pub fn group(&self) -> Group<'_> {
        Group {
            policy: &self.policy,
            index: self.group,
        }
    }

    /// The first moment for which it is not ready: at the latest, if the policy
    /// has schedules, when the clocks show the next minute, otherwise when an
    /// exemption begins or ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

impl fmt::Debug for PreparedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedGroup")
            .field("group", &self.group().name())
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// The rulings of a prepared group at a moment that it is ready for.
struct Ready<'p> {
    prepared: &'p PreparedGroup,
    at: Timestamp,
}

impl<'p> Rulings for Ready<'p> {
    type Held = &'p Ruling;

    #[inline]
    fn ruling(&mut self, one: &Match<'_>) -> &'p Ruling {
        let layer = self.prepared.rulings.get(one.layer());
        let ruling = layer.and_then(|layer| layer.get(one.category_place()));
        ruling.unwrap_or(&Ruling::CORRUPT)
    }

    #[inline]
    fn default_action(&mut self) -> (Action, Option<u32>) {
        self.prepared.default
    }

    #[inline]
    fn at(&self) -> Timestamp {
        self.at
    }
}

impl Policy {
    /// A moment after `at` until which no schedule and no exemption begins or
    /// ends.
    fn unchanged_until(&self, at: Timestamp) -> Timestamp {
        let mut until = Timestamp::MAX;
        for exemption in &self.openings.exemptions {
            for edge in [exemption.start, exemption.end] {
                if at < edge {
                    until = until.min(edge);
                }
            }
        }
        for schedule in &self.rules.schedules {
            let Some(zone) = self.rules.zones.get(schedule.zone) else {
                continue;
            };
            // Schedules begin and end at whole minutes of their clocks, unless
            // these are put forward or back.
            let local = zone.local(at);
            let into = SignedDuration::new(i64::from(local.second()), local.subsec_nanosecond());
            let left = SignedDuration::from_mins(1) - into;
            let minute = at.checked_add(left).unwrap_or(Timestamp::MAX);
            let nanosecond = SignedDuration::from_nanos(1);
            let last = minute.checked_sub(nanosecond).unwrap_or(at);
            let is_steady = zone.local(last).duration_since(local) == last.duration_since(at);
            until = until.min(if is_steady {
                minute
            } else {
                at.checked_add(nanosecond).unwrap_or(Timestamp::MAX)
            });
        }
        until
    }
}
