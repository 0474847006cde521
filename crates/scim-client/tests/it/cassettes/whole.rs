//! Cases of operations on resources of every kind: the search and the bulk request. Atlassian has neither.

use super::world::{elsewhere, refused_elsewhere, shown};
use crate::support::{outcomes, page};
use scim_client::*;
use vendor_contract::cases::{Case, Cases, Stage, Told};

pub(crate) fn cases() -> Vec<Cases> {
    [search(), bulk()].map(refused_elsewhere).into()
}

fn search() -> Cases {
    async fn found(stage: Stage, filter: Filter) -> Told {
        let query = Query::builder().filter(filter).build().expect("a query");
        shown(elsewhere(&stage).search(&query, None).await.map(page))
    }
    Cases::of("search", |stage| async move {
        let query = Query::builder().selection(Selection::only(["userName", "displayName"]).expect("names"));
        let query = query.build().expect("a query");
        shown(elsewhere(&stage).search(&query, None).await.map(page))
    })
    .case(Case::simulated("nothing is found").call(|stage| {
        let filter = Filter::sw("displayName", stage.fact("word")).expect("a filter");
        found(stage, filter)
    }))
    .case(
        Case::simulated("a filter that the server does not read").call(|stage| {
            let filter = Filter::co("displayName", stage.fact("word")).expect("a filter");
            found(stage, filter)
        }),
    )
}

/// Creates a user and a group with it as a member, changes the pilots if they have this version, and deletes Henk.
fn request(stage: &Stage, version: &str) -> BulkRequest {
    let user = BulkOperation::create("u1", &User::new(&stage.fact("newcomer"))).expect("an operation");
    let mut keepers = Group::new(&stage.fact("newcomers-group"));
    keepers.members = vec![Member::user(&UserId::from_server(
        &user.reference().expect("it creates"),
    ))];
    let keepers = BulkOperation::create("g1", &keepers).expect("an operation");
    let henk = UserId::from_server(&stage.fact("henk"));
    let join = Patch::builder().add_members([&henk]).build().expect("a patch");
    let join = BulkOperation::patch::<Group>(&GroupId::from_server(&stage.fact("pilots")), &join);
    let version = ETag::parse(version).expect("a version");
    BulkRequest::builder()
        .operation(user)
        .operation(keepers)
        .operation(join.if_match(version))
        .operation(BulkOperation::delete::<User>(&henk))
        .fail_on_errors(1)
        .build()
        .expect("a request")
}

fn bulk() -> Cases {
    async fn sent(stage: Stage, request: BulkRequest) -> Told {
        shown(elsewhere(&stage).bulk(&request).await.map(outcomes))
    }
    Cases::of("bulk", |stage| {
        let request = request(&stage, "*");
        sent(stage, request)
    })
    .case(
        Case::simulated("one fails, and what follows is left").call(|stage| {
            let request = request(&stage, &format!("W/\"{}\"", stage.fact("version")));
            sent(stage, request)
        }),
    )
    .case(Case::simulated("the name is taken").call(|stage| {
        let user = BulkOperation::create("u1", &User::new(&stage.fact("odile-name")));
        let request = BulkRequest::builder().operation(user.expect("an operation"));
        sent(stage, request.build().expect("a request"))
    }))
    .case(Case::simulated("more than the server takes").call(|stage| {
        let henk = UserId::from_server(&stage.fact("henk"));
        let many = (0..5).fold(BulkRequest::builder(), |request, _| {
            request.operation(BulkOperation::delete::<User>(&henk))
        });
        sent(stage, many.build().expect("a request"))
    }))
}
