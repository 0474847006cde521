//! What in an organization's access asks for a decision.

mod rules;

pub use self::rules::{RULES, Rule, Severity};

use self::rules as rule;
use crate::error::ReviewError;
use crate::facts;
use crate::joined::{JoinedGrant, JoinedResource};
use crate::licences::{AsOf, Seats};
use crate::list::Filter;
use crate::review::Review;
use crate::subject::{Status, Subject};
use connector_proto::connector::v2::resource_type::Trait;
use connector_sdk::ResourceKey;

/// How soon a secret ends that ends soon, in days.
const SOON: i64 = 30;

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What it found: an account, a group, a secret.
    pub subject: Subject,
    /// What there is about it, in words.
    pub detail: String,
    /// The grants that it is about, by id.
    pub grant_ids: Vec<String>,
}

impl Review {
    /// What the rules find, the gravest first, and then by rule and name. Of what could not be read nothing is said.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn findings(&self, as_of: AsOf) -> Result<Vec<Finding>, ReviewError> {
        self.findings_and_seats(as_of, |_| ())
    }

    /// The same for who wants to know the [`licences`](Self::licences) as well, which the rules look at: each is handed to `see`.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn findings_and_seats(
        &self,
        as_of: AsOf,
        see: impl FnMut(&Seats),
    ) -> Result<Vec<Finding>, ReviewError> {
        let mut found = Vec::new();
        let states_activity = self.states_activity()?;
        for resource in self.resources(&Filter::ALL) {
            let resource = resource?;
            let kind = resource.subject().key.resource_type;
            if self.is_account_type(&kind) {
                self.look_at_account(&resource, as_of, states_activity, &mut found)?;
            } else if self.has_trait(&kind, Trait::Secret) {
                self.look_at_secret(&resource, as_of, &mut found)?;
            } else {
                self.look_at_group(&resource, &mut found)?;
            }
        }
        self.look_at_seats(as_of, &mut found, see)?;
        found.sort_by_cached_key(|one| {
            let name = one.subject.shown().to_lowercase();
            (
                one.rule.place(),
                name,
                one.subject.key.clone(),
                one.detail.clone(),
            )
        });
        Ok(found)
    }

    fn has_trait(&self, kind: &str, wanted: Trait) -> bool {
        self.resource_type(kind)
            .is_some_and(|kind| kind.message().traits.contains(&(wanted as i32)))
    }

    /// Whether the artifact says of any account when it was last active. Where it does not, none is called dormant.
    fn states_activity(&self) -> Result<bool, ReviewError> {
        for resource in self.resources(&Filter::ALL) {
            let subject = resource?.subject();
            if self.is_account_type(&subject.key.resource_type) && subject.last_used.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn grants_of(&self, holder: &ResourceKey) -> Result<Vec<JoinedGrant>, ReviewError> {
        let filter = Filter {
            principal: Some(holder.clone()),
            ..Filter::default()
        };
        self.grants(&filter).collect()
    }

    fn look_at_account(
        &self,
        resource: &JoinedResource,
        as_of: AsOf,
        states_activity: bool,
        found: &mut Vec<Finding>,
    ) -> Result<(), ReviewError> {
        let account = resource.subject();
        let facts = resource.resource.facts();
        let grants = self.grants_of(&account.key)?;
        let privileged = privileged(&grants);
        let is_out_of_use = matches!(account.status, Status::Disabled | Status::Deleted);
        let mut add = |rule: &'static Rule, detail: String, grants: &[&JoinedGrant]| {
            found.push(Finding {
                rule,
                subject: account.clone(),
                detail,
                grant_ids: grants.iter().map(|grant| grant.id.clone()).collect(),
            });
        };
        if let [first, further @ ..] = privileged.as_slice() {
            let roles = roles_shown(first, further.len());
            if is_out_of_use {
                add(
                    &rule::ADMIN_DISABLED,
                    format!("{}: {roles}", account.status_shown()),
                    &privileged,
                );
            } else {
                let is_new = facts.since.is_some_and(|since| !as_of.is_long_ago(since));
                match account.last_used {
                    Some(time) if as_of.is_long_ago(time) => {
                        let day = time.strftime("%Y-%m-%d");
                        add(
                            &rule::ADMIN_DORMANT,
                            format!("last active {day}: {roles}"),
                            &privileged,
                        );
                    }
                    None if states_activity && !facts.is_service && !is_new => {
                        add(
                            &rule::ADMIN_DORMANT,
                            format!("no activity is stated: {roles}"),
                            &privileged,
                        );
                    }
                    _ => {}
                }
                if facts.is_unmanaged() {
                    add(&rule::ADMIN_UNMANAGED, roles.clone(), &privileged);
                }
                if facts.mfa == Some(false) {
                    add(&rule::ADMIN_WITHOUT_MFA, roles, &privileged);
                }
            }
        }
        let unexplained: Vec<&JoinedGrant> = privileged
            .into_iter()
            .filter(|grant| grant.held.unexplained)
            .collect();
        if let [first, further @ ..] = unexplained.as_slice() {
            add(
                &rule::ADMIN_UNEXPLAINED,
                roles_shown(first, further.len()),
                &unexplained,
            );
        }
        let all: Vec<&JoinedGrant> = grants.iter().collect();
        if let [first, further @ ..] = all.as_slice()
            && facts.is_outside()
        {
            add(
                &rule::OUTSIDE_WITH_ACCESS,
                roles_shown(first, further.len()),
                &all,
            );
        }
        let usable: Vec<&JoinedGrant> = all
            .iter()
            .copied()
            .filter(|grant| !grant.held.dormant && !grant.is_privileged())
            .collect();
        if let [first, further @ ..] = usable.as_slice()
            && is_out_of_use
        {
            let detail = format!(
                "{}: {}",
                account.status_shown(),
                roles_shown(first, further.len())
            );
            add(&rule::DISABLED_WITH_ACCESS, detail, &usable);
        }
        for grant in all {
            if grant.held.own && !grant.held.through.is_empty() {
                let how = self.held_shown(&grant.held)?;
                add(
                    &rule::HELD_TWO_WAYS,
                    format!("{}: {how}", grant.role_shown()),
                    &[grant],
                );
            }
        }
        Ok(())
    }

    fn look_at_secret(
        &self,
        resource: &JoinedResource,
        as_of: AsOf,
        found: &mut Vec<Finding>,
    ) -> Result<(), ReviewError> {
        let secret = resource.subject();
        if matches!(secret.status, Status::Disabled | Status::Deleted) {
            return Ok(());
        }
        let owner = secret
            .owner
            .as_ref()
            .map(|owner| self.subject(owner))
            .transpose()?;
        let whose = owner.as_ref().map_or_else(
            || "nobody is named as its owner".to_owned(),
            |owner| match owner.email() {
                email if email.is_empty() || email == owner.shown() => format!("of {}", owner.shown()),
                email => format!("of {} <{email}>", owner.shown()),
            },
        );
        let expires_at = resource.resource.facts().expires_at;
        let has_ended = expires_at.is_some_and(|end| end <= as_of.now);
        let mut add = |rule: &'static Rule, detail: String| {
            found.push(Finding {
                rule,
                subject: secret.clone(),
                detail,
                grant_ids: Vec::new(),
            });
        };
        if let Some(owner) = &owner
            && matches!(owner.status, Status::Disabled | Status::Deleted)
            && !has_ended
        {
            add(
                &rule::TOKEN_OF_LEAVER,
                format!("{whose}, {}", owner.status_shown()),
            );
        }
        match expires_at {
            None => add(&rule::TOKEN_NEVER_EXPIRES, whose),
            Some(end) if !has_ended && end <= as_of.in_days(SOON) => {
                let day = end.strftime("%Y-%m-%d");
                add(&rule::TOKEN_EXPIRES_SOON, format!("expires {day}, {whose}"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Looks at something that holds a role and that others hold in turn. Where its members could not be read it is not
    /// called empty: the vendor's own count has to agree, and no gap may name it.
    fn look_at_group(&self, resource: &JoinedResource, found: &mut Vec<Finding>) -> Result<(), ReviewError> {
        let group = resource.subject();
        let grants = self.grants_of(&group.key)?;
        let privileged = privileged(&grants);
        let [first, further @ ..] = privileged.as_slice() else {
            return Ok(());
        };
        let key = &group.key;
        let mut members = self
            .artifact()
            .grants_of_resource(&self.sync().sync_id, (&key.resource_type, &key.resource));
        let counted = resource.resource.facts().count("member_count");
        if members.next().transpose()?.is_some() || counted.is_some_and(|count| count > 0) {
            return Ok(());
        }
        for said in self.diagnostics() {
            let said = said?;
            let is_of_group = said.subject.contains(&*key.resource) || said.subject.is_empty();
            if said.is_gap && is_of_group {
                return Ok(());
            }
            if !said.is_gap {
                break;
            }
        }
        found.push(Finding {
            rule: &rule::GROUP_EMPTY_PRIVILEGED,
            detail: roles_shown(first, further.len()),
            grant_ids: privileged.iter().map(|grant| grant.id.clone()).collect(),
            subject: group,
        });
        Ok(())
    }

    fn look_at_seats(
        &self,
        as_of: AsOf,
        found: &mut Vec<Finding>,
        mut see: impl FnMut(&Seats),
    ) -> Result<(), ReviewError> {
        for seats in self.licences(as_of) {
            let seats = seats?;
            see(&seats);
            for one in seats.reclaimable {
                // Accounts out of use are found as such.
                if matches!(one.account.status, Status::Disabled | Status::Deleted) {
                    continue;
                }
                let detail = match one.last_active {
                    Some(time) => format!("{}: last active {}", seats.app.shown(), time.strftime("%Y-%m-%d")),
                    None => format!("{}: never active", seats.app.shown()),
                };
                found.push(Finding {
                    rule: &rule::SEAT_IDLE,
                    subject: one.account,
                    detail,
                    grant_ids: one.grants.iter().map(|grant| grant.id.clone()).collect(),
                });
            }
        }
        Ok(())
    }
}

impl JoinedGrant {
    /// Whether it gives power over others: an administrator's or an owner's role.
    pub fn is_privileged(&self) -> bool {
        self.privilege().is_some()
    }

    /// How much power over others it gives, 0 being the most; nothing where it gives none.
    pub fn privilege(&self) -> Option<u8> {
        facts::privilege(self.entitlement.as_ref()?.message())
    }

    /// The entitlement together with what it is on: `Admin on Jira: acme`.
    fn role_shown(&self) -> String {
        let (entitlement, on) = (self.entitlement_shown(), self.on_subject());
        match entitlement.contains(on.shown()) {
            true => entitlement.to_owned(),
            false => format!("{entitlement} on {}", on.shown()),
        }
    }
}

/// Those that give power over others, the most powerful first.
fn privileged(grants: &[JoinedGrant]) -> Vec<&JoinedGrant> {
    let mut privileged: Vec<&JoinedGrant> = grants.iter().filter(|grant| grant.is_privileged()).collect();
    privileged.sort_by_key(|grant| grant.privilege());
    privileged
}

fn roles_shown(first: &JoinedGrant, further: usize) -> String {
    match further {
        0 => first.role_shown(),
        further => format!("{}, and {further} more", first.role_shown()),
    }
}
