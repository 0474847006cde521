//! The envelope: a head that says what follows, then the files of a store.

use super::{
    directory::Directory,
    limits::{Budget, MAX_FILES},
    tar,
    wire::{self, Result, damaged, newer},
};
use crate::{
    envelope::{self, CHUNK, MAGIC_LENGTH, UnpackError},
    file,
};
use prost::{Message, encoding::WireType};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom, Write},
};
use twox_hash::XxHash64;

/// The longest head.
const MAX_HEAD: u32 = 16 << 20;
/// The longest list of files.
const MAX_INDEX: u32 = 64 << 20;
/// The last bytes of a list of files.
pub(super) const INDEX_MAGIC: &[u8; 8] = b"C1ZIDX1\0";
/// What stands behind the list: where it starts, its length, its checksum, the magic bytes.
const FOOTER: usize = 28;
/// The storage engines whose files are known, newest first.
const ENGINES: [&str; 3] = ["pebble3", "pebble2", "pebble"];

/// What is needed of `c1.c1z.v3.C1ZManifestV3`.
#[derive(Clone, PartialEq, Message)]
struct Head {
    #[prost(string, tag = "1")]
    engine: String,
    #[prost(int32, tag = "4")]
    payload_encoding: i32,
}

/// `IndexedFrameEntry`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Frame {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(int64, tag = "2")]
    pub(super) offset: i64,
    #[prost(int64, tag = "3")]
    pub(super) compressed_size: i64,
    #[prost(int64, tag = "4")]
    pub(super) raw_size: i64,
    #[prost(fixed64, tag = "5")]
    pub(super) raw_xxh64: u64,
    #[prost(bytes = "vec", tag = "6")]
    pub(super) raw_sha256: Vec<u8>,
}

/// Unpacks the files of the store behind the magic bytes of `source` into `directory`.
pub(super) fn unpack(source: &mut File, directory: &mut Directory<'_>, budget: &Budget) -> Result<()> {
    let file_bytes = source.metadata().map_err(UnpackError::Read)?.len();
    let mut length = [0; 4];
    read(source, &mut length)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_HEAD || MAGIC_LENGTH + 4 + u64::from(length) > file_bytes {
        return Err(damaged("its head is cut off or too long"));
    }
    let mut head_bytes = vec![0; length as usize];
    read(source, &mut head_bytes)?;
    let head = Head::decode(head_bytes.as_slice()).map_err(|_| damaged("its head is damaged"))?;
    if head.engine.is_empty() {
        return Err(damaged("its head does not name the storage engine that wrote it"));
    }
    if !ENGINES.contains(&&*head.engine) {
        let shown: String = head.engine.chars().take(40).collect();
        return Err(newer(format!(
            "its storage engine {shown:?} is not known to this program"
        )));
    }
    match head.payload_encoding {
        1 => {
            let copy = directory.file("payload.tar");
            let mut tar = file::create_private(&copy).map_err(UnpackError::Write)?;
            let (_, bytes) = envelope::decode(
                &mut BufReader::with_capacity(CHUNK, source),
                &mut tar,
                budget.left(),
            )?;
            budget.spend(bytes)?;
            let mut tar = File::open(&copy).map_err(UnpackError::Write)?;
            tar::unpack(&mut tar, directory, budget)?;
            std::fs::remove_file(&copy).map_err(UnpackError::Write)
        }
        2 => tar::unpack(source, directory, budget),
        5 => {
            let frames = Frames::read(source, file_bytes, &head_bytes)?;
            frames.unpack(source, directory, budget)
        }
        other => Err(newer(format!(
            "its payload encoding {other} is not known to this program"
        ))),
    }
}

/// Reads from the artifact itself.
fn read(source: &mut File, buffer: &mut [u8]) -> Result<()> {
    source.read_exact(buffer).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged("it is cut off"),
        _ => UnpackError::Read(error),
    })
}

/// The files as separate zstd frames.
struct Frames {
    list: Vec<Frame>,
    /// Where the list of them starts, and so the last of them ends.
    end: u64,
    /// Where the first of them can start.
    start: u64,
}

impl Frames {
    fn read(source: &mut File, file_bytes: u64, head: &[u8]) -> Result<Self> {
        let start = MAGIC_LENGTH + 4 + head.len() as u64;
        let cut_off = || damaged("it is cut off: the list of its files is missing");
        let footer_at = file_bytes
            .checked_sub(FOOTER as u64)
            .filter(|at| *at >= start)
            .ok_or_else(cut_off)?;
        let mut footer = [0; FOOTER];
        source
            .seek(SeekFrom::Start(footer_at))
            .map_err(UnpackError::Read)?;
        read(source, &mut footer)?;
        let mut input = &footer[..];
        let end = u64::from_be_bytes(wire::array(&mut input)?);
        let length = u32::from_be_bytes(wire::array(&mut input)?);
        let checksum = u64::from_be_bytes(wire::array(&mut input)?);
        if input != INDEX_MAGIC {
            return Err(cut_off());
        }
        if length > MAX_INDEX || end < start || end.checked_add(length.into()) != Some(footer_at) {
            return Err(damaged("the list of its files is not where it should be"));
        }
        let mut index = vec![0; length as usize];
        source.seek(SeekFrom::Start(end)).map_err(UnpackError::Read)?;
        read(source, &mut index)?;
        if XxHash64::oneshot(0, &index) != checksum {
            return Err(damaged("the checksum of the list of its files differs"));
        }
        let frames = Self {
            list: list(&index, head)?,
            end,
            start,
        };
        Ok(frames)
    }

    fn unpack(&self, source: &mut File, directory: &mut Directory<'_>, budget: &Budget) -> Result<()> {
        self.list.iter().try_for_each(|frame| {
            self.unpack_one(frame, source, directory, budget)
                .map_err(wire::within(&format!("its file {:?}", frame.name)))
        })
    }

    fn unpack_one(
        &self,
        frame: &Frame,
        source: &mut File,
        directory: &mut Directory<'_>,
        budget: &Budget,
    ) -> Result<()> {
        let unsigned =
            |number| u64::try_from(number).map_err(|_| damaged("a size in the list of files is negative"));
        let (offset, packed, raw) = (
            unsigned(frame.offset)?,
            unsigned(frame.compressed_size)?,
            unsigned(frame.raw_size)?,
        );
        if offset < self.start || offset.checked_add(packed).is_none_or(|end| end > self.end) {
            return Err(damaged("it is not inside the artifact"));
        }
        budget.spend(raw)?;
        source.seek(SeekFrom::Start(offset)).map_err(UnpackError::Read)?;
        let mut source = source.take(packed);
        let mut out = Checked {
            out: directory.add(&frame.name)?,
            sha256: Sha256::new(),
            xxh64: XxHash64::with_seed(0),
        };
        let (frames, decoded) = match envelope::decode(&mut source, &mut out, raw) {
            Err(UnpackError::TooLarge { .. }) => return Err(damaged("it is longer than it should be")),
            decoded => decoded?,
        };
        if frames != 1 || decoded != raw {
            return Err(damaged(format!(
                "it unpacks to {decoded} bytes and should to {raw}"
            )));
        }
        let sha256: [u8; 32] = out.sha256.finalize().into();
        if std::hash::Hasher::finish(&out.xxh64) != frame.raw_xxh64 || sha256 != *frame.raw_sha256 {
            return Err(damaged("its checksum differs"));
        }
        Ok(())
    }
}

/// Reads `IndexedFrameIndex`, one entry after the other, so that memory is bounded by how many are taken.
fn list(mut index: &[u8], head: &[u8]) -> Result<Vec<Frame>> {
    let unreadable = |_| damaged("the list of its files is damaged");
    let mut list: Vec<Frame> = Vec::new();
    while !index.is_empty() {
        let (field, wire_type) = prost::encoding::decode_key(&mut index).map_err(unreadable)?;
        match (field, wire_type) {
            (1, WireType::LengthDelimited) => {
                let frame = Frame::decode(wire::string(&mut index)?).map_err(unreadable)?;
                if frame.name.len() > 4096 || frame.raw_sha256.len() != 32 {
                    return Err(damaged("the list of its files is damaged"));
                }
                list.push(frame);
            }
            (4, WireType::SixtyFourBit) => {
                let expected = u64::from_le_bytes(wire::array(&mut index)?);
                if expected != 0 && XxHash64::oneshot(0, head) != expected {
                    return Err(damaged("the checksum of its head differs"));
                }
            }
            _ => prost::encoding::skip_field(
                wire_type,
                field,
                &mut index,
                prost::encoding::DecodeContext::default(),
            )
            .map_err(unreadable)?,
        }
        if list.len() > MAX_FILES {
            return Err(damaged(format!("it holds more than {MAX_FILES} files")));
        }
    }
    Ok(list)
}

/// Passes bytes on and hashes them.
struct Checked {
    /// None for a file that is not needed.
    out: Option<File>,
    sha256: Sha256,
    xxh64: XxHash64,
}

impl Write for Checked {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(out) = &mut self.out {
            out.write_all(bytes)?;
        }
        self.sha256.update(bytes);
        std::hash::Hasher::write(&mut self.xxh64, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
