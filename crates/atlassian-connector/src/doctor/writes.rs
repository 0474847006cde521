//! What only a change could tell: endpoints that Atlassian Support opens for an organization, and rights to write.
//!
//! A probe is a write that the vendor has to refuse for its arguments: a role that no app has, an account that does not
//! exist. Where it refuses the arguments the endpoint is open; where it refuses the caller it is not.

use super::finding::{lacks, said};
use super::reads::Sample;
use atlassian_admin::{AccountId, AdminClient, AdminError, AdminErrorKind as Kind, RoleId, RoleOnResource};
use connector_sdk::{Code, Finding, Verdict};

/// An account id of the vendor's form that is nobody's.
const NOBODY: &str = "000000000000000000000000";
/// A role that no app has.
const NO_ROLE: &str = "atlassian/no-such-role";

const ROLES: &str = "change roles of accounts";
const MEMBERS: &str = "change members of groups";
const SUSPEND: &str = "suspend accounts";
const MANAGE: &str = "deactivate and delete accounts";

/// What is known of writes.
pub(super) async fn writes(
    client: &AdminClient,
    sample: &Sample,
    scoped: Option<bool>,
    probe: bool,
    findings: &mut Vec<Finding>,
) {
    let nobody = AccountId::from_vendor(NOBODY);
    let unknown = |what: &str| Finding::new(what, Verdict::UnknownUntilTried, "reading does not tell");
    let advice =
        "Run doctor --probe-writes: it sends writes that the vendor must refuse, and changes nothing";

    let role = sample
        .workspace
        .clone()
        .and_then(|workspace| RoleOnResource::new(RoleId::from(NO_ROLE), workspace).ok());
    findings.push(match (&sample.account, role) {
        (Some(account), Some(role)) if probe => judged(ROLES, client.assign_user_role(account, &role).await),
        _ => unknown(ROLES).advice(format!(
            "{advice}. Atlassian Support opens this endpoint on request (docs/guides/gated-endpoints.md)"
        )),
    });
    findings.push(match &sample.group {
        Some(_) if probe && !sample.modifiable => unknown(MEMBERS).advice(
            "No group could be asked: identity providers manage the members of all that were looked at",
        ),
        Some((directory, group)) if probe => {
            judged(MEMBERS, client.add_group_member(directory, group, &nobody).await)
        }
        _ => unknown(MEMBERS).advice(advice),
    });
    findings.push(match &sample.group {
        Some((directory, _)) if probe => judged(SUSPEND, client.suspend_user(directory, &nobody).await),
        _ => unknown(SUSPEND).advice(advice),
    });
    findings.push(match scoped {
        Some(true) => Finding::new(MANAGE, Verdict::Lacks, "not with a key that has scopes"),
        _ => unknown(MANAGE).advice(
            "The vendor says for each account whether it can; a dry run of the change asks for that account",
        ),
    });
}

/// What the refusal of a probe says.
fn judged<T>(what: &str, answer: Result<T, AdminError>) -> Finding {
    let error = match answer {
        Err(error) => error,
        Ok(_) => {
            let code = Code::Internal;
            return Finding::new(
                what,
                Verdict::Fails { code },
                "the vendor agreed to a write that it had to refuse",
            )
            .advice("Look into the organization's audit log for what it made of it");
        }
    };
    match error.kind() {
        Kind::NotAuthenticated
        | Kind::InsufficientScope
        | Kind::EndpointNotEnabled
        | Kind::OrganizationNotManaged
        | Kind::NotPermitted
        | Kind::NotOffered
        | Kind::OriginalUserManagement
        | Kind::GroupSynced => lacks(what, &error),
        Kind::RateLimited | Kind::Unavailable | Kind::BudgetSpent | Kind::Unreadable => Finding::new(
            what,
            Verdict::UnknownUntilTried,
            format!("the probe was not answered: {}", said(error.api())),
        ),
        _ => Finding::new(
            what,
            Verdict::Works,
            format!(
                "open: the probe was refused for its arguments ({})",
                said(error.api())
            ),
        ),
    }
}
