//! The token endpoint: an assertion that is signed by the client, for a token that holds for a while.

use crate::{Error, Fault, Options, service::Call};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The one client.
pub(crate) struct Client {
    id: String,
    secret: String,
    public: Vec<u8>,
}

/// What is known of the client without its secret.
#[derive(Clone)]
pub(crate) struct Public {
    id: String,
    key: Vec<u8>,
}

impl Client {
    /// A client with a new key.
    pub(crate) fn new(id: String) -> Result<Self, Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let key = Ed25519KeyPair::from_seed_unchecked(&seed)?;
        let public = key.public_key().as_ref().to_vec();
        let jwk = json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "d": URL_SAFE_NO_PAD.encode(seed),
            "x": URL_SAFE_NO_PAD.encode(&public),
        });
        let secret = format!(
            "conductor-one:standin:v1:{}",
            URL_SAFE_NO_PAD.encode(jwk.to_string())
        );
        Ok(Self { id, secret, public })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    pub(crate) fn public(&self) -> Public {
        Public {
            id: self.id.clone(),
            key: self.public.clone(),
        }
    }
}

/// Gives tokens out, and knows which of them hold.
pub(crate) struct Issuer {
    client: Public,
    options: Options,
    random: SystemRandom,
    issued: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    /// Tokens with their end on the clock.
    tokens: BTreeMap<String, Duration>,
    nonces: BTreeSet<String>,
    asked: u64,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    nonce: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Vec<String>,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Issuer {
    pub(crate) fn new(client: Public, options: Options) -> Self {
        Self {
            client,
            options,
            random: SystemRandom::new(),
            issued: Mutex::default(),
        }
    }

    /// Whether the value of an `authorization` header holds now.
    pub(crate) fn accepts(&self, header: Option<&str>) -> bool {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        token
            .and_then(|token| issued.tokens.get(token))
            .is_some_and(|end| *end > self.options.clock.elapsed())
    }

    fn fault(&self) -> Option<Fault> {
        let nth = {
            let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
            issued.asked += 1;
            issued.asked
        };
        (self.options.faults)(&Call {
            method: "Token",
            task_id: String::new(),
            nth,
        })
    }

    /// What is wrong with a request for a token, if anything is.
    fn wrong(&self, form: &BTreeMap<String, String>) -> Option<&'static str> {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("client_id") != self.client.id {
            return Some("unknown client");
        }
        if field("grant_type") != "client_credentials"
            || field("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        {
            return Some("unknown grant");
        }
        let assertion = field("client_assertion");
        let parts: Vec<&str> = assertion.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Some("the assertion has not three parts");
        };
        let signed = &assertion[..header.len() + 1 + claims.len()];
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        let key = UnparsedPublicKey::new(&ED25519, &self.client.key);
        if key.verify(signed.as_bytes(), &decoded(signature)).is_err() {
            return Some("the signature of the assertion is not valid");
        }
        let Ok(header) = serde_json::from_slice::<Header>(&decoded(header)) else {
            return Some("the header of the assertion cannot be read");
        };
        let Ok(claims) = serde_json::from_slice::<Claims>(&decoded(claims)) else {
            return Some("the claims of the assertion cannot be read");
        };
        let now = self.options.clock.now().as_second();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if header.alg != "EdDSA" {
            Some("the assertion is signed in another way than EdDSA")
        } else if header.nonce.is_empty() || !issued.nonces.insert(header.nonce) {
            Some("the nonce was used before")
        } else if claims.iss != self.client.id || claims.sub != self.client.id {
            Some("the assertion is of another client")
        } else if claims.aud != ["localhost"] {
            Some("the assertion is for somebody else")
        } else if claims.nbf > now
            || claims.exp < now
            || claims.iat < claims.nbf
            || claims.exp - claims.nbf > 300
        {
            Some("the assertion does not hold now")
        } else {
            None
        }
    }

    fn issue(&self) -> Option<String> {
        let mut bytes = [0; 24];
        ring::rand::SecureRandom::fill(&self.random, &mut bytes).ok()?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let now = self.options.clock.elapsed();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.tokens.retain(|_, end| *end > now);
        issued.tokens.insert(token.clone(), now + self.options.token_life);
        Some(token)
    }
}

pub(crate) fn router(issuer: Arc<Issuer>) -> Router {
    Router::new()
        .route("/auth/v1/token", post(answer))
        .with_state(issuer)
}

async fn answer(State(issuer): State<Arc<Issuer>>, body: String) -> Response {
    let refused = |code, error: &str, why: &str| {
        (code, Json(json!({ "error": error, "error_description": why }))).into_response()
    };
    match issuer.fault() {
        Some(Fault::Hang) => std::future::pending().await,
        Some(_) => {
            return refused(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "as the script wants it",
            );
        }
        None => {}
    }
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    if let Some(why) = issuer.wrong(&form) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", why);
    }
    match issuer.issue() {
        Some(token) => Json(json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": issuer.options.token_life.as_secs(),
        }))
        .into_response(),
        None => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "no random numbers",
        ),
    }
}
