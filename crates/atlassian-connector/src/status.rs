//! What the vendor's words about the state of an account mean.

use connector_sdk::AccountStatus;

/// The status of an account by the vendor's word, be it the composite status of a directory listing or the account
/// status of the managed accounts. A word that is not known says nothing.
pub(crate) fn of_account(word: &str) -> AccountStatus {
    match word {
        "active" => AccountStatus::Enabled,
        "suspended" | "not_invited" | "deactivated" | "inactive" | "for_deletion" | "closed" => {
            AccountStatus::Disabled
        }
        _ => AccountStatus::Unspecified,
    }
}

/// The status of an API token by the vendor's word.
pub(crate) fn of_token(word: &str) -> AccountStatus {
    match word {
        "ALLOWED" => AccountStatus::Enabled,
        "BLOCKED" => AccountStatus::Disabled,
        _ => AccountStatus::Unspecified,
    }
}

/// Whether this word explains that an account has no role assignments to read: it is in no directory, or no account any
/// more. A suspended account keeps its roles, so there they must be readable.
pub(crate) fn explains_no_roles(word: &str) -> bool {
    matches!(
        word,
        "not_invited" | "deactivated" | "inactive" | "for_deletion" | "closed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use AccountStatus::{Disabled, Enabled, Unspecified};

    #[test]
    fn every_account_status_has_one_meaning() {
        for (word, status, explains) in [
            ("active", Enabled, false),
            ("suspended", Disabled, false),
            ("not_invited", Disabled, true),
            ("deactivated", Disabled, true),
            ("inactive", Disabled, true),
            ("for_deletion", Disabled, true),
            ("closed", Disabled, true),
            ("pending_review", Unspecified, false),
            ("ACTIVE", Unspecified, false),
            ("", Unspecified, false),
        ] {
            assert_eq!(
                (of_account(word), explains_no_roles(word)),
                (status, explains),
                "{word}"
            );
        }
    }

    #[test]
    fn every_token_status_has_one_meaning() {
        for (word, status) in [
            ("ALLOWED", Enabled),
            ("BLOCKED", Disabled),
            ("EXPIRED", Unspecified),
        ] {
            assert_eq!(of_token(word), status, "{word}");
        }
    }
}
