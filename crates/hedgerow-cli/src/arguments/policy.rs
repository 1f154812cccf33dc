//! The arguments of what has to do with policies: who may see what, exemptions,
//! the record of changes, the self-test.

use super::RulesetArguments;
use crate::moment::Moment;
use clap::{ArgGroup, Args, Subcommand, ValueEnum, ValueHint};
use hedgerow_policy::{Digest, ExemptionState, Length};
use std::path::PathBuf;

/// The policy to decide by.
#[derive(Args, Debug)]
pub(crate) struct PolicyArguments {
    /// The policy: a file (TOML, or JSON as `.json`), or the name of a
    /// ready-made one
    ///
    /// Ready-made are uk-primary, uk-secondary and uk-guest; `hedgerow policy
    /// new` writes one to a file to change.
    #[arg(short, long, value_name = "FILE|NAME", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<String>,
}

/// Write, check, show and compare policies
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow policy new uk-secondary -o school.toml
  hedgerow policy check school.toml --ruleset school.hedge
  hedgerow policy show school.toml --at 2026-11-23T10:00

Exit codes:
  0  done, and nothing to report
  1  found something: see each subcommand
  2  could not")]
pub(crate) struct PoliciesArguments {
    #[command(subcommand)]
    pub(crate) what: PolicyCommand,
}

/// What can be done with a policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    Check(PolicyCheckArguments),
    Show(PolicyShowArguments),
    Diff(PolicyDiffArguments),
    New(PolicyNewArguments),
}

/// Tell what is wrong with a policy, all of it, with line and column
///
/// The policy is also held against the rulesets in use: names that neither the
/// taxonomy nor a list knows, categories of lists that a group says nothing of,
/// categories of the policy that no list has.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow policy check school.toml --ruleset school.hedge --ruleset illegal.hedge
  hedgerow policy check school.toml --strict && echo nothing to say

Exit codes:
  0  nothing is wrong; with warnings too, unless --strict
  1  something is wrong
  2  the policy or a ruleset cannot be read")]
pub(crate) struct PolicyCheckArguments {
    /// The policy: a file, or the name of a ready-made one
    #[arg(value_name = "FILE|NAME", value_hint = ValueHint::FilePath)]
    pub(crate) policy: String,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    /// End with 1 for warnings too
    #[arg(long)]
    pub(crate) strict: bool,

    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show a policy as a table: categories by groups
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow policy show uk-primary
  hedgerow policy show school.toml --group year-9 --at 2026-11-23T10:00

A `*` behind an action says that a schedule switches it; the lines below the
table say to what. With --at the table shows what is done then.

Exit codes:
  0  shown
  2  there is no such policy, it does not load, or it has no such group")]
pub(crate) struct PolicyShowArguments {
    /// The policy: a file, or the name of a ready-made one (uk-secondary if
    /// left out)
    #[arg(value_name = "FILE|NAME", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<String>,

    /// Only this group; may be given more than once
    #[arg(short, long, value_name = "GROUP")]
    pub(crate) group: Vec<String>,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    /// Show what is done at this time: RFC 3339, or by the policy's clocks, as
    /// 2026-11-23T10:00
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Moment>,
}

/// Tell what changes, and for whom, between two policies
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow policy diff school.toml proposed.toml
  hedgerow policy diff uk-secondary school.toml

Exit codes:
  0  the two do the same
  1  something changes
  2  one of them cannot be read or does not load")]
pub(crate) struct PolicyDiffArguments {
    /// The policy before: a file, or the name of a ready-made one
    #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
    pub(crate) before: String,

    /// The policy after
    #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
    pub(crate) after: String,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,
}

/// Write a ready-made policy to start from, or list them
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow policy new
  hedgerow policy new uk-secondary -o school.toml

Exit codes:
  0  written, or listed
  2  there is no such policy, or there is a file of that name already")]
pub(crate) struct PolicyNewArguments {
    /// Its name; without one, the names are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// The file to write, which must not be there yet (without: standard output)
    #[arg(short, long, value_name = "FILE", requires = "name", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

/// Who changes something, and where that is recorded.
#[derive(Args, Debug)]
pub(crate) struct RecordArguments {
    /// The change log; begun if it is not there
    #[arg(short, long, value_name = "LOG", value_hint = ValueHint::FilePath)]
    pub(crate) log: PathBuf,

    /// Who does this: a name as the policy spells it
    #[arg(short, long, value_name = "NAME")]
    pub(crate) who: String,
}

/// Put a new policy, ruleset or taxonomy into effect, and record it
///
/// What is new is checked first. Then the change is written to the log and the
/// log to the disk; then the file in use is replaced, in one step. After a crash
/// at any moment the file in use is the old or the new one, and agrees with the
/// log once `hedgerow log recover` has run.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow install policy proposed.toml --to school.toml --log changes.jsonl \\
      --who 'N. Manager' --why 'games open at break, as the council asked'
  hedgerow install ruleset new.hedge --to school.hedge --log changes.jsonl \\
      --who 'N. Manager' --why 'lists of today'

A policy whose [exemptions] name people in `may_edit` may be replaced by these
people alone.

Exit codes:
  0  installed, or the same was in use already (and nothing is recorded)
  2  what is new is not sound, somebody may not, or a file cannot be written:
     nothing has changed")]
pub(crate) struct InstallArguments {
    /// What it is
    pub(crate) kind: Installed,

    /// The new file; it stays where it is
    #[arg(value_name = "NEW", value_hint = ValueHint::FilePath)]
    pub(crate) new: PathBuf,

    /// The file in use, which it replaces
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) to: PathBuf,

    #[command(flatten)]
    pub(crate) record: RecordArguments,

    /// Why, for those who read the log
    #[arg(long, value_name = "REASON")]
    pub(crate) why: String,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,
}

/// What can be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Installed {
    /// A policy
    Policy,
    /// A compiled ruleset
    Ruleset,
    /// A taxonomy
    Taxonomy,
}

/// Open a site or a category for some time: ask, agree, take back
///
/// Somebody asks and somebody else agrees; the policy says who may. Each step is
/// recorded in the change log.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow exempt request --address chess.example --group year-9 \\
      --from 2026-11-23T09:00 --for '1 hour' --reason 'openings, set 9B' \\
      --policy school.toml --exemptions exemptions.toml --log changes.jsonl \\
      --who 'A. Teacher'
  hedgerow exempt approve 2026-11-22-1 --who 'D. Lead' \\
      --policy school.toml --exemptions exemptions.toml --log changes.jsonl
  hedgerow exempt list --exemptions exemptions.toml

Exit codes:
  0  done
  2  the policy does not let it be, or a file cannot be read: nothing has
     changed")]
pub(crate) struct ExemptArguments {
    #[command(subcommand)]
    pub(crate) what: ExemptCommand,
}

/// What can be done with exemptions.
#[derive(Debug, Subcommand)]
pub(crate) enum ExemptCommand {
    Request(ExemptRequestArguments),
    Approve(ExemptApproveArguments),
    Revoke(ExemptRevokeArguments),
    List(ExemptListArguments),
}

/// Where exemptions are kept, and what they are held to.
#[derive(Args, Debug)]
pub(crate) struct ExemptionArguments {
    /// The file of exemptions; begun if it is not there
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) exemptions: PathBuf,

    /// The policy that says who may do what: a file, or the name of a
    /// ready-made one
    #[arg(short, long, value_name = "FILE|NAME", value_hint = ValueHint::FilePath)]
    pub(crate) policy: String,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    #[command(flatten)]
    pub(crate) record: RecordArguments,
}

/// Ask for an exemption
#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("what").required(true).multiple(true).args(["addresses", "categories"])),
    group(ArgGroup::new("end").required(true).args(["until", "length"])),
    after_help = "\
Examples:
  hedgerow exempt request --category games --group ks3 --for '1 hour' \\
      --reason 'probability with dice' --policy school.toml \\
      --exemptions exemptions.toml --log changes.jsonl --who 'Class teacher'

Exit codes:
  0  asked for; it opens nothing until it is approved
  2  the policy does not let it be"
)]
pub(crate) struct ExemptRequestArguments {
    /// An address to open, with all below it; may be given more than once
    #[arg(short, long = "address", value_name = "ADDRESS")]
    pub(crate) addresses: Vec<String>,

    /// A category to open; may be given more than once
    #[arg(short, long = "category", value_name = "CATEGORY")]
    pub(crate) categories: Vec<String>,

    /// The group to open it for; may be given more than once
    #[arg(short, long = "group", value_name = "GROUP", required = true)]
    pub(crate) groups: Vec<String>,

    /// When it begins (now, if left out): RFC 3339, or by the policy's clocks,
    /// as 2026-11-23T09:00
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Moment>,

    /// When it ends, in the same forms
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,

    /// How long it lasts: `50 minutes`, `2 hours`, `5 days`
    #[arg(long = "for", value_name = "LENGTH")]
    pub(crate) length: Option<Length>,

    /// What it is for
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: String,

    #[command(flatten)]
    pub(crate) kept: ExemptionArguments,
}

/// Agree to an exemption that somebody asked for
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow exempt approve 2026-11-22-1 --policy school.toml \\
      --exemptions exemptions.toml --log changes.jsonl --who 'Head teacher'

Exit codes:
  0  approved
  2  the policy does not let it be: the approver may not, or asked for it, or
     there is nothing to approve")]
pub(crate) struct ExemptApproveArguments {
    /// Its id, as `exempt request` and `exempt list` tell it
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    #[command(flatten)]
    pub(crate) kept: ExemptionArguments,
}

/// Take an exemption back before its end
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow exempt revoke 2026-11-22-1 --reason 'the lesson is over' \\
      --policy school.toml --exemptions exemptions.toml --log changes.jsonl \\
      --who 'Head teacher'

Exit codes:
  0  taken back
  2  somebody may not, or there is nothing to take back")]
pub(crate) struct ExemptRevokeArguments {
    /// Its id
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// Why
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: String,

    #[command(flatten)]
    pub(crate) kept: ExemptionArguments,
}

/// Show exemptions: who asked, who agreed, for whom, until when
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow exempt list --exemptions exemptions.toml
  hedgerow exempt list --exemptions exemptions.toml --state waiting

States are waiting, coming, in-force, expired and revoked. Those that are over
stay in the file as a record.

Exit codes:
  0  shown
  2  the file cannot be read")]
pub(crate) struct ExemptListArguments {
    /// The file of exemptions
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) exemptions: PathBuf,

    /// The policy by whose clocks times are shown
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    /// Only those in this state
    #[arg(short, long, value_name = "STATE", value_parser = state)]
    pub(crate) state: Option<ExemptionState>,

    /// At this time instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Moment>,

    /// Only the ids, one a line
    #[arg(short, long, conflicts_with = "json")]
    pub(crate) quiet: bool,

    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

fn state(name: &str) -> Result<ExemptionState, String> {
    ExemptionState::from_name(name).ok_or_else(|| {
        let names = ExemptionState::ALL.map(ExemptionState::name);
        format!("the states are {}", names.join(", "))
    })
}

/// Read the change log, and prove that nobody rewrote it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow log show changes.jsonl
  hedgerow log verify changes.jsonl --head 680acb1f…

Exit codes:
  0  nothing to report
  1  found something: see each subcommand
  2  the log cannot be read")]
pub(crate) struct LogArguments {
    #[command(subcommand)]
    pub(crate) what: LogCommand,
}

/// What can be done with a log.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    Show(LogShowArguments),
    Verify(LogVerifyArguments),
    Recover(LogRecoverArguments),
}

/// Show who changed what, when and why
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow log show changes.jsonl
  hedgerow log show changes.jsonl --brief --who 'A. Teacher'

Exit codes:
  0  shown
  1  a line is not a sound record: `hedgerow log verify` tells more
  2  the log cannot be read")]
pub(crate) struct LogShowArguments {
    /// The log
    #[arg(value_name = "LOG", value_hint = ValueHint::FilePath)]
    pub(crate) log: PathBuf,

    /// Only changes by this person
    #[arg(short, long, value_name = "NAME")]
    pub(crate) who: Option<String>,

    /// Without what differs
    #[arg(long, conflicts_with = "full")]
    pub(crate) brief: bool,

    /// With all that differs, however much
    #[arg(long)]
    pub(crate) full: bool,

    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Verify that no record was edited, removed, put in or moved
///
/// Every record has the hash of the one before. What cannot be seen from the log
/// alone is that its end was cut off, or all of it written anew: for that, note
/// down the head somewhere else and give it the next time.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow log verify changes.jsonl
  hedgerow log verify changes.jsonl --head \"$(cat noted-head)\"

Exit codes:
  0  intact (a record that a crash tore, and a file that was changed past the
     log, are told, and are no damage of the log)
  1  damaged: each finding names line and record
  2  the log cannot be read")]
pub(crate) struct LogVerifyArguments {
    /// The log
    #[arg(value_name = "LOG", value_hint = ValueHint::FilePath)]
    pub(crate) log: PathBuf,

    /// The head that was noted down: the 64 digits that an earlier run printed
    #[arg(long, value_name = "DIGEST")]
    pub(crate) head: Option<Digest>,

    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Bring the files in step with the log after a crash
///
/// A change that was recorded and not carried out is carried out. To be run when
/// a system starts; once more is harmless.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow log recover changes.jsonl

Exit codes:
  0  log and files agree
  1  a file is not what the log says: somebody changed it past the log, or a
     change must be made again
  2  the log or a file cannot be read")]
pub(crate) struct LogRecoverArguments {
    /// The log
    #[arg(value_name = "LOG", value_hint = ValueHint::FilePath)]
    pub(crate) log: PathBuf,

    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show that what must be blocked is really blocked
///
/// Asks for every canary of the policy, for each of its groups; looks whether
/// every category of illegal content has one; and how old the rulesets are
/// against the ages that the policy sets. Without arguments it tests the
/// embedded starter policy and ruleset.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow selftest
  hedgerow selftest --policy school.toml --ruleset school.hedge --ruleset illegal.hedge

A ruleset is known to the policy by the name of its file: [[ruleset]] with the
name `illegal` is about illegal.hedge. Its age is that of its oldest list whose
version is a date or a time, or else of the file.

Exit codes:
  0  everything is blocked, and no ruleset is too old
  1  something is not as it must be
  2  the policy or a ruleset cannot be read")]
pub(crate) struct SelftestArguments {
    #[command(flatten)]
    pub(crate) policy: PolicyArguments,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    /// The exemptions in use: one of them may open what must be blocked
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) exemptions: Option<PathBuf>,

    /// At this time instead of now: RFC 3339, or by the policy's clocks
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Moment>,

    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
