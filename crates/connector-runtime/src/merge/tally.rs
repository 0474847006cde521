//! Notices, counted by kind.

use crate::report::NoticeSummary;
use connector_sdk::{Notice, NoticeClass};
use std::collections::{BTreeMap, BTreeSet};

/// How many of a kind the report names.
pub(crate) const NAMED: usize = 10;

/// How many of a kind are kept, for the artifact to name.
pub(crate) const KEPT: usize = 1_000;

/// Notices, counted by kind; of each kind the first few in the order of their subjects are named, whatever the order
/// in which they come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(BTreeMap<(NoticeClass, String), (u64, BTreeSet<Notice>)>);

impl Tally {
    pub(crate) fn add(&mut self, notice: Notice) {
        let (count, first) = self.0.entry((notice.class, notice.kind.clone())).or_default();
        *count += 1;
        first.insert(notice);
        if first.len() > KEPT {
            first.pop_last();
        }
    }

    /// By class and kind, each with `named` examples at most.
    pub(crate) fn summaries(self, named: usize) -> Vec<NoticeSummary> {
        let summary = |((class, kind), (count, first)): (_, (u64, BTreeSet<Notice>))| NoticeSummary {
            class,
            kind,
            count,
            examples: first.into_iter().take(named).collect(),
        };
        self.0.into_iter().map(summary).collect()
    }
}
