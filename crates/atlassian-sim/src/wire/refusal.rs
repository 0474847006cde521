//! Refusals and the envelopes they come in. The vendor has several, and a client must decode them all.

use super::Json;
use crate::model::hash;
use crate::model::ids::uuid;
use http::StatusCode;
use serde_json::Value;

/// The shape of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// `{"errors":[{"id","status","code","title","detail"}]}`, most of the Organizations API.
    List,
    /// One such object without the list, the workspaces query.
    Bare,
    /// `{"code":401,"message":"…"}`, written by the gateway.
    Gateway,
    /// `{"timestamp","path","status","error","requestId","message"}`, written by the organization router.
    Routing,
    /// `{"key","context","errorKey","errorDetail"}`, user management.
    Management,
    /// `{"schemas","status","scimType","detail"}`, SCIM.
    Scim,
    /// `{"error","traceId"}`, SCIM for 401 and 403.
    ScimGateway,
    /// An exception of the server's language, SCIM where a group is replaced.
    ScimException,
    /// No body.
    Empty,
}

/// An answer that says no.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    pub(crate) detail: Option<String>,
    pub(crate) envelope: Envelope,
    /// What user management says about the circumstances.
    pub(crate) context: Option<Box<Value>>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title,
            detail: None,
            envelope: Envelope::List,
            context: None,
        }
    }

    /// A refusal of user management, by its key.
    pub(crate) fn management(status: StatusCode, key: &'static str, detail: &str) -> Self {
        Self::new(status, key, "")
            .detail(detail)
            .envelope(Envelope::Management)
    }

    /// The refusal with these circumstances.
    pub(crate) fn context(self, context: Value) -> Self {
        Self {
            context: Some(Box::new(context)),
            ..self
        }
    }

    /// A refusal of SCIM, by its type, which may be empty.
    pub(crate) fn scim(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self::new(status, kind, "")
            .detail(detail)
            .envelope(Envelope::Scim)
    }

    /// 401 or 403 of SCIM.
    pub(crate) fn scim_gateway(status: StatusCode, message: &'static str) -> Self {
        Self::new(status, "", message).envelope(Envelope::ScimGateway)
    }

    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }

    pub(crate) fn envelope(self, envelope: Envelope) -> Self {
        Self { envelope, ..self }
    }

    /// 400, the request contradicts the documentation.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ADMIN-UAM-400-1", "Bad Request").detail(detail)
    }

    /// 400, a cursor that this listing did not give out.
    pub(crate) fn cursor() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ADMIN-400-1", "Invalid page cursor")
            .detail("The cursor is invalid or has expired")
    }

    /// 401, no key or an unknown one.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "", "Unauthorized").envelope(Envelope::Gateway)
    }

    /// 403, the key may not do this.
    pub(crate) fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, "Forbidden").detail("The caller is not allowed to do this")
    }

    /// 409, everything is so already.
    pub(crate) fn conflict() -> Self {
        Self::new(StatusCode::CONFLICT, "ADMIN-UAM-409-2", "Resource conflict")
            .detail("The resource exists already")
    }

    /// 415, no body or not JSON.
    pub(crate) fn media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "ADMIN-UAM-415-1",
            "Unsupported Media Type",
        )
    }

    /// 404, an organization that the key does not belong to.
    pub(crate) fn foreign_org() -> Self {
        Self::new(StatusCode::NOT_FOUND, "", "Not Found")
            .detail("TCS validation failed")
            .envelope(Envelope::Routing)
    }

    /// 404, a path that the vendor does not have (any more).
    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "", "Not Found")
            .detail("No static resource")
            .envelope(Envelope::Routing)
    }

    /// 405.
    pub(crate) fn no_such_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "ADMIN-UAM-405-1",
            "Method Not Supported",
        )
    }

    /// 404, an object that does not exist.
    pub(crate) fn unknown(code: &'static str, what: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, "Unknown Resource").detail(format!("The {what} was not found"))
    }

    /// The body, empty for [`Envelope::Empty`]. `serial` numbers the refusal, for its occurrence id.
    pub(crate) fn body(&self, path: &str, serial: u64) -> Vec<u8> {
        let mut json = Json::with_capacity(256);
        let occurrence = occurrence_id(serial);
        let message = self.detail.as_deref().unwrap_or(self.title);
        let status = u64::from(self.status.as_u16());
        match self.envelope {
            Envelope::List => json.object(|json| {
                json.key("errors")
                    .array(|json| self.write_item(json, &occurrence));
            }),
            Envelope::Bare => self.write_item(&mut json, &occurrence),
            Envelope::Gateway => json.object(|json| {
                json.key("code").number(status);
                json.key("message").text(message);
            }),
            Envelope::Routing => json.object(|json| {
                json.key("timestamp").text("2026-10-01T00:00:00.000+00:00");
                json.key("path").text_of(|out| {
                    out.push_str("/api");
                    out.extend(path.chars().filter(|c| !matches!(c, '"' | '\\')));
                });
                json.key("status").number(status);
                json.key("error").text(self.title);
                json.key("requestId").text(&occurrence);
                json.key("message").text(message);
            }),
            Envelope::Management => json.object(|json| {
                json.key("key").text(self.code);
                json.key("context");
                match &self.context {
                    Some(context) => json.value(context),
                    None => json.null(),
                }
                json.key("errorKey").text_of(|out| write_kebab(out, self.code));
                json.key("errorDetail").text(&format!("Error: {message}"));
            }),
            Envelope::Scim => json.object(|json| {
                json.key("schemas")
                    .array(|json| json.text("urn:ietf:params:scim:api:messages:2.0:Error"));
                json.key("status").text(self.status.as_str());
                if !self.code.is_empty() {
                    json.key("scimType").text(self.code);
                }
                json.key("detail").text(message);
            }),
            Envelope::ScimGateway => json.object(|json| {
                json.key("error").text(message);
                json.key("traceId").text(&occurrence);
            }),
            Envelope::ScimException => json.object(|json| {
                json.key("cause").null();
                json.key("stackTrace").array(|_| {});
                json.key("responseStatus").text("BAD_REQUEST");
                json.key("scimErrorType").text(self.code);
                json.key("message").text(message);
                json.key("localizedMessage").text(message);
                json.key("suppressed").array(|_| {});
            }),
            Envelope::Empty => return Vec::new(),
        }
        json.finish()
    }

    /// The vendor documents `status` as a text and has been seen sending a number, so both occur here.
    fn write_item(&self, json: &mut Json, occurrence: &str) {
        json.object(|json| {
            json.key("id").text(occurrence);
            if self.status == StatusCode::FORBIDDEN {
                json.key("status").number(u64::from(self.status.as_u16()));
            } else {
                json.key("status").text(self.status.as_str());
            }
            json.key("code").text(self.code);
            json.key("title").text(self.title);
            json.key("detail").text_or_null(self.detail.as_deref());
        });
    }
}

/// Appends a key such as `accountNotFound` as `account-not-found`.
fn write_kebab(out: &mut String, key: &str) {
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
}

/// The id of a request, by its number.
pub(crate) fn occurrence_id(serial: u64) -> String {
    uuid(hash(0x0cc0, 0, serial))
}
