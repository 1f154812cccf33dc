//! The real `hedgerow` command, run on folders of its own: what it prints, what
//! it writes, and how it ends.
// The functions that set a test up are tests too, which clippy cannot know.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod checking;
mod classifying;
mod compiling;
mod deciding;
mod exempting;
mod generating;
mod logging;
mod policies;
mod selftesting;
mod telling;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own for a test, and the command run in it.
struct Bench {
    folder: tempfile::TempDir,
}

/// How a run of the command ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A folder with a small tree in squidGuard's form.
    fn with_tree() -> Bench {
        let bench = Bench::new();
        bench.write("lists/gambling/domains", "casino.example\nbet.example\n");
        bench.write("lists/gambling/urls", "mixed.example/casino\n");
        bench.write(
            "lists/games/domains",
            "play.example\ncasino.example\n192.0.2.7\n",
        );
        bench
    }

    /// As [`Bench::with_tree`], compiled to `school.hedge`.
    fn with_ruleset() -> Bench {
        let bench = Bench::with_tree();
        bench
            .run(&["compile", "lists", "-o", "school.hedge"])
            .is(0, "", "");
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The names in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hedgerow"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("HEDGEROW_RULESET")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs the command with `input` on its standard input.
    fn feed(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut questions = child.stdin.take().unwrap();
        // The command answers while it is being asked, so both at once.
        std::thread::scope(|scope| {
            scope.spawn(move || questions.write_all(input).unwrap());
            Ended::of(child.wait_with_output().unwrap())
        })
    }
}

impl Ended {
    fn of(output: std::process::Output) -> Ended {
        Ended {
            code: output.status.code().expect("no signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn is(&self, code: i32, out: &str, err: &str) {
        assert_eq!(
            (self.code, self.out.as_str(), self.err.as_str()),
            (code, out, err)
        );
    }

    /// It failed with this code in a single line on standard error.
    #[track_caller]
    fn failed_with(&self, code: &str) {
        assert_eq!(self.code, 2, "{self:?}");
        assert!(self.err.starts_with("hedgerow: "), "{self:?}");
        assert!(self.err.ends_with(&format!("[{code}]\n")), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "{self:?}");
    }

    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).expect(&self.out)
    }
}

fn exists(path: impl AsRef<Path>) -> bool {
    path.as_ref().exists()
}
