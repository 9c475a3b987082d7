//! Measures a member's lookup of the shared token beside a plain `GET` of the same client crate, on the same Redis server, alternately, so that
//! both have the same conditions; and the instructions of the client for each.

mod error;
mod instructions;
mod member;
mod plain;
mod setting;
mod time;

use bench_marks::Marks;
use genesys_token_interop::RedisServer;

use error::AnyError;
use member::Member;
use plain::Plain;
use setting::runtime;

const USAGE: &str = "usage: bench-store [ROUNDS]";
const ROUNDS: usize = 40;

fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["counted", what, folder, count] => return instructions::run(what, folder.as_ref(), count.parse()?),
        [] => ROUNDS,
        [rounds] => rounds.parse()?,
        _ => return Err(USAGE.into()),
    };
    let server = RedisServer::start(&[])?;
    let runtime = runtime()?;
    let member = runtime.block_on(Member::with_token(server.directory()))?;
    let plain = runtime.block_on(Plain::with_value(server.directory(), &stored(&server)?))?;
    let mut marks = Marks::begin();
    runtime.block_on(time::measure(rounds, &member, &plain, &mut marks))?;
    instructions::print(server.directory())?;
    marks.end().map_err(Into::into)
}

/// Returns the stored, encrypted token: the plain value has the same bytes.
fn stored(server: &RedisServer) -> Result<String, AnyError> {
    let text = server.cli(&["HGET", &member::key(), "token"])?.trim().to_owned();
    if text.starts_with("gts1.") { Ok(text) } else { Err("the server has no encrypted token".into()) }
}
