//! How a role is held: from the vendor's methods to the basis of a grant.

use atlassian_admin::{AssignmentMethod, AssignmentMethods};
use connector_sdk::Basis;
use std::collections::BTreeSet;

/// How a role is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// What that makes of the grant.
    pub(crate) basis: Basis,
    /// The vendor's words, and `unknown` where they do not decide.
    pub(crate) words: BTreeSet<String>,
    /// Whether the vendor does not say how, in words that are known.
    pub(crate) unsaid: bool,
}

/// Decides from the methods; `None` where the role stands only in the deprecated list, which has none. `revocable` says
/// whether the API can take this role from an account here.
pub(crate) fn held(methods: Option<&AssignmentMethods>, revocable: bool) -> Held {
    let given: Vec<AssignmentMethod> = methods.into_iter().flat_map(AssignmentMethods::iter).collect();
    let mut words: BTreeSet<String> = given.iter().map(|method| method.as_str().to_owned()).collect();
    let derived = |method: &AssignmentMethod| {
        matches!(method, AssignmentMethod::GroupDirect | AssignmentMethod::Inferred)
    };
    if given.contains(&AssignmentMethod::Direct) {
        return Held {
            basis: Basis::Stated {
                immutable: !revocable,
            },
            words,
            unsaid: false,
        };
    }
    if !given.is_empty() && given.iter().all(derived) {
        return Held {
            basis: Basis::Conditional { changeable: false },
            words,
            unsaid: false,
        };
    }
    words.insert("unknown".to_owned());
    Held {
        basis: Basis::Conditional {
            changeable: revocable,
        },
        words,
        unsaid: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn methods_decide_between_stated_and_conditional() {
        let mut table = String::new();
        for methods in [
            Some(vec!["direct"]),
            Some(vec!["direct", "group_direct"]),
            Some(vec!["inferred", "direct"]),
            Some(vec!["direct", "delegated"]),
            Some(vec!["group_direct"]),
            Some(vec!["inferred"]),
            Some(vec!["inferred", "group_direct"]),
            Some(vec!["group_direct", "delegated"]),
            Some(vec!["delegated"]),
            Some(vec![]),
            None,
        ] {
            let set: Option<AssignmentMethods> = methods
                .as_ref()
                .map(|words| words.iter().map(|word| AssignmentMethod::from(*word)).collect());
            for revocable in [true, false] {
                let Held { basis, words, unsaid } = held(set.as_ref(), revocable);
                let (words, unsaid) = (
                    Vec::from_iter(words).join(" "),
                    if unsaid { ", remarked" } else { "" },
                );
                let revocable = if revocable { "revocable" } else { "fixed" };
                writeln!(table, "{methods:?} {revocable}: {basis:?} [{words}]{unsaid}").unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
