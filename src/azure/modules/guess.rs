//! What an unreadable module may deploy, judged by its name and the names of its arguments.

use std::sync::LazyLock;

use serde::Deserialize;

/// What a module may deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The resource type.
    pub ty: String,
    /// The argument that names the hub.
    pub hub_argument: String,
    /// A Bicep text that stands in for the module.
    pub stub: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Guesses {
    /// The type of a hub.
    hub_type: String,
    /// Arguments that hold the id of a hub, the surest first.
    hub_ids: Vec<String>,
    /// Arguments that hold the name of a hub, the surest first.
    hub_names: Vec<String>,
    /// Words of an argument's name that speak against a hub: such a module works on a VNet.
    foreign_arguments: Vec<String>,
    /// Words of a module's name that speak against all kinds.
    foreign_words: Vec<String>,
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Kind {
    r#type: String,
    /// Runs of words, written as one: `vpngateway`.
    words: Vec<String>,
    /// Bicep with `{id}` and `{name}` for the hub's id and name.
    body: String,
    /// The resource is a child of the hub.
    #[serde(default)]
    child: bool,
}

static GUESSES: LazyLock<Option<Guesses>> =
    LazyLock::new(|| toml::from_str(include_str!("guesses.toml")).ok());

/// What a module may deploy whose file cannot be read: by its reference, else by its symbol; only where an argument names a
/// virtual hub.
pub fn guess(reference: &str, symbol: &str, arguments: &[&str]) -> Option<Guess> {
    let guesses = GUESSES.as_ref()?;
    let argument_speaks_against = arguments.iter().any(|argument| {
        let words = words(argument);
        guesses.foreign_arguments.iter().any(|foreign| has_run(&words, foreign))
    });
    if argument_speaks_against {
        return None;
    }
    let hub = hub_argument(guesses, arguments)?;
    let kind = kind_of(guesses, &words(stem(reference))).or_else(|| kind_of(guesses, &words(symbol)))?;
    Some(Guess {
        ty: kind.r#type.clone(),
        hub_argument: hub.argument.to_owned(),
        stub: stand_in(&guesses.hub_type, kind, &hub, arguments),
    })
}

struct HubArgument<'a> {
    argument: &'a str,
    is_id: bool,
}

fn hub_argument<'a>(guesses: &Guesses, arguments: &[&'a str]) -> Option<HubArgument<'a>> {
    let find = |names: &[String]| {
        names
            .iter()
            .find_map(|name| arguments.iter().find(|argument| argument.eq_ignore_ascii_case(name)).copied())
    };
    let by_id = find(&guesses.hub_ids).map(|argument| HubArgument { argument, is_id: true });
    by_id.or_else(|| find(&guesses.hub_names).map(|argument| HubArgument { argument, is_id: false }))
}

fn kind_of<'a>(guesses: &'a Guesses, words: &[String]) -> Option<&'a Kind> {
    if guesses.foreign_words.iter().any(|foreign| has_run(words, foreign)) {
        return None;
    }
    guesses.kind.iter().find(|kind| kind.words.iter().any(|run| has_run(words, run)))
}

/// `br/public:avm/res/network/vpn-gateway:0.1.0` → `vpn-gateway`; `../modules/vpngw.bicep` → `vpngw`; the folder's name for
/// `vpn-gateway/main.bicep`.
fn stem(reference: &str) -> &str {
    let path = match reference.split_once(':') {
        Some((_, rest)) => rest.rsplit_once(':').map_or(rest, |(path, _)| path),
        None => reference,
    };
    let path = path.strip_suffix(".bicep").or_else(|| path.strip_suffix(".json")).unwrap_or(path);
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let is_generic = ["main", "deploy", "module", "index"].iter().any(|name| file.eq_ignore_ascii_case(name));
    if is_generic { folder.rsplit('/').next().unwrap_or(folder) } else { file }
}

/// `p2sVpnGateway_1` → `p2s`, `vpn`, `gateway`; numbers at the end of a word are dropped.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous = ' ';
    for c in name.chars() {
        let starts = c.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit());
        if !c.is_ascii_alphanumeric() || starts {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    words.push(word);
    for word in &mut words {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether some neighbouring words, written as one, are this run.
fn has_run(words: &[String], run: &str) -> bool {
    (0..words.len()).any(|start| {
        let mut rest = run;
        for word in &words[start..] {
            let Some(shorter) = rest.strip_prefix(word.as_str()) else { return false };
            if shorter.is_empty() {
                return true;
            }
            rest = shorter;
        }
        false
    })
}

fn stand_in(hub_type: &str, kind: &Kind, hub: &HubArgument<'_>, arguments: &[&str]) -> String {
    let argument = hub.argument;
    let (id, name) = if hub.is_id {
        (argument.to_owned(), format!("last(split({argument}, '/'))"))
    } else {
        (format!("resourceId('{hub_type}', {argument})"), argument.to_owned())
    };
    let own_name = arguments.iter().find(|argument| is_own_name(argument)).copied();
    let name_param = own_name.map(|name| format!("param {name} string\n")).unwrap_or_default();
    let symbol_name = match (kind.child, own_name) {
        (true, _) => format!("'${{{name}}}/guessed'"),
        (false, Some(own)) => own.to_owned(),
        // Two modules of one kind for two hubs deploy two things.
        (false, None) => format!("'guessed-${{{name}}}'"),
    };
    let body = kind.body.replace("{id}", &id).replace("{name}", &name);
    format!(
        "param {argument} string\n{name_param}resource guessed '{}@2025-01-01' = {{\n  name: {symbol_name}\n{body}}}\n\
         output name string = guessed.name\noutput resourceId string = guessed.id\noutput id string = guessed.id\n",
        kind.r#type
    )
}

/// `name`, `vpnGatewayName`, `azfwName`: what the module calls what it deploys.
fn is_own_name(argument: &str) -> bool {
    let own = ["gateway", "gw", "firewall", "azfw", "fw", "vpngw", "ergw"];
    match words(argument).as_slice() {
        [only] => only == "name",
        [.., thing, last] => last == "name" && own.contains(&thing.as_str()),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(reference: &str, symbol: &str, arguments: &[&str]) -> Option<String> {
        guess(reference, symbol, arguments).map(|guess| guess.ty)
    }

    #[test]
    fn the_written_guesses_can_be_read() {
        assert!(GUESSES.is_some());
    }

    #[test]
    fn a_gateway_module_is_known_by_its_file_or_its_symbol() {
        let s2s = Some("Microsoft.Network/vpnGateways".to_owned());
        let p2s = Some("Microsoft.Network/p2sVpnGateways".to_owned());
        let er = Some("Microsoft.Network/expressRouteGateways".to_owned());
        assert_eq!(ty("modules/vpn-gateway.bicep", "x", &["name", "virtualHubId"]), s2s);
        assert_eq!(ty("modules/p2s-vpn-gateway/main.bicep", "x", &["vhubId"]), p2s);
        assert_eq!(ty("br/private:net/p2svpngw:1.2", "x", &["virtualHubResourceId"]), p2s);
        assert_eq!(ty("a.bicep", "erGw", &["hubId"]), er);
        assert_eq!(ty("a.bicep", "expressRouteGateway2", &["virtualHubName"]), er);
    }

    #[test]
    fn what_only_sounds_like_a_hub_gateway_is_left_alone() {
        assert_eq!(ty("modules/vpn-site.bicep", "vpnGatewaySite", &["virtualHubId"]), None);
        assert_eq!(ty("modules/vpn-gateway-connection.bicep", "x", &["virtualHubId"]), None);
        assert_eq!(ty("modules/vpn-gateway.bicep", "vpnGw", &["name"]), None, "no hub is named");
        assert_eq!(
            ty("modules/vpn-gateway.bicep", "x", &["hubId", "gatewaySubnetId"]),
            None,
            "a gateway in a VNet"
        );
        assert_eq!(ty("modules/storage.bicep", "store", &["hubId"]), None);
    }

    #[test]
    fn a_guessed_gateway_names_its_hub_by_the_argument() {
        let guess = guess("vpn-gateway.bicep", "gw", &["vpnGatewayName", "vhubName"]).unwrap();
        assert!(
            guess.stub.contains("id: resourceId('Microsoft.Network/virtualHubs', vhubName)"),
            "{}",
            guess.stub
        );
        assert!(guess.stub.contains("name: vpnGatewayName\n"), "{}", guess.stub);
    }
}
