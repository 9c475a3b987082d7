//! Log lines through `defmt`, `log`, both or neither. No line contains a secret.

macro_rules! log {
    ($level:ident, $text:literal $(, $value:expr)* $(,)?) => {{
        #[cfg(feature = "log")]
        ::log::$level!($text $(, $value)*);
        #[cfg(feature = "defmt")]
        ::defmt::$level!($text $(, ::defmt::Display2Format(&$value))*);
        #[cfg(not(any(feature = "log", feature = "defmt")))]
        { $( let _ = &$value; )* }
    }};
}

pub(crate) use log;
