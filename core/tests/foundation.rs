//! The foundation: time, text, secrets.

use genesys_token_core::secret::Secret;
use genesys_token_core::text::{CapacityError, Text};
use genesys_token_core::time::{Duration, Instant};

#[test]
fn time_saturates_instead_of_wrapping() {
    assert_eq!(Instant::FAR_FUTURE + Duration::from_secs(1), Instant::FAR_FUTURE);
    assert_eq!(Duration::from_secs(u64::MAX), Duration::MAX);
    assert_eq!(Duration::MAX + Duration::from_millis(1), Duration::MAX);
    assert_eq!(Duration::from_secs(2).saturating_mul(u64::MAX), Duration::MAX);
    assert_eq!(Instant::from_millis(5).saturating_since(Instant::from_millis(9)), Duration::ZERO);
    assert_eq!(Instant::from_secs(1).saturating_sub(Duration::from_secs(2)), Instant::ZERO);
    assert_eq!(Duration::from_millis(1999).as_secs(), 1);
}

#[test]
fn time_is_shown_in_seconds() {
    let cases = [(42_000, "42 s"), (250, "0.25 s"), (1500, "1.5 s"), (1001, "1.001 s"), (0, "0 s")];
    for (millis, text) in cases {
        assert_eq!(Duration::from_millis(millis).to_string(), text);
    }
}

#[test]
fn time_converts_from_and_to_the_standard_library() {
    let span = core::time::Duration::from_millis(1234);
    assert_eq!(core::time::Duration::from(Duration::from(span)), span);
    assert_eq!(Duration::from(core::time::Duration::MAX), Duration::MAX);
}

#[test]
fn text_takes_all_or_nothing() {
    let mut text = Text::<8>::new("name", "abcd").expect("4 of 8");
    assert_eq!(text.push_str("name", "efghi"), Err(CapacityError { what: "name", needed: 9, capacity: 8 }));
    assert_eq!(text.as_str(), "abcd");
    text.push_str("name", "efgh").expect("8 of 8");
    assert_eq!(text.as_str(), "abcdefgh");
    assert!(Text::<0>::new("nothing", "").expect("0 of 0").is_empty());
}

#[test]
fn text_is_shown_as_text_is() {
    for text in ["", "plain", "quo\"te", "back\\slash", "\u{7}\u{7f}", "\u{e9}\u{1f600}"] {
        assert_eq!(format!("{:?}", Text::<16>::new("text", text).expect("it fits")), format!("{text:?}"));
    }
    let error = CapacityError { what: "name", needed: 9, capacity: 8 };
    assert_eq!(format!("{error:?}"), r#"CapacityError { what: "name", needed: 9, capacity: 8 }"#);
}

#[test]
fn a_secret_is_redacted_and_not_replaced_by_a_longer_one_than_fits() {
    let mut secret = Secret::<8>::new("secret", "SENTINEL").expect("8 of 8");
    assert_eq!(format!("{secret:?}"), "[redacted]");
    let error = secret.replace("secret", "SENTINEL2").unwrap_err();
    assert_eq!((error.needed, error.capacity), (9, 8));
    assert!(!error.to_string().contains("SENTINEL"));
    assert_eq!(secret.expose(), "SENTINEL");
    secret.replace("secret", "new").expect("3 of 8");
    assert_eq!(secret.expose(), "new");
    secret.wipe();
    assert!(secret.is_empty() && secret.expose().is_empty());
}
