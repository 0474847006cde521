//! Who may ask what. Each surface has its own credentials, and its own words for no.

use super::sim::Sim;
use super::switches::{Deprecated, Guard};
use crate::endpoint::{Endpoint, Surface};
use crate::wire::Refusal;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    /// The key, as which requests are counted.
    pub(super) key: &'a str,
    /// Whether the key has scopes.
    pub(super) scoped: bool,
}

/// Whether the caller may ask this at all.
pub(super) fn admit<'a>(
    sim: &'a Sim,
    endpoint: Endpoint,
    headers: &'a HeaderMap,
    parts: &[(String, String)],
) -> Result<Caller<'a>, Refusal> {
    match endpoint.surface() {
        Surface::Organization => of_organization(sim, endpoint, headers, parts),
        Surface::Management => of_accounts(sim, headers),
        Surface::Scim => of_scim(sim, headers, parts),
    }
}

/// The key first, then the organization, then the key's scopes, then whether the endpoint is there.
fn of_organization<'a>(
    sim: &'a Sim,
    endpoint: Endpoint,
    headers: &HeaderMap,
    parts: &[(String, String)],
) -> Result<Caller<'a>, Refusal> {
    let key = sim.key_of(bearer(headers)).ok_or_else(Refusal::unauthorized)?;
    if parts
        .iter()
        .any(|(name, value)| name == "org" && *value != sim.org().id())
    {
        return Err(Refusal::foreign_org());
    }
    if !key.allows(endpoint.scope()) || (key.is_scoped() && endpoint.needs_whole_key()) {
        return Err(Refusal::forbidden("ADMIN-403-3"));
    }
    let switches = sim.switches();
    let gated = matches!(
        endpoint,
        Endpoint::UserRoleAssign | Endpoint::UserRoleRevoke | Endpoint::OldInvite
    );
    if gated && switches.roles_gated {
        return Err(Refusal::forbidden("ADMIN-UAM-403-1"));
    }
    let state = match endpoint {
        Endpoint::UsersList | Endpoint::GroupsList => switches.deprecated_lists,
        Endpoint::UsersSearch | Endpoint::GroupsSearch => switches.searches,
        _ => Deprecated::Alive,
    };
    match state {
        Deprecated::Alive => Ok(Caller {
            key: &key.text,
            scoped: key.is_scoped(),
        }),
        Deprecated::NotFound => Err(Refusal::no_such_path()),
        Deprecated::MethodNotAllowed => Err(Refusal::no_such_method()),
        Deprecated::NotMigrated => {
            Err(
                Refusal::new(StatusCode::BAD_REQUEST, "ADMIN-400-4", "Invalid resource").detail(format!(
                    "Organization: {} is not with the new user management experience",
                    sim.org().id()
                )),
            )
        }
    }
}

/// User management takes keys without scopes only. The scope that it names cannot be chosen for a key.
fn of_accounts<'a>(sim: &'a Sim, headers: &HeaderMap) -> Result<Caller<'a>, Refusal> {
    let key = sim
        .key_of(bearer(headers))
        .ok_or_else(|| Refusal::management(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized"))?;
    if key.is_scoped() {
        return Err(Refusal::management(
            StatusCode::FORBIDDEN,
            "forbidden.insufficientScope",
            "Insufficient scope",
        )
        .context(json!({ "requiredScopes": ["manage:org"] })));
    }
    Ok(Caller {
        key: &key.text,
        scoped: false,
    })
}

/// SCIM takes the key of the one directory that is asked.
fn of_scim<'a>(
    sim: &'a Sim,
    headers: &'a HeaderMap,
    parts: &[(String, String)],
) -> Result<Caller<'a>, Refusal> {
    let unauthorized = || Refusal::scim_gateway(StatusCode::UNAUTHORIZED, "Unauthorized");
    let key = bearer(headers).ok_or_else(unauthorized)?;
    let own = sim
        .org()
        .scim_directories()
        .find(|directory| directory.key() == key);
    let own = own.ok_or_else(unauthorized)?;
    match sim.switches().guard {
        Guard::Subscribed => {}
        Guard::Forbidden => return Err(Refusal::scim_gateway(StatusCode::FORBIDDEN, "Forbidden")),
        Guard::NotFound => {
            return Err(Refusal::scim(StatusCode::NOT_FOUND, "", "Directory not found"));
        }
    }
    if parts
        .iter()
        .any(|(name, value)| name == "scim" && *value != own.id())
    {
        return Err(unauthorized());
    }
    Ok(Caller { key, scoped: false })
}

/// How a path or method is refused that does not exist: callers without a valid key do not learn that.
pub(super) fn no_such_endpoint(sim: &Sim, path: &str, headers: &HeaderMap, refusal: Refusal) -> Refusal {
    if path.starts_with("/scim/") {
        return match of_scim(sim, headers, &[]) {
            Ok(_) => Refusal::scim(refusal.status, "", refusal.title),
            Err(refusal) => refusal,
        };
    }
    if sim.key_of(bearer(headers)).is_none() {
        Refusal::unauthorized()
    } else {
        refusal
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether a body is declared as JSON; SCIM has a type of its own beside that.
pub(super) fn is_json(endpoint: Endpoint, headers: &HeaderMap) -> bool {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = declared.split(';').next().unwrap_or_default().trim();
    let scim = endpoint.surface() == Surface::Scim && kind.eq_ignore_ascii_case("application/scim+json");
    scim || kind.eq_ignore_ascii_case("application/json")
}
