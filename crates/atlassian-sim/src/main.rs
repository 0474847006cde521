//! `atlassian-sim`: serves a simulated organization.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use atlassian_sim::{Key, Org, OrgSpec, Simulator};
use clap::{Parser, ValueEnum};

/// Serves a simulated Atlassian organization over HTTP.
///
/// Prints one line of JSON with the address, the organization id and the API key, and answers until it is ended.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Kind of organization.
    #[arg(long, value_enum, default_value_t = Preset::Bench)]
    preset: Preset,
    /// Number of accounts (the demo organization has its own).
    #[arg(long, default_value_t = 1000)]
    users: u32,
    /// Seed of the organization.
    #[arg(long)]
    seed: Option<u64>,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// API key to accept instead of the organization's own.
    #[arg(long)]
    token: Option<String>,
    /// Milliseconds to wait before each answer.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Worker threads.
    #[arg(long, default_value_t = 2)]
    workers: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Preset {
    Bench,
    Demo,
    Small,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The last resort when even standard error is gone is silence.
            let _ = writeln!(io::stderr(), "atlassian-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let spec = match arguments.preset {
        Preset::Bench => OrgSpec::bench(arguments.users),
        Preset::Small => OrgSpec::small(arguments.users),
        Preset::Demo => OrgSpec::demo(),
    };
    let org = Org::generate(match arguments.seed {
        Some(seed) => spec.with_seed(seed),
        None => spec,
    });
    let key = arguments.token.as_deref().unwrap_or(org.api_key()).to_owned();
    let simulator = Simulator::builder(org.clone())
        .keys([Key::unscoped(&key)])
        .latency(Duration::from_millis(arguments.latency_ms));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(arguments.workers.max(1))
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let running = simulator.bind(("127.0.0.1", arguments.port)).await?;
        let greeting = serde_json::json!({ "url": running.url(), "org": org.id(), "api_key": key });
        let mut out = io::stdout();
        writeln!(out, "{greeting}")?;
        out.flush()?;
        tokio::signal::ctrl_c().await?;
        running.stop();
        Ok(())
    })
}
