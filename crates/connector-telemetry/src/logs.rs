//! Log lines as they leave: a constant message, and fields that name nobody.
//!
//! Messages of the crates below are constant (a test of the workspace holds them to it); what differs between two lines of one
//! kind stands in fields. Numbers and switches leave; of texts only those whose field is known to be about nobody.

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// The crates whose lines are exported.
const CRATES: [&str; 5] = [
    "connector_daemon",
    "connector_runtime",
    "connector_service",
    "http_kit",
    "atlassian_connector",
];

/// Fields whose texts come from a fixed set, or are ids of requests.
const TEXTS: [&str; 7] = [
    "code",
    "engine",
    "kind",
    "operation",
    "resource_type",
    "state",
    "task",
];

/// Whether lines from there are exported.
pub(crate) fn is_exported(of: &Metadata<'_>) -> bool {
    let origin = of.target().split("::").next().unwrap_or_default();
    of.is_event() && *of.level() <= Level::INFO && CRATES.contains(&origin)
}

/// Hands lines to the exporter.
pub(crate) struct LogExport {
    logger: SdkLogger,
}

impl LogExport {
    pub(crate) fn new(provider: &SdkLoggerProvider, program: &'static str) -> Self {
        Self {
            logger: provider.logger(program),
        }
    }
}

impl<S: Subscriber> Layer<S> for LogExport {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (severity, text) = match *event.metadata().level() {
            Level::ERROR => (Severity::Error, "ERROR"),
            Level::WARN => (Severity::Warn, "WARN"),
            _ => (Severity::Info, "INFO"),
        };
        let mut record = self.logger.create_log_record();
        record.set_severity_number(severity);
        record.set_severity_text(text);
        record.set_body(fields.message.into());
        record.add_attributes(fields.rest);
        self.logger.emit(record);
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    rest: Vec<(&'static str, AnyValue)>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name if TEXTS.contains(&name) => self.rest.push((name, format!("{value:?}").into())),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.rest.push((field.name(), value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // Counts fit; what does not is none.
        self.rest
            .push((field.name(), i64::try_from(value).unwrap_or(i64::MAX).into()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.rest.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.rest.push((field.name(), value.into()));
    }

    fn record_error(&mut self, _: &Field, _: &(dyn std::error::Error + 'static)) {}
}
