//! The addresses of files in the protocol, and their paths.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Characters that are encoded in the path of a URI.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The path of a file URI such as `file:///c%3A/net/main.bicep`; `None` for other URIs.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    if !(host.is_empty() || host.eq_ignore_ascii_case("localhost")) {
        // A network share: `\\host\share\…`.
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        return cfg!(windows).then(|| PathBuf::from(format!("//{host}{decoded}")));
    }
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let bytes = decoded.as_bytes();
    let has_drive = matches!(bytes, [b'/', drive, b':', ..] if drive.is_ascii_alphabetic());
    if cfg!(windows) && has_drive {
        // Editors write the drive letter in either case.
        let mut path = decoded[1..].to_owned();
        path[..1].make_ascii_uppercase();
        return Some(PathBuf::from(path));
    }
    Some(PathBuf::from(&*decoded))
}

/// The address of a file.
pub(super) fn of(path: &Path) -> Uri {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    let encoded = utf8_percent_encode(&text, ENCODED);
    if text.starts_with('/') { Uri(format!("file://{encoded}")) } else { Uri(format!("file:///{encoded}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses_round_trip() {
        for text in ["/net/main.bicep", "/my net/é#1?.bicep", "/50%/[a].bicep", "/a\\b.bicep"] {
            assert_eq!(path(&of(Path::new(text))).unwrap(), Path::new(text));
        }
        assert_eq!(of(Path::new("/my net/a.bicep")).0, "file:///my%20net/a.bicep");
    }

    #[test]
    fn other_spellings_are_the_same_file() {
        for text in ["file:///net/a%2Ebicep", "file://localhost/net/a.bicep", "file:///net/%61.bicep"] {
            assert_eq!(path(&Uri(text.to_owned())).unwrap(), Path::new("/net/a.bicep"));
        }
        for other in ["untitled:Untitled-1", "https://example.org/a.bicep", "file:", ""] {
            assert_eq!(path(&Uri(other.to_owned())), None, "{other}");
        }
    }
}
