//! Groups: their actions, local rules and downloads, and what they take over
//! from the groups that they extend.

use super::build::Building;
use super::document::{Fields, Key, Node, Reading, Value, did_you_mean};
use super::local::{AddressIndex, LocalRule, Scope, host_scope};
use super::schedule::{Clock, Schedule};
use crate::action::Action;
use crate::download::{DownloadKind, DownloadKinds};
use crate::error::ErrorKind;
use crate::zones::Zone;
use hedgerow::PathScope;
use hedgerow::category::nearest;
use std::collections::BTreeSet;

const KEYS: [&str; 9] = [
    "extends",
    "title",
    "default",
    "unclassifiable",
    "safe_search",
    "categories",
    "downloads",
    "block",
    "allow",
];

/// The key of the action that counts while no schedule is in force.
const OTHERWISE: &str = "otherwise";

/// An action, and the schedules that switch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switched {
    pub(crate) otherwise: Action,
    /// By the schedule's number, in order.
    pub(crate) when: Vec<(u32, Action)>,
}

impl Switched {
    /// The action now, and the schedule that says so. Of several schedules in
    /// force the strictest counts.
    pub(crate) fn now(
        &self,
        clock: &mut Clock,
        schedules: &[Schedule],
        zones: &[Zone],
    ) -> (Action, Option<u32>) {
        let mut best: Option<(Action, u32)> = None;
        for &(number, action) in &self.when {
            let in_force = schedules
                .get(number as usize)
                .is_some_and(|schedule| schedule.is_in_force(clock.local(schedule.zone, zones)));
            if in_force && best.is_none_or(|(strictest, _)| action > strictest) {
                best = Some((action, number));
            }
        }
        best.map_or((self.otherwise, None), |(action, number)| {
            (action, Some(number))
        })
    }
}

/// The strictest of several; several there are only where two parents, equally
/// near, say different things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strictest(pub(crate) Vec<Switched>);

impl Strictest {
    pub(crate) fn now(
        &self,
        clock: &mut Clock,
        schedules: &[Schedule],
        zones: &[Zone],
    ) -> Option<(Action, Option<u32>)> {
        let mut best: Option<(Action, Option<u32>)> = None;
        for switched in &self.0 {
            let (action, schedule) = switched.now(clock, schedules, zones);
            let better = best.is_none_or(|(strictest, by)| {
                action > strictest || (action == strictest && order(schedule) < order(by))
            });
            if better {
                best = Some((action, schedule));
            }
        }
        best
    }
}

/// A schedule is reported before none, the first before others.
pub(crate) fn order(schedule: Option<u32>) -> u32 {
    schedule.unwrap_or(u32::MAX)
}

/// Which kinds of files a group may not download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Downloads {
    pub(crate) block: DownloadKinds,
    /// By the category's number.
    pub(crate) categories: Vec<(u32, DownloadKinds)>,
}

/// What the policy itself says of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) parents: Vec<(String, usize)>,
    title: Option<String>,
    default: Option<Switched>,
    unclassifiable: Option<Switched>,
    safe_search: Option<bool>,
    /// Category, action, and where it stands.
    categories: Vec<(u32, Switched, usize)>,
    download_kinds: Option<DownloadKinds>,
    download_categories: Vec<(u32, DownloadKinds)>,
    block: Vec<LocalRule>,
    allow: Vec<LocalRule>,
    pub(super) at: usize,
}

/// What governs a category: the action, the schedule that chose it, and the
/// category that the policy says it of. `None` if the policy says nothing.
pub(crate) type Governed = Option<(Action, Option<u32>, u32)>;

/// A group with all that it takes over.
#[derive(Clone, Debug)]
pub(crate) struct GroupRules {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) extends: Vec<String>,
    pub(crate) default: Strictest,
    pub(crate) unclassifiable: Strictest,
    pub(crate) safe_search: bool,
    /// For each category that the policy knows, its place in `actions`, or
    /// `u32::MAX` if the group does not name it.
    named: Vec<u32>,
    actions: Vec<Strictest>,
    pub(crate) downloads: Downloads,
    /// Rules that block before those that allow.
    pub(crate) rules: Vec<LocalRule>,
    pub(crate) blocking: usize,
    pub(crate) index: AddressIndex,
    /// For each category that the policy knows, what governs it, where that does
    /// not depend on the time.
    pub(crate) fixed: Vec<Option<Governed>>,
    /// Where the group itself names a category: category, line, column.
    pub(crate) said_at: Vec<(u32, u64, u64)>,
}

impl GroupRules {
    /// What the group does with the category, if it names it.
    #[inline]
    pub(crate) fn action(&self, category: u32) -> Option<&Strictest> {
        let place = *self.named.get(category as usize)?;
        self.actions.get(place as usize)
    }

    /// The numbers of the categories that it names.
    pub(crate) fn named(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(&self.named)
            .filter(|(_, place)| **place != u32::MAX)
            .map(|(category, _)| category)
    }
}

impl Building<'_> {
    /// Reads `[groups.name]`.
    pub(super) fn group(&mut self, reading: &mut Reading<'_>, key: &Key, node: &Node) -> Said {
        let mut said = Said {
            at: key.at,
            ..Said::default()
        };
        let what = format!("the group `{}`", key.name);
        let Some(fields) = reading.fields(node, &what, &KEYS) else {
            return said;
        };
        for node in fields
            .get("extends")
            .map_or(&[][..], |node| reading.one_or_more(node))
        {
            let Some(name) = reading.text(node, "a group's name") else {
                continue;
            };
            if said.parents.iter().any(|(parent, _)| parent == name) {
                let message = format!("the group `{name}` stands twice");
                reading.problem(node.at, ErrorKind::PolicyDuplicate, message);
            } else {
                said.parents.push((name.to_owned(), node.at));
            }
        }
        said.title = fields
            .get("title")
            .and_then(|node| reading.text(node, "the title"))
            .map(str::to_owned);
        // What is there and wrong is not missing too.
        let wrong = Switched {
            otherwise: Action::Block,
            when: Vec::new(),
        };
        said.default = fields
            .get("default")
            .map(|node| self.switched(reading, node).unwrap_or(wrong));
        said.unclassifiable = fields
            .get("unclassifiable")
            .and_then(|node| self.switched(reading, node));
        said.safe_search = fields
            .get("safe_search")
            .and_then(|node| reading.truth(node, "`safe_search`"));
        if let Some(node) = fields.get("categories")
            && let Some(entries) = reading.table(node, "`categories`")
        {
            for (key, node) in entries {
                self.category_action(reading, key, node, &mut said);
            }
        }
        self.downloads(reading, &fields, &mut said);
        said.block = self.local_rules(reading, fields.get("block"));
        said.allow = self.local_rules(reading, fields.get("allow"));
        said
    }

    fn category_action(
        &mut self,
        reading: &mut Reading<'_>,
        key: &Key,
        node: &Node,
        said: &mut Said,
    ) {
        let switched = self.switched(reading, node);
        let Some(category) = self.category(reading, &key.name, key.at) else {
            return;
        };
        if said.categories.iter().any(|(known, ..)| *known == category) {
            let message = format!(
                "`{}` names the category `{}`, which stands here before",
                key.name,
                self.categories.id(category)
            );
            reading.problem(key.at, ErrorKind::PolicyDuplicate, message);
            return;
        }
        let Some(switched) = switched else {
            return;
        };
        let locked = self
            .categories
            .get(category)
            .is_some_and(|known| known.locked);
        // Even a schedule that always blocks says that it could be otherwise.
        let blocks = switched.otherwise == Action::Block && switched.when.is_empty();
        if locked && !(blocks && matches!(node.value, Value::Text(_))) {
            let message = format!(
                "`{}` is illegal content, which is always blocked: only `block` may stand here",
                key.name
            );
            reading.problem(node.at, ErrorKind::PolicyLocked, message);
            return;
        }
        said.categories.push((category, switched, key.at));
    }

    /// An action, or a table of actions by schedule.
    fn switched(&mut self, reading: &mut Reading<'_>, node: &Node) -> Option<Switched> {
        let entries = match &node.value {
            Value::Text(_) => {
                return Some(Switched {
                    otherwise: action(reading, node)?,
                    when: Vec::new(),
                });
            }
            Value::Table(entries) => entries,
            other => {
                reading.wrong(node.at, "an action", "text, or a table of schedules", other);
                return None;
            }
        };
        let mut otherwise = None;
        let mut when = Vec::new();
        let mut sound = true;
        for (key, node) in entries {
            let action = action(reading, node);
            sound &= action.is_some();
            if key.name == OTHERWISE {
                otherwise = action;
                continue;
            }
            match self.schedule(&key.name) {
                Some(number) => when.extend(action.map(|action| (number, action))),
                None => {
                    let names = self.schedules.iter().map(Schedule::name);
                    let guess = nearest(&key.name, names.chain([OTHERWISE]));
                    let message =
                        format!("there is no schedule `{}`{}", key.name, did_you_mean(guess));
                    reading.problem(key.at, ErrorKind::PolicySchedule, message);
                    sound = false;
                }
            }
        }
        when.sort_unstable_by_key(|(number, _)| *number);
        if otherwise.is_none() && sound {
            let message = "`otherwise` is missing: what counts while no schedule is in force";
            reading.problem(node.at, ErrorKind::PolicyMissing, message);
        }
        otherwise
            .filter(|_| sound)
            .map(|otherwise| Switched { otherwise, when })
    }

    fn downloads(&mut self, reading: &mut Reading<'_>, fields: &Fields<'_>, said: &mut Said) {
        let Some(node) = fields.get("downloads") else {
            return;
        };
        let Some(fields) = reading.fields(node, "`downloads`", &["block", "categories"]) else {
            return;
        };
        said.download_kinds = fields.get("block").map(|node| kinds(reading, node));
        if let Some(node) = fields.get("categories")
            && let Some(entries) = reading.table(node, "`categories`")
        {
            for (key, node) in entries {
                let kinds = kinds(reading, node);
                if let Some(category) = self.category(reading, &key.name, key.at) {
                    said.download_categories.push((category, kinds));
                }
            }
        }
    }

    fn local_rules(&mut self, reading: &mut Reading<'_>, node: Option<&Node>) -> Vec<LocalRule> {
        let Some(node) = node else {
            return Vec::new();
        };
        let nodes = reading.list(node, "the list of addresses");
        nodes
            .iter()
            .filter_map(|node| local_rule(reading, node))
            .collect()
    }
}

fn action(reading: &mut Reading<'_>, node: &Node) -> Option<Action> {
    let name = reading.text(node, "an action")?;
    let action = Action::from_name(name);
    if action.is_none() {
        let guess = nearest(name, Action::ALL.map(Action::name));
        let message = format!(
            "`{name}` is no action (`allow`, `monitor`, `warn`, `block`){}",
            did_you_mean(guess)
        );
        reading.problem(node.at, ErrorKind::PolicyValue, message);
    }
    action
}

fn kinds(reading: &mut Reading<'_>, node: &Node) -> DownloadKinds {
    let nodes = reading.list(node, "the list of kinds of files");
    nodes
        .iter()
        .filter_map(|node| {
            let name = reading.text(node, "a kind of files")?;
            let kind = DownloadKind::from_name(name);
            if kind.is_none() {
                let guess = nearest(name, DownloadKind::ALL.map(DownloadKind::name));
                let message = format!("there is no kind of files `{name}`{}", did_you_mean(guess));
                reading.problem(node.at, ErrorKind::PolicyDownload, message);
            }
            kind
        })
        .collect()
}

/// An address, or a table of an address and its scope.
fn local_rule(reading: &mut Reading<'_>, node: &Node) -> Option<LocalRule> {
    const KEYS: [&str; 7] = [
        "address",
        "scope",
        "path",
        "case",
        "reason",
        "allow_public_suffix",
        "allow_single_label",
    ];
    let mut scope = Scope::default();
    let mut reason = None;
    let address = match &node.value {
        Value::Text(_) => node,
        _ => {
            let fields = reading.fields(node, "a local rule", &KEYS)?;
            if let Some(node) = fields.get("scope")
                && let Some(name) = reading.text(node, "`scope`")
            {
                match host_scope(name) {
                    Ok(found) => scope.host = Some(found),
                    Err(why) => reading.problem(node.at, ErrorKind::PolicyValue, why),
                }
            }
            scope.path = fields
                .get("path")
                .and_then(|node| one_of(reading, node, "`path`", &["prefix", "exact"]))
                .and_then(|name| PathScope::from_name(&name));
            scope.ignore_case = fields
                .get("case")
                .and_then(|node| one_of(reading, node, "`case`", &["sensitive", "insensitive"]))
                .is_some_and(|case| case == "insensitive");
            let mut flag = |name: &str| {
                fields
                    .get(name)
                    .and_then(|node| reading.truth(node, name))
                    .unwrap_or(false)
            };
            scope.allow_public_suffix = flag("allow_public_suffix");
            scope.allow_single_label = flag("allow_single_label");
            if let Some(node) = fields.get("reason") {
                reason = reason_of(reading, node);
            }
            match fields.get("address") {
                Some(address) => address,
                None => {
                    let message = "a local rule has no `address`";
                    reading.problem(node.at, ErrorKind::PolicyMissing, message);
                    return None;
                }
            }
        }
    };
    let text = reading.text(address, "an address")?;
    match LocalRule::parse(text, scope) {
        Ok(mut rule) => {
            rule.reason = reason;
            Some(rule)
        }
        Err(why) => {
            reading.problem(address.at, ErrorKind::PolicyAddress, why);
            None
        }
    }
}

fn reason_of(reading: &mut Reading<'_>, node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) if text.trim().is_empty() => {
            let message = "the reason is blank; leave it out, or say why";
            reading.problem(node.at, ErrorKind::PolicyReason, message);
            None
        }
        _ => reading.text(node, "the reason").map(str::to_owned),
    }
}

pub(super) fn one_of(
    reading: &mut Reading<'_>,
    node: &Node,
    what: &str,
    names: &[&str],
) -> Option<String> {
    let name = reading.text(node, what)?;
    if names.contains(&name) {
        return Some(name.to_owned());
    }
    let guess = nearest(name, names.iter().copied());
    let message = format!(
        "{what} is `{}`, not `{name}`{}",
        names.join("` or `"),
        did_you_mean(guess)
    );
    reading.problem(node.at, ErrorKind::PolicyValue, message);
    None
}

/// Puts together what each group says and what it takes over; `said` is in
/// order of names.
pub(super) fn resolve(
    reading: &mut Reading<'_>,
    said: &[(String, Said)],
    categories: usize,
) -> Vec<GroupRules> {
    let number = |name: &str| said.iter().position(|(group, _)| group == name);
    let mut parents: Vec<Vec<usize>> = Vec::new();
    for (_, group) in said {
        let mut found = Vec::new();
        for (name, at) in &group.parents {
            match number(name) {
                Some(parent) => found.push(parent),
                None => {
                    let guess = nearest(name, said.iter().map(|(name, _)| name.as_str()));
                    let message = format!("there is no group `{name}`{}", did_you_mean(guess));
                    reading.problem(*at, ErrorKind::PolicyGroup, message);
                }
            }
        }
        parents.push(found);
    }
    (0..said.len())
        .filter_map(|group| {
            let levels = levels(reading, said, &parents, group)?;
            Some(merge(reading, said, &levels, categories))
        })
        .collect()
}

/// A group, those that it extends, those that they extend, and so on: each on
/// the nearest level it has. `None` if the group extends itself in the end.
fn levels(
    reading: &mut Reading<'_>,
    said: &[(String, Said)],
    parents: &[Vec<usize>],
    group: usize,
) -> Option<Vec<Vec<usize>>> {
    let mut seen = vec![false; said.len()];
    let mut levels = vec![vec![group]];
    loop {
        let last = levels.last().map_or(&[][..], Vec::as_slice);
        let mut next: Vec<usize> = Vec::new();
        for parent in last.iter().flat_map(|&child| &parents[child]) {
            if *parent == group {
                let (name, group) = &said[group];
                let at = group.parents.first().map_or(group.at, |(_, at)| *at);
                let message =
                    format!("the group `{name}` extends itself, by way of others or at once");
                reading.problem(at, ErrorKind::PolicyCycle, message);
                return None;
            }
            if !std::mem::replace(&mut seen[*parent], true) {
                next.push(*parent);
            }
        }
        if next.is_empty() {
            return Some(levels);
        }
        levels.push(next);
    }
}

/// What the nearest level says that says anything.
fn nearest_level<'s, T>(
    said: &'s [(String, Said)],
    levels: &[Vec<usize>],
    get: impl Fn(&'s Said) -> Option<T>,
) -> Vec<T> {
    levels
        .iter()
        .map(|level| level.iter().filter_map(|&at| get(&said[at].1)).collect())
        .find(|found: &Vec<T>| !found.is_empty())
        .unwrap_or_default()
}

fn strictest<'s>(found: impl IntoIterator<Item = &'s Switched>) -> Strictest {
    let mut all: Vec<Switched> = Vec::new();
    for switched in found {
        if !all.contains(switched) {
            all.push(switched.clone());
        }
    }
    Strictest(all)
}

fn merge(
    reading: &mut Reading<'_>,
    said: &[(String, Said)],
    levels: &[Vec<usize>],
    categories: usize,
) -> GroupRules {
    let (name, own) = &said[levels[0][0]];
    let default = strictest(nearest_level(said, levels, |said| said.default.as_ref()));
    // Of those that extend one it was said before.
    if default.0.is_empty() && own.parents.is_empty() {
        let message = format!(
            "the group `{name}` has no `default`, nor has one that it extends: what is done with an address on no list"
        );
        reading.problem(own.at, ErrorKind::PolicyMissing, message);
    }
    let mut unclassifiable = strictest(nearest_level(said, levels, |said| {
        said.unclassifiable.as_ref()
    }));
    if unclassifiable.0.is_empty() {
        unclassifiable.0.push(Switched {
            otherwise: Action::Block,
            when: Vec::new(),
        });
    }
    let mut named = vec![u32::MAX; categories];
    let mut actions = Vec::new();
    for category in 0..categories as u32 {
        let found = strictest(nearest_level(said, levels, |said| {
            said.categories
                .iter()
                .find(|(known, ..)| *known == category)
                .map(|(_, switched, _)| switched)
        }));
        if !found.0.is_empty() {
            named[category as usize] = actions.len() as u32;
            actions.push(found);
        }
    }
    let mut downloads = Downloads {
        block: nearest_level(said, levels, |said| said.download_kinds)
            .into_iter()
            .flat_map(DownloadKinds::iter)
            .collect(),
        categories: Vec::new(),
    };
    let of_downloads: BTreeSet<u32> = levels
        .iter()
        .flatten()
        .flat_map(|&at| said[at].1.download_categories.iter().map(|(at, _)| *at))
        .collect();
    for category in of_downloads {
        let kinds = nearest_level(said, levels, |said| {
            said.download_categories
                .iter()
                .find(|(known, _)| *known == category)
                .map(|(_, kinds)| *kinds)
        });
        let kinds = kinds.into_iter().flat_map(DownloadKinds::iter).collect();
        downloads.categories.push((category, kinds));
    }
    let all = |get: fn(&Said) -> &Vec<LocalRule>| -> BTreeSet<LocalRule> {
        levels
            .iter()
            .flatten()
            .flat_map(|&at| get(&said[at].1).iter().cloned())
            .collect()
    };
    let mut rules: Vec<LocalRule> = all(|said| &said.block).into_iter().collect();
    let blocking = rules.len();
    rules.extend(all(|said| &said.allow));
    let safe_search = nearest_level(said, levels, |said| said.safe_search);
    GroupRules {
        name: name.clone(),
        title: own.title.clone(),
        extends: own.parents.iter().map(|(name, _)| name.clone()).collect(),
        default,
        unclassifiable,
        safe_search: safe_search.is_empty() || safe_search.contains(&true),
        fixed: Vec::new(),
        named,
        actions,
        downloads,
        index: AddressIndex::new(rules.iter()),
        rules,
        blocking,
        said_at: own
            .categories
            .iter()
            .map(|(category, _, at)| {
                let (line, column) = reading.place(*at);
                (*category, line, column)
            })
            .collect(),
    }
}
