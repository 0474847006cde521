//! Waiting until the vendor shows a change, for a bounded time.

use connector_sdk::Result;
use http_kit::Clock;
use std::time::Duration;

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
    timeout: Duration,
    mut read: impl FnMut() -> F,
) -> Result<Option<T>> {
    let end = clock.elapsed().saturating_add(timeout);
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

#[cfg(test)]
mod tests {
    use connector_sdk::{Code, Error};
    use http_kit::ManualClock;

    use super::*;

    /// When it is read, in seconds, and its result: what shows at some time, what does not in the time that there
    /// is, reads that fail at first, and reads that fail for good.
    #[tokio::test]
    async fn it_is_read_until_it_shows_and_for_no_longer_than_that() {
        for (timeout, shows_at, works_from, reads, outcome) in [
            (10, 0, 0, &[0][..], Some(true)),
            (10, 4, 0, &[0, 1, 3, 7], Some(true)),
            (10, 10, 0, &[0, 1, 3, 7, 10], Some(true)),
            (10, 11, 0, &[0, 1, 3, 7, 10], Some(false)),
            (10, 0, 2, &[0, 1, 3], Some(true)),
            (10, 0, 20, &[0, 1, 3, 7, 10], None),
            (26, 99, 0, &[0, 1, 3, 7, 12, 17, 22, 26], Some(false)),
            (0, 1, 0, &[0], Some(false)),
        ] {
            let clock = ManualClock::default();
            let mut at = Vec::new();
            let read = || {
                let now = clock.elapsed().as_secs();
                at.push(now);
                async move {
                    if now < works_from {
                        return Err(Error::new(Code::Unavailable, "unread"));
                    }
                    Ok((now >= shows_at).then_some(()))
                }
            };
            let found = until(&clock, Duration::from_secs(timeout), read).await;
            assert_eq!(found.ok().map(|found| found.is_some()), outcome, "{reads:?}");
            assert_eq!(at, reads);
        }
    }
}
