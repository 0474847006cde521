//! Requests against the rules of the protocol, over the descriptors of the messages.

use crate::rules::{RULES, Rule};
use connector_proto::Message;
use connector_proto::json::descriptor;
use prost::Name;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value};
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

/// A field and its rules.
type OfField = (&'static str, &'static [Rule]);

/// Every rule by the full name of its message.
static BY_MESSAGE: LazyLock<HashMap<String, Vec<OfField>>> = LazyLock::new(|| {
    let mut by_message: HashMap<String, Vec<OfField>> = HashMap::new();
    for (message, field, rules) in RULES {
        let rules = (*field, *rules);
        by_message
            .entry(format!("c1.connector.v2.{message}"))
            .or_default()
            .push(rules);
    }
    by_message
});

/// Whether a message, or one that it can hold, has rules; by full name.
static HAS_RULES: LazyLock<Mutex<HashMap<String, bool>>> = LazyLock::new(Mutex::default);

/// Holds a request against the rules. The answer names the first field that breaks one, and the rule; never a value.
pub(crate) fn validate<M: Message + Name>(request: &M) -> Result<(), String> {
    let descriptor = descriptor::<M>().map_err(|error| error.to_string())?;
    if !has_rules(&descriptor) {
        return Ok(());
    }
    let message = DynamicMessage::decode(descriptor, request.encode_to_vec().as_slice());
    let message = message.map_err(|error| error.to_string())?;
    let broken = check(&message, &mut Vec::new());
    broken.map_err(|broken| format!("{}.{broken}", M::NAME))
}

fn has_rules(of: &MessageDescriptor) -> bool {
    let known = |name: &str| lock().get(name).copied();
    if let Some(known) = known(of.full_name()) {
        return known;
    }
    let (mut seen, mut left) = (HashSet::new(), vec![of.clone()]);
    let mut found = false;
    while let (Some(message), false) = (left.pop(), found) {
        found = BY_MESSAGE.contains_key(message.full_name());
        if seen.insert(message.full_name().to_owned()) {
            let held = message.fields().filter_map(|field| held(&field));
            left.extend(held);
        }
    }
    lock().insert(of.full_name().to_owned(), found);
    found
}

fn lock() -> std::sync::MutexGuard<'static, HashMap<String, bool>> {
    HAS_RULES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The message that a field holds, in a map its values.
fn held(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let Kind::Message(message) = field.kind() else {
        return None;
    };
    if message.is_map_entry() {
        return held(&message.map_entry_value_field());
    }
    Some(message)
}

fn check(message: &DynamicMessage, path: &mut Vec<String>) -> Result<(), String> {
    let descriptor = message.descriptor();
    for (name, rules) in BY_MESSAGE.get(descriptor.full_name()).into_iter().flatten() {
        let field = descriptor
            .get_field_by_name(name)
            .ok_or_else(|| format!("{}.{name} has rules and is not there", descriptor.full_name()))?;
        // A member of a union that is not set is no empty value of it.
        if field.containing_oneof().is_some() && !message.has_field(&field) {
            continue;
        }
        keep(message, &field, rules).map_err(|broken| {
            path.push((*name).to_owned());
            format!("{}: {broken}", path.join("."))
        })?;
    }
    for (field, value) in message.fields() {
        if !held(&field).is_some_and(|held| has_rules(&held)) {
            continue;
        }
        match value {
            Value::Message(held) => inside(held, field.name().to_owned(), path)?,
            Value::List(list) => {
                for (at, held) in list.iter().enumerate() {
                    if let Value::Message(held) = held {
                        inside(held, format!("{}[{at}]", field.name()), path)?;
                    }
                }
            }
            Value::Map(map) => {
                for held in map.values() {
                    if let Value::Message(held) = held {
                        inside(held, format!("{}[…]", field.name()), path)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn inside(held: &DynamicMessage, name: String, path: &mut Vec<String>) -> Result<(), String> {
    path.push(name);
    check(held, path)?;
    path.pop();
    Ok(())
}

fn keep(message: &DynamicMessage, field: &FieldDescriptor, rules: &[Rule]) -> Result<(), String> {
    let is_there = message.has_field(field);
    let value = message.get_field(field);
    for rule in rules {
        let kept = match rule {
            Rule::IgnoreEmpty if !is_there => return Ok(()),
            Rule::IgnoreEmpty => true,
            Rule::Required => is_there,
            // Of a message that is not there nothing is asked.
            _ if matches!(field.kind(), Kind::Message(_)) && !field.is_list() && !is_there => true,
            Rule::MinBytes(least) => text(&value).is_some_and(|text| text.len() >= *least),
            Rule::MaxBytes(most) => text(&value).is_some_and(|text| text.len() <= *most),
            Rule::Least(least) => number(&value).is_some_and(|(number, _)| number >= *least),
            Rule::Most(most) => {
                number(&value).is_some_and(|(number, more)| number < *most || (number == *most && !more))
            }
            Rule::Declared => declared(&value, field),
            Rule::MinItems(least) => value.as_list().is_some_and(|list| list.len() >= *least),
            Rule::Unique => value.as_list().is_some_and(is_unique),
            Rule::Email => text(&value).is_some_and(is_address),
            Rule::Word => text(&value).is_some_and(is_word),
        };
        if !kept {
            return Err(words(*rule));
        }
    }
    Ok(())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

/// A number, or the seconds of a duration and whether there is a fraction more.
fn number(value: &Value) -> Option<(i64, bool)> {
    let whole = |number: i64| (number, false);
    match value {
        Value::I64(number) => Some(whole(*number)),
        Value::U32(number) => Some(whole(i64::from(*number))),
        Value::I32(number) => Some(whole(i64::from(*number))),
        Value::Message(duration) => {
            let of = |name| duration.get_field_by_name(name).map(std::borrow::Cow::into_owned);
            let (Some(Value::I64(seconds)), Some(Value::I32(nanos))) = (of("seconds"), of("nanos")) else {
                return None;
            };
            match nanos {
                ..0 => Some((seconds.checked_sub(1)?, true)),
                _ => Some((seconds, nanos > 0)),
            }
        }
        _ => None,
    }
}

fn declared(value: &Value, field: &FieldDescriptor) -> bool {
    let Kind::Enum(of) = field.kind() else {
        return false;
    };
    let is_declared = |value: &Value| value.as_enum_number().is_some_and(|n| of.get_value(n).is_some());
    match value {
        Value::List(list) => list.iter().all(is_declared),
        value => is_declared(value),
    }
}

fn is_unique(list: &[Value]) -> bool {
    list.iter()
        .enumerate()
        .all(|(at, value)| !list[..at].contains(value))
}

/// Local part and host of a mail address, as far as rules of length and letters go.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let is_local = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(is_local)
        && host.len() <= 253
        && host.split('.').all(is_label)
}

fn is_word(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn words(rule: Rule) -> String {
    match rule {
        Rule::IgnoreEmpty => String::new(),
        Rule::Required => "it has to be there (required)".into(),
        Rule::MinBytes(least) => format!("it is shorter than {least} bytes (min_bytes)"),
        Rule::MaxBytes(most) => format!("it is longer than {most} bytes (max_bytes)"),
        Rule::Least(least) => format!("it is less than {least} (gte)"),
        Rule::Most(most) => format!("it is more than {most} (lte)"),
        Rule::Declared => "it is not a declared value (defined_only)".into(),
        Rule::MinItems(least) => format!("it has less than {least} entries (min_items)"),
        Rule::Unique => "an entry stands in it twice (unique)".into(),
        Rule::Email => "it is not a mail address (email)".into(),
        Rule::Word => "it has other characters than letters, digits, - and _ (pattern)".into(),
    }
}

#[cfg(test)]
mod tests;
