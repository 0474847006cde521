//! `report`: an access review as one HTML page that needs nothing else.

mod data;

use self::data::Failed;
use crate::error::Error;
use crate::findings;
use crate::output;
use crate::print::{Printer, Stop};
use crate::run::Surroundings;
use access_review::Review;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Arg, ArgMatches};
use sha2::{Digest as _, Sha256};
use std::io::{self, BufWriter, Write};

const BODY: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The flags of `report`.
pub(crate) fn flags() -> Vec<Arg> {
    output::flags()
        .into_iter()
        .chain(findings::as_of_flags())
        .collect()
}

/// `report`
pub(crate) fn report(
    review: &Review,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut Printer<'_>,
) -> Result<(), Stop> {
    let as_of = findings::as_of(review, flags)?;
    let file = output::begin(flags, here, None)?;
    let mut page = BufWriter::with_capacity(256 << 10, file.create().map_err(Error::from)?);
    let shown = head(&mut page)
        .map_err(Failed::from)
        .and_then(|()| data::write(review, as_of, &mut page))
        .and_then(|shown| {
            write!(page, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")?;
            page.flush()?;
            Ok(shown)
        });
    let shown = match shown {
        Ok(shown) => shown,
        Err(Failed::Review(error)) => return Err(error.into()),
        Err(Failed::Write(error)) => return Err(Error::from(file.not_writable(error)).into()),
    };
    drop(page);
    file.finish().map_err(Error::from)?;
    let counts = [
        ("accounts", shown.accounts),
        ("grants", shown.grants),
        ("findings", shown.findings),
    ];
    output::written(flags, here, &counts, out)
}

/// All up to the data. The browser is told to run and to apply what stands in the page here and nothing else, and to load
/// nothing.
fn head(page: &mut dyn Write) -> io::Result<()> {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {script}; \
         style-src {style}; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Access review</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{BODY}\
         <script type=\"application/json\" id=\"data\">",
        script = hash(SCRIPT),
        style = hash(STYLE),
    )
}
