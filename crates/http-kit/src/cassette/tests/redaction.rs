//! What is replaced, and by what.

use super::*;
use crate::Cursor;
use crate::cassette::Treatment;
use http::HeaderName;
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

/// The exchange as it is written.
fn written(request: Request, reply: Reply) -> String {
    let dir = recorded(move |_| reply.clone(), [request]);
    let text = text_of(dir.path());
    let (_, exchange) = text.split_once("\n}\n").expect("the version before it");
    let (exchange, _) = exchange.split_once("\n{").expect("the end behind it");
    exchange.to_owned()
}

#[test]
fn an_exchange() {
    let reply = Reply::json(
        200,
        &json!({
            "data": [{
                "accountId": ADA,
                "name": "Ada Lovelace",
                "nickname": "ada",
                "email": "Ada.Lovelace@engines.example",
                "picture": "https://avatars.example.net/u/ada.png?s=128",
                "status": "active",
                "phone": "+44 20 7946 0123",
                "extension": 4711,
                "birthday": "1815-12-10",
                "createdAt": "2026-02-11T09:30:00.000Z",
                "lastAddress": "192.0.2.14",
                "logins": 214,
                "employee": 90210517,
                "score": 0.50,
                "managed": true,
                "manager": null,
                "resource": format!("urn:vendor:jira:{ORG}:site/5c9f2e7ab81d3405d6ef7a19"),
                "webhook": { "key": "s3cr3t", "url": "https://hooks.engines.example/in" },
                "tags": ["Analytical Engine", "12"]
            }],
            "byAccount": { ADA: { "type": "admin" }, "Ada Lovelace": 1 },
            "links": {
                "next": format!("https://api.example.com/v1/orgs/{ORG}/users?cursor=eyJvIjoyMH0%3D&expand=role"),
                "self": format!("/v1/orgs/{ORG}/users#top")
            }
        }),
    )
    .header("x-ratelimit-remaining", "99")
    .header("x-request-id", "req-8817-abcdef")
    .header("etag", "W/\"v-ada-7\"")
    .header("link", "<https://api.example.com/v1/users?cursor=abc>; rel=\"next\"; title=\"Ada\", </v1/users>; rel=last")
    .header("set-cookie", "session=another-cookie-value; Path=/")
    .header("server", "vendor-gateway");
    let request = post(
        &format!(
            "/v1/orgs/{ORG}/users/{}/search?email=ada.lovelace%40engines.example&expand=role&limit=50",
            ADA.replace(':', "%3A")
        ),
        r#"{"limit":50,"names":["Ada Lovelace"],"cursor":"eyJvIjoyMH0=","expand":["role"]}"#,
    );
    assert_snapshot!(written(request, reply));
}

#[test]
fn a_refusal() {
    let reply = Reply::json(
        404,
        &json!({ "code": "GONE-1", "message": format!(
            "User 'Grace Hopper' <grace@navy.example> isn't in {ORG} (key the-key-of-the-organization, see https://help.example.org/gone?id=7)"
        ) }),
    )
    .header("retry-after", "30");
    assert_snapshot!(written(get(&format!("/v1/orgs/{ORG}/users/grace")), reply));
}

#[test]
fn bodies_that_are_not_json() {
    let html = |reply: Reply| reply.header("content-type", "text/html; charset=utf-8");
    let form = Request {
        body: Some("grant_type=refresh&client_secret=abc&code=two+words&user=ada%40engines.example".into()),
        ..post("/v1/search", "{}")
    };
    let form = Request {
        headers: [(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        )]
        .into_iter()
        .collect(),
        ..form
    };
    let binary = Request {
        body: Some(b"\x00\x01\xff".to_vec().into()),
        ..post("/v1/search", "{}")
    };
    let replies = [
        html(Reply::status(502).body("<h1>Bad gateway for Ada</h1>")),
        Reply::status(204),
        Reply::fault(crate::TransportErrorKind::Interrupted),
    ];
    let texts = [form, binary, get("/v1/users")]
        .into_iter()
        .zip(replies)
        .map(|(request, reply)| written(request, reply));
    assert_snapshot!(texts.collect::<Vec<_>>().join("\n"));
}

#[test]
fn rules_for_bodies_and_headers() {
    let rules = rules()
        .body("text/plain", Treatment::Words)
        .body("image/png", Treatment::Keep)
        .request_header(HeaderName::from_static("x-tenant"), Treatment::Replace)
        .response_header(HeaderName::from_static("x-region"), Treatment::Keep);
    let redactor = Redactor::keyed(rules, Salt::fixed(7));
    let mut request = get("/v1/users");
    request
        .headers
        .insert("x-tenant", HeaderValue::from_static("engines"));
    let answers = [
        Reply::status(200)
            .body("ada@engines.example was here")
            .header("content-type", "text/plain"),
        Reply::status(200)
            .body(vec![0x89, b'P', 0xff])
            .header("content-type", "image/png")
            .header("x-region", "eu-1"),
    ];
    let exchanges = answers.map(|reply| {
        let response = send(&*vendor(move |_| reply.clone()), request.clone()).expect("a response");
        serde_json::to_string_pretty(&redactor.exchange(1, &request, Ok(&response))).expect("JSON")
    });
    assert_snapshot!(exchanges.join("\n"));
}

#[test]
fn the_same_becomes_the_same_wherever_it_stands() {
    let redactor = redactor();
    let id = redactor.replaced(ADA);
    let (shard, uuid) = id.split_once(':').expect("two parts");
    assert_eq!(shard, "712020");
    assert_eq!(redactor.replaced(&ADA[7..]), uuid);
    #[track_caller]
    fn check(redactor: &Redactor, text: &str, expected: &str) {
        assert_eq!(redactor.replaced(text), expected);
    }
    check(
        &redactor,
        &format!("urn:vendor:identity::user/{ADA}"),
        &format!("urn:vendor:identity::user/{id}"),
    );
    check(
        &redactor,
        &format!("/v1/users/{}", ADA.replace(':', "%3A")),
        &format!("/v1/users/{id}"),
    );
    check(
        &redactor,
        &format!("https://api.example.com/v1/users/{ADA}"),
        &format!("https://api.example.com/v1/users/{id}"),
    );
    check(
        &redactor,
        &format!("/v1/search?user={ADA}"),
        &format!("/v1/search?user={}", id.replace(':', "%3A")),
    );
    let sentence = redactor.treated(&format!("no user {ADA}."), Treatment::Words);
    assert_eq!(sentence, format!("no user {id}."));
    let name = redactor.replaced("Ada Lovelace");
    let sentence = redactor.treated("Ada Lovelace, or ada lovelace", Treatment::Words);
    assert_eq!(sentence, format!("{name}, or ada lovelace"));
    let email = redactor.replaced("ada@engines.example");
    let (_, domain) = email.split_once('@').expect("an address");
    assert!(domain.ends_with(".example.com"), "{email}");
    assert!(
        redactor
            .replaced("bo@engines.example")
            .ends_with(&format!("@{domain}"))
    );
    assert!(redactor.replaced("https://engines.example/").contains(domain));
    // The form of a replacement does not depend on where its text was met first.
    redactor.replaced(&format!("{ORG}@192.0.2.7"));
    assert!(crate::cassette::pseudonyms::is_uuid(&redactor.replaced(ORG)));
    assert!(
        redactor
            .replaced("192.0.2.7")
            .parse::<std::net::Ipv4Addr>()
            .is_ok()
    );
}

#[test]
fn what_says_nothing_about_anyone_stays() {
    let redactor = redactor();
    for text in [
        "",
        "-",
        "true",
        "null",
        "12",
        "123456",
        "product/one",
        "USER_ADDED",
        "2026-02-11",
        "2026-02-11T09:30:00.000Z",
        "http://127.0.0.1:8080/v1/users?limit=5",
    ] {
        assert_eq!(redactor.replaced(text), text);
    }
    for text in [
        "active",
        "1234567",
        "a",
        "2026-02-11 or so",
        "user_added",
        "product/two",
    ] {
        assert_ne!(redactor.replaced(text), text);
    }
    for word in [
        "active",
        "urn:vendor:x",
        "atlassian/org-admin",
        "https://schemas.example.org/core#User",
    ] {
        assert_eq!(redactor.treated(word, Treatment::Keep), word);
    }
    assert_ne!(
        redactor.treated("ada@engines.example", Treatment::Keep),
        "ada@engines.example"
    );
}

proptest! {
    #[test]
    fn different_values_stay_different(
        values in prop::collection::hash_set(value(), 1..40),
    ) {
        let redactor = redactor();
        let replaced: std::collections::HashMap<_, _> =
            values.iter().map(|value| (redactor.replaced(value), value)).collect();
        prop_assert_eq!(replaced.len(), values.len(), "{:?}", replaced);
        for value in &values {
            prop_assert_eq!(replaced.get(&redactor.replaced(value)), Some(&value));
        }
    }

    /// A client takes the cursor out of an answer and sends it back: what it sends at replay must be what was
    /// recorded of its request.
    #[test]
    fn a_cursor_can_be_followed(cursor in "[A-Za-z0-9+/=_.:|-]{1,40}", relative: bool) {
        let redactor = redactor();
        let encoded = crate::path::encode_query(&cursor).into_owned();
        let host = if relative { "" } else { "https://api.example.com" };
        let link = format!("{host}/v1/orgs/{ORG}/users?expand=role&cursor={encoded}");
        let followed = Cursor::from_link(&redactor.replaced(&link)).expect("a cursor");
        let replaced = redactor.replaced(&cursor);
        prop_assert_eq!(followed.as_str(), replaced.as_str());
        prop_assert_eq!(Cursor::from_link(&replaced).expect("a cursor").to_string(), replaced);
    }

    /// The same for an id that a client puts into a path.
    #[test]
    fn an_id_can_be_put_into_a_path(id in "(?s).{1,30}") {
        prop_assume!(id != "." && id != "..");
        let redactor = redactor();
        let sent = |id: &str| {
            let path = crate::Path::new().lit("v1/users").seg(id);
            let mut request = get("/");
            request.url.set_path(path.as_str());
            request
        };
        let recorded = redactor.exchange(1, &sent(&id), Err(&TransportError::new(crate::TransportErrorKind::Other))).request;
        let asked = crate::cassette::exchange::Asked::of(&sent(&redactor.replaced(&id)), &[]);
        prop_assert_eq!(recorded.path, asked.path);
    }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{1,3}",
        "[A-Z][a-z]{1,8} [A-Z][a-z]{1,8}",
        "[a-z]{1,6}@[a-z]{1,5}\\.(example|test)",
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}",
        "[0-9]{7,12}",
        "[a-z0-9]{1,4}[:|/][a-z0-9]{1,4}",
        "https://[a-z]{1,4}\\.example/[a-z]{1,3}(\\?[a-z]=[a-z]{1,2})?",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "\\PC{1,12}",
    ]
}

/// A name in brackets that came before, quotation marks within quotation marks, and a path.
#[test]
fn sentences_that_hide_a_name() {
    let reply = Reply::json(
        409,
        &json!({
            "detail": "Resource [GROUP]: with displayName[Eng Platform] already exists (Eng Platform).",
            "message": r#"cannot read name eq "Ada \"Countess\" Lovelace" at 11"#,
            "errors": [{ "detail": "/v1/users/2c9e41b" }],
        }),
    );
    let request = post("/v1/groups", r#"{"displayName": "Eng Platform"}"#);
    let dir = recorded(move |_| reply.clone(), [request]);
    let text = text_of(dir.path());
    for hidden in ["Eng", "Platform", "Ada", "Countess", "Lovelace", "2c9e41b"] {
        assert!(!text.contains(hidden), "{hidden} is in {text}");
    }
    for kept in [
        "Resource [GROUP]: with displayName[",
        "] already exists (",
        "cannot read name eq ",
        "/v1/users/",
    ] {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
}
