//! Reads a page of a listing, whichever of the vendor's styles it has.
//!
//! The rows stand in `data`, those of service accounts in `items`. The next cursor is `links.next`, as a bare token or as an address that
//! holds it, and where there is none, `meta.next`; absent, null and empty all mean the last page. An answer
//! without `data` is an error, never an empty page: taking it for the end would lose the rest of a listing in
//! silence.

use crate::client::{Data, not_a_list};
use http_kit::{
    Answer, ApiError, ApiErrorKind, Cursor, LimitedRows, Page, ReadRows, Row, RowLimit, read_row, read_rows,
};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

/// A page may have this many times the rows that were asked for. The vendor is seen to give a few more; a page of millions
/// is an attack or a defect.
const TIMES_ASKED: usize = 10;

/// What counts as asked for where the vendor alone chooses the length of a page.
pub(crate) const VENDORS_CHOICE: u16 = 1000;

struct Body<R> {
    data: LimitedRows<R>,
    links: Option<Links>,
    meta: Option<Meta>,
}

/// The links of an answer; all but the next one are of no use.
#[derive(Debug, Deserialize)]
pub(crate) struct Links {
    next: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    next: Option<String>,
}

impl Links {
    /// Where the next page starts.
    pub(crate) fn next(&self) -> Option<Cursor> {
        self.next.as_deref().and_then(Cursor::from_link)
    }
}

/// Decodes a page that was asked for with `asked` rows. A row that cannot be decoded is reported in the page, with its id
/// if it has one; so is a field that a row can do without.
///
/// # Errors
///
/// [`ApiErrorKind::Undecodable`] when the answer is no page, [`ApiErrorKind::TooLarge`] when it has more than ten times
/// the rows that were asked for.
pub(crate) fn decode_page<T: Row>(answer: &Answer, asked: u16) -> Result<Page<T>, ApiError> {
    let most = usize::from(asked) * TIMES_ASKED;
    // Nearly every page is whole, and then one pass over the bytes is enough.
    let mut json = serde_json::Deserializer::from_slice(&answer.body);
    let whole = BodySeed::<T>::new(most).deserialize(&mut json);
    if let Ok(body) = whole.and_then(|body| json.end().map(|()| body)) {
        body.check(answer, asked)?;
        let next = body.next();
        return Ok(Page {
            items: body.data.rows,
            bad_rows: Vec::new(),
            odd_fields: Vec::new(),
            next,
        });
    }
    let body = answer.json_seed(BodySeed::<&RawValue>::new(most))?;
    body.check(answer, asked)?;
    let ReadRows {
        items,
        bad_rows,
        odd_fields,
    } = read_rows(answer.operation, &body.data.rows);
    Ok(Page {
        items,
        bad_rows,
        odd_fields,
        next: body.next(),
    })
}

/// The rows of a page that was decoded, as they came.
pub(crate) fn rows(answer: &Answer) -> Vec<&str> {
    let body = answer.json_seed(BodySeed::<&RawValue>::new(usize::MAX));
    let rows = body.map(|body| body.data.rows).unwrap_or_default();
    rows.into_iter().map(RawValue::get).collect()
}

/// Decodes an answer that is one row. Fields that the row can do without may be odd.
pub(crate) fn decode_row<T: Row>(answer: &Answer) -> Result<T, ApiError> {
    not_a_list(answer)?;
    let Data { data } = answer.json::<Data<Box<RawValue>>>()?;
    match read_row(answer.operation, &data) {
        Ok((row, _)) => Ok(row),
        // What is wrong is told with its surroundings.
        Err(bad) => match serde_json::from_slice::<Data<T>>(&answer.body) {
            Ok(answer) => Ok(answer.data),
            Err(error) => Err(answer.undecodable(&format!("data.{}", bad.field), &error)),
        },
    }
}

impl<R> Body<R> {
    fn next(&self) -> Option<Cursor> {
        let of_meta = || self.meta.as_ref()?.next.as_deref().and_then(Cursor::from_link);
        self.links.as_ref().and_then(Links::next).or_else(of_meta)
    }

    fn check(&self, answer: &Answer, asked: u16) -> Result<(), ApiError> {
        let count = self.data.count;
        if count <= usize::from(asked) * TIMES_ASKED {
            return Ok(());
        }
        let reason =
            format!("the page has {count} rows, more than {TIMES_ASKED} times the {asked} that fit in one");
        Err(answer.error(ApiErrorKind::TooLarge, reason))
    }
}

/// Reads a body and keeps at most this many rows.
struct BodySeed<R> {
    rows: RowLimit<R>,
    body: PhantomData<R>,
}

impl<R> BodySeed<R> {
    fn new(most: usize) -> Self {
        Self {
            rows: RowLimit::new(most),
            body: PhantomData,
        }
    }
}

impl<R> Clone for BodySeed<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for BodySeed<R> {}

impl<'de, R: Deserialize<'de>> DeserializeSeed<'de> for BodySeed<R> {
    type Value = Body<R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body<R>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Deserialize<'de>> Visitor<'de> for BodySeed<R> {
    type Value = Body<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of a listing")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Body<R>, A::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "lowercase")]
        enum Member {
            #[serde(alias = "items")]
            Data,
            Links,
            Meta,
            #[serde(other)]
            Other,
        }
        let (mut data, mut links, mut meta) = (None, None, None);
        while let Some(member) = members.next_key()? {
            match member {
                Member::Data if data.is_some() => return Err(de::Error::duplicate_field("data")),
                Member::Data => data = Some(members.next_value_seed(self.rows)?),
                Member::Links => links = members.next_value()?,
                Member::Meta => meta = members.next_value()?,
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let data = data.ok_or_else(|| de::Error::missing_field("data"))?;
        Ok(Body { data, links, meta })
    }
}

/// Compiles the decoding of a type of rows in this crate. The body of an `async fn` is compiled by every crate that awaits
/// it, and with it whatever generic function it calls that no crate below has compiled.
macro_rules! compiled_here {
    ($($row:path),* $(,)?) => {$(
        const _: () = {
            #[used]
            static PAGE: fn(&Answer, u16) -> Result<Page<$row>, ApiError> = decode_page;
            #[used]
            static ROW: fn(&Answer) -> Result<$row, ApiError> = decode_row;
        };
    )*};
}

compiled_here!(
    crate::User,
    crate::UserRow,
    crate::Workspace,
    crate::Policy,
    crate::Event,
    crate::UserRoleAssignment,
    crate::GroupRoleAssignment,
    crate::Organization,
    crate::Directory,
    crate::ApiToken,
    crate::OrgApiKey,
    crate::ManagedAccount,
    crate::Group,
    crate::Domain,
    crate::ServiceAccount,
    crate::ServiceAccountToken,
    crate::OAuthClient,
);
