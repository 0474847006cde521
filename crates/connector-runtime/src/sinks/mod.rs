//! What takes merged rows: the artifact, and for tests a list.

mod artifact;
#[cfg(test)]
mod collected;

pub(crate) use artifact::ArtifactSink;
#[cfg(test)]
pub(crate) use collected::{Collected, CollectedGrant};
