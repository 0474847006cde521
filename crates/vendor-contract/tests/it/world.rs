//! A simulated organization, what is known of it, and requests that are made of both.

use atlassian_sim::{DirectoryStatus, Key, Limits, Org, OrgSpec, Simulator, Switches};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use http_kit::{Request, Transport as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use vendor_contract::{Contract, Operation, SimulatedTransport, Violation};

/// When everything takes place.
const NOON: jiff::Timestamp = jiff::Timestamp::constant(1_795_521_600, 0);

/// Characters that stand for themselves in a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// An id that nothing has.
pub(crate) const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

/// One request: an operation, and what is sent to it. `{name}` stands for what is known by that name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) operation: &'static str,
    pub(crate) query: &'static str,
    pub(crate) body: &'static str,
    /// Operations that are asked before, so that this one has something to do.
    pub(crate) after: &'static [&'static str],
}

/// A key without any scope.
const SCOPED: &str = "a key without scopes";

/// What of a request is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong<'a> {
    Nothing,
    /// Nobody knows the key.
    Key,
    /// The key has no scope at all.
    Scope,
    /// A parameter of the path is unknown.
    Path(&'a str),
    /// There is this besides the query.
    Query(&'static str),
    /// This is in the place of the body.
    Body(&'static str),
}

/// An organization, replaced for each request, and what is known of it.
#[derive(Debug)]
pub(crate) struct Recipe {
    spec: OrgSpec,
    facts: BTreeMap<&'static str, String>,
}

/// An organization of its own for a few requests.
#[derive(Debug)]
pub(crate) struct World {
    /// What is asked.
    vendor: SimulatedTransport,
    /// The same organization, without anything that gets in the way of what comes before.
    before: SimulatedTransport,
    facts: BTreeMap<&'static str, String>,
    org_key: String,
    scim_key: String,
}

impl Recipe {
    pub(crate) async fn new(spec: OrgSpec) -> Self {
        let org = Org::generate(spec.clone());
        let world = World::of(&org, Switches::default(), known(&org));
        let mut facts = world.facts.clone();
        let org = org.id();
        for (name, path, pointer) in [
            ("domainId", format!("/admin/v1/orgs/{org}/domains"), "/data/0/id"),
            ("policyId", format!("/admin/v1/orgs/{org}/policies"), "/data/0/id"),
            ("eventId", format!("/admin/v1/orgs/{org}/events"), "/data/0/id"),
            (
                "apiKeyId",
                format!("/admin/api-access/v1/orgs/{org}/api-keys"),
                // The first is the one that asks.
                "/data/1/id",
            ),
            (
                "serviceAccountId",
                format!("/admin/api-access/v1/orgs/{org}/service-accounts"),
                "/items/0/id",
            ),
            (
                "clientId",
                format!("/admin/api-access/v1/orgs/{org}/oauth-clients"),
                "/data/0/clientId",
            ),
        ] {
            let answer = world.exchange(Method::GET, &path, "").await;
            let id = answer.pointer(pointer).and_then(Value::as_str);
            let id = id.unwrap_or_else(|| panic!("{path} has no {pointer}: {answer}"));
            facts.insert(name, id.to_owned());
        }
        Self { spec, facts }
    }

    /// The organization, with a group of its SCIM directory.
    pub(crate) async fn world(&self, switches: Switches) -> World {
        let org = Org::generate(self.spec.clone());
        let mut world = World::of(&org, switches, self.facts.clone());
        let scim = org.scim_directories().next().expect("a SCIM directory");
        let group =
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"aardvarks"}"#;
        let path = format!("{}/Groups", scim.path());
        let made = world.exchange(Method::POST, &path, group).await;
        let id = made["id"].as_str().expect("the id of a new group").to_owned();
        world.facts.insert("id", id);
        world
    }
}

impl World {
    fn of(org: &Org, switches: Switches, facts: BTreeMap<&'static str, String>) -> Self {
        let simulator = |switches| {
            let simulator = Simulator::builder(org.clone())
                .keys([Key::unscoped(org.api_key()), Key::scoped(SCOPED, [""; 0])])
                // Many enough; the headers are what matters.
                .limits(Limits::per(1000, 60))
                .clock(Arc::new(atlassian_sim::ManualClock::new(NOON)))
                .switches(switches);
            SimulatedTransport::new(simulator.build().router())
        };
        let open = Switches {
            removed_paths_alive: true,
            ..Switches::default()
        };
        let scim = org.scim_directories().next().expect("a SCIM directory");
        Self {
            vendor: simulator(switches),
            before: simulator(open),
            facts,
            org_key: org.api_key().to_owned(),
            scim_key: scim.key().to_owned(),
        }
    }

    /// Does what comes before.
    pub(crate) async fn prepare(&self, ask: &Ask) {
        let request = self.request(operation(ask.operation), ask, Wrong::Nothing);
        let response = self.before.send(request).await.expect("an answer");
        assert!(
            response.status.is_success(),
            "{}: {}",
            ask.operation,
            response.status
        );
    }

    /// Asks, and returns the status and what is wrong with the answer, and with a request that is not meant to be.
    pub(crate) async fn ask(&self, ask: &Ask, wrong: Wrong<'_>) -> (u16, Vec<Violation>) {
        let contract = Contract::atlassian();
        let request = self.request(operation(ask.operation), ask, wrong);
        let is_found = contract.operation(&request).map(Operation::id) == Some(ask.operation);
        assert!(is_found, "{request:?} is one of {}", ask.operation);
        let response = self.vendor.send(request.clone()).await.expect("an answer");
        let mut violations = match wrong {
            Wrong::Nothing | Wrong::Key | Wrong::Scope => contract.request(&request),
            Wrong::Path(_) | Wrong::Query(_) | Wrong::Body(_) => Vec::new(),
        };
        violations.extend(contract.answer(&request, &response));
        (response.status.as_u16(), violations)
    }

    fn request(&self, operation: &Operation, ask: &Ask, wrong: Wrong<'_>) -> Request {
        let segments = operation.template().split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                None => segment.to_owned(),
                Some(name) if wrong == Wrong::Path(name) => UNKNOWN.to_owned(),
                Some(name) => utf8_percent_encode(self.fact(name, operation), SEGMENT).to_string(),
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        let mut query = self.filled(ask.query, operation);
        let mut body = self.filled(ask.body, operation);
        match wrong {
            Wrong::Query(other) => query = format!("{query}&{other}").trim_start_matches('&').to_owned(),
            Wrong::Body(other) => other.clone_into(&mut body),
            Wrong::Nothing | Wrong::Key | Wrong::Scope | Wrong::Path(_) => {}
        }
        let mut url: url::Url = format!("https://api.atlassian.com{path}")
            .parse()
            .expect("an address");
        if !query.is_empty() {
            url.set_query(Some(&query));
        }
        let mut headers = match wrong {
            Wrong::Key => headers(&path, "no key"),
            Wrong::Scope => headers(&path, SCOPED),
            _ => headers(&path, self.key(&path)),
        };
        if body.is_empty() {
            headers.remove(CONTENT_TYPE);
        }
        Request {
            method: operation.method().clone(),
            url,
            headers,
            body: Some(Bytes::from(body)).filter(|body| !body.is_empty()),
            timeout: Duration::from_secs(30),
        }
    }

    /// What is answered to a request that no test is about.
    async fn exchange(&self, method: Method, path: &str, body: &'static str) -> Value {
        let request = Request {
            method,
            url: format!("https://api.atlassian.com{path}")
                .parse()
                .expect("an address"),
            headers: headers(path, self.key(path)),
            body: Some(Bytes::from_static(body.as_bytes())),
            timeout: Duration::from_secs(30),
        };
        let answer = self.before.send(request).await.expect("an answer");
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    fn key(&self, path: &str) -> &str {
        if path.starts_with("/scim/") {
            &self.scim_key
        } else {
            &self.org_key
        }
    }

    /// What is known by this name, to an operation: a directory is not the same to all of them.
    fn fact(&self, name: &str, operation: &Operation) -> &str {
        let provisioning = operation.template().contains("/user-provisioning/");
        let name = match name {
            "directoryId" if operation.template().starts_with("/scim/") => "scimDirectoryId",
            "accountId" if provisioning => "linkedId",
            other => other,
        };
        self.facts
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not known"))
    }

    fn filled(&self, text: &str, operation: &Operation) -> String {
        let mut filled = text.to_owned();
        for name in self.facts.keys() {
            filled = filled.replace(&format!("{{{name}}}"), self.fact(name, operation));
        }
        filled
    }
}

fn headers(path: &str, key: &str) -> HeaderMap {
    let kind = HeaderValue::from_static(if path.starts_with("/scim/") {
        "application/scim+json"
    } else {
        "application/json"
    });
    let bearer = HeaderValue::try_from(format!("Bearer {key}")).expect("a header");
    HeaderMap::from_iter([
        (AUTHORIZATION, bearer),
        (ACCEPT, kind.clone()),
        (CONTENT_TYPE, kind),
    ])
}

/// The operation of that name.
pub(crate) fn operation(id: &str) -> &'static Operation {
    let mut all = Contract::atlassian().operations().iter();
    all.find(|one| one.id() == id)
        .unwrap_or_else(|| panic!("{id} is documented"))
}

/// What is true of an organization: one account that owns a token and that nobody else keeps, a group that it is not in,
/// and a record of a SCIM directory.
fn known(org: &Org) -> BTreeMap<&'static str, String> {
    let truth = org.truth();
    let accounts: BTreeMap<String, _> = truth
        .accounts()
        .filter(|one| one.managed && one.status == Some("active") && one.platform_roles.is_empty())
        .filter(|one| one.details_readable && one.roles_readable && !one.provisioned && one.email.is_some())
        .filter(|one| {
            one.directories
                .iter()
                .any(|(_, status)| *status == DirectoryStatus::Active)
        })
        .map(|one| (one.id.clone(), one))
        .collect();
    let token = truth
        .tokens()
        .find(|one| one.status == "ALLOWED" && accounts.contains_key(&one.owner))
        .expect("a token of such an account");
    let account = &accounts[&token.owner];
    let directory = account.directories[0].0.clone();
    let is_member = |group: &str| {
        let mut memberships = truth.memberships();
        memberships.any(|one| one.group == group && one.account == account.id)
    };
    let administers = |group: &str| {
        let mut roles = truth.group_roles();
        roles.any(|one| one.group == group && (one.default || one.role.ends_with("admin")))
    };
    let group = truth
        .groups()
        .find(|one| {
            one.modifiable == Some(true)
                && one.members_status == 200
                && one.directory == directory
                && !is_member(&one.id)
                && !administers(&one.id)
        })
        .expect("a group");
    let target = truth
        .targets()
        .find(|one| one.listed && one.owner == "jira-software")
        .expect("an app");
    let scim = org.scim_directories().next().expect("a SCIM directory");
    let managed: BTreeSet<String> = truth
        .accounts()
        .filter(|one| one.managed)
        .map(|one| one.id)
        .collect();
    let record = truth
        .scim_users()
        .find(|one| {
            let is_managed = one
                .account
                .as_ref()
                .is_some_and(|account| managed.contains(account));
            one.directory == scim.id() && one.active && is_managed
        })
        .expect("a record");
    let member = truth
        .scim_users()
        .find(|one| one.directory == scim.id() && one.id != record.id)
        .expect("another record");
    BTreeMap::from([
        ("orgId", org.id().to_owned()),
        ("directoryId", directory),
        ("accountId", account.id.clone()),
        ("tokenId", token.id),
        ("groupId", group.id),
        ("target", target.ari),
        ("scimDirectoryId", scim.id().to_owned()),
        ("scimUserId", record.id.clone()),
        ("userId", record.id),
        ("linkedId", record.account.expect("it is linked")),
        ("email", record.email),
        ("userName", record.user_name),
        ("otherUserId", member.id),
        ("urn", "urn:ietf:params:scim:schemas:core:2.0:User".to_owned()),
        ("name", "User".to_owned()),
    ])
}
