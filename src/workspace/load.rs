//! Reading: wave by wave, each file once.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::OsString;
use std::mem::take;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::bicep_config::{self, BicepConfig};
use super::file_system::{ByPath, FileSystem, below, normal, shown_from, text};
use super::reference::{self, Reference};
use super::{Callee, FileProblem, Knowledge, Loaded, ProblemKind, Provenance, TemplateId, Workspace};
use crate::source::{FileId, Place, SourceFile, Sources, Span};
use crate::syntax::ParseBuffers;
use crate::syntax::ast::{Directive, ERROR_LIMIT, FileKind, SyntaxError};
use crate::template::{Expr, Language, ModuleTarget, Node, NodeKind, Property, Template, arm, bicep};

/// How many files one run reads.
pub const FILES: usize = 200_000;
/// How many calls and imports lead down from a template to the last below it.
pub const DEPTH: u32 = 1000;
/// How many mistakes that are none of syntax are told of one template. Ex) names that nothing declares
pub const MISTAKES: usize = 1000;
/// For fewer templates, threads are not worth their start.
const WORTH_THREADS: usize = 32;
/// So many files are read without a look at whether another thread has nothing left to do.
const AT_ONCE: usize = 8;
/// What a reference from one known module to another starts with.
const SCHEME: &str = "known:";

/// What is read for one path, before it has an id.
struct Parsed {
    text: Arc<str>,
    template: Template,
    directives: Vec<Directive>,
    errors: Vec<SyntaxError>,
}

/// What to read next, and who asked for it.
struct Request<'k> {
    path: PathBuf,
    provenance: Provenance,
    /// A text that is known without reading.
    text: Option<Cow<'k, str>>,
}

impl Workspace {
    /// Reads the roots and everything that they reach. Paths are shown relative to `base`.
    pub fn load(
        files: Box<dyn FileSystem>,
        knowledge: &dyn Knowledge,
        roots: &[PathBuf],
        given: &[(PathBuf, String)],
        base: &Path,
    ) -> Self {
        Self::load_at_most(FILES, files, knowledge, (roots, given), base)
    }

    /// Reads at most so many files; what is beyond them counts as unreadable, which is told once.
    fn load_at_most(
        most: usize,
        files: Box<dyn FileSystem>,
        knowledge: &dyn Knowledge,
        (roots, given): (&[PathBuf], &[(PathBuf, String)]),
        base: &Path,
    ) -> Self {
        let mut loading = Loading {
            workspace: Self {
                sources: Sources::default(),
                problems: Vec::new(),
                roots: Vec::new(),
                unreadable: Vec::new(),
                loaded: Vec::new(),
                texts: Mutex::default(),
                files: None,
                folders: Vec::new(),
            },
            known: ByPath::with_capacity_and_hasher(roots.len(), FxBuildHasher),
            failed: ByPath::default(),
            configs: ByPath::default(),
            targets: Vec::new(),
            base: base.to_owned(),
            folders: Vec::new(),
        };
        let mut wave: Vec<Request<'_>> = Vec::new();
        for (path, text) in given {
            let text = Some(Cow::Borrowed(text.as_str()));
            wave.push(Request { path: normal(path), provenance: Provenance::File, text });
        }
        for path in roots {
            wave.push(Request { path: normal(path), provenance: Provenance::File, text: None });
        }
        let asked: Vec<PathBuf> = wave.iter().map(|request| request.path.clone()).collect();
        let outside =
            asked.iter().filter(|path| below(path, base).is_none()).filter_map(|path| path.parent());
        let mut folders: Vec<PathBuf> = outside.map(Path::to_owned).collect();
        folders.dedup();
        folders.push(base.to_owned());
        folders.sort();
        folders.dedup();
        loading.folders = folders;
        let mut seen: FxHashSet<OsString> = FxHashSet::with_capacity_and_hasher(roots.len(), FxBuildHasher);
        wave.retain(|request| seen.insert(request.path.clone().into_os_string()));
        let (mut first, mut read, mut is_full) = (0, 0, false);
        while !wave.is_empty() {
            for beyond in wave.drain(most.saturating_sub(read).min(wave.len())..) {
                loading
                    .failed
                    .insert(beyond.path.into_os_string(), format!("a run reads at most {most} files"));
                is_full = true;
            }
            read += wave.len();
            loading.read(files.as_ref(), wave);
            // What is new is asked for by what has just been read.
            loading.follow(files.as_ref(), knowledge, first);
            let requests = loading.targets[first..].iter().flatten().filter_map(Target::request);
            wave = requests.filter(|request| seen.insert(request.path.clone().into_os_string())).collect();
            first = loading.workspace.loaded.len();
        }
        if let (true, Some(root)) = (is_full, loading.workspace.loaded.first()) {
            let place = Place { file: root.template.file, span: Span::default() };
            let message = format!("a run reads at most {most} files; the others count as unreadable");
            loading.workspace.problems.push(FileProblem::limit(place, message));
        }
        loading.link();
        let mut workspace = loading.workspace;
        for path in asked {
            let found = loading.known.get(path.as_os_str()).copied();
            if found.is_none() {
                let why = loading
                    .failed
                    .get(path.as_os_str())
                    .cloned()
                    .unwrap_or_else(|| "it could not be read".to_owned());
                workspace.unreadable.push((path.clone(), why));
            }
            workspace.roots.push((path, found));
        }
        workspace.files = Some(files);
        workspace.folders = loading.folders;
        workspace.cut_cycles();
        workspace.cut_depth(DEPTH);
        workspace.problems.sort_by_key(|problem| problem.place);
        workspace
    }

    /// Takes out calls, imports and parents that lead back to where they come from, and says so.
    fn cut_cycles(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let below = |workspace: &Self, id: TemplateId| -> Vec<TemplateId> {
            let mut below: Vec<_> = workspace.refers_to(id).collect();
            below.reverse();
            below
        };
        let mut states = vec![State::New; self.loaded.len()];
        for start in 0..self.loaded.len() {
            if states[start] != State::New {
                continue;
            }
            let start_id = TemplateId(start as u32);
            let mut path = vec![(start_id, below(self, start_id))];
            states[start] = State::Open;
            while let Some((at, rest)) = path.last_mut() {
                let at = *at;
                let Some(to) = rest.pop() else {
                    states[at.ix()] = State::Done;
                    path.pop();
                    continue;
                };
                match states[to.ix()] {
                    State::New => {
                        states[to.ix()] = State::Open;
                        path.push((to, below(self, to)));
                    }
                    State::Open => {
                        let from = path.iter().position(|(id, _)| *id == to).unwrap_or(0);
                        let way: Vec<TemplateId> = path[from..].iter().map(|(id, _)| *id).collect();
                        self.cut_circle(at, to, &way);
                        if let Some((_, rest)) = path.last_mut() {
                            rest.retain(|&other| other != to);
                        }
                    }
                    State::Done => {}
                }
            }
        }
    }

    /// Takes out calls, imports and parents above too many others, and says so. There are no circles any more.
    fn cut_depth(&mut self, most: u32) {
        let mut heights: Vec<Option<u32>> = vec![None; self.loaded.len()];
        for start in 0..self.loaded.len() {
            let mut open = vec![TemplateId(start as u32)];
            while let Some(&at) = open.last() {
                if heights[at.ix()].is_some() {
                    open.pop();
                    continue;
                }
                let below: Vec<TemplateId> = self.refers_to(at).collect();
                let before = open.len();
                open.extend(below.iter().copied().filter(|id| heights[id.ix()].is_none()));
                if open.len() > before {
                    continue;
                }
                open.pop();
                let mut height = 0;
                for id in below {
                    match heights[id.ix()] {
                        Some(below) if below >= most => {
                            let place = self.cut(at, id, "it stands above too many others");
                            let message = format!(
                                "modules refer to each other in more than {most} levels; this one is not followed"
                            );
                            self.problems.push(FileProblem::limit(place, message));
                        }
                        below => height = height.max(below.unwrap_or_default() + 1),
                    }
                }
                heights[at.ix()] = Some(height);
            }
        }
    }

    fn cut_circle(&mut self, from: TemplateId, to: TemplateId, way: &[TemplateId]) {
        let shown = |id: &TemplateId| format!("`{}`", self.sources.file(self.template(*id).file).path);
        let path: Vec<String> = way.iter().chain(way.first()).map(shown).collect();
        let message = format!("modules refer to each other in a circle: {}", path.join(" -> "));
        let place = self.cut(from, to, "it leads back to this file");
        self.problems.push(FileProblem { kind: ProblemKind::Cycle, place, message, help: None });
    }

    /// Takes out what leads from one template to another; where that was first written.
    fn cut(&mut self, from: TemplateId, to: TemplateId, why: &str) -> Place {
        let loaded = &mut self.loaded[from.ix()];
        let file = loaded.template.file;
        let mut spans: Vec<Span> = Vec::new();
        for (node, callee) in loaded.template.nodes.iter().zip(&mut loaded.callees) {
            let NodeKind::Module(ModuleTarget::Reference { reference, span }) = &node.kind else { continue };
            if matches!(callee.as_deref(), Some(Callee::Template(id)) if *id == to) {
                spans.push(*span);
                *callee = Some(Box::new(Callee::Unresolved {
                    reference: reference.clone(),
                    place: Place { file, span: *span },
                    why: why.to_owned(),
                    assumed: None,
                }));
            }
        }
        for (import, declared) in loaded.imports.iter_mut().zip(&loaded.template.imports) {
            if *import == Some(to) {
                spans.push(declared.from_span);
                *import = None;
            }
        }
        if let Some(assignments) = &loaded.template.assignments {
            let links = [(loaded.using, assignments.using), (loaded.extends, assignments.extends)];
            let back = links.into_iter().filter(|(leads, _)| *leads == Some(to));
            spans.extend(back.filter_map(|(_, written)| written.map(|(_, span)| span)));
        }
        loaded.using = loaded.using.filter(|&using| using != to);
        loaded.extends = loaded.extends.filter(|&extends| extends != to);
        Place { file, span: spans.first().copied().unwrap_or_default() }
    }
}

struct Loading<'k> {
    workspace: Workspace,
    known: ByPath<TemplateId>,
    failed: ByPath<String>,
    configs: ByPath<Arc<Config>>,
    /// Where the references of each template lead, in the order of [`references`], until they are linked.
    targets: Vec<Vec<Target<'k>>>,
    base: PathBuf,
    /// Where the run is at home: the folder that paths are shown relative to, and those of roots outside of it.
    folders: Vec<PathBuf>,
}

struct Config {
    config: BicepConfig,
    features: Arc<[String]>,
}

/// Where a reference leads.
enum Target<'k> {
    Path(PathBuf, Provenance),
    /// What stands for a file that is not there, and why that is so.
    Text(PathBuf, Provenance, Cow<'k, str>, String),
    Nowhere(String),
}

impl<'k> Target<'k> {
    fn request(&self) -> Option<Request<'k>> {
        match self {
            Target::Path(path, provenance) => {
                Some(Request { path: path.clone(), provenance: *provenance, text: None })
            }
            Target::Text(path, provenance, text, _) => {
                Some(Request { path: path.clone(), provenance: *provenance, text: Some(text.clone()) })
            }
            Target::Nowhere(_) => None,
        }
    }
}

impl<'k> Loading<'k> {
    /// Reads and parses a wave in parallel, and gives ids in its order.
    fn read(&mut self, files: &dyn FileSystem, wave: Vec<Request<'_>>) {
        let parsed: Vec<(Request<'_>, Result<Parsed, String>)> = if wave.len() == 1 {
            // Threads are not worth their start.
            wave.into_iter().map(|request| self.read_one(files, request)).collect()
        } else {
            let each = wave.into_par_iter().with_max_len(AT_ONCE);
            each.map(|request| self.read_one(files, request)).collect()
        };
        self.workspace.loaded.reserve(parsed.len());
        for (request, parsed) in parsed {
            match parsed {
                Ok(parsed) => self.add(&request, parsed),
                Err(why) => {
                    self.failed.insert(request.path.into_os_string(), why);
                }
            }
        }
    }

    fn read_one<'t>(
        &self,
        files: &dyn FileSystem,
        mut request: Request<'t>,
    ) -> (Request<'t>, Result<Parsed, String>) {
        let is_read = request.text.is_none();
        let read = match request.text.take() {
            Some(text) => Ok(text.into()),
            None => files
                .read(&request.path)
                .map_err(|error| error.to_string())
                .and_then(|bytes| text(bytes).map_err(|error| error.to_string()))
                .map(Arc::from),
        };
        let parsed = read.map(|text| parsed(&request.path, text)).and_then(|parsed| {
            // What the compiler has restored is not the user's to mend: it counts as not there.
            match parsed.errors.first() {
                Some(error) if request.provenance == Provenance::Restored => {
                    Err(format!("its copy in the module cache is broken: {}", error.message))
                }
                // What is no template may be anything, and messages quote it.
                Some(_) if is_read && files.leads_out(&request.path, &self.folders) => {
                    Err("it lies outside of the repository and is no valid template".to_owned())
                }
                _ => Ok(parsed),
            }
        });
        (request, parsed)
    }

    fn add(&mut self, request: &Request<'_>, parsed: Parsed) {
        let Parsed { text, mut template, directives, errors } = parsed;
        let shown = shown_from(&request.path, &self.base);
        let source = match request.provenance {
            Provenance::File | Provenance::Restored => SourceFile::new(shown, text),
            Provenance::Known | Provenance::Guessed => SourceFile::stand_in(shown, text),
        };
        let file = self.workspace.sources.add(source);
        let problems = &mut self.workspace.problems;
        if let (true, Some(last)) = (errors.len() >= ERROR_LIMIT, errors.last()) {
            let place = Place { file, span: last.span };
            let message = format!("of one file {ERROR_LIMIT} syntax errors are told; there may be more");
            problems.push(FileProblem::limit(place, message));
        }
        problems.extend(errors.into_iter().map(|error| FileProblem::syntax(file, error)));
        let id = TemplateId(self.workspace.loaded.len() as u32);
        self.known.insert(request.path.clone().into_os_string(), id);
        set_file(&mut template, file);
        self.place(template, request, directives);
    }

    /// Adds a template, and the ones inside it behind it.
    fn place(&mut self, mut template: Template, request: &Request<'_>, directives: Vec<Directive>) {
        let id = TemplateId(self.workspace.loaded.len() as u32);
        let file = template.file;
        template.problems.sort_by_key(|problem| problem.span);
        if let Some(beyond) = template.problems.get(MISTAKES) {
            let place = Place { file, span: beyond.span };
            let message =
                format!("of one template {MISTAKES} mistakes are told; there are more from here on");
            self.workspace.problems.push(FileProblem::limit(place, message));
            template.problems.truncate(MISTAKES);
        }
        self.workspace.problems.extend(template.problems.drain(..).map(|problem| FileProblem {
            kind: ProblemKind::Meaning,
            place: Place { file, span: problem.span },
            message: problem.message,
            help: None,
        }));
        let inline = std::mem::take(&mut template.inline);
        let callees = vec![None; template.nodes.len()];
        let imports = vec![None; template.imports.len()];
        self.workspace.loaded.push(Loaded {
            template,
            path: request.path.clone(),
            provenance: request.provenance,
            features: Arc::from([]),
            directives,
            callees,
            imports,
            using: None,
            extends: None,
        });
        for (at, inner) in inline.into_iter().enumerate() {
            let inner_id = TemplateId(self.workspace.loaded.len() as u32);
            let outer = &mut self.workspace.loaded[id.ix()];
            for (node, callee) in outer.template.nodes.iter().zip(&mut outer.callees) {
                if matches!(node.kind, NodeKind::Module(ModuleTarget::Inline(found)) if found as usize == at)
                {
                    *callee = Some(Box::new(Callee::Template(inner_id)));
                }
            }
            self.place(inner, request, Vec::new());
        }
    }

    fn config(&mut self, files: &dyn FileSystem, folder: &Path) -> Arc<Config> {
        if let Some(known) = self.configs.get(folder.as_os_str()) {
            return Arc::clone(known);
        }
        // What has no configuration of its own shares that of the folder above.
        let above = folder.parent().filter(|_| !files.is_file(&folder.join(bicep_config::NAME)));
        let config = if let Some(above) = above {
            self.config(files, above)
        } else {
            let (mut config, mistakes) = bicep_config::nearest(files, folder);
            // Many machines have none, and thousands of references would be looked up in it.
            config.cache = config.cache.filter(|cache| files.is_folder(cache));
            let mistakes = mistakes.into_iter().map(|why| (PathBuf::from(bicep_config::NAME), why));
            self.workspace.unreadable.extend(mistakes);
            let features = config.features.clone().into();
            Arc::new(Config { config, features })
        };
        self.configs.insert(folder.as_os_str().to_owned(), Arc::clone(&config));
        config
    }

    /// Finds out where the references of templates lead, from one on.
    fn follow(&mut self, files: &dyn FileSystem, knowledge: &'k dyn Knowledge, first: usize) {
        let all = first..self.workspace.loaded.len();
        let configs: Vec<Arc<Config>> = all.clone().map(|at| self.configure(files, at)).collect();
        let targets_of = |at: usize| {
            let (loaded, config) = (&self.workspace.loaded[at], &configs[at - first].config);
            let written = references(&loaded.template);
            written.map(|written| self.target(files, knowledge, loaded, config, written)).collect()
        };
        let targets: Vec<Vec<Target<'k>>> = match all.len() {
            ..WORTH_THREADS => all.map(targets_of).collect(),
            _ => all.into_par_iter().map(targets_of).collect(),
        };
        self.targets.extend(targets);
    }

    fn configure(&mut self, files: &dyn FileSystem, at: usize) -> Arc<Config> {
        let folder = self.workspace.loaded[at].folder().to_owned();
        let config = self.config(files, &folder);
        self.workspace.loaded[at].features = Arc::clone(&config.features);
        config
    }

    /// Where a reference of a template leads.
    fn target(
        &self,
        files: &dyn FileSystem,
        knowledge: &'k dyn Knowledge,
        loaded: &Loaded,
        config: &BicepConfig,
        (written, call): (&str, Option<&Node>),
    ) -> Target<'k> {
        if loaded.provenance == Provenance::Known
            && let Some(path) = written.strip_prefix(SCHEME)
            && let Some(text) = knowledge.public(path)
        {
            let place = PathBuf::from(SCHEME.replace(':', "/")).join(path);
            return Target::Text(place, Provenance::Known, text.into(), String::new());
        }
        if matches!(loaded.provenance, Provenance::Known | Provenance::Guessed) {
            return Target::Nowhere("it is not part of what is known".to_owned());
        }
        let (folder, provenance) = (loaded.folder(), loaded.provenance);
        let reference = reference::parse(written, config);
        let guess = |why: String| {
            let guessed = call.and_then(|node| {
                knowledge.guess(written, &node.symbol, &argument_names(&loaded.template, node))
            });
            match guessed {
                Some(text) => {
                    // One guess for one call: it depends on the names of the arguments.
                    let symbol = call.map_or("", |node| &node.symbol);
                    let path = folder.join(format!("{written} ({symbol})"));
                    Target::Text(path, Provenance::Guessed, text.into(), why)
                }
                None => Target::Nowhere(why),
            }
        };
        match &reference {
            Reference::Local(path) => {
                let path = normal(&folder.join(path));
                if self.known.contains_key(path.as_os_str()) || files.is_file(&path) {
                    Target::Path(path, provenance)
                } else if files.is_folder(&path) {
                    guess("it is a folder".to_owned())
                } else {
                    guess("there is no such file".to_owned())
                }
            }
            Reference::Registry(_) | Reference::Spec { .. } => {
                let restored = config.cache.as_ref().and_then(|root| reference::cached(root, &reference));
                if let Some(path) = restored.filter(|path| files.is_file(path)) {
                    return Target::Path(path, Provenance::Restored);
                }
                let known = reference::known_paths(&reference).find_map(|path| knowledge.public(path));
                match known {
                    Some(text) => {
                        let path = PathBuf::from(written.replace(':', "/"));
                        Target::Text(path, Provenance::Known, text.into(), String::new())
                    }
                    None => guess("it is not restored in the module cache".to_owned()),
                }
            }
            Reference::Wrong(why) => guess(why.clone()),
        }
    }

    /// Fills in where the references of all templates lead, now that everything is read.
    fn link(&mut self) {
        let targets = std::mem::take(&mut self.targets);
        let read = Read { known: &self.known, failed: &self.failed };
        let loaded = &mut self.workspace.loaded;
        if loaded.len() < WORTH_THREADS {
            loaded.iter_mut().zip(targets).for_each(|(loaded, targets)| read.link(loaded, targets));
        } else {
            loaded.par_iter_mut().zip(targets).for_each(|(loaded, targets)| read.link(loaded, targets));
        }
    }
}

/// What has been read, and what could not be.
#[derive(Clone, Copy)]
struct Read<'l> {
    known: &'l ByPath<TemplateId>,
    failed: &'l ByPath<String>,
}

impl Read<'_> {
    /// Fills in where the references of a template lead.
    fn link(self, loaded: &mut Loaded, targets: Vec<Target<'_>>) {
        let mut targets = targets.into_iter();
        let file = loaded.template.file;
        for (node, callee) in loaded.template.nodes.iter().zip(&mut loaded.callees) {
            let found = match &node.kind {
                NodeKind::Module(ModuleTarget::Reference { reference, span }) => {
                    let place = Place { file, span: *span };
                    targets.next().map(|target| self.callee(reference.clone(), target, place))
                }
                NodeKind::Module(ModuleTarget::Unknown(span)) => Some(Callee::Unresolved {
                    reference: String::new(),
                    place: Place { file, span: *span },
                    why: match loaded.template.language {
                        Language::Arm => "it is linked by an address, and nothing is fetched".to_owned(),
                        Language::Bicep | Language::Params => "its path is not a literal".to_owned(),
                    },
                    assumed: None,
                }),
                NodeKind::Module(ModuleTarget::Inline(_)) | NodeKind::Resource(_) | NodeKind::Existing(_) => {
                    continue;
                }
            };
            *callee = found.map(Box::new);
        }
        for (import, target) in loaded.imports.iter_mut().zip(targets.by_ref()) {
            *import = self.found(&target);
        }
        if let Some(assignments) = &loaded.template.assignments {
            let mut rest = targets.map(|target| self.found(&target));
            loaded.using = assignments.using.and_then(|_| rest.next().flatten());
            loaded.extends = assignments.extends.and_then(|_| rest.next().flatten());
        }
    }

    fn found(self, target: &Target<'_>) -> Option<TemplateId> {
        match target {
            Target::Path(path, _) | Target::Text(path, ..) => self.known.get(path.as_os_str()).copied(),
            Target::Nowhere(_) => None,
        }
    }

    fn callee(self, reference: String, target: Target<'_>, place: Place) -> Callee {
        let found = self.found(&target);
        match (target, found) {
            (Target::Text(_, Provenance::Guessed, _, why), assumed) => {
                Callee::Unresolved { reference, place, why, assumed }
            }
            (Target::Nowhere(why), _) => Callee::Unresolved { reference, place, why, assumed: None },
            (_, Some(found)) => Callee::Template(found),
            (Target::Path(path, _) | Target::Text(path, ..), None) => {
                let why = self
                    .failed
                    .get(path.as_os_str())
                    .cloned()
                    .unwrap_or_else(|| "it could not be read".to_owned());
                Callee::Unresolved { reference, place, why, assumed: None }
            }
        }
    }
}

/// What a template refers to: calls, then imports, `using`, `extends`. With each reference goes the call that it stands in.
fn references(template: &Template) -> impl Iterator<Item = (&str, Option<&Node>)> {
    let exprs = &template.exprs;
    let calls = template.nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::Module(ModuleTarget::Reference { reference, .. }) => Some((reference.as_str(), Some(node))),
        _ => None,
    });
    let imports = template.imports.iter().map(|import| import.from);
    let assignments = template.assignments.iter().flat_map(|assignments| {
        [assignments.using, assignments.extends].into_iter().flatten().map(|(path, _)| path)
    });
    calls.chain(imports.chain(assignments).map(|path| (exprs.text(path), None)))
}

/// The names of a call's arguments, where they are written as such.
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

thread_local! {
    /// The buffers of this thread.
    static BUFFERS: RefCell<ParseBuffers> = RefCell::default();
}

/// Parses one file by its ending. Anything that is no parameter file and no JSON is read as Bicep.
fn parsed(path: &Path, text: Arc<str>) -> Parsed {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let kind = match ending.as_str() {
        "bicepparam" => FileKind::Params,
        "json" | "jsonc" | "arm" => return arm_template(text),
        _ => FileKind::Bicep,
    };
    BUFFERS.with_borrow_mut(|buffers| {
        let mut tree = buffers.parse(&text, kind);
        let template = bicep::make(FileId(0), &tree, Arc::clone(&text));
        let (directives, errors) = (take(&mut tree.directives), take(&mut tree.errors));
        buffers.take_back(tree);
        Parsed { text, template, directives, errors }
    })
}

/// What stands before a mistake in the JSON is a template all the same.
fn arm_template(text: Arc<str>) -> Parsed {
    let (template, errors) = arm::make(FileId(0), Arc::clone(&text));
    Parsed { text, template, directives: Vec::new(), errors }
}

/// Says which file a template and the ones inside it stand in.
fn set_file(template: &mut Template, file: FileId) {
    template.file = file;
    for inner in &mut template.inline {
        set_file(inner, file);
    }
}
