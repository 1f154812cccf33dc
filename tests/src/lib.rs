//! Tests that cross the crates: shared fixtures, the oracle, and their runners.
