//! An organization, generated and then changed.

use crate::journal;
use crate::model::{self, Directory, Generated, Model};
use crate::spec::OrgSpec;
use crate::state::State;
use crate::truth::Truth;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A simulated organization. Cheap to clone; clones are the same organization: what is changed through one simulator
/// is changed in every clone.
#[derive(Clone, Debug)]
pub struct Org {
    base: Arc<Generated>,
    state: Arc<RwLock<State>>,
}

/// A SCIM directory, through which an identity provider fills a user directory.
#[derive(Clone, Copy, Debug)]
pub struct ScimDirectory<'a> {
    scim: &'a model::scim::ScimDirectory,
    directory: &'a Directory,
}

impl<'a> ScimDirectory<'a> {
    /// The id, which is not that of the user directory.
    #[must_use]
    pub fn id(&self) -> &'a str {
        &self.scim.id
    }

    /// The key that this directory takes, and no other one. Made up from the seed; it opens nothing else.
    #[must_use]
    pub fn key(&self) -> &'a str {
        &self.scim.key
    }

    /// The id of the user directory.
    #[must_use]
    pub fn user_directory(&self) -> &'a str {
        &self.directory.id
    }

    /// The path of the directory, without a trailing slash.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/scim/directory/{}", self.scim.id)
    }
}

impl Org {
    /// Generates the organization of a recipe. Takes a few nanoseconds for each account and next to no memory,
    /// since rows are computed when they are asked for.
    #[must_use]
    pub fn generate(spec: OrgSpec) -> Self {
        let base = Arc::new(Generated::generate(spec));
        Self {
            state: Arc::new(RwLock::new(State::new(
                Model::new(base.clone()),
                journal::generated(&base),
            ))),
            base,
        }
    }

    /// The organization id, a UUID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.base.org_id
    }

    /// The organization's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.base.org_name
    }

    /// The API key without scopes that a simulator of this organization accepts unless it is told other keys. Made
    /// up from the seed; it opens nothing else.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.base.api_key
    }

    /// The ids of the user directories.
    pub fn directory_ids(&self) -> impl Iterator<Item = &str> {
        self.base
            .directories
            .iter()
            .map(|directory| directory.id.as_str())
    }

    /// The SCIM directories, in the order of the user directories that they fill.
    pub fn scim_directories(&self) -> impl Iterator<Item = ScimDirectory<'_>> {
        self.base
            .scim
            .iter()
            .zip(&self.base.directories)
            .map(|(scim, directory)| ScimDirectory { scim, directory })
    }

    /// The recipe, with its sizes brought into agreement.
    #[must_use]
    pub fn spec(&self) -> &OrgSpec {
        &self.base.spec
    }

    /// What is true of the organization at this moment, with every change that was made so far, whether or not readers
    /// see it yet. Later changes do not show in it.
    #[must_use]
    pub fn truth(&self) -> Truth {
        Truth::of(self.read().settled().clone())
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
