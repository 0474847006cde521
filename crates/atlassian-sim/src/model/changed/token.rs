//! API tokens by now.

use super::Model;

impl Model {
    /// How many numbers tokens have. Not every one is that of a token.
    pub(crate) fn token_places(&self) -> u32 {
        self.spec.tokens
    }

    /// Whether the token of that number is there.
    pub(crate) fn is_token(&self, token: u32) -> bool {
        self.changes.tokens.is_empty() || !self.changes.tokens.contains(&token)
    }

    /// Every API token.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = u32> + use<'_> {
        (0..self.token_places()).filter(|token| self.is_token(*token))
    }

    /// The token of that id, when there is one.
    pub(crate) fn find_token(&self, id: &str) -> Option<u32> {
        self.number_of_token(id)
            .filter(|token| *token < self.token_places() && self.is_token(*token))
    }

    /// The tokens of an account.
    pub(crate) fn tokens_of(&self, account: u32) -> Vec<u32> {
        self.tokens()
            .filter(|token| self.token(*token).owner == account)
            .collect()
    }

    /// Whether an API key, an OAuth client or a token of a service account of that id is still valid.
    pub(crate) fn is_credential(&self, id: &str) -> bool {
        self.changes.keys.is_empty() || !self.changes.keys.contains(id)
    }
}
