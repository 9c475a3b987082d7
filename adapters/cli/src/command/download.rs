//! The body of a response, read as it arrives: neither its length nor the time that it takes is limited by memory or by `--timeout`.

use std::io::{self, IsTerminal as _, Read, Write as _};

use bytes::{Buf as _, Bytes};
use genesys_token_tokio::http::header::CONTENT_LENGTH;
use genesys_token_tokio::{ApiError, ApiRequest, SecretString, StreamingResponse};

use crate::exit::{Exit, Problem};
use crate::explain;
use crate::output;
use crate::progress::Progress;
use crate::service::Session;

/// A response with status 2xx whose body is still to be read.
pub(crate) struct Download<'a> {
    session: &'a Session,
    response: StreamingResponse,
    progress: Progress,
    /// Received and not yet read.
    part: Bytes,
    /// Why there is nothing more.
    failure: Option<ApiError>,
}

/// Where a body goes, which decides whether its progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To standard output as it arrives: progress would be in between on a terminal.
    Output,
    /// Into this program.
    Memory,
}

impl<'a> Download<'a> {
    /// Makes a call and returns as soon as the head of a success has arrived.
    pub(crate) fn begin(
        session: &'a Session,
        request: ApiRequest,
        token: Option<&SecretString>,
        (what, target): (&'static str, Target),
    ) -> Result<Result<Self, ApiError>, Problem> {
        let response = match session.begin(request, token)? {
            Ok(response) => response,
            Err(error) => return Ok(Err(error)),
        };
        let length =
            response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let is_hidden = session.hides_progress() || target == Target::Output && io::stdout().is_terminal();
        let progress = Progress::new(what, length, is_hidden);
        Ok(Ok(Self { session, response, progress, part: Bytes::new(), failure: None }))
    }

    pub(crate) const fn response(&self) -> &StreamingResponse {
        &self.response
    }

    /// Prints the body.
    pub(crate) fn print(mut self) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        let mut is_line_open = false;
        while self.fill().is_ok_and(|is_filled| is_filled) {
            is_line_open = self.part.last() != Some(&b'\n');
            out.write_all(&self.part).map_err(|error| output::failed(&error))?;
            self.part.clear();
        }
        if is_line_open && out.is_terminal() {
            // So that the prompt of the shell is not on the same line.
            out.write_all(b"\n").map_err(|error| output::failed(&error))?;
        }
        out.flush().map_err(|error| output::failed(&error))?;
        self.complete().map_err(|problem| {
            Problem::new(problem.exit, format!("{}; the output is not complete", problem.message))
        })
    }

    /// Returns the whole body, unless it is longer than `max`.
    pub(crate) fn whole(mut self, max: usize) -> Result<Vec<u8>, Problem> {
        let mut body = Vec::new();
        let read = self.by_ref().take(max as u64 + 1).read_to_end(&mut body);
        self.complete()?;
        match read {
            Ok(_) if body.len() <= max => Ok(body),
            _ => Err(Problem::new(
                Exit::Protocol,
                format!(
                    "the response has more than {max} bytes; ask for less of it, or leave out --filter: it is then printed as it arrives"
                ),
            )),
        }
    }

    /// Returns why the body ended early, if it did.
    pub(crate) fn complete(&mut self) -> Result<(), Problem> {
        match self.failure.take() {
            Some(error) => Err(explain::api_error(&error, &self.session.context())),
            None => Ok(()),
        }
    }

    /// Waits for the next part, if all was read. Returns whether there is one.
    fn fill(&mut self) -> io::Result<bool> {
        while self.part.is_empty() {
            let part = self.session.block_on(self.response.chunk());
            match part.map_err(|problem| io::Error::other(problem.message))? {
                Ok(Some(part)) => {
                    self.progress.add(part.len() as u64);
                    self.part = part;
                }
                Ok(None) => return Ok(false),
                Err(error) => {
                    self.failure = Some(error);
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        Ok(true)
    }
}

impl Read for Download<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let count = buffer.len().min(self.part.len());
        self.part.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
