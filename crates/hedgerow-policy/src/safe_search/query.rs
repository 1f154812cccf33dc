//! Setting a parameter in a query, whatever tricks the query has.

use crate::percent::decode;
use hedgerow::CanonicalUrl;

/// A parameter that a query must have once, with this value, and no otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: &'static str,
    /// The parameters that carry a search term.
    pub(super) terms: &'static [&'static str],
    /// Text in a search term that switches the setting off.
    pub(super) switches_off: &'static [&'static str],
}

/// What one `&`-separated part of a query is to a setting.
enum Part {
    /// The setting itself, as it is to be.
    Set,
    /// Something else, which stays as it is.
    Other,
    /// The setting in some other form or with some other value, or among other
    /// things, of which this is left.
    Contrary(String),
}

impl Setting {
    /// The query with the setting in it; none if it is there already, once and
    /// unopposed.
    ///
    /// What is not the setting stays byte for byte as it is, in its order, for
    /// `q=c%2B%2B` and `q=c++` are two searches.
    pub(super) fn set(&self, query: &str) -> Option<String> {
        let parts: Vec<(&str, Part)> = query
            .split('&')
            .map(|part| (part, self.judge(part)))
            .collect();
        let is_set = parts.iter().filter(|(_, part)| matches!(part, Part::Set));
        let is_opposed = parts
            .iter()
            .any(|(_, part)| matches!(part, Part::Contrary(_)));
        if is_set.count() == 1 && !is_opposed {
            return None;
        }
        let mut out = String::with_capacity(query.len() + self.name.len() + self.value.len() + 2);
        for (text, part) in &parts {
            let text = match part {
                Part::Set => continue,
                Part::Other => text,
                Part::Contrary(left) if left.is_empty() => continue,
                Part::Contrary(left) => left.as_str(),
            };
            if text.is_empty() && parts.len() == 1 {
                continue;
            }
            out.push_str(text);
            out.push('&');
        }
        out.push_str(self.name);
        out.push('=');
        out.push_str(self.value);
        Some(out)
    }

    fn judge(&self, part: &str) -> Part {
        if part.split_once('=') == Some((self.name, self.value)) {
            return Part::Set;
        }
        // Some servers take `;` for `&`; nothing is lost by believing that here.
        let is_contrary = |piece: &&str| names(piece, self.name);
        let is_opposed = part.split(';').any(|piece| is_contrary(&piece));
        let switched = self.without_switches(part);
        if !is_opposed && switched.is_none() {
            return Part::Other;
        }
        let part = switched.as_deref().unwrap_or(part);
        let left: Vec<&str> = part
            .split(';')
            .filter(|piece| !is_contrary(piece))
            .collect();
        Part::Contrary(left.join(";"))
    }

    /// The part, if it is a search term, without what would switch the setting
    /// off; none if there is nothing of the kind.
    fn without_switches(&self, part: &str) -> Option<String> {
        if self.switches_off.is_empty() {
            return None;
        }
        let (name, value) = part.split_once('=')?;
        if !self.terms.iter().any(|term| names(part, term)) {
            return None;
        }
        let value = decode(value.replace('+', " ").as_bytes());
        let without = without(&String::from_utf8_lossy(&value), self.switches_off)?;
        let mut out = format!("{name}=");
        for byte in without.bytes() {
            match byte {
                b' ' => out.push('+'),
                b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
                _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
        Some(out)
    }
}

/// The text without each of `words`, in any case; none if it has none of them.
///
/// Taking one out can bring another together, so it goes on until none is left:
/// what is kept is a stack, of which only the end can become such a word.
pub(super) fn without(text: &str, words: &[&str]) -> Option<String> {
    let mut kept = String::with_capacity(text.len());
    let mut is_changed = false;
    for character in text.chars() {
        kept.push(character);
        let found = words.iter().find(|word| {
            let start = kept.len().checked_sub(word.len());
            start
                .and_then(|start| kept.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(word))
        });
        if let Some(word) = found {
            kept.truncate(kept.len() - word.len());
            is_changed = true;
        }
    }
    is_changed.then_some(kept)
}

/// Whether a part of a query is named `name`, as the most lenient of servers
/// would read it: in any case, however often encoded, with spaces around it, as
/// a list (`safe[]=off`), or cut off at NUL.
fn names(part: &str, name: &str) -> bool {
    let written = part.split('=').next().unwrap_or(part);
    if !written.contains(['%', '+', '[', '\0']) {
        return written.trim().eq_ignore_ascii_case(name);
    }
    let decoded = decode(written.as_bytes());
    // `safe%3Doff` is a parameter of that whole name to most, and `safe` to one
    // that decodes first.
    let end = decoded
        .iter()
        .position(|byte| matches!(byte, b'[' | b'=' | 0))
        .unwrap_or(decoded.len());
    let is_space = |byte: &u8| *byte <= b' ' || *byte == b'+';
    let start = decoded[..end]
        .iter()
        .position(|byte| !is_space(byte))
        .unwrap_or(end);
    let end = decoded[..end]
        .iter()
        .rposition(|byte| !is_space(byte))
        .map_or(start, |last| last + 1);
    decoded[start..end.max(start)].eq_ignore_ascii_case(name.as_bytes())
}

/// Whether a query has a part with one of these names and some value.
pub(super) fn has_term(query: &str, terms: &[&str]) -> bool {
    query.split(['&', ';']).any(|part| {
        part.split_once('=')
            .is_some_and(|(_, value)| !value.is_empty())
            && terms.iter().any(|term| names(part, term))
    })
}

/// The query of an address as it was written, if the text is that address:
/// without what browsers leave out on the way, and without the fragment.
pub(super) fn as_written(requested: &str, url: &CanonicalUrl<'_>) -> Option<Option<String>> {
    if CanonicalUrl::parse(requested).as_ref() != Ok(url) {
        return None;
    }
    let text = requested
        .trim_matches(|c: char| c <= ' ')
        .replace(['\t', '\r', '\n'], "");
    let text = text.split('#').next().unwrap_or_default();
    Some(text.split_once('?').map(|(_, query)| query.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAFE: Setting = Setting {
        name: "safe",
        value: "active",
        terms: &["q"],
        switches_off: &["!safeoff"],
    };

    #[track_caller]
    fn check(query: &str, expected: &str) {
        let set = SAFE.set(query);
        assert_eq!(set.as_deref().unwrap_or(query), expected, "{query}");
        assert_eq!(SAFE.set(expected), None, "not settled: {expected}");
    }

    #[test]
    fn a_setting_is_added_and_replaced() {
        check("", "safe=active");
        check("q=owls", "q=owls&safe=active");
        check("q=owls&safe=active", "q=owls&safe=active");
        check("safe=active&q=owls", "safe=active&q=owls");
        check("q=owls&safe=off", "q=owls&safe=active");
        check("safe=off&q=owls", "q=owls&safe=active");
        check("safe", "safe=active");
        check("safe=", "safe=active");
        check("q=c%2B%2B&hl=en", "q=c%2B%2B&hl=en&safe=active");
        check("q=a&&b=", "q=a&&b=&safe=active");
    }

    #[test]
    fn tricks_do_not_pass() {
        for trick in [
            "safe=off&safe=active",
            "safe=active&safe=off",
            "safe=active&safe=active",
            "SAFE=off",
            "Safe=Active",
            "s%61fe=off",
            "s%2561fe=off",
            "%73%61%66%65=off",
            "safe=active&s%61fe=off",
            "safe[]=off",
            "safe%5B%5D=off&safe=active",
            "+safe=off",
            "%20safe%20=off",
            "safe%00=off",
            "safe%00x=off",
            "safe%3Doff",
            "safe%3Dactive",
            "safe=active;safe=off",
            ";safe=off",
            "safe=%61ctive",
            "safe=active%20",
            "safe=active%26safe=off",
        ] {
            check(trick, "safe=active");
        }
        check("q=a%26safe=active", "q=a%26safe=active&safe=active");
        check("q=a;safe=off", "q=a&safe=active");
        check("q=a%3Bsafe=active", "q=a%3Bsafe=active&safe=active");
        check("unsafe=off", "unsafe=off&safe=active");
        check("safer=off", "safer=off&safe=active");
        check("x.safe=off", "x.safe=off&safe=active");
    }

    #[test]
    fn words_that_switch_it_off_go() {
        check("q=owls+!safeoff", "q=owls+&safe=active");
        check("q=owls%20%21SafeOff&safe=active", "q=owls+&safe=active");
        check("q=!safe!safeoffoff+owls", "q=+owls&safe=active");
        check("hl=!safeoff", "hl=!safeoff&safe=active");
        check("q=caf%C3%A9!safeoff", "q=caf%C3%A9&safe=active");
    }

    #[test]
    fn words_that_come_together_go_in_one_pass() {
        let word = format!("{}{}", "!safeof".repeat(1 << 15), "f".repeat(1 << 15));
        assert_eq!(without(&word, &["!safeoff"]), Some(String::new()));
    }
}
