//! Policies to start from. Their comments say why each line is as it is.

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
pub const ALL: &[ReadyMade] = &[];

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
