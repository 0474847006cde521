//! Every shape of an error, whatever the operation. What each operation can be refused with is among its recordings.

use crate::support::{client, fixture, group, reply, told, user};
use http_kit::testing::Reply;
use http_kit::{RetryPolicy, TransportErrorKind};
use scim_client::*;

/// An operation to fail.
#[derive(Clone, Copy, Debug)]
enum Try {
    Config,
    Schemas,
    ListUsers,
    SearchUsers,
    GetUser,
    CreateUser,
    ReplaceUser,
    PatchUser,
    ReplaceGroup,
    PatchGroup,
    DeleteGroup,
    Me,
    Bulk,
}

fn ines() -> User {
    let mut user = User::new("ines");
    user.emails = vec![MultiValued::new("ines@larkspur.example").primary()];
    user
}

async fn attempt(client: &ScimClient, operation: Try) -> Result<(), ScimError> {
    let (users, groups) = (client.users(), client.groups());
    let (all, options) = (Selection::Default, WriteOptions::default());
    let off = Patch::builder().replace("active", false).build().unwrap();
    let join = Patch::builder().add_members([&user()]).build().unwrap();
    match operation {
        Try::Config => client.discovery().config().await.map(drop),
        Try::Schemas => client.discovery().schemas().await.map(drop),
        Try::ListUsers => users.list(&Query::default(), None).await.map(drop),
        Try::SearchUsers => users.search(&Query::default(), None).await.map(drop),
        Try::GetUser => users.get(&user(), &all).await.map(drop),
        Try::CreateUser => users.create(&ines(), &all).await.map(drop),
        Try::ReplaceUser => users.replace(&user(), &ines(), &options).await.map(drop),
        Try::PatchUser => users.patch(&user(), &off, &options).await.map(drop),
        Try::ReplaceGroup => groups
            .replace(&group(), &Group::new("eng"), &options)
            .await
            .map(drop),
        Try::PatchGroup => groups.patch(&group(), &join, &options).await.map(drop),
        Try::DeleteGroup => groups.delete(&group(), None).await.map(drop),
        Try::Me => client.me().get(&all).await.map(drop),
        Try::Bulk => {
            let request = BulkRequest::builder()
                .operation(BulkOperation::delete::<User>(&user()))
                .build()
                .unwrap();
            client.bulk(&request).await.map(drop)
        }
    }
}

/// The error of an operation that is answered like this, however often it is tried.
async fn failed(profile: Profile, operation: Try, answer: Reply) -> ScimError {
    let (client, _) = client(profile, vec![answer; 20]);
    attempt(&client, operation)
        .await
        .expect_err("the answer is an error")
}

/// The shapes of errors, whatever the operation: meaning, line, and what to do.
#[tokio::test]
async fn every_shape_has_a_meaning() {
    let cases = [
        (Try::ListUsers, 400, fixture!("errors/e6-invalid-filter")),
        (Try::ListUsers, 400, fixture!("errors/e6-too-many")),
        (Try::ListUsers, 400, fixture!("errors/e6-invalid-cursor")),
        (Try::ListUsers, 400, fixture!("errors/e6-expired-cursor")),
        (Try::ListUsers, 400, fixture!("errors/e6-invalid-count")),
        (Try::ListUsers, 403, fixture!("errors/e6-sensitive")),
        (Try::ListUsers, 401, fixture!("errors/oauth")),
        (Try::SearchUsers, 404, fixture!("errors/e6-not-found")),
        (Try::CreateUser, 409, fixture!("errors/e6-email-taken")),
        (Try::CreateUser, 400, fixture!("errors/e6-email-taken")),
        (Try::CreateUser, 400, fixture!("errors/e6-invalid-syntax")),
        (Try::CreateUser, 400, fixture!("errors/e6-invalid-vers")),
        (Try::CreateUser, 409, ""),
        (Try::GetUser, 404, fixture!("errors/scim-1")),
        (Try::PatchUser, 400, fixture!("errors/e6-invalid-path")),
        (Try::PatchUser, 400, fixture!("errors/e6-no-target")),
        (Try::PatchUser, 400, fixture!("errors/e6-mutability")),
        (Try::PatchUser, 409, fixture!("errors/e6-mutability")),
        (Try::PatchUser, 412, fixture!("errors/e6-version")),
        (Try::PatchUser, 400, fixture!("errors/e6-new-word")),
        (Try::PatchUser, 400, fixture!("errors/e6-bare")),
        (Try::ReplaceGroup, 400, fixture!("errors/java-exception")),
        (Try::Me, 501, fixture!("errors/e6-not-implemented")),
        (Try::Me, 405, ""),
        (Try::Bulk, 413, fixture!("errors/e6-too-large")),
        (Try::Config, 402, ""),
        (Try::Config, 502, "<html><body>Bad gateway</body></html>"),
        (
            Try::Config,
            400,
            r#"{"scimType":7,"detail":["x"],"message":"a gateway"}"#,
        ),
        (Try::Config, 400, r#"["not an object"]"#),
        (
            Try::Config,
            400,
            r#"{"message":"of the gateway","detail":"of the server"}"#,
        ),
    ];
    let mut lines = Vec::new();
    for (operation, status, body) in cases {
        let error = failed(Profile::rfc(), operation, reply(status, body)).await;
        let hint = error.hint().map(|hint| format!("\n    -> {hint}"));
        lines.push(format!(
            "{operation:?} {status} -> {}\n    {error}{}",
            told(&error),
            hint.unwrap_or_default()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// Hints that a provider with accounts behind its users has besides.
#[tokio::test]
async fn what_to_do_depends_on_the_provider() {
    let mut lines = Vec::new();
    for (status, body) in [
        (403, fixture!("errors/e7-forbidden")),
        (404, fixture!("errors/e6-not-found")),
        (409, fixture!("errors/e6-email-taken")),
    ] {
        for profile in [Profile::rfc(), Profile::atlassian()] {
            let name = profile.name().to_owned();
            let error = failed(profile, Try::CreateUser, reply(status, body)).await;
            lines.push(format!("{status} {name}: {}", error.hint().unwrap_or("-")));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn what_is_no_answer_has_a_meaning_too() {
    let cases = [
        (Try::Config, Reply::fault(TransportErrorKind::Dns)),
        (Try::Config, Reply::fault(TransportErrorKind::TooLarge)),
        (
            Try::Me,
            Reply::status(308).header("location", "https://elsewhere.example/Users/1"),
        ),
        (Try::GetUser, reply(200, "<html>Sign in</html>")),
        (Try::GetUser, reply(200, "{}")),
        (Try::GetUser, reply(200, r#"{"id":""}"#)),
        (Try::GetUser, reply(200, r#"{"id":"1","active":"perhaps"}"#)),
        (
            Try::GetUser,
            reply(200, r#"{"id":"1","active":true,"Active":false}"#),
        ),
        (Try::GetUser, reply(200, r#"{"id":"1","emails":[{"primary":1}]}"#)),
        (Try::GetUser, reply(304, "")),
        (Try::CreateUser, reply(201, "")),
        (Try::ListUsers, reply(200, "{}")),
        (Try::ListUsers, reply(200, r#"{"totalResults":3}"#)),
        (
            Try::ListUsers,
            reply(200, r#"{"totalResults":-1,"Resources":[]}"#),
        ),
        (Try::Schemas, reply(200, r#""soon""#)),
        (Try::Bulk, reply(200, "{}")),
    ];
    let mut lines = Vec::new();
    for (operation, answer) in cases {
        let error = failed(Profile::rfc(), operation, answer).await;
        lines.push(format!("{:?} <- {error}", error.kind()));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// What stands between here and the server does not pass, and has advice of its own.
#[tokio::test]
async fn what_stands_in_the_way_is_told_with_what_to_do() {
    for (answer, told) in [
        (reply(407, ""), "HTTPS_PROXY"),
        (Reply::fault(TransportErrorKind::Proxy), "HTTPS_PROXY"),
        (Reply::fault(TransportErrorKind::Tunnel), "name another proxy"),
        (Reply::fault(TransportErrorKind::Tls), "SSL_CERT_FILE"),
        (Reply::fault(TransportErrorKind::Dns), "try again later"),
    ] {
        let error = failed(Profile::rfc(), Try::GetUser, answer).await;
        let hint = error.hint().unwrap_or_default();
        assert!(
            error.kind() == ScimErrorKind::Unavailable && hint.contains(told),
            "{error}: {hint}"
        );
        assert_eq!(hint.contains("later"), told == "try again later", "{hint}");
    }
}

/// A write that may have reached the server is sent once; reads are tried again.
#[tokio::test]
async fn only_what_may_be_repeated_is_repeated() {
    let most = RetryPolicy::default().max_attempts as usize;
    for (operation, tries) in [
        (Try::Config, most),
        (Try::ListUsers, most),
        (Try::SearchUsers, most),
        (Try::GetUser, most),
        (Try::ReplaceUser, 1),
        (Try::DeleteGroup, 1),
        (Try::CreateUser, 1),
        (Try::PatchUser, 1),
        (Try::PatchGroup, 1),
        (Try::Bulk, 1),
    ] {
        let (client, transport) = client(
            Profile::rfc(),
            vec![Reply::fault(TransportErrorKind::Interrupted); 20],
        );
        let error = attempt(&client, operation).await.unwrap_err();
        assert_eq!(
            (transport.requests().len(), error.kind()),
            (tries, ScimErrorKind::Unavailable),
            "{error}"
        );
    }
}

/// Whatever the status: a refusal is the server's own only in the words of the protocol, or with the server's id of the
/// request. After any other answer, what was asked for may have been carried out.
#[tokio::test]
async fn a_refusal_is_the_servers_only_in_its_words() {
    let error = |status: u16| {
        format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"{status}","detail":"No such user"}}"#
        )
    };
    let of_others = [
        "",
        "<html><body>Sign in</body></html>",
        "[]",
        "{}",
        r#"{"message":"no Route matched with those values"}"#,
        r#"{"error":"Forbidden"}"#,
        r#"{"error":"invalid_token","error_description":"expired"}"#,
    ];
    for operation in [Try::GetUser, Try::CreateUser, Try::PatchUser, Try::DeleteGroup] {
        for status in [400, 401, 403, 404, 409] {
            let told = failed(
                Profile::atlassian(),
                operation,
                Reply::status(status).body(error(status)),
            )
            .await;
            assert!(told.is_refusal_of_server(), "{status}: {told}");
            assert_eq!(told.may_prove_absence(), status == 404, "{status}: {told}");
            for body in of_others {
                let told = failed(Profile::atlassian(), operation, Reply::status(status).body(body)).await;
                assert!(!told.is_refusal_of_server(), "{status} {body}: {told}");
                assert!(!told.may_prove_absence(), "{status} {body}: {told}");
            }
        }
        let refused = r#"{"error":"Unauthorized","traceId":"t-1"}"#;
        let told = failed(Profile::atlassian(), operation, reply(401, refused)).await;
        assert!(told.is_refusal_of_server() && !told.may_prove_absence(), "{told}");
    }
}
