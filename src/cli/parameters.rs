//! `--template` and `--parameters`: a template with values from files and from the command line, where the last value
//! wins. Also JSON parameter files in folders.

use std::path::{Path, PathBuf};

use super::Failure;
use super::arguments::CheckArguments;
use crate::door::Boundary;
use crate::parallel;
use crate::rules::nearest::nearest;
use crate::session::{Roots, Session};
use crate::template::ParameterType;
use crate::workspace::beside;
use crate::workspace::file_system::{Disk, normal, shown, shown_from};
use crate::workspace::walk::assigns_parameters;

/// One value of `--parameters`.
enum Given {
    File(PathBuf),
    /// A name with its value as JSON.
    Value(String, serde_json::Value),
}

/// Adds the roots of `--template` and `--parameters`, and returns the remaining paths to check; `None` if there is
/// nothing else to check.
pub(super) fn take<'p>(
    arguments: &CheckArguments,
    paths: &'p [PathBuf],
    roots: &mut Roots,
) -> Result<Option<Vec<&'p PathBuf>>, Failure> {
    let is_file = |path: &&PathBuf| path.as_os_str() != "-" && !roots.base.join(path).is_dir();
    let mut left: Vec<&PathBuf> = paths.iter().collect();
    let files: Vec<&PathBuf> = paths.iter().filter(is_file).collect();
    let mut first = None;
    let template = match (&arguments.template, &files[..]) {
        (Some(template), _) => Some(template.clone()),
        (None, _) if arguments.parameters.is_empty() => return Ok(Some(left)),
        (None, []) => None,
        // A parameter file counts as the first value.
        (None, [one]) if is_values(one) => {
            left.retain(|path| path != one);
            first = Some(Given::File(file(&roots.base, one, "--parameters")?));
            None
        }
        (None, [one]) => {
            left.retain(|path| path != one);
            Some((*one).clone())
        }
        (None, _) => {
            let why = "`--parameters` is for one template: `--template FILE` says for which";
            return Err(Failure::Usage(why.to_owned()));
        }
    };
    let template = template.map(|path| file(&roots.base, &path, "--template")).transpose()?;
    let values = arguments.parameters.iter().map(|value| Given::of(&roots.base, value));
    let given: Vec<Given> = first.into_iter().map(Ok).chain(values).collect::<Result<_, _>>()?;
    let is_named = |path: &PathBuf| Some(path) != template.as_ref() && !is_bicep(path);
    let named = files.iter().map(|path| normal(&roots.base.join(path))).filter(is_named);
    roots.parameters.of = if arguments.template.is_some() { named.collect() } else { Vec::new() };
    match (&given[..], &template) {
        ([], Some(template)) if left.is_empty() => roots.named.push(template.clone()),
        ([], _) => {}
        ([Given::File(one)], template) => {
            roots.named.push(one.clone());
            roots.parameters.of.extend(template.is_some().then(|| one.clone()));
        }
        (given, template) => join(given, template.as_deref(), roots)?,
    }
    roots.parameters.template = template;
    let is_said = arguments.template.is_some() || !given.is_empty();
    Ok(Some(left).filter(|left| !left.is_empty() || !is_said))
}

fn is_bicep(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("bicep"))
}

fn is_values(path: &Path) -> bool {
    beside::is_parameters(path) || path.extension().is_some_and(|end| end.eq_ignore_ascii_case("bicepparam"))
}

/// Resolves a file that must exist.
fn file(base: &Path, path: &Path, option: &str) -> Result<PathBuf, Failure> {
    let full = normal(&base.join(path));
    if full.is_dir() || full.symlink_metadata().is_err() {
        return Err(Failure::Usage(format!("`{option} {}`: there is no such file", shown(path))));
    }
    Ok(full)
}

impl Given {
    fn of(base: &Path, written: &str) -> Result<Self, Failure> {
        if let Some(path) = written.strip_prefix('@') {
            return Ok(Self::File(file(base, Path::new(path), "--parameters")?));
        }
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-'))
        };
        match written.split_once('=') {
            Some((name, value)) if is_name(name) => {
                let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
                Ok(Self::Value(name.to_owned(), value))
            }
            _ => Ok(Self::File(file(base, Path::new(written), "--parameters")?)),
        }
    }
}

/// Adds a root that combines values from several sources. Its displayed path lists the sources; the values appear in no
/// output.
fn join(given: &[Given], template: Option<&Path>, roots: &mut Roots) -> Result<(), Failure> {
    let is_file = |one: &Given| matches!(one, Given::File(_));
    if template.is_none() && !given.iter().any(is_file) {
        let why = "`--parameters name=value` needs a template: `bicep-race-lint main.bicep --parameters name=value`";
        return Err(Failure::Usage(why.to_owned()));
    }
    let (mut layers, mut words): (Vec<PathBuf>, Vec<String>) = Default::default();
    words.extend(template.filter(|_| !given.iter().any(is_file)).map(|path| shown_from(path, &roots.base)));
    let name = |given: &Given| match given {
        Given::File(path) => shown_from(path, &roots.base),
        Given::Value(name, _) => name.clone(),
    };
    words.extend(given.iter().map(name));
    let joined = normal(&roots.base.join(words.join(" + ")));
    let mut own = serde_json::Map::new();
    for (at, one) in given.iter().enumerate() {
        match one {
            Given::Value(name, value) => {
                own.retain(|known, _| !known.eq_ignore_ascii_case(name));
                own.insert(name.clone(), serde_json::json!({ "value": value }));
            }
            Given::File(path) => {
                // Values before a file are overridden by the file.
                if !own.is_empty() {
                    let before = joined.with_file_name(format!("--parameters {at}.parameters.json"));
                    roots.given.push((before.clone(), document(&std::mem::take(&mut own))));
                    layers.push(before);
                }
                layers.push(path.clone());
            }
        }
    }
    let text = document(&own);
    roots.given.push((joined.clone(), text));
    roots.parameters.of.push(joined.clone());
    roots.parameters.joined = Some((joined, layers));
    Ok(())
}

/// Checks values of the command line against the parameters of their template. Unlike a file, which several templates
/// may share, the command line names only parameters of this template.
///
/// # Errors
///
/// A name that the template does not declare, or a value that its type cannot have.
pub(super) fn check_values(values: &[String], session: &Session) -> Result<(), Failure> {
    let workspace = session.workspace();
    let joined = session.roots().parameters.joined.as_ref().map(|(path, _)| path);
    let root = workspace
        .templates()
        .map(|(id, _)| id)
        .find(|&id| Some(workspace.path(id)) == joined.map(PathBuf::as_path));
    let Some(deployed) = root.and_then(|root| workspace.deployed_by(root)) else { return Ok(()) };
    let template = workspace.template(deployed);
    for written in values {
        let Ok(Given::Value(name, value)) = Given::of(&session.roots().base, written) else { continue };
        let known =
            template.parameters.iter().map(|parameter| (template.exprs.text(parameter.name), parameter));
        // The value may be a secret, so that no message shows it.
        let found = known.clone().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        let wrong = if let Some((_, parameter)) = found {
            let takes = match parameter.ty {
                _ if value.is_null() && parameter.nullable => continue,
                ParameterType::Bool if !value.is_boolean() => "`true` or `false`",
                ParameterType::Int if !value.is_i64() => "a whole number",
                ParameterType::Array if !value.is_array() => "an array, as JSON",
                ParameterType::Object if !value.is_object() => "an object, as JSON",
                _ => continue,
            };
            format!("it takes {takes}")
        } else {
            let near = nearest(&name, known.map(|(known, _)| known));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            format!("`{}` has no such parameter{near}", session.shown(deployed))
        };
        return Err(Failure::Usage(format!("`--parameters {name}=…`: {wrong}")));
    }
    Ok(())
}

fn document(parameters: &serde_json::Map<String, serde_json::Value>) -> String {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";
    serde_json::json!({ "$schema": schema, "parameters": parameters }).to_string()
}

/// The JSON parameter files that are roots: they assign parameters, and their template is known. Also returns the
/// number of others that assign parameters.
pub(super) fn roots_of(
    found: Vec<PathBuf>,
    arguments: &CheckArguments,
    boundary: &Boundary,
) -> (Vec<PathBuf>, usize) {
    let is_arm = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let one = |path: PathBuf| {
        if !assigns_parameters(&path, boundary) {
            return None;
        }
        let template = beside::template_of(&Disk, boundary, &path);
        let template = template.filter(|template| arguments.arm || !is_arm(template));
        Some((path, template.is_some() || arguments.template.is_some()))
    };
    let known: Vec<(PathBuf, bool)> = parallel::map(found, 1, one).into_iter().flatten().collect();
    let others = known.iter().filter(|(_, is_root)| !is_root).count();
    (known.into_iter().filter_map(|(path, is_root)| is_root.then_some(path)).collect(), others)
}

/// A hint if a template was given as the value of another option. Ex) `-f main.bicep`, as with other tools
pub(super) fn hint(typed: &[String]) -> Option<String> {
    let is_template = |value: &str| {
        let ends = [".bicep", ".bicepparam", ".json"];
        ends.iter().any(|end| value.to_ascii_lowercase().ends_with(end))
    };
    let value = typed.iter().enumerate().find_map(|(at, word)| match word.as_str() {
        "-f" | "--format" => typed.get(at + 1).map(String::as_str),
        _ => word.strip_prefix("-f").or_else(|| word.strip_prefix("--format=")),
    });
    let path = value.filter(|value| is_template(value))?;
    Some(format!(
        "hint: a template is named by itself, `bicep-race-lint {path}`, or with `--template {path}`"
    ))
}
