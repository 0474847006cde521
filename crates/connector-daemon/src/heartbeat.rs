//! Heartbeats: telling the platform that a task is still worked on.
//!
//! Every running task has them, so that none is given to somebody else while it runs. Only a sync is cancelled by their answers: it
//! can go on later from where it was. A change that was sent is never given up for one.

use crate::platform::{Platform, told};
use crate::upload::is_final;
use connector_proto::connectorapi::baton::v1::BatonServiceHeartbeatResponse;
use http_kit::Clock;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;
use tracing::Instrument as _;

/// How long after a heartbeat the next one comes where the platform does not say.
const USUAL: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// Failures in a row after which nobody is taken to wait for a sync any more.
const MOST_FAILURES: u32 = 9;

/// What is cancelled by the answers, and why it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancellable {
    pub(crate) token: CancellationToken,
    why: Arc<Mutex<Option<&'static str>>>,
}

impl Cancellable {
    /// One that a parent cancels, too.
    pub(crate) fn child_of(parent: &CancellationToken) -> Self {
        Self {
            token: parent.child_token(),
            why: Arc::default(),
        }
    }

    fn cancel(&self, why: &'static str) {
        self.why
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(why);
        self.token.cancel();
    }

    /// Why the platform cancelled it, if it did.
    pub(crate) fn why(&self) -> Option<&'static str> {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends heartbeats of a task until the answer is dropped. The first one is sent before this returns.
pub(crate) async fn begin(
    platform: Platform,
    clock: Arc<dyn Clock>,
    task_id: String,
    cancels: Option<Cancellable>,
) -> AbortOnDropHandle<()> {
    let mut beats = Beats {
        platform,
        clock,
        task_id,
        cancels,
        failures: 0,
    };
    let mut wait = beats.beat().await;
    let beating = async move {
        loop {
            beats.clock.sleep(wait).await;
            wait = beats.beat().await;
        }
    };
    AbortOnDropHandle::new(tokio::spawn(beating.in_current_span()))
}

struct Beats {
    platform: Platform,
    clock: Arc<dyn Clock>,
    task_id: String,
    cancels: Option<Cancellable>,
    failures: u32,
}

impl Beats {
    /// One heartbeat; how long to wait until the next one.
    async fn beat(&mut self) -> Duration {
        match self.platform.heartbeat(&self.task_id).await {
            Ok(answer) => {
                self.failures = 0;
                self.answered(&answer);
                interval(&answer)
            }
            Err(status) => {
                self.failures += 1;
                tracing::warn!(
                    task = self.task_id,
                    failures = self.failures,
                    error = told(&status),
                    "a heartbeat failed"
                );
                self.failed(&status);
                USUAL
            }
        }
    }

    fn answered(&self, answer: &BatonServiceHeartbeatResponse) {
        if answer.cancelled || answer.cancelled_task_ids.contains(&self.task_id) {
            match &self.cancels {
                Some(cancels) => cancels.cancel("task was cancelled"),
                None => tracing::warn!(
                    task = self.task_id,
                    "C1 cancels a task that is not a sync; it is carried out to its end, because it may have been sent"
                ),
            }
        }
    }

    fn failed(&self, status: &Status) {
        let is_over = is_final(status.code()) || self.failures >= MOST_FAILURES;
        if let Some(cancels) = self.cancels.as_ref().filter(|_| is_over) {
            cancels.cancel("task failed heartbeat");
        }
    }
}

fn interval(answer: &BatonServiceHeartbeatResponse) -> Duration {
    match between(answer.next_heartbeat, LONGEST) {
        Some(Duration::ZERO) | None => USUAL,
        Some(asked) => asked.max(SHORTEST),
    }
}

/// A time that the platform asks for, as far as it is none in the past and not longer than this.
pub(crate) fn between(asked: Option<prost_types::Duration>, longest: Duration) -> Option<Duration> {
    let asked = asked?;
    Some(Duration::try_from(asked).unwrap_or_default().min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_are_neither_too_often_nor_too_rare() {
        let after = |seconds| {
            interval(&BatonServiceHeartbeatResponse {
                next_heartbeat: seconds,
                ..Default::default()
            })
        };
        let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        assert_eq!(after(None), USUAL);
        assert_eq!(after(seconds(0)), USUAL);
        assert_eq!(after(seconds(-5)), USUAL);
        assert_eq!(after(seconds(20)), Duration::from_secs(20));
        assert_eq!(after(seconds(100_000)), LONGEST);
        assert_eq!(
            after(Some(prost_types::Duration { seconds: 0, nanos: 1 })),
            SHORTEST
        );
    }
}
