//! Checks that are made before a sync counts as verified, by the names that the format gives them.

use crate::error::SyncError;
use connector_proto::{any, connector::v2};
use std::collections::BTreeMap;

/// The most entitlements of an exclusion group that the format allows.
const LARGEST_GROUP: usize = 50;

/// I5: an exclusion group is on one resource type, has one default at most and 50 entitlements at most.
#[derive(Debug, Default)]
pub(super) struct ExclusionGroups(BTreeMap<String, Group>);

#[derive(Debug)]
struct Group {
    resource_type: String,
    defaults: usize,
    entitlements: usize,
}

impl ExclusionGroups {
    /// Takes in an entitlement on a resource of this type.
    pub(super) fn add(
        &mut self,
        resource_type: &str,
        entitlement: &v2::Entitlement,
    ) -> Result<(), SyncError> {
        let bad = |why: &str| {
            let id = &entitlement.id;
            Err(SyncError::BadRow(format!(
                "the exclusion group of entitlement {id:?} {why}"
            )))
        };
        match any::pick::<v2::EntitlementExclusionGroup>(&entitlement.annotations) {
            None => Ok(()),
            Some(Err(_)) => bad("cannot be read"),
            Some(Ok(said)) => {
                let group = self.0.entry(said.exclusion_group_id).or_insert_with(|| Group {
                    resource_type: resource_type.to_owned(),
                    defaults: 0,
                    entitlements: 0,
                });
                group.defaults += usize::from(said.is_default);
                group.entitlements += 1;
                if group.resource_type != resource_type {
                    bad("is on several resource types")
                } else if group.defaults > 1 {
                    bad("has several defaults")
                } else if group.entitlements > LARGEST_GROUP {
                    bad("has more than 50 entitlements")
                } else {
                    Ok(())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entitlement(group: &str, is_default: bool) -> v2::Entitlement {
        let group = v2::EntitlementExclusionGroup {
            exclusion_group_id: group.into(),
            is_default,
            ..Default::default()
        };
        v2::Entitlement {
            id: "e".into(),
            annotations: vec![any::pack(&group)],
            ..Default::default()
        }
    }

    #[test]
    fn a_group_that_contradicts_itself_is_found() {
        let mut groups = ExclusionGroups::default();
        groups
            .add("app", &v2::Entitlement::default())
            .expect("in no group");
        groups.add("app", &entitlement("a", true)).expect("the default");
        groups.add("app", &entitlement("a", false)).expect("another");
        let told = |result: Result<(), SyncError>| result.expect_err("a contradiction").to_string();
        assert!(told(groups.add("app", &entitlement("a", true))).ends_with("has several defaults"));
        assert!(told(groups.add("team", &entitlement("a", false))).ends_with("is on several resource types"));
        for _ in 0..LARGEST_GROUP {
            groups.add("app", &entitlement("b", false)).expect("50 fit");
        }
        assert!(told(groups.add("app", &entitlement("b", false))).ends_with("has more than 50 entitlements"));
    }
}
