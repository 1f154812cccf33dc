//! Classification: what an address is, by which lists, and why.

use crate::address::{self, CanonicalUrl, Carried, Host, UnclassifiableReason};
use crate::rule::{Action, HostScope, PathScope};
use crate::ruleset::dictionary::Corrupt;
use crate::ruleset::search::{Hit, Observer, Place, Silent, compared_target};
use crate::ruleset::{
    CategoryRef, ListRef, Ruleset, View, category_ref, list_ref, network_text, scope_text,
};
use ipnet::IpNet;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering as MemoryOrdering};

/// Answers for addresses from one or more rulesets, the layers.
///
/// Layers are asked in order and all of them answer; what a later one says
/// takes nothing from an earlier one.
///
/// # Examples
///
/// ```
/// use hedgerow::{Classifier, Compiler, Entry, HostScope, ListInfo, Outcome, Ruleset};
///
/// let mut compiler = Compiler::new();
/// let mut list = compiler.list(ListInfo::new("term-1", "games"))?;
/// list.push(&Entry::host("play.example", HostScope::Domain, 7))?;
/// let classifier = Classifier::new(Ruleset::open(compiler.finish_to_vec()?.0)?);
///
/// let found = classifier.classify("https://www.play.example/chess?level=3");
/// assert_eq!(found.categories(), ["games"]);
/// let why = found.matches().next().unwrap();
/// assert_eq!(why.list().name(), "term-1");
/// assert_eq!(why.entry(), "play.example");
/// assert_eq!(why.line(), Some(7));
///
/// let clean = classifier.classify("https://lessons.example/");
/// assert_eq!(clean.outcome(), Outcome::Classified);
/// assert!(clean.categories().is_empty());
///
/// let neither = classifier.classify("javascript:alert(1)");
/// assert_eq!(neither.reason(), Some("no-host"));
/// # Ok::<(), hedgerow::Error>(())
/// ```
///
/// # Resource usage
///
/// Classifying takes time linear in the address, and, while nothing matches
/// and the address is in canonical form or lacks only its scheme, path or
/// fragment, no memory from the heap.
#[derive(Debug)]
pub struct Classifier<D> {
    id: ClassifierId,
    layers: Vec<Ruleset<D>>,
}

/// Stands for one classifier of this process, and after it for no other.
///
/// What was worked out beforehand for the categories of one classifier is kept
/// with its id, so that a classification by another is noticed
/// ([`Classification::classifier`]).
///
/// # Examples
///
/// ```
/// use hedgerow::{Classifier, Compiler, Ruleset};
///
/// let bytes = Compiler::new().finish_to_vec()?.0;
/// let one = Classifier::new(Ruleset::open(bytes.clone())?);
/// let two = Classifier::new(Ruleset::open(bytes)?);
/// assert_ne!(one.id(), two.id());
/// assert_eq!(one.classify("a.example").classifier(), one.id());
/// # Ok::<(), hedgerow::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClassifierId(usize);

impl ClassifierId {
    fn next() -> ClassifierId {
        // The width of a pointer, which every platform counts atomically: at a
        // classifier a second it lasts 136 years where it is 32 bits.
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        ClassifierId(NEXT.fetch_add(1, MemoryOrdering::Relaxed))
    }
}

impl<D: AsRef<[u8]> + Sync> Classifier<D> {
    /// A classifier with one layer.
    pub fn new(ruleset: Ruleset<D>) -> Classifier<D> {
        Classifier::with_layers(vec![ruleset])
    }

    /// A classifier with these layers, all of one type of storage. A program
    /// that mixes mapped and embedded rulesets gives them one in an `enum` that
    /// implements `AsRef<[u8]>`.
    pub fn with_layers(layers: Vec<Ruleset<D>>) -> Classifier<D> {
        Classifier {
            id: ClassifierId::next(),
            layers,
        }
    }

    /// Which classifier it is.
    pub fn id(&self) -> ClassifierId {
        self.id
    }

    /// The layers, in order.
    pub fn layers(&self) -> &[Ruleset<D>] {
        &self.layers
    }

    /// What the address `text` is. An absolute URL, `host/path`, `host:port`,
    /// a host name or an IP literal.
    pub fn classify<'a>(&'a self, text: &'a str) -> Classification<'a> {
        self.classify_parsed(CanonicalUrl::parse(text))
    }

    /// As [`Classifier::classify`], for text that need not be UTF-8.
    pub fn classify_bytes<'a>(&'a self, text: &'a [u8]) -> Classification<'a> {
        self.classify_parsed(CanonicalUrl::parse_bytes(text))
    }

    /// As [`Classifier::classify`], for an address parsed before.
    pub fn classify_url<'a>(&'a self, url: CanonicalUrl<'a>) -> Classification<'a> {
        self.classify_parsed(Ok(url))
    }

    fn classify_parsed<'a>(
        &'a self,
        parsed: Result<CanonicalUrl<'a>, address::Unclassifiable>,
    ) -> Classification<'a> {
        let (address, outcome) = match parsed {
            Ok(url) => (Some(url), Outcome::Classified),
            Err(unclassifiable) => {
                let reason = Reason::Address(unclassifiable.reason());
                (None, Outcome::Unclassifiable(reason))
            }
        };
        // Filled where it stands: it is large, and copies of it would be dear.
        let mut classification = Classification {
            layers: self,
            classifier: self.id,
            outcome,
            address,
            chain: Vec::new(),
            hits: Hits::new(),
            has_exceptions: false,
        };
        let Classification {
            address: Some(url),
            outcome,
            hits,
            chain,
            ..
        } = &mut classification
        else {
            return classification;
        };
        let mut first = None;
        self.search(url, 0, hits, outcome, || first = address::unwrap(url));
        if let Some(first) = first {
            let carried = address::chain_from(first);
            if carried.is_cut_off() {
                *outcome = Outcome::Unclassifiable(Reason::WrappedTooDeep);
            }
            for (index, carried) in carried.links().iter().enumerate() {
                self.search(carried.address(), index + 1, hits, outcome, || {});
            }
            *chain = carried.into_links();
        }
        if classification.hits.len() > 1 {
            classification.order();
            classification.has_exceptions = classification
                .hits
                .iter()
                .any(|placed| placed.hit.label.action == Action::Allow);
        }
        classification
    }

    /// Searches all layers, and calls `meanwhile` once: see [`View::search`].
    #[inline]
    fn search(
        &self,
        url: &CanonicalUrl<'_>,
        via: usize,
        hits: &mut Hits,
        outcome: &mut Outcome,
        meanwhile: impl FnOnce(),
    ) {
        let mut meanwhile = Some(meanwhile);
        for (layer, ruleset) in self.layers.iter().enumerate() {
            let meanwhile = meanwhile.take();
            let meanwhile = || {
                if let Some(meanwhile) = meanwhile {
                    meanwhile();
                }
            };
            let view = ruleset.view();
            let searched = view.search(url, meanwhile, &mut Silent, &mut |hit| {
                hits.push(Placed {
                    hit,
                    layer: layer as u32,
                    via: via as u32,
                });
            });
            if searched == Err(Corrupt) {
                *outcome = Outcome::Unclassifiable(Reason::RulesetCorrupt);
            }
        }
        // Without a layer there was nothing to wait for.
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
    }

    pub(crate) fn search_observed(
        &self,
        url: &CanonicalUrl<'_>,
        layer: usize,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        self.layers[layer].view().search(url, || {}, observer, take)
    }
}

/// The layers of a classifier, whatever their storage.
trait Layers: Sync {
    fn view(&self, layer: usize) -> View<'_>;
}

impl<D: AsRef<[u8]> + Sync> Layers for Classifier<D> {
    fn view(&self, layer: usize) -> View<'_> {
        self.layers[layer].view()
    }
}

/// Whether an address could be classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was looked up in every layer. No category means that it is on no
    /// list.
    Classified,
    /// It was not, or not to the end: what was found stands, but that nothing
    /// else was found means nothing.
    Unclassifiable(Reason),
}

impl Outcome {
    /// The stable name: `classified` or `unclassifiable`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Classified => "classified",
            Outcome::Unclassifiable(_) => "unclassifiable",
        }
    }
}

/// Why an address could not be classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It has no host to look up.
    Address(UnclassifiableReason),
    /// It carries an address that carries an address, and so on, deeper than
    /// [`address::MAX_DEPTH`].
    WrappedTooDeep,
    /// A ruleset contradicts itself.
    RulesetCorrupt,
}

impl Reason {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Reason::Address(reason) => reason.code(),
            Reason::WrappedTooDeep => "wrapped-too-deep",
            Reason::RulesetCorrupt => "ruleset-corrupt",
        }
    }
}

/// A hit, with the layer and the address of the chain it belongs to.
struct Placed {
    hit: Hit,
    layer: u32,
    via: u32,
}

/// Few addresses have more hits than this; theirs go to the heap.
const INLINE_HITS: usize = 3;

type Hits = SmallVec<[Placed; INLINE_HITS]>;

/// What an address is. It borrows the classifier and the text.
pub struct Classification<'a> {
    layers: &'a dyn Layers,
    classifier: ClassifierId,
    outcome: Outcome,
    address: Option<CanonicalUrl<'a>>,
    chain: Vec<Carried>,
    hits: Hits,
    /// Whether any of several hits is an exception.
    has_exceptions: bool,
}

impl<'a> Classification<'a> {
    /// The classifier that answered.
    #[must_use]
    #[inline]
    pub fn classifier(&self) -> ClassifierId {
        self.classifier
    }

    /// Whether it could be classified.
    #[must_use]
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The stable code of why it could not be, if it could not.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self.outcome {
            Outcome::Classified => None,
            Outcome::Unclassifiable(reason) => Some(reason.code()),
        }
    }

    /// The address in canonical form, if it has one.
    #[must_use]
    #[inline]
    pub fn address(&self) -> Option<&CanonicalUrl<'a>> {
        self.address.as_ref()
    }

    /// The addresses that it carries, one inside another, outermost first.
    #[must_use]
    #[inline]
    pub fn via(&self) -> &[Carried] {
        &self.chain
    }

    /// Whether any list holds the address or one that it carries.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.hits.iter().any(|placed| self.counts(placed))
    }

    /// The names of its categories, sorted, each once, with those of the
    /// addresses that it carries. A listing that its own list makes an
    /// exception for does not count.
    #[must_use]
    #[inline]
    pub fn categories(&self) -> Categories<'a> {
        let mut names = Categories(SmallVec::new());
        if !self.hits.is_empty() {
            self.gather_categories(&mut names.0);
        }
        names
    }

    fn gather_categories(&self, names: &mut SmallVec<[&'a str; INLINE_CATEGORIES]>) {
        for placed in &self.hits {
            if self.counts(placed) {
                let view = self.layers.view(placed.layer as usize);
                names.push(category_ref(view, placed.hit.label.category).name());
            }
        }
        if names.len() > 1 {
            names.sort_unstable();
            names.dedup();
        }
    }

    /// Every rule that covers the address, or one that it carries, the most
    /// specific last; those of carried addresses after its own. Exceptions
    /// are among them: see [`Match::action`] and [`Match::is_undone`].
    #[inline]
    pub fn matches(&self) -> impl ExactSizeIterator<Item = Match<'_>> {
        self.hits.iter().map(move |placed| Match {
            classification: self,
            placed,
        })
    }

    /// Whether a hit gives its category: it lists, and its list does not take
    /// that back.
    fn counts(&self, placed: &Placed) -> bool {
        placed.hit.label.action == Action::List && !self.is_undone(placed)
    }

    #[inline]
    fn is_undone(&self, placed: &Placed) -> bool {
        self.has_exceptions && self.is_undone_by_another(placed)
    }

    #[cold]
    fn is_undone_by_another(&self, placed: &Placed) -> bool {
        let label = &placed.hit.label;
        if label.action == Action::Allow || label.important {
            return false;
        }
        self.hits.iter().any(|other| {
            other.hit.label.action == Action::Allow
                && other.hit.label.list == label.list
                && other.layer == placed.layer
                && other.via == placed.via
                && (!self.narrowest_wins(placed) || rank(&other.hit) >= rank(&placed.hit))
        })
    }

    /// In a response policy zone the narrowest name decides (RFC draft
    /// vixie-dnsop-dns-rpz, 5.2); elsewhere an exception always wins.
    fn narrowest_wins(&self, placed: &Placed) -> bool {
        let view = self.layers.view(placed.layer as usize);
        list_ref(view, placed.hit.label.list).format() == crate::lists::Format::Rpz.name()
    }

    fn order(&mut self) {
        let mut hits = std::mem::take(&mut self.hits);
        let order = |a: &Placed, b: &Placed| {
            a.via
                .cmp(&b.via)
                .then_with(|| rank(&a.hit).cmp(&rank(&b.hit)))
                .then_with(|| a.layer.cmp(&b.layer))
                .then_with(|| a.hit.label.cmp(&b.hit.label))
                // Two entries may have the same label and be as specific: the
                // answer must not tell in which order they were found.
                .then_with(|| a.hit.ordinal.cmp(&b.hit.ordinal))
        };
        // A search of one layer finds most in order.
        if !hits.is_sorted_by(|a, b| order(a, b).is_le()) {
            hits.sort_by(order);
        }
        self.hits = hits;
    }

    /// The address that a hit was found for.
    fn address_of(&self, placed: &Placed) -> Option<&CanonicalUrl<'_>> {
        match placed.via.checked_sub(1) {
            None => self.address.as_ref(),
            Some(link) => self.chain.get(link as usize).map(Carried::address),
        }
    }
}

/// The names of an address's categories, sorted, each once: a slice of `&str`.
///
/// # Examples
///
/// ```
/// use hedgerow::{Classifier, Compiler, Entry, HostScope, ListInfo, Ruleset};
///
/// let mut compiler = Compiler::new();
/// for category in ["games", "chat"] {
///     let mut list = compiler.list(ListInfo::new(category, category))?;
///     list.push(&Entry::host("play.example", HostScope::Domain, 1))?;
/// }
/// let classifier = Classifier::new(Ruleset::open(compiler.finish_to_vec()?.0)?);
///
/// let found = classifier.classify("play.example");
/// let categories = found.categories();
/// assert_eq!(categories, ["chat", "games"]);
/// assert!(categories.contains(&"games"));
/// assert_eq!(categories.join(", "), "chat, games");
/// # Ok::<(), hedgerow::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Categories<'a>(SmallVec<[&'a str; INLINE_CATEGORIES]>);

/// Few addresses have more categories than this; theirs go to the heap.
const INLINE_CATEGORIES: usize = 4;

impl<'a> std::ops::Deref for Categories<'a> {
    type Target = [&'a str];

    #[inline]
    fn deref(&self) -> &[&'a str] {
        &self.0
    }
}

impl<'a> IntoIterator for Categories<'a> {
    type Item = &'a str;
    type IntoIter = CategoryNames<'a>;

    fn into_iter(self) -> CategoryNames<'a> {
        CategoryNames(self.0.into_iter())
    }
}

/// The names of [`Categories`], one after the other.
pub struct CategoryNames<'a>(smallvec::IntoIter<[&'a str; INLINE_CATEGORIES]>);

impl<'a> Iterator for CategoryNames<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for CategoryNames<'_> {}

impl<'a, S, const N: usize> PartialEq<[S; N]> for Categories<'a>
where
    &'a str: PartialEq<S>,
{
    fn eq(&self, other: &[S; N]) -> bool {
        self[..] == other[..]
    }
}

impl<'a, S> PartialEq<Vec<S>> for Categories<'a>
where
    &'a str: PartialEq<S>,
{
    fn eq(&self, other: &Vec<S>) -> bool {
        self[..] == other[..]
    }
}

impl serde::Serialize for Categories<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self[..].serialize(serializer)
    }
}

impl fmt::Debug for Categories<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Classification<'_> {
    // Not the entries: those of an illegal-content list must not reach a log
    // by way of a debugging print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classification")
            .field("outcome", &self.outcome)
            .field("address", &self.address)
            .field("categories", &self.categories())
            .field("matches", &self.hits.len())
            .finish()
    }
}

/// The host of an address from the byte `start` on.
fn host_from<'u>(url: &'u CanonicalUrl<'_>, start: u32) -> &'u str {
    url.host_text().get(start as usize..).unwrap_or("")
}

/// The network of the first `prefix` bits of an address, as entries write it.
fn network_of(url: &CanonicalUrl<'_>, prefix: u8) -> String {
    let address = match url.host() {
        Host::V4(address) => IpAddr::V4(address),
        Host::V6(address) => IpAddr::V6(address),
        Host::Name(_) => return String::new(),
    };
    IpNet::new(address, prefix)
        .map_or_else(|_| String::new(), |network| network_text(network.trunc()))
}

/// How specific a hit is; greater is more specific.
fn rank(hit: &Hit) -> (u8, u32, HostScope, u32, PathScope) {
    let label = &hit.label;
    match hit.place {
        Place::Expression => (0, 0, label.host_scope, 0, PathScope::Any),
        Place::Network { prefix } => (1, u32::from(prefix), label.host_scope, 0, PathScope::Any),
        // The further left the host begins, the longer it is.
        Place::Host { start } => (2, u32::MAX - start, label.host_scope, 0, label.path_scope),
        Place::Path { start, end, .. } => {
            (2, u32::MAX - start, label.host_scope, end, label.path_scope)
        }
    }
}

/// A rule that covers an address.
#[derive(Clone, Copy)]
pub struct Match<'c> {
    classification: &'c Classification<'c>,
    placed: &'c Placed,
}

impl<'c> Match<'c> {
    fn view(&self) -> View<'c> {
        self.classification.layers.view(self.placed.layer as usize)
    }

    /// Its category.
    #[must_use]
    pub fn category(&self) -> CategoryRef<'c> {
        category_ref(self.view(), self.placed.hit.label.category)
    }

    /// The place of its category among the [`Ruleset::categories`] of its layer,
    /// counted from 0: what a table made beforehand is asked by, which is
    /// quicker than by name.
    #[must_use]
    #[inline]
    pub fn category_place(&self) -> usize {
        self.placed.hit.label.category as usize
    }

    /// The list that it stands in.
    #[must_use]
    pub fn list(&self) -> ListRef<'c> {
        list_ref(self.view(), self.placed.hit.label.list)
    }

    /// The entry, in canonical form: a host, a host and path, a network, or an
    /// expression as its list's reader put it for canonical text.
    #[must_use]
    pub fn entry(&self) -> Cow<'c, str> {
        let placed = self.placed;
        let Some(url) = self.classification.address_of(placed) else {
            return Cow::Borrowed("");
        };
        match placed.hit.place {
            Place::Expression => self
                .view()
                .expression_text(placed.hit.ordinal)
                .map_or(Cow::Borrowed(""), Cow::Borrowed),
            Place::Network { prefix } => Cow::Owned(network_of(url, prefix)),
            Place::Host { start } => Cow::Owned(host_from(url, start).to_owned()),
            Place::Path { start, end, kind } => {
                let mut text = host_from(url, start).to_owned();
                let target = compared_target(url.target(), kind);
                let target = &target[..(end as usize).min(target.len())];
                if target.first() != Some(&b'/') {
                    text.push('/');
                }
                text.push_str(&String::from_utf8_lossy(target));
                Cow::Owned(text)
            }
        }
    }

    /// What it covers, in a word or two: `domain`, `web-host prefix`,
    /// `network`, `expression`.
    #[must_use]
    pub fn scope(&self) -> String {
        scope_text(
            self.placed.hit.place.stream(),
            self.host_scope(),
            self.path_scope(),
        )
    }

    /// Which hosts it covers.
    #[must_use]
    pub fn host_scope(&self) -> HostScope {
        self.placed.hit.label.host_scope
    }

    /// Which paths it covers.
    #[must_use]
    pub fn path_scope(&self) -> PathScope {
        self.placed.hit.label.path_scope
    }

    /// Whether it lists the address or makes an exception for it.
    #[must_use]
    #[inline]
    pub fn action(&self) -> Action {
        self.placed.hit.label.action
    }

    /// Whether an exception of its own list takes it back, so that it gives no
    /// category.
    #[must_use]
    #[inline]
    pub fn is_undone(&self) -> bool {
        self.classification.is_undone(self.placed)
    }

    /// The layer that it stands in, counted from 0.
    #[must_use]
    #[inline]
    pub fn layer(&self) -> usize {
        self.placed.layer as usize
    }

    /// Which address it covers: 0 for the address itself, `n` for the `n`th
    /// of [`Classification::via`].
    #[must_use]
    #[inline]
    pub fn via(&self) -> usize {
        self.placed.via as usize
    }

    /// How narrow its rule is against that of another match of the same
    /// classification: [`Ordering::Less`] if it is broader. An expression is
    /// the broadest, then a network, then a host, the longer the narrower, then
    /// a path. It depends on the rules alone, not on the order of layers.
    #[must_use]
    pub fn compare_narrowness(&self, other: &Match<'_>) -> Ordering {
        rank(&self.placed.hit).cmp(&rank(&other.placed.hit))
    }

    /// The line of its list on which it stands, counted from 1, if the ruleset
    /// records lines.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        let hit = &self.placed.hit;
        self.view()
            .line(hit.place.stream(), hit.ordinal, hit.member as usize)
    }
}

impl fmt::Debug for Match<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Match")
            .field("category", &self.category().name())
            .field("list", &self.list().name())
            .field("scope", &self.scope())
            .finish_non_exhaustive()
    }
}
