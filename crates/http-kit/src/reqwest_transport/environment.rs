//! What the environment says about the way to the network: a proxy, and certificates to trust.
//!
//! The HTTP library skips a variable that it does not understand, and requests then go past the proxy. Here such a variable
//! is an error before the first request. It is read once for each transport.

use crate::transport::{TransportError, TransportErrorKind};
use http::HeaderValue;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use url::Url;

/// Variables that name the proxy of https requests, in the order in which they count. An empty one counts as unset.
/// `HTTP_PROXY` is not among them: plain http goes to this machine alone.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Variables that list the hosts to reach without a proxy.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The variable that names a file of certificates to trust.
pub(super) const CERTIFICATES: &str = "SSL_CERT_FILE";

/// The variables that are not empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment(BTreeMap<&'static str, OsString>);

/// A proxy that a variable of the environment names.
///
/// `Debug` shows no user and no password.
#[derive(Clone)]
pub struct EnvironmentProxy {
    variable: &'static str,
    url: Url,
    exceptions: String,
}

impl EnvironmentProxy {
    /// The proxy of https requests that the environment of this process names, if it names one. Where it names none, the
    /// settings of the system hold on macOS and Windows.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Settings`] when a variable is set to something that is not the address of a usable proxy.
    pub fn of_process() -> Result<Option<Self>, TransportError> {
        Environment::of_process().proxy()
    }

    /// The variable that names the proxy.
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// Host and port of the proxy, without user and password.
    pub fn address(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether requests to this address go through the proxy: the variable `NO_PROXY` may except it.
    pub fn applies_to(&self, address: &Url) -> bool {
        self.intercept(address).is_some()
    }

    /// For connections that are no requests of this crate: where a tunnel (CONNECT) to this address is asked for, and what
    /// the proxy wants to see; nothing where the address is excepted.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Settings`] for a proxy that is itself reached by TLS.
    pub fn tunnel(&self, address: &Url) -> Result<Option<(http::Uri, Option<HeaderValue>)>, TransportError> {
        let Some(found) = self.intercept(address) else {
            return Ok(None);
        };
        if self.url.scheme() != "http" {
            let reason = format!(
                "names a proxy that is itself reached by TLS, which connections to {} cannot use: name it with http://",
                address.host_str().unwrap_or_default()
            );
            return Err(settings(self.variable, &reason));
        }
        Ok(Some((found.uri().clone(), found.basic_auth().cloned())))
    }

    fn intercept(&self, address: &Url) -> Option<Intercept> {
        let matcher = Matcher::builder()
            .https(self.url.as_str())
            .no(self.exceptions.as_str())
            .build();
        matcher.intercept(&address.as_str().parse().ok()?)
    }

    pub(super) fn for_client(&self) -> Result<reqwest::Proxy, TransportError> {
        let proxy = reqwest::Proxy::https(self.url.clone())
            .map_err(|_| settings(self.variable, "is not the address of a proxy"))?;
        Ok(proxy.no_proxy(reqwest::NoProxy::from_string(&self.exceptions)))
    }
}

impl std::fmt::Debug for EnvironmentProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvironmentProxy")
            .field("variable", &self.variable)
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// The variables of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "variables of the system, which the HTTP library would read itself"
    )]
    pub(super) fn of_process() -> Self {
        Self::new(|name| std::env::var_os(name))
    }

    pub(super) fn new(read: impl Fn(&str) -> Option<OsString>) -> Self {
        let names = PROXIES.into_iter().chain(EXCEPTIONS).chain([CERTIFICATES]);
        let set = names.filter_map(|name| Some((name, read(name)?)));
        Self(set.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The proxy of https requests.
    pub(super) fn proxy(&self) -> Result<Option<EnvironmentProxy>, TransportError> {
        let Some((variable, value)) = self.first(PROXIES) else {
            return Ok(None);
        };
        let exceptions = match self.first(EXCEPTIONS) {
            Some((name, value)) => value.to_str().ok_or_else(|| settings(name, "is not text"))?,
            None => "",
        };
        let text = value.to_str().ok_or_else(|| settings(variable, "is not text"))?;
        let proxy = EnvironmentProxy {
            variable,
            url: parse(text).map_err(|reason| settings(variable, &reason))?,
            exceptions: exceptions.to_owned(),
        };
        Ok(Some(proxy))
    }

    /// The file of certificates to trust.
    pub(super) fn certificates(&self) -> Option<PathBuf> {
        self.0.get(CERTIFICATES).map(PathBuf::from)
    }

    fn first<const N: usize>(&self, names: [&'static str; N]) -> Option<(&'static str, &OsString)> {
        names.into_iter().find_map(|name| Some((name, self.0.get(name)?)))
    }
}

/// The error of a variable. Its value is not told: it may hold a password.
pub(super) fn settings(variable: &str, reason: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Settings)
        .with_source(format!("the environment variable {variable} {reason}"))
}

fn parse(text: &str) -> Result<Url, String> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a line break or a blank, which an address of a proxy cannot have".to_owned());
    }
    let unusable = || "is not the address of a proxy, such as http://proxy.example:3128".to_owned();
    let text = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let url: Url = text.parse().map_err(|_| unusable())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "names a proxy of the kind {}, which is not supported: use one with http:// or https://",
            url.scheme()
        ));
    }
    // The library that connects has a stricter parser, and would leave out what only the other one understands.
    let probe = http::Uri::from_static("https://host.invalid/");
    let usable = Matcher::builder()
        .https(url.as_str())
        .build()
        .intercept(&probe)
        .is_some();
    match url.host_str() {
        Some(host) if usable && !host.is_empty() => Ok(url),
        _ => Err(unusable()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(set: &[(&str, &str)]) -> Environment {
        let set: BTreeMap<_, _> = set.iter().copied().collect();
        Environment::new(|name| set.get(name).map(OsString::from))
    }

    /// The variable and the address of the proxy, or what is wrong.
    fn found(set: &[(&str, &str)]) -> Result<Option<String>, String> {
        let proxy = environment(set).proxy().map_err(|error| {
            assert_eq!(error.kind, TransportErrorKind::Settings);
            error.to_string()
        })?;
        Ok(proxy.map(|proxy| format!("{} {}", proxy.variable(), proxy.address())))
    }

    #[test]
    fn the_first_variable_that_is_not_empty_counts() {
        #[track_caller]
        fn check(set: &[(&str, &str)], expected: Option<&str>) {
            assert_eq!(found(set), Ok(expected.map(str::to_owned)));
        }
        check(&[], None);
        check(&[("HTTPS_PROXY", "")], None);
        check(&[("HTTP_PROXY", "http://p:1")], None);
        check(
            &[("HTTPS_PROXY", "http://p:1"), ("ALL_PROXY", "q:2")],
            Some("HTTPS_PROXY p:1"),
        );
        check(
            &[("HTTPS_PROXY", ""), ("https_proxy", "https://p")],
            Some("https_proxy p:443"),
        );
        check(&[("all_proxy", "10.0.0.1:3128")], Some("all_proxy 10.0.0.1:3128"));
        check(
            &[("ALL_PROXY", "http://ada:p%40ss@[::1]:8080/")],
            Some("ALL_PROXY [::1]:8080"),
        );
    }

    #[test]
    fn what_is_no_usable_proxy_is_an_error_that_names_the_variable() {
        for value in [
            "http://proxy:3128\n",
            "http://pro xy:3128",
            "http://ada:pa\tss@proxy",
            "http://proxy:port",
            "http://[::1",
            "http://",
            "://proxy",
            "ada:password@:80",
            "socks5://proxy:1080",
            "socks5h://ada:password@proxy",
            "ftp://proxy",
            "http://user@:80",
        ] {
            for variable in PROXIES {
                let error = found(&[(variable, value)]).expect_err(value);
                assert!(error.contains(variable), "{error}");
                assert!(!error.contains("ada") && !error.contains("password@"), "{error}");
            }
        }
        let error = found(&[("HTTPS_PROXY", "socks5://proxy:1080")]).expect_err("not supported");
        assert!(error.contains("socks5, which is not supported"), "{error}");
    }

    #[test]
    fn some_hosts_need_no_proxy() {
        let set = [
            ("HTTPS_PROXY", "http://ada:word@p:1"),
            ("no_proxy", "localhost,.example.com"),
        ];
        let proxy = environment(&set).proxy().expect("usable").expect("a proxy");
        let applies = |address: &str| proxy.applies_to(&address.parse().expect("an address"));
        assert!(applies("https://api.atlassian.com/admin"));
        assert!(!applies("https://api.example.com") && !applies("https://localhost:8080"));
        assert!(!format!("{proxy:?}").contains("word"));
        let tunnel = |address: &str| proxy.tunnel(&address.parse().expect("an address"));
        let (uri, auth) = tunnel("https://c1.test").expect("usable").expect("applies");
        assert_eq!((uri.host(), uri.port_u16()), (Some("p"), Some(1)));
        assert!(auth.is_some_and(|auth| auth.as_bytes().starts_with(b"Basic ")));
        assert_eq!(tunnel("https://api.example.com").expect("usable"), None);
        let by_tls = environment(&[("HTTPS_PROXY", "https://p")]).proxy();
        let error = by_tls.expect("usable").expect("a proxy");
        let error = error.tunnel(&"https://c1.test".parse().expect("an address"));
        assert!(error.expect_err("refused").to_string().contains("HTTPS_PROXY"));
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_text_is_an_error() {
        use std::os::unix::ffi::OsStringExt;
        let environment = Environment::new(|_| Some(OsString::from_vec(vec![b'p', 0xff])));
        assert!(environment.proxy().is_err());
    }
}
