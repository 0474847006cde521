//! How well a row knows what it describes.

use serde::{Deserialize, Serialize};

/// How well a row knows what it describes. The better row wins, whatever the order; see each variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// From the listing of its own type.
    Listed,
    /// From a second listing of the same type. It completes a listed row: profile keys that the listed row lacks are
    /// added, and a specified account type replaces the listed one. Without a listed row it stands for itself.
    Supplement,
    /// Met elsewhere, as a principal or target. It is sealed only where no listing has the object, so it may say of
    /// itself that it is unlisted. Of several the lowest number wins: give a row with more knowledge a lower number.
    Placeholder(u8),
}

impl Standing {
    /// Rank for storage: lower is better.
    pub fn rank(self) -> u16 {
        match self {
            Self::Listed => 0,
            Self::Supplement => 1,
            Self::Placeholder(n) => 2 + u16::from(n),
        }
    }
}

/// Knows which resources have been stated so far, and how well.
pub trait StatedResources: Send + Sync {
    /// Whether a row of this standing, or a better one, has stated this resource already.
    fn is_stated(&self, resource_type: &str, resource: &str, standing: Standing) -> bool;
}
