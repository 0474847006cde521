//! The `.c1z` artifact, envelope v1.

use crate::error::SyncError;
use crate::merge::{Catalogue, Entitlement, Grant, Marks, Sink, unite_facts};
use c1z_file::{
    AnnotationPart, ArtifactWriter, EntitlementPart, EntitlementRow, GrantEncoder, GrantRow, ResourceRow,
};
use connector_proto::connector::v2;
use connector_sdk::{Expandable, ProfileValue};
use prost::Message;
use prost_types::Struct;
use std::collections::HashMap;

/// Writes merged rows into an artifact.
pub(crate) struct ArtifactSink<'a> {
    out: &'a mut ArtifactWriter,
    /// By the place of the entitlement.
    parts: Vec<EntitlementPart>,
    /// Annotations repeat from grant to grant, so each distinct set is encoded once: by the numbers of the facts, and
    /// behind these that of the marks.
    annotations: HashMap<Vec<u32>, AnnotationPart>,
    key: Vec<u32>,
    encoder: GrantEncoder,
    message: Vec<u8>,
}

/// Annotation sets kept; a tenant in which more are distinct is encoded again from there on.
const KEPT: usize = 10_000;

impl<'a> ArtifactSink<'a> {
    pub(crate) fn new(out: &'a mut ArtifactWriter) -> Self {
        Self {
            out,
            parts: Vec::new(),
            annotations: HashMap::new(),
            key: Vec::new(),
            encoder: GrantEncoder::default(),
            message: Vec::new(),
        }
    }
}

impl Sink for ArtifactSink<'_> {
    fn resource_type(&mut self, resource_type: &v2::ResourceType) -> Result<(), SyncError> {
        self.out.resource_type(resource_type).map_err(SyncError::Artifact)
    }

    fn resource(&mut self, resource_type: &str, id: &str, resource: &v2::Resource) -> Result<(), SyncError> {
        let parent = resource.parent_resource_id.as_ref();
        let parent = parent.map(|p| (p.resource_type.as_str(), p.resource.as_str()));
        let row = ResourceRow {
            resource_type_id: resource_type,
            resource_id: id,
            parent,
            data: encoded(&mut self.message, resource),
        };
        self.out.resource(row).map_err(SyncError::Artifact)
    }

    fn entitlement(&mut self, entitlement: &Entitlement, message: &v2::Entitlement) -> Result<(), SyncError> {
        let Entitlement {
            id,
            resource_type,
            resource,
            ..
        } = entitlement;
        let display_name = message
            .resource
            .as_ref()
            .map_or("", |on| on.display_name.as_str());
        self.parts
            .push(EntitlementPart::new(id, resource_type, resource, display_name));
        let row = EntitlementRow {
            resource_type_id: resource_type,
            resource_id: resource,
            entitlement_id: id,
            data: encoded(&mut self.message, message),
        };
        self.out.entitlement(row).map_err(SyncError::Artifact)
    }

    fn grant(&mut self, grant: &Grant<'_>) -> Result<(), SyncError> {
        let on = grant.catalogue.entitlement(grant.on);
        let part = &self.parts[grant.on as usize];
        let expansion = grant.expandable.map(expansion);
        self.key.clear();
        self.key.extend_from_slice(grant.facts);
        self.key.push(grant.marks.number());
        let made;
        let annotations = match self.annotations.get(&self.key) {
            Some(known) => known,
            None if self.annotations.len() < KEPT => {
                let made = annotations(grant.catalogue, grant.facts, grant.marks);
                self.annotations.entry(self.key.clone()).or_insert(made)
            }
            None => {
                made = annotations(grant.catalogue, grant.facts, grant.marks);
                &made
            }
        };
        let sources = grant
            .sources
            .iter()
            .map(|(source, direct)| (grant.catalogue.entitlement(*source).id.as_str(), *direct));
        let principal = (grant.principal_type, grant.principal);
        let row = GrantRow {
            resource_type_id: &on.resource_type,
            resource_id: &on.resource,
            entitlement_id: &on.id,
            principal_type: grant.principal_type,
            principal_id: grant.principal,
            grant_id: grant.id,
            expansion: expansion.as_deref(),
            data: self
                .encoder
                .encode(part, principal, grant.id, annotations, sources),
        };
        self.out.grant(row).map_err(SyncError::Artifact)
    }
}

fn encoded<'a>(buffer: &'a mut Vec<u8>, message: &impl Message) -> &'a [u8] {
    buffer.clear();
    message.encode(buffer).expect("a vector has room for any message");
    buffer
}

fn expansion(expandable: &Expandable) -> Vec<u8> {
    let Expandable {
        entitlement_ids,
        shallow,
        resource_type_ids,
    } = expandable.clone();
    v2::GrantExpandable {
        entitlement_ids,
        shallow,
        resource_type_ids,
    }
    .encode_to_vec()
}

fn annotations(catalogue: &Catalogue, facts: &[u32], marks: Marks) -> AnnotationPart {
    let mut metadata = Struct::default();
    let stated = facts.iter().filter_map(|number| catalogue.facts(*number));
    for (name, words) in unite_facts(stated) {
        if let Some(value) = words.into_iter().collect::<Vec<String>>().into_value() {
            metadata.fields.insert(name, value);
        }
    }
    for (name, mark) in [
        ("dormant", marks.dormant),
        ("overstated", marks.overstated),
        ("unexplained", marks.unexplained),
    ] {
        if let Some(value) = true.into_value().filter(|_| mark) {
            metadata.fields.insert(name.to_owned(), value);
        }
    }
    let metadata = (!metadata.fields.is_empty()).then_some(v2::GrantMetadata {
        metadata: Some(metadata),
    });
    AnnotationPart::new(marks.immutable, metadata)
}
