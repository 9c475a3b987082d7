//! The authorised call, with a clock that only the test moves: one test for each rule.

mod connections;
mod fixture;
mod random_walk;
mod rate_limits;
mod tokens;
