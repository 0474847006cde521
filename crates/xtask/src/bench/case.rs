//! One organization at one latency.

use super::measure;
use crate::Result;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// One organization at one latency.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    users: u32,
    latency_ms: u32,
    pub(super) limit: Option<Limit>,
}

/// A limit of requests, counted by the second.
#[derive(Clone)]
pub(super) struct Limit {
    requests: u32,
    /// Whether answers tell of it in headers.
    told: bool,
}

/// What one run of the connector took and found.
pub(super) struct Run {
    /// Seconds from the start of the process to its exit.
    pub(super) wall: f64,
    /// Seconds of CPU, user and system.
    pub(super) cpu: f64,
    /// Largest resident size in bytes.
    pub(super) peak: u64,
    /// Seconds of CPU of the simulator, its start included.
    pub(super) simulator_cpu: f64,
    summary: Value,
    artifact_bytes: u64,
}

/// The programs that run against each other.
#[derive(Clone)]
pub(super) struct Programs {
    /// The target folder of this checkout.
    pub(super) target: PathBuf,
    simulator: PathBuf,
    connector: PathBuf,
    reader: PathBuf,
}

impl Programs {
    /// The program that looks into artifacts.
    pub(super) fn reader(&self) -> PathBuf {
        self.reader.clone()
    }

    /// Builds both from this checkout.
    pub(super) fn build(root: &Path) -> Result<Self> {
        let target = crate::target_folder()?;
        super::build(
            root,
            &target,
            super::PROFILE,
            &["atlassian-sim", "baton-atlassian", "c1z"],
        )?;
        let built = target.join(super::PROFILE);
        Ok(Self {
            reader: program(&built, "c1z"),
            simulator: program(&built, "atlassian-sim"),
            connector: program(&built, "baton-atlassian"),
            target,
        })
    }

    /// The same simulator with the connector of another folder.
    pub(super) fn with_connector(&self, built: &Path) -> Self {
        Self {
            connector: program(built, "baton-atlassian"),
            ..self.clone()
        }
    }
}

impl Limit {
    pub(super) fn per_second(&self) -> f64 {
        self.requests.into()
    }

    /// As the simulator takes it.
    fn argument(&self) -> String {
        let silent = if self.told { "" } else { "/silent" };
        format!("{}/1{silent}", self.requests)
    }
}

impl Case {
    /// The case of this name, or all of them.
    pub(super) fn chosen(only: Option<&str>) -> Result<Vec<Self>> {
        let all = Self::all();
        let names: Vec<&str> = all.iter().map(|case| case.name).collect();
        let unknown = || format!("there is no such case; there are {}", names.join(", "));
        let chosen: Vec<Self> = all
            .iter()
            .filter(|case| only.is_none_or(|only| case.name == only))
            .cloned()
            .collect();
        match chosen.is_empty() {
            true => Err(unknown().into()),
            false => Ok(chosen),
        }
    }

    fn all() -> Vec<Self> {
        let case = |name, users, latency_ms| Self {
            name,
            users,
            latency_ms,
            limit: None,
        };
        let limited = |name, told| Self {
            limit: Some(Limit { requests: 50, told }),
            ..case(name, 2000, 150)
        };
        vec![
            case("10k-20ms", 10_000, 20),
            case("10k", 10_000, 0),
            case("100k", 100_000, 0),
            limited("2k-150ms-50/s", true),
            limited("2k-150ms-50/s-silent", false),
        ]
    }

    /// The same organization at the same latency.
    pub(super) fn without_limit(&self) -> Self {
        Self {
            limit: None,
            ..self.clone()
        }
    }

    /// The figure that tells two connectors apart: where nothing has to be waited for, the wall time is half the simulator's.
    pub(super) fn decides(&self) -> &'static str {
        match self.latency_ms == 0 && self.limit.is_none() {
            true => "CPU",
            false => "wall",
        }
    }

    /// Starts a simulator, runs the connector against it, and checks the artifact.
    pub(super) fn run(&self, programs: &Programs) -> Result<Run> {
        let folder = tempfile::tempdir()?;
        self.run_to(programs, &folder.path().join("sync.c1z"))
    }

    /// The same with the artifact at a path.
    pub(super) fn run_to(&self, programs: &Programs, artifact: &Path) -> Result<Run> {
        let simulator = Simulator::start(&programs.simulator, self)?;
        let measured = measure::run(
            &programs.connector,
            &[
                "--base-url",
                &simulator.url,
                "--organization-id",
                &simulator.organization,
                "--file",
                &artifact.to_string_lossy(),
                "--log-level",
                "error",
                "--output",
                "json",
            ],
            &[("BATON_ACCESS_TOKEN", &simulator.key)],
        )?;
        let simulator_cpu = measure::cpu_of(|| drop(simulator))?;
        let report = c1z_file::verify(artifact)?;
        if !report.findings.is_empty() {
            return Err(format!("the artifact does not check clean: {:?}", report.findings).into());
        }
        Ok(Run {
            wall: measured.wall,
            cpu: measured.cpu,
            peak: measured.peak,
            simulator_cpu,
            summary: serde_json::from_str(&measured.stdout)?,
            artifact_bytes: std::fs::metadata(artifact)?.len(),
        })
    }
}

impl Run {
    pub(super) fn line(&self, case: &Case) -> String {
        format!(
            "| {} accounts | {} ms | {:.2} s | {:.2} s | {:.0} MB | {} | {:.1} MB, checked |",
            case.users,
            case.latency_ms,
            self.wall,
            self.cpu,
            self.peak as f64 / 1e6,
            self.summary["requests"]["total"],
            self.artifact_bytes as f64 / 1e6,
        )
    }

    /// How many requests were sent, and how many of them the limit refused.
    pub(super) fn requests(&self) -> (f64, f64) {
        let count = |name: &str| self.summary["requests"][name].as_f64().unwrap_or_default();
        (count("total"), count("rate_limited"))
    }

    /// A run of which nothing but these figures is of interest.
    #[cfg(test)]
    pub(super) fn of_figures(wall: f64, cpu: f64) -> Self {
        Self {
            wall,
            cpu,
            peak: 1,
            simulator_cpu: 1.0,
            summary: Value::Null,
            artifact_bytes: 0,
        }
    }

    pub(super) fn rows_line(&self) -> String {
        let sync = &self.summary["sync"];
        format!(
            "resources {}, entitlements {}, grants {}, held {}",
            sync["resources"], sync["entitlements"], sync["grants"], sync["held"]
        )
    }
}

fn program(built: &Path, name: &str) -> PathBuf {
    built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A simulator in a process of its own; ends with this value.
struct Simulator {
    process: Child,
    url: String,
    organization: String,
    key: String,
}

impl Simulator {
    fn start(program: &Path, case: &Case) -> Result<Self> {
        let limits = case
            .limit
            .as_ref()
            .map_or_else(|| "off".to_owned(), Limit::argument);
        let mut process = Command::new(program)
            .args(["--preset", "bench", "--port", "0"])
            .args([
                "--users",
                &case.users.to_string(),
                "--latency-ms",
                &case.latency_ms.to_string(),
                "--limits",
                &limits,
            ])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or("the simulator has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        let text = |key: &str| -> Result<String> {
            Ok(said[key]
                .as_str()
                .ok_or_else(|| format!("the simulator does not say its {key}: {line}"))?
                .to_owned())
        };
        Ok(Self {
            url: text("url")?,
            organization: text("org")?,
            key: text("api_key")?,
            process,
        })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
