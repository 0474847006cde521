//! Syncs one Atlassian organization into a `.c1z` artifact, and nothing else: `baton-atlassian` without its other modes.
#![forbid(unsafe_code)]

use connector_cli::{App, Modes};
use std::process::ExitCode;

fn main() -> ExitCode {
    connector_cli::run(&App {
        name: env!("CARGO_PKG_NAME"),
        about: "Syncs one Atlassian organization into a .c1z artifact",
        modes: Modes::Sync,
        doctor: false,
        ..baton_atlassian::app()
    })
}
