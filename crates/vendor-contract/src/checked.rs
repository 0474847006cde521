//! A transport that holds everything that passes against the contract.

use crate::openapi::Contract;
use crate::violation::{Of, Violation};
use async_trait::async_trait;
use http_kit::{Request, Response, Transport, TransportError};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// Passes requests and answers on, unchanged, and takes note of what in them the [`Contract`] does not allow.
///
/// A request without an answer is checked as well. What an [`Exception`] covers is not noted.
pub struct CheckedTransport {
    inner: Arc<dyn Transport>,
    contract: &'static Contract,
    exceptions: &'static [Exception],
    noted: Mutex<Noted>,
}

/// Something that is allowed although the contract does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The name of the operation; `*` is any run of characters.
    pub operation: &'static str,
    /// A request or an answer.
    pub of: Of,
    /// The place in it, as [`Violation::at`] has it; `*` is any run of characters.
    pub at: &'static str,
    /// Why it is allowed.
    pub reason: &'static str,
}

#[derive(Debug, Default)]
struct Noted {
    /// The first of each that differs in more than positions in arrays.
    violations: BTreeMap<(String, Of, String, String), Violation>,
    /// Indices of exceptions.
    used: BTreeSet<usize>,
    /// The names of the operations, with how often each was asked.
    asked: BTreeMap<String, u64>,
}

impl CheckedTransport {
    /// Checks what passes to and from `inner`.
    pub fn new(
        inner: Arc<dyn Transport>,
        contract: &'static Contract,
        exceptions: &'static [Exception],
    ) -> Self {
        Self {
            inner,
            contract,
            exceptions,
            noted: Mutex::default(),
        }
    }

    /// What was violated so far, sorted. Violations that differ in nothing but positions in arrays are one.
    pub fn violations(&self) -> Vec<Violation> {
        self.with(|noted| noted.violations.values().cloned().collect())
    }

    /// The exceptions that nothing was an exception of so far.
    pub fn unused_exceptions(&self) -> Vec<Exception> {
        let is_unused = |noted: &Noted, index: &usize| !noted.used.contains(index);
        self.with(|noted| {
            let all = self.exceptions.iter().enumerate();
            all.filter(|(index, _)| is_unused(noted, index))
                .map(|(_, exception)| *exception)
                .collect()
        })
    }

    /// The documented operations that were asked so far, by their names, with the number of requests.
    pub fn asked(&self) -> BTreeMap<String, u64> {
        self.with(|noted| noted.asked.clone())
    }

    fn note(&self, violations: Vec<Violation>) {
        self.with(|noted| {
            for violation in violations {
                let covers = |(_, exception): &(usize, &Exception)| exception.covers(&violation);
                if let Some((index, _)) = self.exceptions.iter().enumerate().find(covers) {
                    noted.used.insert(index);
                    continue;
                }
                let key = (
                    violation.operation.clone(),
                    violation.of,
                    without_positions(&violation.at),
                    violation.what.clone(),
                );
                noted.violations.entry(key).or_insert(violation);
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Noted) -> T) -> T {
        act(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Transport for CheckedTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if let Some(operation) = self.contract.operation(&request) {
            self.with(|noted| *noted.asked.entry(operation.id().to_owned()).or_default() += 1);
        }
        self.note(self.contract.request(&request));
        let response = self.inner.send(request.clone()).await?;
        self.note(self.contract.answer(&request, &response));
        Ok(response)
    }

    fn prepare(&self, base: &Url) -> Result<(), TransportError> {
        self.inner.prepare(base)
    }
}

impl fmt::Debug for CheckedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedTransport")
            .field("inner", &self.inner)
            .field("violations", &self.with(|noted| noted.violations.len()))
            .finish_non_exhaustive()
    }
}

impl Exception {
    /// Whether a violation is allowed by this.
    pub fn covers(&self, violation: &Violation) -> bool {
        self.of == violation.of && fits(self.operation, &violation.operation) && fits(self.at, &violation.at)
    }
}

/// Whether a text fits a pattern in which `*` is any run of characters.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| fits(after, &rest[at..]))
        }),
    }
}

fn without_positions(at: &str) -> String {
    let segments = at.split('/').map(|segment| match segment.parse::<usize>() {
        Ok(_) => "*",
        Err(_) => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header::AUTHORIZATION;
    use http::{HeaderMap, HeaderValue, Method, StatusCode};

    use super::*;

    const EXCEPTIONS: &[Exception] = &[
        Exception {
            operation: "listOrgs",
            of: Of::Answer(200),
            at: "body/data/*/name",
            reason: "seen",
        },
        Exception {
            operation: "*",
            of: Of::Answer(503),
            at: "status",
            reason: "a proxy",
        },
        Exception {
            operation: "getOrg",
            of: Of::Request,
            at: "*",
            reason: "never needed",
        },
    ];

    /// Answers everything alike.
    #[derive(Debug)]
    struct Answers(u16, &'static str);

    #[async_trait]
    impl Transport for Answers {
        async fn send(&self, _: Request) -> Result<Response, TransportError> {
            let json = HeaderValue::from_static("application/json");
            Ok(Response {
                status: StatusCode::from_u16(self.0).expect("a status"),
                headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, json)]),
                body: self.1.into(),
            })
        }
    }

    async fn ask(status: u16, body: &'static str, address: &str) -> CheckedTransport {
        let answers = Arc::new(Answers(status, body));
        let checked = CheckedTransport::new(answers, Contract::atlassian(), EXCEPTIONS);
        let request = Request {
            method: Method::GET,
            url: format!("https://api.atlassian.com{address}")
                .parse()
                .expect("an address"),
            headers: HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer key"))]),
            body: None,
            timeout: Duration::from_secs(30),
        };
        let answer = checked.send(request).await.expect("an answer");
        assert_eq!(
            (answer.status.as_u16(), &answer.body[..]),
            (status, body.as_bytes()),
            "unchanged"
        );
        checked
    }

    fn told(checked: &CheckedTransport) -> Vec<String> {
        checked.violations().iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn the_same_in_many_rows_is_told_once() {
        let body = r#"{"data":["x","x",7],"links":{}}"#;
        let checked = ask(200, body, "/admin/v1/orgs").await;
        assert_eq!(
            told(&checked),
            [
                r#"listOrgs, answer 200: body/data/0 is "x", not object"#,
                "listOrgs, answer 200: body/data/2 is 7, not object",
            ]
        );
        assert_eq!(checked.asked(), BTreeMap::from([("listOrgs".to_owned(), 1)]));
        assert_eq!(checked.unused_exceptions(), EXCEPTIONS);
    }

    #[tokio::test]
    async fn exceptions_are_not_told_and_are_used_by_it() {
        let checked = ask(503, "", "/admin/v1/orgs/o").await;
        assert_eq!(told(&checked), [""; 0]);
        assert_eq!(checked.unused_exceptions(), [EXCEPTIONS[0], EXCEPTIONS[2]]);
    }

    #[tokio::test]
    async fn what_is_asked_of_nobody_is_told_once() {
        let checked = ask(404, "", "/admin/v9/orgs").await;
        assert_eq!(
            told(&checked),
            ["GET /admin/v9/orgs, request: path is not documented"]
        );
        assert_eq!(checked.asked(), BTreeMap::new());
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("status", "status", true),
            ("status", "statuses", false),
            ("*", "", true),
            ("body/data/*/id", "body/data/12/id", true),
            ("body/data/*/id", "body/data/12/name", false),
            ("*/id", "body/data/12/id", true),
            ("scim*", "scimListUsers", true),
            ("scim*Users", "scimListGroups", false),
            ("*a*b", "xaab", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
