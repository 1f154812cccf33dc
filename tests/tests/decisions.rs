//! What holds for all policies, classifications and times.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::lists::place;
use hedgerow::{
    Case, CategoryInfo, Classification, Classifier, Compiler, Entry, HostScope, ListInfo, Outcome,
    PathScope, Pattern, Ruleset,
};
use hedgerow_policy::{Action, Decision, Exemption, Policy, Step};
use hedgerow_tests::choices::Choices;
use hedgerow_tests::policy_oracle::{World, address, moment};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn classifier(world: &World) -> Classifier<Vec<u8>> {
    let layers = world.layers.iter().map(|lists| {
        let mut compiler = Compiler::new();
        compiler
            .category(CategoryInfo {
                name: "secret".to_owned(),
                locked: true,
                ..CategoryInfo::default()
            })
            .unwrap();
        for list in lists {
            let mut taker = compiler
                .list(ListInfo::new(list.name.clone(), list.category))
                .unwrap();
            for address in &list.addresses {
                let place = place(address).unwrap();
                taker
                    .push(&Entry::new(
                        Pattern::Address {
                            host: &place.host,
                            host_scope: HostScope::Domain,
                            path: place.target.as_deref(),
                            path_scope: if place.target.is_some() {
                                PathScope::Prefix
                            } else {
                                PathScope::Any
                            },
                            case: Case::Sensitive,
                        },
                        1,
                    ))
                    .unwrap();
            }
        }
        Ruleset::open(compiler.finish_to_vec().unwrap().0).unwrap()
    });
    Classifier::with_layers(layers.collect())
}

/// The policy, its text in an order that `choices` makes.
fn policy(world: &World, choices: &mut Choices<'_>) -> Policy {
    let text = world.toml(choices);
    let policy = Policy::from_toml(&text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let mut exemptions: Vec<Exemption> = serde_json::from_value(world.exemptions()).unwrap();
    choices.shuffle(&mut exemptions);
    policy
        .with_exemptions(&exemptions, Timestamp::UNIX_EPOCH)
        .unwrap()
}

/// An address, perhaps inside others, perhaps none.
fn input(choices: &mut Choices<'_>) -> String {
    let mut text = address(choices);
    if choices.one_in(12) {
        text = choices
            .pick(&["javascript:1", "", "http://x:99999/"])
            .to_owned();
    } else if choices.one_in(3) {
        text = format!("https://{}.{text}", choices.pick(&["www", "m", "x"]));
    }
    for _ in 0..choices.pick(&[0, 0, 0, 0, 0, 1, 1, 2, 5]) {
        text = if choices.one_in(2) {
            // An archive that is itself on lists and in rules.
            format!(
                "https://web.archive.org/web/2020/https://{}",
                text.trim_start_matches("https://")
            )
        } else {
            format!(
                "https://d.example/?url=https://{}",
                text.trim_start_matches("https://")
            )
        };
    }
    text
}

fn chain(found: &Classification<'_>) -> Vec<String> {
    let own = found.address().map(ToString::to_string);
    let carried = found
        .via()
        .iter()
        .map(|carried| carried.address().to_string());
    own.into_iter().chain(carried).collect()
}

/// What the oracle makes of it.
fn expected(
    world: &World,
    found: &Classification<'_>,
    group: usize,
    at: i64,
) -> (Action, Step, usize) {
    let chain = chain(found);
    let known = (!chain.is_empty()).then(|| world.decide(&chain, group, at));
    if found.outcome() == Outcome::Classified {
        return known.unwrap();
    }
    let unknown = (world.unclassifiable(group, at), Step::Unclassifiable, 0);
    match known {
        Some(known) if known.0 > unknown.0 || (known.0 == unknown.0 && known.1 < unknown.1) => {
            known
        }
        _ => unknown,
    }
}

#[test]
fn policies_decide_as_the_oracle_does() {
    let mut counts: BTreeMap<(Step, Action), usize> = BTreeMap::new();
    let mut asked = 0;
    for seed in 0..600 {
        let mut choices = Choices::seeded(seed);
        let world = World::new(&mut choices);
        let classifier = classifier(&world);
        let policy = policy(&world, &mut choices);
        for _ in 0..100 {
            let text = input(&mut choices);
            let at = moment(&mut choices);
            let group = choices.below(world.groups.len());
            let found = classifier.classify(&text);
            let time = Timestamp::from_second(at).unwrap();
            let decision = policy.decide(&found, &format!("g{group}"), time).unwrap();
            let answer = (decision.action(), decision.step(), decision.via());
            assert_eq!(
                answer,
                expected(&world, &found, group, at),
                "seed {seed}: {text:?} for g{group} at {time}: {decision:?}\n{}\n{:#?}\n{}",
                policy_text(&world),
                world.layers,
                world.exemptions()
            );
            *counts
                .entry((decision.step(), decision.action()))
                .or_default() += 1;
            asked += 1;
        }
    }
    println!("{asked} asked: {counts:?}");
    // Every step, with every action that it can come to, and often.
    let one = [
        Step::Locked,
        Step::LocalBlock,
        Step::Exemption,
        Step::LocalAllow,
    ];
    for step in one {
        let of: usize = counts
            .iter()
            .filter(|(key, _)| key.0 == step)
            .map(|(_, count)| count)
            .sum();
        assert!(of > asked / 200, "{step}: {of}");
    }
    for step in [Step::Category, Step::Unclassifiable, Step::Default] {
        for action in Action::ALL {
            let of = counts.get(&(step, action)).copied().unwrap_or(0);
            assert!(of > asked / 400, "{step} {action}: {of}");
        }
    }
}

fn policy_text(world: &World) -> String {
    world.toml(&mut Choices::of_bytes(&[]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn illegal_content_is_always_blocked(seed in any::<u64>()) {
        let mut choices = Choices::seeded(seed);
        let world = World::new(&mut choices);
        let classifier = classifier(&world);
        let policy = policy(&world, &mut choices);
        for _ in 0..60 {
            let text = input(&mut choices);
            let found = classifier.classify(&text);
            let is_locked = chain(&found).iter().any(|address| world.is_locked(address));
            let at = Timestamp::from_second(moment(&mut choices)).unwrap();
            for group in policy.groups() {
                let decision = group.decide(&found, at);
                prop_assert_eq!(decision.step() == Step::Locked, is_locked, "{}", text);
                if is_locked {
                    prop_assert_eq!(decision.action(), Action::Block);
                    prop_assert_eq!(decision.entry(), None);
                }
            }
        }
    }

    #[test]
    fn a_block_rule_more_never_opens_anything(seed in any::<u64>()) {
        let mut choices = Choices::seeded(seed);
        let mut world = World::new(&mut choices);
        let classifier = classifier(&world);
        let before = policy(&world, &mut choices);
        let group = choices.below(world.groups.len());
        let rule = address(&mut choices);
        world.groups[group].block.push(rule);
        let after = policy(&world, &mut choices);
        for _ in 0..60 {
            let text = input(&mut choices);
            let found = classifier.classify(&text);
            let at = Timestamp::from_second(moment(&mut choices)).unwrap();
            for (before, after) in before.groups().zip(after.groups()) {
                let (before, after) = (before.decide(&found, at), after.decide(&found, at));
                prop_assert!(after.action() >= before.action(), "{}: {:?} {:?}", text, before, after);
            }
        }
    }

    #[test]
    fn the_order_of_layers_lists_rules_and_tables_leaves_no_trace(seed in any::<u64>()) {
        let mut choices = Choices::seeded(seed);
        let world = World::new(&mut choices);
        let mut shuffled = world.clone();
        choices.shuffle(&mut shuffled.layers);
        for layer in &mut shuffled.layers {
            choices.shuffle(layer);
            for list in layer {
                choices.shuffle(&mut list.addresses);
            }
        }
        let (one, two) = (classifier(&world), classifier(&shuffled));
        let (first, second) = (policy(&world, &mut choices), policy(&world, &mut choices));
        for _ in 0..60 {
            let text = input(&mut choices);
            let at = Timestamp::from_second(moment(&mut choices)).unwrap();
            let (one, two) = (one.classify(&text), two.classify(&text));
            for group in 0..world.groups.len() {
                let name = format!("g{group}");
                let one = serde_json::to_value(first.decide(&one, &name, at).unwrap()).unwrap();
                let two = serde_json::to_value(second.decide(&two, &name, at).unwrap()).unwrap();
                prop_assert_eq!(one, two, "{}", text);
            }
        }
    }

    #[test]
    fn a_prepared_group_decides_as_the_group_does(seed in any::<u64>()) {
        let mut choices = Choices::seeded(seed);
        let world = World::new(&mut choices);
        let mut other = world.clone();
        choices.shuffle(&mut other.layers);
        other.layers.pop();
        let (classifier, other) = (classifier(&world), classifier(&other));
        let policy = policy(&world, &mut choices);
        for _ in 0..20 {
            let from = Timestamp::from_second(moment(&mut choices)).unwrap();
            for group in policy.groups() {
                let mut prepared = group.prepare(&classifier, from);
                prop_assert!(prepared.until() > from);
                for step in [0, 1, 29, 60, 1_800, 86_400] {
                    let text = input(&mut choices);
                    // At a time before it and after it, and for another
                    // classifier, as well.
                    let at = from + SignedDuration::from_secs(choices.pick(&[step, step, -step]));
                    if choices.one_in(3) {
                        prepared.renew(at);
                        prop_assert!(prepared.until() > at);
                    }
                    for classifier in [&classifier, &other] {
                        let found = classifier.classify(&text);
                        let data = |decision: Decision<'_>| serde_json::to_value(decision).unwrap();
                        prop_assert_eq!(
                            data(prepared.decide(&found, at)),
                            data(group.decide(&found, at)),
                            "{} at {} from {}", text, at, from
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_prepared_group_is_ready_while_nothing_changes(seed in any::<u64>()) {
        let mut choices = Choices::seeded(seed);
        let world = World::new(&mut choices);
        let classifier = classifier(&world);
        let policy = policy(&world, &mut choices);
        let texts: Vec<String> = (0..20).map(|_| input(&mut choices)).collect();
        let found: Vec<_> = texts.iter().map(|text| classifier.classify(text)).collect();
        for group in policy.groups() {
            let from = Timestamp::from_second(moment(&mut choices)).unwrap();
            let prepared = group.prepare(&classifier, from);
            // The last moment it is ready for, and one on the way.
            let until = prepared.until().min(from + SignedDuration::from_hours(1));
            let last = until - SignedDuration::from_nanos(1);
            let half = from + until.duration_since(from) / 2;
            for at in [half, last] {
                for found in &found {
                    let (ready, anew) = (prepared.decide(found, at), group.decide(found, at));
                    prop_assert_eq!(serde_json::to_value(ready).unwrap(), serde_json::to_value(anew).unwrap());
                }
            }
        }
    }

    #[test]
    fn json_says_what_toml_says(seed in any::<u64>()) {
        let mut choices = Choices::seeded(seed);
        let world = World::new(&mut choices);
        let text = world.toml(&mut choices);
        let toml = Policy::from_toml(&text).unwrap();
        let data: toml::Table = toml::from_str(&text).unwrap();
        let json = Policy::from_json(&serde_json::to_string(&data).unwrap()).unwrap();
        let classifier = classifier(&world);
        for _ in 0..30 {
            let text = input(&mut choices);
            let at = Timestamp::from_second(moment(&mut choices)).unwrap();
            let found = classifier.classify(&text);
            for (toml, json) in toml.groups().zip(json.groups()) {
                let (toml, json) = (toml.decide(&found, at), json.decide(&found, at));
                prop_assert_eq!(serde_json::to_value(toml).unwrap(), serde_json::to_value(json).unwrap());
            }
        }
    }
}
