//! Conversions to and from `heapless::String`.

use core::fmt;

use genesys_token_core::heapless::String;
use genesys_token_core::heapless_string::to_string;
use genesys_token_core::lifecycle::Failure;
use genesys_token_core::secret::Secret;
use genesys_token_core::settings::{ClientId, ClientSecret, ConfigError, Endpoint, Region, Scope};
use genesys_token_core::text::{CapacityError, Text};
use genesys_token_core::wire::{ResponseHead, parse_token_response};

fn string<const N: usize>(text: &str) -> String<N> {
    String::try_from(text).expect("it fits")
}

#[test]
fn values_survive_both_directions() {
    let text: Text<16> = Text::new("a text", "grüße").expect("it fits");
    let there = String::<8>::try_from(&text).expect("it fits");
    assert_eq!(there, "grüße");
    assert_eq!(Text::<16>::try_from(&there), Ok(text));

    let scope: Scope<32> = Scope::new("users:readonly routing").expect("a scope");
    let there = String::<32>::try_from(&scope).expect("it fits");
    assert_eq!(there, "users:readonly routing");
    assert_eq!(Scope::<32>::try_from(&there), Ok(scope));

    let id: ClientId = ClientId::new("6b8f3f4e-0000-4c6e-8d5a-1f0a2b3c4d5e").expect("an id");
    let there = String::<36>::try_from(&id).expect("it fits");
    assert_eq!(ClientId::<64>::try_from(&there), Ok(id));

    for region in Region::ALL {
        let there = String::<32>::try_from(region).expect("it fits");
        assert_eq!(Region::try_from(&there).as_ref(), Ok(region));
    }
}

#[test]
fn hosts_are_copied_and_endpoints_read() {
    let endpoint = Endpoint::try_from(&string::<32>("mypurecloud.de")).expect("a domain");
    let host: String<24> = to_string("the host", endpoint.login_host()).expect("it fits");
    assert_eq!(host, "login.mypurecloud.de");
    let host: String<24> = to_string("the host", endpoint.api_host()).expect("it fits");
    assert_eq!(host, "api.mypurecloud.de");
}

#[test]
fn secrets_are_copied_only_by_their_accessor() {
    let secret: Secret<16> = Secret::try_from(&string::<8>("hunter2")).expect("it fits");
    assert_eq!(secret.expose_string::<7>().expect("it fits"), "hunter2");
    let error = secret.expose_string::<6>().expect_err("seven bytes do not fit");
    assert_eq!((error.needed, error.capacity), (7, 6));
    let secret = ClientSecret::<16>::try_from(&string::<8>("hunter2")).expect("it fits");
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn invalid_text_is_refused_as_from_str() {
    let scope = Scope::<32>::try_from(&string::<8>("a  b"));
    assert_eq!(scope, Err(ConfigError::InvalidScope { position: 2 }));
    assert!(Region::try_from(&string::<8>("nowhere")).is_err());
    let error = Text::<3>::try_from(&string::<8>("four")).expect_err("four bytes do not fit");
    assert_eq!((error.needed, error.capacity), (4, 3));
}

#[test]
fn messages_of_errors_are_whole_or_an_error_with_the_size_needed() {
    let mut body = *br#"{"error":"invalid_client","error_description":"client not found: xyz"}"#;
    let error = parse_token_response(&ResponseHead::new(400), &mut body).expect_err("a refusal");
    let message = String::<512>::try_from(&error).expect("it fits");
    assert_eq!(message.as_str(), error.to_string());
    let needed = message.len();
    let too_small = String::<16>::try_from(&error).expect_err("16 bytes do not fit");
    assert_eq!(too_small, CapacityError { what: "the error's message", needed, capacity: 16 });

    let failure = Failure::<()>::PresumedLost;
    assert_eq!(String::<512>::try_from(&failure).expect("it fits").as_str(), failure.to_string());
    let error = ConfigError::InvalidPort;
    assert_eq!(String::<512>::try_from(&error).expect("it fits").as_str(), error.to_string());
    assert_eq!(String::<512>::try_from(&too_small).expect("it fits").as_str(), too_small.to_string());
}

/// The size needed counts everything, also what was written after the first piece that did not fit.
#[test]
fn no_piece_is_left_out_between_others() {
    struct Pieces;
    impl fmt::Display for Pieces {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("abc")?;
            f.write_str("defgh")?;
            f.write_str("i")
        }
    }
    let error = to_string::<4>("pieces", &Pieces).expect_err("nine bytes do not fit");
    assert_eq!((error.needed, error.capacity), (9, 4));
    assert_eq!(to_string::<9>("pieces", &Pieces).expect("it fits"), "abcdefghi");
}
