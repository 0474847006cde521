//! Kinds of resources (RFC 7643 §6).

use crate::decode::attributes;
use crate::{Flag, Meta, Text};

attributes! {
    /// A kind of resource that a server has.
    pub struct ResourceType {
        /// The schemas of this document.
        schemas: Vec<String> = "schemas",
        /// Its id, most often its name.
        id: Option<Text> = "id",
        /// Its name, such as `User`.
        name: Option<Text> = "name",
        /// What it is.
        description: Option<Text> = "description",
        /// Its path below the base address.
        endpoint: Option<Text> = "endpoint",
        /// The URN of its schema.
        schema: Option<Text> = "schema",
        /// The extensions that its resources may have.
        schema_extensions: Vec<SchemaExtension> = "schemaExtensions",
        /// What the server says about this document.
        meta: Option<Meta> = "meta",
    }
}

attributes! {
    /// An extension that the resources of a kind may have.
    pub struct SchemaExtension or "schema" {
        /// The URN of its schema.
        schema: Option<Text> = "schema",
        /// Whether every resource has it.
        required: Option<Flag> = "required",
    }
}
