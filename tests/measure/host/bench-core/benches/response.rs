//! Instructions to read a token response.

use std::hint::black_box;

use bench_core::bodies::{Body, copy, plain, verify};
use bench_core::response::{self, Borrowed, Fixed, OAuth2, Owned};
use genesys_token_core::wire::{ExchangeError, TokenResponse};
use gungraun::prelude::*;

type Bytes = &'static mut [u8];

fn twice(body: Body) -> (Bytes, Bytes) {
    (copy(body), copy(body))
}

// The lower bound: every parser has to read each byte once.
#[library_benchmark(setup = twice)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn memcpy((body, copy): (Bytes, Bytes)) {
    black_box(copy).copy_from_slice(black_box(body));
}

fn with_status(body: Body) -> (Bytes, u16) {
    (copy(body), if matches!(body, Body::Error) { 400 } else { 200 })
}

#[library_benchmark(setup = with_status, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn ours((body, status): (Bytes, u16)) -> Result<TokenResponse<'static>, ExchangeError> {
    black_box(response::ours(black_box(body), status))
}

// Up to the point when no byte of the body is left, which no other library does.
#[library_benchmark(setup = with_status)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn ours_and_wipe((body, status): (Bytes, u16)) {
    drop(black_box(response::ours(black_box(body), status)));
}

#[library_benchmark(setup = copy, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn jiter(body: Bytes) -> Fixed {
    black_box(response::jiter_copied(black_box(body)))
}

#[library_benchmark(setup = copy, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn sonic_rs_borrowed(body: Bytes) -> Borrowed<'static> {
    black_box(response::sonic_rs_borrowed(black_box(body)))
}

#[library_benchmark(setup = copy, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn serde_json_borrowed(body: Bytes) -> Borrowed<'static> {
    black_box(response::serde_json_borrowed(black_box(body)))
}

#[library_benchmark(setup = copy, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn serde_json_owned(body: Bytes) -> Owned {
    black_box(response::serde_json_owned(black_box(body)))
}

#[library_benchmark(setup = copy, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
#[bench::error(Body::Error)]
fn serde_json_core_borrowed(body: Bytes) -> Borrowed<'static> {
    black_box(response::serde_json_core_borrowed(black_box(body)))
}

// Without the large body: this reader rejects a surrogate pair anywhere, even in an unused member.
#[library_benchmark(setup = copy, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::error(Body::Error)]
fn serde_json_core_fixed(body: Bytes) -> Fixed {
    let mut scratch = [0; 2048];
    black_box(response::serde_json_core_fixed(black_box(body), &mut scratch))
}

#[library_benchmark(setup = plain, teardown = verify)]
#[bench::small(Body::Small)]
#[bench::jwt(Body::Jwt)]
#[bench::big(Body::Big)]
fn oauth2(body: Bytes) -> OAuth2 {
    black_box(response::oauth2_token(black_box(body)))
}

#[library_benchmark(setup = copy, teardown = verify)]
#[bench::error(Body::Error)]
fn oauth2_error(body: Bytes) -> OAuth2 {
    black_box(response::oauth2_error(black_box(body)))
}

library_benchmark_group!(
    name = response_group,
    benchmarks = [
        memcpy,
        ours,
        ours_and_wipe,
        jiter,
        sonic_rs_borrowed,
        serde_json_borrowed,
        serde_json_owned,
        serde_json_core_borrowed,
        serde_json_core_fixed,
        oauth2,
        oauth2_error
    ]
);

main!(library_benchmark_groups = response_group);
