//! `bicep-race-lint.toml`: finding it above each root, extending and merging files, and knowing where each value comes from.

mod mistakes;
mod shown;
mod written;

use std::io;
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

pub use shown::show;
use written::{At, EntryLevel, Written};
pub use written::{FailOn, RuleLevel};

use crate::azure::catalog::{Catalog, Entry};
use crate::azure::durations::Typical;
use crate::level::Level;
use crate::limit::{Limit, Reached};
use crate::profile::Profile;
use crate::rules::RuleId;
use crate::rules::finding::Confidence;
use crate::rules::nearest::nearest;
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place, SourceFile, Sources, Span};

/// Name of the configuration file.
pub const FILE_NAME: &str = "bicep-race-lint.toml";
/// How a configuration's text is read.
pub type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// A configuration that could not be read.
#[derive(Debug, Error)]
#[error("cannot read the configuration `{}`", path.display())]
pub struct Unreadable {
    /// The path of the file.
    pub path: PathBuf,
    /// The cause.
    #[source]
    pub source: io::Error,
}

/// A mistake in a configuration file.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// The place of the mistake in its file.
    pub place: Place,
    /// The fact in one line.
    pub message: String,
}

/// The configuration of a root: one file and everything that it extends.
///
/// ```
/// use bicep_race_lint::{Catalog, Config, Session};
///
/// // Nothing is configured: every rule has its own level.
/// let session = Session::new(Catalog::builtin(), Config::default());
/// assert!(session.unreadable().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct Config {
    /// An extended file comes before the file that extends it, so that later layers win.
    layers: Vec<Layer>,
}

/// One file of a configuration.
#[derive(Debug)]
struct Layer {
    file: FileId,
    path: PathBuf,
    folder: PathBuf,
    written: Written,
}

/// Inputs of [`Config::load`].
pub struct Loader<'a> {
    /// Reads a file.
    pub read: Read<'a>,
    /// How a path is shown.
    pub shown: &'a dyn Fn(&Path) -> String,
}

/// The configuration file in a folder. It applies to all folders below without a file of their own.
pub fn own_file<T>(
    folder: &Path,
    look: impl Fn(&Path) -> io::Result<T>,
) -> Result<Option<PathBuf>, Unreadable> {
    let path = folder.join(FILE_NAME);
    match look(&path) {
        Ok(_) => Ok(Some(path)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(source) => Err(Unreadable { path, source }),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

impl Config {
    /// Reads a configuration and the files that it extends. The files are added to `sources`; mistakes in them go to
    /// `diagnostics`, and the rest of the file still applies.
    pub fn load(
        path: &Path,
        loader: &Loader<'_>,
        sources: &mut Sources,
        mistakes: &mut Vec<Mistake>,
    ) -> Result<Self, Unreadable> {
        let text = (loader.read)(path).map_err(|source| Unreadable { path: path.to_owned(), source })?;
        let mut loading =
            Loading { loader, sources, mistakes, layers: Vec::new(), open: Vec::new(), full: false };
        loading.file(path, text);
        loading.unknown_entries();
        let layers = loading.layers;
        // Mistakes that are found only once all files are read belong between the others.
        mistakes.small_sort_by_key(|mistake| mistake.place);
        Ok(Self { layers })
    }

    /// The level of a rule for a file; `None` leaves the rule's own. A later `[[path]]` wins over an earlier one, and
    /// any of them over `[rules]` of the same file; an extending file wins over the file that it extends.
    pub fn level(&self, rule: RuleId, path: &Path) -> Option<RuleLevel> {
        self.level_from(rule, path).map(|(level, _)| level)
    }

    /// The level of a rule for a file, and where it is written.
    pub fn level_from(&self, rule: RuleId, path: &Path) -> Option<(RuleLevel, Place)> {
        self.layers.iter().rev().find_map(|layer| {
            let of = |rules: &[(RuleId, At<RuleLevel>)]| {
                rules
                    .iter()
                    .find(|(known, _)| *known == rule)
                    .map(|(_, level)| (level.value, layer.place(&level.span)))
            };
            let by_path =
                layer.written.paths.iter().rev().filter(|levels| layer.matches(&levels.matcher, path));
            by_path.into_iter().find_map(|levels| of(&levels.rules)).or_else(|| of(&layer.written.rules))
        })
    }

    /// Whether any file of it configures a level for a rule.
    pub fn names(&self, rule: RuleId) -> bool {
        let mut all = self.layers.iter().flat_map(|layer| {
            let of_paths = layer.written.paths.iter().flat_map(|levels| &levels.rules);
            layer.written.rules.iter().chain(of_paths)
        });
        all.any(|(known, _)| *known == rule)
    }

    /// Whether it may raise the level of a finding above that of the catalogue and of the rules.
    pub fn may_raise(&self) -> bool {
        let mut levels = self.layers.iter().flat_map(|layer| {
            let of_paths = layer.written.paths.iter().flat_map(|levels| &levels.rules);
            layer.written.rules.iter().chain(of_paths)
        });
        let is_raised = levels.any(|(_, level)| level.value.level().is_some_and(|level| level > Level::Note));
        is_raised || self.profile_from().is_some_and(|(profile, _)| profile == Profile::Strict)
    }

    /// Whether a file is excluded from being checked as a root.
    pub fn excludes(&self, path: &Path) -> bool {
        self.excludes_from(path).is_some()
    }

    /// The configuration file that excludes a file from being checked as a root.
    pub fn excludes_from(&self, path: &Path) -> Option<FileId> {
        let excluding = self.layers.iter().filter_map(|layer| Some((layer, layer.written.exclude.as_ref()?)));
        let mut excluding =
            excluding.into_iter().filter(|(layer, (_, matcher))| layer.matches(matcher, path));
        excluding.next().map(|(layer, _)| layer.file)
    }

    /// Whether a suppression needs a reason.
    pub fn requires_reasons(&self) -> bool {
        self.requires_reasons_from().is_some_and(|(is_required, _)| is_required)
    }

    fn requires_reasons_from(&self) -> Option<(bool, Place)> {
        self.layers.iter().rev().find_map(|layer| {
            let required = layer.written.require_reasons.as_ref()?;
            Some((required.value, layer.place(&required.span)))
        })
    }

    /// Whether only findings under a parameter file are reported, if there are any, and where that is configured.
    pub fn only_environments_from(&self) -> Option<(bool, Place)> {
        self.layers.iter().rev().find_map(|layer| {
            let only = layer.written.only_environments.as_ref()?;
            Some((only.value, layer.place(&only.span)))
        })
    }

    /// The configured profile, and where it is configured.
    pub fn profile_from(&self) -> Option<(Profile, Place)> {
        self.layers.iter().rev().find_map(|layer| {
            let profile = layer.written.profile.as_ref()?;
            Some((profile.value, layer.place(&profile.span)))
        })
    }

    /// The configured minimum confidence, and where it is configured.
    pub fn confidence_from(&self) -> Option<(Confidence, Place)> {
        self.layers.iter().rev().find_map(|layer| {
            let confidence = layer.written.confidence.as_ref()?;
            Some((confidence.value, layer.place(&confidence.span)))
        })
    }

    /// The configured level from which findings fail the run.
    pub fn fail_on(&self) -> Option<FailOn> {
        self.fail_on_from().map(|(level, _)| level)
    }

    /// The configured level from which findings fail the run, and the place where it is configured.
    pub fn fail_on_from(&self) -> Option<(FailOn, Place)> {
        self.layers.iter().rev().find_map(|layer| {
            let level = layer.written.fail_on.as_ref()?;
            Some((level.value, layer.place(&level.span)))
        })
    }

    /// Typical minutes of a resource type (any case), where they are written.
    pub fn minutes(&self, ty: &str) -> Option<Typical> {
        let ty = ty.to_ascii_lowercase();
        self.layers.iter().rev().find_map(|layer| {
            layer.written.minutes.iter().find(|(name, _)| *name == ty).map(|(_, minutes)| minutes.value)
        })
    }

    /// The catalogue entries of the user. If two have the same id, that of the later file is used.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for entry in self.layers.iter().flat_map(|layer| &layer.written.entries) {
            entries.retain(|earlier| earlier.id != entry.value.id);
            entries.push(entry.value.clone());
        }
        entries
    }

    /// The modules that the user describes, by registry path, each with its Bicep stub.
    pub fn modules(&self) -> Vec<(String, String)> {
        let mut modules: Vec<(String, String)> = Vec::new();
        for module in self.layers.iter().flat_map(|layer| &layer.written.modules) {
            let path = &module.value.0;
            modules.retain(|(earlier, _)| !earlier.eq_ignore_ascii_case(path));
            modules.push(module.value.clone());
        }
        modules
    }

    /// The configured level of an entry by its id. A later file wins, and within a file a matching `[[path]]`. Without a path
    /// it is the level for files that no `[[path]]` matches.
    pub fn entry_level(&self, id: &str, path: Option<&Path>) -> Option<(RuleLevel, Place)> {
        self.layers.iter().rev().find_map(|layer| {
            let of = |levels: &[EntryLevel]| {
                let one = levels.iter().find(|one| one.id.value == id)?;
                Some((one.level.value, layer.place(&one.level.span)))
            };
            let paths = layer.written.paths.iter().rev();
            let matching =
                paths.filter(|levels| path.is_some_and(|path| layer.matches(&levels.matcher, path)));
            matching
                .into_iter()
                .find_map(|levels| of(&levels.entries))
                .or_else(|| of(&layer.written.entry_levels))
        })
    }

    /// The levels that it gives an entry for some paths only.
    fn path_levels<'c>(&'c self, id: &'c str) -> impl Iterator<Item = RuleLevel> + 'c {
        let paths = self.layers.iter().flat_map(|layer| &layer.written.paths);
        let levels = paths.flat_map(|path| &path.entries);
        levels.filter(move |one| one.id.value == id).map(|one| one.level.value)
    }

    /// The place that asks for the levels of version 0.1, if there is one.
    pub fn old_levels(&self) -> Option<Place> {
        self.layers
            .iter()
            .rev()
            .find_map(|layer| layer.written.old_levels.as_ref().map(|asked| layer.place(&asked.span)))
    }

    /// The level of an entry under this configuration: that of its id, of version 0.1, or its own.
    pub fn level_of(&self, entry: &Entry, path: Option<&Path>) -> Option<Level> {
        match self.entry_level(&entry.id, path) {
            Some((level, _)) => level.level(),
            None if self.old_levels().is_some() => entry.level_before.map_or(entry.level, |before| before.0),
            None => entry.level,
        }
    }

    /// The highest level that an entry has for any path.
    pub fn highest_of(&self, entry: &Entry) -> Option<Level> {
        self.path_levels(&entry.id).map(RuleLevel::level).chain([self.level_of(entry, None)]).max().flatten()
    }

    /// Whether a finding with many writers gets the raised level of its entry here. It does not if the level of the
    /// entry is configured, or if the levels of version 0.1 are, which had no such rule.
    pub fn counts_many(&self, entry: &Entry, path: Option<&Path>) -> bool {
        self.entry_level(&entry.id, path).is_none() && self.old_levels().is_none()
    }

    /// The ids of the entries of the user, each with the file that has it.
    pub fn entries_from(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.layers.iter().flat_map(|layer| {
            let ids = layer.written.entries.iter().map(|entry| entry.value.id.as_ref());
            ids.map(|id| (layer.file, id))
        })
    }

    /// The registry paths of the modules that the user describes, each with the file that describes it.
    pub fn modules_from(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.layers.iter().flat_map(|layer| {
            let paths = layer.written.modules.iter().map(|module| module.value.0.as_str());
            paths.map(|path| (layer.file, path))
        })
    }

    /// Its files; an extended file comes before the file that extends it.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.layers.iter().map(|layer| layer.path.as_path())
    }

    /// The same, including files that it extends and that do not exist.
    pub fn named_files(&self) -> Vec<PathBuf> {
        let extended = self.layers.iter().flat_map(|layer| {
            layer.written.extends.iter().map(|base| normal(&layer.folder.join(&base.value)))
        });
        self.files().map(Path::to_owned).chain(extended).collect()
    }
}

impl Layer {
    fn place(&self, span: &std::ops::Range<usize>) -> Place {
        Place { file: self.file, span: Span::new(span.start as u32, span.end as u32) }
    }

    /// Whether a glob of this file matches a path: relative to the file's folder, or in any of its folders.
    fn matches(&self, matcher: &ignore::gitignore::Gitignore, path: &Path) -> bool {
        let path = normal(path);
        // The matcher panics at a path that is not relative, or leads upwards.
        path.strip_prefix(&self.folder).is_ok_and(|path| {
            let below = !path.as_os_str().is_empty()
                && path.components().all(|part| matches!(part, Component::Normal(_)));
            below && matcher.matched_path_or_any_parents(path, false).is_ignore()
        })
    }
}

/// Removes `.` and resolves `..` in a path, without following links.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

struct Loading<'a> {
    loader: &'a Loader<'a>,
    sources: &'a mut Sources,
    mistakes: &'a mut Vec<Mistake>,
    layers: Vec<Layer>,
    /// The files that are being read, outermost first.
    open: Vec<PathBuf>,
    /// Whether the message about too many files was given; then nothing more is extended.
    full: bool,
}

impl Loading<'_> {
    fn file(&mut self, path: &Path, text: String) {
        let path = normal(path);
        let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
        let written = written::read(&text);
        let file = self.sources.add(SourceFile::new((self.loader.shown)(&path), text));
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let layer = Layer { file, path: path.clone(), folder, written };
        for mistake in &layer.written.mistakes {
            self.mistakes
                .push(Mistake { place: layer.place(&mistake.span), message: mistake.message.clone() });
        }
        self.open.push(path);
        for (at, base) in layer.written.extends.iter().enumerate() {
            if self.full {
                break;
            }
            // The limit also applies to the list of one file: through links, a few files may have an infinite number of paths.
            if let Err(reached) = Limit::ExtendedFiles.check(at + 1) {
                self.too_many(layer.place(&base.span), &reached);
                break;
            }
            self.extend(&layer, base);
        }
        self.open.pop();
        self.layers.push(layer);
    }

    fn extend(&mut self, layer: &Layer, base: &At<String>) {
        let path = normal(&layer.folder.join(&base.value));
        let place = layer.place(&base.span);
        if self.open.contains(&path) {
            let way: Vec<_> = self.open.iter().chain([&path]).map(|path| (self.loader.shown)(path)).collect();
            self.mistakes.push(Mistake {
                place,
                message: format!("a configuration extends itself: {}", way.join(" → ")),
            });
        } else if let Err(reached) = Limit::ExtendsChain.check(self.open.len() + 1) {
            self.mistakes.push(Mistake { place, message: reached.to_string() });
        } else if self.layers.iter().any(|layer| layer.path == path) {
            // The file was already read.
        } else if let Err(reached) = Limit::ExtendedFiles.check(self.layers.len() + self.open.len() + 1) {
            self.too_many(place, &reached);
        } else {
            match (self.loader.read)(&path) {
                Ok(text) => self.file(&path, text),
                Err(error) => {
                    self.mistakes
                        .push(Mistake { place, message: format!("cannot read `{}`: {error}", base.value) });
                }
            }
        }
    }

    /// Reports levels for entries that do not exist.
    fn unknown_entries(&mut self) {
        let builtin = Catalog::builtin();
        let own = self.layers.iter().flat_map(|layer| &layer.written.entries);
        let mut known: Vec<&str> = own.map(|entry| entry.value.id.as_ref()).collect();
        known.extend(builtin.entries().map(|entry| entry.id.as_ref()));
        let rules: Vec<&str> = RuleId::ALL.iter().map(|rule| rule.as_str()).collect();
        for layer in &self.layers {
            let of_paths = layer.written.paths.iter().flat_map(|path| &path.entries);
            let all = layer.written.entry_levels.iter().chain(of_paths);
            for EntryLevel { id, is_among_entries, .. } in all.filter(|one| !known.contains(&&*one.id.value))
            {
                let hint = if *is_among_entries && rules.contains(&&*id.value) {
                    "; it is a rule, whose level belongs in `[rules]`".to_owned()
                } else {
                    let others = if *is_among_entries { &[][..] } else { &rules[..] };
                    let meant = nearest(&id.value, others.iter().chain(&known).copied());
                    meant.map_or_else(
                        || {
                            "; `bicep-race-lint rules` lists the rules, `docs/rules/catalog.md` the entries"
                                .to_owned()
                        },
                        |meant| format!("; did you mean `{meant}`?"),
                    )
                };
                let what = if *is_among_entries { "entry" } else { "rule or entry" };
                let message = format!("unknown {what} `{}`{hint}", id.value);
                self.mistakes.push(Mistake { place: layer.place(&id.span), message });
            }
        }
    }

    fn too_many(&mut self, place: Place, reached: &Reached) {
        self.full = true;
        self.mistakes.push(Mistake { place, message: reached.to_string() });
    }
}

/// The JSON Schema of a configuration, with a line end.
#[cfg(schema)]
pub fn schema() -> String {
    let settings = schemars::generate::SchemaSettings::default();
    let settings = settings.with_transform(schemars::transform::RecursiveTransform(as_toml));
    let mut schema = settings.into_generator().into_root_schema_for::<written::Form>();
    let address =
        concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/schema/bicep-race-lint.toml.schema.json");
    schema.insert("$id".to_owned(), address.into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Adapts a schema to TOML, which has no `null` for a key that is left out. The line breaks in descriptions come from
/// our source.
#[cfg(schema)]
fn as_toml(schema: &mut schemars::Schema) {
    use serde_json::Value;
    let Some(keys) = schema.as_object_mut() else { return };
    if let Some(Value::String(description)) = keys.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    if keys.get("default") == Some(&Value::Null) {
        keys.remove("default");
    }
    if let Some(Value::Array(types)) = keys.get_mut("type") {
        types.retain(|ty| ty != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            keys.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(forms)) = keys.get_mut("anyOf") else { return };
    forms.retain(|form| form.get("type") != Some(&Value::from("null")));
    if let [Value::Object(only)] = &forms[..] {
        let only = only.clone();
        keys.remove("anyOf");
        keys.extend(only);
    }
}

#[cfg(test)]
mod tests;
