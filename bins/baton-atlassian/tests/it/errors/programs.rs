//! Errors of the engine, of services and daemons, and of programs.

use super::artifacts::{denied, full, path, unreadable};
use super::list;
use access_review::ReviewError;
use atlassian_admin::OrgId;
use atlassian_connector::{AtlassianConnector, ConnectorBuildError, SettingsError};
use c1z_file::{AppendError, TargetError, WriteError};
use connector_cli::Outcome;
use connector_daemon::DaemonError;
use connector_runtime::change::{ArtifactAsked, Change, ChangeError, ChangeFailure, ChangeOptions};
use connector_runtime::{StagingError, SyncError, SystemClock};
use connector_sdk::{Code, Connector, Error, ResourceKey, Vendor};
use connector_service::child::ChildError;
use connector_service::tls::{ChannelError, Identity, IdentityError, channel};
use http_kit::testing::FakeTransport;
use http_kit::{BuildError, Secret};
use serde_json::json;
use std::io;
use std::path::Path;
use std::sync::Arc;

fn of_connector() -> Error {
    Error::new(
        Code::PermissionDenied,
        "cannot list the groups of the organization",
    )
    .with_vendor(Vendor {
        status: Some(403),
        ..Vendor::default()
    })
    .with_source(denied())
}

pub(super) async fn all(out: &mut String) {
    list(out, "connector_sdk::Error", [of_connector()]);
    list(
        out,
        "connector_cli::Error",
        [
            connector_cli::Error::new(Outcome::Configuration, "--keep-syncs: 0 is not allowed")
                .with_hint("Name a number from 1"),
            connector_cli::Error::connector(&of_connector()),
        ],
    );
    let review = ReviewError::Unfinished { path: path() };
    list(out, "review_cli::Error", [review_cli::Error::from(review)]);
    sync(out);
    changes(out).await;
    service(out).await;
    daemon(out);
    let insecure = || BuildError::Insecure {
        host: "api.example".into(),
    };
    list(
        out,
        "atlassian_connector::ConnectorBuildError",
        [
            ConnectorBuildError::Organization(insecure()),
            ConnectorBuildError::Directory(BuildError::BadCredential),
        ],
    );
    list(
        out,
        "atlassian_connector::SettingsError",
        [
            SettingsError::Address("the text is not an address".into()),
            SettingsError::OtherOrganization,
            SettingsError::Directory("the text is not an address".into()),
            SettingsError::HalfOfDirectory {
                given: "scim-token",
                missing: "scim-base-url",
            },
        ],
    );
    let wrong = atlassian_sim::FaultPlan::none().rule("*:1").unwrap_err();
    list(out, "atlassian_sim::FaultSyntaxError", [wrong]);
}

fn sync(out: &mut String) {
    let resource_type = || "user".to_owned();
    let staging = || SyncError::Staging {
        path: "sync.c1z.staging".into(),
        source: StagingError::from(full()),
    };
    list(
        out,
        "connector_runtime::StagingError",
        [StagingError::from(full())],
    );
    list(
        out,
        "connector_runtime::SyncError",
        [
            SyncError::Connector {
                during: "reading the groups".into(),
                source: of_connector(),
            },
            SyncError::Types("two are called \"user\"".into()),
            SyncError::UnknownTypes {
                unknown: vec!["usr".into()],
                valid: vec!["user".into(), "group".into()],
            },
            SyncError::NoTypes {
                valid: vec!["user".into()],
            },
            SyncError::ParentsMissing {
                resource_type: "role".into(),
                parent: "workspace".into(),
            },
            SyncError::NotReadAlone {
                target: "workspace \"w-1\"".into(),
                readable: vec!["user".into(), "group".into()],
            },
            SyncError::Target(TargetError::NotAFile { path: path() }),
            SyncError::OtherTenant {
                path: path(),
                found: "org o-1".into(),
                wanted: "org o-2".into(),
            },
            SyncError::WouldLoseFull {
                path: path(),
                ended_at: "2026-11-24 10:00:00".into(),
                why: "the new sync has far fewer rows".into(),
            },
            SyncError::Earlier(Box::new(unreadable())),
            SyncError::Busy {
                path: "sync.c1z.staging".into(),
            },
            staging(),
            SyncError::DiskFull {
                folder: "reviews".into(),
                source: Box::new(staging()),
            },
            SyncError::Io {
                path: path(),
                source: denied(),
            },
            SyncError::InTheWay {
                path: "sync.c1z.staging".into(),
                why: "it is a directory".into(),
            },
            SyncError::Artifact(WriteError::Database {
                doing: "store a row",
                source: full(),
            }),
            SyncError::Collision {
                id: "a:b:c".into(),
                first: "a/b:c".into(),
                second: "a:b/c".into(),
            },
            SyncError::Empty {
                resource_type: resource_type(),
            },
            SyncError::Contradicted {
                resource_type: resource_type(),
                known: 7,
                example: "u-1".into(),
            },
            SyncError::BadRow("a grant without a principal".into()),
            SyncError::SecretInId {
                what: "the id of a user".into(),
            },
            SyncError::Interrupted { staging: None },
            SyncError::Engine("a thread ended".into()),
        ],
    );
}

/// A change that fails before anything is sent.
async fn failed(change: Change) -> ChangeFailure {
    let key = Secret::from("key".to_owned());
    let connector = AtlassianConnector::builder(key, OrgId::from_vendor("o-1"));
    let connector: Arc<dyn Connector> = Arc::new(connector.build(Arc::new(FakeTransport::new())).unwrap());
    let options = ChangeOptions::new("ines at laptop-7", Arc::new(SystemClock));
    connector_runtime::change(connector, change, options)
        .await
        .unwrap_err()
}

async fn changes(out: &mut String) {
    let arguments = json!({"emai": "ines@larkspur.example"});
    let wrong = failed(Change::Invoke {
        action: "invite_user".into(),
        arguments: arguments.as_object().unwrap().clone(),
    });
    let ChangeError::Arguments { of, errors } = wrong.await.error else {
        panic!("the arguments fit");
    };
    list(out, "connector_runtime::ArgumentError", errors.clone());
    let resource = ResourceKey::new("nothing", "x");
    list(
        out,
        "connector_runtime::ChangeFailure",
        [failed(Change::Delete { resource }).await],
    );
    let what = || "group:g-1:member".to_owned();
    let path = || Path::new("sync.c1z").to_owned();
    list(
        out,
        "connector_runtime::ChangeError",
        [
            ChangeError::NoArtifact { path: None },
            ChangeError::NoArtifact { path: Some(path()) },
            ChangeError::Unfinished { path: path() },
            ChangeError::Artifact(Box::new(unreadable())),
            ChangeError::OtherTenant {
                path: path(),
                found: "org o-1".into(),
                wanted: "org o-2".into(),
            },
            ChangeError::OtherTenantStated {
                found: "org o-1".into(),
                wanted: "org o-2".into(),
            },
            ChangeError::Contradicted("the grant names two principals".into()),
            ChangeError::UnknownTenant {
                path: path(),
                kind: "org".into(),
                several: false,
            },
            ChangeError::NotInArtifact {
                what: "entitlement".into(),
                id: what(),
                artifact: Box::new(ArtifactAsked {
                    path: path(),
                    sync_id: "3MY4vp3qkmxE3grGn5n7txfMG4F".into(),
                    ended_at: "2026-11-24 10:00:00".into(),
                }),
                did_you_mean: Vec::new(),
            },
            ChangeError::WrongPrincipal {
                entitlement: what(),
                principal: Box::new(ResourceKey::new("group", "g-2")),
                grantable_to: vec!["user".into()],
            },
            ChangeError::Immutable {
                what: what(),
                why: "the group is managed by an identity provider".into(),
                instead: None,
            },
            ChangeError::Refused(of_connector()),
            ChangeError::Inherited {
                principal: "user/u-1".into(),
                entitlement: what(),
                through: vec!["group g-2".into()],
                ended_at: None,
            },
            ChangeError::OtherSystem { what: what() },
            ChangeError::NotOffered {
                what: "delete resources of type \"org\"".into(),
                offered: vec!["user".into()],
            },
            ChangeError::UnknownType {
                resource_type: "usr".into(),
                valid: vec!["user".into()],
            },
            ChangeError::UnknownAction {
                name: "invit".into(),
                valid: vec!["invite_user".into()],
                did_you_mean: Vec::new(),
            },
            ChangeError::Arguments { of, errors },
            ChangeError::Audit {
                path: "audit.jsonl".into(),
                source: denied(),
            },
            ChangeError::AuditRefused {
                path: "audit.jsonl".into(),
                why: AppendError::Unread,
            },
            ChangeError::Connector(of_connector()),
            ChangeError::BrokeOff {
                may_be_made: false,
                requests: Vec::new(),
            },
            ChangeError::Interrupted {
                may_be_made: true,
                requests: Vec::new(),
            },
            ChangeError::OutcomeNotKept {
                path: "audit.jsonl".into(),
                source: denied(),
                outcome: Ok("user/u-1 holds group:g-1:member".into()),
            },
            ChangeError::Engine("a thread ended".into()),
        ],
    );
}

async fn service(out: &mut String) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let [authority, certificate, key] = crate::authority::Authority::new().pem();
    let (authority, certificate, key) = (
        file("ca.pem", &authority),
        file("cert.pem", &certificate),
        file("key.pem", &key),
    );
    let identity = Identity::from_files(&certificate, &key, &authority).unwrap();
    let IdentityError::File { what, source, .. } =
        Identity::from_files(&certificate, &file("none", "no PEM"), &authority).unwrap_err()
    else {
        panic!("the file holds a key");
    };
    list(
        out,
        "connector_service::IdentityError",
        [
            IdentityError::File {
                path: "key.pem".into(),
                what,
                source,
            },
            IdentityError::Empty("cert.pem".into()),
            IdentityError::Key(32),
            IdentityError::Unusable("the key does not fit the certificate".into()),
        ],
    );
    // Nothing listens on a port that was just given back.
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = channel(address, &identity).await.unwrap_err();
    list(
        out,
        "connector_service::ChannelError",
        [ChannelError::Identity(IdentityError::Key(32)), refused],
    );
    list(
        out,
        "connector_service::ChildError",
        [
            ChildError::Closed,
            ChildError::Unreadable("the line is not base64".into()),
            ChildError::Listener("file descriptor 3 is not open".into()),
            ChildError::Serve(io::ErrorKind::AddrInUse.into()),
        ],
    );
}

fn daemon(out: &mut String) {
    list(
        out,
        "connector_daemon::DaemonError",
        [
            DaemonError::Credentials("the client id has no name before the @".into()),
            DaemonError::Settings("tokens cannot be asked for: the address has no host".into()),
            DaemonError::Refused("invalid_client".into()),
            DaemonError::Hello {
                code: Code::PermissionDenied,
                message: "the connector is disabled".into(),
            },
            DaemonError::State("another process uses the folder state".into()),
            DaemonError::Io {
                what: "the health of the daemon cannot be told at 127.0.0.1:80".into(),
                source: denied(),
            },
            DaemonError::Late(2),
        ],
    );
}
