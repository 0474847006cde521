//! The address of the APIs, out of what people paste for it.

use url::Url;

/// Hosts of the vendor's pages: they have none of the APIs, and answer everything with a page.
const PAGES: [&str; 4] = ["atlassian.com", "atlassian.net", "jira.com", "bitbucket.org"];

/// What every SCIM directory has (RFC 7644 section 3.2).
const IN_DIRECTORIES: [&str; 7] = [
    "Users",
    "Groups",
    "Me",
    "Schemas",
    "ResourceTypes",
    "ServiceProviderConfig",
    "Bulk",
];

/// The address of a SCIM directory.
///
/// # Errors
/// Where it is not an address, or one of something in a directory, or of the administration APIs: the vendor would answer as if there
/// were no such directory.
pub(crate) fn of_directory(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("it is not an address ({e})"))?;
    let segments = segments(&url);
    match segments.last() {
        Some(last) if IN_DIRECTORIES.contains(&last.as_str()) => {
            Err(format!("it is the address of something in a directory, /{last}"))
        }
        _ if before_paths(&segments) < segments.len() => {
            Err("it is the address of the administration APIs".to_owned())
        }
        _ => Ok(url),
    }
}

fn segments(url: &Url) -> Vec<String> {
    let segments = url.path_segments().into_iter().flatten();
    segments
        .filter(|segment| !segment.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// An address, taken apart.
#[derive(Debug)]
pub(crate) struct Pasted {
    pub(crate) base: Url,
    /// The organization that its path named.
    pub(crate) organization: Option<String>,
}

/// Takes an address apart. The existing connector wants it with `/admin` at its end, which is the beginning of most paths, and
/// documentation shows whole paths: what belongs to the paths of requests is left out.
///
/// # Errors
/// Where it is not an address, or one below which there can be no APIs; every request would be answered as if the organization did
/// not exist.
pub(crate) fn pasted(text: &str) -> Result<Pasted, String> {
    let mut url =
        Url::parse(text.trim_end_matches('/')).map_err(|e| format!("it is not an address ({e})"))?;
    let segments = segments(&url);
    let organization = segments
        .iter()
        .position(|segment| segment == "orgs")
        .and_then(|at| segments.get(at + 1).cloned());
    let kept = &segments[..before_paths(&segments)];
    let host = url.host_str().unwrap_or_default().to_owned();
    if let ["scim", "directory", ..] = below(kept, "scim").as_slice() {
        return Err("it is the address of a SCIM directory, which --scim-base-url takes".to_owned());
    }
    let api = Url::parse(atlassian_admin::BASE_URL).map_err(|e| e.to_string())?;
    if api.host_str() == Some(&host) {
        if !kept.is_empty() {
            return Err(format!("no APIs of the vendor are below /{}", kept.join("/")));
        }
    } else if PAGES
        .iter()
        .any(|of| host == *of || host.ends_with(&format!(".{of}")))
    {
        return Err(format!(
            "{host} has pages of the vendor, and not its administration APIs"
        ));
    }
    if kept.len() < segments.len() {
        url.set_path(&kept.join("/"));
    }
    Ok(Pasted {
        base: url,
        organization,
    })
}

/// How many segments come before those of the paths of requests: `admin`, a version, `orgs`.
fn before_paths(segments: &[String]) -> usize {
    let is_version = |at: usize| {
        let version = segments.get(at).and_then(|segment| segment.strip_prefix('v'));
        version.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    let is = |at: usize, word: &str| segments.get(at).is_some_and(|segment| segment == word);
    (0..segments.len())
        .find(|at| {
            is(*at, "admin") && (*at + 1 == segments.len() || is_version(at + 1))
                || is_version(*at) && is(at + 1, "orgs")
        })
        .unwrap_or(segments.len())
}

/// The segments from this one on.
fn below<'a>(segments: &'a [String], first: &str) -> Vec<&'a str> {
    let from = segments.iter().skip_while(|segment| *segment != first);
    from.map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_paths_of_requests_is_left_out() {
        for (given, expected) in [
            ("https://api.atlassian.com", "https://api.atlassian.com/"),
            ("https://api.atlassian.com/", "https://api.atlassian.com/"),
            ("https://api.atlassian.com/admin", "https://api.atlassian.com/"),
            ("https://api.atlassian.com/admin/", "https://api.atlassian.com/"),
            ("https://api.atlassian.com/admin/v1", "https://api.atlassian.com/"),
            (
                "https://api.atlassian.com//admin//v2/",
                "https://api.atlassian.com/",
            ),
            (
                "https://api.atlassian.com/admin/v1/orgs",
                "https://api.atlassian.com/",
            ),
            ("https://api.atlassian.com/v1/orgs", "https://api.atlassian.com/"),
            (
                "https://api.atlassian.com/v2/orgs/o-1/directories",
                "https://api.atlassian.com/",
            ),
            (
                "https://proxy.example/atlassian/admin",
                "https://proxy.example/atlassian",
            ),
            (
                "https://proxy.example/atlassian/v1/admin/v1/orgs/o-1/users",
                "https://proxy.example/atlassian/v1",
            ),
            ("https://proxy.example/sysadmin", "https://proxy.example/sysadmin"),
            (
                "https://proxy.example/admin/atlassian",
                "https://proxy.example/admin/atlassian",
            ),
            ("https://proxy.example/v1", "https://proxy.example/v1"),
        ] {
            assert_eq!(pasted(given).unwrap().base.as_str(), expected, "{given}");
        }
    }

    #[test]
    fn what_names_an_organization_is_known() {
        let named = |text| pasted(text).unwrap().organization;
        assert_eq!(
            named("https://api.atlassian.com/admin/v1/orgs/o-1/users"),
            Some("o-1".into())
        );
        assert_eq!(named("https://api.atlassian.com/admin/v1/orgs"), None);
    }

    #[test]
    fn the_address_of_a_directory_ends_in_its_id() {
        for (given, expected) in [
            ("https://api.atlassian.com/scim/directory/d-1", None),
            ("https://api.atlassian.com/scim/directory/d-1/", None),
            ("https://proxy.example/Users/d-1", None),
            (
                "https://api.atlassian.com/scim/directory/d-1/Users",
                Some("it is the address of something in a directory, /Users"),
            ),
            (
                "https://api.atlassian.com/admin/v1/orgs/o-1",
                Some("it is the address of the administration APIs"),
            ),
        ] {
            assert_eq!(of_directory(given).err().as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn addresses_without_the_apis_are_refused() {
        for (given, expected) in [
            (
                "https://api.atlassian.com/ex/jira",
                "no APIs of the vendor are below /ex/jira",
            ),
            (
                "https://api.atlassian.com/v1",
                "no APIs of the vendor are below /v1",
            ),
            (
                "https://admin.atlassian.com/o/o-1/overview",
                "admin.atlassian.com has pages of the vendor, and not its administration APIs",
            ),
            (
                "https://larkspur.atlassian.net",
                "larkspur.atlassian.net has pages of the vendor, and not its administration APIs",
            ),
            (
                "https://proxy.example/scim/directory/d-1",
                "it is the address of a SCIM directory, which --scim-base-url takes",
            ),
            (
                "api.atlassian.com",
                "it is not an address (relative URL without a base)",
            ),
        ] {
            assert_eq!(pasted(given).unwrap_err(), expected, "{given}");
        }
    }
}
