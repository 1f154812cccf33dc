//! The self-test: does the filter really block what it must? As the test pages
//! of a filter's makers do for one list, so here for every list, category and
//! group: by addresses made to be blocked.

use crate::action::Action;
use crate::policy::{Canary, Policy};
use crate::reason::ReasonCode;
use hedgerow::{Action as RuleAction, Classification, Classifier};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// What [`Policy::self_test`] found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SelfTest {
    /// Each canary for each of its groups, in the order of the policy.
    pub canaries: Vec<CanaryResult>,
    /// Each category of illegal content, of the policy's taxonomy and of the
    /// rulesets, in order of names.
    pub locked: Vec<LockedResult>,
}

impl SelfTest {
    /// Whether everything was blocked that must be.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.canaries.iter().all(|one| one.problem.is_none())
            && self.locked.iter().all(|one| one.problem.is_none())
    }
}

/// What became of a canary for one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CanaryResult {
    /// The address.
    pub address: String,
    /// The category that it stands for.
    pub category: String,
    /// The list that it must be on, if the policy says.
    pub list: Option<String>,
    /// The group.
    pub group: String,
    /// What was decided.
    pub action: Action,
    /// Why.
    pub reason: ReasonCode,
    /// What is wrong with that, if anything is.
    pub problem: Option<CanaryProblem>,
}

/// What is wrong with a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CanaryProblem {
    /// It was not blocked.
    NotBlocked,
    /// It was blocked, but no list has it in its category: something else
    /// blocks it, and the rest of the category may well be open.
    NotInCategory,
    /// It was blocked, but is not on its list.
    NotOnList,
}

impl CanaryProblem {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            CanaryProblem::NotBlocked => "not-blocked",
            CanaryProblem::NotInCategory => "not-in-category",
            CanaryProblem::NotOnList => "not-on-list",
        }
    }
}

/// Whether the blocking of a category of illegal content was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LockedResult {
    /// The category.
    pub category: String,
    /// What is wrong, if anything is.
    pub problem: Option<LockedProblem>,
}

/// Why the blocking of a category of illegal content was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LockedProblem {
    /// The policy has no canary of that category for some group: nobody can
    /// know whether it is blocked.
    NoCanary,
    /// A canary of that category has a problem.
    CanaryFailed,
}

impl LockedProblem {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            LockedProblem::NoCanary => "no-canary",
            LockedProblem::CanaryFailed => "canary-failed",
        }
    }
}

impl Policy {
    /// Decides on every canary for each of its groups, and looks whether every
    /// category of illegal content has canaries for every group.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{Classifier, Compiler, Ruleset};
    /// use hedgerow_policy::{CanaryProblem, Policy};
    ///
    /// // Lists that hold nothing block nothing, whatever the policy says.
    /// let classifier = Classifier::new(Ruleset::open(Compiler::new().finish_to_vec()?.0)?);
    /// let policy = Policy::from_toml(r#"
    ///     name = "Hill School"
    ///     time_zone = "Europe/London"
    ///     [groups.pupil]
    ///     default = "allow"
    ///     [[canary]]
    ///     address = "terrorism.canary.test"
    ///     category = "terrorism"
    /// "#)?;
    /// let test = policy.self_test(&classifier, "2026-11-02T10:00:00Z".parse()?);
    /// assert!(!test.passed());
    /// assert_eq!(test.canaries[0].problem, Some(CanaryProblem::NotBlocked));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn self_test<D: AsRef<[u8]> + Sync>(
        &self,
        classifier: &Classifier<D>,
        at: Timestamp,
    ) -> SelfTest {
        let mut canaries = Vec::new();
        for canary in self.canaries() {
            let found = classifier.classify(&canary.address);
            for group in self.groups() {
                if !canary.groups.is_empty() && !canary.groups.iter().any(|of| of == group.name()) {
                    continue;
                }
                let decision = group.decide(&found, at);
                canaries.push(CanaryResult {
                    address: canary.address.clone(),
                    category: canary.category.clone(),
                    list: canary.list.clone(),
                    group: group.name().to_owned(),
                    action: decision.action(),
                    reason: decision.reason(),
                    problem: if decision.action() == Action::Block {
                        self.problem_of(canary, &found)
                    } else {
                        Some(CanaryProblem::NotBlocked)
                    },
                });
            }
        }
        let locked = self.locked_categories(classifier);
        let locked = locked.into_iter().map(|category| LockedResult {
            problem: self.locked_problem(&category, &canaries),
            category,
        });
        SelfTest {
            locked: locked.collect(),
            canaries,
        }
    }

    /// What is wrong with a canary that is blocked.
    fn problem_of(&self, canary: &Canary, found: &Classification<'_>) -> Option<CanaryProblem> {
        let categories = &self.rules.categories;
        let wanted = categories.index(&canary.category);
        let listed = || {
            found
                .matches()
                .filter(|one| one.action() == RuleAction::List && !one.is_undone())
                .filter(|one| {
                    let (category, _) = self.category_of(&one.category());
                    let known = category.and_then(|index| categories.get(index));
                    category == wanted
                        || known.zip(wanted).is_some_and(|(known, wanted)| {
                            known.targets.contains(&wanted) || known.areas.contains(&wanted)
                        })
                })
        };
        if listed().next().is_none() {
            return Some(CanaryProblem::NotInCategory);
        }
        match &canary.list {
            Some(list) if !listed().any(|one| one.list().name() == list) => {
                Some(CanaryProblem::NotOnList)
            }
            _ => None,
        }
    }

    /// The categories of illegal content, each by the policy's name for it if it
    /// has one.
    fn locked_categories<D: AsRef<[u8]> + Sync>(&self, classifier: &Classifier<D>) -> Vec<String> {
        let categories = &self.rules.categories;
        // By what they are, so that one with two names is tested once.
        let mut locked: BTreeSet<String> = categories
            .all()
            .filter(|(_, known)| known.own && known.locked)
            .map(|(_, known)| known.id.clone())
            .collect();
        for ruleset in classifier.layers() {
            for category in ruleset
                .categories()
                .filter(hedgerow::CategoryRef::is_locked)
            {
                let name = match categories.index(category.name()) {
                    Some(index) => match categories.get(index) {
                        // What another taxonomy calls illegal counts as what it
                        // comes down to, where that is illegal too.
                        Some(known)
                            if known.targets.iter().any(|&target| {
                                categories.get(target).is_some_and(|known| known.locked)
                            }) =>
                        {
                            continue;
                        }
                        _ => categories.id(index),
                    },
                    None => category.name(),
                };
                locked.insert(name.to_owned());
            }
        }
        locked.into_iter().collect()
    }

    fn locked_problem(&self, category: &str, canaries: &[CanaryResult]) -> Option<LockedProblem> {
        let of = || canaries.iter().filter(|one| one.category == category);
        if of().any(|one| one.problem.is_some()) {
            return Some(LockedProblem::CanaryFailed);
        }
        let all = self
            .groups()
            .all(|group| of().any(|one| one.group == group.name()));
        (!all).then_some(LockedProblem::NoCanary)
    }
}
