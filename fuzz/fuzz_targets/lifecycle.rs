//! A sequence of events for a token manager, compared after each event with what a service and a user may expect.
//!
//! Events are written as words; `fuzz/corpus/README.md` lists them.
#![no_main]

use genesys_token_core::wire::GrantUse;
use genesys_token_fuzz::events::{self, Event};
use genesys_token_fuzz::model::{Login, Model};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(input) else { return Corpus::Reject };
    let (policy, grant, events) = events::read(text);
    if grant == GrantUse::Repeatable {
        play(Model::with_client_credentials(policy.clone()), &events);
    }
    play(Model::with_grant(policy, grant), &events);
    Corpus::Keep
});

fn play<G: Login>(mut model: Model<G>, events: &[Event]) {
    for event in events {
        model.apply(*event);
        model.check();
    }
    model.recover();
}
