//! Grants in their wire form.

use super::entitlements::Known;
use super::inputs::Inputs;
use super::statement::{HeldAs, Merged, unite_facts};
use super::wire;
use crate::error::SyncError;
use connector_proto::{any, connector::v2};
use connector_sdk::{Expandable, Facts, ProfileValue, ResourceKey};
use prost::Message;
use prost_types::Struct;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Encodes grants. Annotations repeat from grant to grant, so each distinct set is encoded once.
pub(super) struct Encoder<'a> {
    entitlements: &'a HashMap<i64, Known>,
    by_id: HashMap<&'a str, &'a Known>,
    types: HashSet<&'a str>,
    facts: HashMap<i64, Facts>,
    annotations: HashMap<(Vec<i64>, u8), Vec<u8>>,
    buffer: Vec<u8>,
}

/// Annotation sets kept; a tenant in which more are distinct is encoded anew from there on.
const KEPT: usize = 10_000;

impl<'a> Encoder<'a> {
    pub(super) fn new(inputs: &Inputs<'a>) -> Result<Self, SyncError> {
        let staged: HashMap<i64, String> = inputs
            .staging
            .db
            .prepare("select fid, body from facts")
            .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect())
            .map_err(|source| SyncError::staging(&inputs.staging.path, source))?;
        let facts = staged
            .into_iter()
            .map(|(fid, json)| Ok((fid, serde_json::from_str(&json)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|e| SyncError::Engine(format!("staged facts cannot be read back: {e}")))?;
        Ok(Self {
            entitlements: inputs.entitlements,
            by_id: inputs.entitlements.values().map(|e| (e.id.as_str(), e)).collect(),
            types: inputs.types.values().map(String::as_str).collect(),
            facts,
            annotations: HashMap::new(),
            buffer: Vec::new(),
        })
    }

    /// `c1.connector.v2.Grant`, without what the artifact keeps in a column of its own.
    pub(super) fn grant(
        &mut self,
        on: &Known,
        principal: &ResourceKey,
        id: &str,
        merged: &Merged,
        overstated: bool,
    ) -> Result<&[u8], SyncError> {
        let mut resource = Vec::with_capacity(principal.resource.len() + 32);
        wire::bytes(
            &mut resource,
            1,
            &wire::resource_id(&principal.resource_type, &principal.resource),
        );
        self.buffer.clear();
        wire::bytes(&mut self.buffer, 1, &on.stub);
        wire::bytes(&mut self.buffer, 2, &resource);
        wire::text(&mut self.buffer, 3, id);
        self.annotate(merged, overstated);
        if !merged.sources.is_empty() {
            let sources = self.sources(on, merged)?;
            wire::bytes(&mut self.buffer, 5, &sources);
        }
        Ok(&self.buffer)
    }

    /// `c1.connector.v2.GrantExpandable`, with the types that this sync has and the entitlements that are the
    /// principal's, sorted; `None` where it lets nobody pass. Readers refuse an expansion through anything else.
    pub(super) fn expansion(&self, expandable: &Expandable, principal: &ResourceKey) -> Option<Vec<u8>> {
        let of_principal = |id: &str| {
            let on = self.by_id.get(id);
            on.is_some_and(|e| e.resource_type == principal.resource_type && e.resource == principal.resource)
        };
        let entitlement_ids = filtered(&expandable.entitlement_ids, of_principal);
        let resource_type_ids = filtered(&expandable.resource_type_ids, |t| self.types.contains(t));
        let nobody = resource_type_ids.is_empty() && !expandable.resource_type_ids.is_empty();
        (!entitlement_ids.is_empty() && !nobody).then(|| {
            v2::GrantExpandable {
                entitlement_ids,
                shallow: expandable.shallow,
                resource_type_ids,
            }
            .encode_to_vec()
        })
    }

    fn annotate(&mut self, merged: &Merged, overstated: bool) {
        let unexplained = merged.held_as() == HeldAs::Unexplained;
        let marks = u8::from(merged.is_immutable())
            | u8::from(merged.is_dormant()) << 1
            | u8::from(overstated) << 2
            | u8::from(unexplained) << 3;
        let key = (merged.facts.iter().copied().collect::<Vec<_>>(), marks);
        if let Some(known) = self.annotations.get(&key) {
            self.buffer.extend_from_slice(known);
            return;
        }
        let mut metadata = Struct::default();
        for (name, words) in unite_facts(key.0.iter().filter_map(|fid| self.facts.get(fid))) {
            if let Some(value) = words.into_iter().collect::<Vec<String>>().into_value() {
                metadata.fields.insert(name, value);
            }
        }
        for (name, mark) in [
            ("dormant", merged.is_dormant()),
            ("overstated", overstated),
            ("unexplained", unexplained),
        ] {
            if let Some(value) = true.into_value().filter(|_| mark) {
                metadata.fields.insert(name.to_owned(), value);
            }
        }
        let mut out = Vec::new();
        if merged.is_immutable() {
            wire::bytes(
                &mut out,
                4,
                &any::pack(&v2::GrantImmutable::default()).encode_to_vec(),
            );
        }
        if !metadata.fields.is_empty() {
            let message = v2::GrantMetadata {
                metadata: Some(metadata),
            };
            wire::bytes(&mut out, 4, &any::pack(&message).encode_to_vec());
        }
        self.buffer.extend_from_slice(&out);
        if self.annotations.len() < KEPT {
            self.annotations.insert(key, out);
        }
    }

    /// `c1.connector.v2.GrantSources`: the entitlements through which it is held, in the order of their ids, its own
    /// among them where it is held directly too.
    fn sources(&self, on: &Known, merged: &Merged) -> Result<Vec<u8>, SyncError> {
        let mut sources: Vec<(&str, bool)> = Vec::with_capacity(merged.sources.len() + 1);
        for (eid, direct) in &merged.sources {
            let source = self
                .entitlements
                .get(eid)
                .ok_or_else(|| SyncError::Engine(format!("the source {eid} is unknown")))?;
            sources.push((&source.id, *direct));
        }
        if merged.is_direct() {
            sources.push((&on.id, true));
        }
        sources.sort_unstable();
        let (mut out, mut entry, mut value) = (Vec::new(), Vec::new(), Vec::new());
        for (id, direct) in sources {
            value.clear();
            wire::flag(&mut value, 1, direct);
            entry.clear();
            wire::text(&mut entry, 1, id);
            if !value.is_empty() {
                wire::bytes(&mut entry, 2, &value);
            }
            wire::bytes(&mut out, 1, &entry);
        }
        Ok(out)
    }
}

/// The names that pass, each once and sorted: how often and in which order they were said does not show.
fn filtered(names: &[String], passes: impl Fn(&str) -> bool) -> Vec<String> {
    let names: BTreeSet<&String> = names.iter().filter(|n| passes(n)).collect();
    names.into_iter().cloned().collect()
}
