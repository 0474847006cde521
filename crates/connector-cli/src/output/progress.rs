//! What a running sync tells: a bar on a terminal, a log line now and then elsewhere.

use super::number::{count, many, span};
use super::stderr::Stderr;
use connector_runtime::{Clock, Observer, Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a sync without a terminal says how far it is.
const INTERVAL: SignedDuration = SignedDuration::from_secs(10);

/// Watches a sync.
pub(crate) struct Reporter {
    bar: ProgressBar,
    /// Whether a person watches who wants to be told.
    is_shown: bool,
    started: Timestamp,
    stderr: Arc<Stderr>,
    clock: Arc<dyn Clock>,
    /// When the last line was written.
    last: Mutex<Timestamp>,
}

impl Reporter {
    pub(crate) fn new(stderr: Arc<Stderr>, clock: Arc<dyn Clock>, is_quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        // One line that is cut where the terminal ends, however narrow it is made meanwhile: what matters comes first.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(words(Phase::Reading));
        let reporter = Self {
            bar,
            is_shown: stderr.is_terminal() && !is_quiet,
            started: clock.now(),
            last: Mutex::new(clock.now()),
            stderr,
            clock,
        };
        if reporter.is_shown {
            reporter.stderr.show(reporter.bar.clone());
        }
        reporter
    }

    /// Whether it is time for a log line.
    fn due(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let due = now.duration_since(*last) >= INTERVAL;
        if due {
            *last = now;
        }
        due
    }
}

impl Observer for Reporter {
    fn progress(&self, progress: &Progress) {
        let resources: u64 = progress.resources.values().sum();
        let doing = words(progress.phase);
        match progress.phase {
            Phase::Reading if self.is_shown => {
                let took = self.clock.now().duration_since(self.started);
                self.bar.set_message(reading(progress, took.as_secs_f64()));
            }
            Phase::Reading if !self.stderr.is_terminal() && self.due() => tracing::info!(
                resources,
                grants = progress.grants,
                calls_done = progress.calls_done,
                calls_known = progress.calls_known.max(progress.calls_done),
                "{doing}"
            ),
            Phase::Reading => {}
            Phase::Sealing if self.is_shown => self.bar.set_message(doing),
            Phase::Sealing if self.stderr.is_terminal() => {}
            Phase::Sealing => tracing::info!("{doing}"),
        }
    }

    fn message(&self, text: &str) {
        tracing::info!("{text}");
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter")
    }
}

/// How wide the bar is.
const BAR: u64 = 12;

/// How long a sync has to run before its speed says something.
const STEADY: f64 = 2.0;

/// How far a sync is after this many seconds. More calls may become known, so that what is left is at least this.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of calls, and whole seconds for people"
)]
fn reading(progress: &Progress, seconds: f64) -> String {
    let found = format!(
        "{}, {}",
        many(progress.resources.values().sum(), "resource"),
        many(progress.grants, "grant")
    );
    // A listing finds calls and ends them before they are counted as known.
    let (done, known) = (progress.calls_done, progress.calls_known.max(progress.calls_done));
    if known == 0 {
        return format!("{}: {found}", words(Phase::Reading));
    }
    let filled = (done * BAR / known) as usize;
    let bar = format!("[{:<width$}]", "=".repeat(filled), width = BAR as usize);
    let mut line = format!("{bar} {} of {} calls", count(done), count(known));
    if seconds >= STEADY && done > 0 {
        let rate = done as f64 / seconds;
        let _ = write!(line, ", {rate:.0}/s");
        if known > done {
            let left = Duration::from_secs(((known - done) as f64 / rate).ceil() as u64);
            let _ = write!(line, ", at least {} left", span(left));
        }
    }
    format!("{line}; {found}")
}

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "reading",
        Phase::Sealing => "working out who has access, writing the artifact",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_sync_is() {
        let at = |calls_done, calls_known, grants, seconds| {
            let resources = [("user".to_owned(), 1234)].into();
            let mut progress = Progress::default();
            progress.resources = resources;
            progress.grants = grants;
            progress.calls_done = calls_done;
            progress.calls_known = calls_known;
            reading(&progress, seconds)
        };
        assert_eq!(at(0, 0, 1, 0.5), "reading: 1,234 resources, 1 grant");
        assert_eq!(
            at(50, 200, 9, 1.0),
            "[===         ] 50 of 200 calls; 1,234 resources, 9 grants"
        );
        assert_eq!(
            at(50, 200, 9, 10.0),
            "[===         ] 50 of 200 calls, 5/s, at least 30.0 s left; 1,234 resources, 9 grants"
        );
        assert_eq!(
            at(201, 200, 9, 67.0),
            "[============] 201 of 201 calls, 3/s; 1,234 resources, 9 grants"
        );
    }
}
