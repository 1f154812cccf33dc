//! Safe search: what to ask of a search engine so that it leaves the worst out
//! by itself.
//!
//! Each engine offers some of three ways, and [`SafeSearch`] tells which, from
//! one table:
//!
//! | Who filters | asks | and then |
//! |---|---|---|
//! | a proxy or an extension that sees addresses | [`SafeSearch::for_address`], [`SafeSearch::rewrite`] | redirects to the address given |
//! | a DNS filter | [`SafeSearch::for_host`], [`SafeSearch::cname`] | answers with that CNAME, and its addresses |
//! | a proxy that changes requests | [`SafeSearch::for_address`], [`SafeSearch::headers`] | adds the headers, in place of any that the browser sent |
//!
//! | Engine | parameter | CNAME | header |
//! |---|---|---|---|
//! | Google, every country domain | `safe=active` | forcesafesearch.google.com | |
//! | Bing | `adlt=strict` | strict.bing.com | |
//! | DuckDuckGo | `kp=1` | safe.duckduckgo.com | |
//! | Yahoo | `vm=r` | | |
//! | Ecosia | | strict-safe-search.ecosia.org | |
//! | Yandex | | familysearch.yandex.ru | |
//! | Brave | `safesearch=strict` | forcesafe.search.brave.com | |
//! | Qwant | `s=2` | safeapi.qwant.com, for api.qwant.com | |
//! | Startpage | | | |
//! | YouTube | | restrict.youtube.com, or restrictmoderate.youtube.com | `YouTube-Restrict` |
//! | Pixabay | `safesearch=true`, below `/api` | safesearch.pixabay.com | |
//!
//! Where each fact comes from, how sure it is, and what was left out because it
//! could not be confirmed, stands beside it in the table (`engines.rs`).
//!
//! # For those who run a DNS filter
//!
//! Answer a question for A, AAAA or HTTPS of a host for which there is a
//! [`cname`](SafeSearch::cname) with that CNAME and the records of its target;
//! leave every other type alone. An HTTPS record of the original host must not
//! get through: its address hints lead past the CNAME. A browser that asks
//! another resolver gets another answer, so such resolvers have to be blocked.
//! Where an engine has no CNAME for a host ([`SafeSearch::is_enforceable`] and
//! [`SafeSearch::cname`] tell), the choice is to let it be or to block it.
//!
//! # For those who run a proxy
//!
//! Redirect (302 or 307) a GET to what [`SafeSearch::rewrite`] gives; it gives
//! nothing for an address that asks for safe results already, so there is no
//! loop. A search sent by POST has its term in the body, where no rewriting
//! reaches. A proxy that opens the connection itself can use the CNAME as a DNS
//! filter does: it connects to the addresses of the CNAME and asks for the
//! original host.
//!
//! # What it does not do
//!
//! The engines decide what is safe; all this does is ask. An engine that is not
//! in the table is none of its business: block what you do not know by
//! category.

mod engines;
mod query;

use self::engines::{Host, Pages, Row};
use self::query::Setting;
use hedgerow::CanonicalUrl;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// The engines that the table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SearchEngine {
    /// Google Search, in every country domain.
    Google,
    /// Bing.
    Bing,
    /// DuckDuckGo.
    DuckDuckGo,
    /// Yahoo, with Yahoo Japan.
    Yahoo,
    /// Ecosia.
    Ecosia,
    /// Yandex.
    Yandex,
    /// Brave Search.
    Brave,
    /// Qwant.
    Qwant,
    /// Startpage.
    Startpage,
    /// YouTube's restricted mode.
    YouTube,
    /// Pixabay.
    Pixabay,
}

impl SearchEngine {
    /// Every engine, in the order of declaration.
    pub const ALL: [SearchEngine; 11] = [
        SearchEngine::Google,
        SearchEngine::Bing,
        SearchEngine::DuckDuckGo,
        SearchEngine::Yahoo,
        SearchEngine::Ecosia,
        SearchEngine::Yandex,
        SearchEngine::Brave,
        SearchEngine::Qwant,
        SearchEngine::Startpage,
        SearchEngine::YouTube,
        SearchEngine::Pixabay,
    ];

    /// The stable name, as results report it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SearchEngine::Google => "google",
            SearchEngine::Bing => "bing",
            SearchEngine::DuckDuckGo => "duckduckgo",
            SearchEngine::Yahoo => "yahoo",
            SearchEngine::Ecosia => "ecosia",
            SearchEngine::Yandex => "yandex",
            SearchEngine::Brave => "brave",
            SearchEngine::Qwant => "qwant",
            SearchEngine::Startpage => "startpage",
            SearchEngine::YouTube => "youtube",
            SearchEngine::Pixabay => "pixabay",
        }
    }

    /// The engine that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<SearchEngine> {
        SearchEngine::ALL
            .into_iter()
            .find(|engine| engine.name() == name)
    }
}

impl fmt::Display for SearchEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much an engine is asked to leave out, where it offers a choice (only
/// YouTube does; the others are always asked for the strictest).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Restriction {
    /// Less is left out: for older pupils.
    Moderate,
    /// As much as the engine can.
    #[default]
    Strict,
}

impl Restriction {
    /// Both, the milder first.
    pub const ALL: [Restriction; 2] = [Restriction::Moderate, Restriction::Strict];

    /// The stable name, as policies write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Restriction::Moderate => "moderate",
            Restriction::Strict => "strict",
        }
    }

    /// The restriction that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Restriction> {
        Restriction::ALL
            .into_iter()
            .find(|restriction| restriction.name() == name)
    }
}

/// What to ask of a search engine at one address, or at one host.
///
/// Serialised, it is an object of `engine`, `enforceable`, `rewritten`, `cname`
/// and `headers` (an array of pairs).
///
/// # Examples
///
/// ```
/// use hedgerow::CanonicalUrl;
/// use hedgerow_policy::SafeSearch;
///
/// let requested = "https://www.google.co.uk/search?q=c%2B%2B&safe=off";
/// let url = CanonicalUrl::parse(requested)?;
/// let safe = SafeSearch::for_address(&url).unwrap();
/// assert_eq!(
///     safe.rewrite(requested).as_deref(),
///     Some("https://www.google.co.uk/search?q=c%2B%2B&safe=active")
/// );
///
/// let safe = SafeSearch::for_host("www.youtube.com").unwrap();
/// assert_eq!(safe.cname(), Some("restrict.youtube.com"));
/// assert_eq!(safe.headers(), [("YouTube-Restrict", "Strict")]);
///
/// let url = CanonicalUrl::parse("https://google.com.evil.example/search?q=owls")?;
/// assert!(SafeSearch::for_address(&url).is_none());
/// # Ok::<(), hedgerow::address::Unclassifiable>(())
/// ```
#[derive(Clone, Copy)]
pub struct SafeSearch<'u> {
    row: &'static Row,
    host: &'static Host,
    url: Option<&'u CanonicalUrl<'u>>,
    restriction: Restriction,
}

impl<'u> SafeSearch<'u> {
    /// What to ask at the address `url`; none if its host is no engine's.
    ///
    /// # Resource usage
    ///
    /// No allocation. For a host that is no engine's, a look at its last labels.
    #[must_use]
    pub fn for_address(url: &'u CanonicalUrl<'u>) -> Option<SafeSearch<'u>> {
        let (row, host) = find(url.host_text())?;
        Some(SafeSearch {
            row,
            host,
            url: Some(url),
            restriction: Restriction::default(),
        })
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> SearchEngine {
        self.row.engine
    }

    /// The same, asked for at `restriction`.
    #[must_use]
    pub fn at(self, restriction: Restriction) -> SafeSearch<'u> {
        SafeSearch {
            restriction,
            ..self
        }
    }

    /// Whether the engine offers any way at this host. Where it offers none, its
    /// results are what they are: a school that must have safe search blocks
    /// such a host.
    #[must_use]
    pub fn is_enforceable(&self) -> bool {
        let ways = self.host.ways;
        ways.url || ways.dns || ways.header
    }

    /// The address to redirect to instead of `requested`, the text of the
    /// request whose canonical form this was made from; none if it asks for safe
    /// results already, shows no results, or the engine has no parameter.
    ///
    /// Everything in the query but the setting stays as it was written. A text
    /// that is not this address counts for nothing: the canonical form is
    /// rewritten instead. The fragment is dropped; browsers do not send it.
    ///
    /// What it gives, rewritten again, gives nothing.
    #[must_use]
    pub fn rewrite(&self, requested: &str) -> Option<String> {
        let url = self.results()?;
        match query::as_written(requested, url) {
            Some(query) => self.rewrite_query(url, query.as_deref()),
            None => self.rewritten(),
        }
    }

    /// As [`SafeSearch::rewrite`], for those who have no more than the canonical
    /// form; the result is in canonical form itself.
    ///
    /// Canonical text is decoded through and through, and so means less than
    /// what was requested: a search for `rock%26roll` comes out as one for
    /// `rock`, and the engine reads `q=owls%26safe=active` as a search term with
    /// no setting, where the canonical text shows the setting. Who has the text
    /// of the request gives it to [`SafeSearch::rewrite`], which is not misled.
    #[must_use]
    pub fn rewritten(&self) -> Option<String> {
        let url = self.results()?;
        let text = self.rewrite_query(url, url.query())?;
        match CanonicalUrl::parse(&text) {
            Ok(canonical) => Some(canonical.to_string()),
            // A host that had a canonical form keeps it; the text is right even
            // if that were not so.
            Err(_) => Some(text),
        }
    }

    /// The host whose CNAME a DNS filter answers with.
    #[must_use]
    pub fn cname(&self) -> Option<&'static str> {
        if !self.host.ways.dns {
            return None;
        }
        let (strict, moderate) = self.row.cname?;
        Some(match self.restriction {
            Restriction::Strict => strict,
            Restriction::Moderate => moderate,
        })
    }

    /// The headers that a proxy adds to the request, names and values.
    #[must_use]
    pub fn headers(&self) -> &'static [(&'static str, &'static str)] {
        match self.row.headers {
            Some((strict, moderate)) if self.host.ways.header => match self.restriction {
                Restriction::Strict => strict,
                Restriction::Moderate => moderate,
            },
            _ => &[],
        }
    }

    /// The address, if it is one of results, which a parameter can make safe.
    fn results(&self) -> Option<&'u CanonicalUrl<'u>> {
        let url = self.url?;
        let is_web = matches!(url.scheme(), "http" | "https");
        (is_web && self.host.ways.url && shows_results(self.row, url)).then_some(url)
    }

    fn rewrite_query(&self, url: &CanonicalUrl<'_>, query: Option<&str>) -> Option<String> {
        let (name, value) = self.row.parameter?;
        let setting = Setting {
            name,
            value,
            terms: self.row.terms,
            switches_off: self.row.switches_off,
        };
        let path = match self.row.pages {
            // There, a path is a search term.
            Pages::OneSegment => query::without(url.path(), self.row.switches_off),
            _ => None,
        };
        let query = match (setting.set(query.unwrap_or_default()), &path) {
            (Some(set), _) => set,
            (None, Some(_)) => query.unwrap_or_default().to_owned(),
            (None, None) => return None,
        };
        let port = url.port().map(|port| format!(":{port}"));
        Some(format!(
            "{}://{}{}{}?{query}",
            url.scheme(),
            url.host_text(),
            port.unwrap_or_default(),
            path.as_deref().unwrap_or(url.path()),
        ))
    }
}

impl SafeSearch<'static> {
    /// What to ask at a host; none if it is no engine's. The name may have upper
    /// case and a dot at its end, as in a DNS question.
    ///
    /// There is no address, and so nothing to rewrite.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow_policy::SafeSearch;
    ///
    /// let safe = SafeSearch::for_host("WWW.Google.DE.").unwrap();
    /// assert_eq!(safe.cname(), Some("forcesafesearch.google.com"));
    /// assert!(SafeSearch::for_host("mail.google.com").is_none());
    /// ```
    #[must_use]
    pub fn for_host(host: &str) -> Option<SafeSearch<'static>> {
        let host = host.strip_suffix('.').unwrap_or(host);
        let lower;
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower = host.to_ascii_lowercase();
            &lower
        } else {
            host
        };
        let (row, host) = find(host)?;
        Some(SafeSearch {
            row,
            host,
            url: None,
            restriction: Restriction::default(),
        })
    }
}

impl fmt::Debug for SafeSearch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafeSearch")
            .field("engine", &self.engine())
            .field("enforceable", &self.is_enforceable())
            .field("rewritten", &self.rewritten())
            .field("cname", &self.cname())
            .field("headers", &self.headers())
            .finish()
    }
}

impl Serialize for SafeSearch<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("SafeSearch", 5)?;
        out.serialize_field("engine", self.engine().name())?;
        out.serialize_field("enforceable", &self.is_enforceable())?;
        out.serialize_field("rewritten", &self.rewritten())?;
        out.serialize_field("cname", &self.cname())?;
        out.serialize_field("headers", self.headers())?;
        out.end()
    }
}

/// The row and the host of the table that a canonical host falls under.
#[inline]
fn find(host: &str) -> Option<(&'static Row, &'static Host)> {
    let row = engines::of_label(brand_label(host)?)?;
    let found = row.hosts.iter().find(|one| covers(row, one, host))?;
    Some((row, found))
}

/// The label before the registry: the last but one, or the last but two behind
/// `co` and `com`. Only the table decides; this finds quickly where to look, and
/// asks no list of suffixes.
#[inline]
fn brand_label(host: &str) -> Option<&str> {
    // Labels are short: a walk from the end beats a search for a pattern.
    let last_dot = |text: &str| text.bytes().rposition(|byte| byte == b'.');
    let label_start = |text: &str| last_dot(text).map_or(0, |dot| dot + 1);
    let before = &host[..last_dot(host)?];
    let start = label_start(before);
    if !matches!(&before[start..], "co" | "com") || start == 0 {
        return Some(&before[start..]);
    }
    let before = &before[..start - 1];
    Some(&before[label_start(before)..])
}

/// Whether a host of the table covers a canonical host.
fn covers(row: &Row, one: &Host, host: &str) -> bool {
    if let Some(brand) = one.name.strip_suffix('*') {
        return host
            .strip_prefix(brand)
            .is_some_and(|registry| row.registries.binary_search(&registry).is_ok());
    }
    match one.name.strip_prefix('.') {
        Some(name) => host
            .strip_suffix(name)
            .is_some_and(|below| below.is_empty() || below.ends_with('.')),
        None => host == one.name,
    }
}

/// Whether the address shows results of a search.
fn shows_results(row: &Row, url: &CanonicalUrl<'_>) -> bool {
    let has_term = || {
        url.query()
            .is_some_and(|query| query::has_term(query, row.terms))
    };
    let path = url.path();
    match row.pages {
        Pages::WithTerm => has_term(),
        // Some of these servers know no case.
        Pages::Below(paths) => {
            paths.iter().any(|start| {
                path.get(..start.len())
                    .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
                    && matches!(path.as_bytes().get(start.len()), None | Some(b'/' | b';'))
            }) || (path == "/" && has_term())
        }
        Pages::OneSegment => {
            let segment = path.trim_matches('/');
            if segment.is_empty() {
                return has_term();
            }
            let is_part_of_a_page = segment.rsplit_once('.').is_some_and(|(_, extension)| {
                PARTS_OF_PAGES
                    .iter()
                    .any(|part| extension.eq_ignore_ascii_case(part))
            });
            !segment.contains('/') && !is_part_of_a_page
        }
    }
}

/// What files that pages are made of end in.
const PARTS_OF_PAGES: &[&str] = &[
    "css",
    "gif",
    "ico",
    "jpg",
    "js",
    "json",
    "png",
    "svg",
    "txt",
    "webmanifest",
    "woff2",
    "xml",
];

#[cfg(test)]
mod tests;
