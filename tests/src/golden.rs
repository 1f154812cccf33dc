//! Golden rulesets: files of this and earlier format versions, which every
//! later version opens and answers from as on the day they were written.

use crate::{bulk, decisions, fixtures, json};
use hedgerow::lists::Format;
use hedgerow::{
    Action, Case, CategoryInfo, Classifier, Compiler, Condition, Entry, FORMAT_VERSION, HostScope,
    ListInfo, PathScope, Pattern, Result, Ruleset,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The folder of the golden files.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// What to do when the bytes have changed.
pub const ADVICE: &str = "\
the compiler writes other bytes for the same rules than the golden file has.
Released readers read the golden file's form, so if the change is meant:
  1. raise `VERSION` in crates/hedgerow/src/ruleset/container.rs, and go on
     reading the old version or refuse it by its number;
  2. keep tests/golden/v<old>-*; they are opened for ever;
  3. run `cargo run -p hedgerow-tests --example write_golden` and commit what
     it writes.
If the format has never been released, step 3 is enough.";

/// The golden rulesets that this version writes: names and bytes.
///
/// # Errors
///
/// Those of the compiler.
pub fn rulesets() -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = vec![
        ("scopes", scopes(true)?),
        ("no-lines", scopes(false)?),
        ("bulk", many()?),
        ("empty", Compiler::new().finish_to_vec()?.0),
    ];
    files.sort();
    Ok(files
        .into_iter()
        .map(|(name, bytes)| (format!("v{FORMAT_VERSION}-{name}"), bytes))
        .collect())
}

/// Rules of every kind.
fn scopes(record_lines: bool) -> Result<Vec<u8>> {
    let mut compiler = Compiler::new();
    compiler.record_lines(record_lines);
    compiler.category(CategoryInfo {
        name: "illegal".to_owned(),
        title: "Illegal content".to_owned(),
        locked: true,
        aliases: vec!["unlawful".to_owned(), "ill\u{e9}gal".to_owned()],
    })?;
    let mut list = compiler.list(ListInfo {
        format: Some(Format::Adblock),
        file: Some("lists/games.txt".to_owned()),
        version: Some("7".to_owned()),
        source: Some("https://lists.example/games".to_owned()),
        licence: Some("CC0-1.0".to_owned()),
        sha256: Some("00".repeat(32)),
        ..ListInfo::new("games/all", "games")
    })?;
    for (line, (host, scope)) in [
        ("play.example", HostScope::Domain),
        ("one.example", HostScope::Host),
        ("below.example", HostScope::Subdomains),
        ("web.example", HostScope::WebHost),
        ("192.0.2.7", HostScope::Host),
    ]
    .into_iter()
    .enumerate()
    {
        list.push(&Entry::host(host, scope, line as u64 + 1))?;
    }
    let paths = [
        ("/Chess", PathScope::Prefix, Case::Sensitive),
        ("/chess", PathScope::Prefix, Case::Insensitive),
        ("/Chess/Board?move=1", PathScope::Exact, Case::Sensitive),
        ("/draughts", PathScope::Exact, Case::Insensitive),
    ];
    for (line, (path, path_scope, case)) in paths.into_iter().enumerate() {
        list.push(&Entry::new(
            Pattern::Address {
                host: "paths.example",
                host_scope: HostScope::WebHost,
                path: Some(path),
                path_scope,
                case,
            },
            line as u64 + 10,
        ))?;
    }
    let mut exception = Entry::host("school.play.example", HostScope::Domain, 20);
    exception.action = Action::Allow;
    list.push(&exception)?;
    let mut important = Entry::host("arcade.school.play.example", HostScope::Domain, 21);
    important.important = true;
    list.push(&important)?;
    let mut conditional = Entry::host("conditions.example", HostScope::Domain, 22);
    conditional.condition = Condition {
        port: Some(8080),
        query_parts: vec!["game=*".to_owned(), "mode=play".to_owned()],
        except_domains: vec!["learn.conditions.example".to_owned()],
    };
    list.push(&conditional)?;
    for (line, network) in ["198.51.100.0/24", "2001:db8::/32", "2001:db8:7::1/128"]
        .into_iter()
        .enumerate()
    {
        if let Ok(network) = network.parse() {
            list.push(&Entry::new(Pattern::Network(network), line as u64 + 30))?;
        }
    }
    list.push(&Entry::new(Pattern::Regex("(?i)poker[0-9]+\\."), 40))?;
    let mut sealed = compiler.list(ListInfo {
        allow_single_label: true,
        ..ListInfo::new("illegal/urls", "illegal")
    })?;
    sealed.push(&Entry::host("bad", HostScope::Domain, 1))?;
    sealed.push(&Entry::host("play.example", HostScope::Host, 2))?;
    Ok(compiler.finish_to_vec()?.0)
}

/// Enough entries for many blocks.
fn many() -> Result<Vec<u8>> {
    let mut compiler = Compiler::new();
    bulk::push(&mut compiler, 2_000)?;
    Ok(compiler.finish_to_vec()?.0)
}

const ADDRESSES: [&str; 40] = [
    "https://play.example/",
    "https://www.play.example/x?y",
    "notplay.example",
    "https://one.example/",
    "https://www.one.example/",
    "https://below.example/",
    "https://a.b.below.example/",
    "https://web.example/",
    "https://www7.web.example/",
    "https://a.web.example/",
    "http://192.0.2.7:81/x",
    "http://0xC0000207/",
    "https://paths.example/Chess",
    "https://paths.example/chess/x",
    "https://paths.example/chessboard",
    "https://www.paths.example/CHESS?x",
    "https://paths.example/Chess/Board/?move=1",
    "https://paths.example/Chess/Board?move=12",
    "https://ftp.paths.example/Draughts/",
    "https://paths.example/draughts/more",
    "https://paths.example/a/../%43hess;v=1",
    "https://school.play.example/",
    "https://arcade.school.play.example/",
    "http://conditions.example:8080/?mode=play&game=chess",
    "http://conditions.example:8080/?mode=play",
    "http://conditions.example/?mode=play&game=chess",
    "http://learn.conditions.example:8080/?mode=play&game=chess",
    "198.51.100.200",
    "198.51.101.1",
    "http://[2001:db8:7::1]/",
    "http://[2001:db8:8::1]/",
    "https://POKER77.example/",
    "https://poker.example/",
    "https://very.bad/",
    "https://web.archive.org/web/2020/http://play.example/",
    "https://www.google.com/url?q=https%3A%2F%2Fone.example%2F&sa=D",
    "javascript:alert(1)",
    "",
    "https://lessons.example/",
    "https://play.example:99999/",
];

fn addresses() -> Vec<String> {
    let mut all: Vec<String> = ADDRESSES.map(str::to_owned).to_vec();
    let (mut host, mut path) = (String::new(), String::new());
    for number in (0..2_200).step_by(37) {
        bulk::entry(number, &mut host, &mut path);
        all.push(format!("https://{host}{path}"));
        all.push(format!("https://www.{host}{path}/x"));
    }
    all
}

/// What the ruleset `bytes` says of the addresses of the golden files, of
/// itself, and of its rules.
///
/// # Errors
///
/// Those of opening it.
pub fn answers(bytes: &[u8]) -> Result<Value> {
    let ruleset = Ruleset::open(bytes)?;
    let mut rules = Vec::new();
    ruleset.for_each_rule(|rule| {
        // All of a large ruleset would say the same a thousand times.
        if rules.len() < 60 {
            rules.push(json!([
                rule.entry(),
                rule.scope(),
                rule.action().name(),
                rule.list().name(),
                rule.line(),
                rule.condition().map(|condition| format!("{condition:?}")),
            ]));
        }
        true
    })?;
    let lists: Vec<Value> = ruleset
        .lists()
        .map(|list| {
            json!([
                list.name(),
                list.category(),
                list.format(),
                list.file(),
                list.version(),
                list.source(),
                list.licence(),
                list.sha256()
            ])
        })
        .collect();
    let categories: Vec<Value> = ruleset
        .categories()
        .map(|category| {
            json!([
                category.name(),
                category.title(),
                category.is_locked(),
                category.aliases()
            ])
        })
        .collect();
    let mut file = json!({
        "entries": ruleset.entry_count(),
        "has_lines": ruleset.has_lines(),
        "lists": lists,
        "categories": categories,
        "rules": rules,
    });
    let classifier = Classifier::new(ruleset);
    file["answers"] = addresses()
        .iter()
        .map(|input| {
            let mut answer = json::describe(&classifier.classify(input));
            answer["input"] = json!(input);
            answer
        })
        .collect();
    Ok(file)
}

/// Writes the golden files of the present format version, and the layers of
/// the shared fixtures.
///
/// # Errors
///
/// Those of the compiler and of writing.
pub fn write() -> std::result::Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    let mut written = Vec::new();
    let folder = folder();
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in rulesets()? {
        let answers = serde_json::to_string_pretty(&answers(&bytes)?)? + "\n";
        for (ending, content) in [("hedge", bytes), ("json", answers.into_bytes())] {
            let path = folder.join(format!("{name}.{ending}"));
            std::fs::write(&path, content)?;
            written.push(path);
        }
    }
    let cases = fixtures::Fixtures::read()?;
    for (layer, bytes) in cases.compile()?.into_iter().enumerate() {
        let path = fixtures::folder().join(format!("classify-{layer}.hedge"));
        std::fs::write(&path, bytes)?;
        written.push(path);
    }
    for (name, bytes) in decisions::Decisions::read()?.rulesets()? {
        let path = fixtures::folder().join(name);
        std::fs::write(&path, bytes)?;
        written.push(path);
    }
    Ok(written)
}
