//! What a killed sync left behind.

use crate::edits::edited;
use crate::targets::Run;
use async_trait::async_trait;
use c1z_file::{Artifact, ReadOptions, logical, verify};
use connector_runtime::{Clock, SyncError, SyncOptions, SyncReport, sync};
use connector_sdk::proto::connector::v2::resource_type::Trait;
use connector_sdk::{
    Code, Connector, ConnectorSpec, EntitlementRow, Error, GrantRow, Page, PageToken, Parent, Plan, Purpose,
    ResourceBuilder, ResourceKey, ResourceSyncer, Result, Subject, SyncContext, TypeEntry, resource_type,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The input is changes of a staging file. Whatever is in it, the next sync ends, and an artifact that it writes is sound; one
/// that went on with nothing is the same as if there had been no file.
pub(super) fn resume() -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let undisturbed = folder.path().join("undisturbed.c1z");
    run(&undisturbed, usize::MAX).expect("a sync");
    let expected = content(&undisturbed);
    let stopped = folder.path().join("stopped.c1z");
    run(&stopped, 4).expect_err("it is stopped");
    let staged = fs::read(staging(&stopped)).expect("the staging file");
    Box::new(move |input| {
        let folder = tempfile::tempdir_in(folder.path()).expect("a folder");
        let output = folder.path().join("sync.c1z");
        write_private(&staging(&output), &edited(&staged, input));
        match run(&output, usize::MAX) {
            Ok(report) => {
                let found = verify(&output).expect("an artifact");
                assert!(
                    found.is_clean(),
                    "the artifact is not sound: {:?}",
                    found.findings
                );
                if !report.resumed {
                    assert_eq!(content(&output), expected, "it is not what the connector says");
                }
            }
            Err(_) => assert!(!output.exists(), "a sync that failed wrote an artifact"),
        }
    })
}

fn staging(output: &Path) -> PathBuf {
    output.with_extension("c1z.staging")
}

/// Only a file that nobody else could write is gone on with.
fn write_private(path: &Path, bytes: &[u8]) {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).expect("a file");
    std::io::Write::write_all(&mut file, bytes).expect("a file");
}

fn content(output: &Path) -> String {
    let artifact = Artifact::open(output, ReadOptions::default()).expect("an artifact");
    let sync = artifact.latest_finished_full().expect("syncs").expect("a sync");
    let mut content = Vec::new();
    logical::dump(&artifact, &sync.sync_id, &mut content).expect("its content");
    String::from_utf8(content).expect("text")
}

/// Syncs; the connector gives up after some calls.
fn run(output: &Path, calls: usize) -> std::result::Result<SyncReport, SyncError> {
    let mut options = SyncOptions::new(output, Arc::new(Noon));
    options.zone = jiff::tz::TimeZone::UTC;
    options.workers = 1;
    let left = Arc::new(AtomicUsize::new(calls));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(sync(Arc::new(Teams { left }), options))
}

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::constant(1_767_225_600, 0)
    }
}

/// A few users and teams.
#[derive(Clone, Debug)]
struct Teams {
    left: Arc<AtomicUsize>,
}

const USER: &str = "user";
const TEAM: &str = "team";
const MEMBER: &str = "member";

impl Teams {
    fn called(&self) -> Result<()> {
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match taken {
            Ok(_) => Ok(()),
            // This code ends every sync.
            Err(_) => Err(Error::new(Code::ResourceExhausted, "too many calls")),
        }
    }
}

#[async_trait]
impl Connector for Teams {
    fn spec(&self) -> ConnectorSpec {
        ConnectorSpec::default()
    }

    fn types(&self) -> Vec<TypeEntry> {
        vec![
            TypeEntry::new(
                resource_type(USER, "User", &[Trait::User]),
                Arc::new(Users(self.clone())),
            ),
            TypeEntry::new(
                resource_type(TEAM, "Team", &[Trait::Group]),
                Arc::new(self.clone()),
            ),
        ]
    }
}

struct Users(Teams);

#[async_trait]
impl ResourceSyncer for Users {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        self.0.called()?;
        let number: usize = token.as_str().parse().unwrap_or_default();
        let mut page = Page::empty();
        for user in 3 * number..3 * number + 3 {
            let key = ResourceKey::new(USER, format!("u{user}"));
            page.resources
                .push(ResourceBuilder::new(key, format!("User {user}")).listed());
        }
        if number < 3 {
            page.next = Some(PageToken::new((number + 1).to_string()));
        }
        Ok(page)
    }
}

#[async_trait]
impl ResourceSyncer for Teams {
    fn plan(&self) -> Plan {
        Plan {
            grants: true,
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> Result<Page> {
        self.called()?;
        let mut page = Page::empty();
        for team in ["core", "data", "web"] {
            let key = ResourceKey::new(TEAM, team);
            page.resources
                .push(ResourceBuilder::new(key.clone(), team).listed());
            page.entitlements
                .push(EntitlementRow::new(key, MEMBER, Purpose::Assignment));
        }
        Ok(page)
    }

    async fn grants(&self, _: &SyncContext, team: &Subject, _: &PageToken) -> Result<Page> {
        self.called()?;
        let mut page = Page::empty();
        for user in ["u1", "u4", "u7"] {
            page.grants.push(GrantRow::new(
                team.key().clone(),
                MEMBER,
                ResourceKey::new(USER, user),
            ));
        }
        Ok(page)
    }
}
