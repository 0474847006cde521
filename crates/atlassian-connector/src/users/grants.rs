//! What an account holds: its role assignments, read page by page, and what their absence means.

use super::row::AccountState;
use crate::changes::listed_row;
use crate::mixed::Print;
use crate::roles::{Rows, is_of_platform};
use crate::shared::Shared;
use crate::tally::Tally;
use crate::{absence, ends, errors, kinds, notices, status};
use atlassian_admin::{AccountId, AdminError, DirectoryRef, RoleQuery, UserRoleAssignment};
use connector_sdk::{Notice, Page, PageToken, ResourceKey, Result, Subject, SyncContext};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    so_far: Tally,
    /// The resources of those rows.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    resources: Tally,
    /// Roles of the platform that the listing states and no row has covered so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    uncovered: BTreeSet<String>,
}

/// One page of the role assignments of an account.
pub(super) async fn page(
    shared: &Shared,
    cx: &SyncContext,
    account: &Subject,
    token: &PageToken,
) -> Result<Page> {
    let known: AccountState = account.follow_up()?;
    let State {
        cursor,
        so_far,
        resources,
        mut uncovered,
    } = if token.is_first() {
        State {
            uncovered: known.platform_roles.clone(),
            ..State::default()
        }
    } else {
        token.state()?
    };
    let id = AccountId::from_vendor(account.id());
    let query = RoleQuery::default();
    let ask = || {
        shared
            .client
            .user_role_assignments(&DirectoryRef::Any, &id, &query, cursor.as_ref())
    };
    let mut read = ask().await;
    if read.as_ref().is_err_and(AdminError::is_missing_part) {
        match missing(shared, &known, &id).await? {
            Missing::Gone(page) => return Ok(*page),
            Missing::Explained(notice) => return Ok(unread(shared, cx, &id, uncovered, notice)),
            // The account is there and should have roles, so one answer is not enough.
            Missing::Unexplained => read = ask().await,
        }
    }
    let counted = known.resources.unwrap_or_default();
    let with = |rows: &http_kit::Page<UserRoleAssignment>| so_far.then(rows, print);
    // What the vendor counts are resources, which have a row for each directory through which they are held.
    let on = |rows: &http_kit::Page<UserRoleAssignment>| {
        resources.then(rows, |row| Print::of([row.resource_id.as_str()]))
    };
    let lacks = |rows: &http_kit::Page<UserRoleAssignment>| ends::fewer_than(counted, rows, &on(rows));
    // An account may hold roles of the platform that its own listing never has. They are kept from the listing of accounts, so
    // that they are missing here is a reason to ask again, and no gap.
    let lacks_roles = |rows: &http_kit::Page<UserRoleAssignment>| {
        cursor.is_none() && rows.next.is_none() && ends::rows(rows) == 0 && !uncovered.is_empty()
    };
    if read
        .as_ref()
        .is_ok_and(|rows| lacks(rows).is_some() || lacks_roles(rows))
    {
        read = ask().await;
    }
    let rows = match read {
        Ok(rows) => rows,
        Err(error) if error.is_missing_part() || error.is_refused() => {
            let gap = Notice::gap(notices::ROLE_ASSIGNMENTS, id.as_str(), errors::reason(&error));
            return Ok(unread(shared, cx, &id, uncovered, gap));
        }
        Err(error) => {
            return Err(errors::unread(format!("read the roles of the account {id}"))(
                error,
            ));
        }
    };
    let counted_now = async {
        let now = listed_row(&shared.client, &id).await.ok().flatten();
        now.and_then(|user| user.counts?.resources)
    };
    let early = ends::still_fewer(lacks(&rows), counted_now).await.map(|listed| {
        let detail =
            format!("roles on {listed} resources are listed, and the listing of accounts counts {counted}");
        Notice::gap(notices::ROLE_ASSIGNMENTS, id.as_str(), detail)
    });
    let (so_far, resources) = (with(&rows), on(&rows));
    let repeated = notices::repeated(notices::ROLE_ASSIGNMENTS, id.as_str(), &rows, &so_far);
    let is_whole = cursor.is_none() && rows.next.is_none();
    let mixed = is_whole.then(|| in_short(&rows.items)).and_then(|(held, print)| {
        let answers = &shared.memo.answers;
        let other = answers.note(notices::ROLE_ASSIGNMENTS, id.as_str(), held, print, known.resources)?;
        let detail = format!(
            "the vendor lists the same roles on {held} resources for it and for the account {other}, and counts {counted} \
             resources for it: the listing may be of another account"
        );
        Some(Notice::gap(notices::ROLE_ASSIGNMENTS, id.as_str(), detail))
    });
    let on_platform = rows
        .items
        .iter()
        .filter(|row| is_of_platform(&row.resource_id, row.resource_owner.as_ref()));
    for held in on_platform.flat_map(UserRoleAssignment::held) {
        uncovered.remove(held.0.as_str());
    }
    let (key, scope) = (kinds::user(&id), shared.scope());
    let mut found = Rows::new(&scope, cx);
    for row in &rows.items {
        found.of_account(&key, row);
    }
    let mut page = Page {
        // What a row held that cannot be read, or that is missing, is not known, so nothing may be called unconfirmed.
        unread: !rows.bad_rows.is_empty() || early.is_some() || mixed.is_some(),
        notices: notices::of_page(&rows, Some(id.as_str()), cursor.as_ref())
            .chain(early)
            .chain(mixed)
            .chain(repeated)
            .collect(),
        ..Page::empty()
    };
    match rows.next {
        Some(cursor) => {
            page.next = Some(PageToken::of_state(&State {
                cursor: Some(cursor),
                so_far,
                resources,
                uncovered,
            })?)
        }
        None => page.notices.extend(keep_uncovered(&mut found, &key, &uncovered)),
    }
    found.into_page(&mut page);
    Ok(page)
}

/// A role assignment in short: where it is held, through which directory, and which roles.
fn print(row: &UserRoleAssignment) -> Print {
    let roles: BTreeSet<&str> = row.held().map(|held| held.0.as_str()).collect();
    let directory = row.directory_id.as_ref().map_or("", |id| id.as_str());
    Print::of([row.resource_id.as_str(), directory].into_iter().chain(roles))
}

/// On how many resources there are roles, and which roles on which, in short.
fn in_short(rows: &[UserRoleAssignment]) -> (u64, Print) {
    let mut print = Print::default();
    let mut on = BTreeSet::new();
    for row in rows {
        on.insert(row.resource_id.as_str());
        let roles: BTreeSet<&str> = row.held().map(|held| held.0.as_str()).collect();
        print.add([row.resource_id.as_str()].into_iter().chain(roles));
    }
    (on.len() as u64, print)
}

/// Why an account has no role assignments.
enum Missing {
    /// It was deleted since it was listed, or no directory ever had it: this is all there is to say.
    Gone(Box<Page>),
    /// Its state explains it.
    Explained(Notice),
    Unexplained,
}

/// The account has no role assignments that could be read. Its details tell whether it is still there, and its status
/// whether it should have had some.
async fn missing(shared: &Shared, known: &AccountState, id: &AccountId) -> Result<Missing> {
    let listed = known.status.clone();
    let word = match absence::account(&shared.client, id).await {
        Ok(Some(user)) => user.status.map_or(listed, |status| status.as_str().to_owned()),
        Ok(None) => {
            // No directory knows an account that only that listing has, so that its details are not found says nothing new.
            let never_there = known.only_managed || known.is_service;
            let notice = if never_there {
                let detail = match known.is_service {
                    true => "the account is a service account and in no directory",
                    false => "the account is managed by the organization and in no directory",
                };
                Notice::fact(notices::NO_ROLE_ASSIGNMENTS, id.as_str(), detail)
            } else {
                let detail = "neither the roles nor the details of the account are there any more";
                Notice::fact(notices::DELETED_MEANWHILE, id.as_str(), detail)
            };
            return Ok(Missing::Gone(Box::new(Page {
                notices: vec![notice],
                unread: true,
                gone: !never_there,
                ..Page::empty()
            })));
        }
        // The key may read listings and not details: then what the listing said has to do.
        Err(other) if other.is_refused() || other.is_offered_elsewhere() => listed,
        Err(other) => {
            return Err(errors::unread(format!("read the details of the account {id}"))(
                other,
            ));
        }
    };
    if status::explains_no_roles(&word) {
        let detail = format!("the account is {word} and has no role assignments to read");
        let notice = Notice::fact(notices::NO_ROLE_ASSIGNMENTS, id.as_str(), detail);
        return Ok(Missing::Explained(notice));
    }
    Ok(Missing::Unexplained)
}

/// A page without role assignments. What the listing itself states is kept.
fn unread(
    shared: &Shared,
    cx: &SyncContext,
    id: &AccountId,
    uncovered: BTreeSet<String>,
    notice: Notice,
) -> Page {
    let (key, scope) = (kinds::user(id), shared.scope());
    let mut found = Rows::new(&scope, cx);
    let mut page = Page {
        notices: vec![notice],
        unread: true,
        ..Page::empty()
    };
    page.notices.extend(keep_uncovered(&mut found, &key, &uncovered));
    found.into_page(&mut page);
    page
}

fn keep_uncovered<'a>(
    found: &mut Rows<'_>,
    account: &'a ResourceKey,
    roles: &'a BTreeSet<String>,
) -> impl Iterator<Item = Notice> + use<'a> {
    for role in roles {
        found.uncovered(account, role);
    }
    roles.iter().map(|role| {
        let detail = "the listing of accounts states this role of the platform, and no role assignment does";
        Notice::fact(
            notices::UNCOVERED_PLATFORM_ROLE,
            format!("{}: {role}", account.resource),
            detail,
        )
    })
}
