//! An organization, generated.

use std::sync::Arc;

use crate::model::Model;
use crate::spec::OrgSpec;
use crate::truth::Truth;

/// A simulated organization. Cheap to clone; clones are the same organization.
#[derive(Clone, Debug)]
pub struct Org {
    model: Arc<Model>,
}

impl Org {
    /// Generates the organization of a recipe. Takes a few nanoseconds for each account and next to no memory,
    /// since rows are computed when they are asked for.
    #[must_use]
    pub fn generate(spec: OrgSpec) -> Self {
        Self {
            model: Arc::new(Model::generate(spec)),
        }
    }

    /// The organization id, a UUID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.model.org_id
    }

    /// The organization's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.model.org_name
    }

    /// The API key without scopes that a simulator of this organization accepts unless it is told other keys. Made
    /// up from the seed; it opens nothing else.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.model.api_key
    }

    /// The ids of the user directories.
    pub fn directory_ids(&self) -> impl Iterator<Item = &str> {
        self.model
            .directories
            .iter()
            .map(|directory| directory.id.as_str())
    }

    /// The recipe, with its sizes brought into agreement.
    #[must_use]
    pub fn spec(&self) -> &OrgSpec {
        &self.model.spec
    }

    /// What is true of the organization.
    #[must_use]
    pub fn truth(&self) -> Truth {
        Truth::of(self.clone())
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }
}
