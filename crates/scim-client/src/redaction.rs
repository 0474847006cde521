//! What of this protocol is the server's and what is a directory's: the rules for recordings.

use crate::OPERATIONS;
use http::HeaderName;
use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use http_kit::cassette::{Rules, Treatment};

/// Keys of the protocol's words: schemas, kinds, what a server offers, and what a request selects and sorts by.
const WORDS: &[&str] = &[
    "schemas",
    // Resources and their parts.
    "meta.resourceType",
    "type",
    // Requests.
    "attributes",
    // Invented by whoever sends the request, and in no answer before it.
    "bulkId",
    "excludedAttributes",
    "method",
    "op",
    "sortBy",
    "sortOrder",
    // Errors.
    "responseStatus",
    "scimErrorType",
    "scimType",
    "status",
    "status.code",
    // What a server says of itself.
    "attributes.name",
    "authenticationSchemes.name",
    "canonicalValues",
    "defaultPaginationMethod",
    "endpoint",
    "mutability",
    "referenceTypes",
    "returned",
    "schema",
    "subAttributes.name",
    "uniqueness",
];

/// Keys of numbers that may be long and are nobody's.
const NUMBERS: &[&str] = &[
    "count",
    "cursorTimeout",
    "itemsPerPage",
    "maxOperations",
    "maxPayloadSize",
    "maxResults",
    "startIndex",
    "totalResults",
];

/// Keys of sentences, and of expressions whose values stand in quotation marks.
const SENTENCES: &[&str] = &[
    "attributes.description",
    "authenticationSchemes.description",
    "detail",
    "error",
    "error_description",
    "filter",
    "localizedMessage",
    "message",
    "path",
    "subAttributes.description",
    // `W/"…"`.
    "meta.version",
    "Operations.version",
];

/// Values that RFC 7643 gives to `type` (sections 4.1.2 and 4.2), and names of schemas and of kinds of resources. In the
/// path of a change they stand in quotation marks, like names of people.
const VOCABULARY: &[&str] = &[
    "direct",
    "fax",
    "home",
    "indirect",
    "mobile",
    "other",
    "pager",
    "photo",
    "thumbnail",
    "work",
    "Enterprise User",
    "EnterpriseUser",
    "Group",
    "ResourceType",
    "Schema",
    "ServiceProviderConfig",
    "User",
];

/// The rules under which traffic of SCIM directories can be recorded and given away (feature `cassette`).
///
/// Kept are the protocol's words (schemas, names of attributes, types, `scimType`, what a server says of itself), numbers
/// of up to six digits, times, sentences of errors but for what is quoted in them, and the structure: who is in what.
/// Replaced is everything else: names, addresses, titles, departments, ids, and the values of filters and of changes,
/// always the same by the same. Versions are replaced alike in headers and in resources, and conditions
/// (`If-Match`, `If-None-Match`) are recorded and compared.
///
/// Names of attributes stay, those of a server's own extensions included: whoever defined them can be told by them. So
/// does a name that an error quotes in brackets and that was in nothing recorded before.
///
/// For a transport that carries the traffic of other clients too, say where these hold with [`Rules::below`]: a word of
/// this protocol, such as the name of an attribute, may be somebody's name elsewhere.
///
/// ```
/// use http_kit::cassette::{Redactor, Treatment};
///
/// let redactor = Redactor::new(scim_client::redaction_rules())?;
/// let ines = redactor.replaced("ines.calder@larkspur.example");
/// let filter = redactor.treated(r#"userName eq "ines.calder@larkspur.example""#, Treatment::Words);
/// assert_eq!(filter, format!("userName eq \"{ines}\""));
/// # Ok::<_, http_kit::cassette::CassetteError>(())
/// ```
pub fn redaction_rules() -> Rules {
    let literals = OPERATIONS.iter().flat_map(|operation| operation.path.split('/'));
    let path_words = literals
        .filter(|segment| !segment.starts_with('{'))
        // Base addresses.
        .chain(["scim", "directory", "v1", "v2"]);
    let requests = ["atl-traceid", "atl-request-id", "x-trace-id"].map(HeaderName::from_static);
    let rules = Rules::new()
        .path_words(path_words)
        .hosts(["api.atlassian.com"])
        .resource_names(["urn:ietf:params:scim:", "urn:scim:", "bulkId:"])
        .vocabulary(VOCABULARY.iter().copied())
        .keep(WORDS.iter().chain(NUMBERS).copied())
        .words(SENTENCES.iter().copied())
        .replace(["costCenter", "employeeNumber", "postalCode", "title"])
        .request_header(IF_MATCH, Treatment::Words)
        .request_header(IF_NONE_MATCH, Treatment::Words)
        .response_header(ETAG, Treatment::Words);
    requests.into_iter().fold(rules, |rules, name| {
        rules.response_header(name, Treatment::Replace)
    })
}
