//! Standard error: log lines, the progress bar and the last line share it without tearing each other.

use connector_runtime::Redactor;
use indicatif::{ProgressBar, ProgressDrawTarget};
use review_cli::{Shade, painted, plain, plain_json};
use secrecy::SecretString;
use std::fmt;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Standard error. Every line is scrubbed of the secrets of the settings, so that not even the message of a library can
/// show them.
pub(crate) struct Stderr {
    out: Mutex<Box<dyn Write + Send>>,
    bar: Mutex<Option<ProgressBar>>,
    secrets: Mutex<Redactor>,
    terminal: bool,
    coloured: bool,
}

impl Stderr {
    pub(crate) fn new(out: Box<dyn Write + Send>, terminal: bool) -> Self {
        Self {
            out: Mutex::new(out),
            bar: Mutex::default(),
            secrets: Mutex::default(),
            terminal,
            coloured: false,
        }
    }

    /// The same in colours, where `coloured` says so.
    pub(crate) fn coloured(self, coloured: bool) -> Self {
        Self { coloured, ..self }
    }

    /// Whether a person watches.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// From now on these are taken out of every line.
    pub(crate) fn hide(&self, secrets: Vec<SecretString>) {
        lock(&self.secrets).add(secrets);
    }

    /// Writes a line for people, above the progress bar if there is one. A line that cannot be written is lost: there is
    /// nowhere left to say so.
    pub(crate) fn line(&self, text: &str) {
        self.write(&plain(&self.scrubbed(text)));
    }

    /// The same where one word of it has a shade.
    pub(crate) fn shaded_line(&self, text: &str, word: &str, shade: Shade) {
        let text = plain(&self.scrubbed(text));
        match text.split_once(word).filter(|_| self.coloured) {
            Some((before, after)) => self.write(&format!("{before}{}{after}", painted(word, shade, true))),
            None => self.write(&text),
        }
    }

    /// The same of a line of JSON.
    pub(crate) fn json_line(&self, text: &str) {
        self.write(&plain_json(&self.scrubbed(text)));
    }

    fn write(&self, text: &str) {
        let write = || {
            let mut out = lock(&self.out);
            let _ = writeln!(out, "{text}").and_then(|()| out.flush());
        };
        match &*lock(&self.bar) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Puts a progress bar at the bottom, on a terminal.
    pub(crate) fn show(&self, bar: ProgressBar) {
        if self.terminal {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            *lock(&self.bar) = Some(bar);
        }
    }

    /// Removes the progress bar.
    pub(crate) fn clear(&self) {
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
        }
    }

    /// The text without the secrets.
    pub(crate) fn scrubbed(&self, text: &str) -> String {
        lock(&self.secrets).redacted(text).into_owned()
    }
}

impl fmt::Debug for Stderr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stderr")
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}

/// A writer that panicked leaves a usable writer behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
