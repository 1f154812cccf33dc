//! The engine's answers on UT1 are those of a reading that shares nothing with
//! it: the files line by line, and each rule asked by itself.
//!
//! UT1 is not part of the repository. `HEDGEROW_DATA` names the folder that
//! has `ut1` and `urls`; without it these tests are skipped.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::{CanonicalUrl, Classifier, Compiler, Ruleset, lists::discover};
use hedgerow_tests::choices::Choices;
use hedgerow_tests::compare::address_of;
use hedgerow_tests::oracle::{Address, Hosts, Paths, Rule, Subject};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What is compared of a match: list, scope, entry; an expression's entry is
/// left out, since the engine rewrites it.
type Seen = (String, String, String);

struct Expected {
    rules: Vec<(String, Rule)>,
    expressions: Vec<(String, regex::Regex)>,
    by_host: HashMap<String, Vec<usize>>,
}

/// The folder that has both parts of the data.
fn data() -> PathBuf {
    let _ = hedgerow_tests::data::folder("urls");
    let ut1 = hedgerow_tests::data::folder("ut1");
    ut1.parent().unwrap().to_owned()
}

/// The lines of a list that say something, with their numbers.
fn lines(path: &Path) -> Vec<(u64, String)> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    text.lines()
        .enumerate()
        .map(|(index, line)| (index as u64 + 1, line.trim().to_owned()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// The rule of a line of `domains` or `urls`, if it is one.
fn rule(line: &str, number: u64, category: &str, is_url: bool) -> Option<Rule> {
    let line = line.split(" #").next()?.trim_start_matches('.');
    let url = CanonicalUrl::parse(line).ok()?;
    let host = url.host_text();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-[]:".contains(&b);
    if !host.bytes().all(is_plain) {
        return None;
    }
    let has_path = url.target() != "/";
    if has_path && !is_url {
        return None;
    }
    Some(Rule {
        subject: Subject::Site {
            host: host.to_owned(),
            hosts: if is_url {
                Hosts::WebHost
            } else {
                Hosts::Domain
            },
            path: has_path.then(|| url.target().to_ascii_lowercase()),
            paths: if has_path { Paths::Prefix } else { Paths::Any },
            ignore_case: true,
        },
        category: category.to_owned(),
        is_exception: false,
        is_important: false,
        cancels: false,
        port: url.port(),
        query_parts: Vec::new(),
        except: Vec::new(),
        line: number,
    })
}

impl Expected {
    fn read(tree: &Path) -> Expected {
        let mut expected = Expected {
            rules: Vec::new(),
            expressions: Vec::new(),
            by_host: HashMap::new(),
        };
        for entry in std::fs::read_dir(tree).unwrap() {
            let entry = entry.unwrap();
            if !entry.file_type().unwrap().is_dir() {
                continue;
            }
            let category = entry.file_name().into_string().unwrap();
            for (file, is_url) in [("domains", false), ("urls", true)] {
                for (number, line) in lines(&entry.path().join(file)) {
                    let Some(rule) = rule(&line, number, &category, is_url) else {
                        continue;
                    };
                    if rule.is_taken(false, false) {
                        expected.take(format!("{category}/{file}"), rule);
                    }
                }
            }
            for (_, line) in lines(&entry.path().join("expressions")) {
                let regex = regex::Regex::new(&format!("(?i){line}")).unwrap();
                expected
                    .expressions
                    .push((format!("{category}/expressions"), regex));
            }
        }
        expected
    }

    fn take(&mut self, list: String, rule: Rule) {
        if let Subject::Site { host, .. } = &rule.subject {
            let number = self.rules.len();
            self.by_host.entry(host.clone()).or_default().push(number);
            self.rules.push((list, rule));
        }
    }

    /// By the index of hosts: all rules for the host or one above it.
    fn matches(&self, address: &Address) -> BTreeSet<Seen> {
        let mut candidates = Vec::new();
        let mut host = Some(address.host());
        while let Some(name) = host {
            candidates.extend(self.by_host.get(name).into_iter().flatten().copied());
            host = name.split_once('.').map(|(_, above)| above);
        }
        self.covering(address, candidates.into_iter())
    }

    /// By asking every rule.
    fn matches_by_asking_all(&self, address: &Address) -> BTreeSet<Seen> {
        self.covering(address, 0..self.rules.len())
    }

    fn covering(&self, address: &Address, rules: impl Iterator<Item = usize>) -> BTreeSet<Seen> {
        let of_rules = rules
            .map(|number| &self.rules[number])
            .filter(|(_, rule)| rule.covers(address))
            .map(|(list, rule)| (list.clone(), rule.scope(), rule.entry()));
        let of_expressions = self
            .expressions
            .iter()
            .filter(|(_, regex)| regex.is_match(address.text_from_host()))
            .map(|(list, _)| (list.clone(), "expression".to_owned(), String::new()));
        of_rules.chain(of_expressions).collect()
    }
}

fn compile(tree: &Path, keep_redundant: bool) -> Classifier<Vec<u8>> {
    let sources = discover(&[tree.to_owned()], None).unwrap();
    let mut compiler = Compiler::new();
    compiler.keep_redundant(keep_redundant).record_lines(false);
    compiler.add_sources(&sources, &mut ()).unwrap();
    let (bytes, report) = compiler.finish_to_vec().unwrap();
    println!(
        "UT1: {} rules, {} entries, {} bytes",
        report.rules, report.entries, report.bytes
    );
    Classifier::new(Ruleset::open(bytes).unwrap())
}

/// Addresses from entries, moved so that some hit and some just miss.
fn moved(choices: &mut Choices<'_>, expected: &Expected, count: usize) -> Vec<String> {
    let mut addresses = Vec::new();
    while addresses.len() < count {
        let number = choices.below(60_000) * 16 + choices.below(16);
        let (_, rule) = &expected.rules[number % expected.rules.len()];
        let Subject::Site { host, path, .. } = &rule.subject else {
            continue;
        };
        let path = path.as_deref().unwrap_or("/");
        let port = rule.port.map_or(String::new(), |port| format!(":{port}"));
        addresses.push(match choices.below(12) {
            0 | 1 => format!("https://{host}{port}{path}"),
            2 => format!("http://www.{host}{port}{path}"),
            3 => format!("http://a.b.{host}{port}{path}"),
            4 => host.clone(),
            5 => format!("{host}:443"),
            6 => format!("https://{host}{port}{path}/more?x=1"),
            7 => format!("https://{host}{port}{}", path.to_ascii_uppercase()),
            8 => format!("https://{host}{port}{path}more"),
            9 => format!("https://x{host}{path}"),
            10 => format!(
                "https://{}/",
                host.split_once('.').map_or("", |(_, above)| above)
            ),
            _ => format!("https://web2.{host}/x/..{path}"),
        });
    }
    addresses
}

#[test]
#[ignore = "needs HEDGEROW_DATA"]
fn the_engine_answers_on_ut1_as_the_files_say() {
    let data = data();
    let tree = data.join("ut1");
    let expected = Expected::read(&tree);
    let whole = compile(&tree, true);
    let lean = compile(&tree, false);

    let mut choices = Choices::seeded(2026);
    let mut addresses = moved(&mut choices, &expected, 14_000);
    for file in ["urls/kasztp.txt", "urls/userbait.txt"] {
        let lines = lines(&data.join(file)).into_iter();
        addresses.extend(lines.map(|(_, line)| line).step_by(4));
    }

    let (mut hits, mut linear) = (0, 0);
    for (number, text) in addresses.iter().enumerate() {
        let found = whole.classify(text);
        let Ok(address) = address_of(text) else {
            assert!(found.reason().is_some(), "{text}");
            continue;
        };
        let mut wanted = expected.matches(&address);
        if number % 1_000 == 0 {
            assert_eq!(wanted, expected.matches_by_asking_all(&address), "{text}");
            linear += 1;
        }
        let own: BTreeSet<Seen> = wanted.clone();
        for carried in found.via() {
            wanted.extend(expected.matches(&Address::new(carried.address())));
        }
        let seen: BTreeSet<Seen> = found
            .matches()
            .map(|one| {
                let entry = match one.scope().as_str() {
                    "expression" => String::new(),
                    _ => one.entry().into_owned(),
                };
                (one.list().name().to_owned(), one.scope(), entry)
            })
            .collect();
        assert_eq!(seen, wanted, "{text}");
        let categories: Vec<String> = wanted
            .iter()
            .map(|(list, ..)| list.split('/').next().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        assert_eq!(found.categories(), categories, "{text}");
        assert_eq!(lean.classify(text).categories(), categories, "{text}");
        hits += usize::from(!own.is_empty());
    }
    let distinct: HashSet<&String> = addresses.iter().collect();
    println!(
        "{} addresses ({} distinct), {hits} hits, {linear} by asking every rule",
        addresses.len(),
        distinct.len()
    );
    assert!(distinct.len() >= 20_000);
    assert!(hits * 10 >= addresses.len() * 3);
}
