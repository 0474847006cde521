//! Which records of SCIM directories belong to which accounts.

use super::at::{At, bad_request, foreign_org, instead, not_permitted, of, scoped_key, unknown_account};
use atlassian_admin::*;
use vendor_contract::cases::Cases;

pub(super) fn cases() -> Vec<Cases> {
    vec![
        of("scim-links.of-account", async |at: At| {
            let account = AccountId::parse(&at.fact("provisioned account")).expect("an id");
            at.client.scim_links(&account).await
        })
        .case(instead("no links", "provisioned account", "account"))
        .case(instead(
            "an unknown account",
            "provisioned account",
            "unknown account",
        ))
        .case(foreign_org())
        .case(bad_request())
        .case(not_permitted()),
        of("scim-links.of-email", async |at: At| {
            at.client
                .scim_links_for_email(&at.fact("provisioned address"))
                .await
        })
        .case(foreign_org())
        .case(bad_request())
        .case(not_permitted()),
        of("scim-links.unlink", async |at: At| {
            let directory = ScimDirectoryId::parse(&at.fact("SCIM directory")).expect("an id");
            let user = ScimUserId::parse(&at.fact("SCIM user")).expect("an id");
            at.client.unlink_scim_user(&directory, &user).await
        })
        .case(instead(
            "an unknown directory",
            "SCIM directory",
            "unknown directory",
        ))
        .case(instead("an unknown record", "SCIM user", "unknown id"))
        .case(scoped_key())
        .case(bad_request()),
        of("scim-links.delete-records", async |at: At| {
            at.client.delete_scim_records(&at.account()).await
        })
        .case(instead(
            "of a provisioned account",
            "account",
            "provisioned account",
        ))
        .case(unknown_account())
        .case(instead(
            "an account of somebody else",
            "account",
            "unmanaged account",
        ))
        .case(scoped_key())
        .case(bad_request()),
    ]
}
