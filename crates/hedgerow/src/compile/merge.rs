//! From sorted records to entries: equal keys become one entry with a set of
//! labels; doubles, cancelled rules and rules that a broader one of the same
//! list covers are dropped and counted.

use super::sort::{Record, Sorter};
use crate::error::Result;
use crate::rule::{HostScope, PathScope};
use crate::ruleset::dictionary::common_prefix;
use crate::ruleset::key::{DOT, PathKind, is_boundary};
use crate::ruleset::label::{Label, NO_CONDITION};

/// A label as the compiler keeps it while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Draft {
    pub(crate) label: Label,
    /// adblock's `$badfilter`: takes its twin out.
    pub(crate) cancels: bool,
}

/// What was dropped on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dropped {
    pub(crate) duplicates: u64,
    pub(crate) redundant: u64,
    pub(crate) cancelled: u64,
}

/// A label of an entry, by its final number, and the line of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    pub(crate) label: u32,
    pub(crate) line: u32,
}

/// The labels of a compile: by provisional number, and where each comes in
/// the final order.
pub(crate) struct Labels<'c> {
    pub(crate) drafts: &'c [Draft],
    pub(crate) finals: &'c [u32],
    /// Which lists make exceptions. Their rules are all kept: in some formats
    /// (response policy zones) a rule below an exception counts again.
    pub(crate) has_exceptions: &'c [bool],
}

/// A key above the present one whose rules may cover those of the present one.
struct Ancestor {
    key_len: usize,
    has_path: bool,
    labels: Vec<Label>,
}

/// Calls `visit` with each key and its members, sorted by final number.
pub(crate) fn entries(
    sorter: &Sorter,
    labels: &Labels<'_>,
    keep_redundant: bool,
    mut visit: impl FnMut(&[u8], &[Member]) -> Result<()>,
) -> Result<Dropped> {
    let mut merge = Merge {
        labels,
        keep_redundant,
        dropped: Dropped::default(),
        key: Vec::new(),
        rules: Vec::new(),
        members: Vec::new(),
        ancestors: Vec::new(),
    };
    sorter.for_each(|record: Record<'_>| {
        if record.key != merge.key.as_slice() {
            merge.end_entry(&mut visit)?;
            let shared = common_prefix(&merge.key, record.key);
            while merge
                .ancestors
                .last()
                .is_some_and(|ancestor| ancestor.key_len > shared)
            {
                merge.ancestors.pop();
            }
            merge.key.clear();
            merge.key.extend_from_slice(record.key);
        }
        match merge.rules.last() {
            Some(&(label, _)) if label == record.label => merge.dropped.duplicates += 1,
            _ => merge.rules.push((record.label, record.line)),
        }
        Ok(())
    })?;
    merge.end_entry(&mut visit)?;
    Ok(merge.dropped)
}

struct Merge<'c> {
    labels: &'c Labels<'c>,
    keep_redundant: bool,
    dropped: Dropped,
    key: Vec<u8>,
    /// Provisional labels of the present key, with the first line of each.
    rules: Vec<(u32, u32)>,
    members: Vec<Member>,
    /// The keys that the present one begins with, shortest first.
    ancestors: Vec<Ancestor>,
}

impl Merge<'_> {
    fn draft(&self, label: u32) -> Draft {
        self.labels.drafts[label as usize]
    }

    fn end_entry(&mut self, visit: &mut impl FnMut(&[u8], &[Member]) -> Result<()>) -> Result<()> {
        if self.rules.is_empty() {
            return Ok(());
        }
        self.drop_cancelled();
        if !self.keep_redundant && !self.is_special() {
            self.drop_redundant();
        }
        self.members.clear();
        for &(label, line) in &self.rules {
            let label = self.labels.finals[label as usize];
            self.members.push(Member { label, line });
        }
        self.members.sort_unstable();
        self.rules.clear();
        if self.members.is_empty() {
            return Ok(());
        }
        visit(&self.key, &self.members)
    }

    /// Networks and expressions have keys of their own kind.
    fn is_special(&self) -> bool {
        matches!(
            self.key.first(),
            Some(&super::NETWORK_KEY | &super::EXPRESSION_KEY)
        )
    }

    fn drop_cancelled(&mut self) {
        let drafts = self.labels.drafts;
        let is_cancel = |rule: &(u32, u32)| drafts[rule.0 as usize].cancels;
        if !self.rules.iter().any(is_cancel) {
            return;
        }
        let cancelled: Vec<Label> = self
            .rules
            .iter()
            .filter(|rule| is_cancel(rule))
            .map(|rule| self.draft(rule.0).label)
            .collect();
        let before = self.rules.len();
        self.rules.retain(|rule| {
            let draft = drafts[rule.0 as usize];
            !draft.cancels && !cancelled.contains(&draft.label)
        });
        self.dropped.cancelled += (before - self.rules.len()) as u64;
    }

    fn drop_redundant(&mut self) {
        let has_path = self
            .key
            .iter()
            .any(|&byte| PathKind::from_marker(byte).is_some());
        let mut kept = Vec::with_capacity(self.rules.len());
        for &(label, line) in &self.rules {
            let draft = self.draft(label).label;
            let same_key = self.rules.iter().any(|&(other, _)| {
                other != label && same_key_covers(&self.draft(other).label, &draft)
            });
            let has_exceptions = self.labels.has_exceptions[draft.list as usize];
            if !has_exceptions && (same_key || self.is_covered_from_above(&draft)) {
                self.dropped.redundant += 1;
            } else {
                kept.push((label, line));
            }
        }
        self.rules = kept;
        let covering: Vec<Label> = self
            .rules
            .iter()
            .map(|&(label, _)| self.draft(label).label)
            .filter(|label| label.condition == NO_CONDITION)
            .collect();
        if !covering.is_empty() {
            self.ancestors.push(Ancestor {
                key_len: self.key.len(),
                has_path,
                labels: covering,
            });
        }
    }

    fn is_covered_from_above(&self, label: &Label) -> bool {
        self.ancestors.iter().any(|ancestor| {
            let next = self.key[ancestor.key_len];
            let same_host = if ancestor.has_path {
                // A path above this one, on the same host and compared the
                // same way, since the marker is part of the key.
                if !is_boundary(next) && !is_boundary(self.key[ancestor.key_len - 1]) {
                    return false;
                }
                true
            } else if next == DOT {
                false
            } else if PathKind::from_marker(next).is_some() {
                true
            } else {
                return false;
            };
            ancestor.labels.iter().any(|broader| {
                same_owner(broader, label)
                    && if same_host {
                        (broader.path_scope != PathScope::Exact)
                            && host_scope_covers(broader.host_scope, label.host_scope)
                    } else {
                        matches!(
                            broader.host_scope,
                            HostScope::Domain | HostScope::Subdomains
                        )
                    }
            })
        })
    }
}

/// Whether two labels speak for the same list and category and do the same.
fn same_owner(a: &Label, b: &Label) -> bool {
    (a.category, a.list, a.action, a.important) == (b.category, b.list, b.action, b.important)
}

/// Whether a rule with `broader` covers all that one with `label` covers, both
/// having the same key.
fn same_key_covers(broader: &Label, label: &Label) -> bool {
    same_owner(broader, label)
        && broader.condition == NO_CONDITION
        && (broader.host_scope != label.host_scope || label.condition != NO_CONDITION)
        && host_scope_covers(broader.host_scope, label.host_scope)
}

/// Whether, for the same host, every host that `narrow` covers `broad` covers.
fn host_scope_covers(broad: HostScope, narrow: HostScope) -> bool {
    match broad {
        HostScope::Domain => narrow != HostScope::Network,
        HostScope::WebHost => matches!(narrow, HostScope::WebHost | HostScope::Host),
        other => other == narrow,
    }
}
