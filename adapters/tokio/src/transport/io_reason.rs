//! What to do about an error of the operating system: each kind has another cause.

use std::io::{Error, ErrorKind};

/// Returns what to do if no connection could be opened.
pub(super) fn connect(error: &Error) -> &'static str {
    if let Some(advice) = of_this_machine(error) {
        return advice;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => "check host and port",
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown => {
            "check this machine's network and its routes"
        }
        ErrorKind::TimedOut => "a firewall may drop the packets",
        ErrorKind::NotFound => "check the name",
        _ => "check this machine's network and firewall",
    }
}

/// Returns what to do if an open connection failed.
pub(super) fn lost(error: &Error) -> &'static str {
    if let Some(advice) = of_this_machine(error) {
        return advice;
    }
    match error.kind() {
        ErrorKind::TimedOut => {
            "the other side did not acknowledge what was sent: check the network, and try again"
        }
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown => {
            "the network was lost: check it, and try again"
        }
        _ => "try again",
    }
}

/// Returns whether the cause is within this machine, whatever network it is in.
pub(super) fn is_of_this_machine(error: &Error) -> bool {
    of_this_machine(error).is_some()
}

/// Returns what to do if the cause is within this machine.
fn of_this_machine(error: &Error) -> Option<&'static str> {
    // "Too many open files", of the process and of the machine; Rust has no kind for them. The numbers are the same on every Unix.
    if cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24)) {
        return Some(
            "raise the limit of open files (ulimit -n), or lower concurrent_calls and idle_connections",
        );
    }
    Some(match error.kind() {
        ErrorKind::PermissionDenied => "a firewall or a security policy of this machine forbids it",
        ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable => {
            "this machine has no free address or port for it: too many connections may be open"
        }
        ErrorKind::OutOfMemory => "this machine is out of memory",
        ErrorKind::Unsupported => {
            "this machine does not support it, for example because IPv6 is switched off"
        }
        ErrorKind::QuotaExceeded => "a limit of this machine is reached",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stable kind, with a word that its advice must contain: a cause on this machine is not blamed on the network, nor on the host.
    const KINDS: [(ErrorKind, &str, &str); 39] = [
        (ErrorKind::NotFound, "name", "again"),
        (ErrorKind::PermissionDenied, "policy", "policy"),
        (ErrorKind::ConnectionRefused, "port", "again"),
        (ErrorKind::ConnectionReset, "firewall", "again"),
        (ErrorKind::HostUnreachable, "routes", "network"),
        (ErrorKind::NetworkUnreachable, "routes", "network"),
        (ErrorKind::ConnectionAborted, "firewall", "again"),
        (ErrorKind::NotConnected, "firewall", "again"),
        (ErrorKind::AddrInUse, "free", "free"),
        (ErrorKind::AddrNotAvailable, "free", "free"),
        (ErrorKind::NetworkDown, "routes", "network"),
        (ErrorKind::BrokenPipe, "firewall", "again"),
        (ErrorKind::AlreadyExists, "firewall", "again"),
        (ErrorKind::WouldBlock, "firewall", "again"),
        (ErrorKind::NotADirectory, "firewall", "again"),
        (ErrorKind::IsADirectory, "firewall", "again"),
        (ErrorKind::DirectoryNotEmpty, "firewall", "again"),
        (ErrorKind::ReadOnlyFilesystem, "firewall", "again"),
        (ErrorKind::StaleNetworkFileHandle, "firewall", "again"),
        (ErrorKind::InvalidInput, "firewall", "again"),
        (ErrorKind::InvalidData, "firewall", "again"),
        (ErrorKind::TimedOut, "firewall", "acknowledge"),
        (ErrorKind::WriteZero, "firewall", "again"),
        (ErrorKind::StorageFull, "firewall", "again"),
        (ErrorKind::NotSeekable, "firewall", "again"),
        (ErrorKind::QuotaExceeded, "limit", "limit"),
        (ErrorKind::FileTooLarge, "firewall", "again"),
        (ErrorKind::ResourceBusy, "firewall", "again"),
        (ErrorKind::ExecutableFileBusy, "firewall", "again"),
        (ErrorKind::Deadlock, "firewall", "again"),
        (ErrorKind::CrossesDevices, "firewall", "again"),
        (ErrorKind::TooManyLinks, "firewall", "again"),
        (ErrorKind::InvalidFilename, "firewall", "again"),
        (ErrorKind::ArgumentListTooLong, "firewall", "again"),
        (ErrorKind::Interrupted, "firewall", "again"),
        (ErrorKind::Unsupported, "support", "support"),
        (ErrorKind::UnexpectedEof, "firewall", "again"),
        (ErrorKind::OutOfMemory, "memory", "memory"),
        (ErrorKind::Other, "firewall", "again"),
    ];

    #[test]
    fn every_kind_has_advice_that_fits_it() {
        for (kind, of_connect, of_loss) in KINDS {
            let error = Error::from(kind);
            assert!(connect(&error).contains(of_connect), "{kind:?}: {}", connect(&error));
            assert!(lost(&error).contains(of_loss), "{kind:?}: {}", lost(&error));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_lack_of_files_is_not_blamed_on_the_network() {
        for number in [23, 24] {
            let error = Error::from_raw_os_error(number);
            assert!(connect(&error).contains("ulimit") && lost(&error).contains("ulimit"), "{error}");
        }
    }
}
