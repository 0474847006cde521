//! Changes of a resource (RFC 7644 §3.5.2).

mod path;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::fmt;

pub use path::PatchPath;

use crate::UserId;
use crate::filter::Filter;
use crate::model::Member;
use crate::parameter::ParameterError;

/// The schema of a change.
const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A checked change of a resource: operations that the server carries out in order, all or none.
///
/// ```
/// use scim_client::{Patch, UserId};
///
/// let patch = Patch::builder()
///     .replace("active", false)
///     .replace(r#"emails[type eq "work"].value"#, "ines@larkspur.example")
///     .remove("nickName")
///     .build()?;
/// assert_eq!(patch.operations().len(), 3);
///
/// let members = [UserId::parse("a4d9c5b0")?, UserId::parse("c02b7f5e")?];
/// let join = Patch::builder().add_members(&members).build()?;
/// let leave = Patch::builder().remove_members(&members).build()?;
/// # Ok::<_, scim_client::ParameterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Patch(Vec<PatchOperation>);

/// One operation of a change. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub struct PatchOperation {
    action: PatchAction,
    path: Option<PatchPath>,
    value: Option<Value>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PatchAction {
    /// Adds a value, or sets the value of an attribute that has only one.
    Add,
    /// Replaces all values.
    Replace,
    /// Takes values away.
    Remove,
}

/// Collects a [`Patch`]; the first mistake is kept and told by [`build`](Self::build).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PatchBuilder {
    operations: Vec<PatchOperation>,
    fault: Option<ParameterError>,
}

/// A path, or the text of one.
#[derive(Clone, Debug)]
pub struct PathInput(Result<PatchPath, ParameterError>);

impl From<&str> for PathInput {
    fn from(text: &str) -> Self {
        Self(PatchPath::parse(text))
    }
}

impl From<PatchPath> for PathInput {
    fn from(path: PatchPath) -> Self {
        Self(Ok(path))
    }
}

impl Patch {
    /// Starts a change.
    pub fn builder() -> PatchBuilder {
        PatchBuilder::default()
    }

    /// The operations in their order.
    #[must_use]
    pub fn operations(&self) -> &[PatchOperation] {
        &self.0
    }
}

impl PatchBuilder {
    /// Adds a value at a path: another value of an attribute that may have several, the value of one that has
    /// one.
    pub fn add(self, path: impl Into<PathInput>, value: impl Serialize) -> Self {
        self.with(PatchAction::Add, Some(path.into()), Some(&value))
    }

    /// Adds every attribute of an object to the resource.
    pub fn add_attributes(self, attributes: impl Serialize) -> Self {
        self.with(PatchAction::Add, None, Some(&attributes))
    }

    /// Replaces what is at a path.
    pub fn replace(self, path: impl Into<PathInput>, value: impl Serialize) -> Self {
        self.with(PatchAction::Replace, Some(path.into()), Some(&value))
    }

    /// Replaces every attribute that an object has; the others stay.
    pub fn replace_attributes(self, attributes: impl Serialize) -> Self {
        self.with(PatchAction::Replace, None, Some(&attributes))
    }

    /// Takes away what is at a path. Of an attribute with several values and no condition, that is **all** of
    /// them.
    pub fn remove(self, path: impl Into<PathInput>) -> Self {
        self.with(PatchAction::Remove, Some(path.into()), None::<&()>)
    }

    /// Takes these values away from an attribute, in the dialect of Entra: the values stand beside the path.
    ///
    /// RFC 7644 does not know it, and a server that follows the RFC would take **all** values away; so only a
    /// [`Profile`](crate::Profile) of a provider that is known to speak it lets it through. No value at all is
    /// refused: no provider promises to take none away then.
    pub fn remove_values(self, path: impl Into<PathInput>, values: impl Serialize) -> Self {
        self.with(PatchAction::Remove, Some(path.into()), Some(&values))
    }

    /// Adds users to the members of a group.
    pub fn add_members<'a>(self, users: impl IntoIterator<Item = &'a UserId>) -> Self {
        let members: Vec<Member> = users.into_iter().map(Member::user).collect();
        if members.is_empty() {
            return self.defer(ParameterError::Missing {
                parameter: "members",
                reason: "without one there is nothing to add",
            });
        }
        self.add("members", members)
    }

    /// Takes users out of the members of a group, each by a condition of its own: the one form that the RFC and
    /// every known provider have in common.
    pub fn remove_members<'a>(self, users: impl IntoIterator<Item = &'a UserId>) -> Self {
        let before = self.operations.len();
        let after = users.into_iter().fold(self, |patch, user| {
            let path = Filter::eq("value", user.as_str())
                .and_then(|condition| PatchPath::values("members", &condition));
            match path {
                Ok(path) => patch.remove(path),
                Err(fault) => patch.defer(fault),
            }
        });
        if after.operations.len() == before {
            return after.defer(ParameterError::Missing {
                parameter: "members",
                reason: "without one there is nothing to remove",
            });
        }
        after
    }

    /// Checks the change.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] for the first path or value that cannot be used, or when there is no operation.
    pub fn build(self) -> Result<Patch, ParameterError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.operations.is_empty() {
            return Err(ParameterError::Missing {
                parameter: "Operations",
                reason: "a change of nothing is refused by servers",
            });
        }
        Ok(Patch(self.operations))
    }

    fn with(
        mut self,
        action: PatchAction,
        path: Option<PathInput>,
        value: Option<&(impl Serialize + ?Sized)>,
    ) -> Self {
        let path = match path.map(|path| path.0).transpose() {
            Ok(path) => path,
            Err(fault) => return self.defer(fault),
        };
        let value = match value.map(serde_json::to_value).transpose() {
            Ok(value) => value,
            Err(_) => return self.defer(ParameterError::NotJson { parameter: "value" }),
        };
        if path.is_none() && !value.as_ref().is_some_and(Value::is_object) {
            return self.defer(ParameterError::Missing {
                parameter: "path",
                reason: "only an object says by itself which attributes are meant",
            });
        }
        if action == PatchAction::Remove && value.as_ref().is_some_and(is_nothing) {
            return self.defer(ParameterError::Missing {
                parameter: "value",
                reason: "without one a server may take all values away",
            });
        }
        self.operations.push(PatchOperation { action, path, value });
        self
    }

    fn defer(mut self, fault: ParameterError) -> Self {
        self.fault.get_or_insert(fault);
        self
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

impl PatchOperation {
    /// What it does.
    #[must_use]
    pub fn action(&self) -> PatchAction {
        self.action
    }

    /// Where it does it; on the resource itself if there is none.
    #[must_use]
    pub fn path(&self) -> Option<&PatchPath> {
        self.path.as_ref()
    }

    /// What it adds, sets or, in the dialect of Entra, takes away.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }
}

impl PatchAction {
    /// The word of the protocol.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

impl Serialize for PatchOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("op", self.action.as_str())?;
        if let Some(path) = &self.path {
            map.serialize_entry("path", &path.to_string())?;
        }
        if let Some(value) = &self.value {
            map.serialize_entry("value", value)?;
        }
        map.end()
    }
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schemas", &[PATCH_SCHEMA])?;
        map.serialize_entry("Operations", &self.0)?;
        map.end()
    }
}

impl fmt::Debug for PatchOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatchOperation")
            .field("action", &self.action)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
