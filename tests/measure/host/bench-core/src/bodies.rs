//! The bodies that are parsed: the data of core's own benchmarks.

/// A body with its name.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// 146 bytes: an opaque token, as the service sends.
    Small,
    /// 1490 bytes: the token is a JWT.
    Jwt,
    /// 4005 bytes: a long token and scope, nested unknown members, escapes, floats.
    Big,
    /// 174 bytes: a refusal.
    Error,
}

impl Body {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Small => include_bytes!("../../../../../core/benches/data/small.json"),
            Self::Jwt => include_bytes!("../../../../../core/benches/data/jwt.json"),
            Self::Big => include_bytes!("../../../../../core/benches/data/big.json"),
            Self::Error => include_bytes!("../../../../../core/benches/data/error.json"),
        }
    }
}

/// Returns a copy to parse, since some parsers decode in place.
pub fn copy(body: Body) -> &'static mut [u8] {
    body.bytes().to_vec().leak()
}

/// Returns the body with a lifetime that the oauth2 crate can read: it accepts integers in their plainest form only.
pub fn plain(body: Body) -> &'static mut [u8] {
    let text = std::str::from_utf8(body.bytes()).expect("the data is text");
    text.replace("8.6399e4", "86399   ").into_bytes().leak()
}

/// Asserts that `parsed` has the values of the body, for every parser.
pub fn verify(parsed: impl crate::response::Parsed) {
    let expected: Vec<_> =
        [Body::Small, Body::Jwt, Body::Big].map(|body| member(body, "access_token")).into();
    match parsed.token() {
        Some(token) => assert!(expected.iter().any(|known| known == token), "not the token of any body"),
        None => assert_eq!(parsed.error(), Some(&*member(Body::Error, "error")), "neither token nor error"),
    }
}

fn member(body: Body, name: &str) -> String {
    let value: serde_json::Value = serde_json::from_slice(body.bytes()).expect("the data is JSON");
    value[name].as_str().expect("the data has this member").to_owned()
}
