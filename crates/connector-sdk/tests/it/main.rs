//! The trait layer from outside: documents, resources, and the example connector at work.

mod capability;
mod config;
mod conformance;
mod resource;
mod whole_connector;

// The example, as its `main.rs` has it.
#[path = "../../examples/file_connector/changes.rs"]
mod changes;
#[path = "../../examples/file_connector/connector.rs"]
mod connector;
#[path = "../../examples/file_connector/file.rs"]
mod file;
