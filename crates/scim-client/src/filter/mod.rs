//! Filters (RFC 7644 §3.4.2.2): built from parts or read from text, and always within the grammar.

mod error;
mod syntax;

use scim_v2::filter as grammar;
use scim_v2::filter::{AttrExp, CompValue, CompareOp, ValFilter, ValuePath};
use std::fmt;

pub use error::GrammarError;
pub(crate) use syntax::{REF, Readable, written};

use crate::attribute::AttributePath;
use crate::parameter::ParameterError;

/// A condition on resources.
///
/// ```
/// use scim_client::Filter;
///
/// let filter = Filter::eq("userName", "ines\"c")?.or(Filter::sw("externalId", "00u")?);
/// assert_eq!(filter.to_string(), r#"userName eq "ines\"c" or externalId sw "00u""#);
///
/// let same = Filter::parse(r#"USERNAME EQ "ines\"c" OR externalId sw "00u""#)?;
/// assert_eq!(same.to_string(), r#"USERNAME eq "ines\"c" or externalId sw "00u""#);
/// # Ok::<_, scim_client::ParameterError>(())
/// ```
///
/// `Debug` shows the shape without the values that are compared with.
#[derive(Clone, PartialEq)]
pub struct Filter(grammar::Filter);

/// What an attribute is compared with.
#[derive(Clone, PartialEq)]
pub struct FilterValue(CompValue);

impl Filter {
    /// Reads a filter. It is sent in the form in which it is displayed.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Grammar`] when it does not follow the grammar of RFC 7644, or is nested deeper than 64
    /// levels or has more than 1024 comparisons.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let readable = Readable::of(text);
        readable
            .text
            .parse()
            .map(Self)
            .map_err(|error| refused("filter", &readable, &error))
    }

    /// The attribute equals the value.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Malformed`] when the attribute is not a name; so for the other comparisons.
    pub fn eq(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Eq, value.into())
    }

    /// The attribute does not equal the value.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn ne(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Ne, value.into())
    }

    /// The attribute contains the value.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn co(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Co, value.into())
    }

    /// The attribute starts with the value.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn sw(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Sw, value.into())
    }

    /// The attribute ends with the value.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn ew(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Ew, value.into())
    }

    /// The attribute is greater than the value, a moment in RFC 3339 among them.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn gt(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Gt, value.into())
    }

    /// The attribute is greater than the value, or equals it.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn ge(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Ge, value.into())
    }

    /// The attribute is less than the value.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn lt(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Lt, value.into())
    }

    /// The attribute is less than the value, or equals it.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn le(attribute: &str, value: impl Into<FilterValue>) -> Result<Self, ParameterError> {
        compare(attribute, CompareOp::Le, value.into())
    }

    /// The attribute has a value.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq).
    pub fn pr(attribute: &str) -> Result<Self, ParameterError> {
        let path = attribute_path(attribute)?;
        Ok(Self(grammar::Filter::Attr(AttrExp::Present(path))))
    }

    /// One value of the attribute meets the whole condition: `emails[type eq "work" and value co "@x"]`.
    ///
    /// # Errors
    ///
    /// As [`eq`](Self::eq), and when the condition itself holds such brackets, which cannot be nested.
    pub fn any_of(attribute: &str, condition: &Self) -> Result<Self, ParameterError> {
        Ok(Self(grammar::Filter::ValuePath(ValuePath {
            attr: attribute_path(attribute)?,
            filter: Box::new(condition.for_values()?),
        })))
    }

    /// Both conditions are met.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(grammar::Filter::and(self.0, other.0))
    }

    /// One of the conditions is met, or both are.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(grammar::Filter::or(self.0, other.0))
    }

    /// The condition is not met.
    #[must_use]
    pub fn negated(self) -> Self {
        Self(grammar::Filter::Not(Box::new(self.0)))
    }

    /// Whether a server that follows the grammar would read it: what is built may be too deep or too long.
    pub(crate) fn check(&self) -> Result<(), ParameterError> {
        Self::parse(&self.to_string()).map(drop)
    }

    pub(crate) fn syntax(&self) -> &grammar::Filter {
        &self.0
    }

    /// The same condition on the values of one attribute.
    pub(crate) fn for_values(&self) -> Result<ValFilter, ParameterError> {
        values(&self.0).ok_or(ParameterError::Grammar {
            parameter: "filter",
            error: GrammarError::nested(),
        })
    }
}

fn compare(attribute: &str, operator: CompareOp, value: FilterValue) -> Result<Filter, ParameterError> {
    let path = attribute_path(attribute)?;
    Ok(Filter(grammar::Filter::Attr(AttrExp::Comparison(
        path, operator, value.0,
    ))))
}

pub(crate) fn attribute_path(attribute: &str) -> Result<grammar::AttrPath, ParameterError> {
    AttributePath::parse(attribute)?
        .for_grammar()
        .ok_or_else(|| ParameterError::malformed("attribute", "an attribute that can be compared", attribute))
}

pub(crate) fn refused(
    parameter: &'static str,
    text: &Readable,
    error: &grammar::ParseError,
) -> ParameterError {
    ParameterError::Grammar {
        parameter,
        error: GrammarError::of(error, text),
    }
}

fn values(filter: &grammar::Filter) -> Option<ValFilter> {
    use grammar::Filter as F;
    let all = |items: &[F], join: fn(ValFilter, ValFilter) -> ValFilter| {
        let items: Option<Vec<ValFilter>> = items.iter().map(values).collect();
        items?.into_iter().reduce(join)
    };
    match filter {
        F::Attr(expression) => Some(ValFilter::Attr(expression.clone())),
        F::ValuePath(_) => None,
        F::Not(inner) => Some(ValFilter::Not(Box::new(values(inner)?))),
        F::And(items) => all(items, ValFilter::and),
        F::Or(items) => all(items, ValFilter::or),
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.0.to_string()))
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter(")?;
        shape(&self.0, f)?;
        f.write_str(")")
    }
}

/// The name of an attribute as the protocol writes it.
pub(crate) fn name(path: &grammar::AttrPath) -> String {
    written(&path.to_string()).into_owned()
}

/// The filter without the values that are compared with: most often they name a person.
fn shape(filter: &grammar::Filter, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use grammar::Filter as F;
    let list = |items: &[F], word: &str, f: &mut fmt::Formatter<'_>| {
        f.write_str("(")?;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                write!(f, " {word} ")?;
            }
            shape(item, f)?;
        }
        f.write_str(")")
    };
    match filter {
        F::Attr(AttrExp::Present(path)) => write!(f, "{} pr", name(path)),
        F::Attr(AttrExp::Comparison(path, operator, _)) => write!(f, "{} {operator} …", name(path)),
        F::ValuePath(path) => write!(f, "{}[…]", name(&path.attr)),
        F::Not(inner) => {
            f.write_str("not ")?;
            shape(inner, f)
        }
        F::And(items) => list(items, "and", f),
        F::Or(items) => list(items, "or", f),
    }
}

// === impl FilterValue ===

impl From<&str> for FilterValue {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for FilterValue {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<bool> for FilterValue {
    fn from(value: bool) -> Self {
        Self(if value { CompValue::True } else { CompValue::False })
    }
}

impl From<i64> for FilterValue {
    fn from(number: i64) -> Self {
        Self(CompValue::Number(number.into()))
    }
}

impl From<()> for FilterValue {
    /// `null`.
    fn from((): ()) -> Self {
        Self(CompValue::Null)
    }
}

impl fmt::Debug for FilterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilterValue(…)")
    }
}
