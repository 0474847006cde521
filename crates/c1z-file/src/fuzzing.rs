//! What is read of parts of an artifact that a checksum protects: for the project's fuzz targets (feature `fuzzing`).

use crate::v3;

/// Reads a block of entries of a table of this format to its end; whether it can be read.
#[must_use]
pub fn store_block(format: u32, block: &[u8]) -> bool {
    v3::walk_block(format, block).is_ok()
}

/// Reads a list of tables; whether it can be read.
#[must_use]
pub fn store_edit(edit: &[u8]) -> bool {
    v3::read_edit(edit).is_ok()
}
