//! The log of a task that is debugged: every line at level debug and above while it is at work, for whoever asked for it.

use super::log::{Fields, filter, json_line};
use super::stderr::Stderr;
use connector_daemon::DebugLog;
use connector_runtime::Clock;
use review_cli::plain_json;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The most that is kept for one task. What comes after it is left out, and that is said.
const MOST_BYTES: usize = 16 << 20;

/// Where the lines of tasks that are debugged go. Clones share it.
#[derive(Clone)]
pub(crate) struct TaskLogs(Arc<Shared>);

struct Shared {
    files: Mutex<Files>,
    /// Whether there are any.
    is_on: AtomicBool,
    /// Knows the secrets of the settings.
    stderr: Arc<Stderr>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Files {
    last: u64,
    open: BTreeMap<u64, Kept>,
}

struct Kept {
    file: BufWriter<File>,
    left: usize,
}

impl TaskLogs {
    /// Lines lack the secrets that `stderr` hides.
    pub(crate) fn new(stderr: Arc<Stderr>, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            files: Mutex::default(),
            is_on: AtomicBool::new(false),
            stderr,
            clock,
        }))
    }

    /// What takes the events. It costs next to nothing while no task is debugged.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let logs = self.clone();
        let debug = filter("debug");
        let of_events = dynamic_filter_fn(move |_, _| logs.0.is_on.load(Ordering::Relaxed))
            .with_callsite_filter(move |of| {
                match of.is_event() && debug.would_enable(of.target(), of.level()) {
                    true => Interest::sometimes(),
                    false => Interest::never(),
                }
            })
            .with_max_level_hint(LevelFilter::DEBUG);
        Events(self.clone()).with_filter(of_events)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, text: &str) {
        let scrubbed = self.0.stderr.scrubbed(text);
        let text = plain_json(&scrubbed);
        for kept in self.files().open.values_mut() {
            kept.line(&text);
        }
    }
}

impl Kept {
    /// A line that cannot be written is lost: the task matters more than its log.
    fn line(&mut self, text: &str) {
        let before = self.left;
        self.left = before.saturating_sub(text.len() + 1);
        if self.left > 0 {
            let _ = writeln!(self.file, "{text}");
        } else if before > 0 {
            let _ = writeln!(self.file, r#"{{"level":"warn","msg":"the log is full"}}"#);
        }
    }
}

impl DebugLog for TaskLogs {
    fn begin(&self, file: File) -> u64 {
        let mut files = self.files();
        files.last += 1;
        let number = files.last;
        let kept = Kept {
            file: BufWriter::new(file),
            left: MOST_BYTES,
        };
        files.open.insert(number, kept);
        self.0.is_on.store(true, Ordering::Relaxed);
        number
    }

    fn end(&self, number: u64) {
        let mut files = self.files();
        // Dropping it writes what is left.
        files.open.remove(&number);
        self.0.is_on.store(!files.open.is_empty(), Ordering::Relaxed);
    }
}

impl fmt::Debug for TaskLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLogs").finish_non_exhaustive()
    }
}

struct Events(TaskLogs);

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        self.0.line(&json_line(self.0.0.clock.now(), &level, &fields));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_runtime::SystemClock;
    use tracing_subscriber::layer::SubscriberExt as _;

    /// Each task has the lines of its time, and no secret of the settings in them.
    #[test]
    fn a_task_has_the_lines_of_its_time() {
        let stderr = Arc::new(Stderr::new(Box::new(std::io::sink()), false));
        stderr.hide(vec!["a-secret-of-many-letters".into()]);
        let logs = TaskLogs::new(stderr, Arc::new(SystemClock));
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("1"), folder.path().join("2"));
        let tells = |text: &str| tracing::debug!("{text}");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(logs.layer()), || {
            tells("before");
            let first = logs.begin(File::create(&one).unwrap());
            tells("of one, with a-secret-of-many-letters");
            let second = logs.begin(File::create(&two).unwrap());
            tells("of both");
            tracing::trace!("too much");
            tracing::debug!(target: "hyper::client", "a library about itself");
            logs.end(first);
            tells("of two");
            logs.end(second);
            tells("after");
        });
        let lines = |path| {
            let text = std::fs::read_to_string(path).unwrap();
            let message = |line: &str| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["msg"].as_str().unwrap().to_owned()
            };
            text.lines().map(message).collect::<Vec<_>>()
        };
        assert_eq!(lines(one), ["of one, with [redacted]", "of both"]);
        assert_eq!(lines(two), ["of both", "of two"]);
    }

    /// A log of days must not fill the disk.
    #[test]
    fn a_log_ends_where_it_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut kept = Kept {
            file: BufWriter::new(File::create(&path).unwrap()),
            left: 20,
        };
        for _ in 0..9 {
            kept.line("12345678");
        }
        drop(kept);
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            text,
            "12345678\n12345678\n{\"level\":\"warn\",\"msg\":\"the log is full\"}\n"
        );
    }
}
