//! Labels: what a key stands for. A label is a category, a list, the scopes
//! and what else must hold; the labels of a key form a set, and equal sets are
//! stored once.

use super::wire::{Reader, Records, push_text, push_varint, u32_at};
use crate::rule::{Action, Condition, HostScope, PathScope};

/// Bytes of a label in a file.
pub(crate) const LABEL_LEN: usize = 16;

/// The number that stands for "no condition".
pub(crate) const NO_CONDITION: u32 = u32::MAX;

const ALLOW: u8 = 1;
const IMPORTANT: u8 = 2;

/// One label, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Label {
    pub(crate) category: u32,
    pub(crate) list: u32,
    pub(crate) host_scope: HostScope,
    pub(crate) path_scope: PathScope,
    pub(crate) action: Action,
    pub(crate) important: bool,
    pub(crate) condition: u32,
}

impl Label {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for number in [self.category, self.list, self.condition] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let mut flags = 0;
        if self.action == Action::Allow {
            flags |= ALLOW;
        }
        if self.important {
            flags |= IMPORTANT;
        }
        out.extend_from_slice(&[self.host_scope as u8, self.path_scope as u8, flags, 0]);
    }

    /// The label numbered `index` of the section `labels`.
    pub(crate) fn read(labels: &[u8], index: u32) -> Option<Label> {
        let at = (index as usize).checked_mul(LABEL_LEN)?;
        let bytes = labels.get(at..at + LABEL_LEN)?;
        let flags = bytes[14];
        Some(Label {
            category: u32_at(bytes, 0)?,
            list: u32_at(bytes, 4)?,
            condition: u32_at(bytes, 8)?,
            host_scope: *HostScope::ALL.get(usize::from(bytes[12]))?,
            path_scope: *PathScope::ALL.get(usize::from(bytes[13]))?,
            action: if flags & ALLOW != 0 {
                Action::Allow
            } else {
                Action::List
            },
            important: flags & IMPORTANT != 0,
        })
    }
}

/// The numbers of the labels in the set numbered `set` of the section `sets`:
/// a count, `count + 1` offsets, and members, four bytes each.
pub(crate) fn set_members(sets: &[u8], set: u32) -> Option<impl Iterator<Item = u32> + '_> {
    let count = u32_at(sets, 0)?;
    if set >= count {
        return None;
    }
    let base = 4 + (count as usize + 1) * 4;
    let at = 4 + set as usize * 4;
    let start = base.checked_add(u32_at(sets, at)? as usize * 4)?;
    let end = base.checked_add(u32_at(sets, at + 4)? as usize * 4)?;
    let members = sets.get(start..end)?;
    Some(members.chunks_exact(4).filter_map(|bytes| u32_at(bytes, 0)))
}

/// The section for these sets.
pub(crate) fn write_sets(sets: &[Vec<u32>]) -> Vec<u8> {
    let mut out = (sets.len() as u32).to_le_bytes().to_vec();
    let mut end = 0u32;
    out.extend_from_slice(&end.to_le_bytes());
    for set in sets {
        end += set.len() as u32;
        out.extend_from_slice(&end.to_le_bytes());
    }
    for member in sets.iter().flatten() {
        out.extend_from_slice(&member.to_le_bytes());
    }
    out
}

/// Writes a condition as a record.
pub(crate) fn write_condition(condition: &Condition, out: &mut Vec<u8>) {
    push_varint(out, condition.port.map_or(0, |port| u64::from(port) + 1));
    for texts in [&condition.query_parts, &condition.except_domains] {
        push_varint(out, texts.len() as u64);
        for text in texts {
            push_text(out, text);
        }
    }
}

/// A condition in place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConditionRef<'d> {
    record: &'d [u8],
}

impl<'d> ConditionRef<'d> {
    /// The condition numbered `index`; `Some(None)` for [`NO_CONDITION`].
    pub(crate) fn read(conditions: Records<'d>, index: u32) -> Option<Option<ConditionRef<'d>>> {
        if index == NO_CONDITION {
            return Some(None);
        }
        let record = conditions.get(index as usize)?;
        Some(Some(ConditionRef { record }))
    }

    /// The condition as a value; `None` if its record contradicts itself.
    pub(crate) fn to_condition(self) -> Option<Condition> {
        let mut reader = Reader::new(self.record);
        let port = match reader.varint()? {
            0 => None,
            port => Some(u16::try_from(port - 1).ok()?),
        };
        let mut texts = || {
            let count = reader.index()?;
            (0..count)
                .map(|_| reader.text().map(str::to_owned))
                .collect::<Option<Vec<String>>>()
        };
        Some(Condition {
            port,
            query_parts: texts()?,
            except_domains: texts()?,
        })
    }
}
