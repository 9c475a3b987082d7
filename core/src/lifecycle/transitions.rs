//! The table of states: which input leads from which state to which other state.
//!
//! `cargo xtask states` draws the picture in ARCHITECTURE.md from it. A test takes each of these transitions with the real
//! manager, and checks that random walks take no other. As a constant that no device code reads it takes no flash.

/// Every transition between two different states: from, to, by which input, under which condition (empty: always).
///
/// The inputs are the calls of [`TokenManager`](super::TokenManager), and `time`: the deadline has passed. Inputs that do not
/// change the state have no row.
#[doc(hidden)]
pub const TRANSITIONS: &[[&str; 4]] = &[
    ["Due", "begin", "", "InFlight"],
    ["Due", "token_refused", "second in a row", "Waiting"],
    ["InFlight", "complete", "token", "Fresh"],
    ["InFlight", "complete", "failure", "Waiting"],
    ["InFlight", "complete", "failure, grant spent", "Stopped"],
    ["InFlight", "abandon", "grant spent", "Stopped"],
    ["InFlight", "time", "presumed lost, grant spent", "Stopped"],
    ["InFlight", "clear", "grant spent", "Stopped"],
    ["Fresh", "time", "grant spent", "Stopped"],
    ["Fresh", "token_refused", "grant spent", "Stopped"],
    ["Fresh", "clear", "grant spent", "Stopped"],
    ["InFlight", "complete", "failure that new credentials may fix", "Due"],
    ["InFlight", "abandon", "", "Due"],
    ["InFlight", "time", "presumed lost", "Waiting"],
    ["InFlight", "clear", "", "Due"],
    ["Fresh", "time", "refresh, or token ended", "Due"],
    ["Fresh", "token_refused", "", "Due"],
    ["Fresh", "token_refused", "second in a row", "Waiting"],
    ["Fresh", "clear", "", "Due"],
    ["Waiting", "time", "wait is over", "Due"],
    ["Waiting", "credentials_changed", "they may be the cause", "Due"],
    ["Waiting", "grant_replaced", "the old one may be the cause", "Due"],
    ["Stopped", "grant_replaced", "", "Due"],
    ["Stopped", "grant_replaced", "service named a time", "Waiting"],
];
