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
use serde::de::IgnoredAny;

use super::error::ApiError;
use super::request::ApiRequest;
use super::response::ApiResponse;
use crate::client::TokenClient;
use crate::secret::SecretString;

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
    /// The access token to use instead of the client's.
    access_token: Option<SecretString>,
    state: State,
    /// Hashes of the targets that were requested.
    seen: HashSet<u64>,
    hasher: RandomState,
}

enum State {
    /// The request of the next page, and the pause before it that the rate limit requires.
    Next(Box<ApiRequest>, Option<Duration>),
    Calling(Calling),
    /// The error to return after a page whose link cannot be followed.
    Failed(ApiError),
    Ended,
}

type Calling = Pin<Box<dyn Future<Output = (ApiRequest, Result<ApiResponse, ApiError>)> + Send>>;

impl TokenClient {
    /// Returns the pages of a collection, beginning with this request. Nothing is sent before the first page is requested, and each page
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
    /// An item may be an [`ApiError`], after which the stream ends. A page whose link cannot be followed is returned, and the error follows
    /// it: [`ApiError::RepeatedPage`] if the link leads to a page that was requested before, because the stream would never end;
    /// [`ApiError::Host`] or [`ApiError::Path`] if `nextUri` is not one of the API host; [`ApiError::Body`] if the page is not JSON.
    ///
    /// # Cancel safety
    /// A future of the next page may be dropped: the call continues when the next page is requested again. Dropping the stream has the same
    /// effect as dropping the future of [`api`](Self::api).
    pub fn pages(&self, first: ApiRequest) -> Pages {
        self.pages_of(None, first)
    }

    /// Like [`pages`](Self::pages), with this access token instead of the client's: each page is a call of [`api_with`](Self::api_with).
    ///
    /// # Errors
    /// As [`pages`](Self::pages); [`ApiError::AccessToken`] if the text is not an access token.
    ///
    /// # Cancel safety
    /// As [`pages`](Self::pages).
    pub fn pages_with(&self, access_token: &SecretString, first: ApiRequest) -> Pages {
        self.pages_of(Some(access_token.clone()), first)
    }

    fn pages_of(&self, access_token: Option<SecretString>, first: ApiRequest) -> Pages {
        Pages {
            client: self.clone(),
            access_token,
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
                State::Next(..) | State::Failed(_) => {
                    let (request, pause) = match std::mem::replace(&mut self.state, State::Ended) {
                        State::Next(request, pause) => (request, pause),
                        State::Failed(error) => return Poll::Ready(Some(Err(error))),
                        State::Calling(_) | State::Ended => continue,
                    };
                    if !self.seen.insert(self.hasher.hash_one(request.target_text())) {
                        return Poll::Ready(Some(Err(ApiError::RepeatedPage)));
                    }
                    let access_token = self.access_token.clone();
                    self.state = State::Calling(call(self.client.clone(), access_token, *request, pause));
                }
                State::Calling(calling) => {
                    let (request, outcome) = ready!(calling.as_mut().poll(context));
                    self.state = match &outcome {
                        Err(_) => State::Ended,
                        Ok(page) => State::after(request, page),
                    };
                    return Poll::Ready(Some(outcome));
                }
            }
        }
    }
}

impl State {
    fn after(request: ApiRequest, page: &ApiResponse) -> Self {
        match following(request, page) {
            Ok(None) => Self::Ended,
            Ok(Some(next)) => Self::Next(Box::new(next), page.rate_limit().and_then(|limit| limit.pause())),
            Err(error) => Self::Failed(error),
        }
    }
}

/// Makes the call, after the pause that the page before asks for.
fn call(
    client: TokenClient,
    access_token: Option<SecretString>,
    request: ApiRequest,
    pause: Option<Duration>,
) -> Calling {
    Box::pin(async move {
        if let Some(pause) = pause {
            client.pause_for_rate_limit(&request, pause).await;
        }
        let outcome = match &access_token {
            None => client.api(request.clone()).await,
            Some(access_token) => client.api_with(access_token, request.clone()).await,
        };
        (request, outcome)
    })
}

/// Returns the links of a page. JSON without members, such as an array, has none.
fn links(page: &ApiResponse) -> Result<Links, ApiError> {
    let is_object = page.text().is_ok_and(|text| text.trim_start().starts_with('{'));
    if is_object { page.json() } else { page.json::<IgnoredAny>().map(|_| Links::default()) }
}

/// Returns the request for the page after this one; `None` if this is the last one.
fn following(request: ApiRequest, page: &ApiResponse) -> Result<Option<ApiRequest>, ApiError> {
    let Links { next_uri, cursor, page_number, page_count } = links(page)?;
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
