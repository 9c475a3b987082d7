//! Both Finished messages, and the keys of the application data (RFC 8446 sections 4.4.4 and 7.1).

use super::super::fault::Fault;
use super::super::hash::equal;
use super::super::key_schedule::{Label, derive, verify_data};
use super::super::primitives::Primitives;
use super::super::suite::HashAlgorithm;
use super::super::ticket::Resumption;
use super::super::writer::Writer;
use super::state::{Progress, State};
use super::{Handshake, Next, Parts};
use crate::chain::ChainError;
use crate::codes::{content_type, handshake_type};
use crate::copy::copy;

impl Handshake {
    /// Verifies the server's Finished, derives the keys of the application data, and writes the client's Finished.
    #[inline(never)] // As for `start`.
    pub(super) fn finish<P: Primitives, R>(
        &mut self,
        progress: &Progress,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let message = parts.inbox.message()?.ok_or(Fault::Internal)?;
        let hash = parts.records.suite().hash();
        let server_keys = parts.records.read_keys();
        let expected = verify_data(hash, server_keys.secret(), &self.transcript.digest(hash));
        if !equal(message.body, expected.get(..hash.length()).unwrap_or_default()) {
            return Err(Fault::Finished);
        }
        // Section 5.1: no message follows in the same record, since the keys change.
        if !message.is_last {
            return Err(Fault::UnexpectedMessage);
        }
        self.transcript.add(message.whole);
        parts.inbox.drop_message();

        let digest = self.transcript.digest(hash);
        let server = derive(hash, &self.secrets.main, Label::ServerApplication, &digest);
        let client = derive(hash, &self.secrets.main, Label::ClientApplication, &digest);
        parts.records.establish_read(&server);
        parts.outbox.change_cipher_spec();
        let length = self.write_messages(hash, progress.requested, parts)?;
        parts.outbox.seal(parts.records, content_type::HANDSHAKE, length)?;
        parts.records.establish_write(&client);

        let digest = self.transcript.digest(hash);
        let master = derive(hash, &self.secrets.main, Label::ResumptionMaster, &digest);
        copy(master.as_slice(), self.secrets.main.as_mut_slice());
        let connected = parts.expected.now().ok_or(Fault::Chain(ChainError::NoClock))?;
        let verified = progress.verified.unwrap_or(connected);
        self.state = State::Sending(Resumption { hash, identity: self.identity, connected, verified });
        Ok(Next::Send)
    }

    /// Writes the client's messages: an empty Certificate if one was requested (section 4.4.2), and Finished.
    fn write_messages<P: Primitives, R>(
        &mut self,
        hash: HashAlgorithm,
        requested: bool,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<usize, Fault> {
        const NO_CERTIFICATE: [u8; 8] = [handshake_type::CERTIFICATE, 0, 0, 4, 0, 0, 0, 0];
        if requested {
            self.transcript.add(&NO_CERTIFICATE);
        }
        let client_keys = parts.records.write_keys();
        let data = verify_data(hash, client_keys.secret(), &self.transcript.digest(hash));
        let mut finished = [0; 4 + HashAlgorithm::MAX_LENGTH];
        let mut writer = Writer::new(&mut finished);
        writer.u8(handshake_type::FINISHED);
        let open = writer.open(3);
        writer.bytes(data.get(..hash.length()).unwrap_or_default());
        writer.close(&open);
        let length = writer.finish().map_err(|_| Fault::Internal)?;
        let finished = finished.get(..length).unwrap_or_default();
        self.transcript.add(finished);
        let mut writer = Writer::new(parts.outbox.content());
        if requested {
            writer.bytes(&NO_CERTIFICATE);
        }
        writer.bytes(finished);
        writer.finish().map_err(Fault::SendBuffer)
    }
}
