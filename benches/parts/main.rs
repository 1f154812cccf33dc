//! The parts, by criterion: what each step of classifying costs.
//!
//! ```sh
//! HEDGEROW_DATA=… cargo bench -p hedgerow-benches --bench parts
//! ```

use criterion::{Criterion, Throughput};
use hedgerow::{CanonicalUrl, Classifier, Compiler, Ruleset, address, lists::discover};
use hedgerow_benches::{PlainLists, data_folder, stream};
use std::hint::black_box;

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

fn compile(ut1: &std::path::Path) -> hedgerow::Result<Vec<u8>> {
    let sources = discover(&[ut1.to_owned()], None)?;
    let mut compiler = Compiler::new();
    compiler.record_lines(false);
    compiler.add_sources(&sources, &mut ())?;
    Ok(compiler.finish_to_vec()?.0)
}
