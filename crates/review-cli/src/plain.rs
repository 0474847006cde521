//! Words of others as a terminal may show them.

pub use access_review::{plain, plain_json};
