//! Schemas (RFC 7643 §7).

use crate::decode::{Singular, attributes};
use crate::{Flag, Meta, Text};
use http_kit::open_words;
use serde_json::Value;

attributes! {
    /// The attributes of a kind of resource, or of an extension.
    pub struct Schema {
        /// Its URN.
        id: Option<Text> = "id",
        /// The schemas of this document.
        schemas: Vec<String> = "schemas",
        /// Its name.
        name: Option<Text> = "name",
        /// What it is.
        description: Option<Text> = "description",
        /// Its attributes.
        attributes: Vec<SchemaAttribute> = "attributes",
        /// What the server says about this document.
        meta: Option<Meta> = "meta",
    }
}

attributes! {
    /// An attribute of a schema. What the server does not say has the default of RFC 7643 §2.2.
    pub struct SchemaAttribute {
        /// Its name.
        name: Option<Text> = "name",
        /// What kind of value it has: `string`, `boolean`, `decimal`, `integer`, `dateTime`, `reference`,
        /// `binary`, `complex`.
        kind: Option<Text> = "type",
        /// Its parts, if it is complex.
        sub_attributes: Vec<SchemaAttribute> = "subAttributes",
        /// Whether it may have several values.
        multi_valued: Option<Flag> = "multiValued",
        /// What it is.
        description: Option<Text> = "description",
        /// Whether it must have a value.
        required: Option<Flag> = "required",
        /// Values that are recommended.
        canonical_values: Vec<Value> = "canonicalValues",
        /// Whether the case of a text matters.
        case_exact: Option<Flag> = "caseExact",
        /// Whether and when it can be written.
        mutability: Option<Mutability> = "mutability",
        /// When it is returned.
        returned: Option<Returned> = "returned",
        /// Whether two resources may have the same value.
        uniqueness: Option<Uniqueness> = "uniqueness",
        /// What a reference may point to.
        reference_types: Vec<String> = "referenceTypes",
    }
}

open_words! {
    in any case;
    /// Whether and when an attribute can be written (RFC 7643 §7).
    pub enum Mutability {
        /// Only the server sets it.
        ReadOnly = "readOnly",
        /// It can be written at any time; the default.
        ReadWrite = "readWrite",
        /// It can be set once.
        Immutable = "immutable",
        /// It can be written and is never returned.
        WriteOnly = "writeOnly",
    }
}

open_words! {
    in any case;
    /// When an attribute is returned (RFC 7643 §7).
    pub enum Returned {
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
        /// Unless the request selects others; the default.
        Default = "default",
        /// When the request asks for it.
        Request = "request",
    }
}

open_words! {
    in any case;
    /// Whether two resources may have the same value (RFC 7643 §7).
    pub enum Uniqueness {
        /// They may; the default.
        None = "none",
        /// Not at this server.
        Server = "server",
        /// Not anywhere.
        Global = "global",
    }
}

impl Singular for Mutability {}
impl Singular for Returned {}
impl Singular for Uniqueness {}
