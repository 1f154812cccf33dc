//! Any list, compiled and asked.

use super::reading::list_in;
use hedgerow::lists::{LeftOut, Sink, read};
use hedgerow::{
    Action, Classifier, Compiler, Entry, HostScope, ListInfo, Outcome, Pattern, Result, Ruleset,
};

/// The input is a list, as for [`lists`](super::lists), and then, behind a line
/// `?`, addresses. Whatever the reader makes of the list compiles, opens, and
/// is found again; and compiling it once more gives the same bytes.
///
/// # Panics
///
/// If it does not.
pub fn compile_classify(data: &[u8]) {
    const MARK: &[u8] = b"\n?\n";
    let split = data.windows(MARK.len()).position(|part| part == MARK);
    let (data, addresses) = match split {
        Some(at) => (&data[..at], &data[at + MARK.len()..]),
        None => (data, &[][..]),
    };
    let Some(first) = compiled(data) else { return };
    assert_eq!(
        Some(&first.bytes),
        compiled(data).as_ref().map(|again| &again.bytes),
        "compiled twice"
    );
    let ruleset = match Ruleset::open(first.bytes.as_slice()) {
        Ok(ruleset) => ruleset,
        Err(error) => panic!("just compiled, and {error}"),
    };
    let mut rules = 0;
    let walked = ruleset.for_each_rule(|rule| {
        rules += 1;
        assert!(!rule.scope().is_empty());
        true
    });
    assert!(walked.is_ok(), "{walked:?}");
    assert!(rules >= ruleset.entry_count());

    let classifier = Classifier::new(ruleset);
    for host in &first.hosts {
        let found = classifier.classify(host);
        assert_eq!(found.outcome(), Outcome::Classified, "{host}");
        assert!(found.categories().contains(&"listed"), "{host}");
    }
    for address in addresses.split(|&byte| byte == b'\n') {
        let found = classifier.classify_bytes(address);
        let named = found.matches().any(|one| one.category().name() == "listed");
        assert!(named || !found.is_listed());
    }
}

struct Compiled {
    bytes: Vec<u8>,
    /// Hosts that the ruleset must say are listed.
    hosts: Vec<String>,
}

/// The list in `data`, compiled; none if its reader refuses it.
fn compiled(data: &[u8]) -> Option<Compiled> {
    let (format, options, list) = list_in(data)?;
    let mut compiler = Compiler::new();
    let mut info = ListInfo::new("list", "listed");
    info.allow_public_suffix = true;
    info.allow_single_label = true;
    let compiling = match compiler.list(info) {
        Ok(compiling) => compiling,
        Err(error) => panic!("the first list of its name, and {error}"),
    };
    let mut sink = Listed {
        compiling,
        hosts: Vec::new(),
        all_list: true,
    };
    read(&mut &list[..], format, &options, &mut sink).ok()?;
    let Listed {
        hosts, all_list, ..
    } = sink;
    match compiler.finish_to_vec() {
        Ok((bytes, _)) => Some(Compiled {
            bytes,
            hosts: if all_list { hosts } else { Vec::new() },
        }),
        Err(error) => panic!("it does not compile: {error}"),
    }
}

/// Compiles rules, and keeps the hosts of those that cover a host whole.
struct Listed<'c> {
    compiling: hedgerow::ListCompiler<'c>,
    hosts: Vec<String>,
    /// No rule takes back what another says.
    all_list: bool,
}

impl Sink for Listed<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.all_list &= entry.action == Action::List && !entry.cancels;
        if let Pattern::Address {
            host,
            host_scope: HostScope::Domain | HostScope::Host | HostScope::WebHost,
            path: None,
            ..
        } = entry.pattern
            && entry.condition.is_empty()
            && entry.category.is_none()
        {
            self.hosts.push(host.to_owned());
        }
        self.compiling.push(entry)
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        self.compiling.left_out(left_out);
    }
}
