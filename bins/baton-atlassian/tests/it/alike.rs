//! A change is the same whether the command line asks for it or C1: what is answered, what is sent, what is so afterwards.

use crate::company::Company;
use crate::daemon::{Place, Uploaded, answer};
use atlassian_sim::Endpoint;
use c1_standin::tasks;
use connector_proto::json;
use connector_sdk::proto::connector::v2::{
    AccountInfo, CreateAccountResponse, DeleteResourceResponse, GrantManagerServiceGrantResponse,
    GrantManagerServiceRevokeResponse, InvokeActionResponse, ResourceId, account_info,
    create_account_response,
};
use connector_sdk::proto::wkt;
use serde_json::{Value, json};
use std::time::Duration;

const ADDRESS: &str = "ines@larkspur.example";

/// What a change came to: the members of the document that a task's message has too.
fn told(company: &Company, arguments: &[&str]) -> Value {
    let ran = company.run_with_scim(&[arguments, &["--output", "json"]].concat());
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let change = &document["change"];
    json!({
        "annotations": kinds(change["annotations"].as_array().map(Vec::as_slice).unwrap_or_default()),
        "resource": change["resource"],
        "response": change["response"],
    })
}

/// The names of annotations.
fn kinds(annotations: &[Value]) -> Vec<String> {
    let kind = |annotation: &Value| {
        let name = annotation["@type"]
            .as_str()
            .or(annotation.as_str())
            .unwrap_or_default();
        name.rsplit(['.', '/']).next().unwrap_or_default().to_owned()
    };
    annotations.iter().map(kind).collect()
}

/// The same of a message, whose annotations and resource stand in it.
fn of(message: &Value) -> Value {
    json!({
        "annotations": kinds(message["annotations"].as_array().map(Vec::as_slice).unwrap_or_default()),
        "resource": message["resource"],
        "response": message["response"],
    })
}

fn writes(company: &Company) -> Vec<(Endpoint, String, bool, Option<u16>)> {
    let writes = company.writes();
    let of = writes
        .into_iter()
        .map(|write| (write.endpoint, write.subject, write.applied, write.status));
    of.collect()
}

#[test]
fn a_command_and_a_task_come_to_the_same() {
    // Two organizations that are one to the letter.
    let by_command = Company::new();
    let place = Place::of(Company::new(), Duration::from_secs(1));
    let daemon = place.started(Some("true"));
    place.standin.hand_out(tasks::full_sync());
    place.finished(1);
    let uploaded = Uploaded::of(&place.standin.uploads()[0].bytes, place.company.folder.path());
    let (grant, entitlement, principal) = uploaded.membership();
    by_command.synced();
    let mut finished = 1;
    let mut next = |task| {
        place.standin.hand_out(task);
        finished += 1;
        place.finished(finished)
    };

    let who = principal.id.clone().unwrap();
    let revoke = ["--revoke-grant", &grant.id];
    let give = [
        "--grant-entitlement",
        &entitlement.id,
        "--grant-principal",
        &who.resource,
        "--grant-principal-type",
        &who.resource_type,
    ];
    for _ in ["done", "so already"] {
        let answered: GrantManagerServiceRevokeResponse = answer(&next(tasks::revoke(grant.clone())));
        assert_eq!(
            told(&by_command, &revoke),
            of(&json::to_value(&answered).unwrap())
        );
    }
    for _ in ["done", "so already"] {
        let task = tasks::grant(entitlement.clone(), principal.clone());
        let answered: GrantManagerServiceGrantResponse = answer(&next(task));
        assert_eq!(told(&by_command, &give), of(&json::to_value(&answered).unwrap()));
    }

    let create = [
        "--create-account-login",
        "ines",
        "--create-account-email",
        ADDRESS,
    ];
    let mut account = ResourceId::default();
    for _ in ["done", "so already"] {
        let info = AccountInfo {
            login: "ines".to_owned(),
            emails: vec![account_info::Email {
                address: ADDRESS.to_owned(),
                is_primary: true,
            }],
            ..Default::default()
        };
        let answered: CreateAccountResponse = answer(&next(tasks::create_account(info)));
        let shown = json::to_value(&answered).unwrap();
        let resource = match answered.result {
            Some(create_account_response::Result::Success(made)) => made.resource.unwrap(),
            Some(create_account_response::Result::AlreadyExists(there)) => there.resource.unwrap(),
            other => panic!("{other:?}"),
        };
        account = resource.id.clone().unwrap();
        let mut by_command = told(&by_command, &create);
        let mut by_task = json::to_value(&resource).unwrap();
        for made in [&mut by_command["resource"], &mut by_task] {
            // The two were made one after the other.
            let since = made["profile"].as_object_mut().unwrap().remove("added_to_org");
            assert!(since.is_some(), "{made}");
        }
        assert_eq!(by_command["resource"], by_task);
        assert_eq!(by_command["annotations"], of(&shown)["annotations"]);
    }

    let arguments = json!({"user_id": account.resource}).to_string();
    for action in ["disable_user", "enable_user"] {
        let object = wkt::object([("user_id", account.resource.clone().into())]);
        let answered: InvokeActionResponse = answer(&next(tasks::invoke(action, object)));
        let invoked = told(
            &by_command,
            &["--invoke-action", action, "--invoke-action-args", &arguments],
        );
        assert_eq!(invoked, of(&json::to_value(&answered).unwrap()));
    }

    let delete = [
        "--delete-resource",
        &account.resource,
        "--delete-resource-type",
        "user",
    ];
    let answered: DeleteResourceResponse = answer(&next(tasks::delete(account.clone())));
    assert_eq!(
        told(&by_command, &delete),
        of(&json::to_value(&answered).unwrap())
    );

    assert_eq!(writes(&by_command), writes(&place.company));
    assert_eq!(
        writes(&by_command)
            .iter()
            .filter(|(_, _, applied, _)| *applied)
            .count(),
        6
    );
    assert_eq!(place.standin.violations(), [""; 0]);
    drop(daemon);
}
