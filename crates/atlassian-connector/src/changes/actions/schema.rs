//! What each action is called, takes and answers.

use super::{
    CANCEL_ACCOUNT_DELETION, DEACTIVATE_ACCOUNT, DISABLE_USER, ENABLE_USER, INVITE_USER, REACTIVATE_ACCOUNT,
    REMOVE_USER, REVOKE_API_TOKEN,
};
use connector_sdk::proto::connector::v2::{ActionType, BatonActionSchema};
use connector_sdk::{ConfigSchema, Field, FieldKind};

/// The actions, in the order in which people look for them.
pub(crate) fn all() -> Vec<BatonActionSchema> {
    let account = || Field::string("user_id", "User ID", "The Atlassian account ID").required();
    vec![
        schema(
            ENABLE_USER,
            "Enable User",
            "Restores an account in every directory of the organization that it belongs to, with its groups and roles. \
             It takes its seats again",
            ActionType::AccountEnable,
            vec![account()],
        ),
        schema(
            DISABLE_USER,
            "Disable User",
            "Suspends an account in every directory of the organization that it belongs to. It keeps its groups and \
             roles for the day it is restored, and works elsewhere. Administrators of the organization cannot be \
             suspended",
            ActionType::AccountDisable,
            vec![account()],
        ),
        schema(
            DEACTIVATE_ACCOUNT,
            "Deactivate Account",
            "Deactivates a managed account: it cannot log in anywhere. Accounts of an identity provider are deactivated \
             there",
            ActionType::Account,
            vec![
                account(),
                Field::string("message", "Message", "What the person is told"),
            ],
        ),
        schema(
            REACTIVATE_ACCOUNT,
            "Reactivate Account",
            "Activates a managed account that was deactivated",
            ActionType::Account,
            vec![account()],
        ),
        schema(
            CANCEL_ACCOUNT_DELETION,
            "Cancel Account Deletion",
            "Keeps a managed account that waits for its deletion, and activates it",
            ActionType::Account,
            vec![account()],
        ),
        schema(
            REVOKE_API_TOKEN,
            "Revoke API Token",
            "Revokes an API token of a managed account, for good",
            ActionType::Dynamic,
            vec![
                Field::string("token_id", "Token ID", "The API token").required(),
                Field::string(
                    "user_id",
                    "User ID",
                    "Whose token it is; checked where it is given",
                ),
            ],
        ),
        schema(
            REMOVE_USER,
            "Remove User",
            "Removes an account from the directories of the organization that it belongs to, with its groups and roles. \
             This cannot be undone",
            ActionType::Account,
            vec![
                account(),
                Field::string("directory_id", "Directory ID", "Only from this directory"),
            ],
        ),
        schema(
            INVITE_USER,
            "Invite User",
            "Invites a person by e-mail address and gives them a role and groups. An address that has an account is \
             linked to it",
            ActionType::Account,
            vec![
                Field::string("email", "Email", "The address of the person").required(),
                Field::string("resource", "Workspace", "The workspace (ARI) to give a role on"),
                Field::string(
                    "role",
                    "Role",
                    "The role to give on it, atlassian/user for example",
                ),
                Field::of(
                    "group_ids",
                    "Groups",
                    "The ids of groups to add the person to",
                    FieldKind::List,
                ),
                Field::string(
                    "message",
                    "Message",
                    "The text of a mail; without it none is sent",
                ),
            ],
        ),
    ]
}

fn schema(
    name: &str,
    display_name: &str,
    description: &str,
    action_type: ActionType,
    arguments: Vec<Field>,
) -> BatonActionSchema {
    BatonActionSchema {
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        description: description.to_owned(),
        action_type: vec![action_type.into()],
        arguments: fields(arguments),
        return_types: fields(vec![Field::switch(
            "success",
            "Success",
            "Whether all of it was done, or was so already",
        )]),
        ..Default::default()
    }
}

fn fields(fields: Vec<Field>) -> Vec<connector_sdk::proto::config::v1::Field> {
    ConfigSchema {
        fields,
        ..ConfigSchema::default()
    }
    .to_proto()
    .fields
}
