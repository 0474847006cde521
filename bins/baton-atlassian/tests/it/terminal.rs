//! What a person sees on a terminal of 40, 80 and 200 columns.

use crate::harness::{Mood, Vendor, program};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Command;
use std::time::Duration;

const WIDTHS: [u16; 3] = [40, 80, 200];

/// A terminal that nobody sits at.
struct Terminal {
    ours: OwnedFd,
    theirs: File,
}

impl Terminal {
    /// One of this width; none where the machine has no pseudo-terminals.
    fn of(columns: u16) -> Option<Self> {
        let opened = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).and_then(|ours| {
            grantpt(&ours)?;
            unlockpt(&ours)?;
            let name = ptsname(&ours, Vec::new())?;
            Ok((ours, name))
        });
        let (ours, name) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                // Past the harness, which keeps what a test that holds prints.
                let _ = writeln!(std::io::stderr(), "skipped: no pseudo-terminal ({error})");
                return None;
            }
        };
        let theirs = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let terminal = Self { ours, theirs };
        terminal.resize(columns);
        Some(terminal)
    }

    fn resize(&self, columns: u16) {
        resize(&self.ours, columns);
    }

    /// Runs a program to its end. What it wrote, in pieces as they came; after each, `meanwhile` may act on the terminal.
    fn run(self, mut command: Command, mut meanwhile: impl FnMut(&OwnedFd, &str)) -> (Option<i32>, String) {
        let end = || self.theirs.try_clone().unwrap();
        let mut child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        // The reading ends when nobody has the other end open any more.
        drop((command, self.theirs));
        let mut reader = File::from(self.ours.try_clone().unwrap());
        let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut piece) {
            bytes.extend_from_slice(&piece[..count]);
            meanwhile(&self.ours, &String::from_utf8_lossy(&bytes));
        }
        let status = child.wait().unwrap();
        (
            status.code(),
            String::from_utf8(bytes).unwrap().replace("\r\n", "\n"),
        )
    }
}

fn resize(terminal: &OwnedFd, columns: u16) {
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

/// A command as it runs on a terminal that has colours.
fn on_a_terminal(mut command: Command) -> Command {
    // Nobody sits there who could leave a pager.
    command.env("TERM", "xterm-256color").env("PAGER", "");
    command
}

/// Each line as it was drawn, without what steers the terminal.
fn drawn(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => {
                // A sequence ends with a letter.
                letters.by_ref().skip(1).find(char::is_ascii_alphabetic);
            }
            '\r' => plain.push('\n'),
            letter => plain.push(letter),
        }
    }
    plain
        .lines()
        .map(|line| line.trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn widest(lines: &[String]) -> usize {
    lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or_default()
}

fn shown(text: &str) -> String {
    text.replace('\u{1b}', "␛")
}

#[test]
fn the_short_help() {
    let folder = tempfile::tempdir().unwrap();
    for columns in WIDTHS {
        let Some(terminal) = Terminal::of(columns) else {
            return;
        };
        let (exit, text) = terminal.run(on_a_terminal(program(folder.path(), &["-h"])), |_, _| {});
        assert_eq!(exit, Some(0));
        assert!(text.contains("\u{1b}["), "no colours");
        insta::assert_snapshot!(format!("short_help_{columns}"), drawn(&text).join("\n"));
        assert!(
            widest(&drawn(&text)) <= usize::from(columns).max(46),
            "{columns}: {text}"
        );
    }
}

/// Lines of the progress are cut where the terminal ends, also after it was made narrower, and nothing of them stays.
#[test]
fn progress_summary_and_tables() {
    let vendor = Vendor::with(Mood {
        latency: Duration::from_millis(60),
        ..Mood::default()
    });
    for columns in WIDTHS {
        let Some(terminal) = Terminal::of(columns) else {
            return;
        };
        let file = format!("{columns}.c1z");
        let mut command = on_a_terminal(vendor.program(&["-f", &file, "--workers", "1"]));
        command.env("BATON_LOG_LEVEL", "warn");
        let (exit, text) = terminal.run(command, |_, _| {});
        assert_eq!(exit, Some(0), "{text}");
        let lines = drawn(&text);
        let progress: Vec<&String> = lines.iter().filter(|line| line.starts_with('[')).collect();
        assert!(progress.len() > 3, "{columns}: {lines:#?}");
        for line in &progress {
            assert!(
                line.chars().count() <= usize::from(columns),
                "{columns}: {line:?}"
            );
            assert!(line.contains(" of "), "{line}");
        }
        // After the last of them the line is cleared, and the summary begins on it.
        let (_, summary) = text.rsplit_once("Synced ").unwrap();
        assert!(summary.contains("\u{1b}[1mFound\u{1b}[0m"), "{summary:?}");
        assert!(
            !drawn(summary).iter().any(|line| line.starts_with('[')),
            "{summary}"
        );

        let terminal = Terminal::of(columns).unwrap();
        let (exit, text) = terminal.run(on_a_terminal(vendor.program(&["grants", "-f", &file])), |_, _| {});
        assert_eq!(exit, Some(0));
        let lines = drawn(&text);
        assert!(text.starts_with("\u{1b}[1m") && lines.len() > 10, "{text:?}");
        // Seven columns of eight letters have no room in forty.
        assert!(
            widest(&lines) <= usize::from(columns).max(80),
            "{columns}: {text}"
        );
        let head = format!("table_{columns}");
        insta::assert_snapshot!(head, shown(text.lines().next().unwrap()));
    }
}

#[test]
fn a_terminal_that_becomes_narrower() {
    let vendor = Vendor::with(Mood {
        latency: Duration::from_millis(60),
        ..Mood::default()
    });
    let Some(terminal) = Terminal::of(200) else {
        return;
    };
    let mut command = on_a_terminal(vendor.program(&["--workers", "1"]));
    command.env("BATON_LOG_LEVEL", "warn");
    let mut before = None;
    let (exit, text) = terminal.run(command, |terminal, text| {
        if before.is_none() && text.contains(" of ") {
            resize(terminal, 40);
            before = Some(text.len());
        }
    });
    assert_eq!(exit, Some(0), "{text}");
    let after = drawn(&text[before.unwrap()..]);
    // A line may have been on its way.
    let after: Vec<String> = after
        .into_iter()
        .filter(|line| line.starts_with('['))
        .skip(2)
        .collect();
    assert!(after.len() > 2 && widest(&after) <= 40, "{after:#?}");
}

/// Colours are for terminals, and for those who want them.
#[test]
fn who_gets_colours() {
    let vendor = Vendor::new();
    for (arguments, variables, coloured) in [
        (&["doctor"][..], &[][..], true),
        (&["doctor"], &[("NO_COLOR", "1")], false),
        (&["doctor"], &[("TERM", "dumb")], false),
        (&["doctor", "--color", "never"], &[], false),
        (&["doctor"], &[("BATON_COLOR", "never")], false),
        (&["doctor", "--color=always"], &[("NO_COLOR", "1")], true),
        (&["grants", "-f", "none.c1z"], &[], true),
        (&["grants", "-f", "none.c1z", "--color", "never"], &[], false),
        (&["--help", "--color", "never"], &[], false),
    ] {
        let Some(terminal) = Terminal::of(80) else {
            return;
        };
        let mut command = on_a_terminal(vendor.program(arguments));
        command.envs(variables.iter().copied());
        let (_, text) = terminal.run(command, |_, _| {});
        assert_eq!(
            text.contains('\u{1b}'),
            coloured,
            "{arguments:?} {variables:?}: {text:?}"
        );
    }
    // No terminal.
    let ran = vendor.run(&["doctor"]);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'));
    let ran = vendor.run(&["doctor", "--color", "always"]);
    assert!(ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
}
