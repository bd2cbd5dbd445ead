//! Exports of deployment operations, in the forms of the Azure CLI, PowerShell, the SDK for Python and the REST API.
//!
//! All of them use the same names, with different case and nesting: a list of operations, each with or without
//! `properties`, by itself, in `value` with a `nextLink`, or several lists in one file. Anything else is a [`Mistake`]
//! that says what was expected.

use serde_json::{Map, Value};

use super::ids;
use super::time::{self, Instant};
use crate::limit::Limit;

/// One operation of a deployment: it wrote, read or evaluated a resource, or did something else.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The id of its deployment; the name of the export if that is not given.
    pub deployment: String,
    /// Its id in its deployment.
    pub id: String,
    /// The number of its list, counted over all exports.
    pub list: usize,
    /// The id of its resource; empty if it has none.
    pub target: String,
    /// The type of its resource.
    pub ty: String,
    /// Whether it creates or changes its resource.
    pub is_write: bool,
    /// How it ended.
    pub state: State,
    /// Its start and end, if they are given.
    pub time: Option<(Instant, Instant)>,
    /// Its error, as JSON.
    pub error: Option<Value>,
    /// The body of its request, if the deployment kept it (`--debug-setting requestContent`).
    pub body: Option<Value>,
}

/// A deployment as a whole, as `az deployment group show` prints it.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its id or name; the name of the export if neither is given.
    pub id: String,
    /// How it ended.
    pub state: State,
    /// Its start and end, if they are given.
    pub time: Option<(Instant, Instant)>,
    /// Its error, as JSON.
    pub error: Option<Value>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It succeeded.
    Succeeded,
    /// It failed with an error.
    Failed,
    /// It was stopped, by a person or because something else failed.
    Canceled,
    /// It had not ended when it was exported.
    Running,
}

/// The content of some exports.
#[derive(Clone, Debug, Default)]
pub struct Exports {
    /// The operations, in the order in which they were read.
    pub operations: Vec<Operation>,
    /// The deployments as a whole.
    pub deployments: Vec<Deployment>,
    /// Numbers of the lists with further pages, which were not given.
    pub cut: Vec<usize>,
    /// Notes for the user, one line each.
    pub notes: Vec<String>,
    /// Number of operations beyond the limit, which are not kept.
    pub left_out: usize,
    lists: usize,
}

/// An export that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{export}` {what}")]
pub struct Mistake {
    /// The name of the export.
    pub export: String,
    /// What is wrong with it, and what was expected.
    pub what: String,
}

const EXPECTED: &str = "expected the JSON of `az deployment operation group list`, of `sub`, `mg` or `tenant`, of \
                        `az deployment group show`, or of the REST API, without `--query`";

impl Exports {
    /// Reads an export, and adds its operations and deployments.
    pub fn read(&mut self, export: &str, bytes: &[u8]) -> Result<(), Mistake> {
        let mistake = |what: String| Mistake { export: export.to_owned(), what };
        let text = decoded(bytes).ok_or_else(|| {
            mistake(
                "is neither UTF-8 nor UTF-16; expected the text that the Azure CLI or PowerShell writes"
                    .to_owned(),
            )
        })?;
        let before = (self.operations.len(), self.deployments.len(), self.lists);
        if text.trim().is_empty() {
            return Err(mistake(format!("is empty; {EXPECTED}")));
        }
        for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let value =
                value.map_err(|error| mistake(format!("is not JSON: {error}; {EXPECTED}{}", hint(&text))))?;
            Reading { all: self, export }.value(&value).map_err(mistake)?;
        }
        let added = (self.operations.len() - before.0, self.deployments.len() - before.1);
        if added == (0, 0) && self.lists > before.2 && self.left_out == 0 {
            self.notes
                .push(format!("`{export}` lists no operation: its deployment did nothing, or was not found"));
        }
        Ok(())
    }
}

/// A hint for text that is not JSON.
fn hint(text: &str) -> &'static str {
    let start = text.trim_start();
    // Ex) [{'id': '/subscriptions/…', 'operation_id': …
    let inside = start.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '['));
    if inside.starts_with('\'') || start.starts_with('<') {
        ", such as `json.dumps([one.as_dict() for one in operations])` of Python writes"
    } else if start.starts_with(['{', '[']) {
        ""
    } else {
        ", with `-o json`, or piped to `ConvertTo-Json -Depth 10`"
    }
}

/// The text of an export: UTF-8, or UTF-16 as `>` of Windows PowerShell writes it.
pub fn decoded(bytes: &[u8]) -> Option<String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().filter(|_| bytes.len().is_multiple_of(2))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        // JSON begins with an ASCII character.
        [first, 0, ..] if *first != 0 => wide(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => wide(bytes, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// Reads the values of one export.
struct Reading<'e> {
    all: &'e mut Exports,
    export: &'e str,
}

impl Reading<'_> {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Array(items) => self.list(items),
            Value::Object(members) => self.object(members),
            _ => Err(format!("has {} in place of a list or an object; {EXPECTED}", kind_of(value))),
        }
    }

    /// Reads the items of a list. A list inside it counts as a list of its own.
    fn list(&mut self, items: &[Value]) -> Result<(), String> {
        let list = self.all.lists;
        self.all.lists += 1;
        for (at, item) in items.iter().enumerate() {
            match item {
                Value::Array(_) => self.value(item)?,
                Value::Object(members) if is_operation(members) => self.operation(members, list, at)?,
                Value::Object(members) if is_deployment(members) => self.deployment(members)?,
                Value::Object(members) => {
                    let what = match keys_of(members) {
                        _ if is_resource(members) => {
                            "the id of a resource, as `outputResources` lists what a \
                                                      deployment left behind, without times"
                                .to_owned()
                        }
                        keys => format!("an object of {keys}, no `operationId`, no `targetResource`"),
                    };
                    let place = at + 1;
                    return Err(format!(
                        "has something other than an operation at place {place}: {what}; {EXPECTED}"
                    ));
                }
                _ => return Err(format!("has {} at place {}; {EXPECTED}", kind_of(item), at + 1)),
            }
        }
        Ok(())
    }

    fn object(&mut self, members: &Map<String, Value>) -> Result<(), String> {
        if is_operation(members) {
            let list = self.all.lists;
            self.all.lists += 1;
            return self.operation(members, list, 0);
        }
        if is_deployment(members) {
            return self.deployment(members);
        }
        if let Some(error) = member(members, "error").filter(|error| error.is_object()) {
            let code = error.as_object().and_then(|error| text(error, "code")).unwrap_or("an error");
            return Err(format!("is the answer {code} to a request, not a list of operations; {EXPECTED}"));
        }
        if text(members, "code").is_some() && text(members, "message").is_some() {
            return Err(format!("is only an error, which `explain` explains; {EXPECTED}"));
        }
        if is_properties(members) {
            return self.deployment(members);
        }
        if member(members, "contentVersion").is_some() {
            return Err(format!("is a template or its parameters: name that with `--template`; {EXPECTED}"));
        }
        if let Some(items) = member(members, "value").and_then(Value::as_array) {
            let list = self.all.lists;
            self.list(items)?;
            if text(members, "nextLink").is_some_and(|link| !link.is_empty()) {
                self.all.cut.push(list);
                self.all.notes.push(format!(
                    "`{}` is cut at `nextLink`: the pages that follow have more operations; name them too",
                    self.export
                ));
            }
            return Ok(());
        }
        // Several lists by the names of their deployments. Ex) { "main": [ … ], "vpn": [ … ] }
        let lists: Vec<&Value> = members.values().filter(|value| value.is_array()).collect();
        if lists.is_empty() {
            return Err(format!("is an object of {}; {EXPECTED}", keys_of(members)));
        }
        lists.into_iter().try_for_each(|list| self.value(list))
    }

    fn operation(&mut self, members: &Map<String, Value>, list: usize, at: usize) -> Result<(), String> {
        if Limit::ObservedOperations.check(self.all.operations.len() + 1).is_err() {
            self.all.left_out += 1;
            return Ok(());
        }
        let id = text(members, "operationId").or_else(|| text(members, "id")).unwrap_or_default();
        let of = |name: &str| field(members, name);
        let named = |what: String| format!("{what} (operation {}, `{id}`)", at + 1);
        let (target, ty) = target(of("targetResource")).map_err(named)?;
        let state = state(of("provisioningState")).map_err(named)?;
        // Without a duration, it is not known what it overlapped.
        let has_duration = of("duration").is_some_and(|value| !is_nothing(value));
        let time = times(members).map_err(named)?.filter(|_| has_duration);
        let provisioning = of("provisioningOperation").and_then(Value::as_str);
        let is_write = !target.is_empty()
            && provisioning.is_none_or(|kind| kind.eq_ignore_ascii_case("Create") || kind.is_empty());
        let said = of("statusMessage").filter(|said| !is_nothing(said)).cloned();
        let code = of("statusCode").and_then(Value::as_str);
        let error = said.or_else(|| code.map(|code| serde_json::json!({ "code": code })));
        let body = of("request").and_then(Value::as_object).and_then(|request| member(request, "content"));
        let deployment = text(members, "id").and_then(|id| ids::before(id, "/operations/"));
        self.all.operations.push(Operation {
            deployment: deployment.unwrap_or(self.export).to_owned(),
            id: id.to_owned(),
            list,
            target,
            ty,
            is_write,
            state,
            time,
            error: error.filter(|_| state == State::Failed),
            body: body.and_then(content),
        });
        Ok(())
    }

    fn deployment(&mut self, members: &Map<String, Value>) -> Result<(), String> {
        let id = text(members, "id").or_else(|| text(members, "DeploymentName"));
        // Ex) `az deployment group show --query properties`
        let id = id.unwrap_or(self.export);
        let named = |what: String| format!("{what} (deployment `{id}`)");
        let state = state(field(members, "provisioningState")).map_err(named)?;
        let time = times(members).map_err(named)?;
        let error = field(members, "error").filter(|error| !is_nothing(error)).cloned();
        self.all.deployments.push(Deployment { id: id.to_owned(), state, time, error });
        Ok(())
    }
}

/// Maximum number of keys that are quoted from an object in no known form.
const SHOWN_KEYS: usize = 4;

fn keys_of(members: &Map<String, Value>) -> String {
    let keys: Vec<String> = members.keys().take(SHOWN_KEYS).map(|key| format!("`{key}`")).collect();
    if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "`null`",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

fn is_operation(members: &Map<String, Value>) -> bool {
    member(members, "operationId").is_some()
        || text(members, "id").is_some_and(|id| ids::before(id, "/operations/").is_some())
        || field(members, "provisioningOperation").is_some()
        || field(members, "targetResource").is_some()
}

fn is_deployment(members: &Map<String, Value>) -> bool {
    let is_named = member(members, "DeploymentName").is_some();
    field(members, "provisioningState").is_some()
        && (is_named || text(members, "id").is_some_and(ids::is_deployment))
}

/// Whether an object is the `properties` of a deployment, by itself.
fn is_properties(members: &Map<String, Value>) -> bool {
    let has = |name: &str| member(members, name).is_some();
    has("provisioningState")
        && has("timestamp")
        && (has("outputResources") || has("templateHash") || has("correlationId"))
}

/// Whether an object is the id of a resource and nothing about an operation.
fn is_resource(members: &Map<String, Value>) -> bool {
    let is_known = |key: &String| ["id", "resourceGroup"].contains(&key.as_str());
    text(members, "id").is_some() && members.keys().all(is_known)
}

/// The id and the type of a resource; both are empty if there is none.
fn target(value: Option<&Value>) -> Result<(String, String), String> {
    let (id, ty) = match value {
        None | Some(Value::Null) => return Ok(Default::default()),
        Some(Value::Object(members)) => {
            (text(members, "id").unwrap_or_default(), text(members, "resourceType"))
        }
        Some(Value::String(id)) => (id.as_str(), None),
        Some(other) => {
            return Err(format!(
                "has {} as `targetResource`; expected an object with `id`, or an id",
                kind_of(other)
            ));
        }
    };
    if !id.is_empty() && !id.starts_with('/') {
        let cut = if id.starts_with("@{") || id.starts_with("System.") {
            ": `ConvertTo-Json` cuts what is nested; expected `ConvertTo-Json -Depth 10`"
        } else {
            "; expected an id that begins with `/`"
        };
        let short: String = id.chars().take(40).collect();
        return Err(format!("has `{short}` as `targetResource`{cut}"));
    }
    let ty = ty.map_or_else(|| ids::type_of(id).unwrap_or_default(), str::to_owned);
    Ok((id.to_owned(), ty))
}

fn state(value: Option<&Value>) -> Result<State, String> {
    let written = match value {
        Some(Value::String(state)) => state.as_str(),
        None | Some(Value::Null) => {
            return Err("has no `provisioningState`; expected one such as `Succeeded`".to_owned());
        }
        Some(other) => {
            return Err(format!(
                "has {} as `provisioningState`; expected a text such as `Succeeded`",
                kind_of(other)
            ));
        }
    };
    Ok(match written.to_ascii_lowercase().as_str() {
        "succeeded" | "ready" | "deleted" => State::Succeeded,
        "failed" => State::Failed,
        "canceled" | "cancelled" => State::Canceled,
        _ => State::Running,
    })
}

/// Start and end. Azure says when an operation ended, and how long it took.
fn times(members: &Map<String, Value>) -> Result<Option<(Instant, Instant)>, String> {
    let Some(end) = field(members, "timestamp").filter(|value| !is_nothing(value)) else { return Ok(None) };
    let shown = |value: &Value| value.to_string().chars().take(60).collect::<String>();
    let end = time::instant(end).ok_or_else(|| {
        format!("has {} as `timestamp`; expected ISO 8601, such as `2026-11-28T10:00:00.123Z`", shown(end))
    })?;
    let took = match field(members, "duration").filter(|value| !is_nothing(value)) {
        None => 0,
        Some(value) => time::duration(value).ok_or_else(|| {
            format!("has {} as `duration`; expected ISO 8601, such as `PT12M3.5S`", shown(value))
        })?,
    };
    // An operation that has not begun has a time in the year 1.
    Ok((end > time::YEAR_TWO).then(|| (end.saturating_sub(took), end)))
}

/// The body of a request: JSON, or JSON as text.
fn content(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_object),
        Value::Object(_) => Some(value.clone()),
        _ => None,
    }
}

/// A member of `properties`, or of the object itself.
fn field<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let properties = member(members, "properties").and_then(Value::as_object);
    properties.and_then(|properties| member(properties, name)).or_else(|| member(members, name))
}

/// A member by its name, in any case and in Python's form. Ex) `operationId`, `OperationId`, `operation_id`
pub(super) fn member<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let is_it = |key: &str| {
        let letters = key.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
        letters.eq(name.bytes().map(|byte| byte.to_ascii_lowercase()))
    };
    members.get(name).or_else(|| members.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value))
}

fn text<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    member(members, name).and_then(Value::as_str)
}
