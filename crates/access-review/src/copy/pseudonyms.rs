//! Rows without personal data. Everything is replaced from what is known to name nobody; nothing is taken over and then
//! cleaned, so that what nobody thought of is left out.

use crate::error::ReviewError;
use crate::facts::Facts;
use crate::list::Filter;
use crate::review::Review;
use crate::subject::{Status, Subject};
use connector_proto::connector::v2::{self, grant_sources::GrantSource, resource_type::Trait, user_trait};
use connector_proto::{any, wkt};
use connector_sdk::{ResourceKey, grant_id};
use prost_types::value::Kind;
use prost_types::{Struct, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// What profiles say of how something stands, in words of the vendor that name nobody.
const WORDS: [&str; 34] = [
    "active",
    "inactive",
    "suspended",
    "deactivated",
    "not_invited",
    "for_deletion",
    "closed",
    "no_membership",
    "managed",
    "unmanaged",
    "atlassian",
    "app",
    "customer",
    "synced",
    "local",
    "enabled",
    "disabled",
    "revoked",
    "ALLOWED",
    "BLOCKED",
    "REVOKED",
    "EXPIRED",
    "online",
    "offline",
    "deprecated",
    "confluence",
    "jira-software",
    "jira-servicedesk",
    "jira-product-discovery",
    "bitbucket",
    "trello",
    "compass",
    "native",
    "directory_synced",
];

/// What profiles say in numbers and yes or no, that names nobody.
const FACTS: [&str; 13] = [
    "access_billable",
    "account_status",
    "account_type",
    "app",
    "capacity",
    "claim_status",
    "external_synced",
    "managed_account",
    "member_count",
    "membership_modifiable",
    "membership_status",
    "status",
    "unlisted",
];

/// The made-up names and ids.
pub(super) struct Pseudonyms {
    resources: HashMap<ResourceKey, Made>,
    /// Ids of resources that profiles name without their type.
    by_id: HashMap<String, String>,
    /// Entitlement ids, as they are made up.
    entitlements: HashMap<String, String>,
    slugs: HashMap<String, String>,
    traits: HashMap<String, Vec<i32>>,
}

struct Made {
    id: String,
    name: String,
}

impl Pseudonyms {
    pub(super) fn of(review: &Review) -> Result<Self, ReviewError> {
        let mut keys = BTreeSet::new();
        let mut texts = BTreeSet::new();
        for resource in review.resources(&Filter::ALL) {
            let subject = resource?.subject();
            texts.extend([
                subject.name.clone(),
                subject.login.clone(),
                subject.key.resource.clone(),
            ]);
            texts.extend(subject.emails.iter().cloned());
            keys.insert(subject.key);
        }
        let mut entitlements = Vec::new();
        let mut slugs = BTreeSet::new();
        for row in review.entitlements(&Filter::ALL) {
            let row = row?;
            let message = row.entitlement.message();
            entitlements.push((message.id.clone(), row.on.clone(), message.slug.clone()));
            slugs.insert(message.slug.clone());
            keys.insert(row.on);
        }
        let known: BTreeSet<String> = entitlements.iter().map(|(id, ..)| id.clone()).collect();
        let mut unknown = BTreeSet::new();
        for row in review.artifact().grants(&review.sync().sync_id) {
            let row = row?;
            let on = ResourceKey::new(row.resource_type_id, row.resource_id);
            if !known.contains(&row.entitlement_id) {
                unknown.insert((row.entitlement_id, on.clone()));
            }
            keys.insert(on);
            keys.insert(ResourceKey::new(
                row.principal_resource_type_id,
                row.principal_resource_id,
            ));
        }
        entitlements.extend(unknown.into_iter().map(|(id, on)| (id, on, String::new())));
        let mut counts: HashMap<String, u64> = HashMap::new();
        let resources = keys.into_iter().map(|key| {
            let count = counts.entry(key.resource_type.clone()).or_default();
            *count += 1;
            let made = Made {
                id: format!("{count:06}.{}", key.resource_type),
                name: format!("{} no. {count}", title(&key.resource_type)),
            };
            (key, made)
        });
        let resources: HashMap<_, _> = resources.collect();
        texts.retain(|text| text.chars().count() > 2);
        let slugs = slugs.into_iter().enumerate().map(|(place, slug)| {
            // Roles of the vendor stay; one that names something does not.
            let letters = slug
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || ":/-_".contains(letter));
            let names = texts.iter().any(|text| slug.contains(&**text));
            let made = if letters && !names {
                slug.clone()
            } else {
                format!("entitlement-{place}")
            };
            (slug, made)
        });
        let by_id = resources
            .iter()
            .map(|(key, made): (&ResourceKey, &Made)| (key.resource.clone(), made.id.clone()));
        let mut made = Self {
            by_id: by_id.collect(),
            resources,
            entitlements: HashMap::new(),
            slugs: slugs.collect(),
            traits: review
                .resource_types()
                .map(|kind| (kind.message().id.clone(), kind.message().traits.clone()))
                .collect(),
        };
        let mut taken = BTreeSet::new();
        for (id, on, slug) in entitlements {
            let on = made.key(&on);
            let slug = made.slugs.get(&slug).cloned().unwrap_or_default();
            let first = format!("{}:{}:{slug}", on.resource_type, on.resource);
            let mut unique = first.clone();
            // Two entitlements of one resource may share a slug.
            while !taken.insert(unique.clone()) {
                unique = format!("{first}-{}", taken.len());
            }
            made.entitlements.insert(id, unique);
        }
        Ok(made)
    }

    fn key(&self, key: &ResourceKey) -> ResourceKey {
        let made = self.resources.get(key);
        ResourceKey::new(&key.resource_type, made.map_or("unknown", |made| &made.id))
    }

    fn id(&self, id: &v2::ResourceId) -> Option<v2::ResourceId> {
        let key = self.key(&ResourceKey::from_proto(id)?);
        Some(v2::ResourceId {
            resource_type: key.resource_type,
            resource: key.resource,
            ..Default::default()
        })
    }

    fn name(&self, key: &ResourceKey) -> String {
        self.resources
            .get(key)
            .map(|made| made.name.clone())
            .unwrap_or_default()
    }

    /// The id and the name of a resource alone, as entitlements and grants repeat it.
    fn stub(&self, resource: Option<&v2::Resource>) -> Option<v2::Resource> {
        let id = resource?.id.as_ref()?;
        Some(v2::Resource {
            id: self.id(id),
            display_name: self.name(&ResourceKey::from_proto(id)?),
            ..Default::default()
        })
    }

    pub(super) fn resource(&self, resource: &v2::Resource) -> v2::Resource {
        let subject = Subject::of(resource);
        let facts = Facts::of(resource);
        let status =
            (subject.status != Status::Unspecified || !subject.status_details.is_empty()).then(|| {
                v2::Status {
                    status: number(subject.status),
                    details: known(&subject.status_details),
                }
            });
        let traits = self.traits.get(&subject.key.resource_type);
        let traits = traits.into_iter().flatten().filter_map(|number| {
            Some(match Trait::try_from(*number).ok()? {
                Trait::User => any::pack(&self.user(&subject, &facts)),
                Trait::Group => any::pack(&v2::GroupTrait::default()),
                Trait::Role => any::pack(&v2::RoleTrait::default()),
                Trait::App => any::pack(&v2::AppTrait::default()),
                Trait::Secret => any::pack(&v2::SecretTrait {
                    identity_id: subject
                        .owner
                        .as_ref()
                        .and_then(|owner| self.id(&owner.to_proto())),
                    expires_at: facts.expires_at.map(day),
                    last_used_at: subject.last_used.map(day),
                    ..Default::default()
                }),
                _ => return None,
            })
        });
        v2::Resource {
            display_name: self.name(&subject.key),
            annotations: traits.collect(),
            parent_resource_id: resource
                .parent_resource_id
                .as_ref()
                .and_then(|parent| self.id(parent)),
            profile: Some(self.profile(facts.profile())),
            status,
            created_at: facts.since.map(day),
            id: resource.id.as_ref().and_then(|id| self.id(id)),
            ..Default::default()
        }
    }

    fn user(&self, subject: &Subject, facts: &Facts) -> v2::UserTrait {
        let address = format!("{}@example.invalid", self.key(&subject.key).resource);
        let kind = match facts.is_service {
            true => user_trait::AccountType::Service,
            false => user_trait::AccountType::Human,
        };
        let has_address = !subject.emails.is_empty();
        v2::UserTrait {
            emails: has_address
                .then(|| user_trait::Email {
                    address: address.clone(),
                    is_primary: true,
                })
                .into_iter()
                .collect(),
            login: if subject.login.is_empty() {
                String::new()
            } else {
                address
            },
            account_type: kind as i32,
            last_login: subject.last_used.map(day),
            mfa_status: facts.mfa.map(|mfa_enabled| user_trait::MfaStatus { mfa_enabled }),
            ..Default::default()
        }
    }

    fn profile(&self, profile: &Struct) -> Struct {
        let mut kept = Struct::default();
        for name in FACTS {
            let Some(value) = profile.fields.get(name) else {
                continue;
            };
            let keeps = match &value.kind {
                Some(Kind::BoolValue(_) | Kind::NumberValue(_)) => true,
                Some(Kind::StringValue(word)) => WORDS.contains(&&**word),
                _ => false,
            };
            if keeps {
                kept.fields.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(Kind::StructValue(by_app)) = profile
            .fields
            .get("last_active")
            .and_then(|value| value.kind.as_ref())
        {
            let by_app = by_app.fields.iter().filter_map(|(app, time)| {
                let Some(Kind::StringValue(time)) = &time.kind else {
                    return None;
                };
                let day = time.get(..10)?.parse::<jiff::civil::Date>().ok()?;
                Some((
                    self.by_id.get(app)?.clone(),
                    format!("{day}T00:00:00Z").as_str().into(),
                ))
            });
            kept.fields
                .insert("last_active".to_owned(), wkt::nested(wkt::object(by_app)));
        }
        kept
    }

    pub(super) fn entitlement(&self, entitlement: &v2::Entitlement) -> v2::Entitlement {
        let on = self.stub(entitlement.resource.as_ref());
        let slug = self.slugs.get(&entitlement.slug).cloned().unwrap_or_default();
        let place = on.as_ref().map_or("", |on| &*on.display_name);
        v2::Entitlement {
            id: self.entitlement_id(&entitlement.id),
            display_name: format!("{slug} on {place}"),
            purpose: entitlement.purpose,
            annotations: any::pick::<v2::EntitlementImmutable>(&entitlement.annotations)
                .map(|_| any::pack(&v2::EntitlementImmutable::default()))
                .into_iter()
                .collect(),
            resource: on,
            slug,
            ..Default::default()
        }
    }

    fn entitlement_id(&self, id: &str) -> String {
        self.entitlements
            .get(id)
            .cloned()
            .unwrap_or_else(|| "unknown".to_owned())
    }

    pub(super) fn grant(&self, grant: &v2::Grant) -> v2::Grant {
        let entitlement = grant.entitlement.as_ref().map(|entitlement| v2::Entitlement {
            id: self.entitlement_id(&entitlement.id),
            resource: self.stub(entitlement.resource.as_ref()),
            ..Default::default()
        });
        let principal = self.stub(grant.principal.as_ref());
        let holder = principal
            .as_ref()
            .and_then(|to| ResourceKey::from_proto(to.id.as_ref()?));
        let id = holder.map(|holder| {
            grant_id(
                entitlement.as_ref().map_or("", |entitlement| &entitlement.id),
                &holder,
            )
        });
        let sources = grant.sources.as_ref().map(|sources| v2::GrantSources {
            sources: sources
                .sources
                .iter()
                .map(|(id, source)| {
                    let is_direct = source.is_direct;
                    (self.entitlement_id(id), GrantSource { is_direct })
                })
                .collect(),
        });
        let immutable = any::pick::<v2::GrantImmutable>(&grant.annotations);
        let immutable = immutable.map(|_| any::pack(&v2::GrantImmutable::default()));
        let metadata = any::pick::<v2::GrantMetadata>(&grant.annotations).and_then(Result::ok);
        let marks = metadata
            .and_then(|metadata| metadata.metadata)
            .unwrap_or_default();
        let marks = ["unexplained", "overstated", "dormant"]
            .into_iter()
            .filter(|mark| {
                let value = marks.fields.get(*mark).and_then(|value| value.kind.as_ref());
                matches!(value, Some(Kind::BoolValue(true)))
            });
        let marks: Vec<_> = marks.map(|mark| (mark, true.into())).collect();
        let marks = (!marks.is_empty()).then(|| {
            any::pack(&v2::GrantMetadata {
                metadata: Some(wkt::object(marks)),
            })
        });
        v2::Grant {
            id: id.unwrap_or_default(),
            entitlement,
            principal,
            sources,
            annotations: immutable.into_iter().chain(marks).collect(),
        }
    }

    pub(super) fn expansion(&self, expansion: v2::GrantExpandable) -> v2::GrantExpandable {
        v2::GrantExpandable {
            entitlement_ids: expansion
                .entitlement_ids
                .iter()
                .map(|id| self.entitlement_id(id))
                .collect(),
            ..expansion
        }
    }
}

/// What a sync says about itself, in numbers alone.
pub(super) fn token(token: &str) -> String {
    let said: Value = serde_json::from_str(token).unwrap_or_default();
    let is_word = |text: &str| {
        text.chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '_')
    };
    let facts = said["facts"].as_object().into_iter().flatten();
    let facts: serde_json::Map<_, _> = facts
        .filter(|(kind, count)| is_word(kind) && count.is_u64())
        .map(|(kind, count)| (kind.clone(), count.clone()))
        .collect();
    let gaps = said["gaps"].as_array().into_iter().flatten().filter_map(|gap| {
        let kind = gap["kind"].as_str().filter(|kind| is_word(kind))?;
        Some(json!({"kind": kind, "count": gap["count"].as_u64()?}))
    });
    json!({"facts": facts, "gaps": gaps.collect::<Vec<_>>()}).to_string()
}

fn known(word: &str) -> String {
    if WORDS.contains(&word) {
        word.to_owned()
    } else {
        String::new()
    }
}

fn number(status: Status) -> i32 {
    match status {
        Status::Unspecified => 0,
        Status::Enabled => 1,
        Status::Disabled => 2,
        Status::Deleted => 3,
    }
}

/// The beginning of the day of a time, in UTC.
fn day(time: jiff::Timestamp) -> Timestamp {
    Timestamp {
        seconds: time.as_second().div_euclid(86_400) * 86_400,
        nanos: 0,
    }
}

/// The type of a resource as the beginning of a name: `api_token` begins `Api token`.
fn title(kind: &str) -> String {
    let mut letters = kind.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first
        .into_iter()
        .chain(letters)
        .map(|letter| if letter == '_' { ' ' } else { letter })
        .collect()
}
