//! How an account holds one role on one target.

use super::account::{filtered, is_account_found};
use super::{Unread, account, every};
use crate::roles::is_of_platform;
use crate::status::explains_no_roles;
use atlassian_admin::{
    Absence, AccountId, AccountStatus, AdminClient, AssignmentMethod, DirectoryRef, MembershipStatus,
    ResourceAri, ResourceOwner, RoleFilter, RoleId, RoleQuery, User, UserFilter, UserStatus,
};
use connector_sdk::Result;
use std::collections::BTreeSet;

/// A role on what it is held on.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// On an app instance or a site.
    Resource {
        /// The app instance or site.
        resource: ResourceAri,
        /// The role.
        role: RoleId,
    },
    /// The administration of the organization, whatever the vendor says it is held on.
    Organization,
}

impl Target {
    /// The resource that the vendor's listings are narrowed to.
    pub(crate) fn resource(&self) -> Option<&ResourceAri> {
        match self {
            Self::Resource { resource, .. } => Some(resource),
            Self::Organization => None,
        }
    }

    pub(crate) fn role(&self) -> &RoleId {
        match self {
            Self::Resource { role, .. } => role,
            Self::Organization => &RoleId::OrgAdmin,
        }
    }

    /// Whether a row speaks of what it is held on.
    pub(super) fn is(&self, of: &ResourceAri, owner: Option<&ResourceOwner>) -> bool {
        match self {
            Self::Resource { resource, .. } => resource == of,
            Self::Organization => is_of_platform(of, owner),
        }
    }
}

/// How a role is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holding {
    /// It is held at all.
    pub(crate) held: bool,
    /// It was given to the account itself.
    pub(crate) direct: bool,
    /// It is proven that no directory has the account.
    pub(crate) absent: bool,
    /// The vendor's words for how it is held.
    pub(crate) methods: BTreeSet<AssignmentMethod>,
    /// Some row does not say how it is held, or in words that are not known.
    pub(crate) unsaid: bool,
}

impl Holding {
    /// Whether taking it from the account can have an effect: it is direct, or nobody says what it is.
    pub(crate) fn is_revocable(&self) -> bool {
        self.direct || self.unsaid
    }

    /// Whether a group may give it, by the vendor's word or for want of one.
    pub(crate) fn may_be_of_group(&self) -> bool {
        self.unsaid || self.methods.contains(&AssignmentMethod::GroupDirect)
    }

    pub(crate) fn is_inferred(&self) -> bool {
        self.methods.contains(&AssignmentMethod::Inferred)
    }
}

/// Reads how an account holds a role on a target.
pub(crate) async fn holding(client: &AdminClient, id: &AccountId, target: &Target) -> Result<Holding> {
    let mut holding = of_rows(client, id, target).await?;
    // Roles of the platform are stated with the account as well, and there without methods.
    if matches!(target, Target::Organization) && !holding.held {
        let user = account(client, id).await?;
        let stated = user
            .iter()
            .flat_map(|user| user.platform_roles.iter().flatten())
            .any(|role| *role == RoleId::OrgAdmin);
        holding.absent = user.is_none();
        holding.held = stated;
        holding.unsaid = stated;
    }
    Ok(holding)
}

/// Whether the account is found among those that hold a role on a target: another way to what [`holding`] reads.
pub(crate) async fn is_account_holding(
    client: &AdminClient,
    id: &AccountId,
    target: &Target,
) -> Result<bool> {
    let filter = UserFilter {
        resource_ids: target.resource().cloned().into_iter().collect(),
        role_ids: vec![target.role().clone()],
        ..UserFilter::default()
    };
    is_account_found(client, id, filter).await
}

/// Whether the account administers the organization, directly or through a group, given its details.
pub(crate) async fn administers(client: &AdminClient, user: &User) -> Result<bool> {
    match &user.platform_roles {
        Some(roles) => Ok(roles.contains(&RoleId::OrgAdmin)),
        None => Ok(of_rows(client, &user.account_id, &Target::Organization)
            .await?
            .held),
    }
}

/// Who administers the organization beside one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// At least one active account.
    Some,
    /// Only such as may not do it any more.
    Doubtful,
    /// The vendor lists more accounts for the role than are asked about, and none of those that were asked about holds it.
    Unknown,
    None,
}

/// Looks for another active administrator of the organization. `is_in_doubt` tells of whom what the vendor shows may be out of
/// date.
pub(crate) async fn other_administrators(
    client: &AdminClient,
    id: &AccountId,
    is_in_doubt: impl Fn(&AccountId) -> bool + Send,
) -> Result<Others> {
    let filter = UserFilter {
        role_ids: vec![RoleId::OrgAdmin],
        ..UserFilter::default()
    };
    let (found, _) = filtered(client, DirectoryRef::Any, filter).await?;
    let is_active = |user: &&User| {
        user.account_id != *id
            && user
                .account_status
                .as_ref()
                .is_none_or(|status| *status == AccountStatus::Active)
            && user
                .membership_status
                .as_ref()
                .is_none_or(|status| *status == MembershipStatus::Active)
            && user
                .status
                .as_ref()
                .is_none_or(|status| *status == UserStatus::Active)
    };
    let (doubtful, found): (Vec<_>, Vec<_>) = found
        .iter()
        .filter(is_active)
        .partition(|user| is_in_doubt(&user.account_id));
    // Where the filter was ignored, others are among them: what each holds itself decides.
    let mut asked = 0;
    let mut none = Others::None;
    let mut unread = None;
    for user in found {
        let holds = match &user.platform_roles {
            Some(roles) => roles.contains(&RoleId::OrgAdmin),
            None if asked == ASKED => {
                none = Others::Unknown;
                break;
            }
            None => {
                asked += 1;
                // One whose roles cannot be read says nothing of the others.
                match holding(client, &user.account_id, &Target::Organization).await {
                    Ok(holding) => holding.held,
                    Err(error) => {
                        unread.get_or_insert(error);
                        false
                    }
                }
            }
        };
        if holds {
            return Ok(Others::Some);
        }
    }
    match (doubtful.is_empty(), unread) {
        (true, Some(error)) => Err(error),
        (true, None) => Ok(none),
        (false, _) => Ok(Others::Doubtful),
    }
}

/// So many accounts are asked about at most; who is found by the role and does not hold it is rare.
const ASKED: usize = 20;

async fn of_rows(client: &AdminClient, id: &AccountId, target: &Target) -> Result<Holding> {
    let filter = match target.resource() {
        Some(resource) => RoleFilter {
            resource_ids: vec![resource.clone()],
            ..RoleFilter::default()
        },
        None => RoleFilter {
            resource_owners: vec![ResourceOwner::Platform],
            ..RoleFilter::default()
        },
    };
    let query = RoleQuery::new(filter, 100).expect("one resource or owner is allowed");
    let pages = client.user_role_assignments_stream(DirectoryRef::Any, id.clone(), query, None);
    let mut holding = Holding::default();
    let what = format!("read the roles of the account {id}");
    match every(pages, "the roles of the account").await {
        Ok(rows) => {
            let rows = rows
                .iter()
                .filter(|row| target.is(&row.resource_id, row.resource_owner.as_ref()));
            for (role, methods) in rows.flat_map(|row| row.held()) {
                if role == target.role() {
                    holding.add(methods.into_iter().flat_map(|methods| methods.iter()));
                }
            }
        }
        Err(Unread::Vendor(error)) if error.absence() == Absence::Unsettled => {
            match account(client, id).await? {
                None => holding.absent = true,
                // It is in no directory, or alive no longer: then it holds nothing.
                Some(user)
                    if user
                        .status
                        .as_ref()
                        .is_some_and(|word| explains_no_roles(word.as_str())) => {}
                Some(_) => return Err(Unread::Vendor(error).cannot(&what)),
            }
        }
        Err(unread) => return Err(unread.cannot(&what)),
    }
    Ok(holding)
}

impl Holding {
    fn add(&mut self, methods: impl Iterator<Item = AssignmentMethod>) {
        let methods: BTreeSet<_> = methods.collect();
        let direct = methods.contains(&AssignmentMethod::Direct);
        let known = |method: &AssignmentMethod| !matches!(method, AssignmentMethod::Other(_));
        self.held = true;
        self.direct |= direct;
        self.unsaid |= !direct && (methods.is_empty() || !methods.iter().all(known));
        self.methods.extend(methods);
    }
}
