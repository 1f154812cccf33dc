//! What a decision says of itself: to programs, to people, and as data.

use crate::action::Action;
use crate::decide::Found;
use crate::download::{DownloadKind, DownloadKinds};
use crate::exemption::Exemption;
use crate::policy::{Group, LocalRule, Policy, Schedule};
use crate::reason::{ReasonCode, Step};
use crate::safe_search::{SafeSearch, SearchEngine};
use hedgerow::address::Carried;
use hedgerow::{Action as RuleAction, CanonicalUrl, Classification, Match};
use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

/// What is done with an address, and why. It borrows the policy and the
/// classification and is cheap to copy.
///
/// # Examples
///
/// As data, in the form that every binding has:
///
/// ```
/// use hedgerow::{Classifier, Compiler, Ruleset};
/// use hedgerow_policy::Policy;
///
/// let classifier = Classifier::new(Ruleset::open(Compiler::new().finish_to_vec()?.0)?);
/// let policy = Policy::from_toml(r#"
///     name = "Hill School"
///     time_zone = "Europe/London"
///     [groups.pupil]
///     default = "allow"
///     [[groups.pupil.block]]
///     address = "play.example"
///     reason = "exam week"
/// "#)?;
/// let found = classifier.classify("https://www.play.example/");
/// let decision = policy.decide(&found, "pupil", "2026-11-02T10:00:00Z".parse()?)?;
/// let data = serde_json::to_value(&decision)?;
/// assert_eq!(data["action"], "block");
/// assert_eq!(data["reason"], "local-block");
/// assert_eq!(data["local_rule"]["reason"], "exam week");
/// assert_eq!(data["sentence"], "Hill School has blocked this address: exam week.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Decision<'d> {
    pub(crate) policy: &'d Policy,
    pub(crate) classification: &'d Classification<'d>,
    pub(crate) group: usize,
    pub(crate) at: Timestamp,
    pub(crate) verdict: Verdict,
    pub(crate) download: Option<DownloadKind>,
    pub(crate) requested: Option<&'d str>,
}

/// What one address of a chain comes to.
#[derive(Clone, Copy)]
pub(crate) struct Verdict {
    pub(crate) action: Action,
    pub(crate) reason: ReasonCode,
    /// Which address of the chain.
    pub(crate) via: u32,
    /// The place among the matches of the one that decided.
    pub(crate) found: Option<u32>,
    /// The category whose action counts, as the policy names it.
    pub(crate) governed: Option<u32>,
    pub(crate) local: Option<u32>,
    pub(crate) exemption: Option<u32>,
    pub(crate) schedule: Option<u32>,
}

impl Verdict {
    pub(crate) fn new(action: Action, reason: ReasonCode, via: u32) -> Verdict {
        Verdict {
            action,
            reason,
            via,
            found: None,
            governed: None,
            local: None,
            exemption: None,
            schedule: None,
        }
    }

    /// Whether it counts against one found before, further out.
    pub(crate) fn beats(&self, other: &Verdict) -> bool {
        match self.action.cmp(&other.action) {
            Ordering::Equal => self.reason.step() < other.reason.step(),
            order => order == Ordering::Greater,
        }
    }
}

impl<'d> Decision<'d> {
    fn found(&self) -> Option<Match<'d>> {
        let place = self.verdict.found? as usize;
        self.classification.matches().nth(place)
    }

    fn is_locked(&self) -> bool {
        self.step() == Step::Locked
    }

    /// What is done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.verdict.action
    }

    /// Whether the address opens without a question.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.action().opens()
    }

    /// Which step of the precedence decided.
    #[must_use]
    pub fn step(&self) -> Step {
        self.verdict.reason.step()
    }

    /// Why, as a stable code.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        self.verdict.reason
    }

    /// The policy that decided.
    #[must_use]
    pub fn policy(&self) -> &'d Policy {
        self.policy
    }

    /// The classification that was decided on.
    #[must_use]
    pub fn classification(&self) -> &'d Classification<'d> {
        self.classification
    }

    /// The group that it was decided for.
    #[must_use]
    pub fn group(&self) -> Group<'d> {
        Group {
            policy: self.policy,
            index: self.group,
        }
    }

    /// The moment that it was decided for.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The category that decided, as its ruleset names it.
    #[must_use]
    pub fn category(&self) -> Option<&'d str> {
        self.found().map(|one| one.category().name())
    }

    /// The category whose action counted, as the policy's taxonomy names it:
    /// `pornography` for a ruleset's `adult`, or the area of risk.
    #[must_use]
    pub fn policy_category(&self) -> Option<&'d str> {
        let index = self.verdict.governed?;
        Some(self.policy.rules.categories.id(index))
    }

    /// The title of the category that decided, for people.
    #[must_use]
    pub fn category_title(&self) -> Option<Cow<'d, str>> {
        let one = self.found()?;
        // A ruleset from a tree of folders has no titles but its names.
        let title = one.category().title();
        if !title.is_empty() && title != one.category().name() {
            return Some(Cow::Borrowed(title));
        }
        let categories = &self.policy.rules.categories;
        let known = self
            .verdict
            .governed
            .or_else(|| self.policy.category_of(&one.category()).0)
            .and_then(|index| categories.get(index));
        Some(Cow::Borrowed(known.map_or_else(
            || one.category().name(),
            |known| known.title.as_str(),
        )))
    }

    /// The list whose match decided.
    #[must_use]
    pub fn list(&self) -> Option<&'d str> {
        self.found().map(|one| one.list().name())
    }

    /// The version of that list, if it has one.
    #[must_use]
    pub fn list_version(&self) -> Option<&'d str> {
        self.found().and_then(|one| one.list().version())
    }

    /// The entry of that list, in canonical form. `None` for illegal content:
    /// what stands in such a list is not for those to read who run into it, nor
    /// for logs.
    #[must_use]
    pub fn entry(&self) -> Option<Cow<'d, str>> {
        if self.is_locked() {
            return None;
        }
        self.found().map(|one| one.entry())
    }

    /// Which address decided: 0 for the address itself, `n` for the `n`th of
    /// those that it carries ([`Classification::via`]).
    #[must_use]
    pub fn via(&self) -> usize {
        self.verdict.via as usize
    }

    /// The address that decided, in canonical form, if it has one.
    #[must_use]
    pub fn decided_address(&self) -> Option<&'d CanonicalUrl<'d>> {
        match self.via().checked_sub(1) {
            None => self.classification.address(),
            Some(link) => self.classification.via().get(link).map(Carried::address),
        }
    }

    /// Why the address could not be classified, or not to the end, as the
    /// engine's stable code; whether or not that decided.
    #[must_use]
    pub fn unclassifiable(&self) -> Option<&'static str> {
        self.classification.reason()
    }

    /// The exemption that opens the address.
    #[must_use]
    pub fn exemption(&self) -> Option<&'d Exemption> {
        let number = self.verdict.exemption? as usize;
        self.policy.openings.exemptions.get(number)
    }

    /// The local rule that blocks or allows the address.
    #[must_use]
    pub fn local_rule(&self) -> Option<&'d LocalRule> {
        let number = self.verdict.local? as usize;
        self.group().rules().rules.get(number)
    }

    /// The schedule that switched the action, if one did.
    #[must_use]
    pub fn schedule(&self) -> Option<&'d str> {
        let number = self.verdict.schedule? as usize;
        self.policy.rules.schedules.get(number).map(Schedule::name)
    }

    /// The schedules in force then, whether or not one switched the action.
    pub fn schedules_in_force(&self) -> impl Iterator<Item = &'d str> {
        self.policy.schedules_in_force(self.at)
    }

    /// What to ask of the search engine that this is the address of, so that it
    /// shows what is safe; none if it is no engine's, is blocked anyway, or the
    /// group has safe search off. An engine that offers no way
    /// ([`SafeSearch::is_enforceable`]) is not blocked for that: a school that
    /// wants it blocked says so in the policy.
    ///
    /// A filter that redirects takes the address from
    /// [`Decision::safe_address`].
    ///
    /// # Resource usage
    ///
    /// Nothing is looked up before this is called, and nothing allocated.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{Classifier, Compiler, Ruleset};
    /// use hedgerow_policy::{Policy, SearchEngine};
    ///
    /// let classifier = Classifier::new(Ruleset::open(Compiler::new().finish_to_vec()?.0)?);
    /// let policy = Policy::from_toml(r#"
    ///     name = "Hill School"
    ///     time_zone = "Europe/London"
    ///     [groups.pupil]
    ///     default = "allow"
    /// "#)?;
    /// let requested = "https://www.google.co.uk/search?q=rock%26roll";
    /// let found = classifier.classify(requested);
    /// let decision = policy
    ///     .decide(&found, "pupil", "2026-11-02T10:00:00Z".parse()?)?
    ///     .with_requested(requested);
    /// assert_eq!(decision.safe_search().unwrap().engine(), SearchEngine::Google);
    /// assert_eq!(
    ///     decision.safe_address().as_deref(),
    ///     Some("https://www.google.co.uk/search?q=rock%26roll&safe=active")
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn safe_search(&self) -> Option<SafeSearch<'d>> {
        if self.action() == Action::Block || !self.group().safe_search() {
            return None;
        }
        SafeSearch::for_address(self.classification.address()?)
    }

    /// The same decision, which knows the address as it was requested, before
    /// it was put into canonical form. [`Decision::safe_address`] changes that
    /// text, and keeps what canonical form does not.
    #[must_use]
    pub fn with_requested(mut self, requested: &'d str) -> Decision<'d> {
        self.requested = Some(requested);
        self
    }

    /// The address to redirect to for safe results: the one given to
    /// [`Decision::with_requested`] with the engine's setting, or else the
    /// canonical one, which may mean less
    /// ([`SafeSearch::rewritten`]). None if there is nothing to change.
    #[must_use]
    pub fn safe_address(&self) -> Option<String> {
        let safe = self.safe_search()?;
        match self.requested {
            Some(requested) => safe.rewrite(requested),
            None => safe.rewritten(),
        }
    }

    /// The kind of file that is not to be downloaded, if that decided.
    #[must_use]
    pub fn download(&self) -> Option<DownloadKind> {
        self.download
    }

    /// The decision on downloading a file of these kinds
    /// ([`DownloadKind::of`]) from the address: the same, or `block` if the
    /// group may not download one of them at all, or not from an address of
    /// these categories. What a local rule or an exemption opens, it opens for
    /// reading: the files of forbidden kinds stay forbidden.
    #[must_use]
    pub fn with_download(mut self, kinds: DownloadKinds) -> Decision<'d> {
        if self.action() == Action::Block {
            return self;
        }
        let group = self.group();
        let downloads = &group.rules().downloads;
        let first = |kinds: DownloadKinds| kinds.iter().next();
        let mut blocked = first(downloads.block.and(kinds)).map(|kind| (kind, None));
        if blocked.is_none() && !downloads.categories.is_empty() {
            let mut best: Option<(DownloadKind, Found<'_>)> = None;
            for (place, one) in (0..).zip(self.classification.matches()) {
                if one.action() != RuleAction::List || one.is_undone() {
                    continue;
                }
                let (category, _) = self.policy.category_of(&one.category());
                let name = category.map_or(one.category().name(), |index| {
                    self.policy.rules.categories.id(index)
                });
                let found = Found {
                    one,
                    place,
                    category,
                };
                if let Some(kind) = first(group.blocked_downloads_of(name).and(kinds))
                    && best.is_none_or(|(_, best)| found.is_reported_before(&best))
                {
                    best = Some((kind, found));
                }
            }
            blocked = best.map(|(kind, found)| (kind, Some(found.place)));
        }
        if let Some((kind, found)) = blocked {
            self.verdict = Verdict {
                found,
                governed: None,
                ..Verdict::new(Action::Block, ReasonCode::Download, self.verdict.via)
            };
            self.download = Some(kind);
        }
        self
    }

    /// A sentence or two for the page that a reader sees in place of the
    /// address, and for logs.
    #[must_use]
    pub fn sentence(&self) -> Cow<'d, str> {
        let school = self.policy.name();
        let title = self.category_title().unwrap_or(Cow::Borrowed(""));
        let during = self
            .schedule()
            .map_or_else(String::new, |name| format!(" during `{name}`"));
        let because = |reason: Option<&str>| {
            reason.map_or_else(String::new, |reason| {
                format!(": {}", reason.trim_end_matches('.'))
            })
        };
        let sentence = match (self.reason(), self.action()) {
            (ReasonCode::LockedCategory, _) => {
                "This address is on a list of illegal content. It is blocked for everybody, always."
                    .to_owned()
            }
            (ReasonCode::LocalBlock, _) => {
                let why = because(self.local_rule().and_then(LocalRule::reason));
                format!("{school} has blocked this address{why}.")
            }
            (ReasonCode::LocalAllow, _) => {
                let why = because(self.local_rule().and_then(LocalRule::reason));
                format!("{school} has opened this address{why}.")
            }
            (ReasonCode::ExemptionAddress | ReasonCode::ExemptionCategory, _) => {
                let why = because(self.exemption().map(|exemption| exemption.reason.as_str()));
                format!("{school} has opened this address for a time{why}.")
            }
            (ReasonCode::Category, Action::Block) => {
                format!("This address is blocked{during} because of what it is listed as: {title}.")
            }
            (ReasonCode::Category, Action::Warn) => {
                format!("Go on only if you need to{during}: this address is listed as {title}.")
            }
            (ReasonCode::Category, Action::Monitor) => {
                format!("This address is open, and visits are recorded{during}: it is listed as {title}.")
            }
            (ReasonCode::Category, Action::Allow) => {
                format!("This address is open{during}: it is listed as {title}.")
            }
            (ReasonCode::Download, _) => {
                let kind = self.download.map_or("", DownloadKind::name);
                if title.is_empty() {
                    format!("Files of this kind ({kind}) are not to be downloaded.")
                } else {
                    format!("Files of this kind ({kind}) are not to be downloaded from an address listed as {title}.")
                }
            }
            (ReasonCode::UnclassifiableAddress, action) => {
                format!("This address cannot be looked up{}", then(action))
            }
            (ReasonCode::WrappedTooDeep, action) => {
                format!("This address hides another too deep to be looked up{}", then(action))
            }
            (ReasonCode::RulesetCorrupt, _) => {
                "The lists of this filter are damaged. What they cannot tell about is blocked until they are repaired."
                    .to_owned()
            }
            (ReasonCode::CategoryDefault, action) => format!(
                "This address is listed as {title}, of which the policy says nothing by itself{}",
                then(action)
            ),
            (ReasonCode::Default, action) => {
                format!("This address is on no list{}", then(action))
            }
        };
        Cow::Owned(sentence)
    }
}

/// How a sentence ends where the action follows from nothing in particular.
fn then(action: Action) -> &'static str {
    match action {
        Action::Allow => ", and is open.",
        Action::Monitor => ", and is open; visits are recorded.",
        Action::Warn => ". Go on only if you need to.",
        Action::Block => ", and is blocked.",
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("action", &self.action())
            .field("reason", &self.reason())
            .field("group", &self.group().name())
            .field("category", &self.category())
            .field("list", &self.list())
            .finish_non_exhaustive()
    }
}

/// The decision as data: every member is always there, and `null` where there
/// is nothing to say.
impl Serialize for Decision<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Decision", 27)?;
        out.serialize_field("action", &self.action())?;
        out.serialize_field("step", &self.step())?;
        out.serialize_field("reason", &self.reason())?;
        out.serialize_field("sentence", &self.sentence())?;
        out.serialize_field("policy", self.policy.name())?;
        out.serialize_field("policy_version", self.policy.version())?;
        out.serialize_field("contact", &self.policy.contact())?;
        out.serialize_field("group", self.group().name())?;
        out.serialize_field("at", &self.at)?;
        let text = |url: Option<&CanonicalUrl<'_>>| url.map(ToString::to_string);
        out.serialize_field("address", &text(self.classification.address()))?;
        out.serialize_field("decided_address", &text(self.decided_address()))?;
        out.serialize_field("via", &self.via())?;
        let chain: Vec<&str> = self
            .classification
            .via()
            .iter()
            .map(Carried::wrapper)
            .collect();
        out.serialize_field("wrappers", &chain)?;
        out.serialize_field("categories", &self.classification.categories())?;
        out.serialize_field("category", &self.category())?;
        out.serialize_field("category_title", &self.category_title())?;
        out.serialize_field("policy_category", &self.policy_category())?;
        out.serialize_field("list", &self.list())?;
        out.serialize_field("list_version", &self.list_version())?;
        out.serialize_field("entry", &self.entry())?;
        out.serialize_field("unclassifiable", &self.unclassifiable())?;
        out.serialize_field("local_rule", &self.local_rule())?;
        out.serialize_field(
            "exemption",
            &self.exemption().map(|exemption| &exemption.id),
        )?;
        out.serialize_field("schedule", &self.schedule())?;
        let schedules: Vec<&str> = self.schedules_in_force().collect();
        out.serialize_field("schedules", &schedules)?;
        out.serialize_field("download", &self.download)?;
        let safe_search = self.safe_search().map(|safe| SafeSearchData {
            engine: safe.engine(),
            enforceable: safe.is_enforceable(),
            rewritten: self.safe_address(),
            cname: safe.cname(),
            headers: safe.headers(),
        });
        out.serialize_field("safe_search", &safe_search)?;
        out.end()
    }
}

/// [`SafeSearch`] as data, with the address rewritten from what was requested.
#[derive(Serialize)]
struct SafeSearchData {
    engine: SearchEngine,
    enforceable: bool,
    rewritten: Option<String>,
    cname: Option<&'static str>,
    headers: &'static [(&'static str, &'static str)],
}
