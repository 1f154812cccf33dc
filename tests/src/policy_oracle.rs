//! The oracle of decisions: random policies, and what `semantics.md` §5 makes of
//! them, in the plainest words that a computer understands.
//!
//! It knows no index, no time zone library and no taxonomy: hosts are compared
//! label by label, clocks are set by the law of the land, and what comes down
//! to what is a table. Where it and the policy disagree, one of them is wrong.

use crate::choices::Choices;
use hedgerow_policy::{Action, Step};

/// Categories that lists have, and what is known of them.
const LISTED: [(&str, &[&str], &[&str]); 9] = [
    // The name, what it comes down to, the areas of risk (of those in NAMED).
    ("gambling", &["gambling"], &["commerce"]),
    ("drugs", &["drugs"], &["content", "commerce"]),
    ("games", &["games"], &["commerce"]),
    ("adult", &["pornography"], &["content"]),
    ("mixed_adult", &["pornography"], &["content"]),
    ("agressif", &["discrimination", "violence"], &["content"]),
    ("news", &[], &[]),
    ("terrorism", &["terrorism"], &[]),
    ("secret", &[], &[]),
];

/// Categories that a policy may name, the areas of risk last.
const NAMED: [&str; 8] = [
    "gambling",
    "drugs",
    "games",
    "pornography",
    "discrimination",
    "violence",
    "content",
    "commerce",
];

const HOSTS: [&str; 14] = [
    "a.example",
    "b.a.example",
    "c.b.a.example",
    "d.example",
    "www.d.example",
    "e.test",
    "f.e.test",
    "g.co.uk",
    "h.g.co.uk",
    "xa.example",
    "ja.test",
    "long-name-of-a-host.example",
    "192.0.2.1",
    "192.0.2.77",
];
const PATHS: [&str; 6] = ["", "/x", "/x/y", "/xy", "/x?q=1", "/X"];

/// What an action is by time: otherwise this, and in a schedule that.
#[derive(Clone, Debug)]
pub struct Switched {
    otherwise: Action,
    when: Vec<(usize, Action)>,
}

/// A schedule: days (Monday first), a span of minutes, and whether in New York.
#[derive(Clone, Debug)]
pub struct Schedule {
    days: Vec<usize>,
    start: i64,
    end: i64,
    american: bool,
}

/// A group, in its own words.
#[derive(Clone, Debug)]
pub struct Group {
    parents: Vec<usize>,
    default: Option<Switched>,
    unclassifiable: Option<Switched>,
    categories: Vec<(&'static str, Switched)>,
    /// Addresses that it blocks; others may be added.
    pub block: Vec<String>,
    allow: Vec<String>,
}

/// An exemption.
#[derive(Clone, Debug)]
pub struct Opening {
    addresses: Vec<String>,
    categories: Vec<&'static str>,
    groups: Vec<usize>,
    start: i64,
    end: i64,
}

/// A list of addresses.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: &'static str,
    /// Hosts and paths, with all below.
    pub addresses: Vec<String>,
}

/// A policy, its exemptions, and the lists.
#[derive(Clone, Debug)]
pub struct World {
    /// The groups.
    pub groups: Vec<Group>,
    schedules: Vec<Schedule>,
    /// The exemptions.
    pub openings: Vec<Opening>,
    /// For each layer, its lists.
    pub layers: Vec<Vec<List>>,
}

fn action(choices: &mut Choices<'_>) -> Action {
    choices.pick(&Action::ALL)
}

/// An address of few, so that rules meet.
pub fn address(choices: &mut Choices<'_>) -> String {
    format!("{}{}", choices.pick(&HOSTS), choices.pick(&PATHS))
}

fn addresses(choices: &mut Choices<'_>, most: usize) -> Vec<String> {
    (0..choices.below(most + 1))
        .map(|_| address(choices))
        .collect()
}

fn switched(choices: &mut Choices<'_>, schedules: usize) -> Switched {
    let mut when = Vec::new();
    for schedule in 0..schedules {
        if choices.one_in(3) {
            when.push((schedule, action(choices)));
        }
    }
    Switched {
        otherwise: action(choices),
        when,
    }
}

/// A moment: any of a year, more often than not near one that matters.
pub fn moment(choices: &mut Choices<'_>) -> i64 {
    // 2026: clocks change in New York on 8 March and 1 November, in London on
    // 29 March and 25 October.
    let base = choices.pick(&[
        1_772_928_000, // 2026-03-08
        1_774_742_400, // 2026-03-29
        1_792_886_400, // 2026-10-25
        1_793_491_200, // 2026-11-01
        1_794_182_400, // 2026-11-09
    ]);
    let near = base + (choices.below(4 * 24 * 12) as i64 - 24 * 12) * 300;
    near + choices.pick(&[0, 0, -1, 1, 59])
}

impl World {
    /// A random one.
    pub fn new(choices: &mut Choices<'_>) -> World {
        let schedules: Vec<Schedule> = (0..choices.below(4))
            .map(|_| {
                let start = choices.below(48) as i64 * 30;
                let mut end = choices.below(49) as i64 * 30;
                if end == start {
                    end = if start == 0 { 1440 } else { 0 };
                }
                Schedule {
                    days: (0..7).filter(|_| !choices.one_in(3)).collect(),
                    start,
                    // Midnight as an end is the day's own.
                    end: if end == 0 { 1440 } else { end },
                    american: choices.one_in(2),
                }
            })
            .map(|mut schedule| {
                if schedule.days.is_empty() {
                    schedule.days.push(6);
                }
                schedule
            })
            .collect();
        let groups = (0..1 + choices.below(5))
            .map(|number| {
                let mut parents: Vec<usize> = (0..number).filter(|_| choices.one_in(2)).collect();
                choices.shuffle(&mut parents);
                Group {
                    default: (parents.is_empty() || choices.one_in(3))
                        .then(|| switched(choices, schedules.len())),
                    unclassifiable: choices
                        .one_in(2)
                        .then(|| switched(choices, schedules.len())),
                    parents,
                    categories: {
                        let mut named = Vec::new();
                        for name in NAMED {
                            if choices.one_in(3) {
                                named.push((name, switched(choices, schedules.len())));
                            }
                        }
                        named
                    },
                    block: addresses(choices, 2),
                    allow: addresses(choices, 3),
                }
            })
            .collect::<Vec<Group>>();
        let openings = (0..choices.below(4))
            .map(|_| {
                let start = moment(choices);
                let mut opening = Opening {
                    addresses: addresses(choices, 2),
                    categories: NAMED[..6]
                        .iter()
                        .copied()
                        .filter(|_| choices.one_in(3))
                        .collect(),
                    groups: (0..groups.len()).filter(|_| !choices.one_in(3)).collect(),
                    start,
                    end: start + 3600 * (1 + choices.below(600) as i64),
                };
                if opening.groups.is_empty() {
                    opening.groups.push(0);
                }
                if opening.addresses.is_empty() && opening.categories.is_empty() {
                    opening.categories.push("drugs");
                }
                opening
            })
            .collect();
        let layers = (0..1 + choices.below(2))
            .map(|layer| {
                (0..1 + choices.below(5))
                    .map(|number| List {
                        name: format!("list-{layer}-{number}"),
                        category: choices.pick(&LISTED).0,
                        addresses: (0..1 + choices.below(4))
                            .map(|_| address(choices))
                            .collect(),
                    })
                    .collect()
            })
            .collect();
        World {
            groups,
            schedules,
            openings,
            layers,
        }
    }

    /// The policy, its tables in an order that `choices` makes.
    pub fn toml(&self, choices: &mut Choices<'_>) -> String {
        let mut tables: Vec<String> = Vec::new();
        let quoted = |texts: &[String]| format!("{texts:?}");
        let written = |switched: &Switched, choices: &mut Choices<'_>| {
            if switched.when.is_empty() {
                return format!("\"{}\"", switched.otherwise);
            }
            let mut parts = vec![format!("otherwise = \"{}\"", switched.otherwise)];
            for (schedule, action) in &switched.when {
                parts.push(format!("s{schedule} = \"{action}\""));
            }
            choices.shuffle(&mut parts);
            format!("{{ {} }}", parts.join(", "))
        };
        for (number, schedule) in self.schedules.iter().enumerate() {
            let days = schedule
                .days
                .iter()
                .map(|&day| {
                    format!(
                        "\"{}\"",
                        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][day]
                    )
                })
                .collect::<Vec<_>>();
            let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
            tables.push(format!(
                "[schedules.s{number}]\ndays = [{}]\ntimes = [\"{}-{}\"]\n{}",
                days.join(", "),
                time(schedule.start),
                time(schedule.end),
                if schedule.american {
                    "time_zone = \"America/New_York\"\n"
                } else {
                    ""
                }
            ));
        }
        for (number, group) in self.groups.iter().enumerate() {
            let mut lines = vec![format!("[groups.g{number}]")];
            let mut shuffled = group.clone();
            choices.shuffle(&mut shuffled.parents);
            choices.shuffle(&mut shuffled.block);
            choices.shuffle(&mut shuffled.allow);
            choices.shuffle(&mut shuffled.categories);
            let parents: Vec<String> = shuffled
                .parents
                .iter()
                .map(|parent| format!("g{parent}"))
                .collect();
            lines.push(format!("extends = {}", quoted(&parents)));
            if let Some(default) = &group.default {
                lines.push(format!("default = {}", written(default, choices)));
            }
            if let Some(unclassifiable) = &group.unclassifiable {
                lines.push(format!(
                    "unclassifiable = {}",
                    written(unclassifiable, choices)
                ));
            }
            lines.push(format!("block = {}", quoted(&shuffled.block)));
            lines.push(format!("allow = {}", quoted(&shuffled.allow)));
            lines.push(format!("[groups.g{number}.categories]"));
            for (name, switched) in &shuffled.categories {
                lines.push(format!("{name} = {}", written(switched, choices)));
            }
            tables.push(lines.join("\n"));
        }
        tables.push("[[category]]\nname = \"games\"".to_owned());
        tables.push(
            "[exemptions]\nmay_request = [\"Ann\"]\nmay_approve = [\"Ben\"]\nlongest = \"90 days\""
                .to_owned(),
        );
        choices.shuffle(&mut tables);
        format!(
            "name = \"Random\"\ntime_zone = \"Europe/London\"\n{}\n",
            tables.join("\n")
        )
    }

    /// The exemptions, as their file holds them.
    #[must_use]
    pub fn exemptions(&self) -> serde_json::Value {
        let time = |seconds: i64| {
            jiff::Timestamp::from_second(seconds)
                .map_or_else(|_| String::new(), |at| at.to_string())
        };
        self.openings
            .iter()
            .enumerate()
            .map(|(number, opening)| {
                serde_json::json!({
                    "id": format!("e{number}"),
                    "addresses": opening.addresses,
                    "categories": opening.categories,
                    "groups": opening.groups.iter().map(|group| format!("g{group}")).collect::<Vec<_>>(),
                    "start": time(opening.start),
                    "end": time(opening.end),
                    "requested_by": "Ann",
                    "approved_by": "Ben",
                    "reason": "random",
                    "created": "2026-01-01T00:00:00Z",
                })
            })
            .collect()
    }

    /// What the group may do then with a chain of canonical addresses, and
    /// which address and step decided.
    #[must_use]
    pub fn decide(&self, chain: &[String], group: usize, at: i64) -> (Action, Step, usize) {
        let mut best = self.decide_one(&chain[0], group, at);
        let mut via = 0;
        for (link, address) in chain.iter().enumerate().skip(1) {
            let other = self.decide_one(address, group, at);
            if other.0 > best.0 || (other.0 == best.0 && other.1 < best.1) {
                best = other;
                via = link;
            }
        }
        (best.0, best.1, via)
    }

    /// What the group does with what cannot be classified.
    #[must_use]
    pub fn unclassifiable(&self, group: usize, at: i64) -> Action {
        self.said(group, |group| group.unclassifiable.as_ref(), at)
            .unwrap_or(Action::Block)
    }

    /// The categories that lists give the address.
    fn categories(&self, address: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        for list in self.layers.iter().flatten() {
            if list.addresses.iter().any(|entry| covers(entry, address)) {
                found.push(list.category);
            }
        }
        found
    }

    /// Whether the address is illegal.
    #[must_use]
    pub fn is_locked(&self, address: &str) -> bool {
        let found = self.categories(address);
        found.contains(&"terrorism") || found.contains(&"secret")
    }

    fn decide_one(&self, address: &str, group: usize, at: i64) -> (Action, Step) {
        if self.is_locked(address) {
            return (Action::Block, Step::Locked);
        }
        let family: Vec<&Group> = self
            .family(group)
            .into_iter()
            .flatten()
            .map(|one| &self.groups[one])
            .collect();
        let any = |all: &[String]| all.iter().any(|entry| covers(entry, address));
        if family.iter().any(|group| any(&group.block)) {
            return (Action::Block, Step::LocalBlock);
        }
        let found = self.categories(address);
        let open: Vec<&Opening> = self
            .openings
            .iter()
            .filter(|opening| {
                opening.groups.contains(&group) && opening.start <= at && at < opening.end
            })
            .collect();
        if open.iter().any(|opening| any(&opening.addresses)) {
            return (Action::Allow, Step::Exemption);
        }
        let is_open = |name: &str| {
            open.iter()
                .any(|opening| opening.categories.contains(&name))
        };
        let spoken: Vec<Option<Option<Action>>> = found
            .iter()
            .map(|name| self.action_of(name, group, at, &is_open))
            .collect();
        if !spoken.is_empty() && spoken.iter().all(Option::is_none) {
            return (Action::Allow, Step::Exemption);
        }
        if family.iter().any(|group| any(&group.allow)) {
            return (Action::Allow, Step::LocalAllow);
        }
        let default = self
            .said(group, |group| group.default.as_ref(), at)
            .unwrap_or(Action::Block);
        let mut best: Option<(Action, Step)> = None;
        for action in spoken.into_iter().flatten() {
            let other = match action {
                Some(action) => (action, Step::Category),
                None => (default, Step::Default),
            };
            best = match best {
                Some(best) if (best.0, other.1) >= (other.0, best.1) => Some(best),
                _ => Some(other),
            };
        }
        best.unwrap_or((default, Step::Default))
    }

    /// What the group says of a listed category: nothing if it is open, and
    /// nothing in the end if nobody has a word for it.
    fn action_of(
        &self,
        name: &str,
        group: usize,
        at: i64,
        is_open: &dyn Fn(&str) -> bool,
    ) -> Option<Option<Action>> {
        let (_, targets, areas) = LISTED.iter().find(|(listed, ..)| *listed == name)?;
        let closed: Vec<&str> = targets
            .iter()
            .copied()
            .filter(|target| !is_open(target))
            .collect();
        if closed.is_empty() && !targets.is_empty() {
            return None;
        }
        let of = |wanted: &str| {
            let get = |group: &'_ Group| -> Option<Switched> {
                group
                    .categories
                    .iter()
                    .find(|(name, _)| *name == wanted)
                    .map(|(_, switched)| switched.clone())
            };
            self.said_owned(group, get, at)
        };
        let by_name = closed.iter().filter_map(|target| of(target)).max();
        Some(by_name.or_else(|| areas.iter().filter_map(|area| of(area)).max()))
    }

    /// The groups at distance 0, 1, 2 … from a group.
    fn family(&self, group: usize) -> Vec<Vec<usize>> {
        let mut distance: Vec<Option<usize>> = vec![None; self.groups.len()];
        distance[group] = Some(0);
        // Parents have lower numbers, so one pass downwards is enough.
        for child in (0..=group).rev() {
            if let Some(steps) = distance[child] {
                for &parent in &self.groups[child].parents {
                    let nearer = distance[parent].is_none_or(|known| steps + 1 < known);
                    if nearer {
                        distance[parent] = Some(steps + 1);
                    }
                }
            }
        }
        (0..self.groups.len())
            .map(|steps| {
                (0..self.groups.len())
                    .filter(|&one| distance[one] == Some(steps))
                    .collect()
            })
            .collect()
    }

    fn said(
        &self,
        group: usize,
        get: impl Fn(&Group) -> Option<&Switched>,
        at: i64,
    ) -> Option<Action> {
        self.said_owned(group, |group| get(group).cloned(), at)
    }

    fn said_owned(
        &self,
        group: usize,
        get: impl Fn(&Group) -> Option<Switched>,
        at: i64,
    ) -> Option<Action> {
        self.family(group).into_iter().find_map(|level| {
            level
                .into_iter()
                .filter_map(|one| get(&self.groups[one]))
                .map(|switched| self.now(&switched, at))
                .max()
        })
    }

    fn now(&self, switched: &Switched, at: i64) -> Action {
        switched
            .when
            .iter()
            .filter(|(schedule, _)| self.schedules[*schedule].is_in_force(at))
            .map(|(_, action)| *action)
            .max()
            .unwrap_or(switched.otherwise)
    }
}

impl Schedule {
    fn is_in_force(&self, at: i64) -> bool {
        let local = if self.american {
            at + new_york(at)
        } else {
            at + london(at)
        };
        let (day, minute) = (local.div_euclid(86_400), local.rem_euclid(86_400) / 60);
        // Day 0 was a Thursday.
        let is_day = |day: i64| self.days.contains(&((day + 3).rem_euclid(7) as usize));
        if self.start < self.end {
            is_day(day) && self.start <= minute && minute < self.end
        } else {
            (is_day(day) && self.start <= minute) || (is_day(day - 1) && minute < self.end)
        }
    }
}

/// Seconds that clocks in London were ahead in 2026: one hour from the last
/// Sunday of March to the last of October, at one o'clock universal time.
fn london(at: i64) -> i64 {
    if (1_774_746_000..1_792_890_000).contains(&at) {
        3600
    } else {
        0
    }
}

/// The same for New York: from the second Sunday of March to the first of
/// November, at two by the clock.
fn new_york(at: i64) -> i64 {
    if (1_772_953_200..1_793_512_800).contains(&at) {
        -4 * 3600
    } else {
        -5 * 3600
    }
}

/// Whether an entry (a host with all below, and a path that goes on at a
/// boundary) covers the canonical address.
fn covers(entry: &str, address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (wanted, path) = entry.split_at(entry.find('/').unwrap_or(entry.len()));
    let labels = |host: &str| -> Vec<String> { host.rsplit('.').map(str::to_owned).collect() };
    let is_ip = |host: &str| host.split('.').all(|part| part.parse::<u8>().is_ok());
    let same_host = if is_ip(host) || is_ip(wanted) {
        host == wanted
    } else {
        labels(host).starts_with(&labels(wanted))
    };
    same_host
        && target.strip_prefix(path).is_some_and(|rest| {
            path.is_empty() || rest.is_empty() || rest.starts_with(['/', '?', '&', '=', '#', ';'])
        })
}
