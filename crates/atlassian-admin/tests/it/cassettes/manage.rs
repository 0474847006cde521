//! Managed accounts: profile, address, lifecycle, tokens.

use super::at::{At, documented, instead, of, scoped_key, told, unknown_account};
use crate::support::fixture;
use atlassian_admin::*;
use vendor_contract::cases::{Case, Cases};

pub(super) fn cases() -> Vec<Cases> {
    let all = vec![
        permissions(),
        of("account.profile", async |at: At| {
            at.client.account_profile(&at.account()).await
        }),
        update_profile(),
        set_email(),
        of("account.disable", async |at: At| {
            at.client
                .disable_account(&at.account(), Some("Left the company"))
                .await
        })
        .case(provisioned())
        .case(Case::simulated("without a message").call(told(without_message)))
        .case(Case::simulated("to be deleted").before(told(delete)))
        .case(documented(
            "a field that is too long",
            400,
            fixture!("errors/e5-violations"),
        )),
        of("account.enable", async |at: At| {
            at.client.enable_account(&at.account()).await
        })
        .before(told(without_message))
        .case(provisioned())
        .case(Case::simulated("to be deleted").before(told(delete))),
        of("account.delete", delete)
            .case(Case::simulated("to be deleted").before(told(delete)))
            .case(Case::simulated("obligations").simulator(|simulator| {
                simulator.switches(atlassian_sim::Switches {
                    obligations: true,
                    ..Default::default()
                })
            })),
        of("account.cancel-delete", async |at: At| {
            at.client.cancel_account_deletion(&at.account()).await
        })
        .before(told(delete))
        .case(Case::simulated("not to be deleted")),
        of("account.tokens.list", async |at: At| {
            at.client.account_tokens(&at.account()).await
        }),
        of("account.tokens.revoke", async |at: At| {
            let token = TokenId::parse(&at.fact("token")).expect("an id");
            at.client.revoke_account_token(&at.account(), &token).await
        })
        .case(instead("an unknown token", "token", "unknown token")),
    ];
    // These hold for the whole surface.
    all.into_iter()
        .map(|cases| {
            cases
                .case(unknown_account())
                .case(instead(
                    "an account of somebody else",
                    "account",
                    "unmanaged account",
                ))
                .case(scoped_key())
        })
        .collect()
}

fn provisioned() -> Case {
    instead(
        "an account of an identity provider",
        "account",
        "provisioned account",
    )
}

async fn without_message(at: At) -> Result<Receipt, AdminError> {
    at.client.disable_account(&at.account(), None).await
}

async fn delete(at: At) -> Result<Receipt, AdminError> {
    at.client.delete_account(&at.account()).await
}

fn permissions() -> Cases {
    let some = async |at: At| {
        let asked = [Privilege::EmailSet, Privilege::ProfileWrite];
        at.client.account_permissions(&at.account(), &asked).await
    };
    of("account.permissions", some)
        .case(Case::simulated("all of them").call(told(async |at: At| {
            at.client.account_permissions(&at.account(), &[]).await
        })))
        .case(provisioned())
        .case(documented(
            "a privilege that there is not",
            400,
            fixture!("errors/e5-violations"),
        ))
}

fn update_profile() -> Cases {
    let update = async |at: At| {
        let change = ProfileChange::builder()
            .nickname(&at.fact("nickname"))
            .department(&at.fact("department"))
            .build()
            .expect("a change");
        at.client.update_account_profile(&at.account(), &change).await
    };
    let rename = async |at: At| {
        let change = ProfileChange::builder().name(&at.fact("new name")).build();
        at.client
            .update_account_profile(&at.account(), &change.expect("a change"))
            .await
    };
    of("account.profile.update", update)
        .case(provisioned().call(told(rename)))
        .case(documented("several fields", 403, fixture!("errors/e5-fields")))
        .case(documented(
            "a field that is too long",
            400,
            fixture!("errors/e5-violations"),
        ))
}

fn set_email() -> Cases {
    let set = async |at: At| {
        at.client
            .set_account_email(&at.account(), &at.fact("new address"))
            .await
    };
    of("account.email.set", set)
        .case(instead(
            "the address of another",
            "new address",
            "admin's address",
        ))
        .case(instead("an unclaimed domain", "new address", "foreign address"))
        .case(provisioned())
}
