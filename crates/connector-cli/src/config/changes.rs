//! The settings of changes.

use super::setting::{Group, Setting, of, switch};
use connector_sdk::FieldKind;

/// Names of the settings.
pub(crate) mod name {
    pub(crate) const GRANT_ENTITLEMENT: &str = "grant-entitlement";
    pub(crate) const GRANT_PRINCIPAL: &str = "grant-principal";
    pub(crate) const GRANT_PRINCIPAL_TYPE: &str = "grant-principal-type";
    pub(crate) const REVOKE_GRANT: &str = "revoke-grant";
    pub(crate) const REVOKE_ENTITLEMENT: &str = "revoke-entitlement";
    pub(crate) const REVOKE_PRINCIPAL: &str = "revoke-principal";
    pub(crate) const REVOKE_PRINCIPAL_TYPE: &str = "revoke-principal-type";
    pub(crate) const CREATE_LOGIN: &str = "create-account-login";
    pub(crate) const CREATE_EMAIL: &str = "create-account-email";
    pub(crate) const CREATE_PROFILE: &str = "create-account-profile";
    pub(crate) const CREATE_TYPE: &str = "create-account-resource-type";
    pub(crate) const DELETE: &str = "delete-resource";
    pub(crate) const DELETE_TYPE: &str = "delete-resource-type";
    pub(crate) const INVOKE: &str = "invoke-action";
    pub(crate) const INVOKE_ARGUMENTS: &str = "invoke-action-args";
    pub(crate) const LIST_ACTIONS: &str = "list-action-schemas";
    pub(crate) const DRY_RUN: &str = "dry-run";
    pub(crate) const VERIFY: &str = "verify";
    pub(crate) const AUDIT_LOG: &str = "audit-log";
    pub(crate) const TEMP_DIR: &str = "c1z-temp-dir";
}

/// Whether a setting says which change or list is asked for, and not how it is made.
pub(super) fn asks(name: &str) -> bool {
    settings().iter().any(|setting| setting.name() == name)
        && ![name::DRY_RUN, name::VERIFY, name::AUDIT_LOG, name::TEMP_DIR].contains(&name)
}

/// Every setting of changes. Those that ask for one cannot stand in a file, where they would be forgotten.
pub(crate) fn settings() -> Vec<Setting> {
    let text = |name, title, about, word| {
        of(Group::Change, name, title, about, FieldKind::Text(None))
            .value_word(word)
            .not_in_file()
    };
    vec![
        text(
            name::GRANT_ENTITLEMENT,
            "Entitlement to grant",
            "Grant this entitlement (its id or name in the artifact at --file) …",
            "ID",
        )
        .common(),
        text(
            name::GRANT_PRINCIPAL,
            "Principal",
            "… to this principal (its id, address or name) …",
            "ID",
        )
        .common(),
        text(
            name::GRANT_PRINCIPAL_TYPE,
            "Type of the principal",
            "… of this resource type, where it can be granted to several",
            "TYPE",
        ),
        text(
            name::REVOKE_GRANT,
            "Grant to revoke",
            "Revoke this grant (its id in the artifact at --file)",
            "ID",
        )
        .common(),
        text(
            name::REVOKE_ENTITLEMENT,
            "Entitlement to revoke",
            "Revoke this entitlement (its id or name in the artifact at --file) …",
            "ID",
        ),
        text(
            name::REVOKE_PRINCIPAL,
            "Holder",
            "… from this principal (its id, address or name) …",
            "ID",
        ),
        text(
            name::REVOKE_PRINCIPAL_TYPE,
            "Type of the holder",
            "… of this resource type, where several have one of that name",
            "TYPE",
        ),
        text(
            name::CREATE_PROFILE,
            "Profile",
            "Create an account from this profile, a JSON object",
            "JSON",
        ),
        text(
            name::CREATE_LOGIN,
            "Login",
            "Create an account with this login; with a profile it fills in what that lacks",
            "LOGIN",
        ),
        text(
            name::CREATE_EMAIL,
            "Email",
            "Create an account with this address; with a profile it fills in what that lacks",
            "EMAIL",
        ),
        text(
            name::CREATE_TYPE,
            "Type of the account",
            "The resource type of the new account, where there are several",
            "TYPE",
        ),
        text(
            name::DELETE,
            "Resource to delete",
            "Delete this resource (its id, or its address or name in the artifact) …",
            "ID",
        ),
        text(
            name::DELETE_TYPE,
            "Type of the resource",
            "… of this resource type",
            "TYPE",
        ),
        text(name::INVOKE, "Action", "Invoke this action", "NAME"),
        text(
            name::INVOKE_ARGUMENTS,
            "Arguments",
            "Its arguments, a JSON object",
            "JSON",
        ),
        switch(
            Group::Change,
            name::LIST_ACTIONS,
            "List actions",
            "Print the actions with what they take; no key is needed",
        )
        .not_in_file(),
        switch(
            Group::Change,
            name::DRY_RUN,
            "Dry run",
            "Read the state and print what would be sent, but change nothing",
        )
        .common()
        .not_in_file(),
        switch(
            Group::Change,
            name::VERIFY,
            "Verify",
            "After a change, read until it shows",
        ),
        of(
            Group::Change,
            name::AUDIT_LOG,
            "Audit log",
            "Add every change to this file, before and after it is made, as lines of JSON",
            FieldKind::Text(None),
        )
        .value_word("PATH"),
        of(
            Group::Change,
            name::TEMP_DIR,
            "Folder for temporary files",
            "Where a change unpacks the artifact; a sync works beside it and needs no such folder",
            FieldKind::Text(None),
        )
        .value_word("DIR")
        .default_words("BATON_TMPDIR, then beside --file, then the system's"),
    ]
}
