//! Who has an address before anything is sent, and whether that account is alive.

use crate::changes::fact::Fact;
use crate::changes::live::{
    Life, account, is_on_verified_domain, listed_by_email, listed_row, managed_by_email, searched,
    searched_by_email,
};
use crate::changes::refusal::refused;
use crate::changes::wait;
use async_trait::async_trait;
use atlassian_admin::{AccountId, AdminClient, ClaimStatus, EmailAddress, ManagedAccount, User, VendorTime};
use connector_sdk::{Code, Error, Result};
use jiff::{SignedDuration, Timestamp};
use scim_client::same_user_name;
use std::collections::BTreeSet;
use std::time::Duration;

/// How far the clocks of both sides may be apart.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(5);
/// How long an account that was made a moment ago cannot have been there, whatever the clocks of both sides show and even
/// where only a day is told.
const LONG_BEFORE: SignedDuration = SignedDuration::from_hours(48);

/// An account that has the address, or whose address is hidden and that was found by it.
#[derive(Clone, Debug)]
pub(in crate::changes) struct Holder {
    pub(in crate::changes) id: AccountId,
    pub(in crate::changes) life: Life,
    /// Whether the organization does not manage it.
    pub(super) is_unmanaged: bool,
}

impl Holder {
    pub(super) fn of(user: &User) -> Self {
        Self {
            id: user.account_id.clone(),
            life: Life::of(user),
            is_unmanaged: user.claim_status == Some(ClaimStatus::Unmanaged),
        }
    }

    fn of_managed(row: &ManagedAccount) -> Self {
        Self {
            id: row.account_id.clone(),
            life: Life::of_status(row.account_status.as_ref()),
            is_unmanaged: false,
        }
    }
}

/// Who has the address before anything is sent.
///
/// That nobody has it, and that who has it is alive, is believed where two operations of the vendor tell it; that an account
/// is dead, where one does.
#[derive(Clone, Debug)]
pub(in crate::changes) struct Before {
    pub(in crate::changes) holder: Option<Holder>,
    doubt: Option<Doubt>,
    /// The accounts that SCIM users were linked to before.
    linked: Vec<AccountId>,
    /// When it was asked.
    at: Timestamp,
}

/// What is not known of who has the address.
#[derive(Clone, Debug)]
struct Doubt {
    /// It is known who has it, and not that this account is alive.
    is_of_life: bool,
    /// What each operation found.
    why: String,
    /// Of the first one that could not be asked.
    code: Option<Code>,
}

/// An operation that finds accounts by their address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Search,
    Listing,
    Managed,
}

impl Way {
    const ALL: [Self; 3] = [Self::Search, Self::Listing, Self::Managed];

    fn name(self) -> &'static str {
        match self {
            Self::Search => "the search for accounts",
            Self::Listing => "the listing of accounts",
            Self::Managed => "the listing of managed accounts",
        }
    }

    /// Those that it finds; nothing where the organization does not offer it.
    async fn holders(self, client: &AdminClient, email: &str) -> Result<Option<Vec<Holder>>> {
        let of = |rows: Vec<User>| rows.iter().map(Holder::of).collect();
        Ok(match self {
            Self::Search => searched_by_email(client, email).await?.map(of),
            Self::Listing => listed_by_email(client, email).await?.map(of),
            Self::Managed => {
                let rows = managed_by_email(client, email).await?;
                if rows.is_empty() && !is_on_verified_domain(client, email).await? {
                    let message =
                        "the listing of managed accounts has no account of a domain that is not verified";
                    return Err(Error::new(Code::Internal, message));
                }
                Some(rows.iter().map(Holder::of_managed).collect())
            }
        })
    }
}

impl Before {
    /// Asks in one way after the other, until two agree.
    ///
    /// # Errors
    ///
    /// Where the first one cannot be asked, and where several accounts have the address.
    pub(in crate::changes) async fn find(client: &AdminClient, email: &str, at: Timestamp) -> Result<Self> {
        let (mut found, mut nobody, mut told, mut code) = (Vec::<Holder>::new(), 0, Vec::new(), None);
        for way in Way::ALL {
            let holder = match way.holders(client, email).await {
                Ok(Some(holders)) => the_one(holders)?,
                Ok(None) => {
                    told.push(format!("{} is not offered", way.name()));
                    continue;
                }
                Err(error) if found.is_empty() && nobody == 0 => return Err(error),
                Err(error) => {
                    code.get_or_insert(error.code());
                    told.push(error.to_string());
                    continue;
                }
            };
            told.push(format!("{} finds {}", way.name(), in_words(holder.as_ref())));
            let Some(holder) = holder else {
                nobody += 1;
                if nobody == 2 && found.is_empty() {
                    return Ok(Self {
                        holder: None,
                        doubt: None,
                        linked: Vec::new(),
                        at,
                    });
                }
                continue;
            };
            let is_known = |other: &Holder| other.id == holder.id && other.life == Life::Alive;
            let agrees = holder.life == Life::Alive && found.iter().any(is_known);
            if agrees || holder.life.dead().is_some() {
                return Ok(Self {
                    holder: Some(holder),
                    doubt: None,
                    linked: Vec::new(),
                    at,
                });
            }
            found.push(holder);
        }
        let holder = found.pop();
        let is_same = |other: &Holder| holder.as_ref().is_some_and(|holder| holder.id == other.id);
        Ok(Self {
            doubt: Some(Doubt {
                is_of_life: holder.is_some() && nobody == 0 && found.iter().all(is_same),
                why: told.join("; "),
                code,
            }),
            holder,
            linked: Vec::new(),
            at,
        })
    }

    /// Takes in the accounts that SCIM users were linked to before. `of_address` is one whose SCIM user had the address: where
    /// nobody was found with it, that is a contradiction.
    pub(super) fn was_linked(&mut self, linked: Vec<AccountId>, of_address: Option<&AccountId>) {
        if let (None, None, Some(id)) = (&self.holder, &self.doubt, of_address) {
            self.doubt = Some(Doubt {
                is_of_life: false,
                why: format!(
                    "no account is found with it, and a SCIM user with it was linked to the account {id}"
                ),
                code: None,
            });
        }
        self.linked = linked;
    }

    /// Refuses to take another account for the person's than the one that has the address.
    ///
    /// # Errors
    ///
    /// Both, in words: `linked` is the account that a SCIM user of the person is linked to.
    pub(super) fn same(&self, linked: &AccountId) -> Result<(), String> {
        match &self.holder {
            Some(holder) if holder.id != *linked => Err(format!(
                "the account {} has the address, and the SCIM user with the address is linked to the account {linked}",
                holder.id
            )),
            _ => Ok(()),
        }
    }

    /// That an account is the person's, and alive.
    pub(super) fn living<'a>(
        &self,
        client: &'a AdminClient,
        email: &'a str,
        id: &'a AccountId,
    ) -> Living<'a> {
        let is_holder = self.holder.as_ref().is_some_and(|holder| holder.id == *id);
        Living {
            client,
            email,
            id,
            is_holder,
        }
    }

    /// The vendor's word for the account that has the address, where it is alive no longer.
    pub(super) fn dead(&self) -> Option<&str> {
        self.holder.as_ref()?.life.dead()
    }

    /// Why it is not known who has the address, or whether that account is alive; with the code of the first operation that
    /// could not be asked.
    pub(in crate::changes) fn doubt(&self) -> Option<(&str, Option<Code>)> {
        self.doubt.as_ref().map(|doubt| (&*doubt.why, doubt.code))
    }

    /// Refuses to bring an account back to life.
    pub(super) fn refuse_dead(&self) -> Result<()> {
        let Some(holder) = &self.holder else { return Ok(()) };
        let Some(word) = holder.life.dead() else {
            return Ok(());
        };
        Err(refused(format!(
            "the address belongs to the account {}, which is {word}: creating it would bring that account back to life",
            holder.id
        ))
        .with_hint("Set allow-reactivation where that is meant"))
    }

    /// Refuses to bring an account back to life that may be there.
    pub(super) fn refuse_doubt(&self) -> Result<()> {
        let Some(Doubt { is_of_life, why, .. }) = &self.doubt else {
            return Ok(());
        };
        let unknown = match (&self.holder, is_of_life) {
            (Some(holder), true) => format!(
                "it is not known whether the account {}, which has the address, is alive, and this would bring it back to life",
                holder.id
            ),
            _ => "it is not known whether a deactivated account has the address, which this would bring back to life"
                .to_owned(),
        };
        Err(refused(format!("{unknown}: {why}")).with_hint(
            "Nothing was sent. Try again in a minute, or set allow-reactivation where that is meant",
        ))
    }

    /// What a dry run promises.
    pub(super) fn planned(&self, email: &str) -> String {
        match (&self.holder, &self.doubt) {
            (Some(holder), _) => format!("the account {} would be linked for {email}", holder.id),
            (None, None) => format!("an account would be created for {email}"),
            (None, Some(_)) => {
                format!("an account would be created for {email}, or one that is there linked")
            }
        }
    }

    /// What became of the account that has the address now.
    ///
    /// It was created only where it is known that nobody had the address, and where it does not date from before.
    pub(super) fn made(&self, id: &AccountId, user: Option<&User>, email: &str) -> String {
        let is_holder = self.holder.as_ref().is_some_and(|holder| holder.id == *id);
        if is_holder || self.linked.contains(id) || user.is_some_and(|user| self.is_older(user)) {
            format!("the account {id} was linked for {email}")
        } else if self.doubt.is_some() {
            format!("the account {id} was created or linked for {email}")
        } else {
            format!("the account {id} was created for {email}")
        }
    }

    /// Whether an account came into the organization long before.
    fn is_older(&self, user: &User) -> bool {
        added(user).is_some_and(|added| self.at.duration_since(added) > LONG_BEFORE)
    }

    /// Whether an account came into the organization after it was asked who has the address.
    pub(super) fn is_newer(&self, user: &User) -> bool {
        added(user).is_some_and(|added| self.at.duration_since(added) < CLOCKS_APART)
    }

    /// What to know of it beside that.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        let revived = self.dead().map(|word| {
            format!("the account was {word}, and the vendor is asked by this to bring it back to life")
        });
        let doubt =
            self.doubt
                .as_ref()
                .map(|Doubt { is_of_life, why, .. }| match (&self.holder, is_of_life) {
                    (Some(holder), true) => format!(
                        "it is not known whether the account {} was alive before: {why}",
                        holder.id
                    ),
                    _ => format!("it is not known who had the address before: {why}"),
                });
        revived.into_iter().chain(doubt)
    }
}

fn added(user: &User) -> Option<Timestamp> {
    user.added_to_org.as_ref().and_then(VendorTime::timestamp)
}

/// The account of the rows that one operation found.
fn the_one(found: Vec<Holder>) -> Result<Option<Holder>> {
    let ids: BTreeSet<_> = found.iter().map(|holder| &holder.id).collect();
    if ids.len() > 1 {
        return Err(refused(format!(
            "{} accounts have this address, so it is not known which of them would be linked",
            ids.len()
        )));
    }
    // Of several rows of one account, one that is alive no longer must not be overlooked.
    Ok(found
        .into_iter()
        .max_by_key(|holder| holder.life.dead().is_some()))
}

fn in_words(holder: Option<&Holder>) -> String {
    match holder {
        None => "nobody with the address".to_owned(),
        Some(holder) if holder.life == Life::Unstated => {
            format!("the account {} and does not say whether it is alive", holder.id)
        }
        Some(holder) => format!("the account {}", holder.id),
    }
}

/// That an account is listed with the address, and alive.
pub(super) struct Living<'a> {
    client: &'a AdminClient,
    email: &'a str,
    id: &'a AccountId,
    /// It was found by the address before. Then it has it also where it hides it: a SCIM user with the address is linked to it.
    is_holder: bool,
}

/// A row of the account.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) user: User,
    /// Whether the search has it, and not its details alone.
    pub(super) is_searched: bool,
}

/// Whether the organization lists an account as the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// It has the address.
    Yes,
    /// No listing has the account, or its address.
    No,
    /// It has another address.
    Another,
}

impl Living<'_> {
    pub(super) fn listed(&self, user: Option<&User>) -> Listed {
        let known = user.and_then(|user| user.email.as_ref());
        match known.map_or("", EmailAddress::as_str) {
            "" if self.is_holder && user.is_some() => Listed::Yes,
            "" => Listed::No,
            known if same_user_name(known, self.email) => Listed::Yes,
            _ => Listed::Another,
        }
    }

    fn tells(&self, user: Option<&User>) -> Option<bool> {
        match (self.listed(user), user.map(Life::of)) {
            (Listed::Yes, Some(Life::Alive)) => Some(true),
            (Listed::Yes, Some(Life::Unstated)) => None,
            _ => Some(false),
        }
    }
}

#[async_trait]
impl Fact for Living<'_> {
    type Now = Option<Row>;

    fn action(&self) -> String {
        "create the account".to_owned()
    }

    /// Its row in the search; where that does not have it, its details.
    async fn read(&self) -> Result<Option<Row>> {
        let (user, is_searched) = match listed_row(self.client, self.id).await? {
            Some(user) => (Some(user), true),
            None => (account(self.client, self.id).await?, false),
        };
        Ok(user.map(|user| Row { user, is_searched }))
    }

    fn is_so(&self, now: &Option<Row>) -> Option<bool> {
        self.tells(now.as_ref().map(|row| &row.user))
    }

    async fn agrees(&self, now: &Option<Row>) -> Result<bool> {
        let other = match now {
            Some(row) if row.is_searched => account(self.client, self.id).await?,
            _ => searched(self.client, self.id).await?,
        };
        Ok(self.tells(other.as_ref()) == Some(true))
    }

    fn timeout(&self) -> Duration {
        wait::SOON
    }
}
