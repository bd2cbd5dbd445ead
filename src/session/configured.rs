//! Finds the configuration of each root.

use std::cell::LazyCell;
use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::azure::catalog::{Catalog, Entry};
use crate::azure::durations::Typical;
use crate::azure::modules;
use crate::config::{Config, FILE_NAME, Loader, Read, own_file};
use crate::door::{Boundary, Unread};
use crate::limit::Limit;
use crate::rules::finding::{Level, RuleId};
use crate::rules::quieter::{Quiet, Quieting};
use crate::source::{FileId, Sources};
use crate::workspace::file_system::{Absent, ByPath, shown_from};

pub use crate::config::{FailOn, RuleLevel};

/// The configurations of a run, each with the folders to which it applies.
#[derive(Default)]
pub struct Configured {
    loaded: Vec<(PathBuf, Config)>,
    /// Whether a file that cannot be read counts as empty.
    is_lenient: bool,
    /// The one that applies to all folders, from `--config`.
    for_all: Option<usize>,
    folders: ByPath<Option<usize>>,
    /// Mistakes in them, ready to be printed.
    pub mistakes: Vec<String>,
    sources: Sources,
}

/// The source of a run's configuration.
pub enum ConfigSource<'a> {
    /// No configuration.
    Nothing,
    /// The same file for all roots.
    File(&'a Path),
    /// The nearest file above each root.
    Nearest,
}

impl Configured {
    /// Reads the configurations of some roots. The files above the roots, and the files that they extend, must be inside the
    /// boundary.
    pub fn load(
        from: &ConfigSource<'_>,
        roots: &[PathBuf],
        base: &Path,
        scope: (&Absent, &Boundary),
    ) -> Result<Self, crate::config::Unreadable> {
        Self::default().with(from, roots, base, scope)
    }

    /// Like `load`, but an unreadable file counts as empty and mistakes are ignored: for a caller that only needs to know which
    /// files apply to a root.
    pub fn load_leniently(
        from: &ConfigSource<'_>,
        roots: &[PathBuf],
        base: &Path,
        scope: (&Absent, &Boundary),
    ) -> Self {
        let empty = Self { is_lenient: true, ..Self::default() };
        empty.with(from, roots, base, scope).unwrap_or_default()
    }

    fn with(
        self,
        from: &ConfigSource<'_>,
        roots: &[PathBuf],
        base: &Path,
        (absent, boundary): (&Absent, &Boundary),
    ) -> Result<Self, crate::config::Unreadable> {
        let mut found = self;
        match from {
            ConfigSource::Nothing => {}
            ConfigSource::File(path) => {
                found.for_all = Some(found.named(&base.join(path), base, boundary)?);
            }
            ConfigSource::Nearest => {
                for root in roots {
                    found.nearest(root.parent().unwrap_or(root), base, (absent, boundary))?;
                }
            }
        }
        Ok(found)
    }

    /// The configuration that the user named. Outside the boundary it may extend files in its own repository or folder.
    fn named(
        &mut self,
        path: &Path,
        base: &Path,
        boundary: &Boundary,
    ) -> Result<usize, crate::config::Unreadable> {
        let folder = path.parent().unwrap_or(path);
        let own = Boundary::around(folder, [(folder, folder)], None);
        let scope = if boundary.holds(folder) { boundary } else { &own };
        self.file(path, base, &|file: &Path| {
            let read = if file == path { scope.read_named(file) } else { settings(file, scope) };
            text(read)
        })
    }

    /// One configuration for all roots.
    pub fn for_all(config: Config) -> Self {
        Self { loaded: vec![(PathBuf::new(), config)], for_all: Some(0), ..Self::default() }
    }

    /// The configuration of a folder: its own, or that of the folder above.
    fn nearest(
        &mut self,
        folder: &Path,
        base: &Path,
        (absent, boundary): (&Absent, &Boundary),
    ) -> Result<Option<usize>, crate::config::Unreadable> {
        if let Some(&known) = self.folders.get(folder.as_os_str()) {
            return Ok(known);
        }
        // The parents of a link may differ from the parents of its target.
        let is_absent = absent.contains(&folder.join(FILE_NAME)) || !boundary.holds(folder);
        let look = |path: &Path| Ok(boundary.look(path)?);
        let own = if is_absent { Ok(None) } else { own_file(folder, look) };
        let own = match own {
            Err(unreadable) if self.is_lenient => Some(unreadable.path),
            own => own?,
        };
        let at = match (own, folder.parent()) {
            (Some(path), _) => Some(self.file(&path, base, &|file| text(settings(file, boundary)))?),
            (None, Some(above)) if !boundary.ends_at(folder) => {
                self.nearest(above, base, (absent, boundary))?
            }
            (None, _) => None,
        };
        self.folders.insert(folder.as_os_str().to_owned(), at);
        Ok(at)
    }

    fn file(&mut self, path: &Path, base: &Path, read: Read<'_>) -> Result<usize, crate::config::Unreadable> {
        if let Some(at) = self.loaded.iter().position(|(known, _)| known == path) {
            return Ok(at);
        }
        let relative = |path: &Path| shown_from(path, base);
        let loader = Loader { read, shown: &relative };
        let mut mistakes = Vec::new();
        let config = match Config::load(path, &loader, &mut self.sources, &mut mistakes) {
            Err(_) if self.is_lenient => Config::default(),
            config => config?,
        };
        for mistake in mistakes {
            let file = self.sources.file(mistake.place.file);
            let at = file.position(mistake.place.span.start);
            self.mistakes.push(format!("{}:{}:{}: {}", file.path, at.line, at.column, mistake.message));
        }
        self.loaded.push((path.to_owned(), config));
        Ok(self.loaded.len() - 1)
    }

    /// The configuration of a root.
    pub fn of(&self, root: &Path) -> Option<&Config> {
        let of_folder = || *self.folders.get(root.parent().unwrap_or(root).as_os_str())?;
        self.for_all.or_else(of_folder).map(|at| &self.loaded[at].1)
    }

    /// The files that configure a root: the configuration itself first, then the files that it extends, whether or not they
    /// exist.
    pub(super) fn files_of(&self, root: &Path) -> Vec<PathBuf> {
        let of_folder = || *self.folders.get(root.parent().unwrap_or(root).as_os_str())?;
        let at = self.for_all.or_else(of_folder);
        at.map_or_else(Vec::new, |at| {
            let (path, config) = &self.loaded[at];
            std::iter::once(path.clone()).chain(config.named_files()).collect()
        })
    }

    /// The configuration of a file, from the nearest folder above it with a known one: a module may be outside the folders of
    /// all roots.
    pub(super) fn around(&self, file: &Path) -> Option<&Config> {
        if self.for_all.is_some() {
            return self.of(file);
        }
        let known = file.ancestors().skip(1).find_map(|folder| self.folders.get(folder.as_os_str()));
        known.copied().flatten().map(|at| &self.loaded[at].1)
    }

    /// The users' catalogue entries.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.loaded.iter().flat_map(|(_, config)| config.entries())
    }

    /// The level of an entry: the highest that any configuration gives it. A configuration with a lower level applies
    /// that level only to its own roots.
    pub fn level_of(&self, entry: &Entry) -> Option<Level> {
        let levels = self.loaded.iter().map(|(_, config)| config.highest_of(entry));
        levels.max().unwrap_or(entry.level)
    }

    /// Whether any configuration raises the level of an entry for many writers.
    pub fn counts_many(&self, entry: &Entry) -> bool {
        self.loaded.is_empty() || self.loaded.iter().any(|(_, config)| config.counts_many(entry, None))
    }

    /// The modules that users describe.
    pub fn modules(&self) -> Vec<(String, String)> {
        self.loaded.iter().flat_map(|(_, config)| config.modules()).collect()
    }

    /// The typical duration of a type, from the first configuration that has one.
    pub fn minutes(&self, ty: &str) -> Option<Typical> {
        self.loaded.iter().find_map(|(_, config)| config.minutes(ty))
    }

    /// Whether one of the configurations gives a rule a level.
    pub fn names(&self, rule: RuleId) -> bool {
        self.loaded.iter().any(|(_, config)| config.names(rule))
    }

    /// Whether one of the configurations may raise the level of a finding.
    pub fn may_raise(&self) -> bool {
        self.loaded.iter().any(|(_, config)| config.may_raise())
    }

    /// The level at which the run fails, from the strictest configuration.
    pub fn fail_on(&self) -> Option<FailOn> {
        self.fail_on_from().map(|(bar, _)| bar)
    }

    /// The same, with the displayed path of the configuration.
    pub fn fail_on_from(&self) -> Option<(FailOn, &str)> {
        let all = self.loaded.iter().filter_map(|(_, config)| config.fail_on_from());
        let strictest = all.min_by_key(|(bar, _)| match bar {
            FailOn::Level(level) => *level as u8,
            FailOn::Never => u8::MAX,
        });
        strictest.map(|(bar, place)| (bar, self.shown(place.file)))
    }

    /// The displayed path of the file that excludes a root; `None` if none does.
    pub fn excluded_by(&self, root: &Path) -> Option<&str> {
        self.of(root)?.excludes_from(root).map(|file| self.shown(file))
    }

    /// Counts built-in entries and modules that a configuration replaces.
    pub fn replaced(&self, quiet: &mut Quiet) {
        let builtin = LazyCell::new(Catalog::builtin);
        for (_, config) in &self.loaded {
            for (file, id) in config.entries_from().filter(|(_, id)| builtin.entry(id).is_some()) {
                quiet.add(Quieting::EntryReplaced, Some(id), self.shown(file));
            }
            for entry in builtin.entries() {
                if config.level_of(entry, None) >= entry.level {
                    continue;
                }
                match (config.entry_level(&entry.id, None), config.old_levels()) {
                    (Some((_, place)), _) => {
                        quiet.add(Quieting::EntryLowered, Some(&entry.id), self.shown(place.file));
                    }
                    (None, Some(place)) => quiet.add(Quieting::OldLevels, None, self.shown(place.file)),
                    (None, None) => {}
                }
            }
            for (file, path) in config.modules_from().filter(|(_, path)| modules::stub(path).is_some()) {
                quiet.add(Quieting::ModuleReplaced, Some(path), self.shown(file));
            }
        }
    }

    /// The users' entries by id.
    pub(super) fn own_entries(&self) -> FxHashMap<String, Entry> {
        self.entries().map(|entry| (entry.id.to_string(), entry)).collect()
    }

    pub(super) fn shown(&self, file: FileId) -> &str {
        &self.sources.file(file).path
    }

    /// The text of `--show-config`.
    pub fn show(&self, path: &Path, base: &Path) -> String {
        let name = shown_from(path, base);
        let nothing = Config::default();
        let config = self.of(path).unwrap_or(&nothing);
        crate::config::show(config, path, &name, &self.sources)
    }
}

/// The bytes of a configuration.
fn settings(path: &Path, boundary: &Boundary) -> Result<Vec<u8>, Unread> {
    let seen = boundary.look(path)?;
    Limit::SettingsBytes.check(seen.bytes).map_err(Unread::Large)?;
    boundary.read(&seen)
}

fn text(read: Result<Vec<u8>, Unread>) -> io::Result<String> {
    String::from_utf8(read?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}
