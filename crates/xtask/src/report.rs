//! Counts of what was tested, and the table of them.

use std::time::Duration;

/// How many tests passed, failed, and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// The counts of a check that is one test in itself.
    pub(crate) fn of_check(passed: bool) -> Counts {
        Counts {
            passed: u64::from(passed),
            failed: u64::from(!passed),
            skipped: 0,
        }
    }

    pub(crate) fn add(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads the line with which a Rust test binary ends:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`.
    pub(crate) fn from_test_result(line: &str) -> Option<Counts> {
        let line = line.trim().strip_prefix("test result: ")?;
        let (_, numbers) = line.split_once(". ")?;
        let mut counts = Counts::default();
        let mut seen = 0;
        for part in numbers.split(';') {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.skipped = number,
                _ => continue,
            }
            seen += 1;
        }
        (seen == 3).then_some(counts)
    }
}

/// One step, done.
pub(crate) struct Row {
    pub(crate) step: &'static str,
    pub(crate) counts: Counts,
    pub(crate) took: Duration,
    /// What failed, or why something was skipped; one line each.
    pub(crate) notes: Vec<String>,
}

/// The table of all steps, the notes, and a last line with nothing but the
/// sums, in the plain form that a program can look for.
pub(crate) fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.step.len()).max().unwrap_or(0);
    let width = width.max("step".len());
    let mut text = format!(
        "\n{:width$}  {:>7}  {:>7}  {:>7}  {:>8}\n",
        "step", "passed", "failed", "skipped", "seconds"
    );
    let mut sum = Counts::default();
    let mut took = Duration::ZERO;
    for row in rows {
        sum.add(row.counts);
        took += row.took;
        text += &line(row.step, width, row.counts, row.took);
    }
    text += &line("all", width, sum, took);
    text.push('\n');
    for row in rows {
        for note in &row.notes {
            text += &format!("{}: {note}\n", row.step);
        }
    }
    text += &format!(
        "{} passed, {} failed, {} skipped\n",
        sum.passed, sum.failed, sum.skipped
    );
    text
}

fn line(step: &str, width: usize, counts: Counts, took: Duration) -> String {
    format!(
        "{step:width$}  {:>7}  {:>7}  {:>7}  {:>8.1}\n",
        counts.passed,
        counts.failed,
        counts.skipped,
        took.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted() {
        let line = "test result: FAILED. 41 passed; 2 failed; 3 ignored; 0 measured; 1 filtered out; finished in 0.52s";
        let counts = Counts {
            passed: 41,
            failed: 2,
            skipped: 3,
        };
        assert_eq!(Counts::from_test_result(line), Some(counts));
        for other in [
            "",
            "test result: ok.",
            "test parse ... ok",
            "test result: ok. many passed; 0 failed; 0 ignored",
        ] {
            assert_eq!(Counts::from_test_result(other), None, "{other}");
        }
    }

    #[test]
    fn the_last_line_is_the_sum_alone() {
        let row = |step, passed, failed, notes| Row {
            step,
            counts: Counts {
                passed,
                failed,
                skipped: 1,
            },
            took: Duration::from_millis(1500),
            notes,
        };
        let rows = [
            row("format", 1, 0, vec![]),
            row("tests", 40, 2, vec!["a test failed".to_owned()]),
        ];
        let text = table(&rows);
        assert_eq!(text.lines().last(), Some("41 passed, 2 failed, 2 skipped"));
        assert!(text.contains("\ntests: a test failed\n"), "{text}");
        assert!(
            text.contains("\ntests        40        2        1       1.5\n"),
            "{text}"
        );
    }
}
