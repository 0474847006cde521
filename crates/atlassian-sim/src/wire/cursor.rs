//! Page cursors: opaque texts that say where a listing goes on.

use super::Refusal;
use crate::model::hash;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Where a listing goes on, and what was asked when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The position of the next row.
    pub(crate) at: u32,
    /// Whether the row before it comes once more.
    pub(crate) echo: bool,
    /// The query or body of the first page, for listings that ignore what accompanies a cursor.
    pub(crate) asked: String,
}

impl Place {
    pub(crate) fn at(at: u32) -> Self {
        Self {
            at,
            echo: false,
            asked: String::new(),
        }
    }

    /// The cursor. `listing` names the listing, `key` the organization: a cursor of another listing is refused.
    pub(crate) fn seal(&self, key: u64, listing: &str) -> String {
        let echo = if self.echo { '+' } else { '-' };
        let plain = format!("{:x}{echo}{}", self.at, self.asked);
        let check = checksum(key, listing, &plain);
        URL_SAFE_NO_PAD.encode(format!("{check:08x}{plain}"))
    }

    /// The place that a cursor names.
    ///
    /// # Errors
    ///
    /// 400 `ADMIN-400-1` for a cursor that this listing did not give out.
    pub(crate) fn open(key: u64, listing: &str, cursor: &str) -> Result<Self, Refusal> {
        Self::try_open(key, listing, cursor).ok_or_else(Refusal::cursor)
    }

    /// What was asked when the listing of a cursor began, without looking whether the cursor is genuine.
    pub(crate) fn asked_of(cursor: &str) -> Option<String> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (_, plain) = text.split_at_checked(8)?;
        Some(plain[plain.find(['+', '-'])? + 1..].to_owned())
    }

    fn try_open(key: u64, listing: &str, cursor: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (check, plain) = text.split_at_checked(8)?;
        if u32::from_str_radix(check, 16).ok()? != checksum(key, listing, plain) {
            return None;
        }
        let end = plain.find(['+', '-'])?;
        Some(Self {
            at: u32::from_str_radix(&plain[..end], 16).ok()?,
            echo: plain.as_bytes()[end] == b'+',
            asked: plain[end + 1..].to_owned(),
        })
    }
}

fn checksum(key: u64, listing: &str, plain: &str) -> u32 {
    let mut sum = key;
    for byte in listing.bytes().chain([0]).chain(plain.bytes()) {
        sum = hash(sum, 0, u64::from(byte));
    }
    u32::try_from(sum >> 32).expect("half a word is 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_valid_in_its_listing_only() {
        let place = Place {
            at: 300,
            echo: true,
            asked: "limit=7&x=a+b-c".to_owned(),
        };
        let cursor = place.seal(5, "users");
        assert_eq!(Place::open(5, "users", &cursor).expect("its own"), place);
        assert!(Place::open(5, "groups", &cursor).is_err());
        assert!(Place::open(6, "users", &cursor).is_err());
        for foreign in ["", "x", "cGc6MQ", &cursor[1..], &format!("{cursor}A")] {
            assert!(Place::open(5, "users", foreign).is_err(), "{foreign}");
        }
    }
}
