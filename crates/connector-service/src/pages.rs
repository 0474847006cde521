//! Pages of a snapshot.

use crate::status::Failure;
use c1z_file::{Artifact, ReadError};
use connector_proto::any;
use connector_proto::connector::v2;
use connector_sdk::{Code, ResourceKey};
use prost::Message;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a page where nobody asks for a number.
const ROWS: u32 = 1000;

/// Bytes of the rows of a page at most, unless one row alone has more: a message of gRPC holds 4 MiB by default.
const BYTES: usize = 3 << 20;

/// A snapshot that is read to its end.
pub(crate) struct Pages {
    artifact: Mutex<Artifact>,
    sync_id: String,
}

/// Which page of which listing.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) page_size: u32,
    pub(crate) page_token: String,
}

/// Rows, and the token of the next page, empty on the last.
pub(crate) type Page<T> = (Vec<T>, String);

impl Pages {
    /// The pages of the latest sync of an artifact.
    pub(crate) fn of(artifact: Artifact, sync_id: String) -> Self {
        Self {
            artifact: Mutex::new(artifact),
            sync_id,
        }
    }

    pub(crate) async fn resources(
        self: Arc<Self>,
        resource_type: String,
        parent: Option<ResourceKey>,
        place: Place,
    ) -> Result<Page<v2::Resource>, Failure> {
        let read = move |artifact: &Artifact, sync: &str, after, limit| {
            let parent = parent.as_ref();
            let parent = parent.map(|key| (key.resource_type.as_str(), key.resource.as_str()));
            artifact.resources_after(sync, &resource_type, parent, after, limit)
        };
        self.page(place, read, |row| row.decode()).await
    }

    pub(crate) async fn entitlements(
        self: Arc<Self>,
        on: ResourceKey,
        place: Place,
    ) -> Result<Page<v2::Entitlement>, Failure> {
        let read = move |artifact: &Artifact, sync: &str, after, limit| {
            artifact.entitlements_on(sync, (&on.resource_type, &on.resource), after, limit)
        };
        self.page(place, read, |row| row.decode()).await
    }

    /// Grants with their expansion, which artifacts keep in a column of its own: who goes on from them needs it.
    pub(crate) async fn grants(
        self: Arc<Self>,
        on: ResourceKey,
        place: Place,
    ) -> Result<Page<v2::Grant>, Failure> {
        let read = move |artifact: &Artifact, sync: &str, after, limit| {
            artifact.grants_on(sync, (&on.resource_type, &on.resource), after, limit)
        };
        let decode = |row: &c1z_file::StoredGrant| {
            let mut grant = row.decode()?;
            if let Some(expandable) = row.expandable()? {
                grant.annotations.push(any::pack(&expandable));
            }
            Ok(grant)
        };
        self.page(place, read, decode).await
    }

    async fn page<Row, T: Message + 'static>(
        self: Arc<Self>,
        place: Place,
        read: impl FnOnce(&Artifact, &str, i64, u32) -> Result<Vec<(i64, Row)>, ReadError> + Send + 'static,
        decode: impl Fn(&Row) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<Page<T>, Failure> {
        let after = self.after(&place.page_token)?;
        let limit = match place.page_size {
            0 => ROWS,
            asked => asked,
        };
        let of_sync = move || -> Result<Page<T>, ReadError> {
            let artifact = self.artifact.lock().unwrap_or_else(PoisonError::into_inner);
            let stored = read(&artifact, &self.sync_id, after, limit)?;
            let is_full = stored.len() >= limit as usize;
            let (mut rows, mut bytes, mut last) = (Vec::with_capacity(stored.len()), 0, after);
            for (number, row) in stored {
                let row = decode(&row)?;
                bytes += row.encoded_len();
                if bytes > BYTES && !rows.is_empty() {
                    return Ok((rows, self.token(last)));
                }
                rows.push(row);
                last = number;
            }
            let next = if is_full { self.token(last) } else { String::new() };
            Ok((rows, next))
        };
        tokio::task::spawn_blocking(of_sync)
            .await
            .map_err(|error| Failure::new(Code::Internal, format!("a page could not be read: {error}")))?
            .map_err(|error| Failure::new(Code::Internal, format!("a page cannot be read: {error}")))
    }

    fn token(&self, after: i64) -> String {
        format!("{}:{after}", self.sync_id)
    }

    /// The row behind which a page begins. A token of another snapshot is refused: rows have other numbers there, and some would
    /// be left out without a word.
    fn after(&self, token: &str) -> Result<i64, Failure> {
        if token.is_empty() {
            return Ok(0);
        }
        let row = token
            .split_once(':')
            .filter(|(sync_id, _)| *sync_id == self.sync_id);
        let row = row.and_then(|(_, row)| row.parse().ok());
        row.ok_or_else(|| {
            let message = "the page token is not one of this snapshot: list again from the first page";
            Failure::new(Code::InvalidArgument, message)
        })
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("sync_id", &self.sync_id)
            .finish_non_exhaustive()
    }
}
