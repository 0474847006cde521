//! Accounts: from the request of the protocol to a profile, and from an outcome to one of the four results.

use crate::status::Failure;
use connector_proto::connector::v2::{
    self, CreateAccountRequest, CreateAccountResponse, create_account_response as response,
    credential_options,
};
use connector_runtime::change::{Change, ChangeRecord, RecordState, name_account, to_json};
use connector_sdk::{ChangeState, Code};

/// The change that a request asks for.
///
/// # Errors
/// A way to log in that the connector does not set up: accounts are created without a password.
pub(crate) fn asked(
    request: CreateAccountRequest,
    schema: Option<&v2::ConnectorAccountCreationSchema>,
) -> Result<Change, Failure> {
    let options = request.credential_options.and_then(|options| options.options);
    match options {
        None | Some(credential_options::Options::NoPassword(_)) => {}
        Some(_) => {
            let message =
                "accounts are created without a password here: no other credential option is offered";
            return Err(Failure::new(Code::Unimplemented, message));
        }
    }
    let info = request.account_info.unwrap_or_default();
    let mut profile = info.profile.as_ref().map(to_json).unwrap_or_default();
    let main = info
        .emails
        .iter()
        .find(|email| email.is_primary)
        .or(info.emails.first());
    let is_there = |text: &&str| !text.is_empty();
    let login = Some(info.login.as_str()).filter(is_there);
    let email = main.map(|email| email.address.as_str()).filter(is_there);
    name_account(&mut profile, schema, login, email);
    Ok(Change::CreateAccount {
        profile,
        resource_type: Some(request.resource_type_id).filter(|id| !id.is_empty()),
    })
}

/// What is answered to a creation that came to an end.
pub(crate) fn answered(record: ChangeRecord) -> CreateAccountResponse {
    let resource = record.resource.map(|resource| *resource);
    let is_create_account_result = true;
    let result = match record.state {
        RecordState::CameTo(ChangeState::AlreadySo) => {
            response::Result::AlreadyExists(response::AlreadyExistsResult {
                resource,
                is_create_account_result,
            })
        }
        RecordState::CameTo(ChangeState::Done | ChangeState::Verified) => {
            response::Result::Success(response::SuccessResult {
                resource,
                is_create_account_result,
                invitation_expires_at: None,
            })
        }
        // Whatever else it is, nobody may take the account for there.
        RecordState::CameTo(ChangeState::InProgress | ChangeState::Planned)
        | RecordState::Failed
        | RecordState::Partial
        | RecordState::Unknown => response::Result::InProgress(response::InProgressResult {
            resource,
            is_create_account_result,
        }),
    };
    CreateAccountResponse {
        result: Some(result),
        ..Default::default()
    }
}
