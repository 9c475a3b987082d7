//! The request: body and `Authorization` value into fixed buffers.

use core::hint::black_box;

use genesys_token_core::settings::{Client, ClientAuth};
use genesys_token_core::wire::{Grant, TokenRequest};

use super::settings::Settings;
use crate::room::{caller, measure};

pub fn request() {
    let Ok(settings) = Settings::new() else { return };
    let mut body = [0; 256];
    let mut authorization = [0; 256];
    // Four fields: client id and secret in the body, and a scope.
    measure("request-form", &mut || {
        caller();
        let client = Client::confidential(&settings.id, &settings.secret, black_box(ClientAuth::RequestBody));
        if let Ok(request) = TokenRequest::new(client, black_box(Grant::ClientCredentials)) {
            let _ = black_box(request.with_scope(&settings.scope).write_body(&mut body));
        }
    });
    // The usual request: one field and Basic authentication.
    measure("request-basic", &mut || {
        caller();
        let client = Client::confidential(&settings.id, &settings.secret, black_box(ClientAuth::Basic));
        if let Ok(request) = TokenRequest::new(client, black_box(Grant::ClientCredentials)) {
            let _ = black_box(request.write_body(&mut body));
            let _ = black_box(request.write_authorization(&mut authorization));
        }
    });
}
