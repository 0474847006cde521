//! What a daemon has done, in numbers, for Prometheus: no name, no address and no id is among them.
//!
//! | metric | is |
//! |---|---|
//! | `baton_tasks_total` | tasks by `type` and `result`: `ok`, or the code of the failure |
//! | `baton_task_seconds` | how long they took, by `type` |
//! | `baton_vendor_requests_total`, `…_retried_total`, `…_rate_limited_total` | requests to the vendor with the present credential |
//! | `baton_sync_gaps` | gaps of the last sync by `kind` |
//! | `baton_sync_accounts`, `baton_sync_grants` | what the last uploaded sync holds |
//! | `baton_sync_success_timestamp_seconds` | when the last sync was uploaded; 0 where none was |
//! | `baton_build_info` | always 1, with the `version` |
//!
//! The same figures go to a collector as events with the target `telemetry`; http-kit tells those of requests.

use crate::executor::Connected;
use crate::hello::Program;
use crate::state::Sealed;
use connector_runtime::SyncReport;
use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tonic::Code;

/// The media type of [`Metrics::text`].
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;

/// How many requests a connector has made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// All of them.
    pub total: u64,
    /// Those that repeated an earlier one.
    pub retried: u64,
    /// Those that the vendor refused for being too many.
    pub rate_limited: u64,
}

/// Counts what a daemon does.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    tasks: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
    gaps: Family<Labels, Gauge>,
    accounts: Gauge,
    grants: Gauge,
    success: Gauge,
}

impl Metrics {
    pub(crate) fn new(program: &Program, connected: watch::Receiver<Arc<Connected>>) -> Self {
        let mut registry = Registry::with_prefix("baton");
        // From a tenth of a second to a day.
        let seconds = Family::<_, _, fn() -> _>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.1, 4.0, 11))
        });
        let tasks = Family::default();
        let gaps = Family::default();
        let (accounts, grants, success) = (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("tasks", "Tasks that are finished", tasks.clone());
        registry.register("task_seconds", "How long tasks took", seconds.clone());
        registry.register("sync_gaps", "Gaps of the last sync", gaps.clone());
        registry.register(
            "sync_accounts",
            "Accounts of the last uploaded sync",
            accounts.clone(),
        );
        registry.register("sync_grants", "Grants of the last uploaded sync", grants.clone());
        registry.register(
            "sync_success_timestamp_seconds",
            "When the last sync was uploaded",
            success.clone(),
        );
        let version = vec![("version", program.version.clone())];
        registry.register("build", "The program", Info::new(version));
        registry.register_collector(Box::new(OfVendor(connected)));
        Self {
            registry,
            tasks,
            seconds,
            gaps,
            accounts,
            grants,
            success,
        }
    }

    /// Counts a task that is finished.
    pub(crate) fn task(&self, kind: &str, result: Result<(), Code>, took: Duration) {
        let result = result_name(result);
        tracing::event!(target: "telemetry", tracing::Level::TRACE,
            monotonic_counter.baton_tasks = 1_u64,
            histogram.baton_task_seconds = took.as_secs_f64(),
            r#type = kind,
            result,
        );
        let kind = ("type", kind.to_owned());
        self.seconds
            .get_or_create(&vec![kind.clone()])
            .observe(took.as_secs_f64());
        self.tasks.get_or_create(&vec![kind, ("result", result)]).inc();
    }

    /// Notes what a sync could not read.
    pub(crate) fn synced(&self, report: &SyncReport) {
        self.gaps.clear();
        for gap in report.gaps() {
            let kind = vec![("kind", gap.kind.clone())];
            self.gaps.get_or_create(&kind).set(signed(gap.count));
            tracing::event!(target: "telemetry", tracing::Level::TRACE, gauge.baton_sync_gaps = gap.count, kind = gap.kind);
        }
    }

    /// Notes what was uploaded.
    pub(crate) fn uploaded(&self, sealed: &Sealed, at: Timestamp) {
        self.accounts.set(signed(sealed.accounts));
        self.grants.set(signed(sealed.grants));
        self.success.set(at.as_second());
        tracing::event!(target: "telemetry", tracing::Level::TRACE,
            gauge.baton_sync_accounts = sealed.accounts,
            gauge.baton_sync_grants = sealed.grants,
            gauge.baton_sync_success_timestamp_seconds = at.as_second(),
        );
    }

    /// All of it, in the text format of OpenMetrics.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What a task came to, in one word.
pub(crate) fn result_name(result: Result<(), Code>) -> String {
    result.map_or_else(|code| format!("{code:?}"), |()| "ok".to_owned())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What the connector counts itself.
#[derive(Debug)]
struct OfVendor(watch::Receiver<Arc<Connected>>);

impl Collector for OfVendor {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Requests {
            total,
            retried,
            rate_limited,
        } = (self.0.borrow().requests)();
        for (name, help, count) in [
            ("vendor_requests", "Requests to the vendor", total),
            (
                "vendor_requests_retried",
                "Requests that repeated an earlier one",
                retried,
            ),
            (
                "vendor_requests_rate_limited",
                "Requests that the vendor refused for being too many",
                rate_limited,
            ),
        ] {
            let counter = ConstCounter::new(count);
            use prometheus_client::encoding::EncodeMetric as _;
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}
