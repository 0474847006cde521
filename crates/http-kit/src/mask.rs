//! Text from elsewhere, made fit to be shown: bounded, without e-mail addresses and credentials.

/// `text` in one line of at most `limit` characters, with e-mail addresses, bearer tokens and other long opaque
/// strings replaced.
///
/// Ids stay readable: a UUID, an account id or a resource name is shorter than what counts as a credential (40
/// characters of one run with letters and digits).
///
/// ```
/// use http_kit::masked;
///
/// assert_eq!(masked("no user ada@example.com in 4f5a2b1c", 80), "no user [e-mail] in 4f5a2b1c");
/// ```
pub fn masked(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut after_scheme = false;
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| in_run(c) != in_run(first)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        if in_run(first) {
            let sentence_end = run.len() - run.trim_end_matches('.').len();
            let (word, dots) = run.split_at(run.len() - sentence_end);
            out.push_str(if is_address(word) {
                "[e-mail]"
            } else if after_scheme || is_credential(word) {
                "[secret]"
            } else {
                word
            });
            out.push_str(dots);
            after_scheme = word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic");
        } else {
            after_scheme &= run.chars().all(|c| c.is_whitespace() || c == ':');
            out.extend(run.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
    }
    bounded(out, limit)
}

/// `body` for an error message: of JSON the structure and the keys around the byte `at`, never a string value; of
/// anything else its masked beginning.
pub(crate) fn excerpt(body: &[u8], at: usize) -> String {
    const AROUND: usize = 80;
    let text = String::from_utf8_lossy(body);
    if !text.trim_start().starts_with(['{', '[']) {
        let start: String = text.chars().take(4 * AROUND).collect();
        return masked(&start, 2 * AROUND);
    }
    let (shape, centre) = shape_of(&text, at, at.saturating_add(AROUND));
    let from = floor_boundary(&shape, centre.saturating_sub(AROUND));
    let to = floor_boundary(&shape, (centre + AROUND).min(shape.len()));
    let before = if from > 0 { "…" } else { "" };
    let after = if to < shape.len() || shape.len() < text.len() && at + AROUND < text.len() {
        "…"
    } else {
        ""
    };
    format!("{before}{}{after}", &shape[from..to])
}

/// The JSON text up to byte `until` with every string value replaced by `"…"`, and where in it the byte `at` is.
fn shape_of(text: &str, at: usize, until: usize) -> (String, usize) {
    let mut shape = String::new();
    let mut centre = None;
    let mut pos = 0;
    while pos < text.len() && pos <= until {
        if pos >= at && centre.is_none() {
            centre = Some(shape.len());
        }
        let rest = &text[pos..];
        if rest.starts_with('"') {
            let end = string_end(rest);
            if rest[end..].trim_start().starts_with(':') {
                shape.push_str(&masked(&rest[..end], 40));
            } else {
                shape.push_str("\"…\"");
            }
            pos += end;
        } else {
            let end = rest.find('"').unwrap_or(rest.len()).min(64);
            let end = floor_boundary(rest, end).max(rest.chars().next().map_or(1, char::len_utf8));
            shape.extend(rest[..end].chars().filter(|c| !c.is_whitespace()));
            pos += end;
        }
    }
    let len = shape.len();
    (shape, centre.unwrap_or(len))
}

/// The end of the JSON string that `text` starts with, behind its closing quote; all of it if there is none.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn floor_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len()))
        .rev()
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(0)
}

fn in_run(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '.' | '%' | '@' | '~')
}

fn is_address(word: &str) -> bool {
    let at = word.split_once('@').or_else(|| word.split_once("%40"));
    at.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

fn is_credential(word: &str) -> bool {
    word.split('.').any(|part| {
        let long = part.len() >= 40
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_alphabetic());
        long || part.len() >= 16 && part.starts_with("eyJ")
    })
}

fn bounded(mut text: String, limit: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
        text.push('…');
    }
    text
}
