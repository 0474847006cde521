//! Rows, good and bad, strict and lenient.

use super::*;
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::json;

#[derive(Debug, Deserialize)]
struct Thing {
    id: String,
    emails: Vec<Email>,
}

#[derive(Debug, Deserialize)]
struct Email {
    #[serde(rename = "primary")]
    _primary: bool,
}

fn raw(rows: &[Value]) -> Vec<Box<RawValue>> {
    serde_json::from_str(&Value::from(rows).to_string()).expect("rows")
}

#[test]
fn bad_rows_are_reported_and_good_ones_kept() {
    let rows = raw(&[
        json!({"id": "a", "emails": [], "new field": 1}),
        json!({"id": "b", "emails": [{"primary": true}, {"primary": "ada@example.com"}]}),
        json!({"id": 7}),
        json!(null),
        json!({"id": "e", "emails": []}),
    ]);
    let (good, bad) = decode_rows::<Thing>("users.search", &rows, "id");
    assert_eq!(
        good.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        ["a", "e"]
    );
    assert_eq!(good[0].emails.len(), 0);
    let bad: Vec<_> = bad
        .iter()
        .map(|row| {
            (
                row.index,
                row.id.as_deref(),
                row.field.as_str(),
                row.reason.as_str(),
            )
        })
        .collect();
    assert_eq!(
        bad,
        [
            (
                1,
                Some("b"),
                "emails[1].primary",
                "invalid type: string \"…\", expected a boolean at line 1 column 56"
            ),
            (
                2,
                Some("7"),
                "id",
                "invalid type: integer `7`, expected a string at line 1 column 7"
            ),
            (
                3,
                None,
                ".",
                "invalid type: null, expected struct Thing at line 1 column 4"
            ),
        ]
    );
}

proptest! {
    #[test]
    fn every_row_is_in_one_of_the_two(good in prop::collection::vec(any::<bool>(), 0..40)) {
        let rows: Vec<_> =
            good.iter().enumerate().map(|(index, good)| json!({ "id": index, "n": if *good { json!(1) } else { json!("x") } })).collect();
        #[derive(Deserialize)]
        struct Numbered {
            id: usize,
            #[serde(rename = "n")]
            _n: u8,
        }
        let (decoded, bad) = decode_rows::<Numbered>("things.list", &raw(&rows), "id");
        let mut seen: Vec<_> = decoded.iter().map(|row| row.id).chain(bad.iter().map(|row| row.index)).collect();
        prop_assert!(decoded.iter().all(|row| good[row.id]) && bad.iter().all(|row| !good[row.index]));
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..good.len()).collect::<Vec<_>>());
    }
}

/// A row with fields of every kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: String,
    status: Option<String>,
    title: Option<String>,
    verified: Option<bool>,
    counts: Option<Counts>,
    apps: Option<Vec<App>>,
    #[serde(default)]
    groups: Vec<App>,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Counts {
    all: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct App {
    key: String,
    name: Option<String>,
}

impl Row for Account {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &["status", "groups.key"];
}

/// The account, and the fields of it that were odd.
fn account(row: Value) -> Result<(Account, Vec<String>), BadRow> {
    let row = RawValue::from_string(row.to_string()).expect("a row");
    let (account, odd) = read_row::<Account>("accounts.list", &row)?;
    assert!(odd.iter().all(|odd| odd.id.as_deref() == Some("a")), "{odd:?}");
    Ok((account, odd.into_iter().map(|odd| odd.field).collect()))
}

#[test]
fn an_odd_field_costs_itself() {
    let (found, odd) = account(json!({
        "id": "a", "status": "active", "title": 5, "verified": "True", "counts": {"all": -1, "new": 2},
        "apps": [{"key": "one"}, 7, {"key": 3, "name": {}}], "new": [1],
    }))
    .expect("a row");
    assert_eq!((found.id.as_str(), found.title.as_deref()), ("a", Some("5")));
    assert_eq!(found.verified, Some(true));
    assert_eq!(found.counts.expect("counts").all, None);
    let apps: Vec<_> = found
        .apps
        .iter()
        .flatten()
        .map(|app| (app.key.as_str(), app.name.is_some()))
        .collect();
    assert_eq!(apps, [("one", false), ("3", false)]);
    assert_eq!(found.rest.len(), 1);
    assert_eq!(odd.len(), 6, "{odd:?}");
    let (found, odd) = account(json!({"id": "a", "apps": {}, "title": ["x"]})).expect("a row");
    assert!(found.apps.is_none() && found.title.is_none() && found.status.is_none());
    assert_eq!(odd, ["apps", "title"]);
}

#[test]
fn what_is_essential_is_not_guessed() {
    #[track_caller]
    fn check(row: Value, field: &str) {
        let bad = account(row).expect_err("an essential field is wrong");
        assert_eq!(bad.field, field);
    }
    check(json!({"id": 5}), "id");
    check(json!({"title": "x"}), ".");
    check(json!({"id": "a", "status": true}), "status");
    check(json!({"id": "a", "groups": {}}), "groups");
    check(json!({"id": "a", "groups": [{"key": 5}]}), "groups[0].key");
    check(json!({"id": "a", "groups": [{"name": "x"}]}), "groups[0]");
    check(json!(7), ".");
    let (found, odd) = account(json!({"id": "a", "groups": [{"key": "k", "name": 5}]})).expect("a row");
    assert_eq!(found.groups[0].name.as_deref(), Some("5"));
    assert_eq!(odd, ["groups[0].name"]);
}

#[test]
fn many_odd_fields_cost_few_passes() {
    let apps = vec![json!(7); 5000];
    let (found, odd) = account(json!({"id": "a", "apps": apps, "title": {}})).expect("a row");
    assert!(found.apps.is_none() && found.title.is_none());
    assert!(odd.len() <= 2 * MOST_ODD, "{}", odd.len());
    const MOST_ODD: usize = 10;
}

#[test]
fn what_is_reported_is_bounded() {
    let bad = vec![json!({"id": 7}); 1000];
    let odd = vec![json!({"id": "a", "title": 7}); 1000];
    let read = read_rows::<Account>("accounts.list", &raw(&[bad.clone(), odd].concat()));
    assert_eq!(
        (read.items.len(), read.bad_rows.len(), read.odd_fields.len()),
        (1000, 101, 101)
    );
    assert!(
        read.bad_rows[100].reason.contains("900 in all"),
        "{:?}",
        read.bad_rows[100]
    );
    assert!(
        read.odd_fields[100].reason.starts_with("900 more"),
        "{:?}",
        read.odd_fields[100]
    );
    assert_eq!(
        decode_rows::<Numbered>("things.list", &raw(&bad), "id").1.len(),
        101
    );
    let long = json!({"id": "x".repeat(300_000), "status": 1, "y".repeat(300_000): 1});
    let read = read_rows::<Account>("accounts.list", &raw(&[long]));
    assert!(format!("{:?}", read.bad_rows).len() < 1000);
}

#[derive(Debug, Deserialize)]
struct Numbered {
    #[serde(rename = "id")]
    _id: String,
}

#[test]
fn rows_beyond_the_limit_are_counted() {
    let list = |count: usize| format!("[{}]", vec!["{\"id\":\"a\"}"; count].join(","));
    let read = |count| {
        let text = list(count);
        let mut json = serde_json::Deserializer::from_str(&text);
        let read = RowLimit::<Numbered>::new(3).deserialize(&mut json).expect("rows");
        json.end().expect("the whole list was read");
        (read.rows.len(), read.count)
    };
    assert_eq!([0, 3, 4, 5000].map(read), [(0, 0), (3, 3), (3, 4), (3, 5000)]);
}
