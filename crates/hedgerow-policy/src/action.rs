//! What a policy does with an address.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is done with an address, from the mildest to the strictest: the order
/// of the variants is the order of strictness.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::Action;
///
/// assert!(Action::Block > Action::Warn);
/// assert_eq!(Action::from_name("monitor"), Some(Action::Monitor));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The address is let through.
    Allow,
    /// The address is let through and recorded for those who watch over pupils.
    Monitor,
    /// A page asks whether to go on.
    Warn,
    /// The address is refused.
    Block,
}

impl Action {
    /// Every action, the mildest first.
    pub const ALL: [Action; 4] = [Action::Allow, Action::Monitor, Action::Warn, Action::Block];

    /// The stable name, as policies write it and decisions report it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Monitor => "monitor",
            Action::Warn => "warn",
            Action::Block => "block",
        }
    }

    /// The action that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Whether the address opens without a question: allowed or monitored.
    #[must_use]
    pub const fn opens(self) -> bool {
        matches!(self, Action::Allow | Action::Monitor)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
