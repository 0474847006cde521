//! The resource that a call is about.

use crate::error::{Code, Error, Result};
use crate::id::ResourceKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a row leaves for later calls about its resource; opaque to everyone but the connector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FollowUp(String);

impl FollowUp {
    /// A state as JSON. One that cannot be written as JSON is told when a call reads it.
    pub fn of_state(state: &impl Serialize) -> Self {
        Self(serde_json::to_string(state).unwrap_or_else(|e| format!("it could not be written: {e}")))
    }

    /// From its [text](Self::as_str).
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for an engine that keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The resource that a call is about, with what the row that stated it left for such calls.
///
/// This is apart from what an artifact shows of the resource, so that a key of its profile can be renamed, or left out,
/// without a call going astray.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    key: ResourceKey,
    follow_up: Option<FollowUp>,
}

impl Subject {
    /// A resource, and what its row left.
    pub fn new(key: ResourceKey, follow_up: Option<FollowUp>) -> Self {
        Self { key, follow_up }
    }

    /// Its type and id.
    pub fn key(&self) -> &ResourceKey {
        &self.key
    }

    /// Its id within its type.
    pub fn id(&self) -> &str {
        &self.key.resource
    }

    /// What its row left; the default where it left nothing, which is so for a resource that only other rows name.
    ///
    /// # Errors
    /// [`Code::Internal`] where it is not such a state.
    pub fn follow_up<S: DeserializeOwned + Default>(&self) -> Result<S> {
        let Some(FollowUp(text)) = &self.follow_up else {
            return Ok(S::default());
        };
        serde_json::from_str(text).map_err(|e| {
            let message = format!("what the row of {} left for later calls cannot be read", self.key);
            Error::new(Code::Internal, message).with_source(e)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_state_comes_back() {
        let key = ResourceKey::new("user", "u-1");
        let left = |state| Subject::new(key.clone(), state).follow_up::<Option<u64>>();
        assert_eq!(left(Some(FollowUp::of_state(&7))).expect("a state"), Some(7));
        assert_eq!(left(None).expect("the default"), None);
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let no_json = FollowUp::of_state(&BTreeMap::from([(vec![1], 2)]));
        let subject = Subject::new(ResourceKey::new("user", "u-1"), Some(no_json));
        let error = subject.follow_up::<u64>().expect_err("it is not a number");
        assert_eq!(
            error.message(),
            "what the row of user:u-1 left for later calls cannot be read"
        );
    }
}
