//! The wrappers known by name: where each keeps the address it carries.
//!
//! A line here is a fact about a service. Services that move get a second line
//! rather than a changed one: old links live long.

use Place::{Amp, Archived, Behind, Between, BingQuery, Host, Query, Segment, WholeQuery};

/// Where a wrapper keeps the address it carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In the first of these query parameters that is there.
    Query(&'static [&'static str]),
    /// As [`Place::Query`], as `a1` and base64url (Bing).
    BingQuery(&'static [&'static str]),
    /// As [`Place::Query`], with `-` for `%` and `_` for `/` (urldefense, 2nd
    /// version).
    DashedQuery(&'static [&'static str]),
    /// As [`Place::Query`], behind `cache:` and perhaps an identifier.
    CacheQuery(&'static [&'static str]),
    /// The whole query.
    WholeQuery,
    /// The whole of what follows the prefix.
    Behind,
    /// Behind the prefix and one segment more.
    Segment,
    /// Behind the first text, up to the second.
    Between(&'static str, &'static str),
    /// Behind the prefix, with at most three segments before it of which the
    /// last is a time (`20200102`, `2020id_`, `*`).
    Archived,
    /// Behind the prefix and one letter or two, without its scheme, `s/` before
    /// it meaning https.
    Amp,
    /// Behind the prefix, host first and perhaps `s/` between it and its path.
    Turbo,
    /// In the host's first label, `-` being `.` and `--` being `-`; the path is
    /// the wrapper's.
    Host,
}

/// One service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrapper {
    /// The host; hosts below it count, too. `brand.*` is the brand in every
    /// registry.
    pub(super) site: &'static str,
    /// What the path begins with.
    pub(super) path: &'static str,
    pub(super) place: Place,
    /// The kind, as results report it.
    pub(super) name: &'static str,
    /// Query parameters of the wrapper's own that may follow the carried
    /// address and do not belong to it.
    pub(super) own: &'static [&'static str],
}

const fn line(site: &'static str, path: &'static str, place: Place, name: &'static str) -> Wrapper {
    with_own(site, path, place, name, &[])
}

const fn with_own(
    site: &'static str,
    path: &'static str,
    place: Place,
    name: &'static str,
    own: &'static [&'static str],
) -> Wrapper {
    Wrapper {
        site,
        path,
        place,
        name,
        own,
    }
}

const GOOGLE: &[&str] = &[
    "sa", "usg", "ved", "source", "rct", "esrc", "cd", "opi", "ust", "cad", "uact",
];
const TRANSLATE: &[&str] = &[
    "sl", "tl", "hl", "langpair", "ie", "prev", "anno", "pto", "usg", "rurl", "client",
];
const FACEBOOK: &[&str] = &["h", "s", "e", "enc", "fbclid", "__tn__"];

/// Brands that have the same service in many registries.
pub(super) const BRANDED: &[Wrapper] = &[
    with_own(
        "google.*",
        "/url",
        Query(&["q", "url"]),
        "google-redirect",
        GOOGLE,
    ),
    with_own(
        "google.*",
        "/imgres",
        Query(&["imgurl", "imgrefurl"]),
        "google-redirect",
        GOOGLE,
    ),
    with_own(
        "google.*",
        "/search",
        Place::CacheQuery(&["q"]),
        "google-cache",
        GOOGLE,
    ),
    with_own(
        "google.*",
        "/translate",
        Query(&["u"]),
        "google-translate",
        TRANSLATE,
    ),
    with_own(
        "google.*",
        "/website",
        Query(&["u"]),
        "google-translate",
        TRANSLATE,
    ),
    with_own(
        "google.*",
        "/gwt/x",
        Query(&["u"]),
        "web-proxy-query",
        &["wsi", "hl"],
    ),
    line("google.*", "/amp", Amp, "amp-cache"),
    with_own(
        "yandex.*",
        "/translate",
        Query(&["url"]),
        "yandex-translate",
        &["lang", "ui", "srv"],
    ),
    with_own(
        "yandex.*",
        "/clck/jsredir",
        Query(&["url"]),
        "redirect",
        &["state", "data", "sign", "keyno"],
    ),
    with_own(
        "yandex.*",
        "/turbo",
        Query(&["text"]),
        "amp-cache",
        &["utm_referrer"],
    ),
];

/// Every other service.
pub(super) const SITES: &[Wrapper] = &[
    // Translators and caches.
    line("translate.goog", "/", Host, "google-translate"),
    with_own(
        "translate.googleusercontent.com",
        "/translate",
        Query(&["u"]),
        "google-translate",
        TRANSLATE,
    ),
    with_own(
        "translatetheweb.com",
        "/",
        Query(&["a"]),
        "bing-translate",
        &["from", "to", "ref"],
    ),
    with_own(
        "microsofttranslator.com",
        "/bv.aspx",
        Query(&["a"]),
        "bing-translate",
        &["from", "to", "ref"],
    ),
    with_own(
        "webcache.googleusercontent.com",
        "/search",
        Place::CacheQuery(&["q"]),
        "google-cache",
        &["cd", "hl", "ct", "gl", "strip", "vwsrc"],
    ),
    line("cc.bingj.com", "/cache.aspx", Query(&["u"]), "bing-cache"),
    line("cdn.ampproject.org", "/", Amp, "amp-cache"),
    line("bing-amp.com", "/", Amp, "amp-cache"),
    line("turbopages.org", "/turbo", Place::Turbo, "amp-cache"),
    // Archives.
    line("web.archive.org", "/", Archived, "wayback"),
    line("wayback.archive.org", "/", Archived, "wayback"),
    line("wayback.archive-it.org", "/", Archived, "wayback"),
    line(
        "webarchive.nationalarchives.gov.uk",
        "/",
        Archived,
        "wayback",
    ),
    line("webarchive.org.uk", "/", Archived, "wayback"),
    line("webarchive.loc.gov", "/", Archived, "wayback"),
    line("archive.org", "/web", Archived, "wayback"),
    line("arquivo.pt", "/wayback", Archived, "wayback"),
    line("archive.today", "/", Archived, "archive-today"),
    line("archive.ph", "/", Archived, "archive-today"),
    line("archive.is", "/", Archived, "archive-today"),
    line("archive.li", "/", Archived, "archive-today"),
    line("archive.vn", "/", Archived, "archive-today"),
    line("archive.md", "/", Archived, "archive-today"),
    line("archive.fo", "/", Archived, "archive-today"),
    // Search engines' and networks' redirectors.
    with_own(
        "bing.com",
        "/ck/a",
        BingQuery(&["u"]),
        "bing-redirect",
        &["ntb"],
    ),
    with_own(
        "duckduckgo.com",
        "/l",
        Query(&["uddg"]),
        "redirect",
        &["rut", "kh"],
    ),
    with_own(
        "external-content.duckduckgo.com",
        "/iu",
        Query(&["u"]),
        "image-proxy",
        &["f", "nofb", "ipt", "ipo"],
    ),
    line("search.yahoo.com", "/", Between("/RU=", "/RK="), "redirect"),
    with_own(
        "facebook.com",
        "/l.php",
        Query(&["u"]),
        "redirect",
        FACEBOOK,
    ),
    with_own(
        "facebook.com",
        "/flx/warn",
        Query(&["u"]),
        "redirect",
        FACEBOOK,
    ),
    with_own("l.instagram.com", "/", Query(&["u"]), "redirect", FACEBOOK),
    with_own("l.threads.net", "/", Query(&["u"]), "redirect", FACEBOOK),
    with_own(
        "l.messenger.com",
        "/l.php",
        Query(&["u"]),
        "redirect",
        FACEBOOK,
    ),
    with_own(
        "youtube.com",
        "/redirect",
        Query(&["q"]),
        "redirect",
        &["event", "redir_token", "v", "html_redirect"],
    ),
    with_own(
        "out.reddit.com",
        "/",
        Query(&["url"]),
        "redirect",
        &["token", "app_name", "user_id"],
    ),
    with_own(
        "t.umblr.com",
        "/redirect",
        Query(&["z"]),
        "redirect",
        &["t", "b", "p", "m", "ts"],
    ),
    with_own(
        "vk.com",
        "/away.php",
        Query(&["to"]),
        "redirect",
        &["post", "cc_key", "utf"],
    ),
    line(
        "steamcommunity.com",
        "/linkfilter",
        Query(&["u", "url"]),
        "redirect",
    ),
    with_own(
        "slack-redir.net",
        "/link",
        Query(&["url"]),
        "redirect",
        &["v"],
    ),
    with_own(
        "linkedin.com",
        "/redir/redirect",
        Query(&["url"]),
        "redirect",
        &["urlhash", "trk"],
    ),
    with_own(
        "linkedin.com",
        "/safety/go",
        Query(&["url"]),
        "redirect",
        &["urlhash", "trk"],
    ),
    line("medium.com", "/r", Query(&["url"]), "redirect"),
    line("getpocket.com", "/redirect", Query(&["url"]), "redirect"),
    line("gate.sc", "/", Query(&["url"]), "redirect"),
    line("exit.sc", "/", Query(&["url"]), "redirect"),
    line("disq.us", "/url", Query(&["url"]), "redirect"),
    line("t.me", "/iv", Query(&["url"]), "redirect"),
    line("link.zhihu.com", "/", Query(&["target"]), "redirect"),
    line("link.csdn.net", "/", Query(&["target"]), "redirect"),
    line(
        "curseforge.com",
        "/linkout",
        Query(&["remoteUrl"]),
        "redirect",
    ),
    line("deviantart.com", "/users/outgoing", WholeQuery, "redirect"),
    line("pixiv.net", "/jump.php", WholeQuery, "redirect"),
    line("href.li", "/", WholeQuery, "redirect"),
    line("anonym.to", "/", WholeQuery, "redirect"),
    line("nullrefer.com", "/", WholeQuery, "redirect"),
    line("dereferer.me", "/", WholeQuery, "redirect"),
    // Mail gateways.
    with_own(
        "safelinks.protection.outlook.com",
        "/",
        Query(&["url"]),
        "mail-gateway",
        &["data", "sdata", "reserved"],
    ),
    with_own(
        "urldefense.proofpoint.com",
        "/v1/url",
        Query(&["u"]),
        "mail-gateway",
        &["k", "r", "m", "s"],
    ),
    with_own(
        "urldefense.proofpoint.com",
        "/v2/url",
        Place::DashedQuery(&["u"]),
        "mail-gateway",
        &["d", "c", "r", "m", "s", "e"],
    ),
    line(
        "urldefense.com",
        "/v3",
        Between("/__", "__;"),
        "mail-gateway",
    ),
    line(
        "urldefense.us",
        "/v3",
        Between("/__", "__;"),
        "mail-gateway",
    ),
    with_own(
        "linkprotect.cudasvc.com",
        "/url",
        Query(&["a"]),
        "mail-gateway",
        &["c", "typo"],
    ),
    line("secure-web.cisco.com", "/", Segment, "mail-gateway"),
    with_own(
        "clicktime.symantec.com",
        "/",
        Query(&["u"]),
        "mail-gateway",
        &["h"],
    ),
    // Proxies.
    line("12ft.io", "/proxy", Query(&["q"]), "web-proxy-query"),
    line("12ft.io", "/", Behind, "web-proxy-path"),
    line("r.jina.ai", "/", Behind, "web-proxy-path"),
    line("cors-anywhere.herokuapp.com", "/", Behind, "web-proxy-path"),
    line(
        "thingproxy.freeboard.io",
        "/fetch",
        Behind,
        "web-proxy-path",
    ),
    line(
        "translated.turbopages.org",
        "/proxy_u",
        Segment,
        "yandex-translate",
    ),
    line("corsproxy.io", "/", Query(&["url"]), "web-proxy-query"),
    line("corsproxy.io", "/", WholeQuery, "web-proxy-query"),
    line(
        "api.allorigins.win",
        "/",
        Query(&["url"]),
        "web-proxy-query",
    ),
    line(
        "api.codetabs.com",
        "/v1/proxy",
        Query(&["quest"]),
        "web-proxy-query",
    ),
    line("removepaywall.com", "/", Query(&["url"]), "web-proxy-query"),
    line(
        "printfriendly.com",
        "/print",
        Query(&["url"]),
        "web-proxy-query",
    ),
    line("images.weserv.nl", "/", Query(&["url"]), "image-proxy"),
    line("wsrv.nl", "/", Query(&["url"]), "image-proxy"),
    line("i0.wp.com", "/", Behind, "image-proxy"),
    line("i1.wp.com", "/", Behind, "image-proxy"),
    line("i2.wp.com", "/", Behind, "image-proxy"),
    line("i3.wp.com", "/", Behind, "image-proxy"),
];

/// A program that proxies run on whatever host they have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    /// The last segment of the path.
    pub(super) file: &'static str,
    /// The query parameters that may hold the address; empty means the whole
    /// query.
    pub(super) names: &'static [&'static str],
    /// Whether others use the same name for something else, so that only an
    /// encoded address or this parameter beside it gives the proxy away.
    pub(super) ambiguous: Option<&'static str>,
}

const fn script(file: &'static str, names: &'static [&'static str]) -> Script {
    Script {
        file,
        names,
        ambiguous: None,
    }
}

/// Names of scripts, as they are installed.
pub(super) const SCRIPTS: &[Script] = &[
    script("browse.php", &["u", "url", "q"]),
    script("poxy.php", &["q"]),
    script("miniproxy.php", &[]),
    script("proxy", &["url", "u", "q", "target", "uri"]),
    script("proxy.php", &["url", "u", "q", "target", "uri"]),
    script("proxy.cgi", &["url", "u", "q"]),
    script("webproxy", &["url", "u", "q"]),
    script("phproxy.php", &["q", "u", "url"]),
    script("cors-proxy", &["url", "u", "q"]),
    script("corsproxy", &["url", "u", "q"]),
    script("surf.php", &["u", "url", "q"]),
    script("unblock.php", &["u", "url", "q"]),
    // PHProxy says with `hl` what it leaves out of a page.
    Script {
        file: "index.php",
        names: &["q"],
        ambiguous: Some("hl"),
    },
];

/// Whether proxies put the address they carry behind this segment of a path.
pub(super) fn is_segment(segment: &str) -> bool {
    matches!(
        segment,
        "proxy"
            | "webproxy"
            | "cors"
            | "cors-proxy"
            | "corsproxy"
            | "fetch"
            | "browse"
            | "surf"
            | "unblock"
            | "service"
            | "uv"
            | "scramjet"
            | "~"
            | "go"
    )
}
