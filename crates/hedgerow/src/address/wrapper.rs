//! Wrappers: addresses that carry another (`semantics.md` §4).

use super::CanonicalUrl;

/// How many wrappers deep [`unwrap_chain`] looks.
pub const MAX_DEPTH: usize = 4;

/// An address that another one carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    wrapper: &'static str,
    address: CanonicalUrl<'static>,
}

impl Carried {
    /// The stable name of the kind of wrapper, e.g. `wayback`.
    #[must_use]
    pub fn wrapper(&self) -> &'static str {
        self.wrapper
    }

    /// The address that was carried.
    #[must_use]
    pub fn address(&self) -> &CanonicalUrl<'static> {
        &self.address
    }
}

/// The addresses that an address carries, one inside another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    links: Vec<Carried>,
    cut_off: bool,
}

impl Chain {
    /// The carried addresses, outermost first.
    #[must_use]
    pub fn links(&self) -> &[Carried] {
        &self.links
    }

    /// Whether the last link carries yet another address, deeper than
    /// [`MAX_DEPTH`].
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }
}

/// The address that `url` carries, if it is a wrapper.
#[must_use]
pub fn unwrap(_url: &CanonicalUrl<'_>) -> Option<Carried> {
    None
}

/// Unwraps again and again, up to [`MAX_DEPTH`] times.
#[must_use]
pub fn unwrap_chain(url: &CanonicalUrl<'_>) -> Chain {
    let mut chain = Chain::default();
    let mut next = unwrap(url);
    while let Some(carried) = next {
        if chain.links.len() == MAX_DEPTH {
            chain.cut_off = true;
            break;
        }
        next = unwrap(&carried.address);
        chain.links.push(carried);
    }
    chain
}
