//! Verification of a chain's signatures from the trust anchors down, before rustls-webpki searches for a path.
//!
//! rustls-webpki verifies signatures at the end of each path that it tries. The stack is deepest there, with a large frame per
//! certificate, and names alone decide how long a path gets: an attacker could exhaust a device's stack with certificates that no CA
//! signed. Therefore rustls-webpki receives authentic certificates only, and its signature checks are answered from the results here.
//!
//! rustls-webpki still validates the path, and no path is accepted with a signature that was not verified here.

use core::fmt;

use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, TrustAnchor, alg_id,
};

use super::error::ChainError;
use super::limits::{MAX_INTERMEDIATES, MAX_SIGNATURES};
use crate::algorithms;
use crate::der;

const MAX_CERTIFICATES: usize = 1 + MAX_INTERMEDIATES;

/// The signatures of one chain, as far as they were verified.
pub(super) struct Signatures<'c> {
    /// The leaf, then the other certificates in the order in which the server sent them.
    certificates: [&'c [u8]; MAX_CERTIFICATES],
    anchors: &'c [TrustAnchor<'c>],
    progress: Progress,
}

/// What is known of the signatures, apart from the certificates themselves: a verification in steps keeps it between them.
#[derive(Clone, Copy)]
pub(super) struct Progress {
    states: [State; MAX_CERTIFICATES],
    verified: [Link; MAX_SIGNATURES as usize],
    used: usize,
    first_error: Option<ChainError>,
}

impl Progress {
    /// Starts with the leaf as the only candidate.
    pub(super) fn new() -> Self {
        let mut states = [State::NotNeeded; MAX_CERTIFICATES];
        let [first, ..] = &mut states;
        *first = State::Candidate;
        let none = Link { certificate: 0, signer: 0, algorithm: 0, valid: false };
        Self { states, verified: [none; MAX_SIGNATURES as usize], used: 0, first_error: None }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not needed so far, judged by the names.
    NotNeeded,
    /// May be part of a path, if its signature is valid.
    Candidate,
    /// Its signatures lead to a trust anchor.
    Authentic,
}

/// The result of verifying one certificate's signature with one key.
#[derive(Clone, Copy)]
struct Link {
    certificate: usize,
    /// The index of the first certificate that has the key, or behind all certificates that of the trust anchor.
    signer: usize,
    /// The index in [`algorithms::ALL`].
    algorithm: usize,
    valid: bool,
}

impl<'c> Signatures<'c> {
    /// Goes on with a chain. Certificates beyond the limit are ignored.
    pub(super) fn resume(
        leaf: &'c [u8],
        intermediates: &[&'c [u8]],
        anchors: &'c [TrustAnchor<'c>],
        progress: &Progress,
    ) -> Self {
        let mut certificates: [&[u8]; MAX_CERTIFICATES] = [&[]; MAX_CERTIFICATES];
        for (slot, certificate) in certificates.iter_mut().zip([leaf].iter().chain(intermediates)) {
            *slot = certificate;
        }
        Self { certificates, anchors, progress: *progress }
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress
    }

    /// Makes the issuers of all candidates candidates too. Returns `false` if there are none.
    ///
    /// One step at a time, so that certificates which a server sends needlessly cost nothing.
    #[inline(never)] // Its frame must not be on the stack during the path search.
    pub(super) fn add_issuers(&mut self) -> bool {
        let before = self.progress.states;
        for (issuer, state) in self.certificates.iter().zip(&mut self.progress.states) {
            let Some(name) = der::subject(issuer) else { continue };
            let mut candidates =
                self.certificates.iter().zip(&before).filter(|(_, state)| **state != State::NotNeeded);
            if *state == State::NotNeeded && candidates.any(|(it, _)| der::issuer(it) == Some(name)) {
                *state = State::Candidate;
            }
        }
        self.progress.states != before
    }

    /// Verifies one signature of a candidate. Returns `false` if there is none left to verify.
    ///
    /// # Errors
    ///
    /// [`ChainError::TooManySignatures`]
    #[inline(never)] // As for `add_issuers`.
    pub(super) fn verify_next(&mut self) -> Result<bool, ChainError> {
        for index in 0..MAX_CERTIFICATES {
            for issuer in 0..MAX_CERTIFICATES + self.anchors.len() {
                if self.progress.states.get(index) == Some(&State::Candidate)
                    && self.verify_one(index, issuer)?
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Returns whether a signature was verified: it is not if it was before, or cannot be.
    fn verify_one(&mut self, index: usize, issuer: usize) -> Result<bool, ChainError> {
        if self.progress.states.get(issuer).is_some_and(|state| *state != State::Authentic) {
            return Ok(false);
        }
        let Some(certificate) = self.certificates.get(index) else { return Ok(false) };
        if der::issuer(certificate).is_none_or(|name| self.name(issuer) != Some(name)) {
            return Ok(false);
        }
        let (Some(signature), Some((key_algorithm, key))) = (der::signed(certificate), self.key(issuer))
        else {
            return Ok(false);
        };
        let Some(signer) = self.first_with(key) else { return Ok(false) };
        if self.links().any(|link| link.certificate == index && link.signer == signer) {
            return Ok(false);
        }
        let algorithm = algorithms::ALL.iter().position(|it| {
            it.signature_alg_id().as_ref() == signature.algorithm
                && it.public_key_alg_id().as_ref() == key_algorithm
        });
        let Some(algorithm) = algorithm else {
            self.record(ChainError::UnsupportedAlgorithm);
            return Ok(false);
        };
        if key_algorithm == alg_id::RSA_ENCRYPTION.as_ref()
            && let Some(bits) = algorithms::unsupported_rsa_size(key)
        {
            self.record(ChainError::RsaKeySize { bits: u16::try_from(bits).unwrap_or(u16::MAX) });
            return Ok(false);
        }
        let link = self.progress.verified.get_mut(self.progress.used).ok_or(ChainError::TooManySignatures)?;
        self.progress.used += 1;
        let valid = algorithms::ALL
            .get(algorithm)
            .is_some_and(|it| it.verify_signature(key, signature.message, signature.signature).is_ok());
        *link = Link { certificate: index, signer, algorithm, valid };
        match self.progress.states.get_mut(index) {
            Some(state) if valid => *state = State::Authentic,
            _ => self.record(ChainError::InvalidSignature),
        }
        Ok(true)
    }

    fn record(&mut self, error: ChainError) {
        self.progress.first_error.get_or_insert(error);
    }

    /// Returns the first reason why a candidate is not authentic, other than a missing issuer.
    pub(super) fn first_error(&self) -> Option<ChainError> {
        self.progress.first_error
    }

    /// Returns the authentic intermediates, or none if the leaf is not authentic.
    pub(super) fn authentic(&self) -> impl Iterator<Item = &'c [u8]> {
        let all = if self.progress.states.first() == Some(&State::Authentic) { MAX_CERTIFICATES } else { 0 };
        let all = self.certificates.iter().zip(&self.progress.states).take(all).skip(1);
        all.filter(|(_, state)| **state == State::Authentic).map(|(certificate, _)| *certificate)
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        self.progress.verified.iter().take(self.progress.used)
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

    /// Returns the key of a certificate or trust anchor: its algorithm identifier and its bits.
    fn key(&self, index: usize) -> Option<(&'c [u8], &'c [u8])> {
        match self.certificates.get(index) {
            Some(certificate) => der::public_key(der::subject_public_key_info(certificate)?),
            None => der::algorithm_and_bits(&self.anchor(index)?.subject_public_key_info),
        }
    }

    /// Returns the index of the first certificate or trust anchor that has this key.
    fn first_with(&self, key: &[u8]) -> Option<usize> {
        (0..MAX_CERTIFICATES + self.anchors.len())
            .find(|index| self.key(*index).is_some_and(|(_, other)| other == key))
    }

    /// Returns whether exactly this signature was verified and is valid.
    #[inline(never)] // As for `add_issuers`.
    fn is_valid(&self, algorithm: usize, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let signer = self.first_with(key);
        self.links().any(|link| {
            link.valid
                && link.algorithm == algorithm
                && Some(link.signer) == signer
                && self
                    .certificates
                    .get(link.certificate)
                    .and_then(|it| der::signed(it))
                    .is_some_and(|signed| signed.message == message && signed.signature == signature)
        })
    }

    /// Returns the algorithms in the form that rustls-webpki takes, answered from the results here.
    pub(super) fn algorithms(&self) -> [Verified<'_>; algorithms::ALL.len()] {
        let mut index = 0..;
        algorithms::ALL.map(|algorithm| Verified {
            algorithm,
            index: index.next().unwrap_or_default(),
            signatures: self,
        })
    }
}

/// An algorithm that looks its results up instead of computing them.
pub(super) struct Verified<'s> {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    index: usize,
    signatures: &'s Signatures<'s>,
}

/// Required by the trait, and kept short: printing every field would cost flash.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(f)
    }
}

impl SignatureVerificationAlgorithm for Verified<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let valid = self.signatures.is_valid(self.index, public_key, message, signature);
        if valid { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }
}
