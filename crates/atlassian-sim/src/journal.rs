//! The audit log: what happened, told from the changes that were made.

use crate::endpoint::Surface;
use crate::model::profile::Field;
use crate::model::target::{ORG_ADMIN, Role, USER};
use crate::model::{Change, DirectoryStatus, Generated, Life, Model, salt};
use crate::wire::date::days_before;
use jiff::Timestamp;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) time: Timestamp,
    /// When the log took it in. It shows the event from then on, and lists events in this order.
    pub(crate) processed: Timestamp,
    /// What was done, in the vendor's words.
    pub(crate) action: &'static str,
    pub(crate) by: By,
    pub(crate) about: Vec<Thing>,
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// An administrator, through the organization's key.
    Administrator,
    /// The vendor itself: identity providers act through it, and time does.
    Vendor,
}

/// What something was done to.
#[derive(Clone, Debug)]
pub(crate) enum Thing {
    Account(u32),
    Group(u32),
    Role(u32, Role),
    Token(u32),
}

/// The actions that the log knows, in the catalogue's upper case. The catalogue lists one twice, as it was seen to.
pub(crate) const ACTIONS: [&str; 34] = [
    "USER_INVITED",
    "USER_CREATED",
    "USER_INVITE_TO_ORG",
    "USER_REMOVED_FROM_ORG",
    "USER_DISABLED_ORG_ACCESS",
    "USER_ENABLED_ORG_ACCESS",
    "USER_ADDED_TO_GROUP",
    "USER_REMOVED_FROM_GROUP",
    "GROUP_CREATED",
    "GROUP_DELETED",
    "GROUP_UPDATED",
    "GROUP_GRANTED_PRODUCT_ACCESS",
    "GROUP_REVOKED_PRODUCT_ACCESS",
    "GROUP_GRANTED_ROLE",
    "GROUP_REVOKED_ROLE",
    "USER_GRANTED_ROLE",
    "USER_REVOKED_ROLE",
    "USER_GRANTED_PRODUCT_ACCESS",
    "USER_REVOKED_PRODUCT_ACCESS",
    "ADDED_ORG_ADMIN",
    "REMOVED_ORG_ADMIN",
    "MANAGED_ACCOUNT_DEACTIVATED",
    "MANAGED_ACCOUNT_REACTIVATED",
    "MANAGED_ACCOUNT_DELETION_SCHEDULED",
    "MANAGED_ACCOUNT_DELETION_CANCELLED",
    "MANAGED_ACCOUNT_DELETED",
    "API_TOKEN_REVOKED",
    "SCIM_USER_CREATE",
    "SCIM_USER_UPDATE",
    "SCIM_USER_DELETE",
    "SCIM_USER_LINKED_TO_AA",
    "SCIM_USER_UNLINKED_FROM_AA",
    "EMAIL_CHANGE",
    "USER_DETAIL_CHANGE",
];

/// How many events were generated.
const GENERATED: u32 = 24;

/// The log of an organization in which nothing has changed yet: it is not empty.
pub(crate) fn generated(base: &Generated) -> Vec<Event> {
    const ACTIONS: [&str; 4] = [
        "user_invited",
        "user_added_to_group",
        "user_removed_from_group",
        "user_granted_product_access",
    ];
    (0..GENERATED)
        .map(|place| {
            let noise = base.noise(salt::EVENT, place);
            let draw = |shift: u32, below: u32| {
                u32::try_from((noise >> shift) % u64::from(below.max(1))).unwrap_or(0)
            };
            let (account, action) = (draw(8, base.spec.users), ACTIONS[draw(0, 4) as usize]);
            let mut about = vec![Thing::Account(account)];
            match action {
                "user_invited" => {}
                "user_granted_product_access" => {
                    about.push(Thing::Role(draw(40, base.spec.workspaces), USER));
                }
                _ if base.spec.groups > 0 => about.push(Thing::Group(draw(40, base.spec.groups))),
                _ => {}
            }
            let time = days_before(GENERATED - place, noise);
            Event {
                time,
                processed: time,
                action,
                by: By::Administrator,
                about,
            }
        })
        .collect()
}

impl Event {
    /// What a change is called that is about to be made; nothing when the log does not mention it.
    pub(crate) fn of(change: &Change, before: &Model, surface: Surface, time: Timestamp) -> Option<Self> {
        let (action, about) = tell(change, before, surface == Surface::Scim)?;
        let administrator = surface != Surface::Scim && !matches!(change, Change::Expiry { .. });
        Some(Self {
            time,
            processed: time,
            action,
            by: if administrator {
                By::Administrator
            } else {
                By::Vendor
            },
            about,
        })
    }
}

fn tell(change: &Change, before: &Model, scim: bool) -> Option<(&'static str, Vec<Thing>)> {
    use Thing::{Account, Group, Token};
    Some(match *change {
        Change::Account { account, .. } if scim => ("user_created", vec![Account(account)]),
        Change::Account { account, .. } => ("user_invited", vec![Account(account)]),
        Change::Directory {
            account,
            directory,
            status,
        } => {
            let action = match (before.directory_status(account, directory), status) {
                (_, DirectoryStatus::NoMembership) => "user_removed_from_org",
                (_, DirectoryStatus::Suspended) => "user_disabled_org_access",
                (DirectoryStatus::Suspended, DirectoryStatus::Active) => "user_enabled_org_access",
                (_, DirectoryStatus::Active) => "user_invite_to_org",
            };
            (action, vec![Account(account)])
        }
        Change::Life { account, life, .. } => {
            let action = match (before.life(account), life) {
                (Life::ForDeletion(_), Life::Active) => "managed_account_deletion_cancelled",
                (_, Life::Active) => "managed_account_reactivated",
                (_, Life::Inactive | Life::Closed) => "managed_account_deactivated",
                (_, Life::ForDeletion(_)) => "managed_account_deletion_scheduled",
                (_, Life::Gone) => "managed_account_deleted",
            };
            (action, vec![Account(account)])
        }
        Change::Expiry { account, .. } => ("managed_account_deleted", vec![Account(account)]),
        Change::Field {
            account,
            field: Field::Email,
            ..
        } => ("email_change", vec![Account(account)]),
        Change::Field { account, .. } => ("user_detail_change", vec![Account(account)]),
        Change::UserRole {
            account,
            target,
            role,
            on,
            ..
        } => {
            let action = match (role, on) {
                (ORG_ADMIN, true) => "added_org_admin",
                (ORG_ADMIN, false) => "removed_org_admin",
                (USER, true) => "user_granted_product_access",
                (USER, false) => "user_revoked_product_access",
                (_, true) => "user_granted_role",
                (_, false) => "user_revoked_role",
            };
            (action, vec![Account(account), Thing::Role(target, role)])
        }
        Change::Group { group, .. } => ("group_created", vec![Group(group)]),
        Change::GroupGone { group } => ("group_deleted", vec![Group(group)]),
        Change::Member { group, account, on } => {
            let action = if on {
                "user_added_to_group"
            } else {
                "user_removed_from_group"
            };
            (action, vec![Account(account), Group(group)])
        }
        Change::GroupRole {
            group,
            target,
            role,
            on,
        } => {
            let action = match (role, on) {
                (USER, true) => "group_granted_product_access",
                (USER, false) => "group_revoked_product_access",
                (_, true) => "group_granted_role",
                (_, false) => "group_revoked_role",
            };
            (action, vec![Group(group), Thing::Role(target, role)])
        }
        Change::ScimUser { record, ref user } => {
            let account = before.linked_account(record).map(Account).into_iter();
            let action = match (before.scim_user(record), user) {
                (_, None) => "scim_user_delete",
                (None, Some(_)) => "scim_user_create",
                (Some(_), Some(_)) => "scim_user_update",
            };
            (action, account.collect())
        }
        Change::ScimLink { record, account } => match account {
            Some(account) => ("scim_user_linked_to_aa", vec![Account(account)]),
            None => (
                "scim_user_unlinked_from_aa",
                before.linked_account(record).map(Account).into_iter().collect(),
            ),
        },
        Change::TokenGone { token } => (
            "api_token_revoked",
            vec![Account(before.token(token).owner), Token(token)],
        ),
        // The vendor's name for this one is not known.
        Change::CredentialGone { .. } => return None,
        Change::GroupModified { .. } => return None,
    })
}
