//! Pages as text: everything a page says, in the order it says it.

use connector_sdk::proto::any::pick;
use connector_sdk::proto::connector::v2;
use connector_sdk::{Basis, EntitlementRow, Error, GrantRow, Notice, Page, ResourceRow, Result};
use prost_types::value::Kind;
use prost_types::{Timestamp, Value};
use std::fmt::Write as _;

pub(crate) fn show(page: &Result<Page>) -> String {
    let page = match page {
        Ok(page) => page,
        Err(failure) => return error(failure),
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(page.resources.iter().map(resource));
    lines.extend(page.entitlements.iter().map(entitlement));
    lines.extend(page.grants.iter().map(grant));
    lines.extend(page.notices.iter().map(notice));
    lines.extend(page.unread.then(|| "unread".to_owned()));
    lines.extend(page.next.iter().map(|token| format!("next {}", token.as_str())));
    lines.extend(page.also.iter().map(|token| format!("also {}", token.as_str())));
    if lines.is_empty() {
        "nothing".to_owned()
    } else {
        lines.join("\n")
    }
}

/// An error in a line. The words of a hint, and of a failure that the vendor has no words for, are not this crate's.
pub(crate) fn error(error: &Error) -> String {
    let mut text = error.to_string();
    if let Some(hint) = error.hint() {
        assert!(hint.starts_with(char::is_uppercase), "{hint}");
        text = text.replace(hint, "HINT");
    }
    if let Some((said, rest)) = text.split_once(" failed: protocol broken: ") {
        assert!(!rest.is_empty());
        text = format!("{said}: WHY");
    }
    format!("error {:?} {:?} {text}", error.code(), error.retry())
}

fn resource(row: &ResourceRow) -> String {
    let resource = &row.resource;
    let mut text = format!(
        "resource {} {:?} {:?}",
        id(resource.id.as_ref()),
        resource.display_name,
        row.standing
    );
    if let Some(status) = &resource.status {
        write!(text, " {}({})", status.status().as_str_name(), status.details).unwrap();
    }
    if let Some(at) = &resource.created_at {
        write!(text, " created={}", time(at)).unwrap();
    }
    if let Some(user) = pick::<v2::UserTrait>(&resource.annotations) {
        text += &user_trait(&user.unwrap(), resource);
    }
    if let Some(group) = pick::<v2::GroupTrait>(&resource.annotations) {
        let group = group.unwrap();
        assert_eq!(group.profile, None, "the profile stands on the resource alone");
        write!(
            text,
            "\n  group source={} raw={}",
            group.group_source_type, group.raw_group_source_type
        )
        .unwrap();
    }
    if let Some(secret) = pick::<v2::SecretTrait>(&resource.annotations) {
        text += &secret_trait(&secret.unwrap());
    }
    for (key, value) in resource.profile.iter().flat_map(|profile| &profile.fields) {
        write!(text, "\n  {key}: {}", json(value)).unwrap();
    }
    text
}

fn user_trait(user: &v2::UserTrait, resource: &v2::Resource) -> String {
    let on_trait = user
        .status
        .as_ref()
        .map(|status| (status.status, status.details.clone()));
    let on_resource = resource
        .status
        .as_ref()
        .map(|status| (status.status, status.details.clone()));
    assert_eq!(on_trait, on_resource, "the status is the same in both places");
    assert_eq!(user.profile, None, "the profile stands on the resource alone");
    let mut text = format!("\n  account {}", user.account_type().as_str_name());
    for email in &user.emails {
        write!(
            text,
            " mail={}{}",
            email.address,
            if email.is_primary { "" } else { " (not primary)" }
        )
        .unwrap();
    }
    if !user.login.is_empty() {
        write!(text, " login={}", user.login).unwrap();
    }
    if let Some(at) = &user.last_login {
        write!(text, " last={}", time(at)).unwrap();
    }
    if let Some(mfa) = &user.mfa_status {
        write!(text, " mfa={}", mfa.mfa_enabled).unwrap();
    }
    text
}

fn secret_trait(secret: &v2::SecretTrait) -> String {
    let mut text = format!(
        "\n  secret {} {} of {}",
        secret.credential_type().as_str_name(),
        secret.credential_detail,
        id(secret.identity_id.as_ref())
    );
    for (name, at) in [
        ("created", &secret.created_at),
        ("expires", &secret.expires_at),
        ("used", &secret.last_used_at),
    ] {
        if let Some(at) = at {
            write!(text, " {name}={}", time(at)).unwrap();
        }
    }
    text
}

fn entitlement(row: &EntitlementRow) -> String {
    format!(
        "entitlement {} {:?} {:?} to [{}]{}\n  {:?}\n  {:?}",
        row.id(),
        row.standing,
        row.purpose,
        row.grantable_to.join(" "),
        if row.immutable { " immutable" } else { "" },
        row.display_name.finish("NAME"),
        row.description.finish("NAME"),
    )
}

fn grant(row: &GrantRow) -> String {
    let basis = match row.basis {
        Basis::Stated { immutable: false } => "stated",
        Basis::Stated { immutable: true } => "stated immutable",
        Basis::Conditional { changeable: false } => "conditional",
        Basis::Conditional { changeable: true } => "conditional changeable",
    };
    let dormant = if row.dormant { " dormant" } else { "" };
    let mut text = format!(
        "grant {} -> {}: {basis}{dormant}",
        row.entitlement_id(),
        row.principal
    );
    if let Some(expandable) = &row.expandable {
        let (from, types) = (
            expandable.entitlement_ids.join(" "),
            expandable.resource_type_ids.join(" "),
        );
        write!(text, "\n  through {from} to {types}").unwrap();
    }
    for (name, words) in &row.facts {
        write!(
            text,
            "\n  {name}: {}",
            words.iter().cloned().collect::<Vec<_>>().join(" ")
        )
        .unwrap();
    }
    text
}

fn notice(notice: &Notice) -> String {
    let class = format!("{:?}", notice.class).to_lowercase();
    let mut detail = notice.detail.clone();
    if let Some((said, reason)) = detail.split_once("cannot be read: ") {
        assert!(!reason.is_empty());
        detail = format!("{said}cannot be read: WHY");
    }
    format!("{class} {} [{}] {detail}", notice.kind, notice.subject)
}

fn id(id: Option<&v2::ResourceId>) -> String {
    id.map(|id| format!("{}:{}", id.resource_type, id.resource))
        .unwrap_or_default()
}

fn time(at: &Timestamp) -> String {
    jiff::Timestamp::new(at.seconds, at.nanos).unwrap().to_string()
}

fn json(value: &Value) -> String {
    match value.kind.as_ref().unwrap() {
        Kind::NullValue(_) => "null".to_owned(),
        Kind::NumberValue(number) => number.to_string(),
        Kind::StringValue(text) => format!("{text:?}"),
        Kind::BoolValue(flag) => flag.to_string(),
        Kind::ListValue(list) => format!(
            "[{}]",
            list.values.iter().map(json).collect::<Vec<_>>().join(", ")
        ),
        Kind::StructValue(object) => {
            let members = object
                .fields
                .iter()
                .map(|(key, value)| format!("{key}: {}", json(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}
