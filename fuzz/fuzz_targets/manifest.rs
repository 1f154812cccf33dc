//! See [`hedgerow_tests::fuzzing::manifest`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hedgerow_tests::fuzzing::manifest(data));
