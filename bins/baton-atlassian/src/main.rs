//! The Atlassian governance connector: reads an organization and writes a `.c1z` artifact.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    connector_cli::run(&baton_atlassian::app())
}
