//! Policies to start from. Their comments say why each line is as it is.
//!
//! Each group of each names every category of `uksic-2025` and each of the four
//! areas of risk of `kcsie-4c`. The areas are names in a policy like any other,
//! only the broadest: they govern the categories of lists that nothing nearer
//! governs.
//!
//! ```
//! use hedgerow_policy::ready_made::ready_made;
//! use hedgerow_policy::Action;
//!
//! let policy = ready_made("uk-secondary").expect("it is there").policy()?;
//! let at = "2026-11-02T10:00:00Z".parse()?;
//! assert_eq!(policy.group("ks3")?.action_of("social-media", at), Some(Action::Block));
//! assert_eq!(policy.group("ks5")?.action_of("social-media", at), Some(Action::Monitor));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::Errors;
use crate::policy::Policy;

/// A policy that is part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadyMade {
    /// The stable name.
    pub name: &'static str,
    /// What it is for.
    pub title: &'static str,
    /// Its TOML, with comments.
    pub text: &'static str,
}

/// Every one.
pub const ALL: &[ReadyMade] = &[
    ReadyMade {
        name: "uk-primary",
        title: "A UK primary school: pupils and staff",
        text: include_str!("primary.toml"),
    },
    ReadyMade {
        name: "uk-secondary",
        title: "A UK secondary school: key stages 3, 4 and 5, and staff",
        text: include_str!("secondary.toml"),
    },
    ReadyMade {
        name: "uk-guest",
        title: "A guest network in a UK school",
        text: include_str!("guest.toml"),
    },
];

impl ReadyMade {
    /// The policy.
    ///
    /// # Errors
    ///
    /// None, as tests make sure; a program need not believe that.
    pub fn policy(&self) -> Result<Policy, Errors> {
        Policy::from_toml(self.text)
    }
}

/// The ready-made policy of that name.
#[must_use]
pub fn ready_made(name: &str) -> Option<&'static ReadyMade> {
    ALL.iter().find(|policy| policy.name == name)
}

// They are by the clocks of London.
#[cfg(all(test, feature = "time-zones"))]
mod tests {
    use super::*;
    use crate::Action;
    use hedgerow::category::Taxonomy;

    #[test]
    fn every_group_names_every_uksic_category_and_every_area_of_risk() {
        let mut named = 0;
        for ready in ALL {
            let policy = ready.policy().unwrap();
            assert_eq!(policy.taxonomy().id(), "uksic-2025");
            for group in policy.groups() {
                for taxonomy in ["uksic-2025", "kcsie-4c"] {
                    for category in Taxonomy::builtin(taxonomy).unwrap().categories() {
                        assert!(
                            group.categories().any(|(id, _)| id == category.id),
                            "{}: `{}` does not name `{}`",
                            ready.name,
                            group.name(),
                            category.id
                        );
                        named += 1;
                    }
                }
            }
        }
        // Ten groups, 25 categories and four areas.
        assert_eq!(named, 10 * (25 + 4));
    }

    #[test]
    fn the_worst_is_blocked_for_everybody_at_all_times() {
        for ready in ALL {
            let policy = ready.policy().unwrap();
            for group in policy.groups() {
                for hour in 0..24 {
                    let at = format!("2026-11-02T{hour:02}:30:00Z").parse().unwrap();
                    for category in [
                        "pornography",
                        "extremism",
                        "malware-hacking",
                        "gambling",
                        "piracy",
                        "terrorism",
                    ] {
                        assert_eq!(group.action_of(category, at), Some(Action::Block));
                    }
                    assert_eq!(group.unclassifiable_action(at), Action::Block);
                }
            }
        }
    }

    #[test]
    fn every_canary_s_category_is_blocked_for_its_groups() {
        let at = "2026-11-02T12:15:00Z".parse().unwrap();
        for ready in ALL {
            let policy = ready.policy().unwrap();
            assert!(policy.canaries().len() > 20);
            for canary in policy.canaries() {
                for group in policy.groups() {
                    if canary.groups.is_empty() || canary.groups.iter().any(|of| of == group.name())
                    {
                        assert_eq!(
                            group.action_of(&canary.category, at),
                            Some(Action::Block),
                            "{}: {canary:?} {}",
                            ready.name,
                            group.name()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn what_lists_of_others_have_is_governed() {
        let policy = ready_made("uk-primary").unwrap().policy().unwrap();
        let at = "2026-11-02T10:00:00Z".parse().unwrap();
        let pupil = policy.group("pupil").unwrap();
        for (category, action) in [
            ("adult", Some(Action::Block)),
            ("mixed_adult", Some(Action::Block)),
            ("agressif", Some(Action::Block)),
            ("social_networks", Some(Action::Block)),
            ("audio-video", Some(Action::Block)),
            ("educational_games", Some(Action::Allow)),
            ("sexual_education", Some(Action::Monitor)),
            ("cooking", None),
        ] {
            assert_eq!(pupil.action_of(category, at), action, "{category}");
        }
    }

    #[test]
    fn names_are_found() {
        for ready in ALL {
            assert_eq!(ready_made(ready.name), Some(ready));
        }
        assert_eq!(ready_made("uk-nursery"), None);
    }
}
