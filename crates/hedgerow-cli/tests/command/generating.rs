//! Help, man pages and completions.

use crate::Bench;

const SUBCOMMANDS: [&str; 13] = [
    "compile", "classify", "check", "explain", "inspect", "lint", "diff", "lookup", "policy",
    "exempt", "install", "log", "selftest",
];

/// The subcommands that have subcommands.
const BELOW: [(&str, &[&str]); 3] = [
    ("policy", &["check", "show", "diff", "new"]),
    ("exempt", &["request", "approve", "revoke", "list"]),
    ("log", &["show", "verify", "recover"]),
];

#[test]
fn help_has_examples_and_exit_codes() {
    let bench = Bench::new();
    let help = bench.run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    let has_all = |names: &[&str]| {
        let help = bench.run(&[names, &["--help"]].concat());
        assert_eq!((help.code, help.err.as_str()), (0, ""));
        let name = names.join(" ");
        for part in [
            "Usage: hedgerow",
            "Examples:\n",
            "Exit codes",
            &format!("hedgerow {name}"),
        ] {
            assert!(help.out.contains(part), "{name}: {part}");
        }
        help.out
    };
    for name in SUBCOMMANDS {
        assert!(help.out.contains(&format!("\n  {name} ")), "{name}");
        has_all(&[name]);
    }
    for (name, below) in BELOW {
        let help = has_all(&[name]);
        for below in below {
            assert!(help.contains(&format!("\n  {below} ")), "{name} {below}");
            has_all(&[name, below]);
        }
    }
    assert!(!help.out.contains("generate"), "a chore for packagers");
    let version = bench.run(&["--version"]);
    version.is(0, &format!("hedgerow {}\n", env!("CARGO_PKG_VERSION")), "");
}

#[test]
fn man_pages_and_completions_are_generated() {
    let bench = Bench::new();
    bench
        .run(&["generate", "man", "--out-dir", "man"])
        .is(0, "", "");
    let pages = bench.names("man");
    assert!(pages.contains(&"hedgerow.1".to_owned()), "{pages:?}");
    for name in SUBCOMMANDS {
        let page = format!("hedgerow-{name}.1");
        assert!(pages.contains(&page), "{page} {pages:?}");
        let text = String::from_utf8(bench.read(&format!("man/{page}"))).unwrap();
        assert!(text.contains(".TH"), "{page}");
    }
    for (name, below) in BELOW {
        for below in below {
            let page = format!("hedgerow-{name}-{below}.1");
            assert!(pages.contains(&page), "{page} {pages:?}");
        }
    }
    for (shell, file) in [
        ("bash", "hedgerow.bash"),
        ("zsh", "_hedgerow"),
        ("fish", "hedgerow.fish"),
        ("powershell", "_hedgerow.ps1"),
    ] {
        bench
            .run(&["generate", "completions", shell, "--out-dir", "shell"])
            .is(0, "", "");
        let text = String::from_utf8(bench.read(&format!("shell/{file}"))).unwrap();
        for name in ["classify", "selftest", "recover"] {
            assert!(text.contains(name), "{shell} {name}");
        }
    }
}
