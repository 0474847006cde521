//! Entitlements: what can be held on a resource.

use crate::id::{ResourceKey, entitlement_id};
use crate::standing::Standing;
use serde::{Deserialize, Serialize};

/// An entitlement, named by its resource and slug.
///
/// Its id is `<type>:<resource>:<slug>`. Its texts may speak of the resource by name; they are completed when the
/// sync is sealed, because the row that knows the name may arrive later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntitlementRow {
    /// How well the row knows the entitlement.
    pub standing: Standing,
    /// What it can be held on.
    pub resource: ResourceKey,
    /// Its name on the resource, `member` or `role:admin` for example.
    pub slug: String,
    /// The name people read.
    pub display_name: Text,
    /// What holding it means.
    pub description: Text,
    /// What kind of entitlement it is.
    pub purpose: Purpose,
    /// Types of principals to whom it can be granted; empty where it can be granted to nobody.
    pub grantable_to: Vec<String>,
    /// Whether nobody can change who holds it.
    pub immutable: bool,
}

/// What kind of entitlement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Belonging to something.
    Assignment,
    /// Being allowed something.
    Permission,
    /// Owning something.
    Ownership,
}

/// A text, or one that speaks of the resource by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Text {
    /// The text as it is.
    Fixed(String),
    /// The text before and after the name of the resource.
    Around(String, String),
}

impl Text {
    /// A text with the name of the resource between two parts.
    pub fn around(before: impl Into<String>, after: impl Into<String>) -> Self {
        Self::Around(before.into(), after.into())
    }

    /// The finished text.
    pub fn finish(&self, resource_name: &str) -> String {
        match self {
            Self::Fixed(text) => text.clone(),
            Self::Around(before, after) => format!("{before}{resource_name}{after}"),
        }
    }
}

impl EntitlementRow {
    /// A listed entitlement that can be granted to nobody yet.
    pub fn new(resource: ResourceKey, slug: impl Into<String>, purpose: Purpose) -> Self {
        let slug = slug.into();
        Self {
            standing: Standing::Listed,
            resource,
            display_name: Text::Fixed(slug.clone()),
            slug,
            description: Text::Fixed(String::new()),
            purpose,
            grantable_to: Vec::new(),
            immutable: false,
        }
    }

    /// Its id.
    pub fn id(&self) -> String {
        entitlement_id(&self.resource, &self.slug)
    }
}
