//! Uploading an artifact: in pieces, with its checksum, from a file that nobody changes meanwhile.

use crate::platform::{Platform, told};
use connector_proto::connectorapi::baton::v1::BatonServiceUploadAssetRequest;
use connector_proto::connectorapi::baton::v1::baton_service_upload_asset_request::{
    Msg, UploadData, UploadEof, UploadMetadata,
};
use futures_util::stream;
use http_kit::Clock;
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tonic::{Code, Status};

/// The size of a piece.
const PIECE: usize = 512 * 1024;

/// How long each attempt waits before it begins.
const WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(5)];

/// Uploads a file as the asset of a task, in up to three attempts. Each begins with the first byte: the platform takes a whole
/// file or nothing.
pub(crate) async fn upload(
    platform: &Platform,
    clock: &dyn Clock,
    task_id: &str,
    path: &Path,
) -> Result<(), Status> {
    let mut failed = Status::internal("no attempt was made");
    for (number, wait) in WAITS.into_iter().enumerate() {
        clock.sleep(wait).await;
        match attempt(platform, task_id, path).await {
            Ok(()) => return Ok(()),
            // The attempt before was taken, and its answer got lost.
            Err(status) if number > 0 && status.code() == Code::AlreadyExists => return Ok(()),
            Err(status) => {
                tracing::warn!(
                    task = task_id,
                    attempt = number + 1,
                    error = told(&status),
                    "the upload failed"
                );
                failed = status;
            }
        }
        if is_final(failed.code()) {
            break;
        }
    }
    Err(failed)
}

/// Whether sending the same again would be refused again.
pub(crate) fn is_final(code: Code) -> bool {
    matches!(
        code,
        Code::NotFound
            | Code::FailedPrecondition
            | Code::InvalidArgument
            | Code::PermissionDenied
            | Code::Unimplemented
    )
}

async fn attempt(platform: &Platform, task_id: &str, path: &Path) -> Result<(), Status> {
    let unreadable = |error: &io::Error| Status::internal(format!("the artifact cannot be read: {error}"));
    let file = File::open(path).await.map_err(|error| unreadable(&error))?;
    let metadata = UploadMetadata {
        host_id: platform.host_id(),
        task_id: task_id.to_owned(),
        annotations: Vec::new(),
    };
    // What fails here ends the stream before its end is told, so that nobody takes a part for the whole.
    let problem = Arc::new(Mutex::new(None));
    let tell = Arc::clone(&problem);
    let messages = stream::unfold(Step::Metadata(metadata, file), move |step| {
        let tell = Arc::clone(&tell);
        async move {
            let next = step.next().await;
            next.unwrap_or_else(|error| {
                *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                None
            })
        }
    });
    let answer = platform.upload(messages).await;
    let problem = problem.lock().unwrap_or_else(PoisonError::into_inner).take();
    match problem {
        Some(error) => Err(unreadable(&error)),
        None => answer,
    }
}

/// Where an upload is.
enum Step {
    Metadata(UploadMetadata, File),
    Data(File, Sha256),
    Done,
}

impl Step {
    async fn next(self) -> io::Result<Option<(BatonServiceUploadAssetRequest, Self)>> {
        let (message, next) = match self {
            Self::Metadata(metadata, file) => (Msg::Metadata(metadata), Self::Data(file, Sha256::new())),
            Self::Data(mut file, mut hash) => {
                let data = piece(&mut file).await?;
                if data.is_empty() {
                    let eof = UploadEof {
                        sha256_checksum: hash.finalize().to_vec(),
                        annotations: Vec::new(),
                    };
                    (Msg::Eof(eof), Self::Done)
                } else {
                    hash.update(&data);
                    (Msg::Data(UploadData { data }), Self::Data(file, hash))
                }
            }
            Self::Done => return Ok(None),
        };
        Ok(Some((
            BatonServiceUploadAssetRequest { msg: Some(message) },
            next,
        )))
    }
}

/// The next piece, whole unless it is the last; empty at the end.
async fn piece(file: &mut File) -> io::Result<Vec<u8>> {
    let mut data = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut data).await?;
    Ok(data)
}
