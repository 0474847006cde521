//! The rules by which access is judged.

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth tidying up.
    Low,
    /// To be decided in the next review.
    Medium,
    /// To be dealt with now.
    High,
}

impl Severity {
    /// Every severity, the least grave first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The severity in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Something that is looked for.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// How grave what it finds is.
    pub severity: Severity,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

pub(super) static ADMIN_DORMANT: Rule = Rule {
    id: "admin-dormant",
    severity: Severity::High,
    title: "administrators who are not active",
    why: "Nobody notices when an account that nobody uses is taken over, and this one can change the access of others.",
    advice: "Ask its owner whether the role is still needed; revoke it, or suspend the account.",
};
pub(super) static ADMIN_UNMANAGED: Rule = Rule {
    id: "admin-unmanaged",
    severity: Severity::High,
    title: "administrators with an unmanaged account",
    why: "Such an account is under no password, login or second-factor policy of yours, and cannot be deactivated.",
    advice: "Give the role to a managed account of the same person, or claim the domain, and revoke it here.",
};
pub(super) static ADMIN_WITHOUT_MFA: Rule = Rule {
    id: "admin-without-mfa",
    severity: Severity::High,
    title: "administrators without a second factor",
    why: "One stolen password is enough to change the access of everybody.",
    advice: "Enforce two-step verification by an authentication policy, or revoke the role.",
};
pub(super) static TOKEN_OF_LEAVER: Rule = Rule {
    id: "token-of-leaver",
    severity: Severity::High,
    title: "tokens of accounts that are out of use",
    why: "A token may outlive the login of its owner, and comes back to life with the account.",
    advice: "Revoke the token; what still runs with it needs one of a service account.",
};
pub(super) static OUTSIDE_WITH_ACCESS: Rule = Rule {
    id: "outside-with-access",
    severity: Severity::High,
    title: "access outside of every directory",
    why: "No listing of the organization shows them, so that neither leavers' processes nor reviews of directories reach them.",
    advice: "Find out who they are; revoke what they hold, or add them to a directory.",
};
pub(super) static ADMIN_DISABLED: Rule = Rule {
    id: "admin-disabled",
    severity: Severity::Medium,
    title: "administrators whose account is out of use",
    why: "Whoever restores the account restores the role with it, without a decision about the role.",
    advice: "Revoke the role; it can be granted again when it is needed.",
};
pub(super) static ADMIN_UNEXPLAINED: Rule = Rule {
    id: "admin-unexplained",
    severity: Severity::Medium,
    title: "administrators whose role nothing explains",
    why: "The vendor states the role, and no assignment or group that was read gives it, so that it cannot be revoked by itself.",
    advice: "Look the account up in the vendor's administration, and find out what gives the role.",
};
pub(super) static TOKEN_EXPIRES_SOON: Rule = Rule {
    id: "token-expires-soon",
    severity: Severity::Medium,
    title: "tokens that expire within 30 days",
    why: "What runs with them stops without a warning.",
    advice: "Have the owner replace them before that day.",
};
pub(super) static TOKEN_NEVER_EXPIRES: Rule = Rule {
    id: "token-never-expires",
    severity: Severity::Medium,
    title: "tokens without an end",
    why: "One that leaked works for ever.",
    advice: "Replace them by ones that expire.",
};
pub(super) static GROUP_EMPTY_PRIVILEGED: Rule = Rule {
    id: "group-empty-privileged",
    severity: Severity::Medium,
    title: "empty groups with an administrator's role",
    why: "Whoever may change the members of such a group can make themselves an administrator, and nobody would miss the group.",
    advice: "Revoke the role of the group, or delete the group.",
};
pub(super) static DISABLED_WITH_ACCESS: Rule = Rule {
    id: "disabled-with-access",
    severity: Severity::Medium,
    title: "access of accounts that are out of use",
    why: "The access is there again the day the account is restored.",
    advice: "Remove the account from its groups, and revoke what it holds itself.",
};
pub(super) static HELD_TWO_WAYS: Rule = Rule {
    id: "held-two-ways",
    severity: Severity::Low,
    title: "access held directly and through a group",
    why: "Removing the account from the group does not take the access away.",
    advice: "Revoke the direct grant where the group is the right way to it.",
};
pub(super) static SEAT_IDLE: Rule = Rule {
    id: "seat-idle",
    severity: Severity::Low,
    title: "seats without activity",
    why: "A seat is paid for and not used.",
    advice: "Take it back; `licences --reclaimable` lists all of an app.",
};

/// Every rule, the gravest first.
pub static RULES: [&Rule; 13] = [
    &ADMIN_DORMANT,
    &ADMIN_UNMANAGED,
    &ADMIN_WITHOUT_MFA,
    &TOKEN_OF_LEAVER,
    &OUTSIDE_WITH_ACCESS,
    &ADMIN_DISABLED,
    &ADMIN_UNEXPLAINED,
    &TOKEN_EXPIRES_SOON,
    &TOKEN_NEVER_EXPIRES,
    &GROUP_EMPTY_PRIVILEGED,
    &DISABLED_WITH_ACCESS,
    &HELD_TWO_WAYS,
    &SEAT_IDLE,
];

impl Rule {
    /// Its place among the rules.
    pub(super) fn place(&self) -> usize {
        RULES
            .iter()
            .position(|rule| rule.id == self.id)
            .unwrap_or(RULES.len())
    }
}
