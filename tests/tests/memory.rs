//! A compile keeps to its memory limit by sorting on disk, and what comes out
//! is the same. One test, so that the process's peak is the compile's.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::Compiler;
use hedgerow_tests::bulk;

const ENTRIES: u64 = 600_000;

fn compile(limit: usize, path: &std::path::Path) -> hedgerow::CompileReport {
    let mut compiler = Compiler::new();
    compiler.memory_limit(limit);
    bulk::push(&mut compiler, ENTRIES).unwrap();
    compiler.finish_to_path(path).unwrap()
}

#[test]
fn a_compile_that_spills_writes_the_same_bytes_in_less_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (folder.path().join("small"), folder.path().join("large"));
    let before = bulk::peak_memory();
    let report = compile(Compiler::MIN_MEMORY_LIMIT, &small);
    assert!(report.spilled_runs >= 3, "{} runs", report.spilled_runs);
    assert_eq!(report.entries, ENTRIES);
    if let (Some(before), Some(after)) = (before, bulk::peak_memory()) {
        let took = after - before;
        println!("{} MiB for {ENTRIES} entries", took >> 20);
        // A tenth of the entries are networks, which are kept in memory beside
        // the limit.
        let limit = Compiler::MIN_MEMORY_LIMIT as u64;
        assert!(took <= limit + limit / 4, "took {took} bytes");
    }
    let unspilled = compile(512 << 20, &large);
    assert_eq!(unspilled.spilled_runs, 0);
    assert!(std::fs::read(small).unwrap() == std::fs::read(large).unwrap());
}
