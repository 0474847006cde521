//! Everything that is told on the way, to be searched for what must not be told.

use async_trait::async_trait;
use http_kit::{Request, Response, Transport, TransportError};
use std::io;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, subscriber};

/// Collects texts: log lines that are written to it, and the `Debug` of what passes. Clones collect into one.
///
/// ```
/// # use std::io::Write;
/// use vendor_contract::cases::Overheard;
///
/// let overheard = Overheard::default();
/// let mut log = overheard.clone();
/// writeln!(log, "sent with key abc")?;
/// assert_eq!(overheard.line_with("abc").as_deref(), Some("sent with key abc"));
/// assert_eq!(overheard.lines(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Overheard(Arc<Mutex<Vec<u8>>>);

#[derive(Debug)]
struct Listener {
    inner: Arc<dyn Transport>,
    overheard: Overheard,
}

impl Overheard {
    /// A transport that tells of every request, answer and error what their `Debug` and `Display` show, and sends through
    /// `inner`.
    pub fn listen(&self, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(Listener {
            inner,
            overheard: self.clone(),
        })
    }

    /// Every log line of this thread, down to the finest, is heard until the guard is dropped.
    pub fn log_lines(&self) -> DefaultGuard {
        // Whether anybody wants a line is remembered for all threads. As long as a process has one subscriber, the
        // thread that comes by first is asked, which may be that of another test and want nothing; of two, all are asked.
        static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));
        LazyLock::force(&SECOND);
        let overheard = self.clone();
        let lines = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(move || overheard.clone());
        subscriber::set_default(lines.finish())
    }

    /// One more text.
    pub fn note(&self, text: &str) {
        let mut heard = self.heard();
        heard.extend_from_slice(text.as_bytes());
        heard.push(b'\n');
    }

    /// The first line that holds this.
    pub fn line_with(&self, secret: &str) -> Option<String> {
        let heard = String::from_utf8_lossy(&self.heard()).into_owned();
        heard
            .lines()
            .find(|line| line.contains(secret))
            .map(str::to_owned)
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.heard().iter().filter(|byte| **byte == b'\n').count()
    }

    fn heard(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Overheard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.heard().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Transport for Listener {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.overheard.note(&format!("{request:?}"));
        let outcome = self.inner.send(request).await;
        match &outcome {
            Ok(response) => self.overheard.note(&format!("{response:?}")),
            Err(error) => self.overheard.note(&format!("{error} {error:?}")),
        }
        outcome
    }
}
