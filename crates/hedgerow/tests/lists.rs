//! Every list format on fixtures: `tests/lists/<format>/<name>.<ext>` is read,
//! `tests/lists/<format>/<name>.json` says what must come of it. A file that
//! belongs to no pair is an error, so no fixture is passed over in silence.
//!
//! With `HEDGEROW_BLESS=1` the expectations are written instead of compared.

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers may panic as the test does"
)]

use hedgerow::lists::{
    Collected, CsvOptions, Format, Included, Includes, LeftOut, ListOptions, Sink, detect, read,
    read_with,
};
use hedgerow::{Action, Case, Entry, Error, ErrorKind, HostScope, PathScope, Result};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

fn options(expected: &Value) -> ListOptions {
    let Some(options) = expected.get("options") else {
        return ListOptions::default();
    };
    let text = |name: &str| options.get(name).map(|value| value.as_str().unwrap());
    let csv = options.get("csv").cloned().unwrap_or_default();
    let csv_text = |name: &str| {
        csv.get(name)
            .map(|value| value.as_str().unwrap().to_owned())
    };
    for (known, object) in [
        (
            &["host_scope", "path_scope", "case", "action", "csv"][..],
            options,
        ),
        (
            &[
                "delimiter",
                "header",
                "address_column",
                "scope_column",
                "category_column",
                "scopes",
            ],
            &csv,
        ),
    ] {
        for key in object
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys())
        {
            assert!(known.contains(&key.as_str()), "option {key} is not known");
        }
    }
    ListOptions {
        host_scope: text("host_scope").map(|name| HostScope::from_name(name).unwrap()),
        path_scope: text("path_scope").map(|name| PathScope::from_name(name).unwrap()),
        case: text("case").map(|name| match name {
            "sensitive" => Case::Sensitive,
            "insensitive" => Case::Insensitive,
            _ => panic!("{name}"),
        }),
        action: text("action").map(|name| match name {
            "list" => Action::List,
            "allow" => Action::Allow,
            _ => panic!("{name}"),
        }),
        csv: CsvOptions {
            delimiter: csv_text("delimiter").map(|text| text.as_bytes()[0]),
            header: csv.get("header").map(|value| value.as_bool().unwrap()),
            address_column: csv_text("address_column"),
            scope_column: csv_text("scope_column"),
            category_column: csv_text("category_column"),
            scopes: csv
                .get("scopes")
                .map(|scopes| {
                    let scopes = scopes.as_array().unwrap().iter();
                    scopes
                        .map(|scope| {
                            let at = |at: usize| scope[at].as_str().unwrap();
                            (
                                at(0).to_owned(),
                                HostScope::from_name(at(1)).unwrap(),
                                PathScope::from_name(at(2)).unwrap(),
                            )
                        })
                        .collect()
                })
                .unwrap_or_default(),
        },
    }
}

/// Entries with their lines, and whatever was left out, in order.
#[derive(Default)]
struct Recorded {
    entries: Vec<Value>,
    left_out: Vec<Value>,
}

impl Sink for Recorded {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.entries.push(json!(format!("{}: {entry}", entry.line)));
        Ok(())
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        assert!(left_out.text.chars().count() <= 120);
        self.left_out
            .push(json!([left_out.line, left_out.reason.code()]));
    }
}

fn outcome(bytes: &[u8], format: Format, options: &ListOptions, buffer: usize) -> Value {
    let mut sink = Recorded::default();
    let mut input = BufReader::with_capacity(buffer, bytes);
    match read(&mut input, format, options, &mut sink) {
        Ok(summary) => {
            assert_eq!(summary.entries, sink.entries.len() as u64);
            assert_eq!(summary.left_out, sink.left_out.len() as u64);
            json!({
                "lines": summary.lines,
                "ignored": summary.ignored,
                "entries": sink.entries,
                "left_out": sink.left_out,
            })
        }
        Err(error) => json!({ "error": error.kind().code() }),
    }
}

#[test]
fn fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lists");
    let bless = std::env::var_os("HEDGEROW_BLESS").is_some();
    let mut ran = 0;
    let mut formats = BTreeSet::new();
    let mut problems = Vec::new();
    for folder in sorted(&root) {
        if !folder.is_dir() {
            continue;
        }
        let name = folder.file_name().unwrap().to_str().unwrap();
        let format = Format::from_name(name).unwrap_or_else(|| panic!("no format {name}"));
        formats.insert(format);
        let files = sorted(&folder);
        for expectation in files
            .iter()
            .filter(|file| file.extension().is_some_and(|e| e == "json"))
        {
            assert!(
                files
                    .iter()
                    .any(|file| file != expectation && file.file_stem() == expectation.file_stem()),
                "{} expects something of nothing",
                expectation.display()
            );
        }
        for file in files
            .iter()
            .filter(|file| file.extension().is_none_or(|e| e != "json"))
        {
            let bytes = std::fs::read(file).unwrap();
            let expectation = file.with_extension("json");
            let expected: Value = match std::fs::read(&expectation) {
                Ok(text) => serde_json::from_slice(&text).unwrap(),
                Err(_) if bless => json!({}),
                Err(error) => panic!("{}: {error}", expectation.display()),
            };
            let options = options(&expected);
            let mut told = outcome(&bytes, format, &options, 8192);
            // How the bytes arrive must not matter.
            assert_eq!(
                told,
                outcome(&bytes, format, &options, 1),
                "{}",
                file.display()
            );
            if let Some(options) = expected.get("options") {
                told["options"] = options.clone();
            }
            if bless {
                std::fs::write(&expectation, pretty(&told)).unwrap();
            } else if told != expected {
                problems.push(format!("{}: {}", file.display(), pretty(&told)));
            }
            ran += 1;
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(formats.len(), Format::ALL.len(), "a format has no fixture");
    assert!(ran >= 40, "only {ran} fixtures");
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// One entry a line, so that a change reads well.
fn pretty(value: &Value) -> String {
    let mut text = String::from("{\n");
    let members = value.as_object().unwrap();
    for (at, (key, value)) in members.iter().enumerate() {
        let comma = if at + 1 < members.len() { "," } else { "" };
        match value.as_array().filter(|items| !items.is_empty()) {
            Some(items) => {
                let items: Vec<_> = items.iter().map(|item| format!("    {item}")).collect();
                text += &format!("  \"{key}\": [\n{}\n  ]{comma}\n", items.join(",\n"));
            }
            None => text += &format!("  \"{key}\": {value}{comma}\n"),
        }
    }
    text + "}\n"
}

fn refusal(bytes: &[u8], format: Format) -> Error {
    let mut sink = Collected::default();
    match read(&mut &*bytes, format, &ListOptions::default(), &mut sink) {
        Ok(_) => panic!("{format} took it for a list: {:?}", sink.entries),
        Err(error) => error,
    }
}

#[test]
fn what_is_no_list_is_refused_in_every_format() {
    let html = b"\xEF\xBB\xBF\r\n  <!DOCTYPE html>\n<html><title>404 Not Found</title></html>\n";
    let xml = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>";
    let fragment = b"<h1>502 Bad Gateway</h1>\n<hr>nginx\n";
    let mut utf16_html = vec![0xFF, 0xFE];
    utf16_html.extend("<html><body>".encode_utf16().flat_map(u16::to_le_bytes));
    let gzip = b"\x1F\x8B\x08\0\0\0\0\0\0\x03casino.example\n";
    let mut random = Vec::new();
    let mut state = 1_u32;
    for _ in 0..5000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        random.push((state >> 24) as u8);
    }
    let utf16_without_mark: Vec<u8> = "casino.example\nbets.example\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for &format in Format::ALL {
        for page in [&html[..], xml, fragment, &utf16_html] {
            assert_eq!(
                refusal(page, format).kind(),
                ErrorKind::ListHtml,
                "{format}"
            );
        }
        let error = refusal(gzip, format);
        assert_eq!(error.kind(), ErrorKind::ListBinary);
        assert!(error.message().contains("unpack"), "{error}");
        for binary in [
            &b"\x7FELF\x02\x01\x01\0"[..],
            b"PK\x03\x04",
            &random,
            &utf16_without_mark,
        ] {
            assert_eq!(
                refusal(binary, format).kind(),
                ErrorKind::ListBinary,
                "{format}"
            );
        }
        for empty in [
            &b""[..],
            b"\n\r\n  \n",
            b"\xEF\xBB\xBF",
            b"# nothing yet\n",
            b"\0\0\n",
        ] {
            // These formats have other comments.
            if empty.starts_with(b"#") && format == Format::Rpz {
                continue;
            }
            assert_eq!(
                refusal(empty, format).kind(),
                ErrorKind::ListEmpty,
                "{format} {empty:?}"
            );
        }
        for error_page in [
            &b"{\"error\":\"not found\",\"status\":404}"[..],
            b"{\"message\": \"Rate limit exceeded, see https://docs.example/limits\"}\n",
            b"404: Not Found",
            b"Error: too many requests\nPlease try again later\n",
            b"Service Unavailable\n\nThe server cannot handle the request.\n",
        ] {
            assert_eq!(
                refusal(error_page, format).kind(),
                ErrorKind::ListUnreadable,
                "{format} {}",
                String::from_utf8_lossy(error_page)
            );
        }
    }
}

#[test]
fn half_of_the_lines_must_be_readable() {
    let readable = |good: usize, bad: usize| {
        let list = "casino.example\n".repeat(good) + &"no host here\n".repeat(bad);
        let mut sink = Collected::default();
        read(
            &mut list.as_bytes(),
            Format::Domains,
            &ListOptions::default(),
            &mut sink,
        )
    };
    assert_eq!(readable(10, 10).unwrap().left_out, 10);
    let error = readable(10, 11).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ListUnreadable);
    assert_eq!(
        error.message(),
        "only 10 of 21 lines can be read in this format"
    );
    assert_eq!((error.path(), error.line()), (None, None));
}

/// A reader that is never at its end but for what it was told.
struct Endless {
    byte: u8,
    left: usize,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = out.len().min(self.left);
        out[..count].fill(self.byte);
        self.left -= count;
        Ok(count)
    }
}

#[test]
fn long_lines() {
    let read_long = |byte, length| {
        let head = &b"casino.example\n"[..];
        let tail = &b"\nbets.example\n"[..];
        let middle = Endless { byte, left: length };
        let mut sink = Collected::default();
        let mut input = BufReader::new(head.chain(middle).chain(tail));
        read(
            &mut input,
            Format::Domains,
            &ListOptions::default(),
            &mut sink,
        )
        .unwrap();
        sink
    };
    // Ten megabytes are read, and are no host; a hundred are not even kept.
    for (length, reason) in [(10 << 20, "no-host"), (100 << 20, "syntax")] {
        let sink = read_long(b'x', length);
        assert!(sink.entries == ["domain casino.example", "domain bets.example"]);
        let [(2, told, text)] = &sink.left_out[..] else {
            panic!()
        };
        assert_eq!((*told, text.len()), (reason, 120));
    }
    // A comment of any length is a comment if it fits, and is reported if not.
    let sink = read_long(b'#', 10 << 20);
    assert!(sink.left_out.is_empty());
}

/// Lines that would take for ever if anything looked at a rest again and again.
#[test]
fn hostile_lines_take_linear_time() {
    // Without optimisation a byte costs some twenty times as much.
    let mega = if cfg!(debug_assertions) {
        1 << 12
    } else {
        1 << 20
    };
    for line in [
        "$a".repeat(mega) + "/",
        "||a.example/".to_owned() + &"$a&".repeat(mega),
        "||a.example^$".to_owned() + &"\\,".repeat(mega),
        "#@".repeat(mega),
        "# ".repeat(mega),
        " #".repeat(mega),
        "||".to_owned() + &"*.".repeat(mega),
        "/".repeat(2 * mega),
        "(".repeat(2 * mega),
        "[".repeat(2 * mega),
        "a.".repeat(mega),
        "0.0.0.0 ".repeat(mega),
        "address=/".to_owned() + &"/a".repeat(mega) + "/",
        "a CNAME (".to_owned() + &" .".repeat(mega),
        "\"".repeat(2 * mega),
        ",".repeat(2 * mega),
        "%25".repeat(mega),
        "a.example/".to_owned() + &"../".repeat(mega),
        "\u{e9}".repeat(mega),
        "\t".repeat(mega) + "x",
    ] {
        let list = "a.example\n".to_owned() + &line + "\n\n" + &line;
        for &format in Format::ALL {
            let begun = std::time::Instant::now();
            let _ = read(
                &mut list.as_bytes(),
                format,
                &ListOptions::default(),
                &mut Checked,
            );
            let _ = detect(list.as_bytes(), "list.txt");
            let spent = begun.elapsed();
            // Optimised, these are four megabytes: quadratic would be hours.
            assert!(
                spent.as_secs() < 20,
                "{format}: {spent:?} for {:?}…",
                line.chars().take(20).collect::<String>()
            );
        }
    }
}

#[test]
fn a_network_is_no_host_scope() {
    let options = ListOptions {
        host_scope: Some(HostScope::Network),
        ..ListOptions::default()
    };
    let error = read(
        &mut &b"a.example\n"[..],
        Format::Domains,
        &options,
        &mut Checked,
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Manifest);
}

#[test]
fn a_quote_that_is_never_closed_is_told() {
    let rows = "https://b.example/y,z\n".repeat(100_000);
    let table = format!("url,why\nhttps://a.example/x,\"never\n{rows}");
    let mut sink = Collected::default();
    let error = read(
        &mut table.as_bytes(),
        Format::Csv,
        &ListOptions::default(),
        &mut sink,
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ListUnreadable);
    assert_eq!(error.line(), Some(2));
    assert!(error.message().contains("quote"), "{error}");
}

/// Files in memory; every name is its own identity.
struct Files(&'static [(&'static str, &'static str)]);

impl Includes for Files {
    fn open(&mut self, _from: Option<&str>, name: &str) -> Result<Included> {
        let (_, text) = self
            .0
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no such file"))?;
        Ok(Included {
            id: name.to_owned(),
            input: Box::new(text.as_bytes()),
        })
    }
}

/// Entries with the file and line they stand on.
#[derive(Default)]
struct Places {
    file: Option<String>,
    told: Vec<String>,
}

impl Sink for Places {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        let file = self.file.as_deref().unwrap_or("-");
        self.told.push(format!("{file}:{}: {entry}", entry.line));
        Ok(())
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        let file = self.file.as_deref().unwrap_or("-");
        self.told.push(format!(
            "{file}:{}: left out, {}",
            left_out.line, left_out.reason
        ));
    }

    fn file(&mut self, name: Option<&str>) {
        self.file = name.map(str::to_owned);
    }
}

fn included(list: &str, files: &'static [(&'static str, &'static str)]) -> Vec<String> {
    let mut sink = Places::default();
    read_with(
        &mut list.as_bytes(),
        Format::E2guardianSites,
        &ListOptions::default(),
        Some(&mut Files(files)),
        &mut sink,
    )
    .unwrap();
    sink.told
}

#[test]
fn includes() {
    let told = included(
        "#listcategory: \"One\"\na.example\n.Include<b>\nc.example\n.Include<gone>\n.Include<page>\n",
        &[
            (
                "b",
                "b.example\n#listcategory: \"Two\"\nb2.example\n.Include<d>\n",
            ),
            ("d", "#time: 9 0 17 0 01234\nd.example\n"),
            ("page", "<html>"),
        ],
    );
    assert_eq!(
        told,
        [
            "-:2: domain a.example category=\"One\"",
            "b:1: domain b.example category=\"One\"",
            "b:3: domain b2.example category=\"Two\"",
            "d:1: left out, narrower",
            "d:2: left out, narrower",
            "-:4: domain c.example category=\"One\"",
            "-:5: left out, include",
            "-:6: left out, include",
        ]
    );
}

#[test]
fn includes_in_a_circle_end() {
    let told = included(
        ".Include<a>\n.Include<a>\n",
        &[
            ("a", ".Include<b>\na.example\n"),
            ("b", ".Include<a>\nb.example\n.Include<b>\n"),
        ],
    );
    assert_eq!(
        told,
        [
            "b:1: left out, include",
            "b:2: domain b.example",
            "b:3: left out, include",
            "a:2: domain a.example",
            "-:2: left out, include",
        ]
    );
}

/// Each file includes another, for ever.
struct Deep(u32);

impl Includes for Deep {
    fn open(&mut self, _from: Option<&str>, _name: &str) -> Result<Included> {
        self.0 += 1;
        let text = format!("d{}.example\n.Include<more>\n", self.0);
        Ok(Included {
            id: self.0.to_string(),
            input: Box::new(std::io::Cursor::new(text)),
        })
    }
}

#[test]
fn includes_have_a_depth() {
    let mut sink = Places::default();
    let mut deep = Deep(0);
    read_with(
        &mut &b".Include<more>\n"[..],
        Format::E2guardianSites,
        &ListOptions::default(),
        Some(&mut deep),
        &mut sink,
    )
    .unwrap();
    assert_eq!(deep.0, 8);
    assert_eq!(sink.told.last().unwrap(), "8:2: left out, include");
}

#[cfg(all(feature = "files", unix))]
#[test]
fn included_files_stay_in_their_folder() {
    use hedgerow::lists::FolderIncludes;
    let root = tempfile::tempdir().unwrap();
    let lists = root.path().join("lists");
    let other = root.path().join("other");
    std::fs::create_dir_all(lists.join("sub")).unwrap();
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("x"), "x.example\n").unwrap();
    std::fs::write(
        lists.join("sub/y"),
        ".Include<z>\n.Include<../../other/x>\n",
    )
    .unwrap();
    std::fs::write(lists.join("sub/z"), "z.example\n").unwrap();
    std::os::unix::fs::symlink(other.join("x"), lists.join("link")).unwrap();
    let absolute = format!(".Include<{}>\n", other.join("x").display());
    let list = lists.join("list");
    std::fs::write(
        &list,
        format!(".Include<sub/y>\n.Include<link>\n{absolute}.Include<sub>\n"),
    )
    .unwrap();
    let run = |mut includes: FolderIncludes| {
        let mut sink = Collected::default();
        read_with(
            &mut BufReader::new(std::fs::File::open(&list).unwrap()),
            Format::E2guardianSites,
            &ListOptions::default(),
            Some(&mut includes),
            &mut sink,
        )
        .unwrap();
        (
            sink.entries,
            sink.left_out
                .iter()
                .map(|(line, _, _)| *line)
                .collect::<Vec<_>>(),
        )
    };
    let includes = FolderIncludes::new(&list).unwrap();
    assert_eq!(
        run(includes.clone()),
        (vec!["domain z.example".into()], vec![2, 2, 3, 4])
    );
    // The file is read once, by whichever way it is reached first.
    let (entries, left_out) = run(includes.allow(&other).unwrap());
    assert_eq!(entries, ["domain z.example", "domain x.example"]);
    assert_eq!(left_out, [2, 3, 4]);
    let error = FolderIncludes::new(root.path().join("gone/list")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn formats_are_told_from_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lists");
    for (file, format) in [
        ("hosts/plain.txt", Format::Hosts),
        ("wildcard/plain.txt", Format::Wildcard),
        ("adblock/plain.txt", Format::Adblock),
        ("dnsmasq/plain.conf", Format::Dnsmasq),
        ("unbound/plain.conf", Format::Unbound),
        ("rpz/plain.zone", Format::Rpz),
        ("squid-dstdomain/plain.txt", Format::SquidDstdomain),
        ("domains/plain.txt", Format::Domains),
        ("url-blocklist/policy.txt", Format::UrlBlocklist),
        ("csv/urls.txt", Format::Csv),
        ("e2guardian-sites/plain.txt", Format::E2guardianSites),
    ] {
        let bytes = std::fs::read(root.join(file)).unwrap();
        assert_eq!(detect(&bytes, "list.txt"), Some(format), "{file}");
        let mut utf16 = vec![0xFE, 0xFF];
        let text = String::from_utf8_lossy(&bytes);
        utf16.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        assert_eq!(detect(&utf16, "list.txt"), Some(format), "{file} in UTF-16");
    }
    for (name, format) in [
        ("gambling/urls", Some(Format::SquidGuardUrls)),
        ("expressions", Some(Format::SquidGuardExpressions)),
        ("bannedurllist", Some(Format::E2guardianUrls)),
        ("bannedregexpurllist", Some(Format::E2guardianRegexps)),
        ("exceptioniplist", Some(Format::E2guardianIps)),
        ("db.RPZ", Some(Format::Rpz)),
        ("x.tsv", Some(Format::Csv)),
        ("HOSTS.TXT", Some(Format::Hosts)),
        ("list.txt", None),
    ] {
        assert_eq!(detect(b"", name), format, "{name}");
    }
    assert_eq!(detect(b"404: Not Found", "list.txt"), None);
    assert_eq!(detect(b"{\"error\":1}", "list.txt"), None);
}

/// Bytes as lists are made of, so that random ones come near to lists.
fn listish() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&[u8]] = &[
        b"||",
        b"@@",
        b"a.example",
        b"*.",
        b"^",
        b"$doc,denyallow=",
        b"/x",
        b":80",
        b"\n",
        b"\r",
        b" ",
        b"#",
        b"0.0.0.0 ",
        b"address=/",
        b"local-zone: \"",
        b"\" static",
        b" CNAME . ",
        b"$ORIGIN ",
        b"(",
        b"[\"",
        b"\",",
        b"{\"URLBlocklist\":",
        b"\\u",
        b"D83D",
        b"\xC3\xA9",
        b"\xE9",
        b"\xEF\xBB\xBF",
        b"\0",
        b"[[:alpha:]",
        b"(^|x)+",
        b".Include<x>",
        b"#listcategory: \"x\"",
        b"1.2.3.4-1.2.3.9",
        b"?a=b&c*",
        b"%zz",
        b"http://",
    ];
    proptest::collection::vec(
        prop_oneof![
            8 => proptest::sample::select(WORDS).prop_map(<[u8]>::to_vec),
            1 => proptest::collection::vec(any::<u8>(), 0..8),
        ],
        0..60,
    )
    .prop_map(|words| words.concat())
}

/// Sees to it that what reaches it keeps the promises of [`Entry`].
struct Checked;

impl Sink for Checked {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        use hedgerow::Pattern;
        assert!(entry.line > 0);
        match entry.pattern {
            Pattern::Address {
                host,
                path,
                path_scope,
                host_scope,
                ..
            } => {
                let canonical = hedgerow::address::canonical_host(host).unwrap();
                assert_eq!(canonical, host);
                assert_ne!(host_scope, HostScope::Network);
                assert_eq!(path.is_none(), path_scope == PathScope::Any);
                assert!(path.is_none_or(|path| path.starts_with('/') && path.is_ascii()));
            }
            Pattern::Network(network) => assert_eq!(network, network.trunc()),
            Pattern::Regex(text) => {
                hedgerow_regex_compiles(text);
            }
        }
        for domain in &entry.condition.except_domains {
            assert_eq!(
                hedgerow::address::canonical_host(domain).unwrap(),
                domain.as_str()
            );
        }
        Ok(())
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        assert!(left_out.line > 0);
        assert!(left_out.text.chars().count() <= 120);
    }
}

fn hedgerow_regex_compiles(text: &str) {
    regex::Regex::new(text).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_reader_panics(
        bytes in listish(),
        case in any::<bool>(),
        host_scope in proptest::option::of(0..4_usize),
        path_scope in proptest::option::of(0..3_usize),
    ) {
        let options = ListOptions {
            case: case.then_some(Case::Insensitive),
            host_scope: host_scope.map(|at| HostScope::ALL[at]),
            path_scope: path_scope.map(|at| PathScope::ALL[at]),
            ..ListOptions::default()
        };
        let _ = detect(&bytes, "list.txt");
        for &format in Format::ALL {
            let _ = read(&mut &bytes[..], format, &options, &mut Checked);
        }
    }

    #[test]
    fn no_reader_panics_on_noise(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = detect(&bytes, "list.txt");
        for &format in Format::ALL {
            let _ = read(&mut &bytes[..], format, &ListOptions::default(), &mut Checked);
        }
    }
}

/// The lists of UT1; `HEDGEROW_DATA` names the folder that holds `ut1/`.
#[test]
#[ignore = "needs HEDGEROW_DATA"]
fn ut1() {
    let data = std::env::var_os("HEDGEROW_DATA").expect("HEDGEROW_DATA to be set");
    let mut lines = 0;
    let mut entries = 0;
    let mut left_out = Collected::default();
    struct Count<'a>(&'a mut u64, &'a mut Collected);
    impl Sink for Count<'_> {
        fn entry(&mut self, _: &Entry<'_>) -> Result<()> {
            *self.0 += 1;
            Ok(())
        }
        fn left_out(&mut self, left_out: &LeftOut<'_>) {
            self.1.left_out(left_out);
        }
    }
    let options = ListOptions::default();
    let mut spent = std::time::Duration::ZERO;
    for folder in sorted(&Path::new(&data).join("ut1")) {
        if !folder.is_dir() || folder.is_symlink() {
            continue;
        }
        for name in ["domains", "urls", "expressions"] {
            let Ok(bytes) = std::fs::read(folder.join(name)) else {
                continue;
            };
            let format = detect(&bytes, name).unwrap();
            let begun = std::time::Instant::now();
            let told = read(
                &mut &bytes[..],
                format,
                &options,
                &mut Count(&mut entries, &mut left_out),
            );
            spent += begun.elapsed();
            match told {
                Ok(summary) => lines += summary.lines,
                Err(error) if error.kind() == ErrorKind::ListEmpty => {}
                Err(error) => panic!("{}: {error}", folder.join(name).display()),
            }
        }
    }
    println!(
        "{lines} lines, {entries} entries, {} left out, {spent:?}",
        left_out.left_out.len()
    );
    for (line, reason, text) in left_out.left_out.iter().take(40) {
        println!("  {line}: {reason}: {text}");
    }
    assert!(lines > 600_000);
    assert!(left_out.left_out.len() * 1000 < usize::try_from(lines).unwrap());
}
