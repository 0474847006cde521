//! That an answer may lack something, because the sync it comes from does.

use crate::plain::plain;
use access_review::{Review, Unread};
use serde_json::Value;
use std::io::{self, Write};

/// The syncs of an answer that are known not to hold everything, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Incomplete(Vec<(String, Unread)>);

impl Incomplete {
    /// Adds the sync, if something is missing of it.
    pub(crate) fn add(&mut self, review: &Review) {
        if let Some(unread) = review.unread() {
            self.0.push((review.sync().sync_id.clone(), unread));
        }
    }

    /// Whether something could not be read.
    pub(crate) fn has_gaps(&self) -> bool {
        self.0.iter().any(|(_, unread)| !unread.gaps.is_empty())
    }

    /// As the member `incomplete` of a JSON document; none where everything was read.
    pub(crate) fn json(&self) -> Option<Value> {
        let all = self.0.iter().map(|(sync, unread)| {
            let mut json = unread.json();
            json["sync"] = sync.as_str().into();
            json
        });
        (!self.0.is_empty()).then(|| all.collect())
    }

    /// A line for each sync.
    pub(crate) fn write(&self, notes: &mut dyn Write) -> io::Result<()> {
        for (sync, unread) in &self.0 {
            let which = match self.0.len() {
                1 => String::new(),
                _ => format!(" {sync}"),
            };
            let diagnostics = match unread.gaps.is_empty() {
                true => "",
                false => "; `diagnostics` lists what",
            };
            let line =
                format!("note: something may be missing here, because the sync{which} {unread}{diagnostics}");
            writeln!(notes, "{}", plain(&line))?;
        }
        notes.flush()
    }
}
