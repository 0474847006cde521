//! Being asked to stop.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use std::io;

/// Waits for work that is asked to stop at the first signal, and that is not waited for after the second.
///
/// # Errors
/// `at_once` after the second signal; where the signals cannot be listened for.
pub(crate) async fn waited<T>(
    work: impl Future<Output = T>,
    ask: impl FnOnce(),
    at_once: impl FnOnce() -> Error,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    let deaf = |error| {
        Error::new(
            Outcome::NotUnderstood,
            format!("cannot listen for signals: {error}"),
        )
    };
    tokio::select! {
        biased;
        done = &mut work => return Ok(done),
        stop = stop() => stop.map_err(deaf)?,
    }
    ask();
    tokio::select! {
        biased;
        done = &mut work => Ok(done),
        stop = stop() => {
            stop.map_err(deaf)?;
            Err(at_once())
        }
    }
}

/// Completes when the process is asked to stop: SIGINT or SIGTERM.
///
/// # Errors
/// Where the signals cannot be listened for.
#[cfg(unix)]
async fn stop() -> io::Result<()> {
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
async fn stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
