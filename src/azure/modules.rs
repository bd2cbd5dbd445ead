//! Public modules whose text is not at hand: what is known about them, and what can be guessed from their names.

pub mod form;
mod guess;

pub use guess::{Guess, guess};

mod known {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}

/// A small Bicep text that deploys what the module of this registry path (without registry and version, any case) deploys,
/// as far as it matters here.
pub fn stub(registry_path: &str) -> Option<&'static str> {
    let path = registry_path.to_ascii_lowercase();
    let index = known::STUBS.binary_search_by(|(known, _)| (*known).cmp(path.as_str())).ok()?;
    known::STUBS.get(index).map(|(_, stub)| *stub)
}

/// The registry paths of all known modules, sorted.
pub fn known_paths() -> impl Iterator<Item = &'static str> {
    known::STUBS.iter().map(|(path, _)| *path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_module_has_a_stand_in_that_names_the_hub() {
        let stub = stub("avm/res/network/VPN-gateway").unwrap();
        assert!(stub.starts_with("param name string\nparam virtualHubResourceId string\n"), "{stub}");
        assert!(stub.contains("    virtualHub: {\n      id: virtualHubResourceId\n    }\n"), "{stub}");
        assert!(stub.contains("output resourceId string = gateway.id\n"), "{stub}");
    }

    #[test]
    fn a_list_of_one_stands_for_a_list() {
        let stub = stub("avm/res/network/azure-firewall").unwrap();
        assert!(stub.contains("    ipConfigurations: [\n      {\n        properties: {\n"), "{stub}");
    }

    #[test]
    fn an_unknown_module_has_none() {
        assert_eq!(stub("avm/res/network/vpn-site"), None);
    }

    #[test]
    fn a_mistake_in_a_description_is_found_where_it_stands() {
        let text = "[[module]]\npath = 'a'\n[[module.resource]]\nsymbol = 'x'\ntype = 'A.B/c'\nname = 'n'\nparent = 'y'\n";
        let mistakes = form::stubs_of(text).unwrap_err();
        assert_eq!(mistakes[0].message, "no resource is called `y`");
        assert_eq!(&text[mistakes[0].span.clone()], "'x'");
    }
}
