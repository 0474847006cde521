//! Cases of users.

use super::provider;
use super::world::{atlassian, elsewhere, refused_by_atlassian, refused_elsewhere, shown, strict, unguarded};
use crate::support::{after, made, page, receipt};
use futures_util::TryStreamExt;
use scim_client::*;
use serde_json::json;
use vendor_contract::cases::{Case, Cases, Stage, Told};

pub(crate) fn cases() -> Vec<Cases> {
    vec![list(), search(), create(), get(), replace(), patch(), delete()]
}

fn everything() -> Selection {
    Selection::Default
}

fn user(stage: &Stage) -> UserId {
    UserId::from_server(&stage.fact("user"))
}

fn odile(stage: &Stage) -> UserId {
    UserId::from_server(&stage.fact("odile"))
}

fn version(stage: &Stage) -> ETag {
    ETag::parse(&format!("W/\"{}\"", stage.fact("version"))).expect("a version")
}

fn query(builder: QueryBuilder) -> Query {
    builder.build().expect("a query")
}

fn list() -> Cases {
    async fn filtered(client: ScimClient, filter: Filter) -> Told {
        let query = query(Query::builder().filter(filter));
        shown(client.users().list(&query, None).await.map(page))
    }
    let cases = Cases::of("users.list", |stage| async move {
        shown(
            atlassian(&stage)
                .users()
                .list(&Query::default(), None)
                .await
                .map(page),
        )
    })
    .case(
        Case::simulated("by name, a few attributes").call(|stage| async move {
            let filter = Filter::eq("userName", stage.fact("user-name")).expect("a filter");
            let selection = Selection::only(["userName", "emails.value", ATLASSIAN_EXTENSION]);
            let query = query(
                Query::builder()
                    .filter(filter)
                    .selection(selection.expect("names")),
            );
            shown(atlassian(&stage).users().list(&query, None).await.map(page))
        }),
    )
    .case(
        Case::simulated("nobody has the external id").call(|stage| async move {
            let filter = Filter::eq("externalId", stage.fact("external")).expect("a filter");
            filtered(atlassian(&stage), filter).await
        }),
    )
    .case(Case::simulated("page by page").call(|stage| async move {
        let query = query(Query::builder().page_size(2));
        let pages = atlassian(&stage).users().list_stream(query, None);
        let pages: Result<Vec<_>, _> = pages.map_ok(names).try_collect().await;
        shown(pages)
    }))
    .case(
        Case::simulated("counted")
            .call(|stage| async move { shown(atlassian(&stage).users().count(None).await) }),
    )
    .case(
        Case::simulated("another filter than the vendor reads").call(|stage| async move {
            let filter = Filter::co("displayName", stage.fact("word")).expect("a filter");
            filtered(unguarded(&stage), filter).await
        }),
    )
    .case(
        Case::simulated("elsewhere: sorted, by cursor").call(|stage| async move {
            let query = Query::builder()
                .sort_by("meta.lastModified", SortOrder::Descending)
                .selection(Selection::only(["userName"]).expect("a name"))
                .page_size(1)
                .paging(Paging::Cursor);
            let pages = elsewhere(&stage).users().list_stream(self::query(query), None);
            let pages: Result<Vec<_>, _> = pages.map_ok(names).try_collect().await;
            shown(pages)
        }),
    )
    .case(
        Case::simulated("elsewhere: the cursor is too old").call(|stage| async move {
            let query = query(Query::builder().paging(Paging::Cursor));
            let cursor = format!("cursor:{}", stage.fact("stale-cursor"));
            let cursor: Cursor = serde_json::from_value(json!(cursor)).expect("a cursor is a text");
            shown(
                elsewhere(&stage)
                    .users()
                    .list(&query, Some(&cursor))
                    .await
                    .map(page),
            )
        }),
    );
    refused_by_atlassian(cases)
}

/// Who is on a page, and whether it goes on.
fn names(page: Page<Stored<User>>) -> serde_json::Value {
    let names: Vec<_> = page.items.iter().map(|user| &user.resource.user_name).collect();
    json!({ "names": names, "goes on": page.next.is_some() })
}

fn search() -> Cases {
    let cases = Cases::of("users.search", |stage| async move {
        let filter = Filter::eq("emails.value", stage.fact("odile-name")).expect("a filter");
        let query = Query::builder()
            .filter(filter)
            .selection(Selection::except(["photos", "addresses"]).expect("names"));
        shown(
            elsewhere(&stage)
                .users()
                .search(&self::query(query), None)
                .await
                .map(page),
        )
    })
    .case(Case::simulated("sorted, by cursor").call(|stage| async move {
        let query = Query::builder()
            .sort_by("userName", SortOrder::Ascending)
            .selection(Selection::only(["userName"]).expect("a name"))
            .page_size(1)
            .paging(Paging::Cursor);
        let pages = elsewhere(&stage).users().search_stream(self::query(query), None);
        let pages: Result<Vec<_>, _> = pages.map_ok(names).try_collect().await;
        shown(pages)
    }))
    .case(
        Case::simulated("a filter that the server does not read").call(|stage| async move {
            let filter = Filter::ew("userName", stage.fact("word")).expect("a filter");
            let query = query(Query::builder().filter(filter));
            shown(elsewhere(&stage).users().search(&query, None).await.map(page))
        }),
    );
    refused_elsewhere(cases)
}

/// Somebody with this address.
fn person(stage: &Stage, email: &str) -> User {
    let mut user = User::new(email);
    user.emails = vec![MultiValued::new(email).of_type(ValueType::Work).primary()];
    user.display_name = Some(stage.fact("display").into());
    user.active = Some(Flag(true));
    user
}

fn create() -> Cases {
    async fn created(stage: Stage, change: fn(&Stage, &mut User)) -> Told {
        let mut user = person(&stage, &stage.fact("newcomer"));
        change(&stage, &mut user);
        shown(
            atlassian(&stage)
                .users()
                .create(&user, &everything())
                .await
                .map(made),
        )
    }
    let cases = Cases::of("users.create", |stage| {
        created(stage, |stage, user| {
            let mut name = Name::default();
            name.given_name = Some(stage.fact("given").into());
            name.family_name = Some(stage.fact("family").into());
            user.name = Some(name);
            user.external_id = Some(stage.fact("external").into());
            let mut enterprise = EnterpriseUser::default();
            enterprise.department = Some(stage.fact("department").into());
            user.enterprise = Some(enterprise);
        })
    })
    .case(
        Case::simulated("an account has the address").call(|stage| async move {
            let user = person(&stage, &stage.fact("account-email"));
            let selection = Selection::only(["userName", ATLASSIAN_EXTENSION]).expect("names");
            shown(
                atlassian(&stage)
                    .users()
                    .create(&user, &selection)
                    .await
                    .map(made),
            )
        }),
    )
    .case(
        Case::simulated("a domain that is not claimed")
            .simulator(strict)
            .call(|stage| async move {
                let user = person(&stage, &stage.fact("stranger"));
                shown(
                    atlassian(&stage)
                        .users()
                        .create(&user, &everything())
                        .await
                        .map(made),
                )
            }),
    )
    .case(Case::simulated("the name is taken").call(|stage| {
        created(stage, |stage, user| {
            user.user_name = Some(stage.fact("user-name").into())
        })
    }))
    .case(Case::simulated("the address is taken").call(|stage| {
        created(stage, |stage, user| {
            user.emails = vec![MultiValued::new(&stage.fact("other-email")).primary()];
        })
    }))
    .case(
        Case::simulated("elsewhere: a password and an extension").call(|stage| async move {
            let mut user = User::new(&stage.fact("newcomer"));
            user.password = Some(Password::from(stage.fact("password")));
            let badge = json!({ "badge": stage.fact("badge") });
            let extended = user.set_extension("urn:brightwater:params:scim:badge:1.0:User", &badge);
            extended.expect("JSON");
            shown(
                elsewhere(&stage)
                    .users()
                    .create(&user, &everything())
                    .await
                    .map(made),
            )
        }),
    )
    .case(
        Case::simulated("elsewhere: the name is taken").call(|stage| async move {
            let user = User::new(&stage.fact("odile-name"));
            shown(
                elsewhere(&stage)
                    .users()
                    .create(&user, &everything())
                    .await
                    .map(made),
            )
        }),
    );
    refused_by_atlassian(cases)
}

fn get() -> Cases {
    let cases = Cases::of("users.get", |stage| async move {
        shown(atlassian(&stage).users().get(&user(&stage), &everything()).await)
    })
    .case(Case::simulated("unknown").instead("user", "nobody"))
    .case(
        Case::simulated("elsewhere: every attribute").call(|stage| async move {
            shown(elsewhere(&stage).users().get(&odile(&stage), &everything()).await)
        }),
    )
    .case(
        Case::simulated("elsewhere: not changed since").call(|stage| async move {
            let (id, selection) = (odile(&stage), Selection::only(["userName"]).expect("a name"));
            let users = elsewhere(&stage).users();
            let read = users.get(&id, &selection).await;
            match read {
                Ok(read) => {
                    let version = read.etag().expect("a version");
                    shown(users.get_unless(&id, version, &selection).await)
                }
                refused => shown(refused),
            }
        }),
    );
    refused_by_atlassian(cases)
}

fn replace() -> Cases {
    async fn replaced(stage: Stage, change: fn(&Stage, &mut User)) -> Told {
        let mut user = person(&stage, &stage.fact("user-name"));
        change(&stage, &mut user);
        let options = WriteOptions::default();
        let id = self::user(&stage);
        shown(
            atlassian(&stage)
                .users()
                .replace(&id, &user, &options)
                .await
                .map(after),
        )
    }
    async fn guarded(stage: Stage, version: Option<ETag>) -> Told {
        let (id, title) = (odile(&stage), stage.fact("title"));
        let users = elsewhere(&stage).users();
        let mut user = match users.get(&id, &everything()).await {
            Ok(user) => user,
            refused => return shown(refused),
        };
        user.resource.title = Some(title.into());
        let version = version.or(user.etag().cloned()).expect("a version");
        let options = WriteOptions::default().if_match(version);
        shown(users.replace(&id, &user.resource, &options).await.map(after))
    }
    let cases = Cases::of("users.replace", |stage| {
        replaced(stage, |stage, user| user.title = Some(stage.fact("title").into()))
    })
    // What was read goes back as it came, but for what only the server sets.
    .case(
        Case::simulated("read, changed and given back").call(|stage| async move {
            let (id, title) = (user(&stage), stage.fact("title"));
            let users = atlassian(&stage).users();
            let mut user = match users.get(&id, &everything()).await {
                Ok(user) => user,
                refused => return shown(refused),
            };
            user.resource.title = Some(title.into());
            let options =
                WriteOptions::default().selection(Selection::only(["userName", "title"]).expect("names"));
            shown(users.replace(&id, &user.resource, &options).await.map(after))
        }),
    )
    .case(Case::simulated("unknown").instead("user", "nobody"))
    .case(Case::simulated("a domain that is not claimed").call(|stage| {
        replaced(stage, |stage, user| {
            user.emails = vec![MultiValued::new(&stage.fact("stranger")).primary()];
        })
    }))
    .case(Case::simulated("the address is taken").call(|stage| {
        replaced(stage, |stage, user| {
            user.emails = vec![MultiValued::new(&stage.fact("other-email")).primary()];
        })
    }))
    .case(Case::simulated("elsewhere: the version that was read").call(|stage| guarded(stage, None)))
    .case(Case::simulated("elsewhere: another version").call(|stage| {
        let version = version(&stage);
        guarded(stage, Some(version))
    }));
    refused_by_atlassian(cases)
}

fn patch() -> Cases {
    async fn patched(stage: Stage, client: ScimClient, patch: PatchBuilder) -> Told {
        let patch = patch.build().expect("a patch");
        let options = WriteOptions::default();
        shown(
            client
                .users()
                .patch(&user(&stage), &patch, &options)
                .await
                .map(after),
        )
    }
    async fn at_odile(stage: Stage, patch: PatchBuilder, options: WriteOptions) -> Told {
        let patch = patch.build().expect("a patch");
        let users = elsewhere(&stage).users();
        shown(users.patch(&odile(&stage), &patch, &options).await.map(after))
    }
    let cases = Cases::of("users.patch", |stage| async move {
        let client = atlassian(&stage);
        patched(stage, client, Patch::builder().replace("active", false)).await
    })
    .case(Case::simulated("in every way").call(|stage| async move {
        let patch = Patch::builder()
            .replace(r#"emails[type eq "work"].value"#, stage.fact("newcomer"))
            .replace_attributes(json!({ "title": stage.fact("title") }))
            .add("nickName", stage.fact("nickname"))
            .remove("timezone");
        let client = atlassian(&stage);
        patched(stage, client, patch).await
    }))
    .case(Case::simulated("unknown").instead("user", "nobody"))
    .case(
        Case::simulated("a path that there is not").call(|stage| async move {
            let patch = Patch::builder().replace("badge", stage.fact("badge"));
            let client = unguarded(&stage);
            patched(stage, client, patch).await
        }),
    )
    .case(Case::simulated("nothing matches").call(|stage| async move {
        let patch = Patch::builder().replace(r#"emails[type eq "home"].value"#, stage.fact("newcomer"));
        let client = atlassian(&stage);
        patched(stage, client, patch).await
    }))
    .case(Case::simulated("the address is taken").call(|stage| async move {
        let patch = Patch::builder().replace(r#"emails[type eq "work"].value"#, stage.fact("other-email"));
        let client = atlassian(&stage);
        patched(stage, client, patch).await
    }))
    .case(
        Case::simulated("elsewhere: answered without the user").call(|stage| async move {
            let patch = Patch::builder().replace("active", true);
            at_odile(stage, patch, WriteOptions::default().if_match(ETag::any())).await
        }),
    )
    .case(
        Case::simulated("elsewhere: an extension").call(|stage| async move {
            let department = format!("{ENTERPRISE_SCHEMA}:department");
            let patch = Patch::builder().replace(department.as_str(), stage.fact("department"));
            let selection = Selection::only(["userName", ENTERPRISE_SCHEMA]).expect("names");
            at_odile(stage, patch, WriteOptions::default().selection(selection)).await
        }),
    )
    .case(
        Case::simulated("elsewhere: another version").call(|stage| async move {
            let options = WriteOptions::default().if_match(version(&stage));
            at_odile(stage, Patch::builder().replace("active", true), options).await
        }),
    );
    refused_by_atlassian(cases)
}

fn delete() -> Cases {
    async fn deleted(stage: Stage) -> Told {
        shown(
            atlassian(&stage)
                .users()
                .delete(&user(&stage), None)
                .await
                .map(receipt),
        )
    }
    async fn guarded(stage: Stage, version: ETag) -> Told {
        let users = elsewhere(&stage).users();
        shown(users.delete(&odile(&stage), Some(&version)).await.map(receipt))
    }
    let cases = Cases::of("users.delete", deleted)
        .case(Case::simulated("deleted before").before(deleted))
        .case(Case::simulated("unknown").instead("user", "nobody"))
        .case(Case::simulated("elsewhere: whatever version").call(|stage| guarded(stage, ETag::any())))
        .case(Case::simulated("elsewhere: another version").call(|stage| {
            let version = version(&stage);
            guarded(stage, version)
        }))
        .case(
            Case::simulated("elsewhere: a conflict")
                .key(provider::key(409))
                .call(|stage| guarded(stage, ETag::any())),
        );
    refused_by_atlassian(cases)
}
