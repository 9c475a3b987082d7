//! Signatures of a chain, verified before rustls-webpki looks for a path, from the trust anchors down.
//!
//! rustls-webpki verifies signatures at the end of each path that it tries. A device's stack is deepest there, by a large frame for
//! each certificate, and paths are long as soon as names fit: whoever is in between could use up the stack with certificates
//! that nobody signed. So it is given authentic ones only, and where it asks for a signature it is told what is known.
//!
//! It is still rustls-webpki that judges the path, and no path is accepted with a signature that was not verified here.

use core::fmt;

use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, TrustAnchor, alg_id,
};

use super::{ChainError, MAX_INTERMEDIATES, MAX_SIGNATURES};
use crate::algorithms;
use crate::der;

const MAX_CERTIFICATES: usize = 1 + MAX_INTERMEDIATES;

/// What is known of the signatures in one chain.
pub(super) struct Signatures<'c> {
    /// The leaf, and what else the server sent.
    certificates: [&'c [u8]; MAX_CERTIFICATES],
    states: [State; MAX_CERTIFICATES],
    anchors: &'c [TrustAnchor<'c>],
    verified: [Link; MAX_SIGNATURES as usize],
    used: usize,
    objection: Option<ChainError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not needed so far, going by the names.
    Aside,
    /// Of use if it is authentic.
    Wanted,
    /// Its signature leads to a trust anchor.
    Authentic,
}

/// A signature that was verified: of which certificate, with which key.
#[derive(Clone, Copy)]
struct Link {
    certificate: usize,
    /// The index of the first certificate, or after these anchor, that has this key.
    signer: usize,
    /// In [`algorithms::ALL`].
    algorithm: usize,
    right: bool,
}

impl<'c> Signatures<'c> {
    /// At first only the leaf is wanted. What does not fit is left out.
    pub(super) fn new(leaf: &'c [u8], intermediates: &[&'c [u8]], anchors: &'c [TrustAnchor<'c>]) -> Self {
        let mut certificates: [&[u8]; MAX_CERTIFICATES] = [&[]; MAX_CERTIFICATES];
        for (slot, certificate) in certificates.iter_mut().zip([leaf].iter().chain(intermediates)) {
            *slot = certificate;
        }
        let mut states = [State::Aside; MAX_CERTIFICATES];
        let [first, ..] = &mut states;
        *first = State::Wanted;
        let none = Link { certificate: 0, signer: 0, algorithm: 0, right: false };
        Self {
            certificates,
            states,
            anchors,
            verified: [none; MAX_SIGNATURES as usize],
            used: 0,
            objection: None,
        }
    }

    /// Wants the issuers of what is wanted as well. `false` if there are no more of them.
    ///
    /// One step at a time, so that what an honest server sends beyond what is needed costs nothing.
    #[inline(never)] // Nothing of this lies below the path.
    pub(super) fn widen(&mut self) -> bool {
        let before = self.states;
        for (issuer, state) in self.certificates.iter().zip(&mut self.states) {
            let Some(name) = der::subject(issuer) else { continue };
            let mut wanted =
                self.certificates.iter().zip(&before).filter(|(_, state)| **state != State::Aside);
            if *state == State::Aside && wanted.any(|(it, _)| der::issuer(it) == Some(name)) {
                *state = State::Wanted;
            }
        }
        self.states != before
    }

    /// Verifies signatures of what is wanted, as long as that makes more of it authentic.
    ///
    /// # Errors
    ///
    /// [`ChainError::TooManySignatures`]
    #[inline(never)] // As for `widen`.
    pub(super) fn verify(&mut self) -> Result<(), ChainError> {
        let mut before = None;
        while before != Some(self.states) {
            before = Some(self.states);
            for index in 0..MAX_CERTIFICATES {
                for issuer in 0..MAX_CERTIFICATES + self.anchors.len() {
                    if self.states.get(index) == Some(&State::Wanted) {
                        self.verify_one(index, issuer)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn verify_one(&mut self, index: usize, issuer: usize) -> Result<(), ChainError> {
        if self.states.get(issuer).is_some_and(|state| *state != State::Authentic) {
            return Ok(());
        }
        let Some(certificate) = self.certificates.get(index) else { return Ok(()) };
        if der::issuer(certificate).is_none_or(|name| self.name(issuer) != Some(name)) {
            return Ok(());
        }
        let (Some(signature), Some((key_algorithm, key))) = (der::signed(certificate), self.key(issuer))
        else {
            return Ok(());
        };
        let Some(signer) = self.first_with(key) else { return Ok(()) };
        if self.links().any(|link| link.certificate == index && link.signer == signer) {
            return Ok(());
        }
        let algorithm = algorithms::ALL.iter().position(|it| {
            it.signature_alg_id().as_ref() == signature.algorithm
                && it.public_key_alg_id().as_ref() == key_algorithm
        });
        let Some(algorithm) = algorithm else {
            self.object(ChainError::UnsupportedAlgorithm);
            return Ok(());
        };
        if key_algorithm == alg_id::RSA_ENCRYPTION.as_ref()
            && let Some(bits) = algorithms::unsupported_rsa_size(key)
        {
            self.object(ChainError::RsaKeySize { bits: u16::try_from(bits).unwrap_or(u16::MAX) });
            return Ok(());
        }
        let link = self.verified.get_mut(self.used).ok_or(ChainError::TooManySignatures)?;
        self.used += 1;
        let right = algorithms::ALL
            .get(algorithm)
            .is_some_and(|it| it.verify_signature(key, signature.message, signature.signature).is_ok());
        *link = Link { certificate: index, signer, algorithm, right };
        match self.states.get_mut(index) {
            Some(state) if right => *state = State::Authentic,
            _ => self.object(ChainError::InvalidSignature),
        }
        Ok(())
    }

    fn object(&mut self, error: ChainError) {
        self.objection.get_or_insert(error);
    }

    /// Why something is not authentic, if it is for another reason than that nobody could have signed it.
    pub(super) fn objection(&self) -> Option<ChainError> {
        self.objection
    }

    /// The authentic intermediates, if there is an authentic leaf to go with them.
    pub(super) fn authentic(&self) -> impl Iterator<Item = &'c [u8]> {
        let all = if self.states.first() == Some(&State::Authentic) { MAX_CERTIFICATES } else { 0 };
        let all = self.certificates.iter().zip(&self.states).take(all).skip(1);
        all.filter(|(_, state)| **state == State::Authentic).map(|(certificate, _)| *certificate)
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        self.verified.iter().take(self.used)
    }

    fn anchor(&self, index: usize) -> Option<&'c TrustAnchor<'c>> {
        self.anchors.get(index.checked_sub(MAX_CERTIFICATES)?)
    }

    fn name(&self, index: usize) -> Option<&'c [u8]> {
        match self.certificates.get(index) {
            Some(certificate) => der::subject(certificate),
            None => Some(&self.anchor(index)?.subject),
        }
    }

    /// The algorithm of a certificate's or anchor's key, and the key.
    fn key(&self, index: usize) -> Option<(&'c [u8], &'c [u8])> {
        match self.certificates.get(index) {
            Some(certificate) => der::public_key(der::subject_public_key_info(certificate)?),
            None => der::algorithm_and_bits(&self.anchor(index)?.subject_public_key_info),
        }
    }

    /// The first that has this key.
    fn first_with(&self, key: &[u8]) -> Option<usize> {
        (0..MAX_CERTIFICATES + self.anchors.len())
            .find(|index| self.key(*index).is_some_and(|(_, other)| other == key))
    }

    /// Whether exactly this was verified, and is right.
    #[inline(never)] // As for `widen`.
    fn is_right(&self, algorithm: usize, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let signer = self.first_with(key);
        self.links().any(|link| {
            link.right
                && link.algorithm == algorithm
                && Some(link.signer) == signer
                && self
                    .certificates
                    .get(link.certificate)
                    .and_then(|it| der::signed(it))
                    .is_some_and(|signed| signed.message == message && signed.signature == signature)
        })
    }

    /// The algorithms as rustls-webpki shall see them.
    pub(super) fn algorithms(&self) -> [Known<'_>; algorithms::ALL.len()] {
        let mut index = 0..;
        algorithms::ALL.map(|algorithm| Known {
            algorithm,
            index: index.next().unwrap_or_default(),
            signatures: self,
        })
    }
}

/// An algorithm that knows the answers.
pub(super) struct Known<'s> {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    index: usize,
    signatures: &'s Signatures<'s>,
}

/// The trait asks for it; nobody prints one, and that of all in it would cost flash.
impl fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(f)
    }
}

impl SignatureVerificationAlgorithm for Known<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let right = self.signatures.is_right(self.index, public_key, message, signature);
        if right { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }
}
