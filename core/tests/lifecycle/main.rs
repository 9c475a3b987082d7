//! The lifecycle under a fake clock: each transition and each rule of `lifecycle`'s documentation by name, then random walks that
//! are compared with a simple model.

mod clock;
mod credentials;
mod exchange;
mod fixture;
mod grants;
mod model;
mod random_walk;
mod refused_tokens;
mod tokens;
mod transitions;
mod values;
mod waits;
