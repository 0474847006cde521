//! The transport against a server that says exactly what it is told to, over real sockets.

mod surroundings;

use super::*;
use crate::{ApiErrorKind, Call, HttpClient, RetryPolicy};
use futures_util::future::join_all;
use http::{HeaderMap, Method};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does after it has read the head of a request and written its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Waits for the next request.
    KeepOpen,
    /// Closes the connection in order.
    Close,
    /// Resets the connection.
    Reset,
    /// Says nothing any more.
    Stall,
    /// Writes the answer again and again.
    Repeat,
}

/// A server on this machine.
struct Server {
    url: Url,
    connections: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

impl Server {
    async fn start(answer: impl Into<Bytes>, then: Then) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/things", listener.local_addr().expect("an address"));
        let server = Self {
            url: url.parse().expect("an address"),
            connections: Arc::default(),
            written: Arc::default(),
        };
        let (connections, written, answer) =
            (server.connections.clone(), server.written.clone(), answer.into());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, answer.clone(), then, written.clone()));
            }
        });
        server
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, answer: Bytes, then: Then, written: Arc<AtomicUsize>) {
    while read_head(&mut stream).await {
        loop {
            if stream.write_all(&answer).await.is_err() {
                return;
            }
            written.fetch_add(answer.len(), Ordering::SeqCst);
            if then != Then::Repeat {
                break;
            }
        }
        match then {
            Then::KeepOpen | Then::Repeat => {}
            Then::Close => return,
            Then::Reset => return stream.set_zero_linger().expect("a socket option"),
            Then::Stall => std::future::pending().await,
        }
    }
}

/// Reads up to the empty line; whether there was a request.
async fn read_head(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    true
}

fn transport() -> ReqwestTransport {
    ReqwestTransport::builder()
        .max_body_bytes(512 * 1024)
        .build()
        .expect("a transport")
}

fn get(url: &Url) -> Request {
    let (headers, timeout) = (HeaderMap::new(), Duration::from_secs(20));
    Request {
        method: Method::GET,
        url: url.clone(),
        headers,
        body: None,
        timeout,
    }
}

/// The status and the body, or the kind of error, that an answer ends in.
async fn outcome(answer: impl Into<Bytes>, then: Then) -> Result<(u16, String), TransportErrorKind> {
    let server = Server::start(answer, then).await;
    let mut request = get(&server.url);
    if then == Then::Stall {
        request.timeout = Duration::from_millis(100);
    }
    let response = transport().send(request).await.map_err(|error| error.kind)?;
    Ok((
        response.status.as_u16(),
        String::from_utf8_lossy(&response.body).into_owned(),
    ))
}

#[tokio::test]
async fn whole_answers() {
    #[track_caller]
    fn check(found: Result<(u16, String), TransportErrorKind>, status: u16, body: &str) {
        assert_eq!(found, Ok((status, body.to_owned())));
    }
    use Then::{Close, KeepOpen};
    check(
        outcome("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", KeepOpen).await,
        200,
        "{}",
    );
    check(
        outcome("HTTP/1.1 204 No Content\r\n\r\n", KeepOpen).await,
        204,
        "",
    );
    check(
        outcome("HTTP/1.1 503 Busy\r\ncontent-length: 3\r\n\r\nout", KeepOpen).await,
        503,
        "out",
    );
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n3\r\ndef\r\n0\r\n\r\n";
    check(outcome(chunked, KeepOpen).await, 200, "abcdef");
    check(
        outcome("HTTP/1.1 200 OK\r\n\r\nuntil the end", Close).await,
        200,
        "until the end",
    );
}

#[tokio::test]
async fn broken_answers() {
    use Then::{Close, Repeat, Reset, Stall};
    use TransportErrorKind::{Interrupted, Other, Timeout, TooLarge, Truncated};
    for (answer, then, kind) in [
        ("", Close, Interrupted),
        ("", Reset, Interrupted),
        ("HTTP/1.1 200 OK\r\ncontent-le", Close, Interrupted),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":[",
            Close,
            Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":[",
            Reset,
            Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
            Close,
            Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
            Close,
            Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nabc",
            Close,
            Truncated,
        ),
        ("", Stall, Timeout),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", Stall, Timeout),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", Close, Other),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n",
            Close,
            TooLarge,
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", Repeat, TooLarge),
    ] {
        assert_eq!(
            outcome(answer, then).await,
            Err(kind),
            "{answer:?} and then {then:?}"
        );
    }
}

#[tokio::test]
async fn an_endless_body_is_given_up_early() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.resize(64 * 1024, b'x');
    let server = Server::start(answer, Then::Repeat).await;
    let error = transport().send(get(&server.url)).await.expect_err("too large");
    assert_eq!(error.kind, TransportErrorKind::TooLarge);
    // The allowed half megabyte and what the buffers of the system took.
    let written = server.written.load(Ordering::SeqCst);
    assert!(written < 32 * 1024 * 1024, "{written} bytes were sent");
}

/// Forty answers of the allowed size at once would otherwise take forty times the memory of one.
#[tokio::test]
async fn large_bodies_wait_for_each_other_and_small_ones_for_none() {
    const MEGABYTE: usize = 1024 * 1024;
    let server = async |megabytes: usize, head: &str| {
        let mut answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n").into_bytes();
        answer.resize(answer.len() + megabytes * MEGABYTE, b'x');
        Server::start(answer, Then::Close).await
    };
    let small = server(1, "").await;
    let large = server(3, "").await;
    let known = server(3, &format!("content-length: {}\r\n", 3 * MEGABYTE)).await;
    let transport = ReqwestTransport::builder().build().expect("a transport");
    let length = |answer: Result<Response, TransportError>| answer.expect("an answer").body.len();
    let soon = Duration::from_millis(300);

    let held = transport.send(get(&large.url)).await.expect("an answer");
    for another in [&large, &known] {
        let waiting = tokio::time::timeout(soon, transport.send(get(&another.url))).await;
        assert!(waiting.is_err(), "{waiting:?}");
    }
    assert_eq!(length(transport.send(get(&small.url)).await), MEGABYTE);

    // Nobody is late because others are large.
    let mut hurried = get(&large.url);
    hurried.timeout = Duration::from_millis(500);
    let later = async {
        let _ = tokio::time::timeout(Duration::from_secs(1), std::future::pending::<()>()).await;
        drop(held);
    };
    let (late, ()) = futures_util::future::join(transport.send(hurried), later).await;
    assert_eq!(length(late), 3 * MEGABYTE);
    // And whoever gave up waiting stands in nobody's way.
    for another in [&large, &known] {
        assert_eq!(length(transport.send(get(&another.url)).await), 3 * MEGABYTE);
    }
    let all = join_all((0..6).map(async |_| length(transport.send(get(&large.url)).await)));
    assert_eq!(all.await, [3 * MEGABYTE; 6]);

    // What a caller keeps is no room that another waits for.
    let client = HttpClient::builder(Arc::new(transport), large.url.clone())
        .build()
        .expect("a client");
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(
            client
                .send(Call::get("things.get", "1"))
                .await
                .expect("an answer"),
        );
    }
    assert_eq!(kept.len(), 2);
}

/// A large body that comes slowly, or not to its end, has the room for no longer than its own request may take.
#[tokio::test]
async fn a_large_body_that_stalls_delays_others_for_the_time_of_its_request_and_no_longer() {
    const MEGABYTE: usize = 1024 * 1024;
    let server = async |announced: usize, sent: usize, then: Then| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            announced * MEGABYTE
        );
        let mut answer = head.into_bytes();
        answer.resize(answer.len() + sent * MEGABYTE, b'x');
        Server::start(answer, then).await
    };
    let stalling = server(3, 2, Then::Stall).await;
    let small = server(1, 1, Then::Close).await;
    let large = server(3, 3, Then::Close).await;
    let transport = ReqwestTransport::builder().build().expect("a transport");
    let time = Duration::from_millis(800);
    let asked = |server: &Server, timeout| {
        let mut request = get(&server.url);
        request.timeout = timeout;
        transport.send(request)
    };
    let began = Instant::now();
    let others = async {
        // Until the first one has the room.
        while stalling.written.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let answer = asked(&small, time / 2).await.expect("an answer");
        assert_eq!(answer.body.len(), MEGABYTE);
        assert!(began.elapsed() < time, "a small one waits for none");
        let answer = asked(&large, time / 2).await.expect("an answer");
        assert_eq!(answer.body.len(), 3 * MEGABYTE);
    };
    let (stalled, ()) = futures_util::future::join(asked(&stalling, time), others).await;
    assert!(stalled.is_err_and(|error| error.kind == TransportErrorKind::Timeout));
    assert!(began.elapsed() < 5 * time);
}

#[tokio::test]
async fn compressed_bodies() {
    let zeros = include_bytes!("../zeros.gz");
    let answer = |body: &[u8]| {
        let mut answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_vec();
        answer.extend(body);
        answer
    };
    let receive = async |most: usize, body: &[u8]| {
        let server = Server::start(answer(body), Then::Close).await;
        let transport = ReqwestTransport::builder()
            .max_body_bytes(most)
            .build()
            .expect("a transport");
        transport
            .send(get(&server.url))
            .await
            .map(|response| response.body.len())
            .map_err(|error| error.kind)
    };
    const MEGABYTE: usize = 1024 * 1024;
    assert_eq!(receive(MEGABYTE, zeros).await, Ok(MEGABYTE));
    // The limit counts what comes out, not what goes in.
    assert_eq!(
        receive(MEGABYTE - 1, zeros).await,
        Err(TransportErrorKind::TooLarge)
    );
    assert_eq!(
        receive(MEGABYTE, &zeros[..zeros.len() / 2]).await,
        Err(TransportErrorKind::Truncated)
    );
    assert_eq!(
        receive(MEGABYTE, b"not compressed at all").await,
        Err(TransportErrorKind::Truncated)
    );
}

#[tokio::test]
async fn no_connection() {
    let port = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port")
        .local_addr()
        .expect("an address");
    let url: Url = format!("http://{port}/things?secret=1")
        .parse()
        .expect("an address");
    let error = transport().send(get(&url)).await.expect_err("nobody listens");
    assert_eq!(error.kind, TransportErrorKind::Connect);
    let mut text = format!("{error} {error:?}");
    text.retain(|c| !c.is_whitespace());
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn no_tls() {
    let server = Server::start("", Then::Close).await;
    let mut url = server.url.clone();
    url.set_scheme("https").expect("a scheme");
    // The server reads a handshake that never has an empty line; it has to answer at once.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    url.set_port(Some(listener.local_addr().expect("an address").port()))
        .expect("a port");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .expect("written");
        }
    });
    let error = transport().send(get(&url)).await.expect_err("no handshake");
    assert_eq!(error.kind, TransportErrorKind::Tls, "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Then::KeepOpen).await;
    let answer = format!(
        "HTTP/1.1 307 Away\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
        elsewhere.url
    );
    let server = Server::start(answer, Then::KeepOpen).await;
    let client = HttpClient::builder(Arc::new(transport()), server.url.clone())
        .build()
        .expect("a client");
    let error = client
        .send(Call::get("things.get", "1"))
        .await
        .expect_err("redirected");
    assert_eq!(error.kind(), ApiErrorKind::Redirected);
    assert!(error.to_string().contains("to http://127.0.0.1"), "{error}");
    assert_eq!((server.connections(), elsewhere.connections()), (1, 0));
}

#[tokio::test]
async fn connections_are_kept_for_all_that_are_in_flight() {
    let server = Server::start("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", Then::KeepOpen).await;
    let transport = transport();
    for _ in 0..5 {
        let sent = join_all((0..128).map(|_| transport.send(get(&server.url)))).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    }
    assert!(
        server.connections() <= 128,
        "{} connections",
        server.connections()
    );
}

#[tokio::test]
async fn the_transport_itself_sends_once() {
    let server = Server::start("", Then::Close).await;
    let client = HttpClient::builder(Arc::new(transport()), server.url.clone())
        .retry(RetryPolicy::never())
        .build()
        .expect("a client");
    let error = client
        .send(Call::get("things.get", "1"))
        .await
        .expect_err("interrupted");
    assert_eq!((error.kind(), error.attempts()), (ApiErrorKind::Unavailable, 1));
    assert_eq!(server.connections(), 1);
}

#[test]
fn certificates_from_a_file() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = |file: &str, expected: &str| {
        let error = ReqwestTransport::builder()
            .ca_file(here.join(file))
            .build()
            .expect_err("no certificates");
        let text = error.to_string();
        assert!(
            text.starts_with("cannot read certificates from ") && text.contains(expected),
            "{text}"
        );
    };
    check("no-such-file.pem", "no-such-file.pem: ");
    check("Cargo.toml", "no certificate in it");
}
