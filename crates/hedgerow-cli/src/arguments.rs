//! What the command line may say, and nothing of what it means: each
//! subcommand's arguments, their help, and how sizes are read.

mod policy;

pub(crate) use self::policy::{
    ExemptApproveArguments, ExemptArguments, ExemptCommand, ExemptListArguments,
    ExemptRequestArguments, ExemptRevokeArguments, ExemptionArguments, InstallArguments, Installed,
    LogArguments, LogCommand, LogRecoverArguments, LogShowArguments, LogVerifyArguments,
    PoliciesArguments, PolicyArguments, PolicyCheckArguments, PolicyCommand, PolicyDiffArguments,
    PolicyNewArguments, PolicyShowArguments, RecordArguments, SelftestArguments,
};

use crate::moment::Moment;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use hedgerow::Compiler;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  done, and nothing to report (check: on no list, or open by the policy;
     lint: no finding; diff: no difference; selftest: passed)
  1  found something (check: listed, or blocked by the policy; lint: findings;
     diff: differences; selftest: failed; log verify: damage;
     compile --strict: lines were left out, and nothing was written)
  2  could not: wrong usage, a file that cannot be read, a damaged ruleset,
     a policy that does not load, an address that cannot be classified

Environment:
  HEDGEROW_RULESET  the rulesets to ask when --ruleset is not given: paths,
                    joined as in PATH. Without either the built-in starter
                    ruleset is asked, which shows how a filter works and is
                    not enough to run a school on.
  NO_COLOR          no colours, even on a terminal.";

/// Compiles filter lists into one ruleset file, says what an address is and
/// which list says so, and decides by a policy who may see it.
#[derive(Debug, Parser)]
#[command(
    name = "hedgerow",
    version,
    after_help = EXIT_CODES,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Compile(CompileArguments),
    Classify(ClassifyArguments),
    Check(CheckArguments),
    Explain(ExplainArguments),
    Inspect(InspectArguments),
    Lint(LintArguments),
    Diff(DiffArguments),
    Lookup(LookupArguments),
    Policy(PoliciesArguments),
    Exempt(ExemptArguments),
    Install(InstallArguments),
    Log(LogArguments),
    Selftest(SelftestArguments),
    #[command(hide = true)]
    Generate(GenerateArguments),
}

/// The rulesets to ask.
#[derive(Args, Debug)]
pub(crate) struct RulesetArguments {
    /// A ruleset to ask; may be given more than once, and all of them answer
    ///
    /// Rulesets are layers: what one says takes nothing from another. Without
    /// this option the rulesets that HEDGEROW_RULESET names are asked, and
    /// without that the built-in starter ruleset.
    #[arg(short, long = "ruleset", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) rulesets: Vec<PathBuf>,
}

/// Which files are lists.
#[derive(Args, Debug)]
pub(crate) struct SourceArguments {
    /// A list, a folder of lists, or a tree of category folders
    ///
    /// A tree in squidGuard's form (UT1, Shalla) needs no manifest: its
    /// folders are the categories. A folder with a `lists.toml` is read as
    /// that says. Any other file is one list, whose format is told from its
    /// content and whose category is its name.
    #[arg(
        value_name = "PATH",
        required_unless_present = "manifest",
        value_hint = ValueHint::AnyPath
    )]
    pub(crate) paths: Vec<PathBuf>,

    /// A manifest that says what the lists are: formats, categories, licences
    #[arg(short, long, value_name = "lists.toml", value_hint = ValueHint::FilePath)]
    pub(crate) manifest: Option<PathBuf>,
}

/// Compile lists into one ruleset file
///
/// The ruleset is written beside its place and renamed into it when it is
/// whole: a compile that fails, because a list is an error page for example,
/// leaves the ruleset that was there as it was.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow compile blacklists/ -o school.hedge
      a tree in squidGuard's form: category names are folder names
  hedgerow compile --manifest lists.toml -o school.hedge --report report.json
      what the manifest says, with a report for machines
  hedgerow compile blacklists/ our-own.txt -o school.hedge --strict
      nothing is written if any line could not be taken

Exit codes:
  0  the ruleset was written
  1  --strict, and lines were left out: nothing was written
  2  a list was refused or could not be read: nothing was written")]
pub(crate) struct CompileArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,

    /// The ruleset to write
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,

    /// Write nothing if any line was left out
    ///
    /// Lines that name no address in the first place, such as a hosts file's
    /// `localhost` or a zone's SOA record, do not count.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Write what was read, left out and found, as JSON (`-`: standard output)
    #[arg(long, value_name = "FILE.json", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,

    /// Memory to stay within: bytes, or with a unit, as 512M, 1G, 300MiB
    ///
    /// K, M and G are powers of 1024, as are KiB, MiB and GiB; KB, MB and GB
    /// are powers of 1000. What does not fit is sorted on disk.
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = memory_limit)]
    pub(crate) memory_limit: usize,

    /// Where to put what does not fit in memory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) temp_dir: Option<PathBuf>,

    /// Do not record on which line of its list each entry stands
    ///
    /// It makes the ruleset smaller by some three bytes an entry; explanations
    /// then name the list only.
    #[arg(long)]
    pub(crate) no_provenance: bool,

    /// Keep entries that a broader entry of the same list covers anyway
    #[arg(long)]
    pub(crate) keep_redundant: bool,

    /// Print the summary even if nobody watches
    ///
    /// It is printed to a terminal, and otherwise only when asked for.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Classify addresses, one result for each
///
/// Addresses are URLs, `host/path`, `host:port`, host names or IP addresses,
/// given as arguments or one a line in a file. Every line is an address, blank
/// ones too, and gives one result, in the order of the input; a line ends with
/// LF or CRLF and need not be UTF-8.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow classify https://www.bet365.com/
  hedgerow classify --input access.txt --output jsonl > results.jsonl
  tail -f urls.log | hedgerow classify -r school.hedge --output csv

JSON Lines have these keys:
  input       the line as given
  address     its canonical form, or null
  outcome     `classified` or `unclassifiable`
  reason      why it is unclassifiable, a stable code, or null
  categories  sorted, each once; [] if it is on no list
  matches     every rule that covers it: category, list, entry, scope, layer
              (the ruleset, from 0), via (0: the address itself, n: the nth of
              the addresses it carries), action (`list` or `allow`), undone
              (an exception of the same list takes it back), line
  via         the addresses it carries, such as the page behind a translation

An address without categories is clean only if its outcome is `classified`.

Exit codes:
  0  every address has its result, whatever it is
  2  a ruleset or the input cannot be read")]
pub(crate) struct ClassifyArguments {
    /// The addresses; without any, --input or standard input is read
    #[arg(value_name = "ADDRESS", value_hint = ValueHint::Url)]
    pub(crate) addresses: Vec<String>,

    /// Read addresses from a file, one a line (`-`: standard input)
    #[arg(
        short,
        long,
        value_name = "FILE",
        conflicts_with = "addresses",
        value_hint = ValueHint::FilePath
    )]
    pub(crate) input: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    /// How results are written
    #[arg(short, long, value_enum, default_value_t = ResultFormat::Text)]
    pub(crate) output: ResultFormat,
}

/// How results of `classify` are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultFormat {
    /// For people: the address, its categories, and where they come from
    Text,
    /// JSON Lines: one object for each address
    Jsonl,
    /// A table, with a header
    Csv,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// For machines: one JSON object
    Json,
}

/// Say whether addresses are listed; with a policy, who may see them
///
/// With --policy or --group it decides: what is done with each address for a
/// group, and why. --group alone decides by the ready-made policy uk-secondary.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow check https://www.bet365.com/ https://www.bbc.co.uk/bitesize
  hedgerow check -r school.hedge example.com && echo on no list
  hedgerow check --policy school.toml --group year-9 --at 2026-11-23T10:00 \\
      --exemptions exemptions.toml https://chess.example/

Exit codes without a policy:
  0  none is listed
  1  at least one is listed
  2  none is listed, but one cannot be classified; or a ruleset cannot be read

Exit codes with a policy:
  0  all are allowed or monitored
  1  at least one is blocked, or has a warning (what is done with an address
     that cannot be classified, the policy says)
  2  the policy has no such group or does not load, or a file cannot be read")]
pub(crate) struct CheckArguments {
    /// The addresses
    #[arg(value_name = "ADDRESS", required = true, value_hint = ValueHint::Url)]
    pub(crate) addresses: Vec<String>,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    #[command(flatten)]
    pub(crate) policy: PolicyArguments,

    /// The group to decide for
    #[arg(short, long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// Decide for this time instead of now: RFC 3339, or by the policy's clocks,
    /// as 2026-11-23T10:00
    #[arg(long, value_name = "TIME", requires = "group")]
    pub(crate) at: Option<Moment>,

    /// The exemptions in use
    #[arg(short, long, value_name = "FILE", requires = "group", value_hint = ValueHint::FilePath)]
    pub(crate) exemptions: Option<PathBuf>,

    /// One JSON object a line: what `classify` writes, or with a policy the
    /// decision
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tell every step from an address to its categories
///
/// The text, its canonical form, what was looked up, which rules were found
/// and why they do or do not cover the address, and the addresses it carries.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow explain https://web.archive.org/web/2024/https://www.bet365.com/
  hedgerow explain -r school.hedge --output json HTTP://WWW.Example.COM:80/a/../b

Exit codes:
  0  explained, whatever the answer
  2  a ruleset cannot be read")]
pub(crate) struct ExplainArguments {
    /// The address
    #[arg(value_name = "ADDRESS", value_hint = ValueHint::Url)]
    pub(crate) address: String,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    /// How the explanation is written
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) output: ReportFormat,
}

/// Tell what a ruleset holds
///
/// Its lists and categories with their counts, its sections and their sizes,
/// its format version and its SHA-256. The file is verified on the way.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow inspect school.hedge
  hedgerow inspect --output json school.hedge

Exit codes:
  0  told
  2  the file is no ruleset, or a damaged one")]
pub(crate) struct InspectArguments {
    /// The ruleset; without it, the built-in starter ruleset
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ruleset: Option<PathBuf>,

    /// How it is told
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) output: ReportFormat,
}

/// Find what is wrong in lists, without writing a ruleset
///
/// Entries that cover far too much, lines that both list and allow, lines that
/// cannot be taken and why, lists that would be refused, and files that are no
/// lists.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow lint blacklists/
  hedgerow lint --manifest lists.toml --output json

Exit codes:
  0  nothing found
  1  something found: a finding, a line left out (but for lines that name no
     address, such as a hosts file's `localhost`), or a list refused
  2  a file cannot be read")]
pub(crate) struct LintArguments {
    #[command(flatten)]
    pub(crate) sources: SourceArguments,

    /// How findings are written
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) output: ReportFormat,
}

/// Tell what came and went between two rulesets
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow diff yesterday.hedge today.hedge
  hedgerow diff yesterday.hedge today.hedge --output json

An entry is the same if category, list, entry, scope, action and conditions
are; the line on which it stands does not matter.

Exit codes:
  0  the same entries
  1  differences
  2  a file is no ruleset, or a damaged one")]
pub(crate) struct DiffArguments {
    /// The ruleset before
    #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
    pub(crate) before: PathBuf,

    /// The ruleset after
    #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
    pub(crate) after: PathBuf,

    /// How many entries are shown to people (JSON has them all)
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,

    /// How differences are written
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) output: ReportFormat,
}

/// Tell which lists hold an entry
///
/// A host, a host with a path, an IP address or a block: the very entry, and
/// the entries above it that cover it. With a `*`, which stands for any text:
/// every entry that matches.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  hedgerow lookup bet365.com
  hedgerow lookup --below -r school.hedge blogspot.com
  hedgerow lookup -r school.hedge '*casino*.co.uk'

Exit codes:
  0  told, whether or not there is such an entry
  2  the pattern is no address, or a ruleset cannot be read")]
pub(crate) struct LookupArguments {
    /// A host, host and path, IP address or block, or a text with `*`
    #[arg(value_name = "PATTERN")]
    pub(crate) pattern: String,

    /// The entries below it too: hosts below the host, paths below the path
    #[arg(long)]
    pub(crate) below: bool,

    #[command(flatten)]
    pub(crate) rulesets: RulesetArguments,

    /// How entries are written
    #[arg(short, long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) output: ReportFormat,
}

/// Write man pages or shell completions
#[derive(Args, Debug)]
pub(crate) struct GenerateArguments {
    #[command(subcommand)]
    pub(crate) what: Generated,
}

/// What can be generated from the definition of the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Generated {
    /// Man pages, one a subcommand
    Man {
        /// The folder to write them to
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        out_dir: PathBuf,
    },
    /// Completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// The folder to write them to
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        out_dir: PathBuf,
    },
}

fn memory_limit(text: &str) -> Result<usize, String> {
    let size = size(text)?;
    if size < Compiler::MIN_MEMORY_LIMIT {
        return Err(format!(
            "less than {} MiB cannot be kept to",
            Compiler::MIN_MEMORY_LIMIT >> 20
        ));
    }
    Ok(size)
}

/// The number of bytes that a text such as `512M` means.
fn size(text: &str) -> Result<usize, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: usize = number
        .parse()
        .map_err(|_| "a size is a number and perhaps a unit, as 512M".to_owned())?;
    let factor: usize = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err("the units are K, M, G, KiB, MiB, GiB, KB, MB, GB".to_owned()),
    };
    number
        .checked_mul(factor)
        .ok_or_else(|| "more than this machine can address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_contradicts_itself_nowhere() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        assert_eq!(size("1048576"), Ok(1 << 20));
        assert_eq!(size("512M"), Ok(512 << 20));
        assert_eq!(size("300MiB"), Ok(300 << 20));
        assert_eq!(size("1 g"), Ok(1 << 30));
        assert_eq!(size("2MB"), Ok(2_000_000));
        for wrong in [
            "",
            "M",
            "-1",
            "1.5G",
            "5X",
            "99999999999999999999",
            "99999999999G",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert!(memory_limit("1M").is_err());
        assert_eq!(memory_limit("16M"), Ok(16 << 20));
    }
}
