//! Names of attributes, and which attributes an answer is to hold (RFC 7644 §3.9, §3.10).

use crate::filter::REF;
use crate::model::is_extension;
use crate::parameter::ParameterError;
use scim_v2::filter::AttrPath;
use std::fmt;

/// The name of an attribute: `userName`, `name.familyName`, either of them behind the URN of its schema and a
/// colon; or such a URN alone, which means a whole extension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributePath {
    schema: Option<Box<str>>,
    name: Option<Box<str>>,
    sub: Option<Box<str>>,
}

/// Which attributes the resources of an answer are to hold. Servers always return the id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// What the server returns by default.
    #[default]
    Default,
    /// These and what is always returned (`attributes`).
    Only(Vec<AttributePath>),
    /// All but these (`excludedAttributes`).
    Except(Vec<AttributePath>),
}

impl AttributePath {
    /// Reads the name of an attribute.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Malformed`] when it does not follow RFC 7644 §3.10.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let text = text.trim();
        let refused =
            || ParameterError::malformed("attribute", "a name such as name.familyName, or a URN", text);
        let (schema, rest) = match text.rsplit_once(':') {
            Some((schema, rest)) if is_urn(schema) => (Some(schema), rest),
            Some(_) => return Err(refused()),
            None => (None, text),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        // Alone, `$ref` is what the values of one attribute are compared by: `members[$ref eq "…"]`.
        let named = (is_name(name) || (name == "$ref" && schema.is_none() && sub.is_none()))
            && sub.is_none_or(|sub| is_name(sub) || sub == "$ref");
        if named {
            return Ok(Self {
                schema: schema.map(Into::into),
                name: Some(name.into()),
                sub: sub.map(Into::into),
            });
        }
        // The last part of a URN may be a version, such as `1.0`, which no attribute is called.
        if is_urn(text) {
            return Ok(Self {
                schema: Some(text.into()),
                name: None,
                sub: None,
            });
        }
        Err(refused())
    }

    /// The name without schema and sub-attribute; nothing if the path is a schema.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The sub-attribute.
    #[must_use]
    pub fn sub_attribute(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// The URN of the schema, if it is told.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The same path for the grammars of filters, which do not know a schema alone.
    pub(crate) fn for_grammar(&self) -> Option<AttrPath> {
        let word = |word: &str| if word == "$ref" { REF } else { word }.to_owned();
        Some(AttrPath {
            uri: self.schema.as_deref().map(str::to_owned),
            name: word(self.name.as_deref()?),
            sub_attr: self.sub.as_deref().map(word),
        })
    }

    /// The same path for a change. A schema alone, whose last part is a version, stands there for the whole extension.
    pub(crate) fn for_change(&self) -> Option<AttrPath> {
        let (Some(schema), None) = (&self.schema, &self.name) else {
            return self.for_grammar();
        };
        let (uri, version) = schema.rsplit_once(':')?;
        Some(AttrPath {
            uri: Some(uri.to_owned()),
            name: version.to_owned(),
            sub_attr: None,
        })
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = [self.schema.as_deref(), self.name.as_deref()];
        f.write_str(&name.into_iter().flatten().collect::<Vec<_>>().join(":"))?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl Selection {
    /// Only these attributes.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when a name is not one, or there is none: a server would take an empty list for the
    /// default.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, ParameterError> {
        paths("attributes", names).map(Self::Only)
    }

    /// All attributes but these.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] as for [`only`](Self::only).
    pub fn except<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, ParameterError> {
        paths("excludedAttributes", names).map(Self::Except)
    }

    /// The parameter and its value, as it stands in a query.
    pub(crate) fn parameter(&self) -> Option<(&'static str, String)> {
        let (key, paths) = self.paths()?;
        let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
        Some((key, names.join(",")))
    }

    /// The parameter and its paths.
    pub(crate) fn paths(&self) -> Option<(&'static str, &[AttributePath])> {
        match self {
            Self::Default => None,
            Self::Only(paths) => Some(("attributes", paths)),
            Self::Except(paths) => Some(("excludedAttributes", paths)),
        }
    }
}

fn paths<'a>(
    parameter: &'static str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<AttributePath>, ParameterError> {
    let paths: Vec<_> = names
        .into_iter()
        .map(AttributePath::parse)
        .collect::<Result<_, _>>()?;
    if paths.is_empty() {
        return Err(ParameterError::Missing {
            parameter,
            reason: "an empty list would be taken for the default",
        });
    }
    Ok(paths)
}

/// `ATTRNAME` of RFC 7644 §3.4.2.2.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// A URN in the letters that stand in the names of schemas; the grammars of filters take no others.
fn is_urn(text: &str) -> bool {
    is_extension(text)
        && !text.ends_with(':')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b":._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    /// The schema, the name and the sub-attribute of a text, if it is a path; it is then written as it was read.
    #[track_caller]
    fn check(text: &str, expected: Option<[Option<&str>; 3]>) {
        let path = AttributePath::parse(text).ok();
        let found = path
            .as_ref()
            .map(|path| [path.schema(), path.name(), path.sub_attribute()]);
        assert_eq!(found, expected, "{text}");
        if let Some(path) = path {
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn what_is_a_name() {
        check("userName", Some([None, Some("userName"), None]));
        check("name.familyName", Some([None, Some("name"), Some("familyName")]));
        check("members.$ref", Some([None, Some("members"), Some("$ref")]));
        check("x-y_9", Some([None, Some("x-y_9"), None]));
        check(
            &format!("{ENTERPRISE}:manager.value"),
            Some([Some(ENTERPRISE), Some("manager"), Some("value")]),
        );
        // Nothing tells a schema from an attribute of a shorter one; both are written alike.
        let (short, _) = ENTERPRISE.rsplit_once(':').unwrap();
        check(ENTERPRISE, Some([Some(short), Some("User"), None]));
        let versioned = "urn:scim:schemas:extension:atlassian-external:1.0";
        check(versioned, Some([Some(versioned), None, None]));

        for text in [
            "",
            "9lives",
            "a.b.c",
            "a..b",
            "a.",
            ".a",
            "a b",
            "a,b",
            "a[b eq 1]",
            "x:userName",
            "urn:",
            "urn:x:",
            "é",
        ] {
            check(text, None);
        }
    }
}
