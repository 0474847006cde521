//! Every operation from its recording in `fixtures/atlassian-admin/cassettes`: the success, and every error that the
//! vendor documents for it.
//!
//! The recordings are made of the simulator, and of examples of the documentation where it cannot be brought to say
//! something. They are renewed with `UPDATE_FIXTURES=1 cargo test -p atlassian-admin cassettes::fresh`.

mod access;
mod at;
mod canary;
mod groups;
mod machines;
mod manage;
mod organization;
mod roles;
mod scim_links;
mod users;
mod world;

use atlassian_admin::{OPERATIONS, Operation, redaction_rules};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vendor_contract::cases::{Cases, Live, Overheard, Replayed, Suite, odd_answers};
use vendor_contract::{CheckedTransport, Contract, Exception, Of};

const SUITE: Suite = Suite {
    client: "atlassian-admin",
    rules: redaction_rules,
    world: world::world,
};

/// Where requests or answers are not as documented, and why that is so.
const EXCEPTIONS: &[Exception] = &[
    Exception {
        operation: "*",
        of: Of::Answer(503),
        at: "status",
        reason: "any server can be unavailable; that is documented for SCIM alone",
    },
    outside("listDirectories", 403, KEYS),
    outside("listGroups", 403, KEYS),
    outside("listUserRoleAssignments", 403, KEYS),
    outside("listEvents", 403, KEYS),
    outside("pollEvents", 403, KEYS),
    Exception {
        operation: "inviteUsers",
        of: Of::Request,
        at: "body/permissionRules/*/role",
        reason: "which roles an invitation can give is left to the vendor, and the case is the refusal",
    },
];

const KEYS: &str = "a key without the scope that the operation names is refused as by its siblings";

/// An answer with a status that is not documented.
const fn outside(operation: &'static str, status: u16, reason: &'static str) -> Exception {
    Exception {
        operation,
        of: Of::Answer(status),
        at: "status",
        reason,
    }
}

/// The cases of every operation, by its name.
fn all() -> BTreeMap<&'static str, Cases> {
    let areas = [
        organization::cases(),
        users::cases(),
        roles::cases(),
        groups::cases(),
        access::cases(),
        machines::cases(),
        manage::cases(),
        scim_links::cases(),
    ];
    let all = areas.into_iter().flatten();
    all.map(|cases| (cases.operation(), cases)).collect()
}

async fn replayed(operation: &Operation) -> Replayed {
    let all = all();
    let cases = all.get(operation.name);
    let cases = cases.unwrap_or_else(|| panic!("{} has no cases", operation.name));
    SUITE
        .replay(cases)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn replays() {
    for operation in OPERATIONS {
        let replayed = replayed(operation).await;
        assert_eq!(replayed.faults, Vec::<String>::new());
        let (good, bad): (Vec<_>, Vec<_>) = replayed.cases.iter().partition(|case| case.told.is_ok());
        assert!(
            good.iter().any(|case| case.case == "success") && !bad.is_empty(),
            "{}: a success and an error, but {good:#?} {bad:#?}",
            operation.name
        );
        let shown: Vec<String> = replayed.cases.iter().map(ToString::to_string).collect();
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!(operation.name, shown.join("\n\n"));
        });
    }
    let names: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    let odd: Vec<&str> = all().into_keys().filter(|name| !names.contains(name)).collect();
    assert_eq!(odd, Vec::<&str>::new(), "cases of no operation");
}

/// Every body is sent with its media type.
const NEVER_MET: u16 = 415;

#[tokio::test]
async fn every_documented_error_has_a_case() {
    let mut missing = Vec::new();
    for operation in OPERATIONS {
        let documented = Contract::atlassian().documented(&operation.method, operation.path);
        assert!(!documented.is_empty(), "{} is not described", operation.name);
        let statuses = replayed(operation).await.statuses();
        let without = documented
            .difference(&statuses)
            .filter(|status| **status != NEVER_MET);
        missing.extend(without.map(|status| format!("{}: {status}", operation.name)));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test]
async fn fresh_within_the_contract_and_silent() {
    let live = Live::new();
    let [overheard, log] = [Overheard::default(), Overheard::default()];
    let logging = log.log_lines();
    let checked = CheckedTransport::new(live.transport(), Contract::atlassian(), EXCEPTIONS);
    let checked = Arc::new(checked);
    let cases: Vec<Cases> = all().into_values().collect();
    let differences = SUITE
        .fresh(&cases, &live, overheard.listen(checked.clone()))
        .await;
    drop(logging);

    assert_eq!(differences, Vec::<String>::new());
    let violations = checked.violations().into_iter();
    assert_eq!(
        violations.map(|one| one.to_string()).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
    assert_eq!(checked.unused_exceptions(), []);
    for (told, least) in [(overheard, 1000), (log, 500)] {
        assert!(told.lines() > least, "only {} lines", told.lines());
        canary::was_silent(&told);
    }
}

/// An answer that is not the documented one is an error of every operation that is documented to answer with something.
#[tokio::test]
async fn odd_answers_are_errors() {
    let all = all();
    let mut taken = Vec::new();
    for operation in OPERATIONS {
        if !Contract::atlassian().answers_with_a_body(&operation.method, operation.path) {
            continue;
        }
        for (odd, answer) in odd_answers() {
            let told = SUITE
                .answered(&all[operation.name], &answer)
                .await
                .expect("a recording");
            if let Ok(told) = told
                && !is_an_answer(operation.name, odd, &told)
            {
                taken.push(format!("{}: {odd}: {told}", operation.name));
            }
        }
    }
    assert_eq!(taken, Vec::<String>::new());
}

/// Refusals that the description documents and no recording has, each with its reason.
fn is_an_answer(operation: &str, odd: &str, told: &str) -> bool {
    match operation {
        "tokens.count" | "keys.count" | "oauth-clients.count" => odd == "a number",
        "account.tokens.list" => odd.starts_with("a list"),
        // A map of whatever privileges there are.
        "account.permissions" => odd.contains("object") || odd.contains("error") || odd == "null for rows",
        // An invitation tells what became of each address, and of those that it does not name.
        "users.invite" => odd == "a list of a list",
        // A receipt is no statement about what was changed: it only says what was answered.
        _ => told.starts_with("Receipt"),
    }
}
