//! The key: whether it is one, which organizations it sees, and of which kind it is.

use super::finding::{fails, lacks, said, works};
use atlassian_admin::{AccountId, AdminClient, AdminErrorKind, Organization, Privilege};
use connector_sdk::{Code, Finding, Verdict};

/// What a key that is one sees.
pub(super) struct Seen {
    pub(super) organizations: Vec<Organization>,
}

/// Whether the vendor is there and takes the key; nothing where all else would fail too.
pub(super) async fn key(client: &AdminClient, host: &str, findings: &mut Vec<Finding>) -> Option<Seen> {
    match client.organizations(None).await {
        Ok(page) => {
            findings.push(works("network", "the vendor answers"));
            findings.push(works("key", "the vendor accepts it"));
            Some(Seen {
                organizations: page.items,
            })
        }
        Err(error) if error.api().transport().is_some() => {
            let code = Code::Unavailable;
            findings.push(
                Finding::new("network", Verdict::Fails { code }, said(error.api())).advice(format!(
                    "Check name resolution, proxy, firewall and certificates towards {host}"
                )),
            );
            None
        }
        Err(error) if error.kind() == AdminErrorKind::NotAuthenticated => {
            findings.push(works("network", "the vendor answers"));
            findings.push(fails("key", &error));
            None
        }
        // Whatever else is refused here, the key got that far.
        Err(error) => {
            findings.push(works("network", "the vendor answers"));
            findings.push(lacks("list organizations", &error));
            Some(Seen {
                organizations: Vec::new(),
            })
        }
    }
}

/// Whether the organization is the key's; whether there is a point in going on.
pub(super) async fn organization(
    client: &AdminClient,
    is_set: bool,
    seen: &[Organization],
    findings: &mut Vec<Finding>,
) -> bool {
    const WHAT: &str = "organization";
    let named: Vec<String> = seen
        .iter()
        .map(|organization| match &organization.attributes.name {
            Some(name) => format!("{} ({name})", organization.id),
            None => organization.id.to_string(),
        })
        .collect();
    if !is_set {
        let fails = Verdict::Fails { code: Code::Unknown };
        findings.push(match named.as_slice() {
            [] => Finding::new(WHAT, fails, "none is set, and the key shows none: it is a key with scopes").advice(
                "Take the id from the address of the organization's pages, admin.atlassian.com/o/<id>, and set BATON_ORG",
            ),
            named => Finding::new(WHAT, fails, "none is set")
                .advice(format!("Set BATON_ORG. The key sees {}", named.join(", "))),
        });
        return false;
    }
    match client.organization().await {
        Ok(organization) => {
            let name = organization.attributes.name.unwrap_or_default();
            findings.push(works(WHAT, format!("{} {name}", client.org()).trim_end()));
            true
        }
        Err(error) => match error.kind() {
            AdminErrorKind::InsufficientScope
            | AdminErrorKind::NotPermitted
            | AdminErrorKind::OrganizationNotManaged
                if named.is_empty() =>
            {
                findings.push(lacks(WHAT, &error).advice(
                    "The key lists no organization, so it has scopes, and read:orgs:admin is not among them",
                ));
                true
            }
            _ => {
                let failed = fails(WHAT, &error);
                findings.push(match named.as_slice() {
                    [] => failed,
                    named => failed.advice(format!("The key sees {}", named.join(", "))),
                });
                false
            }
        },
    }
}

/// Of which kind the key is, which only user management says for sure. Whether it has scopes is answered where it is
/// known.
pub(super) async fn kind(
    client: &AdminClient,
    account: Option<&AccountId>,
    sees_nothing: bool,
    findings: &mut Vec<Finding>,
) -> Option<bool> {
    const WHAT: &str = "kind of key";
    let advice = "Make a key without scopes: no scope covers deactivation, deletion and tokens of accounts";
    let scoped = |found: &str| Finding::new(WHAT, Verdict::Lacks, found).advice(advice);
    let Some(account) = account else {
        if sees_nothing {
            findings.push(scoped("it has scopes: it lists no organization"));
            return Some(true);
        }
        findings.push(Finding::new(
            WHAT,
            Verdict::Noted,
            "not known: no account to ask about",
        ));
        return None;
    };
    match client
        .account_permissions(account, &[Privilege::LifecycleEnablement])
        .await
    {
        Ok(_) => {
            findings.push(works(
                WHAT,
                "without scopes: it may do everything that has an endpoint",
            ));
            Some(false)
        }
        Err(error) if error.kind() == AdminErrorKind::InsufficientScope => {
            findings.push(scoped("it has scopes: user management refuses it"));
            Some(true)
        }
        // The account need not be managed: what matters is that user management took the key.
        Err(error)
            if matches!(
                error.kind(),
                AdminErrorKind::AccountNotManaged | AdminErrorKind::AccountNotFound
            ) =>
        {
            findings.push(works(WHAT, "without scopes: user management takes it"));
            Some(false)
        }
        Err(error) if sees_nothing => {
            findings.push(scoped(&format!(
                "it has scopes: it lists no organization ({})",
                said(error.api())
            )));
            Some(true)
        }
        Err(error) => {
            findings.push(lacks(WHAT, &error));
            None
        }
    }
}
