//! What an account is created from.

use connector_sdk::proto::connector::v2::ConnectorAccountCreationSchema;
use connector_sdk::proto::connector::v2::connector_account_creation_schema::{Field, StringField, field};

pub(super) const USER_NAME: &str = "userName";
pub(super) const EMAIL: &str = "email";
pub(super) const GIVEN_NAME: &str = "givenName";
pub(super) const FAMILY_NAME: &str = "familyName";
pub(super) const DISPLAY_NAME: &str = "displayName";

/// The fields, under the names that existing configurations map to.
pub(crate) fn creation_schema() -> ConnectorAccountCreationSchema {
    let fields = [
        (
            USER_NAME,
            "Username",
            "The user name in the SCIM directory, most often the address",
            "ines@example.com",
            true,
        ),
        (
            EMAIL,
            "Email",
            "The address of the account, by which the person logs in",
            "ines@example.com",
            true,
        ),
        (GIVEN_NAME, "First Name", "The given name", "Ines", false),
        (FAMILY_NAME, "Last Name", "The family name", "Calder", false),
        (
            DISPLAY_NAME,
            "Display Name",
            "The full name of the account",
            "Ines Calder",
            false,
        ),
    ];
    let field_map = (1..).zip(fields).map(
        |(order, (key, display_name, description, placeholder, required))| {
            let field = Field {
                display_name: display_name.to_owned(),
                required,
                description: description.to_owned(),
                placeholder: placeholder.to_owned(),
                order,
                field: Some(field::Field::StringField(StringField::default())),
                ..Field::default()
            };
            (key.to_owned(), field)
        },
    );
    ConnectorAccountCreationSchema {
        field_map: field_map.collect(),
    }
}
