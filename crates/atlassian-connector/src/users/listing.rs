//! The listings of accounts: the search, the older listing where there is no search, and the managed accounts.

use atlassian_admin::{
    AdminClient, AdminError, DirectoryRef, User, UserExpand, UserFilter, UserQuery, UserSearch,
};
use connector_sdk::{Notice, Page, PageToken, Result, Standing};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};

use super::row;
use crate::{errors, notices};

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
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    source: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
}

const ACCOUNTS: &str = "list the accounts of the organization";
const MANAGED: &str = "list the managed accounts of the organization";

/// One page of the accounts. The first page of the search tells of the managed accounts, so that both listings are read
/// at the same time.
pub(super) async fn page(client: &AdminClient, token: &PageToken) -> Result<Page> {
    let State { source, cursor } = token.state()?;
    match source {
        Source::Search => search(client, cursor.as_ref()).await,
        Source::Older => {
            let rows = older(client, cursor.as_ref())
                .await
                .map_err(errors::cannot(ACCOUNTS))?;
            accounts(Source::Older, &rows, cursor.as_ref())
        }
        Source::Managed => managed(client, cursor.as_ref()).await,
    }
}

async fn search(client: &AdminClient, cursor: Option<&Cursor>) -> Result<Page> {
    let search = UserSearch::builder()
        .limit(100)
        .expand([
            UserExpand::PlatformRoles,
            UserExpand::ProductAccess,
            UserExpand::ResourceCounts,
        ])
        .build()
        .expect("a limit of 100 is the largest allowed");
    let mut page = match client.search_users(&DirectoryRef::Any, &search, cursor).await {
        Ok(rows) => accounts(Source::Search, &rows, cursor)?,
        // In the middle of a listing the other one would start anew, with accounts between the two lost.
        Err(error) if cursor.is_none() && errors::is_not_offered(&error) => match older(client, None).await {
            Ok(rows) => {
                let mut page = accounts(Source::Older, &rows, None)?;
                page.notices.push(notices::older_users());
                page
            }
            // Neither listing is there: what the current one said tells why.
            Err(also) if errors::is_not_offered(&also) => return Err(errors::cannot(ACCOUNTS)(error)),
            Err(other) => return Err(errors::cannot(ACCOUNTS)(other)),
        },
        Err(error) => return Err(errors::cannot(ACCOUNTS)(error)),
    };
    if cursor.is_none() {
        page.also.push(PageToken::of_state(&State {
            source: Source::Managed,
            cursor: None,
        })?);
    }
    Ok(page)
}

async fn older(client: &AdminClient, cursor: Option<&Cursor>) -> Result<http_kit::Page<User>, AdminError> {
    let query = UserQuery::new(UserFilter::default(), 100).expect("a limit of 100 is the largest allowed");
    client.list_users(&DirectoryRef::Any, &query, cursor).await
}

fn accounts(source: Source, rows: &http_kit::Page<User>, cursor: Option<&Cursor>) -> Result<Page> {
    Ok(Page {
        resources: rows
            .items
            .iter()
            .map(|user| row::of_user(user, Standing::Listed))
            .collect(),
        notices: notices::of_page(rows, None, cursor).collect(),
        next: next(source, rows.next.as_ref())?,
        ..Page::empty()
    })
}

async fn managed(client: &AdminClient, cursor: Option<&Cursor>) -> Result<Page> {
    let rows = match client.managed_accounts(cursor).await {
        Ok(rows) => rows,
        // Organizations on the original user management experience do not have this listing.
        Err(error) if errors::is_refused(&error) || errors::is_elsewhere(&error) => {
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
        Err(error) => return Err(errors::cannot(MANAGED)(error)),
    };
    let mut page = Page {
        resources: rows.items.iter().map(row::of_managed).collect(),
        notices: notices::of_page(&rows, None, cursor).collect(),
        next: next(Source::Managed, rows.next.as_ref())?,
        ..Page::empty()
    };
    if cursor.is_none() && rows.items.is_empty() && rows.bad_rows.is_empty() && rows.next.is_none() {
        page.notices.push(notices::no_claimed_domain());
    }
    Ok(page)
}

fn next(source: Source, cursor: Option<&Cursor>) -> Result<Option<PageToken>> {
    cursor
        .map(|cursor| {
            PageToken::of_state(&State {
                source,
                cursor: Some(cursor.clone()),
            })
        })
        .transpose()
}
