//! Organization API keys.

use crate::model::{hash, salt};

/// A key by a name that is not a secret.
#[derive(Clone, Debug)]
pub(crate) struct NamedKey {
    pub(crate) id: String,
    pub(crate) key: Key,
}

impl NamedKey {
    pub(super) fn new(key: Key) -> Self {
        let word = key
            .text
            .bytes()
            .fold(0, |word, byte| hash(word, salt::ORG_KEY, u64::from(byte)));
        Self {
            id: format!("key-{word:016x}"),
            key,
        }
    }
}

/// An organization API key that the simulator accepts. Made up; it opens nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    pub(crate) text: String,
    pub(crate) scopes: Option<Vec<String>>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("text", &"[redacted]")
            .field("scopes", &self.scopes)
            .finish()
    }
}

impl Key {
    /// A key without scopes, which may do everything.
    #[must_use]
    pub fn unscoped(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            scopes: None,
        }
    }

    /// A key with scopes: it sees no organization in `GET /admin/v1/orgs`, and operations whose scope it lacks
    /// answer 403.
    #[must_use]
    pub fn scoped<S: Into<String>>(text: impl Into<String>, scopes: impl IntoIterator<Item = S>) -> Self {
        Self {
            text: text.into(),
            scopes: Some(scopes.into_iter().map(Into::into).collect()),
        }
    }

    pub(crate) fn is_scoped(&self) -> bool {
        self.scopes.is_some()
    }

    /// Whether the key may do what needs that scope. Operations without a named scope are open to every key.
    pub(crate) fn allows(&self, scope: Option<&str>) -> bool {
        match (&self.scopes, scope) {
            (None, _) | (_, None) => true,
            (Some(own), Some(scope)) => own.iter().any(|one| one == scope),
        }
    }
}
