//! The settings of every request: client id, secret and scope, checked.

use core::hint::black_box;

use genesys_token_core::settings::{ClientId, ClientSecret, Scope};

use crate::input;
use crate::measurement::{finish, start};

pub fn settings() {
    start();
    with_settings(&mut |settings| {
        black_box((settings.id, settings.secret, settings.scope));
    });
    finish("settings");
}

pub(super) struct Settings<'a> {
    pub(super) id: &'a ClientId,
    pub(super) secret: &'a ClientSecret,
    pub(super) scope: &'a Scope,
}

/// The values stay where they are created, as on a device that creates them once.
#[inline(never)]
pub(super) fn with_settings(then: &mut dyn FnMut(&Settings<'_>)) {
    let client = input::client();
    let id = ClientId::new(client.id);
    let secret = ClientSecret::new(client.secret);
    let scope = Scope::new(client.scope);
    if let (Ok(id), Ok(secret), Ok(scope)) = (&id, &secret, &scope) {
        then(&Settings { id, secret, scope });
    }
}
