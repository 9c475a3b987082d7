//! [`Entry`](crate::Entry) as scripts of the server. `tests/suite` runs them on real servers.
//!
//! Fields of an entry's hash: `last`; `owner`, `lease`, `granted` and `lease_end` of a lease; `generation`, `lifetime`, `token_end` and `token` of a
//! token. All times are milliseconds of the server's clock since 1970, which a double of Lua holds exactly.
//!
//! The first line of each sets no flags: a replica refuses the script even where it would only read, so that no member continues with a server that
//! was demoted.

use std::fmt::Write as _;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

pub(super) struct Scripts {
    pub(super) claim: Script,
    pub(super) publish: Script,
    pub(super) release: Script,
}

/// A script, and the SHA-1 hash that a server knows it by, which need not be secure.
pub(super) struct Script {
    pub(super) text: &'static str,
    pub(super) hash: String,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |text: &'static str| {
            let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
            let hash = hash.as_ref().iter().fold(String::with_capacity(40), |mut hash, byte| {
                // Writing to a String does not fail.
                let _ = write!(hash, "{byte:02x}");
                hash
            });
            Script { text, hash }
        };
        Self { claim: script(CLAIM), publish: script(PUBLISH), release: script(RELEASE) }
    }
}

/// Arguments: owner, newer than, margin, lease. The key expires a day after its token and lease, which no member can need any more.
const CLAIM: &str = r"#!lua
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local e = redis.call('HMGET', KEYS[1], 'last', 'owner', 'lease', 'granted', 'lease_end',
  'generation', 'lifetime', 'token_end', 'token')
local function number(i) return tonumber(e[i] or 0) or 0 end
local newer_than, margin, lease = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if e[9] and number(6) > newer_than then
  local left = math.min(math.max(number(8) - now, 0), number(7))
  if left > math.min(margin, math.floor(number(7) / 4)) then
    return {1, e[6], e[7], left, e[9]}
  end
end
if e[2] and now < number(5) then
  if e[2] == ARGV[1] then return {2, e[3], e[4], number(5) - now} end
  return {3, number(5) - now}
end
local generation = math.max(number(1), newer_than, now) + 1
redis.call('HSET', KEYS[1], 'last', generation, 'owner', ARGV[1], 'lease', generation,
  'granted', now, 'lease_end', now + lease)
redis.call('PEXPIREAT', KEYS[1], math.max(number(8), now + lease) + 86400000)
return {2, generation, now, lease}
";

/// Arguments: owner, generation, lifetime, end, token.
const PUBLISH: &str = r"#!lua
local e = redis.call('HMGET', KEYS[1], 'owner', 'generation', 'last')
local generation = tonumber(ARGV[2])
if e[1] == ARGV[1] then redis.call('HDEL', KEYS[1], 'owner', 'lease', 'granted', 'lease_end') end
local stored = tonumber(e[2] or 0) or 0
if stored > generation then return 0 end
if stored < generation then
  redis.call('HSET', KEYS[1], 'last', math.max(tonumber(e[3] or 0) or 0, generation), 'generation', ARGV[2],
    'lifetime', ARGV[3], 'token_end', ARGV[4], 'token', ARGV[5])
  redis.call('PEXPIREAT', KEYS[1], tonumber(ARGV[4]) + 86400000)
end
return 1
";

/// Arguments: owner, hold.
const RELEASE: &str = r"#!lua
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local e = redis.call('HMGET', KEYS[1], 'owner', 'lease_end')
if e[1] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'lease_end', math.min(tonumber(e[2] or 0) or 0, now + tonumber(ARGV[2])))
end
return redis.status_reply('OK')
";
