//! The categories that a policy can speak of: those of its taxonomy, its own,
//! and those of other taxonomies that come down to them.

use hedgerow::category::{Taxonomy, fold, nearest};
use std::collections::BTreeSet;

/// The taxonomy whose categories are areas of risk: the broadest names there
/// are, which govern what nothing nearer governs.
const AREAS: &str = "kcsie-4c";

/// A category, by whatever names.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) locked: bool,
    /// Of the policy's own taxonomy, or declared by the policy.
    pub(crate) own: bool,
    /// An area of risk.
    pub(crate) area: bool,
    /// Known from a ruleset alone.
    pub(crate) lent: bool,
    /// What a category of another taxonomy comes down to in the policy's own.
    pub(crate) targets: Vec<u32>,
    /// The areas of risk that it belongs to.
    pub(crate) areas: Vec<u32>,
}

/// All of them, and a table of their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Categories {
    known: Vec<Known>,
    names: Names,
}

impl Categories {
    /// The categories of `own` and of the built-in taxonomies; `lent` are the
    /// names that rulesets have.
    pub(crate) fn new(own: &Taxonomy, lent: &BTreeSet<String>) -> Categories {
        let mut all = Categories::default();
        // A policy by the areas of risk alone may declare categories beside them.
        let is_area = |id: &str| {
            own.id() == AREAS
                && Taxonomy::builtin(AREAS).is_some_and(|areas| areas.get(id).is_some())
        };
        for category in own.categories() {
            let index = all.push(Known {
                id: category.id.clone(),
                title: category.title.clone(),
                locked: category.locked,
                own: true,
                area: is_area(&category.id),
                lent: false,
                targets: Vec::new(),
                areas: Vec::new(),
            });
            for name in std::iter::once(&category.id).chain(&category.aliases) {
                all.names.insert(name, index);
            }
        }
        let foreign: Vec<&Taxonomy> = Taxonomy::BUILTIN
            .iter()
            .filter(|id| **id != own.id())
            .filter_map(|id| Taxonomy::builtin(id))
            .collect();
        for taxonomy in &foreign {
            for category in taxonomy.categories() {
                let index = all.index(&category.id).unwrap_or_else(|| {
                    let index = all.push(Known {
                        id: category.id.clone(),
                        title: category.title.clone(),
                        locked: false,
                        own: false,
                        area: taxonomy.id() == AREAS,
                        lent: false,
                        targets: Vec::new(),
                        areas: Vec::new(),
                    });
                    all.names.insert(&category.id, index);
                    index
                });
                all.names.spell(&category.id, index);
                for alias in &category.aliases {
                    if all.index(alias).is_none() {
                        all.names.insert(alias, index);
                    }
                }
                let targets: Vec<u32> = taxonomy
                    .map(&category.id, own.id())
                    .iter()
                    .filter_map(|name| all.index(name))
                    .collect();
                // Of a name that the policy's own taxonomy has too, that one
                // says what it means; illegal it is if anybody says so.
                if let Some(known) = all.known.get_mut(index as usize) {
                    known.locked |= category.locked;
                    if !known.own {
                        known.targets.extend(targets);
                        known.targets.sort_unstable();
                        known.targets.dedup();
                    }
                }
            }
        }
        all.find_areas(own, &foreign);
        for name in lent {
            if all.index(name).is_none() {
                let index = all.push(Known {
                    id: name.clone(),
                    title: name.clone(),
                    locked: false,
                    own: false,
                    area: false,
                    lent: true,
                    targets: Vec::new(),
                    areas: Vec::new(),
                });
                all.names.insert(name, index);
            }
        }
        all
    }

    fn push(&mut self, known: Known) -> u32 {
        self.known.push(known);
        self.known.len() as u32 - 1
    }

    /// Which areas each belongs to: by its own taxonomy's word, otherwise by
    /// what it comes down to.
    fn find_areas(&mut self, own: &Taxonomy, foreign: &[&Taxonomy]) {
        for index in 0..self.known.len() {
            if self.known[index].area {
                continue;
            }
            let id = self.known[index].id.clone();
            let by_word_of = |taxonomies: &[&Taxonomy]| -> Vec<u32> {
                taxonomies
                    .iter()
                    .flat_map(|taxonomy| taxonomy.map(&id, AREAS))
                    .filter_map(|name| self.index(name))
                    .collect()
            };
            let mut areas = Vec::new();
            if self.known[index].own {
                areas = by_word_of(&[own]);
            }
            // A category that a policy declares may be one that others know.
            if areas.is_empty() {
                areas = by_word_of(foreign);
            }
            if areas.is_empty() {
                for &target in &self.known[index].targets {
                    areas.extend_from_slice(&self.known[target as usize].areas);
                }
            }
            areas.sort_unstable();
            areas.dedup();
            self.known[index].areas = areas;
        }
    }

    /// The category of that name, in any case, and with `-`, `_` and space
    /// taken as one.
    pub(crate) fn index(&self, name: &str) -> Option<u32> {
        self.names.get(name)
    }

    pub(crate) fn get(&self, index: u32) -> Option<&Known> {
        self.known.get(index as usize)
    }

    pub(crate) fn id(&self, index: u32) -> &str {
        self.get(index).map_or("", |known| &known.id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Known)> {
        (0..).zip(&self.known)
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The name that a misspelt one most likely means; the policy's own names
    /// before those of others.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        let ids = |own| {
            self.known
                .iter()
                .filter(move |known| known.own == own)
                .map(|known| known.id.as_str())
        };
        nearest(name, ids(true)).or_else(|| nearest(name, ids(false)))
    }
}

/// From names, in any spelling that counts as the same, to numbers. Asked for
/// each match of each address, so it copies no name to look it up, and a name
/// that is spelt as it was inserted is found without folding it.
#[derive(Clone, Debug, Default)]
struct Names {
    exact: Table,
    folded: Table,
}

impl Names {
    fn insert(&mut self, name: &str, index: u32) {
        if self.get(name).is_none() {
            self.folded.insert(&fold(name), index);
            self.exact.insert(name, index);
        }
    }

    /// Another spelling of a name that is there.
    fn spell(&mut self, name: &str, index: u32) {
        if self.exact.get(name).is_none() {
            self.exact.insert(name, index);
        }
    }

    #[inline]
    fn get(&self, name: &str) -> Option<u32> {
        self.exact
            .get(name)
            .or_else(|| self.folded.get(&fold(name)))
    }
}

/// Open addressing; a power of two long, at most half full.
#[derive(Clone, Debug, Default)]
struct Table {
    slots: Vec<Option<(Box<str>, u32)>>,
    len: usize,
}

/// A hash of the length and both ends of a name, which differ from name to name
/// of a few hundred nearly always.
#[inline]
fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let (first, last) = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => {
            let word = bytes
                .iter()
                .fold(0, |word, &byte| word << 8 | u64::from(byte));
            (word, bytes.len() as u64)
        }
    };
    let mixed =
        (first ^ last.rotate_left(23) ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 40) as usize
}

impl Table {
    fn insert(&mut self, name: &str, index: u32) {
        if (self.len + 1) * 2 > self.slots.len() {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![None; (old.len() * 2).max(64)];
            for (name, index) in old.into_iter().flatten() {
                self.place(name, index);
            }
        }
        self.len += 1;
        self.place(name.into(), index);
    }

    fn place(&mut self, name: Box<str>, index: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash(&name) & mask;
        while self.slots[at].is_some() {
            at = (at + 1) & mask;
        }
        self.slots[at] = Some((name, index));
    }

    #[inline]
    fn get(&self, name: &str) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(name) & mask;
        while let Some((known, index)) = self.slots.get(at)? {
            if **known == *name {
                return Some(*index);
            }
            at = (at + 1) & mask;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categories() -> Categories {
        let own = Taxonomy::builtin("uksic-2025").unwrap();
        Categories::new(own, &BTreeSet::from(["Odd_One".to_owned()]))
    }

    fn ids(all: &Categories, indices: &[u32]) -> Vec<String> {
        let mut ids: Vec<String> = indices
            .iter()
            .map(|&index| all.id(index).to_owned())
            .collect();
        ids.sort();
        ids
    }

    #[test]
    fn names_of_any_taxonomy_come_down_to_the_policy_s_own() {
        let all = categories();
        let known = |name: &str| all.get(all.index(name).unwrap()).unwrap();
        assert_eq!(known("Betting").id, "gambling");
        assert!(known("gambling").own && known("gambling").targets.is_empty());
        assert_eq!(ids(&all, &known("MIXED_adult").targets), ["pornography"]);
        assert_eq!(
            ids(&all, &known("stalkerware").targets),
            ["malware-hacking", "violence-against-women-and-girls"]
        );
        assert!(known("terrorism").locked && !known("gambling").locked);
        assert!(known("commerce").area);
        assert_eq!(ids(&all, &known("drugs").areas), ["commerce", "content"]);
        assert!(known("odd one").lent);
        assert_eq!(all.index("cooking-with-fire"), None);
        assert_eq!(all.nearest("gamblign"), Some("gambling"));
    }

    #[test]
    fn every_name_of_every_taxonomy_is_found() {
        let all = categories();
        for id in Taxonomy::BUILTIN {
            for category in Taxonomy::builtin(id).unwrap().categories() {
                for name in std::iter::once(&category.id).chain(&category.aliases) {
                    assert!(all.index(name).is_some(), "{id}: {name}");
                    assert!(all.index(&name.to_uppercase()).is_some());
                }
            }
        }
        assert_eq!(all.index(""), None);
    }

    #[test]
    fn every_uksic_category_belongs_to_an_area() {
        let all = categories();
        for (_, known) in all.all().filter(|(_, known)| known.own) {
            assert!(!known.areas.is_empty(), "{}", known.id);
        }
    }
}
