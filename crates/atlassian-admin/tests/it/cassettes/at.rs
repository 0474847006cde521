//! A client on the stage, and the parts that most cases are made of.

use super::canary;
use super::world::SCOPED_KEY;
use crate::support::fixture;
use atlassian_admin::*;
use atlassian_sim::Envelope;
use http_kit::{Cursor, RetryPolicy};
use serde_json::json;
use std::fmt::Debug;
use std::pin::Pin;
use vendor_contract::cases::{Case, Cases, Example, Stage, Told};

/// A client on the stage. Its parts are facts of the world.
pub(super) struct At {
    stage: Stage,
    pub(super) client: AdminClient,
}

impl At {
    fn new(stage: Stage) -> Self {
        let base = BASE_URL.parse().expect("an address");
        let http = http_builder(stage.transport(), base, stage.key())
            .clock(stage.clock())
            .retry(RetryPolicy::never())
            .build()
            .expect("a client");
        let client = AdminClient::new(http, OrgId::parse(&stage.fact("org")).expect("an id"));
        canary::is_silent(&format!("{client:?}"));
        Self { stage, client }
    }

    pub(super) fn fact(&self, name: &str) -> String {
        self.stage.fact(name)
    }

    pub(super) fn account(&self) -> AccountId {
        AccountId::parse(&self.fact("account")).expect("an id")
    }

    pub(super) fn group(&self) -> GroupId {
        GroupId::parse(&self.fact("group")).expect("an id")
    }

    pub(super) fn directory(&self) -> DirectoryId {
        DirectoryId::parse(&self.fact("directory")).expect("an id")
    }

    pub(super) fn in_directory(&self) -> DirectoryRef {
        self.directory().into()
    }

    pub(super) fn app(&self) -> ResourceAri {
        ResourceAri::parse(&self.fact("app")).expect("an ARI")
    }

    pub(super) fn role(&self, role: RoleId) -> RoleOnResource {
        RoleOnResource::new(role, self.app()).expect("a role that an app can have")
    }

    /// A cursor that the vendor never gave.
    pub(super) fn no_cursor(&self) -> Option<Cursor> {
        Cursor::from_link(&self.fact("no cursor"))
    }
}

/// The cases of an operation: the success, and what every operation can meet.
pub(super) fn of<T, F>(operation: &'static str, call: impl Fn(At) -> F + Send + Sync + 'static) -> Cases
where
    T: Debug,
    F: Future<Output = Result<T, AdminError>> + Send + 'static,
{
    // The gateway in front of user management speaks its language.
    let limited = match operation.starts_with("account.") {
        true => Envelope::Management,
        false => Envelope::Gateway,
    };
    Cases::of(operation, told(call)).refused_as_any_in(limited)
}

/// What became of a call, as a text.
pub(super) fn told<T, F>(
    call: impl Fn(At) -> F + Send + Sync + 'static,
) -> impl Fn(Stage) -> Pin<Box<dyn Future<Output = Told> + Send>> + Send + Sync + 'static
where
    T: Debug,
    F: Future<Output = Result<T, AdminError>> + Send + 'static,
{
    move |stage| {
        let outcome = call(At::new(stage));
        Box::pin(async move {
            let told = match outcome.await {
                Ok(value) => Ok(format!("{value:#?}")),
                Err(error) => {
                    canary::is_silent(&format!("{error:?}"));
                    Err(error_text(&error))
                }
            };
            let (Ok(text) | Err(text)) = &told;
            canary::is_silent(text);
            told
        })
    }
}

/// What a call found, for a fact.
pub(super) fn found<F>(
    call: impl Fn(At) -> F + Send + Sync + 'static,
) -> impl Fn(Stage) -> Pin<Box<dyn Future<Output = Told> + Send>> + Send + Sync + 'static
where
    F: Future<Output = Result<String, AdminError>> + Send + 'static,
{
    move |stage| {
        let outcome = call(At::new(stage));
        Box::pin(async move { outcome.await.map_err(|error| error_text(&error)) })
    }
}

fn error_text(error: &AdminError) -> String {
    let mut text = format!("{error}\nkind: {:?}", error.kind());
    let hints = error.api().hints();
    for line in [
        error.api().request_id().map(|id| format!("request: {id}")),
        hints.retry_after.map(|wait| format!("come back after: {wait:?}")),
        error.hint().map(|hint| format!("hint: {hint}")),
    ] {
        text.extend(line.map(|line| format!("\n{line}")));
    }
    text
}

/// A case that differs from the success in one fact.
pub(super) fn instead(name: &'static str, fact: &'static str, other: &'static str) -> Case {
    Case::simulated(name).instead(fact, other)
}

pub(super) fn foreign_org() -> Case {
    instead("an organization of somebody else", "org", "foreign org")
}

pub(super) fn unknown_account() -> Case {
    instead("an unknown account", "account", "unknown account")
}

pub(super) fn unknown_group() -> Case {
    instead("an unknown group", "group", "unknown group")
}

pub(super) fn unknown_directory() -> Case {
    instead("an unknown directory", "directory", "unknown directory")
}

pub(super) fn scoped_key() -> Case {
    Case::simulated("a key with scopes").key(SCOPED_KEY)
}

/// A refusal as the documentation has it, where nothing that this client sends makes the simulator say it.
pub(super) fn documented(name: &'static str, status: u16, body: &str) -> Case {
    Case::example(name, Example::json(status, body))
}

pub(super) fn bad_request() -> Case {
    documented("a bad request", 400, fixture!("errors/e1-bad-request"))
}

pub(super) fn not_permitted() -> Case {
    documented("not permitted", 403, fixture!("errors/e4-routing-403"))
}

pub(super) fn wrong_media_type() -> Case {
    coded(
        "another media type",
        415,
        "ADMIN-UAM-415-1",
        "Unsupported Media Type",
    )
}

pub(super) fn app_not_licensed() -> Case {
    coded(
        "an app without licence",
        400,
        "ADMIN-UAM-400-4",
        "Product not licensed",
    )
}

/// A refusal by one of the documented codes, in the form that most of the API has.
pub(super) fn coded(name: &'static str, status: u16, code: &str, title: &str) -> Case {
    let id = "7f3c0d52-90aa-4b1e-8a2d-5e61c4f7b930";
    let item =
        json!({ "id": id, "status": status.to_string(), "code": code, "title": title, "detail": null });
    documented(name, status, &json!({ "errors": [item] }).to_string())
}
