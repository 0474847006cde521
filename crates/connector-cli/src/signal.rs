//! Being asked to stop.

use std::io;

/// Completes when the process is asked to stop: SIGINT or SIGTERM.
///
/// # Errors
/// Where the signals cannot be listened for.
#[cfg(unix)]
pub(crate) async fn stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Completes when the process is asked to stop: Ctrl-C or Ctrl-Break.
///
/// # Errors
/// Where they cannot be listened for.
#[cfg(not(unix))]
pub(crate) async fn stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
