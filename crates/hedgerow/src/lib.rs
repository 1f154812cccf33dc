//! Hedgerow's engine: compiles category and illegal-content lists into one
//! file, and says what an address is and which list says so.

pub mod address;
pub mod category;
mod classify;
mod compile;
mod error;
mod explain;
pub mod lists;
mod rule;
mod ruleset;
pub mod suffix;

pub use crate::address::CanonicalUrl;
pub use crate::classify::{Classification, Classifier, Match, Outcome, Reason};
#[cfg(feature = "files")]
pub use crate::compile::Progress;
pub use crate::compile::{
    CategoryInfo, CompileReport, Compiler, Finding, LeftOutExample, LintCode, ListCompiler,
    ListInfo, ListReport,
};
pub use crate::error::{Error, ErrorKind, Result};
pub use crate::explain::{Explanation, Step};
pub use crate::rule::{Action, Case, Condition, Entry, HostScope, PathScope, Pattern};
#[cfg(feature = "files")]
pub use crate::ruleset::MappedFile;
pub use crate::ruleset::{CategoryRef, FORMAT_VERSION, ListRef, Ruleset, StoredRule};
