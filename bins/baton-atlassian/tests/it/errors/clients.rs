//! Errors of the HTTP stack, of the two clients and of the wire types.

use super::list;
use async_trait::async_trait;
use atlassian_admin::{AdminClient, OrgId};
use connector_proto::connector::v2::{RawId, Resource};
use connector_proto::{any, json};
use http_kit::cassette::{CassetteError, ReplayTransport};
use http_kit::{
    ApiError, BuildError, Call, HttpClient, PageError, Request, Response, Secret, Transport, TransportError,
    TransportErrorKind,
};
use scim_client::{Filter, ParameterError, Profile, ScimClient, User};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// Answers nothing: a connection that the other end resets.
#[derive(Debug)]
struct Broken;

fn broken() -> TransportError {
    let cause = io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer");
    TransportError::new(TransportErrorKind::Other).with_source(cause)
}

#[async_trait]
impl Transport for Broken {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        Err(broken())
    }
}

fn base() -> Url {
    "https://api.example".parse().unwrap()
}

pub(super) async fn all(out: &mut String) {
    let transport: Arc<dyn Transport> = Arc::new(Broken);
    let http = HttpClient::builder(Arc::clone(&transport), base())
        .build()
        .unwrap();
    let get = || Call::get("groups.get", "groups/7");
    let api: ApiError = http.json::<serde_json::Value>(get()).await.unwrap_err();
    list(out, "http_kit::ApiError", [api]);
    list(out, "http_kit::TransportError", [broken()]);
    list(
        out,
        "http_kit::BuildError",
        [
            BuildError::Insecure {
                host: "api.example".into(),
            },
            BuildError::BadBase {
                reason: "it has no host",
            },
            BuildError::BadCredential,
            BuildError::BadUserAgent,
            BuildError::BadCertificates {
                path: "ca.pem".into(),
                reason: "it holds none".into(),
            },
            BuildError::Transport(broken()),
        ],
    );
    let operation = "groups.list";
    list(
        out,
        "http_kit::PageError",
        [
            PageError::RepeatedCursor { operation },
            PageError::KnownRows { operation },
            PageError::EmptyPages { operation },
        ],
    );
    cassettes(out).await;
    scim(out, &transport).await;
    admin(out, &transport).await;
    let unreadable = Resource {
        annotations: vec![connector_proto::Message::encode_to_vec(&RawId::default())]
            .into_iter()
            .map(|value| {
                let mut any = any::pack(&RawId::default());
                any.type_url = "type.googleapis.com/no.Such".into();
                any.value = value;
                any
            })
            .collect(),
        ..Resource::default()
    };
    let mut damaged = Resource::default();
    let mut any = any::pack(&RawId::default());
    any.value = vec![0xff];
    damaged.annotations.push(any);
    list(
        out,
        "connector_proto::Error",
        [
            json::Error::UnknownType {
                type_url: unreadable.annotations[0].type_url.clone(),
            },
            json::to_value(&damaged).unwrap_err(),
            json::from_json::<Resource>("{\"id\": 7}").unwrap_err(),
        ],
    );
}

async fn cassettes(out: &mut String) {
    let (dir, path) = (
        PathBuf::from("recording"),
        PathBuf::from("recording/cassette-0001.json"),
    );
    list(
        out,
        "http_kit::CassetteError",
        [
            CassetteError::Io {
                action: "create",
                path: dir.clone(),
                source: io::ErrorKind::PermissionDenied.into(),
            },
            CassetteError::Occupied { dir: dir.clone() },
            CassetteError::NoRecording { dir: dir.clone() },
            CassetteError::MissingPart {
                dir,
                file: "cassette-0002.json".into(),
            },
            CassetteError::ForeignPart { path: path.clone() },
            CassetteError::Newer {
                path: path.clone(),
                found: 2,
                readable: 1,
            },
            CassetteError::Malformed {
                path,
                line: 24,
                reason: "2000 is no status".into(),
            },
            CassetteError::Finished,
            CassetteError::Broken,
            CassetteError::Credential,
            CassetteError::NoRandomness,
        ],
    );
    let fixture = "../../fixtures/scim-client/cassettes/groups.get";
    let replay = Arc::new(ReplayTransport::open(fixture).unwrap());
    let http = HttpClient::builder(replay.clone(), base()).build().unwrap();
    let asked = http
        .json::<serde_json::Value>(Call::get("groups.get", "elsewhere"))
        .await;
    asked.unwrap_err();
    list(out, "http_kit::NotRecorded", replay.missed());
}

async fn scim(out: &mut String, transport: &Arc<dyn Transport>) {
    let parameter = "path";
    let grammar = |text: &str| match Filter::parse(text).unwrap_err() {
        ParameterError::Grammar { error, .. } => error,
        other => panic!("{other}"),
    };
    list(
        out,
        "scim_client::ParameterError",
        [
            ParameterError::Malformed {
                parameter,
                expected: "an attribute or a schema",
                length: 7,
            },
            ParameterError::Missing {
                parameter,
                reason: "only an object says by itself which attributes are meant",
            },
            ParameterError::TooSmall {
                parameter: "count",
                given: 0,
                least: 1,
            },
            ParameterError::NotJson { parameter },
            ParameterError::Grammar {
                parameter,
                error: grammar("userName eq"),
            },
        ],
    );
    list(
        out,
        "scim_client::GrammarError",
        [
            grammar("userName eq"),
            grammar("userName eq \"ines\" userName"),
            grammar("userName ~ 1"),
            grammar("a.b.c.d pr"),
        ],
    );
    let refused = Profile::atlassian().check_creation(&User::default()).unwrap_err();
    list(out, "scim_client::ProfileError", [refused]);
    let http = scim_client::http_builder(Arc::clone(transport), base(), Secret::from("key".to_owned()));
    let client = ScimClient::new(http.build().unwrap(), Profile::atlassian());
    let id = scim_client::UserId::parse("7").unwrap();
    let failed = client.users().get(&id, &Default::default()).await.unwrap_err();
    let refused = client
        .users()
        .create(&User::default(), &Default::default())
        .send()
        .await
        .unwrap_err();
    list(out, "scim_client::ScimError", [failed, refused]);
}

async fn admin(out: &mut String, transport: &Arc<dyn Transport>) {
    use atlassian_admin::ParameterError as E;
    let parameter = "limit";
    list(
        out,
        "atlassian_admin::ParameterError",
        [
            E::Malformed {
                parameter: "organization id",
                expected: "a UUID",
                length: 1,
            },
            E::TooMany {
                parameter: "accountIds",
                given: 101,
                most: 100,
            },
            E::OutOfRange {
                parameter,
                given: 0,
                least: 1,
                most: 100,
            },
            E::Length {
                parameter: "name",
                given: 1,
                least: 2,
                most: 255,
            },
            E::Exclusive {
                first: "from",
                second: "cursor",
            },
            E::Missing {
                parameter: "emails",
                reason: "an invitation of nobody invites nobody",
            },
        ],
    );
    let http = atlassian_admin::http_builder(Arc::clone(transport), base(), Secret::from("key".to_owned()));
    let client = AdminClient::new(http.build().unwrap(), OrgId::from_vendor("o-1"));
    let failed = client.organization().await.unwrap_err();
    list(out, "atlassian_admin::AdminError", [failed]);
}
