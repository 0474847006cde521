//! Users (RFC 7643 §4.1, §4.3).

use crate::decode::attributes;
use crate::model::parts::{Address, MultiValued, Name};
use crate::parameter::ParameterError;
use crate::{Flag, Password, Text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

attributes! {
    /// A user: what a client says about one. What the server says, id and version, is in
    /// [`Stored`](crate::Stored).
    ///
    /// An attribute that is absent is not sent; replacing a user clears what is absent (RFC 7644 §3.5.1). Nothing
    /// but [`user_name`](Self::user_name) is required, and even that may be missing from an answer whose
    /// [`Selection`](crate::Selection) left it out.
    pub struct User {
        /// The schemas of the user as the server lists them. They are not sent: what is sent is worked out from
        /// the attributes that are there.
        schemas: Vec<String> = "schemas",
        /// The id of the user in the client's own system. Never the server's id.
        external_id: Option<Text> = "externalId",
        /// The name that the user logs in with, unique at the server whatever its case.
        user_name: Option<Text> = "userName",
        /// The parts of the name.
        name: Option<Name> = "name",
        /// The name to be shown.
        display_name: Option<Text> = "displayName",
        /// The casual name.
        nick_name: Option<Text> = "nickName",
        /// The address of a page about the user.
        profile_url: Option<Text> = "profileUrl",
        /// The title, such as `Vice President`.
        title: Option<Text> = "title",
        /// How the user stands to the organization, such as `Contractor`.
        user_type: Option<Text> = "userType",
        /// The preferred languages (RFC 9110 §12.5.4).
        preferred_language: Option<Text> = "preferredLanguage",
        /// The region for numbers, dates and money.
        locale: Option<Text> = "locale",
        /// The time zone, by its name in the IANA database.
        timezone: Option<Text> = "timezone",
        /// Whether the user may log in.
        active: Option<Flag> = "active",
        /// A new password. Servers never return it.
        password: Option<Password> = "password",
        /// E-mail addresses.
        emails: Vec<MultiValued> = "emails",
        /// Telephone numbers.
        phone_numbers: Vec<MultiValued> = "phoneNumbers",
        /// Addresses of instant messaging.
        ims: Vec<MultiValued> = "ims",
        /// Addresses of photos.
        photos: Vec<MultiValued> = "photos",
        /// Postal addresses.
        addresses: Vec<Address> = "addresses",
        /// The groups of the user. Read-only: memberships are changed through the groups, and these are never
        /// sent.
        groups: Vec<MultiValued> = "groups",
        /// What the user is entitled to.
        entitlements: Vec<MultiValued> = "entitlements",
        /// The roles of the user.
        roles: Vec<MultiValued> = "roles",
        /// Certificates.
        x509_certificates: Vec<MultiValued> = "x509Certificates",
        /// The extension for organizations.
        enterprise: Option<EnterpriseUser> = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    }
}

attributes! {
    /// What an organization says about a user (RFC 7643 §4.3).
    pub struct EnterpriseUser {
        /// The number within the organization.
        employee_number: Option<Text> = "employeeNumber",
        /// The cost centre.
        cost_center: Option<Text> = "costCenter",
        /// The organization.
        organization: Option<Text> = "organization",
        /// The division.
        division: Option<Text> = "division",
        /// The department.
        department: Option<Text> = "department",
        /// The manager.
        manager: Option<Manager> = "manager",
    }
}

attributes! {
    /// The manager of a user (RFC 7643 §4.3).
    pub struct Manager or "value" {
        /// The id of the manager's own user.
        value: Option<Text> = "value",
        /// The address of the manager's own user.
        reference: Option<Text> = "$ref",
        /// The name of the manager. Read-only.
        display_name: Option<Text> = "displayName",
    }
}

impl User {
    /// A user with this name.
    #[must_use]
    pub fn new(user_name: &str) -> Self {
        Self {
            user_name: Some(user_name.into()),
            ..Self::default()
        }
    }

    /// The preferred e-mail address; if none is called that, the only one.
    #[must_use]
    pub fn primary_email(&self) -> Option<&Text> {
        let primary = self.emails.iter().find(|email| email.is_primary());
        let only = match self.emails.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        primary.or(only)?.value.as_ref()
    }

    /// An extension of this user by its URN, as it came.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Value> {
        self.extra.find(urn)
    }

    /// An extension of this user as a type. For the extension of RFC 7643 §4.3 see
    /// [`enterprise`](Self::enterprise).
    ///
    /// # Errors
    ///
    /// That of the type, when the extension has another shape.
    pub fn extension_as<T: DeserializeOwned>(&self, urn: &str) -> Result<Option<T>, serde_json::Error> {
        self.extension(urn).map(T::deserialize).transpose()
    }

    /// Gives this user an extension under its URN, in place of what was there.
    ///
    /// # Errors
    ///
    /// [`ParameterError::NotJson`] when the value cannot be written.
    pub fn set_extension(&mut self, urn: &str, value: &impl Serialize) -> Result<(), ParameterError> {
        let value = serde_json::to_value(value).map_err(|_| ParameterError::NotJson {
            parameter: "extension",
        })?;
        self.extra.set(urn, value);
        Ok(())
    }
}
