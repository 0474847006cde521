//! Cases of the user whose key it is. Atlassian has no `/Me`.

use super::provider::key;
use super::world::{elsewhere, refused_elsewhere, shown};
use crate::support::{after, made, receipt};
use scim_client::*;
use serde_json::json;
use vendor_contract::cases::{Case, Cases, Stage, Told};

pub(crate) fn cases() -> Vec<Cases> {
    [get(), create(), replace(), patch(), delete()]
        .map(|cases| refused_elsewhere(cases).case(Case::simulated("no user has the key").key(key(404))))
        .into()
}

fn guarded(stage: &Stage) -> WriteOptions {
    let version = ETag::parse(&format!("W/\"{}\"", stage.fact("version")));
    WriteOptions::default().if_match(version.expect("a version"))
}

fn get() -> Cases {
    Cases::of("me.get", |stage| async move {
        shown(elsewhere(&stage).me().get(&Selection::Default).await)
    })
    .case(Case::simulated("a few attributes").call(|stage| async move {
        let selection = Selection::only(["userName"]).expect("a name");
        shown(elsewhere(&stage).me().get(&selection).await)
    }))
}

fn create() -> Cases {
    async fn created(stage: Stage, name: &str) -> Told {
        let user = User::new(&stage.fact(name));
        shown(
            elsewhere(&stage)
                .me()
                .create(&user, &Selection::Default)
                .await
                .map(made),
        )
    }
    Cases::of("me.create", |stage| created(stage, "newcomer"))
        .case(Case::simulated("the name is taken").call(|stage| created(stage, "odile-name")))
}

fn replace() -> Cases {
    async fn replaced(stage: Stage, name: &str, options: WriteOptions) -> Told {
        let user = User::new(&stage.fact(name));
        shown(elsewhere(&stage).me().replace(&user, &options).await.map(after))
    }
    Cases::of("me.replace", |stage| {
        replaced(stage, "odile-name", WriteOptions::default().if_match(ETag::any()))
    })
    .case(
        Case::simulated("the name is taken")
            .call(|stage| replaced(stage, "henk-name", WriteOptions::default())),
    )
    .case(Case::simulated("another version").call(|stage| {
        let options = guarded(&stage);
        replaced(stage, "odile-name", options)
    }))
}

fn patch() -> Cases {
    async fn patched(stage: Stage, patch: PatchBuilder, options: WriteOptions) -> Told {
        let patch = patch.build().expect("a patch");
        shown(elsewhere(&stage).me().patch(&patch, &options).await.map(after))
    }
    Cases::of("me.patch", |stage| {
        let patch = Patch::builder().add_attributes(json!({ "nickName": stage.fact("nickname") }));
        patched(stage, patch, WriteOptions::default())
    })
    .case(Case::simulated("nothing matches").call(|stage| {
        let patch = Patch::builder().replace(r#"emails[type eq "other"].value"#, stage.fact("newcomer"));
        patched(stage, patch, WriteOptions::default())
    }))
    .case(Case::simulated("the name is taken").call(|stage| {
        let patch = Patch::builder().replace("userName", stage.fact("henk-name"));
        patched(stage, patch, WriteOptions::default())
    }))
    .case(Case::simulated("another version").call(|stage| {
        let options = guarded(&stage);
        patched(stage, Patch::builder().replace("active", true), options)
    }))
}

fn delete() -> Cases {
    async fn deleted(stage: Stage, version: Option<ETag>) -> Told {
        shown(elsewhere(&stage).me().delete(version.as_ref()).await.map(receipt))
    }
    Cases::of("me.delete", |stage| deleted(stage, None)).case(Case::simulated("another version").call(
        |stage| {
            let version = ETag::parse(&format!("W/\"{}\"", stage.fact("version"))).expect("a version");
            deleted(stage, Some(version))
        },
    ))
}
