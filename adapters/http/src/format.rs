//! `defmt::Format` for every public type, with the feature `defmt`: errors as their messages, all else as its `Debug` output, which
//! shows no secret.

use core::fmt;

use defmt::{Debug2Format, Display2Format, Format, Formatter};

use crate::{
    Buffers, Connection, Headers, HttpError, HttpErrorKind, Method, Request, RequestError, Response,
    ResponseError, ResponsePart,
};

macro_rules! format {
    ($as:ident: $($({ $($generics:tt)* })? $type:ty;)*) => {$(
        impl $(<$($generics)*>)? Format for $type {
            fn format(&self, formatter: Formatter<'_>) {
                defmt::write!(formatter, "{}", $as(self));
            }
        }
    )*};
}

format! { Display2Format:
    {E: fmt::Display} HttpError<E>;
    {E: fmt::Display} HttpErrorKind<E>;
    RequestError;
    ResponseError;
}

format! { Debug2Format:
    Buffers<'_>;
    {S: fmt::Debug} Connection<S>;
    Headers<'_>;
    Method;
    Request<'_>;
    Response<'_>;
    ResponsePart;
}
