//! The many errors of the HTTP library, sorted into the few kinds that decide on a second try.

use crate::transport::{TransportError, TransportErrorKind};
use std::error::Error;
use std::io;

/// How far the exchange had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Up to the head of the response.
    Head,
    /// Within the body of the response.
    Body,
}

/// Sorts `error`, and takes the address out of its text.
pub(super) fn classify(error: reqwest::Error, phase: Phase) -> TransportError {
    let error = error.without_url();
    TransportError::new(kind(&error, phase)).with_source(error)
}

fn kind(error: &reqwest::Error, phase: Phase) -> TransportErrorKind {
    if error.is_builder() {
        return TransportErrorKind::Other;
    }
    if error.is_dns() {
        return TransportErrorKind::Dns;
    }
    if error.is_connect() {
        return connect_kind(error);
    }
    if error.is_timeout() {
        return TransportErrorKind::Timeout;
    }
    let broken = match phase {
        Phase::Head => TransportErrorKind::Interrupted,
        Phase::Body => TransportErrorKind::Truncated,
    };
    for cause in causes(error) {
        if let Some(cause) = cause.downcast_ref::<h2::Error>() {
            let refused = cause.is_remote() && cause.reason() == Some(h2::Reason::REFUSED_STREAM);
            return if refused {
                TransportErrorKind::Connect
            } else {
                broken
            };
        }
        if let Some(cause) = cause.downcast_ref::<hyper::Error>() {
            if cause.is_parse() {
                return TransportErrorKind::Other;
            }
            if cause.is_incomplete_message() || cause.is_closed() || cause.is_canceled() || cause.is_timeout()
            {
                return broken;
            }
        }
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            match cause.kind() {
                io::ErrorKind::TimedOut => return TransportErrorKind::Timeout,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::NotConnected
                | io::ErrorKind::UnexpectedEof => return broken,
                _ => {}
            }
        }
    }
    broken
}

/// What the tunnel through a proxy says of a 407; its type is not public.
const PROXY_ASKS: &str = "proxy authorization required";

/// What it says of any other answer but 200, whose status it does not tell: the second where its head is larger than the
/// library reads, the third where the connection ends before the end of the head, as some refuse without a word.
const PROXY_REFUSES: [&str; 3] = [
    "tunnel error: unsuccessful",
    "proxy response headers too long",
    "tunnel error: unexpected end of file",
];

/// Handshakes fail with the data error of rustls inside an I/O error; everything else may pass.
fn connect_kind(error: &reqwest::Error) -> TransportErrorKind {
    let says = |what: &str| causes(error).any(|cause| cause.to_string().ends_with(what));
    if says(PROXY_ASKS) {
        return TransportErrorKind::Proxy;
    }
    if PROXY_REFUSES.into_iter().any(says) {
        return TransportErrorKind::Tunnel;
    }
    let refused = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::InvalidData);
    if refused {
        TransportErrorKind::Tls
    } else {
        TransportErrorKind::Connect
    }
}

/// The error and everything below it. An I/O error that wraps another one would skip it as its source.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn below<'a>(error: &&'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        let error = *error;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| error.source())
    }
    std::iter::successors(Some(error), below)
}
