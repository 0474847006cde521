//! Which tables a store consists of, and which part of each.

use super::{
    keys::Key,
    limits::{MAX_FILES, MAX_KEY},
    record_log,
    table::COMPARER,
    wire::{self, Result, damaged, newer},
};
use std::collections::BTreeMap;

/// The key at an end of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) key: Vec<u8>,
    pub(super) entry: Key,
}

/// A table, or the part of one that still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableInfo {
    pub(super) number: u64,
    /// The table that the data of this part are in; none of a table that is a file by itself.
    pub(super) backing: Option<u64>,
    pub(super) size: u64,
    pub(super) smallest: Bound,
    pub(super) largest: Bound,
    /// The least and the greatest age.
    pub(super) seqs: (u64, u64),
}

/// The state of a store.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    comparer: Option<Vec<u8>>,
    /// Logs with smaller numbers are in tables already.
    pub(super) first_log: u64,
    /// Entries that are newer are not there yet.
    pub(super) last_seq: u64,
    /// By level and number.
    tables: BTreeMap<(u64, u64), TableInfo>,
}

impl Manifest {
    /// Applies all edits in `log`.
    pub(super) fn read(log: &[u8]) -> Result<Self> {
        let mut manifest = Self::default();
        for record in record_log::records(log)? {
            manifest.apply(&record)?;
        }
        match manifest.comparer.as_deref() {
            Some(COMPARER) => Ok(manifest),
            _ => Err(damaged("its keys are in another order than those of an artifact")),
        }
    }

    /// The tables that count.
    pub(super) fn tables(&self) -> impl Iterator<Item = &TableInfo> {
        self.tables.values()
    }

    /// Applies one edit: what it deletes goes before what it adds comes.
    pub(super) fn apply(&mut self, mut edit: &[u8]) -> Result<()> {
        let input = &mut edit;
        let mut added = Vec::new();
        while !input.is_empty() {
            match wire::varint(input)? {
                1 => self.comparer = Some(wire::string(input)?.to_vec()),
                2 => self.first_log = wire::varint(input)?,
                4 => self.last_seq = wire::varint(input)?,
                // The next number of a file; a number that older stores had; a number that is not in use any more.
                3 | 9 | 106 => drop(wire::varint(input)?),
                // Up to where a level was compacted.
                5 => {
                    wire::varint(input)?;
                    wire::string(input)?;
                }
                6 => {
                    let table = (wire::varint(input)?, wire::varint(input)?);
                    self.tables.remove(&table);
                }
                tag @ (7 | 100 | 102 | 103) => added.push(new_table(tag, input)?),
                // A table whose data are shared; the parts name it.
                105 => {
                    wire::varint(input)?;
                    wire::varint(input)?;
                }
                tag @ (104 | 107 | 108 | 200..=203) => {
                    return Err(damaged(format!("it has an entry {tag}, which no artifact has")));
                }
                tag => return Err(newer(format!("its entry {tag} is not known to this program"))),
            }
        }
        for (level, table) in added {
            self.tables.insert((level, table.number), table);
        }
        if self.tables.len() > MAX_FILES {
            return Err(damaged(format!("it lists more than {MAX_FILES} tables")));
        }
        Ok(())
    }
}

fn new_table(tag: u64, input: &mut &[u8]) -> Result<(u64, TableInfo)> {
    let level = wire::varint(input)?;
    if level > 6 {
        return Err(damaged(format!("it has a table on level {level}")));
    }
    let number = wire::varint(input)?;
    if tag == 102 {
        wire::varint(input)?;
    }
    let size = wire::varint(input)?;
    let (smallest, largest) = (bound(input)?, bound(input)?);
    let seqs = match tag {
        7 => (0, 0),
        _ => (wire::varint(input)?, wire::varint(input)?),
    };
    if smallest.key > largest.key || seqs.0 > seqs.1 {
        return Err(damaged(format!(
            "the bounds of table {number} are the wrong way round"
        )));
    }
    let mut table = TableInfo {
        number,
        backing: None,
        size,
        smallest,
        largest,
        seqs,
    };
    if tag == 103 {
        custom_fields(&mut table, input)?;
    }
    Ok((level, table))
}

fn custom_fields(table: &mut TableInfo, input: &mut &[u8]) -> Result<()> {
    loop {
        match wire::varint(input)? {
            1 => return Ok(()),
            66 => table.backing = Some(wire::varint(input)?),
            // Parts of keys that are not in the table, and values in files of their own.
            field @ (65 | 67 | 68 | 69) => {
                return Err(damaged(format!(
                    "table {} has a property {field}, which no artifact has",
                    table.number
                )));
            }
            field if field & 64 != 0 => {
                return Err(newer(format!(
                    "property {field} of a table is not known to this program"
                )));
            }
            _ => drop(wire::string(input)?),
        }
    }
}

fn bound(input: &mut &[u8]) -> Result<Bound> {
    let (key, trailer) = Key::split(wire::string(input)?)?;
    if key.len() > MAX_KEY {
        return Err(damaged(format!("a key in it has more than {MAX_KEY} bytes")));
    }
    Ok(Bound {
        key: key.to_vec(),
        entry: Key::of_trailer(trailer),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::record_log::log, *};

    fn string(bytes: &[u8]) -> Vec<u8> {
        [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn key(user: &str, trailer: u64) -> Vec<u8> {
        string(&[user.as_bytes(), &trailer.to_le_bytes()].concat())
    }

    fn comparer() -> Vec<u8> {
        [vec![1], string(COMPARER)].concat()
    }

    #[test]
    fn edits_in_turn() {
        let add = |tag: u8, number: u8, tail: &[u8]| {
            [vec![tag, 6, number, 99], key("a", 1), key("m", 1), tail.to_vec()].concat()
        };
        let first = [
            comparer(),
            vec![2, 3, 3, 9, 4, 40],
            add(100, 4, &[10, 20]),
            add(103, 5, &[0, 0, 6, 1, 7, 66, 2, 1]),
        ]
        .concat();
        // The deletion counts first, wherever it stands.
        let second = [
            add(100, 6, &[21, 21]),
            add(7, 4, &[]),
            vec![6, 6, 4, 6, 6, 5, 4, 41, 105, 2, 77],
        ]
        .concat();
        let manifest = Manifest::read(&log(&[&first, &second])).unwrap();
        let numbers: Vec<_> = manifest
            .tables()
            .map(|table| (table.number, table.backing, table.seqs))
            .collect();
        assert_eq!(numbers, [(4, None, (0, 0)), (6, None, (21, 21))]);
        assert_eq!((manifest.first_log, manifest.last_seq), (3, 41));
        let manifest = Manifest::read(&log(&[&first])).unwrap();
        assert_eq!(manifest.tables().last().unwrap().backing, Some(2));
    }

    #[track_caller]
    fn check_refused(edit: &[u8], expected: &str) {
        let edit = [&comparer(), edit].concat();
        assert_eq!(Manifest::read(&log(&[&edit])).unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        check_refused(&[110], "its entry 110 is not known to this program");
        check_refused(
            &[107, 1, 1, 1, 1, 1],
            "it has an entry 107, which no artifact has",
        );
        check_refused(&[4], "a number in it is cut off or too long");
        let bounds = [key("a", 1), key("m", 1)].concat();
        check_refused(
            &[&[103, 6, 5, 99][..], &bounds, &[0, 0, 69, 0, 0, 1]].concat(),
            "table 5 has a property 69, which no artifact has",
        );
        check_refused(
            &[&[103, 6, 5, 99][..], &bounds, &[0, 0, 70, 0, 1]].concat(),
            "property 70 of a table is not known to this program",
        );
        check_refused(
            &[vec![100, 6, 5, 99], key("m", 1), key("a", 1), vec![0, 0]].concat(),
            "the bounds of table 5 are the wrong way round",
        );
        assert!(Manifest::read(&log(&[])).is_err());
    }
}
