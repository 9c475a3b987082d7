//! What rustls-webpki's own tests and `BetterTLS` have of paths and names.

use super::cases::Verdict::Refuse;
use super::cases::{ALGORITHM, BASE, Case, P384, RSA_4096, with};

pub(super) fn paths() -> Vec<Case> {
    let base = BASE;
    vec![
        Case {
            name: "path: authorities that signed each other, and the root one of them",
            chain: &["leaf-circle", "circle-b", "circle-a-by-b", "circle-a"],
            ..base
        },
        Case {
            name: "path: authorities that signed each other, and nobody else",
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
            name: "path: length limit kept exactly",
            chain: &["leaf-below-1", "int-below-1", "int-pathlen-1"],
            ..base
        },
        Case {
            name: "anchor with RSA-4096 (Amazon Root CA 2)",
            chain: &["leaf-below-4096"],
            anchors: &["root-4096"],
            verdict: with(RSA_4096, "Chain(RsaKeySize { bits: 4096 })"),
            ..BASE
        },
        Case {
            name: "anchor on P-384 (Amazon Root CA 4)",
            chain: &["leaf-below-p384"],
            anchors: &["p384-root"],
            verdict: with(P384, ALGORITHM),
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
            name: "constraint: a wildcard below what is permitted",
            chain: &["leaf-wildcard-permitted", "int-permitted"],
            host: "a.device.test",
            ..base
        },
        Case {
            name: "constraint: a wildcard on all of a top-level domain",
            chain: &["leaf-wildcard-too-wide", "int-permitted"],
            verdict: Refuse("Chain(Malformed)"),
            ..base
        },
        Case {
            name: "constraint: on addresses, the leaf has none",
            chain: &["leaf-below-addresses", "int-addresses"],
            ..base
        },
        Case {
            name: "constraint: on addresses, the leaf has another",
            chain: &["leaf-address-not-permitted", "int-addresses"],
            verdict: constraint,
            ..base
        },
        Case {
            name: "usage: any, but not this one",
            chain: &["leaf-any-usage", "int"],
            verdict: Refuse("Chain(WrongUsage)"),
            ..base
        },
        Case { name: "usage: two, this one among them", chain: &["leaf-usages", "int"], ..base },
        Case {
            name: "name: a wildcard within a label",
            chain: &["leaf-partial-wildcard", "int"],
            verdict: name,
            ..base
        },
        Case {
            name: "name: a wildcard and nothing else",
            chain: &["leaf-wildcard-only", "int"],
            verdict: name,
            ..base
        },
        Case { name: "name: with a dot at its end", chain: &["leaf-absolute", "int"], verdict: name, ..base },
    ]
}
