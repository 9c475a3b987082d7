//! Instructions to write a token request.

use std::hint::black_box;

use bench_core::request::{self, FIELDS, ID, SECRET, Settings};
use gungraun::prelude::*;

#[library_benchmark]
#[bench::form(Settings::new())]
fn ours(settings: Settings) -> [u8; 512] {
    let mut body = [0; 512];
    black_box(request::ours_form(black_box(&settings), &mut body));
    body
}

#[library_benchmark]
#[bench::basic(Settings::new())]
fn ours_basic(settings: Settings) -> ([u8; 64], [u8; 256]) {
    let (mut body, mut authorization) = ([0; 64], [0; 256]);
    black_box(request::ours_basic(black_box(&settings), &mut body, &mut authorization));
    (body, authorization)
}

#[library_benchmark]
#[bench::form(&FIELDS)]
fn serde_urlencoded(fields: &[(&str, &str)]) -> String {
    black_box(request::serde_urlencoded_form(black_box(fields)))
}

#[library_benchmark]
#[bench::form(&FIELDS)]
fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    black_box(request::form_urlencoded_form(black_box(fields)))
}

#[library_benchmark]
#[bench::basic(ID, SECRET)]
fn http_request(id: &str, secret: &str) -> http::Request<String> {
    black_box(request::http_request(black_box(id), black_box(secret)))
}

library_benchmark_group!(
    name = request_group,
    benchmarks = [ours, ours_basic, serde_urlencoded, form_urlencoded, http_request]
);

main!(library_benchmark_groups = request_group);
