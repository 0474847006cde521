//! Carries the requests of the store over the transport of `http-kit`.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt as _, Full};
use http_kit::ReqwestTransport;
use http_kit::{Request, Transport, TransportError, TransportErrorKind};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long one request may take, with an artifact in it.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The same for what answers on this machine, or not at all.
const NEAR: Duration = Duration::from_secs(5);

/// Carries requests.
#[derive(Clone, Debug)]
pub(crate) struct Carrier(Arc<dyn Transport>);

impl Carrier {
    pub(crate) fn new() -> Result<Self, http_kit::BuildError> {
        let most = usize::try_from(crate::LARGEST).unwrap_or(usize::MAX);
        let transport = ReqwestTransport::builder().max_body_bytes(most).build()?;
        Ok(Self::over(Arc::new(transport)))
    }

    pub(crate) fn over(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
    }
}

impl HttpConnector for Carrier {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Carrier {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let unusable = |problem: String| {
            let error = TransportError::new(TransportErrorKind::Settings).with_source(problem);
            HttpError::new(HttpErrorKind::Unknown, error)
        };
        let url = check(&parts.uri.to_string()).map_err(unusable)?;
        let timeout = if is_of_machine(&url) { NEAR } else { TIMEOUT };
        let body = body.collect().await?.to_bytes();
        let sent = self.0.send(Request {
            method: parts.method,
            url,
            headers: parts.headers,
            body: (!body.is_empty()).then_some(body),
            timeout,
        });
        let answer = sent
            .await
            .map_err(|error| HttpError::new(kind(error.kind), error))?;
        let never = |never: std::convert::Infallible| match never {};
        let length = answer.body.len();
        let mut response = HttpResponse::new(HttpResponseBody::new(
            Full::<Bytes>::new(answer.body).map_err(never),
        ));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        // It is gone where the answer was decompressed on the way.
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        Ok(response)
    }
}

/// The address, where requests may go to it: encrypted, or to this machine.
pub(crate) fn check(address: &str) -> Result<Url, String> {
    // Not repeated: an address may hold what opens something.
    let url = Url::parse(address).map_err(|error| format!("not an address: {error}"))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here || is_of_machine(&url) => Ok(url),
        "http" => Err("http:// to another machine is not encrypted".to_owned()),
        _ => Err("the address of a bucket begins with https://".to_owned()),
    }
}

/// Whether this is where a machine of a cloud is given its credentials: an address that leaves it nowhere.
fn is_of_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_link_local(),
        Some(Host::Ipv6(ip)) => ip.segments()[..2] == [0xfd00, 0x0ec2],
        _ => false,
    }
}

fn kind(of: TransportErrorKind) -> HttpErrorKind {
    match of {
        TransportErrorKind::Connect | TransportErrorKind::Dns => HttpErrorKind::Connect,
        TransportErrorKind::Timeout => HttpErrorKind::Timeout,
        TransportErrorKind::Interrupted | TransportErrorKind::Truncated => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for address in [
            "https://minio.example:9000",
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
            "http://localhost/",
            "http://169.254.169.254/latest",
            "http://[fd00:ec2::23]/v1/credentials",
        ] {
            assert!(check(address).is_ok(), "{address}");
        }
        for address in [
            "http://minio.example:9000",
            "http://10.0.0.7",
            "http://127.0.0.1.example.com",
            "http://ada:hunter2@minio.example",
            "ftp://127.0.0.1",
            "minio.example",
        ] {
            let problem = check(address).unwrap_err();
            assert!(!problem.contains("hunter2"), "{address}: {problem}");
        }
    }
}
