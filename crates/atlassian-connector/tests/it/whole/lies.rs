//! Answers that are no answers, at every read of a sync, once and for good: none of them gives a smaller artifact without
//! a word.

use super::harness::{Fixed, Output, Sealed};
use async_trait::async_trait;
use atlassian_admin::OrgId;
use atlassian_connector::AtlassianConnector;
use atlassian_sim::{Org, OrgSpec, Simulator};
use c1z_file::logical::{self, Change};
use connector_runtime::{SyncError, SyncOptions};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_kit::{
    Jitter, ManualClock, Request, Response, RetryPolicy, Secret, Transport, TransportError,
    TransportErrorKind,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vendor_contract::SimulatedTransport;

/// What becomes of an answer of the vendor.
type Distortion = Box<dyn Fn(&Read, Response) -> Response + Send + Sync>;

/// What is answered instead of the vendor; nothing where the vendor answers.
type Lie = Box<dyn Fn(&Read) -> Option<Result<Response, TransportError>> + Send + Sync>;

/// Stands between the client and the vendor.
pub(crate) struct Lying {
    vendor: SimulatedTransport,
    lie: Lie,
    distortion: Distortion,
    /// Every read, with the first subject that it was about.
    pub(crate) reads: Mutex<BTreeMap<String, (usize, Option<String>)>>,
}

impl fmt::Debug for Lying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lying")
    }
}

/// What a request asks for.
pub(crate) struct Read {
    /// Method and path without ids, `of a group` where the body names one.
    pub(crate) operation: String,
    /// The account or the group that it is about.
    pub(crate) subject: Option<String>,
}

impl Read {
    fn of(request: &Request) -> Self {
        const WORDS: [&str; 17] = [
            "admin",
            "v1",
            "v2",
            "orgs",
            "directories",
            "-",
            "users",
            "search",
            "groups",
            "role-assignments",
            "workspaces",
            "api-access",
            "api-tokens",
            "api-keys",
            "oauth-clients",
            "service-accounts",
            "count",
        ];
        let mut subject = None;
        let mut path = Vec::new();
        for segment in request.url.path().split('/').filter(|s| !s.is_empty()) {
            if WORDS.contains(&segment) {
                path.push(segment);
            } else {
                if path.last() != Some(&"orgs") {
                    subject = Some(segment.replace("%3A", ":"));
                }
                path.push("*");
            }
        }
        let mut operation = format!("{} /{}", request.method, path.join("/"));
        let body: serde_json::Value = request
            .body
            .as_ref()
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default();
        if let Some(group) = body["groupIds"][0].as_str() {
            operation.push_str(" of a group");
            subject = Some(group.to_owned());
        }
        if body["accountIds"].is_array() {
            operation.push_str(" of accounts");
        } else if body["claimStatus"].is_string() {
            operation.push_str(" of managed accounts");
        }
        Self { operation, subject }
    }
}

#[async_trait]
impl Transport for Lying {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let read = Read::of(&request);
        {
            let mut reads = self.reads.lock().unwrap();
            let entry = reads.entry(read.operation.clone()).or_default();
            entry.0 += 1;
            entry.1 = entry.1.take().or(read.subject.clone());
        }
        match (self.lie)(&read) {
            Some(answer) => answer,
            None => Ok((self.distortion)(&read, self.vendor.send(request).await?)),
        }
    }
}

impl Lying {
    pub(crate) fn new(
        org: &Org,
        lie: impl Fn(&Read) -> Option<Result<Response, TransportError>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::with(org, Box::new(lie), Box::new(|_, answer| answer))
    }

    /// The vendor's answers, changed on the way.
    pub(crate) fn distorting(
        org: &Org,
        distortion: impl Fn(&Read, Response) -> Response + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::with(org, Box::new(|_| None), Box::new(distortion))
    }

    fn with(org: &Org, lie: Lie, distortion: Distortion) -> Arc<Self> {
        Arc::new(Self {
            vendor: SimulatedTransport::new(Simulator::builder(org.clone()).build().router()),
            lie,
            distortion,
            reads: Mutex::default(),
        })
    }

    /// How often an operation was asked for.
    pub(crate) fn times(&self, operation: &str) -> usize {
        self.reads.lock().unwrap().get(operation).map_or(0, |read| read.0)
    }

    /// Syncs what this makes of an organization.
    pub(crate) async fn sync(self: &Arc<Self>, org: &Org) -> Result<Sealed, SyncError> {
        let retry = RetryPolicy {
            budget: Duration::from_secs(600),
            ..RetryPolicy::default()
        };
        let key = Secret::from(org.api_key().to_owned());
        let connector = AtlassianConnector::builder(key, OrgId::parse(org.id()).unwrap())
            .base_url("https://api.atlassian.example".parse().unwrap())
            .clock(Arc::new(ManualClock::default()))
            .jitter(Jitter::seeded(1))
            .retry(retry)
            .build(Arc::clone(self) as Arc<dyn Transport>)
            .unwrap();
        let connector = Arc::new(connector);
        let output = Output::new();
        let mut options = SyncOptions::new(output.path(), Arc::new(Fixed));
        options.workers = 4;
        let report = connector_runtime::sync(connector, options).await?;
        Ok(Sealed::open(&output.path(), report))
    }
}

/// An answer of this status with this body.
pub(crate) fn answer(status: u16, body: impl Into<String>) -> Result<Response, TransportError> {
    let body = body.into();
    let mut headers = HeaderMap::new();
    let kind = match body.starts_with('<') {
        true => "text/html",
        false => "application/json",
    };
    headers.insert("content-type", HeaderValue::from_static(kind));
    if matches!(status, 429 | 503) {
        headers.insert("retry-after", HeaderValue::from_static("1"));
    }
    Ok(Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.into(),
    })
}

/// An error in the form of the vendor.
pub(crate) fn refusal(status: u16, code: &str) -> String {
    serde_json::json!({"errors": [{
        "id": "r-1", "status": status.to_string(), "code": code, "title": "Refused", "detail": "It cannot be had"
    }]})
    .to_string()
}

const PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>";

/// An answer, and whether the same question may well have another answer a moment later.
struct Answer {
    name: &'static str,
    passes: bool,
    make: fn() -> Result<Response, TransportError>,
}

const ANSWERS: [Answer; 17] = [
    of("404 HTML", true, || answer(404, PAGE)),
    of("404 empty", true, || answer(404, "")),
    of("404 of a gateway", true, || {
        answer(404, r#"{"code":404,"message":"No route"}"#)
    }),
    of("404 ADMIN-404-2", false, || {
        answer(404, refusal(404, "ADMIN-404-2"))
    }),
    of("404 ADMIN-404-3", false, || {
        answer(404, refusal(404, "ADMIN-404-3"))
    }),
    of("404 ADMIN-404-99", false, || {
        answer(404, refusal(404, "ADMIN-404-99"))
    }),
    of("200 HTML", true, || answer(200, PAGE)),
    of("200 empty", true, || answer(200, "")),
    of("200 broken", true, || answer(200, r#"{"data":[{"accou"#)),
    of("200 without data", true, || answer(200, r#"{"data":null}"#)),
    of("200 of nothing", true, || {
        answer(200, r#"{"data":[],"links":{}}"#)
    }),
    of("202", false, || answer(202, "{}")),
    of("503", true, || answer(503, "")),
    of("cut", true, || {
        Err(TransportError::new(TransportErrorKind::Truncated))
    }),
    of("429", true, || answer(429, "")),
    of("403", false, || answer(403, refusal(403, "ADMIN-403-3"))),
    of("409", true, || answer(409, refusal(409, "ADMIN-409-1"))),
];

const fn of(name: &'static str, passes: bool, make: fn() -> Result<Response, TransportError>) -> Answer {
    Answer { name, passes, make }
}

fn org() -> Org {
    Org::generate(OrgSpec {
        groups: 3,
        ..OrgSpec::small(14)
    })
}

/// The whole artifact, and every read that it took with the first subject of it.
async fn undisturbed(org: &Org) -> (Sealed, BTreeMap<String, Option<String>>) {
    let vendor = Lying::new(org, |_| None);
    let sealed = vendor.sync(org).await.unwrap();
    assert_eq!(sealed.report.gaps().count(), 0);
    let reads = vendor.reads.lock().unwrap();
    let reads: BTreeMap<_, _> = reads
        .iter()
        .map(|(name, (_, subject))| (name.clone(), subject.clone()))
        .collect();
    assert_eq!(
        reads.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "GET /admin/api-access/v1/orgs/*/api-keys",
            "GET /admin/api-access/v1/orgs/*/api-keys/count",
            "GET /admin/api-access/v1/orgs/*/api-tokens",
            "GET /admin/api-access/v1/orgs/*/api-tokens/count",
            "GET /admin/api-access/v1/orgs/*/oauth-clients",
            "GET /admin/api-access/v1/orgs/*/service-accounts",
            "GET /admin/v1/orgs/*",
            "GET /admin/v1/orgs/*/users",
            "GET /admin/v2/orgs/*/directories/-/groups/*/role-assignments",
            "GET /admin/v2/orgs/*/directories/-/groups/count",
            "GET /admin/v2/orgs/*/directories/-/users/*/role-assignments",
            "GET /admin/v2/orgs/*/directories/-/users/count",
            "POST /admin/api-access/v1/orgs/*/oauth-clients/count",
            "POST /admin/v2/orgs/*/directories/-/groups/search",
            "POST /admin/v2/orgs/*/directories/-/users/search",
            "POST /admin/v2/orgs/*/directories/-/users/search of a group",
            "POST /admin/v2/orgs/*/workspaces",
        ],
        "the reads of a sync"
    );
    (sealed, reads)
}

/// What a sync must say in some way where it lacks rows.
fn lacks_rows(whole: &Sealed, sealed: &Sealed) -> Option<String> {
    let diff = logical::diff(
        (&whole.artifact, &whole.report.sync_id),
        (&sealed.artifact, &sealed.report.sync_id),
        usize::MAX,
    )
    .unwrap();
    let removed = diff.rows.iter().find(|row| row.change == Change::Removed)?;
    Some(format!("{removed:?}"))
}

/// An error has a code that fits a read, and says what was being read.
fn assert_told(error: &SyncError, cell: &str) {
    let (code, text) = (error.code().number(), error.to_string());
    assert!(
        matches!(code, 4 | 5 | 7 | 8 | 12 | 13 | 14),
        "{cell}: {code}: {text}"
    );
    assert!(
        text.contains("; it happened while ") || text.contains("the listing of resources of type"),
        "{cell}: {text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once() {
    let org = org();
    let (whole, reads) = undisturbed(&org).await;
    for operation in reads.keys() {
        for lie in &ANSWERS {
            let cell = format!("{} at {operation}, once", lie.name);
            let told = AtomicUsize::new(0);
            let (at, make) = (operation.clone(), lie.make);
            let vendor = Lying::new(&org, move |read| {
                let first = read.operation == at && told.fetch_add(1, Ordering::Relaxed) == 0;
                first.then(make)
            });
            match vendor.sync(&org).await {
                Ok(sealed) if lie.passes => sealed.assert_same(&whole, &cell),
                Ok(sealed) if sealed.report.gaps().count() == 0 => {
                    assert_eq!(lacks_rows(&whole, &sealed), None, "{cell}");
                }
                Ok(_) => {}
                Err(error) => {
                    assert!(!lie.passes, "{cell}: {error}");
                    assert_told(&error, &cell);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_good() {
    let org = org();
    let (whole, reads) = undisturbed(&org).await;
    for operation in reads.keys() {
        for lie in &ANSWERS {
            let cell = format!("{} at {operation}, for good", lie.name);
            let (at, make) = (operation.clone(), lie.make);
            let vendor = Lying::new(&org, move |read| (read.operation == at).then(make));
            match vendor.sync(&org).await {
                Ok(sealed) if sealed.report.gaps().count() == 0 => {
                    // The older listing of accounts or groups stands in for the search, and says so.
                    assert_eq!(lacks_rows(&whole, &sealed), None, "{cell}");
                    // A count only confirms a listing, and of two things the organization has none.
                    let none = ["oauth-clients", "service-accounts"]
                        .iter()
                        .any(|of| operation.ends_with(of));
                    let is_truth = operation.ends_with("/count") || (none && lie.name == "200 of nothing");
                    assert!(is_truth || sealed.report.remarks().count() > 0, "{cell}");
                }
                Ok(_) => {}
                Err(error) => assert_told(&error, &cell),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_one_subject() {
    let org = org();
    let (whole, reads) = undisturbed(&org).await;
    let mut cells = 0;
    for (operation, subject) in &reads {
        let Some(subject) = subject else { continue };
        for lie in ANSWERS.iter().filter(|lie| lie.name != "429") {
            let cell = format!("{} at {operation} of {subject}, for good", lie.name);
            let (at, about, make) = (operation.clone(), subject.clone(), lie.make);
            let vendor = Lying::new(&org, move |read| {
                let here = read.operation == at && read.subject.as_ref() == Some(&about);
                here.then(make)
            });
            let sealed = vendor
                .sync(&org)
                .await
                .unwrap_or_else(|error| panic!("{cell}: {error}"));
            cells += 1;
            let gaps: Vec<_> = sealed.report.gaps().collect();
            assert_eq!(gaps.len(), 1, "{cell}: {gaps:?}");
            assert_eq!(gaps[0].count, 1, "{cell}: {gaps:?}");
            let named = &gaps[0].examples[0].subject;
            assert!(named.ends_with(subject.as_str()), "{cell}: {named}");
            assert_eq!(sealed.report.resources, whole.report.resources, "{cell}");
            assert_eq!(sealed.report.held.overstated, 0, "{cell}");
        }
    }
    assert_eq!(cells, 3 * (ANSWERS.len() - 1));
}

/// A listing loses its cursor, so that its first page looks like all there is. Where that passes it leaves no trace, and where
/// it stays, the vendor's own count contradicts it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_is_cut() {
    let org = Org::generate(OrgSpec {
        groups: 120,
        members_per_group: 3,
        ..OrgSpec::small(130)
    });
    let whole = Lying::new(&org, |_| None).sync(&org).await.unwrap();
    assert_eq!(whole.report.gaps().count(), 0);
    for (listing, kind) in [("users", "accounts"), ("groups", "groups")] {
        let operation = format!("POST /admin/v2/orgs/*/directories/-/{listing}/search");
        for for_good in [false, true] {
            let (at, told) = (operation.clone(), AtomicUsize::new(0));
            let vendor = Lying::distorting(&org, move |read, mut answer| {
                let mut body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let has_more = body["links"]["next"].is_string();
                let here = read.operation == at && has_more;
                if here && (for_good || told.fetch_add(1, Ordering::Relaxed) == 0) {
                    body["links"] = serde_json::json!({});
                    answer.body = body.to_string().into();
                }
                answer
            });
            let sealed = vendor.sync(&org).await.unwrap();
            if !for_good {
                sealed.assert_same(&whole, &operation);
                continue;
            }
            let gaps: Vec<_> = sealed.report.gaps().map(|gap| gap.kind.as_str()).collect();
            assert_eq!(gaps, [kind]);
        }
    }
}

/// Rows of which none can be read are no empty listing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_of_which_none_is_understood() {
    let org = org();
    let vendor = Lying::new(&org, |read| {
        let here = read.operation == "POST /admin/v2/orgs/*/directories/-/users/search";
        here.then(|| answer(200, r#"{"data":[{"accountId":5},{"name":"Ada"}],"links":{}}"#))
    });
    let error = vendor.sync(&org).await.unwrap_err();
    assert_eq!(error.code().number(), 13, "{error}");
    assert!(
        error
            .to_string()
            .contains("of the 2 rows of the first page none is understood"),
        "{error}"
    );
}

/// Answers to the searches of a body with other rows than were asked for.
pub(crate) fn check_listed(
    distortion: impl Fn(&Read, &mut Vec<serde_json::Value>) + Send + Sync + 'static,
) -> Arc<Lying> {
    distorting_rows(&many(), distortion)
}

pub(crate) fn distorting_rows(
    org: &Org,
    distortion: impl Fn(&Read, &mut Vec<serde_json::Value>) + Send + Sync + 'static,
) -> Arc<Lying> {
    Lying::distorting(org, move |read, mut answer| {
        let mut body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if let Some(rows) = body.get_mut("data").and_then(|rows| rows.as_array_mut()) {
            distortion(read, rows);
            answer.body = body.to_string().into();
        }
        answer
    })
}

pub(crate) fn many() -> Org {
    Org::generate(OrgSpec {
        groups: 120,
        members_per_group: 3,
        ..OrgSpec::small(130)
    })
}

pub(crate) async fn kinds_of_gaps(vendor: &Arc<Lying>) -> Vec<(String, u64)> {
    let sealed = vendor.sync(&many()).await.unwrap();
    let gaps = sealed.report.gaps();
    gaps.map(|gap| (gap.kind.clone(), gap.count)).collect()
}

/// Rows are missing in between, on every page: the vendor's own count contradicts the listing. What is missing once passes without
/// a trace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_lacks_rows_in_between() {
    for (operation, kind) in [
        ("POST /admin/v2/orgs/*/directories/-/groups/search", "groups"),
        ("GET /admin/api-access/v1/orgs/*/api-tokens", "api_tokens"),
    ] {
        let halved = check_listed(move |read, rows| {
            let mut nth = 0;
            rows.retain(|_| {
                nth += 1;
                read.operation != operation || nth % 2 == 1
            });
        });
        assert_eq!(kinds_of_gaps(&halved).await, [(kind.to_owned(), 1)]);
    }
    let taken = AtomicUsize::new(0);
    let one_less = check_listed(move |read, rows| {
        let here = read.operation == "POST /admin/v2/orgs/*/directories/-/groups/search";
        if here && rows.len() < 100 && taken.fetch_add(1, Ordering::Relaxed) == 0 {
            rows.pop();
        }
    });
    assert_eq!(kinds_of_gaps(&one_less).await, []);
}

/// A first sync has nothing to compare with: that a listing is empty is settled by the vendor's count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_tokens_though_the_vendor_counts_some() {
    let empty = check_listed(|read, rows| {
        if read.operation == "GET /admin/api-access/v1/orgs/*/api-tokens" {
            rows.clear();
        }
    });
    assert_eq!(kinds_of_gaps(&empty).await, [("api_tokens".to_owned(), 1)]);
}

/// The search ignores which group it is asked for: every account is a member of every group, whatever the vendor counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_group_has_the_same_members() {
    let kept: Mutex<Option<Vec<serde_json::Value>>> = Mutex::default();
    let same = check_listed(move |read, rows| match read.operation.as_str() {
        "POST /admin/v2/orgs/*/directories/-/users/search" => {
            kept.lock().unwrap().get_or_insert_with(|| rows.clone());
        }
        "POST /admin/v2/orgs/*/directories/-/users/search of a group" => {
            *rows = kept.lock().unwrap().clone().unwrap_or_default();
        }
        _ => {}
    });
    let gaps = kinds_of_gaps(&same).await;
    assert!(gaps.iter().any(|(kind, _)| kind == "group_members"), "{gaps:?}");
}

/// Every account gets the roles of the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_account_has_the_roles_of_the_first() {
    let kept: Mutex<Option<Vec<serde_json::Value>>> = Mutex::default();
    let same = check_listed(move |read, rows| {
        let here = read.operation == "GET /admin/v2/orgs/*/directories/-/users/*/role-assignments";
        if here && rows.len() > 1 {
            *rows = kept.lock().unwrap().get_or_insert_with(|| rows.clone()).clone();
        }
    });
    let gaps = kinds_of_gaps(&same).await;
    assert!(
        gaps.iter().any(|(kind, _)| kind == "role_assignments"),
        "{gaps:?}"
    );
}

/// A listing that lacks a few rows is contradicted as one that lacks many: what is created meanwhile is one row for each page
/// that was left behind, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_lacks_a_few_rows() {
    for (operation, kind) in [
        ("POST /admin/v2/orgs/*/directories/-/users/search", "accounts"),
        ("POST /admin/v2/orgs/*/directories/-/groups/search", "groups"),
        ("GET /admin/api-access/v1/orgs/*/api-tokens", "api_tokens"),
    ] {
        let shorter = check_listed(move |read, rows| {
            if read.operation == operation && rows.len() < 100 {
                rows.truncate(rows.len().saturating_sub(2));
            }
        });
        let gaps = kinds_of_gaps(&shorter).await;
        assert!(gaps.contains(&(kind.to_owned(), 1)), "{operation}: {gaps:?}");
    }
}

/// Role assignments of which one page lacks all but the first row: fewer rows than resources are a contradiction at any length.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_are_fewer_than_the_vendor_counts() {
    for (of, kind) in [("users", "role_assignments"), ("groups", "group_roles")] {
        let operation = format!("GET /admin/v2/orgs/*/directories/-/{of}/*/role-assignments");
        for for_good in [false, true] {
            let (at, told): (_, Mutex<std::collections::BTreeSet<_>>) = (operation.clone(), Mutex::default());
            let one_row = check_listed(move |read, rows| {
                let is_here = read.operation == at && rows.len() > 1;
                if is_here && (told.lock().unwrap().insert(read.subject.clone()) || for_good) {
                    rows.truncate(1);
                }
            });
            let gaps = kinds_of_gaps(&one_row).await;
            let is_told = gaps.iter().any(|(told, _)| told == kind);
            assert_eq!(is_told, for_good, "{operation}: {gaps:?}");
        }
    }
}
