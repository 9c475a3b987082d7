//! A sequence of events for a token manager, compared after each event with what a service and a user may expect.
//!
//! Events are written as words; `fuzz/corpus/README.md` lists them.
#![no_main]

use genesys_token_fuzz::events;
use genesys_token_fuzz::model::Model;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    let (policy, grant, events) = events::read(text);
    let mut model = Model::new(policy, grant);
    for event in events {
        model.apply(event);
        model.check();
    }
    model.recover();
    Corpus::Keep
});
