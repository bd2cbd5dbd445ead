//! Which races a pasted failure may come from.

use std::collections::BTreeSet;

use serde_json::Value;

use super::catalog::{Catalog, Entry, Writer, is_wrapper};

/// A race that would show such a failure.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// What races.
    pub entry: &'a Entry,
    /// What of the failure speaks for it: codes, phrases, resource types.
    pub matched: Vec<String>,
    /// How much speaks for it; only for comparison.
    pub weight: u32,
}

/// What is said in a failure.
#[derive(Debug, Default)]
struct Failure {
    /// The whole text in lower case, messages unwrapped.
    text: String,
    /// Resource types that it names, full and lower case.
    types: BTreeSet<String>,
}

/// A failure message is unwrapped at most so often: a message may hold JSON that holds a message.
const DEEPEST: usize = 16;
/// What a match counts, before it is divided by the number of entries that share it.
const WEIGHT_OF_ERROR: u32 = 1_200;
/// An error that is named by this many entries says nothing about one of them; at least this is left.
const LEAST_WEIGHT: u32 = 40;
const WEIGHT_OF_OBJECT_TYPE: u32 = 400;
const WEIGHT_OF_WRITER_TYPE: u32 = 600;
/// What all writers of an entry count beyond that; some of them count in proportion.
const WEIGHT_OF_ALL_WRITERS: u32 = 200;

/// The races that a failure may come from, likeliest first. The failure is a code, a phrase, or the JSON of a deployment
/// error with its nested details.
pub fn causes<'a>(catalog: &'a Catalog, pasted: &str) -> Vec<Cause<'a>> {
    let failure = Failure::read(pasted);
    let entries: Vec<&Entry> = catalog.entries().filter(|entry| entry.level.is_some()).collect();
    let mut causes: Vec<Cause<'a>> =
        entries.iter().filter_map(|entry| failure.cause(entry, &entries)).collect();
    // Where as much speaks for both, the worse and the better known one comes first.
    let rank = |cause: &Cause<'_>| (cause.weight, cause.entry.level, certainty(cause.entry));
    causes.sort_by(|a, b| rank(b).cmp(&rank(a)).then_with(|| a.entry.id.cmp(&b.entry.id)));
    causes
}

fn certainty(entry: &Entry) -> u8 {
    match entry.certainty.as_ref() {
        "certain" => 2,
        "likely" => 1,
        _ => 0,
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

impl Failure {
    fn read(pasted: &str) -> Self {
        let mut failure = Self::default();
        failure.add(pasted, 0);
        failure
    }

    fn add(&mut self, text: &str, depth: usize) {
        let json = text.find(['{', '[']).filter(|_| depth < DEEPEST);
        let parsed = json.and_then(|start| {
            let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
            values.next()?.ok().map(|value| (start, values.byte_offset(), value))
        });
        let Some((start, length, value)) = parsed else {
            self.text.push_str(&text.to_lowercase());
            self.text.push('\n');
            self.types.extend(types_in(text));
            return;
        };
        self.add(&text[..start], DEEPEST);
        self.add_value(&value, depth + 1);
        self.add(&text[start + length..], DEEPEST);
    }

    fn add_value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::String(text) => self.add(text, depth),
            Value::Array(items) => items.iter().for_each(|item| self.add_value(item, depth)),
            Value::Object(members) => members.values().for_each(|member| self.add_value(member, depth)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn cause<'a>(&self, entry: &'a Entry, all: &[&Entry]) -> Option<Cause<'a>> {
        let mut cause = Cause { entry, matched: Vec::new(), weight: 0 };
        for error in entry.errors().filter(|error| self.says(error)) {
            let sharing = all.iter().filter(|other| other.errors().any(|also| also == error)).count();
            let share = WEIGHT_OF_ERROR / count(sharing).max(1);
            let is_wrapper = is_wrapper(error);
            cause.weight += if is_wrapper { LEAST_WEIGHT } else { share.max(LEAST_WEIGHT) };
            cause.matched.push(error.to_string());
        }
        let object = entry.object_type.to_ascii_lowercase();
        let named =
            |writer: &&Writer| self.types.iter().any(|ty| writer.is_special() && writer.writes_with(ty));
        let writers = entry.writers.iter().filter(named).count();
        if writers > 0 {
            let all_writers = count(entry.writers.len()).max(1);
            cause.weight += WEIGHT_OF_WRITER_TYPE + WEIGHT_OF_ALL_WRITERS * count(writers) / all_writers;
            let special = |ty: &&String| {
                entry.writers.iter().any(|writer| writer.is_special() && writer.writes_with(ty))
            };
            cause.matched.extend(self.types.iter().filter(special).cloned());
        } else if self.types.contains(&object) {
            cause.weight += WEIGHT_OF_OBJECT_TYPE;
            cause.matched.push(object);
        }
        (cause.weight > 0).then_some(cause)
    }

    /// Whether an error's code or phrase occurs, as whole words.
    fn says(&self, error: &str) -> bool {
        let error = error.to_lowercase();
        let whole = |at: usize| {
            let before = self.text[..at].chars().next_back();
            let after = self.text[at + error.len()..].chars().next();
            [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
        };
        !error.is_empty() && self.text.match_indices(&error).any(|(at, _)| whole(at))
    }
}

/// The resource types that a text names, by ids (`/providers/A.B/c/name/d/name`) and by themselves (`A.B/c/d`).
fn types_in(text: &str) -> Vec<String> {
    let mut types = Vec::new();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | '(' | ')');
    for word in text.split(|c: char| !is_part(c)) {
        let segments: Vec<&str> = word.trim_matches(['.', '/']).split('/').collect();
        let id_parts = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
        let of_id = id_parts.map(|at| &segments[at + 1..]);
        let (provider, rest) = match of_id.unwrap_or(&segments) {
            [provider, rest @ ..] if provider.contains('.') && !rest.is_empty() => (*provider, rest),
            _ => continue,
        };
        let step = if of_id.is_some() { 2 } else { 1 };
        let mut ty = provider.to_ascii_lowercase();
        for segment in rest.iter().step_by(step) {
            ty.push('/');
            ty.push_str(&segment.to_ascii_lowercase());
        }
        types.push(ty);
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeliest(pasted: &str) -> Vec<String> {
        let catalog = Catalog::default();
        causes(&catalog, pasted).into_iter().take(3).map(|cause| cause.entry.id.to_string()).collect()
    }

    #[test]
    fn a_code_of_one_service_names_its_entry() {
        assert_eq!(likeliest("ServerBlobAuditingPolicyInProgress")[0], "sql-auditing-and-databases");
        assert_eq!(likeliest("RequestConflict")[0], "model-deployments");
        assert_eq!(likeliest("Error: ServerIsBusy (409)")[0], "postgresql-configurations");
    }

    #[test]
    fn a_common_code_is_told_apart_by_the_resource_that_it_names() {
        let text = "AnotherOperationInProgress: Another operation on this or dependent resource is in progress: \
                    /subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/a";
        assert_eq!(likeliest(text)[0], "vnet-subnets");
        let text =
            "AnotherOperationInProgress on Microsoft.Network/expressRouteGateways/expressRouteConnections";
        assert_eq!(likeliest(text)[0], "express-route-connections");
    }

    #[test]
    fn the_details_inside_a_deployment_error_count() {
        let text = r#"Deployment failed. {"code":"DeploymentFailed","message":"See details.","details":[{"code":"Conflict",
            "message":"{\"error\":{\"code\":\"ReferencedResourceNotProvisioned\",\"message\":\"Cannot proceed with /subscriptions/1/resourceGroups/r/providers/Microsoft.Network/virtualHubs/hub/routingIntent/x\"}}"}]}"#;
        assert_eq!(likeliest(text)[0], "routing-intent-last");
    }

    #[test]
    fn a_part_of_a_word_is_no_match() {
        assert!(likeliest("MyServerIsBusyNow").is_empty());
        assert!(likeliest("all is well").is_empty());
    }

    #[test]
    fn text_with_stray_braces_is_read_as_text() {
        assert_eq!(likeliest("{not json} EtagMismatch")[0], "cluster-extensions");
    }

    #[test]
    fn types_are_read_from_ids_and_by_themselves() {
        let id =
            "'/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/virtualHubs/h/routingIntent/r'.";
        assert_eq!(types_in(id), ["microsoft.network/virtualhubs/routingintent"]);
        assert_eq!(types_in("the type Microsoft.Web/sites/config,"), ["microsoft.web/sites/config"]);
    }
}
