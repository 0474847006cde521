//! The Atlassian governance connector.
#![forbid(unsafe_code)]

fn main() {}
