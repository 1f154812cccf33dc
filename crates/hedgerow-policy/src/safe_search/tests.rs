use super::*;
use proptest::prelude::*;

fn rewritten(address: &str) -> Option<String> {
    let url = CanonicalUrl::parse(address).unwrap();
    SafeSearch::for_address(&url)?.rewrite(address)
}

#[test]
fn names_are_stable_and_distinct() {
    for engine in SearchEngine::ALL {
        assert_eq!(SearchEngine::from_name(engine.name()), Some(engine));
        let json = serde_json::to_string(&engine).unwrap();
        assert_eq!(json, format!("\"{}\"", engine.name()));
    }
    for restriction in Restriction::ALL {
        assert_eq!(
            Restriction::from_name(restriction.name()),
            Some(restriction)
        );
    }
}

#[test]
fn the_table_keeps_its_own_rules() {
    for engine in SearchEngine::ALL {
        let rows = engines::ALL.iter().filter(|row| row.engine == engine);
        assert_eq!(rows.count(), 1, "{engine}");
    }
    for row in engines::ALL {
        assert!(
            row.registries.is_sorted_by(|a, b| a < b),
            "{}: registries are searched by halves",
            row.engine
        );
        for one in row.hosts {
            let names: Vec<String> = match one.name.strip_suffix('*') {
                Some(brand) => {
                    let registries = row.registries.iter();
                    registries
                        .map(|registry| format!("{brand}{registry}"))
                        .collect()
                }
                None => vec![one.name.trim_start_matches('.').to_owned()],
            };
            for name in names {
                let (found_row, found) = find(&name).unwrap_or_else(|| panic!("{name}"));
                assert_eq!(found_row.engine, row.engine, "{name}");
                assert_eq!(found.name, one.name, "{name}");
                assert_eq!(
                    hedgerow::address::canonical_host(&name).as_deref(),
                    Ok(&*name)
                );
            }
            assert!(!one.ways.url || row.parameter.is_some(), "{}", one.name);
            assert!(!one.ways.dns || row.cname.is_some(), "{}", one.name);
            assert!(!one.ways.header || row.headers.is_some(), "{}", one.name);
        }
        // What leads to the safe host must not be led there again.
        for name in row
            .cname
            .iter()
            .flat_map(|&(strict, moderate)| [strict, moderate])
        {
            assert_eq!(
                SafeSearch::for_host(name).and_then(|safe| safe.cname()),
                None
            );
        }
    }
}

#[test]
fn nobody_else_is_taken_for_an_engine() {
    for host in [
        "google.com.evil.example",
        "www.google.com.evil.example",
        "notgoogle.com",
        "www.google.example",
        "google.co",
        "google",
        "com",
        "co.uk",
        "",
        ".",
        "..",
        "google..com",
        "mail.google.com",
        "accounts.google.com",
        "maps.google.com",
        "docs.google.com",
        "www.google.com.com",
        "google.bing.com.example",
        "bing.com.example",
        "xbing.com",
        "yahoo.com",
        "mail.yahoo.com",
        "xsearch.yahoo.com",
        "mail.yandex.ru",
        "brave.com",
        "translate.googleapis.com",
        "www.youtube.com.evil.example",
        "music.youtube.com",
        "192.0.2.7",
        "[2001:db8::1]",
    ] {
        let expected = host == "google.co";
        assert_eq!(SafeSearch::for_host(host).is_some(), expected, "{host}");
    }
}

#[test]
fn moderate_is_only_youtubes() {
    for row in engines::ALL {
        for one in row.hosts.iter().filter(|one| !one.name.contains('*')) {
            let strict = SafeSearch::for_host(one.name.trim_start_matches('.')).unwrap();
            let moderate = strict.at(Restriction::Moderate);
            let differs =
                strict.cname() != moderate.cname() || strict.headers() != moderate.headers();
            assert_eq!(differs, row.engine == SearchEngine::YouTube, "{}", one.name);
        }
    }
}

#[test]
fn the_canonical_form_may_mean_less_than_the_request() {
    let address = "https://www.google.com/search?q=owls%26safe=active";
    assert_eq!(
        rewritten(address).as_deref(),
        Some("https://www.google.com/search?q=owls%26safe=active&safe=active")
    );
    let url = CanonicalUrl::parse(address).unwrap();
    // Documented at the method, and the reason why there are two.
    assert_eq!(SafeSearch::for_address(&url).unwrap().rewritten(), None);
}

#[test]
fn a_text_that_is_another_address_counts_for_nothing() {
    let url = CanonicalUrl::parse("https://www.google.com/search?q=owls").unwrap();
    let safe = SafeSearch::for_address(&url).unwrap();
    let expected = Some("https://www.google.com/search?q=owls&safe=active");
    for text in [
        "",
        "https://www.google.com/search?q=owls&safe=active",
        "x y",
    ] {
        assert_eq!(safe.rewrite(text).as_deref(), expected);
    }
}

#[test]
fn it_serialises() {
    let url = CanonicalUrl::parse("https://www.bing.com/search?q=owls").unwrap();
    let safe = SafeSearch::for_address(&url).unwrap();
    assert_eq!(
        serde_json::to_value(safe).unwrap(),
        serde_json::json!({
            "engine": "bing",
            "enforceable": true,
            "rewritten": "https://www.bing.com/search?q=owls&adlt=strict",
            "cname": "strict.bing.com",
            "headers": [],
        })
    );
    let safe = SafeSearch::for_host("m.youtube.com").unwrap();
    assert_eq!(
        serde_json::to_value(safe.at(Restriction::Moderate)).unwrap()["headers"],
        serde_json::json!([["YouTube-Restrict", "Moderate"]])
    );
}

/// Hosts of engines and near misses.
fn hosts() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "www.google.com",
            "google.co.uk",
            "www.bing.com",
            "duckduckgo.com",
            "uk.search.yahoo.com",
            "search.brave.com",
            "www.qwant.com",
            "pixabay.com",
            "www.ecosia.org",
            "www.startpage.com",
            "WWW.Google.DE.",
        ])
        .prop_map(str::to_owned),
        "[a-z.]{0,8}(google|bing|yahoo)[.a-z]{0,8}",
    ]
}

/// Queries made of the pieces that matter.
fn queries() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "safe",
        "SAFE",
        "s%61fe",
        "adlt",
        "kp",
        "vm",
        "safesearch",
        "s",
        "q",
        "p",
        "=",
        "=",
        "=",
        "&",
        "&",
        ";",
        "active",
        "strict",
        "off",
        "1",
        "r",
        "2",
        "true",
        "%26",
        "%3D",
        "%2526",
        "%00",
        "+",
        " ",
        "%20",
        "#",
        "?",
        "!safeoff",
        "%21safe",
        "off",
        "[]",
        "\t",
        "é",
        "%",
        "\"",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn rewriting_settles(host in hosts(), path in "(/search|/images/x|/|/api|/Search|/owl!safeoff)", query in queries()) {
        let address = format!("https://{host}{path}?{query}");
        let Ok(url) = CanonicalUrl::parse(&address) else { return Ok(()) };
        let Some(safe) = SafeSearch::for_address(&url) else { return Ok(()) };
        if let Some(again) = safe.rewrite(&address) {
            let url = CanonicalUrl::parse(&again).unwrap();
            let safe = SafeSearch::for_address(&url).unwrap();
            prop_assert_eq!(safe.rewrite(&again), None, "{} from {}", again, address);
        }
        if let Some(again) = safe.rewritten() {
            let url = CanonicalUrl::parse(&again).unwrap();
            prop_assert_eq!(&url.to_string(), &again);
            let safe = SafeSearch::for_address(&url).unwrap();
            prop_assert_eq!(safe.rewritten(), None, "{} from {}", again, address);
        }
    }

    #[test]
    fn what_is_settled_reads_as_safe(path in "(/search|/images)", query in queries()) {
        let address = format!("https://www.google.com{path}?{query}");
        let url = CanonicalUrl::parse(&address).unwrap();
        let safe = SafeSearch::for_address(&url).unwrap();
        let settled = safe.rewrite(&address).unwrap_or(address);
        let settled = settled.trim().replace(['\t', '\n', '\r'], "");
        let settled = settled.split('#').next().unwrap();
        // As a server reads it: split at `&`, each name and value decoded once.
        let query = settled.split_once('?').map_or("", |(_, query)| query);
        let parts: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("safe"))
            .collect();
        prop_assert_eq!(parts.len(), 1, "{}", query);
        prop_assert_eq!(&*parts[0].1, "active");
    }

    #[test]
    fn other_hosts_are_left_alone(host in "[a-z]{1,12}\\.(google\\.example|example|test|notbing\\.com)") {
        let address = format!("https://{host}/search?q=owls");
        prop_assert_eq!(rewritten(&address), None);
    }

    #[test]
    fn any_text_is_endured(text in any::<String>(), path in any::<String>()) {
        let _ = SafeSearch::for_host(&text);
        for host in ["www.google.com", "duckduckgo.com", "search.yahoo.com"] {
            let address = format!("https://{host}/{path}");
            let Ok(url) = CanonicalUrl::parse(&address) else { continue };
            if let Some(safe) = SafeSearch::for_address(&url) {
                let _ = (safe.rewrite(&text), safe.rewritten(), safe.cname(), safe.headers());
            }
        }
    }
}
