//! The store as a whole: what its tables together say.

use super::{
    cursor::{Cursor, Place},
    directory::Directory,
    keys::Range,
    limits::{Budget, Held},
    manifest::Manifest,
    table::Span,
    wire::Result,
};
use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, binary_heap::PeekMut},
};

/// Tables, and the ranges of keys that some of them delete in others.
#[derive(Debug)]
pub(super) struct Store<'a> {
    places: Vec<Place<'a>>,
    /// By their start.
    deletions: Vec<Span>,
    last_seq: u64,
    budget: &'a Budget,
    _held: Vec<Held>,
}

impl<'a> Store<'a> {
    pub(super) fn open(
        directory: &Directory<'_>,
        manifest: &'a Manifest,
        budget: &'a Budget,
    ) -> Result<Self> {
        let mut store = Self {
            places: Vec::new(),
            deletions: Vec::new(),
            last_seq: manifest.last_seq,
            budget,
            _held: Vec::new(),
        };
        for info in manifest.tables() {
            let path = directory.table(info)?;
            store.places.push(Place { path, info });
        }
        store
            .places
            .sort_by(|a, b| a.info.smallest.key.cmp(&b.info.smallest.key));
        for place in &store.places {
            let info = place.info;
            let collect = |mut span: Span| {
                span.seq = info.synthetic_seq().unwrap_or(span.seq);
                // A part of a table deletes nothing outside of itself.
                if info.backing.is_some() {
                    span.start = span.start.max(info.smallest.key.clone());
                    span.end = span.end.min(info.largest.key.clone());
                }
                if span.seq <= store.last_seq && span.start < span.end {
                    let bytes = span.start.len() + span.end.len() + size_of::<Span>() + size_of::<Held>();
                    store._held.push(budget.hold(bytes)?);
                    store.deletions.push(span);
                }
                Ok(())
            };
            place
                .open(budget)
                .and_then(|table| table.deletions(collect).map_err(|error| place.name(error)))?;
        }
        store.deletions.sort_by(|a, b| a.start.cmp(&b.start));
        Ok(store)
    }

    /// Hands the entries in `range` to `visit`, in the order of their keys: of each key the newest, unless it is deleted.
    pub(super) fn scan(
        &self,
        range: Range<'_>,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<()>,
    ) -> Result<()> {
        let in_range =
            |place: &&Place<'_>| *place.info.smallest.key < *range.to && !place.info.is_behind(range.from);
        let mut waiting = self.places.iter().filter(in_range).peekable();
        let mut open: BinaryHeap<Open<'_>> = BinaryHeap::new();
        let mut deletions = Deletions::new(&self.deletions);
        let mut last: Option<Vec<u8>> = None;
        loop {
            // A table is opened when its turn has come, so that few are at once.
            while let Some(place) = waiting.next_if(|place| {
                let first = place.info.smallest.key.as_slice().max(range.from);
                open.peek().is_none_or(|open| first <= open.0.key())
            }) {
                open.extend(Cursor::open(place, range, self.budget)?.map(Open));
            }
            let Some(mut newest) = open.peek_mut() else {
                return Ok(());
            };
            let entry = newest.0.entry();
            let key = newest.0.key();
            // What is newer than the store itself is not there yet, and of one key the newest comes first.
            if entry.seq <= self.last_seq && last.as_deref() != Some(key) {
                let is_set = entry.kind.is_set().map_err(|error| newest.0.name(error))?;
                if is_set
                    && deletions
                        .newest_over(key)
                        .is_none_or(|deleted| deleted <= entry.seq)
                {
                    visit(key, newest.0.value()?)?;
                }
                let last = last.get_or_insert_default();
                last.clear();
                last.extend_from_slice(key);
            }
            if !newest.0.advance()? {
                PeekMut::pop(newest);
            }
        }
    }
}

#[cfg(test)]
impl Store<'_> {
    /// All blocks of entries, each with the format of its table.
    pub(super) fn data_blocks(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let all = Range {
            from: &[],
            to: &[0xff; 8],
        };
        let mut blocks: Vec<(u32, Vec<u8>)> = Vec::new();
        for place in &self.places {
            let Some(mut cursor) = Cursor::open(place, all, self.budget)? else {
                continue;
            };
            loop {
                let found = cursor.block().map(|(format, block)| (format, block.to_vec()));
                if found != blocks.last().cloned() {
                    blocks.extend(found);
                }
                if !cursor.advance()? {
                    break;
                }
            }
        }
        Ok(blocks)
    }
}

/// An open table in the heap: the least key is the greatest, and of one key the newest entry.
struct Open<'a>(Cursor<'a>);

impl Ord for Open<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let newest = |open: &Self| (open.0.entry().seq, open.0.entry().kind.0);
        Reverse(self.0.key())
            .cmp(&Reverse(other.0.key()))
            .then_with(|| newest(self).cmp(&newest(other)))
    }
}

impl PartialOrd for Open<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open<'_> {}

/// Deleted ranges, asked about with keys that ascend.
struct Deletions<'a> {
    /// Those that start behind the last key that was asked about.
    ahead: std::slice::Iter<'a, Span>,
    /// Those that started, the newest first. One that ended goes when it is the newest.
    started: BinaryHeap<(u64, &'a [u8])>,
}

impl<'a> Deletions<'a> {
    fn new(spans: &'a [Span]) -> Self {
        Self {
            ahead: spans.iter(),
            started: BinaryHeap::new(),
        }
    }

    /// The age of the newest deletion of a range with this key in it.
    fn newest_over(&mut self, key: &[u8]) -> Option<u64> {
        while let Some(span) = self.ahead.as_slice().first().filter(|span| *span.start <= *key) {
            self.started.push((span.seq, &span.end));
            self.ahead.next();
        }
        while let Some((seq, end)) = self.started.peek() {
            if *key < **end {
                return Some(*seq);
            }
            self.started.pop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_range_counts() {
        let span = |start: &str, end: &str, seq| Span {
            start: start.into(),
            end: end.into(),
            seq,
        };
        let spans = [
            span("a", "z", 1),
            span("b", "d", 5),
            span("c", "e", 3),
            span("k", "l", 2),
        ];
        let mut deletions = Deletions::new(&spans);
        let asked = ["", "a", "b", "cc", "d", "e", "k", "l", "y", "z"];
        let found: Vec<_> = asked
            .iter()
            .map(|key| deletions.newest_over(key.as_bytes()))
            .collect();
        let expected = [
            None,
            Some(1),
            Some(5),
            Some(5),
            Some(3),
            Some(1),
            Some(2),
            Some(1),
            Some(1),
            None,
        ];
        assert_eq!(found, expected);
    }
}
