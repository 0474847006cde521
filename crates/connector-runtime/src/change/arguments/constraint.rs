//! How arguments belong together.

use super::error::{ArgumentError, ArgumentProblem};
use connector_proto::config::v1::{Constraint, ConstraintKind};
use std::collections::BTreeSet;

/// What is wrong, where the names given break the constraint. One of an unknown kind is not checked.
pub(super) fn broken(constraint: &Constraint, given: &BTreeSet<&str>) -> Option<ArgumentError> {
    let is_given = |name: &&String| given.contains(name.as_str());
    let all = |names: &[String]| names.iter().all(|n| is_given(&n));
    let names = &constraint.field_names;
    let present = names.iter().filter(is_given).count();
    let (broken, rule) = match constraint.kind() {
        ConstraintKind::Unspecified => return None,
        ConstraintKind::RequiredTogether => (
            present > 0 && present < names.len(),
            "belong together: give all of them or none".to_owned(),
        ),
        ConstraintKind::AtLeastOne => (
            present == 0 && !names.is_empty(),
            "are all missing: give at least one of them".to_owned(),
        ),
        ConstraintKind::MutuallyExclusive => (
            present > 1,
            "exclude each other: give only one of them".to_owned(),
        ),
        ConstraintKind::DependentOn => (
            present > 0 && !all(&constraint.secondary_field_names),
            format!(
                "can only be given with {}",
                constraint.secondary_field_names.join(", ")
            ),
        ),
    };
    broken.then(|| ArgumentError::new(names.join(", "), ArgumentProblem::Rule(rule)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ConstraintKind, given: &[&str], expected: Option<&str>) {
        let constraint = Constraint {
            kind: kind.into(),
            field_names: vec!["a".into(), "b".into()],
            secondary_field_names: vec!["x".into(), "y".into()],
            ..Constraint::default()
        };
        let found = broken(&constraint, &given.iter().copied().collect());
        assert_eq!(
            found.map(|e| e.to_string()).as_deref(),
            expected,
            "{kind:?} {given:?}"
        );
    }

    #[test]
    fn constraints() {
        use ConstraintKind as K;
        let together = Some("a, b belong together: give all of them or none");
        check(K::RequiredTogether, &["a"], together);
        check(K::RequiredTogether, &["a", "b"], None);
        check(K::RequiredTogether, &["x"], None);
        check(
            K::AtLeastOne,
            &["x"],
            Some("a, b are all missing: give at least one of them"),
        );
        check(K::AtLeastOne, &["b"], None);
        check(
            K::MutuallyExclusive,
            &["a", "b"],
            Some("a, b exclude each other: give only one of them"),
        );
        check(K::MutuallyExclusive, &["a"], None);
        let dependent = Some("a, b can only be given with x, y");
        check(K::DependentOn, &["a", "x"], dependent);
        check(K::DependentOn, &["a", "x", "y"], None);
        check(K::DependentOn, &["x"], None);
        check(K::Unspecified, &["a"], None);
    }
}
