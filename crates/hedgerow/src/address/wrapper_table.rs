//! The wrappers known by name.
