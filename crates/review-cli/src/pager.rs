//! A pager between an answer and the terminal.

use crate::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// The pager that the variable `PAGER` asks for: where it is not set, `less` on Unix; where it is empty, none.
pub fn pager(variable: Option<OsString>) -> Option<OsString> {
    match variable {
        Some(asked) => Some(asked).filter(|asked| !asked.is_empty()),
        None => cfg!(unix).then(|| "less".into()),
    }
}

/// A pager under way, which the answer is written to.
pub(crate) struct Pager {
    program: Child,
    into: Option<ChildStdin>,
}

impl Pager {
    /// Starts it; none where it cannot be started, and the answer goes to the terminal as it is.
    pub(crate) fn start(asked: &OsString) -> Option<Self> {
        let words = asked.to_str()?;
        let mut words = words.split_whitespace();
        let mut command = Command::new(words.next()?);
        // What fits the screen stays there, as do the colours and the text itself when the pager ends.
        if !is_set("LESS") {
            command.env("LESS", "FRX");
        }
        let mut program = command.args(words).stdin(Stdio::piped()).spawn().ok()?;
        let into = program.stdin.take();
        Some(Self { program, into })
    }

    /// Waits until the reader has enough.
    pub(crate) fn end(mut self) -> Result<(), Error> {
        drop(self.into.take());
        self.program
            .wait()
            .map(drop)
            .map_err(|error| Error::unwritable(&error))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a variable of the pager, which inherits the environment"
)]
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.into {
            Some(into) => into.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.as_mut().map_or(Ok(()), Write::flush)
    }
}
