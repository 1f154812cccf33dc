//! The parts, by criterion: what each step of classifying costs.
//!
//! ```sh
//! HEDGEROW_DATA=… cargo bench -p hedgerow-benches --bench parts
//! ```

use criterion::{Criterion, Throughput};
use hedgerow::{
    CanonicalUrl, Classification, Classifier, Compiler, Ruleset, address, lists::discover,
};
use hedgerow_benches::{PlainLists, data_folder, stream};
use hedgerow_policy::ready_made::ready_made;
use hedgerow_policy::{Exemption, Policy};
use jiff::Timestamp;
use std::hint::black_box;
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let data = data_folder()?;
    let ut1 = data.join("ut1");
    let lists = PlainLists::read(&ut1)?;
    let real = stream::real_addresses(&data.join("urls"))?;
    let addresses = stream::addresses(&real, &lists, 20_000, 11);
    let bytes = compile(&ut1)?;
    let classifier = Classifier::new(Ruleset::open(bytes.as_slice())?);
    let (listed, clean): (Vec<&str>, Vec<&str>) = addresses
        .iter()
        .map(String::as_str)
        .partition(|address| classifier.classify(address).is_listed());
    let all: Vec<&str> = addresses.iter().map(String::as_str).collect();

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("addresses");
    for (name, stream) in [("all", &all), ("listed", &listed), ("clean", &clean)] {
        group.throughput(Throughput::Elements(stream.len() as u64));
        group.bench_function(format!("url parse, {name}"), |bencher| {
            bencher.iter(|| {
                for address in stream {
                    black_box(url::Url::parse(address).is_ok());
                }
            });
        });
        group.bench_function(format!("canonicalise, {name}"), |bencher| {
            bencher.iter(|| {
                for address in stream {
                    black_box(CanonicalUrl::parse(address).is_ok());
                }
            });
        });
        let parsed: Vec<CanonicalUrl<'_>> = stream
            .iter()
            .filter_map(|address| CanonicalUrl::parse(address).ok())
            .collect();
        group.bench_function(format!("unwrap, {name}"), |bencher| {
            bencher.iter(|| {
                for url in &parsed {
                    black_box(address::unwrap(url).is_some());
                }
            });
        });
        group.bench_function(format!("classify, {name}"), |bencher| {
            bencher.iter(|| {
                for address in stream {
                    black_box(classifier.classify(address).categories().len());
                }
            });
        });
    }
    group.finish();

    decide(&mut criterion, &classifier, &all)?;

    let mut group = criterion.benchmark_group("rulesets");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("open, verified", |bencher| {
        bencher.iter(|| black_box(Ruleset::open(bytes.as_slice()).is_ok()));
    });
    group.bench_function("open, unverified", |bencher| {
        bencher.iter(|| {
            black_box(Ruleset::open_without_verifying_checksums(bytes.as_slice()).is_ok())
        });
    });
    group.sample_size(10);
    group.bench_function("compile UT1", |bencher| {
        bencher.iter(|| black_box(compile(&ut1).map(|bytes| bytes.len()).unwrap_or(0)));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// Local rules of a school of usual size, and an exemption in force.
const LOCAL: &str = r#"
[groups.year9]
extends = "ks3"
block = [
  "blooket.com", "coolmathgames.com", "krunker.io", "poki.com", "crazygames.com", "omegle.com", "yik-yak.com",
  "reddit.com/r/teenagers", "youtube.com/shorts", "sites.google.com/view/games", "198.51.100.0/24", "discord.gg",
]
allow = [
  "bbc.co.uk", "www.gov.uk/school-holidays", "tes.com", "mathswatch.co.uk", "t.co", "senecalearning.com", "thenational.academy",
  "hegartymaths.com", "en.wikipedia.org", "drive.google.com", "classroom.google.com", "www.nhs.uk/live-well",
]
"#;

/// What a decision costs beside a classification.
fn decide(criterion: &mut Criterion, classifier: &Classifier<&[u8]>, all: &[&str]) -> Outcome {
    let ready = ready_made("uk-secondary").ok_or("no such policy")?;
    let text = format!("{}{LOCAL}", ready.text);
    let at: Timestamp = "2026-11-09T10:00:00Z".parse()?;
    let exemption = Exemption {
        id: "1".to_owned(),
        addresses: vec!["casino.org/history".to_owned()],
        categories: vec!["gambling".to_owned()],
        groups: vec!["year9".to_owned()],
        start: at,
        end: "2026-11-20T16:00:00Z".parse()?,
        requested_by: "Subject lead".to_owned(),
        approved_by: Some("Head teacher".to_owned()),
        reason: "probability".to_owned(),
        created: at,
        revoked: None,
    };
    let policy = Policy::from_toml(&text)?;
    let opened = policy.with_exemptions(&[exemption], at)?;
    let mut group = criterion.benchmark_group("decisions");
    let (listed, clean): (Vec<&str>, Vec<&str>) = all
        .iter()
        .partition(|address| classifier.classify(address).is_listed());
    for (name, stream) in [("all", all), ("listed", &listed), ("clean", &clean)] {
        group.throughput(Throughput::Elements(stream.len() as u64));
        group.bench_function(format!("classify, {name}"), |bencher| {
            bencher.iter(|| {
                for address in stream {
                    black_box(classifier.classify(address).is_listed());
                }
            });
        });
        for (has, policy) in [("no exemption", &policy), ("an exemption", &opened)] {
            let school = policy.group("year9")?;
            let prepared = school.prepare(classifier, at);
            group.bench_function(format!("decide, prepared, {name}, {has}"), |bencher| {
                bencher.iter_custom(|rounds| {
                    after_classifying(classifier, stream, rounds, |found| {
                        black_box(&prepared.decide(found, at));
                    })
                });
            });
            group.bench_function(format!("decide, {name}, {has}"), |bencher| {
                bencher.iter_custom(|rounds| {
                    after_classifying(classifier, stream, rounds, |found| {
                        black_box(&school.decide(found, at));
                    })
                });
            });
        }
    }
    group.finish();
    Ok(())
}

/// The time that `decide` takes for each address of the stream, where the
/// classification has just been made, as it is in use. As the clock costs more
/// than a decision, it is read for some addresses at a time.
fn after_classifying(
    classifier: &Classifier<&[u8]>,
    stream: &[&str],
    rounds: u64,
    mut decide: impl FnMut(&Classification<'_>),
) -> Duration {
    let mut taken = Duration::ZERO;
    for _ in 0..rounds {
        for some in stream.chunks(64) {
            let found: Vec<_> = some.iter().map(|text| classifier.classify(text)).collect();
            let start = Instant::now();
            for found in &found {
                decide(found);
            }
            taken += start.elapsed();
        }
    }
    taken
}

fn compile(ut1: &std::path::Path) -> hedgerow::Result<Vec<u8>> {
    let sources = discover(&[ut1.to_owned()], None)?;
    let mut compiler = Compiler::new();
    compiler.record_lines(false);
    compiler.add_sources(&sources, &mut ())?;
    Ok(compiler.finish_to_vec()?.0)
}
