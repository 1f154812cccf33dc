//! The engines, their hosts, and what each of them really offers.
//!
//! A row is a set of facts about a service that is not ours, so each says where
//! its facts come from, and what was left out because it could not be
//! confirmed. "Documented" means: by the engine itself. "In use" means: by
//! filters and resolvers that people rely on, without a word of the engine's
//! own that could be found. Nothing here was tried against a live service.

/// A way in which an engine lets a network ask for safe results.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    /// A parameter in the address.
    pub(super) url: bool,
    /// Another host's address in answer to a DNS question.
    pub(super) dns: bool,
    /// A header in the request.
    pub(super) header: bool,
}

const URL: Ways = ways(true, false, false);
const DNS: Ways = ways(false, true, false);
const URL_DNS: Ways = ways(true, true, false);
const HEADER: Ways = ways(false, false, true);
const DNS_HEADER: Ways = ways(false, true, true);
/// The engine searches there and lets nobody ask for safe results.
const NONE: Ways = ways(false, false, false);

const fn ways(url: bool, dns: bool, header: bool) -> Ways {
    Ways { url, dns, header }
}

/// Hosts on which an engine answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Host {
    /// A host; with a dot before it, that host and all below it; with `.*`
    /// behind it, in each of the engine's registries.
    pub(super) name: &'static str,
    pub(super) ways: Ways,
}

const fn host(name: &'static str, ways: Ways) -> Host {
    Host { name, ways }
}

/// Which addresses on an engine's hosts show results.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pages {
    /// Those at or below these paths; and the root, if it carries a search
    /// term.
    Below(&'static [&'static str]),
    /// Every one that carries a search term.
    WithTerm,
    /// The root with a search term, and every path of one segment, for that is
    /// a search term, too; but not files that pages are made of.
    OneSegment,
}

/// One engine.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) engine: super::SearchEngine,
    /// In the order in which they are to be tried.
    pub(super) hosts: &'static [Host],
    /// What `.*` stands for.
    pub(super) registries: &'static [&'static str],
    /// The parameter and its strict value.
    pub(super) parameter: Option<(&'static str, &'static str)>,
    pub(super) pages: Pages,
    /// The parameters that carry a search term.
    pub(super) terms: &'static [&'static str],
    /// Text in a search term that switches the setting off for that search.
    pub(super) switches_off: &'static [&'static str],
    /// The host to answer with, strict and moderate.
    pub(super) cname: Option<(&'static str, &'static str)>,
    /// The headers to send, strict and moderate.
    pub(super) headers: Option<(Headers, Headers)>,
}

/// Names and values of request headers.
pub(super) type Headers = &'static [(&'static str, &'static str)];

/// A row that offers nothing yet.
const fn row(engine: super::SearchEngine, hosts: &'static [Host]) -> Row {
    Row {
        engine,
        hosts,
        registries: &[],
        parameter: None,
        pages: Pages::WithTerm,
        terms: &["q"],
        switches_off: &[],
        cname: None,
        headers: None,
    }
}

use super::SearchEngine as Engine;

/// The row whose sites have the registrable label `label`.
#[inline]
pub(super) fn of_label(label: &str) -> Option<&'static Row> {
    Some(match label {
        "google" => &GOOGLE,
        "bing" => &BING,
        "duckduckgo" => &DUCKDUCKGO,
        "yahoo" => &YAHOO,
        "ecosia" => &ECOSIA,
        "yandex" | "ya" | "xn--d1acpjx3f" => &YANDEX,
        "brave" => &BRAVE,
        "qwant" => &QWANT,
        "startpage" => &STARTPAGE,
        "youtube" | "youtube-nocookie" | "googleapis" => &YOUTUBE,
        "pixabay" => &PIXABAY,
        _ => return None,
    })
}

/// Every row, for the tests that hold the table to its own rules.
#[cfg(test)]
pub(super) const ALL: &[&Row] = &[
    &GOOGLE,
    &BING,
    &DUCKDUCKGO,
    &YAHOO,
    &ECOSIA,
    &YANDEX,
    &BRAVE,
    &QWANT,
    &STARTPAGE,
    &YOUTUBE,
    &PIXABAY,
];

// Documented (Google Search help, "Keep SafeSearch turned on for your school,
// workplace or home network"; Google Workspace help): `safe=active` on search
// requests, and a CNAME for www.google.com and the www host of each country
// domain to forcesafesearch.google.com. Mail, accounts, maps, documents and the
// rest are other services, which the setting is not said to touch: they are not
// here. The hosts beside www answer the same searches (ipv4, ipv6) or lead to
// them (images, video), so the parameter goes to them, too. Programmable search
// (cse) documents the same parameter.
static GOOGLE: Row = Row {
    registries: GOOGLE_REGISTRIES,
    parameter: Some(("safe", "active")),
    pages: Pages::Below(&[
        "/search",
        "/images",
        "/videosearch",
        "/custom",
        "/cse",
        "/s",
        "/m",
        "/async",
    ]),
    terms: &["q", "as_q", "as_epq", "as_oq"],
    cname: Some(("forcesafesearch.google.com", "forcesafesearch.google.com")),
    ..row(
        Engine::Google,
        &[
            host("www.google.*", URL_DNS),
            host("google.*", URL),
            host("images.google.*", URL),
            host("image.google.*", URL),
            host("video.google.*", URL),
            host("m.google.*", URL),
            host("ipv4.google.com", URL),
            host("ipv6.google.com", URL),
            host("encrypted.google.com", URL),
            host("cse.google.com", URL),
        ],
    )
};

// Documented (Microsoft support, "Blocking adult content with SafeSearch"): a
// CNAME for www.bing.com to strict.bing.com; `adlt=strict` in the address was
// announced for filters in 2009, and firewall makers name it still. In use for
// the sidebar of Edge: the same CNAME for edgeservices.bing.com. Other hosts of
// bing.com (cn, www2, m …) answer the same searches, so the parameter goes to
// all of them; thumbnails (`/th`) and maps are left alone by their paths.
static BING: Row = Row {
    parameter: Some(("adlt", "strict")),
    pages: Pages::Below(&[
        "/search",
        "/images",
        "/videos",
        "/news",
        "/shop",
        "/explore",
        "/copilotsearch",
    ]),
    cname: Some(("strict.bing.com", "strict.bing.com")),
    ..row(
        Engine::Bing,
        &[
            host("www.bing.com", URL_DNS),
            host("edgeservices.bing.com", URL_DNS),
            host(".bing.com", URL),
        ],
    )
};

// Documented (DuckDuckGo help, "Safe search"): `kp=1` on its pages, a CNAME for
// duckduckgo.com to safe.duckduckgo.com, and that `!safeoff` in a search turns
// the filter off for that search, `kp` or not. In use: the same CNAME for www
// and start. One public project that tried them reports that the pages without
// scripts on hosts of their own (html, lite) ignore `kp`: they count as offering
// nothing.
static DUCKDUCKGO: Row = Row {
    parameter: Some(("kp", "1")),
    pages: Pages::OneSegment,
    switches_off: &["!safeoff"],
    cname: Some(("safe.duckduckgo.com", "safe.duckduckgo.com")),
    ..row(
        Engine::DuckDuckGo,
        &[
            host("duckduckgo.com", URL_DNS),
            host("www.duckduckgo.com", URL_DNS),
            host("start.duckduckgo.com", URL_DNS),
            host("noai.duckduckgo.com", URL),
            host("html.duckduckgo.com", NONE),
            host("lite.duckduckgo.com", NONE),
        ],
    )
};

// In use (Barracuda, Forcepoint, squidGuard and VyOS configurations; the setting
// of Yahoo's own preferences page): `vm=r`, on search.yahoo.com and the country
// hosts below it. One public project that tried it reports the same of
// search.yahoo.co.jp. No DNS answer is offered: names such as
// safe.search.yahoo.com that some tools carry could not be confirmed. The
// redirector (r.search.yahoo.com) shows no results, and its addresses carry no
// term.
static YAHOO: Row = Row {
    parameter: Some(("vm", "r")),
    terms: &["p", "q", "va"],
    ..row(
        Engine::Yahoo,
        &[
            host(".search.yahoo.com", URL),
            host(".search.yahoo.co.jp", URL),
        ],
    )
};

// In use (AdGuard Home): a CNAME for www.ecosia.org to
// strict-safe-search.ecosia.org. No parameter: the setting is a field of a
// cookie (ECFG) among others, and one public project reports that the
// parameters which other tools carry change nothing.
static ECOSIA: Row = Row {
    cname: Some((
        "strict-safe-search.ecosia.org",
        "strict-safe-search.ecosia.org",
    )),
    ..row(
        Engine::Ecosia,
        &[host("www.ecosia.org", DNS), host("ecosia.org", NONE)],
    )
};

// Documented (Yandex help for schools, as AdGuard cites it): the address
// 213.180.193.56 for its search hosts, which is that of familysearch.yandex.ru;
// OpenWrt, OPNsense and others answer with the name. No parameter: `fyandex=1`
// is documented for the programming interface only, and one public project that
// tried it on the pages reports ordinary searches emptied and adult results
// kept; `family=yes` could not be confirmed.
static YANDEX: Row = Row {
    registries: &[
        "az", "by", "co.il", "com", "com.am", "com.ge", "com.ru", "com.tr", "de", "ee", "eu", "fi",
        "fr", "kz", "lt", "lv", "md", "net", "org", "pl", "ru", "tj", "tm", "ua", "uz",
    ],
    terms: &["text"],
    cname: Some(("familysearch.yandex.ru", "familysearch.yandex.ru")),
    ..row(
        Engine::Yandex,
        &[
            host("yandex.*", DNS),
            host("www.yandex.*", DNS),
            host("ya.ru", DNS),
            host("www.ya.ru", DNS),
            host("xn--d1acpjx3f.xn--p1ai", DNS),
            host("www.xn--d1acpjx3f.xn--p1ai", DNS),
        ],
    )
};

// In use (AdGuard Home, OpenWrt): a CNAME for search.brave.com to
// forcesafe.search.brave.com. `safesearch=strict` is documented for Brave's
// programming interface; for the pages one public project relies on it. (The
// name safesearch.brave.com that a developer of Brave gave in 2022 has been
// replaced in the resolvers that carried it.)
static BRAVE: Row = Row {
    parameter: Some(("safesearch", "strict")),
    pages: Pages::Below(&["/search", "/images", "/videos", "/news", "/goggles", "/ask"]),
    cname: Some(("forcesafe.search.brave.com", "forcesafe.search.brave.com")),
    ..row(Engine::Brave, &[host("search.brave.com", URL_DNS)])
};

// In use: `s=2`, which the strict setting of Qwant's own pages writes (one
// public project tried it and reports that `safesearch=2` changes nothing); a
// CNAME for api.qwant.com to safeapi.qwant.com (OPNsense, NextDNS, Unbound
// recipes), which serves the pages' results. The pages without scripts (lite)
// have no such setting.
static QWANT: Row = Row {
    parameter: Some(("s", "2")),
    cname: Some(("safeapi.qwant.com", "safeapi.qwant.com")),
    ..row(
        Engine::Qwant,
        &[
            host("www.qwant.com", URL),
            host("qwant.com", URL),
            host("api.qwant.com", DNS),
            host("lite.qwant.com", NONE),
        ],
    )
};

// Nothing that could be confirmed. Startpage documents a CNAME to
// safe.startpage.com; AdGuard tried it in 2024 and found the setting still open
// to be switched off, and turned the proposal down again in 2026. The setting is
// posted to its preferences page; the same name in an address changes nothing.
static STARTPAGE: Row = Row {
    terms: &["query", "q"],
    ..row(Engine::Startpage, &[host(".startpage.com", NONE)])
};

// Documented (Google Workspace help, "Manage your organization's YouTube
// settings"): the header `YouTube-Restrict: Strict` or `Moderate`, or a CNAME to
// restrict.youtube.com or restrictmoderate.youtube.com, for the five hosts. The
// bare domain leads to www; filters send it the header, too.
static YOUTUBE: Row = Row {
    cname: Some(("restrict.youtube.com", "restrictmoderate.youtube.com")),
    headers: Some((
        &[("YouTube-Restrict", "Strict")],
        &[("YouTube-Restrict", "Moderate")],
    )),
    ..row(
        Engine::YouTube,
        &[
            host("www.youtube.com", DNS_HEADER),
            host("m.youtube.com", DNS_HEADER),
            host("youtubei.googleapis.com", DNS_HEADER),
            host("youtube.googleapis.com", DNS_HEADER),
            host("www.youtube-nocookie.com", DNS_HEADER),
            host("youtube.com", HEADER),
        ],
    )
};

// Documented (Pixabay blog, "Block adult content on Pixabay at your school or
// workplace"): a CNAME for pixabay.com to safesearch.pixabay.com. Documented
// (Pixabay's programming interface): `safesearch=true` below `/api`; for the
// pages no parameter is known.
static PIXABAY: Row = Row {
    parameter: Some(("safesearch", "true")),
    pages: Pages::Below(&["/api"]),
    cname: Some(("safesearch.pixabay.com", "safesearch.pixabay.com")),
    ..row(
        Engine::Pixabay,
        &[
            host("pixabay.com", URL_DNS),
            host("www.pixabay.com", URL_DNS),
        ],
    )
};

/// The registries in which Google Search has a country domain (its page
/// `supported_domains`), in order. A registry that is missing is a gap; one too
/// many would send a stranger's pages a parameter that they do not know.
const GOOGLE_REGISTRIES: &[&str] = &[
    "ad", "ae", "al", "am", "as", "at", "az", "ba", "be", "bf", "bg", "bi", "bj", "bs", "bt", "by",
    "ca", "cat", "cd", "cf", "cg", "ch", "ci", "cl", "cm", "cn", "co", "co.ao", "co.bw", "co.ck",
    "co.cr", "co.id", "co.il", "co.in", "co.jp", "co.ke", "co.kr", "co.ls", "co.ma", "co.mz",
    "co.nz", "co.th", "co.tz", "co.ug", "co.uk", "co.uz", "co.ve", "co.vi", "co.za", "co.zm",
    "co.zw", "com", "com.af", "com.ag", "com.ai", "com.ar", "com.au", "com.bd", "com.bh", "com.bn",
    "com.bo", "com.br", "com.bz", "com.co", "com.cu", "com.cy", "com.do", "com.ec", "com.eg",
    "com.et", "com.fj", "com.gh", "com.gi", "com.gt", "com.hk", "com.jm", "com.kh", "com.kw",
    "com.lb", "com.ly", "com.mm", "com.mt", "com.mx", "com.my", "com.na", "com.nf", "com.ng",
    "com.ni", "com.np", "com.om", "com.pa", "com.pe", "com.pg", "com.ph", "com.pk", "com.pr",
    "com.py", "com.qa", "com.sa", "com.sb", "com.sg", "com.sl", "com.sv", "com.tj", "com.tr",
    "com.tw", "com.ua", "com.uy", "com.vc", "com.vn", "cv", "cz", "de", "dj", "dk", "dm", "dz",
    "ee", "es", "fi", "fm", "fr", "ga", "ge", "gg", "gl", "gm", "gp", "gr", "gy", "hn", "hr", "ht",
    "hu", "ie", "im", "iq", "is", "it", "je", "jo", "kg", "ki", "kz", "la", "li", "lk", "lt", "lu",
    "lv", "md", "me", "mg", "mk", "ml", "mn", "ms", "mu", "mv", "mw", "ne", "nl", "no", "nr", "nu",
    "pl", "pn", "ps", "pt", "ro", "rs", "ru", "rw", "sc", "se", "sh", "si", "sk", "sm", "sn", "so",
    "sr", "st", "td", "tg", "tk", "tl", "tm", "tn", "to", "tt", "vg", "vu", "ws",
];
