//! What the rules for recordings replace, and that a recorded program finds its way again.

use crate::support::{DIRECTORY, fixture};
use http::Method;
use http_kit::cassette::{RecordingTransport, Redactor, ReplayTransport};
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{ManualClock, Transport};
use scim_client::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use vendor_contract::cases::{exchanges_in, text_of};

const KEY: &str = "not-a-real-key-of-any-directory";

/// Everything in the fixtures that is somebody's, beside what keys tell.
const PRIVATE: &[&str] = &[
    KEY,
    DIRECTORY,
    "a4d9c5b0-3e77",
    "c02b7f5e-9d14",
    "00u1k2l3m4",
    "712020:0b7c4e1f",
    "ines",
    "Calder",
    "larkspur",
    "Larkspur",
    "Platform",
    "Lisbon",
    "odile",
    "Odile",
    "Marchetti",
    "henk.vos",
    "Henk",
    "Harbour",
    "Pilot",
    "hr-7781",
    "\"7781\"",
    "\"4130\"",
    "Quay",
    "Bristol",
    "BS1 4DD",
    "+44",
    "26118915",
    "2c9e41",
    "92b725cd",
    "a330bc54",
    "oY4m4wn58tkVjJxK",
    "tide-tables",
    "MIID",
    "3f6f9a0c2b7d41e5",
];

/// The answers of servers: every fixture.
fn fixtures() -> BTreeMap<String, (u16, String)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/scim-client"));
    let files = |dir: &Path, status| {
        let entries = std::fs::read_dir(dir)
            .expect("fixtures")
            .map(|entry| entry.expect("a fixture").path());
        entries
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(move |path| {
                let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
                (name, (status, std::fs::read_to_string(&path).expect("a text")))
            })
            .collect::<Vec<_>>()
    };
    files(root, 200)
        .into_iter()
        .chain(files(&root.join("errors"), 400))
        .collect()
}

/// With a key of its own, so that what is sent can be shown.
fn redactor() -> Redactor {
    Redactor::with_key(redaction_rules(), &Secret::from("a key for tests".to_owned()))
}

fn client_of(transport: Arc<dyn Transport>, directory: &str) -> ScimClient {
    let base = atlassian_url(ATLASSIAN_URL, directory).expect("an address");
    let http =
        http_builder(transport, base, Secret::from(KEY.to_owned())).clock(Arc::new(ManualClock::default()));
    ScimClient::new(http.build().expect("a client"), Profile::rfc())
}

/// Answers a request for the user of that name with the fixture of that name.
fn server() -> Arc<dyn Transport> {
    let fixtures = fixtures();
    Arc::new(
        FakeTransport::new().on_fn(Method::GET, "/**", move |request: &Recorded| {
            let (status, body) = &fixtures[request.path.rsplit('/').next().expect("a name")];
            Reply::status(*status)
                .body(body.clone())
                .header("content-type", "application/scim+json")
                .header("atl-traceid", "3f6f9a0c2b7d41e5")
                .header("etag", "W/\"a330bc54\"")
        }),
    )
}

/// The bodies of all fixtures as they are recorded, by name.
async fn recorded(dir: &Path) -> BTreeMap<String, Value> {
    let recording = Arc::new(RecordingTransport::new(server(), dir, redactor()).expect("a recording"));
    let client = client_of(recording.clone(), DIRECTORY);
    let names: Vec<String> = fixtures().into_keys().collect();
    for name in &names {
        let _ = client
            .users()
            .get(&UserId::from_server(name), &Selection::Default)
            .await;
    }
    assert_eq!(recording.finish().expect("an end").exchanges, names.len() as u64);
    let exchanges = exchanges_in(dir);
    let bodies = exchanges
        .into_iter()
        .map(|mut exchange| exchange["response"]["body"]["json"].take());
    names.into_iter().zip(bodies).collect()
}

/// What became of each text and number, by the path of its key.
fn compare(path: &str, before: &Value, after: &Value, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            assert_eq!(keys(before), keys(after), "{path}");
            for (key, value) in before {
                let path = match path.is_empty() {
                    true => key.clone(),
                    false => format!("{path} {key}"),
                };
                compare(&path, value, &after[key], found);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{path}");
            before
                .iter()
                .zip(after)
                .for_each(|(before, after)| compare(path, before, after, found));
        }
        (Value::String(_) | Value::Number(_), _) if before != "" => {
            let fate = match before == after {
                true => before.to_string(),
                false => "replaced".to_owned(),
            };
            found.entry(path.to_owned()).or_default().insert(fate);
        }
        _ => assert_eq!(before, after, "{path}"),
    }
}

fn keys(object: &Map<String, Value>) -> Vec<&String> {
    let mut keys: Vec<_> = object.keys().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn what_is_kept_of_every_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let bodies = recorded(dir.path()).await;
    let mut found = BTreeMap::new();
    for (name, (_, before)) in fixtures() {
        compare(
            "",
            &serde_json::from_str(&before).expect("JSON"),
            &bodies[&name],
            &mut found,
        );
    }
    let lines = found.iter().map(|(path, fates)| {
        format!(
            "{path}: {}",
            fates.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        )
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn what_is_private_is_in_no_file() {
    let dir = tempfile::tempdir().expect("a folder");
    recorded(dir.path()).await;
    let text = text_of(dir.path());
    for private in PRIVATE {
        let lines = text.lines().filter(|line| line.contains(private));
        assert_eq!(lines.collect::<Vec<_>>(), Vec::<&str>::new(), "{private}");
    }
}

/// A sentence is scanned for what stands in quotation marks and for names that were met before; the vendor puts names
/// into brackets.
#[tokio::test]
async fn a_name_that_was_met_in_brackets_alone_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    recorded(dir.path()).await;
    let text = text_of(dir.path());
    let lines = text.lines().filter(|line| line.contains("eng-")).map(str::trim);
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [r#""detail": "Resource [GROUP]: with displayName[eng-platform] already exists.","#]
    );
}

/// Reads and writes in every way there is; every id, name and version comes from an answer or from the caller.
async fn program(client: &ScimClient, name: &str, other: &UserId) -> Result<Vec<String>, ScimError> {
    let (users, groups) = (client.users(), client.groups());
    let everything = Selection::Default;
    let query = Query::builder()
        .filter(Filter::eq("userName", name).expect("a filter"))
        .sort_by("meta.lastModified", SortOrder::Descending)
        .selection(Selection::except(["photos", "x509Certificates"]).expect("a selection"))
        .paging(Paging::Cursor)
        .build()
        .expect("a query");
    let mut found = Vec::new();
    let page = users.list(&query, None).await?;
    let more = users.list(&query, page.next.as_ref()).await?;
    let more_users = users.search(&query, more.next.as_ref()).await?;
    found.push(format!("{} {}", page.items.len(), more_users.items.len()));

    let user = users.get(&page.items[0].id, &everything).await?;
    let same = users
        .get_unless(&user.id, user.etag().expect("a version"), &everything)
        .await?;
    found.push(format!("{:?}", same.is_some()));
    let options = WriteOptions::default().if_match(user.etag().expect("a version").clone());
    users.replace(&user.id, &user.resource, &options).await?;
    let email = &user.resource.emails[0].value;
    let patch = Patch::builder()
        .replace("active", false)
        .replace(r#"emails[type eq "work"].value"#, email)
        .replace("title", &user.resource.title)
        .remove("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department")
        .build()
        .expect("a patch");
    users.patch(&user.id, &patch, &options).await?;
    let group = groups
        .get(
            &GroupId::from_server(user.resource.groups[0].value.as_deref().expect("an id")),
            &everything,
        )
        .await?;
    let members = Patch::builder()
        .add_members([&user.id])
        .remove_members([&user.id])
        .build()
        .expect("a patch");
    groups
        .patch(&group.id, &members, &WriteOptions::default())
        .await?;
    let bulk = BulkRequest::builder().operation(BulkOperation::patch::<User>(other, &patch));
    let bulk = client.bulk(&bulk.build().expect("a request")).await?;
    found.push(format!("{} of bulk", bulk.outcomes.len()));
    let deleted = users.delete(&user.id, user.etag()).await?;
    found.push(deleted.status.to_string());
    Ok(found)
}

/// Answers each path with the fixture of its kind.
fn directory() -> Arc<dyn Transport> {
    let answer = |request: &Recorded| {
        let last = request.path.rsplit('/').next().unwrap_or_default();
        match (last, request.method.as_str()) {
            ("Users" | ".search", _) => {
                let mut page: Value = serde_json::from_str(fixture!("rfc-users-cursor")).expect("JSON");
                page["totalResults"] = json!(30_000_000);
                Reply::json(200, &page)
            }
            ("Bulk", _) => Reply::status(200).body(fixture!("rfc-bulk")),
            (_, "DELETE") => Reply::status(204),
            (_, "GET") if request.headers.contains_key("if-none-match") => Reply::status(304),
            _ if request.path.contains("/Groups/") => Reply::status(200).body(fixture!("rfc-group")),
            _ => Reply::status(200)
                .body(fixture!("rfc-user"))
                .header("etag", "W/\"a330bc54\""),
        }
    };
    Arc::new(FakeTransport::new().on_any_fn(answer))
}

#[tokio::test]
async fn a_program_finds_its_way_through_a_recording() {
    const NAME: &str = "odile.marchetti@brightwater.example";
    const OTHER: &str = "5d1f60c2-8a4b-4e39-b7d2-0f6c3e91a824";
    let dir = tempfile::tempdir().expect("a folder");
    let redactor = redactor();
    let recording =
        Arc::new(RecordingTransport::new(directory(), dir.path(), redactor.clone()).expect("a recording"));
    let found = program(
        &client_of(recording.clone(), DIRECTORY),
        NAME,
        &UserId::from_server(OTHER),
    )
    .await
    .expect("answers");
    recording.finish().expect("an end");
    let requests = exchanges_in(dir.path())
        .into_iter()
        .map(|exchange| exchange["request"].to_string());
    insta::assert_snapshot!(requests.collect::<Vec<_>>().join("\n"));

    let replay = Arc::new(ReplayTransport::open(dir.path()).expect("a recording"));
    let client = client_of(replay.clone(), &redactor.replaced(DIRECTORY));
    let other = UserId::from_server(&redactor.replaced(OTHER));
    let again = program(&client, &redactor.replaced(NAME), &other)
        .await
        .expect("answers");
    assert_eq!(again, found);
    assert_eq!((replay.unused(), replay.missed()), (vec![], vec![]));
}

#[test]
fn ids_match_wherever_they_stand() {
    let redactor = redactor();
    let (directory, user) = (
        redactor.replaced(DIRECTORY),
        redactor.replaced("a4d9c5b0-3e77-4f12-8b60-9c11f0e2d745"),
    );
    assert_eq!(
        redactor.replaced(&format!(
            "https://api.atlassian.com/scim/directory/{DIRECTORY}/Users/a4d9c5b0-3e77-4f12-8b60-9c11f0e2d745"
        )),
        format!("https://api.atlassian.com/scim/directory/{directory}/Users/{user}")
    );
    let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
    assert_eq!(redactor.replaced(schema), schema);
}
