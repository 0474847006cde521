//! Who belongs to a group and what the group gives: two listings of one group, read at the same time.

use super::row::GroupState;
use crate::getters::counted_group;
use crate::kinds::{self, GROUP, MEMBER, ORGANIZATION, USER, WORKSPACE};
use crate::mixed::Print;
use crate::roles::Rows;
use crate::shared::Shared;
use crate::tally::Tally;
use crate::{absence, ends, errors, notices, users};
use atlassian_admin::{
    AdminError, DirectoryRef, GroupId, GroupRoleAssignment, RoleQuery, UserFilter, UserQuery, UserRow,
    UserSearch,
};
use connector_http::malformed_rows;
use connector_sdk::{Code, GrantRow, Notice, Page, PageToken, Result, Subject, SyncContext};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which listing of the group a page belongs to, and where it stands.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
enum State {
    Members(Members),
    Roles(Roles),
}

/// The most rows on a page.
const LIMIT: u16 = 100;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Members {
    #[serde(default)]
    older: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    /// The members that were listed so far.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    so_far: Tally,
    /// Which ones, in short.
    #[serde(default, skip_serializing_if = "is_nothing")]
    print: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Roles {
    cursor: Option<Cursor>,
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    so_far: Tally,
    /// The resources of those rows.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    resources: Tally,
}

fn is_nothing(print: &u64) -> bool {
    *print == 0
}

impl Default for State {
    fn default() -> Self {
        Self::Members(Members::default())
    }
}

/// One page of the members or of the roles of a group, as far as they are wanted.
pub(super) async fn page(
    shared: &Shared,
    cx: &SyncContext,
    group: &Subject,
    token: &PageToken,
) -> Result<Page> {
    let wants_members = cx.wants_grants(GROUP, USER);
    let wants_roles = [WORKSPACE, ORGANIZATION]
        .iter()
        .any(|on| cx.wants_grants(on, GROUP));
    if token.is_first() {
        return match (wants_members, wants_roles) {
            (true, true) => {
                let mut page = match members(shared, cx, group, Members::default()).await {
                    Err(error) if !ends_all(&error) => {
                        // Members that cannot be read must not cost the roles, which are another listing: the members
                        // are asked for once more by themselves, and fail by themselves.
                        let next = PageToken::of_state(&State::Members(Members::default()))?;
                        Page {
                            next: Some(next),
                            ..Page::empty()
                        }
                    }
                    read => read?,
                };
                page.also
                    .push(PageToken::of_state(&State::Roles(Roles::default()))?);
                Ok(page)
            }
            (true, false) => members(shared, cx, group, Members::default()).await,
            (false, true) => roles(shared, cx, group, Roles::default()).await,
            (false, false) => Ok(Page::empty()),
        };
    }
    match token.state()? {
        State::Members(state) => members(shared, cx, group, state).await,
        State::Roles(state) => roles(shared, cx, group, state).await,
    }
}

/// Whether an error says the same of everything that is asked.
fn ends_all(error: &connector_sdk::Error) -> bool {
    error.code() == Code::Unauthenticated
}

async fn members(shared: &Shared, cx: &SyncContext, group: &Subject, state: Members) -> Result<Page> {
    let id = GroupId::from_vendor(group.id());
    let cursor = state.cursor.as_ref();
    let ask = || read_members(shared, &id, state.older, cursor);
    let mut read = ask().await;
    if read.as_ref().is_err_and(AdminError::is_missing_part) {
        if is_gone(shared, &id).await? {
            return Ok(gone(&id));
        }
        // The group is there, so one answer is not enough.
        read = ask().await;
    }
    let known: GroupState = group.follow_up()?;
    let print_of = |user: &UserRow| Print::of([user.account_id.as_str()]);
    let differs = |rows: &http_kit::Page<UserRow>| {
        let seen = state.so_far.then(rows, print_of).different();
        rows.next.is_none() && known.members.is_some_and(|counted| counted != seen)
    };
    if read.as_ref().is_ok_and(|(_, rows)| differs(rows)) {
        read = ask().await;
    }
    let (older, rows) = match read {
        Ok(read) => read,
        Err(error) if error.is_refused() || error.is_missing_part() => {
            return gap(notices::GROUP_MEMBERS, group, &error);
        }
        Err(error) => {
            return Err(errors::unread(format!("list the members of the group {id}"))(
                error,
            ));
        }
    };
    let of = format!("the group {id}");
    let so_far = state.so_far.then(&rows, print_of);
    let repeated = notices::repeated(notices::GROUP_MEMBERS, id.as_str(), &rows, &so_far);
    let mut page = Page {
        notices: notices::of_page(&rows, Some(&of), cursor)
            .chain(repeated)
            .collect(),
        ..Page::empty()
    };
    if older && !state.older {
        page.notices.push(notices::older_users());
    }
    let key = kinds::group(&id);
    let mut here = BTreeSet::new();
    let mut print = Print(state.print);
    for user in &rows.items {
        let account = user.account_id.as_str();
        if !here.insert(account) {
            continue;
        }
        // Hashes are good enough to compare answers with each other, and nothing is left out because of one.
        if !state.so_far.has(print_of(user)) {
            print.add([account]);
        }
        let grant = GrantRow::new(key.clone(), MEMBER, kinds::user(&user.account_id));
        page.grants
            .push(if known.immutable { grant.immutable() } else { grant });
        // Every group says the same of an account, so the first one is enough.
        if cx.is_stated(kinds::USER, account, users::MEMBER) {
            continue;
        }
        match user.read() {
            Ok((user, odd)) => {
                page.resources.push(users::of_member(&user));
                page.notices.extend(notices::odd_fields(&odd, Some(&of)));
            }
            Err(bad) => page
                .notices
                .extend(malformed_rows(&[bad], Some(&of), cursor.map(Cursor::as_str))),
        }
    }
    let seen = so_far.different();
    match rows.next {
        Some(cursor) => {
            let state = Members {
                older,
                cursor: Some(cursor),
                so_far,
                print: print.0,
            };
            page.next = Some(PageToken::of_state(&State::Members(state))?);
        }
        None => {
            if let Some(before) = known.members.filter(|counted| *counted != seen) {
                let now = counted_group(&shared.client, &id).await.ok().flatten();
                let now = now.and_then(|group| group.counts?.users).unwrap_or(before);
                page.notices.push(count_differs(&known, &id, seen, before, now));
            }
            let answers = &shared.memo.answers;
            let other = answers.note(notices::GROUP_MEMBERS, id.as_str(), seen, print, known.members);
            page.notices.extend(other.map(|other| {
                let detail = format!(
                    "group {:?}: the vendor lists the same {seen} members for it and for the group {other}, and counts {} for \
                     it: the listing may be of another group",
                    known.name(&id),
                    known.members.unwrap_or_default()
                );
                Notice::gap(notices::GROUP_MEMBERS, id.as_str(), detail)
            }));
        }
    }
    Ok(page)
}

/// Whether it is proven that the group is no longer there. Where its details may not be read, it is not.
async fn is_gone(shared: &Shared, id: &GroupId) -> Result<bool> {
    match absence::group(&shared.client, id).await {
        Ok(group) => Ok(group.is_none()),
        Err(error) if error.is_refused() || error.is_offered_elsewhere() => Ok(false),
        Err(error) => Err(errors::unread(format!("read the details of the group {id}"))(
            error,
        )),
    }
}

/// The group was deleted since it was listed.
fn gone(id: &GroupId) -> Page {
    let detail = "the group is not there any more";
    Page {
        notices: vec![Notice::fact(notices::DELETED_MEANWHILE, id.as_str(), detail)],
        gone: true,
        ..Page::empty()
    }
}

/// Reads a page of members; says whether by the older listing.
///
/// On the first page a group that is not found may as well be a search that is not offered. Which of the two it is is the
/// same for every group.
async fn read_members(
    shared: &Shared,
    group: &GroupId,
    older: bool,
    cursor: Option<&Cursor>,
) -> Result<(bool, http_kit::Page<UserRow>), AdminError> {
    let client = &shared.client;
    let older = older || (cursor.is_none() && shared.memo.account_search.known() == Some(false));
    let filter = UserFilter {
        group_ids: vec![group.clone()],
        ..UserFilter::default()
    };
    if !older {
        let search = UserSearch::builder()
            .limit(LIMIT)
            .filter(filter.clone())
            .build()
            .expect("one group and a limit of 100 are allowed");
        match client.search_users_as(&DirectoryRef::Any, &search, cursor).await {
            Ok(rows) => return Ok((false, rows)),
            Err(error) if cursor.is_some() || !error.is_not_offered() => return Err(error),
            // The vendor's own word for the group leaves no doubt about the search.
            Err(error) if error.names_account_or_group() => return Err(error),
            Err(error) if offers_search(shared).await? => return Err(error),
            Err(_) => {}
        }
    }
    let query = UserQuery::new(filter, LIMIT).expect("one group and a limit of 100 are allowed");
    let rows = client.list_users_as(&DirectoryRef::Any, &query, cursor).await?;
    Ok((true, rows))
}

/// Whether this organization offers the search for accounts. The listing of accounts has decided it as a rule.
async fn offers_search(shared: &Shared) -> Result<bool, AdminError> {
    if let Some(known) = shared.memo.account_search.known() {
        return Ok(known);
    }
    let search = UserSearch::builder().limit(1).build();
    let search = search.expect("a limit of 1 is allowed");
    for _ in 0..2 {
        match shared
            .client
            .search_users(&DirectoryRef::Any, &search, None)
            .await
        {
            Ok(_) => {
                shared.memo.account_search.note(true);
                return Ok(true);
            }
            Err(error) if error.is_not_offered() => {}
            Err(error) => return Err(error),
        }
    }
    shared.memo.account_search.note(false);
    Ok(false)
}

async fn roles(shared: &Shared, cx: &SyncContext, group: &Subject, state: Roles) -> Result<Page> {
    let cursor = state.cursor.as_ref();
    let id = GroupId::from_vendor(group.id());
    let query = RoleQuery::default();
    let ask = || {
        shared
            .client
            .group_role_assignments(&DirectoryRef::Any, &id, &query, cursor)
    };
    let mut read = ask().await;
    if read.as_ref().is_err_and(AdminError::is_missing_part) {
        if is_gone(shared, &id).await? {
            return Ok(gone(&id));
        }
        read = ask().await;
    }
    let known: GroupState = group.follow_up()?;
    let counted = known.resources.unwrap_or_default();
    let with = |rows: &http_kit::Page<GroupRoleAssignment>| {
        state.so_far.then(rows, |row| {
            let roles: BTreeSet<&str> = row.roles.iter().map(|role| role.as_str()).collect();
            Print::of([row.resource_id.as_str()].into_iter().chain(roles))
        })
    };
    // What the vendor counts are resources, and several rows may name the same one.
    let on = |rows: &http_kit::Page<GroupRoleAssignment>| {
        let on = |row: &GroupRoleAssignment| Print::of([row.resource_id.as_str()]);
        state.resources.then(rows, on)
    };
    let lacks = |rows: &http_kit::Page<GroupRoleAssignment>| ends::fewer_than(counted, rows, &on(rows));
    if read.as_ref().is_ok_and(|rows| lacks(rows).is_some()) {
        read = ask().await;
    }
    let rows = match read {
        Ok(rows) => rows,
        Err(error) if error.is_refused() || error.is_missing_part() => {
            return gap(notices::GROUP_ROLES, group, &error);
        }
        Err(error) => return Err(errors::unread(format!("read the roles of the group {id}"))(error)),
    };
    let (key, scope) = (kinds::group(&id), shared.scope());
    let mut found = Rows::new(&scope, cx);
    for row in &rows.items {
        found.of_group(&key, row);
    }
    let of = format!("the group {id}");
    let counted_now = async {
        let now = counted_group(&shared.client, &id).await.ok().flatten();
        now.and_then(|group| group.counts?.resources)
    };
    let early = ends::still_fewer(lacks(&rows), counted_now).await.map(|listed| {
        let detail = format!(
            "group {:?}: the vendor counts {counted} resources that it has a role on, and lists {listed}",
            known.name(&id)
        );
        Notice::gap(notices::GROUP_ROLES, id.as_str(), detail)
    });
    let (so_far, resources) = (with(&rows), on(&rows));
    let repeated = notices::repeated(notices::GROUP_ROLES, id.as_str(), &rows, &so_far);
    let next = rows.next.as_ref().map(|cursor| {
        PageToken::of_state(&State::Roles(Roles {
            cursor: Some(cursor.clone()),
            so_far,
            resources,
        }))
    });
    let mut page = Page {
        notices: notices::of_page(&rows, Some(&of), cursor)
            .chain(early)
            .chain(repeated)
            .collect(),
        next: next.transpose()?,
        ..Page::empty()
    };
    found.into_page(&mut page);
    Ok(page)
}

fn gap(kind: &str, group: &Subject, error: &AdminError) -> Result<Page> {
    let known: GroupState = group.follow_up()?;
    let id = GroupId::from_vendor(group.id());
    let detail = format!("group {:?}: {}", known.name(&id), errors::reason(error));
    Ok(Page {
        notices: vec![Notice::gap(kind, id.as_str(), detail)],
        ..Page::empty()
    })
}

/// What changed between two counts is a finding; fewer members than in both of them, or more, are a gap.
fn count_differs(group: &GroupState, id: &GroupId, seen: u64, before: u64, now: u64) -> Notice {
    let mut detail = format!(
        "group {:?}: {before} members counted by the vendor, {seen} listed",
        group.name(id)
    );
    if now != before {
        detail.push_str(&format!(", {now} counted after that"));
    }
    match (before.min(now)..=before.max(now)).contains(&seen) {
        true => Notice::fact(notices::MEMBER_COUNT_DIFFERS, id.as_str(), detail),
        false => Notice::gap(notices::GROUP_MEMBERS, id.as_str(), detail),
    }
}
