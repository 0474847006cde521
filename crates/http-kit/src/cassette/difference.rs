//! What a request that was not recorded has different from those that were.

use super::exchange::{Asked, Body};
use super::json::Json;
use super::pairs::Pairs;
use super::replay::Stored;
use crate::mask::masked;
use std::error::Error;
use std::fmt;

/// A request that is not in the recording, and how it differs from the closest one that is.
///
/// `Display` is one line. What was asked is masked as in every message of this crate; what was recorded is shown as it
/// is in the cassette.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotRecorded {
    /// The method of the request.
    pub method: String,
    /// The path of the request.
    pub path: String,
    /// What is there in its place.
    pub closest: Closest,
}

/// The recorded request that comes closest to one that was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closest {
    /// This one, with these differences.
    Exchange {
        /// Its number in the recording.
        number: u64,
        /// The name of the cassette that holds it.
        file: String,
        /// Each a sentence, such as `body.limit is 50, recorded 100`.
        differences: Vec<String>,
    },
    /// The very same, but all its answers were given already.
    UsedUp {
        /// How often it was recorded.
        recorded: usize,
    },
    /// None: the recording is empty.
    None,
}

/// More differences than these are not listed: then it is another request.
const MAX_LISTED: usize = 6;

const MAX_VALUE: usize = 80;

// === impl NotRecorded ===

impl NotRecorded {
    /// Compares with all exchanges, and prefers one that is `left`.
    pub(super) fn new(asked: &Asked, exchanges: &[Stored], left: &[usize]) -> Self {
        let same = exchanges.iter().filter(|stored| stored.request == *asked).count();
        let closest = if same > 0 {
            Closest::UsedUp { recorded: same }
        } else {
            closest(asked, exchanges, left)
        };
        Self {
            method: asked.method.clone(),
            path: masked(&asked.path_text(), 2 * MAX_VALUE),
            closest,
        }
    }
}

fn closest(asked: &Asked, exchanges: &[Stored], left: &[usize]) -> Closest {
    let compared = exchanges.iter().enumerate().map(|(index, stored)| {
        let differences = Differences::between(asked, &stored.request);
        (differences.weight, !left.contains(&index), index, differences)
    });
    match compared.min_by_key(|(weight, used, index, _)| (*weight, *used, *index)) {
        Some((_, _, index, differences)) => Closest::Exchange {
            number: exchanges[index].number,
            file: exchanges[index].file.clone(),
            differences: differences.texts,
        },
        None => Closest::None,
    }
}

impl fmt::Display for NotRecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        match &self.closest {
            Closest::None => f.write_str(": nothing was recorded"),
            Closest::UsedUp { recorded: 1 } => f.write_str(": recorded once, and asked again"),
            Closest::UsedUp { recorded } => write!(f, ": recorded {recorded} times, and asked once more"),
            Closest::Exchange {
                number,
                file,
                differences,
            } => {
                write!(f, ": closest is exchange {number} of {file}, but ")?;
                let listed = &differences[..differences.len().min(MAX_LISTED)];
                f.write_str(&listed.join("; "))?;
                match differences.len() - listed.len() {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
        }
    }
}

impl Error for NotRecorded {}

/// Differences in the order of a request, and how much they weigh together.
#[derive(Default)]
struct Differences {
    texts: Vec<String>,
    weight: usize,
}

/// Another method or path is another operation; what else differs is a mistake in this one.
const METHOD: usize = 1_000_000;
const PATH: usize = 10_000;
const OTHER: usize = 1;

// === impl Differences ===

impl Differences {
    fn between(asked: &Asked, recorded: &Asked) -> Self {
        let mut differences = Self::default();
        if asked.method != recorded.method {
            differences.push(
                METHOD,
                format!("the method is {}, recorded {}", asked.method, recorded.method),
            );
        }
        differences.paths(asked, recorded);
        differences.pairs("query", &asked.query, &recorded.query);
        differences.pairs("header", &asked.headers, &recorded.headers);
        differences.bodies(asked.body.as_ref(), recorded.body.as_ref());
        if differences.texts.is_empty() {
            differences.push(OTHER, "a member of the body that comes twice differs".to_owned());
        }
        differences
    }

    fn push(&mut self, weight: usize, text: String) {
        self.weight += weight;
        self.texts.push(text);
    }

    fn paths(&mut self, asked: &Asked, recorded: &Asked) {
        if asked.path.len() != recorded.path.len() {
            let length = asked.path.len().abs_diff(recorded.path.len());
            let common = asked
                .path
                .iter()
                .zip(&recorded.path)
                .take_while(|(one, other)| one == other)
                .count();
            let weight = PATH * (1 + length + asked.path.len().max(recorded.path.len()) - common);
            return self.push(weight, format!("the path recorded is {}", recorded.path_text()));
        }
        for (position, (asked, recorded)) in asked.path.iter().zip(&recorded.path).enumerate() {
            if asked != recorded {
                let text = format!(
                    "segment {} of the path is {}, recorded {}",
                    position + 1,
                    shown(asked),
                    quoted(recorded)
                );
                self.push(PATH, text);
            }
        }
    }

    fn pairs(&mut self, what: &str, asked: &Pairs, recorded: &Pairs) {
        let only_recorded = recorded.keys().filter(|key| !asked.contains_key(*key));
        for key in asked.keys().chain(only_recorded) {
            let asked_values = asked.get(key).map(|values| values.0.as_slice());
            let recorded_values = recorded.get(key).map(|values| values.0.as_slice());
            if asked_values != recorded_values {
                let shown_of = |values: Option<&[String]>, show: fn(&str) -> String| {
                    values.map(|values| {
                        values
                            .iter()
                            .map(|value| show(value))
                            .collect::<Vec<_>>()
                            .join(", ")
                    })
                };
                self.value(
                    &format!("{what}.{}", masked(key, MAX_VALUE)),
                    shown_of(asked_values, shown),
                    shown_of(recorded_values, quoted),
                );
            }
        }
    }

    fn bodies(&mut self, asked: Option<&Body>, recorded: Option<&Body>) {
        match (asked, recorded) {
            (Some(Body::Json(asked)), Some(Body::Json(recorded))) => {
                self.json("body", Some(asked), Some(recorded))
            }
            (Some(Body::Form(asked)), Some(Body::Form(recorded))) => self.pairs("body", asked, recorded),
            _ if asked == recorded => {}
            _ => self.value("the body", asked.map(kind), recorded.map(kind)),
        }
    }

    fn json(&mut self, at: &str, asked: Option<&Json>, recorded: Option<&Json>) {
        match (asked, recorded) {
            _ if asked == recorded => {}
            (Some(Json::Object(asked)), Some(Json::Object(recorded))) => {
                let only_recorded = recorded.iter().filter(|(name, _)| member(asked, name).is_none());
                for (name, _) in asked.iter().chain(only_recorded) {
                    self.json(
                        &format!("{at}.{}", masked(name, MAX_VALUE)),
                        member(asked, name),
                        member(recorded, name),
                    );
                }
            }
            (Some(Json::List(asked)), Some(Json::List(recorded))) => {
                for index in 0..asked.len().max(recorded.len()) {
                    self.json(&format!("{at}[{index}]"), asked.get(index), recorded.get(index));
                }
            }
            _ => self.value(
                at,
                asked.map(|json| shown_json(json, shown)),
                recorded.map(|json| shown_json(json, quoted)),
            ),
        }
    }

    fn value(&mut self, what: &str, asked: Option<String>, recorded: Option<String>) {
        let text = match (asked, recorded) {
            (Some(asked), Some(recorded)) => format!("{what} is {asked}, recorded {recorded}"),
            (Some(asked), None) => format!("{what} is {asked}, not recorded"),
            (None, Some(recorded)) => format!("{what} is missing, recorded {recorded}"),
            (None, None) => return,
        };
        self.push(OTHER, text);
    }
}

/// Members of one name are compared by the first.
fn member<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members
        .iter()
        .find_map(|(known, value)| (known == name).then_some(value))
}

fn kind(body: &Body) -> String {
    match body {
        Body::Json(_) => "JSON".to_owned(),
        Body::Form(_) => "a form".to_owned(),
        Body::Text(text) => format!("a text of {} bytes", text.len()),
        Body::Base64(text) => format!("binary, {} characters of base64", text.len()),
        Body::WithheldBytes(length) => format!("{length} bytes that are neither JSON nor a form"),
    }
}

fn shown_json(json: &Json, show: fn(&str) -> String) -> String {
    match json {
        Json::Text(text) => show(text),
        Json::Literal(text) => masked(text, MAX_VALUE),
        Json::List(items) => format!("a list of {}", items.len()),
        Json::Object(members) => format!("an object of {}", members.len()),
    }
}

fn shown(text: &str) -> String {
    quoted(&masked(text, MAX_VALUE))
}

fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(MAX_VALUE).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("\"{cut}{more}\"")
}
