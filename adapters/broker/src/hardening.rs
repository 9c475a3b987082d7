//! Restrictions of the process, set before it reads a secret.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::stat::{Mode, umask};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Disables core dumps and debuggers of the same user, makes new files private to this user, and raises the limit of open files.
pub(crate) fn apply() -> io::Result<()> {
    umask(Mode::from_bits_truncate(0o077));
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(())
}
