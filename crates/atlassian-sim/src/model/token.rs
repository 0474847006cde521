//! API tokens of managed accounts.

use super::{Generated, salt};

/// An API token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) owner: u32,
    pub(crate) blocked: bool,
    pub(crate) label: &'static str,
    /// Days before the reference date.
    pub(crate) age: u32,
    /// Days after its creation.
    pub(crate) lifetime: Option<u32>,
    /// Days before the reference date.
    pub(crate) unused: Option<u32>,
    /// Whether the token has scopes.
    pub(crate) scoped: bool,
}

const LABELS: [&str; 8] = [
    "ci-deploy",
    "laptop cli",
    "reporting",
    "backup",
    "release bot",
    "grafana",
    "migration",
    "scripts",
];

impl Generated {
    pub(crate) fn token(&self, token: u32) -> Token {
        let noise = self.noise(salt::TOKEN, token);
        let part = |shift: u32, of: u64| {
            u32::try_from((noise >> shift) % of).expect("a remainder of a small number")
        };
        let age = part(8, 700) + 1;
        Token {
            owner: self.token_owner(token, noise),
            blocked: part(0, 8) == 0,
            label: LABELS[part(3, 8) as usize],
            age,
            lifetime: (part(20, 6) != 0).then_some(365),
            unused: (part(24, 5) != 0).then(|| part(28, u64::from(age))),
            scoped: part(44, 3) != 0,
        }
    }

    /// A managed account; with unlisted accounts every ninth token belongs to one of those.
    fn token_owner(&self, token: u32, noise: u64) -> u32 {
        if token % 9 == 5
            && let Some(owner) = self.unlisted_owner(noise)
        {
            return owner;
        }
        let users = self.spec.users;
        let first = u32::try_from(noise % u64::from(users)).expect("accounts are numbered in 32 bits");
        (0..users)
            .map(|step| (first + step) % users)
            .find(|a| self.is_managed(*a))
            .unwrap_or(first)
    }
}
