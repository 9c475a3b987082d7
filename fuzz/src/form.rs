//! Forms, parsed by form_urlencoded after a check of their escapes.

/// Returns the pairs in order; `None` for an illegal one: a `%` without two digits, or bytes that are not UTF-8 once decoded.
pub fn pairs(form: &[u8]) -> Vec<Option<(String, String)>> {
    form.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn pair(pair: &[u8]) -> Option<(String, String)> {
    if !escapes_are_whole(pair) {
        return None;
    }
    let (name, value) = form_urlencoded::parse(pair).next().expect("a pair that is not empty");
    // form_urlencoded replaces bytes that are not UTF-8 with U+FFFD.
    let genuine = |text: &str| text.matches('\u{fffd}').count();
    (genuine(&name) + genuine(&value) == replacement_characters(pair))
        .then(|| (name.into_owned(), value.into_owned()))
}

fn escapes_are_whole(text: &[u8]) -> bool {
    let behind =
        |at: usize| text.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    text.iter().enumerate().all(|(at, &byte)| byte != b'%' || behind(at))
}

/// Returns how often U+FFFD itself occurs, encoded or not.
fn replacement_characters(pair: &[u8]) -> usize {
    let mut bytes = Vec::new();
    let mut rest = pair;
    while let [first, tail @ ..] = rest {
        if let (b'%', [high, low, ..]) = (first, tail) {
            let digits = [*high, *low];
            let digits = std::str::from_utf8(&digits).expect("checked before");
            bytes.push(u8::from_str_radix(digits, 16).expect("checked before"));
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    bytes.windows(3).filter(|window| window == b"\xef\xbf\xbd").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_pairs_are_none() {
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(pairs(b"a=b+c&&d&=%c3%A9"), [pair("a", "b c"), pair("d", ""), pair("", "é")]);
        assert_eq!(pairs(b"a=%4&%zz&%ff=&%ef%bf%bd"), [None, None, None, pair("\u{fffd}", "")]);
    }
}
