//! Corner cases of paths and names, as in the tests of rustls-webpki and in `BetterTLS`.

use super::cases::Verdict::Refuse;
use super::cases::{ALGORITHM, BASE, Case, P384, RSA_4096, with_feature};

pub(super) fn paths() -> Vec<Case> {
    let base = BASE;
    vec![
        Case {
            name: "path: two CAs that signed each other, one signed by the root",
            chain: &["leaf-circle", "circle-b", "circle-a-by-b", "circle-a"],
            ..base
        },
        Case {
            name: "path: two CAs that signed each other, none signed by a root",
            chain: &["leaf-circle", "circle-b", "circle-a-by-b"],
            verdict: Refuse("Chain(UnknownIssuer)"),
            ..base
        },
        Case {
            name: "path: a self-signed twin of the intermediate comes first",
            chain: &["leaf", "int-self", "int"],
            ..base
        },
        Case {
            name: "path: the self-signed twin alone",
            chain: &["leaf", "int-self"],
            verdict: Refuse("Chain(UnknownIssuer)"),
            ..base
        },
        Case {
            name: "path: a forged twin of the intermediate comes first",
            chain: &["leaf", "int-forged", "int"],
            ..base
        },
        Case {
            name: "path: an expired twin of the intermediate comes first",
            chain: &["leaf", "int-expiring", "int"],
            days: Some(60),
            ..base
        },
        Case {
            name: "path: the leaf again among the intermediates",
            chain: &["leaf", "leaf", "int"],
            ..base
        },
        Case {
            name: "path: two anchors of one name, the wrong one first",
            anchors: &["root-forged", "root"],
            ..base
        },
        Case {
            name: "path: the intermediate itself is the anchor",
            chain: &["leaf"],
            anchors: &["int"],
            ..base
        },
        Case {
            name: "path: the leaf itself is the anchor",
            anchors: &["leaf"],
            verdict: Refuse("Chain(UnknownIssuer)"),
            ..base
        },
        Case {
            name: "path: as long as the path length constraint allows",
            chain: &["leaf-below-1", "int-below-1", "int-pathlen-1"],
            ..base
        },
        Case {
            name: "anchor with RSA-4096 (Amazon Root CA 2)",
            chain: &["leaf-below-4096"],
            anchors: &["root-4096"],
            verdict: with_feature(RSA_4096, "Chain(RsaKeySize { bits: 4096 })"),
            ..BASE
        },
        Case {
            name: "anchor on P-384 (Amazon Root CA 4)",
            chain: &["leaf-below-p384"],
            anchors: &["p384-root"],
            verdict: with_feature(P384, ALGORITHM),
            ..BASE
        },
    ]
}

pub(super) fn constraints_and_names() -> Vec<Case> {
    let base = BASE;
    let constraint = Refuse("Chain(NameConstraint)");
    let name = Refuse("Chain(WrongName)");
    vec![
        Case { name: "constraint: permitted", chain: &["leaf-permitted", "int-permitted"], ..base },
        Case {
            name: "constraint: one of two names is not permitted",
            chain: &["leaf-one-not-permitted", "int-permitted"],
            verdict: constraint,
            ..base
        },
        Case {
            name: "constraint: a wildcard below the permitted name",
            chain: &["leaf-wildcard-permitted", "int-permitted"],
            host: "a.device.test",
            ..base
        },
        Case {
            name: "constraint: a wildcard on a top-level domain",
            chain: &["leaf-wildcard-too-wide", "int-permitted"],
            verdict: Refuse("Chain(Malformed)"),
            ..base
        },
        Case {
            name: "constraint: on IP addresses, leaf without one",
            chain: &["leaf-below-addresses", "int-addresses"],
            ..base
        },
        Case {
            name: "constraint: on IP addresses, leaf with another",
            chain: &["leaf-address-not-permitted", "int-addresses"],
            verdict: constraint,
            ..base
        },
        Case {
            name: "usage: anyExtendedKeyUsage only",
            chain: &["leaf-any-usage", "int"],
            verdict: Refuse("Chain(WrongUsage)"),
            ..base
        },
        Case { name: "usage: clientAuth and serverAuth", chain: &["leaf-usages", "int"], ..base },
        Case { name: "key usage: digitalSignature", chain: &["leaf-signs", "int"], ..base },
        Case {
            name: "key usage: without digitalSignature",
            chain: &["leaf-enciphers", "int"],
            verdict: Refuse("Chain(KeyUsage)"),
            // Servers may refuse to sign with such a key; this one does.
            ..base
        },
        Case {
            name: "name: a wildcard within a label",
            chain: &["leaf-partial-wildcard", "int"],
            verdict: name,
            ..base
        },
        Case { name: "name: only a wildcard", chain: &["leaf-wildcard-only", "int"], verdict: name, ..base },
        Case { name: "name: with a trailing dot", chain: &["leaf-absolute", "int"], verdict: name, ..base },
    ]
}
