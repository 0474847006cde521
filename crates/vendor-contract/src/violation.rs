//! What is wrong with a request or an answer.

use std::fmt;

/// One thing in a request or an answer that the contract does not allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The name of the operation in the description; method and path of a request that is of none.
    pub operation: String,
    /// Where it was found.
    pub of: Of,
    /// The place: `path`, `method`, `status`, `body` with a JSON pointer after it where there is one
    /// (`body/data/0/id`), or the kind and the name of a parameter (`query limit`, `path orgId`,
    /// `header content-type`).
    pub at: String,
    /// What is wrong there, to be read after the place. Longer texts of the traffic are not in it.
    pub what: String,
}

/// A request or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// A request.
    Request,
    /// An answer with this status.
    Answer(u16),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {} {}", self.operation, self.of, self.at, self.what)
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("request"),
            Self::Answer(status) => write!(f, "answer {status}"),
        }
    }
}
