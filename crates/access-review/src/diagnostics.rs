//! What a sync says about itself: what it could not read, and what is worth knowing.

use crate::error::ReviewError;
use crate::held::Held;
use crate::joined::JoinedGrant;
use crate::review::Review;
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that a sync says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Whether something is missing because of it; else it is complete and worth knowing.
    pub is_gap: bool,
    /// Its kind, as in the summary of the sync.
    pub kind: String,
    /// What it is about; empty where the artifact does not name it.
    pub subject: String,
    /// What happened, in words.
    pub detail: String,
    /// How many of the kind there are beside those that are named.
    pub further: u64,
}

/// A kind, whether a grant is marked with it, and what that means.
type Mark = (&'static str, fn(&Held) -> bool, &'static str);

/// Kinds that grants themselves are marked with: which ones they are is read from there.
const MARKS: [Mark; 3] = [
    (
        "dormant",
        |held| held.dormant,
        "held only where the account is suspended or absent",
    ),
    (
        "overstated",
        |held| held.unconfirmed,
        "groups give it, and the vendor does not list it for the account",
    ),
    (
        "unexplained",
        |held| held.unexplained,
        "the vendor says so, and no assignment or membership explains it",
    ),
];

impl Review {
    /// Everything that the sync says about itself: gaps first, then findings, each in full as far as the artifact names them.
    /// Syncs of other writers say nothing but what their grants are marked with.
    pub fn diagnostics(&self) -> impl Iterator<Item = Result<Diagnostic, ReviewError>> + '_ {
        let token = self.said();
        let mut said: Vec<Diagnostic> = Vec::new();
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for (kind, count) in token
            .get("facts")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            counted.insert(kind.clone(), count.as_u64().unwrap_or_default());
        }
        for (member, is_gap) in [("gaps", true), ("findings", false)] {
            for group in token.get(member).and_then(Value::as_array).into_iter().flatten() {
                let kind = text(group, "kind");
                counted.remove(&kind);
                if !is_mark(&kind) {
                    said.extend(named(group, &kind, is_gap));
                }
            }
        }
        let unnamed = counted.into_iter().filter(|(kind, _)| !is_mark(kind));
        said.extend(unnamed.map(|(kind, further)| Diagnostic {
            is_gap: false,
            kind,
            subject: String::new(),
            detail: String::new(),
            further,
        }));
        said.into_iter().map(Ok).chain(self.marked())
    }

    /// The grants that are marked, each mark by itself.
    fn marked(&self) -> impl Iterator<Item = Result<Diagnostic, ReviewError>> + '_ {
        let rows = self.artifact().grants(&self.sync().sync_id);
        rows.flat_map(move |row| {
            let marked = || -> Result<Vec<Diagnostic>, ReviewError> {
                let row = row?;
                let held = Held::of(&row.decode_checked()?, &row.entitlement_id);
                let marks: Vec<_> = MARKS.iter().filter(|(_, is, _)| is(&held)).collect();
                if marks.is_empty() {
                    return Ok(Vec::new());
                }
                let grant = JoinedGrant::of(self, row)?;
                let subject = format!(
                    "{}: {}",
                    grant.holder_subject().shown(),
                    grant.entitlement_shown()
                );
                let one = |(kind, _, why): &&Mark| Diagnostic {
                    is_gap: false,
                    kind: (*kind).to_owned(),
                    subject: subject.clone(),
                    detail: (*why).to_owned(),
                    further: 0,
                };
                Ok(marks.iter().map(one).collect())
            };
            match marked() {
                Ok(marked) => marked.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            }
        })
    }
}

fn is_mark(kind: &str) -> bool {
    MARKS.iter().any(|(mark, ..)| *mark == kind)
}

/// What a group of the checkpoint names, and how many it does not name.
fn named(group: &Value, kind: &str, is_gap: bool) -> Vec<Diagnostic> {
    let examples = group
        .get("examples")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let one = |subject, detail, further| Diagnostic {
        is_gap,
        kind: kind.to_owned(),
        subject,
        detail,
        further,
    };
    let mut all: Vec<Diagnostic> = examples
        .map(|example| one(text(example, "subject"), text(example, "detail"), 0))
        .collect();
    let count = group.get("count").and_then(Value::as_u64).unwrap_or_default();
    let further = count.saturating_sub(all.len() as u64);
    if further > 0 {
        all.push(one(String::new(), String::new(), further));
    }
    all
}

fn text(value: &Value, member: &str) -> String {
    value
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
