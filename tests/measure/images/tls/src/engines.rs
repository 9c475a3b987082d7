//! The engines that are measured, each with its memory.

use genesys_token_tls::embedded::{self, EmbeddedTls};
use genesys_token_tls::{Tls13, Workspace};
use tls_peer::recording::FixedRng;

use crate::connection::connections;

/// The engine around embedded-tls.
pub fn embedded() {
    static mut WORKSPACE: embedded::Workspace = embedded::Workspace::new();
    let workspace = &raw mut WORKSPACE;
    // SAFETY: this is called once.
    let workspace = unsafe { &mut *workspace };
    connections(<EmbeddedTls<FixedRng>>::new(FixedRng::default()), workspace);
}

/// The engine of our own.
pub fn tls13() {
    static mut WORKSPACE: Workspace = Workspace::new();
    let workspace = &raw mut WORKSPACE;
    // SAFETY: this is called once.
    let workspace = unsafe { &mut *workspace };
    connections(<Tls13<FixedRng>>::new(FixedRng::default()), workspace);
}
