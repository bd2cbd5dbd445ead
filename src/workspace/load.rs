//! Reads the files of a run wave by wave, each once.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::ffi::OsString;
use std::mem::take;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use super::content::{Contents, Load};
use super::cut::Uncut;
use super::exports;
use super::file_system::{ByPath, FileSystem, normal, shown_from, text};
use super::parsed::{ParsedFile, ParsedFiles, ParsedTemplate};
use super::targets::{Config, Looked, Missing, Target, WORTH_THREADS};
use super::withheld::withheld;
use super::{
    Callee, Cloud, FileProblem, Knowledge, Loaded, Parameters, Provenance, TemplateId, UnreadFile,
    UnreadKind, Workspace,
};
use crate::door::{Boundary, FileKey, Unread};
use crate::limit::{Budget, Limit, Record};
use crate::parallel;
use crate::small_sort::SmallSort as _;
use crate::source::{Place, SourceFile, Sources, Span};
use crate::syntax::ast::Directive;
use crate::template::{Language, ModuleTarget, NodeKind, Template};

/// Number of files that a thread takes at once from the shared work list.
const AT_ONCE: usize = 2;

/// The outcome of reading a file.
enum Reading {
    /// The same text as at the last reading.
    Same,
    New(Box<ParsedFile>),
}

/// A file to read, with the reference that asks for it.
pub(super) struct Request<'k> {
    pub(super) path: PathBuf,
    pub(super) provenance: Provenance,
    pub(super) origin: Origin<'k>,
}

/// The source of the text of a request.
pub(super) enum Origin<'k> {
    /// It is known without reading.
    Text(Cow<'k, str>),
    /// From the file of this path.
    File,
    /// The same file, after the look at it.
    Looked(Looked),
}

/// A template that has been read. Its references are names; only those to templates inside it are known.
pub(super) struct Parsed {
    pub(super) template: Arc<Template>,
    pub(super) path: PathBuf,
    pub(super) provenance: Provenance,
    directives: Arc<[Directive]>,
    callees: Vec<Option<Box<Callee>>>,
    loads: Arc<[Load]>,
}

/// A template whose references are paths, which may not be read yet.
pub(super) struct Resolved<'k> {
    pub(super) parsed: Parsed,
    pub(super) features: Arc<[String]>,
    pub(super) settings: Arc<[PathBuf]>,
    pub(super) cloud: Option<Cloud>,
    /// The targets of its references, in order.
    pub(super) targets: Vec<Target<'k>>,
    /// The template of a parameter file that does not name it.
    pub(super) deploys: Option<Target<'k>>,
    /// The parameter files that it joins.
    pub(super) layers: Vec<Target<'k>>,
}

/// How much a run may still read.
pub(super) struct Left {
    pub(super) files: Budget,
    pub(super) bytes: Budget,
}

impl Default for Left {
    fn default() -> Self {
        Self { files: Limit::Files.budget(), bytes: Limit::RunBytes.budget() }
    }
}

/// A file that was inspected, with all its names.
struct OneFile {
    /// Its paths in different folders: each is a template of its own, because references are relative to the path and not to
    /// the real file. Several names in one folder are one template.
    names: SmallVec<[PathBuf; 1]>,
    /// Its text, once it is read.
    text: Option<Arc<str>>,
}

impl<'k> Resolved<'k> {
    /// All targets: of its references, of the template that it deploys, and of the parameter files that it merges.
    fn leads_to(&self) -> impl Iterator<Item = &Target<'k>> {
        self.targets.iter().chain(&self.deploys).chain(&self.layers)
    }
}

impl Parsed {
    pub(super) fn folder(&self) -> &Path {
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
        Self::load_within(Left::default(), files, knowledge, (roots, given), base)
    }

    /// Reads the roots and everything that they reach. A file whose text is unchanged is not parsed again.
    pub fn load_again(
        parsed: ParsedFiles,
        (files, boundary): (&dyn FileSystem, Arc<Boundary>),
        knowledge: &dyn Knowledge,
        (roots, parameters): (&[PathBuf], &Parameters),
        base: &Path,
    ) -> Self {
        let (left, files) = (Left::default(), (files, boundary));
        Self::load_what_changed(parsed, left, files, (knowledge, parameters), (roots, &[]), base)
    }

    /// Reads within a byte budget. Files beyond it count as unreadable, which is reported once.
    pub(super) fn load_within(
        left: Left,
        files: &dyn FileSystem,
        knowledge: &dyn Knowledge,
        asked: (&[PathBuf], &[(PathBuf, String)]),
        base: &Path,
    ) -> Self {
        let folders =
            asked.0.iter().chain(asked.1.iter().map(|(path, _)| path)).filter_map(|path| path.parent());
        let folders: Vec<(&Path, &Path)> = folders.map(|folder| (folder, folder)).collect();
        let files = (files, Arc::new(files.boundary(base, &folders)));
        let parameters = Parameters::default();
        Self::load_what_changed(ParsedFiles::default(), left, files, (knowledge, &parameters), asked, base)
    }

    fn load_what_changed(
        before: ParsedFiles,
        mut left: Left,
        (files, boundary): (&dyn FileSystem, Arc<Boundary>),
        (knowledge, parameters): (&dyn Knowledge, &Parameters),
        (roots, given): (&[PathBuf], &[(PathBuf, String)]),
        base: &Path,
    ) -> Self {
        let given = given.iter().map(|(path, text)| (path, Origin::Text(Cow::Borrowed(text.as_str()))));
        let all = given.chain(roots.iter().map(|path| (path, Origin::File)));
        let wave: Vec<Request<'_>> = all
            .map(|(path, origin)| Request { path: normal(path), provenance: Provenance::File, origin })
            .collect();
        let asked: Vec<PathBuf> = wave.iter().map(|request| request.path.clone()).collect();
        let mut loader = Loader::new((files, &boundary), (knowledge, parameters), base, asked.len());
        loader.before = before;
        loader.read_all(wave, &mut left);
        let (parsed, parsings) = (take(&mut loader.parsed), loader.parsings);
        let Finished { sources, problems, loaded, roots, unreadable, mut unread } = loader.finish(asked);
        let mut contents = Contents::default();
        for Loaded { loads, path, template, .. } in &loaded {
            let folder = path.parent().unwrap_or(Path::new(""));
            unread.extend(contents.read(loads, (template, folder), (files, &boundary), &mut left.bytes));
        }
        Self { sources, problems, roots, unreadable, unread, loaded, contents, parsed, parsings }
    }
}

/// Reads in waves: first the roots, then the files that they refer to, and so on. [`Loader::finish`] builds the parts of a
/// workspace.
pub(super) struct Loader<'k> {
    pub(super) files: &'k dyn FileSystem,
    /// The boundary of the run.
    pub(super) boundary: &'k Boundary,
    /// The boundary for settings of restored modules, which are outside the run's. It caches what it has seen of folders.
    pub(super) everywhere: Boundary,
    pub(super) knowledge: &'k dyn Knowledge,
    /// What the user says about parameter files.
    pub(super) parameters: &'k Parameters,
    base: &'k Path,
    sources: Sources,
    problems: Vec<FileProblem>,
    pub(super) unreadable: Vec<(PathBuf, String)>,
    resolved: Vec<Resolved<'k>>,
    known: ByPath<TemplateId>,
    failed: ByPath<String>,
    /// Files that were inspected.
    seen: FxHashMap<FileKey, OneFile>,
    /// Other names of files in the folder of the first.
    aliases: Vec<(PathBuf, PathBuf)>,
    pub(super) configs: ByPath<Arc<Config>>,
    /// Files of the last reading, which need not be parsed again.
    before: ParsedFiles,
    /// Files that were read so far.
    parsed: ParsedFiles,
    /// Number of files that were parsed.
    parsings: u64,
}

/// Everything in a workspace that comes from one reading.
struct Finished {
    sources: Sources,
    problems: Vec<FileProblem>,
    loaded: Vec<Loaded>,
    roots: Vec<(PathBuf, Option<TemplateId>)>,
    unreadable: Vec<(PathBuf, String)>,
    unread: Vec<UnreadFile>,
}

impl<'k> Loader<'k> {
    fn new(
        (files, boundary): (&'k dyn FileSystem, &'k Boundary),
        (knowledge, parameters): (&'k dyn Knowledge, &'k Parameters),
        base: &'k Path,
        asked: usize,
    ) -> Self {
        let known = ByPath::with_capacity_and_hasher(asked, FxBuildHasher);
        Self {
            files,
            boundary,
            everywhere: Boundary::everywhere(),
            knowledge,
            parameters,
            base,
            sources: Sources::default(),
            problems: Vec::new(),
            unreadable: Vec::new(),
            resolved: Vec::new(),
            known,
            failed: ByPath::default(),
            seen: FxHashMap::with_capacity_and_hasher(asked, FxBuildHasher),
            aliases: Vec::new(),
            configs: ByPath::default(),
            before: ParsedFiles::default(),
            parsed: ParsedFiles::default(),
            parsings: 0,
        }
    }

    /// Whether a file has been read.
    pub(super) fn is_known(&self, path: &Path) -> bool {
        self.known.contains_key(path.as_os_str())
    }

    /// Reads a wave and everything that it leads to, as far as the budget of files allows.
    fn read_all(&mut self, mut wave: Vec<Request<'k>>, left: &mut Left) {
        let mut seen: FxHashSet<OsString> = FxHashSet::with_capacity_and_hasher(wave.len(), FxBuildHasher);
        wave.retain(|request| seen.insert(request.path.clone().into_os_string()));
        let mut beyond = Record::default();
        while !wave.is_empty() {
            let allowed = left.files.left().min(wave.len() as u64) as usize;
            if let Err(reached) = left.files.spend(wave.len() as u64) {
                for request in wave.drain(allowed..) {
                    let why = format!("a run reads at most {} files", reached.number());
                    self.failed.insert(request.path.into_os_string(), why);
                }
                beyond.add((), reached);
            }
            let wave_seen = self.look(wave);
            let (first, again) = self.afford(wave_seen, &mut left.bytes, &mut beyond);
            let mut parsed = Vec::with_capacity(first.len());
            self.read(first, &mut parsed);
            self.read(again, &mut parsed);
            self.name_again();
            // Requests of the next wave come from the files just read.
            let resolved = self.resolve(parsed);
            let requests = resolved.iter().flat_map(Resolved::leads_to).filter_map(Target::request);
            wave = requests.filter(|request| seen.insert(request.path.clone().into_os_string())).collect();
            self.resolved.extend(resolved);
        }
        if let Some(root) = self.resolved.first() {
            let place = Place { file: root.parsed.template.file, span: Span::default() };
            self.problems.extend(beyond.iter().map(|((), reached)| FileProblem::limit(place, reached)));
        }
    }

    /// Inspects the files of a wave, and drops those that cannot be read.
    fn look(&mut self, wave: Vec<Request<'k>>) -> Vec<Request<'k>> {
        let one = |mut request: Request<'k>| {
            if matches!(request.origin, Origin::File) {
                match self.files.look(&request.path, self.boundary) {
                    Ok(seen) => request.origin = Origin::Looked(Looked { seen, cache: None }),
                    Err(unread) => return Err((request.path, unread.to_string())),
                }
            }
            Ok(request)
        };
        // Only roots have not been inspected yet.
        let open = wave.iter().filter(|request| matches!(request.origin, Origin::File)).count();
        let looked: Vec<Result<Request<'k>, (PathBuf, String)>> = match open {
            0 => return wave,
            1..WORTH_THREADS => wave.into_iter().map(one).collect(),
            _ => parallel::map(wave, usize::MAX, one),
        };
        let mut wave = Vec::with_capacity(looked.len());
        for request in looked {
            match request {
                Ok(request) => wave.push(request),
                Err((path, why)) => drop(self.failed.insert(path.into_os_string(), why)),
            }
        }
        wave
    }

    /// The part of a wave that fits the budget, in order: new files, and files that were seen under another name. Several names
    /// of one file in one folder are one template.
    fn afford(
        &mut self,
        wave: Vec<Request<'k>>,
        left: &mut Budget,
        beyond: &mut Record<()>,
    ) -> (Vec<Request<'k>>, Vec<Request<'k>>) {
        let (mut first, mut again) = (Vec::with_capacity(wave.len()), Vec::new());
        for request in wave {
            let Origin::Looked(Looked { seen, .. }) = &request.origin else {
                first.push(request);
                continue;
            };
            let (key, path) = (seen.key(), &request.path);
            let is_same =
                |name: &PathBuf| (name.parent(), name.extension()) == (path.parent(), path.extension());
            let names = self.seen.get(&key).map_or(&[][..], |file| &file.names);
            if let Some(name) = names.iter().find(|name| is_same(name)) {
                self.aliases.push((path.clone(), name.clone()));
                continue;
            }
            if let Err(reached) = left.spend(seen.bytes) {
                let why = format!("a run reads at most {} bytes", reached.number());
                self.failed.insert(path.clone().into_os_string(), why);
                beyond.add((), reached);
                continue;
            }
            match self.seen.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(OneFile { names: smallvec![path.clone()], text: None });
                    first.push(request);
                }
                Entry::Occupied(mut entry) => {
                    entry.get_mut().names.push(path.clone());
                    again.push(request);
                }
            }
        }
        (first, again)
    }

    /// Adds the other names of files to their templates.
    fn name_again(&mut self) {
        for (alias, name) in take(&mut self.aliases) {
            if let Some(&known) = self.known.get(name.as_os_str()) {
                self.known.insert(alias.into_os_string(), known);
            } else if let Some(why) = self.failed.get(name.as_os_str()).cloned() {
                self.failed.insert(alias.into_os_string(), why);
            }
        }
    }

    /// The templates with their targets, after cutting cycles. `asked` has the roots.
    fn finish(self, asked: Vec<PathBuf>) -> Finished {
        let Self { sources, problems, mut unreadable, resolved, known, failed, .. } = self;
        let read = Read { known: &known, failed: &failed };
        let why_not = |path: &Path| read.template(path).is_none().then(|| read.why_not(path));
        let mut unread: Vec<UnreadFile> =
            resolved.iter().flat_map(|resolved| resolved.unread(why_not)).collect();
        let uncut = Uncut { loaded: read.link_all(resolved), sources: &sources, problems };
        let (mut loaded, mut problems) = uncut.cut();
        deploy_with_roots(&mut loaded);
        problems.extend(exports::missing(&loaded, &problems));
        problems.small_sort_by_key(|problem| problem.place);
        let mut roots = Vec::with_capacity(asked.len());
        for path in asked {
            let found = read.template(&path);
            if found.is_none() {
                unreadable.push((path.clone(), read.why_not(&path)));
            }
            roots.push((path, found));
        }
        let asked = roots.iter().filter_map(|(_, root)| *root);
        unread.extend(without_template(&loaded, &problems, &unread, asked));
        Finished { sources, problems, loaded, roots, unreadable, unread }
    }

    /// Reads and parses a wave in parallel, and assigns ids in its order.
    fn read(&mut self, wave: Vec<Request<'_>>, parsed: &mut Vec<Parsed>) {
        let texts: Vec<(Request<'_>, Result<Reading, String>)> = if wave.len() == 1 {
            // Threads are not worth their start.
            wave.into_iter().map(|request| self.read_one(request)).collect()
        } else {
            parallel::map(wave, AT_ONCE, |request| self.read_one(request))
        };
        for (request, read) in texts {
            let file = match read {
                Ok(Reading::New(file)) => {
                    self.parsings += 1;
                    *file
                }
                Ok(Reading::Same) => match self.before.0.remove(request.path.as_os_str()) {
                    Some(file) => file,
                    None => continue,
                },
                Err(why) => {
                    self.failed.insert(request.path.into_os_string(), why);
                    continue;
                }
            };
            if let Origin::Looked(Looked { seen, .. }) = &request.origin
                && let Some(known) = self.seen.get_mut(&seen.key())
            {
                known.text = Some(Arc::clone(&file.text));
            }
            self.add(&request, file, parsed);
        }
    }

    fn read_one<'t>(&self, request: Request<'t>) -> (Request<'t>, Result<Reading, String>) {
        let reading = self.text(&request).and_then(|text| {
            let known = self.before.get(&request.path, &text);
            let is_joined = self.parameters.joined.as_ref().is_some_and(|(path, _)| *path == request.path);
            let path = if is_joined { Path::new("joined.json") } else { &request.path };
            let parse = || ParsedFile::new(path, text, request.provenance);
            let new = known.is_none().then(parse);
            // A broken module that the compiler restored is not the user's to fix: it counts as missing, and nothing of it is
            // quoted.
            match known.or(new.as_ref()).and_then(|file| file.broken.as_ref()) {
                Some(_) if request.provenance == Provenance::Restored => {
                    Err("its copy in the module cache is broken".to_owned())
                }
                _ => Ok(new.map_or(Reading::Same, |file| Reading::New(Box::new(file)))),
            }
        });
        (request, reading)
    }

    /// The text of a request: known, read under another name, or read now.
    fn text(&self, request: &Request<'_>) -> Result<Arc<str>, String> {
        let Looked { seen, cache } = match &request.origin {
            Origin::Text(text) => return Ok(text.as_ref().into()),
            // Every file was inspected before.
            Origin::File => return Err(Unread::Absent.to_string()),
            Origin::Looked(looked) => looked,
        };
        if let Some(known) = self.seen.get(&seen.key()).and_then(|file| file.text.as_ref()) {
            return Ok(Arc::clone(known));
        }
        let boundary = cache.as_deref().unwrap_or(self.boundary);
        let read = self.files.read_seen(&request.path, seen, boundary);
        let read = read.map_err(|unread| unread.to_string());
        read.and_then(|bytes| text(bytes).map_err(|error| error.to_string())).map(Arc::from)
    }

    /// Adds the templates of a file.
    fn add(&mut self, request: &Request<'_>, mut content: ParsedFile, parsed: &mut Vec<Parsed>) {
        let shown = shown_from(&request.path, self.base);
        let text = Arc::clone(&content.text);
        let source = match request.provenance {
            Provenance::File | Provenance::Restored => SourceFile::new(shown, text),
            Provenance::Known | Provenance::Guessed => SourceFile::stand_in(shown, text),
        };
        let withheld = content.templates.iter().flat_map(|one| withheld(&one.template, &source.text));
        let withheld = withheld.collect();
        content.set_file(self.sources.add(source.withholding(withheld)));
        self.problems.extend(content.problems.iter().cloned());
        // Ids continue after those of the wave.
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
}

/// Files that were read, and those that could not be.
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
        let Resolved { parsed, features, settings, cloud, targets, deploys, layers } = resolved;
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
                        Language::Arm => "it is an address, and nothing is downloaded".to_owned(),
                        Language::Bicep | Language::Params => "its path is not a literal".to_owned(),
                    },
                    assumed: None,
                    is_unread: false,
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
        using = deploys.and_then(|target| self.found(&target)).or(using);
        let layers = layers.iter().filter_map(|target| self.found(target)).collect();
        Loaded {
            template,
            path,
            provenance,
            features,
            settings,
            cloud,
            directives,
            callees,
            imports,
            using,
            extends,
            layers,
            loads,
        }
    }

    fn found(self, target: &Target<'_>) -> Option<TemplateId> {
        match target {
            Target::Path(path, ..) | Target::Text(path, ..) => self.template(path),
            Target::Nowhere(_) => None,
        }
    }

    fn callee(self, reference: String, target: Target<'_>, place: Place) -> Callee {
        let found = self.found(&target);
        match (target, found) {
            (Target::Text(_, Provenance::Guessed, _, Missing { why, is_unread, .. }), assumed) => {
                Callee::Unresolved { reference, place, why, assumed, is_unread }
            }
            (Target::Nowhere(Missing { why, is_unread, .. }), _) => {
                Callee::Unresolved { reference, place, why, assumed: None, is_unread }
            }
            (_, Some(found)) => Callee::Template(found),
            (Target::Path(path, provenance, _) | Target::Text(path, provenance, ..), None) => {
                let (why, is_unread) = (self.why_not(&path), provenance == Provenance::File);
                Callee::Unresolved { reference, place, why, assumed: None, is_unread }
            }
        }
    }
}

/// Parameter files among the roots without a template: they name none, extend none that does, and no other file extends them. A
/// file with `using none`, or one that was not read completely, is not listed.
fn without_template(
    loaded: &[Loaded],
    problems: &[FileProblem],
    unread: &[UnreadFile],
    roots: impl Iterator<Item = TemplateId>,
) -> Vec<UnreadFile> {
    let joined = loaded.iter().flat_map(|loaded| loaded.layers.iter().copied());
    let extended: FxHashSet<TemplateId> =
        loaded.iter().filter_map(|loaded| loaded.extends).chain(joined).collect();
    let names_none = |id: TemplateId| {
        let template = &loaded[id.ix()].template;
        let assignments = template.assignments.as_ref()?;
        let unread = unread.iter().filter(|one| matches!(one.kind, UnreadKind::Using | UnreadKind::Extends));
        let mut told = problems.iter().map(|problem| problem.place).chain(unread.map(|one| one.place));
        let is_told = told.any(|place| place.file == template.file);
        let of_layers = loaded[id.ix()].layers.iter().any(|layer| {
            let layer = &loaded[layer.ix()];
            layer.using.is_some() || layer.extends.is_some()
        });
        let names_one = assignments.using.is_some() || loaded[id.ix()].using.is_some() || of_layers;
        (!names_one && !assignments.is_for_none && !is_told).then_some(template.file)
    };
    let without = |root: TemplateId| {
        let file = names_none(root).filter(|_| !extended.contains(&root))?;
        let parents = std::iter::successors(loaded[root.ix()].extends, |parent| loaded[parent.ix()].extends);
        parents.map(names_none).collect::<Option<Vec<_>>>()?;
        let is_json = loaded[root.ix()].template.assignments.as_ref().is_some_and(|all| all.is_json);
        let why = if is_json {
            "there is none of the same name beside it, and no `azure.yaml` names one; use `--template FILE`"
        } else {
            "no `using` names one"
        };
        Some(UnreadFile {
            kind: UnreadKind::Using,
            symbol: None,
            path: String::new(),
            target: None,
            place: Place { file, span: Span::default() },
            why: why.to_owned(),
            is_outside: false,
            is_assumed: false,
            in_registry: false,
        })
    };
    roots.filter_map(without).collect()
}

/// Passes the cloud of each root down to the templates that it reaches: a module is deployed where its root is. Cycles have
/// been cut before.
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
