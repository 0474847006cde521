//! Addresses of resources: in the header `Location`, in `$ref`, and in the answers to bulk requests.

use crate::model::ResourceKind;
use percent_encoding::percent_decode_str;

/// The kind and the id of the resource at an address (`…/Users/2c9e41`), absolute or relative; nothing if it is the
/// address of something else.
pub(crate) fn resource_at(address: &str) -> Option<(ResourceKind, String)> {
    let path = address.split(['?', '#']).next()?.trim_end_matches('/');
    let (before, id) = path.rsplit_once('/')?;
    let place = before.rsplit('/').next()?;
    let kind = [ResourceKind::User, ResourceKind::Group]
        .into_iter()
        .find(|kind| {
            kind.endpoint()
                .path
                .trim_start_matches('/')
                .eq_ignore_ascii_case(place)
        })?;
    let id = percent_decode_str(id).decode_utf8().ok()?;
    (!id.is_empty()).then(|| (kind, id.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_address_of_a_resource() {
        let user = |id: &str| Some((ResourceKind::User, id.to_owned()));
        for (address, expected) in [
            ("https://scim.example/v2/Users/2c9e41", user("2c9e41")),
            ("../Users/2c9e41", user("2c9e41")),
            ("Users/a%2Fb%40c?x=/Users/7#y", user("a/b@c")),
            ("/users/2c9e41/", user("2c9e41")),
            ("/v2/Groups/7", Some((ResourceKind::Group, "7".to_owned()))),
            ("https://scim.example/v2/Users", None),
            ("https://scim.example/v2/Users/", None),
            ("/v2/Boats/7", None),
            ("2c9e41", None),
            ("", None),
        ] {
            assert_eq!(resource_at(address), expected, "{address}");
        }
    }
}
