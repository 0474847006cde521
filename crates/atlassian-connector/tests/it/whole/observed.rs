//! What an artifact holds.

use super::harness::Sealed;
use super::picture::{Picture, Row};
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::proto::connector::v2::entitlement::PurposeValue;
use connector_sdk::proto::connector::v2::status::ResourceStatus;
use connector_sdk::proto::connector::v2::user_trait::AccountType;
use prost_types::value::Kind;
use prost_types::{Any, Struct, Value};
use std::collections::BTreeMap;

/// Profile entries that the truth does not state. All others are compared, so that none appears unnoticed.
const UNKNOWN_TO_THE_TRUTH: &[(&str, &[&str])] = &[
    (
        "user",
        &[
            "access_billable",
            "added_to_org",
            "deactivated_on",
            "department",
            "email_verified",
            "job_title",
            "last_active",
            "management_source",
            "mfa_enabled",
            "nickname",
            "resource_count",
            "time_zone",
        ],
    ),
    (
        "group",
        &["description", "managed_by", "management_access", "resource_count"],
    ),
    (
        "workspace",
        &[
            "capacity",
            "directory_id",
            "host_url",
            "realm",
            "regions",
            "sandbox",
            "status",
        ],
    ),
    ("api_token", &["scopes"]),
];

/// Everything in an artifact.
pub(crate) fn observed(sealed: &Sealed) -> Picture {
    let (artifact, sync) = (&sealed.artifact, &*sealed.report.sync_id);
    let mut picture = Picture::default();
    let mut resources = BTreeMap::new();
    for stored in artifact.resources(sync) {
        let resource = stored.unwrap().decode().unwrap();
        let name = name_of(resource.id.as_ref());
        // The credentials of machines have tests of their own.
        let kind = &*resource.id.as_ref().unwrap().resource_type;
        if ["service_account_token", "oauth_client", "org_api_key"].contains(&kind) {
            continue;
        }
        picture.put(name.clone(), of_resource(&resource));
        resources.insert(name, resource);
    }
    let mut entitlements = BTreeMap::new();
    for stored in artifact.entitlements(sync) {
        let entitlement = stored.unwrap().decode().unwrap();
        let on = &resources[&name_of(
            entitlement
                .resource
                .as_ref()
                .and_then(|resource| resource.id.as_ref()),
        )];
        assert_eq!(
            entitlement.resource.as_ref(),
            Some(on),
            "an entitlement carries its resource as it is"
        );
        picture.put(
            format!("entitlement {}", entitlement.id),
            of_entitlement(&entitlement, on),
        );
        entitlements.insert(entitlement.id.clone(), name_of(on.id.as_ref()));
    }
    for stored in artifact.grants(sync) {
        let stored = stored.unwrap();
        let grant = stored.decode().unwrap();
        let of = grant.entitlement.as_ref().unwrap();
        let on = name_of(of.resource.as_ref().and_then(|resource| resource.id.as_ref()));
        assert_eq!(
            entitlements.get(&of.id),
            Some(&on),
            "a grant names the resource of its entitlement"
        );
        assert_eq!(
            stored.needs_expansion,
            stored.expansion.is_some(),
            "tools find what they have to expand again by it"
        );
        picture.put(
            format!("grant {}", grant.id),
            of_grant(&grant, stored.expandable().unwrap().as_ref()),
        );
    }
    picture
}

fn name_of(id: Option<&v2::ResourceId>) -> String {
    let id = id.unwrap();
    format!("{} {}", id.resource_type, id.resource)
}

fn of_resource(resource: &v2::Resource) -> Row {
    let kind = &*resource.id.as_ref().unwrap().resource_type;
    let hidden = UNKNOWN_TO_THE_TRUTH
        .iter()
        .find(|(of, _)| *of == kind)
        .map_or(&[][..], |(_, keys)| keys);
    let mut row = Row::default()
        .with("name", name(kind, resource))
        .with("annotations", types(&resource.annotations));
    for (key, value) in resource.profile.iter().flat_map(|profile| &profile.fields) {
        if !hidden.contains(&key.as_str()) {
            row = row.with(&format!("profile {key}"), text(value));
        }
    }
    if let Some(status) = &resource.status {
        row = row.with(
            "status",
            format!("{} {:?}", status.status().as_str_name(), status.details),
        );
    }
    let no_other =
        |profile: &Option<Struct>| assert_eq!(*profile, None, "the profile stands on the resource alone");
    if let Some(account) = any::pick::<v2::UserTrait>(&resource.annotations).map(Result::unwrap) {
        no_other(&account.profile);
        let status = account.status.as_ref().unwrap();
        let word = ResourceStatus::try_from(status.status).unwrap().as_str_name();
        let mails: Vec<String> = account
            .emails
            .iter()
            .map(|mail| {
                format!(
                    "{}{}",
                    mail.address,
                    if mail.is_primary { "" } else { " (second)" }
                )
            })
            .collect();
        row = row
            .with("status of the trait", format!("{word} {:?}", status.details))
            .with(
                "account type",
                AccountType::try_from(account.account_type).unwrap().as_str_name(),
            )
            .with("e-mail", mails.join(", "))
            .with("login", &*account.login);
    }
    if let Some(group) = any::pick::<v2::GroupTrait>(&resource.annotations).map(Result::unwrap) {
        no_other(&group.profile);
        row = row.with("origin", &*group.group_source_type);
    }
    if let Some(secret) = any::pick::<v2::SecretTrait>(&resource.annotations).map(Result::unwrap) {
        no_other(&secret.profile);
        let told = |said: bool| if said { "told" } else { "" };
        row = row
            .with("owner", name_of(secret.identity_id.as_ref()))
            .with(
                "creation",
                told(secret.created_at.is_some() && secret.created_at == resource.created_at),
            )
            .with("expiry", told(secret.expires_at.is_some()))
            .with("last use", told(secret.last_used_at.is_some()));
    }
    row
}

/// The name; of a listed workspace only the app, because the truth does not state the names of sites.
fn name<'a>(kind: &str, resource: &'a v2::Resource) -> &'a str {
    let unlisted = resource
        .profile
        .as_ref()
        .is_some_and(|profile| profile.fields.contains_key("unlisted"));
    match resource.display_name.split_once(": ") {
        Some((app, site)) if kind == "workspace" && !unlisted && !site.is_empty() => app,
        _ => &resource.display_name,
    }
}

fn of_entitlement(entitlement: &v2::Entitlement, on: &v2::Resource) -> Row {
    let mut to: Vec<&str> = entitlement
        .grantable_to
        .iter()
        .map(|kind| kind.id.as_str())
        .collect();
    to.sort_unstable();
    Row::default()
        .with("on", name_of(on.id.as_ref()))
        .with("slug", &*entitlement.slug)
        .with(
            "name",
            entitlement.display_name.replacen(&on.display_name, "NAME", 1),
        )
        .with(
            "purpose",
            PurposeValue::try_from(entitlement.purpose).unwrap().as_str_name(),
        )
        .with("grantable to", to.join(", "))
        .with("annotations", types(&entitlement.annotations))
}

fn of_grant(grant: &v2::Grant, expandable: Option<&v2::GrantExpandable>) -> Row {
    let mut row = Row::default()
        .with("of", &*grant.entitlement.as_ref().unwrap().id)
        .with("to", name_of(grant.principal.as_ref().unwrap().id.as_ref()))
        .with("annotations", types(&grant.annotations));
    if let Some(expandable) = expandable {
        let deep = if expandable.shallow { "shallow" } else { "deep" };
        let through = expandable.entitlement_ids.join(", ");
        row = row.with(
            "expands",
            format!(
                "{deep} through {through} to {}",
                expandable.resource_type_ids.join(", ")
            ),
        );
    }
    for (entitlement, source) in grant.sources.iter().flat_map(|sources| &sources.sources) {
        let held = if source.is_direct {
            "held directly"
        } else {
            "passed on"
        };
        row = row.with(&format!("source {entitlement}"), held);
    }
    if let Some(metadata) = any::pick::<v2::GrantMetadata>(&grant.annotations).map(Result::unwrap) {
        for (key, value) in metadata.metadata.unwrap().fields {
            row = row.with(&format!("metadata {key}"), text(&value));
        }
    }
    row
}

/// The names of annotations.
fn types(annotations: &[Any]) -> String {
    let mut names: Vec<&str> = annotations
        .iter()
        .map(|annotation| annotation.type_url.rsplit('.').next().unwrap())
        .collect();
    names.sort_unstable();
    names.join(", ")
}

fn text(value: &Value) -> String {
    match value.kind.as_ref().unwrap() {
        Kind::StringValue(text) => text.clone(),
        Kind::BoolValue(flag) => flag.to_string(),
        Kind::NumberValue(number) => number.to_string(),
        Kind::ListValue(list) => list.values.iter().map(text).collect::<Vec<_>>().join(", "),
        other => format!("{other:?}"),
    }
}
