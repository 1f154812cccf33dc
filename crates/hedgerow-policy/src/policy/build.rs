//! From the tree of a policy's text to the policy, with every problem on the
//! way.

use super::document::{Fields, Key, Node, Reading, Value, did_you_mean};
use super::groups::{self, Said};
use super::names::Categories;
use super::schedule::{self, Schedule};
use super::{Canary, PolicyReader, Rules, RulesetRule};
use crate::error::ErrorKind;
use crate::exemptions::{ExemptionRules, Length};
use crate::zones::Zone;
use hedgerow::CanonicalUrl;
use hedgerow::category::{Category, Taxonomy, nearest};
use std::collections::BTreeSet;

const KEYS: [&str; 11] = [
    "name",
    "version",
    "taxonomy",
    "time_zone",
    "contact",
    "category",
    "schedules",
    "groups",
    "exemptions",
    "ruleset",
    "canary",
];

/// The taxonomy of a policy that names none.
const TAXONOMY: &str = "uksic-2025";

/// What the parts of a policy ask of one another while it is built.
pub(super) struct Building<'r> {
    reader: &'r PolicyReader<'r>,
    pub(super) categories: Categories,
    pub(super) schedules: Vec<Schedule>,
    zones: Vec<(String, Zone)>,
}

/// Builds the policy; `None` if that is impossible, and then, or if
/// `reading.errors` is not empty, it is not to be used.
pub(super) fn build(
    reader: &PolicyReader<'_>,
    reading: &mut Reading<'_>,
    root: &Node,
) -> Option<Rules> {
    let fields = reading.fields(root, "a policy", &KEYS)?;
    let name = required(reading, &fields, "name");
    let version = fields
        .get("version")
        .and_then(|node| reading.text(node, "`version`"))
        .unwrap_or_default()
        .to_owned();
    let contact = fields
        .get("contact")
        .and_then(|node| reading.text(node, "`contact`"))
        .map(str::to_owned);
    let taxonomy = taxonomy(reader, reading, &fields);
    let mut building = Building {
        reader,
        categories: Categories::new(&taxonomy, &reader.names),
        schedules: Vec::new(),
        zones: Vec::new(),
    };
    // Times without a zone would be somebody's guess.
    let zone = match fields.get("time_zone") {
        Some(node) => building.zone(reading, node),
        None => {
            let message = "`time_zone` is missing: where the clocks hang by which schedules go";
            reading.problem(0, ErrorKind::PolicyMissing, message);
            None
        }
    };
    building.read_schedules(reading, &fields, zone);
    let groups = building.read_groups(reading, &fields);
    let exemptions = building.exemption_rules(reading, &fields);
    let rulesets = building.ruleset_rules(reading, &fields);
    // By the text, since a group with something wrong is there all the same.
    let names: Vec<&str> = match fields.get("groups").map(|node| &node.value) {
        Some(Value::Table(entries)) => entries.iter().map(|(key, _)| key.name.as_str()).collect(),
        _ => Vec::new(),
    };
    let canaries = building.canaries(reading, &fields, &names);
    Some(Rules {
        name: name?,
        version,
        contact,
        time_zone: building.zones.first().map(|(name, _)| name.clone())?,
        zones: building.zones.into_iter().map(|(_, zone)| zone).collect(),
        taxonomy,
        categories: building.categories,
        schedules: building.schedules,
        groups,
        exemptions,
        rulesets,
        canaries,
    })
}

fn required(reading: &mut Reading<'_>, fields: &Fields<'_>, name: &str) -> Option<String> {
    match fields.get(name) {
        Some(node) => reading.text(node, &format!("`{name}`")).map(str::to_owned),
        None => {
            reading.problem(
                fields.at,
                ErrorKind::PolicyMissing,
                format!("`{name}` is missing"),
            );
            None
        }
    }
}

/// The taxonomy with the policy's own categories.
fn taxonomy(reader: &PolicyReader<'_>, reading: &mut Reading<'_>, fields: &Fields<'_>) -> Taxonomy {
    let find = |id: &str| {
        let lent = reader.taxonomies.iter().find(|lent| lent.id() == id);
        lent.or_else(|| Taxonomy::builtin(id)).cloned()
    };
    let mut taxonomy = None;
    if let Some(node) = fields.get("taxonomy")
        && let Some(id) = reading.text(node, "`taxonomy`")
    {
        taxonomy = find(id);
        if taxonomy.is_none() {
            let ids = reader.taxonomies.iter().map(Taxonomy::id);
            let guess = nearest(id, ids.chain(Taxonomy::BUILTIN.iter().copied()));
            let message = format!("there is no taxonomy `{id}`{}", did_you_mean(guess));
            reading.problem(node.at, ErrorKind::PolicyTaxonomy, message);
        }
    }
    let mut taxonomy = taxonomy
        .or_else(|| find(TAXONOMY))
        .unwrap_or_else(|| Taxonomy::new(TAXONOMY, ""));
    let nodes = fields
        .get("category")
        .map_or(&[][..], |node| reading.list(node, "`category`"));
    for node in nodes {
        const KEYS: [&str; 5] = ["name", "title", "description", "aliases", "locked"];
        let Some(fields) = reading.fields(node, "a category", &KEYS) else {
            continue;
        };
        let Some(name) = required(reading, &fields, "name") else {
            continue;
        };
        let mut category = Category::new(name);
        if let Some(title) = fields
            .get("title")
            .and_then(|node| reading.text(node, "`title`"))
        {
            title.clone_into(&mut category.title);
        }
        if let Some(text) = fields
            .get("description")
            .and_then(|node| reading.text(node, "`description`"))
        {
            text.clone_into(&mut category.description);
        }
        if let Some(node) = fields.get("aliases") {
            let nodes = reading.list(node, "`aliases`");
            category.aliases = nodes
                .iter()
                .filter_map(|node| reading.text(node, "an alias"))
                .map(str::to_owned)
                .collect();
        }
        category.locked = fields
            .get("locked")
            .and_then(|node| reading.truth(node, "`locked`"))
            .unwrap_or(false);
        if let Err(error) = taxonomy.add(category) {
            reading.problem(node.at, ErrorKind::PolicyDuplicate, error.message());
        }
    }
    taxonomy
}

impl Building<'_> {
    /// The number of the category of that name.
    pub(super) fn category(&self, reading: &mut Reading<'_>, name: &str, at: usize) -> Option<u32> {
        let found = self.categories.index(name);
        if found.is_none() {
            let guess = did_you_mean(self.categories.nearest(name));
            let message = format!("there is no category `{name}`{guess}");
            reading.problem(at, ErrorKind::PolicyCategory, message);
        }
        found
    }

    pub(super) fn schedule(&self, name: &str) -> Option<u32> {
        let at = self
            .schedules
            .iter()
            .position(|schedule| schedule.name == name)?;
        u32::try_from(at).ok()
    }

    /// The number of the zone that is named there.
    fn zone(&mut self, reading: &mut Reading<'_>, node: &Node) -> Option<usize> {
        let name = reading.text(node, "`time_zone`")?;
        if let Some(at) = self.zones.iter().position(|(known, _)| known == name) {
            return Some(at);
        }
        match self.reader.zones.zone(name) {
            Some(zone) => {
                self.zones.push((name.to_owned(), zone));
                Some(self.zones.len() - 1)
            }
            None => {
                let guess = self.reader.zones.nearest(name);
                let message = format!(
                    "there is no time zone `{name}`{}",
                    did_you_mean(guess.as_deref())
                );
                reading.problem(node.at, ErrorKind::PolicyZone, message);
                None
            }
        }
    }

    fn read_schedules(
        &mut self,
        reading: &mut Reading<'_>,
        fields: &Fields<'_>,
        zone: Option<usize>,
    ) {
        const KEYS: [&str; 5] = ["days", "times", "dates", "except_dates", "time_zone"];
        let entries = fields
            .get("schedules")
            .and_then(|node| reading.table(node, "`schedules`"))
            .unwrap_or_default();
        for (key, node) in entries {
            named(reading, key);
            if key.name == "otherwise" {
                let message =
                    "no schedule can be called `otherwise`, which is what counts without one";
                reading.problem(key.at, ErrorKind::PolicyValue, message);
            }
            let what = format!("the schedule `{}`", key.name);
            let Some(fields) = reading.fields(node, &what, &KEYS) else {
                continue;
            };
            let own = fields.get("time_zone").map(|node| self.zone(reading, node));
            let own = own.unwrap_or(zone).unwrap_or(0);
            let made = Schedule {
                name: key.name.clone(),
                time_zone: self
                    .zones
                    .get(own)
                    .map_or_else(String::new, |(name, _)| name.clone()),
                zone: own,
                days: fields
                    .get("days")
                    .map_or(0x7F, |node| schedule::days(reading, node)),
                times: fields
                    .get("times")
                    .map_or_else(Vec::new, |node| schedule::times(reading, node)),
                dates: fields
                    .get("dates")
                    .map_or_else(Vec::new, |node| schedule::dates(reading, node)),
                except_dates: fields
                    .get("except_dates")
                    .map_or_else(Vec::new, |node| schedule::dates(reading, node)),
            };
            // An empty list would mean never, or always: nobody can tell.
            for (name, node) in ["days", "times", "dates"].map(|name| (name, fields.get(name))) {
                if let Some(node) = node
                    && matches!(&node.value, Value::List(nodes) if nodes.is_empty())
                {
                    let message = format!("`{name}` is empty; leave it out for all");
                    reading.problem(node.at, ErrorKind::PolicyValue, message);
                }
            }
            self.schedules.push(made);
        }
        self.schedules.sort_by(|a, b| a.name.cmp(&b.name));
    }

    fn read_groups(
        &mut self,
        reading: &mut Reading<'_>,
        fields: &Fields<'_>,
    ) -> Vec<super::GroupRules> {
        let entries = fields
            .get("groups")
            .and_then(|node| reading.table(node, "`groups`"))
            .unwrap_or_default();
        if entries.is_empty() {
            let message = "a policy has at least one group: `[groups.everyone]`";
            reading.problem(0, ErrorKind::PolicyMissing, message);
        }
        let mut said: Vec<(String, Said)> = Vec::new();
        for (key, node) in entries {
            named(reading, key);
            let group = self.group(reading, key, node);
            said.push((key.name.clone(), group));
        }
        said.sort_by(|a, b| a.0.cmp(&b.0));
        groups::resolve(reading, &said, self.categories.len())
    }

    fn exemption_rules(
        &mut self,
        reading: &mut Reading<'_>,
        fields: &Fields<'_>,
    ) -> ExemptionRules {
        const KEYS: [&str; 5] = [
            "may_request",
            "may_approve",
            "may_edit",
            "one_person_may",
            "longest",
        ];
        let mut rules = ExemptionRules::default();
        let Some(node) = fields.get("exemptions") else {
            return rules;
        };
        let Some(fields) = reading.fields(node, "`exemptions`", &KEYS) else {
            return rules;
        };
        let mut people = |name: &str| -> Vec<String> {
            let Some(node) = fields.get(name) else {
                return Vec::new();
            };
            let nodes = reading.list(node, &format!("`{name}`"));
            let people = nodes.iter();
            people
                .filter_map(|node| reading.text(node, "a person's name"))
                .map(str::to_owned)
                .collect()
        };
        rules.may_request = people("may_request");
        rules.may_approve = people("may_approve");
        rules.may_edit = people("may_edit");
        rules.one_person_may = fields
            .get("one_person_may")
            .and_then(|node| reading.truth(node, "`one_person_may`"))
            .unwrap_or(false);
        match fields.get("longest") {
            Some(node) => {
                if let Some(longest) = length(reading, node, "`longest`") {
                    rules.longest = longest;
                }
            }
            None if !rules.may_approve.is_empty() => {
                let message = "`longest` is missing: how long an exemption may last";
                reading.problem(fields.at, ErrorKind::PolicyMissing, message);
            }
            None => {}
        }
        rules
    }

    fn ruleset_rules(
        &mut self,
        reading: &mut Reading<'_>,
        fields: &Fields<'_>,
    ) -> Vec<RulesetRule> {
        let nodes = fields
            .get("ruleset")
            .map_or(&[][..], |node| reading.list(node, "`ruleset`"));
        let mut rules: Vec<RulesetRule> = Vec::new();
        for node in nodes {
            let Some(fields) = reading.fields(node, "a ruleset", &["name", "max_age"]) else {
                continue;
            };
            let name = required(reading, &fields, "name");
            let max_age = match fields.get("max_age") {
                Some(node) => length(reading, node, "`max_age`").map(|length| length.at_most()),
                None => {
                    reading.problem(node.at, ErrorKind::PolicyMissing, "`max_age` is missing");
                    None
                }
            };
            let Some((name, max_age)) = name.zip(max_age) else {
                continue;
            };
            if rules.iter().any(|rule| rule.name == name) {
                let message = format!("the ruleset `{name}` stands twice");
                reading.problem(node.at, ErrorKind::PolicyDuplicate, message);
            }
            rules.push(RulesetRule { name, max_age });
        }
        rules
    }

    fn canaries(
        &mut self,
        reading: &mut Reading<'_>,
        fields: &Fields<'_>,
        groups: &[&str],
    ) -> Vec<Canary> {
        const KEYS: [&str; 4] = ["address", "category", "list", "groups"];
        let nodes = fields
            .get("canary")
            .map_or(&[][..], |node| reading.list(node, "`canary`"));
        let mut canaries = Vec::new();
        for node in nodes {
            let Some(fields) = reading.fields(node, "a canary", &KEYS) else {
                continue;
            };
            let address = required(reading, &fields, "address");
            if let (Some(address), Some(node)) = (&address, fields.get("address"))
                && let Err(error) = CanonicalUrl::parse(address)
            {
                let message = format!("`{address}`: {error}");
                reading.problem(node.at, ErrorKind::PolicyAddress, message);
            }
            let category = required(reading, &fields, "category").and_then(|name| {
                let at = fields.get("category").map_or(node.at, |node| node.at);
                self.category(reading, &name, at)
            });
            let list = fields
                .get("list")
                .and_then(|node| reading.text(node, "`list`"))
                .map(str::to_owned);
            let mut of = BTreeSet::new();
            for node in fields
                .get("groups")
                .map_or(&[][..], |node| reading.list(node, "`groups`"))
            {
                let Some(name) = reading.text(node, "a group's name") else {
                    continue;
                };
                if !groups.contains(&name) {
                    let guess = did_you_mean(nearest(name, groups.iter().copied()));
                    let message = format!("there is no group `{name}`{guess}");
                    reading.problem(node.at, ErrorKind::PolicyGroup, message);
                }
                of.insert(name.to_owned());
            }
            if let Some((address, category)) = address.zip(category) {
                canaries.push(Canary {
                    address,
                    category: self.categories.id(category).to_owned(),
                    list,
                    groups: of.into_iter().collect(),
                });
            }
        }
        canaries
    }
}

/// Names of groups and schedules stand in commands and logs.
fn named(reading: &mut Reading<'_>, key: &Key) {
    let is_name = !key.name.trim().is_empty()
        && key.name.trim() == key.name
        && !key.name.contains(char::is_control);
    if !is_name {
        let message = "a name is blank, or has control characters or spaces around it";
        reading.problem(key.at, ErrorKind::PolicyValue, message);
    }
}

/// `28 days`, `24 hours`, `90 minutes`, `2 weeks`.
fn length(reading: &mut Reading<'_>, node: &Node, what: &str) -> Option<Length> {
    let text = reading.text(node, what)?;
    let length = text.parse().ok();
    if length.is_none() {
        let message =
            format!("`{text}` is no length of time: minutes, hours, days or weeks, as `28 days`");
        reading.problem(node.at, ErrorKind::PolicyTime, message);
    }
    length
}
