//! See [`hedgerow_tests::fuzzing::against_oracle`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hedgerow_tests::fuzzing::against_oracle(data));
