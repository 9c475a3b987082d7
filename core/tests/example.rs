//! The example `parse_token` as a user runs it: a body on standard input, a status as argument, fields and an exit status as
//! result.
#![cfg(not(miri))]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Exit status, standard output and standard error.
fn parse_token(arguments: &[&str], body: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--example", "parse_token", "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo starts");
    // With invalid arguments the program does not read its input.
    let _ = child.stdin.take().expect("a pipe").write_all(body.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_token_is_printed_field_by_field() {
    let body = r#"{"access_token":"a\u0062c","token_type":"Bearer","expires_in":"86399","scope":["a","b"],"refresh_token":"r"}"#;
    let (status, out, err) = parse_token(&[], body);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert_eq!(out, "access_token=abc\ntoken_type=Bearer\nexpires_in=86399\nscope=a b\nrefresh_token=r\n");
}

#[test]
fn a_refusal_is_printed_with_its_class() {
    let (status, out, _) =
        parse_token(&["400"], r#"{"error":"invalid_client","description":"client not found"}"#);
    assert_eq!(status, Some(1));
    for line in
        ["class=Credentials\n", "status=400\n", "code=invalid_client\n", "description=client not found\n"]
    {
        assert!(out.contains(line), "no {line:?} in {out:?}");
    }
    let (status, out, _) = parse_token(&["502"], "<html>");
    assert_eq!((status, out.lines().next()), (Some(1), Some("class=Unavailable")));
}

#[test]
fn anything_else_is_a_reason() {
    for (arguments, body) in [(&[][..], "<html>"), (&[], ""), (&["200"], "{}")] {
        let (status, out, _) = parse_token(arguments, body);
        assert!(status == Some(2) && out.contains("the response"), "{body:?}: {status:?} {out:?}");
    }
    for arguments in [&["99"][..], &["600"], &["ok"], &["200", "200"]] {
        let (status, out, err) = parse_token(arguments, "{}");
        assert!(status == Some(2) && out.is_empty() && err.contains("usage"), "{arguments:?}: {err:?}");
    }
}
