//! The rules of a schema. Lengths are counted in characters, as people do; patterns are searched for, as in the
//! validation of protobuf messages, and not anchored.

use super::error::ArgumentProblem;
use super::well_known;
use connector_proto::config::v1::{Int64Rules, RepeatedResourceIdRules, RepeatedStringRules, StringRules};
use regex_lite::Regex;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

type Checked = Result<(), ArgumentProblem>;

/// A text. An empty one is not held against rules unless they say so; that it is required is checked elsewhere.
pub(super) fn text(text: &str, rules: Option<&StringRules>, options: &[&str]) -> Checked {
    let applies = !text.is_empty() || rules.is_some_and(|r| r.validate_empty);
    if !applies {
        return Ok(());
    }
    require(options.is_empty() || options.contains(&text), || one_of(options))?;
    let Some(rules) = rules else { return Ok(()) };
    let length = text.chars().count() as u64;
    let (least, most) = (rules.min_len, rules.max_len);
    let holds = |part: &Option<String>, test: &dyn Fn(&str) -> bool| part.as_deref().is_none_or(test);
    let quoted = |part: &Option<String>| format!("{:?}", part.as_deref().unwrap_or_default());
    require(holds(&rules.eq, &|t| t == text), || {
        format!("must be {}", quoted(&rules.eq))
    })?;
    require(rules.len.is_none_or(|n| n == length), || {
        format!("must have {} characters", rules.len.unwrap_or_default())
    })?;
    require(least.is_none_or(|n| length >= n), || {
        format!("must have at least {} characters", least.unwrap_or_default())
    })?;
    require(most.is_none_or(|n| length <= n), || {
        format!("must have at most {} characters", most.unwrap_or_default())
    })?;
    require(holds(&rules.prefix, &|t| text.starts_with(t)), || {
        format!("must start with {}", quoted(&rules.prefix))
    })?;
    require(holds(&rules.suffix, &|t| text.ends_with(t)), || {
        format!("must end with {}", quoted(&rules.suffix))
    })?;
    require(holds(&rules.contains, &|t| text.contains(t)), || {
        format!("must contain {}", quoted(&rules.contains))
    })?;
    require(holds(&rules.not_contains, &|t| !text.contains(t)), || {
        format!("must not contain {}", quoted(&rules.not_contains))
    })?;
    require(
        rules.r#in.is_empty() || rules.r#in.iter().any(|t| t == text),
        || one_of(&rules.r#in),
    )?;
    require(!rules.not_in.iter().any(|t| t == text), || {
        format!("must not be one of {}", list(&rules.not_in))
    })?;
    require(well_known::is(text, rules.well_known()), || {
        format!("must be {}", well_known::words(rules.well_known()))
    })?;
    pattern(text, rules)
}

/// A pattern that cannot be read is a defect of the schema, and nothing passes it.
fn pattern(text: &str, rules: &StringRules) -> Checked {
    let Some(pattern) = &rules.pattern else {
        return Ok(());
    };
    let Ok(regex) = Regex::new(pattern) else {
        return Err(ArgumentProblem::Rule(format!(
            "cannot be checked, because its pattern {pattern:?} cannot be read"
        )));
    };
    require(regex.is_match(text), || {
        format!("must match the pattern {pattern:?}")
    })
}

/// A whole number. Zero is held against rules like any other, because it was given.
pub(super) fn whole(number: i64, rules: Option<&Int64Rules>, range: &RangeInclusive<i64>) -> Checked {
    require(range.contains(&number), || {
        format!("must be between {} and {}", range.start(), range.end())
    })?;
    let Some(rules) = rules else { return Ok(()) };
    let bound = |bound: Option<i64>, holds: &dyn Fn(i64) -> bool, words: &str| match bound {
        Some(bound) => require(holds(bound), || format!("must be {words}{bound}")),
        None => Ok(()),
    };
    bound(rules.eq, &|n| number == n, "")?;
    bound(rules.lt, &|n| number < n, "less than ")?;
    bound(rules.lte, &|n| number <= n, "at most ")?;
    bound(rules.gt, &|n| number > n, "greater than ")?;
    bound(rules.gte, &|n| number >= n, "at least ")?;
    require(rules.r#in.is_empty() || rules.r#in.contains(&number), || {
        format!("must be one of {}", join(&rules.r#in))
    })?;
    require(!rules.not_in.contains(&number), || {
        format!("must not be one of {}", join(&rules.not_in))
    })
}

/// A list of texts.
pub(super) fn texts(texts: &[&str], rules: Option<&RepeatedStringRules>) -> Checked {
    let Some(rules) = rules.filter(|r| r.validate_empty || !texts.is_empty()) else {
        return Ok(());
    };
    items(texts.len(), rules.min_items, rules.max_items)?;
    unique(rules.unique, texts)?;
    texts.iter().enumerate().try_for_each(|(n, item)| {
        text(item, rules.item_rules.as_ref(), &[]).map_err(|problem| in_item(n, &problem))
    })
}

/// A resource by its type and id, in the spelling that connectors get: `resource_type_id` and `resource_id`. That of
/// protobuf JSON and that of resources elsewhere in the protocol are taken too. `None` where it is not such thing.
pub(super) fn resource(value: &Value, types: &[String]) -> Result<Value, Option<ArgumentProblem>> {
    let members = value.as_object().ok_or(None)?;
    let resource_type = member(
        members,
        &[
            "resource_type_id",
            "resourceTypeId",
            "resource_type",
            "resourceType",
        ],
    );
    let resource = member(members, &["resource_id", "resourceId", "resource"]);
    let (Some(resource_type), Some(resource), 2) = (resource_type, resource, members.len()) else {
        return Err(None);
    };
    require(
        types.is_empty() || types.iter().any(|t| t == resource_type),
        || format!("must be of type {}", types.join(" or ")),
    )?;
    Ok(json!({ "resource_type_id": resource_type, "resource_id": resource }))
}

/// Several of them.
pub(super) fn resources(
    values: &[Value],
    rules: Option<&RepeatedResourceIdRules>,
) -> Result<Value, Option<ArgumentProblem>> {
    let types = rules.map_or(&[][..], |r| &r.allowed_resource_type_ids);
    let found: Vec<Value> = values
        .iter()
        .enumerate()
        .map(|(n, value)| resource(value, types).map_err(|p| p.map(|p| in_item(n, &p))))
        .collect::<Result<_, _>>()?;
    if let Some(rules) = rules.filter(|r| r.validate_empty || !found.is_empty()) {
        items(found.len(), rules.min_items, rules.max_items)?;
        unique(
            rules.unique,
            &found.iter().map(Value::to_string).collect::<Vec<_>>(),
        )?;
    }
    Ok(Value::Array(found))
}

fn member<'a>(members: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    let found = names.iter().find_map(|name| members.get(*name))?;
    found.as_str().filter(|text| !text.is_empty())
}

fn items(count: usize, least: Option<u64>, most: Option<u64>) -> Checked {
    let count = count as u64;
    require(least.is_none_or(|n| count >= n), || {
        format!("must have at least {} entries", least.unwrap_or_default())
    })?;
    require(most.is_none_or(|n| count <= n), || {
        format!("must have at most {} entries", most.unwrap_or_default())
    })
}

fn unique<T: std::hash::Hash + Eq>(asked: bool, values: &[T]) -> Checked {
    let distinct: HashSet<&T> = values.iter().collect();
    require(!asked || distinct.len() == values.len(), || {
        "must not have an entry twice".into()
    })
}

fn in_item(n: usize, problem: &ArgumentProblem) -> ArgumentProblem {
    ArgumentProblem::Rule(format!(
        "has an entry that does not fit, number {}: it {problem}",
        n + 1
    ))
}

fn require(holds: bool, rule: impl FnOnce() -> String) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(ArgumentProblem::Rule(rule()))
    }
}

fn one_of<T: AsRef<str>>(texts: &[T]) -> String {
    format!("must be one of {}", list(texts))
}

fn list<T: AsRef<str>>(texts: &[T]) -> String {
    join(
        &texts
            .iter()
            .map(|t| format!("{:?}", t.as_ref()))
            .collect::<Vec<_>>(),
    )
}

fn join(parts: &[impl Display]) -> String {
    parts
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests;
