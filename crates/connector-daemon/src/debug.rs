//! The log of a task that is debugged: kept while it is at work, and uploaded behind its artifact.

use crate::state::State;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// Keeps what the program tells at level debug, without credentials.
pub trait DebugLog: Send + Sync + fmt::Debug {
    /// Writes it into this file, too, from now on. The answer is for [`end`](Self::end).
    fn begin(&self, file: File) -> u64;

    /// Ends it; the file is complete then.
    fn end(&self, number: u64);
}

/// A log that is being kept. Dropped, it goes.
#[derive(Debug)]
pub(crate) struct Debugging {
    log: Arc<dyn DebugLog>,
    number: u64,
    path: PathBuf,
}

impl Debugging {
    /// Begins the log of a task. Where it cannot be kept, the task is carried out anyway.
    pub(crate) fn begin(log: &Arc<dyn DebugLog>, state: &State, id: &str) -> Option<Self> {
        let (path, file) = state
            .log(id)
            .inspect_err(|error| tracing::warn!(task = id, %error, "the task cannot be debugged"))
            .ok()?;
        Some(Self {
            number: log.begin(file),
            log: Arc::clone(log),
            path,
        })
    }

    /// The file, as far as it was written; nothing is added to it any more.
    pub(crate) fn ended(&self) -> &PathBuf {
        self.log.end(self.number);
        &self.path
    }
}

impl Drop for Debugging {
    fn drop(&mut self) {
        self.log.end(self.number);
        // What cannot be removed now is removed at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}
