//! One rule asked by itself says what a ruleset with that rule alone says, and
//! what the oracle says.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::{
    CanonicalUrl, Case, Classifier, Compiler, Entry, HostScope, ListInfo, PathScope, Pattern,
    Ruleset,
};
use hedgerow_tests::choices::Choices;
use hedgerow_tests::generate;
use hedgerow_tests::oracle::{Address, List, Rule};

/// Whether a ruleset of `entry` alone matches `url`; `None` if the compiler
/// leaves the rule out.
fn compiled(entry: &Entry<'_>) -> Option<Classifier<Vec<u8>>> {
    let mut compiler = Compiler::new();
    let mut list = compiler
        .list(ListInfo {
            allow_public_suffix: true,
            allow_single_label: true,
            ..ListInfo::new("one", "games")
        })
        .unwrap();
    list.push(entry).unwrap();
    let (bytes, report) = compiler.finish_to_vec().unwrap();
    (report.entries == 1).then(|| Classifier::new(Ruleset::open(bytes).unwrap()))
}

#[test]
fn a_rule_by_itself_covers_what_its_ruleset_matches() {
    let (mut asked, mut covered, mut left_out) = (0, 0, 0);
    for seed in 0..150 {
        let mut choices = Choices::seeded(seed);
        let layers: Vec<Vec<List>> = generate::layers(&mut choices, 1, 24);
        let rules: Vec<&Rule> = layers[0].iter().flat_map(|list| &list.rules).collect();
        let addresses: Vec<String> = (0..60)
            .map(|_| generate::address(&mut choices, &layers))
            .collect();
        for rule in rules {
            generate::push(rule, &mut |entry| {
                let mut entry = entry.clone();
                entry.cancels = false;
                let Some(classifier) = compiled(&entry) else {
                    left_out += 1;
                    return Ok(());
                };
                for text in &addresses {
                    let Ok(url) = CanonicalUrl::parse(text) else {
                        continue;
                    };
                    let covers = entry.covers(&url);
                    let classification = classifier.classify(text);
                    let matched = classification.matches().any(|found| found.via() == 0);
                    assert_eq!(covers, matched, "{entry} and {text:?}");
                    let mut plain = rule.clone();
                    plain.cancels = false;
                    assert_eq!(
                        covers,
                        plain.covers(&Address::new(&url)),
                        "{entry}, {text:?}"
                    );
                    asked += 1;
                    covered += usize::from(covers);
                }
                Ok(())
            })
            .unwrap();
        }
    }
    println!("{asked} asked, {covered} covered, {left_out} rules left out");
    assert!(asked > 100_000 && covered > asked / 100 && left_out < 200);
}

#[test]
fn every_scope_of_host_and_path_and_every_case() {
    let hosts = [
        "a.example",
        "b.a.example",
        "www.a.example",
        "ftp3.b.a.example",
        "192.0.2.1",
    ];
    let paths = ["/", "/x", "/X/", "/x/y", "/x?q", "/x/?q", "/xy", "/x;v=1"];
    let (mut asked, mut covered) = (0, 0);
    for host in hosts {
        for scope in &HostScope::ALL[..4] {
            for path in paths.map(Some).into_iter().chain([None]) {
                for path_scope in PathScope::ALL {
                    for case in [Case::Sensitive, Case::Insensitive] {
                        let entry = Entry::new(
                            Pattern::Address {
                                host,
                                host_scope: *scope,
                                path,
                                path_scope: path.map_or(PathScope::Any, |_| path_scope),
                                case,
                            },
                            1,
                        );
                        let Some(classifier) = compiled(&entry) else {
                            continue;
                        };
                        for host in hosts {
                            for path in paths {
                                let text = format!("https://{host}{path}");
                                let url = CanonicalUrl::parse(&text).unwrap();
                                assert_eq!(
                                    entry.covers(&url),
                                    classifier.classify(&text).is_listed(),
                                    "{entry} and {text}"
                                );
                                asked += 1;
                                covered += usize::from(entry.covers(&url));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(asked > 30_000 && covered > 1_000, "{asked} {covered}");
}
