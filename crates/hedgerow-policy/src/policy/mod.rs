//! The policy: read from TOML or JSON, asked for decisions.
//!
//! # The form of a policy
//!
//! TOML, or JSON of the same structure. A key that is not known is an error, as
//! is everything else that could mean something other than was meant; all
//! errors are told at once, each with its line and column.
//!
//! ```
//! # let policy = hedgerow_policy::Policy::from_toml(r#"
//! name = "Hill School"             # in decisions, on block pages, in logs
//! version = "2026-11-01"
//! taxonomy = "uksic-2025"          # the default
//! time_zone = "Europe/London"
//! contact = "office@hill.example"
//!
//! ## Categories of one's own, beside those of the taxonomy. Names of the other
//! ## built-in taxonomies are known without this.
//! [[category]]
//! name = "games"
//! title = "Games"
//! aliases = ["play"]
//!
//! ## A schedule is in force when day, date and time of day fit, by the clocks of
//! ## its zone. What it leaves out is everything: no `days` is all days.
//! [schedules.lesson]
//! days = ["mon", "tue", "wed", "thu", "fri"]
//! times = ["09:00-12:00", "13:00-15:20"]    # 12:00 is no longer in it
//! dates = ["2026-09-01..2026-10-23"]
//! except_dates = ["2026-09-18"]
//! [schedules.night]
//! times = ["22:00-06:00"]                   # belongs to the day it begins on
//! time_zone = "Europe/Paris"
//!
//! [groups.everyone]
//! default = "allow"                # or "monitor", "warn", "block"
//! unclassifiable = "block"         # the default
//! safe_search = true               # the default
//! [groups.everyone.categories]
//! gambling = "block"
//! ## Of several schedules in force the strictest action counts.
//! games = { otherwise = "monitor", lesson = "block", night = "block" }
//! ## An area of risk governs what nothing nearer governs.
//! commerce = "monitor"
//! [groups.everyone.downloads]
//! block = ["executable"]
//! categories = { malware-hacking = ["executable", "archive"] }
//!
//! ## A group takes over what it does not say itself: actions and downloads from
//! ## the nearest that says them (of equally near ones the strictest), local rules
//! ## from all.
//! [groups.pupil]
//! extends = "everyone"             # or a list
//! allow = ["chess.example", "wiki.example/chess"]
//! [[groups.pupil.block]]
//! address = "forum.example/games"
//! scope = "host"                   # "domain" (the default), "subdomains", "web-host"
//! path = "exact"                   # "prefix" is the default
//! case = "insensitive"             # "sensitive" is the default
//! reason = "exam week"             # shown to those who are blocked
//!
//! [exemptions]                     # without it there are none
//! may_request = ["A. Teacher"]
//! may_approve = ["D. Lead"]
//! may_edit = ["N. Manager"]
//! one_person_may = false           # the default
//! longest = "28 days"
//!
//! [[ruleset]]
//! name = "illegal"
//! max_age = "24 hours"
//!
//! [[canary]]                       # must be blocked if all works
//! address = "terrorism.canary.test"
//! category = "terrorism"
//! groups = ["pupil"]               # every group if left out
//! # "#)?;
//! # assert_eq!(policy.groups().count(), 2);
//! # Ok::<(), hedgerow_policy::Errors>(())
//! ```
//!
//! # What governs a category
//!
//! Lists call things by names of their own. For a category of a list counts,
//! the first that there is: what the group says of that very category (by any of
//! its names in the policy's taxonomy); what it says of the categories of the
//! policy's taxonomy that it comes down to, the strictest of them
//! (`mixed_adult` of the lists of Toulouse comes down to `pornography`); what it
//! says of the areas of risk (`kcsie-4c`) that it belongs to; the group's
//! default.
//!
//! A category of illegal content is blocked whatever is said, and a policy that
//! says something else of it does not load.

mod build;
mod check;
mod document;
mod exempt;
mod groups;
mod local;
mod names;
mod schedule;

pub use self::check::{Finding, FindingCode, Severity};
pub use self::local::LocalRule;
pub use self::schedule::Schedule;

pub(crate) use self::exempt::Openings;
pub(crate) use self::groups::{Governed, GroupRules};
pub(crate) use self::names::Categories;
pub(crate) use self::schedule::Clock;

use self::document::Reading;
use crate::action::Action;
use crate::download::DownloadKinds;
use crate::error::{Error, ErrorKind, Errors, Result};
use crate::exemptions::ExemptionRules;
use crate::zones::{EmbeddedZones, Zone, ZoneSource};
use hedgerow::Ruleset;
use hedgerow::category::{Taxonomy, nearest};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
#[cfg(feature = "files")]
use std::path::Path;
use std::sync::Arc;

/// Who may see what, and when.
///
/// It does no input or output once it is read, has no clock, and is cheap to
/// clone.
///
/// # Examples
///
/// ```
/// use hedgerow::{Classifier, Compiler, Entry, HostScope, ListInfo, Ruleset};
/// use hedgerow_policy::{Action, Policy};
///
/// let policy = Policy::from_toml(r#"
///     name = "Hill School"
///     time_zone = "Europe/London"
///
///     [[category]]
///     name = "games"
///
///     [schedules.lesson]
///     days = ["mon", "tue", "wed", "thu", "fri"]
///     times = ["09:00-12:00", "13:00-15:20"]
///
///     [groups.pupil]
///     default = "allow"
///     categories = { games = { otherwise = "allow", lesson = "block" } }
///     allow = ["chess.play.example"]
/// "#)?;
///
/// let mut compiler = Compiler::new();
/// let mut list = compiler.list(ListInfo::new("games", "games"))?;
/// list.push(&Entry::host("play.example", HostScope::Domain, 1))?;
/// let classifier = Classifier::new(Ruleset::open(compiler.finish_to_vec()?.0)?);
///
/// let found = classifier.classify("https://play.example/");
/// let lesson = "2026-11-02T10:00:00Z".parse()?;
/// let decision = policy.decide(&found, "pupil", lesson)?;
/// assert_eq!(decision.action(), Action::Block);
/// assert_eq!((decision.category(), decision.schedule()), (Some("games"), Some("lesson")));
///
/// let pause = "2026-11-02T12:10:00Z".parse()?;
/// assert_eq!(policy.decide(&found, "pupil", pause)?.action(), Action::Allow);
///
/// // A group that is not there is an error, never "allow".
/// assert!(policy.decide(&found, "pupils", lesson).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Policy {
    pub(crate) rules: Arc<Rules>,
    pub(crate) openings: Arc<Openings>,
}

/// What a policy says.
pub(crate) struct Rules {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) contact: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) zones: Vec<Zone>,
    pub(crate) taxonomy: Taxonomy,
    pub(crate) categories: Categories,
    /// In order of names, as are the groups.
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) groups: Vec<GroupRules>,
    pub(crate) exemptions: ExemptionRules,
    pub(crate) rulesets: Vec<RulesetRule>,
    pub(crate) canaries: Vec<Canary>,
}

/// How old a ruleset may be: `[[ruleset]]` of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RulesetRule {
    /// The ruleset, by the name that the policy gives it.
    pub name: String,
    /// The greatest age that it may have.
    pub max_age: SignedDuration,
}

/// An address that must be blocked if all works: `[[canary]]` of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Canary {
    /// The address.
    pub address: String,
    /// The id of the category that it stands for.
    pub category: String,
    /// The list that has it, if the policy says.
    pub list: Option<String>,
    /// The groups that it must be blocked for; empty means every group.
    pub groups: Vec<String>,
}

/// Reads policies with taxonomies, rulesets and time zones that are not built
/// in.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::{PolicyReader, Zone};
///
/// let zones = |name: &str| (name == "Moon/Tycho").then(Zone::utc);
/// let policy = PolicyReader::new().zones(&zones).toml(r#"
///     name = "Moon School"
///     time_zone = "Moon/Tycho"
///     [groups.everyone]
///     default = "allow"
/// "#)?;
/// assert_eq!(policy.time_zone(), "Moon/Tycho");
/// # Ok::<(), hedgerow_policy::Errors>(())
/// ```
pub struct PolicyReader<'a> {
    zones: &'a dyn ZoneSource,
    taxonomies: Vec<Taxonomy>,
    names: BTreeSet<String>,
}

impl Default for PolicyReader<'_> {
    fn default() -> Self {
        PolicyReader::new()
    }
}

impl fmt::Debug for PolicyReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyReader")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl<'a> PolicyReader<'a> {
    /// A reader that knows what is built in.
    #[must_use]
    pub fn new() -> PolicyReader<'a> {
        PolicyReader {
            zones: &EmbeddedZones,
            taxonomies: Vec::new(),
            names: BTreeSet::new(),
        }
    }

    /// Takes time zones from there.
    #[must_use]
    pub fn zones(mut self, zones: &'a dyn ZoneSource) -> PolicyReader<'a> {
        self.zones = zones;
        self
    }

    /// Knows one taxonomy more; before a built-in one of the same id.
    #[must_use]
    pub fn taxonomy(mut self, taxonomy: Taxonomy) -> PolicyReader<'a> {
        self.taxonomies.push(taxonomy);
        self
    }

    /// Knows the categories of that ruleset too, so that the policy may speak of
    /// them without declaring them.
    #[must_use]
    pub fn ruleset<D: AsRef<[u8]>>(mut self, ruleset: &Ruleset<D>) -> PolicyReader<'a> {
        self.names.extend(
            ruleset
                .categories()
                .map(|category| category.name().to_owned()),
        );
        self
    }

    /// The policy that is written there in TOML.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its line and column.
    pub fn toml(&self, text: &str) -> std::result::Result<Policy, Errors> {
        self.read(Reading::new(text), false)
    }

    /// The policy that is written there in JSON, in the same structure.
    ///
    /// # Errors
    ///
    /// As [`PolicyReader::toml`].
    pub fn json(&self, text: &str) -> std::result::Result<Policy, Errors> {
        self.read(Reading::new(text), true)
    }

    /// The policy in that file: JSON if its name ends in `.json`, otherwise
    /// TOML.
    ///
    /// # Errors
    ///
    /// As [`PolicyReader::toml`], and the engine's `io` or `not-found` if the file
    /// cannot be read.
    #[cfg(feature = "files")]
    pub fn file(&self, path: impl AsRef<Path>) -> std::result::Result<Policy, Errors> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|error| Error::from(error).at_path(path))?;
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        self.read(Reading::new(&text).at_path(path), is_json)
    }

    fn read(&self, mut reading: Reading<'_>, is_json: bool) -> std::result::Result<Policy, Errors> {
        let root = if is_json {
            reading.json()
        } else {
            reading.toml()
        };
        let rules = root.and_then(|root| build::build(self, &mut reading, &root));
        let rules = Errors::or(reading.errors, rules)?;
        let mut policy = Policy {
            openings: Arc::new(Openings::none(&rules.groups)),
            rules: Arc::new(rules),
        };
        let fixed: Vec<_> = policy.groups().map(|group| group.fixed()).collect();
        if let Some(rules) = Arc::get_mut(&mut policy.rules) {
            for (group, fixed) in rules.groups.iter_mut().zip(fixed) {
                group.fixed = fixed;
            }
        }
        Ok(policy)
    }
}

impl Policy {
    /// The policy that is written there in TOML. See [`PolicyReader`] for what
    /// is not built in.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its line and column.
    pub fn from_toml(text: &str) -> std::result::Result<Policy, Errors> {
        PolicyReader::new().toml(text)
    }

    /// The policy that is written there in JSON, in the same structure.
    ///
    /// # Errors
    ///
    /// As [`Policy::from_toml`].
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow_policy::Policy;
    ///
    /// let policy = Policy::from_json(r#"{
    ///     "name": "Hill School",
    ///     "time_zone": "Europe/London",
    ///     "groups": { "everyone": { "default": "allow", "categories": { "gambling": "block" } } }
    /// }"#)?;
    /// assert_eq!(policy.groups().count(), 1);
    /// # Ok::<(), hedgerow_policy::Errors>(())
    /// ```
    pub fn from_json(text: &str) -> std::result::Result<Policy, Errors> {
        PolicyReader::new().json(text)
    }

    /// The policy in that file: JSON if its name ends in `.json`, otherwise
    /// TOML.
    ///
    /// # Errors
    ///
    /// As [`PolicyReader::file`].
    #[cfg(feature = "files")]
    pub fn load(path: impl AsRef<Path>) -> std::result::Result<Policy, Errors> {
        PolicyReader::new().file(path)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.rules.name
    }

    /// Its version; empty if it says none.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.rules.version
    }

    /// Whom a blocked reader may turn to, if it says.
    #[must_use]
    pub fn contact(&self) -> Option<&str> {
        self.rules.contact.as_deref()
    }

    /// The IANA name of its time zone.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.rules.time_zone
    }

    /// Its time zone.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        // A policy without a zone does not load.
        &self.rules.zones[0]
    }

    /// Whether the category of that name, by any of its names, is illegal
    /// content by the policy's taxonomy. A ruleset may lock others besides.
    #[must_use]
    pub fn is_locked(&self, category: &str) -> bool {
        let categories = &self.rules.categories;
        let known = categories.index(category);
        known
            .and_then(|index| categories.get(index))
            .is_some_and(|known| known.locked)
    }

    /// Its taxonomy, with the categories that the policy declares.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.rules.taxonomy
    }

    /// Its groups, in order of names.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = Group<'_>> {
        (0..self.rules.groups.len()).map(|index| Group {
            policy: self,
            index,
        })
    }

    /// The group of that name, which is the safe way to ask for many decisions:
    /// an unknown group is found out before the first.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PolicyGroup`] if there is none.
    pub fn group(&self, name: &str) -> Result<Group<'_>> {
        self.groups()
            .find(|group| group.name() == name)
            .ok_or_else(|| {
                let guess = nearest(name, self.groups().map(|group| group.name()));
                let message = format!(
                    "the policy `{}` has no group `{name}`{}",
                    self.name(),
                    document::did_you_mean(guess)
                );
                Error::new(ErrorKind::PolicyGroup, message)
            })
    }

    /// Its schedules, in order of names.
    #[must_use]
    pub fn schedules(&self) -> &[Schedule] {
        &self.rules.schedules
    }

    /// The names of the schedules that are in force then, in order.
    pub fn schedules_in_force(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let mut clock = Clock::new(at);
        self.rules
            .schedules
            .iter()
            .filter(move |schedule| {
                schedule.is_in_force(clock.local(schedule.zone, &self.rules.zones))
            })
            .map(Schedule::name)
    }

    /// Who may open what for how long. Without `[exemptions]` nobody may.
    #[must_use]
    pub fn exemption_rules(&self) -> &ExemptionRules {
        &self.rules.exemptions
    }

    /// How old rulesets may be.
    #[must_use]
    pub fn ruleset_rules(&self) -> &[RulesetRule] {
        &self.rules.rulesets
    }

    /// The addresses that must be blocked if all works.
    #[must_use]
    pub fn canaries(&self) -> &[Canary] {
        &self.rules.canaries
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.name())
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

/// A group of a policy.
#[derive(Clone, Copy)]
pub struct Group<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) index: usize,
}

impl<'p> Group<'p> {
    pub(crate) fn rules(&self) -> &'p GroupRules {
        &self.policy.rules.groups[self.index]
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'p str {
        &self.rules().name
    }

    /// Its name for people, if it has one.
    #[must_use]
    pub fn title(&self) -> Option<&'p str> {
        self.rules().title.as_deref()
    }

    /// The groups that it extends, as the policy names them.
    #[must_use]
    pub fn extends(&self) -> &'p [String] {
        &self.rules().extends
    }

    /// Whether safe search is on for it; on unless the policy says otherwise.
    #[must_use]
    pub fn safe_search(&self) -> bool {
        self.rules().safe_search
    }

    /// What is done then with an address on no list.
    #[must_use]
    pub fn default_action(&self, at: Timestamp) -> Action {
        let rules = &self.policy.rules;
        let now = self
            .rules()
            .default
            .now(&mut Clock::new(at), &rules.schedules, &rules.zones);
        now.map_or(Action::Block, |(action, _)| action)
    }

    /// What is done then with an address that cannot be classified.
    #[must_use]
    pub fn unclassifiable_action(&self, at: Timestamp) -> Action {
        let rules = &self.policy.rules;
        let now =
            self.rules()
                .unclassifiable
                .now(&mut Clock::new(at), &rules.schedules, &rules.zones);
        now.map_or(Action::Block, |(action, _)| action)
    }

    /// The categories that it names, itself or by what it extends, and how they
    /// are written: `block`, or `block in lesson, otherwise allow`.
    pub fn categories(&self) -> impl Iterator<Item = (&'p str, String)> {
        let group = *self;
        group.rules().named().map(move |category| {
            let id = group.policy.rules.categories.id(category);
            (id, group.written(category))
        })
    }

    /// What is done with an address on no list, as the policy writes it.
    #[must_use]
    pub fn default_as_written(&self) -> String {
        self.text_of(&self.rules().default.0)
    }

    /// What is done with an address that cannot be classified, as the policy
    /// writes it.
    #[must_use]
    pub fn unclassifiable_as_written(&self) -> String {
        self.text_of(&self.rules().unclassifiable.0)
    }

    fn written(&self, category: u32) -> String {
        let all = self.rules().action(category).map_or(&[][..], |all| &all.0);
        self.text_of(all)
    }

    fn text_of(&self, all: &[groups::Switched]) -> String {
        let schedules = &self.policy.rules.schedules;
        let one = |switched: &groups::Switched| {
            let mut text = String::new();
            for &(number, action) in &switched.when {
                let name = schedules.get(number as usize).map_or("", Schedule::name);
                text.push_str(&format!("{action} in {name}, "));
            }
            if !text.is_empty() {
                text.push_str("otherwise ");
            }
            text + switched.otherwise.name()
        };
        let all: Vec<String> = all.iter().map(one).collect();
        all.join("; or, if stricter, ")
    }

    /// What is done then with that category, by any of its names: by what the
    /// group says of it, of what it comes down to in the policy's taxonomy, or
    /// of the areas of risk it belongs to. `None` if the group says nothing, so
    /// that its default counts, and if nobody knows the category. A locked
    /// category is blocked.
    #[must_use]
    pub fn action_of(&self, category: &str, at: Timestamp) -> Option<Action> {
        let index = self.policy.rules.categories.index(category)?;
        self.governing(index, at).map(|(action, ..)| action)
    }

    /// The addresses that are blocked for it whatever the lists say.
    #[must_use]
    pub fn blocked(&self) -> &'p [LocalRule] {
        let rules = self.rules();
        &rules.rules[..rules.blocking]
    }

    /// The addresses that are open to it whatever the lists say, but for
    /// illegal content.
    #[must_use]
    pub fn allowed(&self) -> &'p [LocalRule] {
        let rules = self.rules();
        &rules.rules[rules.blocking..]
    }

    /// The kinds of files that it may not download from anywhere.
    pub fn blocked_downloads(&self) -> DownloadKinds {
        self.rules().downloads.block
    }

    /// The categories whose sites it may not download some kinds of files from,
    /// and which, as the policy says it.
    pub fn downloads_by_category(&self) -> impl Iterator<Item = (&'p str, DownloadKinds)> {
        let categories = &self.policy.rules.categories;
        let all = &self.rules().downloads.categories;
        all.iter()
            .map(|(category, kinds)| (categories.id(*category), *kinds))
    }

    /// The kinds of files that it may not download from sites of that category,
    /// by any of its names, beside those that it may not download from
    /// anywhere.
    #[must_use]
    pub fn blocked_downloads_of(&self, category: &str) -> DownloadKinds {
        let categories = &self.policy.rules.categories;
        let Some(index) = categories.index(category) else {
            return DownloadKinds::default();
        };
        let targets = categories
            .get(index)
            .map_or(&[][..], |known| &known.targets);
        let all = &self.rules().downloads.categories;
        all.iter()
            .filter(|(named, _)| *named == index || targets.contains(named))
            .flat_map(|(_, kinds)| kinds.iter())
            .collect()
    }
}

impl fmt::Debug for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.name()).finish()
    }
}
