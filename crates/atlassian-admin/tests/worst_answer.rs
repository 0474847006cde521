//! What the worst answers cost: measured in a process of its own, over real sockets and compressed.
#![cfg(target_os = "linux")]

use atlassian_admin::{AdminClient, AdminErrorKind, DirectoryRef, OrgId, Secret, UserSearch, http_builder};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_kit::{ReqwestTransport, RetryPolicy};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

const MEBIBYTE: usize = 1024 * 1024;

/// A body made of a start, the same bytes again and again, and an end.
fn compressed(start: &str, again: &[u8], times: usize, end: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(start.as_bytes()).expect("memory");
    for _ in 0..times {
        encoder.write_all(again).expect("memory");
    }
    encoder.write_all(end.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

/// Answers requests on a port of this machine, one for each connection.
fn serve(body: Vec<u8>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let body = Arc::new(body);
    let answer = |mut stream: TcpStream, body: Arc<Vec<u8>>| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).expect("a request");
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
        );
        // The client may hang up before the end.
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&body));
    };
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, body) = (stream.expect("a connection"), Arc::clone(&body));
            std::thread::spawn(move || answer(stream, body));
        }
    });
    port
}

/// What a listing of accounts makes of the body: the rows, good and bad, or the kind of the error.
fn list(body: Vec<u8>) -> Result<(usize, usize), AdminErrorKind> {
    lists(body, 1).remove(0)
}

/// What as many listings at once make of it.
fn lists(body: Vec<u8>, at_once: usize) -> Vec<Result<(usize, usize), AdminErrorKind>> {
    let base = format!("http://127.0.0.1:{}", serve(body))
        .parse()
        .expect("an address");
    let transport = Arc::new(ReqwestTransport::builder().build().expect("a transport"));
    let http = http_builder(transport, base, Secret::from("org-key".to_owned()))
        .retry(RetryPolicy::never())
        .build()
        .expect("a client");
    let org = OrgId::parse("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f").expect("an id");
    let client = AdminClient::new(http, org);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime");
    let listing = || {
        let client = client.clone();
        runtime.spawn(async move {
            let search = UserSearch::default();
            match client.search_users(&DirectoryRef::Any, &search, None).await {
                Ok(page) => Ok((page.items.len(), page.bad_rows.len())),
                Err(error) => Err(error.kind()),
            }
        })
    };
    let listings: Vec<_> = (0..at_once).map(|_| listing()).collect();
    let ended = listings.into_iter().map(|listing| runtime.block_on(listing));
    ended.map(|listed| listed.expect("no panic")).collect()
}

/// The most memory that this process has had so far, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .expect("the peak");
    let kibibytes: usize = line
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .expect("a number");
    kibibytes * 1024
}

/// The time of the processor that this process has taken so far.
fn processor_seconds() -> u64 {
    const TICKS_OF_A_SECOND: u64 = 100;
    let state = std::fs::read_to_string("/proc/self/stat").expect("the state of this process");
    // The name of the program, which may hold blanks, ends with a bracket; the times are the 12th and 13th after it.
    let fields = state.rsplit_once(')').expect("a name").1.split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().expect("a number"))
        .sum();
    ticks / TICKS_OF_A_SECOND
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures, for those who ask to see them")]
fn the_worst_answers_cost_at_most_400_mb_and_seconds() {
    let unreadable = Err(AdminErrorKind::Unreadable);
    // Millions of rows in some ten thousand bytes.
    let rows = compressed(r#"{"data":[{}"#, ",{}".repeat(1000).as_bytes(), 15_700, "]}");
    assert!(rows.len() < 64 * 1024, "{} bytes", rows.len());
    assert_eq!(list(rows), unreadable);
    // As many rows as values are allowed, each as large in memory as one can be.
    assert_eq!(
        list(compressed(
            r#"{"data":[{"accountId":"a"}"#,
            r#",{"accountId":"a"}"#.repeat(1000).as_bytes(),
            240,
            "]}"
        )),
        unreadable
    );
    // One row of many maps, which are the most expensive values.
    let maps = compressed(
        r#"{"data":[{"accountId":"a","new":[{"":0}"#,
        r#",{"":0}"#.repeat(1000).as_bytes(),
        240,
        "]}]}",
    );
    assert_eq!(lists(maps, 2), [Ok((1, 0)); 2]);
    // The same in a row that is repaired, and in many that are.
    let repaired = compressed(
        r#"{"data":[{"accountId":"a","jobTitle":{},"new":[{"":0}"#,
        r#",{"":0}"#.repeat(1000).as_bytes(),
        140,
        "]}]}",
    );
    assert_eq!(list(repaired), Ok((1, 0)));
    let row = format!(
        r#",{{"accountId":"a","jobTitle":{{}},"productAccess":[{}]}}"#,
        vec!["7"; 400].join(",")
    );
    assert_eq!(
        list(compressed(
            r#"{"data":[{"accountId":"a"}"#,
            row.as_bytes(),
            999,
            "]}"
        )),
        Ok((1000, 0))
    );
    // One text, of characters that are none.
    let text = compressed(
        r#"{"data":[{"accountId":"a","name":""#,
        &[0xff; MEBIBYTE],
        20,
        r#""}]}"#,
    );
    assert_eq!(list(text), Ok((1, 0)));
    let text = compressed(
        r#"{"data":[{"accountId":"a","name":""#,
        &[b'x'; MEBIBYTE],
        63,
        r#""}]}"#,
    );
    assert_eq!(lists(text, 4), [Ok((1, 0)); 4]);
    // More than is read at all.
    assert_eq!(
        list(compressed(r#"{"data":["#, &[b' '; MEBIBYTE], 65, "]}")),
        unreadable
    );
    // Brackets that never close.
    assert_eq!(
        list(compressed(r#"{"data":["#, "[".repeat(1000).as_bytes(), 400, "")),
        unreadable
    );
    let (peak, took) = (peak(), processor_seconds());
    println!("{} MB, {took} s", peak / 1_000_000);
    assert!(peak <= 400_000_000, "{} MB", peak / 1_000_000);
    // Without optimizations; making and compressing the answers is counted too.
    assert!(took < 60, "{took} s");
}
