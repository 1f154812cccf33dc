//! The engine's answers are those of the oracle.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow_tests::choices::Choices;
use hedgerow_tests::compare::Pair;
use hedgerow_tests::fuzzing::against_oracle;
use hedgerow_tests::generate;

const SETS: u64 = 52;
const ADDRESSES_A_SET: u64 = 2_000;

/// Rule sets `from..to`; how many addresses were asked, and how many hit.
fn check_sets(from: u64, to: u64) -> (u64, u64) {
    let (mut asked, mut hits) = (0, 0);
    for seed in from..to {
        let mut choices = Choices::seeded(seed);
        let layers = [1, 1, 1, 2, 3][seed as usize % 5];
        // From sparse to crowded.
        let rules = [20, 60, 120, 240][seed as usize % 4];
        let layers = generate::layers(&mut choices, layers, rules);
        let pair = Pair::new(layers).unwrap();
        for _ in 0..ADDRESSES_A_SET {
            let address = generate::address(&mut choices, pair.layers());
            match pair.check(&address) {
                Ok(hit) => hits += u64::from(hit),
                Err(difference) => panic!("seed {seed}, {address:?}: {difference}"),
            }
            asked += 1;
        }
    }
    (asked, hits)
}

#[test]
fn a_hundred_thousand_random_addresses_over_random_lists() {
    let halves = std::thread::scope(|scope| {
        let first = scope.spawn(|| check_sets(0, SETS / 2));
        let second = check_sets(SETS / 2, SETS);
        [first.join().unwrap(), second]
    });
    let asked: u64 = halves.iter().map(|half| half.0).sum();
    let hits: u64 = halves.iter().map(|half| half.1).sum();
    println!("{asked} addresses, {hits} of them hit");
    assert_eq!(asked, SETS * ADDRESSES_A_SET);
    assert!(asked >= 100_000);
    // Neither a comparison of nothing with nothing nor one of hits alone.
    assert!(hits > asked * 3 / 10 && hits < asked * 9 / 10);
}

#[test]
fn the_fuzz_body_agrees_on_random_bytes() {
    let mut choices = Choices::seeded(7);
    for length in 0..400 {
        let data: Vec<u8> = (0..length * 4).map(|_| choices.below(256) as u8).collect();
        against_oracle(&data);
    }
}
