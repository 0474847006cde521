//! Answers about one account or group that are about another one: a filter that the vendor ignores, a cache that mixes up
//! what it keeps.
//!
//! Such an answer is of the documented form. But two subjects of which the vendor counts differently, or far fewer, cannot have
//! the same rows.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// Fewer rows may be the same by chance.
const ENOUGH: u64 = 2;
/// So many different counts for the same rows are no changes during the sync.
const COUNTS: usize = 3;

/// What was answered about the subjects of a sync.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<HashMap<(&'static str, u64, u64), Known>>);

/// The subjects that have the same rows.
#[derive(Debug)]
struct Known {
    first: String,
    counts: BTreeSet<u64>,
    /// Whether one of them has more rows than the vendor counts.
    has_too_many: bool,
    /// How many of them have more by two or more, which the same change during the sync does not explain.
    far_too_many: u32,
}

/// The rows of one subject, in whatever order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Print(pub(crate) u64);

impl Print {
    /// One row of these parts.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut print = Self::default();
        print.add(parts);
        print
    }

    /// Takes in a row of these parts: FNV-1a, which is the same in every version of the program.
    pub(crate) fn add<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) {
        let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0xFF]));
        let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        self.0 = self.0.wrapping_add(hash);
    }
}

impl Answers {
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes an answer in: so many rows about the subject, of which the vendor counts so many. Returns the other subject that
    /// it is about where it cannot be about both.
    pub(crate) fn note(
        &self,
        listing: &'static str,
        subject: &str,
        rows: u64,
        print: Print,
        counted: Option<u64>,
    ) -> Option<String> {
        let counted = counted.filter(|_| rows >= ENOUGH)?;
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = answers.entry((listing, rows, print.0)).or_insert_with(|| Known {
            first: subject.to_owned(),
            counts: BTreeSet::new(),
            has_too_many: false,
            far_too_many: 0,
        });
        known.has_too_many |= rows > counted;
        known.far_too_many += u32::from(rows > counted + 1);
        known.counts.insert(counted);
        let differ = known.counts.len() > 1 && known.has_too_many;
        let contradict = differ || known.counts.len() >= COUNTS || known.far_too_many > 1;
        (contradict && known.first != subject).then(|| known.first.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_of_subjects_that_are_counted_differently() {
        let print = |rows: &[&str]| {
            let mut print = Print::default();
            rows.iter().for_each(|row| print.add([*row]));
            print
        };
        let (both, same) = (print(&["a", "b"]), print(&["b", "a"]));
        assert_eq!(both, same);
        let answers = Answers::default();
        let note = |subject: &str, print, counted| answers.note("members", subject, 2, print, counted);
        assert_eq!(note("g-1", both, Some(2)), None);
        assert_eq!(note("g-2", same, Some(2)), None, "two groups of the same people");
        assert_eq!(
            note("g-3", both, None),
            None,
            "what is not counted contradicts nothing"
        );
        assert_eq!(
            note("g-4", both, Some(3)),
            None,
            "some may be counted and not listed"
        );
        assert_eq!(note("g-5", both, Some(1)), Some("g-1".into()));
        assert_eq!(note("g-6", print(&["a", "c"]), Some(1)), None);
        answers.clear();
        assert_eq!(note("g-1", both, Some(3)), None);
        assert_eq!(note("g-2", both, Some(4)), None);
        assert_eq!(
            note("g-3", both, Some(5)),
            Some("g-1".into()),
            "so many counts are no chance"
        );
        assert_eq!(answers.note("members", "g-6", 9, both, Some(2)), None);
        assert_eq!(
            answers.note("members", "g-7", 9, both, Some(2)),
            Some("g-6".into())
        );
        assert_eq!(
            answers.note("members", "g-8", 1, both, Some(0)),
            None,
            "one row is too few"
        );
    }
}
