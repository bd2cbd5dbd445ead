//! Reading: wave by wave, each file once.

use std::borrow::Cow;
use std::ffi::OsString;
use std::mem::take;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::bicep_config::{self, BicepConfig};
use super::content::Contents;
use super::cut::Uncut;
use super::file_system::{ByPath, FileSystem, below, normal, shown_from, text};
use super::parsed::{ParsedFile, ParsedFiles, ParsedTemplate};
use super::reference::{self, Reference};
use super::{Callee, Cloud, FileProblem, Knowledge, Loaded, Provenance, TemplateId, Workspace};
use crate::limit::{Budget, Limit, Record};
use crate::parallel;
use crate::source::{Place, SourceFile, Sources, Span};
use crate::syntax::ast::Directive;
use crate::template::{Expr, Language, ModuleTarget, Node, NodeKind, Property, Template};

/// For fewer templates, threads are not worth their start.
const WORTH_THREADS: usize = 32;
/// So many files are read without a look at whether another thread has nothing left to do.
const AT_ONCE: usize = 8;
/// What a reference from one known module to another starts with.
const SCHEME: &str = "known:";

/// What a file turned out to hold.
enum Reading {
    /// What it held when it was last read.
    Same,
    New(Box<ParsedFile>),
}

/// What to read next, and who asked for it.
struct Request<'k> {
    path: PathBuf,
    provenance: Provenance,
    /// A text that is known without reading.
    text: Option<Cow<'k, str>>,
}

/// A template that has been read. Its references are names; only those to templates inside of it are known.
struct Parsed {
    template: Arc<Template>,
    path: PathBuf,
    provenance: Provenance,
    directives: Arc<[Directive]>,
    callees: Vec<Option<Box<Callee>>>,
    loads: Arc<[String]>,
}

/// A template whose references are paths, which may not be read yet.
struct Resolved<'k> {
    parsed: Parsed,
    features: Arc<[String]>,
    cloud: Option<Cloud>,
    /// Where its references lead, in the order of [`references`].
    targets: Vec<Target<'k>>,
}

impl Parsed {
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

impl Workspace {
    /// Reads the roots and everything that they reach. Paths are shown relative to `base`.
    pub fn load(
        files: &dyn FileSystem,
        knowledge: &dyn Knowledge,
        roots: &[PathBuf],
        given: &[(PathBuf, String)],
        base: &Path,
    ) -> Self {
        Self::load_within(Limit::Files.budget(), files, knowledge, (roots, given), base)
    }

    /// Reads the roots and everything that they reach; what was parsed before is not parsed again where its text is the same.
    pub fn load_again(
        parsed: ParsedFiles,
        files: &dyn FileSystem,
        knowledge: &dyn Knowledge,
        roots: &[PathBuf],
        base: &Path,
    ) -> Self {
        Self::load_what_changed(parsed, Limit::Files.budget(), files, knowledge, (roots, &[]), base)
    }

    /// Reads as many files as there are left; what is beyond them counts as unreadable, which is told once.
    pub(super) fn load_within(
        left: Budget,
        files: &dyn FileSystem,
        knowledge: &dyn Knowledge,
        asked: (&[PathBuf], &[(PathBuf, String)]),
        base: &Path,
    ) -> Self {
        Self::load_what_changed(ParsedFiles::default(), left, files, knowledge, asked, base)
    }

    fn load_what_changed(
        before: ParsedFiles,
        left: Budget,
        files: &dyn FileSystem,
        knowledge: &dyn Knowledge,
        (roots, given): (&[PathBuf], &[(PathBuf, String)]),
        base: &Path,
    ) -> Self {
        let given = given.iter().map(|(path, text)| (path, Some(Cow::Borrowed(text.as_str()))));
        let all = given.chain(roots.iter().map(|path| (path, None)));
        let wave: Vec<Request<'_>> = all
            .map(|(path, text)| Request { path: normal(path), provenance: Provenance::File, text })
            .collect();
        let asked: Vec<PathBuf> = wave.iter().map(|request| request.path.clone()).collect();
        let mut loader = Loader::new(files, knowledge, base, &asked);
        loader.before = before;
        loader.read_all(wave, left);
        let (parsed, parsings) = (take(&mut loader.parsed), loader.parsings);
        let Finished { sources, problems, loaded, roots, unreadable, folders } = loader.finish(asked);
        let mut contents = Contents::default();
        for Loaded { loads, path, .. } in &loaded {
            contents.read(loads, path.parent().unwrap_or(Path::new("")), files, &folders);
        }
        Self { sources, problems, roots, unreadable, loaded, contents, parsed, parsings }
    }
}

/// Reads wave by wave: first the roots, then what they refer to. [`Loader::finish`] makes the parts of a workspace of it.
struct Loader<'k> {
    files: &'k dyn FileSystem,
    knowledge: &'k dyn Knowledge,
    base: &'k Path,
    /// Where the run is at home: the folder that paths are shown relative to, and those of roots outside of it.
    folders: Vec<PathBuf>,
    sources: Sources,
    problems: Vec<FileProblem>,
    unreadable: Vec<(PathBuf, String)>,
    resolved: Vec<Resolved<'k>>,
    known: ByPath<TemplateId>,
    failed: ByPath<String>,
    configs: ByPath<Arc<Config>>,
    /// What need not be parsed again.
    before: ParsedFiles,
    /// What has been read by now.
    parsed: ParsedFiles,
    /// How many files have been parsed.
    parsings: u64,
}

/// All of a workspace that is read at once.
struct Finished {
    sources: Sources,
    problems: Vec<FileProblem>,
    loaded: Vec<Loaded>,
    roots: Vec<(PathBuf, Option<TemplateId>)>,
    unreadable: Vec<(PathBuf, String)>,
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

impl<'k> Loader<'k> {
    fn new(
        files: &'k dyn FileSystem,
        knowledge: &'k dyn Knowledge,
        base: &'k Path,
        asked: &[PathBuf],
    ) -> Self {
        let outside =
            asked.iter().filter(|path| below(path, base).is_none()).filter_map(|path| path.parent());
        let mut folders: Vec<PathBuf> = outside.map(Path::to_owned).collect();
        folders.dedup();
        folders.push(base.to_owned());
        folders.sort();
        folders.dedup();
        Self {
            files,
            knowledge,
            base,
            folders,
            sources: Sources::default(),
            problems: Vec::new(),
            unreadable: Vec::new(),
            resolved: Vec::new(),
            known: ByPath::with_capacity_and_hasher(asked.len(), FxBuildHasher),
            failed: ByPath::default(),
            configs: ByPath::default(),
            before: ParsedFiles::default(),
            parsed: ParsedFiles::default(),
            parsings: 0,
        }
    }

    /// Reads a wave and all that it leads to, as far as there are files left.
    fn read_all(&mut self, mut wave: Vec<Request<'k>>, mut left: Budget) {
        let mut seen: FxHashSet<OsString> = FxHashSet::with_capacity_and_hasher(wave.len(), FxBuildHasher);
        wave.retain(|request| seen.insert(request.path.clone().into_os_string()));
        let mut beyond = Record::default();
        while !wave.is_empty() {
            let allowed = left.left().min(wave.len() as u64) as usize;
            if let Err(reached) = left.spend(wave.len() as u64) {
                for request in wave.drain(allowed..) {
                    let why = format!("a run reads at most {} files", reached.number());
                    self.failed.insert(request.path.into_os_string(), why);
                }
                beyond.add((), reached);
            }
            let parsed = self.read(wave);
            // What is new is asked for by what has just been read.
            let resolved = self.resolve(parsed);
            let requests = resolved.iter().flat_map(|resolved| &resolved.targets).filter_map(Target::request);
            wave = requests.filter(|request| seen.insert(request.path.clone().into_os_string())).collect();
            self.resolved.extend(resolved);
        }
        if let Some(root) = self.resolved.first() {
            let place = Place { file: root.parsed.template.file, span: Span::default() };
            self.problems.extend(beyond.iter().map(|((), reached)| FileProblem::limit(place, reached)));
        }
    }

    /// The templates with all that they lead to, without circles. `asked` are the roots.
    fn finish(self, asked: Vec<PathBuf>) -> Finished {
        let Self { sources, problems, mut unreadable, resolved, known, failed, folders, .. } = self;
        let read = Read { known: &known, failed: &failed };
        let uncut = Uncut { loaded: read.link_all(resolved), sources: &sources, problems };
        let (mut loaded, mut problems) = uncut.cut();
        deploy_with_roots(&mut loaded);
        problems.sort_by_key(|problem| problem.place);
        let mut roots = Vec::with_capacity(asked.len());
        for path in asked {
            let found = read.template(&path);
            if found.is_none() {
                unreadable.push((path.clone(), read.why_not(&path)));
            }
            roots.push((path, found));
        }
        Finished { sources, problems, loaded, roots, unreadable, folders }
    }

    /// Reads and parses a wave in parallel, and gives ids in its order.
    fn read(&mut self, wave: Vec<Request<'_>>) -> Vec<Parsed> {
        let texts: Vec<(Request<'_>, Result<Reading, String>)> = if wave.len() == 1 {
            // Threads are not worth their start.
            wave.into_iter().map(|request| self.read_one(request)).collect()
        } else {
            parallel::map(wave, AT_ONCE, |request| self.read_one(request))
        };
        let mut parsed = Vec::with_capacity(texts.len());
        for (request, read) in texts {
            match read {
                Ok(Reading::New(file)) => {
                    self.parsings += 1;
                    self.add(&request, *file, &mut parsed);
                }
                Ok(Reading::Same) => {
                    if let Some(file) = self.before.0.remove(request.path.as_os_str()) {
                        self.add(&request, file, &mut parsed);
                    }
                }
                Err(why) => {
                    self.failed.insert(request.path.into_os_string(), why);
                }
            }
        }
        parsed
    }

    fn read_one<'t>(&self, mut request: Request<'t>) -> (Request<'t>, Result<Reading, String>) {
        let is_read = request.text.is_none();
        let read = match request.text.take() {
            Some(text) => Ok(text),
            None => self
                .files
                .read(&request.path)
                .map_err(|error| error.to_string())
                .and_then(|bytes| text(bytes).map_err(|error| error.to_string()))
                .map(Cow::Owned),
        };
        let reading = read.and_then(|text| {
            let known = self.before.get(&request.path, &text);
            let new = if known.is_none() { Some(ParsedFile::new(&request.path, text.into())) } else { None };
            // What the compiler has restored is not the user's to mend: it counts as not there.
            match known.or(new.as_ref()).and_then(|file| file.broken.as_ref()) {
                Some(error) if request.provenance == Provenance::Restored => {
                    Err(format!("its copy in the module cache is broken: {error}"))
                }
                // What is no template may be anything, and messages quote it.
                Some(_) if is_read && self.files.leads_out(&request.path, &self.folders) => {
                    Err("it lies outside of the repository and is no valid template".to_owned())
                }
                _ => Ok(new.map_or(Reading::Same, |file| Reading::New(Box::new(file)))),
            }
        });
        (request, reading)
    }

    /// Adds the templates of a file.
    fn add(&mut self, request: &Request<'_>, mut content: ParsedFile, parsed: &mut Vec<Parsed>) {
        let shown = shown_from(&request.path, self.base);
        let text = Arc::clone(&content.text);
        let source = match request.provenance {
            Provenance::File | Provenance::Restored => SourceFile::new(shown, text),
            Provenance::Known | Provenance::Guessed => SourceFile::stand_in(shown, text),
        };
        content.set_file(self.sources.add(source));
        self.problems.extend(content.problems.iter().cloned());
        // Ids go on behind those of the wave.
        let first = (self.resolved.len() + parsed.len()) as u32;
        let path = request.path.clone().into_os_string();
        self.known.insert(path.clone(), TemplateId(first));
        for (at, ParsedTemplate { template, inner, loads }) in content.templates.iter().enumerate() {
            let mut callees = vec![None; template.nodes.len()];
            for &(node, behind) in inner {
                callees[node] = Some(Box::new(Callee::Template(TemplateId(first + behind as u32))));
            }
            let directives = if at == 0 { Arc::clone(&content.directives) } else { Arc::default() };
            parsed.push(Parsed {
                template: Arc::clone(template),
                path: request.path.clone(),
                provenance: request.provenance,
                directives,
                callees,
                loads: Arc::clone(loads),
            });
        }
        self.parsed.0.insert(path, content);
    }

    fn config(&mut self, folder: &Path) -> Arc<Config> {
        if let Some(known) = self.configs.get(folder.as_os_str()) {
            return Arc::clone(known);
        }
        // What has no configuration of its own shares that of the folder above.
        let above = folder.parent().filter(|_| !self.files.is_file(&folder.join(bicep_config::NAME)));
        let config = if let Some(above) = above {
            self.config(above)
        } else {
            let (mut config, mistakes) = bicep_config::nearest(self.files, folder);
            // Many machines have none, and thousands of references would be looked up in it.
            config.cache = config.cache.filter(|cache| self.files.is_folder(cache));
            let mistakes = mistakes.into_iter().map(|why| (PathBuf::from(bicep_config::NAME), why));
            self.unreadable.extend(mistakes);
            let features = config.features.clone().into();
            Arc::new(Config { config, features })
        };
        self.configs.insert(folder.as_os_str().to_owned(), Arc::clone(&config));
        config
    }

    /// Finds out where the references of a wave lead.
    fn resolve(&mut self, wave: Vec<Parsed>) -> Vec<Resolved<'k>> {
        let configs: Vec<Arc<Config>> = wave.iter().map(|parsed| self.config(parsed.folder())).collect();
        let one = |(parsed, config): (Parsed, Arc<Config>)| {
            let written = references(&parsed.template);
            let targets = written.map(|written| self.target(&parsed, &config.config, written)).collect();
            let (features, cloud) = (Arc::clone(&config.features), config.config.cloud);
            Resolved { parsed, features, cloud, targets }
        };
        match wave.len() {
            ..WORTH_THREADS => wave.into_iter().zip(configs).map(one).collect(),
            _ => parallel::map(wave.into_iter().zip(configs).collect(), usize::MAX, one),
        }
    }

    /// Where a reference of a template leads.
    fn target(
        &self,
        parsed: &Parsed,
        config: &BicepConfig,
        (written, call): (&str, Option<&Node>),
    ) -> Target<'k> {
        let (files, knowledge) = (self.files, self.knowledge);
        if parsed.provenance == Provenance::Known
            && let Some(path) = written.strip_prefix(SCHEME)
            && let Some(text) = knowledge.public(path)
        {
            let place = PathBuf::from(SCHEME.replace(':', "/")).join(path);
            return Target::Text(place, Provenance::Known, text.into(), String::new());
        }
        if matches!(parsed.provenance, Provenance::Known | Provenance::Guessed) {
            return Target::Nowhere("it is not part of what is known".to_owned());
        }
        let (folder, provenance) = (parsed.folder(), parsed.provenance);
        let reference = reference::parse(written, config);
        let guess = |why: String| {
            let guessed = call.and_then(|node| {
                knowledge.guess(written, &node.symbol, &argument_names(&parsed.template, node))
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
}

/// What has been read, and what could not be.
#[derive(Clone, Copy)]
struct Read<'l> {
    known: &'l ByPath<TemplateId>,
    failed: &'l ByPath<String>,
}

impl Read<'_> {
    /// Templates with the templates that their references lead to.
    fn link_all(self, resolved: Vec<Resolved<'_>>) -> Vec<Loaded> {
        match resolved.len() {
            ..WORTH_THREADS => resolved.into_iter().map(|resolved| self.link(resolved)).collect(),
            _ => parallel::map(resolved, usize::MAX, |resolved| self.link(resolved)),
        }
    }

    /// The template that was read from a path.
    fn template(self, path: &Path) -> Option<TemplateId> {
        self.known.get(path.as_os_str()).copied()
    }

    /// Why nothing was read from a path.
    fn why_not(self, path: &Path) -> String {
        self.failed.get(path.as_os_str()).cloned().unwrap_or_else(|| "it could not be read".to_owned())
    }

    /// A template with the templates that its references lead to.
    fn link(self, resolved: Resolved<'_>) -> Loaded {
        let Resolved { parsed, features, cloud, targets } = resolved;
        let Parsed { template, path, provenance, directives, mut callees, loads } = parsed;
        let mut targets = targets.into_iter();
        let file = template.file;
        for (node, callee) in template.nodes.iter().zip(&mut callees) {
            let found = match &node.kind {
                NodeKind::Module(ModuleTarget::Reference { reference, span }) => {
                    let place = Place { file, span: *span };
                    targets.next().map(|target| self.callee(reference.clone(), target, place))
                }
                NodeKind::Module(ModuleTarget::Unknown(span)) => Some(Callee::Unresolved {
                    reference: String::new(),
                    place: Place { file, span: *span },
                    why: match template.language {
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
        let imports =
            targets.by_ref().take(template.imports.len()).map(|target| self.found(&target)).collect();
        let (mut using, mut extends) = (None, None);
        if let Some(assignments) = &template.assignments {
            let mut rest = targets.map(|target| self.found(&target));
            using = assignments.using.and_then(|_| rest.next().flatten());
            extends = assignments.extends.and_then(|_| rest.next().flatten());
        }
        Loaded {
            template,
            path,
            provenance,
            features,
            cloud,
            directives,
            callees,
            imports,
            using,
            extends,
            loads,
        }
    }

    fn found(self, target: &Target<'_>) -> Option<TemplateId> {
        match target {
            Target::Path(path, _) | Target::Text(path, ..) => self.template(path),
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
                Callee::Unresolved { reference, place, why: self.why_not(&path), assumed: None }
            }
        }
    }
}

/// Gives what others refer to the cloud of these: a module is deployed to where its root is. There are no circles any more.
fn deploy_with_roots(loaded: &mut [Loaded]) {
    let mut clouds = loaded.iter().map(|loaded| loaded.cloud);
    let first = clouds.next();
    if clouds.all(|cloud| Some(cloud) == first) {
        return;
    }
    let mut is_reached = vec![false; loaded.len()];
    loaded.iter().flat_map(Loaded::refers_to).for_each(|id| is_reached[id.ix()] = true);
    let mut open: Vec<usize> = (0..loaded.len()).filter(|&at| !is_reached[at]).collect();
    let mut found: Vec<Option<Option<Cloud>>> = loaded
        .iter()
        .zip(is_reached)
        .map(|(loaded, is_reached)| (!is_reached).then_some(loaded.cloud))
        .collect();
    while let Some(at) = open.pop() {
        for next in loaded[at].refers_to() {
            // Roots of two clouds leave none.
            let joined = if found[next.ix()].is_none() { found[at] } else { Some(None) };
            if found[next.ix()] != found[at] && found[next.ix()] != joined {
                found[next.ix()] = joined;
                open.push(next.ix());
            }
        }
    }
    for (loaded, cloud) in loaded.iter_mut().zip(found) {
        loaded.cloud = cloud.flatten();
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
