//! What a vendor's client says about its traffic: which words stay, and what is private. All of it is data.

use http::HeaderName;
use http::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, DATE, ETAG, LINK, LOCATION, PROXY_AUTHORIZATION, RETRY_AFTER,
    SET_COOKIE,
};
use std::collections::BTreeSet;

/// What a recording does with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Treatment {
    /// A word of the vendor, such as a status or the name of a role: it stays. E-mail addresses, UUIDs and what looks
    /// like a credential are replaced even here.
    Keep,
    /// A sentence, such as the detail of an error: its words stay, but addresses, ids, quoted parts, and names that
    /// were replaced before are replaced.
    Words,
    /// Something of the organization or of a person: the whole is replaced.
    Replace,
    /// A secret: it becomes `[secret]`, whatever it was, and in a request it is not compared.
    Secret,
}

/// What is known about the traffic of one vendor.
///
/// **What no rule names is replaced.** So a field that the vendor adds later does not leak; it only reads worse. Left
/// alone, with or without a rule, are `null`, `true`, `false`, whole numbers of up to six digits, numbers with a sign,
/// a fraction or an exponent, and times.
///
/// What the program itself sends must be kept if it comes from no answer (words of a path, filters, names of fields):
/// at replay the program sends it again as it is. A rule that is missing shows at the first replay, as a difference.
///
/// ```
/// use http_kit::cassette::Rules;
///
/// let rules = Rules::new()
///     .path_words(["v1", "things", "owners"])
///     .keep(["status", "type", "sort.field"])
///     .words(["message"])
///     .secret(["webhook.key"]);
/// ```
///
/// # Keys
///
/// A rule names the key of a JSON member or of a parameter of the query or of a form. It holds for texts and numbers
/// that stand directly under the key or in lists there. With more keys before it, separated by dots, it holds only
/// where these come directly before (positions in lists do not count); `*` stands for any one key. The rule with the
/// most keys wins, of two with as many the later one. Upper and lower case, `_` and `-` make no difference:
/// `accountType` is also `account_type`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Rules {
    keys: Vec<KeyRule>,
    pub(crate) vocabulary: BTreeSet<String>,
    pub(crate) path_words: Vec<String>,
    pub(crate) hosts: Vec<String>,
    pub(crate) resource_names: Vec<String>,
    pub(crate) request_headers: Vec<(HeaderName, Treatment)>,
    pub(crate) response_headers: Vec<(HeaderName, Treatment)>,
    pub(crate) bodies: Vec<(String, Treatment)>,
    below: Vec<(String, Rules)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct KeyRule {
    /// Normalized keys, the innermost last.
    keys: Vec<String>,
    treatment: Treatment,
}

/// Secrets by any vendor's name.
const SECRETS: [&str; 9] = [
    "password",
    "passwd",
    "secret",
    "clientSecret",
    "accessToken",
    "refreshToken",
    "idToken",
    "privateKey",
    "apiKey",
];

/// Headers that carry credentials: no rule brings them into a recording.
const NEVER: [HeaderName; 4] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE];

/// Headers of limits, in the spellings that [`Hints`](crate::Hints) reads.
const LIMITS: [&str; 14] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-beta-ratelimit-limit",
    "x-beta-ratelimit-remaining",
    "x-beta-ratelimit-reset",
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "beta-ratelimit",
];

// === impl Rules ===

impl Rules {
    /// What holds for every vendor: secrets by their usual names, and the headers that matter. Of a request that is
    /// `content-type`; of a response `content-type`, `date`, `retry-after`, the headers of limits, `etag`, `link`,
    /// `location` and `x-request-id`.
    pub fn new() -> Self {
        let kept = [CONTENT_TYPE, DATE, RETRY_AFTER].map(|name| (name, Treatment::Keep));
        let limits = LIMITS.map(|name| (HeaderName::from_static(name), Treatment::Keep));
        let replaced = [ETAG, LINK, LOCATION, HeaderName::from_static("x-request-id")]
            .map(|name| (name, Treatment::Replace));
        let rules = Self {
            keys: Vec::new(),
            vocabulary: BTreeSet::new(),
            path_words: Vec::new(),
            hosts: Vec::new(),
            resource_names: Vec::new(),
            request_headers: vec![(CONTENT_TYPE, Treatment::Keep)],
            response_headers: kept.into_iter().chain(limits).chain(replaced).collect(),
            bodies: Vec::new(),
            below: Vec::new(),
        };
        rules.secret(SECRETS)
    }

    /// Keys of words that stay: [`Treatment::Keep`].
    pub fn keep<'a>(self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.treat(Treatment::Keep, keys)
    }

    /// Keys of sentences: [`Treatment::Words`].
    pub fn words<'a>(self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.treat(Treatment::Words, keys)
    }

    /// Keys of what is private: [`Treatment::Replace`], here also for short numbers and for dates. Only needed against
    /// a wider rule, or where such numbers and dates are private.
    pub fn replace<'a>(self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.treat(Treatment::Replace, keys)
    }

    /// Keys of secrets: [`Treatment::Secret`].
    pub fn secret<'a>(self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.treat(Treatment::Secret, keys)
    }

    /// Words of the vendor that stay wherever they are the whole value, such as names of roles and of products. For
    /// words that come as ids, or under keys that have names too. A rule for the key comes first.
    pub fn vocabulary<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.vocabulary.extend(words.into_iter().map(str::to_owned));
        self
    }

    /// Segments of paths that stay wherever they come, such as `users`. Other segments are replaced.
    pub fn path_words<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.path_words.extend(words.into_iter().map(str::to_owned));
        self
    }

    /// Hosts that stay in addresses within bodies and headers: those of the API. Others become a host below
    /// `example.com`; this machine itself stays. The host that a request goes to is not recorded at all.
    pub fn hosts<'a>(mut self, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        self.hosts.extend(hosts.into_iter().map(str::to_ascii_lowercase));
        self
    }

    /// Beginnings of resource names, such as `arn:` or `urn:vendor:`. In a text that begins so, the words up to the
    /// first slash stay (but for ids among them), and what follows is replaced.
    pub fn resource_names<'a>(mut self, prefixes: impl IntoIterator<Item = &'a str>) -> Self {
        self.resource_names
            .extend(prefixes.into_iter().map(str::to_owned));
        self
    }

    /// A further header of requests to record and to compare.
    ///
    /// `Authorization`, `Proxy-Authorization` and cookies are never recorded; naming one has no effect.
    pub fn request_header(mut self, name: HeaderName, treatment: Treatment) -> Self {
        put(&mut self.request_headers, name, treatment);
        self
    }

    /// A further header of responses to record. As with requests, headers of credentials are not.
    pub fn response_header(mut self, name: HeaderName, treatment: Treatment) -> Self {
        put(&mut self.response_headers, name, treatment);
        self
    }

    /// What to do with response bodies of this content type that are not JSON: [`Treatment::Keep`] records them as
    /// they are, [`Treatment::Words`] as a sentence. Without a rule such a body is withheld, for nothing in it can be
    /// told apart: of it only the length is recorded.
    pub fn body(mut self, content_type: &str, treatment: Treatment) -> Self {
        self.bodies.push((essence(content_type).to_owned(), treatment));
        self
    }

    /// Requests whose path begins with `path` (such as `/scim/`), and their answers, follow `rules` and not these: for a
    /// transport that two clients share. What is a word in the traffic of one may be somebody's name in that of the
    /// other. Replacements are common to both.
    ///
    /// Headers of requests that either client needs are recorded and compared for both.
    pub fn below(mut self, path: &str, rules: Self) -> Self {
        for (name, treatment) in &rules.request_headers {
            if !self.request_headers.iter().any(|(known, _)| known == name) {
                put(&mut self.request_headers, name.clone(), *treatment);
            }
        }
        self.below.push((path.to_owned(), rules));
        self
    }

    /// The rules for a request of this path and its answer.
    pub(crate) fn of_path(&self, path: &str) -> &Self {
        let below = self.below.iter().filter(|(start, _)| path.starts_with(start));
        below
            .max_by_key(|(start, _)| start.len())
            .map_or(self, |(_, rules)| rules.of_path(path))
    }

    fn treat<'a>(mut self, treatment: Treatment, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.keys.extend(keys.into_iter().map(|rule| KeyRule {
            keys: rule.split('.').map(normalized).collect(),
            treatment,
        }));
        self
    }

    /// The rule for what stands under these keys, the innermost last.
    pub(crate) fn of(&self, keys: &[&str]) -> Option<Treatment> {
        let keys: Vec<String> = keys.iter().map(|key| normalized(key)).collect();
        let holds = self.keys.iter().filter(|rule| rule.holds(&keys));
        holds
            .max_by_key(|rule| rule.keys.len())
            .map(|rule| rule.treatment)
    }

    /// Whether any rule names this key: then it is a word of the vendor and not of the organization.
    pub(crate) fn names(&self, key: &str) -> bool {
        let key = normalized(key);
        self.keys.iter().any(|rule| rule.keys.contains(&key))
    }

    /// The rules of secrets, on whatever path, as texts that [`Rules::secret`] takes.
    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        let here = self
            .keys
            .iter()
            .filter(|rule| rule.treatment == Treatment::Secret)
            .map(|rule| rule.keys.join("."));
        let below = self.below.iter().flat_map(|(_, rules)| rules.secrets());
        here.chain(below).collect()
    }

    /// Only these rules of secrets, to compare requests with.
    pub(crate) fn only_secrets(secrets: &[String]) -> Self {
        let mut rules = Self::new();
        rules.keys.clear();
        rules.secret(secrets.iter().map(String::as_str))
    }

    pub(crate) fn of_body(&self, content_type: &str) -> Option<Treatment> {
        let essence = essence(content_type);
        let rule = self
            .bodies
            .iter()
            .rev()
            .find(|(name, _)| name.eq_ignore_ascii_case(essence));
        rule.map(|(_, treatment)| *treatment)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
}

// === impl KeyRule ===

impl KeyRule {
    fn holds(&self, keys: &[String]) -> bool {
        self.keys.len() <= keys.len()
            && self
                .keys
                .iter()
                .rev()
                .zip(keys.iter().rev())
                .all(|(rule, key)| rule == "*" || rule == key)
    }
}

/// A content type without its parameters.
pub(crate) fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

fn normalized(key: &str) -> String {
    key.chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn put(headers: &mut Vec<(HeaderName, Treatment)>, name: HeaderName, treatment: Treatment) {
    if !NEVER.contains(&name) {
        headers.retain(|(known, _)| *known != name);
        headers.push((name, treatment));
    }
}

#[cfg(test)]
mod tests {
    use super::Treatment::{Keep, Replace, Secret, Words};
    use super::*;

    #[test]
    fn the_closest_rule_wins() {
        let rules = Rules::new()
            .keep(["status", "type", "token", "icons.*"])
            .replace(["owner.type"])
            .words(["errors.detail", "status"]);
        #[track_caller]
        fn check(rules: &Rules, keys: &str, expected: Option<Treatment>) {
            let keys: Vec<&str> = keys.split('/').filter(|key| !key.is_empty()).collect();
            assert_eq!(rules.of(&keys), expected, "{keys:?}");
        }
        check(&rules, "data/type", Some(Keep));
        check(&rules, "data/owner/type", Some(Replace));
        check(&rules, "data/owner/kind/type", Some(Keep));
        check(&rules, "errors/detail", Some(Words));
        check(&rules, "detail", None);
        check(&rules, "status", Some(Words));
        check(&rules, "client_secret", Some(Secret));
        check(&rules, "Client-Secret", Some(Secret));
        check(&rules, "icons/16x16", Some(Keep));
        check(&rules, "icons/16x16/url", None);
        check(&rules, "", None);
    }

    #[test]
    fn rules_of_two_clients() {
        let tenant = HeaderName::from_static("x-tenant");
        let other = Rules::new()
            .keep(["attributes.name"])
            .secret(["pin"])
            .request_header(tenant.clone(), Keep);
        let both = Rules::new().keep(["kind"]).below("/other/", other);
        let of = |path: &str, keys: &[&str]| both.of_path(path).of(keys);
        assert_eq!(of("/other/things", &["attributes", "name"]), Some(Keep));
        assert_eq!(of("/other/things", &["kind"]), None);
        for path in ["/things", "/other", "/others/things", "/a/other/things"] {
            assert_eq!(of(path, &["attributes", "name"]), None, "{path}");
            assert_eq!(of(path, &["kind"]), Some(Keep), "{path}");
        }
        assert!(both.request_headers.contains(&(tenant, Keep)));
        assert!(both.secrets().contains("pin") && both.secrets().contains("password"));
    }

    #[test]
    fn headers_of_credentials_stay_out() {
        let all = NEVER.into_iter().chain([HeaderName::from_static("x-tenant")]);
        let rules = all.fold(Rules::new(), |rules, name| {
            rules
                .request_header(name.clone(), Keep)
                .response_header(name, Keep)
        });
        let names = |headers: &[(HeaderName, Treatment)]| {
            headers
                .iter()
                .map(|(name, _)| name.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&rules.request_headers), ["content-type", "x-tenant"]);
        assert_eq!(
            names(&rules.response_headers).last().map(String::as_str),
            Some("x-tenant")
        );
        assert!(
            !names(&rules.response_headers)
                .iter()
                .any(|name| name.contains("cookie"))
        );
    }
}
