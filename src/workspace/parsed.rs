//! Parsed files, independent of the other files of the run. A workspace hands them on to the next reading, so that an unchanged
//! text is not parsed again.

use std::cell::RefCell;
use std::mem::take;
use std::path::Path;
use std::sync::Arc;

use super::content::Load;
use super::file_system::ByPath;
use super::{FileProblem, ProblemKind, Provenance, content, marked};
use crate::limit::{Limit, Record};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place};
use crate::syntax::ParseBuffers;
use crate::syntax::ast::{Directive, FileKind, SyntaxError};
use crate::template::{Inline, ModuleTarget, NodeKind, Template, arm, bicep};

/// A cache of parsed files, used again if the text is the same.
#[derive(Clone, Default)]
pub struct ParsedFiles(pub(super) ByPath<ParsedFile>);

impl ParsedFiles {
    /// Whether a file was parsed with this text.
    pub(super) fn get(&self, path: &Path, text: &str) -> Option<&ParsedFile> {
        self.0.get(path.as_os_str()).filter(|known| *known.text == *text)
    }
}

/// The templates and problems of one file. Clones share it.
#[derive(Clone)]
pub(super) struct ParsedFile {
    pub(super) text: Arc<str>,
    /// The template of the file, followed by its nested templates, each after the one that contains it.
    pub(super) templates: Vec<ParsedTemplate>,
    pub(super) directives: Arc<[Directive]>,
    pub(super) problems: Vec<FileProblem>,
    /// The reason why it is not a complete template, if it is not.
    pub(super) broken: Option<String>,
}

#[derive(Clone)]
pub(super) struct ParsedTemplate {
    pub(super) template: Arc<Template>,
    /// Nodes that deploy a nested template, with its index among the templates of the file.
    pub(super) inner: Vec<(usize, usize)>,
    /// The paths that it loads values from, as written.
    pub(super) loads: Arc<[Load]>,
}

impl ParsedFile {
    /// Parses one file by its ending. Anything that is neither a parameter file nor JSON is read as Bicep. Places in a restored module
    /// matter to nobody, so its equal templates are one.
    pub(super) fn new(path: &Path, text: Arc<str>, provenance: Provenance) -> Self {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let kind = match ending.to_ascii_lowercase().as_str() {
            "bicepparam" => FileKind::Params,
            "json" | "jsonc" | "arm" => {
                // Keep the template even with a syntax error: the part before the error is valid.
                let nested = match provenance {
                    Provenance::Restored => arm::Nested::Once,
                    Provenance::File | Provenance::Known | Provenance::Guessed => arm::Nested::Each,
                };
                let (template, errors) = arm::make_with(FileId(0), Arc::clone(&text), nested);
                return Self::of(text, template, Vec::new(), errors, &Record::default()).unless_marked(path);
            }
            _ => FileKind::Bicep,
        };
        BUFFERS.with_borrow_mut(|buffers| {
            let mut tree = buffers.parse(&text, kind);
            let template = bicep::make(FileId(0), &tree, Arc::clone(&text));
            let (directives, errors) = (take(&mut tree.directives), take(&mut tree.errors));
            let limits = take(&mut tree.limits);
            buffers.take_back(tree);
            Self::of(text, template, directives, errors, &limits).unless_marked(path)
        })
    }

    /// Replaces the problems of a file that another program still has to turn into Bicep by a single one.
    fn unless_marked(mut self, path: &Path) -> Self {
        let is_mistake =
            |problem: &&FileProblem| matches!(problem.kind, ProblemKind::Syntax | ProblemKind::Meaning);
        let mistakes = self.problems.iter().filter(is_mistake);
        let Some(mark) = marked::first(&self.text, mistakes.map(|problem| problem.place.span)) else {
            return self;
        };
        let file = self.problems.first().map_or(FileId(0), |problem| problem.place.file);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.problems = vec![FileProblem {
            kind: ProblemKind::Marked,
            place: Place { file, span: mark.at },
            message: format!(
                "the file is a template of another program, with marks like `{}`; it is not checked",
                mark.form
            ),
            help: Some(format!(
                "check the file that this program generates, and exclude the template: `exclude = [{name:?}]` in \
                 `bicep-race-lint.toml`"
            )),
        }];
        self
    }

    fn of(
        text: Arc<str>,
        template: Template,
        directives: Vec<Directive>,
        errors: Vec<SyntaxError>,
        limits: &Record<()>,
    ) -> Self {
        let file = template.file;
        let broken = errors.first().map(|error| error.message.clone());
        let mut problems = Vec::new();
        if let Some(last) = errors.last() {
            let place = Place { file, span: last.span };
            problems.extend(limits.iter().map(|((), reached)| FileProblem::limit(place, reached)));
        }
        problems.extend(errors.into_iter().map(|error| FileProblem::syntax(file, error)));
        let mut parsed =
            Self { text, templates: Vec::new(), directives: directives.into(), problems, broken };
        parsed.add(template);
        parsed
    }

    /// Adds a template and, after it, its nested templates.
    fn add(&mut self, mut template: Template) {
        self.add_problems(&mut template);
        let inline = take(&mut template.inline);
        let called = template.nodes.iter().enumerate().filter_map(|(node, called)| match called.kind {
            NodeKind::Module(ModuleTarget::Inline(at)) => Some((node, at as usize)),
            _ => None,
        });
        let called: Vec<(usize, usize)> = called.collect();
        let loads = content::loads(&template).collect();
        let own = self.templates.len();
        self.templates.push(ParsedTemplate { template: Arc::new(template), inner: Vec::new(), loads });
        for (at, inner) in inline.into_iter().enumerate() {
            let behind = match inner {
                Inline::Own(_) => self.templates.len(),
                Inline::Copy(known) => known as usize,
            };
            let calls = called.iter().filter(|(_, called)| *called == at).map(|&(node, _)| (node, behind));
            self.templates[own].inner.extend(calls);
            if let Inline::Own(inner) = inner {
                self.add(*inner);
            }
        }
    }

    fn add_problems(&mut self, template: &mut Template) {
        let file = template.file;
        template.problems.small_sort_by_key(|problem| problem.span);
        if let Err(reached) = Limit::Mistakes.check(template.problems.len()) {
            let beyond = template.problems.drain(reached.number() as usize..);
            let span = beyond.map(|problem| problem.span).next().unwrap_or_default();
            template.limits.add(span, reached);
        }
        let limits = take(&mut template.limits);
        let told = limits.iter().map(|(&span, reached)| FileProblem::limit(Place { file, span }, reached));
        self.problems.extend(told);
        self.problems.extend(template.problems.drain(..).map(|problem| FileProblem {
            kind: ProblemKind::Meaning,
            place: Place { file, span: problem.span },
            message: problem.message,
            help: None,
        }));
    }

    /// Sets the id of the file in this reading. Data that is shared with another workspace is copied first.
    pub(super) fn set_file(&mut self, file: FileId) {
        for ParsedTemplate { template, .. } in &mut self.templates {
            if template.file != file {
                Arc::make_mut(template).file = file;
            }
        }
        for problem in &mut self.problems {
            problem.place.file = file;
        }
    }
}

thread_local! {
    /// The buffers of this thread.
    static BUFFERS: RefCell<ParseBuffers> = RefCell::default();
}
