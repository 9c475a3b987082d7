//! The table of the handshake: which message is legal in which state, and the state that follows (RFC 8446 section 2 and appendix
//! A.1).

use crate::codes::handshake_type;

/// The states in which a message is awaited, by the names of appendix A.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaits {
    ServerHello,
    EncryptedExtensions,
    CertificateOrRequest,
    Certificate,
    CertificateVerify,
    Finished,
    Connected,
}

/// One transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) from: Awaits,
    pub(super) message: u8,
    pub(super) to: Awaits,
}

const fn on(from: Awaits, message: u8, to: Awaits) -> Transition {
    Transition { from, message, to }
}

/// All transitions. No other message is legal in any state.
#[rustfmt::skip]
pub(super) const TABLE: [Transition; 11] = [
    // A HelloRetryRequest, once.
    on(Awaits::ServerHello, handshake_type::SERVER_HELLO, Awaits::ServerHello),
    on(Awaits::ServerHello, handshake_type::SERVER_HELLO, Awaits::EncryptedExtensions),
    on(Awaits::EncryptedExtensions, handshake_type::ENCRYPTED_EXTENSIONS, Awaits::CertificateOrRequest),
    // The server accepted the pre-shared key.
    on(Awaits::EncryptedExtensions, handshake_type::ENCRYPTED_EXTENSIONS, Awaits::Finished),
    on(Awaits::CertificateOrRequest, handshake_type::CERTIFICATE_REQUEST, Awaits::Certificate),
    on(Awaits::CertificateOrRequest, handshake_type::CERTIFICATE, Awaits::CertificateVerify),
    on(Awaits::Certificate, handshake_type::CERTIFICATE, Awaits::CertificateVerify),
    on(Awaits::CertificateVerify, handshake_type::CERTIFICATE_VERIFY, Awaits::Finished),
    on(Awaits::Finished, handshake_type::FINISHED, Awaits::Connected),
    on(Awaits::Connected, handshake_type::NEW_SESSION_TICKET, Awaits::Connected),
    on(Awaits::Connected, handshake_type::KEY_UPDATE, Awaits::Connected),
];

/// Returns whether a message of this type is legal in this state.
pub(super) fn is_legal(state: Awaits, message: u8) -> bool {
    TABLE.iter().any(|transition| transition.from == state && transition.message == message)
}

/// Returns whether the message may lead to the state `next`.
pub(super) fn leads_to(state: Awaits, message: u8, next: Awaits) -> bool {
    TABLE.contains(&on(state, message, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [Awaits; 7] = [
        Awaits::ServerHello,
        Awaits::EncryptedExtensions,
        Awaits::CertificateOrRequest,
        Awaits::Certificate,
        Awaits::CertificateVerify,
        Awaits::Finished,
        Awaits::Connected,
    ];

    /// Appendix A.1 of RFC 8446 as the message types that each state accepts.
    #[test]
    fn each_state_takes_what_the_rfc_says_and_nothing_else() {
        let expected: [&[u8]; 7] = [&[2], &[8], &[13, 11], &[11], &[15], &[20], &[4, 24]];
        for (state, expected) in STATES.into_iter().zip(expected) {
            for message in 0..=u8::MAX {
                assert_eq!(is_legal(state, message), expected.contains(&message), "{state:?} {message}");
            }
        }
    }

    #[test]
    fn the_picture_in_the_readme_is_the_table() {
        let state = |name| match name {
            "ServerHello" => Awaits::ServerHello,
            "EncryptedExtensions" => Awaits::EncryptedExtensions,
            "CertificateOrRequest" => Awaits::CertificateOrRequest,
            "Certificate" => Awaits::Certificate,
            "CertificateVerify" => Awaits::CertificateVerify,
            "Finished" => Awaits::Finished,
            "Connected" => Awaits::Connected,
            other => panic!("no state: {other}"),
        };
        let message = |label| match label {
            // It has the type of a ServerHello.
            "HelloRetryRequest" | "ServerHello" => handshake_type::SERVER_HELLO,
            "EncryptedExtensions" | "EncryptedExtensions (resumed)" => handshake_type::ENCRYPTED_EXTENSIONS,
            "CertificateRequest" => handshake_type::CERTIFICATE_REQUEST,
            "Certificate" => handshake_type::CERTIFICATE,
            "CertificateVerify" => handshake_type::CERTIFICATE_VERIFY,
            "Finished" => handshake_type::FINISHED,
            "NewSessionTicket" => handshake_type::NEW_SESSION_TICKET,
            "KeyUpdate" => handshake_type::KEY_UPDATE,
            other => panic!("no message: {other}"),
        };
        let (_, picture) = include_str!("../../README.md").split_once("stateDiagram-v2").unwrap();
        let (picture, _) = picture.split_once("```").unwrap();
        let mut arrows = picture.lines().filter_map(|line| {
            let (from, rest) = line.trim().split_once(" --> ")?;
            let (to, label) = rest.split_once(": ")?;
            Some(on(state(from), message(label), state(to)))
        });
        for transition in TABLE {
            assert_eq!(arrows.next(), Some(transition));
        }
        assert_eq!(arrows.next(), None);
    }

    #[test]
    fn no_way_to_the_end_goes_round_authentication() {
        for transition in TABLE {
            // Finished is awaited after CertificateVerify, or after a pre-shared key was agreed on.
            if transition.to == Awaits::Finished {
                assert!(matches!(transition.from, Awaits::CertificateVerify | Awaits::EncryptedExtensions));
            }
            if transition.to == Awaits::Connected {
                assert!(matches!(transition.from, Awaits::Finished | Awaits::Connected));
            }
        }
        assert!(!leads_to(Awaits::CertificateOrRequest, 20, Awaits::Connected));
    }
}
