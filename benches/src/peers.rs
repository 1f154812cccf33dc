//! The other systems, each as one would use it, answering with the names of
//! categories or with listed / not listed.

use crate::{PlainLists, reverse_host};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use url::Url;

/// Whether a path rule may end before this byte.
fn is_boundary(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'&' | b'=' | b'#' | b';')
}

/// The host, and path and query in lower case, of an address, by `url`.
fn parse(address: &str) -> Option<(Url, String)> {
    let url = Url::parse(address).ok()?;
    url.host_str()?;
    let mut target = url.path().to_ascii_lowercase();
    if let Some(query) = url.query() {
        target.push('?');
        target.push_str(&query.to_ascii_lowercase());
    }
    Some((url, target))
}

/// Whether a rule for `suffix` with a path covers `host`: the host itself, or
/// with one leading `www`, `web` or `ftp`.
fn is_web_host(host: &str, suffix: &str) -> bool {
    let Some(label) = host
        .strip_suffix(suffix)
        .map(|label| label.trim_end_matches('.'))
    else {
        return false;
    };
    label.is_empty()
        || ["www", "web", "ftp"].iter().any(|prefix| {
            label
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        })
}

/// A map of strings: the host and each of its suffixes is looked up, and where
/// there are paths, each prefix of the path.
pub struct HashWalk {
    keys: HashMap<String, u16>,
    with_paths: HashSet<String>,
}

impl HashWalk {
    /// Builds the map.
    #[must_use]
    pub fn build(lists: &PlainLists) -> HashWalk {
        let mut keys = HashMap::new();
        let mut with_paths = HashSet::new();
        for (key, set) in &lists.keys {
            let mut parts = key.splitn(2, |&byte| byte == 1);
            let mut host = Vec::new();
            reverse_host(parts.next().unwrap_or_default(), &mut host);
            let host = String::from_utf8_lossy(&host).into_owned();
            match parts.next() {
                None => {
                    keys.insert(host, *set);
                }
                Some(path) => {
                    keys.insert(format!("{host}{}", String::from_utf8_lossy(path)), *set);
                    with_paths.insert(host);
                }
            }
        }
        HashWalk { keys, with_paths }
    }

    /// The sets of all keys that cover `address`.
    #[must_use]
    pub fn look_up(&self, address: &str) -> Vec<u16> {
        let mut found = Vec::new();
        let Some((url, target)) = parse(address) else {
            return found;
        };
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_name = url.domain().is_some();
        let mut suffix = host;
        loop {
            if let Some(&set) = self.keys.get(suffix) {
                found.push(set);
            }
            if self.with_paths.contains(suffix) && is_web_host(host, suffix) {
                let mut key = suffix.to_owned();
                let bytes = target.as_bytes();
                for end in 1..=bytes.len() {
                    key.push(char::from(bytes[end - 1]));
                    let ends = end == bytes.len()
                        || is_boundary(bytes[end])
                        || is_boundary(bytes[end - 1]);
                    if ends && let Some(&set) = self.keys.get(&key) {
                        found.push(set);
                    }
                }
            }
            match suffix.split_once('.') {
                Some((_, rest)) if is_name => suffix = rest,
                _ => return found,
            }
        }
    }
}

/// The crate `fst` alone: one walk over the reversed host and the path.
pub struct BareFst {
    map: fst::Map<Vec<u8>>,
}

impl BareFst {
    /// Builds the transducer from sorted keys.
    ///
    /// # Errors
    ///
    /// What `fst` gives; the keys are sorted and distinct, so nothing.
    pub fn build(lists: &PlainLists) -> Result<BareFst, fst::Error> {
        let mut builder = fst::MapBuilder::memory();
        for (key, set) in &lists.keys {
            builder.insert(key, u64::from(*set))?;
        }
        Ok(BareFst {
            map: builder.into_map(),
        })
    }

    /// The bytes of the transducer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.as_fst().as_bytes().len()
    }

    /// Whether it holds no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The sets of all keys that cover `address`.
    #[must_use]
    pub fn look_up(&self, address: &str) -> Vec<u16> {
        let mut found = Vec::new();
        let Some((url, target)) = parse(address) else {
            return found;
        };
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let mut key = Vec::with_capacity(host.len());
        reverse_host(host.as_bytes(), &mut key);
        let is_name = url.domain().is_some();
        let fst = self.map.as_fst();
        let mut node = fst.root();
        let mut output = fst::raw::Output::zero();
        for (index, &byte) in key.iter().enumerate() {
            let Some(at) = node.find_input(byte) else {
                return found;
            };
            let transition = node.transition(at);
            output = output.cat(transition.out);
            node = fst.node(transition.addr);
            let ends = index + 1 == key.len() || (is_name && key[index + 1] == b'.');
            if !ends {
                continue;
            }
            if node.is_final() {
                found.push(output.cat(node.final_output()).value() as u16);
            }
            let suffix = &host[host.len() - (index + 1)..];
            if is_web_host(host, suffix)
                && let Some(at) = node.find_input(1)
            {
                let transition = node.transition(at);
                walk_path(
                    fst,
                    fst.node(transition.addr),
                    output.cat(transition.out),
                    target.as_bytes(),
                    &mut found,
                );
            }
        }
        found
    }
}

fn walk_path<'f>(
    fst: &'f fst::raw::Fst<Vec<u8>>,
    mut node: fst::raw::Node<'f>,
    mut output: fst::raw::Output,
    target: &[u8],
    found: &mut Vec<u16>,
) {
    for (index, &byte) in target.iter().enumerate() {
        let Some(at) = node.find_input(byte) else {
            return;
        };
        let transition = node.transition(at);
        output = output.cat(transition.out);
        node = fst.node(transition.addr);
        let ends = index + 1 == target.len() || is_boundary(target[index + 1]) || is_boundary(byte);
        if ends && node.is_final() {
            found.push(output.cat(node.final_output()).value() as u16);
        }
    }
}

/// The crate `adblock`, given each key as a network rule.
pub struct Adblock {
    engine: adblock::Engine,
}

impl Adblock {
    /// Builds the engine.
    #[must_use]
    pub fn build(lists: &PlainLists) -> Adblock {
        let rules: String = lists
            .keys
            .iter()
            .map(|(key, _)| {
                let mut parts = key.splitn(2, |&byte| byte == 1);
                let mut host = Vec::new();
                reverse_host(parts.next().unwrap_or_default(), &mut host);
                let host = String::from_utf8_lossy(&host).into_owned();
                match parts.next() {
                    None => format!("||{host}^\n"),
                    Some(path) => format!("||{host}{}^\n", String::from_utf8_lossy(path)),
                }
            })
            .collect();
        let mut set = adblock::lists::FilterSet::new(false);
        set.add_filter_list(rules, adblock::lists::ParseOptions::default());
        Adblock {
            engine: adblock::Engine::new_with_filter_set(set),
        }
    }

    /// Whether a rule matches `address` as a document.
    #[must_use]
    pub fn is_listed(&self, address: &str) -> bool {
        adblock::request::Request::new(address, address, "document", "get")
            .is_ok_and(|request| self.engine.check_network_request(&request).should_block())
    }
}

/// squidGuard over its pipe, as Squid runs it, with every category a target.
pub struct SquidGuard {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl SquidGuard {
    /// Copies the lists, has squidGuard build its databases, and starts it.
    /// Gives the seconds and the bytes of the build as well.
    ///
    /// # Errors
    ///
    /// A sentence for people, when squidGuard is not installed or fails.
    pub fn start(ut1: &Path) -> Result<(SquidGuard, f64, u64), String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut destinations = String::new();
        let mut pass = String::new();
        let mut entries: Vec<_> = std::fs::read_dir(ut1)
            .map_err(|error| error.to_string())?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.is_dir() && !path.is_symlink())
            .collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let identifier = name.replace(|c: char| !c.is_ascii_alphanumeric(), "x");
            let target = folder.path().join(&*name);
            std::fs::create_dir(&target).map_err(|error| error.to_string())?;
            let mut body = String::new();
            for (file, keyword) in [("domains", "domainlist"), ("urls", "urllist")] {
                let holds = std::fs::metadata(path.join(file)).is_ok_and(|file| file.len() > 0);
                if holds {
                    std::fs::copy(path.join(file), target.join(file))
                        .map_err(|error| error.to_string())?;
                    body.push_str(&format!("  {keyword} {name}/{file}\n"));
                }
            }
            if !body.is_empty() {
                destinations.push_str(&format!("dest {identifier} {{\n{body}}}\n"));
                pass.push_str(&format!("!{identifier} "));
            }
        }
        let root = folder.path().display();
        let configuration = format!(
            "dbhome {root}\nlogdir {root}\n{destinations}acl {{\n  default {{\n    pass {pass}all\n    redirect http://blocked.test/%t\n  }}\n}}\n"
        );
        let path = folder.path().join("squidGuard.conf");
        std::fs::write(&path, configuration).map_err(|error| error.to_string())?;
        let started = std::time::Instant::now();
        let built = Command::new("squidGuard")
            .arg("-c")
            .arg(&path)
            .args(["-C", "all"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("squidGuard cannot be run: {error}"))?;
        let seconds = started.elapsed().as_secs_f64();
        if !built.success() {
            return Err("squidGuard did not build its databases".to_owned());
        }
        let bytes = database_bytes(folder.path());
        let mut child = Command::new("squidGuard")
            .arg("-c")
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("squidGuard has no pipes".to_owned());
        };
        let guard = SquidGuard {
            child,
            input,
            output: BufReader::new(output),
            _folder: folder,
        };
        Ok((guard, seconds, bytes))
    }

    /// Whether it redirects `address`.
    ///
    /// # Errors
    ///
    /// What the pipe gives.
    pub fn is_listed(&mut self, address: &str) -> std::io::Result<bool> {
        writeln!(self.input, "{address} 192.0.2.1/- - GET")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.contains("blocked.test"))
    }
}

impl Drop for SquidGuard {
    fn drop(&mut self) {
        // Ends the process that this value started, and no other.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn database_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                database_bytes(&path)
            } else if path.extension().is_some_and(|ending| ending == "db") {
                entry.metadata().map_or(0, |file| file.len())
            } else {
                0
            }
        })
        .sum()
}
