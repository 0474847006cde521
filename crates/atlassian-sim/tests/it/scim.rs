//! User provisioning: the directory, its key and its listings.

use crate::client::{Client, Reply, segment, text};
use atlassian_sim::{
    AccountTruth, Endpoint, Envelope, Fault, FaultPlan, Guard, Hint, Org, OrgSpec, Simulator,
    SimulatorBuilder, Switches,
};
use serde_json::{Value, json};

pub(crate) const EXTERNAL: &str = "urn:scim:schemas:extension:atlassian-external:1.0";

/// A SCIM directory and the organization behind it.
pub(crate) struct Provider {
    pub(crate) org: Org,
    pub(crate) client: Client,
    pub(crate) base: String,
    admin: String,
}

impl Provider {
    pub(crate) async fn start(spec: OrgSpec) -> Self {
        Self::start_with(spec, |builder| builder).await
    }

    pub(crate) async fn start_with(
        spec: OrgSpec,
        with: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
    ) -> Self {
        let org = Org::generate(spec);
        let mut client = Client::start_with(&org, with(Simulator::builder(org.clone()))).await;
        let directory = org.scim_directories().next().expect("a directory");
        let (base, key) = (directory.path(), directory.key().to_owned());
        let admin = std::mem::replace(&mut client.key, key);
        Self {
            org,
            client,
            base,
            admin,
        }
    }

    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let target = format!("{}{path}", self.base);
        self.client.write(method, &target, body).await
    }

    /// Asks with the organization's key.
    pub(crate) async fn administer(&mut self, method: &str, target: &str, body: Option<&Value>) -> Reply {
        let key = std::mem::replace(&mut self.client.key, self.admin.clone());
        let reply = self.client.write(method, target, body).await;
        self.client.key = key;
        reply
    }

    pub(crate) async fn create(&mut self, email: &str) -> Value {
        let reply = self.ask("POST", "/Users", Some(&person(email))).await;
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    pub(crate) fn account(&self, keep: impl Fn(&AccountTruth) -> bool) -> AccountTruth {
        self.org
            .truth()
            .accounts()
            .find(|account| keep(account))
            .expect("such an account")
    }

    pub(crate) async fn agree(&mut self) {
        self.client.key = self.admin.clone();
        crate::truth::agree(&self.org, &mut self.client, 100).await;
    }
}

pub(crate) fn person(email: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": email,
        "emails": [{ "value": email, "type": "work", "primary": true }],
        "name": { "givenName": "Noa", "familyName": "Berg" },
        "displayName": "Noa Berg",
        "active": true,
    })
}

/// The refusal in one line: status, then the type of E6, the exception of the odd form, or the gateway's text.
pub(crate) fn refusal(reply: &Reply) -> String {
    if reply.status < 400 {
        return reply.status.to_string();
    }
    let body = reply.json();
    let said = [&body["scimType"], &body["scimErrorType"], &body["error"]];
    if body["status"].is_string() {
        assert_eq!(body["status"], reply.status.to_string());
    }
    let said = said.into_iter().find_map(Value::as_str).unwrap_or_default();
    format!("{} {said}", reply.status).trim_end().to_owned()
}

#[tokio::test]
async fn the_directory_describes_itself() {
    let mut provider = Provider::start(OrgSpec::small(10)).await;
    let config = provider.ask("GET", "/ServiceProviderConfig", None).await.json();
    assert_eq!(config["patch"]["supported"], true);
    assert_eq!(config["filter"]["maxResults"], 10_000);
    let types = provider.ask("GET", "/ResourceTypes", None).await.json();
    assert_eq!(types["totalResults"], 2);
    let schema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let schema = provider
        .ask("GET", &format!("/Schemas/{schema}"), None)
        .await
        .json();
    assert_eq!(schema["attributes"].as_array().map(Vec::len), Some(2));
    for (path, expected) in [
        ("/ResourceTypes/User", "200"),
        ("/ResourceTypes/Device", "404"),
        ("/Schemas/urn:other", "404"),
        ("/Me", "404"),
        ("/Bulk", "404"),
    ] {
        assert_eq!(
            refusal(&provider.ask("GET", path, None).await),
            expected,
            "{path}"
        );
    }
    // One identity provider puts a word in between.
    assert_eq!(provider.ask("GET", "/scim/Users?count=1", None).await.status, 200);
}

#[tokio::test]
async fn each_directory_takes_its_own_key_alone() {
    let mut provider = Provider::start(OrgSpec {
        directories: 2,
        ..OrgSpec::small(20)
    })
    .await;
    let other = provider
        .org
        .scim_directories()
        .nth(1)
        .expect("a second directory");
    let (path, key) = (other.path(), other.key().to_owned());
    let orgs = "/admin/v1/orgs";
    assert_eq!(provider.client.write("GET", orgs, None).await.status, 401);
    let users = format!("{}/Users", provider.base);
    assert_eq!(
        refusal(&provider.administer("GET", &users, None).await),
        "401 Unauthorized"
    );
    let foreign = provider.client.write("GET", &format!("{path}/Users"), None).await;
    assert_eq!(refusal(&foreign), "401 Unauthorized");
    assert!(foreign.json()["traceId"].is_string());
    provider.client.key = key;
    assert_eq!(
        provider
            .client
            .write("GET", &format!("{path}/Users"), None)
            .await
            .status,
        200
    );
    for (guard, expected) in [(Guard::Forbidden, "403 Forbidden"), (Guard::NotFound, "404")] {
        let switches = Switches {
            guard,
            ..Switches::default()
        };
        let mut provider =
            Provider::start_with(OrgSpec::small(10), |builder| builder.switches(switches)).await;
        let reply = provider.ask("GET", "/Users", None).await;
        assert_eq!(refusal(&reply), expected);
    }
}

/// What stands before SCIM does not speak it, whatever is asked for.
#[tokio::test]
async fn refusals_have_media_types_of_their_own() {
    let limited = Fault::RateLimited(Hint::Seconds(1), Envelope::Gateway);
    let plan = FaultPlan::none()
        .nth(Endpoint::ScimUsersList, 1, limited)
        .nth(Endpoint::ScimUsersList, 2, Fault::Status(503))
        .nth(Endpoint::ScimUsersList, 3, Fault::Status(403));
    let mut provider = Provider::start_with(OrgSpec::small(10), |builder| builder.faults(plan)).await;
    let mut ask = async |path: &str| {
        let target = format!("{}{path}", provider.base);
        let headers = [("accept", "application/scim+json")];
        let reply = provider.client.ask("GET", &target, &headers, None).await;
        let reply = reply.expect("an answer");
        let kind = reply.header("content-type").unwrap_or_default().to_owned();
        (reply.status, kind)
    };
    for (path, status, kind) in [
        ("/Users", 429, "application/scim+json"),
        ("/Users", 503, "application/scim+json"),
        ("/Users", 403, "application/json"),
        ("/Users/nobody", 404, "application/scim+json"),
        ("/Users", 200, "application/scim+json"),
    ] {
        assert_eq!(ask(path).await, (status, kind.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn listings_know_three_comparisons_and_a_hundred_rows() {
    let mut provider = Provider::start(OrgSpec::bench(600)).await;
    let all: Vec<_> = provider.org.truth().scim_users().collect();
    assert!(all.len() > 110, "{}", all.len());
    let mut seen = Vec::new();
    let mut start = 1;
    loop {
        let page = provider
            .ask("GET", &format!("/Users?startIndex={start}&count=200"), None)
            .await
            .json();
        assert_eq!(page["totalResults"], all.len());
        assert_eq!(page["itemsPerPage"], 100);
        let rows = page["Resources"].as_array().expect("rows").clone();
        if rows.is_empty() {
            break;
        }
        start += rows.len();
        seen.extend(rows);
    }
    let ids: Vec<&str> = seen.iter().map(|row| text(row, "id")).collect();
    assert_eq!(ids, all.iter().map(|user| user.id.as_str()).collect::<Vec<_>>());
    let default = provider.ask("GET", "/Users", None).await.json();
    assert_eq!(default["Resources"].as_array().map(Vec::len), Some(50));
    let (name, external) = (text(&seen[7], "userName"), text(&seen[7], "externalId"));
    let cases = [
        (format!("userName eq \"{name}\""), "1"),
        (format!("username EQ \"{}\"", name.to_uppercase()), "1"),
        (format!("externalId eq \"{external}\""), "1"),
        (format!("externalId eq \"{}\"", external.to_uppercase()), "0"),
        (format!("emails.value eq \"{name}\""), "400 invalidFilter"),
        (
            format!("emails[type eq \"work\"].value eq \"{name}\""),
            "400 invalidFilter",
        ),
        (format!("userName sw \"{name}\""), "400 invalidFilter"),
        ("userName pr".to_owned(), "400 invalidFilter"),
        ("active eq true".to_owned(), "400 invalidFilter"),
        (
            format!("userName eq \"{name}\" and externalId eq \"{external}\""),
            "400 invalidFilter",
        ),
    ];
    for (filter, expected) in cases {
        let reply = provider
            .ask("GET", &format!("/Users?filter={}", segment(&filter)), None)
            .await;
        let found = if reply.status == 200 {
            reply.json()["totalResults"].to_string()
        } else {
            refusal(&reply)
        };
        assert_eq!(found, expected, "{filter}");
    }
    for (query, expected) in [
        ("count=0", "200"),
        ("startIndex=0", "200"),
        ("count=ten", "400 invalidValue"),
        ("attributes=id&excludedAttributes=name", "400 invalidValue"),
    ] {
        let reply = provider.ask("GET", &format!("/Users?{query}"), None).await;
        assert_eq!(refusal(&reply), expected, "{query}");
    }
    let one = format!("/Users/{}", ids[0]);
    let some = provider
        .ask("GET", &format!("{one}?attributes=userName,name.givenName"), None)
        .await
        .json();
    let keys: Vec<&String> = some.as_object().expect("a user").keys().collect();
    assert_eq!(keys, ["id", "name", "schemas", "userName"]);
    assert!(some["name"].get("familyName").is_none());
    let rest = provider
        .ask(
            "GET",
            &format!("{one}?excludedAttributes=emails,name.givenName"),
            None,
        )
        .await
        .json();
    assert!(rest.get("emails").is_none() && rest["name"].get("givenName").is_none());
    assert!(rest["name"].get("familyName").is_some());
}

/// Injected failures come in the form of the surface that they strike.
#[tokio::test]
async fn failures_have_the_forms_of_scim() {
    for (status, expected) in [
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (409, "409 uniqueness"),
        (503, "503"),
    ] {
        let plan = FaultPlan::none().nth(Endpoint::ScimUsersList, 1, Fault::Status(status));
        let mut provider = Provider::start_with(OrgSpec::small(10), |builder| builder.faults(plan)).await;
        assert_eq!(refusal(&provider.ask("GET", "/Users", None).await), expected);
        assert_eq!(provider.ask("GET", "/Users", None).await.status, 200);
    }
}
