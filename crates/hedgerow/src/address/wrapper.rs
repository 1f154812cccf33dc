//! Wrappers: addresses that carry another (`semantics.md` §4).
//!
//! A translator, a cache, an archive, a redirector, a web proxy shows a page
//! under its own address. What counts is the page, so the address it carries is
//! taken out and classified as well.
//!
//! Ordinary links carry addresses, too: where to return to, what to share, what
//! to search for. Following the link does not show the carried page, so an
//! address is taken out only of services, scripts and path shapes that are
//! known to show or lead to what they carry.

use super::escape::decode_fixpoint;
use super::wrapper_table::{BRANDED, Place, SCRIPTS, SITES, Script, Wrapper, is_segment};
use super::{CanonicalUrl, canonical_host};
use crate::suffix::registrable_domain;
use std::borrow::Cow;

/// How many wrappers deep [`unwrap_chain`] looks.
pub const MAX_DEPTH: usize = 4;

/// An address that another one carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    wrapper: &'static str,
    address: CanonicalUrl<'static>,
}

impl Carried {
    /// The stable name of the kind of wrapper: `google-translate`,
    /// `yandex-translate`, `bing-translate`, `google-cache`, `bing-cache`,
    /// `amp-cache`, `wayback`, `archive-today`, `google-redirect`,
    /// `bing-redirect`, `redirect`, `mail-gateway`, `image-proxy`,
    /// `web-proxy-path` or `web-proxy-query`.
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
    /// The carried addresses, outermost first; none if the address is no
    /// wrapper. At most [`MAX_DEPTH`].
    #[must_use]
    pub fn links(&self) -> &[Carried] {
        &self.links
    }

    /// The carried addresses, outermost first, for keeps.
    #[must_use]
    pub fn into_links(self) -> Vec<Carried> {
        self.links
    }

    /// Whether the last link is a wrapper, too, and was not looked into.
    ///
    /// Nobody wraps five times by accident: what lies deeper is unknown, and a
    /// caller had better treat it so.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }
}

/// The addresses that `url` carries, one inside another, to a depth of
/// [`MAX_DEPTH`].
///
/// # Examples
///
/// ```
/// use hedgerow::CanonicalUrl;
/// use hedgerow::address::unwrap_chain;
///
/// let url = CanonicalUrl::parse(
///     "https://web.archive.org/web/2020/https://bad-example.translate.goog/casino?_x_tr_sl=en",
/// )?;
/// let chain = unwrap_chain(&url);
/// let wrappers: Vec<_> = chain.links().iter().map(|link| link.wrapper()).collect();
/// assert_eq!(wrappers, ["wayback", "google-translate"]);
/// assert_eq!(chain.links()[1].address().text(), "https://bad.example/casino");
/// assert!(!chain.is_cut_off());
/// # Ok::<(), hedgerow::address::Unclassifiable>(())
/// ```
#[must_use]
pub fn unwrap_chain(url: &CanonicalUrl<'_>) -> Chain {
    unwrap(url).map_or_else(Chain::default, chain_from)
}

/// The chain that begins with `first`.
pub(crate) fn chain_from(first: Carried) -> Chain {
    let mut chain = Chain::default();
    let mut next = Some(first);
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

/// The address that `url` carries, if it is a wrapper.
///
/// # Examples
///
/// ```
/// use hedgerow::CanonicalUrl;
/// use hedgerow::address::unwrap;
///
/// let url = CanonicalUrl::parse("https://www.google.co.uk/url?q=https%3A%2F%2Fbad.example%2Fx&sa=D")?;
/// let carried = unwrap(&url).unwrap();
/// assert_eq!(carried.wrapper(), "google-redirect");
/// assert_eq!(carried.address().text(), "https://bad.example/x");
///
/// let share = CanonicalUrl::parse("https://social.example/share?url=https://bad.example/")?;
/// assert_eq!(unwrap(&share), None);
/// # Ok::<(), hedgerow::address::Unclassifiable>(())
/// ```
#[must_use]
pub fn unwrap(url: &CanonicalUrl<'_>) -> Option<Carried> {
    // Every address comes here, and nearly every one finds all doors shut.
    let host = url.host_bytes();
    let site = first_site(host);
    if site > 0
        && let Some(carried) = by_site(url, site)
    {
        return Some(carried);
    }
    if may_be_branded(host)
        && let Some(carried) = by_brand(url)
    {
        return Some(carried);
    }
    let behind = url.target_behind_slash();
    if behind.is_empty() {
        // Only a site can carry an address in its host.
        return None;
    }
    if (url.has_scheme_in_path || may_begin_proxy_path(behind))
        && let Some(carried) = by_path(url)
    {
        return Some(carried);
    }
    by_query(url)
}

// --- Services known by name ---

/// The sites of the table by a hash of their ends: most hosts are none, and
/// this says so without a comparison. For each hash the first site's place,
/// counted from 1, and for each site that of the next with the same hash.
static FIRST_SITE: [u8; 1 << SITE_BITS] = CHAINS.0;
static NEXT_SITE: [u8; SITES.len()] = CHAINS.1;

const CHAINS: ([u8; 1 << SITE_BITS], [u8; SITES.len()]) = {
    let (mut first, mut next) = ([0; 1 << SITE_BITS], [0; SITES.len()]);
    let mut index = SITES.len();
    // From the last, so that the chains are in the order of the table.
    while index > 0 {
        let hash = site_hash(SITES[index - 1].site.as_bytes());
        next[index - 1] = first[hash];
        first[hash] = index as u8;
        index -= 1;
    }
    (first, next)
};
const _: () = assert!(SITES.len() <= u8::MAX as usize);
const SITE_BITS: u32 = 12;
/// Most of the shortest sites have seven bytes (`12ft.io`). For those that have
/// fewer, hosts below them do not count.
const END_BYTES: usize = 7;

#[inline]
const fn site_hash(host: &[u8]) -> usize {
    let value = match host.last_chunk() {
        Some(end) => u64::from_be_bytes(*end) & (u64::MAX >> 8),
        None => {
            let mut value = 0;
            let mut index = host.len().saturating_sub(END_BYTES);
            while index < host.len() {
                value = value << 8 | host[index] as u64;
                index += 1;
            }
            value
        }
    };
    (value.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SITE_BITS)) as usize
}

/// The place in the table, counted from 1, of the first site that `host` may
/// be at or below; 0 if there is none.
#[inline]
fn first_site(host: &[u8]) -> u8 {
    FIRST_SITE[site_hash(host)]
}

/// Whether a brand's name stands at the beginning of the host or behind its
/// first dot: by its first four letters, without a branch for each byte.
#[inline]
fn may_be_branded(host: &[u8]) -> bool {
    const DOTS: u64 = u64::from_le_bytes([b'.'; 8]);
    const LOW: u64 = u64::from_le_bytes([0x7F; 8]);
    const BRANDS: [u32; 2] = [u32::from_le_bytes(*b"goog"), u32::from_le_bytes(*b"yand")];
    let four = |at: usize| {
        host.get(at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |four| u32::from_le_bytes(*four))
    };
    let is_brand = |four: u32| (four == BRANDS[0]) | (four == BRANDS[1]);
    let Some(window) = host.first_chunk() else {
        // Too short for a brand and what must follow it.
        return false;
    };
    let window = u64::from_le_bytes(*window);
    let unlike = window ^ DOTS;
    let dots = !(((unlike & LOW) + LOW) | unlike | LOW);
    // Without a dot in the first eight bytes it stands behind a long label.
    let second = match dots {
        0 => host
            .iter()
            .skip(8)
            .position(|&byte| byte == b'.')
            .map_or(0, |dot| dot + 9),
        dots => dots.trailing_zeros() as usize / 8 + 1,
    };
    is_brand(window as u32) | is_brand(four(second))
}

/// Tries the sites of the chain that begins with `place`.
#[inline(never)]
fn by_site(url: &CanonicalUrl<'_>, mut place: u8) -> Option<Carried> {
    let host = url.host_text();
    while let Some(index) = usize::from(place).checked_sub(1) {
        let wrapper = &SITES[index];
        if is_at_or_below(host, wrapper.site)
            && has_prefix(url.path(), wrapper.path)
            && let Some(carried) = take(url, wrapper)
        {
            return Some(carried);
        }
        place = NEXT_SITE[index];
    }
    None
}

#[inline(never)]
fn by_brand(url: &CanonicalUrl<'_>) -> Option<Carried> {
    let brand = brand_of(url.host_text())?;
    BRANDED
        .iter()
        .filter(|wrapper| wrapper.site.strip_suffix(".*") == Some(brand))
        .filter(|wrapper| has_prefix(url.path(), wrapper.path))
        .find_map(|wrapper| take(url, wrapper))
}

fn is_at_or_below(host: &str, site: &str) -> bool {
    // Most sites of the table are told apart by their ends.
    if host.as_bytes().last_chunk::<4>() != site.as_bytes().last_chunk() {
        return false;
    }
    match host.strip_suffix(site) {
        Some("") => true,
        Some(below) => below.ends_with('.'),
        None => false,
    }
}

/// The brand of which `host` is the site in some registry: `google` for
/// `translate.google.co.uk`.
fn brand_of(host: &str) -> Option<&'static str> {
    let brand_at = |text: &str| {
        if text.starts_with("google.") {
            Some("google")
        } else if text.starts_with("yandex.") {
            Some("yandex")
        } else {
            None
        }
    };
    let brand = brand_at(host).or_else(|| {
        // The first label is short, most often `www`.
        let dot = host.bytes().position(|byte| byte == b'.')?;
        brand_at(&host[dot + 1..])
    })?;
    // `google.good.example` is nobody's but its owner's.
    (brand_at(registrable_domain(host)?) == Some(brand)).then_some(brand)
}

/// Whether the path begins with `prefix` and goes on at a segment's boundary.
fn has_prefix(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| {
        prefix.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '_'])
    })
}

fn take(url: &CanonicalUrl<'_>, wrapper: &Wrapper) -> Option<Carried> {
    let behind = || {
        let prefix = wrapper.path.trim_end_matches('/');
        url.target()[prefix.len()..].trim_start_matches('/')
    };
    let value = |names| parameter(url.query()?, names, wrapper.own);
    let text: Cow<'_, str> = match wrapper.place {
        Place::Query(names) => address_in(value(names)?)?,
        Place::BingQuery(names) => Cow::Owned(decode_base64(value(names)?.strip_prefix("a1")?)?),
        Place::DashedQuery(names) => {
            let escaped = value(names)?.replace('-', "%").replace('_', "/");
            Cow::Owned(String::from_utf8(decode_fixpoint(escaped.as_bytes())).ok()?)
        }
        Place::CacheQuery(names) => Cow::Borrowed(cached(value(names)?)?),
        Place::WholeQuery => address_in(url.query()?)?,
        Place::Behind => path_address(behind())?,
        Place::Segment => {
            let (_, rest) = behind().split_once('/')?;
            match scheme_segment(rest) {
                Some(text) => Cow::Owned(text),
                None => path_address(rest)?,
            }
        }
        Place::Between(start, end) => {
            let target = url.target();
            let from = memchr::memmem::find(target.as_bytes(), start.as_bytes())? + start.len();
            let rest = &target[from..];
            let to = memchr::memmem::find(rest.as_bytes(), end.as_bytes()).unwrap_or(rest.len());
            path_address(&rest[..to])?
        }
        Place::Archived => archived(behind())?,
        Place::Amp => Cow::Owned(amp(behind())?),
        Place::Turbo => Cow::Owned(turbo(behind())?),
        Place::Host => Cow::Owned(host_carried(url, wrapper.site)?),
    };
    carried(wrapper.name, &text)
}

/// `cache:id:address+terms`, as search engines write it.
fn cached(value: &str) -> Option<&str> {
    let rest = value.strip_prefix("cache:")?;
    let rest = match rest.split_once(':') {
        // The identifier has twelve characters, none of which a host's dot.
        Some((id, rest)) if id.len() == 12 && !id.contains('.') => rest,
        _ => rest,
    };
    let end = memchr::memmem::find(rest.as_bytes(), b"%20").unwrap_or(rest.len());
    let rest = &rest[..end];
    let rest = rest.split('+').next()?;
    is_addressish(rest).then_some(rest)
}

/// An address behind at most three segments, the last of which is a time or a
/// word that stands for one.
fn archived(behind: &str) -> Option<Cow<'_, str>> {
    let mut rest = behind;
    for _ in 0..4 {
        if has_scheme(rest) {
            return path_address(rest);
        }
        let (segment, after) = rest.split_once('/')?;
        rest = after;
        if is_time(segment) {
            return path_address(rest);
        }
        if segment == "o" {
            // archive.today's copy with an identifier between.
            return path_address(rest.split_once('/')?.1);
        }
        if segment == "web" && is_host(rest) {
            // Without a time, the Wayback Machine shows its newest copy.
            return path_address(rest);
        }
    }
    None
}

fn is_time(segment: &str) -> bool {
    if matches!(segment, "*" | "newest" | "oldest" | "timegate" | "save") {
        return true;
    }
    let digits = segment.bytes().take_while(u8::is_ascii_digit).count();
    let flags = &segment[digits..];
    (4..=14).contains(&digits)
        && (flags.is_empty() || flags == "*" || flags.ends_with('_'))
        && flags.len() <= 4
}

/// `c/s/host/path` and the like.
fn amp(behind: &str) -> Option<String> {
    let mut rest = behind;
    let mut scheme = "http";
    for _ in 0..4 {
        let (segment, after) = rest.split_once('/')?;
        if is_host(segment) {
            return Some(format!("{scheme}://{rest}"));
        }
        if segment == "s" {
            scheme = "https";
        } else if has_scheme(rest) {
            return path_address(rest).map(Cow::into_owned);
        }
        rest = after;
        if is_host(rest) {
            return Some(format!("{scheme}://{rest}"));
        }
    }
    None
}

/// `host/s/path`.
fn turbo(behind: &str) -> Option<String> {
    let (host, path) = behind.split_once('/')?;
    let path = path.strip_prefix("s/").unwrap_or(path);
    is_host(host).then(|| format!("https://{host}/{path}"))
}

/// The address whose host is in the label before `site`.
fn host_carried(url: &CanonicalUrl<'_>, site: &str) -> Option<String> {
    let label = url.host_text().strip_suffix(site)?.strip_suffix('.')?;
    let mut scheme = "https";
    let mut text = String::with_capacity(label.len() + url.target().len() + "https://".len());
    let mut rest = label;
    while let Some(dash) = rest.find('-') {
        text.push_str(&rest[..dash]);
        rest = &rest[dash + 1..];
        match rest.strip_prefix('-') {
            Some(after) => {
                text.push('-');
                rest = after;
            }
            None => text.push('.'),
        }
    }
    text.push_str(rest);
    text.push_str(url.path());
    let mut joint = '?';
    for part in url.query().into_iter().flat_map(|query| query.split('&')) {
        if part == "_x_tr_sch=http" {
            scheme = "http";
        }
        if !part.starts_with("_x_tr_") {
            text.push(joint);
            text.push_str(part);
            joint = '&';
        }
    }
    Some(format!("{scheme}://{text}"))
}

// --- Proxies on any host, by the shape of the path ---

#[inline(never)]
fn by_path(url: &CanonicalUrl<'_>) -> Option<Carried> {
    const NAME: &str = "web-proxy-path";
    let target = url.target();
    let path = url.path();
    // `…/https:/host/…` directly behind the host, or behind a proxy's word. A
    // host without a dot is a slip of the pen in a link, not a proxy.
    let colons = if url.has_scheme_in_path { path } else { "" };
    for colon in memchr::memchr_iter(b':', colons.as_bytes()) {
        if !path[colon + 1..].starts_with('/') {
            continue;
        }
        let start = memchr::memrchr(b'/', &path.as_bytes()[..colon]).map_or(0, |slash| slash + 1);
        if has_scheme(&target[start..])
            && is_any_host(target[colon + 1..].trim_start_matches('/'))
            && (start == 1 || is_proxy_segment(&path[..start - 1]))
        {
            return carried(NAME, &path_address(&target[start..])?);
        }
    }
    let mut rest = &target[1..];
    if let Some(script) = rest
        .strip_prefix("cgi-bin/")
        .or(Some(rest))
        .filter(|text| text.starts_with("nph-"))
    {
        return carried(NAME, &cgi_proxy(script)?);
    }
    // Encoded, and perhaps behind a few of a proxy's words.
    loop {
        if !may_begin_proxy_path(rest.as_bytes()) {
            return None;
        }
        if let Some(text) = encoded_path(rest) {
            return carried(NAME, &text);
        }
        let (segment, after) = rest.split_once('/')?;
        if !is_segment(segment) {
            return None;
        }
        rest = after;
    }
}

/// The first two bytes of what [`by_path`] looks for behind a `/`: no word is
/// shorter, but for `~` with the `/` after it.
const BEGINNINGS: &[&[u8; 2]] = &[
    b"pr", b"we", b"co", b"fe", b"br", b"su", b"un", b"se", b"uv", b"sc", b"~/",
    b"go", // segments
    b"hv", b"aH", // encoded
    b"cg", b"np", // scripts
];

/// For each first byte, which second bytes (their low five bits) follow it.
static SECOND_BYTES: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < BEGINNINGS.len() {
        let [first, second] = *BEGINNINGS[index];
        table[first as usize] |= 1 << (second & 31);
        index += 1;
    }
    table
};

/// Whether `rest` begins as a word of proxies or an encoded address may.
#[inline]
fn may_begin_proxy_path(rest: &[u8]) -> bool {
    match rest {
        [first, second, ..] => SECOND_BYTES[usize::from(*first)] >> (second & 31) & 1 == 1,
        _ => false,
    }
}

/// Whether the last segment of `path` is a proxy's word or script.
fn is_proxy_segment(path: &str) -> bool {
    let last = &path[memchr::memrchr(b'/', path.as_bytes()).map_or(0, |slash| slash + 1)..];
    is_segment(last)
        || SCRIPTS
            .iter()
            .any(|script| script.ambiguous.is_none() && script.file == last)
}

/// `nph-proxy.cgi/flags/https/host/path`, the flags being optional.
#[inline(never)]
fn cgi_proxy(script: &str) -> Option<String> {
    let (_, mut rest) = script.split_once('/')?;
    for _ in 0..3 {
        if has_scheme(rest) {
            return path_address(rest).map(Cow::into_owned);
        }
        if let Some(text) = scheme_segment(rest) {
            return Some(text);
        }
        rest = rest.split_once('/')?.1;
    }
    None
}

/// The address written as `https/host/path`, perhaps behind segments of which
/// the caller has removed those it knows.
fn scheme_segment(rest: &str) -> Option<String> {
    let (scheme, rest) = rest.split_once('/')?;
    (matches!(scheme, "http" | "https") && is_host(rest)).then(|| format!("{scheme}://{rest}"))
}

/// An address in base64, or with every second character changed as the proxy
/// Ultraviolet does.
#[inline(never)]
fn encoded_path(rest: &str) -> Option<String> {
    if rest.starts_with("hvtrs8/-") || rest.starts_with("hvtr:-/") {
        let path = rest.split('?').next()?;
        let text = decode_fixpoint(path.as_bytes());
        let plain = text
            .iter()
            .enumerate()
            .map(|(index, byte)| if index % 2 == 1 { byte ^ 2 } else { *byte })
            .collect();
        return String::from_utf8(plain).ok();
    }
    if !is_base64_http(rest) {
        return None;
    }
    let path = rest.split('?').next()?.trim_end_matches('/');
    decode_base64(path).or_else(|| decode_base64(path.split('/').next()?))
}

// --- Proxies on any host, by script and parameter ---

fn by_query(url: &CanonicalUrl<'_>) -> Option<Carried> {
    const NAME: &str = "web-proxy-query";
    let query = url.query()?;
    if let Some(origin) = origin_parameter(query) {
        // The path is the carried page's own.
        let text = format!(
            "{}{}",
            decode_base64(origin)?.trim_end_matches('/'),
            url.path()
        );
        return has_scheme(&text).then(|| carried(NAME, &text))?;
    }
    let path = url.path().trim_end_matches('/');
    // No script's name is longer; most last segments end the search here.
    let tail = path.as_bytes();
    let tail = &tail[tail.len().saturating_sub(SCRIPT_BYTES + 1)..];
    let file = &tail[tail.iter().rposition(|&byte| byte == b'/')? + 1..];
    let script = SCRIPTS.iter().find(|script| {
        script.file.len() == file.len() && script.file.as_bytes().eq_ignore_ascii_case(file)
    })?;
    carried(NAME, &script_address(query, script)?)
}

/// The length of the longest name of a script.
const SCRIPT_BYTES: usize = {
    let mut longest = 0;
    let mut index = 0;
    while index < SCRIPTS.len() {
        if SCRIPTS[index].file.len() > longest {
            longest = SCRIPTS[index].file.len();
        }
        index += 1;
    }
    longest
};

/// The first or last parameter, if it is the one that CroxyProxy adds to every
/// address.
fn origin_parameter(query: &str) -> Option<&str> {
    let last = &query[memchr::memrchr(b'&', query.as_bytes()).map_or(0, |mark| mark + 1)..];
    last.strip_prefix("__cpo=").or_else(|| {
        query
            .strip_prefix("__cpo=")
            .and_then(|rest| rest.split('&').next())
    })
}

#[inline(never)]
fn script_address<'q>(query: &'q str, script: &Script) -> Option<Cow<'q, str>> {
    if script.names.is_empty() {
        return address_in(query);
    }
    let value = parameter(query, script.names, &["b", "f", "hl", "norefer"])?;
    match script.ambiguous {
        Some(mark) if parameter(query, &[mark], &[]).is_none() => encoded(value).map(Cow::Owned),
        _ => address_in(value),
    }
}

// --- Parameters and the addresses in them ---

/// The value of the first parameter that has one of `names`.
///
/// Canonical text is fully decoded, so whether an `&` belongs to the carried
/// address can no longer be seen. What follows belongs to it if it has a query
/// of its own, up to a parameter that is known to be the wrapper's (`own`).
fn parameter<'q>(query: &'q str, names: &[&str], own: &[&str]) -> Option<&'q str> {
    let is_named = |part: &str, names: &[&str]| {
        let end = memchr::memchr(b'=', part.as_bytes());
        // Links copied out of HTML have `&amp;` for `&`.
        end.is_some_and(|end| names.contains(&part[..end].trim_start_matches("amp;")))
    };
    let mut start = 0;
    for part in query.split('&') {
        if is_named(part, names) {
            let equals = memchr::memchr(b'=', part.as_bytes())?;
            let value = &query[start + equals + 1..];
            let first = value.split('&').next().unwrap_or(value);
            if !first.contains('?') {
                return Some(first);
            }
            let mut end = first.len();
            for part in value[first.len()..].split('&').skip(1) {
                if is_named(part, own) {
                    break;
                }
                end += 1 + part.len();
            }
            return Some(&value[..end]);
        }
        start += part.len() + 1;
    }
    None
}

/// The address that a value is or encodes.
fn address_in(value: &str) -> Option<Cow<'_, str>> {
    if let Some(text) = encoded(value) {
        return Some(Cow::Owned(text));
    }
    // Old caches wrote `http|//host`.
    if let Some((scheme @ ("http" | "https"), rest)) = value.split_once('|') {
        return Some(Cow::Owned(format!("{scheme}:{rest}")));
    }
    is_addressish(value).then(|| Cow::Borrowed(without_fragment(value)))
}

/// The address that a value encodes in base64 or ROT13.
fn encoded(value: &str) -> Option<String> {
    if let Some(rest) = value.strip_prefix("uggc") {
        // ROT13 of `http`.
        let rest: String = rest.chars().map(rot13).collect();
        return Some(format!("http{rest}"));
    }
    if is_base64_http(value) {
        return decode_base64(value);
    }
    // Glype leaves `http` off before it encodes: `://…` and `s://…`.
    if value.starts_with("Oi8v") || value.starts_with("czovL") {
        return decode_base64(value).map(|rest| format!("http{rest}"));
    }
    None
}

fn rot13(c: char) -> char {
    let turn = |c: char, first: u8| char::from((c as u8 - first + 13) % 26 + first);
    match c {
        'a'..='z' => turn(c, b'a'),
        'A'..='Z' => turn(c, b'A'),
        _ => c,
    }
}

/// Whether the text begins as the base64 of `http:/` or `https:/` does.
fn is_base64_http(text: &str) -> bool {
    text.starts_with("aHR0cDov") || text.starts_with("aHR0cHM6L")
}

/// The text that base64 in either alphabet, padded or not, stands for.
fn decode_base64(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    if text.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xFF) as u8);
        }
    }
    String::from_utf8(out).ok()
}

/// The address that a path holds: its first `%3F` was the `?` of the carried
/// address before it was put into the path.
fn path_address(rest: &str) -> Option<Cow<'_, str>> {
    if !is_addressish(rest) {
        return None;
    }
    let rest = without_fragment(rest);
    let path = memchr::memchr(b'?', rest.as_bytes()).unwrap_or(rest.len());
    match memchr::memmem::find(&rest.as_bytes()[..path], b"%3F") {
        Some(mark) => Some(Cow::Owned(format!(
            "{}?{}",
            &rest[..mark],
            &rest[mark + 3..]
        ))),
        None => Some(Cow::Borrowed(rest)),
    }
}

/// What stands before a `#` that encoding made `%23`: in the carried address it
/// began the fragment.
fn without_fragment(text: &str) -> &str {
    let end = memchr::memmem::find(text.as_bytes(), b"%23").unwrap_or(text.len());
    &text[..end]
}

/// Whether the text has a web scheme, or begins with what can be a host of more
/// than one label.
fn is_addressish(text: &str) -> bool {
    has_scheme(text) || is_host(text.strip_prefix("//").unwrap_or(text))
}

/// Whether the text begins with `http:/`, `https:/` or `ftp:/`; a canonical path
/// has lost the second slash.
fn has_scheme(text: &str) -> bool {
    ["https:/", "http:/", "ftp:/"].iter().any(|scheme| {
        text.as_bytes()
            .get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
    })
}

/// Whether the text begins with a host of more than one label, in plain sight.
fn is_host(text: &str) -> bool {
    host_part(text).contains(['.', '[']) && is_any_host(text)
}

/// As [`is_host`], or an IPv4 address written as one number.
fn is_any_host(text: &str) -> bool {
    canonical_host(host_part(text)).is_ok_and(|host| host.contains(['.', '[']))
}

fn host_part(text: &str) -> &str {
    let end = if text.starts_with('[') {
        text.find(']').map(|end| end + 1)
    } else {
        text.find(['/', '?', ':', '&'])
    };
    &text[..end.unwrap_or(text.len())]
}

#[inline(never)]
fn carried(wrapper: &'static str, text: &str) -> Option<Carried> {
    let address = CanonicalUrl::parse(text).ok()?.into_owned();
    Some(Carried { wrapper, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_site_is_on_the_chain_of_its_hash() {
        let is_found = |host: &str, wrapper: &Wrapper| {
            let mut place = first_site(host.as_bytes());
            while place > 0 {
                let index = usize::from(place) - 1;
                if std::ptr::eq(&SITES[index], wrapper) {
                    return true;
                }
                assert!(NEXT_SITE[index] == 0 || NEXT_SITE[index] > place);
                place = NEXT_SITE[index];
            }
            false
        };
        for wrapper in SITES {
            assert!(is_found(wrapper.site, wrapper), "{}", wrapper.site);
            if wrapper.site.len() >= END_BYTES {
                let below = format!("www.{}", wrapper.site);
                assert!(is_found(&below, wrapper), "{below}");
            }
        }
    }

    #[test]
    fn tables_are_in_canonical_form() {
        for wrapper in SITES {
            assert_eq!(canonical_host(wrapper.site).as_deref(), Ok(wrapper.site));
        }
        for wrapper in SITES.iter().chain(BRANDED) {
            assert!(wrapper.path.starts_with('/'), "{wrapper:?}");
        }
        for script in SCRIPTS {
            assert!(!script.file.contains('/'), "{script:?}");
        }
    }

    #[test]
    fn base64_of_any_kind() {
        for text in ["aHR0cDovL2E_Pz8-", "aHR0cDovL2E/Pz8+"] {
            assert_eq!(decode_base64(text).as_deref(), Some("http://a???>"));
        }
        assert_eq!(decode_base64("aHR0cA==").as_deref(), Some("http"));
        assert_eq!(decode_base64("aHR0cA").as_deref(), Some("http"));
        assert_eq!(decode_base64("aHR0c"), None);
        assert_eq!(decode_base64("aHR0 A"), None);
        assert_eq!(decode_base64("_____w"), None);
    }

    #[test]
    fn deep_wrapping_is_cut_off_and_said_so() {
        let mut text = "bad.example/casino".to_owned();
        for _ in 0..MAX_DEPTH {
            text = format!("https://web.archive.org/web/2020/{text}");
        }
        let chain = unwrap_chain(&CanonicalUrl::parse(&text).unwrap());
        assert_eq!(chain.links().len(), MAX_DEPTH);
        assert_eq!(
            chain.links()[MAX_DEPTH - 1].address().text(),
            "http://bad.example/casino"
        );
        assert!(!chain.is_cut_off());

        let text = format!("https://proxy.example/{text}");
        let chain = unwrap_chain(&CanonicalUrl::parse(&text).unwrap());
        assert_eq!(chain.links().len(), MAX_DEPTH);
        assert!(chain.is_cut_off());
    }
}
