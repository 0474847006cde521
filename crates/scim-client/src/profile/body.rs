//! Resources held against a profile: what is created or replaced, and the objects of a change.

use super::rules::{Ruled, Rules, rule_for};
use super::{Profile, ProfileError};
use crate::model::{Resource, ResourceKind, object, sendable};
use crate::operation::Operation;
use serde_json::{Map, Value};

/// What is done with the attributes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Replace,
    Change,
}

impl Profile {
    /// Whether a resource would be sent to be created.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] names the first attribute that is missing or that the provider does not take.
    pub fn check_creation<R: Resource>(&self, resource: &R) -> Result<(), ProfileError> {
        self.check_whole(&R::KIND.endpoint().create, resource, Purpose::Create)
    }

    /// Whether a resource would be sent to replace another.
    ///
    /// # Errors
    ///
    /// As [`check_creation`](Self::check_creation).
    pub fn check_replacement<R: Resource>(&self, resource: &R) -> Result<(), ProfileError> {
        self.check_whole(&R::KIND.endpoint().replace, resource, Purpose::Replace)
    }

    fn check_whole<R: Resource>(
        &self,
        operation: &Operation,
        resource: &R,
        purpose: Purpose,
    ) -> Result<(), ProfileError> {
        let object = object(resource)
            .map_err(|_| self.refuse(operation, "the resource", "it cannot be written as JSON"))?;
        self.body(operation, R::KIND, object.values(), purpose).map(drop)
    }

    /// The object that is sent for a resource.
    pub(crate) fn body(
        &self,
        operation: &Operation,
        kind: ResourceKind,
        object: Map<String, Value>,
        purpose: Purpose,
    ) -> Result<Map<String, Value>, ProfileError> {
        let rules = self.rules(kind);
        let read_only: Vec<&str> = rules
            .read_only
            .iter()
            .map(|(name, _)| *name)
            // What cannot be set must not vanish in silence either when it is asked for.
            .filter(|name| purpose != Purpose::Create || rule_for(rules.not_on_create, name).is_none())
            .collect();
        let body = sendable(kind, object, &read_only);
        for (name, rule) in rules.required {
            if find(&body, name).is_none_or(is_nothing) {
                return Err(self.refuse(operation, *name, *rule));
            }
        }
        if let Some(rule) = rules.one_primary_email
            && primaries(find(&body, "emails")) != 1
        {
            return Err(self.refuse(operation, "emails", rule));
        }
        self.check_attributes(operation, kind, &body, purpose)?;
        Ok(body)
    }

    /// The attributes of an object, whole or a change.
    pub(super) fn check_attributes(
        &self,
        operation: &Operation,
        kind: ResourceKind,
        attributes: &Map<String, Value>,
        purpose: Purpose,
    ) -> Result<(), ProfileError> {
        let rules = self.rules(kind);
        for (name, value) in attributes {
            let rule = unfit(rules, name, purpose).or_else(|| match purpose {
                Purpose::Change => server_sets(kind, name),
                Purpose::Create | Purpose::Replace => None,
            });
            if let Some(rule) = rule {
                return Err(self.refuse(operation, name, rule));
            }
            if let Some((part, rule)) = unfit_part(rules, name, value) {
                return Err(self.refuse(operation, part, rule));
            }
            if primaries(Some(value)) > 1 {
                let rule = "at most one value is the primary one (RFC 7643 §2.4)";
                return Err(self.refuse(operation, name, rule));
            }
        }
        Ok(())
    }
}

/// Why an attribute cannot be given, whatever its value.
pub(super) fn unfit(rules: &Rules, name: &str, purpose: Purpose) -> Option<&'static str> {
    let lists: &[&[Ruled]] = match purpose {
        Purpose::Create => &[rules.unsupported, rules.not_on_create],
        Purpose::Replace => &[rules.unsupported],
        Purpose::Change => &[rules.unsupported, rules.read_only, rules.immutable],
    };
    lists.iter().find_map(|list| rule_for(list, name))
}

/// Why a change cannot be about an attribute that only servers set (RFC 7643 §3.1, §4.1.2).
pub(super) fn server_sets(kind: ResourceKind, name: &str) -> Option<&'static str> {
    let common = ["id", "meta"].iter().any(|only| name.eq_ignore_ascii_case(only));
    let groups = kind == ResourceKind::User && name.eq_ignore_ascii_case("groups");
    match (common, groups) {
        (true, _) => Some("only the server sets it"),
        (_, true) => Some("only the server sets it; memberships are changed through the group"),
        _ => None,
    }
}

/// The part of a value that does not fit, and why.
pub(super) fn unfit_part(rules: &Rules, name: &str, value: &Value) -> Option<(String, &'static str)> {
    let extension = rules
        .extensions
        .iter()
        .find(|(urn, ..)| name.eq_ignore_ascii_case(urn));
    if let (Some((urn, known, rule)), Value::Object(members)) = (extension, value) {
        let part = members
            .keys()
            .find(|key| !known.iter().any(|name| key.eq_ignore_ascii_case(name)))?;
        return Some((format!("{urn}:{part}"), rule));
    }
    let rule = rules
        .flat_members
        .filter(|_| name.eq_ignore_ascii_case("members"))?;
    let members = match value {
        Value::Array(members) => members.as_slice(),
        one => std::slice::from_ref(one),
    };
    let is_group = |member: &Value| {
        let kind = member.as_object().and_then(|member| find(member, "type"));
        kind.and_then(Value::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("Group"))
    };
    members
        .iter()
        .any(is_group)
        .then(|| ("members.type".to_owned(), rule))
}

/// How many values are called the primary one.
fn primaries(value: Option<&Value>) -> usize {
    let primary = |value: &&Value| {
        let member = value.as_object().and_then(|value| find(value, "primary"));
        member == Some(&Value::Bool(true))
    };
    value
        .and_then(Value::as_array)
        .map_or(0, |values| values.iter().filter(primary).count())
}

fn find<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .iter()
        .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
}

/// What counts as no value (RFC 7643 §2.5), and the blank text that no server takes for a name.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}
