//! `bicepconfig.json`: the settings of the compiler that decide which files are read and what they mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::limit::Limit;

use super::file_system::{FileSystem, normal, text};
use crate::door::Boundary;
use crate::template::arm::json;

/// Name of the compiler's configuration file.
pub const NAME: &str = "bicepconfig.json";

/// A cloud of Microsoft, whose `environment()` is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// The public cloud, `AzureCloud`.
    Public,
    /// Azure operated by 21Vianet.
    China,
    /// Azure Government.
    UsGovernment,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::China, Self::UsGovernment];

    /// The name of its profile, which is `environment().name` there.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "AzureCloud",
            Self::China => "AzureChinaCloud",
            Self::UsGovernment => "AzureUSGovernment",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.name().eq_ignore_ascii_case(name))
    }
}
/// The key that names the root of the module cache.
const CACHE: &str = "cacheRootDirectory";

/// The settings that are read from `bicepconfig.json`.
#[derive(Clone, Debug)]
pub struct BicepConfig {
    /// Registry aliases: host, and path in it.
    pub registries: BTreeMap<String, (String, Option<String>)>,
    /// Registry aliases that are mapped to a folder.
    pub mocks: BTreeMap<String, PathBuf>,
    /// Template spec aliases: subscription and resource group.
    pub specs: BTreeMap<String, (String, String)>,
    /// The root of the module cache.
    pub cache: Option<PathBuf>,
    /// Whether a file inside the boundary names that root. Such a file is not trusted.
    pub is_cache_of_run: bool,
    /// Experimental features that are on.
    pub features: Vec<String>,
    /// The cloud of `cloud.currentProfile`, by default the public one; `None` for a custom profile.
    pub cloud: Option<Cloud>,
    /// The files that it was read from, the nearest first, including those that it names and that do not exist.
    pub files: Arc<[PathBuf]>,
}

impl Default for BicepConfig {
    fn default() -> Self {
        let public = ("mcr.microsoft.com".to_owned(), Some("bicep".to_owned()));
        Self {
            registries: BTreeMap::from([("public".to_owned(), public)]),
            mocks: BTreeMap::new(),
            specs: BTreeMap::new(),
            cache: default_cache(),
            is_cache_of_run: false,
            features: Vec::new(),
            cloud: Some(Cloud::Public),
            files: Arc::default(),
        }
    }
}

/// The compiler's default cache of restored modules.
pub fn default_cache() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".bicep"))
}

/// The configuration for the files of a folder: the nearest `bicepconfig.json` above it, merged with the files that it extends.
/// A file that cannot be read counts as empty, and is reported. Like the compiler it also looks above the boundary; such a file
/// belongs to the user and is never quoted. A file inside the boundary cannot lead outside.
pub fn nearest(files: &dyn FileSystem, folder: &Path, boundary: &Boundary) -> (BicepConfig, Vec<String>) {
    let everywhere = Boundary::everywhere();
    let mut mistakes = Vec::new();
    let found = folder.ancestors().find_map(|folder| {
        let (path, is_inside) = (folder.join(NAME), boundary.holds(folder));
        let scope = if is_inside { boundary } else { &everywhere };
        let is_there = !files.look(&path, scope).is_err_and(|unread| unread.is_absent());
        is_there.then_some((path, is_inside, scope))
    });
    let Some((path, is_inside, scope)) = found else { return (BicepConfig::default(), mistakes) };
    let mut merged = Value::Null;
    let mut chain: Vec<PathBuf> = Vec::new();
    let mut next = Some(normal(&path));
    while let Some(path) = next.take() {
        if let Err(reached) = Limit::ConfigurationChain.check(chain.len() + 1) {
            mistakes.push(reached.to_string());
            break;
        }
        if chain.contains(&path) {
            mistakes.push(format!("`{}` extends itself", path.display()));
            break;
        }
        match settings(files, &path, scope) {
            Ok(mut value) => {
                if let Some(base) = value.get("extends").and_then(Value::as_str) {
                    next = path.parent().map(|folder| normal(&folder.join(base)));
                }
                let folder = path.parent().unwrap_or(Path::new(""));
                absolute_paths(&mut value, folder);
                join(&mut merged, value);
            }
            Err(why) => mistakes.push(format!("`{}` is not used: {why}", path.display())),
        }
        chain.push(path);
    }
    let is_cache_of_run = is_inside && merged.get(CACHE).is_some();
    (BicepConfig { is_cache_of_run, files: chain.into(), ..read(&merged) }, mistakes)
}

/// The settings of one file. An error quotes nothing from the file.
fn settings(files: &dyn FileSystem, path: &Path, scope: &Boundary) -> Result<Value, String> {
    let seen = files.look(path, scope).map_err(|unread| unread.to_string())?;
    Limit::SettingsBytes.check(seen.bytes).map_err(|reached| reached.to_string())?;
    let bytes = files.read_seen(path, &seen, scope).map_err(|unread| unread.to_string())?;
    let value = text(bytes).ok().and_then(|text| json::plain(&text));
    value.ok_or_else(|| "it is not JSON".to_owned())
}

/// Makes the folders of mocks and of the cache absolute: they are written relative to their file.
fn absolute_paths(value: &mut Value, folder: &Path) {
    let absolute = |path: &str| {
        let path = normal(&folder.join(path));
        Value::String(path.to_string_lossy().into_owned())
    };
    let mocks = value.pointer_mut("/moduleAliasesMock/br").and_then(Value::as_object_mut);
    for mock in mocks.into_iter().flat_map(serde_json::Map::values_mut) {
        if let Some(path) = mock.get("mapToFilePath").and_then(Value::as_str) {
            mock["mapToFilePath"] = absolute(path);
        }
    }
    // `~` is the home folder, wherever the file is.
    if let Some(path) = value.get(CACHE).and_then(Value::as_str).filter(|path| !path.starts_with('~')) {
        value[CACHE] = absolute(path);
    }
}

/// Merges settings: values of `upper` win, missing ones are taken from `lower`.
fn join(upper: &mut Value, lower: Value) {
    match (upper, lower) {
        (Value::Object(upper), Value::Object(lower)) => {
            for (key, value) in lower {
                match upper.get_mut(&key) {
                    Some(known) => join(known, value),
                    None => {
                        upper.insert(key, value);
                    }
                }
            }
        }
        (upper @ Value::Null, lower) => *upper = lower,
        _ => {}
    }
}

fn read(value: &Value) -> BicepConfig {
    let mut config = BicepConfig::default();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let entries = |pointer: &str| value.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
    for (alias, value) in entries("/moduleAliases/br") {
        if let Some(registry) = text(value, "registry") {
            config.registries.insert(alias.clone(), (registry, text(value, "modulePath")));
        }
    }
    for (alias, value) in entries("/moduleAliases/ts") {
        if let (Some(subscription), Some(group)) = (text(value, "subscription"), text(value, "resourceGroup"))
        {
            config.specs.insert(alias.clone(), (subscription, group));
        }
    }
    for (alias, value) in entries("/moduleAliasesMock/br") {
        if let Some(folder) = text(value, "mapToFilePath") {
            config.mocks.insert(alias.clone(), PathBuf::from(folder));
        }
    }
    if let Some(cache) = text(value, CACHE) {
        config.cache = match cache.strip_prefix('~') {
            Some(rest) => std::env::home_dir().map(|home| home.join(rest.trim_start_matches(['/', '\\']))),
            None => Some(PathBuf::from(cache)),
        };
    }
    if let Some(profile) = value.pointer("/cloud/currentProfile").and_then(Value::as_str) {
        config.cloud = Cloud::named(profile);
    }
    let on = |(name, value): (&String, &Value)| (value == &Value::Bool(true)).then(|| name.clone());
    config.features = entries("/experimentalFeaturesEnabled").filter_map(on).collect();
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::file_system::Memory;

    #[test]
    fn the_nearest_configuration_is_joined_with_what_it_extends() {
        let files = Memory::default()
            .with(
                "/repo/base.json",
                r#"{ "moduleAliases": { "br": { "acme": { "registry": "acme.io", "modulePath": "m" } } } }"#,
            )
            .with(
                "/repo/app/bicepconfig.json",
                "{ // ours\n \"extends\": \"../base.json\", \"cacheRootDirectory\": \"/c\" }",
            )
            .with("/repo/bicepconfig.json", "{ \"cacheRootDirectory\": \"/not-this\" }");
        let (config, mistakes) = nearest(&files, Path::new("/repo/app/modules"), &Boundary::everywhere());
        assert_eq!(config.cache.as_deref(), Some(Path::new("/c")));
        assert_eq!(config.registries["acme"], ("acme.io".to_owned(), Some("m".to_owned())));
        assert!(config.registries.contains_key("public"));
        assert!(mistakes.is_empty());
    }

    #[test]
    fn the_profile_names_the_cloud() {
        let cloud = |config: &str| {
            let files = Memory::default().with("/a/bicepconfig.json", config);
            nearest(&files, Path::new("/a"), &Boundary::everywhere()).0.cloud
        };
        assert_eq!(cloud("{}"), Some(Cloud::Public));
        assert_eq!(cloud(r#"{ "cloud": { "credentialPrecedence": [] } }"#), Some(Cloud::Public));
        assert_eq!(cloud(r#"{ "cloud": { "currentProfile": "AzureChinaCloud" } }"#), Some(Cloud::China));
        assert_eq!(cloud(r#"{ "cloud": { "currentProfile": "Stack" } }"#), None);
    }

    #[test]
    fn a_circle_of_extends_is_told() {
        let files = Memory::default().with("/a/bicepconfig.json", r#"{ "extends": "bicepconfig.json" }"#);
        assert_eq!(nearest(&files, Path::new("/a"), &Boundary::everywhere()).1.len(), 1);
    }
}
