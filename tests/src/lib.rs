//! Tests that cross the crates: shared fixtures, the oracle, and their runners.

pub mod data;
pub mod fuzzing;
