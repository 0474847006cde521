//! Cases of groups.

use super::world::{
    atlassian, elsewhere, refused_by_atlassian, refused_elsewhere, shown, unguarded, with_a_group,
};
use crate::support::{after, made, page, receipt};
use atlassian_sim::{Fault, FaultPlan};
use scim_client::*;
use vendor_contract::cases::{Case, Cases, Stage, Told};

pub(crate) fn cases() -> Vec<Cases> {
    vec![list(), search(), create(), get(), replace(), patch(), delete()]
}

fn group(stage: &Stage) -> GroupId {
    GroupId::from_server(&stage.fact("group"))
}

fn pilots(stage: &Stage) -> GroupId {
    GroupId::from_server(&stage.fact("pilots"))
}

fn user(stage: &Stage) -> UserId {
    UserId::from_server(&stage.fact("user"))
}

fn member(stage: &Stage) -> UserId {
    UserId::from_server(&stage.fact("member"))
}

fn list() -> Cases {
    async fn filtered(client: ScimClient, filter: Filter) -> Told {
        let query = Query::builder().filter(filter).build().expect("a query");
        shown(client.groups().list(&query, None).await.map(page))
    }
    let cases = Cases::of("groups.list", |stage| async move {
        shown(
            atlassian(&stage)
                .groups()
                .list(&Query::default(), None)
                .await
                .map(page),
        )
    })
    .case(Case::simulated("by name").call(|stage| async move {
        let filter = Filter::eq("displayName", stage.fact("group-name")).expect("a filter");
        filtered(atlassian(&stage), filter).await
    }))
    .case(
        Case::simulated("another filter than the vendor reads").call(|stage| async move {
            let filter = Filter::eq("members.value", stage.fact("user")).expect("a filter");
            filtered(unguarded(&stage), filter).await
        }),
    );
    refused_by_atlassian(with_a_group(cases))
}

fn search() -> Cases {
    let cases = Cases::of("groups.search", |stage| async move {
        let query = Query::builder().selection(Selection::except(["members"]).expect("a name"));
        let query = query.build().expect("a query");
        shown(elsewhere(&stage).groups().search(&query, None).await.map(page))
    })
    .case(
        Case::simulated("a filter that the server does not read").call(|stage| async move {
            let filter = Filter::co("displayName", stage.fact("word")).expect("a filter");
            let query = Query::builder().filter(filter).build().expect("a query");
            shown(elsewhere(&stage).groups().search(&query, None).await.map(page))
        }),
    );
    refused_elsewhere(cases)
}

fn create() -> Cases {
    async fn created(stage: Stage, name: &str, member: &str) -> Told {
        let mut group = Group::new(&stage.fact(name));
        group.members = vec![Member::user(&UserId::from_server(&stage.fact(member)))];
        shown(
            atlassian(&stage)
                .groups()
                .create(&group, &Selection::Default)
                .await
                .map(made),
        )
    }
    let cases = Cases::of("groups.create", |stage| created(stage, "newcomers-group", "user"))
        .case(Case::simulated("the name is taken").call(|stage| created(stage, "group-name", "user")))
        .case(Case::simulated("unknown member").call(|stage| created(stage, "newcomers-group", "nobody")));
    refused_by_atlassian(with_a_group(cases))
}

fn get() -> Cases {
    let cases = Cases::of("groups.get", |stage| async move {
        shown(
            atlassian(&stage)
                .groups()
                .get(&group(&stage), &Selection::Default)
                .await,
        )
    })
    .case(Case::simulated("unknown").instead("group", "nobody"))
    .case(
        Case::simulated("elsewhere: groups within groups").call(|stage| async move {
            shown(
                elsewhere(&stage)
                    .groups()
                    .get(&pilots(&stage), &Selection::Default)
                    .await,
            )
        }),
    )
    .case(
        Case::simulated("elsewhere: without its members").call(|stage| async move {
            let selection = Selection::except(["members"]).expect("a name");
            shown(elsewhere(&stage).groups().get(&pilots(&stage), &selection).await)
        }),
    );
    refused_by_atlassian(with_a_group(cases))
}

fn replace() -> Cases {
    async fn replaced(stage: Stage, client: fn(&Stage) -> ScimClient, name: &str, member: &str) -> Told {
        let mut group = Group::new(&stage.fact(name));
        group.members = vec![Member::user(&UserId::from_server(&stage.fact(member)))];
        let (client, options) = (client(&stage), WriteOptions::default());
        let id = self::group(&stage);
        shown(client.groups().replace(&id, &group, &options).await.map(after))
    }
    let cases = Cases::of("groups.replace", |stage| {
        replaced(stage, atlassian, "group-name", "user")
    })
    .case(Case::simulated("unknown").instead("group", "nobody"))
    .case(Case::simulated("unknown member").call(|stage| replaced(stage, atlassian, "group-name", "nobody")))
    .case(Case::simulated("renamed").call(|stage| replaced(stage, unguarded, "other-group-name", "user")));
    refused_by_atlassian(with_a_group(cases))
}

fn patch() -> Cases {
    async fn patched(stage: Stage, client: fn(&Stage) -> ScimClient, patch: PatchBuilder) -> Told {
        let patch = patch.build().expect("a patch");
        let (client, options) = (client(&stage), WriteOptions::default());
        shown(
            client
                .groups()
                .patch(&group(&stage), &patch, &options)
                .await
                .map(after),
        )
    }
    let cases = Cases::of("groups.patch", |stage| {
        let patch = Patch::builder().add_members([&user(&stage)]);
        patched(stage, atlassian, patch)
    })
    .case(Case::simulated("a member less, by its id").call(|stage| {
        let patch = Patch::builder().remove_members([&member(&stage)]);
        patched(stage, atlassian, patch)
    }))
    .case(Case::simulated("a member less, by a list").call(|stage| {
        let patch = Patch::builder().remove_values("members", [Member::user(&member(&stage))]);
        patched(stage, atlassian, patch)
    }))
    .case(Case::simulated("unknown").instead("group", "nobody"))
    .case(Case::simulated("unknown member").instead("user", "nobody"))
    .case(Case::simulated("renamed").call(|stage| {
        let patch = Patch::builder().replace("displayName", stage.fact("other-group-name"));
        patched(stage, unguarded, patch)
    }));
    refused_by_atlassian(with_a_group(cases))
}

fn delete() -> Cases {
    async fn deleted(stage: Stage) -> Told {
        shown(
            atlassian(&stage)
                .groups()
                .delete(&group(&stage), None)
                .await
                .map(receipt),
        )
    }
    let cases = Cases::of("groups.delete", deleted)
        .case(Case::simulated("deleted before").before(deleted))
        .case(Case::simulated("unknown").instead("group", "nobody"))
        // Documented, and nobody says what for.
        .case(Case::fault(
            "refused",
            FaultPlan::none().everywhere(Fault::Status(400)),
        ));
    refused_by_atlassian(with_a_group(cases))
}
