//! Whether the SCIM directory is one of the organization.
//!
//! Its key and the key of the organization are two settings, and accounts would be created wherever the first one fits. No
//! operation lists the SCIM directories of an organization, but the organization's key sees which of its directories holds a
//! record: a record of the directory that is named there proves it.

use super::record::{cannot, is_here, malformed};
use crate::changes::refusal::refused;
use crate::errors;
use atlassian_admin::AdminClient;
use connector_sdk::Result;
use scim_client::{Query, ScimClient};

/// The most records of the directory that are looked at.
const LOOKED_AT: u32 = 10;
/// The most of them that the organization is asked for. One is enough, unless it was made a moment ago.
const ASKED_FOR: usize = 3;

/// Whether the directory belongs to the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum DirectoryProof {
    /// The organization has a record of this directory.
    Proven,
    /// Nothing says so, and why: it holds no records, or the key may not ask.
    Unproven(String),
    /// The organization knows none of the records that were asked for, so it is most likely another one's.
    Contradicted(String),
}

/// Finds out whether a SCIM directory belongs to the organization of the client. Reads only.
///
/// # Errors
/// Where directory or organization cannot be reached, and where the vendor names another organization.
pub(crate) async fn directory_proof(client: &AdminClient, scim: &ScimClient) -> Result<DirectoryProof> {
    let query = Query::builder()
        .page_size(LOOKED_AT)
        .build()
        .map_err(|error| malformed(&error))?;
    let page = scim
        .users()
        .list(&query, None)
        .await
        .map_err(cannot("read the SCIM directory"))?;
    let addresses = page
        .items
        .iter()
        .filter_map(|record| record.resource.primary_email());
    let mut unknown = false;
    let mut why = "it holds no record with an address".to_owned();
    for address in addresses.take(ASKED_FOR) {
        let links = match client.scim_links_for_email(address.as_str()).await {
            Ok(links) => links,
            // A key with scopes may not ask.
            Err(error) if error.is_refused_by_vendor() => {
                let reason = errors::reason(&error);
                why = format!("the organization's key may not read which records it has ({reason})");
                unknown = false;
                break;
            }
            Err(error) => return Err(errors::cannot("read the organization's SCIM records")(error)),
        };
        unknown = true;
        let Some(link) = links.iter().find(|link| is_here(scim, link)) else {
            continue;
        };
        return match link.org_id.as_ref().filter(|org| *org != client.org()) {
            None => Ok(DirectoryProof::Proven),
            Some(other) => Err(refused(format!(
                "the SCIM directory {} belongs to the organization {other}, not to {}",
                address_of(scim),
                client.org()
            ))),
        };
    }
    Ok(match unknown {
        true => DirectoryProof::Contradicted("the organization knows none of its records".to_owned()),
        false => DirectoryProof::Unproven(why),
    })
}

/// Refuses a directory that is not proven to be one of the organization, unless that was allowed and nothing speaks against
/// it; then what a person should know.
pub(super) async fn proven(client: &AdminClient, scim: &ScimClient, allowed: bool) -> Result<Option<String>> {
    const CHECK: &str = "Check that scim-base-url and scim-token are of this organization";
    let told = |why: String| {
        format!(
            "it is not proven that the SCIM directory {} belongs to the organization {}: {why}",
            address_of(scim),
            client.org()
        )
    };
    match directory_proof(client, scim).await? {
        DirectoryProof::Proven => Ok(None),
        DirectoryProof::Unproven(why) if allowed => Ok(Some(told(why))),
        DirectoryProof::Unproven(why) => Err(refused(told(why)).with_hint(format!(
            "{CHECK}; where you know that they are, set allow-unproven-directory"
        ))),
        DirectoryProof::Contradicted(why) => Err(refused(told(why)).with_hint(CHECK)),
    }
}

/// Where the directory is: scheme, machine and path. What else an address can hold may be a credential.
pub(crate) fn address_of(scim: &ScimClient) -> String {
    crate::shared::address(scim.http())
}
