//! A policy beside the rulesets that it is used with.

#![cfg(feature = "time-zones")]
#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::category::Taxonomy;
use hedgerow::{CategoryInfo, Classifier, Compiler, Entry, HostScope, ListInfo, Ruleset};
use hedgerow_policy::policy::{FindingCode, Severity};
use hedgerow_policy::{Action, ErrorKind, Policy, PolicyReader, Step};

/// A ruleset of one site for each of these categories, `name` or
/// `name:locked` or `name=alias`.
fn ruleset(categories: &[&str]) -> Ruleset<Vec<u8>> {
    let mut compiler = Compiler::new();
    for text in categories {
        let (name, locked) = match text.strip_suffix(":locked") {
            Some(name) => (name, true),
            None => (*text, false),
        };
        let (name, alias) = name.split_once('=').unwrap_or((name, ""));
        compiler
            .category(CategoryInfo {
                name: name.to_owned(),
                locked,
                aliases: (!alias.is_empty())
                    .then(|| alias.to_owned())
                    .into_iter()
                    .collect(),
                ..CategoryInfo::default()
            })
            .unwrap();
        let mut list = compiler
            .list(ListInfo::new(format!("lists/{name}"), name))
            .unwrap();
        list.push(&Entry::host(
            &format!("{}.example", name.to_lowercase()),
            HostScope::Domain,
            1,
        ))
        .unwrap();
    }
    Ruleset::open(compiler.finish_to_vec().unwrap().0).unwrap()
}

const POLICY: &str = r#"
name = "Hill School"
time_zone = "Europe/London"
[groups.everyone]
default = "allow"
[groups.everyone.categories]
gambling = "block"
knitting = "warn"
[groups.staff]
extends = "everyone"
[groups.staff.categories]
drugs = "monitor"
[[canary]]
address = "gambling.example"
category = "gambling"
list = "lists/gambling"
"#;

#[test]
fn categories_of_rulesets_may_be_named_if_the_ruleset_is_at_hand() {
    let errors = Policy::from_toml(POLICY).unwrap_err();
    let kinds: Vec<ErrorKind> = errors.iter().map(hedgerow_policy::Error::kind).collect();
    assert_eq!(kinds, [ErrorKind::PolicyCategory]);
    let ruleset = ruleset(&["gambling", "Knitting"]);
    let policy = PolicyReader::new().ruleset(&ruleset).toml(POLICY).unwrap();
    let classifier = Classifier::new(ruleset);
    let found = classifier.classify("https://knitting.example/");
    let at = "2026-11-09T10:00:00Z".parse().unwrap();
    let decision = policy.decide(&found, "staff", at).unwrap();
    assert_eq!(
        (decision.action(), decision.step()),
        (Action::Warn, Step::Category)
    );
    assert_eq!(decision.category(), Some("Knitting"));
}

#[test]
fn what_does_not_fit_is_found() {
    let at_hand = ruleset(&["knitting"]);
    let policy = PolicyReader::new().ruleset(&at_hand).toml(POLICY).unwrap();
    let found = |categories: &[&str]| -> Vec<String> {
        let ruleset = ruleset(categories);
        let mut findings = policy.check_against([&ruleset]);
        assert!(findings.is_sorted_by_key(hedgerow_policy::policy::Finding::severity));
        // Illegal content that no list has; told apart below.
        findings.retain(|finding| {
            !finding.subject.starts_with("illegal-")
                && finding.subject != "child-sexual-abuse"
                && finding.subject != "terrorism"
        });
        findings
            .iter()
            .map(|finding| format!("{} {}", finding.code.code(), finding.subject))
            .collect()
    };
    assert_eq!(
        found(&["gambling", "knitting", "drogue"]),
        ["category-ungoverned drogue"]
    );
    assert_eq!(
        found(&["gambling", "Drug_abuse", "sewing"]),
        [
            "category-ungoverned Drug_abuse",
            "category-ungoverned sewing",
            "category-unknown knitting"
        ]
    );
    // By another name, or an alias of the ruleset's own, it is the same.
    assert_eq!(
        found(&["betting=x", "knitting", "pills=drugs"]),
        ["category-ungoverned pills", "list-unknown lists/gambling"]
    );
    assert_eq!(
        found(&["gambling", "knitting"]),
        ["category-without-list drugs"]
    );
    // A ruleset locks what the policy does not block.
    assert_eq!(
        found(&["gambling:locked", "knitting:locked", "drugs:locked"]),
        ["category-locked drugs", "category-locked knitting"]
    );
}

#[test]
fn what_is_found_says_where() {
    let at_hand = ruleset(&["knitting"]);
    let policy = PolicyReader::new().ruleset(&at_hand).toml(POLICY).unwrap();
    let locked = ruleset(&["gambling", "knitting:locked", "drugs"]);
    let findings = policy.check_against([&locked]);
    let finding = findings
        .iter()
        .find(|finding| finding.code == FindingCode::CategoryLocked)
        .unwrap();
    assert_eq!((finding.line, finding.column), (Some(8), Some(1)));
    assert_eq!(finding.severity(), Severity::Error);
    assert!(
        finding
            .to_string()
            .starts_with("8:1: `everyone` does not block `knitting`"),
        "{finding}"
    );
    let lists = findings
        .iter()
        .filter(|finding| finding.code == FindingCode::CategoryWithoutList);
    let illegal = Taxonomy::builtin("uksic-2025")
        .unwrap()
        .categories()
        .iter()
        .filter(|one| one.locked)
        .count();
    assert_eq!(lists.count(), illegal);
}

#[test]
fn a_lock_of_the_ruleset_holds_against_the_policy() {
    let at_hand = ruleset(&["knitting"]);
    let policy = PolicyReader::new().ruleset(&at_hand).toml(POLICY).unwrap();
    let classifier = Classifier::new(ruleset(&["knitting:locked"]));
    let found = classifier.classify("knitting.example");
    for group in policy.groups() {
        let decision = group.decide(&found, "2026-11-09T10:00:00Z".parse().unwrap());
        assert_eq!(
            (decision.action(), decision.step()),
            (Action::Block, Step::Locked)
        );
        assert_eq!(decision.entry(), None);
        let data = serde_json::to_string(&decision).unwrap();
        assert!(!data.contains("\"entry\":\"knitting"), "{data}");
    }
}

#[test]
fn a_taxonomy_of_one_s_own() {
    let taxonomy = Taxonomy::parse(
        "id = \"hill\"\nversion = \"1\"\n[[category]]\nid = \"wool\"\nlocked = true\n[[category]]\nid = \"yarn\"\naliases = [\"thread\"]\n",
    )
    .unwrap();
    let text = |action: &str| {
        format!(
            "name = \"x\"\ntime_zone = \"UTC\"\ntaxonomy = \"hill\"\n[groups.g]\ndefault = \"allow\"\ncategories = {{ Thread = \"warn\", wool = \"{action}\" }}\n"
        )
    };
    let reader = PolicyReader::new().taxonomy(taxonomy);
    let errors = reader.toml(&text("allow")).unwrap_err();
    assert_eq!(
        errors.iter().next().unwrap().kind(),
        ErrorKind::PolicyLocked
    );
    let policy = reader.toml(&text("block")).unwrap();
    let group = policy.group("g").unwrap();
    let at = "2026-11-09T10:00:00Z".parse().unwrap();
    assert_eq!(group.action_of("yarn", at), Some(Action::Warn));
    // What other taxonomies call illegal stays so.
    assert_eq!(group.action_of("terrorism", at), Some(Action::Block));
    let named: Vec<(&str, String)> = group.categories().collect();
    assert_eq!(
        named,
        [("wool", "block".to_owned()), ("yarn", "warn".to_owned())]
    );
}
