//! Events of the audit log.

use crate::decode::{Extra, nullable};
use crate::{EmailAddress, EventId, VendorTime};
use http_kit::Row;
use serde::{Deserialize, Serialize};

/// Something that happened in the organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The event.
    pub id: EventId,
    /// What happened.
    pub attributes: EventAttributes,
    /// A sentence about it.
    pub message: Option<EventMessage>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for Event {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventAttributes {
    /// When it happened.
    pub time: VendorTime,
    /// When the log took it in; only in the polling feed, where this, not [`time`](Self::time), is the order.
    pub processed_at: Option<VendorTime>,
    /// What was done, such as `user_added_to_group`.
    pub action: EventAction,
    /// Who did it.
    pub actor: Option<EventActor>,
    /// What it was done to.
    #[serde(default, deserialize_with = "nullable")]
    pub context: Vec<EventObject>,
    /// What that belongs to.
    #[serde(default, deserialize_with = "nullable")]
    pub container: Vec<EventObject>,
    /// Where it came from.
    pub location: Option<EventLocation>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The name of an action. Events write it in lower case and the catalogue of actions in upper case, so the
/// case does not count.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventAction(Box<str>);

impl EventAction {
    /// The name as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the action of that name, in whatever case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

impl PartialEq for EventAction {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for EventAction {}

/// Who did something. The vendor itself is `atlassian-internal-system`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventActor {
    /// The account or the app.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<EmailAddress>,
    /// How they were authenticated.
    pub auth: Option<EventAuth>,
    /// For whom they acted.
    pub on_behalf_of: Option<Box<EventActor>>,
    /// Everything else that was sent, such as the app.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How an actor was authenticated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventAuth {
    /// The kind: `api-token`, `container-token`, `connect-token`, `auth-token-for-2LO`, `auth-token-for-3LO`.
    pub auth_type: Option<String>,
    /// The id of the token.
    pub token_id: Option<String>,
    /// What its owner called it.
    pub token_label: Option<String>,
}

/// Something that an event is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventObject {
    /// Its id.
    pub id: String,
    /// What it is: `users`, `groups`, `orgs`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What is known about it.
    #[serde(default, deserialize_with = "nullable")]
    pub attributes: Extra,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where an event came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventLocation {
    /// The network address.
    pub ip: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The region.
    pub region_name: Option<String>,
    /// The country.
    pub country_name: Option<String>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A sentence about an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventMessage {
    /// The sentence.
    pub content: Option<String>,
    /// Its format, such as `simple`.
    pub format: Option<String>,
}

/// An action that the log knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventActionInfo {
    /// Its name. The vendor lists some twice.
    pub id: EventAction,
    /// Its texts.
    #[serde(default, deserialize_with = "nullable")]
    pub attributes: EventActionTexts,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for EventActionInfo {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

/// Texts about an action, which were seen empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventActionTexts {
    /// Its name for people.
    pub display_name: Option<String>,
    /// The group it is shown in.
    pub group_display_name: Option<String>,
}
