//! The wire types of the Baton protocol.
#![forbid(unsafe_code)]

#[rustfmt::skip]
#[expect(missing_docs, unreachable_pub, clippy::len_without_is_empty, reason = "generated code")]
#[cfg_attr(feature = "grpc", expect(clippy::allow_attributes, reason = "generated code"))]
#[path = "gen/mod.rs"]
mod generated;

pub use generated::c1::{
    c1z, config, connector, connector_wrapper, connectorapi, ratelimit, transport, utls,
};
pub use generated::{google, validate};
