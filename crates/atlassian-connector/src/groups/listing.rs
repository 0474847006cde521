//! The listing of groups: the search, or the older listing where there is no search.

use atlassian_admin::{
    AdminClient, AdminError, DirectoryRef, Group, GroupExpand, GroupFilter, GroupQuery, GroupSearch,
};
use connector_sdk::{Page, PageToken, Result};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};

use super::row;
use crate::{errors, notices};

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// Whether this is the listing that the vendor ends after 2027-06-30.
    #[serde(default)]
    older: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
}

const GROUPS: &str = "list the groups of the organization";

/// One page of the groups, each with its one entitlement.
pub(super) async fn page(client: &AdminClient, token: &PageToken) -> Result<Page> {
    let state: State = token.state()?;
    let cursor = state.cursor.as_ref();
    if state.older {
        return groups(
            true,
            &older(client, cursor).await.map_err(errors::unread(GROUPS))?,
            cursor,
        );
    }
    let mut read = search(client, cursor).await;
    if cursor.is_none() && read.as_ref().is_err_and(errors::is_not_offered) {
        // What is decided here holds for the whole listing, so one answer is not enough.
        read = search(client, cursor).await;
    }
    match read {
        Ok(rows) => groups(false, &rows, cursor),
        // In the middle of a listing the other one would start anew, with groups between the two lost.
        Err(error) if cursor.is_none() && errors::is_not_offered(&error) => match older(client, None).await {
            Ok(rows) => {
                let mut page = groups(true, &rows, None)?;
                page.notices.push(notices::older_groups());
                Ok(page)
            }
            // Neither listing is there: what the current one said tells why.
            Err(also) if errors::is_not_offered(&also) => Err(errors::unread(GROUPS)(error)),
            Err(other) => Err(errors::unread(GROUPS)(other)),
        },
        Err(error) => Err(errors::unread(GROUPS)(error)),
    }
}

async fn search(client: &AdminClient, cursor: Option<&Cursor>) -> Result<http_kit::Page<Group>, AdminError> {
    let search = GroupSearch::builder()
        .limit(100)
        .expand([GroupExpand::UserCounts])
        .build()
        .expect("a limit of 100 is the largest allowed");
    client.search_groups(&DirectoryRef::Any, &search, cursor).await
}

async fn older(client: &AdminClient, cursor: Option<&Cursor>) -> Result<http_kit::Page<Group>, AdminError> {
    let query = GroupQuery::new(GroupFilter::default(), 100).expect("a limit of 100 is the largest allowed");
    client.list_groups(&DirectoryRef::Any, &query, cursor).await
}

fn groups(older: bool, rows: &http_kit::Page<Group>, cursor: Option<&Cursor>) -> Result<Page> {
    let next = rows.next.as_ref().map(|cursor| {
        PageToken::of_state(&State {
            older,
            cursor: Some(cursor.clone()),
        })
    });
    Ok(Page {
        resources: rows.items.iter().map(row::of_group).collect(),
        entitlements: rows.items.iter().map(row::member).collect(),
        notices: notices::of_page(rows, None, cursor).collect(),
        next: next.transpose()?,
        ..Page::empty()
    })
}
