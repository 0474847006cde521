//! Waiting until the vendor shows a change, for a bounded time.

use std::time::Duration;

use connector_sdk::Result;
use http_kit::Clock;

/// Roles are shown up to 30 seconds later, by the vendor's description of the operations.
pub(super) const ROLES: Duration = Duration::from_secs(35);
/// Nothing is documented for what is not queued; what was seen is a second or two.
pub(super) const SOON: Duration = Duration::from_secs(10);
/// The vendor queues the removal of an account and says nothing of how long that takes.
pub(super) const REMOVAL: Duration = Duration::from_secs(60);

const LONGEST: Duration = Duration::from_secs(5);

/// Reads until the answer is there or the time is up: at once, then after one second, two, four, and every five.
///
/// A read that fails is made again; only when the last one failed too is that the result.
pub(super) async fn until<T, F: Future<Output = Result<Option<T>>>>(
    clock: &dyn Clock,
    patience: Duration,
    mut read: impl FnMut() -> F,
) -> Result<Option<T>> {
    let end = clock.elapsed().saturating_add(patience);
    let mut pause = Duration::from_secs(1);
    loop {
        let answer = read().await;
        if matches!(answer, Ok(Some(_))) {
            return answer;
        }
        let left = end.saturating_sub(clock.elapsed());
        if left.is_zero() {
            return answer;
        }
        clock.sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST);
    }
}
