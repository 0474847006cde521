//! Arguments of actions and values of profiles.

use connector_sdk::proto::wkt;
use connector_sdk::{Code, Error, Result};
use prost_types::Struct;
use prost_types::value::Kind;

/// A text that must be there and must not be blank.
pub(super) fn required<'a>(arguments: &'a Struct, name: &str) -> Result<&'a str> {
    optional(arguments, name)?
        .ok_or_else(|| Error::new(Code::InvalidArgument, format!("the argument {name} is needed")))
}

/// An e-mail address that must be there.
pub(super) fn address<'a>(arguments: &'a Struct, name: &str) -> Result<&'a str> {
    let email = required(arguments, name)?;
    let parts = email.split_once('@');
    let is_address =
        parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    // A comma or a semicolon stands between two of them.
    let is_of_one = |letter: char| !letter.is_whitespace() && !letter.is_control() && !",;".contains(letter);
    match is_address && email.chars().all(is_of_one) {
        true => Ok(email),
        false => Err(Error::new(
            Code::InvalidArgument,
            format!("the field {name} must be an address such as name@example.com"),
        )),
    }
}

/// A text that may be missing; a blank one counts as missing.
pub(super) fn optional<'a>(arguments: &'a Struct, name: &str) -> Result<Option<&'a str>> {
    match arguments.fields.get(name).and_then(|value| value.kind.as_ref()) {
        None | Some(Kind::NullValue(_)) => Ok(None),
        Some(Kind::StringValue(_)) => Ok(wkt::text(arguments, name)
            .map(str::trim)
            .filter(|text| !text.is_empty())),
        Some(_) => Err(Error::new(
            Code::InvalidArgument,
            format!("the argument {name} must be a text"),
        )),
    }
}

/// Several texts; none where the argument is missing.
pub(super) fn several<'a>(arguments: &'a Struct, name: &str) -> Result<Vec<&'a str>> {
    let wrong = || {
        Error::new(
            Code::InvalidArgument,
            format!("the argument {name} must be a list of texts"),
        )
    };
    match arguments.fields.get(name).and_then(|value| value.kind.as_ref()) {
        None | Some(Kind::NullValue(_)) => Ok(Vec::new()),
        Some(Kind::ListValue(list)) => list
            .values
            .iter()
            .map(|value| match &value.kind {
                Some(Kind::StringValue(text)) => Ok(text.as_str()),
                _ => Err(wrong()),
            })
            .collect(),
        Some(_) => Err(wrong()),
    }
}
