//! The project's own commands: ci, bench, dist, proto, deny.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod clients;
mod deny;
mod dist;
mod patches;
mod proofs;
mod proto;
mod proto_table;
mod tools;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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
        /// Run the slow proofs too, of which a change lands with a small part: every set of features, the share of lines that tests
        /// run, a sample of changes of the code, every case of the matrix of changes, five seeds of the rate limits, and a minute
        /// of each fuzz target from a seed that is printed.
        #[arg(long)]
        long: bool,
        /// Fail where a test or a step is skipped because this machine lacks something, as the gate does. Without it they are
        /// named at the end.
        #[arg(long)]
        strict: bool,
    },
    /// Measure the connector against the simulator, both built for release.
    Bench {
        /// Only this case: 10k-20ms, 10k, 100k, 2k-150ms-50/s or 2k-150ms-50/s-silent; or review or review-100k, which measure the
        /// commands that look into an artifact.
        case: Option<String>,
        /// Compare with the connector of this commit, in turns against the same simulator; without a case it is 10k.
        #[arg(long, value_name = "COMMIT")]
        against: Option<String>,
    },
    /// Measure which lines the tests run, by package.
    Coverage,
    /// Change the code in many places, one at a time, and count how many of these changes the tests notice.
    Mutants {
        /// How many changes are tried; the same code has the same ones.
        #[arg(long, default_value_t = proofs::SAMPLE)]
        sample: usize,
    },
    /// Compile every published crate with every set of its features.
    Powerset,
    /// Check that the two clients stand alone: what is in their trees, and what their public types name.
    Clients,
    /// Build the archive of a release for this machine, or for a target, and try it in an empty folder.
    Dist {
        /// The target, such as x86_64-unknown-linux-musl.
        #[arg(long, value_name = "TRIPLE")]
        target: Option<String>,
    },
    /// Check licences, bans and sources of every dependency, and advisories where their database can be fetched.
    Deny,
    /// Run a program and print what it took, as JSON.
    #[command(hide = true)]
    Measure {
        /// Have it print into nothing.
        #[arg(long)]
        silent: bool,
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
        Command::Ci { long, strict } => ci::run(&root(), long, strict),
        Command::Bench { case, against: None } => bench::run(&root(), case.as_deref()),
        Command::Bench {
            case,
            against: Some(commit),
        } => bench::against(&root(), &commit, case.as_deref()),
        Command::Coverage => proofs::coverage(&root()),
        Command::Mutants { sample } => proofs::mutants(&root(), sample),
        Command::Powerset => proofs::powerset(&root()),
        Command::Clients => clients::stand_alone(&root()),
        Command::Dist { target } => dist::run(&root(), target.as_deref()),
        Command::Deny => deny::run(&root()),
        Command::Measure { command, silent } => bench::child(&command, silent),
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

/// Where cargo puts what it builds: that may be anywhere.
fn target_folder() -> Result<PathBuf> {
    let output = std::process::Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let target = metadata["target_directory"]
        .as_str()
        .ok_or("cargo metadata names no target folder")?;
    Ok(target.into())
}
