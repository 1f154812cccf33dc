//! Decisions: what a group may do now with an address that the engine has
//! classified, and why; and the record of who changed that.
//!
//! The engine ([`hedgerow`]) says what an address *is*. This crate says what
//! to *do*: it knows groups, schedules, exemptions and actions, and no syntax
//! of addresses.

mod action;
pub mod download;
mod error;
mod exemption;
mod percent;
pub mod safe_search;

pub use crate::action::Action;
pub use crate::download::{DownloadKind, DownloadKinds};
pub use crate::error::{Error, ErrorKind, Result};
pub use crate::exemption::{Exemption, Revocation};
pub use crate::safe_search::{Restriction, SafeSearch, SearchEngine};
