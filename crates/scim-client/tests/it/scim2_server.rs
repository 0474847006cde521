//! The client against a SCIM server that others wrote: scim2-server, in the versions of
//! `fixtures/scim-client/requirements.txt`.
//!
//! The variable `SCIM2_SERVER` names its program. Without it these tests are skipped, which they say on stderr; `.ci/run`
//! sets it, and `cargo xtask ci` refuses tests that are skipped.

use futures_util::TryStreamExt;
use http_kit::{Cursor, ReqwestTransport};
use scim_client::*;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const TOKEN: &str = "token-of-the-test";
const CONFIG: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../fixtures/scim-client/scim2-server-config.json"
);
const ALL: Selection = Selection::Default;

/// A server of one test, stopped with it. It keeps nothing.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts a server, if there is one to start.
    fn start() -> Option<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the program of the server is a matter of the machine, not of the crate"
        )]
        let program = std::env::var_os("SCIM2_SERVER");
        let Some(program) = program.filter(|program| !program.is_empty()) else {
            // Not `eprintln!`, which the test harness keeps to itself when a test passes. The gate refuses such lines.
            let why = "skipped: a test against scim2-server: SCIM2_SERVER does not name its program, .ci/run installs it";
            writeln!(std::io::stderr(), "{why}").expect("stderr can be written");
            return None;
        };
        // Another process may take the port between the two; then the next one is tried.
        (0..5)
            .find_map(|_| Self::serve(Command::new(&program)))
            .or_else(|| panic!("{} does not serve", program.display()))
    }

    fn serve(mut program: Command) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port().to_string();
        drop(free);
        let mut process = program
            .args(["--port", &port, "--bearer-token", TOKEN])
            .args(["--service-provider-config", CONFIG])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program of the server can be run");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("Serving SCIM on ")?.to_owned()));
        let served = Self {
            address: address.clone().unwrap_or_default(),
            process,
        };
        address.map(|_| served)
    }

    fn client_with(&self, token: &str, profile: Profile) -> ScimClient {
        let transport = Arc::new(ReqwestTransport::builder().build().expect("a transport"));
        let base = self.address.parse().expect("an address");
        let http = http_builder(transport, base, Secret::from(token.to_owned()));
        ScimClient::new(http.build().expect("a client"), profile)
    }

    /// A client that knows what the server offers.
    async fn client(&self) -> ScimClient {
        let client = self.client_with(TOKEN, Profile::rfc());
        let config = client.discovery().config().await.expect("the configuration");
        self.client_with(TOKEN, Profile::rfc().restricted_by(&config))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A test with a server and a client of it.
macro_rules! with_server {
    ($(async fn $name:ident($server:ident, $client:ident) $body:block)+) => {
        $(#[tokio::test]
        async fn $name() {
            let Some($server) = Server::start() else { return };
            let $client = $server.client().await;
            $body
            drop($server);
        })+
    };
}

fn ines() -> User {
    let mut user = User::new("ines.calder@larkspur.example");
    user.external_id = Some("00u1k2l3m4".into());
    user.display_name = Some("Ines Calder".into());
    user.nick_name = Some("Ini".into());
    user.title = Some("Platform lead".into());
    user.active = Some(Flag(true));
    let mut name = Name::default();
    name.given_name = Some("Ines".into());
    name.family_name = Some("Calder".into());
    user.name = Some(name);
    user.emails = vec![
        MultiValued::new("ines.calder@larkspur.example")
            .of_type(ValueType::Work)
            .primary(),
        MultiValued::new("ines@home.example").of_type(ValueType::Home),
    ];
    let mut enterprise = EnterpriseUser::default();
    enterprise.department = Some("Platform".into());
    enterprise.employee_number = Some("417".into());
    user.enterprise = Some(enterprise);
    user
}

/// What a client says, apart from what the server adds.
fn said(user: &User) -> User {
    let mut user = user.clone();
    user.schemas.clear();
    user
}

fn by(filter: Filter) -> Query {
    Query::builder().filter(filter).build().unwrap()
}

async fn names(client: &ScimClient, query: &Query) -> Vec<String> {
    let page = client.users().list(query, None).await.unwrap();
    assert!(page.bad_rows.is_empty(), "{:?}", page.bad_rows);
    page.items
        .iter()
        .map(|user| user.resource.user_name.as_deref().unwrap().to_owned())
        .collect()
}

fn kind<T: std::fmt::Debug>(result: Result<T, ScimError>) -> ScimErrorKind {
    result.unwrap_err().kind()
}

with_server! {
    async fn what_it_says_of_itself(server, client) {
        let discovery = client.discovery();
        let config = discovery.config().await.unwrap();
        assert!(config.patch.is_offered() && config.bulk.is_offered() && config.etag.is_offered());
        assert_eq!(config.bulk.max_operations, Some(10));
        assert!(config.pagination.unwrap().by_cursor());
        assert_eq!(client.profile().page_size(), 50);

        let schemas = discovery.schemas().await.unwrap();
        assert!(schemas.bad_rows.is_empty(), "{:?}", schemas.bad_rows);
        let ids: BTreeSet<&str> = schemas.items.iter().filter_map(|schema| schema.id.as_deref()).collect();
        assert!(ids.is_superset(&BTreeSet::from([USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_SCHEMA])), "{ids:?}");
        let user = discovery.schema(USER_SCHEMA).await.unwrap();
        let attribute = |name: &str| user.attributes.iter().find(|it| it.name.as_deref() == Some(name)).unwrap();
        assert_eq!(attribute("userName").uniqueness, Some(Uniqueness::Server));
        assert_eq!(attribute("password").mutability, Some(Mutability::WriteOnly));
        assert!(attribute("emails").sub_attributes.len() >= 4);
        assert!(user.extra.is_empty() && user.attributes.iter().all(|it| it.extra.is_empty()));

        let types = discovery.resource_types().await.unwrap();
        assert_eq!((types.items.len(), types.bad_rows.len()), (2, 0));
        let group = discovery.resource_type("Group").await.unwrap();
        assert_eq!(group.endpoint.as_deref(), Some("/Groups"));
        assert_eq!(kind(discovery.schema("urn:nothing").await), ScimErrorKind::NotFound);
        assert_eq!(kind(discovery.resource_type("Boat").await), ScimErrorKind::NotFound);
    }

    async fn the_life_of_a_user(server, client) {
        let users = client.users();
        let created = users.create(&ines(), &ALL).await.unwrap().stored.unwrap();
        assert_eq!(said(&created.resource), ines());
        assert_eq!(created.resource.schemas, [USER_SCHEMA, ENTERPRISE_SCHEMA]);
        let meta = created.meta.as_ref().unwrap();
        assert!(meta.created.as_ref().unwrap().timestamp().is_some());
        assert!(meta.location.as_ref().unwrap().ends_with(created.id.as_str()));
        assert_eq!(users.get(&created.id, &ALL).await.unwrap(), created);

        let only = users.get(&created.id, &Selection::only(["name.givenName"]).unwrap()).await.unwrap();
        assert_eq!((only.resource.user_name, only.resource.emails.len()), (None, 0));
        assert_eq!(only.resource.name.unwrap().given_name.as_deref(), Some("Ines"));
        let without = Selection::except([ENTERPRISE_SCHEMA, "emails.type"]).unwrap();
        let without = users.get(&created.id, &without).await.unwrap().resource;
        assert_eq!((without.enterprise, without.emails[0].kind.as_ref()), (None, None));

        let mut changed = created.resource.clone();
        changed.title = None;
        changed.emails.truncate(1);
        let options = WriteOptions::default().if_match(created.etag().unwrap().clone());
        let replaced = users.replace(&created.id, &changed, &options).await.unwrap();
        assert_ne!(replaced.etag.as_ref(), created.etag());
        assert_eq!(said(&replaced.stored.unwrap().resource), said(&changed));

        let patch = Patch::builder()
            .replace("active", false)
            .replace(r#"emails[type eq "work"].value"#, "ines@larkspur.example")
            .add("phoneNumbers", [MultiValued::new("tel:+351-21-000").of_type(ValueType::Mobile)])
            .replace_attributes(json!({"displayName": "I. Calder"}))
            .replace(PatchPath::parse(&format!("{ENTERPRISE_SCHEMA}:department")).unwrap(), "Core")
            .remove("nickName")
            .build()
            .unwrap();
        // Answered without the user unless attributes are asked for.
        let bare = users.patch(&created.id, &patch, &WriteOptions::default()).await.unwrap();
        assert!(bare.stored.is_none() && bare.etag.is_some());
        let options = WriteOptions::default().selection(Selection::only(["active"]).unwrap());
        let told = users.patch(&created.id, &patch, &options).await.unwrap();
        assert_eq!(told.stored.unwrap().resource.active, Some(Flag(false)));
        let user = users.get(&created.id, &ALL).await.unwrap().resource;
        assert_eq!(user.primary_email().unwrap(), &"ines@larkspur.example");
        assert_eq!((user.nick_name.as_deref(), user.display_name.as_deref()), (None, Some("I. Calder")));
        assert_eq!((user.phone_numbers.len(), user.name), (1, ines().name));
        assert_eq!(user.enterprise.unwrap().department.as_deref(), Some("Core"));

        assert_eq!(users.count(None).await.unwrap(), 1);
        users.delete(&created.id, None).await.unwrap();
        assert_eq!(kind(users.get(&created.id, &ALL).await), ScimErrorKind::NotFound);
        assert_eq!(kind(users.delete(&created.id, None).await), ScimErrorKind::NotFound);
        assert_eq!(users.count(None).await.unwrap(), 0);
    }

    async fn what_is_found(server, client) {
        let users = client.users();
        let odd = [
            r#"quo"te"#, r"back\slash", "per%20cent&a=b+c#d", "spa ce", "Zoë 😀", "tab\tbed", "[a eq \"b\"]",
        ];
        for name in odd {
            let mut user = User::new(name);
            user.title = Some(name.into());
            users.create(&user, &ALL).await.unwrap();
        }
        users.create(&ines(), &ALL).await.unwrap();
        for name in odd {
            assert_eq!(names(&client, &by(Filter::eq("userName", name).unwrap())).await, [name]);
            let found = users.search(&by(Filter::eq("title", name).unwrap()), None).await.unwrap();
            assert_eq!(found.items.len(), 1, "{name}");
        }
        let just_ines = ["ines.calder@larkspur.example"];
        for filter in [
            r#"externalId eq "00u1k2l3m4""#,
            r#"emails[type eq "work" and value ew "@larkspur.example"]"#,
            r#"emails.value co "home.example" and not (title pr and active eq false)"#,
            r#"name.familyName sw "Cal" or userName eq "nobody""#,
            r#"active eq true"#,
            r#"meta.created gt "2020-01-01T00:00:00Z" and nickName ne "x" and nickName pr"#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "417""#,
        ] {
            assert_eq!(names(&client, &by(Filter::parse(filter).unwrap())).await, just_ines, "{filter}");
        }
        assert_eq!(names(&client, &by(Filter::eq("userName", "nobody").unwrap())).await, [""; 0]);
        assert_eq!(users.count(Some(&Filter::pr("title").unwrap())).await.unwrap(), 8);
    }

    async fn the_life_of_a_group(server, client) {
        let (users, groups) = (client.users(), client.groups());
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            ids.push(users.create(&User::new(name), &ALL).await.unwrap().id);
        }
        let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut group = Group::new("eng-platform");
        group.members = vec![Member::user(&ids[0])];
        let created = groups.create(&group, &ALL).await.unwrap().stored.unwrap();
        let members = async || {
            let group = groups.get(&created.id, &ALL).await.unwrap().resource;
            // This server gives back what it was sent, and the type of a member is optional (RFC 7643 §4.2).
            let ids = group.members.iter().filter_map(|member| member.value.as_ref());
            ids.map(|id| id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(members().await, texts[..1]);
        let join = Patch::builder().add_members(&ids[1..]).build().unwrap();
        groups.patch(&created.id, &join, &WriteOptions::default()).await.unwrap();
        assert_eq!(members().await, texts);
        let leave = Patch::builder().remove_members([&ids[0], &ids[2]]).build().unwrap();
        groups.patch(&created.id, &leave, &WriteOptions::default()).await.unwrap();
        assert_eq!(members().await, texts[1..2]);
        let rename = Patch::builder().replace("displayName", "eng-core").build().unwrap();
        groups.patch(&created.id, &rename, &WriteOptions::default()).await.unwrap();
        let found = groups.list(&by(Filter::eq("displayName", "eng-core").unwrap()), None).await.unwrap();
        assert_eq!(found.items[0].id, created.id);
        let empty = Group::new("eng-core");
        let replaced = groups.replace(&created.id, &empty, &WriteOptions::default()).await.unwrap();
        assert!(replaced.stored.unwrap().resource.members.is_empty());
        groups.delete(&created.id, None).await.unwrap();
        assert_eq!(kind(groups.get(&created.id, &ALL).await), ScimErrorKind::NotFound);
    }

    async fn pages(server, client) {
        let users = client.users();
        let all: Vec<String> = (0..23).map(|number| format!("user-{number:02}")).collect();
        for name in &all {
            users.create(&User::new(name), &ALL).await.unwrap();
        }
        for paging in [Paging::Index, Paging::Cursor] {
            let query = |order| {
                let query = Query::builder().sort_by("userName", order).page_size(5).paging(paging);
                query.build().unwrap()
            };
            let name = |user: &Stored<User>| user.resource.user_name.as_deref().unwrap().to_owned();
            let up: Vec<_> = users.list_stream(query(SortOrder::Ascending), None).try_collect().await.unwrap();
            let sizes: Vec<usize> = up.iter().map(|page| page.items.len()).collect();
            assert_eq!(sizes, [5, 5, 5, 5, 3], "{paging:?}");
            assert!(up.iter().all(|page| page.bad_rows.is_empty()));
            let listed: Vec<String> = up.iter().flat_map(|page| page.items.iter().map(name)).collect();
            assert_eq!(listed, all);
            let down: Vec<_> = users.search_stream(query(SortOrder::Descending), None).try_collect().await.unwrap();
            let listed: Vec<String> = down.iter().flat_map(|page| page.items.iter().map(name)).rev().collect();
            assert_eq!(listed, all);
            // Another client goes on from the text of a cursor.
            let text = serde_json::to_string(&up[2].next).unwrap();
            let from: Option<Cursor> = serde_json::from_str(&text).unwrap();
            let rest = server.client().await.users().list_stream(query(SortOrder::Ascending), from);
            let rest: Vec<_> = rest.try_collect().await.unwrap();
            let listed: Vec<String> = rest.iter().flat_map(|page| page.items.iter().map(name)).collect();
            assert_eq!(listed, all[15..]);
        }
        let garbage: Cursor = serde_json::from_value(json!("cursor:5:garbage")).unwrap();
        let error = users.list(&Query::default(), Some(&garbage)).await.unwrap_err();
        assert_eq!((error.kind(), error.scim_type()), (ScimErrorKind::CursorRefused, Some(ScimType::InvalidCursor)));
    }

    async fn resources_of_every_kind(server, client) {
        let user = client.users().create(&ines(), &ALL).await.unwrap().stored.unwrap();
        let group = client.groups().create(&Group::new("eng"), &ALL).await.unwrap().stored.unwrap();
        let found = client.search(&Query::default(), None).await.unwrap();
        assert!(found.bad_rows.is_empty(), "{:?}", found.bad_rows);
        assert_eq!(found.items.len(), 2);
        assert!(found.items.iter().any(|row| matches!(row, AnyResource::User(it) if it.id == user.id)));
        assert!(found.items.iter().any(|row| matches!(row, AnyResource::Group(it) if it.id == group.id)));
    }

    async fn versions(server, client) {
        let users = client.users();
        let created = users.create(&ines(), &ALL).await.unwrap().stored.unwrap();
        let first = created.etag().unwrap().clone();
        assert_eq!(created.meta.as_ref().unwrap().version.as_ref(), Some(&first));
        assert_eq!(users.get_unless(&created.id, &first, &ALL).await.unwrap(), None);
        let patch = Patch::builder().replace("title", "Advisor").build().unwrap();
        let options = WriteOptions::default().if_match(first.clone());
        let second = users.patch(&created.id, &patch, &options).await.unwrap().etag.unwrap();
        assert_ne!(first, second);
        let changed = users.get_unless(&created.id, &first, &ALL).await.unwrap().unwrap();
        assert_eq!(changed.etag(), Some(&second));
        let stale = users.replace(&created.id, &ines(), &options).await;
        assert_eq!(kind(stale), ScimErrorKind::VersionMismatch);
        let undo = Patch::builder().remove("title").build().unwrap();
        assert_eq!(kind(users.patch(&created.id, &undo, &options).await), ScimErrorKind::VersionMismatch);
        assert_eq!(kind(users.delete(&created.id, Some(&first)).await), ScimErrorKind::VersionMismatch);
        users.delete(&created.id, Some(&second)).await.unwrap();
    }

    async fn what_goes_wrong(server, client) {
        let users = client.users();
        let created = users.create(&ines(), &ALL).await.unwrap().stored.unwrap();
        let taken = users.create(&ines(), &ALL).await.unwrap_err();
        assert_eq!((taken.kind(), taken.scim_type()), (ScimErrorKind::Taken, Some(ScimType::Uniqueness)));
        assert_eq!(taken.api().unwrap().status(), Some(409));
        let patch = async |patch: PatchBuilder| {
            let patch = patch.build().unwrap();
            kind(users.patch(&created.id, &patch, &WriteOptions::default()).await)
        };
        assert_eq!(
            patch(Patch::builder().replace(r#"emails[type eq "other"].value"#, "x@y.example")).await,
            ScimErrorKind::NoTarget
        );
        assert_eq!(patch(Patch::builder().replace("active", "perhaps")).await, ScimErrorKind::Invalid);
        assert_eq!(patch(Patch::builder().remove("userName")).await, ScimErrorKind::Immutable);
        let foreign = server.client_with("another", Profile::rfc());
        assert_eq!(kind(foreign.users().list(&Query::default(), None).await), ScimErrorKind::NotAuthenticated);
        assert_eq!(kind(client.me().get(&ALL).await), ScimErrorKind::NotOffered);
        assert_eq!(kind(users.list(&by(Filter::gt("active", true).unwrap()), None).await), ScimErrorKind::InvalidFilter);
        let too_many = Query::builder().page_size(51).build().unwrap();
        assert_eq!(kind(users.list(&too_many, None).await), ScimErrorKind::Refused);
    }

    async fn several_operations_at_once(server, client) {
        let old = client.users().create(&User::new("old"), &ALL).await.unwrap().stored.unwrap();
        let ines = BulkOperation::create("u1", &ines()).unwrap();
        let mut team = Group::new("eng");
        team.members = vec![Member::user(&UserId::from_server(&ines.reference().unwrap()))];
        let off = Patch::builder().replace("active", false).build().unwrap();
        let stale = ETag::parse("W/\"stale\"").unwrap();
        let request = BulkRequest::builder()
            .operation(BulkOperation::create("g1", &team).unwrap())
            .operation(ines)
            .operation(BulkOperation::create("u2", &User::new("old")).unwrap())
            .operation(BulkOperation::patch::<User>(&old.id, &off))
            .operation(BulkOperation::delete::<User>(&old.id).if_match(stale))
            .operation(BulkOperation::delete::<User>(&old.id))
            .build()
            .unwrap();
        let response = client.bulk(&request).await.unwrap();
        assert_eq!((response.unanswered, response.bad_rows.len()), (0, 0));
        let statuses: Vec<u16> = response.outcomes.iter().map(|outcome| outcome.status).collect();
        assert_eq!(statuses, [201, 201, 409, 200, 412, 204]);
        assert_eq!(response.outcomes[2].error_kind(), Some(ScimErrorKind::Taken));
        assert_eq!(response.outcomes[4].error_kind(), Some(ScimErrorKind::VersionMismatch));
        let group = GroupId::from_server(&response.outcomes[0].id().unwrap());
        let group = client.groups().get(&group, &ALL).await.unwrap();
        let member = group.resource.members[0].value.as_deref();
        assert_eq!(member, response.outcomes[1].id().as_deref());

        let one = || BulkOperation::delete::<User>(&old.id);
        let many = (0..11).fold(BulkRequest::builder(), |request, _| request.operation(one()));
        assert_eq!(kind(client.bulk(&many.build().unwrap()).await), ScimErrorKind::Refused);
        let unrestricted = server.client_with(TOKEN, Profile::rfc());
        let many = (0..11).fold(BulkRequest::builder(), |request, _| request.operation(one()));
        assert_eq!(kind(unrestricted.bulk(&many.build().unwrap()).await), ScimErrorKind::TooLarge);
    }
}
