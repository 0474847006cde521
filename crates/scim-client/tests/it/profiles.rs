//! What each profile lets through and what it refuses, with the rule; and that nothing refused is sent.

use crate::support::{client, fixture, group, user, written};
use scim_client::*;
use serde_json::json;

fn filtered(filter: &str) -> Query {
    let filter = Filter::parse(filter).unwrap();
    Query::builder().filter(filter).build().unwrap()
}

fn sized(size: u32) -> Query {
    Query::builder().page_size(size).build().unwrap()
}

fn sorted() -> Query {
    Query::builder()
        .sort_by("userName", SortOrder::Ascending)
        .build()
        .unwrap()
}

fn selecting(selection: Selection) -> Query {
    Query::builder().selection(selection).build().unwrap()
}

fn by_cursor() -> Query {
    Query::builder().paging(Paging::Cursor).build().unwrap()
}

/// A user that Atlassian takes, with something more.
fn user_with(change: impl FnOnce(&mut User)) -> User {
    let mut user = User::new("ines");
    user.emails = vec![MultiValued::new("ines@larkspur.example").primary()];
    change(&mut user);
    user
}

fn group_with(change: impl FnOnce(&mut Group)) -> Group {
    let mut group = Group::new("eng");
    change(&mut group);
    group
}

pub(crate) fn patched(build: impl FnOnce(PatchBuilder) -> PatchBuilder) -> Patch {
    build(Patch::builder()).build().unwrap()
}

fn enterprise(change: impl FnOnce(&mut EnterpriseUser)) -> Option<EnterpriseUser> {
    let mut enterprise = EnterpriseUser::default();
    change(&mut enterprise);
    Some(enterprise)
}

/// What a profile says, in a line.
fn said(result: Result<(), ProfileError>) -> String {
    match result {
        Ok(()) => "sent".to_owned(),
        Err(error) => format!("{}: {}", error.parameter(), error.rule()),
    }
}

/// A request with what the two profiles say to it.
pub(crate) fn line(name: &str, check: impl Fn(&Profile) -> Result<(), ProfileError>) -> String {
    let [rfc, atlassian] = [Profile::rfc(), Profile::atlassian()].map(|profile| said(check(&profile)));
    format!("{name}\n  rfc        {rfc}\n  atlassian  {atlassian}")
}

#[test]
fn listings() {
    use ResourceKind::{Group, User};
    let cases = [
        ("users, everything", User, Query::default()),
        ("users, userName", User, filtered(r#"userName eq "a""#)),
        ("users, USERNAME", User, filtered(r#"USERNAME EQ "a""#)),
        ("users, externalId", User, filtered(r#"externalId eq "a""#)),
        ("users, displayName", User, filtered(r#"displayName eq "a""#)),
        ("users, id", User, filtered(r#"id eq "a""#)),
        ("users, active", User, filtered("active eq true")),
        ("users, a number", User, filtered("externalId eq 7")),
        ("users, sw", User, filtered(r#"userName sw "a""#)),
        ("users, pr", User, filtered("userName pr")),
        (
            "users, and",
            User,
            filtered(r#"userName eq "a" and externalId eq "b""#),
        ),
        (
            "users, or",
            User,
            filtered(r#"userName eq "a" or userName eq "b""#),
        ),
        ("users, not", User, filtered(r#"not (userName eq "a")"#)),
        ("users, brackets", User, filtered(r#"emails[value eq "a"]"#)),
        ("users, a part", User, filtered(r#"userName.x eq "a""#)),
        (
            "users, with schema",
            User,
            filtered(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a""#),
        ),
        ("users, sorted", User, sorted()),
        ("users, 100", User, sized(100)),
        ("users, 101", User, sized(101)),
        ("users, 1001", User, sized(1001)),
        ("users, by cursor", User, by_cursor()),
        (
            "users, attributes",
            User,
            selecting(Selection::only(["userName"]).unwrap()),
        ),
        (
            "users, excludedAttributes",
            User,
            selecting(Selection::except(["groups"]).unwrap()),
        ),
        ("groups, displayName", Group, filtered(r#"displayName eq "a""#)),
        ("groups, userName", Group, filtered(r#"userName eq "a""#)),
        (
            "groups, attributes",
            Group,
            selecting(Selection::only(["members"]).unwrap()),
        ),
        (
            "groups, excludedAttributes",
            Group,
            selecting(Selection::except(["members"]).unwrap()),
        ),
    ];
    let lines: Vec<String> = cases
        .iter()
        .map(|(name, kind, query)| line(name, |profile| profile.check_query(*kind, query)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn users() {
    let email = |value: &str| MultiValued::new(value);
    let cases = [
        ("the least", user_with(|_| {})),
        ("no name", user_with(|user| user.user_name = None)),
        (
            "a blank name",
            user_with(|user| user.user_name = Some("  ".into())),
        ),
        ("no address", user_with(|user| user.emails.clear())),
        (
            "no primary address",
            user_with(|user| user.emails = vec![email("a"), email("b")]),
        ),
        (
            "two primary addresses",
            user_with(|user| user.emails = vec![email("a").primary(), email("b").primary()]),
        ),
        (
            "what the vendor lists",
            user_with(|user| {
                user.external_id = Some("x".into());
                user.display_name = Some("x".into());
                user.nick_name = Some("x".into());
                user.title = Some("x".into());
                user.preferred_language = Some("x".into());
                user.timezone = Some("x".into());
                user.phone_numbers = vec![email("x")];
                user.active = Some(Flag(false));
                user.enterprise = enterprise(|it| {
                    it.organization = Some("x".into());
                    it.department = Some("x".into());
                });
                user.extra.set("department", json!("x"));
            }),
        ),
        (
            "a password",
            user_with(|user| user.password = Some(Password::from("x".to_owned()))),
        ),
        (
            "profileUrl",
            user_with(|user| user.profile_url = Some("x".into())),
        ),
        ("userType", user_with(|user| user.user_type = Some("x".into()))),
        ("locale", user_with(|user| user.locale = Some("x".into()))),
        ("ims", user_with(|user| user.ims = vec![email("x")])),
        ("photos", user_with(|user| user.photos = vec![email("x")])),
        (
            "addresses",
            user_with(|user| user.addresses = vec![Address::default()]),
        ),
        (
            "entitlements",
            user_with(|user| user.entitlements = vec![email("x")]),
        ),
        ("roles", user_with(|user| user.roles = vec![email("x")])),
        (
            "certificates",
            user_with(|user| user.x509_certificates = vec![email("x")]),
        ),
        (
            "two primary roles",
            user_with(|user| user.roles = vec![email("x").primary(), email("y").primary()]),
        ),
        (
            "employeeNumber",
            user_with(|user| user.enterprise = enterprise(|it| it.employee_number = Some("7".into()))),
        ),
        (
            "a manager",
            user_with(|user| user.enterprise = enterprise(|it| it.manager = Some(Manager::default()))),
        ),
        (
            "groups of the server",
            user_with(|user| user.groups = vec![email("x")]),
        ),
        (
            "another extension",
            user_with(|user| user.set_extension("urn:x:1.0:Y", &json!({"a": 1})).unwrap()),
        ),
    ];
    let lines: Vec<String> = cases
        .iter()
        .map(|(name, user)| {
            let created = line(name, |profile| profile.check_creation(user));
            let replaced = line(name, |profile| profile.check_replacement(user));
            assert_eq!(created, replaced);
            created
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn groups() {
    let cases = [
        ("the least", group_with(|_| {})),
        ("no name", group_with(|group| group.display_name = None)),
        (
            "a user",
            group_with(|group| group.members = vec![Member::user(&user())]),
        ),
        (
            "a group",
            group_with(|group| group.members = vec![Member::group(&crate::support::group())]),
        ),
        (
            "externalId",
            group_with(|group| group.external_id = Some("x".into())),
        ),
    ];
    let mut lines = Vec::new();
    for (name, group) in &cases {
        lines.push(line(&format!("create, {name}"), |profile| {
            profile.check_creation(group)
        }));
        lines.push(line(&format!("replace, {name}"), |profile| {
            profile.check_replacement(group)
        }));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// What Atlassian does not have is refused by every operation that would need it, and not sent.
#[tokio::test]
async fn what_is_refused_is_not_sent() {
    let (client, transport) = client(Profile::atlassian(), vec![]);
    let all = Selection::Default;
    let (users, groups, me) = (client.users(), client.groups(), client.me());
    let etag = ETag::parse("W/\"1\"").unwrap();
    let guarded = WriteOptions::default().if_match(etag.clone());
    let plain = WriteOptions::default();
    let ines = user_with(|_| {});
    let off = patched(|it| it.replace("active", false));
    let join = patched(|it| it.add_members([&user()]));
    let some = Selection::only(["members"]).unwrap();
    let bulk = BulkRequest::builder()
        .operation(BulkOperation::delete::<User>(&user()))
        .build()
        .unwrap();
    let refused = [
        users.search(&Query::default(), None).await.map(drop),
        client.search(&Query::default(), None).await.map(drop),
        users.get_unless(&user(), &etag, &all).await.map(drop),
        users.replace(&user(), &ines, &guarded).await.map(drop),
        users.patch(&user(), &off, &guarded).await.map(drop),
        users.delete(&user(), Some(&etag)).await.map(drop),
        users.create(&User::new("ines"), &all).await.map(drop),
        users.list(&sorted(), None).await.map(drop),
        users.list(&sized(500), None).await.map(drop),
        users.count(Some(&Filter::pr("title").unwrap())).await.map(drop),
        groups.get(&group(), &some).await.map(drop),
        groups.create(&Group::default(), &all).await.map(drop),
        groups
            .patch(&group(), &join, &WriteOptions::default().selection(some))
            .await
            .map(drop),
        me.get(&all).await.map(drop),
        me.get_unless(&etag, &all).await.map(drop),
        me.create(&ines, &all).await.map(drop),
        me.replace(&ines, &plain).await.map(drop),
        me.patch(&off, &plain).await.map(drop),
        me.delete(None).await.map(drop),
        client.bulk(&bulk).await.map(drop),
    ];
    let lines: Vec<String> = refused
        .into_iter()
        .map(|refused| {
            let error = refused.unwrap_err();
            assert_eq!(
                (error.kind(), error.api().is_none()),
                (ScimErrorKind::Refused, true)
            );
            assert!(error.refusal().is_some() && error.hint().is_none());
            error.to_string()
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert!(transport.requests().is_empty());
}

#[test]
fn what_a_server_says_of_itself() {
    let config = |text: &str| serde_json::from_str::<ServiceProviderConfig>(text).unwrap();
    let checks = |profile: &Profile| {
        let query = |query: Query| said(profile.check_query(ResourceKind::User, &query));
        let change =
            said(profile.check_change(ResourceKind::User, &patched(|it| it.replace("active", true))));
        [
            format!("  filter  {}", query(filtered(r#"userName eq "a""#))),
            format!("  sort    {}", query(sorted())),
            format!("  cursor  {}", query(by_cursor())),
            format!("  index   {}", query(Query::default())),
            format!("  100     {}", query(sized(100))),
            format!("  patch   {change}"),
            format!("  page    {}", profile.page_size()),
        ]
        .join("\n")
    };
    let mut lines = Vec::new();
    for (name, text) in [
        ("nothing said", "{}"),
        ("brightwater", fixture!("rfc-config")),
        ("atlassian", fixture!("atlassian-config")),
        (
            "a small server",
            r#"{"patch":{"supported":"False"},"filter":{"supported":false,"maxResults":0},"sort":null,
                "pagination":{"cursor":true,"index":false,"maxPageSize":20}}"#,
        ),
    ] {
        let profile = Profile::rfc().restricted_by(&config(text));
        lines.push(format!("{name}\n{}", checks(&profile)));
    }
    // What a profile refuses stays refused, whatever the server promises.
    let atlassian = Profile::atlassian().restricted_by(&config(fixture!("rfc-config")));
    lines.push(format!(
        "atlassian that promises everything\n{}",
        checks(&atlassian)
    ));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_operations_do_beyond_the_directory() {
    let [rfc, atlassian] = [Profile::rfc(), Profile::atlassian()].map(|profile| *profile.effects());
    assert_eq!(rfc.creation, CreationEffect::Creates);
    assert_eq!(rfc.deletion, DeletionEffect::Deletes);
    assert_eq!(rfc.rate, RateExpectation::Unknown);
    assert_eq!(atlassian.creation, CreationEffect::CreatesOrLinks);
    assert_eq!(atlassian.deletion, DeletionEffect::Deactivates);
    assert_eq!(atlassian.rate, RateExpectation::Unpublished);
}

#[tokio::test]
async fn a_profile_has_a_name_for_its_errors() {
    let profile = Profile::rfc().named("brightwater");
    let error = profile.check_creation(&User::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "userName cannot be sent in users.create to brightwater: RFC 7643 §4.1.1 requires it"
    );
    assert_eq!(
        (error.profile(), error.operation()),
        ("brightwater", "users.create")
    );
}

#[test]
fn the_account_behind_a_user() {
    let account = |text: &str| {
        let user: Stored<User> = serde_json::from_str(text).unwrap();
        user.atlassian_account_id().map(|id| id.to_string())
    };
    assert_eq!(
        account(fixture!("atlassian-user")).as_deref(),
        Some("712020:0b7c4e1f-93aa-4d15-8f60-2c7de91b54a3")
    );
    assert_eq!(account(fixture!("atlassian-user-unlinked")), None);
    assert_eq!(account(r#"{"id":"1"}"#), None);
    assert_eq!(
        account(&format!(r#"{{"id":"1","{ATLASSIAN_EXTENSION}":{{}}}}"#)),
        None
    );
}

#[test]
fn addresses_of_directories() {
    let url = |host, id| atlassian_url(host, id).map(|url| url.to_string());
    let base = "https://api.atlassian.com/scim/directory/";
    assert_eq!(
        url(ATLASSIAN_URL, " 7d0f3c18 ").unwrap(),
        format!("{base}7d0f3c18")
    );
    assert_eq!(
        url("http://127.0.0.1:8080/sim/", "a:b").unwrap(),
        "http://127.0.0.1:8080/sim/scim/directory/a:b"
    );
    for (host, id, parameter) in [
        (ATLASSIAN_URL, "", "directory id"),
        (ATLASSIAN_URL, "..", "directory id"),
        (ATLASSIAN_URL, "a/b", "directory id"),
        (ATLASSIAN_URL, "a?b", "directory id"),
        ("not an address", "a", "host"),
        ("mailto:a@b.example", "a", "host"),
    ] {
        assert_eq!(url(host, id).unwrap_err().parameter(), parameter);
    }
}

/// What Atlassian said about a user can be given back to it: what only the vendor sets stays at home.
#[tokio::test]
async fn what_was_read_can_be_written() {
    for text in [fixture!("atlassian-user"), fixture!("atlassian-user-unlinked")] {
        let stored: Stored<User> = serde_json::from_str(text).unwrap();
        let (client, transport) = client(Profile::atlassian(), vec![crate::support::reply(200, text)]);
        let written_back = client
            .users()
            .replace(&stored.id, &stored.resource, &WriteOptions::default())
            .await
            .unwrap();
        assert_eq!(written_back.stored.unwrap(), stored);
        let sent = written(&transport.requests()[0]);
        for private in [ATLASSIAN_EXTENSION, "\"meta\"", "\"groups\"", "\"id\""] {
            assert!(!sent.contains(private), "{private} in {sent}");
        }
    }
}
