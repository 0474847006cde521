//! A row of a listing, of which little is needed.

use crate::AccountId;
use crate::operation::USERS_SEARCH;
use crate::users::model::User;
use http_kit::{BadRow, OddField, Row, read_row};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// An account of a listing, of which only the id was read: for
/// [`search_users_as`](crate::AdminClient::search_users_as) where most accounts are known already, such as the members of
/// groups. That costs a small part of reading them whole.
///
/// `Debug` shows the id alone.
#[derive(Clone)]
pub struct UserRow {
    /// The account.
    pub account_id: AccountId,
    row: Box<RawValue>,
}

impl UserRow {
    /// The whole account, and the fields of it that were left out because they were not understood.
    ///
    /// # Errors
    ///
    /// [`BadRow`] when the row cannot be understood, with place 0 and the operation of the search.
    pub fn read(&self) -> Result<(User, Vec<OddField>), BadRow> {
        read_row(USERS_SEARCH.name, &self.row)
    }
}

impl Row for UserRow {
    const ID: &'static str = "accountId";
    const ESSENTIAL: &'static [&'static str] = &[];
}

impl<'de> Deserialize<'de> for UserRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Identity {
            account_id: AccountId,
        }
        let row = Box::<RawValue>::deserialize(deserializer)?;
        let Identity { account_id } = serde_json::from_str(row.get()).map_err(de::Error::custom)?;
        Ok(Self { account_id, row })
    }
}

impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow")
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_when_it_is_asked_for() {
        let rows = r#"[{"name": "Ines", "accountId": "712020:a", "status": "active", "new": {"deep": [1]}},
            {"accountId": "712020:b", "name": {"first": "Ada"}}]"#;
        let rows: Vec<UserRow> = serde_json::from_str(rows).unwrap();
        let (whole, odd) = rows[0].clone().read().unwrap();
        assert!(odd.is_empty());
        assert_eq!(
            (whole.account_id.as_str(), whole.name.as_deref()),
            ("712020:a", Some("Ines"))
        );
        assert!(whole.extra.contains_key("new"));
        assert_eq!(rows[1].account_id.as_str(), "712020:b");
        let (whole, odd) = rows[1].read().unwrap();
        assert_eq!((whole.name.as_deref(), odd[0].field.as_str()), (None, "name"));
        assert_eq!(
            format!("{:?}", rows[1]),
            "UserRow { account_id: AccountId(712020:b), .. }"
        );
        for no_row in [r#"{"name": "Ines"}"#, r#"{"accountId": ""}"#, "7"] {
            assert!(serde_json::from_str::<UserRow>(no_row).is_err(), "{no_row}");
        }
    }
}
