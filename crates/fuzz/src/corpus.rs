//! The inputs that everything begins with.

use std::path::Path;
use std::{fs, io};

/// The files of the corpus of a target, in the order of their names.
///
/// # Errors
/// Where the folder or a file of it cannot be read.
pub fn corpus(target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        inputs.push((
            entry.file_name().to_string_lossy().into_owned(),
            fs::read(entry.path())?,
        ));
    }
    inputs.sort();
    Ok(inputs)
}
