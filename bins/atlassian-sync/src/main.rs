//! Syncs one Atlassian organization into a .c1z artifact.
#![forbid(unsafe_code)]

fn main() {}
