use super::*;
use connector_proto::utls::v1::Credential;

async fn said(text: &str) -> Result<Parent, ChildError> {
    Parent::read(io::Cursor::new(text.to_owned())).await
}

#[track_caller]
fn check(read: Result<Parent, ChildError>, expected: &str) {
    assert_eq!(read.expect_err("it cannot be read").to_string(), expected);
}

#[tokio::test]
async fn what_a_parent_says_that_cannot_be_read() {
    let closed = "standard input ended before the parent said how to serve";
    check(said("").await, closed);
    check(said("AAAA").await, closed);
    check(
        said("not base64!\n").await,
        "what the parent said cannot be read: the line is not base64",
    );
    check(
        said("////\n").await,
        "what the parent said cannot be read: the line is not a ServerConfig",
    );
    let endless = "A".repeat(LINE as usize + 1);
    check(
        said(&endless).await,
        "what the parent said cannot be read: the line has no end",
    );
}

#[tokio::test]
async fn a_line_is_read_and_its_key_is_never_shown() {
    let config = ServerConfig {
        credential: Some(Credential {
            key: b"seed".to_vec(),
            ..Default::default()
        }),
        listen_port: 4711,
        ..Default::default()
    };
    let parent = said(&format!("{}\r\n", STANDARD.encode(config.encode_to_vec()))).await;
    let parent = parent.expect("it is read");
    assert_eq!(parent.config.listen_port, 4711);
    assert!(!format!("{parent:?}").contains("115, 101, 101, 100"));
    let error = Identity::from_credential(&parent.config.credential.expect("a credential"));
    let error = error.expect_err("no key").to_string();
    assert_eq!(error, "the key has 4 bytes, and a raw Ed25519 key has 64");
}

#[cfg(unix)]
#[test]
fn a_descriptor_is_taken_over_by_its_number() {
    use std::os::fd::AsRawFd;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let owned = TcpListener::from(inherited::owned(listener.as_raw_fd()).expect("it is there"));
    assert_eq!(
        owned.local_addr().expect("an address"),
        listener.local_addr().expect("an address")
    );
    assert_ne!(owned.as_raw_fd(), listener.as_raw_fd());
    inherited::owned(1 << 20).expect_err("no such descriptor");
    inherited::owned(-1).expect_err("no descriptor");
}

#[cfg(unix)]
#[tokio::test]
async fn a_listener_on_another_port_is_refused() {
    use std::os::fd::AsRawFd;
    let inherited = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = inherited.local_addr().expect("an address").port();
    let descriptor = inherited.as_raw_fd().to_string();
    let other = if port == 4711 { 4712 } else { 4711 };
    let error = listener(other, Some(&descriptor)).expect_err("another port");
    let expected = format!(
        "the listener of the parent cannot be used: it listens on port {port}, and the parent said {other}"
    );
    assert_eq!(error.to_string(), expected);
    listener(port, Some(&descriptor)).expect("this port");
    listener(port, None).expect_err("no descriptor is named");
}
