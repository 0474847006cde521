//! The id of a sync: a KSUID.

use jiff::Timestamp;
use std::{fmt, str::FromStr};
use svix_ksuid::{Ksuid, KsuidLike};

/// The id of a sync: a [KSUID](https://github.com/segmentio/ksuid) in its 27-character base-62 form.
///
/// A KSUID holds seconds since 2014-05-13T16:53:20Z in 32 bits, then 128 random bits, so ids of later syncs
/// sort after ids of earlier ones. Readers break ties between two syncs by this order, and the session API
/// of Baton accepts nothing but 27 letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SyncId(Ksuid);

impl SyncId {
    /// The id of a sync that starts `at`; `random` makes it unique, so the caller takes it from a source of
    /// randomness.
    ///
    /// # Errors
    /// When `at` is before 2014-05-13 or after 2150-06-19, the range that a KSUID can hold.
    pub fn new(at: Timestamp, random: [u8; 16]) -> Result<Self, SyncIdError> {
        let seconds = at
            .as_second()
            .checked_sub(svix_ksuid::KSUID_EPOCH)
            .and_then(|seconds| u32::try_from(seconds).ok())
            .ok_or(SyncIdError::Time(at))?;
        Ok(Self(Ksuid::new_raw(seconds, Some(&random))))
    }
}

impl FromStr for SyncId {
    type Err = SyncIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The decoder drops the bits above 160 in silence, so only a text that comes back unchanged is an id.
        match Ksuid::from_base62(text) {
            Ok(id) if id.to_base62() == text => Ok(Self(id)),
            _ => Err(SyncIdError::Text(text.into())),
        }
    }
}

impl fmt::Display for SyncId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_base62())
    }
}

impl fmt::Debug for SyncId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SyncId({self})")
    }
}

/// Why there is no such [`SyncId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncIdError {
    /// The time is outside what a KSUID can hold.
    #[error("cannot form a sync id for {0}: a KSUID holds times from 2014-05-13 to 2150-06-19")]
    Time(Timestamp),
    /// The text is not the base-62 form of a KSUID.
    #[error("{0:?} is not a sync id: a KSUID has 27 letters and digits")]
    Text(Box<str>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_parse(text: &str, is_id: bool) {
        match text.parse::<SyncId>() {
            Ok(id) => assert!(is_id && id.to_string() == text, "{text} became {id}"),
            Err(error) => assert!(
                !is_id && error == SyncIdError::Text(text.into()),
                "{text}: {error}"
            ),
        }
    }

    #[test]
    fn text_form() {
        check_parse("3MX0RelWgPb5hmc5n8pyC3ZTDek", true);
        check_parse("000000000000000000000000000", true);
        check_parse("aWgEPTl1tmebfsQzFP4bxwgy80V", true); // the greatest KSUID
        check_parse("aWgEPTl1tmebfsQzFP4bxwgy80W", false); // one more
        check_parse("3MX0RelWgPb5hmc5n8pyC3ZTDe", false);
        check_parse("3MX0RelWgPb5hmc5n8pyC3ZTD-k", false);
        check_parse("", false);
    }

    #[test]
    fn time_orders_ids() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let earlier = SyncId::new(at("2026-11-24T00:53:17Z"), [0xff; 16]).unwrap();
        let later = SyncId::new(at("2026-11-24T00:53:18Z"), [0; 16]).unwrap();
        assert!(earlier < later && earlier.to_string() < later.to_string());
        assert_eq!(earlier.to_string().parse(), Ok(earlier));
        assert_eq!(
            SyncId::new(at("2014-05-13T16:53:19Z"), [0; 16]),
            Err(SyncIdError::Time(at("2014-05-13T16:53:19Z")))
        );
        assert!(SyncId::new(at("2150-06-19T23:21:35Z"), [0; 16]).is_ok());
        assert!(SyncId::new(at("2150-06-19T23:21:36Z"), [0; 16]).is_err());
    }
}
