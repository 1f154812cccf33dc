//! Writes the golden files of the present format version and the compiled
//! layers of the shared fixtures:
//!
//! ```text
//! cargo run -p hedgerow-tests --example write_golden
//! ```
//!
//! Files of other format versions stay as they are.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in hedgerow_tests::golden::write()? {
        println!("wrote {}", path.display());
    }
    Ok(())
}
