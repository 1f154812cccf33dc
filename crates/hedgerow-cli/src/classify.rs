//! `hedgerow classify`: one result for each address, in order.

use crate::arguments::{ClassifyArguments, ResultFormat};
use crate::failure::{Ending, Failure, Run};
use crate::layers::{self, Bytes};
use crate::results::{COLUMNS, JsonResult, place, row};
use crate::terminal::{self, CLEAR, FAINT, LISTED, LOCKED, STRONG, UNKNOWN, shown, widest};
use hedgerow::{Action, Classification, Classifier, Error, ErrorKind};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::Path;

/// The longest line that is read, in bytes: memory stays bounded whatever the
/// input is. No browser and no proxy passes on an address of a tenth of it.
const LONGEST_LINE: usize = 16 << 20;

pub(crate) fn run(arguments: &ClassifyArguments) -> Run {
    let classifier = layers::classifier(&arguments.rulesets)?;
    let mut results = Results::to_stdout(arguments.output)?;
    if arguments.addresses.is_empty() {
        let input = arguments.input.as_deref().unwrap_or(Path::new("-"));
        if input == Path::new("-") {
            if io::stdin().is_terminal() {
                terminal::remark(&"reading addresses from the terminal, one a line");
            }
            lines(io::stdin().lock(), input, &classifier, &mut results)?;
        } else {
            let file = File::open(input).map_err(|error| Error::from(error).at_path(input))?;
            lines(file, input, &classifier, &mut results)?;
        }
    } else {
        for address in &arguments.addresses {
            results.write(address, &classifier.classify(address))?;
        }
    }
    results.flush()?;
    Ok(Ending::Done)
}

/// Classifies every line of `input`.
fn lines(
    input: impl Read,
    path: &Path,
    classifier: &Classifier<Bytes>,
    results: &mut Results,
) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(256 << 10, input);
    let mut line = Vec::new();
    let mut number: u64 = 0;
    loop {
        // What can be answered is answered before waiting for more, so that a
        // program can ask and read in turns.
        if input.buffer().is_empty() {
            results.flush()?;
        }
        line.clear();
        let read = (&mut input)
            .take(LONGEST_LINE as u64 + 1)
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::from(error).at_path(path))?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        let text = without_line_end(&line);
        if text.len() > LONGEST_LINE {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the line is longer than {}",
                    terminal::size(LONGEST_LINE as u64)
                ),
            )
            .at_path(path)
            .at_line(number)
            .into());
        }
        // Editors of one system begin files with a byte order mark.
        let text = match number {
            1 => text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text),
            _ => text,
        };
        results.write(
            &String::from_utf8_lossy(text),
            &classifier.classify_bytes(text),
        )?;
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where results go.
enum Results {
    Text(Box<dyn Write>),
    Jsonl(BufWriter<io::StdoutLock<'static>>),
    Csv(Box<csv::Writer<io::StdoutLock<'static>>>),
}

impl Results {
    fn to_stdout(format: ResultFormat) -> Result<Results, Failure> {
        Ok(match format {
            ResultFormat::Text => Results::Text(Box::new(terminal::page())),
            ResultFormat::Jsonl => Results::Jsonl(terminal::pipe()),
            ResultFormat::Csv => {
                let mut writer = csv::WriterBuilder::new()
                    .buffer_capacity(256 << 10)
                    .from_writer(io::stdout().lock());
                writer.write_record(COLUMNS)?;
                Results::Csv(Box::new(writer))
            }
        })
    }

    fn write(&mut self, input: &str, found: &Classification<'_>) -> Result<(), Failure> {
        match self {
            Results::Text(out) => paragraph(out, input, found)?,
            Results::Jsonl(out) => {
                serde_json::to_writer(&mut *out, &JsonResult { input, found })?;
                out.write_all(b"\n")?;
            }
            Results::Csv(out) => out.write_record(row(input, found))?,
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Results::Text(out) => out.flush()?,
            Results::Jsonl(out) => out.flush()?,
            Results::Csv(out) => out.flush()?,
        }
        Ok(())
    }
}

/// One result for people: the address and its categories, then a line for each
/// match.
fn paragraph(out: &mut dyn Write, input: &str, found: &Classification<'_>) -> io::Result<()> {
    if input.is_empty() {
        write!(out, "{FAINT}(blank){FAINT:#}  ")?;
    } else {
        write!(out, "{STRONG}{}{STRONG:#}  ", shown(input))?;
    }
    writeln!(out, "{}", Verdict(found))?;
    for (index, carried) in found.via().iter().enumerate() {
        writeln!(
            out,
            "    {FAINT}carries {}{FAINT:#} {}",
            index + 1,
            shown(&carried.address().text())
        )?;
    }
    let categories = widest(found.matches().map(|each| each.category().name()));
    let places: Vec<String> = found.matches().map(|each| place(&each)).collect();
    let width = widest(places.iter().map(String::as_str));
    for (each, place) in found.matches().zip(&places) {
        write!(
            out,
            "    {:categories$}  {:width$}  {FAINT}{} of {}",
            shown(each.category().name()),
            shown(place),
            each.scope(),
            shown(&each.entry())
        )?;
        if each.via() > 0 {
            write!(out, ", covers carried {}", each.via())?;
        }
        if each.action() == Action::Allow {
            out.write_all(b", an exception")?;
        } else if each.is_undone() {
            out.write_all(b", taken back by an exception")?;
        }
        writeln!(out, "{FAINT:#}")?;
    }
    Ok(())
}

/// The answer in a few words, in colour.
pub(crate) struct Verdict<'r>(pub(crate) &'r Classification<'r>);

impl std::fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let found = self.0;
        let categories = found.categories();
        for (index, name) in categories.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            let is_locked = found
                .matches()
                .any(|each| each.category().name() == *name && each.category().is_locked());
            let style = if is_locked { LOCKED } else { LISTED };
            write!(f, "{style}{}{style:#}", shown(name))?;
            if is_locked {
                f.write_str(" (illegal content)")?;
            }
        }
        match found.reason() {
            None if categories.is_empty() => write!(f, "{CLEAR}on no list{CLEAR:#}"),
            None => Ok(()),
            Some(reason) => {
                if !categories.is_empty() {
                    f.write_str("; ")?;
                }
                write!(
                    f,
                    "{UNKNOWN}cannot be classified: {}{UNKNOWN:#} [{reason}]",
                    why(reason)
                )
            }
        }
    }
}

/// A code of why an address cannot be classified, in words.
pub(crate) fn why(reason: &str) -> &str {
    match reason {
        "empty" => "it is empty",
        "no-host" => "it names no host",
        "invalid-host" => "its host is neither a name nor an IP address",
        "invalid-port" => "its port is not a number up to 65535",
        "wrapped-too-deep" => "it carries addresses within addresses, too deep to follow",
        "ruleset-corrupt" => "the ruleset contradicts itself",
        _ => "see the code",
    }
}
