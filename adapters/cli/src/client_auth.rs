//! The values of `--client-auth`.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use genesys_token_core::settings::ClientAuth;

/// A method of client authentication as an argument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method(pub(crate) ClientAuth);

impl ValueEnum for Method {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(ClientAuth::Basic), Self(ClientAuth::BasicFormEncoded), Self(ClientAuth::RequestBody)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self.0 {
            ClientAuth::Basic => PossibleValue::new("basic").help("Basic, as the official SDKs do"),
            ClientAuth::BasicFormEncoded => PossibleValue::new("basic-form-encoded")
                .help("Basic, form-encoded as RFC 6749 section 2.3.1 requires"),
            ClientAuth::RequestBody => {
                PossibleValue::new("body").help("client_id and client_secret in the request body")
            }
            _ => return None,
        })
    }
}
