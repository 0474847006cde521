//! What a running sync tells: a bar on a terminal, a log line now and then elsewhere.

use super::number::count;
use super::stderr::Stderr;
use connector_runtime::{Clock, Observer, Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How often a sync without a terminal says how far it is.
const INTERVAL: SignedDuration = SignedDuration::from_secs(10);

/// Watches a sync.
pub(crate) struct Reporter {
    bar: ProgressBar,
    /// Whether it is known what the bar is to count.
    counting: AtomicBool,
    stderr: Arc<Stderr>,
    clock: Arc<dyn Clock>,
    /// When the last line was written.
    last: Mutex<Timestamp>,
}

impl Reporter {
    pub(crate) fn new(stderr: Arc<Stderr>, clock: Arc<dyn Clock>) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let reporter = Self {
            bar,
            counting: AtomicBool::new(false),
            last: Mutex::new(clock.now()),
            stderr,
            clock,
        };
        reporter.style("{wide_msg}");
        reporter.bar.set_message(words(Phase::Reading));
        reporter.stderr.show(reporter.bar.clone());
        reporter
    }

    /// A template that does not parse leaves the bar as it was.
    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
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
        let terminal = self.stderr.is_terminal();
        match progress.phase {
            Phase::Reading if terminal => {
                if progress.calls_known > 0 && !self.counting.swap(true, Ordering::Relaxed) {
                    self.style("{bar:24} {pos} calls answered of {len} known so far  {wide_msg}");
                }
                // A listing finds calls and ends them before they are counted as known.
                self.bar.set_length(progress.calls_known.max(progress.calls_done));
                self.bar.set_position(progress.calls_done);
                self.bar.set_message(format!(
                    "{doing}: {} resources, {} grants",
                    count(resources),
                    count(progress.grants)
                ));
            }
            Phase::Reading if self.due() => tracing::info!(
                resources,
                grants = progress.grants,
                calls_done = progress.calls_done,
                calls_known = progress.calls_known.max(progress.calls_done),
                "{doing}"
            ),
            Phase::Reading => {}
            Phase::Sealing if terminal => self.bar.set_message(doing),
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

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "reading",
        Phase::Sealing => "working out who has access, writing the artifact",
    }
}
