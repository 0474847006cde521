//! Did you mean: the ids that are closest to one that is not there.

use std::fmt;

/// Ids suggested at most.
const MOST: usize = 3;

/// What someone may have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suggestion {
    /// The id, as it has to be given.
    pub id: String,
    /// The name people read; empty where there is none.
    pub name: String,
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.id)?;
        if !self.name.is_empty() && self.name != self.id {
            write!(f, " ({})", self.name)?;
        }
        Ok(())
    }
}

/// `Did you mean "a" or "b"?`, or nothing where nothing is close.
pub(super) fn did_you_mean(suggestions: &[Suggestion]) -> Option<String> {
    let quoted: Vec<String> = suggestions.iter().map(ToString::to_string).collect();
    let (last, others) = quoted.split_last()?;
    Some(if others.is_empty() {
        format!("Did you mean {last}?")
    } else {
        format!("Did you mean {} or {last}?", others.join(", "))
    })
}

/// Collects the candidates closest to what was asked for: those that go by the same name, then those that differ in a
/// few letters, then those that go on where it ends or the other way round. Case does not count.
#[derive(Debug)]
pub(super) struct Closest {
    wanted: String,
    limit: usize,
    /// At most [`MOST`], the closest first.
    found: Vec<(usize, Suggestion)>,
}

impl Closest {
    pub(super) fn new(wanted: &str) -> Self {
        let wanted = wanted.to_lowercase();
        // Two ids of a kind have much in common, so that a share of their length would let strangers pass.
        let limit = (wanted.chars().count() / 4).clamp(1, 6);
        Self {
            wanted,
            limit,
            found: Vec::new(),
        }
    }

    /// Considers an id that also goes by these names, the one that people read first.
    pub(super) fn offer(&mut self, id: &str, names: &[&str]) {
        let called = |name: &&str| !name.is_empty() && name.to_lowercase() == self.wanted;
        let rank = if names.iter().any(called) {
            Some(0)
        } else {
            self.distance(&id.to_lowercase())
        };
        let Some(rank) = rank else { return };
        let worst = self.found.last().map_or(usize::MAX, |(rank, _)| *rank);
        if self.found.len() == MOST && rank > worst {
            return;
        }
        let suggestion = Suggestion {
            id: id.to_owned(),
            name: (*names.first().unwrap_or(&"")).to_owned(),
        };
        self.found.push((rank, suggestion));
        // By id where they are equally close, whatever order they were offered in.
        self.found.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        self.found.truncate(MOST);
    }

    pub(super) fn into_suggestions(self) -> Vec<Suggestion> {
        self.found.into_iter().map(|(_, suggestion)| suggestion).collect()
    }

    fn distance(&self, id: &str) -> Option<usize> {
        /// A shorter beginning is shared by too much to mean anything.
        const BEGINNING: usize = 4;
        let (a, b) = without_common_ends(&self.wanted, id);
        if least_distance(a, b) <= self.limit {
            let distance = strsim::osa_distance(a, b);
            if distance <= self.limit {
                return Some(distance);
            }
        }
        let shorter = self.wanted.len().min(id.len());
        let goes_on = id.starts_with(&self.wanted) || self.wanted.starts_with(id);
        (goes_on && shorter >= BEGINNING).then_some(self.limit + 1)
    }
}

/// What is left of two texts without the beginning and the end that they share: mostly very little, which is what
/// makes looking at a million ids bearable.
fn without_common_ends<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    let start = a
        .char_indices()
        .zip(b.chars())
        .find(|((_, x), y)| x != y)
        .map_or(a.len().min(b.len()), |((at, _), _)| at);
    let (a, b) = (&a[start..], &b[start..]);
    let end: usize = a
        .chars()
        .rev()
        .zip(b.chars().rev())
        .take_while(|(x, y)| x == y)
        .map(|(x, _)| x.len_utf8())
        .sum();
    (&a[..a.len() - end], &b[..b.len() - end])
}

/// A distance that two texts have at least, because each edit changes but one of their letters. It is counted many times
/// faster than the distance itself, and strangers mostly have too much of it already.
fn least_distance(a: &str, b: &str) -> usize {
    // Letters that share a place only make it smaller.
    let mut surplus = [0_i32; 64];
    a.chars().for_each(|c| surplus[c as usize % 64] += 1);
    b.chars().for_each(|c| surplus[c as usize % 64] -= 1);
    let of = |sign: i32| {
        surplus
            .iter()
            .map(|n| (n * sign).max(0).unsigned_abs() as usize)
            .sum()
    };
    usize::max(of(1), of(-1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(wanted: &str, candidates: &[(&str, &str)], expected: Option<&str>) {
        let mut closest = Closest::new(wanted);
        for (id, name) in candidates {
            closest.offer(id, &[name]);
        }
        let said = did_you_mean(&closest.into_suggestions());
        assert_eq!(said.as_deref(), expected, "for {wanted:?}");
    }

    #[test]
    fn what_someone_may_have_meant() {
        let groups = [
            ("group:g-1:member", "Member of Platform"),
            ("group:g-2:member", "Member of Oncall"),
            ("group:g-3:member", "Member of Board"),
            ("group:g-4:member", "Member of Ärzte"),
            ("app:a:use", "Use Wiki"),
        ];
        check(
            "group:g-1:membre",
            &groups[..2],
            Some(
                r#"Did you mean "group:g-1:member" (Member of Platform) or "group:g-2:member" (Member of Oncall)?"#,
            ),
        );
        check(
            "group:g-4:members",
            &groups,
            Some(
                r#"Did you mean "group:g-4:member" (Member of Ärzte), "group:g-1:member" (Member of Platform) or "group:g-2:member" (Member of Oncall)?"#,
            ),
        );
        check(
            "use wiki",
            &groups,
            Some(r#"Did you mean "app:a:use" (Use Wiki)?"#),
        );
        check("app:a", &groups, Some(r#"Did you mean "app:a:use" (Use Wiki)?"#));
        check(
            "APP:A:USE",
            &groups,
            Some(r#"Did you mean "app:a:use" (Use Wiki)?"#),
        );
        check("workspace:w:admin", &groups, None);
        check("", &groups, None);
        check("x", &[], None);
    }

    #[test]
    fn strangers_of_the_same_form_are_not_close() {
        check(
            "group:5e2b7f0c-9d4f-4c55-8a3e-0c1d2e3f4a5b:member",
            &[("group:1f9d3a47-2b6e-4f10-9c8d-7a6b5c4d3e2f:member", "")],
            None,
        );
    }

    #[test]
    fn letters_of_several_bytes_are_cut_whole() {
        assert_eq!(without_common_ends("aäb", "aöb"), ("ä", "ö"));
        assert_eq!(without_common_ends("ä", "ä"), ("", ""));
        assert_eq!(without_common_ends("aa", "aaa"), ("", "a"));
        assert_eq!(without_common_ends("éa", "ea"), ("é", "e"));
    }

    proptest! {
        /// Nothing close is missed because of how it is looked for.
        #[test]
        fn shortcuts_change_no_distance(a in "[a-dä]{0,8}", b in "[a-dä]{0,8}") {
            let distance = strsim::osa_distance(&a, &b);
            prop_assert!(least_distance(&a, &b) <= distance);
            let (x, y) = without_common_ends(&a, &b);
            prop_assert_eq!(strsim::osa_distance(x, y), distance);
        }
    }
}
