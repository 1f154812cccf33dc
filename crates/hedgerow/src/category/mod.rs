//! Categories and taxonomies as versioned data.
//!
//! A *category* is what an address can be: gambling, pornography, games. A
//! *taxonomy* is one body's set of them at one time. The guidance that schools
//! are held to changes from year to year, so a taxonomy is data with a version
//! rather than an `enum`: a ruleset compiled against last year's names goes on
//! meaning what it meant.
//!
//! Built in are ([`Taxonomy::BUILTIN`]):
//!
//! | Id | What |
//! |---|---|
//! | `uksic-2024` | UK Safer Internet Centre, *Appropriate filtering*, 2024 |
//! | `uksic-2025` | the same of 2025: three categories more, and more kinds of illegal content |
//! | `kcsie-4c` | the four Cs of *Keeping Children Safe in Education* |
//! | `ut1` | the folder names of the Université Toulouse Capitole's lists, mapped to the other three |
//!
//! The ids of the first three are lower-case words joined by hyphens; those of
//! `ut1` are the folder names exactly as published. Looking a name up does not
//! care about case, nor whether words are joined by `-`, `_` or a space.
//!
//! A *locked* category is illegal content: no policy may turn it off or except
//! anything from it.
//!
//! # Examples
//!
//! ```
//! use hedgerow::category::Taxonomy;
//!
//! let ut1 = Taxonomy::builtin("ut1").expect("built in");
//! assert_eq!(ut1.map("warez", "uksic-2025"), ["piracy"]);
//!
//! let uksic = Taxonomy::builtin("uksic-2025").expect("built in");
//! assert!(uksic.get("terrorism").expect("known").locked);
//! assert_eq!(uksic.nearest("gamblign"), Some("gambling"));
//! ```

mod names;
mod taxonomy;

pub use names::{fold, nearest};
pub use taxonomy::{Category, Kind, Taxonomy};
#[cfg(feature = "files")]
pub(crate) use taxonomy::{did_you_mean, from_toml, line_of};
