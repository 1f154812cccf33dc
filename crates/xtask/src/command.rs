//! Running other programs, with their output passed on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// `cargo` with these arguments, at the root of the checkout: the cargo that
/// runs this program.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(crate::root());
    command
}

/// Whether the program is there and says so without complaint; shows nothing.
pub(crate) fn is_there(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Says what is run, runs it, and gives whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    each_line(command, |_| {})
}

/// Says what is run, runs it, gives each line of its standard output to `see`
/// besides passing it on, and gives whether it succeeded.
pub(crate) fn each_line(command: &mut Command, mut see: impl FnMut(&str)) -> bool {
    announce(command);
    let mut child = match command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("xtask: it does not start: {error}");
            return false;
        }
    };
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        // A test may print bytes that are not UTF-8; they are passed on as
        // they are and read as well as they can be.
        while output.read_until(b'\n', &mut line).is_ok_and(|len| len > 0) {
            // Nobody may be there to read, which is no reason to stop testing.
            let _ = std::io::stdout().write_all(&line);
            see(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }
    match child.wait() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("xtask: its end cannot be told: {error}");
            false
        }
    }
}

/// Prints a command as a person would type it.
fn announce(command: &Command) {
    let mut text = String::from("$");
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            text += &format!(" {}='{}'", name.to_string_lossy(), value.to_string_lossy());
        }
    }
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program);
    text += &format!(" {name}");
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        if argument.contains(' ') {
            text += &format!(" '{argument}'");
        } else {
            text += &format!(" {argument}");
        }
    }
    // Children write to the same terminal: what comes before them must be out.
    println!("{text}");
    let _ = std::io::stdout().flush();
}
