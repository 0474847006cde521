//! The SCIM directories that were generated: one for each user directory, with a record for every account that an identity
//! provider keeps there.

use super::ids::{uuid, write_uuid};
use super::mix::{hash, unveil, veil};
use super::profile::Field;
use super::{Generated, salt};
use serde_json::{Map, Value, json};

/// A SCIM directory. It fills the user directory of the same place.
pub(crate) struct ScimDirectory {
    pub(crate) id: String,
    /// The key of this directory alone. Made up from the seed; it opens nothing else.
    pub(crate) key: String,
}

impl std::fmt::Debug for ScimDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScimDirectory")
            .field("id", &self.id)
            .field("key", &"[redacted]")
            .finish()
    }
}

/// The URN of the enterprise extension.
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

impl ScimDirectory {
    pub(super) fn generate(seed: u64, place: u64) -> Self {
        Self {
            id: uuid(hash(seed, salt::SCIM_DIRECTORY, place)),
            key: format!(
                "{:016x}{:016x}",
                hash(seed, salt::SCIM_DIRECTORY, 100 + place),
                hash(seed, salt::SCIM_DIRECTORY, 200 + place)
            ),
        }
    }
}

impl Generated {
    /// The place of a SCIM directory.
    pub(crate) fn find_scim_directory(&self, id: &str) -> Option<u8> {
        let place = self.scim.iter().position(|directory| directory.id == id)?;
        u8::try_from(place).ok()
    }

    /// The accounts with a record in a SCIM directory, in the order of the listing.
    pub(super) fn provisioned(&self, directory: u8) -> &[u32] {
        let all = self.provisioned.get_or_init(|| {
            (0..self.spec.directories)
                .map(|directory| {
                    let here = |account: &u32| self.home(*account) == directory && self.has_record(*account);
                    (0..self.all_accounts()).filter(here).collect()
                })
                .collect()
        });
        &all[usize::from(directory)]
    }

    /// Whether an account has a SCIM record in its first directory.
    pub(super) fn has_record(&self, account: u32) -> bool {
        self.is_provisioned(account) && !self.is_gone(account)
    }

    /// The id of a SCIM record. Records that were generated have the numbers of their accounts.
    pub(crate) fn scim_user_id(&self, record: u32) -> String {
        self.scim_id(salt::SCIM_USER, record)
    }

    /// The number that a record with that id has, whether or not there is such a record.
    pub(super) fn number_of_scim_user(&self, id: &str) -> Option<u32> {
        self.number_of_scim(salt::SCIM_USER, id)
    }

    /// The id of a group in SCIM, which is another one than in the organization.
    pub(crate) fn scim_group_id(&self, group: u32) -> String {
        self.scim_id(salt::SCIM_GROUP, group)
    }

    /// The number that a group with that id has, whether or not there is such a group.
    pub(super) fn number_of_scim_group(&self, id: &str) -> Option<u32> {
        self.number_of_scim(salt::SCIM_GROUP, id)
    }

    fn scim_id(&self, salt: u64, number: u32) -> String {
        let mut id = String::with_capacity(36);
        write_uuid(&mut id, self.noise(salt, number), veil(self.group_key, number));
        id
    }

    fn number_of_scim(&self, salt: u64, id: &str) -> Option<u32> {
        let digits = id.get(id.len().checked_sub(8)?..)?;
        let number = unveil(self.group_key, u32::from_str_radix(digits, 16).ok()?);
        (self.scim_id(salt, number) == id).then_some(number)
    }

    /// The id that the identity provider has for an account.
    pub(super) fn external_id(&self, account: u32) -> String {
        format!("00u{:08x}", veil(self.account_key, account))
    }

    /// The account that the identity provider has under that id.
    pub(super) fn find_external_id(&self, id: &str) -> Option<u32> {
        let account = unveil(
            self.account_key,
            u32::from_str_radix(id.strip_prefix("00u")?, 16).ok()?,
        );
        (account < self.all_accounts() && self.external_id(account) == id && self.has_record(account))
            .then_some(account)
    }

    /// The attributes of a generated record.
    pub(super) fn scim_attributes(&self, account: u32, active: bool) -> Map<String, Value> {
        let (mut name, mut address) = (String::new(), String::new());
        self.write_name(&mut name, account);
        self.write_address(&mut address, account);
        let person = self.person(account);
        let field = |field| self.generated_field(account, field);
        let mut attributes = json!({
            "userName": address,
            "externalId": self.external_id(account),
            "emails": [{ "value": address, "type": "work", "primary": true }],
            "name": { "formatted": name, "familyName": person.last, "givenName": person.first },
            "displayName": name,
            "phoneNumbers": [],
            "active": active,
        });
        for (key, value) in [
            ("title", field(Field::JobTitle)),
            ("timezone", field(Field::TimeZone)),
            ("preferredLanguage", field(Field::Locale)),
        ] {
            if let Some(value) = value {
                attributes[key] = json!(value);
            }
        }
        for (key, value) in [
            ("department", field(Field::Department)),
            ("organization", field(Field::Organization)),
        ] {
            if let Some(value) = value {
                attributes[ENTERPRISE][key] = json!(value);
            }
        }
        match attributes {
            Value::Object(attributes) => attributes,
            _ => unreachable!("it was made as an object"),
        }
    }
}
