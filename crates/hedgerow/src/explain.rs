//! Explanation: every step from the text of an address to the answer.

use crate::address::CanonicalUrl;
use crate::classify::{Classification, Classifier};
use crate::ruleset::View;
use crate::ruleset::key::PathKind;
use crate::ruleset::label::Label;
use crate::ruleset::search::{NotCovered, Observer, Place, compared_target};
use crate::ruleset::{category_ref, list_ref, scope_text};
use crate::suffix;
use serde::Serialize;

/// One step of an [`Explanation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// The text was read as an address.
    Read {
        /// The text as given.
        text: String,
        /// The canonical form.
        address: String,
        /// Whether the text was in that form already.
        was_canonical: bool,
    },
    /// The text could not be read as an address; nothing follows.
    Unclassifiable {
        /// The text as given.
        text: String,
        /// The stable code of the reason.
        reason: &'static str,
    },
    /// What the host is.
    Host {
        /// Its canonical form.
        host: String,
        /// Its public suffix, if it is a name.
        public_suffix: Option<String>,
        /// The domain that somebody registered to have it.
        registrable_domain: Option<String>,
    },
    /// The address carries another; the steps that follow are about that one.
    Unwrapped {
        /// The kind of wrapper.
        wrapper: &'static str,
        /// The address carried, in canonical form.
        address: String,
    },
    /// The filter was asked whether any entry of a layer begins so.
    Filter {
        /// The layer, counted from 0.
        layer: usize,
        /// The part of the host asked for.
        host: String,
        /// Its answer; no entry is overlooked when it is false.
        may_be_listed: bool,
    },
    /// The dictionary of a layer was asked for an entry.
    LookUp {
        /// The layer, counted from 0.
        layer: usize,
        /// The entry asked for.
        entry: String,
        /// Whether it is there.
        found: bool,
    },
    /// A rule for that entry does not cover the address.
    NotCovered {
        /// The layer, counted from 0.
        layer: usize,
        /// The list of the rule.
        list: String,
        /// Its category.
        category: String,
        /// What it covers.
        scope: String,
        /// Why that is not this address: `host-scope` or `condition`.
        why: &'static str,
    },
    /// A rule covers the address.
    Match {
        /// The layer, counted from 0.
        layer: usize,
        /// The entry.
        entry: String,
        /// What it covers.
        scope: String,
        /// Its category.
        category: String,
        /// Its list.
        list: String,
        /// The version of the list, if the manifest gave one.
        list_version: Option<String>,
        /// The file of the list, if it was read from one.
        file: Option<String>,
        /// The line, if recorded.
        line: Option<u64>,
        /// `list` or `allow`.
        action: &'static str,
        /// Whether an exception of the same list takes it back.
        undone: bool,
    },
    /// The answer.
    Answer {
        /// `classified` or `unclassifiable`.
        outcome: &'static str,
        /// The stable code of why it is unclassifiable, if it is.
        reason: Option<&'static str>,
        /// The categories, sorted.
        categories: Vec<String>,
    },
}

/// Every step from the text of an address to the answer; see
/// [`Classifier::explain`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    steps: Vec<Step>,
}

impl Explanation {
    /// The steps, in order; the last is the answer.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl<D: AsRef<[u8]> + Sync> Classifier<D> {
    /// Classifies `text` and tells every step. The answer is that of
    /// [`Classifier::classify`]; only the cost is higher.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{Classifier, Compiler, Entry, HostScope, ListInfo, Ruleset, Step};
    ///
    /// let mut compiler = Compiler::new();
    /// let mut list = compiler.list(ListInfo::new("term-1", "games"))?;
    /// list.push(&Entry::host("play.example", HostScope::Domain, 7))?;
    /// let classifier = Classifier::new(Ruleset::open(compiler.finish_to_vec()?.0)?);
    ///
    /// let explanation = classifier.explain("HTTP://www.Play.example");
    /// assert!(matches!(&explanation.steps()[0], Step::Read { address, .. }
    ///     if address == "http://www.play.example/"));
    /// assert!(matches!(explanation.steps().last(), Some(Step::Answer { categories, .. })
    ///     if categories == &["games"]));
    /// # Ok::<(), hedgerow::Error>(())
    /// ```
    pub fn explain(&self, text: &str) -> Explanation {
        let classification = self.classify(text);
        let mut steps = Vec::new();
        match classification.address() {
            None => steps.push(Step::Unclassifiable {
                text: text.to_owned(),
                reason: classification.reason().unwrap_or("unknown"),
            }),
            Some(url) => {
                let address = url.text().into_owned();
                steps.push(Step::Read {
                    text: text.to_owned(),
                    was_canonical: address == text,
                    address,
                });
                self.explain_url(url, 0, &classification, &mut steps);
                for (index, carried) in classification.via().iter().enumerate() {
                    steps.push(Step::Unwrapped {
                        wrapper: carried.wrapper(),
                        address: carried.address().text().into_owned(),
                    });
                    self.explain_url(carried.address(), index + 1, &classification, &mut steps);
                }
            }
        }
        steps.push(Step::Answer {
            outcome: classification.outcome().name(),
            reason: classification.reason(),
            categories: classification
                .categories()
                .into_iter()
                .map(str::to_owned)
                .collect(),
        });
        Explanation { steps }
    }

    fn explain_url(
        &self,
        url: &CanonicalUrl<'_>,
        via: usize,
        classification: &Classification<'_>,
        steps: &mut Vec<Step>,
    ) {
        let host = url.host_text();
        steps.push(Step::Host {
            host: host.to_owned(),
            public_suffix: suffix::public_suffix(host).map(|suffix| suffix.text.to_owned()),
            registrable_domain: suffix::registrable_domain(host).map(str::to_owned),
        });
        for (layer, ruleset) in self.layers().iter().enumerate() {
            let mut recorder = Recorder {
                url,
                layer,
                view: ruleset.view(),
                steps,
            };
            // A contradiction inside the ruleset is told by the answer's
            // reason; the steps up to it stand.
            let _ = self.search_observed(url, layer, &mut recorder, &mut |_| {});
        }
        for found in classification.matches().filter(|found| found.via() == via) {
            let list = found.list();
            steps.push(Step::Match {
                layer: found.layer(),
                entry: found.entry().into_owned(),
                scope: found.scope(),
                category: found.category().name().to_owned(),
                list: list.name().to_owned(),
                list_version: list.version().map(str::to_owned),
                file: list.file().map(str::to_owned),
                line: found.line(),
                action: found.action().name(),
                undone: found.is_undone(),
            });
        }
    }
}

/// Writes down what a search does.
struct Recorder<'s, 'u, 'r> {
    url: &'s CanonicalUrl<'u>,
    layer: usize,
    view: View<'r>,
    steps: &'s mut Vec<Step>,
}

impl Observer for Recorder<'_, '_, '_> {
    fn suffix(&mut self, host_start: usize, passed: bool) {
        self.steps.push(Step::Filter {
            layer: self.layer,
            host: self.url.host_text()[host_start..].to_owned(),
            may_be_listed: passed,
        });
    }

    fn key(&mut self, host_start: usize, target: Option<(PathKind, usize)>, found: bool) {
        let mut entry = self.url.host_text()[host_start..].to_owned();
        if let Some((kind, end)) = target {
            let target = compared_target(self.url.target(), kind);
            entry.push_str(&String::from_utf8_lossy(&target[..end.min(target.len())]));
        }
        self.steps.push(Step::LookUp {
            layer: self.layer,
            entry,
            found,
        });
    }

    fn not_covered(&mut self, place: Place, label: &Label, why: NotCovered) {
        self.steps.push(Step::NotCovered {
            layer: self.layer,
            list: list_ref(self.view, label.list).name().to_owned(),
            category: category_ref(self.view, label.category).name().to_owned(),
            scope: scope_text(place.stream(), label.host_scope, label.path_scope),
            why: match why {
                NotCovered::HostScope => "host-scope",
                NotCovered::Condition => "condition",
            },
        });
    }
}
