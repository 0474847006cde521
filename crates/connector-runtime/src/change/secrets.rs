//! What must never be written down.

use connector_sdk::WriteRequest;
use serde_json::{Map, Value};
use std::fmt;

/// What stands in the place of a secret.
pub(super) const HIDDEN: &str = "(secret)";

/// The secret values of a change, so that they can be taken out of whatever is told or kept of it, wherever they come
/// from: a vendor may quote a password that it refuses.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

/// A shorter secret is only hidden where it is the whole text: taken out of the middle it would garble everything.
const SHORT: usize = 4;

impl Secrets {
    /// Remembers everything in a secret value.
    pub(super) fn remember(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(n) => self.put(n.to_string()),
            Value::String(text) => self.put(text.clone()),
            Value::Array(values) => values.iter().for_each(|v| self.remember(v)),
            Value::Object(members) => members.values().for_each(|v| self.remember(v)),
        }
    }

    fn put(&mut self, secret: String) {
        if !secret.is_empty() {
            self.0.push(secret);
            // The longest first: one may be a part of another.
            self.0.sort_by_key(|s| std::cmp::Reverse(s.len()));
        }
    }

    /// The text without secrets.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text == *secret || (secret.len() >= SHORT && text.contains(secret)) {
                text = text.replace(secret, HIDDEN);
            }
        }
        text
    }

    /// Takes secrets out of every text and number in a value; names of members stay.
    pub(super) fn hide_in(&self, value: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(n) => {
                if self.0.contains(&n.to_string()) {
                    *value = HIDDEN.into();
                }
            }
            Value::String(text) => *text = self.hide(text),
            Value::Array(values) => values.iter_mut().for_each(|v| self.hide_in(v)),
            Value::Object(members) => members.values_mut().for_each(|v| self.hide_in(v)),
        }
    }

    /// Takes secrets out of writes.
    pub(super) fn hide_in_requests(&self, requests: &mut [WriteRequest]) {
        for request in requests {
            request.path = self.hide(&request.path);
            request.request_id = request.request_id.as_deref().map(|id| self.hide(id));
            if let Some(body) = &mut request.body {
                self.hide_in(body);
            }
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// Whether a member of a profile has the name of a secret. Schemas of profiles cannot mark secrets, so that names are
/// all there is to go by; an id (`token_id`) is no secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "credential",
        "privatekey",
        "apikey",
        "onetimecode",
    ];
    let name: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    !name.ends_with("id") && NAMES.iter().any(|secret| name.contains(secret))
}

/// The profile with its secret members hidden, at any depth; what was hidden is remembered.
pub(super) fn hide_by_name(profile: &Map<String, Value>, secrets: &mut Secrets) -> Map<String, Value> {
    let hidden = |(name, value): (&String, &Value)| {
        let shown = match value {
            _ if is_secret_name(name) => {
                secrets.remember(value);
                HIDDEN.into()
            }
            Value::Object(members) => Value::Object(hide_by_name(members, secrets)),
            value => value.clone(),
        };
        (name.clone(), shown)
    };
    profile.iter().map(hidden).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets(value: Value) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.remember(&value);
        secrets
    }

    #[track_caller]
    fn check(secret: Value, text: &str, expected: &str) {
        assert_eq!(secrets(secret).hide(text), expected);
    }

    #[test]
    fn secrets_are_taken_out() {
        check(
            json!("hunter2"),
            "refused: hunter2 is weak",
            "refused: (secret) is weak",
        );
        check(json!(["hunter2", "hunter22"]), "hunter22", "(secret)");
        check(
            json!({ "pin": 4711 }),
            "pin 4711 is taken",
            "pin (secret) is taken",
        );
        check(json!("abc"), "abc", "(secret)");
        check(json!("abc"), "abcdef", "abcdef");
        check(json!(""), "nothing", "nothing");
        let mut value = json!({ "a": ["x hunter2"], "b": 1, "n": null });
        secrets(json!("hunter2")).hide_in(&mut value);
        assert_eq!(value, json!({ "a": ["x (secret)"], "b": 1, "n": null }));
        let mut value = json!([4711, 4712]);
        secrets(json!(4711)).hide_in(&mut value);
        assert_eq!(value, json!(["(secret)", 4712]));
        assert_eq!(format!("{:?}", secrets(json!("hunter2"))), "Secrets(1)");
    }

    #[test]
    fn names_of_secrets() {
        let mut secrets = Secrets::default();
        let Value::Object(profile) = json!({
            "email": "ada@example.com", "tempPassword": "p-1", "API_KEY": "p-2", "token_id": "t-1",
            "login": { "client-secret": ["p-3"], "name": "ada" },
        }) else {
            panic!("an object")
        };
        assert_eq!(
            Value::Object(hide_by_name(&profile, &mut secrets)),
            json!({
                "email": "ada@example.com", "tempPassword": "(secret)", "API_KEY": "(secret)", "token_id": "t-1",
                "login": { "client-secret": "(secret)", "name": "ada" },
            })
        );
        assert_eq!(
            secrets.hide("p-1").as_str(),
            "(secret)",
            "what was hidden is remembered"
        );
    }
}
