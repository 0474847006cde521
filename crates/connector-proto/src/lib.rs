//! The wire types of the Baton protocol.
#![forbid(unsafe_code)]
