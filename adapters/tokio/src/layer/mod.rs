//! The authorised call as a `tower` layer around another HTTP client (feature `tower`). Begin with [`TokenLayer`].

mod body;
mod error;
mod future;
mod service;
mod settings;
mod token_layer;

pub use body::{ByClone, CopyBody, TryClone};
pub use error::TokenServiceError;
pub use future::ResponseFuture;
pub use service::TokenService;
pub use token_layer::TokenLayer;
