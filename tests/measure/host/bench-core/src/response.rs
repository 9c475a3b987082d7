//! Readers of a token response.

use std::borrow::Cow;
use std::fmt;

use genesys_token_core::wire::{ExchangeError, ResponseHead, TokenResponse, parse_token_response};
use jiter::Jiter;
use oauth2::TokenResponse as _;
use oauth2::basic::{BasicErrorResponse, BasicTokenResponse};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// The result of every reader: a token, or else an OAuth error code.
pub trait Parsed {
    fn token(&self) -> Option<&str>;
    fn error(&self) -> Option<&str>;
}

pub fn ours(body: &'static mut [u8], status: u16) -> Result<TokenResponse<'static>, ExchangeError> {
    parse_token_response(&ResponseHead::new(status), body)
}

impl Parsed for Result<TokenResponse<'_>, ExchangeError> {
    fn token(&self) -> Option<&str> {
        self.as_ref().ok().map(TokenResponse::access_token)
    }

    fn error(&self) -> Option<&str> {
        match self {
            Err(ExchangeError::Refused(refusal)) => Some(refusal.code()),
            _ => None,
        }
    }
}

/// Text borrowed from the body, or decoded into an allocation if it has escapes.
pub struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// The used members, borrowed from the body where possible.
#[derive(Deserialize)]
pub struct Borrowed<'a> {
    #[serde(borrow, default)]
    pub access_token: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub token_type: Option<Text<'a>>,
    /// Of the types that all libraries have, the only one that accepts every spelling of an integer.
    #[serde(default)]
    pub expires_in: Option<f64>,
    #[serde(borrow, default)]
    pub scope: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub error: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub error_description: Option<Text<'a>>,
}

impl Parsed for Borrowed<'_> {
    fn token(&self) -> Option<&str> {
        self.access_token.as_ref().map(|text| &*text.0)
    }

    fn error(&self) -> Option<&str> {
        self.error.as_ref().map(|text| &*text.0)
    }
}

pub fn serde_json_borrowed(body: &'static [u8]) -> Borrowed<'static> {
    serde_json::from_slice(body).expect("a body of ours")
}

pub fn sonic_rs_borrowed(body: &'static [u8]) -> Borrowed<'static> {
    sonic_rs::from_slice(body).expect("a body of ours")
}

pub fn serde_json_core_borrowed(body: &'static [u8]) -> Borrowed<'static> {
    serde_json_core::from_slice(body).expect("a body of ours").0
}

/// The same members, owned.
#[derive(Deserialize)]
pub struct Owned {
    #[serde(default)]
    pub access_token: Option<String>,
    #[serde(default)]
    pub token_type: Option<String>,
    #[serde(default)]
    pub expires_in: Option<f64>,
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(default)]
    pub error: Option<String>,
    #[serde(default)]
    pub error_description: Option<String>,
}

impl Parsed for Owned {
    fn token(&self) -> Option<&str> {
        self.access_token.as_deref()
    }

    fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

pub fn serde_json_owned(body: &'static [u8]) -> Owned {
    serde_json::from_slice(body).expect("a body of ours")
}

/// The same members in fixed capacities, with escapes decoded: serde-json-core's form for devices.
#[derive(Default, Deserialize)]
pub struct Fixed {
    #[serde(default)]
    pub access_token: Option<heapless::String<2048>>,
    #[serde(default)]
    pub token_type: Option<heapless::String<16>>,
    #[serde(default)]
    pub expires_in: Option<f64>,
    #[serde(default)]
    pub scope: Option<heapless::String<1024>>,
    #[serde(default)]
    pub error: Option<heapless::String<64>>,
    #[serde(default)]
    pub error_description: Option<heapless::String<128>>,
}

impl Parsed for Fixed {
    fn token(&self) -> Option<&str> {
        self.access_token.as_deref()
    }

    fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

pub fn serde_json_core_fixed(body: &'static [u8], scratch: &mut [u8]) -> Fixed {
    serde_json_core::from_slice_escaped(body, scratch).expect("a body of ours").0
}

/// jiter lends values until its next step, so they are copied, as a caller must.
pub fn jiter_copied(body: &'static [u8]) -> Fixed {
    read_with_jiter(body).expect("a body of ours")
}

fn read_with_jiter(body: &[u8]) -> Result<Fixed, jiter::JiterError> {
    let mut found = Fixed::default();
    let mut jiter = Jiter::new(body);
    let mut key = jiter.next_object()?.map(Member::named);
    while let Some(member) = key {
        match member {
            Member::AccessToken => found.access_token = copied(jiter.next_str()?),
            Member::TokenType => found.token_type = copied(jiter.next_str()?),
            Member::Scope => found.scope = copied(jiter.next_str()?),
            Member::Error => found.error = copied(jiter.next_str()?),
            Member::ErrorDescription => found.error_description = copied(jiter.next_str()?),
            Member::ExpiresIn => found.expires_in = Some(jiter.next_float()?),
            Member::Other => jiter.next_skip()?,
        }
        key = jiter.next_key()?.map(Member::named);
    }
    jiter.finish()?;
    Ok(found)
}

fn copied<const N: usize>(text: &str) -> Option<heapless::String<N>> {
    heapless::String::try_from(text).ok()
}

enum Member {
    AccessToken,
    TokenType,
    ExpiresIn,
    Scope,
    Error,
    ErrorDescription,
    Other,
}

impl Member {
    fn named(name: &str) -> Self {
        match name {
            "access_token" => Self::AccessToken,
            "token_type" => Self::TokenType,
            "expires_in" => Self::ExpiresIn,
            "scope" => Self::Scope,
            "error" => Self::Error,
            "error_description" => Self::ErrorDescription,
            _ => Self::Other,
        }
    }
}

/// The types of the oauth2 crate, through the reader that crate itself uses.
pub enum OAuth2 {
    Token(Box<BasicTokenResponse>),
    Error(Box<BasicErrorResponse>),
}

pub fn oauth2_token(body: &'static [u8]) -> OAuth2 {
    let reader = &mut serde_json::Deserializer::from_slice(body);
    OAuth2::Token(serde_path_to_error::deserialize(reader).expect("a token"))
}

pub fn oauth2_error(body: &'static [u8]) -> OAuth2 {
    OAuth2::Error(serde_json::from_slice(body).expect("an error"))
}

impl Parsed for OAuth2 {
    fn token(&self) -> Option<&str> {
        match self {
            Self::Token(response) => Some(response.access_token().secret()),
            Self::Error(_) => None,
        }
    }

    fn error(&self) -> Option<&str> {
        match self {
            Self::Token(_) => None,
            Self::Error(response) => Some(response.error().as_ref()),
        }
    }
}
