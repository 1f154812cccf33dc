//! Help, man pages and completions.

use crate::Bench;

const SUBCOMMANDS: [&str; 8] = [
    "compile", "classify", "check", "explain", "inspect", "lint", "diff", "lookup",
];

#[test]
fn help_has_examples_and_exit_codes() {
    let bench = Bench::new();
    let help = bench.run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for name in SUBCOMMANDS {
        assert!(help.out.contains(&format!("\n  {name} ")), "{name}");
        let help = bench.run(&[name, "--help"]);
        assert_eq!((help.code, help.err.as_str()), (0, ""));
        for part in [
            "Usage: hedgerow",
            "Examples:\n",
            "Exit codes:\n",
            &format!("hedgerow {name}"),
        ] {
            assert!(help.out.contains(part), "{name}: {part}");
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
        assert!(text.contains("classify"), "{shell}");
    }
}
