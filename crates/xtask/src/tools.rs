//! Subcommands of cargo that others wrote, and that not every machine has.

use std::process::Command;

/// A subcommand of cargo.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
    what: &'static str,
}

pub(crate) const DENY: Tool = Tool {
    name: "deny",
    version: crate::deny::VERSION,
    what: "licences, bans, sources",
};

/// What the slow proofs run.
pub(crate) const HACK: Tool = Tool {
    name: "hack",
    version: "0.6.45",
    what: "every set of features",
};
pub(crate) const COVERAGE: Tool = Tool {
    name: "llvm-cov",
    version: "0.9.1",
    what: "how much of the code the tests run",
};
pub(crate) const MUTANTS: Tool = Tool {
    name: "mutants",
    version: "27.1.0",
    what: "whether tests notice changes of the code",
};

impl Tool {
    /// Whether it is installed, in whatever version.
    pub(crate) fn is_there(&self) -> bool {
        let version = Command::new("cargo").args([self.name, "--version"]).output();
        version.is_ok_and(|output| output.status.success())
    }

    /// What is to be told where it is not.
    pub(crate) fn lacking(&self) -> Option<String> {
        (!self.is_there()).then(|| {
            let Self { name, version, what } = self;
            format!("cargo-{name} is not installed: {what} (cargo install --locked cargo-{name}@{version})")
        })
    }
}
