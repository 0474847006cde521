//! The audit log: what was written shows in it, as a listing and as a feed.

use crate::client::{Client, segment, text};
use crate::strict::refusal;
use atlassian_sim::{Delays, ManualClock, Org, OrgSpec, Simulator};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const START: &str = "2026-10-02T08:00:00Z";

struct Desk {
    org: Org,
    client: Client,
    clock: ManualClock,
    base: String,
}

impl Desk {
    async fn open(delays: Delays) -> Self {
        let org = Org::generate(OrgSpec::small(60));
        let clock = ManualClock::new(START.parse().expect("a date"));
        let builder = Simulator::builder(org.clone())
            .delays(delays)
            .clock(Arc::new(clock.clone()));
        let client = Client::start_with(&org, builder).await;
        let base = format!("/admin/v1/orgs/{}", org.id());
        Self {
            org,
            client,
            clock,
            base,
        }
    }

    /// Makes an account organization admin and takes it back, a second apart.
    async fn write(&mut self) -> String {
        let account = self.org.truth().accounts().next().expect("an account").id;
        for word in ["assign", "revoke"] {
            let path = format!(
                "{}/users/{}/role-assignments/{word}",
                self.base,
                segment(&account)
            );
            let body = json!({ "role": "atlassian/org-admin" });
            assert_eq!(self.client.write("POST", &path, Some(&body)).await.status, 204);
            self.clock.advance(Duration::from_secs(1));
        }
        account
    }

    async fn page(&mut self, query: &str) -> Value {
        let reply = self.client.get(&format!("{}/{query}", self.base)).await;
        assert_eq!(reply.status, 200, "{query}");
        reply.json()
    }
}

fn actions(page: &Value) -> Vec<&str> {
    let rows = page["data"].as_array().expect("rows");
    rows.iter()
        .map(|row| text(&row["attributes"], "action"))
        .collect()
}

#[tokio::test]
async fn newest_first() {
    let mut desk = Desk::open(Delays::none()).await;
    let old = actions(&desk.page("events?limit=500").await).len();
    assert!(old > 10);
    let account = desk.write().await;
    let page = desk.page("events?limit=2").await;
    assert_eq!(actions(&page), ["removed_org_admin", "added_org_admin"]);
    let row = &page["data"][1];
    let attributes = &row["attributes"];
    assert_eq!(text(attributes, "time"), "2026-10-02T08:00:00.000000Z");
    assert_eq!(text(&attributes["context"][0], "id"), account);
    assert_eq!(text(&attributes["container"][0], "type"), "orgs");
    assert_eq!(text(&attributes["actor"]["auth"], "authType"), "api-token");
    assert!(attributes.get("processedAt").is_none());
    // New events do not shift the pages that follow.
    let next = text(&page["meta"], "next").to_owned();
    assert!(text(&page["links"], "next").ends_with(&next));
    let following = desk.page(&format!("events?limit=2&cursor={next}")).await;
    desk.write().await;
    assert_eq!(
        desk.page(&format!("events?limit=2&cursor={next}")).await,
        following
    );
    let one = desk.page(&format!("events/{}", text(row, "id"))).await;
    assert_eq!(one["data"], *row);
    let mut all = 0;
    let mut query = "events?limit=7".to_owned();
    loop {
        let page = desk.page(&query).await;
        all += actions(&page).len();
        let Some(next) = page["meta"]["next"].as_str() else {
            assert_eq!(page["links"], json!({}));
            break;
        };
        query = format!("events?limit=7&cursor={next}");
    }
    assert_eq!(all, old + 4);
}

#[tokio::test]
async fn conditions() {
    let mut desk = Desk::open(Delays::none()).await;
    let account = desk.write().await;
    let start = START.parse::<jiff::Timestamp>().expect("a date").as_millisecond();
    let newest = desk.page("events?limit=1").await;
    let actor = text(&newest["data"][0]["attributes"]["actor"], "id").to_owned();
    for (query, expected) in [
        (format!("from={start}"), 2),
        (format!("from={start}&to={start}"), 1),
        (format!("from={start}&action=ADDED_ORG_ADMIN"), 1),
        ("action=added_org_admin&q=org_admin".to_owned(), 1),
        (format!("from={start}&q={}", segment(&account)), 2),
        (format!("from={start}&actor=nobody"), 0),
        (format!("from={start}&ip=192.0.2.14"), 2),
        (format!("from={start}&ip=192.0.2.15"), 0),
        (format!("from={start}&ip=192.0.2.15,192.0.2.14"), 2),
        (format!("from={start}&actor=nobody,{}", segment(&actor)), 2),
        ("product=jira".to_owned(), 0),
    ] {
        let page = desk.page(&format!("events?limit=500&{query}")).await;
        assert_eq!(actions(&page).len(), expected, "{query}");
    }
    for (query, expected) in [
        ("events?q=two+terms", "400 list ADMIN-400-21"),
        ("events?from=yesterday", "400 list ADMIN-400-3"),
        ("events?product=mail", "400 list ADMIN-400-19"),
        ("events?product=jira,mail", "400 list ADMIN-400-19"),
        ("events?actor=a&actor=b", "400 list ADMIN-400-19"),
        ("events?ip=192.0.2.14&ip=192.0.2.15", "400 list ADMIN-400-19"),
        ("events?location=Lisbon", "400 list ADMIN-400-19"),
        ("events?cursor=x", "400 list ADMIN-400-1"),
        ("events?limit=501", "400 list ADMIN-UAM-400-1"),
        ("events-stream?sortOrder=up", "400 list ADMIN-400-19"),
        ("events-stream?cursor=x", "400 list ADMIN-400-1"),
        ("events/nothing", "404 list ADMIN-404-4"),
    ] {
        let reply = desk.client.get(&format!("{}/{query}", desk.base)).await;
        assert_eq!(refusal(&reply), expected, "{query}");
    }
    let catalogue = desk.page("event-actions").await;
    let rows = catalogue["data"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["id"] == "ADDED_ORG_ADMIN"));
    assert_eq!(rows.iter().filter(|row| row["id"] == rows[0]["id"]).count(), 2);
}

#[tokio::test]
async fn a_feed_goes_on_for_ever() {
    let delays = Delays {
        events: Duration::from_secs(20),
        ..Delays::none()
    };
    let mut desk = Desk::open(delays).await;
    let mut query = String::new();
    let mut cursor;
    let mut seen = Vec::new();
    loop {
        let page = desk.page(&format!("events-stream?limit=10{query}")).await;
        let rows = page["data"].as_array().expect("rows").clone();
        cursor = text(&page["meta"], "next").to_owned();
        query = format!("&cursor={cursor}");
        if rows.is_empty() {
            break;
        }
        seen.extend(rows);
    }
    let times: Vec<&str> = seen
        .iter()
        .map(|row| text(&row["attributes"], "processedAt"))
        .collect();
    assert!(times.is_sorted() && times.len() > 10);
    desk.write().await;
    // Not yet.
    let page = desk.page(&format!("events-stream?cursor={cursor}")).await;
    assert_eq!(actions(&page), [] as [&str; 0]);
    cursor = text(&page["meta"], "next").to_owned();
    desk.clock.advance(Duration::from_secs(18));
    let page = desk.page(&format!("events-stream?cursor={cursor}")).await;
    assert_eq!(actions(&page), ["added_org_admin"]);
    assert_eq!(
        text(&page["data"][0]["attributes"], "processedAt"),
        "2026-10-02T08:00:20.000000Z"
    );
    cursor = text(&page["meta"], "next").to_owned();
    desk.clock.advance(Duration::from_secs(1));
    let page = desk.page(&format!("events-stream?cursor={cursor}")).await;
    assert_eq!(actions(&page), ["removed_org_admin"]);
    let newest = desk.page("events-stream?sortOrder=desc&limit=1").await;
    assert_eq!(actions(&newest), ["removed_org_admin"]);
    // The order is part of the cursor.
    let next = text(&newest["meta"], "next");
    let page = desk
        .page(&format!("events-stream?sortOrder=asc&limit=1&cursor={next}"))
        .await;
    assert_eq!(actions(&page), ["added_org_admin"]);
}
