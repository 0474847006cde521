//! Every operation, in its success and in every refusal that is documented for it: recorded from a simulated directory
//! of Atlassian and, where only others offer it, from a server that does what the RFCs say.

mod canary;
mod discovery;
mod groups;
mod me;
mod provided;
mod provider;
mod users;
mod whole;
mod world;

use http::Method;
use scim_client::{OPERATIONS, Operation};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use vendor_contract::cases::{Cases, Live, odd_answers, recordings};
use vendor_contract::{CheckedTransport, Contract, Exception, Of, Violation};
use world::{SUITE, attributed, by_host, is_elsewhere_only};

/// The cases of every operation.
fn all() -> Vec<Cases> {
    [
        discovery::cases(),
        users::cases(),
        groups::cases(),
        me::cases(),
        whole::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the clients send and the simulator answers although the description of the APIs does not allow it.
const EXCEPTIONS: &[Exception] = &[
    Exception {
        operation: "scimList*",
        of: Of::Request,
        at: "query filter",
        reason: "shows how a filter is refused that the profile of Atlassian holds back",
    },
    Exception {
        operation: "scimSchema",
        of: Of::Request,
        at: "path urn",
        reason: "asks for a schema that there is not",
    },
    Exception {
        operation: "scimResourceType",
        of: Of::Request,
        at: "path name",
        reason: "asks for a kind of resources that there is not",
    },
];

#[test]
fn every_operation_has_cases_and_a_recording() {
    let of = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let operations = of(OPERATIONS
        .iter()
        .map(|operation| operation.name.to_owned())
        .collect());
    let cases = of(all().iter().map(|cases| cases.operation().to_owned()).collect());
    assert_eq!(cases, operations);
    assert_eq!(of(recordings(SUITE.client).into_keys().collect()), operations);
}

#[tokio::test]
async fn replays() {
    for cases in all() {
        let operation = cases.operation();
        let replayed = SUITE
            .replay(&cases)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.faults, Vec::<String>::new(), "{operation}");
        let told = |ok: bool| replayed.cases.iter().any(|played| played.told.is_ok() == ok);
        assert!(told(true), "{operation} has no success");
        assert!(told(false), "{operation} has no error");
        let mut text = String::new();
        for played in replayed.cases {
            writeln!(text, "{}\n", attributed(operation, played)).expect("a text takes everything");
        }
        insta::assert_snapshot!(operation, text.trim_end());
    }
}

/// The errors that RFC 7644 §3.12 has for an operation, and 429 and 503, which any server can answer with.
fn of_the_rfc(operation: &Operation) -> BTreeSet<u16> {
    let always = [401, 403, 429, 500, 501, 503];
    let own: &[u16] = match (&operation.method, operation.path) {
        (_, path) if path.ends_with(".search") => &[400],
        (_, "/Bulk") => &[413],
        (&Method::GET, _) => &[404],
        (&Method::POST, _) => &[404, 409],
        (&Method::PUT, _) => &[404, 409, 412],
        (&Method::PATCH, _) => &[400, 404, 409, 412],
        _ => &[404, 412],
    };
    always.into_iter().chain(own.iter().copied()).collect()
}

/// The errors that Atlassian documents for an operation.
fn of_atlassian(operation: &Operation) -> BTreeSet<u16> {
    let shape = |path: &str| -> Vec<String> {
        let segments = path.split('/').map(|segment| match segment.starts_with('{') {
            true => "{}".to_owned(),
            false => segment.to_owned(),
        });
        segments.collect()
    };
    let path = shape(&format!("/scim/directory/{{directoryId}}{}", operation.path));
    let documented = Contract::atlassian().operations().iter();
    let mut documented = documented.filter(|documented| {
        *documented.method() == operation.method && shape(documented.template()) == path
    });
    let documented = documented.next();
    let documented = documented.unwrap_or_else(|| panic!("{} is not documented", operation.name));
    let is_met = |status: &u16| *status >= 400 && *status != NEVER_MET;
    documented.statuses().filter(is_met).collect()
}

/// Every body is sent with its media type.
const NEVER_MET: u16 = 415;

#[tokio::test]
async fn every_documented_error_is_among_the_cases() {
    for cases in all() {
        let name = cases.operation();
        let mut operations = OPERATIONS.iter().filter(|operation| operation.name == name);
        let operation = operations.next().expect("every case is of an operation");
        let wanted = match is_elsewhere_only(name) {
            true => of_the_rfc(operation),
            false => of_atlassian(operation),
        };
        let replayed = SUITE
            .replay(&cases)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let missing: Vec<_> = wanted.difference(&replayed.statuses()).copied().collect();
        assert_eq!(missing, Vec::<u16>::new(), "{name}");
    }
}

#[tokio::test]
async fn fresh_and_within_the_contract() {
    let live = Live::new();
    let checked = CheckedTransport::new(live.transport(), Contract::atlassian(), EXCEPTIONS);
    let checked = Arc::new(checked);
    let differences = SUITE.fresh(&all(), &live, by_host(checked.clone())).await;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let violations: Vec<String> = checked.violations().iter().map(Violation::to_string).collect();
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert_eq!(checked.unused_exceptions(), []);
}

/// An answer that is not the documented one is a success of no operation, a change among them.
#[tokio::test]
async fn odd_answers_are_errors() {
    let mut taken = Vec::new();
    for cases in all() {
        let name = cases.operation();
        for (odd, answer) in odd_answers() {
            // These lists are understood without their envelope.
            let is_bare =
                matches!(name, "discovery.schemas" | "discovery.resource-types") && odd.starts_with("a list");
            // Status 200 without a body says of a deletion what 204 says.
            let is_plain = name.ends_with(".delete") && odd == "nothing";
            let told = SUITE.answered(&cases, &answer).await.expect("a recording");
            assert!(told.is_ok() || !is_bare && !is_plain, "{name}: {odd}");
            if !is_bare && !is_plain {
                taken.extend(told.ok().map(|told| format!("{name}: {odd}: {told}")));
            }
        }
    }
    assert_eq!(taken, Vec::<String>::new());
}
