//! The ready-made policies do what they say with the starter ruleset.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::lists::discover;
use hedgerow::{Classifier, Compiler, Ruleset};
use hedgerow_policy::policy::Severity;
use hedgerow_policy::ready_made::ALL;
use hedgerow_policy::{Action, Step};
use std::path::Path;

fn starter() -> Ruleset<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hedgerow-cli/starter");
    let sources = discover(&[folder], None).unwrap();
    let mut compiler = Compiler::new();
    compiler.add_sources(&sources, &mut ()).unwrap();
    Ruleset::open(compiler.finish_to_vec().unwrap().0).unwrap()
}

#[test]
fn every_canary_is_blocked_for_every_group_it_is_for() {
    let classifier = Classifier::new(starter());
    let mut asked = 0;
    for ready in ALL {
        let policy = ready.policy().unwrap();
        // A lesson, a break, an evening, a night, a Sunday.
        for at in [
            "2026-11-09T10:00:00Z",
            "2026-11-09T12:35:00Z",
            "2026-11-09T18:00:00Z",
            "2026-11-09T23:30:00Z",
            "2026-11-08T10:00:00Z",
        ] {
            let at = at.parse().unwrap();
            for canary in policy.canaries() {
                let found = classifier.classify(&canary.address);
                assert!(
                    found.categories().contains(&canary.category.as_str()),
                    "{canary:?}: {found:?}"
                );
                for group in policy.groups() {
                    if canary.groups.is_empty() || canary.groups.iter().any(|of| of == group.name())
                    {
                        let decision = group.decide(&found, at);
                        assert_eq!(decision.action(), Action::Block, "{canary:?}: {decision:?}");
                        let step = policy.taxonomy().get(&canary.category).unwrap().locked;
                        assert_eq!(decision.step() == Step::Locked, step, "{decision:?}");
                        asked += 1;
                    }
                }
            }
        }
    }
    assert!(asked > 500, "{asked}");
}

#[test]
fn they_fit_the_starter_ruleset() {
    let starter = starter();
    for ready in ALL {
        let policy = ready.policy().unwrap();
        let findings = policy.check_against([&starter]);
        for finding in &findings {
            assert_eq!(
                finding.severity(),
                Severity::Warning,
                "{}: {finding}",
                ready.name
            );
            // All that the starter has is governed; what it lacks is what only
            // larger collections have.
            assert_eq!(finding.code.code(), "category-without-list", "{finding}");
        }
        let subjects: Vec<&str> = findings
            .iter()
            .map(|finding| finding.subject.as_str())
            .collect();
        for lacking in &subjects {
            assert!(
                [
                    "content",
                    "contact",
                    "conduct",
                    "commerce",
                    "blog",
                    "forums",
                    "filehosting",
                    "educational-games",
                    "sexual-education"
                ]
                .contains(lacking),
                "{}: {lacking}",
                ready.name
            );
        }
    }
}
