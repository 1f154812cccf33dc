//! See [`hedgerow_tests::fuzzing::taxonomy`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hedgerow_tests::fuzzing::taxonomy(data));
