//! The credentials of a client: how they travel, and how they are taken out of texts.

use crate::client::BuildError;
use crate::path::encode_query;
use crate::secret::Secret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue};
use redaction::Finder;
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

/// What proves to a server who asks, sent with every request of a client.
///
/// Every form in which it travels, or in which a server may quote it, is removed from errors and logs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer(Secret),
    /// `Authorization: Basic …` (RFC 7617).
    Basic {
        /// The user, which is not taken for a secret.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A header of its own, such as `x-api-key`.
    Header {
        /// The header.
        name: HeaderName,
        /// Its value.
        value: Secret,
    },
    /// A parameter of the query.
    Query {
        /// The parameter.
        name: String,
        /// Its value.
        value: Secret,
    },
}

/// Texts that must not be shown, in whatever form a server quotes them.
#[derive(Clone, Default)]
pub(crate) struct Hidden {
    finder: Finder,
    /// How many there are.
    known: usize,
}

/// Values that only look like credentials by the name that they are sent under are hidden from this length on: shorter
/// ones would take half of a message away with them.
const GUESSED_FROM: usize = 8;

// === impl Credential ===

impl Credential {
    /// Puts the credential where it travels: into the headers or, encoded, at the end of the query.
    pub(crate) fn put(&self, headers: &mut HeaderMap, query: &mut String) -> Result<(), BuildError> {
        match self {
            Self::Bearer(secret) => {
                headers.insert(AUTHORIZATION, sensitive("Bearer ", secret)?);
            }
            Self::Basic { user, password } => {
                if password.is_empty() {
                    return Err(BuildError::BadCredential);
                }
                headers.insert(AUTHORIZATION, sensitive("Basic ", &basic(user, password))?);
            }
            Self::Header { name, value } => {
                headers.insert(name, sensitive("", value)?);
            }
            Self::Query { name, value } => {
                if value.is_empty() {
                    return Err(BuildError::BadCredential);
                }
                if !query.is_empty() {
                    query.push('&');
                }
                query.push_str(&format!(
                    "{}={}",
                    encode_query(name),
                    encode_query(value.expose())
                ));
            }
        }
        Ok(())
    }

    /// Hides every form of the credential.
    pub(crate) fn hide(&self, hidden: &mut Hidden) {
        match self {
            Self::Bearer(value) | Self::Header { value, .. } | Self::Query { value, .. } => {
                hidden.add(value.expose());
            }
            Self::Basic { user, password } => {
                hidden.add(password.expose());
                hidden.add(&Zeroizing::new(format!("{user}:{}", password.expose())));
                hidden.add(basic(user, password).expose());
            }
        }
    }
}

fn basic(user: &str, password: &Secret) -> Secret {
    let pair = Zeroizing::new(format!("{user}:{}", password.expose()));
    Secret::from(BASE64_STANDARD.encode(pair.as_bytes()))
}

fn sensitive(scheme: &str, secret: &Secret) -> Result<HeaderValue, BuildError> {
    if secret.is_empty() {
        return Err(BuildError::BadCredential);
    }
    let text = Zeroizing::new(format!("{scheme}{}", secret.expose()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| BuildError::BadCredential)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether a header of this name holds a credential, as far as its name tells.
pub(crate) fn is_credential_header(name: &HeaderName) -> bool {
    *name == AUTHORIZATION
        || *name == PROXY_AUTHORIZATION
        || *name == COOKIE
        || is_credential_name(name.as_str())
}

fn is_credential_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "key",
        "token",
        "secret",
        "password",
        "auth",
        "signature",
        "session",
    ]
    .iter()
    .any(|word| name.contains(word))
}

// === impl Hidden ===

impl Hidden {
    fn add(&mut self, text: &str) {
        self.finder.add(text);
        self.known += 1;
    }

    /// What a single request carries beside the credentials of its client: headers that are marked as sensitive, and
    /// parameters with the name of a credential.
    pub(crate) fn with_request(&self, headers: &HeaderMap, query: &str) -> Option<Self> {
        let mut carried: Vec<Cow<'_, str>> = Vec::new();
        for value in headers.values().filter(|value| value.is_sensitive()) {
            let Ok(text) = value.to_str() else { continue };
            carried.push(text.into());
            // A server may quote the credential without its scheme.
            if let Some((_, credential)) = text.split_once(' ')
                && credential.len() >= GUESSED_FROM
            {
                carried.push(credential.into());
            }
        }
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if is_credential_name(&name) && value.len() >= GUESSED_FROM {
                carried.push(value);
            }
        }
        if carried.is_empty() {
            return None;
        }
        let mut more = self.clone();
        carried.iter().for_each(|credential| more.add(credential));
        Some(more)
    }

    /// `text` with every credential replaced: servers do quote what they refuse.
    pub(crate) fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.finder.replaced(text, "[secret]")
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({})", self.known)
    }
}
