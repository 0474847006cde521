//! A connector behind gRPC as one of ours: our engine reads the same through it as in this process, and changes go through it.

use crate::authority::Authority;
use crate::connector::FileConnector;
use crate::harness::Served;
use c1z_file::{Artifact, ReadOptions, logical};
use connector_runtime::change::{Change, ChangeError, ChangeOptions, RecordState, change};
use connector_runtime::{SyncOptions, SystemClock, sync};
use connector_sdk::{ChangeState, Code, Connector, ResourceKey};
use connector_service::tls::{self, Identity};
use connector_service::{RemoteConnector, Transport, server};
use std::path::Path;
use std::sync::Arc;

/// What a sync through a connector finds: the digest of its content.
async fn digest(connector: Arc<dyn Connector>, output: &Path) -> String {
    let options = SyncOptions::new(output, Arc::new(SystemClock));
    let report = sync(connector, options).await.expect("a sync");
    let artifact = Artifact::open(output, ReadOptions::default()).expect("an artifact");
    logical::digest(&artifact, &report.sync_id)
        .expect("a digest")
        .to_string()
}

async fn remote(served: &Served) -> RemoteConnector {
    RemoteConnector::connect(Transport::new(served.routes()))
        .await
        .expect("a peer")
}

#[tokio::test]
async fn the_engine_reads_the_same_through_grpc() {
    let served = Served::new();
    let (there, here) = (served.temp.join("there.c1z"), served.temp.join("here.c1z"));
    let remote = remote(&served).await;
    let through = digest(Arc::new(remote.clone()), &there).await;
    let direct = digest(Arc::new(FileConnector::new(&served.people)), &here).await;
    assert_eq!(through, direct);
    // And once more, of what has changed since: each sync has a snapshot of its own.
    let people = std::fs::read_to_string(&served.people).expect("a file");
    std::fs::write(&served.people, people.replace("ines, bo", "ines, bo, cleo")).expect("a file");
    let through_again = digest(Arc::new(remote.clone()), &there).await;
    assert_ne!(through_again, through);
    assert_eq!(
        through_again,
        digest(Arc::new(FileConnector::new(&served.people)), &here).await
    );
    remote.cleanup().await.expect("an answer");
}

/// The same over a socket and TLS.
#[tokio::test]
async fn the_engine_reads_the_same_over_a_network() {
    let (served, authority) = (Served::new(), Authority::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let identity =
        |authority: &Authority| Identity::from_credential(&authority.credential()).expect("an identity");
    let (local, tls) = (served.local.clone(), identity(&authority).server().expect("TLS"));
    tokio::spawn(async move { server::serve(&local, listener, tls, std::future::pending()).await });
    let channel = tls::channel(address, &identity(&authority))
        .await
        .expect("let in");
    let remote = RemoteConnector::connect(Transport::new(channel))
        .await
        .expect("a peer");
    let (there, here) = (served.temp.join("there.c1z"), served.temp.join("here.c1z"));
    let through = digest(Arc::new(remote), &there).await;
    assert_eq!(
        through,
        digest(Arc::new(FileConnector::new(&served.people)), &here).await
    );
}

#[tokio::test]
async fn what_it_is_comes_over() {
    let served = Served::with(|options| options.provisioning = true);
    let (remote, own) = (remote(&served).await, FileConnector::new(&served.people));
    let sorted = |connector: &dyn Connector| {
        let mut types = connector.spec().types;
        types.sort_by(|a, b| a.resource_type.id.cmp(&b.resource_type.id));
        types
    };
    assert_eq!(sorted(&remote), sorted(&own));
    assert_eq!(remote.spec().actions, own.spec().actions);
    assert_eq!(remote.spec().difference(&remote), None);
    let getter = remote
        .types()
        .into_iter()
        .find_map(|of| of.getter)
        .expect("users are read one by one");
    let found = getter
        .get(&ResourceKey::new("user", "ines"))
        .await
        .expect("a user");
    assert_eq!(found.resource.display_name, "Ines Calder");
    let error = getter
        .get(&ResourceKey::new("user", "nobody"))
        .await
        .expect_err("no user");
    assert_eq!(error.code(), Code::NotFound);
}

async fn made(served: &Served, asked: Change) -> Result<ChangeState, ChangeError> {
    let options = ChangeOptions {
        artifact: Some(served.temp.join("there.c1z")),
        ..ChangeOptions::new("ines", Arc::new(SystemClock))
    };
    let record = change(Arc::new(remote(served).await), asked, options).await?;
    match record.state {
        RecordState::CameTo(state) => Ok(state),
        state => panic!("{state:?}"),
    }
}

#[tokio::test]
async fn changes_go_through_it_once() {
    let served = Served::with(|options| options.provisioning = true);
    digest(Arc::new(remote(&served).await), &served.temp.join("there.c1z")).await;
    let grant = || Change::Grant {
        entitlement_id: "team:platform:member".into(),
        principal: ResourceKey::new("user", "cleo"),
    };
    assert_eq!(made(&served, grant()).await.expect("given"), ChangeState::Done);
    assert_eq!(
        made(&served, grant()).await.expect("held"),
        ChangeState::AlreadySo
    );
    let revoke = || Change::Revoke {
        grant_id: "team:platform:member:user:ines".into(),
    };
    assert_eq!(made(&served, revoke()).await.expect("taken"), ChangeState::Done);
    assert_eq!(
        made(&served, revoke()).await.expect("gone"),
        ChangeState::AlreadySo
    );
    let rename = |team: &str| {
        let arguments = [("team", team), ("name", "Ground")];
        let arguments = arguments.map(|(name, value)| (name.to_owned(), value.into()));
        Change::Invoke {
            action: "rename_team".into(),
            arguments: arguments.into_iter().collect(),
        }
    };
    assert_eq!(
        made(&served, rename("platform")).await.expect("renamed"),
        ChangeState::Done
    );
    // Of a failed action the peer does not say whether it wrote.
    let error = made(&served, rename("nowhere")).await.expect_err("no such team");
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    let people = std::fs::read_to_string(&served.people).expect("a file");
    assert!(people.contains("team; platform; Ground; bo, cleo"), "{people}");
    let delete = || Change::Delete {
        resource: ResourceKey::new("team", "oncall"),
    };
    assert_eq!(made(&served, delete()).await.expect("deleted"), ChangeState::Done);
    assert_eq!(
        made(&served, delete()).await.expect("gone"),
        ChangeState::AlreadySo
    );
}

#[tokio::test]
async fn a_peer_that_does_not_provision_changes_nothing() {
    let served = Served::new();
    digest(Arc::new(remote(&served).await), &served.temp.join("there.c1z")).await;
    let grant = Change::Grant {
        entitlement_id: "team:platform:member".into(),
        principal: ResourceKey::new("user", "cleo"),
    };
    let error = made(&served, grant).await.expect_err("it is not offered");
    assert_eq!(error.code(), Code::Unimplemented, "{error}");
}
