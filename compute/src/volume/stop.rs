//! Work that nobody waits for any more is stopped.

use super::Error;

/// Asked between the rows of long work whether to stop it; then its result is [`Error::Stopped`].
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// For work that is always finished.
pub fn never() -> bool {
    false
}

pub(crate) fn go_on(stop: Stop<'_>) -> Result<(), Error> {
    if stop() { Err(Error::Stopped) } else { Ok(()) }
}
