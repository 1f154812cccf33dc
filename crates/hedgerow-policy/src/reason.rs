//! Why a decision is what it is: the step of the precedence that made it, and a
//! stable code.

use serde::Serialize;
use std::fmt;

/// Which step of the precedence decided. The order of the variants is the order
/// of precedence, the highest first; of several addresses in one (an archive
/// and the page that it carries) with the same action, the one decided by the
/// earlier step is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Illegal content: blocked for everybody, always.
    Locked,
    /// A local rule blocks it.
    LocalBlock,
    /// An exemption in force opens it.
    Exemption,
    /// A local rule allows it.
    LocalAllow,
    /// The group's action for one of its categories.
    Category,
    /// What the group may not download.
    Download,
    /// It could not be classified, or not to the end.
    Unclassifiable,
    /// The group's action for everything else.
    Default,
}

impl Step {
    /// Every step, the highest first.
    pub const ALL: [Step; 8] = [
        Step::Locked,
        Step::LocalBlock,
        Step::Exemption,
        Step::LocalAllow,
        Step::Category,
        Step::Download,
        Step::Unclassifiable,
        Step::Default,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Step::Locked => "locked",
            Step::LocalBlock => "local-block",
            Step::Exemption => "exemption",
            Step::LocalAllow => "local-allow",
            Step::Category => "category",
            Step::Download => "download",
            Step::Unclassifiable => "unclassifiable",
            Step::Default => "default",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why, in more detail than the [`Step`]. A code is never given a second
/// meaning.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::{ReasonCode, Step};
///
/// assert_eq!(ReasonCode::ExemptionAddress.code(), "exemption-address");
/// assert_eq!(ReasonCode::ExemptionAddress.step(), Step::Exemption);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReasonCode {
    /// A category of illegal content.
    LockedCategory,
    /// A local rule that blocks.
    LocalBlock,
    /// An exemption for the address.
    ExemptionAddress,
    /// Exemptions for all categories that the address has.
    ExemptionCategory,
    /// A local rule that allows.
    LocalAllow,
    /// The action for a category.
    Category,
    /// A file of a kind that the group may not download, or not from there.
    Download,
    /// The address has no host to look up.
    UnclassifiableAddress,
    /// The address carries another that carries another, too deep to look.
    WrappedTooDeep,
    /// A ruleset contradicts itself; blocked, whatever the group says.
    RulesetCorrupt,
    /// It has a category that the group says nothing about: its default.
    CategoryDefault,
    /// It has no category: the group's default.
    Default,
}

impl ReasonCode {
    /// Every code.
    pub const ALL: &'static [ReasonCode] = &[
        ReasonCode::LockedCategory,
        ReasonCode::LocalBlock,
        ReasonCode::ExemptionAddress,
        ReasonCode::ExemptionCategory,
        ReasonCode::LocalAllow,
        ReasonCode::Category,
        ReasonCode::Download,
        ReasonCode::UnclassifiableAddress,
        ReasonCode::WrappedTooDeep,
        ReasonCode::RulesetCorrupt,
        ReasonCode::CategoryDefault,
        ReasonCode::Default,
    ];

    /// The stable code, in lower-case words joined by hyphens.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            ReasonCode::LockedCategory => "locked-category",
            ReasonCode::LocalBlock => "local-block",
            ReasonCode::ExemptionAddress => "exemption-address",
            ReasonCode::ExemptionCategory => "exemption-category",
            ReasonCode::LocalAllow => "local-allow",
            ReasonCode::Category => "category",
            ReasonCode::Download => "download",
            ReasonCode::UnclassifiableAddress => "unclassifiable-address",
            ReasonCode::WrappedTooDeep => "wrapped-too-deep",
            ReasonCode::RulesetCorrupt => "ruleset-corrupt",
            ReasonCode::CategoryDefault => "category-default",
            ReasonCode::Default => "default",
        }
    }

    /// The step that it belongs to.
    #[must_use]
    pub const fn step(self) -> Step {
        match self {
            ReasonCode::LockedCategory => Step::Locked,
            ReasonCode::LocalBlock => Step::LocalBlock,
            ReasonCode::ExemptionAddress | ReasonCode::ExemptionCategory => Step::Exemption,
            ReasonCode::LocalAllow => Step::LocalAllow,
            ReasonCode::Category => Step::Category,
            ReasonCode::Download => Step::Download,
            ReasonCode::UnclassifiableAddress
            | ReasonCode::WrappedTooDeep
            | ReasonCode::RulesetCorrupt => Step::Unclassifiable,
            ReasonCode::CategoryDefault | ReasonCode::Default => Step::Default,
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_in_data() {
        for step in Step::ALL {
            assert_eq!(serde_json::to_value(step).unwrap(), step.name());
        }
        assert!(Step::ALL.is_sorted());
        for reason in ReasonCode::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
    }
}
