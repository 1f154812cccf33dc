//! Compiles as many generated entries as asked for within a memory limit, and
//! says what each cost and how much memory the process took at its peak.
//!
//! ```text
//! cargo run --release -p hedgerow-tests --example ten_million -- 1000000
//! cargo run --release -p hedgerow-tests --example ten_million -- 10000000
//! ```
//!
//! A process each, because the peak is that of the whole process. A second
//! argument sets the limit in MiB (512 if there is none).

use hedgerow::{Compiler, Ruleset};
use hedgerow_tests::bulk;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let entries: u64 = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let limit: usize = arguments.next().map_or(Ok(512), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bulk.hedge");

    let start = Instant::now();
    let mut compiler = Compiler::new();
    compiler.memory_limit(limit << 20);
    bulk::push(&mut compiler, entries)?;
    let pushed = start.elapsed();
    let report = compiler.finish_to_path(&path)?;
    let took = start.elapsed();
    let peak = bulk::peak_memory();

    if report.entries != entries {
        return Err(format!("{} entries instead of {entries}", report.entries).into());
    }
    // After the peak was read: mapping the file counts its pages as memory.
    let ruleset = Ruleset::map(&path)?;
    println!("entries            {}", ruleset.entry_count());
    println!("  of which networks {}", report.networks);
    println!("runs on disk       {}", report.spilled_runs);
    println!(
        "bytes              {} ({:.1} an entry)",
        report.bytes,
        report.bytes as f64 / entries as f64
    );
    println!("taking rules       {:.2} s", pushed.as_secs_f64());
    println!("compiling in all   {:.2} s", took.as_secs_f64());
    println!(
        "an entry           {:.0} ns",
        took.as_nanos() as f64 / entries as f64
    );
    match peak {
        Some(bytes) => println!("peak memory        {} MiB (limit {limit} MiB)", bytes >> 20),
        None => println!("peak memory        not told by this system"),
    }
    Ok(())
}
