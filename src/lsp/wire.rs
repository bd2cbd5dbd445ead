//! Messages on standard input and output: a header with the length, and JSON.
//!
//! The end of the input means that the client has gone. A message that is not JSON-RPC is answered with an error, and
//! reading continues; only after a broken header the next message cannot be found.

use std::io::{self, BufRead, Read as _, Write};

use gen_lsp_types::json_rpc::Id;
use gen_lsp_types::{ErrorCodes, LspErrorCodes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limit::Limit;

/// A message from the client.
#[derive(Debug)]
pub(super) enum Incoming {
    /// It expects an answer.
    Request(Request),
    /// It needs no answer.
    Notification {
        /// The method: `textDocument/didOpen`.
        method: String,
        /// `null` if there are none.
        params: Value,
    },
    /// An answer to a request of the server.
    Answer {
        /// The id of that request.
        id: Id,
        /// The result; `None` for an error.
        result: Option<Value>,
    },
    /// It is not a valid message.
    Malformed(Malformed),
}

/// A request of a client.
#[derive(Debug)]
pub(super) struct Request {
    /// The answer has the same id.
    pub(super) id: Id,
    /// The method: `textDocument/hover`.
    pub(super) method: String,
    /// `null` if there are none.
    pub(super) params: Value,
}

/// Input that is not a valid message.
#[derive(Debug)]
pub(super) struct Malformed {
    /// The id of the message, if it has one.
    id: Id,
    code: ErrorCodes,
    why: String,
}

/// A message to the client.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// The answer to a request.
    Answer(Id, Result<Value, Refusal>),
    /// A notification.
    Notification(&'static str, Value),
    /// A request.
    Request(i64, &'static str, Value),
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    code: i32,
    message: String,
}

impl Refusal {
    /// The parameters do not match the request.
    pub(super) fn params(why: impl Into<String>) -> Self {
        Self { code: ErrorCodes::InvalidParams.into(), message: why.into() }
    }

    /// The request failed, although the message is valid.
    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self { code: LspErrorCodes::RequestFailed.into(), message: why.into() }
    }

    /// The client does not want the answer any more.
    pub(super) fn cancelled() -> Self {
        Self { code: LspErrorCodes::RequestCancelled.into(), message: "cancelled by the client".to_owned() }
    }

    /// A defect of this server.
    pub(super) fn defect() -> Self {
        let message = "internal error; please report it with the trace of this request";
        Self { code: ErrorCodes::InternalError.into(), message: message.to_owned() }
    }

    /// There is no such method.
    pub(super) fn unknown(method: &str) -> Self {
        Self { code: ErrorCodes::MethodNotFound.into(), message: format!("unknown request `{method}`") }
    }

    /// The client has not sent `initialize` yet, or has already left.
    pub(super) fn too_early() -> Self {
        let message = "`initialize` must come first".to_owned();
        Self { code: ErrorCodes::ServerNotInitialized.into(), message }
    }

    /// The request is not allowed now.
    pub(super) fn invalid(why: &str) -> Self {
        Self { code: ErrorCodes::InvalidRequest.into(), message: why.to_owned() }
    }
}

/// All possible members of a message. Which of them are present decides its kind.
#[derive(Deserialize)]
struct Raw {
    #[serde(default, deserialize_with = "some")]
    id: Option<Value>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default, deserialize_with = "some")]
    result: Option<Value>,
    error: Option<Value>,
}

/// Reads a member so that `null` counts as present.
fn some<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Incoming {
    /// Parses a message.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let value: Value = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) => {
                return Self::malformed(Id::Null, ErrorCodes::ParseError, format!("not JSON: {error}"));
            }
        };
        let raw: Raw = match serde_json::from_value(value) {
            Ok(raw) => raw,
            Err(error) => {
                return Self::malformed(
                    Id::Null,
                    ErrorCodes::InvalidRequest,
                    format!("not a message: {error}"),
                );
            }
        };
        let id = match raw.id.map(serde_json::from_value::<Id>) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => {
                let why = "an `id` is a number or a text".to_owned();
                return Self::malformed(Id::Null, ErrorCodes::InvalidRequest, why);
            }
        };
        match (raw.method, id) {
            (Some(method), None) => Self::Notification { method, params: raw.params },
            (Some(method), Some(id)) => Self::Request(Request { id, method, params: raw.params }),
            (None, Some(id)) if raw.result.is_some() || raw.error.is_some() => {
                Self::Answer { id, result: raw.result.filter(|_| raw.error.is_none()) }
            }
            (None, id) => {
                let why = "neither a `method` nor a `result` nor an `error`".to_owned();
                Self::malformed(id.unwrap_or(Id::Null), ErrorCodes::InvalidRequest, why)
            }
        }
    }

    fn malformed(id: Id, code: ErrorCodes, why: String) -> Self {
        Self::Malformed(Malformed { id, code, why })
    }
}

impl Malformed {
    pub(super) fn answer(self) -> Outgoing {
        Outgoing::Answer(self.id, Err(Refusal { code: self.code.into(), message: self.why }))
    }
}

/// Reads the next message; `None` at the end of the input.
///
/// # Errors
///
/// The input cannot be read, or the header does not say where the next message begins.
pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = read_header(from)? else { return Ok(None) };
    if let Err(reached) = Limit::MessageBytes.check(length) {
        // Skip the body, so that the next message is found.
        let mut rest = from.by_ref().take(length as u64);
        io::copy(&mut rest, &mut io::sink())?;
        return Ok(Some(Incoming::malformed(Id::Null, ErrorCodes::InvalidRequest, reached.to_string())));
    }
    let mut bytes = Vec::new();
    // Memory grows with the received bytes, not with the length in the header.
    from.by_ref().take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Ok(None);
    }
    Ok(Some(Incoming::of(&bytes)))
}

/// The longest line of a header, in bytes.
const HEADER_LINE: u64 = 4 << 10;

/// Reads a header, and returns the length of the message; `None` at the end of the input.
fn read_header(from: &mut impl BufRead) -> io::Result<Option<usize>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if from.by_ref().take(HEADER_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let Some(text) = line.strip_suffix(b"\n") else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a header has no end"));
        };
        let text = String::from_utf8_lossy(text);
        let text = text.trim_end_matches('\r');
        if text.is_empty() {
            // Blank lines between messages do no harm.
            match length {
                Some(length) => return Ok(Some(length)),
                None => continue,
            }
        }
        if let Some((name, value)) = text.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            let Ok(bytes) = value.trim().parse() else {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("no length: `{}`", value.trim()),
                ));
            };
            length = Some(bytes);
        }
    }
}

/// A message in the form in which it is written.
#[derive(Serialize)]
struct Written<'a> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<WrittenError<'a>>,
}

#[derive(Serialize)]
struct WrittenError<'a> {
    code: i32,
    message: &'a str,
}

/// Writes a message.
///
/// # Errors
///
/// The output is closed.
pub(super) fn write(to: &mut impl Write, message: &Outgoing) -> io::Result<()> {
    let (id, method, params, result, error) = match message {
        Outgoing::Answer(id, Ok(result)) => (Some(id.clone()), None, None, Some(result), None),
        Outgoing::Answer(id, Err(Refusal { code, message })) => {
            (Some(id.clone()), None, None, None, Some(WrittenError { code: *code, message }))
        }
        Outgoing::Notification(method, params) => (None, Some(*method), Some(params), None, None),
        Outgoing::Request(id, method, params) => {
            (Some(Id::Number(*id)), Some(*method), Some(params), None, None)
        }
    };
    // Parameters must be a structure, or be left out.
    let params = params.filter(|params| !params.is_null());
    let written = Written { jsonrpc: "2.0", id: id.as_ref(), method, params, result, error };
    let text = serde_json::to_vec(&written)?;
    write!(to, "Content-Length: {}\r\n\r\n", text.len())?;
    to.write_all(&text)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut text: &[u8]) -> (Vec<String>, io::Result<()>) {
        let mut messages = Vec::new();
        loop {
            match read(&mut text) {
                Ok(Some(message)) => messages.push(match message {
                    Incoming::Request(Request { id, method, .. }) => format!("request {id:?} {method}"),
                    Incoming::Notification { method, params } => format!("notification {method} {params}"),
                    Incoming::Answer { id, result } => format!("answer {id:?} {result:?}"),
                    Incoming::Malformed(Malformed { id, why, .. }) => format!("malformed {id:?} {why}"),
                }),
                Ok(None) => return (messages, Ok(())),
                Err(error) => return (messages, Err(error)),
            }
        }
    }

    fn framed(text: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    }

    #[test]
    fn the_members_decide_the_kind_of_a_message() {
        let text = [
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#,
            r#"{"jsonrpc":"2.0","method":"exit"}"#,
            r#"{"jsonrpc":"2.0","id":"a","result":null}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"no"}}"#,
        ];
        let (messages, end) = all(text.map(framed).concat().as_bytes());
        assert!(end.is_ok());
        assert_eq!(
            messages,
            [
                "request Number(1) initialize",
                "notification exit null",
                r#"answer String("a") Some(Null)"#,
                "answer Number(7) None",
            ]
        );
    }

    #[test]
    fn an_invalid_message_is_answered_and_the_next_is_read() {
        let text = ["{", "[1]", r#"{"id":{},"method":"m"}"#, r#"{"id":3}"#, r#"{"method":"exit"}"#];
        let (messages, end) = all(text.map(framed).concat().as_bytes());
        assert!(end.is_ok());
        assert_eq!(messages.len(), 5);
        assert!(messages[0].starts_with("malformed Null not JSON"), "{messages:?}");
        assert!(messages[1].starts_with("malformed Null not a message"), "{messages:?}");
        assert!(messages[2].contains("number or a text"), "{messages:?}");
        assert!(messages[3].starts_with("malformed Number(3) neither"), "{messages:?}");
        assert_eq!(messages[4], "notification exit null");
    }

    #[test]
    fn a_length_without_bytes_takes_no_memory() {
        let (messages, end) = all(b"Content-Length: 60000000\r\n\r\n{}");
        assert_eq!((messages.len(), end.is_ok()), (0, true));
        let beyond = format!("Content-Length: {}\r\n\r\n{{}}", Limit::MessageBytes.number() + 1);
        let (messages, end) = all(beyond.as_bytes());
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("bytes"), "{messages:?}");
        assert!(end.is_ok());
    }

    #[test]
    fn a_broken_header_ends_the_input() {
        for text in ["Content-Length: many\r\n\r\n{}".to_owned(), "x".repeat(10_000)] {
            let (messages, end) = all(text.as_bytes());
            assert!(messages.is_empty() && end.is_err(), "{text:.40}");
        }
    }

    #[test]
    fn written_messages_can_be_read() {
        let mut text = Vec::new();
        write(&mut text, &Outgoing::Answer(Id::Number(1), Ok(Value::Null))).unwrap();
        write(&mut text, &Outgoing::Notification("$/progress", serde_json::json!({ "é": 1 }))).unwrap();
        write(&mut text, &Outgoing::Request(2, "workspace/configuration", Value::Null)).unwrap();
        let (messages, _) = all(&text);
        assert_eq!(
            messages,
            [
                "answer Number(1) Some(Null)",
                r#"notification $/progress {"é":1}"#,
                "request Number(2) workspace/configuration",
            ]
        );
    }
}
