//! Tests that cross the crates: shared fixtures, the oracle, and their runners.

pub mod bulk;
pub mod choices;
pub mod compare;
pub mod data;
pub mod decisions;
pub mod fixtures;
pub mod fuzzing;
pub mod generate;
pub mod golden;
pub mod json;
pub mod oracle;
pub mod policy_oracle;
