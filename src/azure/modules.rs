//! Public modules whose source is not available: stubs for known modules, and guesses from names.

pub mod form;
mod guess;

use std::sync::LazyLock;

pub use guess::{Guess, Handed, guess};

/// The paths and stubs of all known modules. The build compresses them, because they are larger than all other data of the
/// binary, and a run without public modules needs none.
static TEXT: LazyLock<String> =
    LazyLock::new(|| super::unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/modules.lz4"))));

/// Path (lower case) and stub of every known module, sorted by path.
static STUBS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let (paths, text) = TEXT.split_once("\n\n").unwrap_or_default();
    let begins = paths.lines().filter_map(|line| {
        let (path, begin) = line.split_once(' ')?;
        Some((path, begin.parse().ok()?))
    });
    let begins: Vec<(&str, usize)> = begins.collect();
    let ends = begins.iter().skip(1).map(|&(_, begin)| begin).chain([text.len()]);
    let stubs =
        begins.iter().zip(ends).filter_map(|(&(path, begin), end)| Some((path, text.get(begin..end)?)));
    stubs.collect()
});

/// The stub of a module by its registry path (without registry and version, any case): a small Bicep text with the same effects
/// as the module.
pub fn stub(registry_path: &str) -> Option<&'static str> {
    let path = registry_path.to_ascii_lowercase();
    let index = STUBS.binary_search_by(|(known, _)| (*known).cmp(path.as_str())).ok()?;
    STUBS.get(index).map(|&(_, stub)| stub)
}

/// The registry paths of all known modules, sorted.
pub fn known_paths() -> impl Iterator<Item = &'static str> {
    STUBS.iter().map(|&(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_module_has_a_stub_that_names_the_hub() {
        let stub = stub("avm/res/network/VPN-gateway").unwrap();
        assert!(stub.contains("\nparam virtualHubResourceId string\n"), "{stub}");
        assert!(stub.contains("    virtualHub: {\n      id: virtualHubResourceId\n    }\n"), "{stub}");
        let id = "output resourceId string = resourceId('Microsoft.Network/vpnGateways', name)\n";
        assert!(stub.contains(id), "{stub}");
    }

    #[test]
    fn a_list_of_one_stands_for_a_list() {
        let text = "[[module]]\npath = 'a'\n[[module.resource]]\nsymbol = 'x'\ntype = 'A.B/c'\nname = 'n'\n\
                    [module.resource.body]\n'properties.ipConfigurations[*].properties.subnet.id' = 'id'\n";
        let (_, stub) = form::stubs_of(text).unwrap().remove(0);
        assert!(stub.contains("    ipConfigurations: [\n      {\n        properties: {\n"), "{stub}");
    }

    #[test]
    fn a_known_module_calls_only_known_modules() {
        let stub = stub("avm/res/network/virtual-network").unwrap();
        let call = "@batchSize(1)\nmodule virtualNetwork_subnets 'known:avm/res/network/virtual-network/subnet' = [for ";
        assert!(stub.contains(call), "{stub}");
        for path in known_paths() {
            let stub = super::stub(path).unwrap();
            for (_, called) in stub.lines().filter_map(|line| line.split_once("'known:")) {
                let called = called.split('\'').next().unwrap();
                assert!(
                    known_paths().any(|known| known.eq_ignore_ascii_case(called)),
                    "{path} calls {called}"
                );
            }
        }
    }

    #[test]
    fn an_unknown_module_has_none() {
        assert_eq!(stub("avm/res/network/vpn-sites"), None);
    }

    #[test]
    fn a_mistake_in_a_description_is_reported_at_its_place() {
        let text = "[[module]]\npath = 'a'\n[[module.resource]]\nsymbol = 'x'\ntype = 'A.B/c'\nname = 'n'\nparent = 'y'\n";
        let mistakes = form::stubs_of(text).unwrap_err();
        assert_eq!(mistakes[0].message, "no resource has the symbol `y`");
        assert_eq!(&text[mistakes[0].span.clone()], "'x'");
    }
}
