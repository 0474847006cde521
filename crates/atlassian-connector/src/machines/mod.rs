//! Machine identities: how service accounts are listed, and the credentials of machines, each a secret with the account that
//! it is of. The secrets themselves are never read.

mod clients;
mod keys;
mod tokens;

use crate::older::search_or_older;
use crate::shared::Shared;
use atlassian_admin::{AdminError, ServiceAccount, ServiceAccountRoute, VendorTime};
use connector_sdk::{ResourceBuilder, ResourceKey};
use http_kit::{Cursor, Page};

pub(crate) use clients::OauthClients;
pub(crate) use keys::OrgApiKeys;
pub(crate) use tokens::ServiceTokens;

/// One page of the service accounts, and whether it is of the collection that the vendor's console reads. A first page is read
/// by the documented collection, and by that of the console where the documented one is not there; which of the two it is is
/// found out once.
///
/// # Errors
/// Where neither is there, what the documented one said.
pub(crate) async fn service_accounts(
    shared: &Shared,
    console: bool,
    cursor: Option<&Cursor>,
) -> Result<(Page<ServiceAccount>, bool), AdminError> {
    let offered = &shared.memo.service_accounts;
    let documented = || {
        shared
            .client
            .service_accounts(ServiceAccountRoute::Documented, cursor)
    };
    let of_console = || {
        shared
            .client
            .service_accounts(ServiceAccountRoute::Console, cursor)
    };
    let is_first = cursor.is_none() && !console;
    if is_first && offered.known().is_none() {
        let (page, console) = search_or_older(documented, of_console).await?;
        offered.note(!console);
        return Ok((page, console));
    }
    let console = console || (is_first && offered.known() == Some(false));
    match console {
        true => asked_again(of_console).await.map(|page| (page, true)),
        false => asked_again(documented).await.map(|page| (page, false)),
    }
}

/// Whether something of machines cannot be read with this key or in this organization, which is a gap and no failure.
pub(crate) fn is_gap(error: &AdminError) -> bool {
    error.is_refused() || error.is_not_offered()
}

/// Reads, and once more where it does not seem to be there: one answer is not enough for a gap.
async fn asked_again<T, F>(ask: impl Fn() -> F) -> Result<T, AdminError>
where
    F: Future<Output = Result<T, AdminError>>,
{
    match ask().await {
        Err(error) if error.is_not_offered() => ask().await,
        read => read,
    }
}

/// A secret with its name, which is its id where it has none.
pub(crate) fn secret(kind: &str, id: &str, label: Option<&str>) -> ResourceBuilder {
    let label = label.filter(|label| !label.trim().is_empty());
    ResourceBuilder::new(ResourceKey::new(kind, id), label.unwrap_or(id))
}

pub(crate) fn time(time: Option<&VendorTime>) -> Option<jiff::Timestamp> {
    time.and_then(VendorTime::timestamp)
}
