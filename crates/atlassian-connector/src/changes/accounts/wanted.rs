//! The account that is wanted, from a profile to a SCIM user.

use super::schema::{DISPLAY_NAME, EMAIL, FAMILY_NAME, GIVEN_NAME, USER_NAME};
use crate::changes::argument::{address, optional, required};
use connector_sdk::Result;
use prost_types::Struct;
use scim_client::{Flag, MultiValued, Name, User, ValueType};

#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) user_name: &'a str,
    pub(super) email: &'a str,
    given: Option<&'a str>,
    family: Option<&'a str>,
    display: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidArgument`](connector_sdk::Code::InvalidArgument) where a field is missing or cannot be what it is.
    pub(super) fn read(profile: &'a Struct) -> Result<Self> {
        Ok(Self {
            email: address(profile, EMAIL)?,
            user_name: required(profile, USER_NAME)?,
            given: optional(profile, GIVEN_NAME)?,
            family: optional(profile, FAMILY_NAME)?,
            display: optional(profile, DISPLAY_NAME)?,
        })
    }

    /// The name that people will see; nothing where only an address is known.
    pub(super) fn display_name(&self) -> Option<String> {
        match (self.display, self.given, self.family) {
            (Some(name), _, _) => Some(name.to_owned()),
            (None, Some(given), Some(family)) => Some(format!("{given} {family}")),
            (None, Some(name), None) | (None, None, Some(name)) => Some(name.to_owned()),
            (None, None, None) => None,
        }
    }

    /// The SCIM user: active, with one primary address and no password.
    pub(super) fn user(&self) -> User {
        let mut user = User::new(self.user_name);
        let mut email = MultiValued::new(self.email).primary();
        email.kind = Some(ValueType::Work);
        user.emails = vec![email];
        user.display_name = self.display_name().map(Into::into);
        user.active = Some(Flag(true));
        if self.given.is_some() || self.family.is_some() {
            let mut name = Name::default();
            name.given_name = self.given.map(Into::into);
            name.family_name = self.family.map(Into::into);
            user.name = Some(name);
        }
        user
    }
}
