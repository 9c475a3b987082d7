//! The HTTP exchange over scripted streams.

#![allow(clippy::unwrap_used, reason = "in helpers of tests too, a failing unwrap is a failing test")]

mod agreement;
mod case;
mod exchanges;
mod requests;
mod responses;
