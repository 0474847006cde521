//! What a record does to the account behind it.

use super::{invalid, taken};
use crate::api::domains::is_claimed;
use crate::model::profile::Field;
use crate::model::{Change, DirectoryStatus, Life, Listing, Model, NewAccount, ScimUser};
use crate::server::Draft;
use crate::wire::Refusal;
use std::sync::Arc;

/// Refuses a record that collides with another one.
pub(super) fn check_unique(model: &Model, user: &ScimUser, own: Option<u32>) -> Result<(), Refusal> {
    let other = |record: Option<u32>| record.is_some_and(|record| Some(record) != own);
    if other(model.find_user_name(user.directory, user.user_name())) {
        return Err(taken(format!(
            "Resource [USER]: with userName[{}] already exists.",
            user.user_name()
        )));
    }
    if model
        .records_with_email(user.email())
        .iter()
        .any(|record| Some(*record) != own)
    {
        return Err(email_taken(user.email()));
    }
    if !user.external_id().is_empty() && other(model.find_external(user.directory, user.external_id())) {
        return Err(taken(format!(
            "Resource [USER]: with externalId[{}] already exists.",
            user.external_id()
        )));
    }
    Ok(())
}

fn email_taken(address: &str) -> Refusal {
    taken(format!("Resource [USER]: with email[{address}] already exists."))
}

/// The account that a new record is linked to: the one that has its address, or a new one.
pub(super) fn find_or_create(draft: &mut Draft<'_>, user: &ScimUser) -> Result<u32, Refusal> {
    let address = user.email();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let managed = is_claimed(draft.model(), draft.switches(), domain);
    if !managed && draft.switches().scim_claimed_domains_only {
        return Err(invalid(
            "invalidValue",
            format!("The domain of [{address}] is not verified"),
        ));
    }
    if let Some(account) = find(draft.model(), address) {
        return Ok(account);
    }
    let account = draft.model().all_accounts();
    let new = NewAccount {
        name: user.full_name().unwrap_or_else(|| address.to_owned()),
        email: address.to_owned(),
        managed,
        added: draft.now(),
    };
    draft.make_linking(Change::Account {
        account,
        new: Arc::new(new),
    });
    Ok(account)
}

/// The account of a person with that address. A customer of a portal is another one.
pub(in crate::api) fn find(model: &Model, address: &str) -> Option<u32> {
    model
        .find_address(address)
        .filter(|account| model.listing(*account) != Listing::ManagedOnly)
}

/// Links a new record to its account and puts the account into the directory. An account that was deactivated, or is to
/// be deleted, comes back to life.
pub(super) fn link(draft: &mut Draft<'_>, record: u32, user: &ScimUser, account: u32) {
    draft.make_linking(Change::ScimLink {
        record,
        account: Some(account),
    });
    enter(draft, account, user.directory);
    follow(draft, user, account, None);
}

/// Puts an account into a directory that it is not in.
pub(in crate::api) fn enter(draft: &mut Draft<'_>, account: u32, directory: u8) {
    if draft.model().directory_status(account, directory) == DirectoryStatus::NoMembership {
        draft.make_linking(Change::Directory {
            account,
            directory,
            status: DirectoryStatus::Active,
        });
    }
}

/// Makes the account what its record says. `before` is the record before it was changed: what it said then and says no
/// more is cleared.
pub(super) fn follow(draft: &mut Draft<'_>, user: &ScimUser, account: u32, before: Option<&ScimUser>) {
    let managed = draft.model().is_managed(account);
    if managed {
        let fields = |user: &ScimUser| {
            [
                (Field::Name, user.full_name()),
                (Field::Email, Some(user.email().to_owned())),
                (Field::JobTitle, user.text("title").map(str::to_owned)),
                (Field::TimeZone, user.text("timezone").map(str::to_owned)),
                (Field::Locale, user.text("preferredLanguage").map(str::to_owned)),
                (
                    Field::Department,
                    user.enterprise("department").map(str::to_owned),
                ),
                (
                    Field::Organization,
                    user.enterprise("organization").map(str::to_owned),
                ),
            ]
        };
        let earlier = before.map(fields);
        for (place, (field, value)) in fields(user).into_iter().enumerate() {
            let cleared = earlier.as_ref().is_some_and(|earlier| earlier[place].1.is_some());
            // A name cannot be cleared.
            if value.is_none() && (!cleared || field == Field::Name) {
                continue;
            }
            draft.make(Change::Field {
                account,
                field,
                value,
            });
        }
        set_active(draft, account, user.is_active());
    }
}

/// Activates or deactivates a managed account. One that is to be deleted is kept when it is activated.
pub(super) fn set_active(draft: &mut Draft<'_>, account: u32, active: bool) {
    let life = match (draft.model().life(account), active) {
        (Life::Inactive | Life::ForDeletion(_), true) => Life::Active,
        (Life::Active, false) => Life::Inactive,
        _ => return,
    };
    let at = draft.now();
    draft.make(Change::Life { account, life, at });
}

/// Refuses a new primary address that belongs to somebody else, or that the organization could not manage.
pub(super) fn check_address(draft: &Draft<'_>, user: &ScimUser, account: u32) -> Result<(), Refusal> {
    let (model, address) = (draft.model(), user.email());
    if model.address(account).eq_ignore_ascii_case(address) {
        return Ok(());
    }
    if find(model, address).is_some_and(|owner| owner != account) {
        return Err(email_taken(address));
    }
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    if model.is_managed(account) && !is_claimed(model, draft.switches(), domain) {
        return Err(invalid(
            "invalidValue",
            format!("The domain of [{address}] is not verified"),
        ));
    }
    Ok(())
}
