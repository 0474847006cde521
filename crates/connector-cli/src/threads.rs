//! The threads of a run.

use crate::error::{Error, Result};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use tokio::runtime::Runtime;

/// Threads beside those that make requests: one writes the staging file, one waits for it, one unpacks and packs artifacts,
/// one looks up names of hosts.
const FURTHER: usize = 4;

/// What runs the tasks of a run.
///
/// # Errors
/// Where the system does not start as many threads as a run needs. The runtime itself would panic then, or wait for ever.
pub(crate) fn runtime() -> Result<Runtime> {
    let wanted = requesting() + FURTHER;
    let runtime = can_start(wanted).and_then(|()| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(requesting())
            .enable_all()
            .build()
    });
    runtime.map_err(|error| {
        Error::configuration(format!("cannot start {wanted} threads: {error}"))
            .with_hint("Raise the limit of processes: ulimit -u, or pids of the container")
    })
}

/// Threads that make requests: half of the cores. A sync mostly waits for the vendor, the writer of the staging file and the
/// decompression of answers want cores too, and every further thread costs more in wake-ups than it brings.
fn requesting() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    (cores / 2).clamp(1, 4)
}

/// Starts this many threads at a time and ends them again.
fn can_start(threads: usize) -> io::Result<()> {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let started: Vec<io::Result<_>> = (0..threads)
        .map(|_| {
            let gate = Arc::clone(&gate);
            Builder::new().spawn(move || drop(gate.lock()))
        })
        .collect();
    drop(closed);
    started.into_iter().try_for_each(|thread| {
        // It does nothing that could panic.
        let _ = thread?.join();
        Ok(())
    })
}
