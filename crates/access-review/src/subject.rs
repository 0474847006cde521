//! A resource as people know it.

use connector_proto::any;
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use jiff::Timestamp;

/// Whether a resource is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Its writer does not say.
    #[default]
    Unspecified,
    /// It is in use.
    Enabled,
    /// It is out of use: suspended, deactivated.
    Disabled,
    /// It is deleted.
    Deleted,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Unspecified, Self::Enabled, Self::Disabled, Self::Deleted];

    /// The status in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }

    fn of_number(number: i32) -> Self {
        match number {
            1 => Self::Enabled,
            2 => Self::Disabled,
            3 => Self::Deleted,
            _ => Self::Unspecified,
        }
    }
}

/// A resource as people know it: by what names, in which state, when it was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subject {
    /// Type and id.
    pub key: ResourceKey,
    /// The name that people read; empty where there is none.
    pub name: String,
    /// The name to log in with; empty where there is none.
    pub login: String,
    /// Its addresses, the primary one first.
    pub emails: Vec<String>,
    /// Whether it is in use.
    pub status: Status,
    /// The word of the vendor for that; empty where there is none.
    pub status_details: String,
    /// When it was last used: the last login of an account, the last use of a secret.
    pub last_used: Option<Timestamp>,
    /// Whose it is, where it is a secret.
    pub owner: Option<ResourceKey>,
}

impl Subject {
    /// What a resource says about itself. What its traits say counts where the resource does not say it.
    pub fn of(resource: &v2::Resource) -> Self {
        let id = resource.id.clone().unwrap_or_default();
        let user = any::pick::<v2::UserTrait>(&resource.annotations);
        let user = user.and_then(Result::ok).unwrap_or_default();
        let secret = any::pick::<v2::SecretTrait>(&resource.annotations);
        let secret = secret.and_then(Result::ok).unwrap_or_default();
        let mut emails: Vec<_> = user
            .emails
            .iter()
            .filter(|email| !email.address.is_empty())
            .collect();
        emails.sort_by_key(|email| !email.is_primary);
        let of_user = user.status.clone().unwrap_or_default();
        let of_resource = resource.status.clone().unwrap_or_default();
        let status = match Status::of_number(of_resource.status) {
            Status::Unspecified => Status::of_number(of_user.status),
            status => status,
        };
        let details = [of_resource.details, of_user.details];
        let last_used = user.last_login.or(secret.last_used_at);
        Self {
            key: ResourceKey::new(id.resource_type, id.resource),
            name: resource.display_name.clone(),
            login: user.login,
            emails: emails.into_iter().map(|email| email.address.clone()).collect(),
            status,
            status_details: details
                .into_iter()
                .find(|text| !text.is_empty())
                .unwrap_or_default(),
            last_used: last_used.and_then(timestamp),
            owner: secret.identity_id.as_ref().and_then(ResourceKey::from_proto),
        }
    }

    /// A resource of which nothing but its key is known: rows name it, and it has none itself.
    pub fn unknown(key: ResourceKey) -> Self {
        Self {
            key,
            name: String::new(),
            login: String::new(),
            emails: Vec::new(),
            status: Status::Unspecified,
            status_details: String::new(),
            last_used: None,
            owner: None,
        }
    }

    /// The name to show: its name, else its address or login, else its id.
    pub fn shown(&self) -> &str {
        let names = [&self.name, self.email(), &self.login];
        names
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or(&self.key.resource)
    }

    /// Its primary address; empty where there is none.
    pub fn email(&self) -> &str {
        self.emails.first().map_or("", String::as_str)
    }

    /// Whether it is in use, with the word of the vendor where that says more: `disabled (suspended)`. Empty where nobody says.
    pub fn status_shown(&self) -> String {
        let word = self.status.word();
        match self.status_details.as_str() {
            "" if self.status == Status::Unspecified => String::new(),
            "" => word.to_owned(),
            details if details.eq_ignore_ascii_case("active") || details == word => word.to_owned(),
            details => format!("{word} ({details})"),
        }
    }

    /// Whether one of its addresses, or its login, is this one. Case does not count.
    pub fn has_email(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let mut all = self.emails.iter().chain([&self.login]);
        all.any(|one| one.to_lowercase() == address)
    }
}

fn timestamp(time: prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}
