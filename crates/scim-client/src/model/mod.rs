//! Users, groups and what they are made of (RFC 7643).
//!
//! The types are this crate's own. Those of `scim_v2`, whose grammars are used for filters and paths, drop the
//! attributes and extensions that they do not name, so that reading a resource and writing it back would clear
//! them in silence; they compare names of attributes by case where RFC 7643 §2.1 does not; and they have no place
//! for the version of a resource.

mod any;
mod group;
mod meta;
mod parts;
mod resource;
mod stored;
mod text;
mod user;

pub use any::AnyResource;
pub use group::{Group, Member};
pub use meta::Meta;
pub use parts::{Address, AddressType, MultiValued, Name, ValueType};
pub use resource::{Resource, ResourceKind};
pub use stored::{Created, Stored, Written};
pub use text::{DateTime, Flag, Password, Text};
pub use user::{EnterpriseUser, Manager, User};

pub(crate) use resource::{Endpoint, Object, is_extension, object, sendable};
pub(crate) use stored::Parts;
pub(crate) use text::{AnyText, as_text};

/// The schema of a user (RFC 7643 §4.1).
pub const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of a group (RFC 7643 §4.2).
pub const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The schema that organizations add to a user (RFC 7643 §4.3).
pub const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
