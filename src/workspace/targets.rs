//! Resolves references: to files inside the boundary, to known modules, or to nothing.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::bicep_config::{self, BicepConfig};
use super::file_system::normal;
use super::load::{Loader, Origin, Parsed, Request, Resolved};
use super::reference::{self, Reference};
use super::{Parameters, Provenance, UnreadFile, UnreadKind, beside};
use crate::door::{Boundary, Seen, Unread};
use crate::parallel;
use crate::source::Span;
use crate::template::{Expr, ModuleTarget, Node, NodeKind, Property, Template};

/// For fewer templates, starting threads costs more than it saves.
pub(super) const WORTH_THREADS: usize = 32;
/// Prefix of a reference from one known module to another.
const SCHEME: &str = "known:";

/// The compiler's configuration for a folder.
pub(super) struct Config {
    bicep: BicepConfig,
    features: Arc<[String]>,
    /// The module cache, in which a reference to a registry may lead to files.
    cache: Result<Option<Arc<Boundary>>, Unread>,
}

/// The target of a reference.
pub(super) enum Target<'k> {
    /// A file, with the result of its inspection unless it was read before.
    Path(PathBuf, Provenance, Option<Looked>),
    /// A stub for a file that does not exist, and the reason.
    Text(PathBuf, Provenance, Cow<'k, str>, Missing),
    Nowhere(Missing),
}

/// A file that was inspected, and the module cache that contains it, if any.
#[derive(Clone)]
pub(super) struct Looked {
    pub(super) seen: Seen,
    pub(super) cache: Option<Arc<Boundary>>,
}

/// Why a reference leads to no file.
#[derive(Clone, Default)]
pub(super) struct Missing {
    pub(super) why: String,
    /// Whether a missing file is a fault of the repository. A registry is never contacted, so its modules may exist.
    pub(super) is_unread: bool,
    is_outside: bool,
    /// The path where it would be.
    path: Option<PathBuf>,
}

impl Missing {
    fn in_registry(why: impl Into<String>) -> Self {
        Self { why: why.into(), ..Self::default() }
    }

    fn of(unread: &Unread, path: PathBuf) -> Self {
        let is_outside = matches!(unread, Unread::Outside(_));
        Self { why: unread.to_string(), is_unread: true, is_outside, path: Some(path) }
    }
}

impl<'k> Target<'k> {
    pub(super) fn request(&self) -> Option<Request<'k>> {
        match self {
            Target::Path(path, provenance, looked) => {
                let origin = looked.clone().map_or(Origin::File, Origin::Looked);
                Some(Request { path: path.clone(), provenance: *provenance, origin })
            }
            Target::Text(path, provenance, text, _) => {
                let origin = Origin::Text(text.clone());
                Some(Request { path: path.clone(), provenance: *provenance, origin })
            }
            Target::Nowhere(_) => None,
        }
    }

    /// The reason why nothing was read from its file; `why_not` gives the reason for a path, if there is one.
    fn missing(&self, why_not: impl FnOnce(&Path) -> Option<String>) -> Option<Missing> {
        match self {
            // A module that the compiler restored is not the user's to fix.
            Target::Path(path, Provenance::Restored, _) => why_not(path).map(Missing::in_registry),
            Target::Path(path, ..) => {
                let why = why_not(path)?;
                Some(Missing { why, is_unread: true, is_outside: false, path: Some(path.clone()) })
            }
            Target::Text(_, Provenance::Known, ..) => None,
            Target::Text(.., missing) | Target::Nowhere(missing) => Some(missing.clone()),
        }
    }
}

impl<'k> Loader<'k> {
    fn config(&mut self, folder: &Path) -> Arc<Config> {
        if let Some(known) = self.configs.get(folder.as_os_str()) {
            return Arc::clone(known);
        }
        // A folder without a configuration of its own shares that of its parent.
        let scope = if self.boundary.holds(folder) { self.boundary } else { &self.everywhere };
        let own = self.files.look(&folder.join(bicep_config::NAME), scope);
        let above = folder.parent().filter(|_| own.is_err_and(|unread| unread.is_absent()));
        let config = if let Some(above) = above {
            self.config(above)
        } else {
            let (mut config, mistakes) = bicep_config::nearest(self.files, folder, self.boundary);
            let mistakes = mistakes.into_iter().map(|why| (PathBuf::from(bicep_config::NAME), why));
            self.unreadable.extend(mistakes);
            // Drop a cache that does not exist: otherwise every reference would be looked up in it.
            config.cache = config.cache.filter(|cache| self.files.is_folder(cache));
            let cache = self.cache(&config);
            let features = config.features.clone().into();
            Arc::new(Config { bicep: config, features, cache })
        };
        self.configs.insert(folder.as_os_str().to_owned(), Arc::clone(&config));
        config
    }

    /// The module cache of a configuration, as the boundary for what is read in it. The user's own cache is trusted. A cache
    /// that a file of the run names may be anywhere, and may not be a cache at all.
    fn cache(&self, config: &BicepConfig) -> Result<Option<Arc<Boundary>>, Unread> {
        let Some(cache) = &config.cache else { return Ok(None) };
        let is_default = bicep_config::default_cache().is_some_and(|default| default == normal(cache));
        if config.is_cache_of_run && !is_default && !self.boundary.holds(cache) {
            return Err(self.boundary.outside());
        }
        Ok(Some(Arc::new(self.boundary.narrowed(cache))))
    }

    /// Resolves the references of a wave.
    pub(super) fn resolve(&mut self, wave: Vec<Parsed>) -> Vec<Resolved<'k>> {
        let configs: Vec<Arc<Config>> = wave.iter().map(|parsed| self.config(parsed.folder())).collect();
        let one = |(parsed, config): (Parsed, Arc<Config>)| {
            let written = references(&parsed.template);
            let handed = OnceCell::new();
            let targets = written.map(|written| self.target(&parsed, &config, &handed, written)).collect();
            let (features, cloud) = (Arc::clone(&config.features), config.bicep.cloud);
            let settings = Arc::clone(&config.bicep.files);
            let (deploys, layers) = (self.deploys(&parsed), self.layers(&parsed));
            Resolved { parsed, features, settings, cloud, targets, deploys, layers }
        };
        match wave.len() {
            ..WORTH_THREADS => wave.into_iter().zip(configs).map(one).collect(),
            _ => parallel::map(wave.into_iter().zip(configs).collect(), usize::MAX, one),
        }
    }

    /// The template of a parameter file that does not name it itself.
    fn deploys(&self, parsed: &Parsed) -> Option<Target<'k>> {
        let assignments = parsed.template.assignments.as_ref()?;
        let Parameters { template, of, .. } = self.parameters;
        let is_said = of.contains(&parsed.path);
        if !is_said && !assignments.is_json {
            return None;
        }
        let found = || beside::template_of(self.files, self.boundary, &parsed.path);
        let own = if is_said { template.clone() } else { found().or_else(|| template.clone()) };
        own.map(|path| self.file(path))
    }

    /// The parameter files that a root joins.
    fn layers(&self, parsed: &Parsed) -> Vec<Target<'k>> {
        let joined = self.parameters.joined.as_ref().filter(|(root, _)| *root == parsed.path);
        joined
            .map_or_else(Vec::new, |(_, layers)| layers.iter().map(|path| self.file(path.clone())).collect())
    }

    /// A file of the user, not of a module cache.
    fn file(&self, path: PathBuf) -> Target<'k> {
        if self.is_known(&path) {
            return Target::Path(path, Provenance::File, None);
        }
        match self.files.look(&path, self.boundary) {
            Ok(seen) => Target::Path(path, Provenance::File, Some(Looked { seen, cache: None })),
            Err(unread) => Target::Nowhere(Missing::of(&unread, path)),
        }
    }

    /// Resolves a reference of a template.
    fn target<'t>(
        &self,
        parsed: &'t Parsed,
        config: &Config,
        handed: &OnceCell<Handed<'t>>,
        written: Written<'_>,
    ) -> Target<'k> {
        let knowledge = self.knowledge;
        let Written { text: written, call, .. } = written;
        if matches!(parsed.provenance, Provenance::Known | Provenance::Guessed)
            && let Some(path) = written.strip_prefix(SCHEME)
            && let Some(text) = knowledge.public(path)
        {
            let place = PathBuf::from(SCHEME.replace(':', "/")).join(path);
            return Target::Text(place, Provenance::Known, text.into(), Missing::default());
        }
        if matches!(parsed.provenance, Provenance::Known | Provenance::Guessed) {
            return Target::Nowhere(Missing::in_registry("it is not among the known modules"));
        }
        let (folder, provenance) = (parsed.folder(), parsed.provenance);
        let reference = reference::parse(written, &config.bicep);
        let guess = |missing: Missing| {
            let guessed = call.and_then(|node| {
                let handed = handed.get_or_init(|| handed_outputs(&parsed.template));
                let handed = handed.get(node.symbol.as_str()).map_or(&[][..], Vec::as_slice);
                knowledge.guess(written, &node.symbol, &argument_names(&parsed.template, node), handed)
            });
            match guessed {
                Some(text) => {
                    // Each call has its own guess, which depends on the names of the arguments.
                    let symbol = call.map_or("", |node| &node.symbol);
                    let path = folder.join(format!("{written} ({symbol})"));
                    Target::Text(path, Provenance::Guessed, text.into(), missing)
                }
                None => Target::Nowhere(missing),
            }
        };
        match &reference {
            Reference::Local(path) => {
                let path = normal(&folder.join(path));
                if self.is_known(&path) {
                    return Target::Path(path, provenance, None);
                }
                match self.files.look(&path, self.boundary) {
                    Ok(seen) => Target::Path(path, provenance, Some(Looked { seen, cache: None })),
                    Err(unread) => self
                        .in_other_case(&unread, &path, provenance)
                        .unwrap_or_else(|| guess(Missing::of(&unread, path))),
                }
            }
            Reference::Registry(_) | Reference::Spec { .. } => {
                if let Some((path, looked)) = self.restored(config, &reference) {
                    return Target::Path(path, Provenance::Restored, Some(looked));
                }
                let known = reference::known_paths(&reference).find_map(|path| knowledge.public(path));
                match (known, &config.cache) {
                    (Some(text), _) => {
                        let path = PathBuf::from(written.replace(':', "/"));
                        Target::Text(path, Provenance::Known, text.into(), Missing::default())
                    }
                    (None, Err(unread)) => guess(Missing {
                        why: unread.to_string().replacen("it is", "the module cache is", 1),
                        is_unread: true,
                        is_outside: true,
                        path: None,
                    }),
                    (None, Ok(_)) => guess(Missing::in_registry("it is not restored in the module cache")),
                }
            }
            Reference::Wrong(why) => guess(Missing::in_registry(why)),
        }
    }

    /// The file that a path leads to on Windows and macOS, where the case of letters makes no difference.
    fn in_other_case(&self, unread: &Unread, path: &Path, provenance: Provenance) -> Option<Target<'k>> {
        if !unread.is_absent() || !self.boundary.holds(path) {
            return None;
        }
        let spelled = self.files.spelled(path)?;
        if self.is_known(&spelled) {
            return Some(Target::Path(spelled, provenance, None));
        }
        let seen = self.files.look(&spelled, self.boundary).ok()?;
        Some(Target::Path(spelled, provenance, Some(Looked { seen, cache: None })))
    }

    /// The file in the module cache that a reference to a registry leads to, if it is there.
    fn restored(&self, config: &Config, reference: &Reference) -> Option<(PathBuf, Looked)> {
        let scope = config.cache.as_ref().ok()?.as_ref()?;
        // The parts of a reference may be `..`.
        let path = normal(&reference::cached(config.bicep.cache.as_ref()?, reference)?);
        let seen = self.files.look(&path, scope).ok()?;
        Some((path, Looked { seen, cache: Some(Arc::clone(scope)) }))
    }
}

/// A reference as it is written in the source.
#[derive(Clone, Copy)]
struct Written<'t> {
    text: &'t str,
    kind: UnreadKind,
    span: Span,
    /// The call that contains it.
    call: Option<&'t Node>,
}

impl Written<'_> {
    fn unread(&self, template: &Template, missing: Missing, is_assumed: bool) -> UnreadFile {
        UnreadFile {
            kind: self.kind,
            symbol: self.call.map(|node| node.symbol.clone()),
            path: self.text.to_owned(),
            target: missing.path,
            place: template.place(self.span),
            why: missing.why,
            is_outside: missing.is_outside,
            is_assumed,
            in_registry: !missing.is_unread,
        }
    }
}

impl Resolved<'_> {
    /// The references to files that were not read; `why_not` gives the reason for a path, if there is one. A registry module is
    /// reported at its call.
    pub(super) fn unread(&self, why_not: impl Fn(&Path) -> Option<String>) -> Vec<UnreadFile> {
        let template = &self.parsed.template;
        if self.parsed.provenance != Provenance::File {
            return Vec::new();
        }
        let missing = |(written, target): (Written<'_>, &Target<'_>)| {
            let missing = target.missing(&why_not)?;
            let is_told = match written.kind {
                _ if missing.is_unread => true,
                UnreadKind::Module => false,
                // A type gives no value, so no race is missed without it.
                UnreadKind::Import => gives_a_value(template, written.span),
                _ => true,
            };
            is_told.then(|| written.unread(template, missing, matches!(target, Target::Text(..))))
        };
        let mut unread: Vec<UnreadFile> =
            references(template).zip(&self.targets).filter_map(missing).collect();
        // Several names are imported from one file.
        unread.dedup_by_key(|unread| unread.place);
        unread
    }
}

/// The references of a template: calls, then imports, `using`, `extends`.
fn references(template: &Template) -> impl Iterator<Item = Written<'_>> {
    let exprs = &template.exprs;
    let calls = template.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::Module(ModuleTarget::Reference { reference, span }) => {
            Some(Written { text: reference, kind: UnreadKind::Module, span: *span, call: Some(node) })
        }
        _ => None,
    });
    let other = |kind, (path, span)| Written { text: exprs.text(path), kind, span, call: None };
    let imports = template.imports.iter().map(|import| (UnreadKind::Import, (import.from, import.from_span)));
    let assignments = template.assignments.iter().flat_map(|assignments| {
        let using = assignments.using.map(|using| (UnreadKind::Using, using));
        using.into_iter().chain(assignments.extends.map(|extends| (UnreadKind::Extends, extends)))
    });
    calls.chain(imports.chain(assignments).map(move |(kind, path)| other(kind, path)))
}

/// Whether a value uses a symbol that the import at `from` brings in.
fn gives_a_value(template: &Template, from: Span) -> bool {
    template.exprs.nodes.iter().any(|expr| match *expr {
        Expr::Import(import) | Expr::ImportCall { import, .. } => {
            template.imports[import.ix()].from_span == from
        }
        _ => false,
    })
}

/// For each call by its symbol, the outputs that are passed unchanged to other calls, as (output, argument): `vhubName:
/// vhub.outputs.name`.
type Handed<'t> = FxHashMap<&'t str, Vec<(&'t str, &'t str)>>;

fn handed_outputs(template: &Template) -> Handed<'_> {
    let exprs = &template.exprs;
    let mut handed: Handed<'_> = FxHashMap::default();
    for arguments in template.nodes.iter().filter_map(|node| node.arguments) {
        let Expr::Object(list) = exprs.get(exprs.peel(arguments)) else { continue };
        for property in exprs.object(list) {
            let Property::Named { key, value } = *property else { continue };
            let Expr::Member { base, name: output, .. } = exprs.get(exprs.peel(value)) else { continue };
            let Expr::Member { base, name, .. } = exprs.get(exprs.peel(base)) else { continue };
            let of = match exprs.get(exprs.peel(base)) {
                Expr::Index { base, .. } => exprs.get(exprs.peel(base)),
                of => of,
            };
            if let (Expr::Node(node), "outputs") = (of, exprs.text(name)) {
                let symbol = template.node(node).symbol.as_str();
                handed.entry(symbol).or_default().push((exprs.text(output), exprs.text(key)));
            }
        }
    }
    handed
}

/// The names of a call's arguments, if `params` is an object literal.
fn argument_names<'t>(template: &'t Template, node: &Node) -> Vec<&'t str> {
    let exprs = &template.exprs;
    let Some(Expr::Object(list)) = node.arguments.map(|arguments| exprs.get(exprs.peel(arguments))) else {
        return Vec::new();
    };
    let names = exprs.object(list).iter().filter_map(|property| match property {
        Property::Named { key, .. } => Some(exprs.text(*key)),
        _ => None,
    });
    names.collect()
}
