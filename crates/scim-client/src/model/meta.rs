//! What a server says about a resource (RFC 7643 §3.1).

use crate::decode::attributes;
use crate::{DateTime, ETag, Text};

attributes! {
    /// What a server says about a resource. Read-only: it is never sent.
    pub struct Meta {
        /// The kind of resource.
        resource_type: Option<Text> = "resourceType",
        /// When it was made.
        created: Option<DateTime> = "created",
        /// When it was changed last.
        last_modified: Option<DateTime> = "lastModified",
        /// Its address.
        location: Option<Text> = "location",
        /// Its version, the entity tag of the resource.
        version: Option<ETag> = "version",
    }
}
