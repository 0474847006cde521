//! Managed accounts: profile, address, lifecycle, tokens. The organization has to manage the account, and the
//! key must have no scopes.

mod permissions;
mod profile;

use http_kit::{Answer, ApiError, ApiErrorKind, Call, Page, ReadRows, Row, RowLimit, read_row, read_rows};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use permissions::{Permission, Permissions, Privilege, RestrictionReason};
pub use profile::{AccountProfile, ExtendedProfile, ProfileChange, ProfileChangeBuilder};

use crate::client::{about, not_a_list};
use crate::decode::Extra;
use crate::operation::{
    ACCOUNT_CANCEL_DELETE, ACCOUNT_DELETE, ACCOUNT_DISABLE, ACCOUNT_EMAIL_SET, ACCOUNT_ENABLE,
    ACCOUNT_PERMISSIONS, ACCOUNT_PROFILE, ACCOUNT_PROFILE_UPDATE, ACCOUNT_TOKENS_LIST, ACCOUNT_TOKENS_REVOKE,
};
use crate::parameter::Params;
use crate::{AccountId, AdminClient, AdminError, TokenId, VendorTime, Write};

/// An API token of an account, as the account's own listing gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountToken {
    /// The token.
    pub id: TokenId,
    /// What its owner called it.
    pub label: Option<String>,
    /// When it was made.
    pub created_at: Option<VendorTime>,
    /// When it was last used.
    pub last_access: Option<VendorTime>,
    /// When it ends.
    pub expiry: Option<VendorTime>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for AccountToken {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

/// The listing of an account's tokens has no pages, and no account has nearly as many.
const MOST_TOKENS: usize = 10_000;

#[derive(Deserialize)]
struct Envelope<T> {
    account: T,
}

/// Reads the profile of an account from an answer; odd fields of it are left out.
fn profile(answer: &Answer, asked: &AccountId) -> Result<AccountProfile, ApiError> {
    not_a_list(answer)?;
    let Envelope { account } = answer.json::<Envelope<Box<RawValue>>>()?;
    let profile: AccountProfile = match read_row(answer.operation, &account) {
        Ok((profile, _)) => profile,
        Err(bad) => match serde_json::from_slice::<Envelope<AccountProfile>>(&answer.body) {
            Ok(answer) => answer.account,
            Err(error) => return Err(answer.undecodable(&format!("account.{}", bad.field), &error)),
        },
    };
    about(answer, asked.as_str(), profile.account_id.as_str())?;
    Ok(profile)
}

#[derive(Serialize)]
struct Email<'a> {
    email: &'a str,
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl AdminClient {
    /// What the organization may do to an account: all of it, or only the privileges named. Ask before every
    /// change.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`InsufficientScope`](crate::AdminErrorKind::InsufficientScope) for every key with
    /// scopes, [`AccountNotManaged`](crate::AdminErrorKind::AccountNotManaged) for an account of someone
    /// else. So for all operations of this surface.
    pub async fn account_permissions(
        &self,
        account: &AccountId,
        privileges: &[Privilege],
    ) -> Result<Permissions, AdminError> {
        let mut params = Params::default();
        params.many("privileges", privileges);
        self.json(ACCOUNT_PERMISSIONS.call_with(&[account.as_str()], &params))
            .await
    }

    /// The profile of an account.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn account_profile(&self, account: &AccountId) -> Result<AccountProfile, AdminError> {
        self.profile(account, ACCOUNT_PROFILE.call(&[account.as_str()]))
            .await
    }

    /// Changes the profile of an account, and returns what it is then.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`ExternallyManaged`](crate::AdminErrorKind::ExternallyManaged) when an identity
    /// provider owns a field.
    pub fn update_account_profile(
        &self,
        account: &AccountId,
        change: &ProfileChange,
    ) -> Write<AccountProfile> {
        let call = ACCOUNT_PROFILE_UPDATE.call(&[account.as_str()]).json(change);
        let (client, account) = (self.clone(), account.clone());
        Write::new(self.http(), call, |call| async move {
            client.profile(&account, call).await
        })
    }

    async fn profile(&self, account: &AccountId, call: Call) -> Result<AccountProfile, AdminError> {
        self.http()
            .send_as(call, |answer| profile(&answer, account))
            .await
            .map_err(|api| self.error(api, false))
    }

    /// Sets the address of an account. It counts as confirmed at once, and all sessions of the person end.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`DomainNotClaimed`](crate::AdminErrorKind::DomainNotClaimed) when the organization
    /// has not verified the domain.
    pub fn set_account_email(&self, account: &AccountId, email: &str) -> Write {
        self.write(ACCOUNT_EMAIL_SET.call(&[account.as_str()]).json(&Email { email }))
    }

    /// Deactivates an account: it cannot log in anywhere. The message is shown to the person.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`ExternallyManaged`](crate::AdminErrorKind::ExternallyManaged) for an account of an
    /// identity provider, [`LifecycleConflict`](crate::AdminErrorKind::LifecycleConflict).
    pub fn disable_account(&self, account: &AccountId, message: Option<&str>) -> Write {
        self.write(
            ACCOUNT_DISABLE
                .call(&[account.as_str()])
                .json(&Message { message }),
        )
    }

    /// Activates a deactivated account. One that waits for its deletion needs
    /// [`cancel_account_deletion`](Self::cancel_account_deletion).
    ///
    /// # Errors
    ///
    /// As [`disable_account`](Self::disable_account).
    pub fn enable_account(&self, account: &AccountId) -> Write {
        self.write(ACCOUNT_ENABLE.call(&[account.as_str()]))
    }

    /// Deactivates an account and deletes it, everywhere and for good, 14 days later.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`AccountNotFound`](crate::AdminErrorKind::AccountNotFound) when it is deleted already
    /// or never was, [`LifecycleConflict`](crate::AdminErrorKind::LifecycleConflict) when it still has
    /// obligations.
    pub fn delete_account(&self, account: &AccountId) -> Write {
        self.write(ACCOUNT_DELETE.call(&[account.as_str()]))
    }

    /// Keeps an account that waits for its deletion, **and activates it**.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub fn cancel_account_deletion(&self, account: &AccountId) -> Write {
        self.write(ACCOUNT_CANCEL_DELETE.call(&[account.as_str()]))
    }

    /// The API tokens of an account, in one page.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn account_tokens(&self, account: &AccountId) -> Result<Page<AccountToken>, AdminError> {
        let call = ACCOUNT_TOKENS_LIST.call(&[account.as_str()]);
        self.http()
            .send_as(call, |answer| {
                let rows = answer.json_seed(RowLimit::<&RawValue>::new(MOST_TOKENS))?;
                if rows.count > MOST_TOKENS {
                    let reason = format!(
                        "the account has {} API tokens, more than {MOST_TOKENS}",
                        rows.count
                    );
                    return Err(answer.error(ApiErrorKind::TooLarge, reason));
                }
                let ReadRows {
                    items,
                    bad_rows,
                    odd_fields,
                } = read_rows(answer.operation, &rows.rows);
                Ok(Page {
                    items,
                    bad_rows,
                    odd_fields,
                    next: None,
                })
            })
            .await
            .map_err(|api| self.error(api, false))
    }

    /// Revokes an API token of an account.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`NotFound`](crate::AdminErrorKind::NotFound) when the account has no such token,
    /// which is also the answer when it was revoked already.
    pub fn revoke_account_token(&self, account: &AccountId, token: &TokenId) -> Write {
        self.write(ACCOUNT_TOKENS_REVOKE.call(&[account.as_str(), token.as_str()]))
    }
}
