//! Creates a user in a SCIM directory and makes it a member of a group: `scim_create_and_patch ADDRESS EMAIL GROUP`, with the
//! key of the directory in `SCIM_TOKEN`.
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

use http_kit::{ReqwestTransport, Secret};
use scim_client::{
    Filter, MultiValued, Patch, Profile, Query, ScimClient, Selection, User, WriteOptions, http_builder,
};
use std::{error::Error, sync::Arc};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, email, group] = arguments.as_slice() else {
        return Err("the arguments are ADDRESS EMAIL GROUP".into());
    };
    #[expect(clippy::disallowed_methods, reason = "a program without a configuration")]
    let key = Secret::from(std::env::var("SCIM_TOKEN")?);
    let transport = Arc::new(ReqwestTransport::builder().build()?);
    let http = http_builder(transport, address.parse()?, key).build()?;
    let client = ScimClient::new(http, Profile::atlassian());

    let mut user = User::new(email);
    user.emails = vec![MultiValued::new(email).primary()];
    let created = client.users().create(&user, &Selection::Default).await?;
    println!("created the user {}", created.id);

    let named = Query::builder().filter(Filter::eq("displayName", group.as_str())?);
    let found = client.groups().list(&named.build()?, None).await?;
    let group = found.items.first().ok_or("no such group")?;
    let join = Patch::builder().add_members([&created.id]).build()?;
    client
        .groups()
        .patch(&group.id, &join, &WriteOptions::default())
        .await?;
    println!("it is a member of the group {}", group.id);
    Ok(())
}
