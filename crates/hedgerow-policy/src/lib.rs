//! Decisions: what a group may do now with an address that the engine has
//! classified, and why; and the record of who changed that.
//!
//! The engine ([`hedgerow`]) says what an address *is*. This crate says what
//! to *do*: it knows groups, schedules, exemptions and actions, and no syntax
//! of addresses.
//!
//! A [`Policy`] is read from TOML or JSON; [`Policy::decide`] says what a group
//! may do, and its [`Decision`] why; a [`PreparedGroup`] says so sooner. [`ready_made`] has policies to start from.
//! [`Exemptions`] are temporary openings, and the [`ChangeLog`] records every
//! change of any of these. [`Policy::self_test`] shows whether what must be
//! blocked is. [`safe_search`] and [`download`] are tables of facts
//! about search engines and kinds of files.

mod action;
#[cfg(feature = "files")]
mod change;
mod decide;
mod decision;
#[cfg(feature = "files")]
mod difference;
pub mod download;
mod error;
mod exemption;
mod exemptions;
mod log;
mod percent;
pub mod policy;
mod prepared;
pub mod ready_made;
mod reason;
pub mod safe_search;
mod self_test;
mod zones;

pub use crate::action::Action;
#[cfg(feature = "files")]
pub use crate::change::{Recovery, RecoveryState};
pub use crate::decision::Decision;
#[cfg(feature = "files")]
pub use crate::difference::difference;
pub use crate::download::{DownloadKind, DownloadKinds};
pub use crate::error::{Error, ErrorKind, Errors, Result};
pub use crate::exemption::{Exemption, Revocation};
pub use crate::exemptions::{
    ExemptionRequest, ExemptionRules, ExemptionState, ExemptionTerms, Exemptions, Length,
    same_person,
};
pub use crate::log::{
    Cause, Change, ChangeKind, Digest, Finding, FindingKind, LOG_FORMAT, Record, Verification,
    verify,
};
#[cfg(feature = "files")]
pub use crate::log::{ChangeLog, Head, Records};
pub use crate::policy::{Group, LocalRule, Policy, PolicyReader};
pub use crate::prepared::PreparedGroup;
pub use crate::reason::{ReasonCode, Step};
pub use crate::safe_search::{Restriction, SafeSearch, SearchEngine};
pub use crate::self_test::{CanaryProblem, CanaryResult, LockedProblem, LockedResult, SelfTest};
pub use crate::zones::{EmbeddedZones, Zone, ZoneSource};

#[cfg(test)]
mod tests {
    use super::*;

    fn is_send_and_sync<T: Send + Sync>() {}

    #[test]
    fn public_types_cross_threads() {
        is_send_and_sync::<Policy>();
        is_send_and_sync::<Group<'_>>();
        is_send_and_sync::<Decision<'_>>();
        is_send_and_sync::<PreparedGroup>();
        is_send_and_sync::<LocalRule>();
        is_send_and_sync::<policy::Finding>();
        is_send_and_sync::<policy::Schedule>();
        is_send_and_sync::<Error>();
        is_send_and_sync::<Errors>();
        is_send_and_sync::<Exemption>();
        is_send_and_sync::<Zone>();
    }
}
