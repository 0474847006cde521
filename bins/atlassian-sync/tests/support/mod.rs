//! What the tests of the small programs share: a simulated organization, the program `crate::PROGRAM`, and what it printed.

use atlassian_sim::{Org, OrgSpec, Quirks, Running, Simulator};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A simulated organization that is served, and a folder for the program to work in.
pub(crate) struct Vendor {
    pub(crate) org: Org,
    pub(crate) running: Running,
    pub(crate) folder: TempDir,
    _runtime: Runtime,
}

impl Vendor {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let org = Org::generate(OrgSpec::small(12).with_quirks(Quirks::none()));
        let running = runtime
            .block_on(Simulator::builder(org.clone()).bind("127.0.0.1:0"))
            .unwrap();
        Self {
            org,
            running,
            folder: tempfile::tempdir().unwrap(),
            _runtime: runtime,
        }
    }

    /// The program with all that it needs in its environment, and nothing but that.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut program = program(self.folder.path(), arguments);
        program
            .env("BATON_ACCESS_TOKEN", self.org.api_key())
            .env("BATON_ORGANIZATION_ID", self.org.id())
            .env("BATON_BASE_URL", self.running.url());
        program
    }

    /// Requests that reached the vendor.
    pub(crate) fn requests(&self) -> u64 {
        self.running.counters().total().requests
    }
}

/// The program in a folder, with nothing in its environment but how it logs.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(crate::PROGRAM);
    program
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .env("BATON_LOG_LEVEL", "error")
        .env("BATON_LOG_FORMAT", "console");
    // Windows cannot open a socket without it.
    #[expect(
        clippy::disallowed_methods,
        reason = "it is of the machine, not of the program"
    )]
    if let Some(root) = std::env::var_os("SystemRoot") {
        program.env("SystemRoot", root);
    }
    program
}

/// Exit code, stdout and stderr.
pub(crate) fn end(program: &mut Command) -> String {
    let output = program.output().unwrap();
    let text = String::from_utf8_lossy;
    let exit = output.status.code().unwrap_or(-1);
    format!("exit {exit}\n{}{}", text(&output.stdout), text(&output.stderr))
}
