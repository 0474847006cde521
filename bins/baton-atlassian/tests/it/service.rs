//! The real program as a service: as the process of a Baton runner, and on an address of its own.

use crate::authority::Authority;
use crate::harness::program;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use c1z_file::{Artifact, ReadOptions, logical};
use connector_proto::Message as _;
use connector_proto::connector::v2::*;
use connector_proto::connector_wrapper::v1::ServerConfig;
use connector_proto::utls::v1::Credential;
use connector_runtime::{SyncOptions, SystemClock, sync};
use connector_service::tls::{self, Identity};
use connector_service::{RemoteConnector, Transport};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use tonic::transport::Channel;

/// What a client sees of a whole sync: the resources of each type.
async fn listed(channel: Channel) -> Vec<(String, usize)> {
    let mut types = resource_types_service_client::ResourceTypesServiceClient::new(channel.clone());
    let mut resources = resources_service_client::ResourcesServiceClient::new(channel);
    let asked = ResourceTypesServiceListResourceTypesRequest::default();
    let types = types.list_resource_types(asked).await.unwrap().into_inner().list;
    let mut all = Vec::new();
    for of in types {
        let mut request = ResourcesServiceListResourcesRequest {
            resource_type_id: of.id.clone(),
            ..Default::default()
        };
        let mut count = 0;
        loop {
            let page = resources
                .list_resources(request.clone())
                .await
                .unwrap()
                .into_inner();
            count += page.list.len();
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        all.push((of.id, count));
    }
    all
}

/// Whether the organization of the demonstration is there.
fn check_demo(all: &[(String, usize)]) {
    let of = |kind: &str| {
        all.iter()
            .find(|(of, _)| of == kind)
            .map_or(0, |(_, count)| *count)
    };
    assert_eq!(of("organization"), 1, "{all:?}");
    assert!(of("user") > 10 && of("group") > 5, "{all:?}");
}

async fn connected(address: SocketAddr, credential: &Credential) -> Channel {
    let identity = Identity::from_credential(credential).unwrap();
    // The program takes its time to start; the port of a child is there before it is.
    for _ in 0..600 {
        match tls::channel(address, &identity).await {
            Ok(channel) => return channel,
            Err(_) => {
                tokio::time::timeout(std::time::Duration::from_millis(50), std::future::pending::<()>())
                    .await
                    .unwrap_err()
            }
        };
    }
    panic!("the program does not serve")
}

/// The program as a runner starts it: the listener is file descriptor 3, and its standard input is a pipe.
#[cfg(unix)]
fn child(folder: &Path, listener: std::net::TcpListener, more: &[&str]) -> (Child, fs::File) {
    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let arguments = [&["_connector-service", "--demo"], more].concat();
    let program = program(folder, &arguments);
    // Only a shell hands a descriptor on by its number: what is its standard input becomes number 3.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#"pipe=$1; shift; exec 3<&0 <"$pipe"; exec "$@""#, "sh"])
        .arg(&pipe)
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(folder)
        .env("BATON_CONNECTOR_SERVICE_LISTENER_FD", "3")
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(listener)))
        .stderr(Stdio::piped());
    let child = shell.spawn().unwrap();
    let parent = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    (child, parent)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_baton_runner_is_served_until_it_goes() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (mut child, mut parent) = child(folder.path(), listener, &[]);
    let config = ServerConfig {
        credential: Some(authority.credential()),
        listen_port: u32::from(address.port()),
        ..Default::default()
    };
    writeln!(parent, "{}", STANDARD.encode(config.encode_to_vec())).unwrap();
    let channel = connected(address, &authority.credential()).await;
    check_demo(&listed(channel.clone()).await);
    let mut grants = grant_manager_service_client::GrantManagerServiceClient::new(channel);
    let refused = grants
        .revoke(GrantManagerServiceRevokeRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    drop(parent);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "nothing but the pipe is left");
}

#[cfg(unix)]
#[test]
fn what_a_parent_says_that_cannot_be_read() {
    let exit = |said: &str| {
        let folder = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (mut child, mut parent) = child(folder.path(), listener, &[]);
        parent.write_all(said.as_bytes()).unwrap();
        drop(parent);
        child.wait().unwrap().code()
    };
    assert_eq!(exit("this is no base64!\n"), Some(3));
    assert_eq!(exit(""), Some(2));
}

#[test]
fn a_service_needs_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["serve", "--demo", "--listen", "127.0.0.1:0"];
    let ran = program(folder.path(), &arguments).output().unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{told}");
    assert!(
        told.contains("serve needs --tls-cert and --tls-key and --tls-client-ca"),
        "{told}"
    );
}

/// The program on an address of its own, and the pipe by which a test would end it.
struct Serving(Child, Option<ChildStdin>);

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.1.take());
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_with_a_certificate_are_served() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let [ca, certificate, key] = authority.pem();
    for (name, text) in [("ca.pem", ca), ("cert.pem", certificate), ("key.pem", key)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let arguments = [
        "serve",
        "--demo",
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        "cert.pem",
    ];
    let arguments = [
        &arguments[..],
        &["--tls-key", "key.pem", "--tls-client-ca", "ca.pem"],
    ]
    .concat();
    let mut command = program(folder.path(), &arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let input = child.stdin.take();
    let _serving = Serving(child, input);
    let address = log.lines().map(Result::unwrap).find_map(|line| {
        let (_, address) = line.split_once("127.0.0.1:")?;
        let port: String = address.chars().take_while(char::is_ascii_digit).collect();
        line.contains("listening")
            .then(|| SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())))
    });
    let channel = connected(address.unwrap(), &authority.credential()).await;
    check_demo(&listed(channel.clone()).await);
    // Our engine reads the same through the service as the program in its own process.
    let remote = RemoteConnector::connect(Transport::new(channel)).await.unwrap();
    let options = SyncOptions::new(folder.path().join("there.c1z"), Arc::new(SystemClock));
    sync(Arc::new(remote.clone()), options).await.unwrap();
    remote.cleanup().await.unwrap();
    let ran = program(folder.path(), &["--demo", "-f", "here.c1z"])
        .output()
        .unwrap();
    assert!(matches!(ran.status.code(), Some(0 | 17)), "{ran:?}");
    let [there, here] = ["there.c1z", "here.c1z"].map(|name| {
        let artifact = Artifact::open(&folder.path().join(name), ReadOptions::default()).unwrap();
        let sync = artifact.latest_finished_full().unwrap().unwrap().sync_id;
        (artifact, sync)
    });
    let differences = logical::diff((&here.0, &here.1), (&there.0, &there.1), 10).unwrap();
    assert!(differences.is_empty(), "{differences:#?}");
}
