//! `atlassian-sim`: serves a simulated organization.

use atlassian_sim::{
    Delays, Deprecated, FaultPlan, Guard, Key, Latency, Limits, Org, OrgSpec, Simulator, Switches,
};
use clap::{Parser, ValueEnum};
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

/// Serves a simulated Atlassian organization over HTTP.
///
/// Prints one line of JSON with the address, the organization id, the API key and the SCIM directories with their keys,
/// and answers until it is interrupted; then it prints what it was asked, as another line. What it was asked so far
/// is at `/simulator/counters`, what was written at `/simulator/writes`.
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
    /// Milliseconds to wait before each answer; `80-400` draws from a range.
    #[arg(long, default_value = "0", value_parser = parse_latency)]
    latency_ms: Latency,
    /// Rate limits: `off`, `realistic`, or `REQUESTS/SECONDS`, with `/silent` after it for answers that say nothing of them.
    #[arg(long, default_value = "off", value_parser = parse_limits)]
    limits: Limits,
    /// Whether readers see changes later, as the vendor's do; `realistic` rate limits turn this on.
    #[arg(long, value_enum)]
    delays: Option<Consistency>,
    /// Fault rule, repeatable: `retryable:RATE`, or `WHERE:WHEN:WHAT` such as `users.search:#2:429=seconds:5`,
    /// `*:0.05:503`, `api_tokens.list:always:403`.
    #[arg(long = "fault", value_name = "RULE")]
    faults: Vec<String>,
    /// Turns a quirk of the organization on, or off with `no-` in front; repeatable.
    #[arg(long = "quirk", value_name = "NAME")]
    quirks: Vec<String>,
    /// Accepts a key with these scopes (comma-separated) instead of one without scopes.
    #[arg(long, value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// The deprecated listings answer 404.
    #[arg(long)]
    deprecated_gone: bool,
    /// The searches answer 404.
    #[arg(long)]
    searches_missing: bool,
    /// The API tokens answer 403.
    #[arg(long)]
    tokens_forbidden: bool,
    /// Service accounts; the demo organization has some.
    #[arg(long)]
    service_accounts: Option<u32>,
    /// Service accounts, their tokens and OAuth clients answer 403.
    #[arg(long)]
    machines_forbidden: bool,
    /// The documented collection of service accounts is not routed.
    #[arg(long)]
    service_accounts_unrouted: bool,
    /// The managed accounts answer 403.
    #[arg(long)]
    managed_forbidden: bool,
    /// Whether SCIM answers: `on`, or as without the subscription that it is part of.
    #[arg(long, value_enum, default_value_t = Scim::On)]
    scim: Scim,
    /// Milliseconds until a new SCIM record is linked to its account.
    #[arg(long)]
    scim_link_ms: Option<u64>,
    /// SCIM refuses users at domains that are not claimed.
    #[arg(long)]
    scim_claimed_domains_only: bool,
    /// Roles of accounts answer 403 until they are enabled, which they never are.
    #[arg(long)]
    roles_gated: bool,
    /// What is so already answers 409 instead of 204.
    #[arg(long)]
    duplicates_conflict: bool,
    /// Removing somebody who is no member answers 404 instead of 204.
    #[arg(long)]
    removals_strict: bool,
    /// Removed operations of the first version still answer.
    #[arg(long)]
    removed_paths: bool,
    /// Invitations answer 402.
    #[arg(long)]
    no_subscription: bool,
    /// There are no seats.
    #[arg(long)]
    no_seats: bool,
    /// Nobody can be added to groups that make organization administrators.
    #[arg(long)]
    units_rollout: bool,
    /// Managed accounts have obligations that keep them from being deleted.
    #[arg(long)]
    obligations: bool,
    /// Print the numbers of the organization's truth as JSON and exit.
    #[arg(long)]
    truth: bool,
    /// Worker threads.
    #[arg(long, default_value_t = 2)]
    workers: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Preset {
    Bench,
    Demo,
    Small,
    /// The demo organization with rows that cannot be read.
    Irregular,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Consistency {
    /// Readers see changes at once.
    Off,
    /// Readers see changes up to 30 seconds later.
    Realistic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scim {
    /// It answers.
    On,
    /// It answers 403.
    Forbidden,
    /// It answers 404.
    Missing,
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

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let org = Org::generate(spec(arguments)?);
    if arguments.truth {
        let counts = serde_json::to_string_pretty(&org.truth().counts())?;
        writeln!(io::stdout(), "{counts}")?;
        return Ok(());
    }
    let token = arguments.token.as_deref().unwrap_or(org.api_key());
    let key = match &arguments.scopes {
        Some(scopes) => Key::scoped(token, scopes.clone()),
        None => Key::unscoped(token),
    };
    let gone = |gone| {
        if gone {
            Deprecated::NotFound
        } else {
            Deprecated::Alive
        }
    };
    let switches = Switches {
        deprecated_lists: gone(arguments.deprecated_gone),
        searches: gone(arguments.searches_missing),
        tokens_forbidden: arguments.tokens_forbidden,
        managed_forbidden: arguments.managed_forbidden,
        machines_forbidden: arguments.machines_forbidden,
        service_accounts_unrouted: arguments.service_accounts_unrouted,
        guard: match arguments.scim {
            Scim::On => Guard::Subscribed,
            Scim::Forbidden => Guard::Forbidden,
            Scim::Missing => Guard::NotFound,
        },
        scim_claimed_domains_only: arguments.scim_claimed_domains_only,
        roles_gated: arguments.roles_gated,
        duplicates_conflict: arguments.duplicates_conflict,
        removals_strict: arguments.removals_strict,
        removed_paths_alive: arguments.removed_paths,
        no_subscription: arguments.no_subscription,
        no_seats: arguments.no_seats,
        units_rollout: arguments.units_rollout,
        obligations: arguments.obligations,
        ..Switches::default()
    };
    let mut delays = match arguments.delays {
        Some(Consistency::Off) => Delays::none(),
        Some(Consistency::Realistic) => Delays::realistic(),
        None if arguments.limits == Limits::realistic() => Delays::realistic(),
        None => Delays::none(),
    };
    if let Some(millis) = arguments.scim_link_ms {
        delays.scim_link = Duration::from_millis(millis);
    }
    let mut faults = FaultPlan::none();
    for rule in &arguments.faults {
        faults = faults.rule(rule)?;
    }
    let simulator = Simulator::builder(org.clone())
        .keys([key])
        .latency(arguments.latency_ms.clone())
        .limits(arguments.limits)
        .delays(delays)
        .faults(faults)
        .switches(switches);
    let greeting = |url: String| greeting(&url, &org, token, arguments.scim);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(arguments.workers.max(1))
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let running = simulator.bind(("127.0.0.1", arguments.port)).await?;
        let mut out = io::stdout();
        writeln!(out, "{}", greeting(running.url()))?;
        out.flush()?;
        until_ended().await?;
        let counters = serde_json::to_string(&running.stop())?;
        writeln!(out, "{counters}")?;
        Ok(())
    })
}

/// What is printed first. Where SCIM answers, its first directory is named, and all of them.
fn greeting(url: &str, org: &Org, token: &str, scim: Scim) -> serde_json::Value {
    let mut greeting = serde_json::json!({ "url": url, "org": org.id(), "api_key": token });
    if scim == Scim::On {
        let directories: Vec<serde_json::Value> = org
            .scim_directories()
            .map(|directory| {
                serde_json::json!({
                    "scim_url": format!("{url}{}", directory.path()),
                    "scim_token": directory.key(),
                    "directory": directory.user_directory(),
                })
            })
            .collect();
        for key in ["scim_url", "scim_token"] {
            greeting[key] = directories[0][key].clone();
        }
        greeting["scim_directories"] = directories.into();
    }
    greeting
}

/// Waits for an interrupt or, where there is such a thing, a request to terminate.
#[cfg(unix)]
async fn until_ended() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// Waits for an interrupt.
#[cfg(not(unix))]
async fn until_ended() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn spec(arguments: &Arguments) -> Result<OrgSpec, Box<dyn Error>> {
    let mut spec = match arguments.preset {
        Preset::Bench => OrgSpec::bench(arguments.users),
        Preset::Small => OrgSpec::small(arguments.users),
        Preset::Demo => OrgSpec::demo(),
        Preset::Irregular => OrgSpec::irregular(),
    };
    spec.seed = arguments.seed.unwrap_or(spec.seed);
    spec.service_accounts = arguments.service_accounts.unwrap_or(spec.service_accounts);
    for name in &arguments.quirks {
        let (quirk, on) = match name.strip_prefix("no-") {
            Some(quirk) => (quirk, false),
            None => (name.as_str(), true),
        };
        if !spec.quirks.set(quirk, on) {
            return Err(format!("there is no quirk {quirk:?}").into());
        }
    }
    Ok(spec)
}

fn parse_latency(text: &str) -> Result<Latency, String> {
    let millis = |text: &str| {
        text.parse()
            .map(Duration::from_millis)
            .map_err(|_| format!("{text:?} is no number"))
    };
    match text.split_once('-') {
        Some((least, most)) => Ok(Latency::Range(millis(least)?..=millis(most)?)),
        None => Ok(Latency::from(millis(text)?)),
    }
}

fn parse_limits(text: &str) -> Result<Limits, String> {
    match text {
        "off" => Ok(Limits::off()),
        "realistic" => Ok(Limits::realistic()),
        other => {
            let told = other.strip_suffix("/silent");
            let (requests, window) = told
                .unwrap_or(other)
                .split_once('/')
                .ok_or("expected off, realistic, REQUESTS/SECONDS or REQUESTS/SECONDS/silent")?;
            let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is no number"));
            let says = told.is_none();
            Ok(Limits {
                headers: says,
                retry_after: says,
                ..Limits::per(number(requests)?, number(window)?)
            })
        }
    }
}
