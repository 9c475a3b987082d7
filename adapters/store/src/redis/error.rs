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
        "the address or the certificates for Redis cannot be used: check them; without TLS only loopback addresses are allowed".to_owned()
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

#[cfg(test)]
mod tests {
    use std::io;

    use redis::{ServerErrorKind, parse_redis_value};

    use super::*;

    const SENTINEL: &str = "sentinel-of-the-password";

    /// Every kind of the library with a text that quotes input, and what a server may say.
    #[test]
    fn no_error_repeats_what_was_sent_or_received() {
        let kinds = [
            ErrorKind::Parse,
            ErrorKind::AuthenticationFailed,
            ErrorKind::UnexpectedReturnType,
            ErrorKind::InvalidClientConfig,
            ErrorKind::Io,
            ErrorKind::Client,
            ErrorKind::Extension,
            ErrorKind::MasterNameNotFoundBySentinel,
            ErrorKind::ClusterConnectionNotFound,
            ErrorKind::Server(ServerErrorKind::ResponseError),
            ErrorKind::RESP3NotSupported,
        ];
        let mut errors: Vec<RedisError> =
            kinds.into_iter().map(|kind| (kind, "text", SENTINEL.to_owned()).into()).collect();
        errors.push(io::Error::other(SENTINEL).into());
        for line in [
            format!("-ERR unknown command '{SENTINEL}'\r\n"),
            format!("-WRONGPASS {SENTINEL}\r\n"),
            format!("-{SENTINEL} text\r\n"),
            format!("-NOPERM this user may not use '{SENTINEL}'\r\n"),
        ] {
            errors.push(parse_redis_value(line.as_bytes()).unwrap().extract_error().unwrap_err());
        }
        for error in errors {
            let shown = store_error(&error);
            let shown = format!("{shown}\n{shown:?}");
            assert!(shown.len() > 20 && !shown.contains("sentinel-of"), "{error:?}: {shown}");
        }
    }
}
