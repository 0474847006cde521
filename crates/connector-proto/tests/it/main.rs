//! The wire types against the protocol's own table, and their JSON and gRPC faces.
#![forbid(unsafe_code)]

#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "json")]
mod json;
mod table;
mod wire;
