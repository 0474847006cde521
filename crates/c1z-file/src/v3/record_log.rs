//! The log of records in which a store keeps its list of tables.
//!
//! A record is one or more chunks, and no chunk crosses the border of a block of 32 KiB. What cannot be read ends such a log
//! for its own store, which takes it for a write that a crash cut off. An artifact was written to its end, so here it is damage.

use super::wire::{self, Result, damaged};

const BLOCK: usize = 32 << 10;
/// Checksum, length, type.
const HEAD: usize = 7;

/// The records of `log`, in their order.
pub(super) fn records(log: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut records = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    for mut block in log.chunks(BLOCK) {
        while block.len() >= HEAD {
            if block[..HEAD] == [0; HEAD] {
                break;
            }
            let checksum = u32::from_le_bytes(wire::array(&mut block)?);
            let length = u16::from_le_bytes(wire::array(&mut block)?);
            let body = wire::take(&mut block, 1 + usize::from(length))?;
            if wire::masked_crc(&[body]) != checksum {
                return Err(damaged("the checksum of a record differs"));
            }
            let (kind, payload) = (body[0], &body[1..]);
            match (kind, &mut open) {
                (1, None) => records.push(payload.to_vec()),
                (2, None) => open = Some(payload.to_vec()),
                (3, Some(record)) => record.extend_from_slice(payload),
                (4, Some(record)) => {
                    record.extend_from_slice(payload);
                    records.extend(open.take());
                }
                _ => return Err(damaged("the parts of a record are not in order")),
            }
        }
    }
    match open {
        None => Ok(records),
        Some(_) => Err(damaged("its last record is cut off")),
    }
}

/// A log of these records.
pub(super) fn log(records: &[&[u8]]) -> Vec<u8> {
    let mut log = Vec::new();
    for record in records {
        let mut rest = *record;
        let mut first = true;
        loop {
            let left = BLOCK - log.len() % BLOCK;
            if left < HEAD {
                log.resize(log.len() + left, 0);
                continue;
            }
            let (part, more) = rest.split_at(rest.len().min(left - HEAD));
            let kind = match (first, more.is_empty()) {
                (true, true) => 1,
                (true, false) => 2,
                (false, false) => 3,
                (false, true) => 4,
            };
            let body = [&[kind], part].concat();
            let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
            log.extend(wire::masked_crc(&[&body]).to_le_bytes());
            log.extend(length.to_le_bytes());
            log.extend(body);
            (rest, first) = (more, false);
            if rest.is_empty() {
                break;
            }
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_across_blocks() {
        let large: Vec<u8> = (0..100_000u32).map(|n| n.to_le_bytes()[0]).collect();
        // The second leaves fewer bytes in its block than the head of a chunk has.
        let filler = vec![7; BLOCK - 2 * HEAD - 5 - 3];
        for list in [
            &[b"small".as_slice(), &filler, &large, b""][..],
            &[&large, &large],
            &[],
        ] {
            assert_eq!(records(&log(list)).unwrap(), list);
        }
    }

    #[test]
    fn a_log_that_is_cut_off_is_damaged() {
        let large = vec![1; 70_000];
        let whole = log(&[b"first", &large]);
        for length in [1, 5, 11, 12, 13, BLOCK, BLOCK + 3, BLOCK + 100, whole.len() - 1] {
            let cut = records(&whole[..length]);
            // Fewer bytes than a head may be left over in a block.
            assert!(
                cut.is_err() || cut.is_ok_and(|records| records.len() <= 1 && length < 20),
                "{length}"
            );
        }
        for at in [0, 4, 6, 7, 20, BLOCK + 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(records(&flipped).is_err(), "{at}");
        }
    }
}
