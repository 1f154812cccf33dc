//! Any bytes as an address.

use hedgerow::CanonicalUrl;
use hedgerow::address::{MAX_DEPTH, Unclassifiable, unwrap_chain};

/// The input is an address: canonicalising it is total, idempotent, the same
/// with and without the fast path, and linear in what it gives.
///
/// # Panics
///
/// If it is not.
pub fn canonicalise(data: &[u8]) {
    let parsed = CanonicalUrl::parse_bytes(data);
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(same(&parsed, &CanonicalUrl::parse(text)));
        // A space in front is dropped, but no text with one is canonical: the
        // fast path leaves it to the full one, which must agree.
        let spaced = format!(" {text}");
        let full = CanonicalUrl::parse(&spaced);
        assert!(same(&parsed, &full), "fast {parsed:?}, full {full:?}");
    }
    let Ok(url) = parsed else { return };
    is_canonical(&url);
    // Each byte becomes three at most (`%XX`); a name's characters may map to
    // up to eighteen, and those to Punycode.
    let len = url.text().len();
    assert!(len <= 64 * data.len() + 64, "{} to {len} bytes", data.len());

    let chain = unwrap_chain(&url);
    assert!(chain.links().len() <= MAX_DEPTH);
    for carried in chain.links() {
        is_canonical(carried.address());
    }
}

/// Whether two attempts came to the same.
fn same(
    one: &Result<CanonicalUrl<'_>, Unclassifiable>,
    other: &Result<CanonicalUrl<'_>, Unclassifiable>,
) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one == other && one.text() == other.text(),
        (Err(one), Err(other)) => one == other,
        _ => false,
    }
}

/// An address is canonical if its text is the address, and its parts make the
/// text.
fn is_canonical(url: &CanonicalUrl<'_>) {
    let text = url.text();
    let again = match CanonicalUrl::parse(&text) {
        Ok(again) => again,
        Err(error) => panic!("{text:?} is canonical, and {error}"),
    };
    assert_eq!(again.text(), text, "canonicalised twice");
    assert_eq!(&again, url);
    assert_eq!(again.host(), url.host());
    assert_eq!(again.port(), url.port());

    assert!(!url.host_text().is_empty());
    assert!(url.target().starts_with('/'));
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let query = url
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let parts = format!(
        "{}://{}{port}{}{query}",
        url.scheme(),
        url.host_text(),
        url.path()
    );
    assert_eq!(parts, text);
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
}
