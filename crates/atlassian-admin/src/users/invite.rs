//! Invitations.

use crate::client::receipt;
use crate::decode::{nullable, optional};
use crate::operation::USERS_INVITE;
use crate::parameter::{ParameterError, at_most};
use crate::roles::RoleOnResource;
use crate::{AccountId, AdminClient, EmailAddress, GroupId, Receipt, ResourceAri, Write};
use http_kit::open_words;
use http_kit::{BadRow, decode_rows};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A checked invitation of up to 25 people, for [`invite_users`](crate::AdminClient::invite_users).
///
/// There is no directory to choose: it follows from the apps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    emails: Vec<EmailAddress>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    permission_rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_groups: Vec<GroupId>,
    send_notification: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Rule {
    resource: ResourceAri,
    role: crate::RoleId,
}

impl Invitation {
    /// An invitation of the people with these addresses (1 to 25), without a mail.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when there are none or too many, or when one is not an address.
    pub fn new<'a>(emails: impl IntoIterator<Item = &'a str>) -> Result<Self, ParameterError> {
        let emails: Vec<_> = emails.into_iter().map(str::trim).collect();
        at_most("emails", &emails, 25)?;
        if emails.is_empty() {
            return Err(ParameterError::Missing {
                parameter: "emails",
                reason: "someone has to be invited",
            });
        }
        if let Some(odd) = emails.iter().find(|email| !is_address(email)) {
            return Err(ParameterError::Malformed {
                parameter: "emails",
                expected: "addresses such as name@example.com",
                length: odd.chars().count(),
            });
        }
        Ok(Self {
            emails: emails.into_iter().map(EmailAddress::from).collect(),
            permission_rules: Vec::new(),
            additional_groups: Vec::new(),
            send_notification: false,
            notification_text: None,
        })
    }

    /// Gives them a role.
    #[must_use]
    pub fn with_role(mut self, grant: RoleOnResource) -> Self {
        self.permission_rules.push(Rule {
            resource: grant.resource,
            role: grant.role,
        });
        self
    }

    /// Makes them members of a group.
    #[must_use]
    pub fn with_group(mut self, group: GroupId) -> Self {
        self.additional_groups.push(group);
        self
    }

    /// Sends them a mail with this text; without a text the vendor sends none.
    #[must_use]
    pub fn with_mail(mut self, text: &str) -> Self {
        self.send_notification = true;
        self.notification_text = Some(text.to_owned());
        self
    }
}

/// The result of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InviteOutcome {
    /// One entry for each address.
    pub invited: Vec<Invited>,
    /// Entries that could not be read. The people were invited anyway.
    pub bad_rows: Vec<BadRow>,
    /// Whether everything was assigned, by the status of the answer (200, not 206).
    pub complete: bool,
    /// The answer itself.
    pub receipt: Receipt,
}

/// The result of the invitation of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invited {
    /// The account: a new one, or the one that the address had already.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<AccountId>,
    /// The address.
    pub email: EmailAddress,
    /// The result of the roles and groups.
    #[serde(default, deserialize_with = "nullable")]
    pub results: Vec<InviteResult>,
}

/// The result of the roles and groups of an invitation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InviteResult {
    /// The roles.
    #[serde(default, deserialize_with = "nullable")]
    pub role_assignment_result: Vec<InviteRoleResult>,
    /// The groups.
    #[serde(default, deserialize_with = "nullable")]
    pub group_assignment_result: Vec<InviteGroupResult>,
}

/// The result of one role of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InviteRoleResult {
    /// The resource.
    pub resource: Option<String>,
    /// The role, which the vendor may give back in another form than it was sent.
    pub role: Option<String>,
    /// Whether it was assigned.
    pub status: InviteStatus,
    /// Why not.
    pub status_reason: Option<String>,
}

/// The result of one group of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InviteGroupResult {
    /// The group.
    #[serde(default, deserialize_with = "optional")]
    pub group: Option<GroupId>,
    /// Whether it was assigned.
    pub status: InviteStatus,
    /// Why not.
    pub status_reason: Option<String>,
}

open_words! {
    exact;
    /// Whether a part of an invitation was carried out.
    pub enum InviteStatus {
        /// It was.
        Invited = "INVITED",
        /// It was not.
        Error = "ERROR",
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Box<RawValue>>,
}

impl AdminClient {
    /// Invites people, and gives them roles and groups.
    ///
    /// An address that has an account already is linked to it; no second account is made.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`PaymentRequired`](crate::AdminErrorKind::PaymentRequired) for an organization
    /// without a paid subscription, [`LicenceLimit`](crate::AdminErrorKind::LicenceLimit) when there is no
    /// seat. That single roles or groups failed is not an error: see [`InviteOutcome::complete`].
    pub fn invite_users(&self, invitation: &Invitation) -> Write<InviteOutcome> {
        let call = USERS_INVITE.call(&[self.org().as_str()]).json(invitation);
        let emails: Vec<_> = invitation.emails.iter().map(lowercase).collect();
        self.write_as(call, move |client, answer| {
            let rows = answer
                .json::<Answer>()
                .map_err(|api| client.error(api, false))?
                .data;
            let (invited, bad_rows) = decode_rows::<Invited>(answer.operation, &rows, "id");
            let mut receipt = receipt(&answer);
            // A row with results for each address is documented; of an address without them nothing was said.
            receipt.documented &= emails.iter().all(|email| {
                let mut of = invited.iter().filter(|row| lowercase(&row.email) == *email);
                of.any(|row| !row.results.is_empty())
            });
            Ok(InviteOutcome {
                invited,
                bad_rows,
                complete: answer.status != http::StatusCode::PARTIAL_CONTENT,
                receipt,
            })
        })
    }
}

fn lowercase(email: &EmailAddress) -> String {
    email.as_str().to_lowercase()
}

fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && text.len() <= 320
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}
