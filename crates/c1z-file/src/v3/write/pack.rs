//! The envelope around the files of a store.

use super::{
    super::envelope::{Frame, INDEX_MAGIC},
    Built, MANIFEST, Stats, TABLE, VERSION,
    records::signed,
};
use crate::{
    envelope::{CHUNK, V3_MAGIC},
    scratch::Scratch,
};
use prost::Message;
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
};
use twox_hash::XxHash64;

/// The newest storage engine.
const ENGINE: &str = "pebble3";
/// Files in separate frames.
const SEPARATE: i32 = 5;
/// How the ids of grants and entitlements are put into keys.
const STRUCTURED_IDS: i32 = 2;
/// How the digests are made.
const DIGEST_VERSION: u32 = 1;

/// `c1.c1z.v3.C1ZManifestV3`
#[derive(Clone, PartialEq, Message)]
struct Head {
    #[prost(string, tag = "1")]
    engine: String,
    #[prost(uint32, tag = "2")]
    engine_schema_version: u32,
    #[prost(int32, tag = "4")]
    payload_encoding: i32,
    #[prost(message, repeated, tag = "40")]
    sync_runs: Vec<Summary>,
    #[prost(int32, tag = "42")]
    id_index_format: i32,
    #[prost(message, optional, tag = "43")]
    digest: Option<DigestRoot>,
}

/// `SyncRunSummary`
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(string, tag = "1")]
    sync_id: String,
    #[prost(int32, tag = "2")]
    kind: i32,
    #[prost(message, optional, tag = "3")]
    started_at: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "4")]
    ended_at: Option<prost_types::Timestamp>,
    #[prost(string, tag = "5")]
    parent: String,
    #[prost(message, optional, tag = "6")]
    stats: Option<Stats>,
}

#[derive(Clone, PartialEq, Message)]
struct DigestRoot {
    #[prost(bytes = "vec", tag = "1")]
    xor: Vec<u8>,
    #[prost(int64, tag = "2")]
    count: i64,
    #[prost(uint32, tag = "3")]
    version: u32,
}

/// `IndexedFrameIndex`
#[derive(Clone, PartialEq, Message)]
struct Index {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Frame>,
    #[prost(int64, tag = "2")]
    raw_size: i64,
    #[prost(int64, tag = "3")]
    compressed_size: i64,
    #[prost(fixed64, tag = "4")]
    head_xxh64: u64,
}

impl Built {
    /// Writes the artifact to `file`. Returns its size, when it has reached the disk, and that of the files in it.
    pub(crate) fn pack(self, scratch: &Scratch, file: File, level: i32) -> io::Result<(u64, u64)> {
        let head = Head {
            engine: ENGINE.to_owned(),
            engine_schema_version: VERSION,
            payload_encoding: SEPARATE,
            sync_runs: vec![Summary {
                sync_id: self.sync.id,
                kind: self.sync.kind,
                started_at: self.sync.started_at,
                ended_at: self.sync.ended_at,
                parent: self.sync.parent,
                stats: Some(self.stats),
            }],
            id_index_format: STRUCTURED_IDS,
            digest: Some(DigestRoot {
                xor: self.digest.xor.to_be_bytes().to_vec(),
                count: signed(self.digest.count),
                version: DIGEST_VERSION,
            }),
        }
        .encode_to_vec();
        let mut out = BufWriter::with_capacity(CHUNK, file);
        out.write_all(V3_MAGIC)?;
        out.write_all(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes())?;
        out.write_all(&head)?;
        let mut index = Index {
            head_xxh64: XxHash64::oneshot(0, &head),
            ..Index::default()
        };
        let markers = [
            format!("marker.format-version.000001.{VERSION:03}"),
            format!("marker.manifest.000001.{MANIFEST}"),
        ];
        for name in [TABLE, MANIFEST] {
            let content = File::open(scratch.file(name))?;
            let bytes = content.metadata()?.len();
            index.add(name, &mut out, content, bytes, level)?;
        }
        for name in &markers {
            index.add(name, &mut out, io::empty(), 0, level)?;
        }
        let at = out.stream_position()?;
        let raw = index.raw_size.unsigned_abs();
        let index = index.encode_to_vec();
        out.write_all(&index)?;
        out.write_all(&at.to_be_bytes())?;
        out.write_all(&u32::try_from(index.len()).unwrap_or(u32::MAX).to_be_bytes())?;
        out.write_all(&XxHash64::oneshot(0, &index).to_be_bytes())?;
        out.write_all(INDEX_MAGIC)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((file.metadata()?.len(), raw))
    }
}

impl Index {
    /// Adds a file.
    fn add(
        &mut self,
        name: &str,
        out: &mut BufWriter<File>,
        content: impl Read,
        bytes: u64,
        level: i32,
    ) -> io::Result<()> {
        let offset = out.stream_position()?;
        let mut content = Hashed {
            content,
            bytes: 0,
            sha256: Sha256::new(),
            xxh64: XxHash64::with_seed(0),
        };
        let mut encoder = zstd::Encoder::new(&mut *out, level)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(bytes))?;
        io::copy(
            &mut io::BufReader::with_capacity(CHUNK, &mut content),
            &mut encoder,
        )?;
        encoder.finish()?;
        let compressed = out.stream_position()? - offset;
        self.entries.push(Frame {
            name: name.to_owned(),
            offset: signed(offset),
            compressed_size: signed(compressed),
            raw_size: signed(content.bytes),
            raw_xxh64: std::hash::Hasher::finish(&content.xxh64),
            raw_sha256: content.sha256.finalize().to_vec(),
        });
        self.raw_size += signed(content.bytes);
        self.compressed_size += signed(compressed);
        Ok(())
    }
}

/// Passes bytes on and hashes them.
struct Hashed<R> {
    content: R,
    bytes: u64,
    sha256: Sha256,
    xxh64: XxHash64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.bytes += read as u64;
        self.sha256.update(&buffer[..read]);
        std::hash::Hasher::write(&mut self.xxh64, &buffer[..read]);
        Ok(read)
    }
}
