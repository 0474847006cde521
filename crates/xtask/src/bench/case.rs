//! One organization at one latency.

use super::measure;
use crate::Result;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// One organization at one latency.
pub(super) struct Case {
    pub(super) name: &'static str,
    users: u32,
    latency_ms: u32,
    /// The limit of requests as the simulator takes it; `off` for none.
    limits: &'static str,
}

/// What one run of the connector took and found.
pub(super) struct Run {
    /// Seconds from the start of the process to its exit.
    pub(super) wall: f64,
    /// Seconds of CPU, user and system.
    cpu: f64,
    /// Largest resident size in bytes.
    peak: u64,
    summary: Value,
    artifact_bytes: u64,
}

impl Case {
    pub(super) fn all() -> Vec<Self> {
        vec![
            Self {
                name: "10k-20ms",
                users: 10_000,
                latency_ms: 20,
                limits: "off",
            },
            Self {
                name: "10k",
                users: 10_000,
                latency_ms: 0,
                limits: "off",
            },
            Self {
                name: "100k",
                users: 100_000,
                latency_ms: 0,
                limits: "off",
            },
            // A limit together with a latency: the ideal is requests ÷ 50 a second.
            Self {
                name: "2k-150ms-50/s",
                users: 2000,
                latency_ms: 150,
                limits: "50/1",
            },
        ]
    }

    /// Starts a simulator, runs the connector against it, and checks the artifact.
    pub(super) fn run(&self, root: &Path) -> Result<Run> {
        let simulator = Simulator::start(root, self)?;
        let folder = tempfile::tempdir()?;
        let artifact = folder.path().join("sync.c1z");
        let measured = measure::run(
            &program(root, "baton-atlassian"),
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
        let report = c1z_file::verify(&artifact)?;
        if !report.findings.is_empty() {
            return Err(format!("the artifact does not check clean: {:?}", report.findings).into());
        }
        Ok(Run {
            wall: measured.wall,
            cpu: measured.cpu,
            peak: measured.peak,
            summary: serde_json::from_str(&measured.stdout)?,
            artifact_bytes: std::fs::metadata(&artifact)?.len(),
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

    pub(super) fn rows_line(&self) -> String {
        let sync = &self.summary["sync"];
        format!(
            "resources {}, entitlements {}, grants {}, held {}",
            sync["resources"], sync["entitlements"], sync["grants"], sync["held"]
        )
    }
}

fn program(root: &Path, name: &str) -> PathBuf {
    let target = option_env!("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target
        .join("dist")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A simulator in a process of its own; ends with this value.
struct Simulator {
    process: Child,
    url: String,
    organization: String,
    key: String,
}

impl Simulator {
    fn start(root: &Path, case: &Case) -> Result<Self> {
        let mut process = Command::new(program(root, "atlassian-sim"))
            .args(["--preset", "bench", "--port", "0"])
            .args([
                "--users",
                &case.users.to_string(),
                "--latency-ms",
                &case.latency_ms.to_string(),
                "--limits",
                case.limits,
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
