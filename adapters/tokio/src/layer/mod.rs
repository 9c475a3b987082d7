//! The authorised call as a `tower` layer around another HTTP client (feature `tower`). Begin with [`TokenLayer`].

mod body;
mod error;
mod future;
#[cfg(feature = "reqwest")]
mod reqwest;
mod service;
mod settings;
mod token_layer;

pub use body::{ByClone, CopyBody, TryClone};
pub use error::TokenServiceError;
pub use future::ResponseFuture;
#[cfg(feature = "reqwest")]
pub use reqwest::{InMemory, ReqwestFuture, ReqwestService, TokenReqwest};
pub use service::TokenService;
pub use token_layer::TokenLayer;
