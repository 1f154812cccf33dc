//! Downloads: what kind of file an address or an answer gives.
//!
//! A school lets pupils read pages, and does not let them fetch programs. What
//! is fetched is told from three things: the address, the content type of the
//! answer, and the file name that the answer gives (`Content-Disposition`). The
//! evidence adds up, since the server that sends it is the one that may lie: a
//! file named `setup.exe` is a program whatever it is served as, and so is
//! anything served as one, whatever it is named. [`DownloadKind::of`] gives every
//! kind that there is evidence for; a policy that blocks any of them blocks the
//! file.
//!
//! # When to ask
//!
//! - Before the request is sent, with the address alone: most names tell.
//! - When the headers of the answer are there, with all three, and before the
//!   first byte of the body is passed on.
//! - For a redirection, with the address that it leads to; for an address that
//!   carries another (an archive, a translator), with both:
//!   [`DownloadKind::of_unwrapped`].
//!
//! # What counts
//!
//! - The last segment of the path, without what stands behind it: parameters
//!   (`setup.exe;v=1`), slashes, dots and spaces (Windows drops them from names),
//!   NUL, encoded question marks. Only the last extension says what a file is:
//!   `photo.jpg.exe` is a program and `setup.exe.jpg` a picture.
//! - The segment before it, if the last has no extension
//!   (`/setup.exe/download`), and file names in the query
//!   (`download.php?file=setup.exe`). That is how download scripts are written;
//!   but it is not certain, so an answer that is a page (`text/html`) outweighs
//!   it, and before there is an answer, parameters that carry search terms
//!   (`?q=setup.exe`) are passed over.
//! - Some extensions are believed in file names only: `.js` is in the address of
//!   a part of almost every page, and `.com` at the end of an address that
//!   carries another.
//!
//! # What does not
//!
//! The body. Whoever has it can look for the marks of formats, and should, if
//! programs must not come through in disguise.

mod encoded_words;
mod kinds;

use self::kinds::{Believed, PAGES, SEARCH_TERMS, TABLE};
use crate::percent::decode;
use hedgerow::CanonicalUrl;
use hedgerow::address::Carried;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};
use std::sync::LazyLock;

/// A kind of file that a policy can block.
///
/// # Examples
///
/// ```
/// use hedgerow::CanonicalUrl;
/// use hedgerow_policy::DownloadKind;
///
/// let url = CanonicalUrl::parse("https://files.example/photo.jpg.EXE?x=1")?;
/// let kinds = DownloadKind::of(&url, Some("image/png"), None);
/// assert!(kinds.contains(DownloadKind::Executable));
///
/// let url = CanonicalUrl::parse("https://files.example/get?id=7")?;
/// let kinds = DownloadKind::of(&url, Some("application/octet-stream"), Some("tools.zip"));
/// assert_eq!(kinds.iter().collect::<Vec<_>>(), [DownloadKind::Archive]);
/// # Ok::<(), hedgerow::address::Unclassifiable>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DownloadKind {
    /// Programs and their libraries: `.exe`, `.dll`, `.jar`, `.appimage`.
    Executable,
    /// Packages that install programs: `.msi`, `.msix`, `.pkg`, `.deb`.
    Installer,
    /// Text that a computer runs when it is opened, and shortcuts to that:
    /// `.bat`, `.ps1`, `.sh`, `.vbs`, `.lnk`. Not the scripts in pages.
    Script,
    /// Apps for telephones and tablets: `.apk`, `.ipa`.
    MobileApp,
    /// Extensions of browsers: `.crx`, `.xpi`, user scripts.
    BrowserExtension,
    /// Office documents that can hold macros: `.docm`, `.xlsm`, `.pptm`.
    OfficeMacro,
    /// Files that hold files: `.zip`, `.rar`, `.7z`, `.tar.gz`.
    Archive,
    /// Images of disks and machines: `.iso`, `.dmg`, `.vhd`.
    DiskImage,
    /// What tells a sharing network what to fetch: `.torrent`.
    Torrent,
    /// Settings that lead traffic elsewhere: VPN and proxy profiles (`.ovpn`,
    /// `.mobileconfig`, `.pac`), remote desktops.
    NetworkProfile,
}

impl DownloadKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [DownloadKind; 10] = [
        DownloadKind::Executable,
        DownloadKind::Installer,
        DownloadKind::Script,
        DownloadKind::MobileApp,
        DownloadKind::BrowserExtension,
        DownloadKind::OfficeMacro,
        DownloadKind::Archive,
        DownloadKind::DiskImage,
        DownloadKind::Torrent,
        DownloadKind::NetworkProfile,
    ];

    /// The stable name, as policies write it and decisions report it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            DownloadKind::Executable => "executable",
            DownloadKind::Installer => "installer",
            DownloadKind::Script => "script",
            DownloadKind::MobileApp => "mobile-app",
            DownloadKind::BrowserExtension => "browser-extension",
            DownloadKind::OfficeMacro => "office-macro",
            DownloadKind::Archive => "archive",
            DownloadKind::DiskImage => "disk-image",
            DownloadKind::Torrent => "torrent",
            DownloadKind::NetworkProfile => "network-profile",
        }
    }

    /// The kind that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<DownloadKind> {
        DownloadKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// The extensions of the kind, in lower case and without a dot, for those
    /// who show a policy to people.
    pub fn extensions(self) -> impl Iterator<Item = &'static str> {
        let rows = TABLE.iter().filter(move |row| row.kind == self);
        rows.flat_map(|row| row.extensions.iter().map(|(extension, _)| *extension))
    }

    /// Every kind for which there is evidence in an address and what its answer
    /// says of itself: the value of `Content-Type`, and the file name in
    /// `Content-Disposition` (see [`DownloadKinds::of_content_disposition`] for
    /// the whole header).
    ///
    /// # Resource usage
    ///
    /// Time in proportion to the texts. Nothing is allocated for an address
    /// without percent escapes.
    #[must_use]
    pub fn of(
        url: &CanonicalUrl<'_>,
        content_type: Option<&str>,
        file_name: Option<&str>,
    ) -> DownloadKinds {
        let mut kinds = of_address(url, content_type);
        if let Some(content_type) = content_type {
            kinds |= DownloadKinds::of_content_type(content_type);
        }
        if let Some(name) = file_name {
            kinds |= DownloadKinds::of_file_name(name);
        }
        kinds
    }

    /// As [`DownloadKind::of`], for an address and those that it carries
    /// ([`hedgerow::Classification::via`]).
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{CanonicalUrl, address::unwrap_chain};
    /// use hedgerow_policy::DownloadKind;
    ///
    /// let url = CanonicalUrl::parse("https://www.google.com/url?q=https://a.example/setup.exe")?;
    /// let chain = unwrap_chain(&url);
    /// let kinds = DownloadKind::of_unwrapped(&url, chain.links(), None, None);
    /// assert!(kinds.contains(DownloadKind::Executable));
    /// # Ok::<(), hedgerow::address::Unclassifiable>(())
    /// ```
    #[must_use]
    pub fn of_unwrapped(
        url: &CanonicalUrl<'_>,
        via: &[Carried],
        content_type: Option<&str>,
        file_name: Option<&str>,
    ) -> DownloadKinds {
        let mut kinds = DownloadKind::of(url, content_type, file_name);
        for carried in via {
            kinds |= of_address(carried.address(), content_type);
        }
        kinds
    }
}

impl fmt::Display for DownloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of kinds. Serialised, it is an array of names.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DownloadKinds(u16);

impl DownloadKinds {
    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it has this kind.
    #[must_use]
    pub const fn contains(self, kind: DownloadKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// The kinds that both have.
    #[must_use]
    pub const fn and(self, other: DownloadKinds) -> DownloadKinds {
        DownloadKinds(self.0 & other.0)
    }

    /// The kinds, in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = DownloadKind> {
        DownloadKind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }

    /// What a file of this name is.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow_policy::{DownloadKind, DownloadKinds};
    ///
    /// let kinds = DownloadKinds::of_file_name("SETUP.EXE. ");
    /// assert!(kinds.contains(DownloadKind::Executable));
    /// assert!(DownloadKinds::of_file_name("setup.exe.txt").is_empty());
    /// ```
    #[must_use]
    pub fn of_file_name(name: &str) -> DownloadKinds {
        // Browsers decode names that servers encode, and some encode twice.
        let mut kinds = of_name(name, Believed::InFileNames);
        if let Cow::Owned(name) = decoded(name) {
            kinds |= of_name(&name, Believed::InFileNames);
        }
        if let Some(name) = encoded_words::decode(name) {
            kinds |= of_name(&decoded(&name), Believed::InFileNames);
        }
        kinds
    }

    /// What an answer with this value of `Content-Type` is, whatever its
    /// parameters, case and spaces; all that a header given twice says.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow_policy::{DownloadKind, DownloadKinds};
    ///
    /// let kinds = DownloadKinds::of_content_type(" Application/X-MSDownload ;charset=binary");
    /// assert!(kinds.contains(DownloadKind::Executable));
    /// assert!(DownloadKinds::of_content_type("text/html").is_empty());
    /// ```
    #[must_use]
    pub fn of_content_type(content_type: &str) -> DownloadKinds {
        let is_between =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '"' | '\'');
        let mut kinds = DownloadKinds::default();
        for token in content_type.split(is_between) {
            if token.contains('/') {
                kinds |= look_up(&INDEX.content_types, token).unwrap_or_default();
            }
        }
        if content_type.contains('=') {
            kinds |= of_names_in(content_type, &["name"]);
        }
        kinds
    }

    /// What the file of this `Content-Disposition` is: by each name in it, in
    /// each of the forms that browsers read, those of mail among them
    /// (`=?utf-8?B?…?=`).
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow_policy::{DownloadKind, DownloadKinds};
    ///
    /// let header = "attachment; filename=\"photo.png\"; filename*=UTF-8''setup%2Eexe";
    /// let kinds = DownloadKinds::of_content_disposition(header);
    /// assert!(kinds.contains(DownloadKind::Executable));
    /// ```
    #[must_use]
    pub fn of_content_disposition(header: &str) -> DownloadKinds {
        of_names_in(header, &["filename", "name"])
    }
}

impl From<DownloadKind> for DownloadKinds {
    fn from(kind: DownloadKind) -> DownloadKinds {
        DownloadKinds(1 << kind as u16)
    }
}

impl BitOr for DownloadKinds {
    type Output = DownloadKinds;

    fn bitor(self, other: DownloadKinds) -> DownloadKinds {
        DownloadKinds(self.0 | other.0)
    }
}

impl BitOrAssign for DownloadKinds {
    fn bitor_assign(&mut self, other: DownloadKinds) {
        self.0 |= other.0;
    }
}

impl FromIterator<DownloadKind> for DownloadKinds {
    fn from_iter<I: IntoIterator<Item = DownloadKind>>(kinds: I) -> DownloadKinds {
        let start = DownloadKinds::default();
        kinds
            .into_iter()
            .fold(start, |set, kind| set | DownloadKinds::from(kind))
    }
}

impl fmt::Debug for DownloadKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for DownloadKinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(self.0.count_ones() as usize))?;
        for kind in self.iter() {
            out.serialize_element(kind.name())?;
        }
        out.end()
    }
}

/// The table, for looking up.
struct Index {
    /// By extension: its kinds everywhere, and in file names.
    extensions: HashMap<&'static str, (DownloadKinds, DownloadKinds)>,
    content_types: HashMap<&'static str, DownloadKinds>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index {
        extensions: HashMap::new(),
        content_types: HashMap::new(),
    };
    for row in TABLE {
        let kind = DownloadKinds::from(row.kind);
        for (extension, believed) in row.extensions {
            let (everywhere, in_file_names) = index.extensions.entry(extension).or_default();
            *in_file_names |= kind;
            if *believed == Believed::Everywhere {
                *everywhere |= kind;
            }
        }
        for content_type in row.content_types {
            *index.content_types.entry(content_type).or_default() |= kind;
        }
    }
    index
});

/// Longer than any extension and content type in the table.
const LONGEST: usize = 80;

/// What the table has under `key` in lower case.
fn look_up<T: Copy>(map: &HashMap<&'static str, T>, key: &str) -> Option<T> {
    let mut buffer = [0; LONGEST];
    let lower = buffer.get_mut(..key.len())?;
    lower.copy_from_slice(key.as_bytes());
    lower.make_ascii_lowercase();
    map.get(std::str::from_utf8(lower).ok()?).copied()
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = decode(text.as_bytes());
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The kinds that an address has evidence for.
fn of_address(url: &CanonicalUrl<'_>, content_type: Option<&str>) -> DownloadKinds {
    let mut segments = url.path().rsplit('/').filter(|segment| !segment.is_empty());
    let last = segments.next().unwrap_or_default();
    let mut kinds = of_name(&decoded(last), Believed::Everywhere);
    if content_type.is_some_and(is_page) {
        return kinds;
    }
    if !last.contains('.') {
        let before = segments.next().unwrap_or_default();
        kinds |= of_name(&decoded(before), Believed::Everywhere);
    }
    for part in url.query().into_iter().flat_map(|query| query.split('&')) {
        let (name, value) = part.split_once('=').unwrap_or(("", part));
        let is_term = SEARCH_TERMS
            .iter()
            .any(|term| name.eq_ignore_ascii_case(term));
        // An answer that is no page shows that nothing was looked for.
        if is_term && content_type.is_none() {
            continue;
        }
        kinds |= of_name(&decoded(value), Believed::Everywhere);
    }
    kinds
}

/// Whether an answer is a page, and says nothing else beside.
fn is_page(content_type: &str) -> bool {
    content_type.split(',').all(|one| {
        let essence = one.split(';').next().unwrap_or(one).trim();
        PAGES.iter().any(|page| essence.eq_ignore_ascii_case(page))
    })
}

/// The kinds of the names in a header's parameters: those called one of
/// `called`, in the plain, the extended (`filename*`) and the continued form
/// (`filename*0`).
fn of_names_in(header: &str, called: &[&str]) -> DownloadKinds {
    let mut kinds = DownloadKinds::default();
    let mut continued = String::new();
    for parameter in parameters(header) {
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        let (name, section) = name.split_once('*').unwrap_or((name, ""));
        if !called
            .iter()
            .any(|one| name.trim().eq_ignore_ascii_case(one))
        {
            continue;
        }
        let value = unquoted(value);
        kinds |= DownloadKinds::of_file_name(&value);
        if section.starts_with(|c: char| c.is_ascii_digit()) {
            continued.push_str(&value);
        }
    }
    if !continued.is_empty() {
        kinds |= DownloadKinds::of_file_name(&continued);
    }
    kinds
}

/// The parts of a header between semicolons that stand in no quotes.
fn parameters(header: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    header.split(move |c: char| {
        let is_taken = is_escaped;
        is_escaped = is_quoted && c == '\\' && !is_taken;
        if c == '"' && !is_taken {
            is_quoted = !is_quoted;
        }
        c == ';' && !is_quoted
    })
}

/// A parameter's value without its quotes.
fn unquoted(value: &str) -> Cow<'_, str> {
    let value = value.trim().trim_matches('"');
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    // What `\` is before depends on who reads: it may quote a character, or lead
    // into a folder. Without it, the end of the name is the same.
    Cow::Owned(value.replace('\\', ""))
}

/// The kinds of a decoded name.
fn of_name(name: &str, believed: Believed) -> DownloadKinds {
    // Of `setup.exe;v=1`, `setup.exe?x`, `setup.exe::$DATA` and `setup.exe\0.jpg`
    // systems keep the beginning, of `a\setup.exe` and `a=setup.exe` the end.
    let ends = |c: char| {
        matches!(
            c,
            '/' | '\\'
                | ';'
                | '?'
                | '#'
                | ':'
                | '&'
                | '='
                | ','
                | '|'
                | '<'
                | '>'
                | '"'
                | '\''
                | '\0'
        )
    };
    let mut kinds = DownloadKinds::default();
    for piece in name.split(ends) {
        if piece.contains('.') {
            kinds |= of_piece(piece.trim_end_matches(is_dropped), believed);
        }
    }
    kinds
}

/// Whether systems drop a character from the end of a name, or show none.
fn is_dropped(c: char) -> bool {
    c == '.'
        || c == '+'
        || c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
        )
}

fn of_piece(piece: &str, believed: Believed) -> DownloadKinds {
    let by_extension = |extension: &str| {
        let found = look_up(&INDEX.extensions, extension);
        let (everywhere, in_file_names) = found.unwrap_or_default();
        match believed {
            Believed::Everywhere => everywhere,
            Believed::InFileNames => in_file_names,
        }
    };
    let Some((before, extension)) = piece.rsplit_once('.') else {
        return DownloadKinds::default();
    };
    let kinds = by_extension(extension);
    // A few are of two parts (`user.js`).
    let double = before.rfind('.').map_or(0, |dot| dot + 1);
    kinds | by_extension(&piece[double..])
}

#[cfg(test)]
mod tests;
