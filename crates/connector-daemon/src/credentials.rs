//! The client id and the client secret of the platform, and the assertion that is signed with them.
//!
//! The client id is `name@host/rest`: the host is where tokens are asked for. The secret is four parts joined by colons, of which
//! the third is `v1` and the fourth a private Ed25519 key: a JWK as base64url without padding.

use crate::error::DaemonError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_kit::Secret;
use jiff::Timestamp;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;
use zeroize::Zeroizing;

/// How far the clocks of both sides may be apart, and how long an assertion holds.
const LEEWAY_SECONDS: i64 = 120;

/// What opens the platform. Its `Debug` output shows no key.
pub struct Credentials {
    client_id: String,
    name: String,
    host: String,
    key: Ed25519KeyPair,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    d: Option<Zeroizing<String>>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    kid: Option<String>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    nonce: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: [&'a str; 1],
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Credentials {
    /// Reads both.
    ///
    /// # Errors
    /// [`DaemonError::Credentials`] says what is wrong, and never shows a part of the secret.
    pub fn parse(client_id: &str, client_secret: &Secret) -> Result<Self, DaemonError> {
        let (name, host) = parse_id(client_id)?;
        let (key, kid) = parse_secret(client_secret.expose())?;
        Ok(Self {
            client_id: client_id.to_owned(),
            name: name.to_owned(),
            host: host.to_owned(),
            key,
            kid,
        })
    }

    /// The whole client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The first part of the client id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The host of the client id, with its port if it has one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The signed statement that this is the client, as a compact JWS.
    pub(crate) fn assertion(
        &self,
        now: Timestamp,
        nonce: [u8; 16],
    ) -> Result<Zeroizing<String>, serde_json::Error> {
        let header = Header {
            alg: "EdDSA",
            kid: self.kid.as_deref(),
            nonce: URL_SAFE_NO_PAD.encode(nonce),
        };
        let now = now.as_second();
        let audience = without_port(&self.host);
        let claims = Claims {
            iss: &self.client_id,
            sub: &self.client_id,
            aud: [audience],
            iat: now,
            nbf: now - LEEWAY_SECONDS,
            exp: now + LEEWAY_SECONDS,
        };
        let encoded = |text: String| URL_SAFE_NO_PAD.encode(text);
        let signed = format!(
            "{}.{}",
            encoded(serde_json::to_string(&header)?),
            encoded(serde_json::to_string(&claims)?)
        );
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        Ok(Zeroizing::new(format!("{signed}.{signature}")))
    }
}

fn parse_id(client_id: &str) -> Result<(&str, &str), DaemonError> {
    let wrong = |why: &str| {
        DaemonError::Credentials(format!(
            "the client id {why}; it has the form name@host/rest, as the page of the connector in C1 shows it"
        ))
    };
    if client_id.contains(|c: char| c.is_whitespace() || c.is_control() || "'\"`<>".contains(c)) {
        return Err(wrong("has a blank, a quote or a character that is not shown"));
    }
    let (name, rest) = client_id.split_once('@').ok_or_else(|| wrong("has no @"))?;
    let (host, path) = rest
        .split_once('/')
        .ok_or_else(|| wrong("has no / after the @"))?;
    if path.is_empty() {
        return Err(wrong("has nothing after the /"));
    }
    if name.is_empty() {
        return Err(wrong("has no name before the @"));
    }
    if !is_host(host) {
        return Err(wrong("has no host between the @ and the /"));
    }
    Ok((name, host))
}

/// Whether a text is a host, maybe with a port, and nothing else.
pub(crate) fn is_host(host: &str) -> bool {
    let is_plain = !host.is_empty() && !host.contains(['/', '@', '?', '#', '\\', ' ']);
    is_plain
        && Url::parse(&format!("https://{host}/"))
            .is_ok_and(|url| url.host_str().is_some() && url.path() == "/" && url.username().is_empty())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((before, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => host,
    }
}

fn parse_secret(secret: &str) -> Result<(Ed25519KeyPair, Option<String>), DaemonError> {
    let wrong = |why: &str| {
        DaemonError::Credentials(format!(
            "the client secret {why}; copy it again from where C1 showed it, or make a new one"
        ))
    };
    let parts: Vec<&str> = secret.splitn(4, ':').collect();
    let [_, _, version, jwk] = parts[..] else {
        return Err(wrong("has fewer than four parts joined by colons"));
    };
    if version != "v1" {
        return Err(wrong("is of a version that is not known"));
    }
    let jwk = Zeroizing::new(
        URL_SAFE_NO_PAD
            .decode(jwk)
            .map_err(|_| wrong("holds no base64url without padding in its fourth part"))?,
    );
    // What the parser says of it could quote the key.
    let jwk: Jwk =
        serde_json::from_slice(&jwk).map_err(|_| wrong("holds no JSON web key in its fourth part"))?;
    if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
        return Err(wrong("holds a key of another type than Ed25519"));
    }
    let seed = jwk
        .d
        .ok_or_else(|| wrong("holds a public key and no private one"))?;
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new);
    let seed = decoded(&seed).map_err(|_| wrong("holds a key that is not base64url"))?;
    let key = Ed25519KeyPair::from_seed_unchecked(&seed)
        .map_err(|_| wrong("holds a key of a length that Ed25519 keys do not have"))?;
    let fits = |x: &str| decoded(x).is_ok_and(|x| x.as_slice() == key.public_key().as_ref());
    if jwk.x.as_deref().is_some_and(|x| !fits(x)) {
        return Err(wrong(
            "holds a private and a public key that do not belong together",
        ));
    }
    Ok((key, jwk.kid))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, appendix A.
    const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn secret(version: &str, key: &str) -> Secret {
        format!("conductor-one:x:{version}:{}", URL_SAFE_NO_PAD.encode(key)).into()
    }

    #[test]
    fn what_is_malformed_is_refused_without_being_shown() {
        let id = "ada-1@tenant.example:8443/v1/c";
        assert!(Credentials::parse(id, &secret("v1", KEY)).is_ok());
        for id in [
            "",
            "ada",
            "ada@host",
            "ada/host@",
            "@host/x",
            "ada@/x",
            "ada@ho st/x",
            "ada@host#/x",
            "ada@host/",
            "ada 1@host/x",
            "ada@host/x\n",
            "'ada@host/x'",
        ] {
            let error = Credentials::parse(id, &secret("v1", KEY)).expect_err(id);
            assert_eq!(error.code(), connector_sdk::Code::Unknown);
        }
        let other = "AAAAnWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxy";
        for wrong in [
            Secret::from("one:two:three".to_owned()),
            Secret::from("a:b:v1:not base64 nWGxne".to_owned()),
            secret("v2", KEY),
            secret("v1", "nWGxne"),
            secret("v1", &KEY.replace("OKP", "EC")),
            secret("v1", &KEY.replace("Ed25519", "X25519")),
            secret("v1", &KEY.replace(r#""d":"#, r#""e":"#)),
            secret("v1", &KEY.replace("nWGxne_9", "nWGxne_8")),
            secret("v1", &KEY.replace("ERJxWl7MmkZcDusAxyuf2A", "")),
            secret(
                "v1",
                &KEY.replace("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", other),
            ),
        ] {
            let error = Credentials::parse(id, &wrong).expect_err("malformed");
            let text = format!("{error} {error:?}");
            assert!(!text.contains("nWGxne"), "{text}");
        }
    }

    #[test]
    fn the_assertion_names_the_host_without_its_port() {
        let credentials =
            Credentials::parse("ada-1@tenant.example:8443/v1/c", &secret("v1", KEY)).expect("well formed");
        let now = Timestamp::constant(1_767_225_600, 0);
        let assertion = credentials.assertion(now, [7; 16]).expect("JSON");
        let parts: Vec<String> = assertion
            .split('.')
            .take(2)
            .map(|part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("text"))
            .collect();
        insta::assert_snapshot!(parts.join("\n"), @r#"
        {"alg":"EdDSA","nonce":"BwcHBwcHBwcHBwcHBwcHBw"}
        {"iss":"ada-1@tenant.example:8443/v1/c","sub":"ada-1@tenant.example:8443/v1/c","aud":["tenant.example"],"iat":1767225600,"nbf":1767225480,"exp":1767225720}
        "#);
        assert!(!format!("{credentials:?}").contains("nWGxne"));
    }
}
