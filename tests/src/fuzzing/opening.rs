//! Any bytes as a ruleset, and rulesets with damage that checksums do not show.

use hedgerow::{
    Action, Case, CategoryInfo, Classifier, Compiler, Condition, Entry, HostScope, ListInfo,
    PathScope, Pattern, Result, Ruleset,
};
use std::fmt::{self, Write as _};
use std::sync::OnceLock;
use xxhash_rust::xxh3::xxh3_64;

/// How many edits one input makes at most.
const EDITS: usize = 16;
/// How many bytes of input an edit takes.
const EDIT_LEN: usize = 6;

/// The input is a ruleset (behind a byte `r`), or says how to damage one: a
/// byte that chooses the ruleset (bit 0) and whether the sections' checksums
/// are made to fit (bit 1), then up to sixteen edits of six bytes, then an address.
/// Opening gives an error or a ruleset that can be searched and walked to its
/// end: nothing in it panics, loops or takes memory out of proportion.
///
/// # Panics
///
/// If it does.
pub fn open(data: &[u8]) {
    let Some((&mode, rest)) = data.split_first() else {
        return;
    };
    if mode == b'r' {
        try_bytes(rest, b"");
        return;
    }
    let bases = bases();
    let base = &bases[usize::from(mode & 1) % bases.len()];
    let edits_len = (EDITS * EDIT_LEN).min(rest.len() / EDIT_LEN * EDIT_LEN);
    let (edits, address) = rest.split_at(edits_len);
    let mut sections = base.clone();
    for edit in edits.chunks_exact(EDIT_LEN) {
        if let [section, low, high, what, value, more] = *edit {
            let at = usize::from(u16::from_le_bytes([low, high]));
            damage(&mut sections, section, at, what, value, more);
        }
    }
    let bytes = file_of(&sections, mode & 2 != 0);
    try_bytes(&bytes, address);
}

/// One section: its kind, and its content. The checksum is the one it had, for
/// files whose checksums are not to fit.
#[derive(Clone)]
struct SectionBytes {
    kind: u32,
    content: Vec<u8>,
    checksum: u64,
}

fn damage(sections: &mut Vec<SectionBytes>, section: u8, at: usize, what: u8, value: u8, more: u8) {
    let count = sections.len();
    let Some(chosen) = sections.get_mut(usize::from(section) % count.max(1)) else {
        return;
    };
    let content = &mut chosen.content;
    let at = at % (content.len() + 1);
    match what % 8 {
        0 => content
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte = value),
        1 => content
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte ^= value),
        2 => {
            let grown = content.split_off(at);
            content.resize(at + usize::from(more), value);
            content.extend(grown);
        }
        3 => drop(content.drain(at..content.len().min(at + usize::from(more)))),
        4 => content.truncate(at),
        5 => {
            // The numbers at which arithmetic goes wrong.
            const NUMBERS: [u32; 8] = [
                0,
                1,
                0x7f,
                0xff,
                0xffff,
                0x7fff_ffff,
                0xffff_fffe,
                0xffff_ffff,
            ];
            let number = NUMBERS[usize::from(value) % NUMBERS.len()];
            let number = number.wrapping_add(u32::from(more)).to_le_bytes();
            for (byte, new) in content.iter_mut().skip(at / 4 * 4).zip(number) {
                *byte = new;
            }
        }
        6 => {
            let other = sections[usize::from(value) % count].content.clone();
            sections[usize::from(section) % count].content = other;
        }
        _ => match more % 4 {
            0 => drop(sections.remove(usize::from(section) % count)),
            1 => sections.swap(usize::from(section) % count, usize::from(value) % count),
            2 => sections[usize::from(section) % count].kind ^= 1 << (value % 32),
            _ => {
                let copy = sections[usize::from(section) % count].clone();
                sections.push(copy);
            }
        },
    }
    // Edits multiply: what one makes long, the next may double.
    sections.truncate(32);
}

/// Opens the bytes, both ways, and does everything with what opens.
fn try_bytes(bytes: &[u8], address: &[u8]) {
    let unverified = Ruleset::open_without_verifying_checksums(bytes);
    match (Ruleset::open(bytes), unverified) {
        (Ok(verified), Ok(unverified)) => {
            assert_eq!(exercise(verified, address), exercise(unverified, address));
        }
        (Ok(_), Err(error)) => panic!("opens with its checksums verified, and else {error}"),
        (Err(error), Ok(unverified)) => {
            assert!(!error.message().is_empty());
            exercise(unverified, address);
        }
        (Err(_), Err(error)) => assert!(!error.message().is_empty()),
    }
}

/// Reads everything there is, and gives what was found.
fn exercise(ruleset: Ruleset<&[u8]>, address: &[u8]) -> String {
    let mut found = String::new();
    // Writing to a string cannot fail.
    let mut note = |what: fmt::Arguments<'_>| {
        let _ = found.write_fmt(what);
    };
    for list in ruleset.lists().take(64) {
        note(format_args!(
            "{} {} {} {:?} {:?} {:?} {:?} {:?}",
            list.name(),
            list.category(),
            list.format(),
            list.file(),
            list.version(),
            list.source(),
            list.licence(),
            list.sha256(),
        ));
    }
    for category in ruleset.categories().take(64) {
        note(format_args!(
            "{} {} {} {:?}",
            category.name(),
            category.title(),
            category.is_locked(),
            category.aliases(),
        ));
    }
    // More than either base has: damage may make a walk long, not endless.
    let mut left = 1_000;
    let walked = ruleset.for_each_rule(|rule| {
        note(format_args!(
            "{} {} {} {} {:?} {:?} {}",
            rule.entry(),
            rule.category().name(),
            rule.list().name(),
            rule.scope(),
            rule.condition(),
            rule.line(),
            rule.is_expression(),
        ));
        left -= 1;
        left > 0
    });
    note(format_args!("{:?}", walked.map_err(|error| error.kind())));

    let classifier = Classifier::new(ruleset);
    for address in ADDRESSES
        .iter()
        .map(|text| text.as_bytes())
        .chain([address])
    {
        let classified = classifier.classify_bytes(address);
        note(format_args!(
            "{:?} {:?} {}",
            classified.reason(),
            classified.categories(),
            classified.is_listed()
        ));
        for one in classified.matches().take(64) {
            note(format_args!(
                "{} {} {} {} {:?} {} {:?}",
                one.entry(),
                one.category().name(),
                one.list().name(),
                one.scope(),
                one.action(),
                one.is_undone(),
                one.line(),
            ));
        }
    }
    found
}

/// Addresses that between them meet every kind of rule in [`bases`].
const ADDRESSES: &[&str] = &[
    "http://casino.example/",
    "https://www.casino.example/poker/table?seat=3",
    "only.example",
    "below.only.example",
    "https://www2.pages.example/Games/Chess",
    "https://pages.example/exact?a=1&b=2",
    "http://port.example:8080/",
    "http://192.0.2.7/",
    "http://198.51.100.200/x",
    "http://[2001:db8::1]/",
    "https://clean.example/play-poker-now",
    "http://site-017.many.test/a/b/c",
    "https://excused.casino.example/",
];

/// Two whole rulesets: a small one with every kind of rule, and one with keys
/// enough for several blocks of the dictionary.
fn bases() -> &'static [Vec<SectionBytes>] {
    static BASES: OnceLock<Vec<Vec<SectionBytes>>> = OnceLock::new();
    BASES.get_or_init(|| {
        [small(), large()]
            .into_iter()
            .map(|bytes| match bytes {
                Ok(bytes) => sections_of(&bytes),
                Err(error) => panic!("a good ruleset does not compile: {error}"),
            })
            .collect()
    })
}

fn page<'a>(host: &'a str, path: &'a str, path_scope: PathScope, line: u64) -> Entry<'a> {
    Entry::new(
        Pattern::Address {
            host,
            host_scope: HostScope::WebHost,
            path: Some(path),
            path_scope,
            case: Case::Insensitive,
        },
        line,
    )
}

fn small() -> Result<Vec<u8>> {
    let mut compiler = Compiler::new();
    compiler.category(CategoryInfo {
        name: "gambling".to_owned(),
        title: "Gambling".to_owned(),
        locked: true,
        aliases: vec!["casino".to_owned(), "bets".to_owned()],
    })?;
    let mut info = ListInfo::new("gambling/domains", "gambling");
    info.version = Some("3".to_owned());
    info.file = Some("gambling/domains".to_owned());
    let mut list = compiler.list(info)?;
    list.push(&Entry::host("casino.example", HostScope::Domain, 1))?;
    list.push(&Entry::host("only.example", HostScope::Host, 2))?;
    list.push(&Entry::host("only.example", HostScope::Subdomains, 3))?;
    list.push(&page("pages.example", "/games", PathScope::Prefix, 4))?;
    list.push(&page(
        "pages.example",
        "/exact?a=1&b=2",
        PathScope::Exact,
        5,
    ))?;
    let mut port = Entry::host("port.example", HostScope::Domain, 6);
    port.condition = Condition {
        port: Some(8080),
        query_parts: vec!["a=*".to_owned()],
        except_domains: vec!["not.port.example".to_owned()],
    };
    list.push(&port)?;
    port.condition.query_parts.clear();
    list.push(&port)?;
    let mut excused = Entry::host("excused.casino.example", HostScope::Domain, 7);
    excused.action = Action::Allow;
    list.push(&excused)?;
    let mut list = compiler.list(ListInfo::new("rest", "games"))?;
    for (line, network) in (1..).zip(["192.0.2.0/29", "198.51.100.128/25", "2001:db8::/32"]) {
        if let Ok(network) = network.parse() {
            list.push(&Entry::new(Pattern::Network(network), line))?;
        }
    }
    list.push(&Entry::new(Pattern::Regex("(play|win)-poker"), 4))?;
    list.push(&Entry::new(Pattern::Regex("casino.*seat=[0-9]+"), 5))?;
    Ok(compiler.finish_to_vec()?.0)
}

fn large() -> Result<Vec<u8>> {
    let mut compiler = Compiler::new();
    compiler.record_lines(false);
    let mut list = compiler.list(ListInfo::new("many", "games"))?;
    for number in 0..150 {
        let host = format!("site-{number:03}.many.test");
        list.push(&Entry::host(&host, HostScope::Domain, number + 1))?;
        if number % 3 == 0 {
            let path = format!("/a/b{number}");
            list.push(&page(&host, &path, PathScope::Prefix, number + 1))?;
        }
    }
    Ok(compiler.finish_to_vec()?.0)
}

const HEADER_LEN: usize = 16;
const ROW_LEN: usize = 32;
const TRAILER_LEN: usize = 40;

fn number_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

/// Takes a good file apart, as the format's description says.
fn sections_of(bytes: &[u8]) -> Vec<SectionBytes> {
    let trailer = bytes.len() - TRAILER_LEN;
    let table = number_at(bytes, trailer) as usize;
    bytes[table..trailer]
        .chunks_exact(ROW_LEN)
        .map(|row| {
            let start = number_at(row, 8) as usize;
            let len = number_at(row, 16) as usize;
            SectionBytes {
                kind: number_at(row, 0) as u32,
                content: bytes[start..start + len].to_vec(),
                checksum: number_at(row, 24),
            }
        })
        .collect()
}

/// Puts a file together. Its table is always in order and under its checksum,
/// since nothing is read of a file whose table is not.
fn file_of(sections: &[SectionBytes], checksums_fit: bool) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend_from_slice(b"HEDGEROW");
    file.extend_from_slice(&hedgerow::FORMAT_VERSION.to_le_bytes());
    file.resize(HEADER_LEN, 0);
    let mut table = Vec::new();
    for section in sections {
        let checksum = match checksums_fit {
            true => xxh3_64(&section.content),
            false => section.checksum,
        };
        table.extend_from_slice(&section.kind.to_le_bytes());
        table.extend_from_slice(&[0; 4]);
        for number in [file.len() as u64, section.content.len() as u64, checksum] {
            table.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&section.content);
    }
    let mut hashed = file[..HEADER_LEN].to_vec();
    hashed.extend_from_slice(&table);
    let place = [file.len() as u64, sections.len() as u64];
    file.extend_from_slice(&table);
    for number in place {
        hashed.extend_from_slice(&number.to_le_bytes());
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&xxh3_64(&hashed).to_le_bytes());
    let len = file.len() as u64 + 16;
    file.extend_from_slice(&len.to_le_bytes());
    file.extend_from_slice(b"WOREGDEH");
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_put_together_as_they_were() {
        for bytes in [small().unwrap(), large().unwrap()] {
            assert_eq!(file_of(&sections_of(&bytes), false), bytes);
            assert_eq!(file_of(&sections_of(&bytes), true), bytes);
        }
    }

    #[test]
    fn the_small_ruleset_meets_the_addresses() {
        let bytes = small().unwrap();
        let classifier = Classifier::new(Ruleset::open(bytes).unwrap());
        let missed: Vec<_> = ADDRESSES
            .iter()
            .filter(|address| !classifier.classify(address).is_listed())
            .collect();
        assert_eq!(
            missed,
            [
                &"http://site-017.many.test/a/b/c",
                &"https://excused.casino.example/",
            ]
        );
    }

    #[test]
    fn damage_gets_past_the_checksums() {
        let mut opened = 0;
        for at in 0..200_u8 {
            let mut sections = bases()[0].clone();
            damage(&mut sections, 9, usize::from(at), 1, 0x10, 0);
            let bytes = file_of(&sections, true);
            opened += usize::from(Ruleset::open(bytes.as_slice()).is_ok());
        }
        assert!(opened > 0, "no damaged dictionary opened: nothing is tried");
    }
}
