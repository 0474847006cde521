//! Resources: the builder that sets every field a reader of any age looks for.

use crate::id::ResourceKey;
use crate::standing::Standing;
use crate::subject::{FollowUp, Subject};
use connector_proto::any;
use connector_proto::connector::v2;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};
use serde::Serialize;

/// A resource together with how well it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceRow {
    /// How well the row knows the resource.
    pub standing: Standing,
    /// The resource.
    pub resource: v2::Resource,
    /// What later calls about the resource are handed; see [`crate::Subject::follow_up`].
    pub follow_up: Option<FollowUp>,
}

impl ResourceRow {
    /// The resource as later calls about it are handed it; none for a row without an id.
    pub fn subject(&self) -> Option<Subject> {
        let key = self.resource.id.as_ref().and_then(ResourceKey::from_proto)?;
        Some(Subject::new(key, self.follow_up.clone()))
    }
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AccountStatus {
    /// Not reported, or a word nobody knows.
    #[default]
    Unspecified,
    /// Usable.
    Enabled,
    /// Not usable, but there.
    Disabled,
    /// Gone.
    Deleted,
}

/// Builds a resource.
///
/// Status and creation time have a current home on the resource and a deprecated one on its trait; older readers look
/// at the trait, so the builder sets both. The profile stands on the resource alone, where every reader of today looks: it
/// is the largest part of a resource, and no one is served by carrying it twice.
///
/// ```
/// use connector_sdk::{AccountStatus, ResourceBuilder, ResourceKey};
/// let account = ResourceBuilder::new(ResourceKey::new("user", "u-1"), "Ines Calder")
///     .user(|u| u.email("ines@example.com", true).login("ines"))
///     .status(AccountStatus::Enabled, "active")
///     .profile("department", "Platform")
///     .build();
/// assert_eq!(account.display_name, "Ines Calder");
/// ```
#[derive(Clone, Debug)]
pub struct ResourceBuilder {
    key: ResourceKey,
    resource: v2::Resource,
    profile: Struct,
    created: Option<prost_types::Timestamp>,
    status: Option<(AccountStatus, String)>,
    traits: Traits,
    follow_up: Option<FollowUp>,
}

#[derive(Clone, Debug, Default)]
struct Traits {
    user: Option<v2::UserTrait>,
    group: Option<v2::GroupTrait>,
    secret: Option<v2::SecretTrait>,
    app: Option<v2::AppTrait>,
    role: Option<v2::RoleTrait>,
}

impl ResourceBuilder {
    /// A resource with this id and name. Where a thing has no name, give its id: readers show the name.
    pub fn new(key: ResourceKey, display_name: impl Into<String>) -> Self {
        let resource = v2::Resource {
            id: Some(key.to_proto()),
            display_name: limit(display_name.into(), 1024),
            ..Default::default()
        };
        Self {
            key,
            resource,
            profile: Struct::default(),
            created: None,
            status: None,
            traits: Traits::default(),
            follow_up: None,
        }
    }

    /// The resource it belongs to.
    #[must_use]
    pub fn parent(mut self, parent: &ResourceKey) -> Self {
        self.resource.parent_resource_id = Some(parent.to_proto());
        self
    }

    /// A description; empty ones are left out.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.resource.description = limit(text.into(), 2048);
        self
    }

    /// A profile entry.
    #[must_use]
    pub fn profile(mut self, key: &str, value: impl ProfileValue) -> Self {
        if let Some(value) = value.into_value() {
            self.profile.fields.insert(key.to_owned(), value);
        }
        self
    }

    /// A profile text that is there also where the vendor says nothing: as the empty text, for rules that compare with it.
    #[must_use]
    pub fn profile_or_empty(mut self, key: &str, value: Option<&str>) -> Self {
        let value = Value {
            kind: Some(Kind::StringValue(value.unwrap_or_default().to_owned())),
        };
        self.profile.fields.insert(key.to_owned(), value);
        self
    }

    /// Whether it can be used, with the vendor's own word for it.
    #[must_use]
    pub fn status(mut self, status: AccountStatus, word: impl Into<String>) -> Self {
        self.status = Some((status, word.into()));
        self
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(mut self, at: Option<jiff::Timestamp>) -> Self {
        self.created = at.map(timestamp);
        self
    }

    /// Makes it an account.
    #[must_use]
    pub fn user(mut self, build: impl FnOnce(UserTraitBuilder) -> UserTraitBuilder) -> Self {
        self.traits.user = Some(build(UserTraitBuilder::default()).0);
        self
    }

    /// Makes it a group. The source is one of `native`, `app_imported`, `built_in`, `directory_synced`, `dynamic`,
    /// `distribution`; the raw source is the vendor's word.
    #[must_use]
    pub fn group(mut self, source: Option<&str>, raw_source: Option<&str>) -> Self {
        self.traits.group = Some(v2::GroupTrait {
            group_source_type: source.unwrap_or_default().to_owned(),
            raw_group_source_type: raw_source.unwrap_or_default().to_owned(),
            ..Default::default()
        });
        self
    }

    /// Makes it a secret.
    #[must_use]
    pub fn secret(mut self, build: impl FnOnce(SecretTraitBuilder) -> SecretTraitBuilder) -> Self {
        self.traits.secret = Some(build(SecretTraitBuilder::default()).0);
        self
    }

    /// Makes it an application.
    #[must_use]
    pub fn app(mut self) -> Self {
        self.traits.app = Some(v2::AppTrait::default());
        self
    }

    /// Makes it a role.
    #[must_use]
    pub fn role(mut self) -> Self {
        self.traits.role = Some(v2::RoleTrait::default());
        self
    }

    /// Leaves a state for later calls about the resource; no artifact shows it.
    #[must_use]
    pub fn follow_up(mut self, state: &impl Serialize) -> Self {
        self.follow_up = Some(FollowUp::of_state(state));
        self
    }

    /// The id of the resource under construction.
    pub fn key(&self) -> &ResourceKey {
        &self.key
    }

    /// The resource.
    pub fn build(self) -> v2::Resource {
        let Self {
            mut resource,
            profile,
            created,
            status,
            mut traits,
            ..
        } = self;
        let profile = (!profile.fields.is_empty()).then_some(profile);
        if let Some(user) = &mut traits.user {
            user.created_at = created;
            let (status, word) = status.clone().unwrap_or_default();
            user.status = Some(v2::user_trait::Status {
                status: status.on_trait().into(),
                details: limit(word, 1024),
            });
        }
        if let Some(secret) = &mut traits.secret {
            secret.created_at = created;
        }
        resource.annotations.extend(traits.into_annotations());
        if let Some((status, word)) = status {
            resource.status = Some(v2::Status {
                status: status.on_resource().into(),
                details: limit(word, 1024),
            });
        }
        resource.profile = profile;
        resource.created_at = created;
        resource
    }

    /// The resource as a row of the listing of its type.
    pub fn listed(self) -> ResourceRow {
        self.row(Standing::Listed)
    }

    /// The resource as a row with this standing.
    pub fn row(mut self, standing: Standing) -> ResourceRow {
        ResourceRow {
            standing,
            follow_up: self.follow_up.take(),
            resource: self.build(),
        }
    }
}

impl Traits {
    fn into_annotations(self) -> Vec<prost_types::Any> {
        [
            self.user.as_ref().map(any::pack),
            self.group.as_ref().map(any::pack),
            self.role.as_ref().map(any::pack),
            self.app.as_ref().map(any::pack),
            self.secret.as_ref().map(any::pack),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Builds the account trait.
#[derive(Clone, Debug, Default)]
pub struct UserTraitBuilder(v2::UserTrait);

/// What kind of account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountType {
    /// A person's.
    Human,
    /// A program's.
    Service,
    /// The vendor's own.
    System,
}

impl UserTraitBuilder {
    /// An e-mail address; an empty one is left out.
    #[must_use]
    pub fn email(mut self, address: impl Into<String>, primary: bool) -> Self {
        let address = address.into();
        if !address.is_empty() {
            self.0.emails.push(v2::user_trait::Email {
                address,
                is_primary: primary,
            });
        }
        self
    }

    /// The name under which the person signs in; an empty one is left out.
    #[must_use]
    pub fn login(mut self, login: impl Into<String>) -> Self {
        self.0.login = login.into();
        self
    }

    /// What kind of account it is; without it the kind is unspecified.
    #[must_use]
    pub fn account_type(mut self, kind: AccountType) -> Self {
        self.0.account_type = match kind {
            AccountType::Human => v2::user_trait::AccountType::Human,
            AccountType::Service => v2::user_trait::AccountType::Service,
            AccountType::System => v2::user_trait::AccountType::System,
        }
        .into();
        self
    }

    /// When it was last used.
    #[must_use]
    pub fn last_login(mut self, at: Option<jiff::Timestamp>) -> Self {
        self.0.last_login = at.map(timestamp);
        self
    }

    /// Whether a second factor is set up.
    #[must_use]
    pub fn mfa(mut self, enabled: Option<bool>) -> Self {
        self.0.mfa_status = enabled.map(|mfa_enabled| v2::user_trait::MfaStatus { mfa_enabled });
        self
    }
}

/// Builds the secret trait: a static secret such as an API token.
#[derive(Clone, Debug, Default)]
pub struct SecretTraitBuilder(v2::SecretTrait);

impl SecretTraitBuilder {
    /// Whose secret it is.
    #[must_use]
    pub fn identity(mut self, owner: &ResourceKey) -> Self {
        self.0.identity_id = Some(owner.to_proto());
        self
    }

    /// Who made it.
    #[must_use]
    pub fn created_by(mut self, maker: &ResourceKey) -> Self {
        self.0.created_by_id = Some(maker.to_proto());
        self
    }

    /// When it stops to work.
    #[must_use]
    pub fn expires_at(mut self, at: Option<jiff::Timestamp>) -> Self {
        self.0.expires_at = at.map(timestamp);
        self
    }

    /// When it was last used.
    #[must_use]
    pub fn last_used_at(mut self, at: Option<jiff::Timestamp>) -> Self {
        self.0.last_used_at = at.map(timestamp);
        self
    }

    /// Says that it is a static secret, with the vendor's name for its kind.
    #[must_use]
    pub fn static_secret(mut self, detail: &str) -> Self {
        self.0.credential_type = v2::secret_trait::CredentialType::StaticSecret.into();
        self.0.credential_detail = detail.to_owned();
        self
    }
}

impl AccountStatus {
    fn on_trait(self) -> v2::user_trait::status::Status {
        use v2::user_trait::status::Status;
        match self {
            Self::Unspecified => Status::Unspecified,
            Self::Enabled => Status::Enabled,
            Self::Disabled => Status::Disabled,
            Self::Deleted => Status::Deleted,
        }
    }

    fn on_resource(self) -> v2::status::ResourceStatus {
        use v2::status::ResourceStatus;
        match self {
            Self::Unspecified => ResourceStatus::Unspecified,
            Self::Enabled => ResourceStatus::Enabled,
            Self::Disabled => ResourceStatus::Disabled,
            Self::Deleted => ResourceStatus::Deleted,
        }
    }
}

/// A value that a profile can hold. Absent and empty values are left out.
pub trait ProfileValue {
    /// The value, or `None` where there is nothing to say.
    fn into_value(self) -> Option<Value>;
}

impl ProfileValue for &str {
    fn into_value(self) -> Option<Value> {
        (!self.is_empty()).then(|| Value {
            kind: Some(Kind::StringValue(self.to_owned())),
        })
    }
}

impl ProfileValue for String {
    fn into_value(self) -> Option<Value> {
        (!self.is_empty()).then_some(Value {
            kind: Some(Kind::StringValue(self)),
        })
    }
}

impl ProfileValue for bool {
    fn into_value(self) -> Option<Value> {
        Some(Value {
            kind: Some(Kind::BoolValue(self)),
        })
    }
}

impl ProfileValue for f64 {
    fn into_value(self) -> Option<Value> {
        Some(Value {
            kind: Some(Kind::NumberValue(self)),
        })
    }
}

impl ProfileValue for Vec<String> {
    fn into_value(self) -> Option<Value> {
        let values = self
            .into_iter()
            .map(|s| Value {
                kind: Some(Kind::StringValue(s)),
            })
            .collect::<Vec<_>>();
        (!values.is_empty()).then_some(Value {
            kind: Some(Kind::ListValue(ListValue { values })),
        })
    }
}

impl ProfileValue for Struct {
    fn into_value(self) -> Option<Value> {
        (!self.fields.is_empty()).then_some(Value {
            kind: Some(Kind::StructValue(self)),
        })
    }
}

impl<T: ProfileValue> ProfileValue for Option<T> {
    fn into_value(self) -> Option<Value> {
        self.and_then(ProfileValue::into_value)
    }
}

/// A time in its wire form, whose nanoseconds count forwards before 1970 too.
pub fn timestamp(at: jiff::Timestamp) -> prost_types::Timestamp {
    let (mut seconds, mut nanos) = (at.as_second(), at.subsec_nanosecond());
    if nanos < 0 {
        (seconds, nanos) = (seconds - 1, nanos + 1_000_000_000);
    }
    prost_types::Timestamp { seconds, nanos }
}

/// Cuts a text to what the wire protocol allows, at a character border: names and the words of a status take 1024 bytes,
/// descriptions 2048.
///
/// ```
/// assert_eq!(connector_sdk::limit("Zoë".to_owned(), 3), "Zo");
/// ```
pub fn limit(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}
