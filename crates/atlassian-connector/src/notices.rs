//! The kinds of notices, each with what it is about.

use crate::tally::Tally;
use atlassian_admin::OrgId;
use connector_http::{MALFORMED_ROW, malformed_rows};
use connector_sdk::Notice;
use http_kit::{Cursor, OddField, Page};

/// Gap: the organization itself, so that ids stand for its names.
const ORGANIZATION: &str = "organization";
/// Gap: the accounts.
pub(crate) const ACCOUNTS: &str = "accounts";
/// Gap: the groups.
pub(crate) const GROUPS: &str = "groups";
/// Gap: the app instances.
pub(crate) const WORKSPACES: &str = "workspaces";
/// Gap: the API tokens.
pub(crate) const API_TOKENS: &str = "api_tokens";
/// Gap: the service accounts.
pub(crate) const SERVICE_ACCOUNTS: &str = "service_accounts";
/// Gap: the tokens of service accounts, or of one.
pub(crate) const SERVICE_ACCOUNT_TOKENS: &str = "service_account_tokens";
/// Gap: the OAuth clients, or whose they are.
pub(crate) const OAUTH_CLIENTS: &str = "oauth_clients";
/// Gap: the API keys of the organization.
pub(crate) const ORG_API_KEYS: &str = "org_api_keys";
/// Gap: the members of a group.
pub(crate) const GROUP_MEMBERS: &str = "group_members";
/// Gap: the roles of a group.
pub(crate) const GROUP_ROLES: &str = "group_roles";
/// Gap: the managed accounts.
pub(crate) const MANAGED_ACCOUNTS: &str = "managed_accounts";
/// Gap: the roles of an account.
pub(crate) const ROLE_ASSIGNMENTS: &str = "role_assignments";

/// Every kind of gap.
pub(crate) const GAPS: [&str; 14] = [
    ORGANIZATION,
    ACCOUNTS,
    GROUPS,
    WORKSPACES,
    API_TOKENS,
    SERVICE_ACCOUNTS,
    SERVICE_ACCOUNT_TOKENS,
    OAUTH_CLIENTS,
    ORG_API_KEYS,
    GROUP_MEMBERS,
    GROUP_ROLES,
    MANAGED_ACCOUNTS,
    ROLE_ASSIGNMENTS,
    MALFORMED_ROW,
];

/// Fact: a field of a row that does not fit its type, and was left out or read as another type.
const ODD_FIELD: &str = "odd_field";
/// Fact: an account or a group went away during the sync.
pub(crate) const DELETED_MEANWHILE: &str = "deleted_meanwhile";
/// Fact: an account whose state explains that it has no roles.
pub(crate) const NO_ROLE_ASSIGNMENTS: &str = "no_role_assignments";
/// Fact: a role of the platform that only the listing of accounts states.
pub(crate) const UNCOVERED_PLATFORM_ROLE: &str = "uncovered_platform_role";
/// Fact: a project or goal whose roles are left out.
pub(crate) const LEFT_OUT_TARGET: &str = "left_out_target";
/// Fact: a listing that has rows again.
const REPEATED_ROWS: &str = "repeated_rows";
/// Fact: a listing that lacks what was created while it was read.
const CREATED_MEANWHILE: &str = "created_meanwhile";
/// Fact: a listing that the vendor does not count, so that nothing tells whether rows are missing.
const UNCOUNTED: &str = "uncounted";
/// Fact: a credential of which nothing tells whose it is.
const OWNERLESS_SECRET: &str = "ownerless_secret";
/// Fact: a group whose members changed since the vendor counted them.
pub(crate) const MEMBER_COUNT_DIFFERS: &str = "member_count_differs";

/// Remark: the older listing of accounts was read.
const OLDER_USERS: &str = "older_user_listing";
/// Remark: the older listing of groups was read.
const OLDER_GROUPS: &str = "older_group_listing";
/// Remark: the collection of service accounts of the vendor's console was read.
const SERVICE_ACCOUNTS_OF_CONSOLE: &str = "service_accounts_of_console";
/// Remark: no domain is claimed.
const NO_CLAIMED_DOMAIN: &str = "no_claimed_domain";
/// Remark: rows do not say how roles are held.
const METHODS_MISSING: &str = "methods_missing";

pub(crate) fn older_users() -> Notice {
    Notice::remark(
        OLDER_USERS,
        "the search for accounts is not offered here, so the older listing was read: it has no last activity, and the \
         vendor ends it after 2027-06-30",
    )
}

pub(crate) fn older_groups() -> Notice {
    Notice::remark(
        OLDER_GROUPS,
        "the search for groups is not offered here, so the older listing was read: it may not count members, and the \
         vendor ends it after 2027-06-30",
    )
}

pub(crate) fn service_accounts_of_console() -> Notice {
    Notice::remark(
        SERVICE_ACCOUNTS_OF_CONSOLE,
        "the documented collection of service accounts is not there, so the one that the vendor's console reads was read: it \
         does not tell who made them",
    )
}

pub(crate) fn no_claimed_domain() -> Notice {
    Notice::remark(
        NO_CLAIMED_DOMAIN,
        "the organization has no managed accounts: it has not claimed a domain, so accounts of apps and billing are not \
         listed",
    )
}

pub(crate) fn methods_missing() -> Notice {
    Notice::remark(
        METHODS_MISSING,
        "some role assignments do not say how they are held, or in words that are not known: such a role is kept where \
         no group explains it, and may be direct",
    )
}

pub(crate) fn organization_unread(org: &OrgId, reason: &str) -> Notice {
    Notice::gap(
        ORGANIZATION,
        org.as_str(),
        format!("the key may not read the organization itself, so its id stands for its name: {reason}"),
    )
}

/// What could not be read of a page: rows, each a gap of its own, and fields that their rows can do without. `of` names
/// what was listed where the operation alone does not.
pub(crate) fn of_page<'a, T>(
    page: &'a Page<T>,
    of: Option<&'a str>,
    cursor: Option<&'a Cursor>,
) -> impl Iterator<Item = Notice> + use<'a, T> {
    malformed_rows(&page.bad_rows, of, cursor.map(Cursor::as_str)).chain(odd_fields(&page.odd_fields, of))
}

/// Fields that were left out of their rows.
pub(crate) fn odd_fields<'a>(
    fields: &'a [OddField],
    of: Option<&'a str>,
) -> impl Iterator<Item = Notice> + use<'a> {
    fields.iter().map(move |odd| {
        let of = of.map(|of| format!(" of {of}")).unwrap_or_default();
        let row = odd.id.as_deref().unwrap_or("a row");
        let subject = format!("{}{of}: {} of {row}", odd.operation, odd.field);
        let detail = format!("the field was left out or read as another type: {}", odd.reason);
        Notice::fact(ODD_FIELD, subject, detail)
    })
}

/// A listing of the organization has ended, and the vendor counts more.
pub(crate) fn ended_early(kind: &str, org: &OrgId, listed: u64, counted: u64) -> Notice {
    let detail = format!("the vendor lists {listed} and counts {counted}");
    Notice::gap(kind, org.as_str(), detail)
}

/// A listing of the organization has all that was counted when it began, and the vendor counts more now.
pub(crate) fn created_meanwhile(kind: &str, org: &OrgId, listed: u64, counted: u64) -> Notice {
    let detail = format!(
        "the vendor lists {listed}, as many as it counted before, and counts {counted} now: the others were created while \
         the listing was read"
    );
    Notice::fact(CREATED_MEANWHILE, format!("{org}: {kind}"), detail)
}

/// The vendor does not count a listing of the organization, which it should.
pub(crate) fn uncounted(kind: &str, org: &OrgId, reason: &str) -> Notice {
    let mut detail = "the count could not be read, so nothing tells whether rows are missing".to_owned();
    if !reason.is_empty() {
        detail.push_str(&format!(": {reason}"));
    }
    Notice::fact(UNCOUNTED, format!("{org}: {kind}"), detail)
}

/// The same of a listing in which rows came again, so that they may stand in the place of others.
pub(crate) fn repeated_and_uncounted(kind: &str, org: &OrgId, repeated: u64) -> Notice {
    let detail = format!(
        "rows that the vendor lists again: {repeated}, and the count that would tell whether others are missing for it could not be read"
    );
    Notice::gap(kind, org.as_str(), detail)
}

/// A listing of this kind, about this subject, has ended with this page and had rows again.
pub(crate) fn repeated<T>(kind: &str, subject: &str, page: &Page<T>, so_far: &Tally) -> Option<Notice> {
    let repeated = so_far.repeated();
    let different = so_far.different();
    let detail = format!("rows that the vendor lists again: {repeated}, beside {different} different ones");
    let is_told = page.next.is_none() && repeated > 0;
    is_told.then(|| Notice::fact(REPEATED_ROWS, format!("{subject}: {kind}"), detail))
}

/// What is told of a listing of the organization that the vendor does not count, where it has ended with this page: rows that
/// came again may stand in the place of others.
pub(crate) fn repeated_uncounted<T>(
    kind: &str,
    org: &OrgId,
    page: &Page<T>,
    so_far: &Tally,
) -> impl Iterator<Item = Notice> + use<T> {
    let repeated = repeated(kind, org.as_str(), page, so_far);
    let gap = repeated.as_ref().map(|_| {
        let detail = format!(
            "rows that the vendor lists again: {}, and it does not count the listing, so others may be missing for them",
            so_far.repeated()
        );
        Notice::gap(kind, org.as_str(), detail)
    });
    [gap, repeated].into_iter().flatten()
}

/// A credential of which nothing tells whose it is.
pub(crate) fn ownerless(kind: &str, id: &str, detail: &str) -> Notice {
    Notice::fact(OWNERLESS_SECRET, format!("{kind} {id}"), detail)
}

/// The listing of app instances is empty, and accounts hold roles on apps.
pub(crate) fn workspaces_empty(org: &OrgId) -> Notice {
    let detail = "the listing of app instances is empty, though accounts are found that use an app";
    Notice::gap(WORKSPACES, org.as_str(), detail)
}

/// The listing of managed accounts is empty, and accounts are listed that say they are managed.
pub(crate) fn managed_accounts_empty(org: &OrgId) -> Notice {
    let detail =
        "the listing of managed accounts is empty, though accounts are listed that the organization manages";
    Notice::gap(MANAGED_ACCOUNTS, org.as_str(), detail)
}
