//! What the page shows, as JSON in tables: each resource and each entitlement once, grants by their places in these.

use crate::error::Error;
use crate::plain::plain_json;
use access_review::{
    AsOf, Facts, Filter, HeldAs, HeldGrant, RULES, Review, ReviewError, Status, Subject, privilege,
};
use connector_sdk::ResourceKey;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Write};

/// How many rows a page shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    pub(super) accounts: u64,
    pub(super) grants: u64,
    pub(super) findings: u64,
}

/// Rows with their places, which others name them by.
struct Table<K> {
    places: HashMap<K, usize>,
    rows: Vec<String>,
}

impl<K: std::hash::Hash + Eq> Table<K> {
    fn new() -> Self {
        Self {
            places: HashMap::new(),
            rows: Vec::new(),
        }
    }

    fn place(&mut self, key: K, row: impl FnOnce() -> Value) -> usize {
        let next = self.rows.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.rows.push(escaped(&row()));
        }
        place
    }
}

struct Tables<'a> {
    review: &'a Review,
    resources: Table<ResourceKey>,
    entitlements: Table<String>,
}

/// Writes what the page shows as one object.
pub(super) fn write(review: &Review, as_of: AsOf, out: &mut dyn Write) -> Result<Shown, Failed> {
    let all = Filter::default();
    let mut shown = Shown::default();
    let mut tables = Tables {
        review,
        resources: Table::new(),
        entitlements: Table::new(),
    };
    for resource in review.resources(&all) {
        let resource = resource?;
        let subject = resource.subject();
        shown.accounts += u64::from(review.is_account_type(&subject.key.resource_type));
        let facts = resource.resource.facts();
        tables.resource(&subject, Some(&facts));
    }
    for entitlement in review.entitlements(&all) {
        let entitlement = entitlement?;
        tables.entitlement(&entitlement.entitlement.message().id)?;
    }
    out.write_all(b"{\"grants\":[")?;
    let mut grants: HashMap<String, u64> = HashMap::new();
    let mut licences = Vec::new();
    let findings = review.findings_and_seats(as_of, |seats| {
        licences.push((
            seats.app.clone(),
            seats.capacity,
            seats.taken,
            seats.reclaimable.len(),
        ));
    })?;
    for id in findings.iter().flat_map(|one| &one.grant_ids) {
        grants.insert(id.clone(), u64::MAX);
    }
    for grant in review.held(&all) {
        let grant = grant?;
        if let Some(place) = grants.get_mut(&grant.id) {
            *place = shown.grants;
        }
        let row = escaped(&tables.grant(&grant)?);
        write_row(out, shown.grants == 0, &row)?;
        shown.grants += 1;
    }
    out.write_all(b"],\n\"findings\":[")?;
    for one in &findings {
        let rule = RULES.iter().position(|rule| *rule == one.rule);
        let subject = tables.resource(&one.subject, None);
        let about: Vec<_> = one.grant_ids.iter().filter_map(|id| grants.get(id)).collect();
        write_row(
            out,
            shown.findings == 0,
            &escaped(&json!([rule, subject, one.detail, about])),
        )?;
        shown.findings += 1;
    }
    out.write_all(b"],\n\"seats\":[")?;
    let mut first = true;
    for (app, capacity, taken, reclaimable) in licences {
        let app = tables.resource(&app, None);
        let row = json!([app, capacity, taken, reclaimable]);
        write_row(out, std::mem::take(&mut first), &escaped(&row))?;
    }
    out.write_all(b"],\n\"gaps\":[")?;
    let mut first = true;
    for said in review.diagnostics() {
        let said = said?;
        // Gaps come first.
        if !said.is_gap {
            break;
        }
        let row = json!([said.kind, said.subject, said.detail, said.further]);
        write_row(out, std::mem::take(&mut first), &escaped(&row))?;
    }
    for (name, rows) in [
        ("resources", &tables.resources.rows),
        ("entitlements", &tables.entitlements.rows),
    ] {
        write!(out, "],\n\"{name}\":[")?;
        for (place, row) in rows.iter().enumerate() {
            write_row(out, place == 0, row)?;
        }
    }
    out.write_all(b"],\n\"head\":")?;
    out.write_all(escaped(&head(review, as_of)?).as_bytes())?;
    out.write_all(b"}")?;
    Ok(shown)
}

fn write_row(out: &mut dyn Write, first: bool, row: &str) -> io::Result<()> {
    out.write_all(if first { b"\n" } else { b",\n" })?;
    out.write_all(row.as_bytes())
}

fn head(review: &Review, as_of: AsOf) -> Result<Value, Failed> {
    let all = Filter {
        resource_types: vec!["organization".to_owned()],
        ..Filter::default()
    };
    // An artifact is of one organization; one that has several says so by none.
    let organizations = review.resources(&all).take(2).collect::<Result<Vec<_>, _>>()?;
    let organization = match organizations.as_slice() {
        [one] => one.subject().shown().to_owned(),
        _ => String::new(),
    };
    let sync = review.sync();
    let types = review.resource_types().map(|kind| {
        let name = match &*kind.message().display_name {
            "" => &kind.message().id,
            name => name,
        };
        let is_account = review.is_account_type(&kind.message().id);
        json!([kind.message().id, name, is_account])
    });
    let rules = RULES
        .iter()
        .map(|rule| json!([rule.id, rule.severity.word(), rule.title, rule.why, rule.advice]));
    Ok(json!({
        "organization": organization,
        "sync": sync.sync_id,
        "ended": sync.ended_at.as_deref().map(crate::lists::to_the_second),
        "asOf": as_of.now.strftime("%Y-%m-%d").to_string(),
        "idleDays": as_of.idle_days,
        "types": types.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
    }))
}

impl Tables<'_> {
    /// Type, id, name, address, status, last use, and marks: 1 unmanaged, 2 outside of directories, 4 without and 8 with a
    /// second factor, 16 an account of a program.
    fn resource(&mut self, subject: &Subject, facts: Option<&Facts>) -> usize {
        self.resources.place(subject.key.clone(), || {
            let marks = facts.map_or(0, |facts| {
                u8::from(facts.is_unmanaged())
                    + 2 * u8::from(facts.is_outside())
                    + 4 * u8::from(facts.mfa == Some(false))
                    + 8 * u8::from(facts.mfa == Some(true))
                    + 16 * u8::from(facts.is_service)
            });
            let status = match subject.status {
                Status::Unspecified => 0,
                Status::Enabled => 1,
                Status::Disabled => 2,
                Status::Deleted => 3,
            };
            json!([
                subject.key.resource_type,
                subject.key.resource,
                subject.shown(),
                subject.email(),
                status,
                subject.status_shown(),
                crate::lists::time(subject.last_used),
                marks,
            ])
        })
    }

    /// The resource, the id, the name, and how much power it gives, if any. An entitlement that the sync lacks stands on none.
    fn entitlement(&mut self, id: &str) -> Result<usize, Failed> {
        let known = self.review.entitlement(id)?;
        let message = known.as_ref().map(|known| known.message());
        let on = message.and_then(|message| message.resource.as_ref()?.id.as_ref());
        let on = match on.and_then(ResourceKey::from_proto) {
            Some(on) => Some(self.resource_by_key(&on)?),
            None => None,
        };
        let names = message.map(|message| [&*message.display_name, &*message.slug]);
        let name = names.into_iter().flatten().find(|name| !name.is_empty());
        let power = message.and_then(privilege);
        Ok(self
            .entitlements
            .place(id.to_owned(), || json!([on, id, name.unwrap_or(id), power])))
    }

    fn resource_by_key(&mut self, key: &ResourceKey) -> Result<usize, Failed> {
        if let Some(place) = self.resources.places.get(key) {
            return Ok(*place);
        }
        let subject = self.review.subject(key)?;
        Ok(self.resource(&subject, None))
    }

    /// Who holds it, what is held, how (0 direct, 1 through others, 2 both, 3 unexplained), marks (1 unconfirmed, 2 dormant,
    /// 4 that nobody can change), through what, and the id where it is another one than is made of the others.
    fn grant(&mut self, grant: &HeldGrant) -> Result<Value, Failed> {
        let holder = self.resource_by_key(&grant.holder)?;
        let entitlement = self.entitlement_place(&grant.entitlement_id)?;
        let how = match grant.held.held_as() {
            HeldAs::Direct => 0,
            HeldAs::Through => 1,
            HeldAs::Both => 2,
            HeldAs::Unexplained => 3,
        };
        let held = &grant.held;
        let marks = u8::from(held.unconfirmed) + 2 * u8::from(held.dormant) + 4 * u8::from(held.immutable);
        let mut through = Vec::new();
        for source in &held.through {
            through.push(self.entitlement_place(&source.entitlement_id)?);
        }
        let made = connector_sdk::grant_id(&grant.entitlement_id, &grant.holder);
        let mut row = json!([holder, entitlement, how, marks]);
        if let Some(row) = row.as_array_mut() {
            if made != grant.id {
                row.extend([json!(through), json!(grant.id)]);
            } else if !through.is_empty() {
                row.push(json!(through));
            }
        }
        Ok(row)
    }

    fn entitlement_place(&mut self, id: &str) -> Result<usize, Failed> {
        match self.entitlements.places.get(id) {
            Some(place) => Ok(*place),
            None => self.entitlement(id),
        }
    }
}

/// JSON that neither ends the element it stands in nor begins another one, whatever texts it holds, and in which nothing is
/// unseen.
fn escaped(value: &Value) -> String {
    let text = value.to_string();
    let json = plain_json(&text);
    if !json.contains(['<', '>', '&']) {
        return json.into_owned();
    }
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// Why the data could not be written.
pub(super) enum Failed {
    Review(Error),
    Write(io::Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Review(error)
    }
}

impl From<ReviewError> for Failed {
    fn from(error: ReviewError) -> Self {
        Self::Review(error.into())
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_element() {
        let text = "</script><!--&\u{2028}\u{2029}\u{202e}";
        let safe = escaped(&json!(text));
        assert!(
            !safe.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\u{202e}']),
            "{safe}"
        );
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }
}
