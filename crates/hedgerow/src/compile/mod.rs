//! The compiler: rules in, one ruleset out.
//!
//! A [`Compiler`] takes rules list by list, in any order, and writes a ruleset
//! whose bytes depend on the rules alone: neither the order of the lists nor
//! that of their lines changes them (the recorded line numbers follow the
//! lines, of course). It needs bounded memory: rules beyond the limit are
//! sorted on disk and merged.

mod merge;
mod report;
#[cfg(feature = "files")]
mod run;
mod sort;
#[cfg(feature = "files")]
mod source;
mod spool;
mod write;

pub use self::report::{CompileReport, Finding, LeftOutExample, LintCode, ListReport};
#[cfg(feature = "files")]
pub use self::source::Progress;

use self::merge::{Draft, Labels};
use self::sort::{Record, Sorter};
use self::write::{Parts, network_key};
use crate::error::{Error, ErrorKind, Result};
use crate::lists::{Format, LeftOut, Reason, Sink};
use crate::rule::{Action, Condition, Entry, HostScope, PathScope, Pattern};
use crate::ruleset::key::{self, PathKind};
use crate::ruleset::label::{Label, NO_CONDITION};
use crate::suffix;
use ipnet::IpNet;
use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;

/// The first byte of the key under which a network is sorted.
const NETWORK_KEY: u8 = 0x00;
/// The first byte of the key under which an expression is sorted.
const EXPRESSION_KEY: u8 = 0xff;

/// What is known of a list, for the ruleset to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListInfo {
    /// Its name, unique among the lists of a ruleset: `gambling/domains`.
    pub name: String,
    /// The category of entries that name none themselves; empty if all do.
    pub category: String,
    /// The format it was read in.
    pub format: Option<Format>,
    /// The file it was read from, as the user knows it.
    pub file: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// Its licence.
    pub licence: Option<String>,
    /// The SHA-256 of its file, in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Keep rules whose host is a public suffix, which are left out otherwise
    /// (`semantics.md` §2).
    pub allow_public_suffix: bool,
    /// Keep rules whose host is a single label, which are left out otherwise.
    pub allow_single_label: bool,
}

impl ListInfo {
    /// A list of that name, for that category.
    #[must_use]
    pub fn new(name: impl Into<String>, category: impl Into<String>) -> ListInfo {
        ListInfo {
            name: name.into(),
            category: category.into(),
            format: None,
            file: None,
            version: None,
            source: None,
            licence: None,
            sha256: None,
            allow_public_suffix: false,
            allow_single_label: false,
        }
    }
}

/// What is known of a category, for the ruleset to record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryInfo {
    /// Its name, by which policies speak of it.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Illegal content: no policy may allow it.
    pub locked: bool,
    /// Other names by which it is known.
    pub aliases: Vec<String>,
}

/// Compiles lists into a ruleset.
///
/// # Examples
///
/// ```
/// use hedgerow::{Classifier, Compiler, Entry, HostScope, ListInfo, Ruleset};
///
/// let mut compiler = Compiler::new();
/// let mut list = compiler.list(ListInfo::new("lessons", "gambling"))?;
/// list.push(&Entry::host("casino.example", HostScope::Domain, 1))?;
/// let (bytes, report) = compiler.finish_to_vec()?;
/// assert_eq!(report.entries, 1);
///
/// let classifier = Classifier::new(Ruleset::open(bytes)?);
/// let found = classifier.classify("https://www.casino.example/poker");
/// assert_eq!(found.categories(), ["gambling"]);
/// # Ok::<(), hedgerow::Error>(())
/// ```
pub struct Compiler {
    sorter: Sorter,
    lists: Vec<ListInfo>,
    categories: Vec<CategoryInfo>,
    category_numbers: HashMap<String, u32>,
    conditions: Vec<Condition>,
    condition_numbers: HashMap<Condition, u32>,
    drafts: Vec<Draft>,
    draft_numbers: HashMap<Draft, u32>,
    has_exceptions: Vec<bool>,
    report: CompileReport,
    memory_limit: usize,
    record_lines: bool,
    keep_redundant: bool,
}

impl Default for Compiler {
    fn default() -> Compiler {
        Compiler::new()
    }
}

impl Compiler {
    /// The memory limit of [`Compiler::new`], in bytes.
    pub const DEFAULT_MEMORY_LIMIT: usize = 256 << 20;

    /// The least memory limit that is kept to, in bytes.
    pub const MIN_MEMORY_LIMIT: usize = 16 << 20;

    /// A compiler without lists, with the default limit, that records lines
    /// and drops redundant rules.
    #[must_use]
    pub fn new() -> Compiler {
        let mut compiler = Compiler {
            sorter: Sorter::new(0),
            lists: Vec::new(),
            categories: Vec::new(),
            category_numbers: HashMap::new(),
            conditions: Vec::new(),
            condition_numbers: HashMap::new(),
            drafts: Vec::new(),
            draft_numbers: HashMap::new(),
            has_exceptions: Vec::new(),
            report: CompileReport::default(),
            memory_limit: 0,
            record_lines: true,
            keep_redundant: false,
        };
        compiler.memory_limit(Compiler::DEFAULT_MEMORY_LIMIT);
        compiler
    }

    /// Sets how much memory, in bytes, the rules may take before they are
    /// sorted on disk; at least [`Compiler::MIN_MEMORY_LIMIT`]. The whole
    /// compile stays within the limit as long as distinct labels, conditions,
    /// networks and expressions are few beside the keys.
    ///
    /// Without the feature `files` there is no disk, and the limit is not
    /// kept.
    pub fn memory_limit(&mut self, bytes: usize) -> &mut Compiler {
        self.memory_limit = bytes.max(Compiler::MIN_MEMORY_LIMIT);
        // Buffers that double leave a third unused, and the rest of the
        // compile (index, filter shard, buffers of the merge) needs its share.
        self.sorter.set_budget(self.memory_limit / 2);
        self
    }

    /// Sets the folder for temporary files; the system's own by default.
    #[cfg(feature = "files")]
    pub fn spill_directory(&mut self, directory: impl Into<std::path::PathBuf>) -> &mut Compiler {
        self.sorter.set_directory(directory.into());
        self
    }

    /// Whether to record the line of each rule, so that an explanation can
    /// name it; on by default. It takes some three bytes a rule.
    pub fn record_lines(&mut self, record: bool) -> &mut Compiler {
        self.record_lines = record;
        self
    }

    /// Whether to keep rules that a broader rule of the same list and category
    /// covers; off by default. They change no category, only how many matches
    /// an explanation lists.
    pub fn keep_redundant(&mut self, keep: bool) -> &mut Compiler {
        self.keep_redundant = keep;
        self
    }

    /// Declares a category: its title, whether it is locked, its aliases.
    /// Categories that lists name need no declaration. A second declaration
    /// of the same name takes the place of the first.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`] past four thousand million.
    pub fn category(&mut self, info: CategoryInfo) -> Result<&mut Compiler> {
        let number = self.category_number(&info.name)?;
        self.categories[number as usize] = info;
        Ok(self)
    }

    fn category_number(&mut self, name: &str) -> Result<u32> {
        if let Some(&number) = self.category_numbers.get(name) {
            return Ok(number);
        }
        let number = number_of(self.categories.len(), "categories")?;
        self.categories.push(CategoryInfo {
            name: name.to_owned(),
            ..CategoryInfo::default()
        });
        self.category_numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// Begins a list; what it gives takes the list's rules.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Manifest`] if there is a list of that name already,
    /// [`ErrorKind::LimitExceeded`] past four thousand million.
    pub fn list(&mut self, info: ListInfo) -> Result<ListCompiler<'_>> {
        if self.lists.iter().any(|list| list.name == info.name) {
            return Err(Error::new(
                ErrorKind::Manifest,
                format!("two lists have the name `{}`", info.name),
            ));
        }
        let number = number_of(self.lists.len(), "lists")?;
        let category = self.category_number(&info.category)?;
        self.report.lists.push(ListReport {
            name: info.name.clone(),
            category: info.category.clone(),
            format: info.format.map(Format::name),
            file: info.file.clone(),
            ..ListReport::default()
        });
        self.lists.push(info);
        self.has_exceptions.push(false);
        Ok(ListCompiler {
            compiler: self,
            list: number,
            category,
            key: Vec::new(),
            last_draft: None,
        })
    }

    fn condition_number(&mut self, condition: &Condition) -> Result<u32> {
        if condition.is_empty() {
            return Ok(NO_CONDITION);
        }
        if let Some(&number) = self.condition_numbers.get(condition) {
            return Ok(number);
        }
        let number = number_of(self.conditions.len(), "conditions")?;
        self.conditions.push(condition.clone());
        self.condition_numbers.insert(condition.clone(), number);
        Ok(number)
    }

    fn draft_number(&mut self, draft: Draft) -> Result<u32> {
        if let Some(&number) = self.draft_numbers.get(&draft) {
            return Ok(number);
        }
        let number = number_of(self.drafts.len(), "labels")?;
        self.drafts.push(draft);
        self.draft_numbers.insert(draft, number);
        Ok(number)
    }

    /// What is known so far: every list read with its lines left out, and the
    /// findings of single lines. What only the finished ruleset tells (entries,
    /// duplicates, bytes) is still zero.
    ///
    /// A caller that wants no ruleset from lists with lines left out looks
    /// here before finishing.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{Compiler, Entry, HostScope, ListInfo};
    ///
    /// let mut compiler = Compiler::new();
    /// let mut list = compiler.list(ListInfo::new("term-1", "games"))?;
    /// list.push(&Entry::host("co.uk", HostScope::Domain, 1))?;
    /// assert_eq!(compiler.report().left_out, 1);
    /// # Ok::<(), hedgerow::Error>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> &CompileReport {
        &self.report
    }

    /// Writes the ruleset to memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`] for more than the format can number,
    /// [`ErrorKind::Io`] if temporary files cannot be written.
    pub fn finish_to_vec(self) -> Result<(Vec<u8>, CompileReport)> {
        self.finish_to_writer(Vec::new())
    }

    /// Writes the ruleset to `out`, front to back.
    ///
    /// # Errors
    ///
    /// As [`Compiler::finish_to_vec`], and what `out` says.
    pub fn finish_to_writer<W: Write>(mut self, out: W) -> Result<(W, CompileReport)> {
        self.sorter.finish()?;
        // Numbers so far follow the order of arrival; the final ones follow
        // names and content, so that the order of lists leaves no trace.
        let (list_finals, lists) = ranked(&self.lists, |list| list.name.as_str());
        let (category_finals, categories) =
            ranked(&self.categories, |category| category.name.as_str());
        let (condition_finals, conditions) = ranked(&self.conditions, |condition| condition);
        let final_label = |label: Label| Label {
            category: category_finals[label.category as usize],
            list: list_finals[label.list as usize],
            condition: match label.condition {
                NO_CONDITION => NO_CONDITION,
                number => condition_finals[number as usize],
            },
            ..label
        };
        let numbered: Vec<Label> = self
            .drafts
            .iter()
            .map(|draft| final_label(draft.label))
            .collect();
        let mut final_labels = numbered.clone();
        final_labels.sort_unstable();
        final_labels.dedup();
        let finals: Vec<u32> = numbered
            .iter()
            .map(|label| {
                final_labels
                    .binary_search(label)
                    .map_or(u32::MAX, |at| at as u32)
            })
            .collect();
        let parts = Parts {
            sorter: &self.sorter,
            labels: Labels {
                drafts: &self.drafts,
                finals: &finals,
                has_exceptions: &self.has_exceptions,
            },
            final_labels: &final_labels,
            lists: &lists,
            categories: &categories,
            conditions: &conditions,
            keep_redundant: self.keep_redundant,
            record_lines: self.record_lines,
            hash_budget: self.memory_limit / 8,
        };
        let (out, written) = write::write(&parts, out)?;
        let mut report = self.report;
        for (entry, allow_line, line) in written.conflicts {
            report.find(Finding {
                code: LintCode::AllowDenyConflict,
                list: String::new(),
                line: u64::from(line),
                message: format!(
                    "`{entry}` is listed on line {line} and allowed on line {allow_line} of the same list"
                ),
                entry,
            });
        }
        report.keys = u64::from(written.meta.keys);
        report.networks = u64::from(written.meta.networks);
        report.expressions = u64::from(written.meta.expressions);
        report.entries = report.keys + report.networks + report.expressions;
        report.label_sets = written.sets;
        report.duplicates = written.dropped.duplicates;
        report.redundant = written.dropped.redundant;
        report.cancelled = written.dropped.cancelled;
        report.bytes = written.bytes;
        report.spilled_runs = self.sorter.run_count() as u64;
        Ok((out, report))
    }

    /// Writes the ruleset to the file at `path`, all or nothing: it is written
    /// beside it, flushed to the disk, and renamed into place. A ruleset that
    /// was there stays as it was until then, and if anything fails.
    ///
    /// # Errors
    ///
    /// As [`Compiler::finish_to_vec`], and [`ErrorKind::Io`] with the path if
    /// the file cannot be written.
    #[cfg(feature = "files")]
    pub fn finish_to_path(self, path: impl AsRef<std::path::Path>) -> Result<CompileReport> {
        let path = path.as_ref();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => std::path::Path::new("."),
        };
        let at_path = |error: std::io::Error| Error::from(error).at_path(path);
        let file = tempfile::Builder::new()
            .prefix(".hedgerow-")
            .suffix(".partial")
            .tempfile_in(folder)
            .map_err(at_path)?;
        let (out, report) =
            self.finish_to_writer(std::io::BufWriter::with_capacity(1 << 20, file))?;
        let file = out
            .into_inner()
            .map_err(|error| at_path(error.into_error()))?;
        keep_usual_permissions(file.as_file(), path).map_err(at_path)?;
        file.as_file().sync_all().map_err(at_path)?;
        file.persist(path).map_err(|error| at_path(error.error))?;
        // The rename itself must reach the disk too; a folder that cannot be
        // opened for that (some network shares) leaves it to the system.
        if let Ok(folder) = std::fs::File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(report)
    }
}

/// A temporary file is private to its owner; a ruleset has the permissions
/// that the one it replaces had, or those a new file gets.
#[cfg(all(feature = "files", unix))]
fn keep_usual_permissions(file: &std::fs::File, path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match std::fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(_) => 0o644,
    };
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(all(feature = "files", not(unix)))]
fn keep_usual_permissions(_: &std::fs::File, _: &std::path::Path) -> std::io::Result<()> {
    Ok(())
}

fn number_of(len: usize, what: &str) -> Result<u32> {
    u32::try_from(len)
        .ok()
        .filter(|&number| number < NO_CONDITION)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::LimitExceeded,
                format!("more {what} than a ruleset can number"),
            )
        })
}

/// The items in the order of their keys, and for each its new number.
fn ranked<'i, T, K: Ord + ?Sized + 'i>(
    items: &'i [T],
    key: impl Fn(&'i T) -> &'i K,
) -> (Vec<u32>, Vec<&'i T>) {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|&a, &b| key(&items[a]).cmp(key(&items[b])));
    let mut finals = vec![0; items.len()];
    for (rank, &index) in order.iter().enumerate() {
        finals[index] = rank as u32;
    }
    (
        finals,
        order.into_iter().map(|index| &items[index]).collect(),
    )
}

/// Takes the rules of one list; see [`Compiler::list`].
pub struct ListCompiler<'c> {
    compiler: &'c mut Compiler,
    list: u32,
    category: u32,
    key: Vec<u8>,
    /// The label of the rule before: nearly always that of the next as well.
    last_draft: Option<(Draft, u32)>,
}

impl ListCompiler<'_> {
    /// Takes one rule. A rule whose host is a public suffix or a single label
    /// is left out and reported, unless the list allows it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LimitExceeded`], or [`ErrorKind::Io`] if temporary files
    /// cannot be written.
    pub fn push(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.report().rules += 1;
        self.compiler.report.rules += 1;
        self.key.clear();
        let (host_scope, path_scope) = match &entry.pattern {
            Pattern::Address {
                host,
                host_scope,
                path,
                path_scope,
                case,
            } => {
                // A rule for every path may be written as a prefix of `/`.
                let path = path.filter(|path| *path_scope == PathScope::Exact || *path != "/");
                let kind = path.and_then(|_| PathKind::new(*path_scope, *case));
                let address = ip_of_host(host);
                if address.is_some() && *host_scope == HostScope::Subdomains {
                    // Nothing is below an IP address, and the address itself
                    // is what the rule does not cover.
                    self.leave_out(entry.line, Reason::NoHost, host);
                    return Ok(());
                }
                match (address, path.zip(kind)) {
                    (Some(address), None) => {
                        self.key
                            .extend_from_slice(&network_key(IpNet::from(address)));
                        (HostScope::Network, PathScope::Any)
                    }
                    (address, path) => {
                        if !self.may_keep(host, address.is_some(), entry.line) {
                            return Ok(());
                        }
                        key::push_host(&mut self.key, host, address.is_none());
                        let mut scope = PathScope::Any;
                        if let Some((target, kind)) = path {
                            key::push_target(&mut self.key, target, kind);
                            scope = kind.scope();
                        }
                        if address.is_some() {
                            (HostScope::Host, scope)
                        } else {
                            (*host_scope, scope)
                        }
                    }
                }
            }
            Pattern::Network(network) => {
                self.lint_network(*network, entry.line);
                self.key.extend_from_slice(&network_key(network.trunc()));
                (HostScope::Network, PathScope::Any)
            }
            Pattern::Regex(pattern) => {
                if !self.may_keep_expression(pattern, entry.line) {
                    return Ok(());
                }
                self.key.push(EXPRESSION_KEY);
                self.key.extend_from_slice(pattern.as_bytes());
                (HostScope::Domain, PathScope::Any)
            }
        };
        let is_key = !matches!(self.key.first(), Some(&NETWORK_KEY | &EXPRESSION_KEY));
        if is_key && !is_canonical_key(&self.key) {
            self.leave_out(entry.line, Reason::NoHost, &key::entry_text(&self.key));
            return Ok(());
        }
        let category = match entry.category {
            Some(name) => self.compiler.category_number(name)?,
            None => self.category,
        };
        let condition = self.compiler.condition_number(&entry.condition)?;
        let draft = Draft {
            label: Label {
                category,
                list: self.list,
                host_scope,
                path_scope,
                action: entry.action,
                important: entry.important,
                condition,
            },
            cancels: entry.cancels,
        };
        if entry.action == Action::Allow {
            self.compiler.has_exceptions[self.list as usize] = true;
        }
        let number = match self.last_draft {
            Some((last, number)) if last == draft => number,
            _ => {
                let number = self.compiler.draft_number(draft)?;
                self.last_draft = Some((draft, number));
                number
            }
        };
        self.compiler.sorter.push(Record {
            key: &self.key,
            label: number,
            line: u32::try_from(entry.line).unwrap_or(u32::MAX),
        })
    }

    /// Records the digest of the list's file, which is known only at its end.
    pub fn set_sha256(&mut self, sha256: String) {
        self.compiler.lists[self.list as usize].sha256 = Some(sha256);
    }

    /// Records how many lines the list's file has.
    pub fn set_lines(&mut self, lines: u64) {
        self.report().lines = lines;
    }

    /// Whether there were rules, and every one was left out for its host. A
    /// one-word error page (`Forbidden`) reads as a list of one such name.
    #[cfg(feature = "files")]
    fn kept_nothing(&mut self) -> bool {
        let report = self.report();
        let for_host: u64 = [Reason::SingleLabel, Reason::PublicSuffix, Reason::NoHost]
            .iter()
            .filter_map(|reason| report.left_out.get(reason.code()))
            .sum();
        report.rules > 0 && for_host >= report.rules
    }

    fn report(&mut self) -> &mut ListReport {
        &mut self.compiler.report.lists[self.list as usize]
    }

    fn leave_out(&mut self, line: u64, reason: Reason, text: &str) {
        self.compiler.report.left_out += 1;
        self.report().leave_out(line, reason, text);
    }

    fn find(&mut self, code: LintCode, line: u64, entry: &str, message: String) {
        let list = self.compiler.lists[self.list as usize].name.clone();
        self.compiler.report.find(Finding {
            code,
            list,
            line,
            entry: entry.to_owned(),
            message,
        });
    }

    /// Whether a rule for `host` is kept; reports what looks wrong with it.
    fn may_keep(&mut self, host: &str, is_ip: bool, line: u64) -> bool {
        if is_ip {
            return true;
        }
        let info = &self.compiler.lists[self.list as usize];
        let (allowed, single_allowed) = (info.allow_public_suffix, info.allow_single_label);
        if !host.contains('.') {
            self.find(
                LintCode::SingleLabel,
                line,
                host,
                format!("`{host}` is a single label: it would cover a whole top-level domain"),
            );
            if !single_allowed {
                self.leave_out(line, Reason::SingleLabel, host);
            }
            return single_allowed;
        }
        match suffix::public_suffix(host) {
            Some(found) if found.text == host && found.known && found.icann => {
                self.find(
                    LintCode::PublicSuffix,
                    line,
                    host,
                    format!("`{host}` is a public suffix: it would cover every site below it"),
                );
                if !allowed {
                    self.leave_out(line, Reason::PublicSuffix, host);
                }
                allowed
            }
            Some(found) if found.text == host && found.known => {
                self.find(
                    LintCode::PrivateSuffix,
                    line,
                    host,
                    format!("`{host}` lets others register names below it: it covers sites of many owners"),
                );
                true
            }
            _ => true,
        }
    }

    fn lint_network(&mut self, network: IpNet, line: u64) {
        let widest = match network {
            IpNet::V4(_) => 8,
            IpNet::V6(_) => 16,
        };
        if network.prefix_len() < widest {
            let text = network.to_string();
            let message = format!("`{text}` covers a large part of all addresses");
            self.find(LintCode::OverBroad, line, &text, message);
        }
    }

    fn may_keep_expression(&mut self, pattern: &str, line: u64) -> bool {
        let compiled = regex::RegexBuilder::new(pattern)
            .size_limit(crate::ruleset::PATTERN_SIZE_LIMIT)
            .build();
        let Ok(compiled) = compiled else {
            self.leave_out(line, Reason::UnsupportedRegex, pattern);
            return false;
        };
        // Addresses that no pattern for a kind of site would match, unless it
        // matches nearly everything.
        const PLAIN: [&str; 3] = [
            "https://q.example/",
            "http://www.zx.test/jk",
            "https://qj.kz.example/w/y?v=x",
        ];
        if PLAIN.iter().all(|plain| compiled.is_match(plain)) {
            let message = format!("the expression `{pattern}` matches nearly every address");
            self.find(LintCode::OverBroad, line, pattern, message);
        }
        true
    }
}

impl Sink for ListCompiler<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.push(entry)
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        self.leave_out(left_out.line, left_out.reason, left_out.text);
    }
}

/// The address that a canonical host is, if it is an IP literal.
fn ip_of_host(host: &str) -> Option<IpAddr> {
    match host.as_bytes() {
        [b'[', .., b']'] => host[1..host.len() - 1].parse().ok().map(IpAddr::V6),
        [first, ..] if first.is_ascii_digit() => host.parse().ok().map(IpAddr::V4),
        _ => None,
    }
}

/// Whether a key has only bytes that canonical addresses have. List readers
/// canonicalise; a caller that does not must not be able to break the file.
fn is_canonical_key(key: &[u8]) -> bool {
    let host_end = key
        .iter()
        .position(|&byte| PathKind::from_marker(byte).is_some())
        .unwrap_or(key.len());
    let (host, path) = key.split_at(host_end);
    let graphic = |byte: &u8| (0x21..=0x7e).contains(byte);
    !host.is_empty()
        && host
            .split(|&byte| byte == key::DOT)
            .all(|label| !label.is_empty() && label.iter().all(graphic))
        && path.iter().skip(1).all(graphic)
}
