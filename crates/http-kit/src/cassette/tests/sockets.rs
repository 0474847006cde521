//! Recording over real sockets, at the same time and with refusals, and replaying without any.

use crate::cassette::{RecordingTransport, Redactor, ReplayTransport, Rules, Treatment};
use crate::{
    ApiError, Call, Clock, HttpClient, ManualClock, Path as CallPath, ReqwestTransport, Secret, Transport,
};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "ATCT3xFfGN0-not-a-real-key-of-anyone";
const COOKIE: &str = "cookie-0123456789abcdef";
const TENANT: &str = "larkspur-robotics";

/// Everything that must not be in a file.
const PRIVATE: [&str; 8] = [
    KEY,
    COOKIE,
    TENANT,
    "larkspur",
    "Ines Calder",
    "Calder",
    "ines.calder",
    "key-in-a-query",
];

/// A vendor on this machine: sets a cookie with every answer, quotes the key, and refuses every fifth request.
async fn vendor() -> url::Url {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&asked)));
        }
    });
    url.parse().expect("an address")
}

async fn serve(mut stream: TcpStream, asked: Arc<AtomicUsize>) {
    let mut buffer = Vec::new();
    while let Some(target) = next_request(&mut stream, &mut buffer).await {
        let (status, body) = if asked.fetch_add(1, Ordering::SeqCst) % 5 == 4 {
            (
                "429 Too Many Requests",
                json!({ "message": format!("{KEY} asks too often") }),
            )
        } else {
            ("200 OK", answer(&target))
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nset-cookie: session={COOKIE}; Path=/\r\nretry-after: 40\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The target of the next request; it has no body.
async fn next_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = buffer.drain(..end + 4).collect();
            return String::from_utf8(head).ok()?.split(' ').nth(1).map(str::to_owned);
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => buffer.extend_from_slice(&more[..count]),
        }
    }
}

fn answer(target: &str) -> Value {
    let path = target.split('?').next().unwrap_or_default();
    let id = path.split('/').nth(4);
    match id {
        None => {
            json!({ "data": (0..40).map(|number| json!({ "id": format!("u{number:03}") })).collect::<Vec<_>>(), "message": KEY })
        }
        Some(id) => json!({
            "id": id,
            "name": format!("Ines Calder {id}"),
            "email": format!("ines.calder.{id}@larkspur.example"),
            "status": if id.ends_with('7') { "suspended" } else { "active" },
            "manager": format!("u{:03}", id[1..].parse::<usize>().unwrap_or(0) / 2),
        }),
    }
}

/// What the program finds: how many are suspended, and how many are someone's manager.
async fn program(
    transport: Arc<dyn Transport>,
    base: url::Url,
    tenant: &str,
) -> Result<([usize; 2], ManualClock), ApiError> {
    let clock = ManualClock::default();
    let client = HttpClient::builder(transport, base)
        .bearer(Secret::from(KEY.to_owned()))
        .clock(Arc::new(clock.clone()))
        .build()
        .expect("a client");
    let users = || CallPath::new().lit("tenants").seg(tenant).lit("users");
    let list: Value = client
        .json(Call::get("users.list", users()).query("token", "key-in-a-query"))
        .await?;
    let ids = list["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["id"].as_str());
    let details = ids
        .map(|id| client.json::<Value>(Call::get("users.get", users().seg(id)).query("expand", "manager")));
    let details = try_join_all(details).await?;
    let suspended = details
        .iter()
        .filter(|user| user["status"] == "suspended")
        .count();
    let managers = details
        .iter()
        .filter(|user| details.iter().any(|other| other["manager"] == user["id"]))
        .count();
    Ok(([suspended, managers], clock))
}

fn files(dir: &Path) -> Vec<String> {
    let paths = std::fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path());
    paths
        .map(|path| std::fs::read_to_string(path).expect("a text"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn over_sockets_and_back_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("made/on/demand");
    let base = vendor().await;
    let rules = Rules::new()
        .path_words(["tenants", "users"])
        .keep(["expand", "status"])
        .words(["message"])
        .secret(["token"]);
    let real = Arc::new(ReqwestTransport::builder().build().expect("a transport"));
    let recording = RecordingTransport::builder(real, &dir, Redactor::new(rules).expect("a key"))
        .max_file_bytes(4_000)
        .note("tenant", TENANT, Treatment::Replace)
        .start()
        .expect("a recording");
    let recording = Arc::new(recording);
    let (found, _) = program(recording.clone(), base, TENANT).await.expect("an end");
    assert_eq!(found, [4, 20]);
    let counted = recording.finish().expect("an end");
    assert!(counted.exchanges > 41, "refusals are recorded too: {counted:?}");

    let texts = files(&dir);
    assert!(
        texts.len() > 2 && texts.len() == counted.files as usize,
        "{counted:?}"
    );
    for text in &texts {
        assert!(text.len() < 8_000, "{}", text.len());
        for private in PRIVATE {
            assert!(!text.contains(private), "{private} in {text}");
        }
    }

    let replay = Arc::new(ReplayTransport::open(&dir).expect("a recording"));
    let tenant = replay.note("tenant").expect("a note").to_owned();
    let base = "https://nowhere.invalid".parse().expect("an address");
    let (again, clock) = program(replay.clone(), base, &tenant).await.expect("an end");
    assert_eq!(again, found);
    assert_eq!((replay.unused(), replay.missed()), (vec![], vec![]));
    assert!(
        clock.elapsed().as_secs() >= 40,
        "the recorded refusals ask for a wait, on the clock of the client"
    );
}
