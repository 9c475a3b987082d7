//! A form: the pairs are those that form_urlencoded finds, and written again they are the form that it writes.
#![no_main]

use genesys_token_core::wire::form::{self, Writer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut form = input.to_vec();
    let expected = genesys_token_fuzz::form::pairs(input);
    let mut found = Vec::new();
    let pairs = form::pairs(&mut form);
    assert_eq!(format!("{pairs:?}"), "Pairs([redacted])", "the form is shown");
    for pair in pairs {
        if let Err(error) = &pair {
            assert!(error.offset < input.len(), "an offset beyond the form");
            assert!(!error.to_string().is_empty());
        }
        found.push(pair.ok().map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    assert_eq!(found, expected);
    rewrite(&found.into_iter().flatten().collect::<Vec<_>>());
});

fn rewrite(pairs: &[(String, String)]) {
    let expected = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let write = |buffer: &mut [u8]| {
        let mut writer = Writer::new(buffer);
        for (name, value) in pairs {
            writer.pair(name, value);
        }
        assert_eq!(format!("{writer:?}"), "Writer([redacted])", "the form is shown");
        writer.finish().map(<[u8]>::to_vec)
    };
    let mut buffer = vec![0xff; expected.len()];
    assert_eq!(write(&mut buffer).as_deref(), Ok(expected.as_bytes()));
    for (name, value) in pairs {
        let encoded = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        assert_eq!(form::encoded_len(name) + 1 + form::encoded_len(value), encoded.len());
    }
    if let Some(less) = expected.len().checked_sub(1) {
        let error = write(&mut buffer[..less]).expect_err("one byte too few");
        assert_eq!((error.needed, error.capacity), (expected.len(), less));
        assert!(buffer[..less].iter().all(|&byte| byte == 0), "a part of the form remains");
    }
}
