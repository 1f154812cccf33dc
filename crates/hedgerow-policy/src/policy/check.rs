//! A policy beside the rulesets in use: what it says of categories that no list
//! has, and what lists have that it says nothing of.

use super::{Policy, Rules};
use crate::action::Action;
use hedgerow::Ruleset;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The policy works, but perhaps not as was meant.
    Warning,
    /// The policy does not fit the rulesets.
    Error,
}

/// What was found, as a stable, machine-readable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingCode {
    /// The policy names a category that neither the taxonomy nor a ruleset has.
    CategoryUnknown,
    /// The policy gives something but `block` to a category that a ruleset
    /// locks. It is blocked all the same.
    CategoryLocked,
    /// A canary names a list that no ruleset has.
    ListUnknown,
    /// A group says nothing of a category that a ruleset has: its default
    /// counts.
    CategoryUngoverned,
    /// No list in use has a category that the policy names or that must always
    /// be blocked.
    CategoryWithoutList,
}

impl FindingCode {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            FindingCode::CategoryUnknown => "category-unknown",
            FindingCode::CategoryLocked => "category-locked",
            FindingCode::ListUnknown => "list-unknown",
            FindingCode::CategoryUngoverned => "category-ungoverned",
            FindingCode::CategoryWithoutList => "category-without-list",
        }
    }

    /// How much it matters.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            FindingCode::CategoryUnknown
            | FindingCode::CategoryLocked
            | FindingCode::ListUnknown => Severity::Error,
            FindingCode::CategoryUngoverned | FindingCode::CategoryWithoutList => Severity::Warning,
        }
    }
}

/// Something that [`Policy::check_against`] found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// The category or list that it is about.
    pub subject: String,
    /// The line of the policy, counted from 1, if it is about one.
    pub line: Option<u64>,
    /// The character of that line, counted from 1.
    pub column: Option<u64>,
    /// A sentence without a full stop.
    pub message: String,
}

impl Finding {
    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.line.zip(self.column) {
            write!(f, "{line}:{column}: ")?;
        }
        write!(f, "{} [{}]", self.message, self.code.code())
    }
}

/// What rulesets have of a category.
#[derive(Default)]
struct Listed {
    locked: bool,
    aliases: Vec<String>,
}

impl Policy {
    /// Compares the policy with the rulesets that it will be used with. The
    /// findings are in order: warnings, then errors, each kind together.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{Compiler, Entry, HostScope, ListInfo, Ruleset};
    /// use hedgerow_policy::Policy;
    ///
    /// let mut compiler = Compiler::new();
    /// let mut list = compiler.list(ListInfo::new("knitting", "knitting"))?;
    /// list.push(&Entry::host("wool.example", HostScope::Domain, 1))?;
    /// let ruleset = Ruleset::open(compiler.finish_to_vec()?.0)?;
    /// let policy = Policy::from_toml(r#"
    ///     name = "Hill School"
    ///     time_zone = "Europe/London"
    ///     [groups.everyone]
    ///     default = "allow"
    /// "#)?;
    /// let findings = policy.check_against([&ruleset]);
    /// assert!(findings.iter().any(|finding| finding.to_string()
    ///     == "`everyone` says nothing of `knitting`, which a ruleset has: its default counts [category-ungoverned]"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_against<'r, D: AsRef<[u8]> + 'r>(
        &self,
        rulesets: impl IntoIterator<Item = &'r Ruleset<D>>,
    ) -> Vec<Finding> {
        let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
        let mut lists = BTreeSet::new();
        for ruleset in rulesets {
            for category in ruleset.categories() {
                let entry = listed.entry(category.name().to_owned()).or_default();
                entry.locked |= category.is_locked();
                entry
                    .aliases
                    .extend(category.aliases().into_iter().map(str::to_owned));
            }
            lists.extend(ruleset.lists().map(|list| list.name().to_owned()));
        }
        let mut findings = Vec::new();
        self.check_listed(&listed, &mut findings);
        self.check_named(&listed, &mut findings);
        for canary in self.canaries() {
            if let Some(list) = &canary.list
                && !lists.contains(list)
            {
                findings.push(Finding {
                    code: FindingCode::ListUnknown,
                    subject: list.clone(),
                    line: None,
                    column: None,
                    message: format!(
                        "the canary `{}` is for a list `{list}`, which no ruleset has",
                        canary.address
                    ),
                });
            }
        }
        findings.sort();
        findings.sort_by_key(Finding::severity);
        findings.dedup();
        findings
    }

    /// What the rulesets have, and the policy's word on it.
    fn check_listed(&self, listed: &BTreeMap<String, Listed>, findings: &mut Vec<Finding>) {
        for (name, entry) in listed {
            let index = index_of(&self.rules, name, &entry.aliases);
            if entry.locked {
                self.check_lock(name, index, findings);
                continue;
            }
            let silent: Vec<String> = self
                .groups()
                .filter(|group| !index.is_some_and(|index| group.governs(index)))
                .map(|group| format!("`{}`", group.name()))
                .collect();
            if !silent.is_empty() {
                let (verb, whose) = if silent.len() == 1 {
                    ("says", "its")
                } else {
                    ("say", "their")
                };
                findings.push(Finding {
                    code: FindingCode::CategoryUngoverned,
                    subject: name.clone(),
                    line: None,
                    column: None,
                    message: format!(
                        "{} {verb} nothing of `{name}`, which a ruleset has: {whose} default counts",
                        silent.join(", ")
                    ),
                });
            }
        }
    }

    fn check_lock(&self, name: &str, index: Option<u32>, findings: &mut Vec<Finding>) {
        for group in &self.rules.groups {
            for &(category, line, column) in &group.said_at {
                let softens = group.action(category).is_some_and(|all| {
                    all.0.iter().any(|switched| {
                        switched.otherwise != Action::Block
                            || switched
                                .when
                                .iter()
                                .any(|(_, action)| *action != Action::Block)
                    })
                });
                if Some(category) == index && softens {
                    findings.push(Finding {
                        code: FindingCode::CategoryLocked,
                        subject: name.to_owned(),
                        line: Some(line),
                        column: Some(column),
                        message: format!(
                            "`{}` does not block `{name}`, which a ruleset locks: it is blocked all the same",
                            group.name
                        ),
                    });
                }
            }
        }
    }

    /// What the policy names, and whether a list has it.
    fn check_named(&self, listed: &BTreeMap<String, Listed>, findings: &mut Vec<Finding>) {
        let categories = &self.rules.categories;
        // What lists have, and what that comes down to.
        let mut has = BTreeSet::new();
        for (name, entry) in listed {
            if let Some(index) = index_of(&self.rules, name, &entry.aliases)
                && let Some(known) = categories.get(index)
            {
                has.insert(index);
                has.extend(&known.targets);
                has.extend(&known.areas);
            }
        }
        for (index, known) in categories.all() {
            let said = self.rules.groups.iter().find_map(|group| {
                let mut places = group.said_at.iter();
                places.find(|(category, ..)| *category == index)
            });
            let wanted = said.is_some() || (known.own && known.locked);
            if !wanted || has.contains(&index) {
                continue;
            }
            let code = if known.lent {
                FindingCode::CategoryUnknown
            } else {
                FindingCode::CategoryWithoutList
            };
            let message = if known.lent {
                format!(
                    "neither the taxonomy nor a ruleset has the category `{}`",
                    known.id
                )
            } else {
                format!("no list in use has the category `{}`", known.id)
            };
            findings.push(Finding {
                code,
                subject: known.id.clone(),
                line: said.map(|(_, line, _)| *line),
                column: said.map(|(.., column)| *column),
                message,
            });
        }
    }
}

/// The category that a ruleset's one is, by its name, otherwise by one of its
/// aliases.
pub(super) fn index_of(rules: &Rules, name: &str, aliases: &[String]) -> Option<u32> {
    rules.categories.index(name).or_else(|| {
        aliases
            .iter()
            .find_map(|alias| rules.categories.index(alias))
    })
}
