//! The log: one line an event on stderr, as JSON or for people.

use super::stderr::Stderr;
use crate::outcome::Outcome;
use connector_runtime::Clock;
use jiff::Timestamp;
use review_cli::Shade;
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Libraries that say a lot about themselves and nothing about a sync.
const QUIET: [&str; 11] = [
    "h2",
    "hyper",
    "hyper_util",
    "mio",
    "opentelemetry",
    "opentelemetry-otlp",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "rustls_platform_verifier",
    "tower",
];

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `level`, `ts` (Unix seconds), `msg`, then the fields: the keys that log collectors of existing connectors expect.
    Json,
    /// Time, level, message, fields.
    Console,
}

impl Format {
    /// The form that was chosen, or else the one that whoever reads stderr expects.
    pub(crate) fn of(chosen: Option<&str>, is_terminal: bool) -> Self {
        match chosen {
            Some("json") => Self::Json,
            Some(_) => Self::Console,
            None if is_terminal => Self::Console,
            None => Self::Json,
        }
    }
}

/// What is logged at this level.
pub(crate) fn filter(level: &str) -> Targets {
    let level = match level {
        "debug" => LevelFilter::DEBUG,
        "warn" => LevelFilter::WARN,
        "error" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    let quiet = level.min(LevelFilter::WARN);
    Targets::new()
        .with_default(level)
        .with_targets(QUIET.map(|target| (target, quiet)))
        // Spans and numbers for a collector.
        .with_target("telemetry", LevelFilter::OFF)
}

/// Writes events, with the fields of the spans around them.
#[derive(Debug)]
pub(crate) struct LogLayer {
    pub(crate) format: Format,
    /// Where lines go: stderr, or files in its place.
    pub(crate) outs: Vec<Arc<Stderr>>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .iter()
            .rev()
        {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.rest.extend(outer.rest.clone());
            }
        }
        event.record(&mut fields);
        let level = *event.metadata().level();
        let line = line(self.format, self.clock.now(), level, &fields);
        let shade = match level {
            Level::ERROR => Some(Shade::Bad),
            Level::WARN => Some(Shade::Doubtful),
            _ => None,
        };
        for out in &self.outs {
            match self.format {
                Format::Json => out.json_line(&line),
                Format::Console => match shade {
                    Some(shade) => out.shaded_line(&line, &level.as_str().to_ascii_lowercase(), shade),
                    None => out.line(&line),
                },
            }
        }
    }
}

/// The last line of a program that did not end with 0, as collectors of JSON lines read it.
pub(crate) fn last_line(now: Timestamp, outcome: Outcome, text: &str) -> String {
    let level = match outcome {
        Outcome::Gaps | Outcome::Interrupted => "warn",
        _ => "error",
    };
    let fields = Fields {
        message: text.to_owned(),
        rest: Map::from_iter([("exit_code".to_owned(), outcome.number().into())]),
    };
    json_line(now, level, &fields)
}

/// Whether a log of ours, in either form, begins like this.
pub(crate) fn is_log(beginning: &[u8]) -> bool {
    const LEVELS: [&[u8]; 5] = [b"info", b"warn", b"error", b"debug", b"trace"];
    let is_time = |text: &[u8]| {
        let digit = |at: &usize| text.get(*at).is_some_and(u8::is_ascii_digit);
        [0, 1, 3, 4, 6, 7].iter().all(digit) && text[2] == b':' && text[5] == b':' && text[8..] == *b"Z "
    };
    beginning.starts_with(br#"{"level":""#)
        || beginning
            .split_at_checked(10)
            .is_some_and(|(time, rest)| is_time(time) && LEVELS.iter().any(|level| rest.starts_with(level)))
}

fn line(format: Format, now: Timestamp, level: Level, fields: &Fields) -> String {
    let level = level.as_str().to_ascii_lowercase();
    match format {
        Format::Json => json_line(now, &level, fields),
        Format::Console => {
            let mut line = format!("{} {level:<5} {}", now.strftime("%H:%M:%SZ"), fields.message);
            for (name, value) in &fields.rest {
                let value = match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let _ = write!(line, "  {name}={value}");
            }
            line
        }
    }
}

pub(super) fn json_line(now: Timestamp, level: &str, fields: &Fields) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds since 1970 fit a float for 200 years"
    )]
    let seconds = now.as_microsecond() as f64 / 1e6;
    let mut line = format!(
        r#"{{"level":"{level}","ts":{seconds},"msg":{}"#,
        Value::from(fields.message.as_str())
    );
    for (name, value) in &fields.rest {
        let _ = write!(line, ",{}:{value}", Value::from(name.as_str()));
    }
    line.push('}');
    line
}

/// The message and the other fields of an event.
#[derive(Debug, Default)]
pub(super) struct Fields {
    message: String,
    rest: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => {
                self.message = match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
            }
            // Names that the line itself uses.
            name @ ("level" | "ts" | "msg") => drop(self.rest.insert(format!("field_{name}"), value)),
            name => drop(self.rest.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, value.to_string().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use std::io::{self, Write};
    use std::sync::Mutex;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Debug)]
    struct Frozen;

    impl Clock for Frozen {
        fn now(&self) -> Timestamp {
            Timestamp::from_millisecond(1_800_000_000_250).unwrap()
        }
    }

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(data)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What events come out as.
    fn check(format: Format, level: &str, events: fn()) -> String {
        let captured = Captured::default();
        let stderr = Arc::new(Stderr::new(Box::new(captured.clone()), false));
        stderr.hide(vec!["a-secret-of-many-letters".into()]);
        let layer = LogLayer {
            format,
            outs: vec![stderr],
            clock: Arc::new(Frozen),
        };
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter(level)));
        tracing::subscriber::with_default(subscriber, events);
        let text = captured.0.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }

    fn events() {
        let _span = tracing::info_span!("listing", resource_type = "user").entered();
        tracing::info!(page = 3, cursor = "c\"4", done = false, "read");
        tracing::warn!(
            level = "odd",
            seconds = 1.5,
            "waiting for {}",
            "a-secret-of-many-letters"
        );
        tracing::debug!("not at this level");
        tracing::info!(target: "hyper::client", "a library about itself");
    }

    #[test]
    fn lines_for_programs() {
        assert_snapshot!(check(Format::Json, "info", events), @r#"
        {"level":"info","ts":1800000000.25,"msg":"read","cursor":"c\"4","done":false,"page":3,"resource_type":"user"}
        {"level":"warn","ts":1800000000.25,"msg":"waiting for [redacted]","field_level":"odd","resource_type":"user","seconds":1.5}
        "#);
    }

    #[test]
    fn lines_for_people() {
        assert_snapshot!(check(Format::Console, "info", events), @r#"
        08:00:00Z info  read  cursor=c"4  done=false  page=3  resource_type=user
        08:00:00Z warn  waiting for [redacted]  field_level=odd  resource_type=user  seconds=1.5
        "#);
    }

    #[test]
    fn levels() {
        assert_snapshot!(check(Format::Console, "debug", events), @r#"
        08:00:00Z info  read  cursor=c"4  done=false  page=3  resource_type=user
        08:00:00Z warn  waiting for [redacted]  field_level=odd  resource_type=user  seconds=1.5
        08:00:00Z debug not at this level  resource_type=user
        "#);
        assert_snapshot!(check(Format::Console, "error", events), @"");
    }
}
