//! What rows say about a resource beside what the model has fields for: words in its profile, roles in its slugs.

use connector_proto::any;
use connector_proto::connector::v2::{self, user_trait};
use jiff::Timestamp;
use prost_types::Struct;
use prost_types::value::Kind;

/// What the profile and the traits of a resource say beside what makes a [`Subject`](crate::Subject). What is not there is not
/// known.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Facts {
    profile: Struct,
    /// Whether a second factor is asked for at login.
    pub mfa: Option<bool>,
    /// Whether it is an account of a program.
    pub is_service: bool,
    /// When a secret ends.
    pub expires_at: Option<Timestamp>,
    /// When it was made, or came to the organization.
    pub since: Option<Timestamp>,
}

impl Facts {
    /// What a resource says about itself.
    pub fn of(resource: &v2::Resource) -> Self {
        let user = any::pick::<v2::UserTrait>(&resource.annotations).and_then(Result::ok);
        let secret = any::pick::<v2::SecretTrait>(&resource.annotations).and_then(Result::ok);
        let group = any::pick::<v2::GroupTrait>(&resource.annotations).and_then(Result::ok);
        let app = any::pick::<v2::AppTrait>(&resource.annotations).and_then(Result::ok);
        let user = user.unwrap_or_default();
        let secret = secret.unwrap_or_default();
        let profiles = [
            resource.profile.clone(),
            user.profile,
            secret.profile,
            group.and_then(|group| group.profile),
            app.and_then(|app| app.profile),
        ];
        let made = [resource.created_at, user.created_at, secret.created_at];
        let time = |time: prost_types::Timestamp| Timestamp::new(time.seconds, time.nanos).ok();
        let made = made.into_iter().flatten().find_map(time);
        let mut facts = Self {
            profile: profiles.into_iter().flatten().next().unwrap_or_default(),
            mfa: user.mfa_status.map(|status| status.mfa_enabled),
            is_service: matches!(
                user_trait::AccountType::try_from(user.account_type),
                Ok(user_trait::AccountType::Service | user_trait::AccountType::System)
            ),
            expires_at: secret.expires_at.and_then(time),
            since: None,
        };
        facts.since = made.or_else(|| facts.text("added_to_org")?.parse().ok());
        facts
    }

    /// The profile as a whole.
    pub(crate) fn profile(&self) -> &Struct {
        &self.profile
    }

    fn value(&self, name: &str) -> Option<&Kind> {
        self.profile.fields.get(name)?.kind.as_ref()
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Kind::StringValue(text) => Some(text),
            _ => None,
        }
    }

    /// A count, where one is stated.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            // A count is written as a number of JSON; what is none of that is not read.
            Kind::NumberValue(number) => format!("{number}").parse().ok(),
            _ => None,
        }
    }

    /// Whether the organization does not manage the account, so that it can neither be deactivated nor held to policies.
    pub fn is_unmanaged(&self) -> bool {
        self.text("claim_status") == Some("unmanaged")
    }

    /// Whether the account is in no directory of the organization.
    pub fn is_outside(&self) -> bool {
        let is_unlisted = matches!(self.value("unlisted"), Some(Kind::BoolValue(true)));
        is_unlisted || self.text("membership_status") == Some("no_membership")
    }

    /// When the account was last active in an app, by the id of the app.
    pub(crate) fn last_active_in(&self, app: &str) -> Option<Timestamp> {
        let Kind::StructValue(by_app) = self.value("last_active")? else {
            return None;
        };
        match by_app.fields.get(app)?.kind.as_ref()? {
            Kind::StringValue(time) => time.parse().ok(),
            _ => None,
        }
    }
}

/// The role that an entitlement gives, without what stands before it: `role:atlassian/org-admin` gives `org-admin`.
fn role(entitlement: &v2::Entitlement) -> &str {
    let slug = &*entitlement.slug;
    slug.rsplit([':', '/']).next().unwrap_or(slug)
}

/// How much power over others an entitlement gives, 0 being the most; nothing for one that is not an administrator's.
pub fn privilege(entitlement: &v2::Entitlement) -> Option<u8> {
    let role = role(entitlement).to_lowercase();
    match &*role {
        "org-admin" | "owner" => Some(0),
        "site-admin" => Some(1),
        "admin" | "administrator" => Some(2),
        other => {
            let mut words = other.split(|letter: char| !letter.is_alphanumeric());
            words
                .any(|word| matches!(word, "admin" | "administrator"))
                .then_some(3)
        }
    }
}

/// Whether an entitlement gives an app to use, which takes a seat: its user's or its administrator's role. Guests, customers
/// and those who only manage access take none.
pub(crate) fn takes_a_seat(entitlement: &v2::Entitlement) -> bool {
    matches!(role(entitlement), "user" | "admin")
}
