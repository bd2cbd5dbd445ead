//! Finds the template of a JSON parameter file, which does not name it, by the file's name and folder.
//!
//! ```text
//! infra/main.parameters.json                  infra/main.bicep
//! hub/parameters/hub.parameters.min.json      hub/hub.bicep
//! infra/params/dev.parameters.json            what `azure.yaml` above names
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::content::yaml;
use super::file_system::{FileSystem, normal, text};
use crate::door::Boundary;
use crate::limit::Limit;
use crate::small_sort::SmallSort as _;

/// Separates the template's name from the rest in the name of a parameter file.
const MARK: &str = ".parameters";
/// Folders for parameter files; the template is in the parent folder.
const FOLDERS: [&str; 2] = ["parameters", "params"];
/// The file of a project of the Azure Developer CLI.
const PROJECTS: [&str; 2] = ["azure.yaml", "azure.yml"];

/// Whether a name is that of a JSON parameter file: `main.parameters.json`, `main.parameters.prod.json`.
pub fn is_parameters(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(stem) = end_of(name, ".json").map(|end| &name[..end]) else { return false };
    let mark = stem.to_ascii_lowercase();
    mark.find(MARK)
        .is_some_and(|at| at > 0 && matches!(mark.as_bytes().get(at + MARK.len()), None | Some(b'.')))
}

fn end_of(name: &str, ending: &str) -> Option<usize> {
    let at = name.len().checked_sub(ending.len())?;
    name.get(at..).filter(|end| end.eq_ignore_ascii_case(ending)).map(|_| at)
}

/// The possible names of the template of a parameter file, the most likely first. Ex) for
/// `mc-hub.dev.parameters.min.json` `mc-hub.dev`, `mc-hub`, `hub.dev`, then `hub`
fn stems(path: &Path) -> Vec<String> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(mut stem) = end_of(name, ".json").map(|end| &name[..end]) else { return Vec::new() };
    if let Some(mark) = stem.to_ascii_lowercase().find(MARK) {
        stem = &stem[..mark];
    }
    let mut all = Vec::new();
    while !stem.is_empty() {
        all.push(stem.to_owned());
        stem = stem.rfind('.').map_or("", |dot| &stem[..dot]);
    }
    // The part before a dash may be the environment. Ex) `mc-hub.parameters.json` for `hub.bicep`
    let behind: Vec<String> =
        all.iter().filter_map(|stem| stem.split_once('-')).map(|(_, behind)| behind.to_owned()).collect();
    all.extend(behind.into_iter().filter(|stem| !stem.is_empty()));
    all
}

/// The folders that may contain the template of a parameter file.
fn folders(path: &Path) -> Vec<&Path> {
    let own = path.parent();
    let name = own.and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let is_theirs = FOLDERS.iter().any(|folder| name.eq_ignore_ascii_case(folder));
    let above = own.and_then(Path::parent).filter(|_| is_theirs);
    own.into_iter().chain(above).collect()
}

/// The possible paths of the template of a parameter file, in order. An `azure.yaml` stands for the template that it
/// names.
pub fn candidates(path: &Path) -> Vec<PathBuf> {
    let mut all = of_name(path, "bicep");
    let above = path.ancestors().skip(1);
    all.extend(above.flat_map(|folder| PROJECTS.map(|name| folder.join(name))));
    all.extend(of_name(path, "json"));
    all
}

fn of_name(path: &Path, ending: &str) -> Vec<PathBuf> {
    let in_folders = |stem: String| {
        let name = format!("{stem}.{ending}");
        folders(path).into_iter().map(move |folder| folder.join(&name)).collect::<Vec<_>>()
    };
    let mut all: Vec<PathBuf> = stems(path).into_iter().flat_map(in_folders).collect();
    all.retain(|other| other != path);
    all
}

/// The template of a parameter file: a Bicep file of the same name, otherwise the template that its `azure.yaml`
/// deploys, otherwise an ARM template of the same name.
pub fn template_of(files: &dyn FileSystem, boundary: &Boundary, path: &Path) -> Option<PathBuf> {
    let is_there = |path: &PathBuf| files.look(path, boundary).is_ok();
    let bicep = of_name(path, "bicep").into_iter().find(is_there);
    let project = || of_project(files, boundary, path).into_iter().find(is_there);
    let arm = || of_name(path, "json").into_iter().find(is_there);
    bicep.or_else(project).or_else(arm)
}

/// The parts of `azure.yaml` that determine what is deployed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Project {
    infra: Infra,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Infra {
    provider: Option<String>,
    path: Option<String>,
    module: Option<String>,
    layers: Vec<Layer>,
}

/// A layer of a project that is deployed separately.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Layer {
    path: Option<String>,
    module: Option<String>,
}

/// The templates that the nearest project above deploys from the folder of a parameter file, the deepest folder first.
fn of_project(files: &dyn FileSystem, boundary: &Boundary, path: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().skip(1);
    let mut found = above.filter_map(|folder| {
        let read = PROJECTS.iter().find_map(|name| project(files, boundary, &folder.join(name)));
        read.map(|project| (folder, project))
    });
    let Some((folder, Project { infra })) = found.next() else { return Vec::new() };
    if infra.provider.is_some_and(|provider| !provider.eq_ignore_ascii_case("bicep")) {
        return Vec::new();
    }
    let main = Layer { path: infra.path.or_else(|| Some("infra".to_owned())), module: infra.module };
    let mut all: Vec<PathBuf> = Vec::new();
    for Layer { path: at, module } in infra.layers.into_iter().chain([main]) {
        let module = module.unwrap_or_else(|| "main".to_owned());
        let module = end_of(&module, ".bicep").map_or(&*module, |end| &module[..end]);
        let at = normal(&folder.join(at.unwrap_or_default()));
        if path.starts_with(&at) {
            all.push(normal(&at.join(format!("{module}.bicep"))));
        }
    }
    all.small_sort_by_key(|path| std::cmp::Reverse(path.components().count()));
    all
}

fn project(files: &dyn FileSystem, boundary: &Boundary, path: &Path) -> Option<Project> {
    let seen = files.look(path, boundary).ok()?;
    Limit::SettingsBytes.check(seen.bytes).ok()?;
    let bytes = files.read_seen(path, &seen, boundary).ok()?;
    serde_json::from_value(yaml(&text(bytes).ok()?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Memory;

    /// The template of a parameter file among some files.
    fn found(path: &str, files: &[(&str, &str)]) -> Option<String> {
        let memory = files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(*path, *text));
        let boundary = memory.boundary(Path::new("/"), &[]);
        template_of(&memory, &boundary, Path::new(path)).map(|found| found.to_string_lossy().into_owned())
    }

    #[test]
    fn names_of_parameter_files_are_known() {
        let table = [
            ("main.parameters.json", true),
            ("Main.Parameters.JSON", true),
            ("hub.parameters.min.json", true),
            ("a.b.parameters.json", true),
            (".parameters.json", false),
            ("parameters.json", false),
            ("mainparameters.json", false),
            ("main.parameters.jsonc", false),
            ("main.parametersets.json", false),
        ];
        for (name, expected) in table {
            assert_eq!(is_parameters(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn the_template_lies_beside_the_file_or_beside_its_folder() {
        let all =
            ["/w/hub.bicep", "/w/hub.dev.bicep", "/w/a/app.bicep", "/w/a/old.json", "/w/a/old.bicep.txt"];
        let files = all.map(|path| (path, ""));
        let table = [
            ("/w/hub.parameters.json", Some("/w/hub.bicep")),
            ("/w/hub.parameters.prod.json", Some("/w/hub.bicep")),
            ("/w/hub.dev.parameters.json", Some("/w/hub.dev.bicep")),
            ("/w/hub.test.parameters.json", Some("/w/hub.bicep")),
            ("/w/parameters/hub.parameters.min.json", Some("/w/hub.bicep")),
            ("/w/a/params/app.parameters.json", Some("/w/a/app.bicep")),
            ("/w/other/hub.parameters.json", None),
            ("/w/a/hub.parameters.json", None),
            ("/w/a/old.parameters.json", Some("/w/a/old.json")),
            ("/w/main.parameters.json", None),
            // A file is not its own template.
            ("/w/a/old.json", None),
        ];
        for (path, expected) in table {
            assert_eq!(found(path, &files).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_stands_before_a_dash_may_be_the_environment() {
        let files = [("/w/hub.bicep", ""), ("/w/dev-spoke.bicep", ""), ("/w/spoke.bicep", "")];
        let table = [
            ("/w/parameters/mc-hub.parameters.all.json", Some("/w/hub.bicep")),
            ("/w/mc-hub.dev.parameters.json", Some("/w/hub.bicep")),
            ("/w/dev-spoke.parameters.json", Some("/w/dev-spoke.bicep")),
            ("/w/prod-spoke.parameters.json", Some("/w/spoke.bicep")),
            ("/w/hub-prod.parameters.json", None),
            ("/w/-.parameters.json", None),
        ];
        for (path, expected) in table {
            assert_eq!(found(path, &files).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_project_names_what_it_deploys() {
        let files = |project: &'static str| {
            let names = [
                "/w/infra/main.bicep",
                "/w/infra/app.bicep",
                "/w/deploy/hub.bicep",
                "/w/deploy/net/main.bicep",
            ];
            let mut all: Vec<(&str, &str)> = names.into_iter().map(|path| (path, "")).collect();
            all.push(("/w/azure.yaml", project));
            all
        };
        let table = [
            ("name: x", "/w/infra/dev.parameters.json", Some("/w/infra/main.bicep")),
            ("name: x", "/w/infra/env/dev.parameters.json", Some("/w/infra/main.bicep")),
            ("infra:\n  module: app", "/w/infra/dev.parameters.json", Some("/w/infra/app.bicep")),
            ("infra:\n  module: app.bicep", "/w/infra/dev.parameters.json", Some("/w/infra/app.bicep")),
            (
                "infra:\n  path: deploy\n  module: hub",
                "/w/deploy/dev.parameters.json",
                Some("/w/deploy/hub.bicep"),
            ),
            ("infra:\n  path: ./deploy\n  module: hub", "/w/infra/dev.parameters.json", None),
            ("infra:\n  path: deploy\n  module: gone", "/w/deploy/dev.parameters.json", None),
            ("infra:\n  provider: terraform", "/w/infra/dev.parameters.json", None),
            (
                "infra:\n  layers:\n  - path: deploy/net",
                "/w/deploy/net/dev.parameters.json",
                Some("/w/deploy/net/main.bicep"),
            ),
            ("infra: [", "/w/infra/dev.parameters.json", None),
            // The file's own name takes precedence.
            ("infra:\n  module: app", "/w/infra/main.parameters.json", Some("/w/infra/main.bicep")),
        ];
        for (project, path, expected) in table {
            assert_eq!(found(path, &files(project)).as_deref(), expected, "{project} {path}");
        }
    }
}
