//! Telemetry: what a program exports to a collector, and which one.

use crate::app::App;
use crate::config::{Settings, telemetry_name as name};
use crate::error::{Error, Result};
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use tracing_subscriber::{Layer, Registry};
use url::Url;

/// Where traces, logs and metrics go.
#[derive(Clone, PartialEq, Eq)]
pub struct Collector {
    /// Its address, with `https://` or `http://`.
    pub endpoint: String,
    /// The certificates that it may identify itself with, as PEM; `None` for those that the system trusts.
    pub certificates: Option<String>,
    /// Whether it gets traces.
    pub traces: bool,
    /// Whether it gets logs.
    pub logs: bool,
    /// The name of the program.
    pub program: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Begins to export, within the runtime of the program.
pub type Exporter = fn(&Collector) -> std::result::Result<Exporting, String>;

/// What exports.
pub struct Exporting {
    /// Takes spans and events.
    pub layer: Box<dyn Layer<Registry> + Send + Sync>,
    /// Exports what is left, in bounded time. The answers say what could not be exported.
    pub end: Box<dyn FnOnce() -> Vec<String> + Send>,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector")
            .field("traces", &self.traces)
            .field("logs", &self.logs)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Exporting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporting").finish_non_exhaustive()
    }
}

/// Begins to export where the settings name a collector.
///
/// # Errors
/// A collector for a program without telemetry, and settings that contradict each other or cannot be read.
pub(crate) fn begin(app: &App, settings: &Settings, directory: &Path) -> Result<Option<Exporting>> {
    let Some(collector) = collector(app, settings, directory)? else {
        return Ok(None);
    };
    let shown = settings.shown(name::ENDPOINT);
    let Some(exporter) = app.telemetry else {
        return Err(
            Error::configuration(format!("{shown}: this program was built without telemetry")).with_hint(
                "Build it with the feature otel (cargo build --features otel), or leave out the setting",
            ),
        );
    };
    exporter(&collector)
        .map(Some)
        .map_err(|problem| Error::configuration(format!("{shown}: {problem}")))
}

fn collector(app: &App, settings: &Settings, directory: &Path) -> Result<Option<Collector>> {
    let plain = settings.switch(name::PLAIN);
    let of_tls = [name::CERTIFICATE_FILE, name::CERTIFICATE].map(|name| (name, settings.text(name)));
    let is_given = |(name, text): &(&'static str, Option<&str>)| text.map(|_| settings.shown(name));
    let given: Vec<String> = of_tls.iter().filter_map(is_given).collect();
    let Some(endpoint) = settings.text(name::ENDPOINT).map(str::trim) else {
        return match given.first() {
            None => Ok(None),
            Some(alone) => Err(
                Error::configuration(format!("{alone} is set without --{}", name::ENDPOINT))
                    .with_hint("Name the collector, or leave out its certificate"),
            ),
        };
    };
    if let [one, other] = given.as_slice() {
        let message = format!("{one} and {other} are the same setting in two forms");
        return Err(Error::configuration(message).with_hint("Leave one of them out"));
    }
    let endpoint = address(endpoint, plain)
        .map_err(|problem| Error::configuration(format!("{}: {problem}", settings.shown(name::ENDPOINT))))?;
    if let (Some(given), true) = (given.first(), endpoint.starts_with("http://")) {
        let message = format!("{given}: the collector is reached without TLS, so there is no certificate");
        return Err(
            Error::configuration(message).with_hint("Leave out the certificate, or reach it with TLS")
        );
    }
    let certificates = match of_tls {
        [(file, Some(path)), _] => {
            let wrong = |why: &dyn fmt::Display| {
                Error::configuration(format!("{}: {path}: {why}", settings.shown(file)))
            };
            let read =
                connector_runtime::open_regular(&directory.join(path)).map_err(|error| wrong(&error))?;
            let read = read.ok_or_else(|| wrong(&"it is not a regular file"))?;
            Some(std::io::read_to_string(read).map_err(|error| wrong(&error))?)
        }
        [_, (_, pem)] => pem.map(ToOwned::to_owned),
    };
    if let (Some(pem), Some(given)) = (&certificates, given.first())
        && !pem.contains("-----BEGIN CERTIFICATE-----")
    {
        return Err(Error::configuration(format!(
            "{given}: there is no certificate in it"
        )));
    }
    Ok(Some(Collector {
        endpoint,
        certificates,
        traces: !settings.switch(name::NO_TRACES),
        logs: !settings.switch(name::NO_LOGS),
        program: app.name,
        version: app.version,
    }))
}

/// The address with its scheme. What is exported says when which requests are made, so it leaves this machine encrypted
/// unless a person says otherwise.
fn address(text: &str, plain: bool) -> std::result::Result<String, String> {
    let (scheme, rest) = match text.split_once("://") {
        None if plain => ("http", text),
        None => ("https", text),
        Some((scheme, rest)) => (scheme, rest),
    };
    // Not repeated in messages: an address may hold a password.
    let url = Url::parse(&format!("{scheme}://{rest}"))
        .map_err(|error| format!("not the address of a collector: {error}"))?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.path().trim_matches('/').is_empty()
        && url.query().is_none();
    if !is_bare {
        return Err("the address of a collector has a host and a port, and nothing else".to_owned());
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match scheme {
        "https" if plain => Err(format!("https:// and --{} contradict each other", name::PLAIN)),
        "http" if !plain && !is_here => Err(format!(
            "http:// to another machine is not encrypted; --{} allows it",
            name::PLAIN
        )),
        "http" | "https" => Ok(url.as_str().trim_end_matches('/').to_owned()),
        _ => {
            Err("the address of a collector begins with https://, with http://, or with its host".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_collectors() {
        let of = |text, plain| address(text, plain).unwrap_or_else(|problem| format!("! {problem}"));
        assert_eq!(of("otel.example:4317", false), "https://otel.example:4317");
        assert_eq!(of("otel.example:4317", true), "http://otel.example:4317");
        assert_eq!(of("http://127.0.0.1:4317", false), "http://127.0.0.1:4317");
        assert_eq!(of("http://[::1]:4317/", false), "http://[::1]:4317");
        assert_eq!(of("http://otel.example:4317", true), "http://otel.example:4317");
        for (text, plain) in [
            ("http://otel.example:4317", false),
            ("https://otel.example:4317", true),
            ("https://ada:hunter2@otel.example", false),
            ("https://otel.example/v1/traces", false),
            ("ftp://otel.example", false),
            ("a b", false),
        ] {
            let told = of(text, plain);
            assert!(
                told.starts_with("! ") && !told.contains("hunter2"),
                "{text}: {told}"
            );
        }
    }
}
