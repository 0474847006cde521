//! The complex attributes that users and groups are made of (RFC 7643 §2.4, §4.1).

use crate::decode::{Singular, attributes};
use crate::{Flag, Text};
use http_kit::open_words;

attributes! {
    /// The parts of a person's name (RFC 7643 §4.1.1).
    pub struct Name or "formatted" {
        /// The whole name, as it is to be shown.
        formatted: Option<Text> = "formatted",
        /// The family name.
        family_name: Option<Text> = "familyName",
        /// The given name.
        given_name: Option<Text> = "givenName",
        /// The middle names.
        middle_name: Option<Text> = "middleName",
        /// What stands before, such as `Ms.`.
        honorific_prefix: Option<Text> = "honorificPrefix",
        /// What stands behind, such as `III`.
        honorific_suffix: Option<Text> = "honorificSuffix",
    }
}

attributes! {
    /// One value of an attribute that may have several: an e-mail address, a telephone number, a group, a role
    /// (RFC 7643 §2.4).
    pub struct MultiValued or "value" {
        /// The value itself.
        value: Option<Text> = "value",
        /// How it is to be shown.
        display: Option<Text> = "display",
        /// What it is for.
        kind: Option<ValueType> = "type",
        /// Whether it is the preferred one; at most one value of an attribute is.
        primary: Option<Flag> = "primary",
        /// The address of the resource that it names.
        reference: Option<Text> = "$ref",
    }
}

attributes! {
    /// A postal address (RFC 7643 §4.1.2).
    pub struct Address or "formatted" {
        /// The whole address, as it is to be shown.
        formatted: Option<Text> = "formatted",
        /// Street, house and more.
        street_address: Option<Text> = "streetAddress",
        /// The city.
        locality: Option<Text> = "locality",
        /// The state or region.
        region: Option<Text> = "region",
        /// The postal code.
        postal_code: Option<Text> = "postalCode",
        /// The country, in two letters.
        country: Option<Text> = "country",
        /// What it is for.
        kind: Option<AddressType> = "type",
        /// Whether it is the preferred one.
        primary: Option<Flag> = "primary",
    }
}

open_words! {
    in any case;
    /// What a value is for (`type`, RFC 7643 §4.1.2): the canonical words of e-mail addresses, telephone numbers
    /// and photos, and of the groups of a user.
    pub enum ValueType {
        /// Of work.
        Work = "work",
        /// Of home.
        Home = "home",
        /// Something else.
        Elsewhere = "other",
        /// A mobile telephone.
        Mobile = "mobile",
        /// A fax.
        Fax = "fax",
        /// A pager.
        Pager = "pager",
        /// A photo.
        Photo = "photo",
        /// A thumbnail of a photo.
        Thumbnail = "thumbnail",
        /// A group that the user is a member of.
        Direct = "direct",
        /// A group that the user is in through another group.
        Indirect = "indirect",
        /// A member, or a group, that is a user.
        User = "User",
        /// A member that is a group.
        Group = "Group",
    }
}

open_words! {
    in any case;
    /// What an address is for (RFC 7643 §4.1.2).
    pub enum AddressType {
        /// Of work.
        Work = "work",
        /// Of home.
        Home = "home",
        /// Something else.
        Elsewhere = "other",
    }
}

impl Singular for ValueType {}
impl Singular for AddressType {}

impl MultiValued {
    /// This value, with nothing said about it.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::default()
        }
    }

    /// For this purpose.
    #[must_use]
    pub fn of_type(mut self, kind: ValueType) -> Self {
        self.kind = Some(kind);
        self
    }

    /// As the preferred one.
    #[must_use]
    pub fn primary(mut self) -> Self {
        self.primary = Some(Flag(true));
        self
    }

    /// Whether it is the preferred one.
    #[must_use]
    pub fn is_primary(&self) -> bool {
        self.primary == Some(Flag(true))
    }
}
