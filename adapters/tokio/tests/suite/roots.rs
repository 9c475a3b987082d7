//! Files of CA certificates as people have them: all certificates are used, or the file is an error that quotes nothing of it.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use genesys_token_sandbox::Sandbox;
use genesys_token_tokio::{BuildError, TokenClient, TokenClientBuilder};
use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::fixture::{demo, endpoint, label, sandbox};

/// Another CA, in PEM, and its private key.
fn other() -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["other.test".to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

fn with(sandbox: &Sandbox, roots: impl Into<Vec<u8>>) -> TokenClientBuilder {
    TokenClient::builder(endpoint(sandbox, "localhost"))
        .credentials(demo())
        .extra_roots_pem(roots)
        .only_extra_roots()
}

/// The sandbox's root is the second certificate each time: it must not be dropped.
#[tokio::test]
async fn every_certificate_of_a_file_is_used() {
    let sandbox = sandbox().await;
    let (other, key) = other();
    let root = sandbox.root_pem();
    let cases = [
        ("byte order mark, as editors on Windows write it", format!("\u{feff}{root}{other}")),
        ("joined without a line end, as `cat` does with files that lack the last one", {
            format!("{}{root}", other.trim_end())
        }),
        ("line ends of Windows", format!("{other}{root}").replace('\n', "\r\n")),
        ("indented, as in YAML", format!("{other}{root}").replace('\n', "\n    ")),
        ("text between certificates, as in bundles (RFC 7468 section 2)", {
            format!("# other\n{other}\nCN = root\n{root}# end\n")
        }),
        ("a private key beside them", format!("{key}{other}{root}")),
        ("text after the last line of a certificate", format!("{} # other\n{root}", other.trim_end())),
        ("the label of OpenSSL before 0.9.3, which OpenSSL still reads", {
            format!("{other}{}", root.replace(" CERT", " X509 CERT"))
        }),
    ];
    for (what, text) in cases {
        let client = with(&sandbox, text).build().unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(label(&client.token().await), "token", "{what}");
    }
}

#[tokio::test]
async fn an_unusable_file_is_an_error_that_quotes_nothing_of_it() {
    let sandbox = sandbox().await;
    let (other, key) = other();
    let root = sandbox.root_pem();
    let one_line = |text: &str| text.replace('\n', "\\n");
    let utf16 = root.encode_utf16().flat_map(u16::to_le_bytes);
    let damaged = |from: &str, to: &str| format!("{other}{}", root.replace(from, to)).into_bytes();
    let cases: [(&str, Vec<u8>, &str); 14] = [
        ("a dash that was not copied", damaged("-----BEGIN", "----BEGIN"), "certificate 2"),
        ("a dash of a word processor", damaged("-----BEGIN", "\u{2014}--BEGIN"), "certificate 2"),
        ("dashes of a word processor", damaged("-----", "\u{2014}--"), "certificate 2"),
        ("no first line", damaged("-----BEGIN CERTIFICATE-----\n", ""), "certificate 2"),
        ("another case", damaged("BEGIN CERTIFICATE", "Begin Certificate"), "certificate 2"),
        ("certificate and key on one line", one_line(&format!("{root}{key}")).into(), "not PEM"),
        (
            "the key on one line, before the certificate",
            format!("{}\n{root}", one_line(&key)).into(),
            "not PEM",
        ),
        (
            "a certificate on one line, after a good one",
            format!("{other}{}", one_line(&root)).into(),
            "certificate 2",
        ),
        ("DER", sandbox.root_der().clone(), "DER"),
        ("UTF-16", [0xff, 0xfe].into_iter().chain(utf16).collect(), "UTF-16"),
        ("OpenSSL's own format", root.replace(" CERT", " TRUSTED CERT").into(), "TRUSTED"),
        ("nothing", Vec::new(), "empty"),
        ("another section", key.clone().into(), "no certificate"),
        ("Base64 that is cut", root.replacen("\nMII", "\n!!MII", 1).into(), "certificate 1"),
    ];
    for (what, bytes, says) in cases {
        let error = with(&sandbox, bytes).build().map(drop).expect_err(what);
        let shown = format!("{error}\n{error:?}");
        assert!(error.to_string().contains(says), "{what}: {error}");
        for text in [&key, &root] {
            let secret = text.lines().nth(1).unwrap();
            for form in [secret.to_owned(), format!("{:?}", secret.as_bytes())] {
                assert!(!shown.contains(&form[..20]), "{what}: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn an_error_of_a_file_names_the_file() {
    let sandbox = sandbox().await;
    let path: PathBuf = std::env::temp_dir().join(format!("genesys-token-der-{}", std::process::id()));
    std::fs::write(&path, sandbox.root_der()).unwrap();
    let builder = TokenClient::builder(endpoint(&sandbox, "localhost")).credentials(demo());
    let error = builder.extra_roots_file(&path).build().map(drop).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains(path.to_str().unwrap()) && error.contains("openssl x509"), "{error}");
}

/// A named pipe without a writer would hold up the start of a program forever. With one it is a file like any other, as in `--ca-file <(cat *.pem)`.
#[cfg(unix)]
#[tokio::test]
async fn a_named_pipe_is_waited_for_until_the_connect_timeout() {
    let sandbox = sandbox().await;
    let pipe = std::env::temp_dir().join(format!("genesys-token-roots-{}", std::process::id()));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let builder = || {
        let builder = TokenClient::builder(endpoint(&sandbox, "localhost")).credentials(demo());
        builder.extra_roots_file(&pipe).only_extra_roots()
    };
    let short = Duration::from_millis(30);
    let error = builder().connect_timeout(short).build().map(drop).unwrap_err();
    assert!(
        matches!(&error, BuildError::RootsFile { error, .. } if error.kind() == ErrorKind::TimedOut),
        "{error}"
    );
    let writer = std::thread::spawn({
        let (pipe, root) = (pipe.clone(), sandbox.root_pem());
        move || std::fs::write(pipe, root)
    });
    let client = builder().build().unwrap();
    writer.join().unwrap().unwrap();
    std::fs::remove_file(&pipe).unwrap();
    assert_eq!(label(&client.token().await), "token");
}
