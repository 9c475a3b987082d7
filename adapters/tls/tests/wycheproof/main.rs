//! Project Wycheproof's test vectors for signatures, authenticated encryption and key agreement.
//!
//! The tables of sets are printed: `cargo test -p genesys-token-tls --all-features --test wycheproof -- --nocapture`.

mod aead;
mod key_agreement;
mod signatures;
