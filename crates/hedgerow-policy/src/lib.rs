//! Decisions: what a group may do now with an address that the engine has
//! classified, and why; and the record of who changed that.
//!
//! The engine ([`hedgerow`]) says what an address *is*. This crate says what
//! to *do*: it knows groups, schedules, exemptions and actions, and no syntax
//! of addresses.

mod action;
#[cfg(feature = "files")]
mod change;
#[cfg(feature = "files")]
mod difference;
pub mod download;
mod error;
mod exemption;
mod exemptions;
mod log;
mod percent;
pub mod safe_search;

pub use crate::action::Action;
#[cfg(feature = "files")]
pub use crate::change::{Recovery, RecoveryState};
#[cfg(feature = "files")]
pub use crate::difference::difference;
pub use crate::download::{DownloadKind, DownloadKinds};
pub use crate::error::{Error, ErrorKind, Result};
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
pub use crate::safe_search::{Restriction, SafeSearch, SearchEngine};
