//! Benchmarks: the parts by criterion, and the comparison with other systems.
