//! Room in memory for one large body at a time: many at once would add up, whatever the limit for one.

use crate::transport::TransportError;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// What every body may take without waiting.
pub(super) const FREE: usize = 1024 * 1024;

/// Each of those before it ends within its own time.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// The room for a body that is larger than [`FREE`]. It is not shared out by length: what a body costs once it is decoded is
/// a multiple of it that nobody knows before.
#[derive(Debug)]
pub(super) struct Room(Arc<Semaphore>);

/// A body that has the room, which is free again when the last part of the body is dropped.
struct Held {
    body: Bytes,
    _room: OwnedSemaphorePermit,
}

// === impl Room ===

impl Room {
    /// Waits for the room, in the order in which it is asked for. The deadline moves by as much: nobody is late because others
    /// are large.
    pub(super) async fn take(&self, deadline: &mut Instant) -> Result<OwnedSemaphorePermit, TransportError> {
        let began = Instant::now();
        let room = timeout(LONGEST_WAIT, Arc::clone(&self.0).acquire_owned()).await;
        *deadline += began.elapsed();
        match room {
            Ok(room) => Ok(room.expect("the room is never closed")),
            Err(_) => Err(super::timed_out()),
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

// === impl Held ===

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// The body, which keeps its room as long as it is there.
pub(super) fn held(room: OwnedSemaphorePermit, body: Bytes) -> Bytes {
    Bytes::from_owner(Held { body, _room: room })
}
