//! Notices, counted by kind.

use crate::report::NoticeSummary;
use connector_sdk::{Notice, NoticeClass};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// How many of a kind are named.
const NAMED: usize = 10;

/// Notices, counted by kind; of each kind the first few in the order of their subjects are named, whatever the order
/// in which they come.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(BTreeMap<(NoticeClass, String), (u64, BTreeSet<Notice>)>);

impl Tally {
    pub(super) fn add(&mut self, notice: Notice) {
        let (count, first) = self.0.entry((notice.class, notice.kind.clone())).or_default();
        *count += 1;
        first.insert(notice);
        if first.len() > NAMED {
            first.pop_last();
        }
    }

    /// Adds what was noted while reading.
    pub(super) fn add_staged(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare("select class, kind, subject, detail from notices")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let class = match row.get::<_, i64>(0)? {
                0 => NoticeClass::Gap,
                1 => NoticeClass::Fact,
                _ => NoticeClass::Remark,
            };
            self.add(Notice {
                class,
                kind: row.get(1)?,
                subject: row.get(2)?,
                detail: row.get(3)?,
            });
        }
        Ok(())
    }

    /// By class and kind.
    pub(super) fn summaries(self) -> Vec<NoticeSummary> {
        let summary = |((class, kind), (count, first)): (_, (u64, BTreeSet<Notice>))| NoticeSummary {
            class,
            kind,
            count,
            examples: first.into_iter().collect(),
        };
        self.0.into_iter().map(summary).collect()
    }
}
