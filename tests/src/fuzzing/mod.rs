//! What the fuzz targets do with their input.
//!
//! A target in `fuzz/` is one call of one of these functions, so that ordinary
//! tests run the same code, over the seeds in `fuzz/seeds/` and over what
//! [`mutation::Mutations`] makes of them. Each takes any bytes, and panics if
//! the library broke a promise; it returns in time linear in its input.

mod addresses;
mod against_oracle;
mod compiling;
mod names;
mod opening;
mod reading;

pub mod mutation;

pub use self::addresses::canonicalise;
pub use self::against_oracle::against_oracle;
pub use self::compiling::compile_classify;
pub use self::names::{manifest, taxonomy};
pub use self::opening::open;
pub use self::reading::{format_byte, lists};

/// What a target does with its input.
pub type Body = fn(&[u8]);

/// Every target: its name, and its body.
pub const TARGETS: &[(&str, Body)] = &[
    ("against_oracle", against_oracle),
    ("canonicalise", canonicalise),
    ("compile_classify", compile_classify),
    ("lists", lists),
    ("manifest", manifest),
    ("open", open),
    ("taxonomy", taxonomy),
];
