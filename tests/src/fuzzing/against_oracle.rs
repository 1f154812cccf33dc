//! Rules and addresses made of any bytes, answered by the engine and the oracle.

use crate::choices::Choices;
use crate::compare::Pair;
use crate::generate;

/// Makes rules and addresses of `data`, compiles the rules, classifies the
/// addresses, and holds the answers against the oracle.
///
/// # Panics
///
/// When engine and oracle do not agree.
pub fn against_oracle(data: &[u8]) {
    let mut choices = Choices::of_bytes(data);
    let layers = 1 + choices.below(3);
    let rules = 4 + choices.below(60);
    let layers = generate::layers(&mut choices, layers, rules);
    let pair = match Pair::new(layers) {
        Ok(pair) => pair,
        Err(error) => panic!("generated rules do not compile: {error}"),
    };
    // The first address is asked even if the rules took all bytes.
    for _ in 0..64 {
        let address = generate::address(&mut choices, pair.layers());
        if let Err(difference) = pair.check(&address) {
            panic!("{address:?}: {difference}\n{:#?}", pair.layers());
        }
        if choices.is_empty() {
            break;
        }
    }
}
