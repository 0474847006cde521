//! Changes held against a profile.

use super::body::{Purpose, server_sets, unfit, unfit_part};
use super::{Profile, ProfileError};
use crate::model::ResourceKind;
use crate::operation::Operation;
use crate::patch::{Patch, PatchAction, PatchOperation, PatchPath};
use scim_v2::filter::{AttrExp, AttrPath, CompareOp, PatchPath as Syntax, ValFilter};
use serde_json::{Map, Value};

impl Profile {
    /// Whether a change of a resource would be sent.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] names the first path or attribute that the provider does not change.
    pub fn check_change(&self, kind: ResourceKind, patch: &Patch) -> Result<(), ProfileError> {
        self.check_patch(&kind.endpoint().patch, kind, patch)
    }

    pub(crate) fn check_patch(
        &self,
        operation: &Operation,
        kind: ResourceKind,
        patch: &Patch,
    ) -> Result<(), ProfileError> {
        self.require(operation, &self.offers.patch, "PATCH")?;
        patch
            .operations()
            .iter()
            .try_for_each(|change| match (change.path(), change.value()) {
                (Some(path), _) => self.check_at(operation, kind, change, path),
                (None, Some(Value::Object(attributes))) => {
                    self.check_attributes(operation, kind, attributes, Purpose::Change)
                }
                // The builder lets no other through.
                (None, _) => Ok(()),
            })
    }

    fn check_at(
        &self,
        operation: &Operation,
        kind: ResourceKind,
        change: &PatchOperation,
        path: &PatchPath,
    ) -> Result<(), ProfileError> {
        let rules = self.rules(kind);
        let (name, part) = attribute(kind, path);
        let refuse = |rule: &'static str| Err(self.refuse(operation, path.shape(), rule));
        if let Some(rule) = unfit(rules, &name, Purpose::Change).or_else(|| server_sets(kind, &name)) {
            return refuse(rule);
        }
        let within = |value: Value| match &part {
            Some(part) => Value::Object(Map::from_iter([(part.clone(), value)])),
            None => value,
        };
        if part.is_some()
            && let Some((_, rule)) = unfit_part(rules, &name, &within(Value::Null))
        {
            return refuse(rule);
        }
        if let (Some(rule), Syntax::Value(values)) = (rules.simple_conditions, path.syntax())
            && !is_equality(&values.filter)
        {
            return refuse(rule);
        }
        if change.action() == PatchAction::Remove {
            let whole = matches!(path.syntax(), Syntax::Attr(path) if path.sub_attr.is_none());
            if change.value().is_some() {
                return self.require(operation, &self.offers.remove_values, &path.shape());
            }
            return match rules.never_emptied {
                Some((emptied, rule)) if whole && emptied.eq_ignore_ascii_case(&name) => refuse(rule),
                _ => Ok(()),
            };
        }
        let value = change.value().cloned().map(within);
        let attributes = Map::from_iter(value.map(|value| (name.clone(), value)));
        self.check_attributes(operation, kind, &attributes, Purpose::Change)
    }
}

/// The top-level attribute that a path is about, and its part if the attribute is an extension.
fn attribute(kind: ResourceKind, path: &PatchPath) -> (String, Option<String>) {
    let AttrPath { uri, name, .. } = path.target();
    match uri {
        None => (name.clone(), None),
        Some(uri) if uri.eq_ignore_ascii_case(kind.schema()) => (name.clone(), None),
        // The grammar cannot tell a whole extension from an attribute of a schema with a shorter name.
        Some(uri) if is_schema(&format!("{uri}:{name}")) => (format!("{uri}:{name}"), None),
        Some(uri) => (uri.clone(), Some(name.clone())),
    }
}

/// Whether a text is a schema and not an attribute: of those in use, the last part is a version or begins with a
/// capital letter behind a version.
fn is_schema(text: &str) -> bool {
    let mut parts = text.rsplit(':');
    let last = parts.next().unwrap_or_default();
    let before = parts.next().unwrap_or_default();
    let is_version = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    is_version(last) || is_version(before) && last.starts_with(|c: char| c.is_ascii_uppercase())
}

fn is_equality(filter: &ValFilter) -> bool {
    matches!(filter, ValFilter::Attr(AttrExp::Comparison(_, CompareOp::Eq, _)))
}
