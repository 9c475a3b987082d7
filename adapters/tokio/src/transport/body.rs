//! Bodies of responses, read into memory that is wiped.

use std::future::poll_fn;
use std::time::Duration;

use zeroize::Zeroizing;

use super::error::TransportErrorKind;
use super::response_body::ResponseBody;
use crate::wiped;

/// The most memory that is reserved because the peer has announced a length, in bytes. Beyond that memory grows with what arrives:
/// an announcement costs the peer nothing.
const RESERVED_MAX: usize = 1024 * 1024;

/// The longest rest of a body that is read only to keep its connection, in bytes. The service's errors are shorter.
const DISCARDED_MAX: usize = 16 * 1024;
/// The longest time for reading it.
const DISCARDING_MAX: Duration = Duration::from_secs(1);

/// Appends the body to `to`, at most `body_max` bytes.
pub(super) async fn collect(
    mut body: ResponseBody,
    body_max: usize,
    to: &mut Zeroizing<Vec<u8>>,
) -> Result<(), TransportErrorKind> {
    let announced = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    to.reserve_exact(announced.unwrap_or(1024).min(body_max).min(RESERVED_MAX));
    while let Some(frame) = poll_fn(|context| body.poll_frame(context)).await {
        let frame = frame?;
        let Some(data) = frame.data_ref() else { continue };
        let (fitting, rest) = data.split_at(data.len().min(body_max - to.len()));
        wiped::append(to, fitting);
        if !rest.is_empty() {
            return Err(TransportErrorKind::ResponseTooLarge { limit: body_max });
        }
    }
    Ok(())
}

/// Reads and discards the rest of a body if it is short, so that its connection is kept.
pub(crate) async fn discard(body: ResponseBody) {
    let mut discarded = Zeroizing::new(Vec::new());
    let collecting = collect(body, DISCARDED_MAX, &mut discarded);
    // If it takes long or fails, the connection is closed.
    let _ = tokio::time::timeout(DISCARDING_MAX, collecting).await;
}
