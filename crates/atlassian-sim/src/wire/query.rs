//! Query strings.

use super::Refusal;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The parameters of a query string, in their order, decoded.
#[derive(Debug, Default)]
pub(crate) struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Query<'a> {
    pub(crate) fn parse(raw: &'a str) -> Self {
        let pairs = raw
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect();
        Self { pairs }
    }

    /// The first value of a parameter.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_ref())
    }

    /// All values of a repeatable parameter, `None` when it is absent.
    pub(crate) fn all(&self, name: &str) -> Option<Vec<String>> {
        let values: Vec<String> = self
            .pairs
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.clone().into_owned())
            .collect();
        (!values.is_empty()).then_some(values)
    }

    /// The values of a list that is one value with commas, `None` when it is absent.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        match self.all(name).as_deref() {
            None => Ok(None),
            Some([list]) => Ok(Some(list.split(',').map(str::to_owned).collect())),
            Some(_) => Err(Refusal::invalid(format!("{name} is given more than once"))),
        }
    }

    /// The names of the parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(key, _)| key.as_ref())
    }

    /// A number within bounds; the default when the parameter is absent.
    pub(crate) fn number(&self, name: &str, default: u32, most: u32) -> Result<u32, Refusal> {
        let Some(text) = self.first(name) else {
            return Ok(default);
        };
        match text.parse::<u32>() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(Refusal::invalid(format!(
                "{name} must be a number from 1 to {most}"
            ))),
        }
    }
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_may_repeat() {
        let query = Query::parse("a=1&b=x%3Ay+z&a=2&&flag");
        assert_eq!(query.all("a"), Some(vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(query.first("b"), Some("x:y z"));
        assert_eq!(query.first("flag"), Some(""));
        assert_eq!(query.all("c"), None);
        assert!(query.list("a").is_err());
        assert!(query.list("c").is_ok_and(|list| list.is_none()));
        let list = Query::parse("a=1,%32").list("a").ok().flatten();
        assert_eq!(list, Some(vec!["1".to_owned(), "2".to_owned()]));
        assert!(query.number("a", 5, 1).is_ok_and(|n| n == 1));
        assert!(query.number("b", 5, 100).is_err());
        assert!(query.number("missing", 5, 100).is_ok_and(|n| n == 5));
    }
}
