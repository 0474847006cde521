//! What the cases are played in: a directory of the simulator, a directory of another provider, clients of both, and
//! the facts that calls send.

use super::provided::{HENK, HENK_NAME, ODILE, ODILE_NAME, PILOTS};
use super::provider::{self, BASE, HOST};
use crate::support::told;
use async_trait::async_trait;
use atlassian_sim::{Guard, Org, OrgSpec, Quirks, Simulator, SimulatorBuilder, Switches};
use http::HeaderValue;
use http::header::SET_COOKIE;
use http_kit::testing::FakeTransport;
use http_kit::{Request, Response, RetryPolicy, Transport, TransportError};
use scim_client::*;
use serde::Serialize;
use std::sync::Arc;
use vendor_contract::cases::{COOKIE, Case, Cases, Played, Stage, Suite, Told, World};

pub(crate) const SUITE: Suite = Suite {
    client: "scim-client",
    rules: redaction_rules,
    world,
};

/// Names of cases that another provider answers begin so.
const ELSEWHERE: &str = "elsewhere";

/// Operations that Atlassian does not offer.
const ELSEWHERE_ONLY: [&str; 9] = [
    "users.search",
    "groups.search",
    "me.get",
    "me.create",
    "me.replace",
    "me.patch",
    "me.delete",
    "search",
    "bulk",
];

/// Facts that are the same in every world. None of them may be found in a recording.
const FACTS: [(&str, &str); 21] = [
    ("nobody", "00000000-5eed-4bad-8bad-c0ffee000404"),
    ("title", "Keeper of Canaries"),
    ("nickname", "Cnry"),
    ("department", "Canary Watch"),
    ("display", "Canary Newcomer"),
    ("given", "Canary"),
    ("family", "Newcomer"),
    ("external", "cnry-00u9k2"),
    ("stranger", "canary.stranger@elsewhere.example"),
    ("newcomers-group", "cnry-keepers"),
    ("other-group-name", "cnry-keepers-renamed"),
    ("word", "cnry-word"),
    ("odile", ODILE),
    ("odile-name", ODILE_NAME),
    ("henk", HENK),
    ("henk-name", HENK_NAME),
    ("pilots", PILOTS),
    ("badge", "cnry-badge-417"),
    ("version", "cnry-version-1"),
    ("stale-cursor", "cnryCursorOfYesterday"),
    ("password", "cnry-tide-and-lock"),
];

/// An organization with two groups that an identity provider keeps.
fn world() -> World {
    let org = Org::generate(OrgSpec {
        groups: 2,
        members_per_group: 2,
        quirks: Quirks {
            synced_groups: true,
            ..Quirks::none()
        },
        ..OrgSpec::small(12)
    });
    let directory = org.scim_directories().next().expect("a directory");
    let truth = org.truth();
    let mut records = truth.scim_users();
    let (user, other) = (
        records.next().expect("a record"),
        records.next().expect("another record"),
    );
    let unlinked = truth
        .accounts()
        .find(|account| account.managed && !account.provisioned && account.email.is_some())
        .and_then(|account| account.email)
        .expect("an account without a record");
    let (_, domain) = user.email.rsplit_once('@').expect("an address");
    let facts = [
        ("directory", directory.id().to_owned()),
        ("newcomer", format!("canary.newcomer@{domain}")),
        ("user", user.id),
        ("user-name", user.user_name),
        ("other", other.id),
        ("other-email", other.email),
        ("other-name", other.user_name),
        ("account-email", unlinked),
    ];
    let constant = FACTS.map(|(name, fact)| (name, fact.to_owned()));
    World {
        key: Secret::from(directory.key().to_owned()),
        facts: facts.into_iter().chain(constant).collect(),
        simulator: Simulator::builder(org.clone()),
    }
}

/// With the id, the name and a member of a group of the directory.
pub(crate) fn with_a_group(cases: Cases) -> Cases {
    async fn first(stage: Stage, told: fn(&Stored<Group>) -> String) -> Told {
        let query = Query::default();
        let groups = atlassian(&stage).groups().list(&query, None).await;
        groups
            .map(|groups| told(&groups.items[0]))
            .map_err(|error| error.to_string())
    }
    fn text(text: &Option<Text>) -> String {
        text.as_deref().unwrap_or_default().to_owned()
    }
    cases
        .learn("group", |stage| first(stage, |group| group.id.to_string()))
        .learn("group-name", |stage| {
            first(stage, |group| text(&group.resource.display_name))
        })
        .learn("member", |stage| {
            first(stage, |group| text(&group.resource.members[0].value))
        })
}

/// What every operation of a directory can meet.
pub(crate) fn refused_by_atlassian(cases: Cases) -> Cases {
    cases
        .refused_as_any()
        .case(
            Case::simulated("without a subscription")
                .simulator(|simulator| guarded(simulator, Guard::Forbidden)),
        )
        .case(
            Case::simulated("the directory is gone")
                .simulator(|simulator| guarded(simulator, Guard::NotFound)),
        )
}

fn guarded(simulator: SimulatorBuilder, guard: Guard) -> SimulatorBuilder {
    simulator.switches(Switches {
        guard,
        ..Switches::default()
    })
}

/// With addresses of claimed domains alone.
pub(crate) fn strict(simulator: SimulatorBuilder) -> SimulatorBuilder {
    simulator.switches(Switches {
        scim_claimed_domains_only: true,
        ..Switches::default()
    })
}

/// What every operation of another provider can meet.
pub(crate) fn refused_elsewhere(cases: Cases) -> Cases {
    [
        ("elsewhere: wrong key", 401),
        ("elsewhere: without permission", 403),
        ("elsewhere: rate limited", 429),
        ("elsewhere: internal error", 500),
        ("elsewhere: not implemented", 501),
        ("elsewhere: unavailable", 503),
    ]
    .into_iter()
    .fold(cases, |cases, (name, status)| {
        cases.case(Case::simulated(name).key(provider::key(status)))
    })
}

/// The keys that the other provider knows.
pub(crate) fn elsewhere_keys() -> impl Iterator<Item = &'static str> {
    [403, 404, 409, 429, 500, 501, 503].into_iter().map(provider::key)
}

/// A client of the directory.
pub(crate) fn atlassian(stage: &Stage) -> ScimClient {
    client(stage, Profile::atlassian())
}

/// A client of the directory that holds nothing back.
pub(crate) fn unguarded(stage: &Stage) -> ScimClient {
    client(stage, Profile::rfc())
}

fn client(stage: &Stage, profile: Profile) -> ScimClient {
    let base = atlassian_url(ATLASSIAN_URL, &stage.fact("directory")).expect("an id");
    of(stage, base, profile)
}

/// A client of the other provider.
pub(crate) fn elsewhere(stage: &Stage) -> ScimClient {
    of(stage, BASE.parse().expect("an address"), Profile::rfc())
}

fn of(stage: &Stage, base: url::Url, profile: Profile) -> ScimClient {
    let http = http_builder(stage.transport(), base, stage.key())
        .clock(stage.clock())
        .retry(RetryPolicy::never());
    ScimClient::new(http.build().expect("a client"), profile)
}

/// What was read, as JSON (`Debug` hides people), or everything that an error says.
pub(crate) fn shown<T: Serialize>(outcome: Result<T, ScimError>) -> Told {
    match outcome {
        Ok(value) => Ok(serde_json::to_string_pretty(&value).expect("what was read is JSON")),
        Err(error) => {
            let hint = error.hint().map(|hint| format!("\n-> {hint}"));
            Err(format!("{error}\n{}{}", told(&error), hint.unwrap_or_default()))
        }
    }
}

/// Who answered the case.
pub(crate) fn attributed(operation: &str, mut played: Played) -> Played {
    if played.case.starts_with(ELSEWHERE) || is_elsewhere_only(operation) {
        played.origin = "another provider";
    }
    played
}

/// Whether Atlassian does not have the operation.
pub(crate) fn is_elsewhere_only(operation: &str) -> bool {
    ELSEWHERE_ONLY.contains(&operation)
}

/// Takes requests to the other provider there, and the others to `atlassian`.
pub(crate) fn by_host(atlassian: Arc<dyn Transport>) -> Arc<dyn Transport> {
    Arc::new(ByHost {
        atlassian,
        elsewhere: provider::server(),
    })
}

#[derive(Debug)]
struct ByHost {
    atlassian: Arc<dyn Transport>,
    elsewhere: FakeTransport,
}

#[async_trait]
impl Transport for ByHost {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.url.host_str() != Some(HOST) {
            return self.atlassian.send(request).await;
        }
        let mut response = self.elsewhere.send(request).await?;
        let cookie = format!("session={COOKIE}; Secure; HttpOnly");
        response.headers.append(
            SET_COOKIE,
            HeaderValue::try_from(cookie).expect("the characters of a header"),
        );
        Ok(response)
    }
}
