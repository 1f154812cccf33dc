//! Names people type: when two are the same, and which one was meant.

use std::borrow::Cow;

/// Names longer than this are nobody's misspelling of a known name. The bound
/// keeps [`nearest`], whose cost is the product of both lengths, small on any
/// input.
const LONGEST_GUESS: usize = 64;

/// A name in the form in which names are compared: ASCII lower case, and `-`
/// for `_` and for spaces.
///
/// # Examples
///
/// ```
/// use hedgerow::category::fold;
///
/// assert_eq!(fold("Mixed_Adult"), "mixed-adult");
/// assert_eq!(fold("mixed-adult"), "mixed-adult");
/// ```
#[must_use]
pub fn fold(name: &str) -> Cow<'_, str> {
    let same = |c: char| !c.is_ascii_uppercase() && c != '_' && c != ' ';
    if name.chars().all(same) {
        return Cow::Borrowed(name);
    }
    let folded = name.chars().map(|c| match c {
        '_' | ' ' => '-',
        c => c.to_ascii_lowercase(),
    });
    Cow::Owned(folded.collect())
}

/// The candidate that `name` most likely means, for "did you mean": the one at
/// the smallest edit distance (a letter more, less, other, or two swapped count
/// one), if that is at most a third of the name's length. Of several equally
/// near the first is taken. `None` if nothing is near.
///
/// # Examples
///
/// ```
/// use hedgerow::category::nearest;
///
/// assert_eq!(nearest("domain", ["hosts", "domains"]), Some("domains"));
/// assert_eq!(nearest("zebra", ["hosts", "domains"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = fold(name);
    let length = name.chars().count();
    if length > LONGEST_GUESS {
        return None;
    }
    let allowed = (length / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 4 * LONGEST_GUESS)
        .map(|candidate| (strsim::osa_distance(&name, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_not_guessed_at() {
        let long = "gambling".repeat(100_000);
        assert_eq!(nearest(&long, ["gambling"]), None);
        assert_eq!(nearest("gambling", [long.as_str()]), None);
    }

    #[test]
    fn of_equals_the_first() {
        assert_eq!(nearest("cats", ["bats", "hats"]), Some("bats"));
        assert_eq!(nearest("", ["a", "b"]), Some("a"));
    }

    #[test]
    fn folding_is_idempotent_and_keeps_other_letters() {
        assert_eq!(fold(&fold("Élan Vital_X")), fold("Élan Vital_X"));
        assert_eq!(fold("Élan Vital_X"), "Élan-vital-x");
    }
}
