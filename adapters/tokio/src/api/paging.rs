//! Pages of a collection.

use std::collections::HashSet;
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use genesys_token_core::time::Duration;
use serde::Deserialize;

use super::error::ApiError;
use super::request::ApiRequest;
use super::response::ApiResponse;
use crate::client::TokenClient;

/// The members of a page that lead to the next one.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Links {
    next_uri: Option<String>,
    cursor: Option<String>,
    page_number: Option<u64>,
    page_count: Option<u64>,
}

/// The pages of a collection, one call each: see [`TokenClient::pages`].
///
/// A [`Stream`] that ends after the last page, or after an error.
#[must_use]
pub struct Pages {
    client: TokenClient,
    state: State,
    /// Hashes of the targets that were asked for.
    seen: HashSet<u64>,
    hasher: RandomState,
}

enum State {
    /// With the pause before it that the rate limit asks for.
    Next(Box<ApiRequest>, Option<Duration>),
    Calling(Calling),
    Ended,
}

type Calling = Pin<Box<dyn Future<Output = (ApiRequest, Result<ApiResponse, ApiError>)> + Send>>;

impl TokenClient {
    /// Returns the pages of a collection, beginning with this request. Nothing is sent before the first page is asked for, and each page
    /// is a call of [`api`](Self::api), with its rules.
    ///
    /// The next page is, in this order:
    ///
    /// | The body has | Next request |
    /// |---|---|
    /// | `nextUri` | that path and query; an absolute URI must be one of the API host |
    /// | `cursor` | the same with the parameter `cursor` |
    /// | `pageNumber` below `pageCount` | the same with the parameter `pageNumber`, one greater |
    /// | none of them, or null or an empty string | none: that page was the last one |
    ///
    /// Before a page the stream waits for the end of the rate limit's window if the headers of the page before say that the limit is used
    /// up, within the request's [`rate_limit_wait`](ApiRequest::rate_limit_wait). A [`deadline`](ApiRequest::deadline) of the request is
    /// the deadline of all pages; a timeout is that of one attempt.
    ///
    /// # Errors
    /// Each page may be an [`ApiError`], after which the stream ends. [`ApiError::RepeatedPage`] if the service leads back to a page that
    /// was asked for already, which would have no end; [`ApiError::Body`] if the body is not JSON.
    ///
    /// # Cancel safety
    /// A future of the next page may be dropped: the call goes on when the next page is asked for again. Dropping the stream is as dropping
    /// the future of [`api`](Self::api).
    pub fn pages(&self, first: ApiRequest) -> Pages {
        Pages {
            client: self.clone(),
            state: State::Next(Box::new(first), None),
            seen: HashSet::new(),
            hasher: RandomState::new(),
        }
    }
}

impl Pages {
    /// Returns the next page; `None` after the last one. For programs without a `StreamExt`.
    ///
    /// # Errors
    /// As [`TokenClient::pages`].
    ///
    /// # Cancel safety
    /// As [`TokenClient::pages`].
    pub async fn next_page(&mut self) -> Option<Result<ApiResponse, ApiError>> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<ApiResponse, ApiError>>> {
        loop {
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Next(..) => {
                    let State::Next(request, pause) = std::mem::replace(&mut self.state, State::Ended) else {
                        continue;
                    };
                    if !self.seen.insert(self.hasher.hash_one(request.target_text())) {
                        return Poll::Ready(Some(Err(ApiError::RepeatedPage)));
                    }
                    self.state = State::Calling(call(self.client.clone(), *request, pause));
                }
                State::Calling(calling) => {
                    let (request, outcome) = ready!(calling.as_mut().poll(context));
                    self.state = State::Ended;
                    let outcome = outcome.and_then(|page| {
                        if let Some(next) = following(request, &page)? {
                            let pause = page.rate_limit().and_then(|limit| limit.pause());
                            self.state = State::Next(Box::new(next), pause);
                        }
                        Ok(page)
                    });
                    return Poll::Ready(Some(outcome));
                }
            }
        }
    }
}

/// Makes the call, after the pause that the page before asks for.
fn call(client: TokenClient, request: ApiRequest, pause: Option<Duration>) -> Calling {
    Box::pin(async move {
        if let Some(pause) = pause {
            client.pause_for_rate_limit(&request, pause).await;
        }
        let outcome = client.api(request.clone()).await;
        (request, outcome)
    })
}

/// Returns the request for the page after this one; `None` if this is the last one.
fn following(request: ApiRequest, page: &ApiResponse) -> Result<Option<ApiRequest>, ApiError> {
    let Links { next_uri, cursor, page_number, page_count } = page.json()?;
    let is_there = |text: &String| !text.is_empty();
    if let Some(uri) = next_uri.filter(is_there) {
        return request.with_target(&uri).map(Some);
    }
    if let Some(cursor) = cursor.filter(is_there) {
        return Ok(Some(request.with_parameter("cursor", &cursor)));
    }
    match (page_number, page_count) {
        (Some(number), Some(count)) if number < count => {
            Ok(Some(request.with_parameter("pageNumber", &(number + 1).to_string())))
        }
        _ => Ok(None),
    }
}

impl Stream for Pages {
    type Item = Result<ApiResponse, ApiError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl FusedStream for Pages {
    fn is_terminated(&self) -> bool {
        matches!(self.state, State::Ended)
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("asked", &self.seen.len()).finish_non_exhaustive()
    }
}
