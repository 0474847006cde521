//! The project's own commands: ci, bench, proto, deny.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod clients;
mod deny;
mod proto;
mod proto_table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What every command returns: a sentence for the person at the terminal is all an error is for here.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that must hold before a change lands.
    Ci {
        /// Run the slow proofs too, of which a change lands with a small part: every case of the matrix of changes, and five
        /// seeds of the rate limits.
        #[arg(long)]
        long: bool,
    },
    /// Measure the connector against the simulator, both built for release.
    Bench {
        /// Only this case: 10k-20ms, 10k, 100k or 2k-150ms-50/s.
        case: Option<String>,
    },
    /// Check that the two clients stand alone: what is in their trees, and what their public types name.
    Clients,
    /// Check licences, bans and sources of every dependency, and advisories where their database can be fetched.
    Deny,
    /// Run a program and print what it took, as JSON.
    #[command(hide = true)]
    Measure {
        /// The program and its arguments.
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// Generate the Rust code and the descriptor set of connector-proto from its .proto files.
    Proto {
        /// Write nothing; fail when what is checked in differs.
        #[arg(long)]
        check: bool,
    },
    /// Derive fixtures/proto-table.json from a full dump of the protocol's descriptors.
    ProtoTable {
        /// The dump: a JSON file with `source`, `messages`, `fields`, `enums` and `services`.
        dump: PathBuf,
    },
}

#[expect(
    clippy::print_stderr,
    reason = "a command line tool: the error goes to the terminal"
)]
fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Ci { long } => ci::run(&root(), long),
        Command::Bench { case } => bench::run(&root(), case.as_deref()),
        Command::Clients => clients::stand_alone(&root()),
        Command::Deny => deny::run(&root()),
        Command::Measure { command } => bench::child(&command),
        Command::Proto { check: false } => proto::write(&root()),
        Command::Proto { check: true } => proto::check(&root()),
        Command::ProtoTable { dump } => proto_table::write(&root(), &dump),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
