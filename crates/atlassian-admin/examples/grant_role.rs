//! Gives an account a role, or says why the vendor refuses. Without a resource it lists what roles are given on.
//!
//! The simulator prints the organization and its key; the example `list_users` prints accounts. With `--roles-gated`
//! it refuses, as the vendor does until its support has enabled this for an organization.
//!
//! ```text
//! cargo run -p atlassian-sim -- --preset demo --port 8931 --roles-gated
//! ATLASSIAN_API_KEY=… cargo run -p atlassian-admin --example grant_role -- http://127.0.0.1:8931 ORGANIZATION
//! ATLASSIAN_API_KEY=… cargo run -p atlassian-admin --example grant_role -- http://127.0.0.1:8931 ORGANIZATION ACCOUNT RESOURCE atlassian/user
//! ```
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

mod support;

use atlassian_admin::{AccountId, AdminErrorKind, ResourceAri, RoleId, RoleOnResource};
use futures_util::TryStreamExt;
use std::error::Error;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (client, arguments) = support::client("[ACCOUNT RESOURCE ROLE]")?;
    let [account, resource, role] = arguments.as_slice() else {
        let mut pages = Box::pin(client.workspaces_stream(None));
        while let Some(page) = pages.try_next().await? {
            for workspace in page.items {
                println!(
                    "{} {}",
                    workspace.id,
                    workspace.attributes.name.as_deref().unwrap_or("?")
                );
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    let account = AccountId::parse(account)?;
    let grant = RoleOnResource::new(RoleId::from(role.as_str()), ResourceAri::parse(resource)?)?;
    let error = match client.assign_user_role(&account, &grant).await {
        Ok(receipt) => {
            let id = receipt.request_id.as_deref().unwrap_or("unknown");
            println!("given: status {}, request {id}", receipt.status);
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) if error.kind() == AdminErrorKind::AlreadyThere => {
            println!("the account has the role already");
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => error,
    };
    println!("{:?}: {error}", error.kind());
    match (error.support_request(), error.hint()) {
        (Some(request), _) => println!("Send this to Atlassian Support:\n{request}"),
        (None, Some(hint)) => println!("{hint}"),
        (None, None) => {}
    }
    Ok(ExitCode::FAILURE)
}
