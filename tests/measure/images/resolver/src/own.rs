//! Our resolver.

use embedded_nal_async::{AddrType, Dns as _};
use genesys_token_embassy::{fuzzing, nal::NameLookup};

use crate::device::{NAME, reported, run};

/// A device with our resolver. Reports the size of the runner's cache too.
pub fn own() {
    bare::measurement::report("cache", 0, fuzzing::CACHE as u32);
    run(async |stack| {
        let resolver = NameLookup::new(stack, 1);
        reported(resolver.get_host_by_name(NAME, AddrType::IPv4)).await.is_ok()
    });
}
