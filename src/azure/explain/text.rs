//! Parses errors in lines of text: the output of `az`, `azd`, PowerShell, Terraform and the portal, and truncated JSON.

use super::read::{Place, Said};
use crate::azure::answers::is_wrapper;

/// Words before a colon that name a field of an error, and are no codes.
const FIELDS: [&str; 18] = [
    "ActivityId",
    "CategoryInfo",
    "CorrelationId",
    "CreatedTime",
    "EntityType",
    "ErrorCode",
    "ErrorMessage",
    "ErrorTarget",
    "OperationID",
    "OperationId",
    "OperationName",
    "ReasonPhrase",
    "RequestId",
    "StatusCode",
    "StatusMessage",
    "SubCode",
    "TraceID",
    "TrackingId",
];

/// The errors of a text, in order. A text without a code is one error.
pub(super) fn errors_in(text: &str) -> Vec<Said> {
    let text = unescaped(text);
    let starts = codes_in(&text);
    let Some(&(first, _)) = starts.first() else {
        return if text.trim().is_empty() { Vec::new() } else { vec![named("", text.trim())] };
    };
    let mut all: Vec<Said> = Vec::new();
    for (ix, &(at, code)) in starts.iter().enumerate() {
        let end = starts.get(ix + 1).map_or(text.len(), |&(next, _)| next);
        let part = &text[at..end];
        match all.last_mut() {
            // `(Code) message` is followed by `Code: Code` and `Message: message`.
            Some(last) if last.code.eq_ignore_ascii_case(code) => {
                last.message.push('\n');
                last.message.push_str(part.trim());
            }
            _ => all.push(Said { code: code.to_owned(), message: part.trim().to_owned(), ..Said::default() }),
        }
    }
    // The text before the first code may name the failed resource.
    let lead = text[..first].trim();
    let first_told = all.iter().position(|said| !is_wrapper(&said.code)).unwrap_or_default();
    if let Some(said) = all.get_mut(first_told) {
        let message = format!("{lead}\n{}", said.message);
        message.trim().clone_into(&mut said.message);
    }
    all.into_iter().map(|said| named(&said.code, &said.message)).collect()
}

/// Whether a text names the PowerShell command that starts a deployment: an error beside it that names no resource is about
/// that deployment. Ex) `New-AzResourceGroupDeployment : …`
pub(super) fn names_deployment_command(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    let mut words = folded.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.any(|word| word.starts_with("new-az") && word.ends_with("deployment"))
}

/// Whether a text has a code.
pub(super) fn has_code(text: &str) -> bool {
    !codes_in(&unescaped(text)).is_empty()
}

/// An error with the resources that its message names, the failed one first.
pub(super) fn named(code: &str, message: &str) -> Said {
    let mut targets = ids_in(message);
    // Ex) `Target: /subscriptions/…`; and “resource A used by resource B is not in Succeeded state”, an error of B
    // about A
    let failed = ["target: ", "used by resource "].iter().find_map(|before| {
        let at = message.to_ascii_lowercase().rfind(before)?;
        ids_in(message.get(at..)?.lines().next()?).into_iter().next()
    });
    if let Some(failed) = failed {
        targets.retain(|target| *target != failed);
        targets.insert(0, failed);
    }
    Said {
        code: code.to_owned(),
        message: message.to_owned(),
        types: types_in(message).into_iter().collect(),
        targets,
        place: Place::Unknown,
    }
}

/// The service of a resource type, in lower case.
pub(super) fn service_of(ty: &str) -> String {
    ty.split('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// Removes the margin that PowerShell and Terraform print before the lines of an error.
///
/// Ex) `     | error(s).`, `  29 |  New-AzDeployment`, `│ Error: …`
pub(super) fn without_margin(line: &str) -> &str {
    let number = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    number.strip_prefix(['|', '│']).unwrap_or(line)
}

/// Undoes all levels of JSON escaping of line breaks and quotes, and removes margins.
fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    while text.contains("\\\\") {
        text = text.replace("\\\\", "\\");
    }
    let text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\r", "\n").replace("\\\"", "\"");
    text.lines().map(without_margin).collect::<Vec<_>>().join("\n")
}

/// The codes in a text, each with the offset at which its error starts.
fn codes_in(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        found.extend(codes_of_line(line).into_iter().map(|(start, code)| (at + start, code)));
        at += line.len();
    }
    found
}

fn codes_of_line(line: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let lower = line.to_ascii_lowercase();
    for (at, _) in lower.match_indices("code") {
        let before = line[..at].strip_suffix("Error").unwrap_or(&line[..at]);
        let is_word = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        let after = line[at + 4..].trim_start_matches(['"', '\'', ' ']);
        // Ex) `Code: X`, `code="X"`, `<Code>X</Code>`
        let is_element = line[..at].ends_with('<');
        let value = after.strip_prefix([':', '=']).or_else(|| after.strip_prefix('>').filter(|_| is_element));
        let Some(after) = value.filter(|_| is_word) else { continue };
        if after.trim_start().starts_with("\"\"") {
            // Ex) Status: "ServerIsNotReady" Code: "" Message: "…"
            let status = lower.find("status: \"").map(|at| &line[at + "status: \"".len()..]);
            found.extend(status.and_then(code_at_start).filter(|code| has_humps(code)).map(|code| (0, code)));
            continue;
        }
        let after = after.trim_start_matches(['"', '\'', ' ']);
        found.extend(code_at_start(after).map(|code| (0, code)));
    }
    // `(Code) message`, also after `Exception Details:`.
    for (at, _) in line.match_indices('(') {
        let is_start = line[..at].trim().is_empty() || line[..at].trim_end().ends_with(':');
        found.extend(code_in_parentheses(&line[at..]).filter(|_| is_start).map(|code| (0, code)));
    }
    // `Code: message`, alone or after other words with a colon or a dash.
    let mut from = 0;
    while let Some(colon) = line[from..].find(": ").map(|at| from + at) {
        let before = &line[..colon];
        let start = before
            .rfind([' ', '\t', '"', '\'', '(', '│', '|'])
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        let is_call = before[..start].trim_end().ends_with("performing");
        let has_code_after = || code_in_parentheses(&line[colon + 2..]).is_some();
        if is_code(word) && has_humps(word) && !is_call && !has_code_after() {
            found.push((0, word));
        }
        from = colon + 2;
    }
    if found.is_empty() && is_code(line.trim()) && has_humps(line.trim()) {
        found.push((0, line.trim()));
    }
    found
}

/// Ex) `(Conflict) message`
fn code_in_parentheses(text: &str) -> Option<&str> {
    let (code, rest) = text.strip_prefix('(')?.split_once(')')?;
    (is_code(code) && rest.starts_with(' ')).then_some(code)
}

fn code_at_start(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    Some(&text[..end]).filter(|code| is_code(code))
}

/// Whether a word may be a code: letters, with a capital first.
fn is_code(word: &str) -> bool {
    word.len() >= 4
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && word.chars().any(|c| c.is_ascii_lowercase())
}

/// Whether a word is in Pascal case with several words, such as `AnotherOperationInProgress`.
fn has_humps(word: &str) -> bool {
    let capitals = word.chars().filter(char::is_ascii_uppercase).count();
    let is_known = ["Conflict", "BadRequest", "Forbidden"].contains(&word);
    is_known || (capitals >= 2 && word.chars().any(|c| c.is_ascii_lowercase()) && !FIELDS.contains(&word))
}

fn is_of_path(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | '(' | ')' | '*' | '<' | '>')
}

/// The ids of resources that a text names.
fn ids_in(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !is_of_path(c)).map(|word| word.trim_matches(['.', '(', ')', '<', '>']));
    let is_id = |word: &&str| {
        // The address for polling an operation does not name the failed resource.
        word.starts_with('/') && !word.starts_with("//") && word.contains("/providers/")
    };
    words.filter(is_id).map(str::to_owned).collect()
}

/// The type of an id, in lower case.
pub fn type_of(id: &str) -> Option<String> {
    types_in(id).into_iter().next()
}

/// The resource types in a text, from ids (`/providers/A.B/c/name/d/name`) and standing alone (`A.B/c/d`). Nested
/// deployments, and the operations that Azure tells the user to query, do not count.
pub(super) fn types_in(text: &str) -> Vec<String> {
    let mut types = Vec::new();
    for word in text.split(|c: char| !is_of_path(c)) {
        // Ex) `https://aka.ms/aks-pending-operation`, whose host looks like a provider
        let is_address = word.starts_with("//");
        let word = word.trim_matches(['.', '/', '(', ')', '<', '>']);
        let segments: Vec<&str> = word.split('/').collect();
        let id_parts = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
        let of_id = id_parts.map(|at| &segments[at + 1..]);
        if is_address && of_id.is_none() {
            continue;
        }
        let (provider, rest) = match of_id.unwrap_or(&segments) {
            [provider, rest @ ..] if is_provider(provider) && !rest.is_empty() => (*provider, rest),
            _ => continue,
        };
        let step = if of_id.is_some() { 2 } else { 1 };
        let mut ty = provider.to_ascii_lowercase();
        for segment in rest.iter().step_by(step) {
            ty.push('/');
            ty.push_str(&segment.to_ascii_lowercase());
        }
        if !ty.contains("/locations") && !ty.starts_with("microsoft.resources/") {
            types.push(ty);
        }
    }
    types
}

/// Whether a word is a resource provider such as `Microsoft.Network`, and not a host name.
fn is_provider(word: &str) -> bool {
    let mut parts = word.split('.');
    let (Some(first), Some(_)) = (parts.next(), parts.next()) else { return false };
    first.starts_with(|c: char| c.is_ascii_alphabetic()) && !word.to_ascii_lowercase().ends_with(".com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_from_ids_and_on_their_own() {
        let id =
            "'/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/virtualHubs/h/routingIntent/r'.";
        assert_eq!(types_in(id), ["microsoft.network/virtualhubs/routingintent"]);
        assert_eq!(types_in("the type Microsoft.Web/sites/config,"), ["microsoft.web/sites/config"]);
        let asked = "https://westeurope.network.azure.com/subscriptions/1/providers/Microsoft.Network/locations/westeurope/operations/2";
        assert_eq!(types_in(asked), Vec::<String>::new());
        assert_eq!(types_in("See https://aka.ms/aks-pending-operation"), Vec::<String>::new());
    }

    #[test]
    fn the_command_that_starts_a_deployment_is_known() {
        for text in [
            "New-AzResourceGroupDeployment : 12:00:23 - it failed",
            "  12 |  New-AzDeployment `",
            "(new-azsubscriptiondeployment)",
        ] {
            assert!(names_deployment_command(text), "{text}");
        }
        for text in ["New-AzSqlServer : it failed", "Get-AzDeployment", "a new deployment", "New-Az", ""] {
            assert!(!names_deployment_command(text), "{text}");
        }
    }

    #[test]
    fn the_failed_resource_is_the_first_target() {
        let id =
            |name: &str| format!("/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/{name}");
        let (subnet, nic, endpoint) =
            (id("virtualNetworks/v/subnets/s"), id("networkInterfaces/n"), id("privateEndpoints/e"));
        let first = |message: &str| named("", message).targets.into_iter().next();
        let used = format!("because resource {subnet} used by resource {nic} is not in Succeeded state.");
        assert_eq!(first(&used), Some(nic));
        assert_eq!(first(&format!("{used}\nTarget: {endpoint}")), Some(endpoint.clone()));
        assert_eq!(first(&format!("{subnet} is beside {endpoint}")), Some(subnet));
        let asked = "use uri: https://management.azure.com/subscriptions/0/providers/Microsoft.Network/locations/x/operations/1";
        assert_eq!(first(asked), None);
    }

    #[test]
    fn codes_are_known_in_the_forms_of_several_tools() {
        for text in [
            "Code: ServerIsBusy",
            "\tException Details:\t(ServerIsBusy) the server is busy",
            "ERROR: (ServerIsBusy) the server is busy",
            "Error: creating: unexpected status 409 with error: ServerIsBusy: try later",
            "Original Error: Code=\"ServerIsBusy\" Message=\"try later\"",
            "Status Message: try later (Code:ServerIsBusy)",
            "ServerIsBusy",
            "New-AzDisk : try later\nErrorCode: ServerIsBusy\nErrorMessage: try later",
            "ResourceExistsError: (ServerIsBusy) try later",
            "<Error><Code>ServerIsBusy</Code><Message>try later</Message></Error>",
            r#"… {\"error\":{\"code\":\"ServerIsBusy\",\"mess"#,
        ] {
            let codes: Vec<String> = errors_in(text).into_iter().map(|said| said.code).collect();
            assert_eq!(codes, ["ServerIsBusy"], "{text}");
        }
        for text in [
            "Message: the server is busy",
            "a (Note) in between",
            "postcode: Berlin",
            "all is well",
            "performing CreateOrUpdate: failed",
            "StatusCode: 409",
        ] {
            assert_eq!(errors_in(text)[0].code, "", "{text}");
        }
    }
}
