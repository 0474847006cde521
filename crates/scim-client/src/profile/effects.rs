//! What operations do beyond the directory, for those who ask a person before they carry one out.

/// What the operations of a provider do beyond the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effects {
    /// What creating a user does.
    pub creation: CreationEffect,
    /// What deleting a user does.
    pub deletion: DeletionEffect,
    /// How many requests the provider takes.
    pub rate: RateExpectation,
}

/// What creating a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreationEffect {
    /// A user is created; one of the same name is a conflict.
    Creates,
    /// An account with the same primary e-mail address is linked where there is one, and its profile and status
    /// follow the user from then on; else one is created. Only another *user of the directory* is a conflict.
    /// The link may appear some time after the answer.
    CreatesOrLinks,
}

/// What deleting a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeletionEffect {
    /// The user is deleted.
    Deletes,
    /// The user leaves the directory, and the linked account is deactivated but stays. Created again, the user
    /// has another id, no memberships, and the same account.
    Deactivates,
}

/// How many requests a provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateExpectation {
    /// Nothing is known.
    Unknown,
    /// The provider publishes no figure and does not list the status 429; it is obeyed anyway.
    Unpublished,
}

impl Effects {
    pub(super) const fn standard() -> Self {
        Self {
            creation: CreationEffect::Creates,
            deletion: DeletionEffect::Deletes,
            rate: RateExpectation::Unknown,
        }
    }

    pub(super) const fn atlassian() -> Self {
        Self {
            creation: CreationEffect::CreatesOrLinks,
            deletion: DeletionEffect::Deactivates,
            rate: RateExpectation::Unpublished,
        }
    }
}
