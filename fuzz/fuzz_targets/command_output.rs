//! The output of a credentials command, compared with a second parser; the errors show none of it.
//!
//! The first line of an input is a client id set beside the command, or empty; the rest is the output.
#![no_main]

use genesys_token_core::settings::{ClientId, ClientSecret};
use genesys_token_fuzz::json::Json;
use genesys_token_tokio::fuzzing::command_output;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(end) = input.iter().position(|&byte| byte == b'\n') else { return Corpus::Reject };
    let (first, output) = (std::str::from_utf8(&input[..end]), &input[end + 1..]);
    let id = match first {
        Ok("") => None,
        Ok(id) => match ClientId::new(id) {
            Ok(id) => Some(id),
            Err(_) => return Corpus::Reject,
        },
        Err(_) => return Corpus::Reject,
    };
    if output.windows(2).any(|pair| pair == b"\\u") && Json::read(output.trim_ascii()).is_none() {
        // serde_json does not check surrogates in members that are ignored.
        let _ = command_output(output, id);
        return Corpus::Keep;
    }
    let expected = expected(output, id.as_ref().map(ClientId::as_str));
    match (command_output(output, id), expected) {
        (Ok(found), Some(expected)) => assert_eq!(found, expected),
        (Err(error), None) => {
            let shown = format!("{error} {error:?}");
            // A shorter text may be part of any message.
            let output = String::from_utf8_lossy(output);
            let mut words = output.split_ascii_whitespace().filter(|word| word.len() >= 24);
            assert!(words.all(|word| !shown.contains(word)), "the error shows the output: {shown}");
        }
        (found, expected) => panic!("{found:?} instead of {expected:?}"),
    }
    Corpus::Keep
});

/// Id and secret: the members of a JSON object, two lines, or one line beside an id that is known.
fn expected(output: &[u8], id: Option<&str>) -> Option<(String, String)> {
    let text = std::str::from_utf8(output).ok()?.trim_matches(|c: char| c.is_ascii_whitespace());
    let (id, secret) = if text.starts_with('{') {
        members(text, id)?
    } else {
        let mut lines: Vec<_> =
            text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        match (id, &mut lines[..]) {
            (Some(id), [secret]) => (id.to_owned(), (*secret).to_owned()),
            (None, [id, secret]) => ((*id).to_owned(), (*secret).to_owned()),
            _ => return None,
        }
    };
    let legal = ClientId::<64>::new(&id).is_ok() && ClientSecret::<128>::new(&secret).is_ok();
    legal.then_some((id, secret))
}

fn members(text: &str, id: Option<&str>) -> Option<(String, String)> {
    let json = Json::read(text.as_bytes())?;
    let (ids, secrets) = (json.members("client_id"), json.members("client_secret"));
    let [secret] = secrets[..] else { return None };
    let id = match ids[..] {
        [] | [Json::Null] => id?.to_owned(),
        [id] => id.as_str()?.to_owned(),
        _ => return None,
    };
    Some((id, secret.as_str()?.to_owned()))
}
