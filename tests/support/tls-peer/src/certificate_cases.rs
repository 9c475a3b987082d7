//! The certificates of the acceptance table: valid and invalid leaves, intermediates and roots.

use crate::pki::{Certificate, Pki};

const YEAR: u32 = 365;
const MONTH: u32 = 30;

const CA: &str = "basicConstraints=critical,CA:TRUE";
const LEAF: &str = "basicConstraints=CA:FALSE";
const HOST: &str = "subjectAltName=DNS:device.test";
const SERVER: &str = "extendedKeyUsage=serverAuth";

const BASE: Certificate<'_> = Certificate {
    name: "",
    subject: "",
    key: "",
    issuer: None,
    days: YEAR,
    extensions: &[],
    arguments: &["-sha256"],
};

pub fn make(pki: &Pki) {
    keys(pki);
    authorities(pki);
    good_leaves(pki);
    path_building(pki);
    bad_authorities(pki);
    bad_leaves(pki);
}

fn keys(pki: &Pki) {
    for name in ["rsa-root", "rsa-int", "rsa-leaf", "other-root"] {
        pki.key(name, "RSA", Some("rsa_keygen_bits:2048"));
    }
    pki.key("rsa-3072", "RSA", Some("rsa_keygen_bits:3072"));
    pki.key("rsa-4096", "RSA", Some("rsa_keygen_bits:4096"));
    pki.key("rsa-1024", "RSA", Some("rsa_keygen_bits:1024"));
    for name in ["p256-root", "p256-int", "p256-leaf", "p256-other"] {
        pki.key(name, "EC", Some("ec_paramgen_curve:P-256"));
    }
    for name in ["p384-root", "p384-leaf"] {
        pki.key(name, "EC", Some("ec_paramgen_curve:P-384"));
    }
    pki.key("ed25519", "ED25519", None);
}

fn authorities(pki: &Pki) {
    let root = |name, subject, key, arguments| {
        pki.certificate(&Certificate {
            name,
            subject,
            key,
            days: 10 * YEAR,
            extensions: &[CA],
            arguments,
            ..BASE
        });
    };
    root("root", "/O=Test/CN=Root 1", "rsa-root", &["-sha256"]);
    root("old-root", "/O=Test/CN=Old Root", "other-root", &["-sha256"]);
    root("p256-root", "/O=Test/CN=P-256 Root", "p256-root", &["-sha256"]);
    root("p384-root", "/O=Test/CN=P-384 Root", "p384-root", &["-sha384"]);
    // The same name as "root", with another key.
    root("root-forged", "/O=Test/CN=Root 1", "other-root", &["-sha256"]);
    let below = |name, subject, key, issuer, days| {
        pki.certificate(&Certificate {
            name,
            subject,
            key,
            issuer: Some(issuer),
            days,
            extensions: &[CA],
            ..BASE
        });
    };
    below("int", "/O=Test/CN=Intermediate", "rsa-int", ("root", "rsa-root"), YEAR);
    below("int-expiring", "/O=Test/CN=Intermediate", "rsa-int", ("root", "rsa-root"), MONTH);
    below("root-cross", "/O=Test/CN=Root 1", "rsa-root", ("old-root", "other-root"), YEAR);
    below("int-forged", "/O=Test/CN=Intermediate", "rsa-int", ("root-forged", "other-root"), YEAR);
    below("int-unrelated", "/O=Test/CN=Other Intermediate", "p256-int", ("root", "rsa-root"), YEAR);
    below("p256-int", "/O=Test/CN=P-256 Intermediate", "p256-int", ("p256-root", "p256-root"), YEAR);
    below("p384-to-p256", "/O=Test/CN=Mixed Intermediate", "p256-int", ("p384-root", "p384-root"), YEAR);
    below("int-below", "/O=Test/CN=Deeper", "p256-int", ("int", "rsa-int"), YEAR);
}

fn good_leaves(pki: &Pki) {
    let good = |name, key, issuer, extensions, arguments| {
        let subject = "/CN=unused.test";
        pki.certificate(&Certificate {
            name,
            subject,
            key,
            issuer: Some(issuer),
            extensions,
            arguments,
            ..BASE
        });
    };
    let int = ("int", "rsa-int");
    let plain: &[&str] = &[LEAF, HOST, SERVER];
    let sha256: &[&str] = &["-sha256"];
    good("leaf", "rsa-leaf", int, plain, sha256);
    good("leaf-root", "rsa-leaf", ("root", "rsa-root"), plain, sha256);
    good("leaf-3072", "rsa-3072", int, plain, sha256);
    good("leaf-4096", "rsa-4096", int, plain, sha256);
    good("leaf-sha384", "rsa-leaf", int, plain, &["-sha384"]);
    good("leaf-sha512", "rsa-leaf", int, plain, &["-sha512"]);
    let pss = &["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    good("leaf-pss", "rsa-leaf", int, plain, pss);
    good("leaf-p256", "p256-leaf", ("p256-int", "p256-int"), plain, sha256);
    good("leaf-p256-rsa", "p256-leaf", int, plain, sha256);
    good("leaf-p384", "p384-leaf", ("p384-root", "p384-root"), plain, &["-sha384"]);
    good("leaf-mixed", "rsa-leaf", ("p384-to-p256", "p256-int"), plain, sha256);
    good("leaf-wildcard", "rsa-leaf", int, &[LEAF, "subjectAltName=DNS:*.device.test"], sha256);
    good("leaf-upper", "rsa-leaf", int, &[LEAF, "subjectAltName=DNS:DEVICE.Test"], sha256);
    good(
        "leaf-fourth",
        "rsa-leaf",
        int,
        &[LEAF, "subjectAltName=DNS:a.test,DNS:b.test,DNS:c.test,DNS:device.test"],
        sha256,
    );
    good("leaf-no-eku", "rsa-leaf", int, &[LEAF, HOST], sha256);
    good("leaf-no-bc", "rsa-leaf", int, &[HOST], sha256);
    good("leaf-below", "rsa-leaf", ("int-below", "p256-int"), plain, sha256);
}

/// Corner cases from the tests of rustls-webpki and from `BetterTLS`, as far as they concern servers and their host names.
fn path_building(pki: &Pki) {
    let make = |name, subject, key, issuer, days, extensions| {
        pki.certificate(&Certificate { name, subject, key, issuer: Some(issuer), days, extensions, ..BASE });
    };
    let (root, int) = (("root", "rsa-root"), ("int", "rsa-int"));
    let plain: &[&str] = &[LEAF, HOST, SERVER];
    // Two CAs that signed each other; the root signed one of them too.
    make("circle-a", "/O=Test/CN=Circle A", "p256-int", ("root", "rsa-root"), YEAR, &[CA]);
    make("circle-b", "/O=Test/CN=Circle B", "p256-other", ("circle-a", "p256-int"), YEAR, &[CA]);
    make("circle-a-by-b", "/O=Test/CN=Circle A", "p256-int", ("circle-b", "p256-other"), YEAR, &[CA]);
    make("leaf-circle", "/CN=device.test", "rsa-leaf", ("circle-b", "p256-other"), YEAR, plain);
    // A self-signed CA certificate with name and key of one that the root signed.
    pki.certificate(&Certificate {
        name: "int-self",
        subject: "/O=Test/CN=Intermediate",
        key: "rsa-int",
        extensions: &[CA],
        ..BASE
    });
    // Issued by a CA with an RSA key of 4096 bits, such as Amazon Root CA 2.
    pki.certificate(&Certificate {
        name: "root-4096",
        subject: "/O=Test/CN=Large Root",
        key: "rsa-4096",
        extensions: &[CA],
        ..BASE
    });
    make("leaf-below-4096", "/CN=device.test", "rsa-leaf", ("root-4096", "rsa-4096"), YEAR, plain);
    // Issued by a CA with a key on P-384, such as Amazon Root CA 4.
    make("leaf-below-p384", "/CN=device.test", "rsa-leaf", ("p384-root", "p384-root"), YEAR, plain);
    let permitted = &[CA, "nameConstraints=critical,permitted;DNS:device.test,permitted;DNS:other.test"];
    make("int-permitted", "/O=Test/CN=Permitted", "rsa-int", root, YEAR, permitted);
    let permitted = ("int-permitted", "rsa-int");
    make("leaf-permitted", "/CN=device.test", "rsa-leaf", permitted, YEAR, plain);
    let both = &[LEAF, "subjectAltName=DNS:device.test,DNS:elsewhere.example"];
    make("leaf-one-not-permitted", "/CN=device.test", "rsa-leaf", permitted, YEAR, both);
    make(
        "leaf-wildcard-permitted",
        "/CN=x",
        "rsa-leaf",
        permitted,
        YEAR,
        &[LEAF, "subjectAltName=DNS:*.device.test"],
    );
    make(
        "leaf-wildcard-too-wide",
        "/CN=x",
        "rsa-leaf",
        permitted,
        YEAR,
        &[LEAF, "subjectAltName=DNS:*.test"],
    );
    let addresses = &[CA, "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0"];
    make("int-addresses", "/O=Test/CN=Addresses", "rsa-int", root, YEAR, addresses);
    make("leaf-below-addresses", "/CN=device.test", "rsa-leaf", ("int-addresses", "rsa-int"), YEAR, plain);
    let address = &[LEAF, "subjectAltName=DNS:device.test,IP:127.0.0.1"];
    make(
        "leaf-address-not-permitted",
        "/CN=device.test",
        "rsa-leaf",
        ("int-addresses", "rsa-int"),
        YEAR,
        address,
    );
    make(
        "leaf-any-usage",
        "/CN=device.test",
        "rsa-leaf",
        int,
        YEAR,
        &[LEAF, HOST, "extendedKeyUsage=anyExtendedKeyUsage"],
    );
    make(
        "leaf-usages",
        "/CN=device.test",
        "rsa-leaf",
        int,
        YEAR,
        &[LEAF, HOST, "extendedKeyUsage=clientAuth,serverAuth"],
    );
    let signs = &[LEAF, HOST, "keyUsage=critical,digitalSignature,keyEncipherment"];
    make("leaf-signs", "/CN=device.test", "rsa-leaf", int, YEAR, signs);
    let enciphers = &[LEAF, HOST, "keyUsage=critical,keyEncipherment"];
    make("leaf-enciphers", "/CN=device.test", "rsa-leaf", int, YEAR, enciphers);
    make("leaf-partial-wildcard", "/CN=x", "rsa-leaf", int, YEAR, &[LEAF, "subjectAltName=DNS:dev*.test"]);
    make("leaf-wildcard-only", "/CN=x", "rsa-leaf", int, YEAR, &[LEAF, "subjectAltName=DNS:*"]);
    make("leaf-absolute", "/CN=x", "rsa-leaf", int, YEAR, &[LEAF, "subjectAltName=DNS:device.test."]);
    let exact = &["basicConstraints=critical,CA:TRUE,pathlen:1"];
    make("int-pathlen-1", "/O=Test/CN=Path Length 1", "rsa-int", root, YEAR, exact);
    make("int-below-1", "/O=Test/CN=Below 1", "p256-int", ("int-pathlen-1", "rsa-int"), YEAR, &[CA]);
    make("leaf-below-1", "/CN=device.test", "rsa-leaf", ("int-below-1", "p256-int"), YEAR, plain);
}

fn bad_authorities(pki: &Pki) {
    let below = |name, subject, key, issuer, extensions| {
        pki.certificate(&Certificate { name, subject, key, issuer: Some(issuer), extensions, ..BASE });
    };
    let int = ("int", "rsa-int");
    let root = ("root", "rsa-root");
    // Server certificates that issue another one: with basicConstraints CA:FALSE, and without basicConstraints.
    below("forger", "/CN=forger.test", "p256-other", int, &[LEAF, HOST]);
    below("forger-no-bc", "/CN=forger2.test", "p256-other", int, &[HOST]);
    below(
        "int-pathlen",
        "/O=Test/CN=Path Length 0",
        "rsa-int",
        root,
        &["basicConstraints=critical,CA:TRUE,pathlen:0"],
    );
    below("int-deeper", "/O=Test/CN=Too Deep", "p256-int", ("int-pathlen", "rsa-int"), &[CA]);
    let constrained = &[CA, "nameConstraints=critical,permitted;DNS:elsewhere.test"];
    below("int-constrained", "/O=Test/CN=Constrained", "rsa-int", root, constrained);
    let excluded = &[CA, "nameConstraints=critical,excluded;DNS:device.test"];
    below("int-excluded", "/O=Test/CN=Excluded", "rsa-int", root, excluded);
    let clients = &[CA, "extendedKeyUsage=clientAuth"];
    below("int-clients", "/O=Test/CN=For Clients", "rsa-int", root, clients);
    // CAs with the root's name: by name, each may have issued itself, all the others, and the leaf.
    for (name, key) in
        [("alike-1", "rsa-leaf"), ("alike-2", "rsa-int"), ("alike-3", "p256-int"), ("alike-4", "p256-other")]
    {
        below(name, "/O=Test/CN=Root 1", key, ("root-forged", "other-root"), &[CA]);
    }
    // Genuine CAs of the same name with different keys, and two forged ones: by name, each of the genuine ones may have signed what
    // the last one signed.
    for (name, key) in [("twin-1", "p256-int"), ("twin-2", "p256-other"), ("twin-3", "p256-leaf")] {
        below(name, "/O=Test/CN=Twin", key, root, &[CA]);
    }
    pki.certificate(&Certificate {
        name: "twin-of-none",
        subject: "/O=Test/CN=Twin",
        key: "p256-root",
        extensions: &[CA],
        ..BASE
    });
    below("twin-forged", "/O=Test/CN=Twin", "rsa-int", ("twin-of-none", "p256-root"), &[CA]);
}

fn bad_leaves(pki: &Pki) {
    let bad = |name, subject, key, issuer, days, extensions, arguments| {
        pki.certificate(&Certificate { name, subject, key, issuer, days, extensions, arguments });
    };
    let int = Some(("int", "rsa-int"));
    let sha256: &[&str] = &["-sha256"];
    let plain: &[&str] = &[LEAF, HOST];
    let simple = |name, subject, extensions| bad(name, subject, "rsa-leaf", int, YEAR, extensions, sha256);
    let from = |name, issuer| bad(name, "/CN=device.test", "rsa-leaf", Some(issuer), YEAR, plain, sha256);
    bad("leaf-expiring", "/CN=device.test", "rsa-leaf", int, MONTH, plain, sha256);
    simple("leaf-cn-only", "/CN=device.test", &[LEAF]);
    simple("leaf-wrong-san", "/CN=device.test", &[LEAF, "subjectAltName=DNS:other.test"]);
    simple("leaf-ip", "/CN=device.test", &[LEAF, "subjectAltName=IP:127.0.0.1"]);
    simple("leaf-star-test", "/CN=device.test", &[LEAF, "subjectAltName=DNS:*.test"]);
    simple("leaf-ca", "/CN=device.test", &[CA, HOST]);
    simple("leaf-critical", "/CN=device.test", &[LEAF, HOST, "1.2.3.4.5=critical,ASN1:UTF8String:unknown"]);
    simple("leaf-client", "/CN=device.test", &[LEAF, HOST, "extendedKeyUsage=clientAuth"]);
    bad("self-signed", "/CN=device.test", "rsa-leaf", None, YEAR, plain, sha256);
    bad("self-signed-ca", "/CN=device.test", "rsa-leaf", None, YEAR, &[CA, HOST], sha256);
    bad("leaf-ed25519", "/CN=device.test", "ed25519", int, YEAR, plain, sha256);
    bad("leaf-1024", "/CN=device.test", "rsa-1024", int, YEAR, plain, sha256);
    bad("leaf-sha1", "/CN=device.test", "rsa-leaf", int, YEAR, plain, &["-sha1"]);
    from("leaf-forged-int", ("int-forged", "rsa-int"));
    from("leaf-by-forger", ("forger", "p256-other"));
    from("leaf-by-forger-no-bc", ("forger-no-bc", "p256-other"));
    from("leaf-too-deep", ("int-deeper", "p256-int"));
    from("leaf-constrained", ("int-constrained", "rsa-int"));
    from("leaf-excluded", ("int-excluded", "rsa-int"));
    from("leaf-for-clients", ("int-clients", "rsa-int"));
    from("leaf-alike", ("root-forged", "other-root"));
    from("leaf-of-no-twin", ("twin-of-none", "p256-root"));
    pki.flip_signature("leaf", "leaf-flipped");
    pki.flip_signature("int", "int-flipped");
}
