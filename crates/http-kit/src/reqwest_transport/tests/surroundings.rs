//! Proxies, certificates and servers of HTTP/1.0, over real sockets.

use super::*;
use crate::reqwest_transport::environment::Environment;
use crate::{ApiError, Clock, ManualClock};
use std::ffi::OsString;
use std::path::PathBuf;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n{\"size\":1}";

#[derive(Debug, serde::Deserialize)]
struct Thing {
    size: u32,
}

fn fixture(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("src/reqwest_transport/fixtures").join(name)
}

fn environment(set: &[(&str, &str)]) -> Environment {
    let set: Vec<_> = set
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    Environment::new(move |name| {
        let found = set.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

/// Answers each connection with the next of these answers, and closes it.
async fn answering(answers: Vec<String>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connections: Arc<AtomicUsize> = Arc::default();
    let counted = connections.clone();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            counted.fetch_add(1, Ordering::SeqCst);
            read_head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
    });
    (port, connections)
}

/// A server with a certificate that nobody has signed. Answers the TLS handshakes of everyone.
async fn untrusted() -> (u16, Arc<AtomicUsize>) {
    let certificate = CertificateDer::from_pem_file(fixture("certificate.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(fixture("key.pem")).expect("a key");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connections: Arc<AtomicUsize> = Arc::default();
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("a request"));
            }
            stream.write_all(OK.as_bytes()).await.expect("written");
            stream.shutdown().await.expect("closed");
        }
    });
    (port, connections)
}

/// Reads a thing with retries, in no time.
async fn thing(base: &str, environment: Environment) -> Result<u32, ApiError> {
    let transport = ReqwestTransport::builder()
        .environment(environment)
        .build()
        .expect("a transport");
    let clock = ManualClock::default();
    let client = HttpClient::builder(Arc::new(transport), base.parse().expect("an address"))
        .clock(Arc::new(clock.clone()) as Arc<dyn Clock>)
        .build()
        .expect("a client");
    let thing: Thing = client.json(Call::get("things.get", "things/1")).await?;
    Ok(thing.size)
}

#[tokio::test]
async fn a_proxy_that_asks_for_a_password_is_asked_once() {
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (port, connections) = answering(vec![refusal; 9]).await;
    let proxy = format!("http://ada:wrong-word@127.0.0.1:{port}");
    let error = thing("https://api.test", environment(&[("HTTPS_PROXY", &proxy)]))
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ApiErrorKind::Unavailable);
    assert_eq!(
        error.transport().map(|error| error.kind),
        Some(TransportErrorKind::Proxy)
    );
    assert_eq!((error.attempts(), connections.load(Ordering::SeqCst)), (1, 1));
    assert!(!format!("{error} {error:?}").contains("wrong-word"), "{error}");
}

/// A firewall that does not let the vendor be reached says so at once and every time.
#[tokio::test]
async fn a_proxy_that_refuses_the_connection_is_asked_once() {
    let explained = format!(
        "HTTP/1.1 403 Forbidden\r\nx-blocked-by: {}\r\n\r\n",
        "policy ".repeat(1300)
    );
    for refusal in [
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.0 502 Bad Gateway\r\n\r\n<html>",
        "<html>blocked</html>",
        explained.as_str(),
        "HTTP/1.1 403 Forb",
        "",
    ] {
        let (port, connections) = answering(vec![refusal.to_owned(); 9]).await;
        let proxy = format!("http://127.0.0.1:{port}");
        let error = thing("https://api.test", environment(&[("HTTPS_PROXY", &proxy)]))
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), ApiErrorKind::Unavailable);
        assert_eq!(
            error.transport().map(|error| error.kind),
            Some(TransportErrorKind::Tunnel),
            "{error}"
        );
        assert_eq!((error.attempts(), connections.load(Ordering::SeqCst)), (1, 1));
    }
}

/// A connection that is not made is one to the proxy, so the proxy is named; what it asks for is not.
#[tokio::test]
async fn a_proxy_that_is_not_reached_is_named() {
    for (proxy, machine) in [
        (
            "http://ada:wrong-word@no-such-proxy.invalid:3128",
            "no-such-proxy.invalid:3128",
        ),
        ("http://ada:wrong-word@127.0.0.1:1", "127.0.0.1:1"),
    ] {
        let error = thing("https://api.test", environment(&[("HTTPS_PROXY", proxy)]))
            .await
            .expect_err("not reached");
        let told = error.to_string();
        assert!(
            told.contains(&format!("through the proxy {machine} of HTTPS_PROXY")),
            "{told}"
        );
        assert!(!format!("{error} {error:?}").contains("wrong-word"), "{error}");
    }
    let error = thing("https://no-such-host.invalid", environment(&[]))
        .await
        .expect_err("not reached");
    assert!(!error.to_string().contains("proxy"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_not_tried_again() {
    let (port, connections) = untrusted().await;
    let base = format!("https://localhost:{port}");
    let error = thing(&base, environment(&[])).await.expect_err("not trusted");
    assert_eq!(
        error.transport().map(|error| error.kind),
        Some(TransportErrorKind::Tls),
        "{error}"
    );
    assert_eq!((error.attempts(), connections.load(Ordering::SeqCst)), (1, 1));
    // The same server is trusted when the variable names its certificate.
    let file = fixture("certificate.pem");
    let trusted = environment(&[("SSL_CERT_FILE", file.to_str().expect("text"))]);
    assert_eq!(thing(&base, trusted).await.expect("trusted"), 1);
}

/// What the variable names is added to what the system trusts, and takes the place of nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_named_certificate_is_added_to_those_of_the_system() {
    let file = fixture("certificate.pem");
    let trusted = environment(&[("SSL_CERT_FILE", file.to_str().expect("text"))]);
    let certificates = EnvironmentCertificates::of(&trusted).expect("readable");
    let has_system = OF_SYSTEM.iter().any(|path| Path::new(path).exists());
    assert_eq!(certificates.pem().count(), 1 + usize::from(has_system));
    assert_eq!(
        EnvironmentCertificates::of(&environment(&[]))
            .expect("none")
            .pem()
            .count(),
        0
    );
}

#[test]
fn settings_that_cannot_be_used_are_told_before_a_request() {
    let prepare = |base: &str, name: &'static str, value: &str| {
        let transport = ReqwestTransport::builder()
            .environment(environment(&[(name, value)]))
            .build()
            .expect("a transport");
        transport.prepare(&base.parse().expect("an address"))
    };
    let missing = fixture("no-such-file.pem");
    let empty = fixture("../tests.rs");
    for (name, value) in [
        ("HTTPS_PROXY", "http://proxy:3128\n"),
        ("ALL_PROXY", "socks5://proxy:1080"),
        ("SSL_CERT_FILE", missing.to_str().expect("text")),
        ("SSL_CERT_FILE", empty.to_str().expect("text")),
    ] {
        let error = prepare("https://api.test", name, value).expect_err(name);
        assert_eq!(error.kind, TransportErrorKind::Settings);
        assert!(error.to_string().contains(name), "{error}");
        // This machine itself is reached without a proxy and without certificates.
        prepare("http://127.0.0.1:1", name, value).expect("nothing of it is needed");
    }
}

/// A pipe has nothing yet, and a device no end.
#[cfg(unix)]
#[test]
fn certificates_are_read_from_regular_files_only() {
    let transport = ReqwestTransport::builder()
        .environment(environment(&[("SSL_CERT_FILE", "/dev/zero")]))
        .build()
        .expect("a transport");
    let error = transport.prepare(&"https://api.test".parse().expect("an address"));
    let told = error.expect_err("it is none").to_string();
    assert!(
        told.contains("names /dev/zero: it is not a regular file"),
        "{told}"
    );
}

#[tokio::test]
async fn a_body_without_a_length_that_is_cut_off_is_asked_for_again() {
    let cut = "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{\"si".to_owned();
    let whole = "HTTP/1.0 200 OK\r\n\r\n{\"size\":7}".to_owned();
    let (port, connections) = answering(vec![cut.clone(), cut, whole]).await;
    let found = thing(&format!("http://127.0.0.1:{port}"), environment(&[])).await;
    assert_eq!(
        (
            found.expect("the third body is whole"),
            connections.load(Ordering::SeqCst)
        ),
        (7, 3)
    );
}
