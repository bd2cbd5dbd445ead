//! Encodings of texts: Base64, data URIs, percent-encoding, and URIs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::object::from_json;
use crate::eval::term::{Name, Term, Value};
use crate::eval::terms::Terms;

fn known<'t>(terms: &'t Terms, arguments: &[Term], at: usize) -> Option<&'t str> {
    terms.known_text(*arguments.get(at)?)
}

/// Decodes Base64; `None` if the bytes are not UTF-8, for which the engine inserts other characters.
fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

pub(in crate::eval) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn base64(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let text = encoded(known(terms, arguments, 0)?);
    Some(terms.literal(&text))
}

pub(super) fn base64_to_string(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let text = decoded(known(terms, arguments, 0)?)?;
    Some(terms.literal(&text))
}

pub(super) fn base64_to_json(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let value = serde_json::from_str(&decoded(known(terms, arguments, 0)?)?).ok()?;
    Some(from_json(terms, &value))
}

pub(super) fn data_uri(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let text = format!("data:text/plain;charset=utf8;base64,{}", encoded(known(terms, arguments, 0)?));
    Some(terms.literal(&text))
}

/// Decodes UTF-8 text. If the URI names no encoding, the text must be ASCII, on which encodings agree.
pub(super) fn data_uri_to_string(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let (head, data) = known(terms, arguments, 0)?.strip_prefix("data:")?.split_once(',')?;
    let text = match head.strip_suffix(";base64") {
        Some(_) => decoded(data)?,
        None => unescaped(data)?,
    };
    let is_utf8 = head.split(';').any(|part| {
        let part = part.to_ascii_lowercase();
        part == "charset=utf8" || part == "charset=utf-8"
    });
    if !(is_utf8 || text.is_ascii() && !head.contains("charset")) {
        return None;
    }
    Some(terms.literal(&text))
}

/// Percent-encodes everything but letters, digits and `-_.~`, like `Uri.EscapeDataString` of .NET.
pub(super) fn uri_component(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let mut text = String::new();
    for byte in known(terms, arguments, 0)?.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(terms.literal(&text))
}

pub(super) fn uri_component_to_string(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let text = unescaped(known(terms, arguments, 0)?)?;
    Some(terms.literal(&text))
}

/// Decodes percent-encoding; a `%` without two hex digits after it stands for itself.
fn unescaped(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

/// The parts of a URI that every parser reads the same way: `https://host:port/path?query`.
struct Address {
    scheme: String,
    host: String,
    port: Option<i64>,
    path: String,
    query: Option<String>,
}

impl Address {
    /// `None` for a URI with anything else: users, fragments, `..` segments, percent-encoding.
    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return None;
        }
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (server, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match server.split_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
            None => (server, None),
        };
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_host) || !is_plain(path) || !query.is_none_or(is_plain) {
            return None;
        }
        let is_default = matches!((scheme.as_str(), port), ("http", Some(80)) | ("https", Some(443)));
        Some(Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port: port.filter(|_| !is_default).map(i64::from),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            query: query.map(|query| format!("?{query}")),
        })
    }

    fn text(&self) -> String {
        let Self { scheme, host, path, .. } = self;
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{host}{port}{path}{}", self.query.as_deref().unwrap_or_default())
    }
}

/// Whether a path or a query has only one spelling.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~/=&".contains(&byte))
        && !text.split('/').any(|step| matches!(step, "." | ".."))
}

/// `uri(base, relative)`: `relative` replaces what follows the last slash of `base`.
pub(super) fn uri(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let mut base = Address::read(known(terms, arguments, 0)?)?;
    let (path, query) = match known(terms, arguments, 1)? {
        "" => return None,
        relative => match relative.split_once('?') {
            Some((path, query)) => (path, Some(format!("?{query}"))),
            None => (relative, None),
        },
    };
    if path.is_empty() || path.starts_with("//") || base.query.is_some() {
        return None;
    }
    if !is_plain(path) || !query.as_deref().is_none_or(|query| is_plain(&query[1..])) {
        return None;
    }
    let folder = &base.path[..=base.path.rfind('/')?];
    base.path = match path.strip_prefix('/') {
        // The documentation joins the two slashes, whereas RFC 3986 begins at the host: they agree only there.
        Some(_) if base.path != "/" => return None,
        Some(path) => format!("/{path}"),
        None => format!("{folder}{path}"),
    };
    base.query = query;
    let text = base.text();
    Some(terms.literal(&text))
}

/// The result for a missing port or query is not documented, so such a call is not folded.
pub(super) fn parse_uri(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let address = Address::read(known(terms, arguments, 0)?)?;
    let call = terms.unfolded(super::Function::ParseUri, arguments);
    let mut properties: Vec<(Name, Term)> = Vec::new();
    for (name, text) in [
        ("scheme", Some(address.scheme)),
        ("host", Some(address.host)),
        ("path", Some(address.path)),
        ("query", address.query),
    ] {
        let name = terms.intern(name);
        let value = match text {
            Some(text) => terms.text(&text),
            None => terms.make(Value::Member(call, name)),
        };
        properties.push((name, value));
    }
    let port = terms.intern("port");
    let value = match address.port {
        Some(number) => terms.int(number),
        None => terms.make(Value::Member(call, port)),
    };
    properties.push((port, value));
    Some(terms.object(&properties))
}

pub(super) fn build_uri(terms: &mut Terms, arguments: &[Term]) -> Option<Term> {
    let properties = terms.properties(*arguments.first()?)?;
    let (mut scheme, mut host, mut port, mut path, mut query) = (None, None, None, None, None);
    for (name, value) in properties {
        let slot = match terms.name(name) {
            "scheme" => &mut scheme,
            "host" => &mut host,
            "path" => &mut path,
            "query" => &mut query,
            "port" => {
                if value != terms.null() {
                    port = Some(terms.known_int(value)?);
                }
                continue;
            }
            _ => return None,
        };
        *slot = Some(terms.known_text(value)?.to_owned());
    }
    let query = query.filter(|query| !query.is_empty());
    let mut path = path?;
    if !path.starts_with('/') {
        path.insert(0, '/');
    }
    if !query.as_ref().is_none_or(|query| query.starts_with('?')) {
        return None;
    }
    let written = Address { scheme: scheme?, host: host?, port, path, query }.text();
    let address = Address::read(&written)?;
    // The default port of the scheme may be written or left out.
    if address.port != port {
        return None;
    }
    let text = address.text();
    Some(terms.literal(&text))
}
