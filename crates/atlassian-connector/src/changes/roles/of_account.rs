//! A role given to an account, or taken from it.

use super::{Direction, Role};
use crate::changes::administrators::{Ending, administrators_stay};
use crate::changes::fact::{Fact, Written, apply, before};
use crate::changes::live::{Holding, Target, groups_giving, holding, is_account_holding, names};
use crate::changes::refusal::{malformed, not_found, refused};
use crate::changes::wait;
use crate::shared::Shared;
use async_trait::async_trait;
use atlassian_admin::{AccountId, AdminClient, AdminError, RoleOnResource, Write};
use connector_sdk::{ChangeContext, ChangeOutcome, Error, Result};
use std::time::Duration;

/// `was_direct` says that the artifact has what is to be taken as given to the account itself.
pub(super) async fn change(
    shared: &Shared,
    cx: &ChangeContext,
    direction: Direction,
    role: &Role,
    account: &AccountId,
    who: &str,
    was_direct: bool,
) -> Result<ChangeOutcome> {
    let fact = AccountRole::new(&shared.client, direction, role, account, who)?;
    let (now, is_so) = before(cx, shared.clock(), &fact).await?;
    match direction {
        Direction::Give => give(shared, cx, &fact, &now, is_so).await,
        Direction::Take => take(shared, cx, &fact, &now, is_so, was_direct).await,
    }
}

async fn give(
    shared: &Shared,
    cx: &ChangeContext,
    fact: &AccountRole<'_>,
    now: &Holding,
    is_so: bool,
) -> Result<ChangeOutcome> {
    let (says, who) = (fact.direction.says(fact.role, fact.who), fact.who);
    if now.absent {
        return Err(not_found(format!(
            "{who} is not in the organization {}",
            fact.client.org()
        )));
    }
    if now.direct && is_so {
        return Ok(says.already(cx));
    }
    // Beside the write this is only worth a note, so a listing of groups that cannot be read does not end it.
    let through = match through(fact, now).await {
        Ok(through) => through,
        Err(_) if !now.unsaid => Some(Through {
            words: "in a way that could not be read".to_owned(),
            groups: Vec::new(),
        }),
        Err(error) => return Err(error),
    };
    if now.unsaid && is_so && through.is_none() {
        return Ok(says.already(cx).note("the vendor does not say how it is held"));
    }
    let mut outcome = says.of(apply(cx, shared.clock(), fact).await?);
    if let Some(through) = through {
        outcome
            .notes
            .push(format!("{who} held it before, {}, and that stays", through.words));
    }
    Ok(outcome)
}

async fn take(
    shared: &Shared,
    cx: &ChangeContext,
    fact: &AccountRole<'_>,
    now: &Holding,
    is_so: bool,
    was_direct: bool,
) -> Result<ChangeOutcome> {
    let (says, who) = (fact.direction.says(fact.role, fact.who), fact.who);
    if !now.held && is_so {
        return Ok(says.already(cx));
    }
    let through = through(fact, now).await?;
    let mut outcome = match &through {
        // Nobody says that it is direct, and what it comes through explains all of it.
        Some(through) if !now.direct && !was_direct => {
            return Err(only_derived(fact.role, who, &through.words));
        }
        Some(_) if !now.direct && (is_so || now.unsaid) => {
            let mut outcome = says.already(cx);
            outcome.summary = format!("{} is not given to {who} directly any more", fact.role.shown);
            outcome
        }
        _ => {
            if matches!(fact.role.target, Target::Organization) {
                let action = format!("take {} from {}", fact.role.shown, fact.who);
                let cx = administrators_stay(shared, cx, fact.account, Ending::Role, &action).await?;
                says.of(apply(&cx, shared.clock(), fact).await?)
            } else {
                says.of(apply(cx, shared.clock(), fact).await?)
            }
        }
    };
    match through {
        Some(through) => {
            outcome
                .notes
                .push(format!("{who} still holds it {}", through.words));
            outcome.still_through = through.groups;
        }
        None if !now.direct => outcome.notes.push(
            "the vendor does not say how it was held: what is not given to the account itself stays"
                .to_owned(),
        ),
        None => {}
    }
    Ok(outcome)
}

fn only_derived(role: &Role, who: &str, through: &str) -> Error {
    refused(format!(
        "cannot take {} from {who}: it is held only {through}",
        role.shown
    ))
    .with_hint("Take the account out of the groups, or change what the role follows from")
}

/// What gives a role beside a direct assignment.
struct Through {
    /// In words that follow on "held".
    words: String,
    /// The groups among it, by name and id.
    groups: Vec<String>,
}

/// What gives the role beside a direct assignment. A role that is neither direct nor held
/// nobody says how always comes through something.
async fn through(fact: &AccountRole<'_>, now: &Holding) -> Result<Option<Through>> {
    let (mut parts, mut groups) = (Vec::new(), Vec::new());
    if now.may_be_of_group() {
        groups = names(&groups_giving(fact.client, fact.account, &fact.role.target).await?);
        match &*groups {
            [] if now.unsaid => {}
            [] => parts.push("through a group that cannot be told".to_owned()),
            [only] => parts.push(format!("through the group {only}")),
            several => parts.push(format!("through the groups {}", several.join(", "))),
        }
    }
    if now.is_inferred() {
        parts.push("because it follows from another role or setting".to_owned());
    }
    Ok((!parts.is_empty()).then(|| Through {
        words: parts.join(" and "),
        groups,
    }))
}

/// That an account holds a role directly, or does not.
struct AccountRole<'a> {
    client: &'a AdminClient,
    direction: Direction,
    account: &'a AccountId,
    role: &'a Role,
    who: &'a str,
    /// The role and its resource; nothing for the administration of the organization, which has none.
    on: Option<RoleOnResource>,
}

impl<'a> AccountRole<'a> {
    fn new(
        client: &'a AdminClient,
        direction: Direction,
        role: &'a Role,
        account: &'a AccountId,
        who: &'a str,
    ) -> Result<Self> {
        let on = match &role.target {
            Target::Organization => None,
            Target::Resource { resource, role } => {
                let on = RoleOnResource::new(role.clone(), resource.clone());
                Some(on.map_err(|error| malformed(&error))?)
            }
        };
        Ok(Self {
            client,
            direction,
            account,
            role,
            who,
            on,
        })
    }
}

#[async_trait]
impl Fact for AccountRole<'_> {
    type Now = Holding;

    fn action(&self) -> String {
        self.direction.action(self.role, self.who)
    }

    async fn read(&self) -> Result<Holding> {
        holding(self.client, self.account, &self.role.target).await
    }

    fn is_so(&self, now: &Holding) -> Option<bool> {
        Some(match self.direction {
            // Where the vendor does not say how it is held, that it is held is all there is to see.
            Direction::Give => now.direct || (now.held && now.unsaid),
            Direction::Take => !now.is_revocable(),
        })
    }

    /// The search finds what is held in any way, and so says nothing of how.
    async fn agrees(&self, now: &Holding) -> Result<bool> {
        if now.absent {
            return Ok(true);
        }
        Ok(is_account_holding(self.client, self.account, &self.role.target).await? == now.held)
    }

    fn timeout(&self) -> Duration {
        wait::ROLES
    }
}

impl Written for AccountRole<'_> {
    fn write(&self) -> Write {
        match (&self.on, self.direction) {
            (Some(on), Direction::Give) => self.client.assign_user_role(self.account, on),
            (Some(on), Direction::Take) => self.client.revoke_user_role(self.account, on),
            (None, Direction::Give) => self.client.assign_org_admin(self.account),
            (None, Direction::Take) => self.client.revoke_org_admin(self.account),
        }
    }

    fn lacks_what_it_needs(&self, error: &AdminError) -> bool {
        self.direction == Direction::Give && error.names_account_or_group()
    }
}
