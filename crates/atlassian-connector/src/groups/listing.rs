//! The listing of groups: the search, or the older listing where there is no search.

use super::row;
use crate::ends::{self, Compared, Counted};
use crate::mixed::Print;
use crate::older::search_or_older;
use crate::shared::Shared;
use crate::tally::Tally;
use crate::{errors, kinds, notices};
use atlassian_admin::{
    AccountId, AdminError, DirectoryRef, Group, GroupExpand, GroupFilter, GroupQuery, GroupSearch,
};
use connector_sdk::{GrantRow, Notice, Page, PageToken, Result};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// Whether this is the listing that the vendor ends after 2027-06-30.
    #[serde(default)]
    older: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    so_far: Tally,
}

/// The most groups on a page.
const LIMIT: u16 = 100;
const GROUPS: &str = "list the groups of the organization";

/// One page of the groups, each with its one entitlement.
pub(super) async fn page(shared: &Shared, token: &PageToken) -> Result<Page> {
    let state: State = token.state()?;
    if state.older {
        let rows = older(shared, &state).await.map_err(errors::unread(GROUPS))?;
        return groups(shared, &state, &rows);
    }
    if state.cursor.is_some() {
        // In the middle of a listing the other one would start again, with groups between the two lost.
        let rows = search(shared, &state).await.map_err(errors::unread(GROUPS))?;
        return groups(shared, &state, &rows);
    }
    let read = search_or_older(|| search(shared, &state), || older(shared, &state)).await;
    let (rows, older) = read.map_err(errors::unread(GROUPS))?;
    let mut page = groups(shared, &State { older, ..state }, &rows)?;
    page.notices.extend(older.then(notices::older_groups));
    Ok(page)
}

/// One page of the groups that an account is in, each with its entitlement and that the account holds it.
pub(crate) async fn of_account(shared: &Shared, account: &AccountId, token: &PageToken) -> Result<Page> {
    let state: State = token.state()?;
    let (client, cursor) = (&shared.client, state.cursor.as_ref());
    let filter = GroupFilter {
        account_ids: vec![account.clone()],
        ..GroupFilter::default()
    };
    let search = GroupSearch::builder()
        .limit(LIMIT)
        .filter(filter.clone())
        .expand([GroupExpand::UserCounts, GroupExpand::ResourceCounts])
        .build()
        .expect("one account and a limit of 100 are allowed");
    let query = GroupQuery::new(filter, LIMIT).expect("one account and a limit of 100 are allowed");
    let ask = || client.search_groups(&DirectoryRef::Any, &search, cursor);
    let older = || client.list_groups(&DirectoryRef::Any, &query, cursor);
    let read = match (state.older, cursor) {
        (true, _) => older().await.map(|rows| (rows, true)),
        (false, Some(_)) => ends::read(LIMIT.into(), ask).await.map(|rows| (rows, false)),
        (false, None) => search_or_older(|| ends::read(LIMIT.into(), ask), older).await,
    };
    let (rows, older) = match read {
        Ok(read) => read,
        // Without its groups, what it holds through them stays unexplained.
        Err(error) if error.is_refused() => {
            let gap = Notice::gap(notices::GROUPS, account.as_str(), errors::reason(&error));
            return Ok(Page {
                notices: vec![gap],
                ..Page::empty()
            });
        }
        Err(error) => {
            let what = format!("list the groups of the account {account}");
            return Err(errors::unread(what)(error));
        }
    };
    let membership = |group: &Group| {
        let grant = GrantRow::new(kinds::group(&group.id), kinds::MEMBER, kinds::user(account));
        if group.is_modifiable() {
            grant
        } else {
            grant.immutable()
        }
    };
    let next = rows.next.as_ref().map(|cursor| {
        PageToken::of_state(&State {
            older,
            cursor: Some(cursor.clone()),
            so_far: Tally::default(),
        })
    });
    Ok(Page {
        resources: rows.items.iter().map(row::of_group).collect(),
        entitlements: rows.items.iter().map(row::member).collect(),
        grants: rows.items.iter().map(membership).collect(),
        notices: notices::of_page(&rows, Some(account.as_str()), cursor).collect(),
        next: next.transpose()?,
        ..Page::empty()
    })
}

async fn search(shared: &Shared, state: &State) -> Result<Compared<Group>, AdminError> {
    let search = GroupSearch::builder()
        .limit(LIMIT)
        .expand([GroupExpand::UserCounts, GroupExpand::ResourceCounts])
        .build()
        .expect("a limit of 100 is the largest allowed");
    let ask = || {
        shared
            .client
            .search_groups(&DirectoryRef::Any, &search, state.cursor.as_ref())
    };
    compared(shared, state, ask).await
}

async fn older(shared: &Shared, state: &State) -> Result<Compared<Group>, AdminError> {
    let query = all();
    let ask = || {
        shared
            .client
            .list_groups(&DirectoryRef::Any, &query, state.cursor.as_ref())
    };
    compared(shared, state, ask).await
}

async fn compared<F>(
    shared: &Shared,
    state: &State,
    ask: impl Fn() -> F,
) -> Result<Compared<Group>, AdminError>
where
    F: Future<Output = Result<http_kit::Page<Group>, AdminError>>,
{
    let counted = Counted {
        limit: LIMIT.into(),
        so_far: &state.so_far,
        row: |group: &Group| Print::of([group.id.as_str()]),
    };
    let all = all();
    let count = || shared.client.count_groups(&DirectoryRef::Any, &all);
    counted.read(ask, count).await
}

fn all() -> GroupQuery {
    GroupQuery::new(GroupFilter::default(), LIMIT).expect("a limit of 100 is the largest allowed")
}

fn groups(shared: &Shared, state: &State, read: &Compared<Group>) -> Result<Page> {
    let (rows, cursor) = (&read.rows, state.cursor.as_ref());
    let told = read.notices(notices::GROUPS, shared.client.org());
    let next = rows.next.as_ref().map(|cursor| {
        PageToken::of_state(&State {
            older: state.older,
            cursor: Some(cursor.clone()),
            so_far: read.so_far.clone(),
        })
    });
    Ok(Page {
        resources: rows.items.iter().map(row::of_group).collect(),
        entitlements: rows.items.iter().map(row::member).collect(),
        notices: notices::of_page(rows, None, cursor).chain(told).collect(),
        next: next.transpose()?,
        ..Page::empty()
    })
}
