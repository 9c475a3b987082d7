//! A stored token, read without a script.

use genesys_token_core::time::Duration;
use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};
use zeroize::Zeroizing;

use crate::entry::HeldToken;
use crate::values::{EngineTime, Generation};

/// A token, and the server's time.
type Answer = (HeldToken<Zeroizing<String>>, EngineTime);

/// Reads token and time in one round trip. A replica, whose token may be outdated, refuses: `HDEL` of a field that no entry has is a write, but changes
/// nothing. The time is read after the token, so that the token's remaining lifetime is not overestimated.
pub(super) async fn query(connection: &mut MultiplexedConnection, key: &str) -> RedisResult<Option<Answer>> {
    let mut commands = redis::Pipeline::with_capacity(3);
    commands.cmd("HDEL").arg(key).arg("none").ignore();
    commands.cmd("HMGET").arg(key).arg(&["generation", "lifetime", "token_end", "token"]).cmd("TIME");
    let (fields, time): (Vec<Value>, Vec<Value>) = commands.query_async(connection).await?;
    Ok(read(&fields, &time))
}

/// Parses the answers. A malformed token counts as none: the claim's script decides then.
fn read(fields: &[Value], time: &[Value]) -> Option<Answer> {
    let [generation, lifetime, end, Value::BulkString(text)] = fields else { return None };
    let [seconds, micros] = time else { return None };
    let token = HeldToken {
        text: Zeroizing::new(str::from_utf8(text).ok()?.to_owned()),
        generation: Generation::new(number(generation)?),
        lifetime: Duration::from_millis(number(lifetime)?),
        ends_at: EngineTime::from_millis(number(end)?),
    };
    let now = number(seconds)?.checked_mul(1000)?.checked_add(number(micros)? / 1000)?;
    Some((token, EngineTime::from_millis(now)))
}

fn number(value: &Value) -> Option<u64> {
    let Value::BulkString(text) = value else { return None };
    str::from_utf8(text).ok()?.parse().ok()
}
