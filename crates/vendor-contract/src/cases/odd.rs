//! Answers with a status of success that no operation is documented to have.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_kit::Response;

/// Answers that no operation with a JSON object in its answer is documented to have, by a word for each.
pub fn odd_answers() -> Vec<(&'static str, Response)> {
    const JSON: &str = "application/json";
    const PAGE: &str = "<!DOCTYPE html><html><body>Sign in</body></html>";
    [
        ("a page", 200, "text/html", PAGE),
        ("a page called JSON", 200, JSON, PAGE),
        ("a page for a creation", 201, "text/html", PAGE),
        ("text", 200, "text/plain", "OK"),
        ("nothing", 200, JSON, ""),
        ("blanks", 200, JSON, " \r\n"),
        ("accepted", 202, JSON, ""),
        ("accepted with an object", 202, JSON, "{}"),
        ("null", 200, JSON, "null"),
        ("an empty object", 200, JSON, "{}"),
        ("a number", 200, JSON, "7"),
        ("a list", 200, JSON, "[]"),
        ("a list of a list", 200, JSON, "[[]]"),
        ("half an object", 200, JSON, r#"{"data":[{"id":"#),
        ("null for rows", 200, JSON, r#"{"data":null,"Resources":null}"#),
        ("an object for rows", 200, JSON, r#"{"data":{},"Resources":{}}"#),
        (
            "an error of SCIM",
            200,
            JSON,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}"#,
        ),
        ("an error", 200, JSON, r#"{"code":404,"message":"Not Found"}"#),
    ]
    .into_iter()
    .map(|(name, status, kind, body)| {
        let response = Response {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]),
            body: body.into(),
        };
        (name, response)
    })
    .collect()
}
