//! What a schema says about each argument, in one form for both schemas of the protocol.

use connector_proto::config::v1;
use connector_proto::connector::v2::{self, connector_account_creation_schema as account};
use serde_json::Value;
use std::ops::RangeInclusive;

/// What a schema says about an argument.
#[derive(Debug)]
pub(in super::super) struct Parameter<'a> {
    pub(super) name: &'a str,
    /// Something that is not empty has to be given, or have a default.
    pub(super) required: bool,
    pub(super) secret: bool,
    /// What stands where nothing is given.
    pub(super) default: Option<Value>,
    pub(super) kind: Kind<'a>,
}

/// What an argument has to be.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    Text {
        rules: Option<&'a v1::StringRules>,
        /// The values to choose from; empty for any.
        options: Vec<&'a str>,
    },
    Whole {
        rules: Option<&'a v1::Int64Rules>,
        range: RangeInclusive<i64>,
    },
    Switch {
        only: Option<bool>,
    },
    Texts {
        rules: Option<&'a v1::RepeatedStringRules>,
    },
    Resource {
        /// Types allowed; empty for any.
        types: &'a [String],
    },
    Resources {
        rules: Option<&'a v1::RepeatedResourceIdRules>,
    },
    Object,
    Objects,
    /// The schema does not say.
    Anything,
}

/// The arguments of an action, in the order of its schema.
pub(in super::super) fn of_action(schema: &v2::BatonActionSchema) -> Vec<Parameter<'_>> {
    schema.arguments.iter().map(action_field).collect()
}

/// What an account is created from, in the order of names.
pub(in super::super) fn of_account(schema: &v2::ConnectorAccountCreationSchema) -> Vec<Parameter<'_>> {
    schema
        .field_map
        .iter()
        .map(|(name, field)| account_field(name, field))
        .collect()
}

/// Defaults of these fields have no presence: an empty one is none.
fn action_field(field: &v1::Field) -> Parameter<'_> {
    use v1::field::Field as F;
    let (kind, required, default) = match &field.field {
        Some(F::StringField(f)) => {
            let kind = Kind::Text {
                rules: f.rules.as_ref(),
                options: f.options.iter().map(|o| o.value.as_str()).collect(),
            };
            let default = (!f.default_value.is_empty()).then(|| f.default_value.clone().into());
            (kind, f.rules.as_ref().is_some_and(|r| r.is_required), default)
        }
        Some(F::IntField(f)) => {
            let kind = Kind::Whole {
                rules: f.rules.as_ref(),
                range: i64::MIN..=i64::MAX,
            };
            let default = (f.default_value != 0).then(|| f.default_value.into());
            (kind, f.rules.as_ref().is_some_and(|r| r.is_required), default)
        }
        Some(F::BoolField(f)) => {
            let kind = Kind::Switch {
                only: f.rules.as_ref().and_then(|r| r.eq),
            };
            (kind, false, f.default_value.then(|| true.into()))
        }
        Some(F::StringSliceField(f)) => {
            let kind = Kind::Texts {
                rules: f.rules.as_ref(),
            };
            let default = (!f.default_value.is_empty()).then(|| f.default_value.clone().into());
            (kind, f.rules.as_ref().is_some_and(|r| r.is_required), default)
        }
        Some(F::StringMapField(f)) => (
            Kind::Object,
            f.rules.as_ref().is_some_and(|r| r.is_required),
            None,
        ),
        Some(F::ResourceIdField(f)) => {
            let rules = f.rules.as_ref();
            let types = rules.map_or(&[][..], |r| &r.allowed_resource_type_ids);
            (Kind::Resource { types }, false, None)
        }
        Some(F::ResourceIdSliceField(f)) => {
            let kind = Kind::Resources {
                rules: f.rules.as_ref(),
            };
            (kind, f.rules.as_ref().is_some_and(|r| r.is_required), None)
        }
        Some(F::ResourceField(_)) => (Kind::Object, false, None),
        Some(F::ResourceSliceField(_) | F::EntitlementSliceField(_) | F::GrantSliceField(_)) => {
            (Kind::Objects, false, None)
        }
        None => (Kind::Anything, false, None),
    };
    Parameter {
        name: &field.name,
        required: field.is_required || required,
        secret: field.is_secret,
        default,
        kind,
    }
}

fn account_field<'a>(name: &'a str, field: &'a account::Field) -> Parameter<'a> {
    use account::field::Field as F;
    let (kind, default) = match &field.field {
        Some(F::StringField(f)) => {
            let kind = Kind::Text {
                rules: None,
                options: Vec::new(),
            };
            (kind, f.default_value.clone().map(Value::from))
        }
        Some(F::BoolField(f)) => (Kind::Switch { only: None }, f.default_value.map(Value::from)),
        Some(F::StringListField(f)) => {
            let default = (!f.default_value.is_empty()).then(|| f.default_value.clone().into());
            (Kind::Texts { rules: None }, default)
        }
        Some(F::IntField(f)) => {
            let kind = Kind::Whole {
                rules: None,
                range: i32::MIN.into()..=i32::MAX.into(),
            };
            (kind, f.default_value.map(Value::from))
        }
        Some(F::MapField(_)) => (Kind::Object, None),
        None => (Kind::Anything, None),
    };
    Parameter {
        name,
        required: field.required,
        secret: false,
        default,
        kind,
    }
}
