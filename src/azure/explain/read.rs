//! Parses a pasted failure into its innermost errors, with the resources that they name.
//!
//! Azure wraps an error in others (`DeploymentFailed` or the like), up to one for each nested deployment, and tools print them
//! as JSON, as lines (`Code: …`, `(Code) message`), or both. Only the innermost error says what happened.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::names::{Names, implied_in};
use super::{log, text};
use crate::azure::answers::{is_empty, is_hollow, is_wrapper};

/// An error from Azure's output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its code; empty if only a message is known.
    pub code: String,
    /// Its message.
    pub message: String,
    /// The ids of resources that it names, the one that failed first.
    pub targets: Vec<String>,
    /// The types of those resources, and types that appear without an id, in lower case.
    pub types: BTreeSet<String>,
    /// Whether other errors wrap it. Nothing does if Azure refused the deployment itself.
    pub place: Place,
}

/// The position of an error among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Unknown: tools often print only the innermost error.
    #[default]
    Unknown,
    /// No error wraps it.
    Outermost,
    /// Another error wraps it, or it belongs to a deployment operation.
    Inside,
}

impl Said {
    /// Code and message in lower case with single blanks, for comparison.
    pub(super) fn folded(&self) -> String {
        folded(&format!("{} {}", self.code, self.message))
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Maximum nesting that is unwrapped: a message may contain JSON that contains a message.
const DEEPEST: usize = 32;

/// The innermost errors of a failure without repetitions, in the order of the text.
pub(super) fn errors_of(pasted: &str, names: &Names) -> Vec<Said> {
    let mut reading = Reading { found: Vec::new(), names };
    reading.text(&log::cleaned(pasted), &Around::default());
    let Reading { mut found, .. } = reading;
    if found.iter().any(|said| !is_empty_wrapper(said)) {
        found.retain(|said| !is_empty_wrapper(said));
    }
    let mut all: Vec<Said> = Vec::new();
    for said in found {
        let known = all.iter_mut().find(|known| known.code == said.code && known.message == said.message);
        match known {
            Some(known) => {
                known.types.extend(said.types);
                known.targets.extend(said.targets);
            }
            None => all.push(said),
        }
    }
    for said in &mut all {
        let folded = said.folded();
        if said.types.is_empty() {
            said.types.extend(names.types_in(&folded));
        }
        said.types.extend(implied_in(&folded));
        let mut seen = BTreeSet::new();
        said.targets.retain(|target| seen.insert(target.to_ascii_lowercase()));
    }
    all
}

/// A wrapper that says nothing but that something failed.
fn is_empty_wrapper(said: &Said) -> bool {
    let message = said.message.to_lowercase();
    let may_wrap = is_wrapper(&said.code) || said.code.is_empty();
    may_wrap && message.trim().is_empty() || (may_wrap || is_hollow(&said.code)) && is_empty(&message)
}

/// The context of a value: the wrapping errors.
#[derive(Clone, Debug, Default)]
struct Around {
    targets: Vec<String>,
    message: String,
    depth: usize,
    is_wrapped: bool,
}

struct Reading<'n> {
    found: Vec<Said>,
    names: &'n Names,
}

impl Reading<'_> {
    /// Parses text that may contain JSON. Returns whether it contains an error.
    fn text(&mut self, text: &str, around: &Around) -> bool {
        let before = self.found.len();
        let mut rest = text;
        let mut plain = String::new();
        let mut found = false;
        while let Some(start) = rest.find(['{', '[']).filter(|_| around.depth < DEEPEST) {
            // Ex) `azurerm_subnet.this["a"]`: the key of an address is not JSON.
            let is_key = rest[start..].starts_with('[')
                && rest[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let mut values = serde_json::Deserializer::from_str(&rest[start..]).into_iter::<Value>();
            let parsed = values.next().and_then(Result::ok).filter(|value| !value.is_number() && !is_key);
            plain.push_str(&rest[..start]);
            match parsed {
                Some(value) if value.is_object() || value.is_array() => {
                    let inside = Around { depth: around.depth + 1, ..around.clone() };
                    let says = self.value(&value, &inside);
                    found |= says;
                    let end = start + values.byte_offset();
                    if !says {
                        plain.push_str(&rest[start..end]);
                    }
                    rest = &rest[end..];
                }
                _ => {
                    let next = start + 1;
                    plain.push_str(&rest[start..next]);
                    rest = &rest[next..];
                }
            }
        }
        plain.push_str(rest);
        if around.depth > 0 && !text::has_code(&plain) {
            return found;
        }
        // If the JSON has everything, the text around it only repeats it.
        let lines = text::errors_in(&plain);
        // A single error that names no resource is about the resource named in the text around it.
        if let ([only], 0) = (self.found.as_mut_slice(), around.depth)
            && only.types.is_empty()
        {
            only.types.extend(text::types_in(&plain));
            if only.types.is_empty() {
                only.types.extend(self.names.types_in(&folded(&plain)));
            }
        }
        let has_wrapper = lines.iter().any(|said| is_wrapper(&said.code));
        let told = self.found.len();
        for said in lines {
            // Ex) `ERROR CODE: DeploymentActive` above the JSON with the same error
            let again = self.found[before..told]
                .iter_mut()
                .find(|known| !said.code.is_empty() && known.code == said.code);
            if let Some(known) = again {
                known.types.extend(said.types);
                known.targets.extend(said.targets);
                continue;
            }
            let says = !said.code.is_empty() && !is_wrapper(&said.code);
            if !found || says {
                let is_inside = around.is_wrapped || has_wrapper || found;
                let is_of_call = said.types.is_empty() && text::names_deployment_command(&plain);
                let place = match is_inside {
                    true => Place::Inside,
                    false if is_of_call => Place::Outermost,
                    false => Place::Unknown,
                };
                self.found.push(Said { place, ..said });
            }
        }
        found || around.depth == 0
    }

    /// Reads a value, and returns whether it contains an error.
    fn value(&mut self, value: &Value, around: &Around) -> bool {
        match value {
            Value::Object(members) => self.object(members, around),
            Value::Array(items) => items.iter().fold(false, |found, item| self.value(item, around) | found),
            Value::String(text) if text.contains(['{', '[']) || text::has_code(text) => {
                let inside = Around { depth: around.depth + 1, ..around.clone() };
                around.depth < DEEPEST && self.inner_text(text, &inside)
            }
            _ => false,
        }
    }

    /// Parses a string inside JSON, which counts as an error only if it has a code.
    fn inner_text(&mut self, text: &str, around: &Around) -> bool {
        let before = self.found.len();
        self.text(text, around);
        self.found.len() > before
    }

    fn object(&mut self, members: &Map<String, Value>, around: &Around) -> bool {
        if let Some(says) = self.operation(members, around) {
            return says;
        }
        let mut inside = around.clone();
        // An entry of the activity log names its resource next to the error.
        for target in ["resourceId", "target"].into_iter().filter_map(|key| text_of(members, key)) {
            inside.targets.insert(0, target.to_owned());
        }
        let Some(code) = text_of(members, "code") else {
            return members.values().fold(false, |found, member| self.value(member, &inside) | found);
        };
        let message = text_of(members, "message").unwrap_or_default();
        let deeper = Around {
            message: if message.is_empty() { around.message.clone() } else { message.to_owned() },
            is_wrapped: true,
            ..inside.clone()
        };
        // A word in a message such as `status code: Conflict` says less than the code next to the message.
        let is_told = !is_wrapper(code) && !message.contains(['{', '[']);
        let read = ["code", "target", "message"];
        let read = &read[..if is_told { 3 } else { 2 }];
        let others = members.iter().filter(|(key, _)| !is_any(key, read));
        let below = others.fold(false, |found, (_, member)| self.value(member, &deeper) | found);
        if !below {
            let message = if message.is_empty() { around.message.clone() } else { message.to_owned() };
            let mut said = text::named(code, &message);
            let mut targets = inside.targets;
            targets.append(&mut said.targets);
            said.types.extend(targets.iter().filter_map(|target| text::type_of(target)));
            let place = if around.is_wrapped { Place::Inside } else { Place::Outermost };
            self.found.push(Said { targets, place, ..said });
        }
        true
    }

    /// Parses a deployment or one of its operations. Succeeded ones are skipped, failed ones name their resource.
    fn operation(&mut self, members: &Map<String, Value>, around: &Around) -> Option<bool> {
        let Some(Value::Object(properties)) = member(members, "properties") else { return None };
        let state = text_of(properties, "provisioningState")?;
        let is_failed = is_any(state, &["Failed", "Canceled"]);
        let resource = member(properties, "targetResource").and_then(Value::as_object);
        let named = resource.and_then(|resource| text_of(resource, "id"));
        let mut inside = Around { depth: around.depth + 1, ..around.clone() };
        inside.targets.extend(named.or_else(|| text_of(members, "id")).map(str::to_owned));
        inside.is_wrapped = true;
        let said = ["statusMessage", "error"].into_iter().filter_map(|key| member(properties, key));
        let said: Vec<&Value> = said.filter(|_| is_failed).collect();
        Some(said.into_iter().fold(false, |found, value| self.value(value, &inside) | found))
    }
}

fn is_any(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

fn member<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn text_of<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    member(members, name).and_then(Value::as_str)
}
