//! People invited, with a role and groups.

use super::super::accounts::Before;
use super::super::argument::{address, optional, several};
use super::super::fact::{Fact, Written, apply, before};
use super::super::live::{
    Life, Target, account, agrees_on_address, by_email, holding, is_account_holding, is_group_of, membership,
    present_group, revival,
};
use super::super::outcome::Says;
use super::super::refusal::{malformed, refused};
use super::super::wait;
use crate::shared::Shared;
use async_trait::async_trait;
use atlassian_admin::{
    AccountId, AdminClient, GroupId, Invitation, InviteOutcome, InviteStatus, MembershipStatus, ResourceAri,
    RoleId, RoleOnResource, User, UserStatus, Write,
};
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, Code, Error, Parts, Result};
use prost_types::Struct;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const INVITE: &str = "invite the person";
const SUSPENDED: &str =
    "the account is suspended, so it has no access: the action enable_user gives that back";

pub(super) async fn invite(shared: &Shared, cx: &ChangeContext, arguments: &Struct) -> Result<ChangeOutcome> {
    let client = &shared.client;
    let wanted = Wanted::read(arguments)?;
    for id in &wanted.groups {
        if !present_group(client, id).await?.is_modifiable() {
            return Err(refused(format!(
                "cannot add anyone to the group {id}: it cannot be modified"
            )));
        }
    }
    let says = Says {
        done: format!("{} was invited", wanted.email),
        already: format!(
            "{} is in the organization already, with all that was asked for",
            wanted.email
        ),
        planned: format!("{} would be invited", wanted.email),
    };
    let fact = Invited {
        client,
        invitation: wanted.invitation()?,
        wanted: &wanted,
        answer: Arc::default(),
    };
    let (person, is_so) = before(cx, shared.clock(), &fact).await?;
    if is_so {
        let is_suspended = person.is_some_and(|person| person.is_suspended);
        return Ok(match is_suspended {
            true => says.already(cx).note(SUSPENDED),
            false => says.already(cx),
        });
    }
    // One operation that does not find a deactivated account is not enough to send mail to its owner.
    let holder = Before::find(client, wanted.email, shared.clock().now()).await?;
    if let Some(holder) = &holder.holder {
        refuse_dead(&holder.id, &holder.life)?;
    }
    if let Some((why, code)) = holder.doubt() {
        let message =
            format!("cannot {INVITE}: it is not known whether a deactivated account has the address: {why}");
        let error = Error::new(code.unwrap_or(Code::FailedPrecondition), message);
        return Err(error.with_hint("Nothing was sent. Try again in a minute"));
    }
    let made = apply(cx, shared.clock(), &fact).await;
    let answer = fact.answer.lock().ok().and_then(|mut kept| kept.take());
    let answer = answer.filter(|answer| answer.receipt.documented);
    let failed = answer.as_ref().map(failures).unwrap_or_default();
    if let Some(answer) = answer.as_ref().filter(|_| !failed.is_empty()) {
        let requests = match &made {
            Ok(applied) => &applied.requests,
            Err(error) => error.requests(),
        };
        // That the rest failed does not say that the person was invited.
        let is_given = !cx.verify && gives_a_part(answer);
        if !is_given && !fact.is_there().await {
            let message = format!(
                "it is not known whether {} was invited: nobody in the organization is found with that address, and not all \
                 was given: {}",
                wanted.email,
                failed.join("; ")
            );
            return Err(Error::new(Code::Unavailable, message).with_requests(requests.to_vec()));
        }
        let message = format!(
            "the person was invited, and not all was given to them: {}",
            failed.join("; ")
        );
        let parts = Parts {
            done: vec![says.done],
            not_done: failed,
        };
        return Err(Error::new(Code::PermissionDenied, message)
            .with_parts(parts)
            .with_requests(requests.to_vec()));
    }
    let outcome = says.of(made?);
    Ok(match (answer, outcome.state) {
        (Some(_), ChangeState::Done | ChangeState::Verified) => with_mail(outcome, &wanted),
        _ => outcome,
    })
}

fn with_mail(outcome: ChangeOutcome, wanted: &Wanted<'_>) -> ChangeOutcome {
    match wanted.message {
        Some(_) => outcome,
        None => outcome.note("no mail was sent, because no message was given"),
    }
}

/// What was asked for.
struct Wanted<'a> {
    email: &'a str,
    target: Option<Target>,
    groups: Vec<GroupId>,
    message: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn read(arguments: &'a Struct) -> Result<Self> {
        let target = match (optional(arguments, "resource")?, optional(arguments, "role")?) {
            (Some(resource), Some(role)) => Some(Target::Resource {
                resource: ResourceAri::parse(resource).map_err(|error| malformed(&error))?,
                role: RoleId::from(role),
            }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(Error::new(
                    Code::InvalidArgument,
                    "the arguments resource and role are given together or not at all",
                ));
            }
        };
        let groups = several(arguments, "group_ids")?;
        Ok(Self {
            email: address(arguments, "email")?,
            target,
            groups: groups.into_iter().map(GroupId::from_vendor).collect(),
            message: optional(arguments, "message")?,
        })
    }

    fn on(&self) -> Result<Option<RoleOnResource>> {
        match &self.target {
            Some(Target::Resource { resource, role }) => RoleOnResource::new(role.clone(), resource.clone())
                .map(Some)
                .map_err(|error| malformed(&error)),
            Some(Target::Organization) | None => Ok(None),
        }
    }

    fn invitation(&self) -> Result<Invitation> {
        let mut invitation = Invitation::new([self.email]).map_err(|error| malformed(&error))?;
        if let Some(on) = self.on()? {
            invitation = invitation.with_role(on);
        }
        for group in &self.groups {
            invitation = invitation.with_group(group.clone());
        }
        Ok(match self.message {
            Some(message) => invitation.with_mail(message),
            None => invitation,
        })
    }
}

/// What could not be assigned, in words.
fn failures(answer: &InviteOutcome) -> Vec<String> {
    let because = |reason: Option<&str>| reason.unwrap_or("the vendor gives no reason").to_owned();
    let mut failed = Vec::new();
    for result in answer.invited.iter().flat_map(|invited| &invited.results) {
        for role in result
            .role_assignment_result
            .iter()
            .filter(|role| role.status != InviteStatus::Invited)
        {
            let (name, on) = (
                role.role.as_deref().unwrap_or("a role"),
                role.resource.as_deref().unwrap_or("?"),
            );
            failed.push(format!(
                "{name} on {on}: {}",
                because(role.status_reason.as_deref())
            ));
        }
        for group in result
            .group_assignment_result
            .iter()
            .filter(|group| group.status != InviteStatus::Invited)
        {
            let name = group.group.as_ref().map_or("?", GroupId::as_str);
            failed.push(format!(
                "group {name}: {}",
                because(group.status_reason.as_deref())
            ));
        }
    }
    if failed.is_empty() && !answer.complete {
        failed.push("the vendor says that a part failed, and not which".to_owned());
    }
    failed
}

/// Whether an answer says of one thing that it was given, and of another that it was not.
fn gives_a_part(answer: &InviteOutcome) -> bool {
    let results = || answer.invited.iter().flat_map(|invited| &invited.results);
    let roles = results().flat_map(|result| result.role_assignment_result.iter().map(|role| &role.status));
    let groups =
        results().flat_map(|result| result.group_assignment_result.iter().map(|group| &group.status));
    let all: Vec<&InviteStatus> = roles.chain(groups).collect();
    let is_given = |status: &&InviteStatus| **status == InviteStatus::Invited;
    all.iter().any(is_given) && !all.iter().all(is_given)
}

/// Whether an answer tells the result of the assignment to each group, and of the role.
fn speaks_of(answer: &InviteOutcome, groups: &[GroupId], on: Option<&Target>) -> bool {
    let results = || answer.invited.iter().flat_map(|invited| &invited.results);
    // The vendor may give back a role in another form than it was sent, with another word before the slash.
    let name = |role: &str| role.rsplit('/').next().unwrap_or_default().to_owned();
    let is_told = |target: &Target| {
        let mut roles = results().flat_map(|result| &result.role_assignment_result);
        roles.any(|told| {
            let resource = target.resource().map(ResourceAri::as_str);
            let role = told.role.as_deref().map(name);
            told.resource.as_deref() == resource && role == Some(name(target.role().as_str()))
        })
    };
    let is_in = |group: &GroupId| {
        let mut groups = results().flat_map(|result| &result.group_assignment_result);
        groups.any(|told| told.group.as_ref() == Some(group))
    };
    groups.iter().all(is_in) && on.is_none_or(is_told)
}

/// Whether the account is a member of the organization.
fn belongs(user: &User) -> bool {
    matches!(
        user.membership_status,
        Some(MembershipStatus::Active | MembershipStatus::Suspended)
    )
}

fn is_suspended(user: &User) -> bool {
    user.membership_status == Some(MembershipStatus::Suspended) || user.status == Some(UserStatus::Suspended)
}

/// Refuses an account that is alive no longer: it is not in the organization, and no invitation brings it back.
fn refuse_dead(id: &AccountId, life: &Life) -> Result<()> {
    let Some(word) = life.dead() else { return Ok(()) };
    Err(refused(format!(
        "cannot {INVITE}: the address belongs to the account {id}, which is {word}"
    ))
    .with_hint(format!(
        "Bring the account back first, with the action {}",
        revival(word)
    )))
}

/// Who has the address, and all that was asked for.
struct There {
    id: AccountId,
    is_suspended: bool,
}

/// That a person is in the organization, with a role and groups.
struct Invited<'a> {
    client: &'a AdminClient,
    invitation: Invitation,
    wanted: &'a Wanted<'a>,
    answer: Arc<Mutex<Option<InviteOutcome>>>,
}

impl Invited<'_> {
    /// Whether somebody in the organization is found with the address.
    async fn is_there(&self) -> bool {
        let found = by_email(self.client, self.wanted.email).await;
        found.is_ok_and(|found| found.iter().any(belongs))
    }
}

#[async_trait]
impl Fact for Invited<'_> {
    type Now = Option<There>;

    fn action(&self) -> String {
        INVITE.to_owned()
    }

    /// The account that has the address, and all that was asked for.
    async fn read(&self) -> Result<Option<There>> {
        let found = by_email(self.client, self.wanted.email).await?;
        for user in &found {
            refuse_dead(&user.account_id, &Life::of(user))?;
        }
        for user in found {
            if !belongs(&user) {
                continue;
            }
            let mut all = match &self.wanted.target {
                Some(target) => holding(self.client, &user.account_id, target).await?.held,
                None => true,
            };
            for group in &self.wanted.groups {
                all = all && membership(self.client, group, &user.account_id).await?.is_member;
            }
            if all {
                return Ok(Some(There {
                    is_suspended: is_suspended(&user),
                    id: user.account_id,
                }));
            }
        }
        Ok(None)
    }

    fn is_so(&self, found: &Option<There>) -> Option<bool> {
        Some(found.is_some())
    }

    async fn agrees(&self, found: &Option<There>) -> Result<bool> {
        let Some(There { id, .. }) = found else {
            return Ok(false);
        };
        let user = account(self.client, id).await?;
        if let Some(user) = &user {
            refuse_dead(&user.account_id, &Life::of(user))?;
        }
        let mut all = match &user {
            Some(user) => belongs(user) && agrees_on_address(self.client, user, self.wanted.email).await?,
            None => false,
        };
        if let Some(target) = &self.wanted.target {
            all = all && is_account_holding(self.client, id, target).await?;
        }
        for group in &self.wanted.groups {
            all = all && is_group_of(self.client, group, id).await?;
        }
        Ok(all)
    }

    fn timeout(&self) -> Duration {
        match self.wanted.target {
            Some(_) => wait::ROLES,
            None => wait::SOON,
        }
    }
}

impl Written for Invited<'_> {
    fn write(&self) -> Write {
        let answer = Arc::clone(&self.answer);
        let (groups, on) = (self.wanted.groups.clone(), self.wanted.target.clone());
        self.client.invite_users(&self.invitation).map(move |outcome| {
            let mut receipt = outcome.receipt.clone();
            // What the answer says nothing of is read back.
            receipt.documented &= !outcome.complete || speaks_of(&outcome, &groups, on.as_ref());
            if let Ok(mut kept) = answer.lock() {
                *kept = Some(outcome);
            }
            receipt
        })
    }

    /// It sends mail and takes a seat.
    fn is_harmless(&self) -> bool {
        false
    }
}
