//! What is private is in no file, wherever the vendor puts it.

use super::*;
use crate::Secret;
use http::header::SET_COOKIE;
use proptest::prelude::*;
use serde_json::json;

/// An answer that has these texts in every place where a text can be.
fn everywhere(texts: &[String]) -> Reply {
    let all = texts.join(" and ");
    let quoted = texts
        .iter()
        .map(|text| format!("'{text}'"))
        .collect::<Vec<_>>()
        .join(", ");
    let encoded = crate::path::encode_query(&texts[0]).into_owned();
    let body = json!({
        "value": texts,
        "name": all.clone(),
        "status": texts[0].clone(),
        "message": format!("about {quoted}"),
        texts[0].clone(): { texts[1].clone(): 1 },
        "links": { "next": format!("https://{}.example.net/{encoded}?q={encoded}&status={encoded}#{encoded}", texts[0].to_lowercase()) },
        "nested": [[{ "password": texts[0].clone(), "password_list": { "password": [texts] } }]],
    });
    let reply = Reply::json(400, &body)
        .header("x-request-id", &texts[0])
        .header("location", &format!("/{encoded}?x={encoded}"))
        .header(
            "link",
            &format!(
                "<https://api.example.com/{encoded}>; rel=\"next\"; title=\"{}\"",
                texts[0]
            ),
        )
        .header("www-authenticate", &texts[0]);
    reply.header(SET_COOKIE.as_str(), &format!("c={}", texts[0]))
}

fn recording_of(texts: &[String]) -> String {
    let texts = texts.to_vec();
    let encoded = crate::path::encode_segment(&texts[0]).into_owned();
    let body = json!({ "value": texts, "name": texts[1], texts[0].clone(): 1 }).to_string();
    let request = post(
        &format!("/v1/{encoded}/users?token={encoded}&{encoded}=1&page=2#x"),
        &body,
    );
    let dir = recorded(move |_| everywhere(&texts), [request.clone(), request]);
    text_of(dir.path())
}

/// The credential, as it comes and as bodies quote it.
#[test]
fn credentials_are_in_no_file() {
    let make = |_: &Recorded| {
        Reply::json(
            401,
            &json!({
                "status": "the-key-of-the-organization",
                "code": "x the-cookie-of-a-session",
                "message": "the key the-key-of-the-organization and the-set-cookie-1234",
                "role": ["a-learned-credential"],
            }),
        )
        .header("set-cookie", "session=the-set-cookie-1234; HttpOnly")
    };
    let dir = TempDir::new().expect("a folder");
    let redactor = redactor();
    redactor.learn(&Secret::from("a-learned-credential".to_owned()));
    let recording = RecordingTransport::new(vendor(make), dir.path(), redactor).expect("a recording");
    let answer = send(&recording, get("/v1/users?status=the-key-of-the-organization")).expect("a response");
    assert!(
        answer.headers.contains_key("set-cookie"),
        "the program sees the answer as it is"
    );
    let text = text_of(dir.path());
    for secret in [
        "the-key-of-the-organization",
        "the-cookie-of-a-session",
        "the-set-cookie-1234",
        "a-learned-credential",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // One in the query, two in the message, and one each in the three words.
    assert_eq!(text.matches("[secret]").count(), 6, "{text}");
    let printed = format!(
        "{recording:?} {:?} {:?}",
        recording.redactor(),
        replay(dir.path())
    );
    assert!(!printed.contains("the-key"), "{printed}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_private_is_in_no_file(
        name in "[A-Z][a-z]{4,8} [A-Z][a-z]{4,8}",
        mail in "[a-z]{4,8}\\.[a-z]{4,8}@[a-z]{5,9}\\.example",
        key in "[A-Za-z0-9_-]{24,60}",
        id in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}",
    ) {
        // A key without a capital letter or a digit is a word.
        prop_assume!(key.bytes().any(|b| b.is_ascii_digit()) && key.bytes().any(|b| b.is_ascii_uppercase()) && key.bytes().any(|b| b.is_ascii_lowercase()));
        let local = mail.split('@').next().expect("a local part").to_owned();
        let domain = mail.split('@').nth(1).expect("a domain").to_owned();
        for texts in [[mail.clone(), name.clone()], [id.clone(), mail.clone()], [key.clone(), mail.clone()]] {
            let text = recording_of(&texts).to_lowercase();
            for private in texts.iter().chain([&local, &domain]) {
                let private = private.to_lowercase();
                let encoded = crate::path::encode_query(&private).to_lowercase();
                prop_assert!(!text.contains(&private) && !text.contains(&encoded), "{private} in {text}");
            }
        }
    }
}
