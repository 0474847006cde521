//! The machine, as far as requests depend on it: where they go through, and whom they trust.

use connector_sdk::{Finding, Verdict};
use http_kit::EnvironmentProxy;
use url::Url;

/// What is set on this machine for requests to `base`, for the command `doctor`: address, proxy, certificates.
pub fn surroundings(base: &Url) -> Vec<Finding> {
    let noted = |what, found| Finding::new(what, Verdict::Noted, found);
    vec![
        noted("address", base.host_str().unwrap_or_default().to_owned()),
        noted("proxy", proxy(base)),
        noted("certificates", certificates()),
    ]
}

/// The proxy that requests go through: its host and port, because its address may hold a password.
fn proxy(base: &Url) -> String {
    match EnvironmentProxy::of_process() {
        Ok(Some(proxy)) if proxy.applies_to(base) => {
            format!("{} sends requests through {}", proxy.variable(), proxy.address())
        }
        Ok(Some(proxy)) => format!(
            "none for this address; {} names {}, and NO_PROXY or this machine's own address excepts it",
            proxy.variable(),
            proxy.address()
        ),
        Ok(None) => "none in the environment; the system's settings hold".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Which certificates are trusted, beside or in place of those of the system.
fn certificates() -> String {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter();
    let named = named.filter_map(|name| Some(format!("; {name} is {}", variable(name)?)));
    std::iter::once("those of the system".to_owned())
        .chain(named)
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "variables of the system, which are no settings of this program"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
