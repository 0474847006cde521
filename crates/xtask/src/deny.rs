//! Licences, bans and sources of every dependency, by cargo-deny.

use crate::Result;
use std::path::Path;
use std::process::Command;

/// The version whose configuration format `deny.toml` has.
pub(crate) const VERSION: &str = "0.20.2";

/// Checks the dependencies. Advisories are left out: they need a database from outside, and a new one must not keep an
/// unrelated change from landing.
pub(crate) fn run(root: &Path) -> Result {
    let status = Command::new("cargo")
        .args([
            "deny",
            "--all-features",
            "--locked",
            "check",
            "bans",
            "licenses",
            "sources",
        ])
        .current_dir(root)
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(
        format!("cargo deny failed; if it is not installed: cargo install --locked cargo-deny@{VERSION}")
            .into(),
    )
}
