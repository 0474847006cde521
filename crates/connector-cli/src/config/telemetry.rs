//! The settings of what is exported to an OpenTelemetry collector.

use super::setting::{Group, Setting, of, switch};
use connector_sdk::FieldKind;

/// Names of the settings.
pub(crate) mod name {
    pub(crate) const ENDPOINT: &str = "otel-collector-endpoint";
    pub(crate) const CERTIFICATE_FILE: &str = "otel-collector-endpoint-tls-cert-path";
    pub(crate) const CERTIFICATE: &str = "otel-collector-endpoint-tls-cert";
    pub(crate) const PLAIN: &str = "otel-collector-endpoint-tls-insecure";
    pub(crate) const NO_TRACES: &str = "otel-tracing-disabled";
    pub(crate) const NO_LOGS: &str = "otel-logging-disabled";
}

/// Every setting of it.
pub(super) fn settings() -> Vec<Setting> {
    let text = |name, title, about, word| {
        of(Group::Telemetry, name, title, about, FieldKind::Text(None))
            .value_word(word)
            .operation()
    };
    let off = |name, title, about| switch(Group::Telemetry, name, title, about).operation();
    vec![
        text(
            name::ENDPOINT,
            "OpenTelemetry collector",
            "Export traces, logs and metrics to this collector, by OTLP over gRPC",
            "HOST:PORT",
        ),
        text(
            name::CERTIFICATE_FILE,
            "Certificate file of the collector",
            "A PEM file of the certificates that the collector may identify itself with, in place of those of the system",
            "PATH",
        ),
        text(
            name::CERTIFICATE,
            "Certificate of the collector",
            "The same certificates themselves",
            "PEM",
        ),
        off(
            name::PLAIN,
            "No TLS to the collector",
            "Reach the collector without TLS",
        ),
        off(name::NO_TRACES, "No traces", "Export no traces"),
        off(name::NO_LOGS, "No exported logs", "Export no logs"),
    ]
}
