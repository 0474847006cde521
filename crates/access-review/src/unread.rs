//! What a sync is known not to hold.

use crate::review::Review;
use c1z_file::SyncType;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// What is known to be missing of a sync: that something does not stand in an answer proves nothing then.
///
/// Its display completes "the sync …": `could not read 46 things (45 group_members, 1 api_tokens)`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unread {
    /// How many things could not be read, by the kind of the gap.
    pub gaps: BTreeMap<String, u64>,
    /// The resource types that the sync was restricted to; empty where it was not.
    pub only_types: Vec<String>,
    /// The kind of sync; none for a full one.
    pub sync_type: Option<SyncType>,
}

impl Review {
    /// What the sync is known not to hold; none where it says that it is complete. Syncs of other writers say nothing of gaps.
    pub fn unread(&self) -> Option<Unread> {
        let sync = self.sync();
        let said = self.said();
        let listed = |member| said.get(member).and_then(Value::as_array).into_iter().flatten();
        let mut gaps = BTreeMap::new();
        for gap in listed("gaps") {
            let kind = gap.get("kind").and_then(Value::as_str).unwrap_or("unknown");
            let count = gap.get("count").and_then(Value::as_u64).unwrap_or(1);
            *gaps.entry(kind.to_owned()).or_default() += count;
        }
        let only_types = listed("resource_types").filter_map(Value::as_str);
        let unread = Unread {
            gaps,
            only_types: only_types.map(str::to_owned).collect(),
            sync_type: (sync.sync_type != SyncType::Full).then(|| sync.sync_type.clone()),
        };
        let is_complete =
            unread.gaps.is_empty() && unread.only_types.is_empty() && unread.sync_type.is_none();
        (!is_complete).then_some(unread)
    }
}

impl Unread {
    /// As a member of a JSON document: `gaps` by kind, `only_types` and `sync_type` where they say something.
    pub fn json(&self) -> Value {
        let mut json = json!({"gaps": self.gaps});
        if !self.only_types.is_empty() {
            json["only_types"] = self.only_types.clone().into();
        }
        if let Some(sync_type) = &self.sync_type {
            json["sync_type"] = sync_type.as_str().into();
        }
        json
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said: Vec<String> = Vec::new();
        if !self.gaps.is_empty() {
            let kinds: Vec<String> = self
                .gaps
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            let count: u64 = self.gaps.values().sum();
            let things = if count == 1 { "thing" } else { "things" };
            said.push(format!("could not read {count} {things} ({})", kinds.join(", ")));
        }
        if !self.only_types.is_empty() {
            said.push(format!("was restricted to {}", self.only_types.join(", ")));
        }
        if let Some(sync_type) = &self.sync_type {
            said.push(format!("is of the type {}", sync_type.as_str()));
        }
        f.write_str(&said.join(" and "))
    }
}
