//! Organizations of which there is no artifact: the error says what was asked, and what it means.

use super::harness::{How, Output, serve};
use super::lies::Lying;
use async_trait::async_trait;
use atlassian_sim::{Deprecated, Endpoint, Fault, FaultPlan, Org, OrgSpec, SimulatorBuilder, Switches};
use connector_runtime::SyncError;
use http::StatusCode;
use http_kit::{Request, Response, Transport, TransportError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Empties the listings of accounts on the way.
#[derive(Debug)]
pub(crate) struct Emptied(pub(crate) Arc<dyn Transport>);

#[async_trait]
impl Transport for Emptied {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.url.path();
        let emptied = path.ends_with("/users") || path.ends_with("/users/search");
        let mut response = self.0.send(request).await?;
        if emptied {
            response.body = r#"{"data": [], "links": {}}"#.into();
        }
        Ok(response)
    }
}

/// The error of a sync, after which there is no artifact.
async fn refused(
    org: &Org,
    how: &How,
    set: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
) -> (SyncError, Vec<String>) {
    let output = Output::new();
    let vendor = serve(org, set).await;
    let error = output.sync(org, &vendor, how).await.unwrap_err();
    assert!(!output.path().exists(), "no artifact after {error}");
    (error, output.files())
}

fn org() -> Org {
    Org::generate(OrgSpec::small(150))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_organization_is_not_found() {
    let foreign = "8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f";
    let how = How {
        organization: Some(foreign.to_owned()),
        ..How::default()
    };
    let (error, _) = refused(&org(), &how, |vendor| vendor).await;
    assert_eq!(error.code().number(), 5, "{error}");
    assert!(error.to_string().contains(foreign), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_not_authenticated() {
    let key = "ATCTT3xFfGN0-not-the-key";
    let how = How {
        key: Some(key.to_owned()),
        ..How::default()
    };
    let (error, _) = refused(&org(), &how, |vendor| vendor).await;
    assert_eq!(error.code().number(), 16, "{error}");
    assert!(!format!("{error} {error:?}").contains(key), "{error:?}");
}

/// An organization has accounts, and tokens name some: a listing without any was answered wrongly.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_without_accounts_is_not_believed() {
    let how = How {
        without_accounts: true,
        ..How::default()
    };
    let (error, files) = refused(&org(), &how, |vendor| vendor).await;
    assert_eq!(error.code().number(), 13, "{error}");
    assert_eq!(files, Vec::<String>::new(), "the next run reads again");
}

/// Neither the searches nor the listings before them: nothing is taken for an empty organization.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_without_listings_is_refused() {
    for (gone, code) in [
        (Deprecated::NotFound, 5),
        (Deprecated::MethodNotAllowed, 12),
        (Deprecated::NotMigrated, 9),
    ] {
        let switches = Switches {
            searches: gone,
            deprecated_lists: gone,
            ..Switches::default()
        };
        let (error, _) = refused(&org(), &How::default(), |vendor| vendor.switches(switches)).await;
        assert_eq!(error.code().number(), code, "{gone:?}: {error}");
    }
}

/// Answers that are no answers are never taken for an empty listing. See `lies` for every other read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_understands() {
    let org = org();
    for (endpoint, operation) in [
        (Endpoint::OrgGet, "organization.get"),
        (Endpoint::UsersSearch, "users.search"),
        (Endpoint::ManagedAccounts, "managed-accounts.list"),
        (Endpoint::GroupsSearch, "groups.search"),
        (Endpoint::WorkspacesQuery, "workspaces.query"),
        (Endpoint::TokensList, "tokens.list"),
    ] {
        for fault in [Fault::Garbage, Fault::Html, Fault::Empty] {
            let faults = FaultPlan::none().always(endpoint, fault.clone());
            let (error, _) = refused(&org, &How::default(), |vendor| vendor.faults(faults)).await;
            assert_eq!(error.code().number(), 13, "{fault:?}: {error}");
            assert!(
                error.to_string().contains(operation),
                "{fault:?} at {operation}: {error}"
            );
        }
    }
}

/// A cursor that leads back to itself is an error, not a sync without end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings_that_go_round() {
    for endpoint in [Endpoint::UsersSearch, Endpoint::ManagedAccounts] {
        let org = Org::generate(OrgSpec {
            managed_percent: 100,
            ..OrgSpec::small(250)
        });
        let faults = FaultPlan::none().always(endpoint, Fault::RepeatedCursor);
        let (error, _) = refused(&org, &How::default(), |vendor| vendor.faults(faults)).await;
        assert_eq!(error.code().number(), 13, "{}: {error}", endpoint.name());
        assert!(
            error.to_string().contains("listing resources of type user"),
            "{error}"
        );
    }
}

/// A listing that always has the same rows and always leads on ends anyway: a gap of the one subject that it is about, or the
/// end of the sync.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings_that_never_end() {
    let org = org();
    for (operation, of_one) in [
        ("POST /admin/v2/orgs/*/directories/-/users/search", false),
        ("POST /admin/v2/orgs/*/directories/-/groups/search", false),
        ("POST /admin/v2/orgs/*/workspaces", false),
        ("GET /admin/api-access/v1/orgs/*/api-tokens", false),
        (
            "POST /admin/v2/orgs/*/directories/-/users/search of a group",
            true,
        ),
        (
            "GET /admin/v2/orgs/*/directories/-/users/*/role-assignments",
            true,
        ),
        (
            "GET /admin/v2/orgs/*/directories/-/groups/*/role-assignments",
            true,
        ),
    ] {
        let first = Mutex::new(None);
        let vendor = Lying::distorting(&org, move |read, mut answer| {
            if read.operation != operation {
                return answer;
            }
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let mut first = first.lock().unwrap();
            if first.is_none() && body["data"].as_array().is_some_and(|rows| !rows.is_empty()) {
                *first = Some((read.subject.clone(), body, 0));
            }
            if let Some((subject, body, pages)) =
                first.as_mut().filter(|(subject, ..)| *subject == read.subject)
            {
                *pages += 1;
                body["links"] = json!({ "next": format!("c{pages}-{subject:?}") });
                answer.status = StatusCode::OK;
                answer.body = body.to_string().into();
            }
            answer
        });
        let ended = vendor.sync(&org).await;
        // A gap of one subject is asked for once more.
        assert!(
            vendor.times(operation) < 300,
            "{operation}: {}",
            vendor.times(operation)
        );
        match ended {
            Err(error) => {
                assert!(!of_one, "{operation}: {error}");
                assert_eq!(error.code().number(), 13, "{operation}: {error}");
                assert!(
                    error
                        .to_string()
                        .contains("20 pages have the rows of earlier ones"),
                    "{error}"
                );
            }
            Ok(sealed) => {
                let gaps: Vec<_> = sealed
                    .report
                    .gaps()
                    .map(|gap| (gap.kind.as_str(), gap.count))
                    .collect();
                assert!(
                    of_one && gaps.len() == 1 && gaps[0].1 == 1,
                    "{operation}: {gaps:?}"
                );
            }
        }
    }
}

/// Failures that pass for others do not pass here: the vendor fails at every try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendor_that_is_down() {
    let org = org();
    for (fault, code) in [
        (Fault::Status(500), 14),
        (Fault::Status(503), 14),
        (Fault::ResetBefore, 14),
        (
            // Half a day: refusals by the limit end with the time budget alone, and that of these tests is a month.
            Fault::RateLimited(
                atlassian_sim::Hint::Seconds(12 * 60 * 60),
                atlassian_sim::Envelope::List,
            ),
            8,
        ),
    ] {
        let faults = FaultPlan::none().always(Endpoint::GroupsSearch, fault.clone());
        let (error, files) = refused(&org, &How::default(), |vendor| vendor.faults(faults)).await;
        assert_eq!(error.code().number(), code, "{fault:?}: {error}");
        assert!(
            files.contains(&"sync.c1z.staging".to_owned()),
            "{fault:?}: the next run goes on"
        );
    }
}
