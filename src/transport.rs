//! Why an HTTP request came to nothing, in words: what lies under the texts that reqwest wraps around it.

use crate::text::plain;
use std::error::Error;
use std::io;

/// The innermost cause: the outer texts only repeat that a request failed.
pub fn innermost(error: &reqwest::Error) -> String {
    plain(
        &chain(error)
            .last()
            .map(ToString::to_string)
            .unwrap_or_default(),
    )
}

/// What rustls found wrong, if it was rustls.
pub fn tls(error: &reqwest::Error) -> Option<String> {
    let tls = chain(error).find(|error| error.is::<rustls::Error>())?;
    Some(plain(&tls.to_string()))
}

/// From the outside in. An `io::Error` does not name what it wraps as its source, but the source of that.
fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: Option<&(dyn Error + 'static)> = Some(error);
    std::iter::successors(first, |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| error.source())
    })
}
