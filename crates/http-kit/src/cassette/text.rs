//! Replacing in texts: in values, words, sentences and addresses.

use super::invent::Form;
use super::pseudonyms::Pseudonyms;
use super::rules::{Rules, Treatment};
use super::scan::{What, digits, find, is_this_machine, is_time, pieces};
use crate::path::{encode_query, encode_segment};
use http::HeaderName;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::ops::Range;

/// What stands for a secret.
pub(crate) const SECRET: &str = "[secret]";

/// Whole numbers of so many digits are counts, years and pages rather than anybody's.
const MAX_PLAIN_DIGITS: usize = 6;

/// The most words of a name that is looked for in sentences.
const MAX_NAME_WORDS: usize = 5;

/// One use of the replacements, under the rules.
pub(crate) struct Pass<'a> {
    pub(crate) rules: &'a Rules,
    /// Headers of requests that are recorded, whatever the path.
    pub(crate) compared: &'a [(HeaderName, Treatment)],
    pub(crate) pseudonyms: &'a mut Pseudonyms,
}

impl Pass<'_> {
    /// `text` as the rule wants it; without one it is replaced.
    pub(crate) fn text(&mut self, text: &str, rule: Option<Treatment>) -> String {
        match rule {
            Some(Treatment::Keep) => self.word(text),
            Some(Treatment::Words) => self.sentence(text),
            Some(Treatment::Replace) => self.value(text, true),
            Some(Treatment::Secret) => SECRET.to_owned(),
            None => self.value(text, false),
        }
    }

    /// A whole value in place of another. Short numbers and times stay unless `all` is wanted.
    ///
    /// Parts of it are replaced each for itself, so that a part alone, or within another whole, becomes the same.
    pub(crate) fn value(&mut self, text: &str, all: bool) -> String {
        if self.stays(text, all) || !all && self.rules.vocabulary.contains(text) {
            return text.to_owned();
        }
        if is_time(text) {
            return self.pseudonyms.of(text, Some(Form::Date));
        }
        self.pseudonyms.note(text);
        let name = self
            .rules
            .resource_names
            .iter()
            .any(|prefix| text.starts_with(prefix.as_str()));
        if name {
            self.resource_name(text)
        } else if text.starts_with('/') && !text.contains(char::is_whitespace) {
            self.reference(text)
        } else {
            let parts = |what| matches!(what, What::Url | What::Email | What::Ip | What::Uuid);
            self.replacing(text, parts, |pass, rest| pass.rest(rest, all))
        }
    }

    /// The word of a path, decoded.
    pub(crate) fn segment(&mut self, segment: &str) -> String {
        if self.rules.path_words.iter().any(|word| word == segment) {
            segment.to_owned()
        } else {
            self.value(segment, false)
        }
    }

    /// The name of a member of an object or of a parameter. Names are words of the vendor, but for those that are
    /// ids or could not be written in a program.
    pub(crate) fn key(&mut self, key: &str) -> String {
        let word = key.bytes().all(|byte| byte.is_ascii_graphic()) && find(key).is_empty();
        if word || self.rules.names(key) {
            key.to_owned()
        } else {
            self.value(key, false)
        }
    }

    /// What follows the host of an address: path, query and fragment.
    fn reference(&mut self, text: &str) -> String {
        let (text, fragment) = match text.split_once('#') {
            Some((text, fragment)) => (text, Some(fragment)),
            None => (text, None),
        };
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        let segments = path.split('/').map(|segment| {
            let replaced = self.segment(&decoded(segment));
            encode_segment(&replaced).into_owned()
        });
        let mut replaced = segments.collect::<Vec<_>>().join("/");
        if let Some(query) = query {
            let pairs = query.split('&').map(|pair| self.pair(pair));
            replaced.push('?');
            replaced.push_str(&pairs.collect::<Vec<_>>().join("&"));
        }
        if let Some(fragment) = fragment {
            replaced.push('#');
            replaced.push_str(&encode_query(&self.value(&decoded(fragment), false)));
        }
        replaced
    }

    fn pair(&mut self, pair: &str) -> String {
        let Some((key, value)) = pair.split_once('=') else {
            return encode_query(&self.key(&decoded(pair))).into_owned();
        };
        let key = decoded(key);
        let value = self.text(&decoded(value), self.rules.of(&[&key]));
        format!("{}={}", encode_query(&self.key(&key)), encode_query(&value))
    }

    fn url(&mut self, url: &str) -> String {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, reference) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((_, host)) => ("secret@", host),
            None => ("", authority),
        };
        let (host, port) = match host.rfind(':') {
            Some(colon) if digits(&host[colon + 1..]).is_some() => host.split_at(colon),
            _ => (host, ""),
        };
        let host = self.host(host);
        let reference = self.reference(reference);
        format!("{scheme}://{user}{host}{port}{reference}")
    }

    fn host(&mut self, host: &str) -> String {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if self
            .rules
            .hosts
            .iter()
            .any(|kept| host.eq_ignore_ascii_case(kept))
            || is_this_machine(host)
        {
            host.to_owned()
        } else if let Ok(ip) = bare.parse() {
            host.replace(bare, &self.ip(bare, ip))
        } else {
            self.domain(host)
        }
    }

    fn domain(&mut self, domain: &str) -> String {
        if !domain.contains(char::is_alphanumeric) {
            return domain.to_owned();
        }
        let replaced = match domain.parse() {
            Ok(ip) => self.ip(domain, ip),
            Err(_) => self.pseudonyms.of(domain, None),
        };
        format!("{replaced}.example.com")
    }

    fn ip(&mut self, text: &str, ip: IpAddr) -> String {
        if ip.is_loopback() {
            return text.to_owned();
        }
        let form = if ip.is_ipv4() { Form::Ipv4 } else { Form::Ipv6 };
        self.pseudonyms.of(text, Some(form))
    }

    fn email(&mut self, email: &str) -> String {
        let (local, sign, domain) = match (email.rsplit_once('@'), email.rsplit_once("%40")) {
            (Some((local, domain)), _) => (local, "@", domain),
            (None, Some((local, domain))) => (local, "%40", domain),
            (None, None) => return self.pseudonyms.of(email, None),
        };
        let local = self.pseudonyms.of(local, None);
        let domain = self.domain(domain);
        format!("{local}{sign}{domain}")
    }

    /// A word of the vendor: what identifies is replaced even here.
    fn word(&mut self, text: &str) -> String {
        let parts = |what| matches!(what, What::Email | What::Uuid | What::Credential);
        match text.split_once("://") {
            Some((scheme, rest)) => format!(
                "{scheme}://{}",
                self.replacing(rest, parts, |_, rest| rest.to_owned())
            ),
            None => self.replacing(text, parts, |_, rest| rest.to_owned()),
        }
    }

    /// A sentence: quoted parts are replaced, then what identifies, then known names. What looks like a path is one.
    fn sentence(&mut self, text: &str) -> String {
        if text.starts_with('/') && !text.contains(char::is_whitespace) {
            return self.reference(text);
        }
        let mut replaced = String::new();
        let mut end = 0;
        for quoted in quotations(text) {
            replaced.push_str(&self.unquoted(&text[end..quoted.start]));
            replaced.push_str(&self.value(&text[quoted.clone()], false));
            end = quoted.end;
        }
        replaced.push_str(&self.unquoted(&text[end..]));
        replaced
    }

    fn unquoted(&mut self, text: &str) -> String {
        self.replacing(text, |_| true, Self::known_names)
    }

    fn known_names(&mut self, text: &str) -> String {
        let words = pieces(text, |c| {
            !c.is_whitespace() && !matches!(c, '[' | ']' | '(' | ')')
        });
        let mut replaced = String::new();
        let (mut end, mut first) = (0, 0);
        while first < words.len() {
            let last = (first..words.len()).take(MAX_NAME_WORDS).rev().find_map(|last| {
                let name = trimmed(text, words[first].start..words[last].end);
                self.pseudonyms.knows(&text[name.clone()]).then_some((last, name))
            });
            if let Some((last, name)) = last {
                replaced.push_str(&text[end..name.start]);
                replaced.push_str(&self.value(&text[name.clone()], false));
                end = name.end;
                first = last;
            }
            first += 1;
        }
        replaced.push_str(&text[end..]);
        replaced
    }

    /// A resource name: its first words tell the kind of thing, what follows tells which one.
    fn resource_name(&mut self, text: &str) -> String {
        let (kind, which) = text.split_at(text.find('/').unwrap_or(text.len()));
        let kind = self.replacing(kind, |_| true, |_, rest| rest.to_owned());
        match which.strip_prefix('/') {
            Some(which) => format!("{kind}/{}", self.value(which, false)),
            None => kind,
        }
    }

    /// `text` with the wanted parts replaced, and the rest between them as `rest` says.
    fn replacing(
        &mut self,
        text: &str,
        wanted: impl Fn(What) -> bool,
        mut rest: impl FnMut(&mut Self, &str) -> String,
    ) -> String {
        let mut replaced = String::new();
        let mut end = 0;
        for found in find(text).into_iter().filter(|found| wanted(found.what)) {
            if end < found.range.start {
                replaced.push_str(&rest(self, &text[end..found.range.start]));
            }
            let part = &text[found.range.clone()];
            replaced.push_str(&match (found.what, part.parse::<IpAddr>()) {
                (What::Url, _) => self.url(part),
                (What::Email, _) => self.email(part),
                (What::Ip, Ok(ip)) => self.ip(part, ip),
                _ => self.pseudonyms.of(part, None),
            });
            end = found.range.end;
        }
        if end < text.len() {
            replaced.push_str(&rest(self, &text[end..]));
        }
        replaced
    }

    /// What is left of a value beside addresses and UUIDs. Ids are often made of several, joined by these signs.
    fn rest(&mut self, text: &str, all: bool) -> String {
        let mut replaced = String::new();
        let mut end = 0;
        for piece in pieces(text, |c| !matches!(c, ':' | '|' | '/')) {
            let core = trimmed(text, piece);
            if !core.is_empty() && !self.stays(&text[core.clone()], all) {
                replaced.push_str(&text[end..core.start]);
                replaced.push_str(&self.pseudonyms.of(&text[core.clone()], None));
                end = core.end;
            }
        }
        replaced.push_str(&text[end..]);
        replaced
    }

    /// Whether a text says nothing about anyone.
    fn stays(&self, text: &str, all: bool) -> bool {
        let plain = || digits(text).is_some_and(|count| count <= MAX_PLAIN_DIGITS) || is_time(text);
        !text.contains(char::is_alphanumeric) || matches!(text, "true" | "false" | "null") || !all && plain()
    }
}

/// A part of an address, percent-decoded; as it is where that gives no text.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text)
        .decode_utf8()
        .map_or_else(|_| text.to_owned(), |text| text.into_owned())
}

/// The range without what is neither letter nor digit at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let core = part.trim_matches(|c: char| !c.is_alphanumeric());
    let start = range.start + (part.len() - part.trim_start_matches(|c: char| !c.is_alphanumeric()).len());
    if core.is_empty() {
        range.start..range.start
    } else {
        start..start + core.len()
    }
}

/// The insides of quotation marks. An apostrophe within a word is none, nor is a mark behind a backslash within others.
fn quotations(text: &str) -> Vec<Range<usize>> {
    let mut quotations = Vec::new();
    let mut open: Option<(usize, char)> = None;
    let mut before = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let within_word = before.is_some_and(char::is_alphanumeric)
            && chars.peek().is_some_and(|(_, c)| c.is_alphanumeric());
        match open {
            Some(_) if c == '\\' => drop(chars.next()),
            Some((start, close)) if c == close && !(c == '\'' && within_word) => {
                quotations.push(start..at);
                open = None;
            }
            None => {
                let begins = !before.is_some_and(char::is_alphanumeric);
                let close = match c {
                    '"' | '`' => Some(c),
                    '\'' if begins => Some(c),
                    '\u{201c}' | '\u{201e}' => Some('\u{201d}'),
                    '\u{2018}' => Some('\u{2019}'),
                    '\u{ab}' => Some('\u{bb}'),
                    _ => None,
                };
                open = close.map(|close| (at + c.len_utf8(), close));
            }
            Some(_) => {}
        }
        before = Some(c);
    }
    quotations
}
