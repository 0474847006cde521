//! What a file may ask for.

use super::{
    super::limits::{Block, Budget, MAX_BLOCK},
    ALL,
    build::{Form, Part, SET, entry, files, scan_within, table},
};

/// A table whose one block of entries says that it unpacks to `length` bytes.
fn claiming(length: u64) -> Vec<(String, Vec<u8>)> {
    let form = Form {
        compression: 7,
        claims: Some(length),
        ..Form::default()
    };
    let table = table(&[entry("a", 0, SET, "1")], &[], form);
    let part = Part::whole(2, &table, ("a", "a"), (0, 0));
    files(&[(2, table)], &[part], 9)
}

#[track_caller]
fn check_refused(length: u64, expected: &str) {
    let error = scan_within(&claiming(length), ALL, 1 << 30).unwrap_err();
    let error = error.to_string();
    assert!(
        error.starts_with("its table 000002.sst: the block at 0: "),
        "{error}"
    );
    assert!(error.ends_with(expected), "{error}");
}

#[test]
fn what_a_block_claims_is_bounded_before_there_is_room_for_it() {
    let too_long = format!("it has more than {MAX_BLOCK} bytes");
    check_refused(MAX_BLOCK as u64 + 1, &too_long);
    check_refused(1 << 40, &too_long);
    check_refused(u64::MAX, &too_long);
    check_refused(100_000, "its compressed data is damaged");
    check_refused(3, "its compressed data is damaged");
}

#[test]
fn what_is_decoded_altogether_is_bounded() {
    let entries: Vec<_> = (0..200)
        .map(|n| entry(&format!("{n:03}"), 0, SET, &"value ".repeat(100)))
        .collect();
    let form = Form {
        compression: 7,
        ..Form::default()
    };
    let table = table(&entries, &[], form);
    let part = Part::whole(2, &table, ("000", "199"), (0, 0));
    let files = files(&[(2, table)], &[part], 9);
    assert_eq!(scan_within(&files, ALL, 200_000).unwrap().len(), 200);
    let error = scan_within(&files, ALL, 100_000).unwrap_err();
    assert_eq!(error.to_string(), "it unpacks to more than 100000 bytes");
}

#[test]
fn what_is_held_at_once_is_bounded() {
    let budget = Budget::new(u64::MAX);
    let block = || Block::new(vec![0; MAX_BLOCK], &budget);
    let held = [block().unwrap(), block().unwrap(), block().unwrap()];
    assert!(block().is_err());
    drop(held);
    assert!(block().is_ok());
}
