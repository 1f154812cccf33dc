//! Addresses: text in, [`CanonicalUrl`] out.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An address in canonical form.
#[derive(Clone, Debug)]
pub struct CanonicalUrl<'a> {
    text: Cow<'a, str>,
}

/// The host of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// A name: lower case, A-labels, no dot at either end.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address that is no IPv4-mapped one.
    V6(Ipv6Addr),
}
