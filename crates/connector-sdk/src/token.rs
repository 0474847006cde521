//! Page tokens: where a listing stands.

use serde::{Deserialize, Serialize};

/// Where a listing stands. Opaque to everyone but the syncer that made it; the first page has the empty token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageToken(String);

impl PageToken {
    /// The largest token the wire protocol carries, in bytes.
    pub const MAX_BYTES: usize = 1 << 20;

    /// The token of the first page.
    pub fn first() -> Self {
        Self::default()
    }

    /// A token with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A token that carries a state as JSON, for syncers whose place is more than a vendor's cursor.
    ///
    /// # Errors
    /// Where the state cannot be written as JSON.
    pub fn of_state(state: &impl Serialize) -> crate::Result<Self> {
        serde_json::to_string(state).map(Self).map_err(|e| {
            crate::Error::new(crate::Code::Internal, "a page token cannot be written").with_source(e)
        })
    }

    /// Reads back the state of [`PageToken::of_state`]; the first page has the default state.
    ///
    /// # Errors
    /// [`crate::Error::cursor_refused`] where the token is not one of this syncer, so that the listing starts again.
    pub fn state<S: for<'de> Deserialize<'de> + Default>(&self) -> crate::Result<S> {
        if self.is_first() {
            return Ok(S::default());
        }
        serde_json::from_str(&self.0).map_err(|e| {
            crate::Error::cursor_refused("a page token is not one of this listing").with_source(e)
        })
    }

    /// Whether this is the token of the first page.
    pub fn is_first(&self) -> bool {
        self.0.is_empty()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stack of listings to finish one after the other: the page token convention of the Baton SDKs.
///
/// `{"states":[…],"current_state":{"token":…,"type":…,"id":…}}`; an empty bag is the empty token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bag {
    #[serde(default, deserialize_with = "null_is_empty")]
    states: Vec<BagState>,
    #[serde(default)]
    current_state: Option<BagState>,
}

/// One listing in a [`Bag`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagState {
    /// Where this listing stands; empty at its first page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// What is listed, usually a resource type.
    #[serde(default, rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Whose listing it is, where it has an owner.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
}

impl Bag {
    /// Reads a bag from a token.
    ///
    /// # Errors
    /// [`crate::Error::cursor_refused`] where the token is not a bag.
    pub fn parse(token: &PageToken) -> crate::Result<Self> {
        token.state()
    }

    /// Puts a listing on top: it is read first.
    pub fn push(&mut self, state: BagState) {
        if let Some(current) = self.current_state.replace(state) {
            self.states.push(current);
        }
    }

    /// The listing to read now.
    pub fn current(&self) -> Option<&BagState> {
        self.current_state.as_ref()
    }

    /// Moves the current listing to its next page, or drops it where there is none.
    pub fn advance(&mut self, next: Option<String>) {
        match (next.filter(|t| !t.is_empty()), self.current_state.as_mut()) {
            (Some(token), Some(current)) => current.token = token,
            _ => self.current_state = self.states.pop(),
        }
    }

    /// The token of the next page, `None` where nothing is left.
    ///
    /// # Errors
    /// Where the bag cannot be written as JSON.
    pub fn next_token(&self) -> crate::Result<Option<PageToken>> {
        self.current_state
            .is_some()
            .then(|| PageToken::of_state(self))
            .transpose()
    }
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<BagState>, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bag_is_a_stack() -> crate::Result<()> {
        let mut bag = Bag::parse(&PageToken::first())?;
        bag.push(BagState {
            kind: "group".into(),
            ..Default::default()
        });
        bag.push(BagState {
            kind: "user".into(),
            id: "7".into(),
            ..Default::default()
        });
        bag.advance(Some("c2".into()));
        let token = bag.next_token()?.unwrap_or_default();
        insta::assert_snapshot!(token.as_str(), @r#"{"states":[{"type":"group"}],"current_state":{"token":"c2","type":"user","id":"7"}}"#);
        let mut bag = Bag::parse(&token)?;
        bag.advance(None);
        assert_eq!(bag.current().map(|s| s.kind.as_str()), Some("group"));
        bag.advance(None);
        assert_eq!(bag.next_token()?, None);
        Ok(())
    }

    #[test]
    fn a_bag_of_another_sdk_is_read() -> crate::Result<()> {
        let bag = Bag::parse(&PageToken::new(
            r#"{"states":null,"current_state":{"token":"t"}}"#,
        ))?;
        assert_eq!(bag.current().map(|s| s.token.as_str()), Some("t"));
        assert!(Bag::parse(&PageToken::new("nonsense")).is_err_and(|e| e.is_cursor_refused()));
        Ok(())
    }
}
