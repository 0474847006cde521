//! Being asked to stop.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use std::io;
use tokio::sync::watch;

/// How often the process was asked to stop. Whoever waits for it learns of what came before, too.
#[derive(Debug, Default)]
pub(crate) struct Stops(watch::Sender<u32>);

impl Stops {
    /// Counts from now on, on the threads of the runtime, whatever the work does.
    ///
    /// # Errors
    /// Where the signals cannot be listened for.
    pub(crate) fn listen(&self) -> Result<()> {
        let count = self.0.clone();
        let mut signals = Signals::new().map_err(|error| {
            Error::new(
                Outcome::NotUnderstood,
                format!("cannot listen for signals: {error}"),
            )
        })?;
        tokio::spawn(async move {
            while signals.next().await {
                count.send_modify(|stops| *stops += 1);
            }
        });
        Ok(())
    }

    /// Whether the process was asked.
    pub(crate) fn were_asked(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Completes when the process was asked this often.
    pub(crate) async fn asked(&self, times: u32) {
        // The sender is ours, so it does not go away.
        let _ = self.0.subscribe().wait_for(|stops| *stops >= times).await;
    }
}

/// Waits for work that is asked to stop at the first signal, and that is not waited for after the second.
///
/// # Errors
/// `at_once` after the second signal.
pub(crate) async fn waited<T>(
    stops: &Stops,
    work: impl Future<Output = T>,
    ask: impl FnOnce(),
    at_once: impl FnOnce() -> Error,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return Ok(done),
        () = stops.asked(1) => {}
    }
    ask();
    tokio::select! {
        biased;
        done = &mut work => Ok(done),
        () = stops.asked(2) => Err(at_once()),
    }
}

/// Waits for work that changes nothing and keeps nothing, and gives it up at the first signal.
///
/// # Errors
/// [`Outcome::Interrupted`] after a signal.
pub(crate) async fn unless_asked<T>(stops: &Stops, work: impl Future<Output = T>) -> Result<T> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = stops.asked(1) => Err(Error::new(Outcome::Interrupted, "stopped before it was done")),
    }
}

/// What asks the process to stop: SIGINT, SIGTERM, and SIGHUP unless it was ignored when the process began, as `nohup` has
/// it.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        // What reaches the limit of file sizes is to fail as other writes do, and not to end the process without a word.
        drop(signal(SignalKind::from_raw(
            rustix::process::Signal::XFSZ.as_raw(),
        ))?);
        let hangup = !may_be_ignored(SignalKind::hangup().as_raw_value());
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: hangup.then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    /// Whether there was one; without it there are no more.
    async fn next(&mut self) -> bool {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            signal = self.interrupt.recv() => signal.is_some(),
            signal = self.terminate.recv() => signal.is_some(),
            signal = hangup => signal.is_some(),
        }
    }
}

/// Whether a signal is ignored, or nobody knows. Then it is left as it is: what was read is kept whatever ends the process.
#[cfg(target_os = "linux")]
fn may_be_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    ignored.is_none_or(|ignored| ignored >> (signal - 1) & 1 == 1)
}

/// The standard library does not tell.
#[cfg(all(unix, not(target_os = "linux")))]
fn may_be_ignored(_: i32) -> bool {
    true
}

/// What asks the process to stop: Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
