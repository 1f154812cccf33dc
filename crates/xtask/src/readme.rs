//! The commands of the README and of the guides, run as a reader would run them.
//!
//! In every fenced block marked `console`, a line `$ hedgerow …` is run by `sh`
//! in an empty folder (one for the whole page, so that a command can use what
//! an earlier one wrote). A line that ends in `\` goes on in the next. If lines
//! follow, they are what it must print: word for word, except that `…` stands
//! for any text and a line `…` for any lines. If none follow, it must succeed.
//! `$ sed …` is run too; lines with other commands are for reading.
//!
//! A block whose mark names a file behind the language (`toml school.toml`) is
//! written to that file.

use crate::report::Counts;
use crate::root;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The pages whose commands are run.
const PAGES: &[&str] = &["README.md", "docs/school.md"];

/// A command and what the page says it prints; or a file that it shows.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    line: usize,
    command: String,
    output: Vec<String>,
    /// The file to write instead of running anything.
    file: Option<String>,
}

/// Runs the examples of every page, each one test.
pub(crate) fn replay() -> (Counts, Vec<String>) {
    let mut counts = Counts::default();
    let mut notes = Vec::new();
    for page in PAGES {
        let (of_page, notes_of_page) = replay_page(page);
        counts.add(of_page);
        notes.extend(notes_of_page);
    }
    (counts, notes)
}

fn replay_page(page: &str) -> (Counts, Vec<String>) {
    let mut counts = Counts::default();
    let mut notes = Vec::new();
    let Ok(text) = std::fs::read_to_string(root().join(page)) else {
        counts.failed = 1;
        notes.push(format!("failed: there is no {page}"));
        return (counts, notes);
    };
    let examples = examples(&text);
    if examples.is_empty() {
        counts.failed = 1;
        notes.push(format!(
            "failed: no `$ hedgerow …` in a `console` block of {page}"
        ));
        return (counts, notes);
    }
    let folder = match Scratch::new() {
        Ok(folder) => folder,
        Err(error) => {
            counts.failed = 1;
            notes.push(format!("failed: no folder to run it in: {error}"));
            return (counts, notes);
        }
    };
    for example in &examples {
        let place = format!("{page}:{}", example.line);
        if let Some(file) = &example.file {
            if let Err(error) = write(&folder.0.join(file), &example.output) {
                counts.failed += 1;
                notes.push(format!(
                    "failed: {place}: {file} cannot be written: {error}"
                ));
            }
            continue;
        }
        println!("{place}: $ {}", example.command);
        match run(example, &folder.0) {
            Ok(()) => counts.passed += 1,
            Err(what) => {
                println!("{what}");
                counts.failed += 1;
                notes.push(format!("failed: {place}: {}", example.command));
            }
        }
    }
    (counts, notes)
}

fn write(path: &Path, lines: &[String]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, lines.join("\n") + "\n")
}

/// A folder that goes when this does.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Scratch> {
        let name = format!("hedgerow-readme-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is small, and the system's to clear away.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_console = None;
    let mut takes_output = false;
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let example = |command: &str, file: Option<&str>| Example {
            line: number + 1,
            command: command.to_owned(),
            output: Vec::new(),
            file: file.map(str::to_owned),
        };
        if let Some(info) = line.trim_start().strip_prefix("```") {
            takes_output = false;
            is_console = match is_console {
                None => Some(info.trim() == "console"),
                Some(_) => None,
            };
            if is_console.is_some()
                && let Some((_, file)) = info.trim().split_once(' ')
            {
                examples.push(example("", Some(file)));
                takes_output = true;
            }
            goes_on = false;
        } else if goes_on && let Some(last) = examples.last_mut() {
            last.command.push('\n');
            last.command.push_str(line);
            goes_on = line.ends_with('\\');
        } else if is_console == Some(true)
            && let Some(command) = line.strip_prefix("$ ")
        {
            takes_output = matches!(command.split(' ').next(), Some("hedgerow" | "sed"));
            if takes_output {
                examples.push(example(command, None));
                goes_on = command.ends_with('\\');
            }
        } else if takes_output && let Some(last) = examples.last_mut() {
            last.output.push(line.trim_end().to_owned());
        }
    }
    examples
}

fn run(example: &Example, folder: &Path) -> Result<(), String> {
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => root().join(target),
        None => root().join("target"),
    };
    let mut path = target.join("release").into_os_string();
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    let output = Command::new("sh")
        .arg("-c")
        .arg(&example.command)
        .current_dir(folder)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("it does not start: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    // A command that found something may end with a code that says so; one
    // that panicked, or that the shell did not find, is never as it should be.
    let ended_well = match example.output.is_empty() {
        true => output.status.success(),
        false => !matches!(output.status.code(), None | Some(101 | 126 | 127)),
    };
    if !ended_well {
        return Err(format!("it ended with {}:\n{printed}", output.status));
    }
    let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let expected: Vec<&str> = example.output.iter().map(String::as_str).collect();
    if expected.is_empty() || lines_match(&expected, &lines) {
        Ok(())
    } else {
        Err(format!(
            "it should print:\n{}\nit printed:\n{}",
            expected.join("\n"),
            lines.join("\n")
        ))
    }
}

/// Whether the lines are those expected, `…` aside.
fn lines_match(expected: &[&str], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((&"…", rest)) => (0..=lines.len()).any(|at| lines_match(rest, &lines[at..])),
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, others)| text_matches(first, line) && lines_match(rest, others)),
    }
}

fn text_matches(expected: &str, text: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or("")) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        rest = behind;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found_with_their_output() {
        let text = "\
# Title
```console
$ hedgerow try play.example
games
$ cargo install something
long output
$ hedgerow compile
```
```sh
$ hedgerow not this
```
```toml lists/own.toml
a = 1

$ hedgerow = 2
```
```console
$ hedgerow try \\
    a.example
$ sed -i s/1/2/ lists/own.toml
```
";
        let example = |line, command: &str, output: &[&str]| Example {
            line,
            command: command.to_owned(),
            output: output.iter().map(|&line| line.to_owned()).collect(),
            file: None,
        };
        let file = Example {
            file: Some("lists/own.toml".to_owned()),
            ..example(12, "", &["a = 1", "", "$ hedgerow = 2"])
        };
        assert_eq!(
            examples(text),
            [
                example(3, "hedgerow try play.example", &["games"]),
                example(7, "hedgerow compile", &[]),
                file,
                example(18, "hedgerow try \\\n    a.example", &[]),
                example(20, "sed -i s/1/2/ lists/own.toml", &[]),
            ]
        );
    }

    #[test]
    fn dots_stand_for_anything() {
        assert!(lines_match(&["a", "…", "d"], &["a", "b", "c", "d"]));
        assert!(lines_match(&["a", "…"], &["a"]));
        assert!(lines_match(&["took … ms, …"], &["took 17 ms, all well"]));
        assert!(!lines_match(&["a", "…", "d"], &["a", "b"]));
        assert!(!lines_match(&["took … ms"], &["took 17 s"]));
        assert!(!lines_match(&["a"], &["a", "b"]));
        assert!(!lines_match(&[], &["a"]));
    }
}
