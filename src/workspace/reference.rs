//! References to modules: local paths, registries, template specs.

use std::path::{Path, PathBuf};

use super::bicep_config::BicepConfig;

/// The target that a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A file, relative to the referencing one.
    Local(PathBuf),
    /// An artifact of a registry.
    Registry(Artifact),
    /// A template spec.
    Spec {
        /// Subscription.
        subscription: String,
        /// Resource group.
        group: String,
        /// Name.
        spec: String,
        /// Version.
        version: String,
    },
    /// Not understood, and why.
    Wrong(String),
}

/// An artifact of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Host, as written.
    pub registry: String,
    /// Path in the registry.
    pub repository: String,
    /// Tag, or `sha256:…`.
    pub version: String,
}

/// Parses a reference of a template. The path of a mocked alias is relative to the configuration file.
pub fn parse(reference: &str, config: &BicepConfig) -> Reference {
    let Some((scheme, rest)) = reference.split_once(':') else {
        return Reference::Local(PathBuf::from(reference));
    };
    let (scheme, alias) =
        scheme.split_once('/').map_or((scheme, None), |(scheme, alias)| (scheme, Some(alias)));
    match (scheme, alias) {
        ("br", None) => artifact(rest),
        ("br", Some(alias)) => {
            if let Some(folder) = config.mocks.get(alias) {
                let module = rest.split([':', '@']).next().unwrap_or(rest);
                return Reference::Local(folder.join(format!("{module}.bicep")));
            }
            match config.registries.get(alias) {
                Some((registry, Some(path))) => artifact(&format!("{registry}/{path}/{rest}")),
                Some((registry, None)) => artifact(&format!("{registry}/{rest}")),
                None => Reference::Wrong(format!("the alias `{alias}` is not configured")),
            }
        }
        ("ts", None) => spec(rest),
        ("ts", Some(alias)) => match config.specs.get(alias) {
            Some((subscription, group)) => spec(&format!("{subscription}/{group}/{rest}")),
            None => Reference::Wrong(format!("the alias `{alias}` is not configured")),
        },
        _ => Reference::Wrong(format!("the scheme `{scheme}` is not known")),
    }
}

fn artifact(rest: &str) -> Reference {
    let wrong = || Reference::Wrong("a registry reference is written `br:registry/path:tag`".to_owned());
    let Some((registry, path)) = rest.split_once('/') else { return wrong() };
    let (repository, version) = match path.split_once('@') {
        Some(found) => found,
        None => match path.rsplit_once(':') {
            Some(found) => found,
            None => return wrong(),
        },
    };
    Reference::Registry(Artifact {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        version: version.to_owned(),
    })
}

fn spec(rest: &str) -> Reference {
    let parts: Vec<&str> = rest.split('/').collect();
    match parts[..] {
        [subscription, group, last] if last.contains(':') => {
            let (spec, version) = last.split_once(':').unwrap_or((last, ""));
            Reference::Spec {
                subscription: subscription.to_lowercase(),
                group: group.to_lowercase(),
                spec: spec.to_lowercase(),
                version: version.to_lowercase(),
            }
        }
        _ => Reference::Wrong("a template spec is written `ts:subscription/group/spec:version`".to_owned()),
    }
}

/// The path of a restored artifact in the compiler's cache, whose root is given.
pub fn cached(root: &Path, reference: &Reference) -> Option<PathBuf> {
    match reference {
        Reference::Registry(Artifact { registry, repository, version }) => {
            let version = if version.contains(':') { version.replace(':', "#") } else { masked(version) };
            let registry = registry.to_lowercase().replace(':', "$");
            Some(
                root.join("br")
                    .join(registry)
                    .join(repository.replace('/', "$"))
                    .join(version)
                    .join("main.json"),
            )
        }
        Reference::Spec { subscription, group, spec, version } => {
            Some(root.join("ts").join(subscription).join(group).join(spec).join(version).join("main.json"))
        }
        Reference::Local(_) | Reference::Wrong(_) => None,
    }
}

/// The reference to a restored artifact, by where the compiler keeps it. Ex) `br/public:avm/res/network/virtual-hub:0.4.3`
pub fn of_cached(path: &str) -> Option<String> {
    let mut parts = path.rsplit(['/', '\\']).skip(1);
    let (version, name, third, fourth) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if fourth == "br" {
        let version = version.rsplit_once('$').map_or(version, |(tag, _)| tag);
        let (registry, name) = (third.replace('$', ":"), name.replace('$', "/"));
        // A digest keeps its sign.
        let sign = if version.contains('#') { "@" } else { ":" };
        let version = version.replace('#', ":");
        return Some(match name.strip_prefix("bicep/").filter(|_| registry == "mcr.microsoft.com") {
            Some(public) => format!("br/public:{public}{sign}{version}"),
            None => format!("br:{registry}/{name}{sign}{version}"),
        });
    }
    let is_spec = parts.next() == Some("ts");
    is_spec.then(|| format!("ts:{fourth}/{third}/{name}:{version}"))
}

/// A tag with the mask of its capital letters behind `$`, so that file systems that fold case keep tags apart.
fn masked(tag: &str) -> String {
    let mut words: Vec<u64> = vec![0; tag.len().div_ceil(64)];
    for (at, byte) in tag.bytes().enumerate() {
        if byte.is_ascii_uppercase() {
            words[at / 64] |= 1 << (at % 64);
        }
    }
    match words[..] {
        [low] if low > 0 => format!("{tag}${low:X}"),
        [low, high] if low > 0 || high > 0 => format!("{tag}${high:X}{low:016X}"),
        _ => format!("{tag}$"),
    }
}

/// The paths under which a module may be known: that of a public module; for another registry the path there and each suffix
/// after a slash, longest first: `team/net/vpn`, `net/vpn`, `vpn`.
pub fn known_paths(reference: &Reference) -> impl Iterator<Item = &str> {
    let public = public_path(reference);
    let private = match reference {
        Reference::Registry(artifact) if public.is_none() => Some(artifact.repository.as_str()),
        _ => None,
    };
    let shorter = std::iter::successors(private, |path| path.split_once('/').map(|(_, rest)| rest));
    public.into_iter().chain(shorter)
}

/// The path that identifies a public module, without registry prefix and version: `avm/res/network/vpn-gateway`.
pub fn public_path(reference: &Reference) -> Option<&str> {
    let Reference::Registry(artifact) = reference else { return None };
    let is_public = artifact.registry.eq_ignore_ascii_case("mcr.microsoft.com");
    is_public.then(|| artifact.repository.strip_prefix("bicep/").unwrap_or(&artifact.repository))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_carry_the_mask_of_their_capitals() {
        assert_eq!(masked("0.9.1"), "0.9.1$");
        assert_eq!(masked("V1"), "V1$1");
        assert_eq!(masked("aB-C"), "aB-C$A");
    }

    #[test]
    fn what_is_cached_is_known_by_its_reference() {
        let table = [
            ("br:mcr.microsoft.com/bicep/avm/res/x:1.0.0", "br/public:avm/res/x:1.0.0"),
            ("br:r.example.com:5000/a/b:V1", "br:r.example.com:5000/a/b:V1"),
            ("br:r.example.com/a@sha256:0f", "br:r.example.com/a@sha256:0f"),
            ("ts:sub/group/spec:v1", "ts:sub/group/spec:v1"),
        ];
        for (written, told) in table {
            let path = cached(Path::new("/home/a/.bicep"), &parse(written, &BicepConfig::default())).unwrap();
            assert_eq!(of_cached(&path.to_string_lossy()).as_deref(), Some(told), "{written}");
        }
        assert_eq!(of_cached("modules/net/hub/main.json"), None);
        assert_eq!(of_cached("main.json"), None);
    }

    #[test]
    fn the_public_alias_is_known() {
        let config = BicepConfig::default();
        let reference = parse("br/public:avm/res/network/vpn-gateway:0.3.0", &config);
        assert_eq!(public_path(&reference), Some("avm/res/network/vpn-gateway"));
        let path = cached(Path::new("/c"), &reference).unwrap();
        assert_eq!(
            path,
            Path::new("/c/br/mcr.microsoft.com/bicep$avm$res$network$vpn-gateway/0.3.0$/main.json")
        );
    }

    #[test]
    fn specs_have_three_parts() {
        let config = BicepConfig::default();
        assert!(matches!(parse("ts:S/g/hub:1.0", &config), Reference::Spec { spec, .. } if spec == "hub"));
        assert!(matches!(parse("ts:hub:1.0", &config), Reference::Wrong(_)));
        assert!(matches!(parse("br/none:a:1", &config), Reference::Wrong(_)));
        assert_eq!(parse("./a.bicep", &config), Reference::Local("./a.bicep".into()));
    }
}
