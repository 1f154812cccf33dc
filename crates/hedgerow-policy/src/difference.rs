//! The difference between two states of a file, for the people who read the
//! change log.

use similar::TextDiff;
use std::fmt::Write;
use std::time::Duration;

/// The longest difference that goes into a record, in bytes.
const LONGEST: usize = 64 << 10;

/// Files beyond this, in bytes of both together, are summed up: comparing takes
/// time that grows faster than the files.
const LARGEST: usize = 4 << 20;

/// How long the search for the *shortest* difference may take. After that the
/// difference is right, but longer than need be.
const SEARCH: Duration = Duration::from_millis(200);

/// The difference between two states of a file as a unified diff with three
/// lines around each change, without file names. What is not UTF-8, or very
/// large, is told by its size; a difference of more than 64 KiB is cut off at a
/// line, and says so.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::difference;
///
/// assert_eq!(
///     difference(b"a = 1\nb = 2\n", b"a = 1\nb = 3\n"),
///     "@@ -1,2 +1,2 @@\n a = 1\n-b = 2\n+b = 3\n"
/// );
/// assert_eq!(difference(b"", b"\xff\0"), "0 bytes before, 2 bytes after; not text\n");
/// ```
#[must_use]
pub fn difference(before: &[u8], after: &[u8]) -> String {
    let sizes = format!("{} bytes before, {} bytes after", before.len(), after.len());
    let (Ok(before), Ok(after)) = (str::from_utf8(before), str::from_utf8(after)) else {
        return format!("{sizes}; not text\n");
    };
    if before.len() + after.len() > LARGEST {
        return format!("{sizes}; too large to compare\n");
    }
    let diff = TextDiff::configure()
        .timeout(SEARCH)
        .diff_lines(before, after);
    let mut text = diff.unified_diff().context_radius(3).to_string();
    if text.len() > LONGEST {
        let cut = text
            .bytes()
            .take(LONGEST)
            .rposition(|byte| byte == b'\n')
            .map_or(0, |line_end| line_end + 1);
        let left_out = text.get(cut..).unwrap_or_default().lines().count();
        text.truncate(cut);
        let _ = writeln!(text, "… {left_out} more lines; {sizes}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_end_shows() {
        let text = difference(b"a\n", b"a");
        assert!(text.contains("\\ No newline at end of file"), "{text}");
    }

    #[test]
    fn long_differences_are_cut_at_a_line() {
        let after: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
        let text = difference(b"", after.as_bytes());
        assert!(text.len() < LONGEST + 100);
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("… ") && last.contains(" more lines; 0 bytes before"));
        let shown = text.lines().filter(|line| line.starts_with('+')).count();
        assert!(
            last.starts_with(&format!("… {} ", 20_000 - shown)),
            "{last}"
        );
        // One line of any length, in characters of several bytes.
        let text = difference(b"", "ä".repeat(100_000).as_bytes());
        assert!(text.contains("more lines"));
    }

    #[test]
    fn the_worst_files_end_in_time() {
        let lines = |seed: u64| -> String {
            let mut x = seed;
            (0..100_000)
                .map(|_| {
                    x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    format!("{}\n", x >> 62)
                })
                .collect()
        };
        let started = std::time::Instant::now();
        let text = difference(lines(1).as_bytes(), lines(2).as_bytes());
        assert!(!text.is_empty());
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
        let large = vec![b'x'; LARGEST];
        assert!(difference(&large, b"y").contains("too large"));
    }
}
