//! What a vendor, a proxy or a gateway may answer in the place of the truth, put between a client and the simulator.

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_kit::{Request, Response, Transport, TransportError, TransportErrorKind};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// One answer that is not the vendor's, or not the documented one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    NotFoundPage,
    NotFoundEmpty,
    NotFoundGateway,
    NotFoundOf(&'static str),
    /// A refusal with this status and this body, by something on the way to the vendor.
    Refused(u16, &'static str),
    Page,
    Empty,
    Broken,
    OtherObject,
    Accepted,
    Unavailable,
    Cut,
    TooMany,
    /// The vendor's answer with the ids of another object in it, where it is about one object.
    Another,
    /// A listing of nothing: the form is the documented one, so only what contradicts it can tell.
    Emptied,
}

const HTML: &str = "<!DOCTYPE html><html><body>Sign in</body></html>";

impl Lie {
    /// Every one that the matrix holds: all that no documented answer looks like.
    pub(crate) const ALL: [Self; 19] = [
        Self::NotFoundPage,
        Self::NotFoundEmpty,
        Self::NotFoundGateway,
        Self::NotFoundOf("ADMIN-404-2"),
        Self::NotFoundOf("ADMIN-404-3"),
        Self::NotFoundOf("PROXY-404"),
        Self::Refused(401, r#"{"message":"Unauthorized"}"#),
        Self::Refused(403, HTML),
        Self::Refused(403, ""),
        Self::Refused(451, ""),
        Self::Page,
        Self::Empty,
        Self::Broken,
        Self::OtherObject,
        Self::Accepted,
        Self::Unavailable,
        Self::Cut,
        Self::TooMany,
        Self::Another,
    ];

    /// Whether it does not matter for this lie if the vendor gets the request: it never does, or always.
    pub(crate) fn never_reaches(self) -> bool {
        matches!(self, Self::TooMany | Self::Another)
    }

    /// What this makes of the vendor's answer.
    fn distort(self, mut answer: Response) -> Response {
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
            return answer;
        };
        let object = match &mut body {
            Value::Object(members) if members.contains_key("data") => &mut members["data"],
            Value::Object(members) if members.contains_key("account") => &mut members["account"],
            whole => whole,
        };
        for name in ["id", "accountId", "account_id"] {
            if let Some(id) = object.get_mut(name) {
                *id = "00000000-0000-4000-8000-000000000000".into();
            }
        }
        answer.body = serde_json::to_vec(&body).unwrap().into();
        answer
    }

    fn answer(self) -> Result<Response, TransportError> {
        let of_code = |code: &str| {
            format!(r#"{{"errors":[{{"id":"e1","status":"404","code":"{code}","title":"Not found"}}]}}"#)
        };
        let (status, kind, body) = match self {
            Self::NotFoundPage => (404, "text/html", HTML.to_owned()),
            Self::NotFoundEmpty => (404, "", String::new()),
            Self::NotFoundGateway => {
                let body = r#"{"code":404,"message":"no Route matched with those values"}"#;
                (404, "application/json", body.to_owned())
            }
            Self::NotFoundOf(code) => (404, "application/json", of_code(code)),
            Self::Refused(status, body) => {
                let kind = match body.chars().next() {
                    Some('<') => "text/html",
                    Some(_) => "application/json",
                    None => "",
                };
                (status, kind, body.to_owned())
            }
            Self::Page => (200, "text/html", HTML.to_owned()),
            Self::Empty => (200, "", String::new()),
            Self::Broken => (200, "application/json", r#"{"data":[{"acc"#.to_owned()),
            Self::OtherObject => (200, "application/json", "{}".to_owned()),
            Self::Emptied => (200, "application/json", r#"{"data":[],"links":{}}"#.to_owned()),
            Self::Accepted => (202, "", String::new()),
            Self::Unavailable => (503, "text/html", HTML.to_owned()),
            Self::TooMany => (
                429,
                "application/json",
                r#"{"code":429,"message":"Rate limit exceeded"}"#.to_owned(),
            ),
            Self::Another => unreachable!("made of the vendor's answer"),
            Self::Cut => return Err(TransportError::new(TransportErrorKind::Interrupted)),
        };
        let mut headers = HeaderMap::new();
        if !kind.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if matches!(self, Self::Unavailable | Self::TooMany) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        }
        Ok(Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: body.into(),
        })
    }
}

/// Which requests are lied about.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) lie: Lie,
    pub(crate) method: String,
    pub(crate) path: String,
    /// From the how manieth request of these on, counted from 0.
    pub(crate) from: usize,
    pub(crate) for_ever: bool,
    /// Whether the vendor gets the request anyway.
    pub(crate) reaches: bool,
}

/// A request that left, and the status that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: Option<u16>,
}

/// Lies by a rule, and keeps what was asked.
#[derive(Debug)]
pub(crate) struct Lying {
    pub(crate) inner: Arc<dyn Transport>,
    pub(crate) script: Arc<Script>,
}

#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) rule: Mutex<Option<Rule>>,
    pub(crate) asked: Mutex<Vec<Asked>>,
}

impl Script {
    fn lie_about(&self, method: &str, path: &str) -> Option<Rule> {
        let rule = self.rule.lock().unwrap().clone()?;
        if rule.method != method || rule.path != path {
            return None;
        }
        let asked = self.asked.lock().unwrap();
        let nth = asked
            .iter()
            .filter(|one| one.method == method && one.path == path)
            .count();
        (nth == rule.from || (rule.for_ever && nth > rule.from)).then_some(rule)
    }
}

#[async_trait]
impl Transport for Lying {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let (method, path) = (request.method.to_string(), request.url.path().to_owned());
        let answer = match self.script.lie_about(&method, &path) {
            Some(Rule {
                lie: Lie::Another, ..
            }) => {
                let answer = self.inner.send(request).await;
                answer.map(|answer| Lie::Another.distort(answer))
            }
            Some(rule) => {
                if rule.reaches {
                    let _ = self.inner.send(request).await;
                }
                rule.lie.answer()
            }
            None => self.inner.send(request).await,
        };
        let status = answer.as_ref().ok().map(|answer| answer.status.as_u16());
        self.script
            .asked
            .lock()
            .unwrap()
            .push(Asked { method, path, status });
        answer
    }
}
