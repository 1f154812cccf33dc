//! Path patterns of manifests: `lists/{category}/*.txt`.

use crate::error::{Error, ErrorKind, Result};
use regex::Regex;
use std::path::PathBuf;

/// A path with wildcards, relative to a manifest, in `/`-separated parts.
///
/// `*` is any text within one part, `?` one character within a part, `**` as a
/// whole part any number of folders, and `{category}` (once) one part or some
/// of one, which is captured. Everything else is itself. This is less than
/// shells have, so that every pattern reads in one way and the capture is
/// never in doubt.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    /// The leading parts without wildcards: where to look.
    base: PathBuf,
    /// What the rest of the path must match; `None` if there are no wildcards.
    rest: Option<Regex>,
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Manifest`] for an empty pattern, a second `{category}`, a
    /// brace that is no part of `{category}`, or `**` within a part.
    pub(crate) fn new(text: &str) -> Result<PathPattern> {
        if text.trim().is_empty() {
            return Err(Error::new(ErrorKind::Manifest, "the path is empty"));
        }
        let is_wild = |part: &str| part.contains(['*', '?', '{', '}']);
        let parts: Vec<&str> = text.split('/').collect();
        let fixed = parts.iter().take_while(|part| !is_wild(part)).count();
        let (base, rest) = parts.split_at(fixed);
        if rest.is_empty() {
            return Ok(PathPattern {
                base: PathBuf::from(text),
                rest: None,
            });
        }
        let base = match base {
            [] => PathBuf::new(),
            [""] => PathBuf::from("/"),
            parts => PathBuf::from(parts.join("/")),
        };
        let rest = translate(rest)
            .map_err(|why| Error::new(ErrorKind::Manifest, format!("the path `{text}` {why}")))?;
        Ok(PathPattern {
            base,
            rest: Some(rest),
        })
    }

    /// The folder to look in, or the whole path if there are no wildcards.
    pub(crate) fn base(&self) -> &std::path::Path {
        &self.base
    }

    /// Whether the pattern is a plain path.
    pub(crate) fn is_plain(&self) -> bool {
        self.rest.is_none()
    }

    /// Whether `path`, relative to [`PathPattern::base`] and with `/` between
    /// its parts, matches, and what `{category}` stands for. A plain path
    /// matches nothing below itself.
    pub(crate) fn matches<'p>(&self, path: &'p str) -> Option<Option<&'p str>> {
        let found = self.rest.as_ref()?.captures(path)?;
        Some(found.get(1).map(|category| category.as_str()))
    }
}

fn translate(parts: &[&str]) -> std::result::Result<Regex, String> {
    const CAPTURE: &str = "{category}";
    let mut pattern = String::from("^");
    let mut captured = false;
    let last = parts.len().saturating_sub(1);
    for (number, part) in parts.iter().enumerate() {
        if *part == "**" {
            pattern.push_str(if number == last {
                "(?s:.*)"
            } else {
                "(?:[^/]+/)*"
            });
            continue;
        }
        if part.contains("**") {
            return Err("has `**` within a part; it stands between slashes only".to_owned());
        }
        let mut rest = *part;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix(CAPTURE) {
                if captured {
                    return Err("has `{category}` twice".to_owned());
                }
                captured = true;
                pattern.push_str("([^/]+?)");
                rest = after;
                continue;
            }
            let mut buffer = [0; 4];
            match c {
                '*' => pattern.push_str("[^/]*"),
                '?' => pattern.push_str("[^/]"),
                '{' | '}' => return Err("has a brace that is no part of `{category}`".to_owned()),
                c => pattern.push_str(&regex::escape(c.encode_utf8(&mut buffer))),
            }
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
        if number != last {
            pattern.push('/');
        }
    }
    pattern.push('$');
    Regex::new(&pattern).map_err(|_| "is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
        PathPattern::new(pattern).expect("a pattern").matches(path)
    }

    #[test]
    fn captures_a_part_or_some_of_it() {
        assert_eq!(
            captured("{category}/domains", "gambling/domains"),
            Some(Some("gambling"))
        );
        assert_eq!(
            captured("school-{category}.txt", "school-games.txt"),
            Some(Some("games"))
        );
        assert_eq!(
            captured("**/{category}/domains", "a/b/c/domains"),
            Some(Some("c"))
        );
        assert_eq!(captured("{category}/**", "a/b/c"), Some(Some("a")));
        assert_eq!(captured("{category}/domains", "a/b/domains"), None);
    }

    #[test]
    fn wildcards_stay_within_a_part() {
        assert_eq!(captured("*.txt", "a.txt"), Some(None));
        assert_eq!(captured("*.txt", "a/b.txt"), None);
        assert_eq!(captured("**/*.txt", "a/b.txt"), Some(None));
        assert_eq!(captured("**/*.txt", "b.txt"), Some(None));
        assert_eq!(captured("a?.txt", "ab.txt"), Some(None));
        assert_eq!(captured("a?.txt", "a/.txt"), None);
        assert_eq!(captured("a.[x]*", "a.[x]y"), Some(None));
        assert_eq!(captured("a.*", "abc"), None);
    }

    #[test]
    fn the_base_is_what_has_no_wildcard() {
        let pattern = PathPattern::new("../lists/ut1/*/domains").expect("a pattern");
        assert_eq!(pattern.base(), std::path::Path::new("../lists/ut1"));
        assert!(!pattern.is_plain());
        assert!(PathPattern::new("lists/a.txt").expect("a path").is_plain());
        let pattern = PathPattern::new("/*").expect("a pattern");
        assert_eq!(pattern.base(), std::path::Path::new("/"));
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        for text in ["", "{category}/{category}", "a{b,c}", "a**b", "x}"] {
            let error = PathPattern::new(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Manifest, "{text}");
        }
    }
}
