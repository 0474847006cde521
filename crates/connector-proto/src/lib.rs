//! The wire types of the Baton protocol: what a connector says, what it is told, and how the two are packed.
//!
//! Every message, enum and service is generated from the `.proto` files in `proto/`, which are the reference
//! for what a field means and which values it may have. `cargo xtask proto` regenerates the code after a
//! change to them. The modules follow the protobuf packages without their leading `c1`.
//!
//! | feature | adds |
//! |---|---|
//! | none | the messages, on `prost` and `prost-types` alone |
//! | `grpc` | clients and servers for all services; how to connect is left to the caller |
//! | `json` | the module `json`: canonical protobuf JSON with expanded `Any` |
//!
//! Guaranteed for all messages:
//!
//! * Equal messages have equal bytes: maps are written in key order.
//! * The number of an enum is kept as it came, also when it has no name here. A *field* that has no name
//!   here is dropped on decoding, so a message that is only passed on should stay the bytes it was.
//! * What is in the clear in a message, a password or a private key, is not in its `Debug` output. The
//!   `Debug` output of an `Any` is its bytes whatever they are: do not log one.
//!
//! # Example
//!
//! What is known about a resource beyond its fixed fields travels as *annotations*, a list of `Any`:
//!
//! ```
//! use connector_proto::connector::v2::{ExternalLink, Resource, ResourceId, UserTrait};
//! use connector_proto::{any, wkt};
//!
//! let account = Resource {
//!     id: Some(ResourceId { resource_type: "account".into(), resource: "42".into(), ..Default::default() }),
//!     display_name: "Ada".into(),
//!     profile: Some(wkt::object([("title", "Engineer".into()), ("floor", wkt::integer(3))])),
//!     annotations: vec![any::pack(&UserTrait { login: "ada".into(), ..Default::default() })],
//!     ..Default::default()
//! };
//!
//! let user = any::pick::<UserTrait>(&account.annotations).expect("it is there")?;
//! assert_eq!(user.login, "ada");
//! assert!(any::pick::<ExternalLink>(&account.annotations).is_none());
//! # Ok::<(), connector_proto::DecodeError>(())
//! ```
#![forbid(unsafe_code)]

pub use prost::{DecodeError, Message};

pub mod any;
#[cfg(feature = "json")]
pub mod json;
mod redact;
pub mod wkt;

#[rustfmt::skip]
#[expect(missing_docs, unreachable_pub, clippy::len_without_is_empty, reason = "generated code")]
#[cfg_attr(feature = "grpc", expect(clippy::allow_attributes, reason = "generated code"))]
#[path = "gen/mod.rs"]
mod generated;

/// What a connector offers: resources, entitlements, grants, accounts, credentials, actions, events, tickets.
pub mod connector {
    /// Version 2, the current one. It holds the annotations and traits too.
    pub use crate::generated::c1::connector::v2;
}

/// The settings of a connector and the arguments of its actions.
pub mod config {
    /// Version 1.
    pub use crate::generated::c1::config::v1;
}

/// The platform that a connector in service mode works for.
pub mod connectorapi {
    /// Tasks, settings, session store.
    pub mod baton {
        /// Version 1.
        pub use crate::generated::c1::connectorapi::baton::v1;
    }
}

/// How the parent process starts the connector process.
pub mod connector_wrapper {
    /// Version 1.
    pub use crate::generated::c1::connector_wrapper::v1;
}

/// The TLS identities of the link between the two processes.
pub mod utls {
    /// Version 1.
    pub use crate::generated::c1::utls::v1;
}

/// The limiter that is asked before each call.
pub mod ratelimit {
    /// Version 1.
    pub use crate::generated::c1::ratelimit::v1;
}

/// gRPC calls over a transport that carries no gRPC.
pub mod transport {
    /// Version 1.
    pub use crate::generated::c1::transport::v1;
}

/// Facts about a sync file.
pub mod c1z {
    /// Version 1.
    pub use crate::generated::c1::c1z::v1;
}

/// Messages of Google's own packages that are not in `prost-types`.
pub mod google {
    /// The outcome of a call as a message.
    pub use crate::generated::google::rpc;
}

/// The rules of protoc-gen-validate that the legacy form schema carries.
pub use generated::validate;

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
