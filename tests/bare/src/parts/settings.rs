//! What every request needs first: client id, secret and scope, checked.

use core::hint::black_box;

use genesys_token_core::settings::{ClientId, ClientSecret, ConfigError, Scope};

use crate::room::{enter, leave};

const ID: &str = "6b0ca5f2-6b2c-4a55-8d1e-5f3a3c1a9f0e";
const SECRET: &str = "5rX3m2VtQ0sYJ8nGkW7cLh1ZpDfUaE9bTqRyNvBxMiO";
const SCOPE: &str = "analytics routing:readonly";

pub fn settings() {
    enter();
    drop(black_box(Settings::new()));
    leave("settings");
}

pub(super) struct Settings {
    pub(super) id: ClientId,
    pub(super) secret: ClientSecret,
    pub(super) scope: Scope,
}

impl Settings {
    pub(super) fn new() -> Result<Self, ConfigError> {
        Ok(Self {
            id: ClientId::new(black_box(ID))?,
            secret: ClientSecret::new(black_box(SECRET))?,
            scope: Scope::new(black_box(SCOPE))?,
        })
    }
}
