//! Keys as tables hold them: with the age and the kind of their entry.

use super::wire::{self, Result, damaged};

/// The age and the kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// The greater, the newer.
    pub(super) seq: u64,
    pub(super) kind: Kind,
}

/// What an entry says about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u8);

impl Kind {
    pub(super) const SET: Self = Self(1);
    pub(super) const RANGE_DELETE: Self = Self(15);
    const SET_WITH_DELETE: Self = Self(18);

    /// Whether the key has the value of the entry; otherwise there is no such key. Ranges and merges have their own places
    /// or are in no artifact.
    pub(super) fn is_set(self) -> Result<bool> {
        match self {
            Self::SET | Self::SET_WITH_DELETE => Ok(true),
            Self(0 | 7 | 23) => Ok(false),
            Self(other) => Err(damaged(format!(
                "it holds an entry of kind {other}, which no artifact has"
            ))),
        }
    }
}

/// The greatest number that stands for an age; as a bound it means that the key itself is not in the range.
pub(super) const SEQ_MAX: u64 = (1 << 56) - 1;

impl Key {
    pub(super) fn of_trailer(trailer: u64) -> Self {
        Self {
            seq: trailer >> 8,
            kind: Kind(trailer.to_le_bytes()[0]),
        }
    }

    /// The key proper, and the trailer behind it.
    pub(super) fn split(key: &[u8]) -> Result<(&[u8], u64)> {
        let (key, trailer) = key
            .split_last_chunk::<8>()
            .ok_or_else(|| damaged("a key in it is too short"))?;
        Ok((key, u64::from_le_bytes(*trailer)))
    }
}

/// A part of the key space.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<'a> {
    pub(super) from: &'a [u8],
    /// Exclusive.
    pub(super) to: &'a [u8],
}

/// The first bytes of the keys of each family.
pub(super) mod family {
    use super::Range;

    pub(in crate::v3) const RESOURCE_TYPE: u8 = 1;
    pub(in crate::v3) const RESOURCE: u8 = 2;
    pub(in crate::v3) const ENTITLEMENT: u8 = 3;
    pub(in crate::v3) const GRANT: u8 = 4;
    pub(in crate::v3) const ASSET: u8 = 5;

    /// Resource types, resources, entitlements, grants, assets.
    pub(in crate::v3) const ROWS: Range<'_> = Range {
        from: &[3, RESOURCE_TYPE],
        to: &[3, ASSET + 1],
    };
    /// The sync.
    pub(in crate::v3) const SYNC: Range<'_> = Range {
        from: &[3, 6],
        to: &[3, 7],
    };
    /// Rows by others of their ids.
    pub(in crate::v3) const INDEXES: Range<'_> = Range {
        from: &[3, 7],
        to: &[3, 7, 6],
    };
    /// What the store says about itself.
    pub(in crate::v3) const META: Range<'_> = Range {
        from: &[3, 0xff],
        to: &[4],
    };
}

/// The key of something that the store says about itself.
pub(super) fn meta(name: &str) -> Vec<u8> {
    [&[3, 0xff], name.as_bytes()].concat()
}

/// The last element of an index key's head.
pub(super) fn index_of(key: &[u8]) -> Option<u8> {
    let mut input = key.get(2..)?;
    wire::byte(&mut input).ok()
}
