//! Compares Hedgerow with other systems: one stream of addresses, one run,
//! the answers held against one another.
//!
//! ```sh
//! HEDGEROW_DATA=… cargo run --release -p hedgerow-benches --bin compare
//! ```

use hedgerow::{CanonicalUrl, Classifier, Compiler, Outcome, Ruleset, lists::discover};
use hedgerow_benches::{PlainLists, data_folder, peers, stream};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

const ADDRESSES: usize = 200_000;
const ROUNDS: usize = 7;
/// squidGuard answers some thousands a second.
const SQUIDGUARD_ADDRESSES: usize = 4_000;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("compare: answers differ");
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("compare: {message}");
            ExitCode::from(2)
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn run() -> Result<bool, String> {
    let data = data_folder()?;
    let ut1 = data.join("ut1");
    let lists = PlainLists::read(&ut1).map_err(text)?;
    println!("{} lines, {} distinct keys", lists.lines, lists.keys.len());

    // Building, in turn so that a busy machine disturbs both alike.
    let folder = tempfile::tempdir().map_err(text)?;
    let file = folder.path().join("ut1.hedge");
    let (mut bare_seconds, mut our_seconds) = (Vec::new(), Vec::new());
    let mut report = None;
    for _ in 0..5 {
        let started = Instant::now();
        let plain = PlainLists::read(&ut1).map_err(text)?;
        black_box(peers::BareFst::build(&plain).map_err(text)?.len());
        bare_seconds.push(started.elapsed().as_secs_f64());
        drop(plain);
        let started = Instant::now();
        let sources = discover(std::slice::from_ref(&ut1), None).map_err(text)?;
        let mut compiler = Compiler::new();
        compiler.record_lines(false);
        compiler.add_sources(&sources, &mut ()).map_err(text)?;
        report = Some(compiler.finish_to_path(&file).map_err(text)?);
        our_seconds.push(started.elapsed().as_secs_f64());
    }
    let report = report.ok_or("nothing was compiled")?;
    let bare = peers::BareFst::build(&lists).map_err(text)?;
    println!("\n## Building\n");
    println!("| system | seconds (median of 5) | bytes | bytes a key |");
    println!("|---|---:|---:|---:|");
    let keys = lists.keys.len() as f64;
    let row = |name: &str, seconds: f64, bytes: u64| {
        println!(
            "| {name} | {seconds:.2} | {bytes} | {:.2} |",
            bytes as f64 / keys
        );
    };
    row(
        "bare read, sort, `fst`",
        median(&mut bare_seconds),
        bare.len() as u64,
    );
    row("hedgerow compile", median(&mut our_seconds), report.bytes);
    let mut squidguard = match peers::SquidGuard::start(&ut1) {
        Ok((guard, seconds, bytes)) => {
            row("squidGuard -C all", seconds, bytes);
            Some(guard)
        }
        Err(message) => {
            println!("| squidGuard | not measured: {message} | | |");
            None
        }
    };

    let real = stream::real_addresses(&data.join("urls")).map_err(text)?;
    let addresses = stream::addresses(&real, &lists, ADDRESSES, 7);
    let classifier = Classifier::new(Ruleset::map(&file).map_err(text)?);
    let lists = PlainLists::read_as_hedgerow(&ut1).map_err(text)?;
    let bare = peers::BareFst::build(&lists).map_err(text)?;
    let hashes = peers::HashWalk::build(&lists);
    let adblock = peers::Adblock::build(&lists);

    let agree = compare_answers(
        &addresses,
        &classifier,
        &lists,
        &hashes,
        &bare,
        &adblock,
        squidguard.as_mut(),
    )?;

    println!("\n## Classifying, one thread, {ADDRESSES} addresses, {ROUNDS} rounds\n");
    let mut systems: Vec<(&str, Vec<f64>)> = Vec::new();
    let mut time = |name: &'static str, round: usize, count: usize, work: &mut dyn FnMut()| {
        let started = Instant::now();
        work();
        let nanoseconds = started.elapsed().as_nanos() as f64 / count as f64;
        if round == 0 {
            systems.push((name, Vec::new()));
        }
        if let Some((_, times)) = systems.iter_mut().find(|(other, _)| *other == name) {
            times.push(nanoseconds);
        }
    };
    for round in 0..ROUNDS {
        time("`url::Url::parse` alone", round, ADDRESSES, &mut || {
            for address in &addresses {
                black_box(url::Url::parse(address).is_ok());
            }
        });
        time(
            "hedgerow: text in, categories out",
            round,
            ADDRESSES,
            &mut || {
                for address in &addresses {
                    black_box(classifier.classify(address).categories().len());
                }
            },
        );
        time(
            "of which: CanonicalUrl::parse",
            round,
            ADDRESSES,
            &mut || {
                for address in &addresses {
                    black_box(CanonicalUrl::parse(address).is_ok());
                }
            },
        );
        time("`url` + HashMap of strings", round, ADDRESSES, &mut || {
            for address in &addresses {
                black_box(hashes.look_up(address).len());
            }
        });
        time("`url` + bare `fst`", round, ADDRESSES, &mut || {
            for address in &addresses {
                black_box(bare.look_up(address).len());
            }
        });
        let some = &addresses[..ADDRESSES / 10];
        time("crate `adblock`", round, some.len(), &mut || {
            for address in some {
                black_box(adblock.is_listed(address));
            }
        });
        if let Some(guard) = squidguard.as_mut()
            && round < 3
        {
            let some = &addresses[..SQUIDGUARD_ADDRESSES];
            let mut outcome = Ok(());
            time("squidGuard over its pipe", round, some.len(), &mut || {
                for address in some {
                    if let Err(error) = guard.is_listed(address) {
                        outcome = Err(error);
                    }
                }
            });
            outcome.map_err(text)?;
        }
    }
    println!("| system | ns an address, median | best | × `url::Url::parse` |");
    println!("|---|---:|---:|---:|");
    let base = systems.first_mut().map_or(1.0, |(_, times)| median(times));
    for (name, times) in &mut systems {
        let middle = median(times);
        let best = times.iter().copied().fold(f64::INFINITY, f64::min);
        println!(
            "| {name} | {middle:.0} | {best:.0} | {:.2} |",
            middle / base
        );
    }
    Ok(agree)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Holds the answers of all systems against one another. The two that have the
/// same rules in the same sense must agree with Hedgerow but for addresses
/// that `url` reads otherwise; the others are told in numbers.
fn compare_answers<D: AsRef<[u8]> + Sync>(
    addresses: &[String],
    classifier: &Classifier<D>,
    lists: &PlainLists,
    hashes: &peers::HashWalk,
    bare: &peers::BareFst,
    adblock: &peers::Adblock,
    mut squidguard: Option<&mut peers::SquidGuard>,
) -> Result<bool, String> {
    let names = |sets: Vec<u16>| -> BTreeSet<&str> {
        sets.into_iter()
            .flat_map(|set| &lists.sets[usize::from(set)])
            .map(String::as_str)
            .collect()
    };
    let (mut listed, mut unlike_hashes, mut unlike_fst) = (0, 0, 0);
    let (mut adblock_same, mut adblock_asked) = (0, 0);
    let (mut guard_same, mut guard_asked) = (0, 0);
    let mut examples = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let found = classifier.classify(address);
        let ours: BTreeSet<&str> = found.categories().into_iter().collect();
        listed += usize::from(!ours.is_empty());
        let theirs = names(hashes.look_up(address));
        // A wrapper, an expression or a rule left out as a public suffix is
        // known to Hedgerow alone; what the others miss is no difference.
        let explained = !found.via().is_empty()
            || found.outcome() != Outcome::Classified
            || found.matches().any(|found| found.scope() == "expression");
        if ours != theirs && !explained {
            unlike_hashes += 1;
            if examples.len() < 10 {
                examples.push(format!("{address}: {ours:?}, HashMap {theirs:?}"));
            }
        }
        if theirs != names(bare.look_up(address)) {
            unlike_fst += 1;
        }
        if index < addresses.len() / 10 {
            adblock_asked += 1;
            adblock_same += usize::from(adblock.is_listed(address) != ours.is_empty());
        }
        if index < SQUIDGUARD_ADDRESSES
            && let Some(guard) = squidguard.as_deref_mut()
        {
            guard_asked += 1;
            let theirs = guard.is_listed(address).map_err(text)?;
            guard_same += usize::from(theirs != ours.is_empty());
        }
    }
    println!("\n## Answers\n");
    println!(
        "- {listed} of {} addresses are listed ({:.0} %)",
        addresses.len(),
        100.0 * listed as f64 / addresses.len() as f64
    );
    println!("- unlike `url` + HashMap: {unlike_hashes}");
    println!("- `url` + bare `fst` unlike `url` + HashMap: {unlike_fst}");
    println!("- listed or not, as crate `adblock` says: {adblock_same} of {adblock_asked}");
    println!("- listed or not, as squidGuard says: {guard_same} of {guard_asked}");
    for example in examples {
        println!("  - {example}");
    }
    Ok(unlike_fst == 0 && unlike_hashes * 1000 < addresses.len())
}
