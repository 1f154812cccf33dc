//! Exemptions under a policy: whether it lets them stand, and how decisions
//! find them. Their file, and asking for, approving and revoking them, is
//! another matter, which asks here ([`Policy::check_exemption`]) before it
//! writes.

use super::Policy;
use super::document::did_you_mean;
use super::groups::GroupRules;
use super::local::{AddressIndex, Gate, LocalRule, Scope};
use crate::error::{Error, ErrorKind, Errors, Result};
use crate::exemption::Exemption;
use crate::log::is_blank;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Exemptions that may be in force at some time.
#[derive(Debug, Default)]
pub(crate) struct Openings {
    /// In order of their ids.
    pub(crate) exemptions: Vec<Exemption>,
    /// For each group.
    pub(crate) groups: Vec<GroupOpenings>,
}

#[derive(Debug, Default)]
pub(crate) struct GroupOpenings {
    /// The rule, and the number of its exemption.
    pub(crate) addresses: Vec<(LocalRule, u32)>,
    pub(crate) index: AddressIndex,
    /// For these and the group's local rules.
    pub(crate) gate: Gate,
    /// The number of the category, and that of its exemption.
    pub(crate) categories: Vec<(u32, u32)>,
}

impl Openings {
    pub(crate) fn none(groups: &[GroupRules]) -> Openings {
        let mut openings = Openings {
            exemptions: Vec::new(),
            groups: groups.iter().map(|_| GroupOpenings::default()).collect(),
        };
        openings.index(groups);
        openings
    }

    /// Makes what finds the addresses of each group.
    fn index(&mut self, groups: &[GroupRules]) {
        for (group, local) in self.groups.iter_mut().zip(groups) {
            let addresses = group.addresses.iter().map(|(rule, _)| rule);
            group.index = AddressIndex::new(addresses.clone());
            group.gate = Gate::new(local.rules.iter().chain(addresses));
        }
    }

    pub(crate) fn is_in_force(&self, number: u32, at: Timestamp) -> bool {
        self.exemptions
            .get(number as usize)
            .is_some_and(|exemption| exemption.is_in_force(at))
    }
}

impl Policy {
    /// The same policy with these exemptions, in place of those it had.
    ///
    /// Those that had ended by `now`, were revoked or wait for approval are
    /// left out unread: they stay in their file as a record and need not fit
    /// the policy of today. A decision for a time before `now` therefore knows
    /// nothing of exemptions that ended between the two.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of the others, as
    /// [`Policy::check_exemption`] says, and [`ErrorKind::ExemptionId`] for two
    /// of the same id. An exemption that the policy does not let stand is
    /// never in force in part.
    pub fn with_exemptions(
        &self,
        exemptions: &[Exemption],
        now: Timestamp,
    ) -> std::result::Result<Policy, Errors> {
        let mut errors = Vec::new();
        let mut ids = BTreeSet::new();
        for exemption in exemptions {
            if !ids.insert(exemption.id.trim()) {
                let message = format!("the id `{}` is given twice", exemption.id);
                errors.push(Error::new(ErrorKind::ExemptionId, message));
            }
        }
        let mut live: Vec<&Exemption> = exemptions
            .iter()
            .filter(|exemption| {
                exemption.approved_by.is_some()
                    && exemption.revoked.is_none()
                    && now < exemption.end
            })
            .collect();
        live.sort_by(|a, b| a.id.cmp(&b.id));
        for exemption in &live {
            if let Err(found) = self.check_exemption(exemption) {
                errors.extend(found);
            }
        }
        let openings = self.openings(&live);
        let openings = Errors::or(errors, Some(openings))?;
        Ok(Policy {
            rules: Arc::clone(&self.rules),
            openings: Arc::new(openings),
        })
    }

    fn openings(&self, live: &[&Exemption]) -> Openings {
        let mut openings = Openings::none(&self.rules.groups);
        for (number, exemption) in (0..).zip(live) {
            let groups = self.rules.groups.iter().zip(&mut openings.groups);
            for (_, group) in groups.filter(|(group, _)| exemption.groups.contains(&group.name)) {
                for text in &exemption.addresses {
                    // What is wrong with one was said before.
                    if let Ok(rule) = LocalRule::parse(text, Scope::default()) {
                        group.addresses.push((rule, number));
                    }
                }
                for name in &exemption.categories {
                    if let Some(category) = self.rules.categories.index(name) {
                        group.categories.push((category, number));
                    }
                }
            }
            openings.exemptions.push((*exemption).clone());
        }
        openings.index(&self.rules.groups);
        openings
    }

    /// Whether the policy lets the exemption stand: it has an id and a reason,
    /// opens something for somebody, all its groups are there, its categories
    /// known and none of them locked or a whole area of risk, its addresses
    /// addresses that are no public suffix, it ends after it begins and lasts
    /// no longer than the policy says, who asked may ask, and who agreed, if
    /// anybody did yet, may agree and is somebody else unless one person may do
    /// both.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn check_exemption(&self, exemption: &Exemption) -> std::result::Result<(), Errors> {
        let mut errors = Vec::new();
        let mut problem = |kind, message: String| {
            let message = format!("exemption `{}`: {message}", exemption.id);
            errors.push(Error::new(kind, message));
        };
        if is_blank(&exemption.id) {
            problem(ErrorKind::ExemptionId, "it has no id".to_owned());
        }
        if is_blank(&exemption.reason) {
            problem(ErrorKind::ExemptionReason, "the reason is blank".to_owned());
        }
        if exemption.addresses.is_empty() && exemption.categories.is_empty() {
            problem(ErrorKind::ExemptionEmpty, "it opens nothing".to_owned());
        }
        if exemption.groups.is_empty() {
            problem(ErrorKind::ExemptionEmpty, "it is for no group".to_owned());
        }
        for name in &exemption.groups {
            if let Err(error) = self.group(name) {
                problem(ErrorKind::ExemptionGroup, error.message().to_owned());
            }
        }
        for name in &exemption.categories {
            let index = self.rules.categories.index(name);
            match index.and_then(|index| self.rules.categories.get(index)) {
                None => {
                    let guess = did_you_mean(self.rules.categories.nearest(name));
                    let message = format!("there is no category `{name}`{guess}");
                    problem(ErrorKind::ExemptionCategory, message);
                }
                Some(known) if known.locked => {
                    let message = format!("`{name}` is illegal content and opens for nobody");
                    problem(ErrorKind::ExemptionLocked, message);
                }
                Some(known) if known.area => {
                    let message = format!("`{name}` is a whole area of risk; name the categories");
                    problem(ErrorKind::ExemptionCategory, message);
                }
                Some(_) => {}
            }
        }
        for text in &exemption.addresses {
            if let Err(why) = LocalRule::parse(text, Scope::default()) {
                problem(ErrorKind::ExemptionAddress, why);
            }
        }
        if exemption.end <= exemption.start {
            problem(
                ErrorKind::ExemptionTime,
                "it ends before it begins".to_owned(),
            );
        }
        let rules = &self.rules.exemptions;
        let mut rule = |checked: Result<()>| {
            if let Err(error) = checked {
                problem(error.kind(), error.message().to_owned());
            }
        };
        let (asked, agreed) = (&exemption.requested_by, &exemption.approved_by);
        rule(rules.check_length(exemption, self.zone()));
        rule(rules.may_ask(asked).map(drop));
        if let Some(agreed) = agreed {
            rule(rules.may_agree(agreed).map(drop));
            rule(rules.check_two(asked, agreed));
        }
        Errors::or(errors, Some(()))
    }
}
