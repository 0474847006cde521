//! The profile of a managed account.

use crate::decode::{Extra, nullable};
use crate::parameter::ParameterError;
use crate::{AccountId, AccountStatus, AccountType, EmailAddress};
use http_kit::Row;
use serde::{Deserialize, Serialize};

/// The profile of a managed account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountProfile {
    /// The account.
    pub account_id: AccountId,
    /// What kind of account it is.
    pub account_type: Option<AccountType>,
    /// The state of the account.
    pub account_status: Option<AccountStatus>,
    /// The full name.
    pub name: Option<String>,
    /// The name shown beside comments and mentions.
    pub nickname: Option<String>,
    /// The address.
    pub email: Option<EmailAddress>,
    /// Whether the address was confirmed. Not documented, yet sent.
    pub email_verified: Option<bool>,
    /// Time zone, as an IANA name.
    pub zoneinfo: Option<String>,
    /// Language, as a BCP 47 tag.
    pub locale: Option<String>,
    /// Job title, department, organization, place.
    #[serde(default, deserialize_with = "nullable")]
    pub extended_profile: ExtendedProfile,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for AccountProfile {
    const ID: &'static str = "account_id";
    const ESSENTIAL: &'static [&'static str] = &["account_status"];
}

/// The part of a profile about someone's place in a company.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExtendedProfile {
    /// Job title.
    pub job_title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Organization.
    pub organization: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A checked change of a profile: only what is set is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProfileChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "ExtendedChange::is_empty")]
    extended_profile: ExtendedChange,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct ExtendedChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    job_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

/// Collects a [`ProfileChange`]; the limits are checked by [`build`](Self::build).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ProfileChangeBuilder(ProfileChange);

impl ProfileChange {
    /// Starts a change.
    pub fn builder() -> ProfileChangeBuilder {
        ProfileChangeBuilder::default()
    }
}

impl ProfileChangeBuilder {
    /// The full name (1 to 100 characters).
    pub fn name(mut self, name: &str) -> Self {
        self.0.name = Some(name.to_owned());
        self
    }

    /// The nickname (1 to 30 characters).
    pub fn nickname(mut self, nickname: &str) -> Self {
        self.0.nickname = Some(nickname.to_owned());
        self
    }

    /// The time zone, as an IANA name.
    pub fn zoneinfo(mut self, zoneinfo: &str) -> Self {
        self.0.zoneinfo = Some(zoneinfo.to_owned());
        self
    }

    /// The language, as a BCP 47 tag.
    pub fn locale(mut self, locale: &str) -> Self {
        self.0.locale = Some(locale.to_owned());
        self
    }

    /// The job title.
    pub fn job_title(mut self, job_title: &str) -> Self {
        self.0.extended_profile.job_title = Some(job_title.to_owned());
        self
    }

    /// The department.
    pub fn department(mut self, department: &str) -> Self {
        self.0.extended_profile.department = Some(department.to_owned());
        self
    }

    /// The organization.
    pub fn organization(mut self, organization: &str) -> Self {
        self.0.extended_profile.organization = Some(organization.to_owned());
        self
    }

    /// The place.
    pub fn location(mut self, location: &str) -> Self {
        self.0.extended_profile.location = Some(location.to_owned());
        self
    }

    /// Checks the limits.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when a text is too long or holds a control character, or when nothing would change.
    pub fn build(self) -> Result<ProfileChange, ParameterError> {
        let change = self.0;
        if change == ProfileChange::default() {
            return Err(ParameterError::Missing {
                parameter: "profile",
                reason: "nothing would change",
            });
        }
        for (parameter, text, most) in [("name", &change.name, 100), ("nickname", &change.nickname, 30)] {
            let given = text.as_ref().map_or(1, |text| text.chars().count());
            if !(1..=most).contains(&given) {
                return Err(ParameterError::Length {
                    parameter,
                    given,
                    least: 1,
                    most,
                });
            }
        }
        for (parameter, text) in change.texts() {
            if text.chars().any(char::is_control) {
                return Err(ParameterError::Malformed {
                    parameter,
                    expected: "a text without control characters",
                    length: text.chars().count(),
                });
            }
        }
        Ok(change)
    }
}

impl ProfileChange {
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let extended = &self.extended_profile;
        [
            ("name", &self.name),
            ("nickname", &self.nickname),
            ("zoneinfo", &self.zoneinfo),
            ("locale", &self.locale),
            ("extended_profile.job_title", &extended.job_title),
            ("extended_profile.department", &extended.department),
            ("extended_profile.organization", &extended.organization),
            ("extended_profile.location", &extended.location),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }
}

impl ExtendedChange {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
