//! A sync whose artifact is no file but an object of a bucket: `--file s3://BUCKET/KEY`.
//!
//! The engine works on files, so the object is copied into a folder of ours before the first request, and what the sync
//! made of it is put back at the end, where the object is still the one that was copied.

use crate::app::App;
use crate::config::{Settings, name};
use crate::daemon::state_dir;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use async_trait::async_trait;
use review_cli::{OBJECT_SCHEME, is_object};
use secrecy::SecretString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The longest key that a bucket takes, in bytes.
const LONGEST_KEY: usize = 1024;

/// The variables that say how buckets are reached, as other programs read them.
const VARIABLES: [&str; 13] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// Those of them that open a bucket, and must not be shown.
const SECRET: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// An object of a bucket. Its display is what a person named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAddress {
    /// The bucket.
    pub bucket: String,
    /// The name of the object in it.
    pub key: String,
}

/// What is known of the surroundings in which a bucket is reached.
pub struct BucketSurroundings {
    /// The variables that are set, by name, among them keys.
    pub variables: Vec<(&'static str, SecretString)>,
}

/// An object that holds an artifact.
#[async_trait]
pub trait ArtifactObject: Send + Sync + fmt::Debug {
    /// Writes what the object holds into a file. The answer is its version, by which [`put`](Self::put) knows it again; none
    /// where there is no such object.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    async fn fetch(&self, file: &Path) -> Result<Option<String>>;

    /// Puts the file in the place of this version of the object; with none, where there is no object yet.
    ///
    /// # Errors
    /// [`Outcome::Refused`] where there is another version by now, and why else it is not put. An error other than
    /// [`Outcome::Unreachable`] says that the object is as it was.
    async fn put(&self, file: &Path, version: Option<&str>) -> Result<()>;
}

/// Prepares to reach an object; it makes no request.
pub type BucketOpener = fn(&ObjectAddress, &BucketSurroundings) -> Result<Box<dyn ArtifactObject>>;

/// Where the artifact of a sync is while it works.
#[derive(Debug)]
pub(crate) enum Place {
    /// The file that a person named.
    File(PathBuf),
    /// A file that stands for an object.
    Object {
        file: PathBuf,
        address: ObjectAddress,
        object: Box<dyn ArtifactObject>,
        version: Option<String>,
    },
}

impl ObjectAddress {
    /// The object that a setting of an artifact names; none where it names a file.
    ///
    /// # Errors
    /// What is wrong with its address.
    pub fn of(text: &str) -> Result<Option<Self>, String> {
        if !is_object(text) {
            return Ok(None);
        }
        let (bucket, key) = text[OBJECT_SCHEME.len()..]
            .split_once('/')
            .filter(|(_, key)| !key.is_empty())
            .ok_or("an object of a bucket is named s3://BUCKET/KEY")?;
        let of_bucket =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(of_bucket) {
            return Err(
                "the name of a bucket has 3 to 63 small letters, digits, dots and hyphens".to_owned(),
            );
        }
        let is_name = |part: &str| !matches!(part, "" | "." | "..");
        if key.len() > LONGEST_KEY || key.contains(char::is_control) || !key.split('/').all(is_name) {
            return Err(format!(
                "the name of an object has {LONGEST_KEY} bytes at most, and names between its slashes"
            ));
        }
        Ok(Some(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        }))
    }
}

impl fmt::Display for ObjectAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OBJECT_SCHEME}{}/{}", self.bucket, self.key)
    }
}

impl fmt::Debug for BucketSurroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.variables.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

/// The object that the artifact of a sync is.
///
/// # Errors
/// [`Outcome::Configuration`] where it is an object for anything but a sync, or for a program that reaches no bucket.
pub(crate) fn check(app: &App, settings: &Settings, is_sync: bool) -> Result<Option<ObjectAddress>> {
    let shown = settings.shown(name::FILE);
    let address = ObjectAddress::of(settings.artifact())
        .map_err(|problem| Error::configuration(format!("{shown}: {problem}")))?;
    if address.is_none() {
        return Ok(None);
    }
    if !is_sync {
        return Err(
            Error::configuration(format!("{shown}: only a sync works with an object of a bucket"))
                .with_hint("Copy the artifact into a file, and name that"),
        );
    }
    if app.buckets.is_none() {
        return Err(
            Error::configuration(format!("{shown}: this program was built without buckets"))
                .with_hint("Build it with the feature s3 (cargo build --features s3), or name a file"),
        );
    }
    if settings.is_set(name::FILE_MODE) {
        let mode = settings.shown(name::FILE_MODE);
        return Err(Error::configuration(format!(
            "{mode} and {shown} contradict each other: objects have no mode"
        ))
        .with_hint("Leave out the mode; the bucket says who may read it"));
    }
    Ok(address)
}

impl Place {
    /// Finds the place of the artifact, and copies the object that it is.
    ///
    /// # Errors
    /// Where the object cannot be read, or there is no folder for its copy.
    pub(crate) async fn begin(app: &App, host: &Host, settings: &Settings) -> Result<Self> {
        let (Some(address), Some(open)) = (check(app, settings, true)?, app.buckets) else {
            return Ok(Self::File(host.directory.join(settings.artifact())));
        };
        let mut variables = Vec::new();
        for variable in VARIABLES {
            if let Some(value) = host.environment.get(variable)? {
                variables.push((variable, SecretString::from(value)));
            }
        }
        let secret = variables.iter().filter(|(name, _)| SECRET.contains(name));
        host.stderr.hide(secret.map(|(_, value)| value.clone()).collect());
        let object = open(&address, &BucketSurroundings { variables })?;
        // The same for each run, so that one goes on with what another has read.
        let base = state_dir(host, settings)?;
        let folder = connector_daemon::own_folder(&base, &[address.to_string()])
            .map_err(|error| Error::new(Outcome::Refused, error.to_string()))?;
        let file = folder.join("artifact.c1z");
        let version = object.fetch(&file).await?;
        if version.is_none() {
            discard(&file);
        }
        Ok(Self::Object {
            file,
            address,
            object,
            version,
        })
    }

    /// The file that the engine works on.
    pub(crate) fn file(&self) -> &Path {
        match self {
            Self::File(file) | Self::Object { file, .. } => file,
        }
    }

    /// What a person named.
    pub(crate) fn named(&self) -> PathBuf {
        match self {
            Self::File(file) => file.clone(),
            Self::Object { address, .. } => PathBuf::from(address.to_string()),
        }
    }

    /// Why a sync failed, in the words of the person who named the place. The copy goes; what was read stays beside it.
    pub(crate) fn failed(&self, error: Error) -> Error {
        match self {
            Self::File(_) => error,
            Self::Object { file, address, .. } => {
                discard(file);
                error.renamed(&file.display().to_string(), &address.to_string())
            }
        }
    }

    /// Puts what the sync made to where it belongs.
    ///
    /// # Errors
    /// Where it is not there; the error says where it is kept.
    pub(crate) async fn end(&self) -> Result<()> {
        let Self::Object {
            file,
            object,
            version,
            ..
        } = self
        else {
            return Ok(());
        };
        object
            .put(file, version.as_deref())
            .await
            .map_err(|error| error.beside(&format!("what was synced is in {}", file.display())))?;
        discard(file);
        Ok(())
    }
}

/// Removes a copy. One that stays is replaced by the next run, and no reason for a run to fail.
fn discard(file: &Path) {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("{} was not removed: {error}", file.display());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_objects() {
        let of = |text| match ObjectAddress::of(text) {
            Ok(Some(address)) => address.to_string(),
            Ok(None) => "a file".to_owned(),
            Err(problem) => format!("! {problem}"),
        };
        assert_eq!(of("sync.c1z"), "a file");
        assert_eq!(of("s3:/sync.c1z"), "a file");
        assert_eq!(of("s3://access/of/2026.c1z"), "s3://access/of/2026.c1z");
        assert_eq!(of("S3://access/sync.c1z"), "s3://access/sync.c1z");
        for wrong in [
            "s3://",
            "s3://access",
            "s3://access/",
            "s3:///sync.c1z",
            "s3://ab/sync.c1z",
            "s3://Access/sync.c1z",
            "s3://key:secret@access/sync.c1z",
            "s3://access/of//2026.c1z",
            "s3://access/../sync.c1z",
            "s3://access/a\nb",
        ] {
            assert!(of(wrong).starts_with("! "), "{wrong}: {}", of(wrong));
        }
    }
}
