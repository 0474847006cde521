//! The project's own commands: ci, bench, proto, deny.
#![forbid(unsafe_code)]

fn main() {}
