//! What people see: colours on a terminal only, progress on a terminal only,
//! and no control character that came from an address or a list.

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use hedgerow::Progress;
use hedgerow::lists::{ListSource, Sources};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::time::Duration;

/// Headings and what is asked about.
pub(crate) const STRONG: Style = Style::new().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// On a list.
pub(crate) const LISTED: Style = AnsiColor::Yellow.on_default().bold();
/// On a list of illegal content, and errors.
pub(crate) const LOCKED: Style = AnsiColor::Red.on_default().bold();
/// On no list; came.
pub(crate) const CLEAR: Style = AnsiColor::Green.on_default();
/// Went.
pub(crate) const GONE: Style = AnsiColor::Red.on_default();
/// Could not be told.
pub(crate) const UNKNOWN: Style = AnsiColor::Magenta.on_default();

/// Standard output for people: styles reach a terminal that wants them and
/// nothing else (`NO_COLOR`, `CLICOLOR`).
pub(crate) fn page() -> BufWriter<AutoStream<StdoutLock<'static>>> {
    BufWriter::with_capacity(64 << 10, AutoStream::auto(io::stdout().lock()))
}

/// Standard output for programs: bytes as they are.
pub(crate) fn pipe() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(256 << 10, io::stdout().lock())
}

/// Tells people why it did not work.
pub(crate) fn complain(why: &dyn fmt::Display) {
    // Nobody is left to be told if this fails.
    let _ = writeln!(
        anstream::stderr(),
        "{LOCKED}hedgerow:{LOCKED:#} {}",
        shown(&why.to_string())
    );
}

/// Tells something by the way, if a person is there to read it.
pub(crate) fn remark(what: &dyn fmt::Display) {
    if io::stderr().is_terminal() {
        let _ = writeln!(
            anstream::stderr(),
            "{FAINT}hedgerow: {}{FAINT:#}",
            shown(&what.to_string())
        );
    }
}

/// Text from outside as it may be shown: an address or a list's line could
/// otherwise move the cursor, hide what follows or turn it round.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            )
    };
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// How wide a column of these texts is, in characters; one that is much wider
/// than the others may stand out.
pub(crate) fn widest<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
    texts
        .map(|text| shown(text).chars().count())
        .max()
        .unwrap_or(0)
        .min(48)
}

/// How many, with the word in its right number.
pub(crate) struct Count<'w>(pub(crate) u64, pub(crate) &'w str, pub(crate) &'w str);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count(number, one, many) = *self;
        write!(
            f,
            "{} {}",
            grouped(number),
            if number == 1 { one } else { many }
        )
    }
}

/// A number with its thousands apart: `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in bytes for people: `1.5 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    if bytes == 1 {
        return "1 byte".to_owned();
    }
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut amount = bytes as f64;
    let mut unit = "";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if amount < 1024.0 {
            break;
        }
        amount /= 1024.0;
        unit = next;
    }
    format!("{amount:.1} {unit}")
}

/// How far reading lists has come, on a terminal at standard error.
pub(crate) struct Watch {
    bar: ProgressBar,
    lists: usize,
    begun: usize,
}

impl Watch {
    /// Begins to watch `sources` being read; does nothing if nobody looks.
    pub(crate) fn over(sources: &Sources) -> Watch {
        let bar = if io::stderr().is_terminal() {
            let bytes = sources
                .lists
                .iter()
                .filter_map(|list| std::fs::metadata(&list.path).ok())
                .map(|metadata| metadata.len())
                .sum();
            let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
            let template = "{bar:30.green/dim} {bytes:>11} of {total_bytes:<11} {wide_msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━━─"));
            }
            bar
        } else {
            ProgressBar::hidden()
        };
        Watch {
            bar,
            lists: sources.lists.len(),
            begun: 0,
        }
    }

    /// Everything has been read; what follows has no length.
    pub(crate) fn writing(&self) {
        if let Ok(style) = ProgressStyle::with_template("{spinner:.green} {msg}") {
            self.bar.set_style(style);
        }
        self.bar.set_message("sorting and writing");
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Watch {
    fn list(&mut self, source: &ListSource) {
        self.begun += 1;
        self.bar.set_message(format!(
            "{}/{} {}",
            self.begun,
            self.lists,
            shown(&source.name)
        ));
    }

    fn bytes(&mut self, read: u64) {
        self.bar.inc(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(1023), "1023 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(3 << 20), "3.0 MiB");
        assert_eq!(Count(1, "entry", "entries").to_string(), "1 entry");
        assert_eq!(Count(2000, "entry", "entries").to_string(), "2,000 entries");
    }

    #[test]
    fn what_could_deceive_the_eye_is_spelt_out() {
        assert_eq!(shown("plain.example/caf\u{e9}"), "plain.example/caf\u{e9}");
        assert_eq!(shown("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(shown("gpj\u{202e}exe"), "gpj\\u{202e}exe");
    }
}
