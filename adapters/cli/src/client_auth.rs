//! How `--client-auth` is written.

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
            ClientAuth::BasicFormEncoded => {
                PossibleValue::new("basic-form-encoded").help("Basic, to the letter of RFC 6749")
            }
            ClientAuth::RequestBody => {
                PossibleValue::new("body").help("client_id and client_secret in the body")
            }
            _ => return None,
        })
    }
}
