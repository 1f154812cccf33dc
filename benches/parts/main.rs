//! The parts, by criterion.
fn main() {}
