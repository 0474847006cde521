//! The connector to a file of people, served in this process or over TLS, and certificates for both ends.

use crate::connector::FileConnector;
use connector_proto::connector::v2::*;
use connector_sdk::Connector;
use connector_service::{Local, ServiceOptions, server};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tonic::service::Routes;

/// A connector with its file, and where its snapshots are.
pub(crate) struct Served {
    pub(crate) local: Local,
    pub(crate) people: PathBuf,
    pub(crate) temp: PathBuf,
    _folder: TempDir,
}

impl Served {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The connector to the people of the example, served as `change` has it.
    pub(crate) fn with(change: impl FnOnce(&mut ServiceOptions)) -> Self {
        Self::of(|path| Arc::new(FileConnector::new(path)), change)
    }

    pub(crate) fn of(
        connector: impl FnOnce(PathBuf) -> Arc<dyn Connector>,
        change: impl FnOnce(&mut ServiceOptions),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let people = folder.path().join("people.txt");
        std::fs::write(
            &people,
            include_str!("../../../connector-sdk/examples/people.txt"),
        )
        .expect("a file");
        let temp = folder.path().join("temp");
        std::fs::create_dir(&temp).expect("a folder");
        let mut options = ServiceOptions {
            temp_dir: temp.clone(),
            version: "1.2.3".into(),
            ..ServiceOptions::new("the test")
        };
        change(&mut options);
        Self {
            local: Local::new(connector(people.clone()), options),
            people,
            temp,
            _folder: folder,
        }
    }

    /// The services without a socket.
    pub(crate) fn routes(&self) -> Routes {
        server::routes(&self.local)
    }

    /// What is in the folder for snapshots.
    pub(crate) fn left(&self) -> Vec<PathBuf> {
        entries(&self.temp)
    }
}

pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

pub(crate) fn resource_id(kind: &str, id: &str) -> Option<ResourceId> {
    Some(ResourceId {
        resource_type: kind.into(),
        resource: id.into(),
        ..Default::default()
    })
}

pub(crate) fn resource(kind: &str, id: &str) -> Option<Resource> {
    Some(Resource {
        id: resource_id(kind, id),
        ..Default::default()
    })
}
