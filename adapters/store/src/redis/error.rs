//! Errors of the client library as sentences. Its own texts may quote what was sent or received.

use redis::{ErrorKind, RedisError};

use crate::store::StoreError;

/// The longest error code of a server that is shown.
const CODE_MAX: usize = 24;

pub(super) fn store_error(error: &RedisError) -> StoreError {
    let is_code = |code: &&str| code.len() <= CODE_MAX && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let message = if let Some(code) = error.code().filter(is_code) {
        match code {
            "LOADING" => "the Redis server is loading its data".to_owned(),
            "READONLY" => "the Redis server is a replica: a failover is under way, or the address is not that of the primary".to_owned(),
            "NOAUTH" | "WRONGPASS" => {
                format!("the Redis server refused the login ({code}): check user and password")
            }
            "NOPERM" => "the Redis user may not run scripts on keys `genesys-token:*` (NOPERM): extend its access control list".to_owned(),
            _ => format!("the Redis server answered {code}"),
        }
    } else if error.is_timeout() {
        "the Redis server gave no answer in time".to_owned()
    } else if error.is_connection_refusal() {
        "no Redis server listens at the address: check address and server".to_owned()
    } else if error.kind() == ErrorKind::AuthenticationFailed {
        "the Redis server refused the login: check user and password".to_owned()
    } else if error.kind() == ErrorKind::InvalidClientConfig {
        "the address or the certificates for Redis cannot be used".to_owned()
    } else {
        format!("the connection to the Redis server failed ({})", error.category())
    };
    StoreError::new(message)
}

/// As [`store_error`], for `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn invalid(error: RedisError) -> StoreError {
    store_error(&error)
}
