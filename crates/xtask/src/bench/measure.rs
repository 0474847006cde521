//! Measuring one process.
//!
//! The system counts CPU and memory of *all* ended children of a process together, so each measured process gets a parent
//! of its own: this program, started again with the command `measure`.

use crate::Result;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a process took.
#[derive(Serialize, Deserialize)]
pub(super) struct Measured {
    /// Seconds from start to exit.
    pub(super) wall: f64,
    /// Seconds of CPU, user and system; 0 where the system does not tell.
    pub(super) cpu: f64,
    /// Largest resident size in bytes; 0 where the system does not tell.
    pub(super) peak: u64,
    /// What it printed.
    pub(super) stdout: String,
}

/// Runs a program and measures it; anything but success is an error.
pub(super) fn run(program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Measured> {
    measured(program, arguments, environment, &[])
}

fn measured(
    program: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    switches: &[&str],
) -> Result<Measured> {
    let output = Command::new(std::env::current_exe()?)
        .arg("measure")
        .args(switches)
        .arg("--")
        .arg(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{} failed ({})", program.display(), output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The same without what it prints.
pub(super) fn run_silent(program: &Path, arguments: &[&str]) -> Result<Measured> {
    measured(program, arguments, &[], &["--silent"])
}

/// The command `measure`: runs a program, prints what it took.
#[expect(clippy::print_stdout, reason = "its parent reads the figures from its output")]
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn child(command: &[String], silent: bool) -> Result {
    let [program, arguments @ ..] = command else {
        return Err("no program to measure".into());
    };
    let stdout = match silent {
        true => Stdio::null(),
        false => Stdio::piped(),
    };
    let begun = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .stdout(stdout)
        .stderr(Stdio::inherit())
        .spawn()?
        .wait_with_output()?;
    let wall = begun.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("{program} ended with {}", output.status).into());
    }
    let (cpu, peak) = usage()?;
    let measured = Measured {
        wall,
        cpu,
        peak,
        stdout: String::from_utf8(output.stdout)?,
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// Seconds of CPU of a process that `end` ends and waits for; 0 where the system does not tell. Others must not end meanwhile.
pub(super) fn cpu_of(end: impl FnOnce()) -> Result<f64> {
    let (before, _) = usage()?;
    end();
    let (after, _) = usage()?;
    Ok(after - before)
}

#[cfg(unix)]
fn usage() -> Result<(f64, u64)> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6;
    // macOS counts bytes, the others kibibytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    Ok((cpu, u64::try_from(usage.max_rss())? * unit))
}

#[cfg(not(unix))]
fn usage() -> Result<(f64, u64)> {
    Ok((0.0, 0))
}
