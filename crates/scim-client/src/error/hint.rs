//! What a person can do about an error.

use super::ScimErrorKind as Kind;
use crate::profile::CreationEffect;
use http_kit::{ApiError, TransportErrorKind};

/// What to do about what stands between here and the server, which later will stand there too.
pub(super) fn of_the_way(api: &ApiError) -> Option<&'static str> {
    Some(match (api.status(), api.transport().map(|error| error.kind)) {
        (Some(407), _) | (_, Some(TransportErrorKind::Proxy)) => {
            "the proxy on the way wants a user and a password: put them into the address of the proxy in the variable \
             HTTPS_PROXY"
        }
        (_, Some(TransportErrorKind::Tunnel)) => {
            "the proxy on the way does not let the server be reached: have its administrator allow that, or name another \
             proxy in the variable HTTPS_PROXY"
        }
        (_, Some(TransportErrorKind::Tls)) => {
            "no secure connection: the certificate is not trusted, or what answered does not speak TLS. Where something on \
             the way looks into connections, set the variable SSL_CERT_FILE to a PEM file with its certificate"
        }
        _ => return None,
    })
}

/// What to do, in one or two sentences; nothing when there is nothing to do but to look at the error.
///
/// `links` tells a provider whose users stand for accounts of its own: there a value may be taken by a record
/// that the directory does not show.
pub(super) fn hint(kind: Kind, creation: CreationEffect) -> Option<&'static str> {
    let links = creation == CreationEffect::CreatesOrLinks;
    Some(match kind {
        Kind::NotAuthenticated => {
            "check that the key is that of this directory and was not replaced since: replacing a key ends \
             the old one"
        }
        Kind::NotPermitted if links => {
            "the key opens one directory only, and the organization needs a plan that has user provisioning"
        }
        Kind::NotPermitted => "the key does not cover this operation",
        Kind::NotFound if links => {
            "if every address of the directory answers so, the id of the directory is wrong, or the \
             organization's plan for user provisioning has ended and the directory is gone"
        }
        Kind::Taken if links => {
            "another record of this or of another directory of the organization, or another account, has the \
             address, the name or the external id: change or remove that one"
        }
        Kind::Taken => "find the resource that has the value, and change that one or use it",
        Kind::VersionMismatch => "read the resource again, and decide again",
        Kind::CursorRefused => "start the listing again from its first page",
        Kind::TooLarge => "send less at once",
        Kind::RateLimited | Kind::BudgetSpent => {
            "try again later, with fewer requests at a time or more time allowed"
        }
        Kind::Unavailable => "try again later",
        Kind::Redirected => {
            "use the address that the server names as the base address, if it is the provider's"
        }
        Kind::NotOffered => "restrict the profile by what the server says that it offers",
        Kind::PaymentRequired => "the organization needs a paid subscription for this",
        Kind::Refused
        | Kind::BadParameter
        | Kind::NotFound
        | Kind::Immutable
        | Kind::Conflict
        | Kind::InvalidFilter
        | Kind::TooMany
        | Kind::NoTarget
        | Kind::Stopped
        | Kind::Invalid
        | Kind::Unreadable => return None,
    })
}
