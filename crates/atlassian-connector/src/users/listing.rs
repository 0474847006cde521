//! The listings of accounts: the search, the older listing where there is no search, the managed accounts, and the service
//! accounts.

use super::row;
use crate::ends::{Compared, Counted};
use crate::mixed::Print;
use crate::older::search_or_older;
use crate::shared::Shared;
use crate::tally::Tally;
use crate::{ends, errors, machines, notices};
use atlassian_admin::{
    AccountId, AccountStatus, AdminError, ClaimStatus, DirectoryRef, ManagedAccount, ServiceAccount, User,
    UserExpand, UserFilter, UserQuery, UserSearch,
};
use connector_sdk::{Code, Error, Notice, Page, PageToken, Result, Standing};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which listing a page belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    /// The search, which is the current listing.
    #[default]
    Search,
    /// The listing that the vendor ends after 2027-06-30.
    Older,
    /// The accounts that the organization manages.
    Managed,
    /// The service accounts.
    Service,
    /// The service accounts as the vendor's console reads them.
    ServiceConsole,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    source: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    so_far: Tally,
    /// An account that was listed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    again: Option<AccountId>,
}

/// The most accounts on a page.
const LIMIT: u16 = 100;
const ACCOUNTS: &str = "list the accounts of the organization";
const MANAGED: &str = "list the managed accounts of the organization";
/// The vendor allows an organization no more service accounts.
const MOST_SERVICE: usize = 1000;
const SERVICE: &str = "list the service accounts of the organization";

/// One page of the accounts. The first page of the search tells of the managed accounts, and of the service accounts, so
/// that all listings are read at the same time.
pub(super) async fn page(shared: &Shared, token: &PageToken) -> Result<Page> {
    let state: State = token.state()?;
    match state.source {
        Source::Search => search(shared, &state).await,
        Source::Older => {
            let read = older(shared, &state).await;
            accounts(shared, &state, &read.map_err(errors::unread(ACCOUNTS))?)
        }
        Source::Managed => managed(shared, &state).await,
        Source::Service => service(shared, &state, false).await,
        Source::ServiceConsole => service(shared, &state, true).await,
    }
}

/// Where the listing of the managed accounts begins.
pub(super) fn first_managed() -> Result<PageToken> {
    PageToken::of_state(&State {
        source: Source::Managed,
        ..State::default()
    })
}

async fn search(shared: &Shared, state: &State) -> Result<Page> {
    let (client, cursor) = (&shared.client, state.cursor.as_ref());
    let search = UserSearch::builder()
        .limit(LIMIT)
        .expand([
            UserExpand::PlatformRoles,
            UserExpand::ProductAccess,
            UserExpand::ResourceCounts,
        ])
        .build()
        .expect("a limit of 100 is the largest allowed");
    let ask = || {
        let ask = || client.search_users(&DirectoryRef::Any, &search, cursor);
        compared(shared, state, ask)
    };
    if cursor.is_some() {
        // In the middle of a listing the other one would start again, with accounts between the two lost.
        let rows = ask().await.map_err(errors::unread(ACCOUNTS))?;
        shared.memo.account_search.note(true);
        return accounts(shared, state, &rows);
    }
    let read = search_or_older(ask, || older(shared, state)).await;
    let (rows, is_older) = read.map_err(errors::unread(ACCOUNTS))?;
    shared.memo.account_search.note(!is_older);
    let source = if is_older { Source::Older } else { Source::Search };
    let state = State {
        source,
        ..State::default()
    };
    let mut page = accounts(shared, &state, &rows)?;
    page.notices.extend(is_older.then(notices::older_users));
    for source in [Source::Managed, Source::Service] {
        page.also.push(PageToken::of_state(&State {
            source,
            ..State::default()
        })?);
    }
    Ok(page)
}

async fn older(shared: &Shared, state: &State) -> Result<Compared<User>, AdminError> {
    let query = everyone();
    let ask = || {
        shared
            .client
            .list_users(&DirectoryRef::Any, &query, state.cursor.as_ref())
    };
    compared(shared, state, ask).await
}

async fn compared<F>(
    shared: &Shared,
    state: &State,
    ask: impl Fn() -> F,
) -> Result<Compared<User>, AdminError>
where
    F: Future<Output = Result<http_kit::Page<User>, AdminError>>,
{
    let counted = Counted {
        limit: LIMIT.into(),
        so_far: &state.so_far,
        row: print,
    };
    let everyone = everyone();
    let count = || shared.client.count_users(&DirectoryRef::Any, &everyone);
    let read = counted.read(ask, count).await?;
    match read.lacks() {
        Some(counted) if counts_otherwise(shared, state, &read, counted).await => Ok(read.lacking_nothing()),
        _ => Ok(read),
    }
}

/// Whether it is proven that no account is missing of as many as are counted: the vendor counts an account once for each of its
/// directories, as it lists it, or counts closed accounts, which it does not list.
async fn counts_otherwise(shared: &Shared, state: &State, read: &Compared<User>, counted: u64) -> bool {
    let client = &shared.client;
    let count = async |filter: UserFilter| {
        let query = UserQuery::new(filter, LIMIT).ok()?;
        client.count_users(&DirectoryRef::Any, &query).await.ok()
    };
    let different = read.so_far.different();
    if counted <= different + read.so_far.repeated()
        && let Some(account) = again(state, &read.rows)
    {
        let this_one = UserFilter {
            account_ids: vec![account],
            ..UserFilter::default()
        };
        if count(this_one).await.is_some_and(|times| times > 1) {
            return true;
        }
    }
    let closed = UserFilter {
        account_status: vec![AccountStatus::Closed],
        ..UserFilter::default()
    };
    let not_listed = count(closed.clone()).await.unwrap_or_default();
    if not_listed == 0 || counted > different + not_listed {
        return false;
    }
    let search = UserSearch::builder().filter(closed).limit(1).build();
    let search = search.expect("one state and a limit of 1 are allowed");
    let listed = client.search_users(&DirectoryRef::Any, &search, None).await;
    listed.is_ok_and(|rows| is_empty(&rows))
}

/// An account that was listed again on this page or before it.
fn again(state: &State, rows: &http_kit::Page<User>) -> Option<AccountId> {
    let mut here = BTreeSet::new();
    let mut items = rows.items.iter();
    items
        .find(|&user| !here.insert(&user.account_id) || state.so_far.has(print(user)))
        .map(|user| user.account_id.clone())
        .or_else(|| state.again.clone())
}

fn print(user: &User) -> Print {
    Print::of([user.account_id.as_str()])
}

fn everyone() -> UserQuery {
    UserQuery::new(UserFilter::default(), LIMIT).expect("a limit of 100 is the largest allowed")
}

fn accounts(shared: &Shared, state: &State, read: &Compared<User>) -> Result<Page> {
    let (rows, cursor) = (&read.rows, state.cursor.as_ref());
    if let (None, [], [bad, ..]) = (cursor, &*rows.items, &*rows.bad_rows) {
        let message = format!(
            "cannot {ACCOUNTS}: of the {} rows of the first page none is understood: the field {} of the first cannot be \
             read: {}",
            ends::rows(rows),
            bad.field,
            bad.reason
        );
        return Err(Error::new(Code::Internal, message));
    }
    let told = read.notices(notices::ACCOUNTS, shared.client.org());
    Ok(Page {
        resources: rows
            .items
            .iter()
            .map(|user| row::of_user(user, Standing::Listed))
            .collect(),
        notices: notices::of_page(rows, None, cursor).chain(told).collect(),
        next: next(state.source, rows.next.as_ref(), &read.so_far, again(state, rows))?,
        ..Page::empty()
    })
}

async fn managed(shared: &Shared, state: &State) -> Result<Page> {
    let (client, cursor) = (&shared.client, state.cursor.as_ref());
    let mut read = client.managed_accounts(cursor).await;
    let mut contradicted = false;
    if cursor.is_none() && read.as_ref().is_ok_and(is_empty) && lists_managed(shared).await? {
        read = client.managed_accounts(cursor).await;
        contradicted = read.as_ref().is_ok_and(is_empty);
    }
    let rows = match read {
        Ok(rows) => rows,
        // Organizations on the original user management experience do not have this listing.
        Err(error) if error.is_refused() || error.is_offered_elsewhere() => {
            let gap = Notice::gap(
                notices::MANAGED_ACCOUNTS,
                client.org().as_str(),
                errors::reason(&error),
            );
            return Ok(Page {
                notices: vec![gap],
                ..Page::empty()
            });
        }
        Err(error) => return Err(errors::unread(MANAGED)(error)),
    };
    let one = |account: &ManagedAccount| Print::of([account.account_id.as_str()]);
    let so_far = state.so_far.then(&rows, one);
    let repeated = notices::repeated_uncounted(notices::MANAGED_ACCOUNTS, client.org(), &rows, &so_far);
    let mut page = Page {
        resources: rows.items.iter().map(row::of_managed).collect(),
        notices: notices::of_page(&rows, None, cursor).chain(repeated).collect(),
        next: next(Source::Managed, rows.next.as_ref(), &so_far, None)?,
        ..Page::empty()
    };
    if contradicted {
        page.notices.push(notices::managed_accounts_empty(client.org()));
    } else if cursor.is_none() && is_empty(&rows) {
        page.notices.push(notices::no_claimed_domain());
    }
    Ok(page)
}

async fn service(shared: &Shared, state: &State, console: bool) -> Result<Page> {
    let (org, cursor) = (shared.client.org(), state.cursor.as_ref());
    let (page, console) = match machines::service_accounts(shared, console, cursor).await {
        Ok(read) => read,
        Err(error) if machines::is_gap(&error) => {
            let gap = Notice::gap(notices::SERVICE_ACCOUNTS, org.as_str(), errors::reason(&error));
            return Ok(Page {
                notices: vec![gap],
                ..Page::empty()
            });
        }
        Err(error) => return Err(errors::unread(SERVICE)(error)),
    };
    let counted = Counted {
        limit: MOST_SERVICE,
        so_far: &state.so_far,
        row: |one: &ServiceAccount| Print::of([one.id.as_str()]),
    };
    let read = counted
        .compare(page, || shared.client.count_service_accounts())
        .await;
    let source = match console {
        true => Source::ServiceConsole,
        false => Source::Service,
    };
    let rows = &read.rows;
    let remark = (console && cursor.is_none()).then(notices::service_accounts_of_console);
    let told = read.notices(notices::SERVICE_ACCOUNTS, org).chain(remark);
    Ok(Page {
        resources: rows.items.iter().map(row::of_service_account).collect(),
        notices: notices::of_page(rows, None, cursor).chain(told).collect(),
        next: next(source, rows.next.as_ref(), &read.so_far, None)?,
        ..Page::empty()
    })
}

fn is_empty<T>(rows: &http_kit::Page<T>) -> bool {
    rows.items.is_empty() && rows.bad_rows.is_empty() && rows.next.is_none()
}

/// Whether an account is listed that says it is managed. Only the search can be asked for one.
async fn lists_managed(shared: &Shared) -> Result<bool> {
    if shared.memo.account_search.known() == Some(false) {
        return Ok(false);
    }
    let filter = UserFilter {
        claim_status: Some(ClaimStatus::Managed),
        ..UserFilter::default()
    };
    let search = UserSearch::builder().filter(filter).limit(1).build();
    let search = search.expect("one state and a limit of 1 are allowed");
    match shared
        .client
        .search_users(&DirectoryRef::Any, &search, None)
        .await
    {
        Ok(rows) => Ok(rows
            .items
            .iter()
            .any(|user| user.claim_status == Some(ClaimStatus::Managed))),
        Err(error) if error.is_not_offered() => Ok(false),
        Err(error) => Err(errors::unread(MANAGED)(error)),
    }
}

fn next(
    source: Source,
    cursor: Option<&Cursor>,
    so_far: &Tally,
    again: Option<AccountId>,
) -> Result<Option<PageToken>> {
    cursor
        .map(|cursor| {
            PageToken::of_state(&State {
                source,
                cursor: Some(cursor.clone()),
                so_far: so_far.clone(),
                again,
            })
        })
        .transpose()
}
