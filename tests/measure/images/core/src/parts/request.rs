//! The request: body and `Authorization` value into fixed buffers.

use core::hint::black_box;

use genesys_token_core::settings::{Client, ClientAuth};
use genesys_token_core::wire::{Grant, TokenRequest};

use super::settings::{Settings, with_settings};
use crate::measurement::{finish, start};

pub fn request() {
    with_settings(&mut |settings| {
        // Four fields: client id and secret in the body, and a scope. Then the usual request: one field and Basic authentication.
        for (name, auth) in [("request-form", ClientAuth::RequestBody), ("request-basic", ClientAuth::Basic)]
        {
            let (mut body, mut authorization) = ([0; 256], [0; 256]);
            start();
            write(black_box(settings), black_box(auth), &mut body, &mut authorization);
            finish(name);
        }
    });
}

#[inline(never)]
pub(super) fn write(settings: &Settings<'_>, auth: ClientAuth, body: &mut [u8], authorization: &mut [u8]) {
    let client = Client::confidential(settings.id, settings.secret, auth);
    let Ok(mut request) = TokenRequest::new(client, Grant::ClientCredentials) else { return };
    if auth == ClientAuth::RequestBody {
        request = request.with_scope(settings.scope);
    }
    let _ = black_box(request.write_body(body));
    let _ = black_box(request.write_authorization(authorization));
}

/// The grants other than client credentials, which few devices need.
pub fn grants() {
    with_settings(&mut |settings| {
        let mut body = [0; 256];
        let client = Client::confidential(settings.id, settings.secret, ClientAuth::Basic);
        let Ok(request) = TokenRequest::new(client, black_box(Grant::ClientCredentials)) else { return };
        let _ = black_box(request.write_body(&mut body));
    });
}
