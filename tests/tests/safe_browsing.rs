//! The canonicalisation vectors that Google publishes for Safe Browsing, and
//! where we differ from them, with the reason.

use hedgerow::CanonicalUrl;

/// Why our answer is another.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Why {
    Same,
    /// A port that is not the default is kept: rules may name one.
    Port,
    /// Safe Browsing encodes what cannot be in a host; we say that it is none,
    /// as browsers do, and the address is unclassifiable.
    NoSuchHost,
}

use Why::{NoSuchHost, Port, Same};

/// The address, what Safe Browsing makes of it, what we do, and why.
const VECTORS: &[(&str, &str, &str, Why)] = &[
    same("http://host/%25%32%35", "http://host/%25"),
    same("http://host/%25%32%35%25%32%35", "http://host/%25%25"),
    same("http://host/%2525252525252525", "http://host/%25"),
    same("http://host/asdf%25%32%35asd", "http://host/asdf%25asd"),
    same(
        "http://host/%%%25%32%35asd%%",
        "http://host/%25%25%25asd%25%25",
    ),
    same("http://www.google.com/", "http://www.google.com/"),
    same(
        "http://%31%36%38%2e%31%38%38%2e%39%39%2e%32%36/%2E%73%65%63%75%72%65/%77%77%77%2E%65%62%61%79%2E%63%6F%6D/",
        "http://168.188.99.26/.secure/www.ebay.com/",
    ),
    same(
        "http://195.127.0.11/uploads/%20%20%20%20/.verify/.eBaysecure=updateuserdataxplimnbqmn-xplmvalidateinfoswqpcmlx=hgplmcx/",
        "http://195.127.0.11/uploads/%20%20%20%20/.verify/.eBaysecure=updateuserdataxplimnbqmn-xplmvalidateinfoswqpcmlx=hgplmcx/",
    ),
    (
        "http://host%23.com/%257Ea%2521b%2540c%2523d%2524e%25f%255E00%252611%252A22%252833%252944_55%252B",
        "http://host%23.com/~a!b@c%23d$e%25f^00&11*22(33)44_55+",
        "invalid-host",
        NoSuchHost,
    ),
    same("http://3279880203/blah", "http://195.127.0.11/blah"),
    same("http://www.google.com/blah/..", "http://www.google.com/"),
    same("www.google.com/", "http://www.google.com/"),
    same("www.google.com", "http://www.google.com/"),
    same("http://www.evil.com/blah#frag", "http://www.evil.com/blah"),
    same("http://www.GOOgle.com/", "http://www.google.com/"),
    same("http://www.google.com.../", "http://www.google.com/"),
    same(
        "http://www.google.com/foo\tbar\rbaz\n2",
        "http://www.google.com/foobarbaz2",
    ),
    same("http://www.google.com/q?", "http://www.google.com/q?"),
    same("http://www.google.com/q?r?", "http://www.google.com/q?r?"),
    same("http://www.google.com/q?r?s", "http://www.google.com/q?r?s"),
    same("http://evil.com/foo#bar#baz", "http://evil.com/foo"),
    same("http://evil.com/foo;", "http://evil.com/foo;"),
    same("http://evil.com/foo?bar;", "http://evil.com/foo?bar;"),
    (
        "http://\x01\u{80}.com/",
        "http://%01%80.com/",
        "invalid-host",
        NoSuchHost,
    ),
    same("http://notrailingslash.com", "http://notrailingslash.com/"),
    (
        "http://www.gotaport.com:1234/",
        "http://www.gotaport.com/",
        "http://www.gotaport.com:1234/",
        Port,
    ),
    same("  http://www.google.com/  ", "http://www.google.com/"),
    (
        "http:// leadingspace.com/",
        "http://%20leadingspace.com/",
        "invalid-host",
        NoSuchHost,
    ),
    (
        "http://%20leadingspace.com/",
        "http://%20leadingspace.com/",
        "invalid-host",
        NoSuchHost,
    ),
    (
        "%20leadingspace.com/",
        "http://%20leadingspace.com/",
        "invalid-host",
        NoSuchHost,
    ),
    same("https://www.securesite.com/", "https://www.securesite.com/"),
    same("http://host.com/ab%23cd", "http://host.com/ab%23cd"),
    same(
        "http://host.com//twoslashes?more//slashes",
        "http://host.com/twoslashes?more//slashes",
    ),
];

const fn same(
    input: &'static str,
    canonical: &'static str,
) -> (&'static str, &'static str, &'static str, Why) {
    (input, canonical, canonical, Same)
}

#[test]
fn vectors() {
    for &(input, theirs, ours, why) in VECTORS {
        let answer = match CanonicalUrl::parse(input) {
            Ok(url) => url.to_string(),
            Err(error) => error.reason().code().to_owned(),
        };
        assert_eq!(answer, ours, "{input:?}");
        assert_eq!(ours == theirs, why == Same, "{input:?}");
    }
}
