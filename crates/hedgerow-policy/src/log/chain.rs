//! Ways through records that follow each other: what [`verify`](super::verify)
//! needs of graphs and orders.

use std::collections::{HashMap, HashSet};

/// The best way down from a line: whether it leads to the noted head, how many
/// lines it has, and the next of them.
struct Best {
    leads: bool,
    length: usize,
    next: Option<usize>,
}

/// The longest way from `root` down to a leaf; of ways equally long the one
/// that stands first in the log. The way that leads to `head` comes before all
/// others. Without recursion: a log can be as long as it likes.
pub(super) fn longest_way(
    root: usize,
    children: &HashMap<usize, Vec<usize>>,
    head: Option<usize>,
    reached: &mut HashSet<usize>,
) -> Vec<usize> {
    let none = Vec::new();
    let below = |at: usize| children.get(&at).unwrap_or(&none);
    let mut order = Vec::new();
    let mut open = vec![root];
    while let Some(at) = open.pop() {
        if reached.insert(at) {
            order.push(at);
            open.extend(below(at));
        }
    }
    // Children come after their parents in `order`, so backwards every child
    // is known before its parent.
    let mut best: HashMap<usize, Best> = HashMap::new();
    for at in order.iter().rev() {
        let mut next = None;
        let mut of_next = (false, 0);
        for child in below(*at) {
            if let Some(best) = best.get(child)
                && (best.leads, best.length) > of_next
            {
                next = Some(*child);
                of_next = (best.leads, best.length);
            }
        }
        let leads = of_next.0 || Some(*at) == head;
        let length = of_next.1 + 1;
        best.insert(
            *at,
            Best {
                leads,
                length,
                next,
            },
        );
    }
    let mut way = vec![root];
    let mut at = root;
    while let Some(next) = best.get(&at).and_then(|best| best.next) {
        way.push(next);
        at = next;
    }
    way
}

/// The members of a longest rising sequence in `values` (which are distinct).
pub(super) fn longest_rising(values: &[usize]) -> HashSet<usize> {
    // `ends[n]` is the place of the least value that ends a sequence of n + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        let length = ends.partition_point(|end| values.get(*end).is_some_and(|end| end < value));
        before.push(
            length
                .checked_sub(1)
                .and_then(|shorter| ends.get(shorter))
                .copied(),
        );
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut members = HashSet::new();
    let mut place = ends.last().copied();
    while let Some(at) = place {
        members.extend(values.get(at));
        place = before.get(at).copied().flatten();
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_way_is_found_and_the_head_comes_first() {
        // 0 leads to 1 and 2; 1 to 3; 2 to 4, 4 to 5.
        let children = HashMap::from([(0, vec![1, 2]), (1, vec![3]), (2, vec![4]), (4, vec![5])]);
        let way = |head| longest_way(0, &children, head, &mut HashSet::new());
        assert_eq!(way(None), [0, 2, 4, 5]);
        assert_eq!(way(Some(3)), [0, 1, 3]);
        // A head above a fork says nothing of the fork.
        assert_eq!(way(Some(0)), [0, 2, 4, 5]);
        // Ways equally long: the one that stands first.
        let even = HashMap::from([(0, vec![1, 2])]);
        assert_eq!(longest_way(0, &even, None, &mut HashSet::new()), [0, 1]);
        // A ring ends where it began.
        let ring = HashMap::from([(0, vec![1]), (1, vec![0])]);
        assert_eq!(longest_way(0, &ring, None, &mut HashSet::new()), [0, 1]);
    }

    #[test]
    fn the_longest_rising_sequence_is_found() {
        let members = |values: &[usize]| {
            let mut members: Vec<usize> = longest_rising(values).into_iter().collect();
            members.sort_unstable();
            members
        };
        assert_eq!(members(&[]), [0; 0]);
        assert_eq!(members(&[0, 1, 5, 2, 3]), [0, 1, 2, 3]);
        assert_eq!(members(&[9, 1, 2, 0]), [1, 2]);
    }
}
