//! Tokens of the platform: asked for once for everyone, and again before they end.

use crate::credentials::Credentials;
use crate::error::DaemonError;
use http::header::{CONTENT_TYPE, DATE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};
use http_kit::{Clock, Request, Response, Transport, TransportErrorKind};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tonic::metadata::{Ascii, MetadataValue};
use url::Url;
use zeroize::Zeroizing;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long before its end a token is replaced, where its life is long enough.
const EARLY: Duration = Duration::from_secs(60);

/// From here on the clocks of both sides are so far apart that it can be why a token is refused.
const SKEW_SECONDS: i64 = 60;

/// The words of a server that are shown at most.
const MOST_WORDS: usize = 300;

/// Where tokens come from, and the one that holds.
#[derive(Debug)]
pub(crate) struct Tokens {
    credentials: Arc<Credentials>,
    transport: Arc<dyn Transport>,
    url: Url,
    user_agent: HeaderValue,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<Token>>,
}

/// A token as the value of a header. `Debug` does not show it, because it is marked as sensitive.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) header: MetadataValue<Ascii>,
    /// On the clock's [`Clock::elapsed`].
    replaced_at: Duration,
}

/// Why there is no token.
#[derive(Clone, Debug)]
pub(crate) struct NoToken {
    /// Whether the server refused the client, in place of not answering.
    pub(crate) refused: bool,
    pub(crate) message: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    access_token: Zeroizing<String>,
    #[serde(default)]
    token_type: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: u64,
}

/// A number of seconds, which servers also write as a text or with a fraction; 0 where it is none.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Whole(u64),
        Fraction(f64),
        Text(String),
        Other(IgnoredAny),
    }
    let whole = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs();
    Ok(match Written::deserialize(deserializer)? {
        Written::Whole(seconds) => seconds,
        Written::Fraction(seconds) => whole(seconds),
        Written::Text(text) => text.trim().parse().map_or(0, whole),
        Written::Other(IgnoredAny { .. }) => 0,
    })
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    message: String,
}

impl Tokens {
    /// Tokens of the server at `host`.
    pub(crate) fn new(
        credentials: Arc<Credentials>,
        host: &str,
        transport: Arc<dyn Transport>,
        version: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DaemonError> {
        let wrong = |what: &dyn std::fmt::Display| {
            DaemonError::Settings(format!("tokens cannot be asked for: {what}"))
        };
        let url: Url = format!("https://{host}/auth/v1/token")
            .parse()
            .map_err(|error| wrong(&error))?;
        transport.prepare(&url).map_err(|error| wrong(&error))?;
        let user_agent = format!("baton-c1-credential-provider baton-sdk/{version}");
        let user_agent = HeaderValue::from_str(&user_agent).map_err(|error| wrong(&error))?;
        Ok(Self {
            credentials,
            transport,
            url,
            user_agent,
            clock,
            held: Mutex::new(None),
        })
    }

    /// A token that holds for a while. Whoever asks while another asks gets the same one.
    pub(crate) async fn get(&self) -> Result<Token, NoToken> {
        let mut held = self.held.lock().await;
        if let Some(token) = held
            .as_ref()
            .filter(|token| token.replaced_at > self.clock.elapsed())
        {
            return Ok(token.clone());
        }
        let asked = self.asked().await?;
        *held = Some(asked.clone());
        Ok(asked)
    }

    /// Forgets a token that the platform did not accept.
    pub(crate) async fn refused(&self, token: &Token) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.header == token.header) {
            *held = None;
        }
    }

    async fn asked(&self) -> Result<Token, NoToken> {
        let began = self.clock.elapsed();
        let request = self.request()?;
        let answer = self.transport.send(request).await.map_err(|error| {
            let hint = match error.kind {
                TransportErrorKind::Tls => {
                    ". Name the certificate of whoever signs in between with SSL_CERT_FILE"
                }
                _ => "",
            };
            NoToken {
                refused: false,
                message: format!(
                    "no token from {}: {error}{hint}",
                    self.url.host_str().unwrap_or_default()
                ),
            }
        })?;
        if !answer.status.is_success() {
            return Err(self.refusal(&answer));
        }
        let unusable = |what: &str| NoToken {
            refused: false,
            message: format!("the answer of {} {what}", self.url.host_str().unwrap_or_default()),
        };
        // What the parser says of it could quote the token.
        let answer: Answer = serde_json::from_slice(&answer.body).map_err(|_| unusable("is no token"))?;
        if answer.access_token.is_empty() {
            return Err(unusable("holds an empty token"));
        }
        let kind = match answer.token_type.as_str() {
            "" => "Bearer",
            kind => kind,
        };
        let header = Zeroizing::new(format!("{kind} {}", answer.access_token.as_str()));
        let mut header: MetadataValue<Ascii> = header
            .parse()
            .map_err(|_| unusable("holds a token that no header can carry"))?;
        header.set_sensitive(true);
        let life = Duration::from_secs(answer.expires_in);
        Ok(Token {
            header,
            replaced_at: began + life.saturating_sub(EARLY.min(life / 4)),
        })
    }

    fn request(&self) -> Result<Request, NoToken> {
        let failed = |what: String| NoToken {
            refused: false,
            message: what,
        };
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|error| failed(format!("no random numbers: {error}")))?;
        let assertion = self
            .credentials
            .assertion(self.clock.now(), nonce)
            .map_err(|error| failed(format!("no assertion can be made: {error}")))?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", self.credentials.client_id())
            .append_pair("grant_type", "client_credentials")
            .append_pair(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .append_pair("client_assertion", &assertion)
            .finish();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        Ok(Request {
            method: Method::POST,
            url: self.url.clone(),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, form), (USER_AGENT, self.user_agent.clone())]),
            body: Some(body.into()),
            timeout: TIMEOUT,
        })
    }

    /// Why the server gives no token, in its own words, and whether the clocks may be why.
    fn refusal(&self, answer: &Response) -> NoToken {
        let said: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
        let words = [said.error, said.error_description, said.message];
        let words: Vec<String> = words
            .iter()
            .filter(|word| !word.is_empty())
            .map(|word| shown(word))
            .collect();
        let mut message = format!("status {}", answer.status.as_u16());
        if !words.is_empty() {
            message.push_str(", ");
            message.push_str(&words.join(": "));
        }
        if let Some(skew) = skew(&answer.headers, self.clock.now()) {
            message.push_str(". ");
            message.push_str(&skew);
        }
        NoToken {
            refused: matches!(answer.status.as_u16(), 400 | 401 | 403),
            message,
        }
    }
}

/// The words of a server as one line that is not too long.
fn shown(words: &str) -> String {
    let line = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(MOST_WORDS).collect()
}

/// That the clock of this machine is far from that of the server.
fn skew(headers: &HeaderMap, now: Timestamp) -> Option<String> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let server = rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    let ahead = now.as_second() - server.as_second();
    (ahead.abs() > SKEW_SECONDS).then(|| {
        let way = if ahead > 0 { "ahead of" } else { "behind" };
        format!(
            "The clock of this machine is {} seconds {way} that of the server, which says that it is {server}: set it",
            ahead.abs()
        )
    })
}

/// The transport of token requests; `ca_file` is trusted beside the certificates of the system.
pub(crate) fn transport(ca_file: Option<&std::path::Path>) -> Result<Arc<dyn Transport>, DaemonError> {
    let mut builder = http_kit::ReqwestTransport::builder().max_body_bytes(1024 * 1024);
    if let Some(file) = ca_file {
        builder = builder.ca_file(file);
    }
    let transport = builder
        .build()
        .map_err(|error| DaemonError::Settings(error.to_string()))?;
    Ok(Arc::new(transport))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_clock_where_it_is_wrong() {
        let at = |date: &str| {
            let headers = HeaderMap::from_iter([(DATE, HeaderValue::from_str(date).expect("a header"))]);
            skew(&headers, Timestamp::constant(1_767_225_600, 0))
        };
        assert_eq!(at("Thu, 01 Jan 2026 00:00:30 GMT"), None);
        assert_eq!(at("no date"), None);
        insta::assert_snapshot!(at("Thu, 01 Jan 2026 00:10:00 GMT").unwrap_or_default(), @"The clock of this machine is 600 seconds behind that of the server, which says that it is 2026-01-01T00:10:00Z: set it");
        insta::assert_snapshot!(at("Wed, 31 Dec 2025 23:00:00 GMT").unwrap_or_default(), @"The clock of this machine is 3600 seconds ahead of that of the server, which says that it is 2025-12-31T23:00:00Z: set it");
    }

    #[test]
    fn the_words_of_a_server_are_one_short_line() {
        assert_eq!(shown("a\nb"), "a b");
        assert_eq!(shown(&"x".repeat(5000)).len(), MOST_WORDS);
    }
}
