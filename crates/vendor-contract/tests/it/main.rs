//! The simulator against the contract, without a client between them.

mod every_operation;
mod world;
