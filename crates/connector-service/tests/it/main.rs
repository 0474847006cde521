//! Any connector behind the services of the protocol, asked by the clients that are generated from it.

#[path = "../../../connector-sdk/examples/file_connector/changes.rs"]
mod changes;
#[path = "../../../connector-sdk/examples/file_connector/connector.rs"]
mod connector;
#[path = "../../../connector-sdk/examples/file_connector/file.rs"]
mod file;

mod authority;
mod calls;
mod harness;
mod link;
mod remote;
mod snapshots;
