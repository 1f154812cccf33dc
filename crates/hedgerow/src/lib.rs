//! Hedgerow's engine: compiles category and illegal-content lists into one
//! file, and says what an address is and which list says so.
//!
//! # The way of the data
//!
//! ```text
//! list files ─► lists ─► Entry ─► Compiler ─► ruleset (.hedge)
//!                                                │
//! address text ─► CanonicalUrl ─► Classifier ─► Classification ─► Match
//! ```
//!
//! - [`lists`] reads every format of list that filters use, and finds lists in
//!   folders and manifests. What a reader does not take it reports.
//! - [`Compiler`] takes [`Entry`] values and writes a ruleset: the same bytes
//!   for the same rules, in bounded memory, all or nothing.
//! - [`Ruleset`] opens those bytes, verified, wherever they lie.
//! - [`Classifier`] answers for an address from one ruleset or several.
//! - [`address`] puts addresses into canonical form and takes wrapped ones out;
//!   [`suffix`] knows public suffixes; [`category`] holds the taxonomies.
//!
//! # Examples
//!
//! ```
//! use hedgerow::{Classifier, Compiler, ListInfo, Ruleset};
//! use hedgerow::lists::{Format, ListOptions, read};
//!
//! let list = b"casino.example\n*.bets.example\n";
//! let mut compiler = Compiler::new();
//! let mut sink = compiler.list(ListInfo::new("evening", "gambling"))?;
//! read(&mut &list[..], Format::Wildcard, &ListOptions::default(), &mut sink)?;
//! let (bytes, report) = compiler.finish_to_vec()?;
//! assert_eq!((report.rules, report.left_out), (2, 0));
//!
//! let classifier = Classifier::new(Ruleset::open(bytes)?);
//! let found = classifier.classify("HTTPS://WWW.Casino.example:443/%73lots");
//! assert_eq!(found.address().unwrap().to_string(), "https://www.casino.example/slots");
//! assert_eq!(found.categories(), ["gambling"]);
//! # Ok::<(), hedgerow::Error>(())
//! ```
//!
//! # What it does not do
//!
//! It opens no connection, reads no clock and starts no thread. Without the
//! feature `files` (on by default) it touches no file system either.
//!
//! # Panics
//!
//! Nothing here panics, whatever the list, the address or the ruleset: that is
//! what the fuzz targets look for.

pub mod address;
pub mod category;
mod classify;
mod compile;
mod covers;
mod error;
mod explain;
pub mod lists;
mod rule;
mod ruleset;
pub mod suffix;

pub use crate::address::CanonicalUrl;
pub use crate::classify::{
    Categories, CategoryNames, Classification, Classifier, ClassifierId, Match, Outcome, Reason,
};
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_send_and_sync<T: Send + Sync>() {}

    #[test]
    fn public_types_cross_threads() {
        is_send_and_sync::<CanonicalUrl<'_>>();
        is_send_and_sync::<Classifier<Vec<u8>>>();
        is_send_and_sync::<Classification<'_>>();
        is_send_and_sync::<Match<'_>>();
        is_send_and_sync::<Explanation>();
        is_send_and_sync::<Compiler>();
        is_send_and_sync::<ListCompiler<'_>>();
        is_send_and_sync::<CompileReport>();
        is_send_and_sync::<Error>();
        is_send_and_sync::<Ruleset<&[u8]>>();
        is_send_and_sync::<ListRef<'_>>();
        is_send_and_sync::<CategoryRef<'_>>();
        is_send_and_sync::<StoredRule<'_>>();
        #[cfg(feature = "files")]
        is_send_and_sync::<Ruleset<MappedFile>>();
    }
}
