//! Paths of changes (RFC 7644 §3.5.2): which attribute, or which of its values.

use crate::attribute::AttributePath;
use crate::filter::{Filter, Readable, attribute_path, name, refused, written};
use crate::parameter::ParameterError;
use scim_v2::filter as grammar;
use scim_v2::filter::PatchValuePath;
use std::fmt;

/// Which attribute a change is about, or which of its values.
///
/// ```
/// use scim_client::{Filter, PatchPath};
///
/// let work = PatchPath::values("emails", &Filter::eq("type", "work")?)?.sub_attribute("value")?;
/// assert_eq!(work.to_string(), r#"emails[type eq "work"].value"#);
/// assert_eq!(PatchPath::parse(r#"emails[type eq "work"].value"#)?, work);
/// # Ok::<_, scim_client::ParameterError>(())
/// ```
///
/// `Debug` shows the shape without the values that are compared with.
#[derive(Clone, PartialEq)]
pub struct PatchPath(grammar::PatchPath);

impl PatchPath {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Grammar`] when it does not follow the grammar of RFC 7644 §3.5.2.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        // The grammar takes the version at the end of a schema for the name of an attribute, which it cannot be.
        if let Ok(schema) = AttributePath::parse(text)
            && schema.name().is_none()
        {
            return Self::attribute(text);
        }
        let readable = Readable::of(text);
        let parsed = readable.text.parse().map(Self);
        parsed.map_err(|error| refused("path", &readable, &error))
    }

    /// An attribute, or a sub-attribute behind a dot.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Malformed`] when it is not a name.
    pub fn attribute(attribute: &str) -> Result<Self, ParameterError> {
        let path = AttributePath::parse(attribute)?.for_change();
        path.map(|path| Self(grammar::PatchPath::Attr(path)))
            .ok_or_else(|| ParameterError::malformed("path", "an attribute or a schema", attribute))
    }

    /// Those values of an attribute that meet a condition.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when the attribute is not a name, or the condition holds brackets or is too large.
    pub fn values(attribute: &str, condition: &Filter) -> Result<Self, ParameterError> {
        condition.check()?;
        Ok(Self(grammar::PatchPath::Value(PatchValuePath {
            attr: attribute_path(attribute)?,
            filter: condition.for_values()?,
            sub_attr: None,
        })))
    }

    /// A sub-attribute of what the path names so far.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Malformed`] when it is not a name, or the path has a sub-attribute already.
    pub fn sub_attribute(mut self, name: &str) -> Result<Self, ParameterError> {
        let path = attribute_path(name)?;
        let slot = match &mut self.0 {
            grammar::PatchPath::Attr(path) => &mut path.sub_attr,
            grammar::PatchPath::Value(values) => &mut values.sub_attr,
        };
        if slot.is_some() || path.uri.is_some() || path.sub_attr.is_some() {
            return Err(ParameterError::malformed("path", "one sub-attribute", name));
        }
        *slot = Some(path.name);
        Ok(self)
    }

    pub(crate) fn syntax(&self) -> &grammar::PatchPath {
        &self.0
    }

    /// The attribute, without sub-attribute and condition.
    pub(crate) fn target(&self) -> &grammar::AttrPath {
        match &self.0 {
            grammar::PatchPath::Attr(path) => path,
            grammar::PatchPath::Value(values) => &values.attr,
        }
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.0.to_string()))
    }
}

impl fmt::Debug for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shape())
    }
}

impl PatchPath {
    /// The path without the values that are compared with.
    pub(crate) fn shape(&self) -> String {
        match &self.0 {
            grammar::PatchPath::Attr(path) => name(path),
            grammar::PatchPath::Value(values) => {
                let sub = values.sub_attr.as_deref().map(|sub| format!(".{}", written(sub)));
                format!("{}[…]{}", name(&values.attr), sub.unwrap_or_default())
            }
        }
    }
}
