//! Colours, where somebody looks and wants them.

use anstyle::{AnsiColor, Style};
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

/// Which of the two outputs of a program are shown in colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colours {
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// What a part of a text is, for the colour that it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shade {
    /// A title, or the head of a table.
    Title,
    /// What is as it should be.
    Good,
    /// What asks for attention.
    Doubtful,
    /// What failed.
    Bad,
}

/// The values of `--color`.
pub const COLOR_CHOICES: [&str; 3] = ["auto", "always", "never"];

impl Colours {
    /// What this process is to do: as `chosen` says, and without a choice on a terminal that has colours, unless `NO_COLOR`
    /// is set.
    pub fn of_process(chosen: Option<&str>) -> Self {
        let wanted = !is_set("NO_COLOR") && !is_dumb();
        Self {
            stdout: decided(chosen, wanted, io::stdout().is_terminal()),
            stderr: decided(chosen, wanted, io::stderr().is_terminal()),
        }
    }
}

fn decided(chosen: Option<&str>, wanted: bool, is_terminal: bool) -> bool {
    match chosen {
        Some("always") => true,
        Some("never") => false,
        _ => wanted && is_terminal,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "conventions of terminals, which are no settings of a program"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn is_set(name: &str) -> bool {
    variable(name).is_some()
}

fn is_dumb() -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// The text in the colour of its shade, where `on` says so.
pub fn painted(text: &str, shade: Shade, on: bool) -> String {
    let style = match shade {
        Shade::Title => Style::new().bold(),
        Shade::Good => AnsiColor::Green.on_default(),
        Shade::Doubtful => AnsiColor::Yellow.on_default(),
        Shade::Bad => AnsiColor::Red.on_default().bold(),
    };
    match on {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    }
}

/// The value of a flag on a command line that is not read yet: what is wrong with the rest of it is to be told as the flag
/// says.
pub fn early(arguments: &[OsString], flag: &str) -> Option<String> {
    let mut texts = arguments.iter().map_while(|argument| argument.to_str());
    let given = texts.find_map(|text| {
        let rest = text.strip_prefix("--")?.strip_prefix(flag)?;
        Some(rest.strip_prefix('=').map(ToOwned::to_owned))
    });
    given.map(|value| {
        value
            .or_else(|| texts.next().map(ToOwned::to_owned))
            .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        for (chosen, wanted, is_terminal, expected) in [
            (None, true, true, true),
            (None, true, false, false),
            (None, false, true, false),
            (Some("auto"), true, true, true),
            (Some("always"), false, false, true),
            (Some("never"), true, true, false),
        ] {
            assert_eq!(decided(chosen, wanted, is_terminal), expected, "{chosen:?}");
        }
        assert_eq!(painted("x", Shade::Bad, false), "x");
        assert_eq!(painted("x", Shade::Good, true), "\u{1b}[32mx\u{1b}[0m");
    }

    #[test]
    fn a_flag_is_found_before_the_command_line_is_read() {
        let early = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            super::early(&arguments, "color")
        };
        assert_eq!(early(&["p", "--color", "never", "x"]).as_deref(), Some("never"));
        assert_eq!(early(&["p", "x", "--color=always"]).as_deref(), Some("always"));
        assert_eq!(early(&["p", "--color"]).as_deref(), Some(""));
        assert_eq!(early(&["p", "grants"]), None);
    }
}
