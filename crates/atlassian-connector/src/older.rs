//! A listing that some organizations have only in its older form.

use atlassian_admin::AdminError;

/// Reads a first page by the search, or by the older listing where the search is not offered; says whether it was that one.
/// What is decided here holds for all further pages, so one answer that there is no search is not enough.
///
/// # Errors
/// Where neither is there, what the search said, which tells why; else what the one that was asked last said.
pub(crate) async fn search_or_older<T, S, O>(
    search: impl Fn() -> S,
    older: impl FnOnce() -> O,
) -> Result<(T, bool), AdminError>
where
    S: Future<Output = Result<T, AdminError>>,
    O: Future<Output = Result<T, AdminError>>,
{
    let mut read = search().await;
    if read.as_ref().is_err_and(AdminError::is_not_offered) {
        read = search().await;
    }
    match read {
        Err(error) if error.is_not_offered() => match older().await {
            Err(also) if also.is_not_offered() => Err(error),
            listed => listed.map(|page| (page, true)),
        },
        searched => searched.map(|page| (page, false)),
    }
}
