//! The one place where this crate waits for time to pass.

use std::time::Duration;

/// Waits. Tests pause the clock of the runtime.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place; it follows the clock of the runtime, which tests pause"
)]
pub(crate) async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}
