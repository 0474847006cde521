//! Files one behind the other, as older writers packed them: the part of the tar format that these used.
//! [Layout](https://www.gnu.org/software/tar/manual/html_node/Standard.html)

use super::{
    directory::Directory,
    limits::{Budget, MAX_FILES},
    wire::{Result, damaged, within},
};
use crate::envelope::UnpackError;
use std::io::{self, Read, Write};

const BLOCK: usize = 512;

/// Unpacks the regular files in `source` into `directory`.
pub(super) fn unpack(source: &mut impl Read, directory: &mut Directory<'_>, budget: &Budget) -> Result<()> {
    for _ in 0..MAX_FILES {
        let mut head = [0; BLOCK];
        read(source, &mut head)?;
        // Two empty blocks end it, and nothing that is read follows.
        if head == [0; BLOCK] {
            return Ok(());
        }
        let head = Head::new(&head)?;
        budget.spend(head.size)?;
        let mut out = match head.is_file {
            true => directory
                .add(head.name)
                .map_err(within(&format!("its file {:?}", head.name)))?,
            // Folders, and what describes the next file further: names of the files of a store are short.
            false => None,
        };
        copy(source, out.as_mut(), head.size)?;
        let padding = head.size.next_multiple_of(BLOCK as u64) - head.size;
        copy(source, None, padding)?;
    }
    Err(damaged(format!("it holds more than {MAX_FILES} files")))
}

struct Head<'a> {
    name: &'a str,
    size: u64,
    is_file: bool,
}

impl<'a> Head<'a> {
    fn new(head: &'a [u8; BLOCK]) -> Result<Self> {
        let wrong = || damaged("its list of files is damaged");
        // The checksum counts itself as blanks.
        let sum: u64 = head
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte })
            .map(u64::from)
            .sum();
        if octal(&head[148..156]) != Some(sum) {
            return Err(wrong());
        }
        let name = head[..100].split(|byte| *byte == 0).next().unwrap_or_default();
        let name = std::str::from_utf8(name).map_err(|_| wrong())?;
        let size = octal(&head[124..136]).ok_or_else(wrong)?;
        // A prefix of the name would be a folder, and a store has none.
        let is_file = matches!(head[156], 0 | b'0') && head[345] == 0;
        Ok(Self {
            name: name.strip_prefix("./").unwrap_or(name),
            size,
            is_file,
        })
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

fn copy(source: &mut impl Read, out: Option<&mut std::fs::File>, bytes: u64) -> Result<()> {
    let mut source = source.take(bytes);
    let mut buffer = vec![0; BLOCK << 4];
    let mut out = out;
    while source.limit() > 0 {
        let read = match source.read(&mut buffer) {
            Ok(0) => return Err(cut_off()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(UnpackError::Read(error)),
        };
        if let Some(out) = &mut out {
            out.write_all(&buffer[..read]).map_err(UnpackError::Write)?;
        }
    }
    Ok(())
}

fn read(source: &mut impl Read, buffer: &mut [u8]) -> Result<()> {
    source.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_off(),
        _ => UnpackError::Read(error),
    })
}

fn cut_off() -> UnpackError {
    damaged("it is cut off")
}
