//! Recording and replay as a whole: what is written, what is not, and what is answered.

mod broken;
mod differences;
mod leaks;
mod redaction;
mod round_trip;
#[cfg(feature = "reqwest")]
mod sockets;

use super::invent::Salt;
use super::{RecordingTransport, Redactor, ReplayTransport, Rules};
use crate::testing::{FakeTransport, Recorded, Reply};
use crate::{Request, Response, Transport, TransportError};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const ORG: &str = "8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f";
const ADA: &str = "712020:0b7c4e1f-93aa-4d15-8f60-2c7de91b54a3";

/// The rules of the vendor that these tests invent.
fn rules() -> Rules {
    Rules::new()
        .path_words(["v1", "orgs", "users", "search", "groups"])
        .hosts(["api.example.com"])
        .resource_names(["urn:vendor:"])
        .vocabulary(["product/one", "USER_ADDED"])
        .keep(["status", "type", "expand", "role", "code"])
        .words(["message", "detail"])
        .secret(["webhook.key"])
        .replace(["extension", "birthday"])
}

fn redactor() -> Redactor {
    Redactor::keyed(rules(), Salt::fixed(7))
}

/// A request to the vendor; `target` is path and query, `body` is empty or JSON.
fn request(method: Method, target: &str, body: &str) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert(
        AUTHORIZATION,
        HeaderValue::from_static("Bearer the-key-of-the-organization"),
    );
    headers.insert(
        COOKIE,
        HeaderValue::from_static("session=the-cookie-of-a-session"),
    );
    if !body.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Request {
        method,
        url: format!("https://api.example.com{target}")
            .parse()
            .expect("an address"),
        headers,
        body: (!body.is_empty()).then(|| body.to_owned().into()),
        timeout: std::time::Duration::from_secs(5),
    }
}

fn get(target: &str) -> Request {
    request(Method::GET, target, "")
}

fn post(target: &str, body: &str) -> Request {
    request(Method::POST, target, body)
}

/// A transport that answers every request with what `make` makes of it.
fn vendor(make: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Arc<FakeTransport> {
    Arc::new(FakeTransport::new().on_any_fn(make))
}

/// Records these requests, one after the other, to a vendor that answers them with `make`.
fn recorded(
    make: impl Fn(&Recorded) -> Reply + Send + Sync + Clone + 'static,
    requests: impl IntoIterator<Item = Request>,
) -> TempDir {
    let dir = TempDir::new().expect("a folder");
    let recording = RecordingTransport::new(vendor(make), dir.path(), redactor()).expect("a recording");
    for request in requests {
        let _ = send(&recording, request);
    }
    recording.finish().expect("an end");
    dir
}

fn send(transport: &dyn Transport, request: Request) -> Result<Response, TransportError> {
    run(transport.send(request))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(future)
}

/// Everything in the folder as one text.
fn text_of(dir: &Path) -> String {
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a text"))
        .collect()
}

/// The requests and answers of a recording.
fn exchanges_of(dir: &Path) -> Vec<Value> {
    let text = text_of(dir);
    let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    values
        .filter_map(|value| value.expect("JSON").get_mut("exchange").map(Value::take))
        .collect()
}

/// Rewrites the first cassette.
fn rewrite(dir: &Path, change: impl FnOnce(String) -> String) {
    let path = dir.join("cassette-0001.json");
    let text = std::fs::read_to_string(&path).expect("a cassette");
    std::fs::write(&path, change(text)).expect("a cassette");
}

fn replay(dir: &Path) -> ReplayTransport {
    ReplayTransport::open(dir).expect("a recording")
}
