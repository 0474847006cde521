//! The listing of groups: the search, or the older listing where there is no search.

use atlassian_admin::{AdminError, DirectoryRef, Group, GroupExpand, GroupFilter, GroupQuery, GroupSearch};
use connector_sdk::{Page, PageToken, Result};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};

use super::row;
use crate::ends::{Compared, Counted};
use crate::older::search_or_older;
use crate::shared::Shared;
use crate::{errors, notices};

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// Whether this is the listing that the vendor ends after 2027-06-30.
    #[serde(default)]
    older: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
}

/// The most groups on a page.
const LIMIT: u16 = 100;
const GROUPS: &str = "list the groups of the organization";

/// One page of the groups, each with its one entitlement.
pub(super) async fn page(shared: &Shared, token: &PageToken) -> Result<Page> {
    let state: State = token.state()?;
    let cursor = state.cursor.as_ref();
    if state.older {
        let rows = older(shared, cursor).await.map_err(errors::unread(GROUPS))?;
        return groups(shared, &state, &rows);
    }
    if cursor.is_some() {
        // In the middle of a listing the other one would start anew, with groups between the two lost.
        let rows = search(shared, cursor).await.map_err(errors::unread(GROUPS))?;
        return groups(shared, &state, &rows);
    }
    let read = search_or_older(|| search(shared, None), || older(shared, None)).await;
    let (rows, older) = read.map_err(errors::unread(GROUPS))?;
    let mut page = groups(shared, &State { older, ..state }, &rows)?;
    page.notices.extend(older.then(notices::older_groups));
    Ok(page)
}

async fn search(shared: &Shared, cursor: Option<&Cursor>) -> Result<Compared<Group>, AdminError> {
    let search = GroupSearch::builder()
        .limit(LIMIT)
        .expand([GroupExpand::UserCounts, GroupExpand::ResourceCounts])
        .build()
        .expect("a limit of 100 is the largest allowed");
    let ask = || shared.client.search_groups(&DirectoryRef::Any, &search, cursor);
    compared(shared, cursor, ask).await
}

async fn older(shared: &Shared, cursor: Option<&Cursor>) -> Result<Compared<Group>, AdminError> {
    let query = all();
    let ask = || shared.client.list_groups(&DirectoryRef::Any, &query, cursor);
    compared(shared, cursor, ask).await
}

async fn compared<F>(
    shared: &Shared,
    cursor: Option<&Cursor>,
    ask: impl Fn() -> F,
) -> Result<Compared<Group>, AdminError>
where
    F: Future<Output = Result<http_kit::Page<Group>, AdminError>>,
{
    let counted = Counted {
        limit: LIMIT.into(),
        cursor,
    };
    let all = all();
    let count = shared.client.count_groups(&DirectoryRef::Any, &all);
    counted.read(ask, count).await
}

fn all() -> GroupQuery {
    GroupQuery::new(GroupFilter::default(), LIMIT).expect("a limit of 100 is the largest allowed")
}

fn groups(shared: &Shared, state: &State, (rows, beyond): &Compared<Group>) -> Result<Page> {
    let (client, cursor) = (&shared.client, state.cursor.as_ref());
    let early =
        beyond.map(|(listed, counted)| notices::ended_early(notices::GROUPS, client.org(), listed, counted));
    let next = rows.next.as_ref().map(|cursor| {
        PageToken::of_state(&State {
            older: state.older,
            cursor: Some(cursor.clone()),
        })
    });
    Ok(Page {
        resources: rows.items.iter().map(row::of_group).collect(),
        entitlements: rows.items.iter().map(row::member).collect(),
        notices: notices::of_page(rows, None, cursor).chain(early).collect(),
        next: next.transpose()?,
        ..Page::empty()
    })
}
