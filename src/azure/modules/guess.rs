//! Guesses what an unreadable module deploys, from its name and the names of its arguments.

use crate::small_sort::SmallSort as _;
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::Deserialize;

use super::stub;

/// A guess about a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The resource type, or the public module or the arguments that the guess is based on.
    pub ty: String,
    /// A Bicep stub for the module.
    pub stub: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Guesses {
    hub_type: String,
    /// Names of arguments with the id of a hub, the most certain first.
    hub_ids: Vec<String>,
    /// Names of arguments with the name of a hub, the most certain first.
    hub_names: Vec<String>,
    /// Names of outputs with the id of the module's own resource.
    own_ids: Vec<String>,
    /// Outputs that are its name.
    own_names: Vec<String>,
    /// Words in the name of an argument that rule out a hub: such a module works on a VNet.
    foreign_arguments: Vec<String>,
    /// Words in the name of a module that rule out every kind.
    foreign_words: Vec<String>,
    kind: Vec<Kind>,
    shape: Vec<Shape>,
}

/// Arguments that show what a module deploys, whatever its name.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Shape {
    /// Argument names that must all be present.
    arguments: Vec<String>,
    /// The public module that it resembles.
    like: Option<String>,
    /// Otherwise a Bicep stub for the module.
    #[serde(default)]
    stub: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Kind {
    r#type: String,
    /// Words joined without separators: `vpngateway`.
    words: Vec<String>,
    /// Bicep with `{id}` and `{name}` for the hub's id and name.
    body: String,
    /// The resource is a child of the hub.
    #[serde(default)]
    child: bool,
}

static GUESSES: LazyLock<Option<Guesses>> =
    LazyLock::new(|| toml::from_str(include_str!("guesses.toml")).ok());

/// An output of a module that is passed to another module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handed<'t> {
    /// The output.
    pub output: &'t str,
    /// The parameter that receives it.
    pub argument: &'t str,
}

/// Guesses what an unreadable module deploys, from its reference, else from its symbol. There is a guess only if an
/// argument names a virtual hub, or if other modules use one of its outputs as a hub.
pub fn guess(reference: &str, symbol: &str, arguments: &[&str], handed: &[Handed<'_>]) -> Option<Guess> {
    let guesses = GUESSES.as_ref()?;
    hub_itself(guesses, reference, arguments, handed)
        .or_else(|| beside_hub(guesses, reference, symbol, arguments))
        .or_else(|| like_public(reference, arguments))
        .or_else(|| by_shape(guesses, reference, arguments))
}

/// Prefix of the path of public modules.
const PUBLIC: &str = "avm/";
const PUBLIC_FOLDERS: [&str; 2] = ["res/", "ptn/"];

/// A guess for a module in another registry with the path and the parameters of a public module, such as
/// `br/contoso:res/network/virtual-network:1.0`: it is a copy, or similar enough.
fn like_public(reference: &str, arguments: &[&str]) -> Option<Guess> {
    let path = path_in_registry(reference)?;
    let at = PUBLIC_FOLDERS.iter().find_map(|folder| {
        let at = path.find(folder)?;
        (at == 0 || path[..at].ends_with('/')).then_some(at)
    })?;
    let public = format!("{PUBLIC}{}", &path[at..]);
    let stub = stub(&public)?;
    takes(stub, arguments).then(|| Guess { ty: public, stub: stub.to_owned() })
}

/// A guess for a registry module with the arguments of a known shape.
fn by_shape(guesses: &Guesses, reference: &str, arguments: &[&str]) -> Option<Guess> {
    path_in_registry(reference)?;
    let is_given = |name: &String| arguments.contains(&name.as_str());
    let shape = guesses.shape.iter().find(|shape| shape.arguments.iter().all(is_given))?;
    match &shape.like {
        Some(public) => {
            let stub = stub(public)?;
            takes(stub, arguments).then(|| Guess { ty: public.clone(), stub: stub.to_owned() })
        }
        None => Some(Guess { ty: shape.arguments.join(", "), stub: shape.stub.clone() }),
    }
}

/// Ex) `br/contoso:net/vpn:1.0` → `net/vpn`; `None` for a file.
fn path_in_registry(reference: &str) -> Option<&str> {
    let (_, rest) = reference.split_once(':')?;
    let rest = rest.split_once('@').map_or(rest, |(path, _)| path);
    Some(rest.rsplit_once(':').map_or(rest, |(path, _)| path))
}

/// Whether a call passes all required parameters of a stub.
fn takes(stub: &str, arguments: &[&str]) -> bool {
    let declared = stub.lines().filter_map(|line| line.strip_prefix("param "));
    let mut must = declared.filter(|declared| !declared.contains(" = ") && !declared.ends_with('?'));
    must.all(|declared| declared.split(' ').next().is_some_and(|name| arguments.contains(&name)))
}

/// A guess for the module that deploys the hub, if others use its outputs as id and as name. If all use the same output, no
/// guess is needed.
fn hub_itself(
    guesses: &Guesses,
    reference: &str,
    arguments: &[&str],
    handed: &[Handed<'_>],
) -> Option<Guess> {
    let is_in = |known: &[String], name: &str| known.iter().any(|one| one.eq_ignore_ascii_case(name));
    let outputs = |given: &[String], own: &[String]| {
        let of_hub = handed.iter().filter(|one| is_in(given, one.argument));
        let mut outputs: Vec<String> = of_hub
            .filter(|one| is_in(given, one.output) || is_in(own, one.output))
            .map(|one| one.output.to_owned())
            .collect();
        outputs.small_sort();
        outputs.dedup();
        outputs
    };
    let ids = outputs(&guesses.hub_ids, &guesses.own_ids);
    let names = outputs(&guesses.hub_names, &guesses.own_names);
    if ids.len() + names.len() < 2 {
        return None;
    }
    let of_file = words(stem(reference));
    let is_foreign = guesses.foreign_words.iter().any(|foreign| has_run(&of_file, foreign));
    // A module that receives a hub may only pass it on.
    if is_foreign || hub_argument(guesses, arguments).is_some_and(|hub| hub.is_id) {
        return None;
    }
    let own = |argument: &&&str| argument.eq_ignore_ascii_case("name") || is_in(&guesses.hub_names, argument);
    let own = arguments.iter().find(own).copied();
    let mut stub = own.map_or_else(String::new, |own| format!("param {own} string\n"));
    // Each deployment of the call gets a different name.
    let name = own.unwrap_or("unknown('hub', deployment().name)");
    let ty = &guesses.hub_type;
    let _ = writeln!(stub, "resource guessed '{ty}@2025-01-01' = {{\n  name: {name}\n}}");
    for (outputs, value) in [(ids, "guessed.id"), (names, "guessed.name")] {
        for output in outputs {
            let _ = writeln!(stub, "output {output} string = {value}");
        }
    }
    Some(Guess { ty: ty.clone(), stub })
}

fn beside_hub(guesses: &Guesses, reference: &str, symbol: &str, arguments: &[&str]) -> Option<Guess> {
    let argument_speaks_against = arguments.iter().any(|argument| {
        let words = words(argument);
        guesses.foreign_arguments.iter().any(|foreign| has_run(&words, foreign))
    });
    if argument_speaks_against {
        return None;
    }
    let hub = hub_argument(guesses, arguments)?;
    let kind = kind_of(guesses, &words(stem(reference))).or_else(|| kind_of(guesses, &words(symbol)))?;
    Some(Guess { ty: kind.r#type.clone(), stub: stand_in(&guesses.hub_type, kind, &hub, arguments) })
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

/// Whether consecutive words, joined, equal `run`.
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
        // Two modules of one kind for two hubs deploy two resources.
        (false, None) => format!("'guessed-${{{name}}}'"),
    };
    let body = kind.body.replace("{id}", &id).replace("{name}", &name);
    format!(
        "param {argument} string\n{name_param}resource guessed '{}@2025-01-01' = {{\n  name: {symbol_name}\n{body}}}\n\
         output name string = guessed.name\noutput resourceId string = guessed.id\noutput id string = guessed.id\n",
        kind.r#type
    )
}

/// Whether an argument is the name of the module's own resource: `name`, `vpnGatewayName`, `azfwName`.
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
        guess(reference, symbol, arguments, &[]).map(|guess| guess.ty)
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
    fn a_gateway_has_a_name_of_its_own() {
        for name in ["name", "gatewayName", "erGwName", "hubFirewallName"] {
            assert!(is_own_name(name), "{name}");
        }
        for other in ["gatewaySize", "hubName", "gateway", "size", ""] {
            assert!(!is_own_name(other), "{other}");
        }
    }

    #[test]
    fn a_hub_is_recognized_by_the_users_of_its_outputs() {
        let both = [
            Handed { output: "name", argument: "vhubName" },
            Handed { output: "resourceId", argument: "virtualHubResourceId" },
        ];
        let hub = |reference: &str, symbol: &str, arguments: &[&str], handed: &[Handed<'_>]| {
            guess(reference, symbol, arguments, handed).map(|guess| guess.stub)
        };
        let stub = hub("../vhub/main.bicep", "x", &[], &both).unwrap();
        assert!(stub.contains("output name string = guessed.name\n"), "{stub}");
        assert!(stub.contains("output resourceId string = guessed.id\n"), "{stub}");
        let named = hub("a.bicep", "hub", &["hubName"], &both).unwrap();
        assert!(named.contains("param hubName string\n") && named.contains("name: hubName\n"), "{named}");
        assert_eq!(hub("../vhub/main.bicep", "x", &[], &both[..1]), None, "all are given one output");
        assert!(hub("core.bicep", "core", &["location"], &both).is_some(), "whatever it is called");
        assert_eq!(hub("vhub-connection.bicep", "x", &[], &both), None);
        assert_eq!(hub("hub.bicep", "x", &["virtualHubId"], &both), None, "it may hand on what it is given");
        let other = [Handed { output: "tableId", argument: "virtualHubId" }, both[0]];
        assert_eq!(hub("hub.bicep", "x", &[], &other), None, "the id of something else");
    }

    #[test]
    fn a_module_of_another_registry_is_like_the_public_one_of_its_path() {
        let subnet = ["virtualNetworkName", "name", "addressPrefix"];
        let like = Some("avm/res/network/virtual-network/subnet".to_owned());
        assert_eq!(ty("br/contoso:res/network/virtual-network/subnet:1.0", "x", &subnet), like);
        assert_eq!(ty("br:contoso.io/a/res/network/virtual-network/subnet@sha256:1", "x", &subnet), like);
        assert_eq!(ty("br/contoso:res/network/virtual-network/subnet:1.0", "x", &["name"]), None);
        assert_eq!(ty("br/contoso:lores/network/virtual-network/subnet:1.0", "x", &subnet), None);
        assert_eq!(ty("./res/network/virtual-network/subnet.bicep", "x", &subnet), None, "a file");
    }

    #[test]
    fn arguments_show_what_a_module_of_a_registry_deploys() {
        let shape = |arguments: &[&str]| ty("br/contoso:a/b:1.0", "x", arguments);
        assert_eq!(shape(&["name", "privateEndpoints"]), Some("privateEndpoints".to_owned()));
        let network = Some("avm/res/network/virtual-network".to_owned());
        assert_eq!(shape(&["name", "addressPrefixes", "subnets"]), network);
        assert_eq!(shape(&["name", "subnets"]), None);
        assert_eq!(shape(&["name", "diagnosticSettings"]), None, "each is of its own resource");
        assert_eq!(ty("./a.bicep", "x", &["privateEndpoints"]), None, "a file");
    }

    #[test]
    fn names_that_only_resemble_a_hub_gateway_are_ignored() {
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
        let guess = guess("vpn-gateway.bicep", "gw", &["vpnGatewayName", "vhubName"], &[]).unwrap();
        assert!(
            guess.stub.contains("id: resourceId('Microsoft.Network/virtualHubs', vhubName)"),
            "{}",
            guess.stub
        );
        assert!(guess.stub.contains("name: vpnGatewayName\n"), "{}", guess.stub);
    }
}
