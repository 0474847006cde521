//! Artifacts of a connector program as objects of an S3 bucket.
//!
//! An object is replaced only where it is still the one that was read (`If-Match`), and made only where there is none
//! (`If-None-Match`). Requests are signed with `ring` and carried by the transport of `http-kit`: the same proxies, the same
//! trust, no redirects. Plain http goes to this machine alone, and to the addresses at which machines of a cloud are given
//! their credentials.
#![forbid(unsafe_code)]

mod carrier;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use bytes::Bytes;
use carrier::Carrier;
use connector_cli::{
    ArtifactObject, BucketSurroundings, Error, ExposeSecret as _, ObjectAddress, Outcome, Result,
};
use futures_util::StreamExt as _;
use http_kit::TransportError;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{
    Error as StoreError, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, RetryConfig,
    UpdateVersion,
};
use std::error::Error as _;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// How often a request is tried again, and for how long.
const RETRIES: usize = 3;
const RETRY_TIME: Duration = Duration::from_mins(2);

/// The largest object that one request puts.
const LARGEST: u64 = 5 << 30;

/// Prepares to reach an object, with what the environment says of credentials, region and endpoint.
///
/// # Errors
/// Settings that contradict each other or cannot be used.
pub fn open(address: &ObjectAddress, surroundings: &BucketSurroundings) -> Result<Box<dyn ArtifactObject>> {
    let carrier = Carrier::new().map_err(|error| Error::configuration(error.to_string()))?;
    Ok(Box::new(Object::over(carrier, address, surroundings)?))
}

fn store(carrier: Carrier, address: &ObjectAddress, surroundings: &BucketSurroundings) -> Result<AmazonS3> {
    let wrong = |error: &StoreError| Error::configuration(format!("{address}: {}", said(error)));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&address.bucket)
        .with_http_connector(carrier)
        .with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: RETRY_TIME,
            ..RetryConfig::default()
        });
    for (name, value) in &surroundings.variables {
        let key: AmazonS3ConfigKey = name
            .to_ascii_lowercase()
            .parse()
            .map_err(|_| Error::configuration(format!("{name} has no effect on buckets")))?;
        if name.starts_with("AWS_ENDPOINT_URL") {
            carrier::check(value.expose_secret())
                .map_err(|problem| Error::configuration(format!("{name}: {problem}")))?;
        }
        builder = builder.with_config(key, value.expose_secret());
    }
    builder.build().map_err(|error| wrong(&error))
}

#[derive(Debug)]
struct Object {
    store: AmazonS3,
    key: Key,
    shown: String,
}

#[async_trait]
impl ArtifactObject for Object {
    async fn fetch(&self, file: &Path) -> Result<Option<String>> {
        let found = match self.store.get(&self.key).await {
            Err(StoreError::NotFound { source, .. }) if !is_about_bucket(&source.to_string()) => {
                return Ok(None);
            }
            found => found.map_err(|error| self.error("read", &error))?,
        };
        let version = found.meta.e_tag.clone();
        let unwritten = |error: std::io::Error| {
            Error::configuration(format!("{}: its copy cannot be written: {error}", self.shown))
        };
        let mut copy = tokio::fs::File::create(file).await.map_err(unwritten)?;
        let mut rest = found.into_stream();
        while let Some(piece) = rest.next().await {
            let piece = piece.map_err(|error| self.error("read", &error))?;
            copy.write_all(&piece).await.map_err(unwritten)?;
        }
        copy.sync_all().await.map_err(unwritten)?;
        match version {
            Some(version) => Ok(Some(version)),
            None => Err(Error::new(
                Outcome::NotUnderstood,
                format!(
                    "{}: it has no version (ETag), so it cannot be replaced safely",
                    self.shown
                ),
            )),
        }
    }

    async fn put(&self, file: &Path, version: Option<&str>) -> Result<()> {
        let unread = |error: std::io::Error| {
            Error::configuration(format!("{} cannot be read: {error}", file.display()))
        };
        let length = tokio::fs::metadata(file).await.map_err(unread)?.len();
        if length > LARGEST {
            return Err(Error::new(
                Outcome::LimitReached,
                format!("{}: {length} bytes are more than one request can put", self.shown),
            ));
        }
        let content = Bytes::from(tokio::fs::read(file).await.map_err(unread)?);
        let mode = match version {
            None => PutMode::Create,
            Some(version) => PutMode::Update(UpdateVersion {
                e_tag: Some(version.to_owned()),
                version: None,
            }),
        };
        let payload = PutPayload::from_bytes(content.clone());
        let Err(error) = self
            .store
            .put_opts(&self.key, payload, PutOptions::from(mode))
            .await
        else {
            return Ok(());
        };
        // An answer that was lost, and the condition of a second try that the first one has met: what is there tells.
        if self.holds(&content).await {
            return Ok(());
        }
        Err(match error {
            StoreError::AlreadyExists { .. } | StoreError::Precondition { .. } => Error::new(
                Outcome::Refused,
                format!(
                    "{} was written by somebody else while this sync ran, so it was not replaced",
                    self.shown
                ),
            )
            .with_hint("Sync again: what is there now is taken into account then"),
            error => self.error("written", &error),
        })
    }
}

impl Object {
    fn over(carrier: Carrier, address: &ObjectAddress, surroundings: &BucketSurroundings) -> Result<Self> {
        let key =
            Key::parse(&address.key).map_err(|error| Error::configuration(format!("{address}: {error}")))?;
        Ok(Self {
            store: store(carrier, address, surroundings)?,
            key,
            shown: address.to_string(),
        })
    }

    /// Whether the object is there with this content; where that cannot be told it is not.
    async fn holds(&self, content: &Bytes) -> bool {
        match self.store.get(&self.key).await {
            Ok(found) if found.meta.size == content.len() as u64 => {
                found.bytes().await.is_ok_and(|bytes| bytes == *content)
            }
            _ => false,
        }
    }

    fn error(&self, done: &str, error: &StoreError) -> Error {
        let said = said(error);
        let outcome = match error {
            StoreError::NotFound { .. } => Outcome::NotFound,
            _ if is_about_credentials(&said) => Outcome::NotAuthenticated,
            StoreError::Unauthenticated { .. } => Outcome::NotAuthenticated,
            StoreError::PermissionDenied { .. } => Outcome::NotPermitted,
            _ => Outcome::Unreachable,
        };
        let told = Error::new(outcome, format!("{} cannot be {done}: {said}", self.shown));
        match outcome {
            Outcome::NotFound => told.with_hint("Make the bucket first"),
            Outcome::NotPermitted => told.with_hint(
                "The credential needs s3:GetObject and s3:PutObject on the object, and s3:ListBucket on the bucket",
            ),
            Outcome::NotAuthenticated => {
                told.with_hint("Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of this machine")
            }
            _ => told.with_hint("Check AWS_REGION, AWS_ENDPOINT_URL and the credential"),
        }
    }
}

/// Whether a "not found" means the bucket.
fn is_about_bucket(said: &str) -> bool {
    code(said) == Some("NoSuchBucket")
}

/// Whether a service refuses who asks, and not what is asked for.
fn is_about_credentials(code: &str) -> bool {
    [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
    ]
    .contains(&code)
}

/// What went wrong in few words: the code of the service, or why nothing was received. An answer is not repeated: it may
/// quote what was sent.
fn said(error: &StoreError) -> String {
    let text = error.to_string();
    if let Some(code) = code(&text) {
        return code.to_owned();
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<TransportError>() {
            return error.to_string();
        }
        cause = inner.source();
    }
    let status = text.split("status code: ").nth(1).and_then(|rest| rest.get(..3));
    match status.filter(|status| status.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(status) => format!("status {status}"),
        None if text.contains("redirect") => "it is in another region".to_owned(),
        None => match error {
            StoreError::Generic { source, .. } if source.source().is_none() => source.to_string(),
            StoreError::InvalidPath { source } => source.to_string(),
            _ => "an answer that is not understood".to_owned(),
        },
    }
}

/// The code in the answer of a service.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_code = (1..64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then_some(code)
}

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
