//! The truth as lines, to see what a write changes in it.

use atlassian_sim::{Org, Truth};
use std::collections::BTreeSet;

/// Everything that is true, one line for each fact. Names are as short as they can be told apart by.
pub(crate) fn facts(org: &Org) -> BTreeSet<String> {
    let truth: Truth = org.truth();
    let mut all = BTreeSet::new();
    for account in truth.accounts().filter(|account| account.is_named) {
        all.insert(format!(
            "account {} {:?} {:?} {}/{}/{} {}",
            account.id,
            account.listing,
            account.email.unwrap_or_default(),
            account.status.unwrap_or("-"),
            account.account_status.unwrap_or("-"),
            account.membership_status.unwrap_or("-"),
            match (account.managed, account.provisioned) {
                (true, true) => "provisioned",
                (true, false) => "managed",
                (false, true) => "provisioned-unmanaged",
                (false, false) => "unmanaged",
            },
        ));
        for (directory, status) in account.directories {
            all.insert(format!("directory {} {directory} {}", account.id, status.word()));
        }
    }
    for user in truth.scim_users() {
        let account = user.account.as_deref().unwrap_or("-");
        let active = if user.active { "active" } else { "inactive" };
        all.insert(format!("scim {} {:?} {active} {account}", user.id, user.email));
    }
    all.extend(
        truth
            .groups()
            .map(|group| format!("group {} {}", group.id, group.name)),
    );
    all.extend(
        truth
            .memberships()
            .map(|membership| format!("member {} {}", membership.group, membership.account)),
    );
    all.extend(
        truth
            .group_roles()
            .map(|role| format!("group-role {} {} {}", role.group, role.target, role.role)),
    );
    for access in truth.access() {
        let methods: Vec<&str> = access.methods.iter().copied().collect();
        let directories: Vec<&str> = access
            .directories
            .iter()
            .map(|(_, status)| status.word())
            .collect();
        all.insert(format!(
            "access {} {} {} {}{}",
            access.account,
            access.target,
            access.role,
            methods.join("+"),
            directories
                .iter()
                .map(|word| format!(" {word}"))
                .collect::<String>(),
        ));
    }
    all.extend(
        truth
            .tokens()
            .map(|token| format!("token {} {}", token.id, token.owner)),
    );
    all
}

/// What is different, as sorted lines: gone ones begin with `-`, new ones with `+`.
pub(crate) fn difference(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
    let gone = before.difference(after).map(|line| format!("- {line}"));
    let new = after.difference(before).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}
