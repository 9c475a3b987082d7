//! A DNS response, read by the resolver of devices and by a second implementation of its rules.
#![no_main]

use genesys_token_embassy::fuzzing::{Reply, query, read};
use genesys_token_fuzz::dns::{Name, Verdict, judge};
use libfuzzer_sys::{Corpus, fuzz_target};

const HOST: &str = "login.Example.com";
const ID: u16 = 0x6964;
/// The longest message that the resolver has memory for.
const MAX_RESPONSE: usize = 512;

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(((kind, aliases), rest)) = input.split_first_chunk().map(|([a, b], rest)| ((*a, *b), rest))
    else {
        return Corpus::Reject;
    };
    let is_aaaa = kind.is_ascii_uppercase();
    let aliases = aliases.wrapping_sub(b'0');
    let message = match kind.to_ascii_lowercase() {
        b'm' => rest.to_vec(),
        b'r' => {
            let Some(message) = response(rest, is_aaaa) else { return Corpus::Reject };
            message
        }
        _ => return Corpus::Reject,
    };
    if aliases > 9 || message.len() > MAX_RESPONSE {
        return Corpus::Reject;
    }
    let ours = read(HOST, ID, is_aaaa, aliases, &message).expect("a host name");
    let addresses: Vec<_> = ours.addresses.into_iter().flatten().collect();
    let name = ours.name.0[..ours.name.1].to_vec();
    let verdict = match ours.reply {
        Reply::Unrelated => Verdict::Unrelated,
        Reply::Addresses(ttl) => Verdict::Addresses(ttl, addresses.clone()),
        Reply::Alias => Verdict::Alias(name.clone(), ours.aliases),
        Reply::NoData => Verdict::NoData,
        Reply::NotFound => Verdict::NotFound,
        Reply::Failure => Verdict::Failure,
        Reply::TooManyAliases => Verdict::TooManyAliases,
        Reply::Truncated => Verdict::Truncated,
    };
    assert_eq!(verdict, judge(&message, HOST, ID, is_aaaa, aliases));
    // Nothing else may change what is known about the name.
    assert!(addresses.is_empty() || matches!(ours.reply, Reply::Addresses(_)));
    let is_alias = matches!(ours.reply, Reply::Alias);
    assert!(is_alias || (name == Name::of_host(HOST).encoded() && ours.aliases == aliases));
    Corpus::Keep
});

/// Returns a response to the query, with these flags and numbers of records, and what follows them as its records.
fn response(input: &[u8], is_aaaa: bool) -> Option<Vec<u8>> {
    let ([flags0, flags1, records], answers) = input.split_first_chunk()?;
    let mut message = vec![0; MAX_RESPONSE];
    let length = query(&mut message, HOST, ID, is_aaaa).expect("a host name");
    message.truncate(length);
    (message[2], message[3], message[7]) = (*flags0, *flags1, *records);
    message.extend(answers);
    Some(message)
}
