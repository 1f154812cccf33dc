//! Regular expressions of other engines, put in the syntax of the linear-time
//! engine `regex` and made to speak of canonical addresses.
//!
//! What another engine reads differently is rewritten when the meaning is
//! kept, and refused otherwise: an expression is never widened.

use super::Reason;
use crate::rule::Case;
use regex_syntax::ast::{self, Ast};

/// The longest expression that is read. Reading takes a hundred times the
/// memory of the text.
const MAX_LENGTH: usize = 64 * 1024;

/// Addresses with nothing in common but being addresses: what matches both
/// matches, near enough, all.
const PROBES: [&str; 2] = ["http://q/", "https://zj/"];

/// The most memory one compiled expression may take.
const SIZE_LIMIT: usize = 2 << 20;

/// The deepest nesting of groups an expression may have.
const NEST_LIMIT: u32 = 64;

/// What `^` becomes: the beginning of the host, whatever scheme is before it.
const START: &str = "(?:^(?:[a-z][a-z0-9+.-]*://)?)";

/// Which engine a list's expressions are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// POSIX extended (squidGuard); the subject has no scheme.
    Posix,
    /// PCRE (e2guardian); the subject has no scheme.
    Pcre,
    /// JavaScript (adblock); the subject is the whole address.
    JavaScript,
}

/// The expression in the syntax of `regex`, or why there is none. An expression
/// that every address matches (`.*`, `(a|)`, `^https?:`) is left out like
/// every other catch-all: one slip of a list's maker would block everything.
pub(super) fn translate(text: &str, dialect: Dialect, case: Case) -> Result<String, Reason> {
    if text.len() > MAX_LENGTH {
        return Err(Reason::UnsupportedRegex);
    }
    let text = escape_classes(text);
    let ast = ast::parse::ParserBuilder::new()
        .nest_limit(NEST_LIMIT)
        .build()
        .parse(&text)
        .map_err(|error| parse_reason(error.kind()))?;
    // Canonical addresses hold no space: a sentence is no expression.
    if let Ast::Concat(concat) = &ast
        && concat
            .asts
            .iter()
            .any(|part| matches!(part, Ast::Literal(l) if l.c == ' '))
    {
        return Err(Reason::Syntax);
    }
    let edits = ast::visit(
        &ast,
        Edits {
            dialect,
            edits: Vec::new(),
        },
    )?;
    let mut out = String::with_capacity(text.len() + 40);
    if case == Case::Insensitive {
        out.push_str("(?i)");
    }
    let mut from = 0;
    for (start, end, with) in edits {
        out.push_str(&text[from..start]);
        out.push_str(&with);
        from = end;
    }
    out.push_str(&text[from..]);
    let compiled = regex::RegexBuilder::new(&out)
        .size_limit(SIZE_LIMIT)
        .nest_limit(NEST_LIMIT + 8)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => Reason::UnsupportedRegex,
            _ => Reason::Syntax,
        })?;
    if PROBES.iter().all(|probe| compiled.is_match(probe)) {
        return Err(Reason::NotAnAddress);
    }
    Ok(out)
}

/// Whether an expression failed for what it is, or for not being one.
fn parse_reason(kind: &ast::ErrorKind) -> Reason {
    use ast::ErrorKind as K;
    match kind {
        K::UnsupportedBackreference
        | K::UnsupportedLookAround
        | K::EscapeUnrecognized
        | K::FlagUnrecognized
        | K::FlagUnexpectedEof
        | K::GroupNameInvalid
        | K::NestLimitExceeded(_)
        | K::CaptureLimitExceeded
        | K::UnicodeClassInvalid => Reason::UnsupportedRegex,
        _ => Reason::Syntax,
    }
}

/// Rewrites what `regex` alone reads as set operations inside brackets, and
/// BSD's word boundaries.
fn escape_classes(text: &str) -> String {
    let text = text
        .replace("[[:<:]]", r"\b{start}")
        .replace("[[:>:]]", r"\b{end}");
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\' {
            out.extend(chars.next());
            continue;
        }
        if c != '[' {
            continue;
        }
        if chars.peek() == Some(&'^') {
            out.extend(chars.next());
        }
        if chars.peek() == Some(&']') {
            chars.next();
            out.push_str("\\]");
        }
        while let Some(c) = chars.next() {
            match c {
                ']' => {
                    out.push(c);
                    break;
                }
                '\\' => {
                    out.push(c);
                    out.extend(chars.next());
                }
                '[' if matches!(chars.peek(), Some(':')) => {
                    // A named class ends at its own bracket.
                    out.push(c);
                    for c in chars.by_ref() {
                        out.push(c);
                        if c == ']' {
                            break;
                        }
                    }
                }
                '[' | '&' | '~' => {
                    out.push('\\');
                    out.push(c);
                }
                '-' if chars.peek() == Some(&'-') => out.push_str("\\-"),
                _ => out.push(c),
            }
        }
    }
    out
}

/// Collects replacements of spans, in order.
struct Edits {
    dialect: Dialect,
    edits: Vec<(usize, usize, String)>,
}

impl ast::Visitor for Edits {
    type Output = Vec<(usize, usize, String)>;
    type Err = Reason;

    fn finish(self) -> Result<Self::Output, Reason> {
        Ok(self.edits)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Reason> {
        match ast {
            Ast::Assertion(assertion) if self.dialect != Dialect::JavaScript => {
                if let ast::AssertionKind::StartLine | ast::AssertionKind::StartText =
                    assertion.kind
                {
                    let span = assertion.span;
                    self.edits
                        .push((span.start.offset, span.end.offset, START.to_owned()));
                }
            }
            // Canonical addresses are ASCII: beyond it stand percent triplets.
            Ast::Literal(literal)
                if !literal.c.is_ascii() && literal.kind == ast::LiteralKind::Verbatim =>
            {
                let mut with = String::from("(?:");
                for byte in literal.c.encode_utf8(&mut [0; 4]).bytes() {
                    with.push_str(&format!("%{byte:02X}"));
                }
                with.push(')');
                let span = literal.span;
                self.edits.push((span.start.offset, span.end.offset, with));
            }
            // `a++` is possessive in PCRE and matches less than `(a+)+`.
            Ast::Repetition(repetition)
                if self.dialect != Dialect::Posix
                    && matches!(*repetition.ast, Ast::Repetition(_)) =>
            {
                return Err(Reason::UnsupportedRegex);
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posix(text: &str) -> Result<String, Reason> {
        translate(text, Dialect::Posix, Case::Sensitive)
    }

    fn matches(text: &str, subject: &str) -> bool {
        regex::Regex::new(&posix(text).unwrap())
            .unwrap()
            .is_match(subject)
    }

    #[test]
    fn start_is_the_host() {
        assert!(matches("^a\\.example", "http://a.example/"));
        assert!(!matches("^a\\.example", "http://b.a.example/"));
        assert!(matches("(^|[-?+=/_])sex([-?+=/_]|$)", "https://sex/"));
        assert!(matches("(x|(^a))b", "https://ab.example/"));
        assert!(matches("^https?://a\\.", "https://a.example/"));
    }

    #[test]
    fn brackets_are_read_as_posix_does() {
        assert!(matches("a[[]b", "a[b"));
        assert!(matches("a[]]b", "a]b"));
        assert!(matches("^[[:alpha:]&&x]+\\.", "http://a&x./"));
        assert!(matches("x[a&&b]y", "xay") && matches("x[a&&b]y", "x&y"));
        assert!(matches("^x[--/]y", "x.y") && matches("a[~~]b", "a~b"));
        assert!(matches("[[:<:]]sex[[:>:]]", "http://a/sex/b"));
    }

    #[test]
    fn what_is_refused() {
        for text in [
            "(?=a)b",
            "(?<!a)b",
            "(a)\\1",
            "(?>a+)b",
            "a\\Kb",
            "a{1000}{1000}",
        ] {
            assert_eq!(posix(text), Err(Reason::UnsupportedRegex), "{text}");
        }
        assert_eq!(
            translate("a++b", Dialect::Pcre, Case::Sensitive),
            Err(Reason::UnsupportedRegex)
        );
        for text in [
            "{\"error\":\"gone\"}",
            "(a",
            "a)",
            "Service Unavailable",
            "[a",
        ] {
            assert_eq!(posix(text), Err(Reason::Syntax), "{text}");
        }
    }

    #[test]
    fn catch_alls() {
        for text in [".*", ".", "(a|)", "^", "^https?:", "/", "x*", "$"] {
            assert_eq!(posix(text), Err(Reason::NotAnAddress), "{text}");
        }
        assert_eq!(
            posix(&"a".repeat(MAX_LENGTH + 1)),
            Err(Reason::UnsupportedRegex)
        );
    }

    #[test]
    fn beyond_ascii() {
        assert!(matches("caf\u{e9}$", "http://a.example/caf%C3%A9"));
    }
}
