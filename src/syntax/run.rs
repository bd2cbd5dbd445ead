//! Measures runs of similar bytes, eight bytes at a time: names and indentation make up most of a file.

/// The top bit of every byte.
const TOP: u64 = every(0x80);

/// A word in which every byte is `byte`.
const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Of bytes below 0x80: the top bit of those that are at least `low`.
const fn at_least(bytes: u64, low: u8) -> u64 {
    bytes + every(0x80 - low)
}

/// The top bit of every byte that is a letter, a digit or `_`, all of ASCII.
const fn word_bytes(bytes: u64) -> u64 {
    let low = bytes & !TOP;
    let letter = low | every(0x20);
    let is_letter = at_least(letter, b'a') & !at_least(letter, b'z' + 1);
    let is_digit = at_least(low, b'0') & !at_least(low, b'9' + 1);
    let is_underscore = !at_least(low ^ every(b'_'), 1);
    (is_letter | is_digit | is_underscore) & !bytes & TOP
}

/// The top bit of every byte that is a space or a tab.
const fn blank_bytes(bytes: u64) -> u64 {
    let low = bytes & !TOP;
    let is_space = !at_least(low ^ every(b' '), 1);
    let is_tab = !at_least(low ^ every(b'\t'), 1);
    (is_space | is_tab) & !bytes & TOP
}

/// Sets the top bit of every byte that is plain content of a single-quoted string: not `'`, `\\`, `$` or a line break. Other
/// control characters below 0x0E are left to the caller too.
const fn content_bytes(bytes: u64) -> u64 {
    let low = bytes & !TOP;
    let is_plain = at_least(low ^ every(b'\''), 1)
        & at_least(low ^ every(b'\\'), 1)
        & at_least(low ^ every(b'$'), 1)
        & at_least(low, 0x0E);
    (is_plain | bytes) & TOP
}

/// The length of the run at the start of `input`; `like` gives the top bit of every byte that belongs to it.
fn length(input: &[u8], like: impl Fn(u64) -> u64) -> usize {
    let mut length = 0;
    while let Some(bytes) = input[length..].first_chunk::<8>() {
        let ends = !like(u64::from_le_bytes(*bytes)) & TOP;
        if ends != 0 {
            return length + ends.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    let mut last = [0; 8];
    last[..input.len() - length].copy_from_slice(&input[length..]);
    length + (!like(u64::from_le_bytes(last)) & TOP).trailing_zeros() as usize / 8
}

/// Number of letters, digits and `_` at the start.
pub(crate) fn word(input: &[u8]) -> usize {
    length(input, word_bytes)
}

/// Number of spaces and tabs at the start.
pub(crate) fn blanks(input: &[u8]) -> usize {
    length(input, blank_bytes)
}

/// Number of bytes at the start that are content of a string in single quotes; a control character may end it too
/// early.
pub(super) fn content(input: &[u8]) -> usize {
    length(input, content_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a run, before every other byte, and at the end of the text.
    #[test]
    fn runs_end_where_their_bytes_do() {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
        let is_content = |byte: u8| byte >= 0x0E && !matches!(byte, b'\'' | b'\\' | b'$');
        for byte in 0..=u8::MAX {
            for place in 0..20 {
                for after in [b"".as_slice(), b"x", b" ", b"x\xff xx_xxxx", b"\t\t\x80      "] {
                    for (filler, run, is_like) in [
                        (b'a', word as fn(&[u8]) -> usize, &is_word as &dyn Fn(u8) -> bool),
                        (b' ', blanks, &is_blank),
                        (b'.', content, &is_content),
                    ] {
                        let text = [vec![filler; place], vec![byte], after.to_vec()].concat();
                        let expected = text.iter().take_while(|&&byte| is_like(byte)).count();
                        assert_eq!(run(&text), expected, "{text:?}");
                    }
                }
            }
        }
    }
}
