//! Everything that the connector and a simulated vendor say to each other is held against what the vendor documents.

use async_trait::async_trait;
use atlassian_sim::{
    Deprecated, DirectoryStatus, Endpoint, Fault, FaultPlan, Key, Org, OrgSpec, Running, Simulator,
    SimulatorBuilder, Switches,
};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http_kit::{Request, ReqwestTransport, Response, Transport, TransportError};
use std::sync::Arc;
use std::time::Duration;
use vendor_contract::{CheckedTransport, Contract, Exception, Of, SimulatedTransport, Violation};

/// What a simulated vendor answers of its own accord although it is not documented.
pub(crate) const DEVIATIONS: &[Exception] = &[
    ended("searchDirectoryUsers"),
    ended("searchGroups"),
    ended("listDirectoryUsers"),
    ended("listGroups"),
    scope("getOrg"),
    scope("listUserRoleAssignments"),
    Exception {
        operation: "restoreDirectoryUser",
        of: Of::Answer(409),
        at: "status",
        reason: "the form before it documents this for a lack of seats; of this one nothing is known, and a client must \
                 understand it",
    },
];

/// What is answered where a test has planned it.
const FAULTS: &[Exception] = &[
    proxy(408),
    proxy(502),
    proxy(503),
    proxy(504),
    broken(200, "header content-type"),
    broken(200, "body"),
    broken(201, "body"),
    refused(400),
    refused(409),
];

const fn ended(operation: &'static str) -> Exception {
    Exception {
        operation,
        of: Of::Answer(405),
        at: "status",
        reason: "an endpoint that the vendor has ended, or has not begun with yet, may answer so; the code of it is documented",
    }
}

const fn scope(operation: &'static str) -> Exception {
    Exception {
        operation,
        of: Of::Answer(403),
        at: "status",
        reason: "a key without the scope is refused; most operations document how, this one does not",
    }
}

const fn proxy(status: u16) -> Exception {
    Exception {
        operation: "*",
        of: Of::Answer(status),
        at: "status",
        reason: "whatever stands between a client and any service may answer so",
    }
}

const fn refused(status: u16) -> Exception {
    Exception {
        operation: "*",
        of: Of::Answer(status),
        at: "status",
        reason: "not every operation documents this refusal, and a client must take it for no success anywhere",
    }
}

const fn broken(status: u16, at: &'static str) -> Exception {
    Exception {
        operation: "*",
        of: Of::Answer(status),
        at,
        reason: "a page of HTML, half an answer or none in the place of JSON",
    }
}

/// A transport over real sockets.
pub(crate) fn checked() -> Arc<CheckedTransport> {
    let sockets = ReqwestTransport::builder()
        .connect_timeout(NEVER)
        .build()
        .unwrap();
    let sockets: Arc<dyn Transport> = Arc::new(Patient(sockets));
    Arc::new(CheckedTransport::new(sockets, Contract::atlassian(), DEVIATIONS))
}

/// No test lasts as long.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits for every answer.
///
/// The clients of these tests live in virtual time, and so do the times that they give their requests: at the end of a
/// budget next to nothing. Sockets would take them for real time, in which a busy machine may need seconds for an answer.
#[derive(Debug)]
struct Patient(ReqwestTransport);

#[async_trait]
impl Transport for Patient {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let timeout = NEVER;
        self.0.send(Request { timeout, ..request }).await
    }
}

/// Asserts that nothing but the known deviations and, where faults were planned, what they look like has passed so far.
#[track_caller]
pub(crate) fn assert_kept(transport: &CheckedTransport, vendor: &Running) {
    let mut violations = transport.violations();
    if vendor.counters().total().faults > 0 {
        violations.retain(|violation| !FAULTS.iter().any(|fault| fault.covers(violation)));
    }
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(
        lines.is_empty(),
        "the contract is violated:\n{}",
        lines.join("\n")
    );
}

/// What is wrong with the answers to some requests, each a line of method and path with a body after it.
async fn violations(simulator: SimulatorBuilder, key: &str, requests: &[String]) -> Vec<Violation> {
    let simulated = SimulatedTransport::new(simulator.build().router());
    let checked = CheckedTransport::new(Arc::new(simulated), Contract::atlassian(), &[]);
    for request in requests {
        let mut parts = request.splitn(3, ' ');
        let mut next = || parts.next().unwrap_or_default();
        let (method, path, body) = (next(), next(), next().to_owned());
        let kind = if path.starts_with("/scim") {
            "application/scim+json"
        } else {
            "application/json"
        };
        let headers = [
            (AUTHORIZATION, format!("Bearer {key}")),
            (ACCEPT, kind.to_owned()),
            (CONTENT_TYPE, kind.to_owned()),
        ];
        let request = Request {
            method: method.parse().unwrap(),
            url: format!("https://api.atlassian.com{path}").parse().unwrap(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name, value.try_into().unwrap()))
                .collect(),
            body: Some(body.into()),
            timeout: Duration::from_secs(30),
        };
        checked.send(request).await.unwrap();
    }
    checked.violations()
}

/// A deviation that is none any more must not stay in the lists, where it would hide another.
#[tokio::test]
async fn every_deviation_is_one() {
    let org = Org::generate(OrgSpec::demo());
    let vendor = || Simulator::builder(org.clone());
    let switched = |switches| vendor().switches(switches);
    let (id, key) = (org.id(), org.api_key());
    let v2 = format!("/admin/v2/orgs/{id}/directories");
    let mut found = Vec::new();

    let ended = switched(Switches {
        searches: Deprecated::MethodNotAllowed,
        deprecated_lists: Deprecated::MethodNotAllowed,
        ..Switches::default()
    });
    let listings = [
        format!("POST {v2}/-/users/search {{}}"),
        format!("GET {v2}/-/users"),
        format!("POST {v2}/-/groups/search {{}}"),
        format!("GET {v2}/-/groups"),
    ];
    found.extend(violations(ended, key, &listings).await);

    let account = org.truth().accounts().next().unwrap().id;
    let reads = [
        format!("GET /admin/v1/orgs/{id}"),
        format!("GET {v2}/-/users/{account}/role-assignments"),
    ];
    let scoped = vendor().keys([Key::scoped("scoped", [""; 0])]);
    found.extend(violations(scoped, "scoped", &reads).await);

    let access = org.truth().access().find_map(|one| {
        let at = |(directory, status): &(String, DirectoryStatus)| {
            (*status == DirectoryStatus::Suspended).then(|| directory.clone())
        };
        let is_seat = one.role == "atlassian/user" && one.owner != "platform";
        is_seat
            .then(|| one.directories.iter().find_map(at))
            .flatten()
            .map(|directory| (directory, one.account))
    });
    let (directory, account) = access.unwrap();
    let full = switched(Switches {
        no_seats: true,
        ..Switches::default()
    });
    found.extend(
        violations(
            full,
            key,
            &[format!("POST {v2}/{directory}/users/{account}/restore {{}}")],
        )
        .await,
    );

    let orgs = ["GET /admin/v1/orgs".to_owned()];
    for fault in [408, 409, 502, 503, 504]
        .map(Fault::Status)
        .into_iter()
        .chain([Fault::Html, Fault::Garbage])
    {
        let faults = FaultPlan::none().nth(Endpoint::OrgsList, 1, fault);
        found.extend(violations(vendor().faults(faults), key, &orgs).await);
    }
    let enable = [format!("POST /users/{account}/manage/lifecycle/enable")];
    let faults = FaultPlan::none().nth(Endpoint::AccountEnable, 1, Fault::Status(400));
    found.extend(violations(vendor().faults(faults), key, &enable).await);
    let scim = org.scim_directories().next().unwrap();
    let person =
        r#"{"schemas":[],"userName":"a@b.example","emails":[{"value":"a@b.example","primary":true}]}"#;
    let create = [format!("POST {}/Users {person}", scim.path())];
    let faults = FaultPlan::none().nth(Endpoint::ScimUserCreate, 1, Fault::Garbage);
    found.extend(violations(vendor().faults(faults), scim.key(), &create).await);

    for exception in DEVIATIONS.iter().chain(FAULTS) {
        assert!(
            found.iter().any(|one| exception.covers(one)),
            "nothing is like {exception:?}"
        );
    }
    let covered = |one: &&Violation| {
        DEVIATIONS
            .iter()
            .chain(FAULTS)
            .any(|exception| exception.covers(one))
    };
    let others: Vec<_> = found
        .iter()
        .filter(|one| !covered(one))
        .map(ToString::to_string)
        .collect();
    assert_eq!(others, [""; 0]);
}
