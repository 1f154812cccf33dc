//! Hedgerow's engine: compiles category and illegal-content lists into one
//! file, and says what an address is and which list says so.

pub mod address;
pub mod category;
mod error;
pub mod lists;
mod rule;
pub mod suffix;

pub use crate::address::CanonicalUrl;
pub use crate::error::{Error, ErrorKind, Result};
pub use crate::rule::{Action, Case, Condition, Entry, HostScope, PathScope, Pattern};
