//! Service accounts, their tokens, and OAuth clients.
//!
//! Most service accounts are accounts that no listing has, some of them members of groups; one is an account that the user
//! search lists too.

use super::ids::uuid;
use super::{Generated, Model, names, salt};

/// A token of a service account.
#[derive(Clone, Debug)]
pub(crate) struct ServiceToken {
    pub(crate) id: String,
    pub(crate) label: String,
    /// Days before the reference date.
    pub(crate) age: u32,
    /// Days after its creation.
    pub(crate) lifetime: Option<u32>,
    /// Days before the reference date.
    pub(crate) unused: Option<u32>,
}

/// An OAuth client.
#[derive(Clone, Debug)]
pub(crate) struct OAuthClient {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Days before the reference date.
    pub(crate) age: u32,
    /// The place of the service account that it belongs to; one belongs to none.
    pub(crate) owner: Option<u32>,
}

const NAMES: [&str; 6] = [
    "Ledger sync",
    "Release bot",
    "Metrics export",
    "Backup runner",
    "Incident relay",
    "Directory mirror",
];

/// The one that the user search lists too.
const LISTED: u32 = 3;

/// How many unlisted accounts so many service accounts need: of four of those two can be one.
pub(super) fn accounts_needed(service_accounts: u32) -> u32 {
    let unlisted = (0..service_accounts).filter(|place| *place != LISTED);
    unlisted.map(|place| nth_unlisted(place) + 1).max().unwrap_or(0)
}

fn nth_unlisted(place: u32) -> u32 {
    place / 2 * 4 + place % 2
}

impl Generated {
    /// The account that a service account is, by its place.
    pub(crate) fn service_account(&self, place: u32) -> u32 {
        if place == LISTED {
            let plain = |account: &u32| !self.is_managed(*account) && self.in_directory(*account);
            return (0..self.spec.users).find(plain).unwrap_or(0);
        }
        self.spec.users + self.managed_only + nth_unlisted(place)
    }

    /// The places of all service accounts.
    pub(crate) fn service_accounts(&self) -> std::ops::Range<u32> {
        0..self.spec.service_accounts
    }

    /// The place of the service account that an account is.
    pub(crate) fn place_of_service_account(&self, account: u32) -> Option<u32> {
        self.service_accounts()
            .find(|place| self.service_account(*place) == account)
    }

    /// Its id within the collection of service accounts: of the second one the id of the account.
    pub(crate) fn service_account_id(&self, place: u32) -> String {
        match self.has_one_id(place) {
            true => self.account_id(self.service_account(place)),
            false => uuid(self.noise(salt::SERVICE_ACCOUNT, place)),
        }
    }

    /// Whether it states no other id than that of the collection.
    pub(crate) fn has_one_id(&self, place: u32) -> bool {
        place % 8 == 1
    }

    /// The place of the service account with that id.
    pub(crate) fn find_service_account(&self, id: &str) -> Option<u32> {
        self.service_accounts()
            .find(|place| self.service_account_id(*place) == id)
    }

    /// What it is called. Two may bear the same name.
    pub(crate) fn service_account_name(&self, place: u32) -> &'static str {
        NAMES[place as usize % NAMES.len()]
    }

    /// Its address, which the vendor makes up.
    pub(crate) fn service_account_address(&self, place: u32) -> String {
        let slug = self.service_account_name(place).to_lowercase().replace(' ', "-");
        let noise = self.noise(salt::SERVICE_ACCOUNT, place);
        format!("{slug}-{:010x}@{}", noise >> 24, names::SERVICE_ACCOUNT_DOMAIN)
    }

    /// The account that made it; of some that is not told.
    pub(crate) fn service_account_creator(&self, place: u32) -> Option<u32> {
        (place % 4 != 2).then_some(0)
    }

    fn service_tokens(&self, place: u32) -> impl Iterator<Item = ServiceToken> + use<> {
        let name = self.service_account_name(place).to_lowercase().replace(' ', "-");
        let noise =
            move |seed: u64, n: u32| super::hash(seed, salt::SERVICE_TOKEN, u64::from(place * 16 + n));
        let seed = self.spec.seed;
        (0..[2, 0, 1, 1][place as usize % 4]).map(move |n| {
            let noise = noise(seed, n);
            let age = u32::try_from(noise % 300).unwrap_or(0) + 1;
            ServiceToken {
                id: format!("sat-{noise:016x}"),
                label: format!("{name}-{}", n + 1),
                age,
                // The first of the last one has ended.
                lifetime: (n == 0).then_some(if place % 4 == 3 { 1 } else { 365 }),
                unused: (noise >> 20 & 3 != 0).then_some(age / 2),
            }
        })
    }

    fn generated_oauth_clients(&self) -> impl Iterator<Item = OAuthClient> + use<'_> {
        let owned = self
            .service_accounts()
            .flat_map(|place| (0..[1, 0, 2, 0][place as usize % 4]).map(move |n| (Some(place), n)));
        let ownerless = (!self.service_accounts().is_empty()).then_some((None, 0));
        owned.chain(ownerless).map(|(owner, n)| {
            let noise = self.noise(salt::OAUTH_CLIENT, owner.map_or(u32::MAX, |place| place * 16 + n));
            let name = owner.map_or("left behind", |place| self.service_account_name(place));
            OAuthClient {
                id: format!("{noise:016X}"),
                name: format!("{} {}", name.to_lowercase(), n + 1),
                age: u32::try_from(noise % 400).unwrap_or(0),
                owner,
            }
        })
    }
}

impl Model {
    /// The tokens of a service account that were not revoked.
    pub(crate) fn tokens_of_service_account(&self, place: u32) -> Vec<ServiceToken> {
        let all = self.service_tokens(place);
        all.filter(|token| self.is_credential(&token.id)).collect()
    }

    /// The OAuth clients that were not deleted.
    pub(crate) fn oauth_clients(&self) -> Vec<OAuthClient> {
        let all = self.generated_oauth_clients();
        all.filter(|client| self.is_credential(&client.id)).collect()
    }
}
