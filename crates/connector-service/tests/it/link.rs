//! Over TLS: who is let in, and the process of a parent.

use crate::authority::Authority;
use crate::harness::Served;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_proto::Message as _;
use connector_proto::connector::v2::*;
use connector_proto::connector_wrapper::v1::ServerConfig;
use connector_proto::utls::v1::Credential;
use connector_service::child::Parent;
use connector_service::server;
use connector_service::tls::Identity;
use std::io::{BufReader, Write as _};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

fn identity(credential: &Credential) -> Identity {
    Identity::from_credential(credential).expect("an identity")
}

async fn serving(
    served: &Served,
    credential: &Credential,
) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (local, stop) = (served.local.clone(), CancellationToken::new());
    let tls = identity(credential).server().expect("TLS");
    let stopped = stop.clone().cancelled_owned();
    let task = tokio::spawn(async move {
        server::serve(&local, listener, tls, stopped)
            .await
            .expect("it serves");
    });
    (address, stop, task)
}

async fn connected(
    address: SocketAddr,
    credential: &Credential,
) -> Result<Channel, connector_service::tls::ChannelError> {
    connector_service::tls::channel(address, &identity(credential)).await
}

async fn name(channel: Channel) -> Result<String, tonic::Status> {
    let mut client = connector_service_client::ConnectorServiceClient::new(channel);
    let answer = client
        .get_metadata(ConnectorServiceGetMetadataRequest {})
        .await?
        .into_inner();
    Ok(answer.metadata.unwrap_or_default().display_name)
}

#[tokio::test]
async fn who_has_no_certificate_of_the_authority_is_refused() {
    let (served, authority) = (Served::new(), Authority::new());
    let (address, stop, task) = serving(&served, &authority.credential()).await;
    let ours = authority.credential();
    assert_eq!(
        name(connected(address, &ours).await.expect("let in"))
            .await
            .expect("an answer"),
        "People file"
    );
    // Its certificate is of another authority, and it takes the server for whom it is.
    let stranger = Credential {
        ca_cert: ours.ca_cert.clone(),
        ..Authority::new().credential()
    };
    let answered = match connected(address, &stranger).await {
        Ok(channel) => name(channel).await.is_ok(),
        Err(_) => false,
    };
    assert!(!answered, "a stranger was answered");
    // And a client of this authority takes no server of another.
    let (elsewhere, _, _) = serving(&served, &Authority::new().credential()).await;
    connected(elsewhere, &ours).await.expect_err("another authority");
    // In the clear there is no answer either.
    let plain = tonic::transport::Endpoint::from_shared(format!("http://{address}")).expect("an address");
    if let Ok(channel) = plain.connect().await {
        name(channel).await.expect_err("in the clear");
    }
    stop.cancel();
    task.await.expect("it ends");
}

#[tokio::test]
async fn a_parent_is_served_until_it_goes() {
    let (served, authority) = (Served::new(), Authority::new());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let config = ServerConfig {
        credential: Some(authority.credential()),
        listen_port: u32::from(address.port()),
        ..Default::default()
    };
    let (input, mut parent) = std::io::pipe().expect("a pipe");
    writeln!(parent, "{}", STANDARD.encode(config.encode_to_vec())).expect("room");
    let said = Parent::read(BufReader::new(input))
        .await
        .expect("a configuration");
    let local = served.local.clone();
    #[cfg(unix)]
    let descriptor = Some(std::os::fd::AsRawFd::as_raw_fd(&listener).to_string());
    #[cfg(not(unix))]
    let descriptor: Option<String> = {
        drop(listener);
        None
    };
    let child = tokio::spawn(async move {
        said.serve(&local, descriptor.as_deref(), std::future::pending())
            .await
    });
    let channel = connected(address, &authority.credential()).await.expect("let in");
    assert_eq!(name(channel).await.expect("an answer"), "People file");
    assert!(!child.is_finished());
    drop(parent);
    child.await.expect("no panic").expect("it ends well");
}

#[test]
fn an_identity_is_read_from_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let [authority, certificate, key] = Authority::new().pem();
    for (name, text) in [
        ("ca.pem", &authority),
        ("cert.pem", &certificate),
        ("key.pem", &key),
    ] {
        std::fs::write(path(name), text).expect("a file");
    }
    let read =
        |certificate: &str, key: &str| Identity::from_files(&path(certificate), &path(key), &path("ca.pem"));
    let identity = read("cert.pem", "key.pem").expect("an identity");
    identity.server().expect("a server");
    identity.client().expect("a client");
    let error = read("cert.pem", "cert.pem").expect_err("no key").to_string();
    assert!(error.contains("cert.pem does not hold a private key"), "{error}");
    let error = read("key.pem", "key.pem")
        .expect_err("no certificate")
        .to_string();
    assert!(error.ends_with("key.pem holds no certificate"), "{error}");
    read("cert.pem", "gone.pem").expect_err("no file");
    #[cfg(unix)]
    for (certificate, key) in [("/dev/zero", "key.pem"), ("cert.pem", "/dev/zero")] {
        let error = read(certificate, key).expect_err("no file").to_string();
        assert!(
            error.starts_with("/dev/zero ") && error.contains("not a regular file"),
            "{error}"
        );
    }
    std::fs::write(path("key.pem"), &Authority::new().pem()[2]).expect("a file");
    read("cert.pem", "key.pem")
        .expect("read")
        .server()
        .expect_err("the key of another certificate");
}
