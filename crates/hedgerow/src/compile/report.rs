//! What a compile says of itself: counts, what was left out, and findings.

use crate::lists::Reason;
use serde::Serialize;
use std::collections::BTreeMap;

/// The outcome of a compile, list by list and in all. It serialises to the
/// JSON that `hedgerow compile --report` writes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CompileReport {
    /// Each list in the order in which it was read.
    pub lists: Vec<ListReport>,
    /// Rules that list readers gave.
    pub rules: u64,
    /// Distinct entries in the ruleset: keys, networks, expressions.
    pub entries: u64,
    /// Distinct keys of hosts and paths.
    pub keys: u64,
    /// Distinct IP addresses and blocks.
    pub networks: u64,
    /// Distinct regular expressions.
    pub expressions: u64,
    /// Distinct sets of labels.
    pub label_sets: u64,
    /// Rules that stood more than once in the same list.
    pub duplicates: u64,
    /// Rules that a broader rule of the same list and category covers.
    pub redundant: u64,
    /// Rules taken out by `$badfilter`.
    pub cancelled: u64,
    /// Lines that gave no rule.
    pub left_out: u64,
    /// The length of the ruleset in bytes.
    pub bytes: u64,
    /// Sorted runs that were written to disk to stay within the memory limit.
    pub spilled_runs: u64,
    /// What looks wrong in the lists, the first [`LintCode::EXAMPLES`] of each
    /// code.
    pub findings: Vec<Finding>,
    /// How often each code was found.
    pub finding_counts: BTreeMap<&'static str, u64>,
}

/// The outcome of one list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListReport {
    /// The list's name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// The name of its format, if it was read from a file.
    pub format: Option<&'static str>,
    /// The file it was read from.
    pub file: Option<String>,
    /// Lines read.
    pub lines: u64,
    /// Rules that its reader gave.
    pub rules: u64,
    /// Lines that gave no rule, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// The first of them.
    pub left_out_examples: Vec<LeftOutExample>,
}

impl ListReport {
    /// Lines left out whose lines are kept as examples.
    pub const EXAMPLES: usize = 20;

    pub(crate) fn leave_out(&mut self, line: u64, reason: Reason, text: &str) {
        *self.left_out.entry(reason.code()).or_default() += 1;
        if self.left_out_examples.len() < ListReport::EXAMPLES {
            self.left_out_examples.push(LeftOutExample {
                line,
                reason: reason.code(),
                text: text.chars().take(120).collect(),
            });
        }
    }
}

/// A line that gave no rule.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOutExample {
    /// The line, counted from 1.
    pub line: u64,
    /// The code of the [`Reason`].
    pub reason: &'static str,
    /// The line's text, shortened.
    pub text: String,
}

/// Something in a list that looks wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What.
    pub code: LintCode,
    /// The list's name.
    pub list: String,
    /// The line, counted from 1; 0 if unknown.
    pub line: u64,
    /// The entry.
    pub entry: String,
    /// A sentence for people.
    pub message: String,
}

/// What lint looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LintCode {
    /// The host is a public suffix such as `co.uk`: left out unless the
    /// manifest allows it.
    PublicSuffix,
    /// The host is a single label such as `adult`: left out unless the
    /// manifest allows it.
    SingleLabel,
    /// The host is one under which a company lets others register names, such
    /// as `github.io`: kept, but it covers sites of many owners.
    PrivateSuffix,
    /// One list both lists and allows the same host or path.
    AllowDenyConflict,
    /// A pattern covers far more than a site: a network wider than /8 (IPv4)
    /// or /16 (IPv6), an expression that matches every address or almost.
    OverBroad,
}

impl LintCode {
    /// Findings of one code that a report keeps.
    pub const EXAMPLES: usize = 100;

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LintCode::PublicSuffix => "public-suffix",
            LintCode::SingleLabel => "single-label",
            LintCode::PrivateSuffix => "private-suffix",
            LintCode::AllowDenyConflict => "allow-deny-conflict",
            LintCode::OverBroad => "over-broad",
        }
    }
}

impl CompileReport {
    pub(crate) fn find(&mut self, finding: Finding) {
        let count = self.finding_counts.entry(finding.code.name()).or_default();
        *count += 1;
        if *count <= LintCode::EXAMPLES as u64 {
            self.findings.push(finding);
        }
    }
}
