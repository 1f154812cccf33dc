//! Runs the shared fixtures of decisions.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::{Classifier, Ruleset};
use hedgerow_policy::{Action, DownloadKind, ReasonCode, Step};
use hedgerow_tests::decisions::{COMPARED, Decisions, at, compared};
use hedgerow_tests::fixtures::folder;
use hedgerow_tests::golden;
use serde_json::Value;
use std::collections::BTreeSet;

fn classifiers(decisions: &Decisions) -> (Classifier<Vec<u8>>, Classifier<Vec<u8>>) {
    let mut rulesets = decisions.rulesets().unwrap();
    let (_, damaged) = rulesets.pop().unwrap();
    let layers: Vec<_> = rulesets
        .into_iter()
        .map(|(_, bytes)| Ruleset::open(bytes).unwrap())
        .collect();
    assert_eq!(layers.len(), 2);
    assert!(Ruleset::open(&damaged[..]).is_err());
    let damaged = Ruleset::open_without_verifying_checksums(damaged).unwrap();
    (Classifier::with_layers(layers), Classifier::new(damaged))
}

#[test]
fn every_case_of_the_shared_decisions() {
    let decisions = Decisions::read().unwrap();
    let (classifier, damaged) = classifiers(&decisions);
    let policies = decisions.policies().unwrap();
    let mut failed = Vec::new();
    for case in decisions.cases() {
        let text = |member: &str| case[member].as_str();
        let at = at(case).unwrap();
        let mut policy = policies[text("policy").unwrap()].clone();
        if let Some(exemptions) = text("exemptions") {
            let exemptions = decisions.exemptions(exemptions).unwrap();
            policy = policy.with_exemptions(&exemptions, at).unwrap();
        }
        let classifier = if case["damaged"] == true {
            &damaged
        } else {
            &classifier
        };
        let found = classifier.classify(text("address").unwrap());
        let mut decision = policy
            .decide(&found, text("group").unwrap(), at)
            .unwrap()
            .with_requested(text("address").unwrap());
        if let Some(kind) = text("download") {
            let kind = DownloadKind::from_name(kind).unwrap();
            decision = decision.with_download(kind.into());
        }
        let answer = compared(&decision).unwrap();
        let members: BTreeSet<&str> = case["decision"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(members, BTreeSet::from(COMPARED), "{case}");
        if answer != case["decision"] {
            let mut differences = String::new();
            for member in COMPARED {
                let (wanted, got) = (&case["decision"][member], &answer[member]);
                if wanted != got {
                    differences.push_str(&format!("  {member}: wanted {wanted}, got {got}\n"));
                }
            }
            failed.push(format!(
                "{} {} {} {}\n{differences}",
                case["group"], case["at"], case["address"], case["exemptions"]
            ));
        }
        let sentence = decision.sentence();
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
    }
    let count = decisions.cases().len();
    println!("{count} cases");
    assert!(
        failed.is_empty(),
        "{} of {count} cases failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(count >= 150, "only {count} cases");
}

#[test]
fn the_decisions_leave_nothing_untried() {
    let decisions = Decisions::read().unwrap();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for case in decisions.cases() {
        for member in ["action", "step", "reason"] {
            seen.insert(format!(
                "{member} {}",
                case["decision"][member].as_str().unwrap()
            ));
        }
        // Each action of the steps that know several.
        let (step, action) = (&case["decision"]["step"], &case["decision"]["action"]);
        seen.insert(format!(
            "{} {}",
            step.as_str().unwrap(),
            action.as_str().unwrap()
        ));
        for member in ["schedule", "exemption"] {
            if let Some(name) = case["decision"][member].as_str() {
                seen.insert(format!("{member} {name}"));
            }
        }
        seen.insert(format!("via {}", case["decision"]["via"]));
        if let Some(list) = case["decision"]["list"].as_str() {
            seen.insert(format!("list {list}"));
        }
        seen.insert(format!("group {}", case["group"].as_str().unwrap()));
    }
    let mut wanted: Vec<String> = Vec::new();
    wanted.extend(Action::ALL.map(|action| format!("action {action}")));
    wanted.extend(Step::ALL.map(|step| format!("step {step}")));
    wanted.extend(
        ReasonCode::ALL
            .iter()
            .map(|reason| format!("reason {reason}")),
    );
    for step in ["category", "default", "unclassifiable"] {
        wanted.extend(Action::ALL.map(|action| format!("{step} {action}")));
    }
    for policy in decisions.policies().unwrap().values() {
        wanted.extend(
            policy
                .schedules()
                .iter()
                .map(|one| format!("schedule {}", one.name())),
        );
        wanted.extend(
            policy
                .groups()
                .map(|group| format!("group {}", group.name())),
        );
    }
    wanted.extend([0, 1, 2].map(|via| format!("via {via}")));
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|wanted| !seen.contains(*wanted))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    // No case is there twice.
    let mut asked = BTreeSet::new();
    for case in decisions.cases() {
        let mut question = case.clone();
        question["decision"] = Value::Null;
        assert!(asked.insert(question.to_string()), "twice: {question}");
    }
}

#[test]
fn the_compiled_rulesets_are_up_to_date() {
    for (name, bytes) in Decisions::read().unwrap().rulesets().unwrap() {
        let stored = std::fs::read(folder().join(&name)).unwrap_or_default();
        assert!(stored == bytes, "{name}: {}", golden::ADVICE);
    }
}
