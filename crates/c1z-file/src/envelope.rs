//! The envelope around the database: five magic bytes, then zstd. Those of the newer envelope lead to [`v3`].
//!
//! Frame layout: [RFC 8878 §3.1.1](https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1).

use crate::{
    file,
    reader::COPY,
    scratch::Scratch,
    v3::{self, IndexCount},
};
use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
};
use zstd::{
    stream::raw::{Decoder, InBuffer, Operation, OutBuffer},
    zstd_safe::{self, zstd_sys::ZSTD_ErrorCode as ErrorCode},
};

/// The first bytes of an envelope-v1 file.
pub(crate) const MAGIC: &[u8; 5] = b"C1ZF\0";
/// The first bytes of an envelope-v3 file.
pub(crate) const V3_MAGIC: &[u8; 5] = b"C1Z3\0";
/// The length of either.
pub(crate) const MAGIC_LENGTH: u64 = MAGIC.len() as u64;

/// The greatest window that readers of the format decode: 128 MiB.
const WINDOW_LOG_MAX: u32 = 27;
pub(crate) const CHUNK: usize = 128 << 10;
/// The longest frame header, and so what is needed to read one.
const FRAME_HEADER_MAX: usize = 18;

/// What unpacking a file found out about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// The file as it was.
    pub(crate) version: file::Version,
    /// Why others may have written it.
    pub(crate) doubt: Option<String>,
    /// Size of the file.
    pub(crate) file_bytes: u64,
    /// Size of the database in it.
    pub(crate) db_bytes: u64,
    pub(crate) form: Form,
}

/// How the rows are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// Envelope v1: a compressed database.
    Database {
        /// zstd frames, skippable ones included.
        frames: u64,
        /// The size that the first frame announces.
        content_size: Option<u64>,
        /// Whether the first frame ends in a checksum.
        checksum: bool,
    },
    /// Envelope v3: the files of a store.
    Store { indexes: Vec<IndexCount> },
}

/// Why a file is no readable artifact.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    #[error("it is not a regular file")]
    NotAFile,
    #[error("the file is empty")]
    Empty,
    #[error("it is not a .c1z file")]
    Foreign,
    /// What it is or has.
    #[error("{0}")]
    Newer(String),
    #[error("{0}")]
    Damaged(String),
    #[error("it unpacks to more than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("{0}")]
    Read(#[source] io::Error),
    #[error("{0}")]
    Write(#[source] io::Error),
}

/// Writes `database` to the new file `file` inside the envelope: one frame with content size and checksum.
/// Returns the size of the file, which has reached the disk.
pub(crate) fn pack(database: &Path, mut file: File, level: i32) -> io::Result<u64> {
    let source = File::open(database)?;
    let size = source.metadata()?.len();
    file.write_all(MAGIC)?;
    let mut encoder = zstd::Encoder::new(io::BufWriter::with_capacity(CHUNK, file), level)?;
    encoder.include_checksum(true)?;
    encoder.include_contentsize(true)?;
    encoder.set_pledged_src_size(Some(size))?;
    io::copy(&mut io::BufReader::with_capacity(CHUNK, source), &mut encoder)?;
    let file = encoder
        .finish()?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Puts the rows of the artifact at `path` into a new database in `scratch`.
pub(crate) fn unpack(
    path: &Path,
    scratch: &Scratch,
    max_decoded_bytes: u64,
) -> Result<Unpacked, UnpackError> {
    let source = file::open_regular(path).map_err(UnpackError::Read)?;
    let mut source = source.ok_or(UnpackError::NotAFile)?;
    let metadata = source.metadata().map_err(UnpackError::Read)?;
    let file_bytes = metadata.len();
    let limit = max_decoded_bytes.min(most_of(file_bytes));
    let too_large = |error| match error {
        UnpackError::TooLarge { .. } if limit == max_decoded_bytes => UnpackError::TooLarge { limit },
        UnpackError::TooLarge { .. } => UnpackError::Damaged(format!(
            "it unpacks to more than {limit} bytes, as no artifact of {file_bytes} bytes does"
        )),
        error => error,
    };
    let (db_bytes, form) = match envelope_of(&mut source)? {
        Envelope::V1 => unpack_database(source, &scratch.file(COPY), limit).map_err(too_large)?,
        Envelope::V3 => {
            let found = v3::unpack(&mut source, scratch, limit).map_err(too_large)?;
            let indexes = found.indexes;
            (found.store_bytes, Form::Store { indexes })
        }
    };
    Ok(Unpacked {
        version: file::Version::of(&metadata),
        doubt: file::doubt(&metadata, path.parent().unwrap_or(path)),
        file_bytes,
        db_bytes,
        form,
    })
}

/// Decompresses the rest of `source` into the new file `database`: several frames and frames without content size are fine.
fn unpack_database(source: File, database: &Path, limit: u64) -> Result<(u64, Form), UnpackError> {
    let mut source = BufReader::with_capacity(CHUNK, source);
    let header = FrameHeader::peek(&mut source)?;
    if header.content_size.is_some_and(|size| size > limit) {
        return Err(UnpackError::TooLarge { limit });
    }
    let mut database = file::create_private(database).map_err(UnpackError::Write)?;
    let (frames, db_bytes) = decode(&mut source, &mut database, limit)?;
    let form = Form::Database {
        frames,
        content_size: header.content_size,
        checksum: header.checksum,
    };
    Ok((db_bytes, form))
}

/// The most bytes that an artifact of this size unpacks to. Rows shrink to a tenth or a fiftieth; what shrinks a thousandfold was
/// made to fill disks, and is not unpacked for minutes.
fn most_of(file_bytes: u64) -> u64 {
    file_bytes.saturating_mul(1000).max(256 << 20)
}

pub(crate) enum Envelope {
    V1,
    V3,
}

/// Reads the magic bytes.
pub(crate) fn envelope_of(source: &mut impl Read) -> Result<Envelope, UnpackError> {
    let mut magic = Vec::with_capacity(MAGIC.len());
    source
        .take(MAGIC_LENGTH)
        .read_to_end(&mut magic)
        .map_err(UnpackError::Read)?;
    match magic.as_slice() {
        [] => Err(UnpackError::Empty),
        magic if magic == MAGIC => Ok(Envelope::V1),
        magic if magic == V3_MAGIC => Ok(Envelope::V3),
        _ => Err(UnpackError::Foreign),
    }
}

/// Decodes to the end of `source`; returns the number of frames and of decoded bytes.
///
/// The loop stands here rather than in a reader of the library so that a damaged frame, an unreadable source and
/// a full disk stay three different errors.
pub(crate) fn decode(
    source: &mut impl Read,
    out: &mut impl Write,
    limit: u64,
) -> Result<(u64, u64), UnpackError> {
    let mut decoder = Decoder::new().map_err(decode_error)?;
    decoder
        .set_parameter(zstd_safe::DParameter::WindowLogMax(WINDOW_LOG_MAX))
        .map_err(decode_error)?;
    let (mut packed, mut plain) = (vec![0; CHUNK], vec![0; CHUNK]);
    let (mut frames, mut decoded, mut inside_frame) = (0, 0, false);
    loop {
        let read = read_some(source, &mut packed).map_err(UnpackError::Read)?;
        if read == 0 {
            break;
        }
        let mut input = InBuffer::around(&packed[..read]);
        loop {
            let mut output = OutBuffer::around(plain.as_mut_slice());
            let hint = decoder.run(&mut input, &mut output).map_err(decode_error)?;
            let produced = output.pos();
            decoded += produced as u64;
            if decoded > limit {
                return Err(UnpackError::TooLarge { limit });
            }
            out.write_all(&plain[..produced]).map_err(UnpackError::Write)?;
            inside_frame = hint != 0;
            frames += u64::from(!inside_frame);
            // A full output buffer may hide more output of the input already taken.
            if input.pos() == read && (produced < plain.len() || !inside_frame) {
                break;
            }
        }
    }
    if inside_frame || frames == 0 {
        return Err(UnpackError::Damaged("its compressed data is cut off".to_owned()));
    }
    Ok((frames, decoded))
}

/// What is wrong, in the file's terms: the library's own words for most damage mislead ("destination buffer is
/// too small").
fn decode_error(error: io::Error) -> UnpackError {
    let Some(zstd) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<zstd::Error>())
    else {
        return UnpackError::Read(error);
    };
    let what = if zstd.is(ErrorCode::ZSTD_error_frameParameter_windowTooLarge) {
        "it needs a compression window above 128 MiB"
    } else if zstd.is(ErrorCode::ZSTD_error_dictionary_wrong) {
        "it needs a compression dictionary"
    } else if zstd.is(ErrorCode::ZSTD_error_checksum_wrong) {
        "its compressed data is damaged: the checksum differs"
    } else if zstd.is(ErrorCode::ZSTD_error_prefix_unknown) {
        "its compressed data is followed by something else"
    } else {
        "its compressed data is damaged"
    };
    UnpackError::Damaged(what.to_owned())
}

fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

struct FrameHeader {
    content_size: Option<u64>,
    checksum: bool,
}

impl FrameHeader {
    /// Reads the header of the first frame without consuming it.
    fn peek(source: &mut BufReader<File>) -> Result<Self, UnpackError> {
        use std::io::BufRead;
        // The first bytes that are read hold the header unless the file ends within it.
        let bytes = source.fill_buf().map_err(UnpackError::Read)?;
        let bytes = &bytes[..bytes.len().min(FRAME_HEADER_MAX)];
        let content_size = zstd_safe::get_frame_content_size(bytes)
            .map_err(|_| UnpackError::Damaged("no zstd frame follows its magic bytes".to_owned()))?;
        // Frame_Header_Descriptor, bit 2: Content_Checksum_flag.
        let checksum = bytes.get(4).is_some_and(|descriptor| descriptor & 0b100 != 0);
        Ok(Self {
            content_size,
            checksum,
        })
    }
}
