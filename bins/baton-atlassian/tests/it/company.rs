//! A simulated organization that can be changed, with what was written to it, and the program run against it.

use crate::harness::{Ran, program};
use atlassian_sim::{
    Endpoint, FaultPlan, Org, OrgSpec, Quirks, Running, Simulator, SimulatorBuilder, Switches, Truth,
    WriteLog,
};
use c1z_file::{Artifact, ReadOptions};
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// An organization, and a folder to work in.
pub(crate) struct Company {
    pub(crate) org: Org,
    pub(crate) folder: TempDir,
    running: Running,
    _runtime: Runtime,
}

impl Company {
    /// A small, tidy organization.
    pub(crate) fn new() -> Self {
        Self::with(Switches::default(), FaultPlan::none())
    }

    pub(crate) fn with(switches: Switches, faults: FaultPlan) -> Self {
        Self::of(OrgSpec::small(30).with_quirks(Quirks::none()), switches, faults)
    }

    pub(crate) fn of(spec: OrgSpec, switches: Switches, faults: FaultPlan) -> Self {
        Self::built(spec, |simulator| simulator.switches(switches).faults(faults))
    }

    /// An organization whose simulator is set up by the test.
    pub(crate) fn built(spec: OrgSpec, set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let org = Org::generate(spec);
        let runtime = Runtime::new().unwrap();
        let simulator = set_up(Simulator::builder(org.clone()));
        Self {
            running: runtime.block_on(simulator.bind("127.0.0.1:0")).unwrap(),
            org,
            folder: tempfile::tempdir().unwrap(),
            _runtime: runtime,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn url(&self) -> String {
        self.running.url()
    }

    /// Writes so far.
    pub(crate) fn writes(&self) -> Vec<WriteLog> {
        self.running.writes()
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.running.counters().total().requests
    }

    /// Requests to one endpoint so far.
    pub(crate) fn asked(&self, endpoint: Endpoint) -> u64 {
        self.running.counters().of(endpoint).requests
    }

    pub(crate) fn truth(&self) -> Truth {
        self.org.truth()
    }

    /// The program with everything that it needs but the credentials of SCIM.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut program = program(self.folder.path(), arguments);
        program
            .env("BATON_API_TOKEN", self.org.api_key())
            .env("BATON_ORG", self.org.id())
            .env("BATON_BASE_URL", self.running.url())
            .env("BATON_LOG_FORMAT", "console")
            .env("BATON_LOG_LEVEL", "error");
        program
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.program(arguments).output().unwrap(), self.folder.path())
    }

    /// Runs it with the credentials of the first SCIM directory.
    pub(crate) fn run_with_scim(&self, arguments: &[&str]) -> Ran {
        let scim = self.org.scim_directories().next().unwrap();
        let mut program = self.program(arguments);
        program.env("BATON_SCIM_TOKEN", scim.key()).env(
            "BATON_SCIM_BASE_URL",
            format!("{}{}", self.running.url(), scim.path()),
        );
        Ran::of(program.output().unwrap(), self.folder.path())
    }

    /// Syncs and reads its result.
    pub(crate) fn synced(&self) -> Synced {
        let ran = self.run(&["--allow-gaps"]);
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        let artifact = Artifact::open(&self.path("sync.c1z"), ReadOptions::default()).unwrap();
        let sync = artifact.latest_finished_full().unwrap().unwrap().sync_id;
        Synced {
            grants: artifact
                .grants(&sync)
                .map(|grant| {
                    let grant = grant.unwrap();
                    Held {
                        id: grant.external_id.clone(),
                        entitlement: grant.entitlement_id.clone(),
                        principal_type: grant.principal_resource_type_id.clone(),
                        principal: grant.principal_resource_id.clone(),
                    }
                })
                .collect(),
            resources: artifact
                .resources(&sync)
                .map(|resource| {
                    let resource = resource.unwrap();
                    (resource.external_id, resource.data)
                })
                .collect(),
        }
    }
}

/// What an artifact holds.
pub(crate) struct Synced {
    pub(crate) grants: Vec<Held>,
    /// Type and id, joined by a colon, with the message as it is stored.
    pub(crate) resources: Vec<(String, Vec<u8>)>,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) entitlement: String,
    pub(crate) principal_type: String,
    pub(crate) principal: String,
}

impl Synced {
    /// The first grant of an account on an entitlement that begins and ends like this.
    pub(crate) fn grant(&self, beginning: &str, end: &str) -> &Held {
        let found = self.grants.iter().find(|grant| {
            grant.principal_type == "user"
                && grant.entitlement.starts_with(beginning)
                && grant.entitlement.ends_with(end)
        });
        found.expect("an organization with such a grant")
    }

    pub(crate) fn has(&self, grant: &Held) -> bool {
        self.grants
            .iter()
            .any(|other| (&other.entitlement, &other.principal) == (&grant.entitlement, &grant.principal))
    }

    /// Whether the resource of this type and id is there and its message holds this text.
    pub(crate) fn says(&self, resource: &str, text: &str) -> bool {
        self.resources
            .iter()
            .any(|(id, data)| id == resource && String::from_utf8_lossy(data).contains(text))
    }
}
