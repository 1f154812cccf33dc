//! See [`hedgerow_tests::fuzzing::compile_classify`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hedgerow_tests::fuzzing::compile_classify(data));
