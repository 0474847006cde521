//! From a row of the vendor to an account.

use crate::{kinds, profile, status};
use atlassian_admin::{
    AccountType as Kind, ClaimStatus, EmailAddress, ManagedAccount, ProductActivity, ServiceAccount,
    TokenOwner, User, VendorTime,
};
use connector_sdk::{AccountType, ResourceBuilder, ResourceRow, Standing, UserTraitBuilder};
use prost_types::Struct;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the row of an account leaves for reading its roles.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AccountState {
    /// The vendor's word for its state.
    pub(super) status: String,
    /// Roles of the platform that the listing of accounts states.
    pub(super) platform_roles: BTreeSet<String>,
    /// How many resources it has a role on by the vendor's count.
    pub(super) resources: Option<u64>,
    /// Whether only the listing of managed accounts has the account.
    pub(super) only_managed: bool,
    /// Whether only the listing of service accounts has the account.
    pub(super) is_service: bool,
}

/// An account of the directories. A row that only met it says that no listing has it, and never states roles of the
/// platform: those are a promise of the listing alone, which is kept when the account's roles are read.
pub(crate) fn of_user(user: &User, standing: Standing) -> ResourceRow {
    let word = user.status.as_ref().map_or("", |status| status.as_str());
    let listed = standing == Standing::Listed;
    let activity = last_active(user.product_access.iter().flatten().map(activity_of_app));
    // For an account that the organization does not manage the vendor does not know, whatever it says.
    let mfa = user
        .mfa_enabled
        .filter(|_| user.claim_status == Some(ClaimStatus::Managed));
    let builder = ResourceBuilder::new(
        kinds::user(&user.account_id),
        display_name(
            user.name.as_deref(),
            user.email.as_ref(),
            user.account_id.as_str(),
        ),
    )
    .user(|t| {
        account(t, user.account_type.as_ref(), user.email.as_ref())
            .mfa(mfa)
            .last_login(activity.latest)
    })
    .status(status::of_account(word), word)
    .profile("account_id", user.account_id.as_str())
    // Reviews have rules that compare these with "" and with false, so they are there also where the vendor says nothing.
    .profile_or_empty("account_type", user.account_type.as_ref().map(|t| t.as_str()))
    .profile_or_empty("username", user.name.as_deref())
    .profile("nickname", user.nickname.as_deref())
    .profile("email_verified", user.email_verified.or(listed.then_some(false)))
    .profile(profile::STATUS, word)
    .profile(
        "account_status",
        user.account_status.as_ref().map(|s| s.as_str().to_owned()),
    )
    .profile(
        profile::MEMBERSHIP_STATUS,
        user.membership_status.as_ref().map(|s| s.as_str().to_owned()),
    )
    .profile(
        "claim_status",
        user.claim_status.as_ref().map(|s| s.as_str().to_owned()),
    )
    .profile(
        "management_source",
        user.management_source.as_ref().map(|s| s.as_str().to_owned()),
    )
    .profile("mfa_enabled", user.mfa_enabled)
    .profile("job_title", user.job_title.as_deref())
    .profile("department", user.department.as_deref())
    .profile("time_zone", user.time_zone.as_deref())
    .profile(
        "added_to_org",
        user.added_to_org.as_ref().map(|t| t.as_str().to_owned()),
    )
    .profile(
        "deactivated_on",
        user.deactivated_on.as_ref().map(|t| t.as_str().to_owned()),
    )
    .profile("last_active", activity.by_app);
    let state = AccountState {
        status: word.to_owned(),
        ..AccountState::default()
    };
    if !listed {
        return builder
            .profile(profile::UNLISTED, true)
            .follow_up(&state)
            .row(standing);
    }
    let resources = user.counts.as_ref().and_then(|counts| counts.resources);
    let roles = user.platform_roles.iter().flatten();
    let platform_roles: BTreeSet<String> = roles.map(|role| role.as_str().to_owned()).collect();
    let roles: Vec<String> = platform_roles.iter().cloned().collect();
    builder
        .follow_up(&AccountState {
            platform_roles,
            resources,
            ..state
        })
        .profile(profile::RESOURCE_COUNT, resources.map(profile::count))
        .profile(profile::PLATFORM_ROLES, roles)
        .row(standing)
}

/// How well a group knows its members.
pub(crate) const MEMBER: Standing = Standing::Placeholder(0);

/// An account that a group lists as a member: all that a listing tells.
pub(crate) fn of_member(user: &User) -> ResourceRow {
    of_user(user, MEMBER)
}

/// An account that the organization manages. It completes the account of the directories, and stands for itself where
/// they do not have it: apps, customers, accounts for which only billing is known.
pub(super) fn of_managed(managed: &ManagedAccount) -> ResourceRow {
    let word = managed
        .account_status
        .as_ref()
        .map_or("", |status| status.as_str());
    let activity = last_active(managed.product_access.iter().map(|app| {
        let name = app.url.as_deref().or(app.key.as_deref()).or(app.name.as_deref());
        (name, app.last_active.as_ref())
    }));
    let latest = activity
        .latest
        .max(managed.last_active.as_ref().and_then(VendorTime::timestamp));
    ResourceBuilder::new(
        kinds::user(&managed.account_id),
        display_name(
            managed.name.as_deref(),
            managed.email.as_ref(),
            managed.account_id.as_str(),
        ),
    )
    .user(|t| account(t, managed.account_type.as_ref(), managed.email.as_ref()).last_login(latest))
    .status(status::of_account(word), word)
    .profile("account_id", managed.account_id.as_str())
    .profile_or_empty("account_type", managed.account_type.as_ref().map(|t| t.as_str()))
    .profile_or_empty("username", managed.name.as_deref())
    .profile("account_status", word)
    .profile("access_billable", managed.access_billable)
    .profile("last_active", activity.by_app)
    .profile(profile::MANAGED_ACCOUNT, true)
    .follow_up(&AccountState {
        status: word.to_owned(),
        only_managed: true,
        ..AccountState::default()
    })
    .row(Standing::Supplement)
}

/// A service account. It completes the account of the directories where they have it, and stands for itself where they do not.
pub(super) fn of_service_account(service: &ServiceAccount) -> ResourceRow {
    let id = service.account_id();
    let word = service.status.as_deref().unwrap_or_default();
    let name = service.display_name.as_deref();
    let address = service.email.as_ref().map_or("", EmailAddress::as_str);
    ResourceBuilder::new(
        kinds::user(&id),
        display_name(name, service.email.as_ref(), id.as_str()),
    )
    .description(service.description.as_deref().unwrap_or_default())
    .user(|t| {
        t.account_type(AccountType::Service)
            .email(address, true)
            .login(address)
    })
    .status(status::of_account(word), word)
    .profile("account_id", id.as_str())
    .profile_or_empty("account_type", None)
    .profile_or_empty("username", name)
    .profile(profile::STATUS, word)
    .profile(profile::SERVICE_ACCOUNT, true)
    .profile(profile::SERVICE_ACCOUNT_ID, service.id.as_str())
    .profile(
        "created_by",
        service
            .created_by_id
            .as_ref()
            .map(|maker| maker.as_str().to_owned()),
    )
    .follow_up(&AccountState {
        status: word.to_owned(),
        is_service: true,
        ..AccountState::default()
    })
    .row(Standing::Supplement)
}

/// An account that only an API token names.
pub(crate) fn of_owner(owner: &TokenOwner) -> ResourceRow {
    ResourceBuilder::new(
        kinds::user(&owner.id),
        display_name(owner.name.as_deref(), owner.email.as_ref(), owner.id.as_str()),
    )
    .user(|t| account(t, None, owner.email.as_ref()))
    .status(status::of_account(""), "")
    .profile("account_id", owner.id.as_str())
    .profile_or_empty("username", owner.name.as_deref())
    .profile(profile::UNLISTED, true)
    .row(Standing::Placeholder(1))
}

/// The person's name, the address where there is none, the id where there is neither.
fn display_name(name: Option<&str>, email: Option<&EmailAddress>, id: &str) -> String {
    [name, email.map(EmailAddress::as_str)]
        .into_iter()
        .flatten()
        .find(|text| !text.trim().is_empty())
        .unwrap_or(id)
        .to_owned()
}

fn account(t: UserTraitBuilder, kind: Option<&Kind>, email: Option<&EmailAddress>) -> UserTraitBuilder {
    let t = match kind {
        Some(Kind::Atlassian) => t.account_type(AccountType::Human),
        Some(Kind::App) => t.account_type(AccountType::Service),
        // Customers of a portal and kinds that are not known stay what the profile says they are.
        _ => t,
    };
    let address = email.map_or("", EmailAddress::as_str);
    t.email(address, true).login(address)
}

/// When an account was last active.
#[derive(Debug, Default)]
struct Activity {
    /// In any app.
    latest: Option<jiff::Timestamp>,
    /// By app, in the vendor's words.
    by_app: Struct,
}

fn activity_of_app(app: &ProductActivity) -> (Option<&str>, Option<&VendorTime>) {
    let name = app.id.as_ref().map(|id| id.as_str()).or(app.key.as_deref());
    (name, app.last_active_timestamp.as_ref())
}

fn last_active<'a>(apps: impl Iterator<Item = (Option<&'a str>, Option<&'a VendorTime>)>) -> Activity {
    let mut by_app: BTreeMap<&str, &VendorTime> = BTreeMap::new();
    for (name, time) in apps {
        let (Some(name), Some(time)) = (name, time) else {
            continue;
        };
        let kept = by_app.entry(name).or_insert(time);
        if kept.timestamp() < time.timestamp() {
            *kept = time;
        }
    }
    Activity {
        latest: by_app.values().filter_map(|time| time.timestamp()).max(),
        by_app: Struct {
            fields: by_app
                .into_iter()
                .map(|(name, time)| (name.to_owned(), time.as_str().into()))
                .collect(),
        },
    }
}
