//! Exports what a connector program does to an OpenTelemetry collector, by OTLP over gRPC.
//!
//! | signal | made of |
//! |---|---|
//! | traces | spans with the target `telemetry`: a task, a sync, a call of the sync, a request |
//! | metrics | events with the target `telemetry`, in the form of [`tracing_opentelemetry::MetricsLayer`] |
//! | logs | events of this program's crates from level info up, see [`logs`] |
//!
//! Nothing leaves that names anybody: spans and metrics have the fields that their places in the code give them, which are
//! names of operations, counts, states and ids of requests; of a log line the constant message leaves, and fields that cannot
//! hold anything else.
#![forbid(unsafe_code)]

pub mod logs;

use connector_cli::{Collector, Exporting};
use logs::LogExport;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tracing_opentelemetry::MetricsLayer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};

/// The target of spans that are exported as traces, and of events that are exported as metrics.
const TARGET: &str = "telemetry";

/// How long the collector is waited for at the end of the program, for what is left of each signal.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection to the collector may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Begins to export. It connects with the first export, within the runtime in which this is called.
///
/// # Errors
/// An address or a certificate that cannot be used.
pub fn begin(collector: &Collector) -> Result<Exporting, String> {
    let channel = channel(collector)?;
    let resource = Resource::builder_empty()
        .with_service_name(collector.program)
        .with_attribute(opentelemetry::KeyValue::new("service.version", collector.version))
        .build();
    let of = |error: opentelemetry_otlp::ExporterBuildError| error.to_string();

    let exporter = MetricExporter::builder()
        .with_tonic()
        .with_channel(channel.clone());
    let meters = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.build().map_err(of)?)
        .with_resource(resource.clone())
        .build();
    let is_metric = filter_fn(|of| of.is_event() && of.target() == TARGET);
    let mut layers = vec![MetricsLayer::new(meters.clone()).with_filter(is_metric).boxed()];

    let mut tracers = None;
    if collector.traces {
        let exporter = SpanExporter::builder().with_tonic().with_channel(channel.clone());
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter.build().map_err(of)?)
            .with_resource(resource.clone())
            .build();
        let is_span = filter_fn(|of| of.is_span() && of.target() == TARGET);
        let layer = tracing_opentelemetry::layer::<Registry>()
            .with_tracer(provider.tracer(collector.program))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        layers.push(layer.with_filter(is_span).boxed());
        tracers = Some(provider);
    }

    let mut loggers = None;
    if collector.logs {
        let exporter = LogExporter::builder().with_tonic().with_channel(channel);
        let provider = SdkLoggerProvider::builder()
            .with_batch_exporter(exporter.build().map_err(of)?)
            .with_resource(resource)
            .build();
        let is_log = filter_fn(logs::is_exported);
        layers.push(
            LogExport::new(&provider, collector.program)
                .with_filter(is_log)
                .boxed(),
        );
        loggers = Some(provider);
    }

    let end = move || {
        let traces = tracers.map(|provider| provider.shutdown_with_timeout(EXPORT_TIMEOUT));
        let logs = loggers.map(|provider| provider.shutdown_with_timeout(EXPORT_TIMEOUT));
        let metrics = Some(meters.shutdown_with_timeout(EXPORT_TIMEOUT));
        let signals = [("traces", traces), ("logs", logs), ("metrics", metrics)];
        signals
            .into_iter()
            .filter_map(|(signal, ended)| match ended {
                Some(Err(error)) => Some(format!("{signal}: {error}")),
                _ => None,
            })
            .collect()
    };
    Ok(Exporting {
        layer: Box::new(layers),
        end: Box::new(end),
    })
}

fn channel(collector: &Collector) -> Result<Channel, String> {
    let with_causes = |error: tonic::transport::Error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        format!("{error}{}", cause.unwrap_or_default())
    };
    let mut endpoint = Endpoint::from_shared(collector.endpoint.clone())
        .map_err(with_causes)?
        .connect_timeout(CONNECT);
    if collector.endpoint.starts_with("https://") {
        let tls = match &collector.certificates {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        endpoint = endpoint.tls_config(tls).map_err(with_causes)?;
    }
    Ok(endpoint.connect_lazy())
}

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
