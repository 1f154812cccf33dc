//! See [`hedgerow_tests::fuzzing::lists`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hedgerow_tests::fuzzing::lists(data));
