use super::*;
use proptest::prelude::*;

/// Text that looks enough like an address to reach every step.
fn addressish() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "http",
        "https",
        "ftp",
        "foo",
        "file",
        "view-source:",
        "blob:",
        "data:",
        ":",
        "//",
        "/",
        "\\",
        "?",
        "#",
        "@",
        "%",
        "%25",
        "%2e",
        "%2F",
        "%5c",
        "%00",
        "%41",
        "%e2",
        "%E2",
        "%3F",
        "%23",
        "%20",
        ".",
        "..",
        "/./",
        "/../",
        "a",
        "B",
        "4",
        "1",
        "f",
        "0x",
        "192.0.2.7",
        "255",
        "999999",
        "[",
        "]",
        "::1",
        "::ffff:1.2.3.4",
        "bad",
        "example",
        "www.bad.example",
        "xn--",
        "xn--bcher-kva",
        "ü",
        "。",
        "ß",
        "\u{AD}",
        "\u{200D}",
        "７",
        "א",
        "\t",
        "\n",
        " ",
        "\0",
        "\u{7F}",
        "_",
        "-",
        "--",
        "&",
        "=",
        ";",
        "80",
        ":80",
        ":443",
        ":8080",
        "+",
        "\"",
        "|",
        "^",
        "😀",
        "\u{301}",
        "\u{FFFD}",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn agree(text: &str) -> std::result::Result<(), TestCaseError> {
    let full = full::parse(text);
    if let Some(fast) = fast::parse(text) {
        let full = full.as_ref();
        prop_assert_eq!(
            Ok(fast.parts()),
            full.map(CanonicalUrl::parts).map_err(|error| *error)
        );
        prop_assert_eq!(
            fast.host(),
            full.map(CanonicalUrl::host).unwrap_or(Host::Name(""))
        );
        prop_assert_eq!(Some(fast.query()), full.ok().map(CanonicalUrl::query));
        prop_assert_eq!(Some(fast.path()), full.ok().map(CanonicalUrl::path));
    }
    let Ok(url) = full else {
        return Ok(());
    };
    let text = url.text();
    let again = CanonicalUrl::parse(&text);
    prop_assert_eq!(again.as_ref(), Ok(&url));
    prop_assert_eq!(again.map(|again| again.host_kind), Ok(url.host_kind));
    let rewritten = full::parse(&text);
    prop_assert_eq!(rewritten.map(|url| url.to_string()), Ok(text.to_string()));
    let host = canonical_host(url.host_text());
    prop_assert_eq!(host.as_deref(), Ok(url.host_text()));
    prop_assert!(
        text.bytes()
            .all(|byte| byte > b' ' && byte < 0x7F && byte != b'#')
    );
    prop_assert!(!url.path().contains("//") && !url.path().contains(['\\', '?']));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn total_idempotent_and_both_paths_agree(text in addressish()) {
        agree(&text)?;
    }

    #[test]
    fn also_with_a_scheme_and_host(text in addressish()) {
        agree(&format!("https://www.bad.example/{text}"))?;
        agree(&format!("bad.example{text}"))?;
        agree(&format!("http://{text}.example/x"))?;
    }

    /// What the URL standard makes of an address is the same address: nothing
    /// that browsers resolve is lost, and nothing else is resolved before.
    #[test]
    fn the_standard_changes_nothing(text in addressish(), rest in addressish()) {
        for text in [format!("http://{text}/{rest}"), format!("https:/{text}"), format!("ws://a.example{text}?{rest}")] {
            if let Ok(url) = url::Url::parse(&text) {
                let ours = CanonicalUrl::parse(&text).map(|url| url.to_string());
                prop_assert_eq!(CanonicalUrl::parse(url.as_str()).map(|url| url.to_string()), ours);
            }
        }
    }

    #[test]
    fn any_text(text in "\\PC*") {
        agree(&text)?;
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(url) = CanonicalUrl::parse_bytes(&bytes) {
            agree(&url.text())?;
        }
        let _ = canonical_host(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn order_equality_and_hash_are_the_texts(a in addressish(), b in addressish()) {
        if let (Ok(a), Ok(b)) = (CanonicalUrl::parse(&a), CanonicalUrl::parse(&b)) {
            prop_assert_eq!(a == b, a.to_string() == b.to_string());
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}

#[test]
fn what_is_borrowed() {
    for (text, canonical) in [
        ("http://bad.example/", "http://bad.example/"),
        (
            "https://www.bad.example:443/a/b.html?x=1#top",
            "https://www.bad.example/a/b.html?x=1",
        ),
        ("bad.example", "http://bad.example/"),
        (
            "bad.example/a%20b?c%25d=/../",
            "http://bad.example/a%20b?c%25d=/../",
        ),
        ("bad.example:8443", "http://bad.example:8443/"),
        ("http://192.0.2.7:80#", "http://192.0.2.7/"),
        ("ws://bad.example/.a/..b/...", "ws://bad.example/.a/..b/..."),
    ] {
        let url = CanonicalUrl::parse(text).unwrap();
        assert!(url.is_borrowed(), "{text}");
        assert_eq!(url.text(), canonical);
        assert_eq!(url.to_string(), canonical);
        assert_eq!(url.clone().into_owned(), url);
    }
}

#[test]
fn what_is_not() {
    for text in [
        "http://Bad.example/",
        "http://bad.example/a//b",
        "http://bad.example/a/..",
        "http://bad.example/%41",
        "http://bad.example/%e2",
        "http://bad.example/%2541",
        "http://bad.example?x",
        "http://bad.example/?%3F",
        "http://xn--bcher-kva.example/",
        "http://[::1]/",
        "HTTP://bad.example/",
    ] {
        assert!(!CanonicalUrl::parse(text).unwrap().is_borrowed(), "{text}");
    }
}

#[test]
fn types_are_small_and_shareable() {
    fn shared<T: Send + Sync>() {}
    shared::<CanonicalUrl<'_>>();
    shared::<Unclassifiable>();
    assert!(size_of::<CanonicalUrl<'_>>() <= 64);
    assert_eq!(size_of::<Unclassifiable>(), 1);
}

/// Half a megabyte of what would be slow, or deep, if anything but one pass
/// were made over it. Quadratic work on it would take many minutes.
#[test]
fn linear_under_attack() {
    let size = 1 << 19;
    for unit in [
        "%25",
        "25",
        "%",
        "/..",
        "/.",
        "a/../",
        "//",
        "\\",
        "%2e%2e/",
        "%252e",
        "a.",
        "xn--a.",
        "ü",
        "ü.",
        "。",
        "@",
        ":",
        "1.",
        "0",
        "[",
        "a\u{301}\u{316}",
        "\u{200D}",
        "view-source:",
        "blob:",
        "\t",
        "?",
        "&q=http://",
        "/http:/",
        "https://web.archive.org/web/2020/",
        "/aHR0cHM6Ly9",
        "a-",
    ] {
        let run = unit.repeat(size / unit.len());
        for text in [
            format!("http://bad.example/%{run}41"),
            format!("http://bad.example/?q={run}"),
            format!("http://{run}/x"),
            run,
        ] {
            if let Ok(url) = CanonicalUrl::parse(&text) {
                let _ = unwrap_chain(&url);
                let _ = crate::suffix::registrable_domain(url.host_text());
            }
        }
    }
}
