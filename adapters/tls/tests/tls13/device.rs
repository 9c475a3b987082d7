//! The engine `tls13` as a device uses it: with tickets and middlebox compatibility.

use genesys_token_tls::SessionError;
use genesys_token_tls::tls13::{Session, Tls13, Workspace};
use p256::elliptic_curve::rand_core::OsRng;

use crate::client::{self, Tcp};

pub(crate) type Engine = Tls13<OsRng, 8192, 1024, 512>;
pub(crate) type Buffers = Workspace<8192, 1024, 512>;

/// Sends the request, and reads until this many bytes were received or the server closes the connection.
pub(crate) async fn ask(session: &mut Session<'_, Tcp>, answer: usize) -> Result<Vec<u8>, SessionError> {
    let mut received = Vec::new();
    client::ask(session, answer, &mut received).await?;
    Ok(received)
}
