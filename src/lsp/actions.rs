//! Code actions for findings: the remedy, all remedies, a suppression, the baseline.

use std::collections::BTreeSet;

use gen_lsp_types::{
    CodeAction, CodeActionContext, CodeActionKind, CodeActionResponse, CodeActionTriggerKind, Command,
    Diagnostic, DocumentChange, Edit, OptionalVersionedTextDocumentIdentifier, Range, SnippetTextEdit,
    StringValue, TextDocumentEdit, TextDocumentIdentifier, TextEdit, WorkspaceEdit,
};
use serde_json::{Value, json};

use super::client::{Client, Settings};
use super::commands::{ADD_TO_BASELINE, EXPLAIN_PAIR};
use super::diagnostics::{self, in_file};
use super::places::{Places, meet};
use crate::fix;
use crate::rules::finding::{self, Finding, Participant, Report};
use crate::session::{Outline, Session};
use crate::source::{FileId, Place, Span};

/// All remedies of a file at once, as an editor asks for them when it saves.
pub(super) const FIX_ALL: &str = "source.fixAll.bicepRaceLint";

/// The range and the findings that a request is about.
pub(super) struct Asked<'a> {
    pub(super) report: &'a Report,
    pub(super) session: &'a Session,
    pub(super) outline: &'a Outline,
    pub(super) file: FileId,
    pub(super) range: Range,
    pub(super) context: &'a CodeActionContext,
    pub(super) places: &'a Places<'a>,
    pub(super) client: &'a Client,
    pub(super) settings: &'a Settings,
}

impl Asked<'_> {
    /// The actions at the range.
    pub(super) fn actions(&self) -> Vec<CodeActionResponse> {
        let mut actions = Vec::new();
        let here = self.places.span(self.file, self.range);
        let all = diagnostics::of_file(self.report, self.file, self.places, self.client, self.settings);
        if self.wants("quickfix") {
            for finding in self.report.shown(self.settings.level) {
                let met = in_file(finding, self.file).into_iter().find(|(_, place)| meet(place.span, here));
                let Some((at, place)) = met else { continue };
                let told = told_as(&all, &finding.fingerprint);
                actions.extend(self.remedy(finding, &told));
                actions.push(self.suppression(finding, at, place, &told));
                actions.extend(self.acceptance(finding, &told));
            }
            for diagnostic in self.report.shown_diagnostics(self.settings.level) {
                let is_here = diagnostic.place.file == self.file && meet(diagnostic.place.span, here);
                if let Some(fix) = diagnostic.fix.as_ref().filter(|_| is_here) {
                    let told = told_as(&all, &diagnostic.fingerprint);
                    actions.push(self.action(
                        capital(&fix.description),
                        CodeActionKind::QuickFix,
                        told,
                        &[fix],
                    ));
                }
            }
            actions.extend(self.of_root(here));
        }
        if self.wants(FIX_ALL) {
            actions.extend(self.fix_all());
        }
        if self.context.only.is_none() && self.context.trigger_kind != Some(CodeActionTriggerKind::Automatic)
        {
            actions.extend(self.explanation(here));
        }
        actions.into_iter().map(CodeActionResponse::CodeAction).collect()
    }

    /// Whether the client wants actions of a kind. A requested kind covers all kinds that start with it.
    fn wants(&self, kind: &str) -> bool {
        let Some(only) = &self.context.only else { return kind != FIX_ALL };
        only.iter().any(|asked| {
            let asked = String::from(asked.clone());
            asked.is_empty()
                || kind == asked
                || kind.strip_prefix(&asked).is_some_and(|rest| rest.starts_with('.'))
        })
    }

    fn action(
        &self,
        title: String,
        kind: CodeActionKind,
        told: Vec<Diagnostic>,
        fixes: &[&finding::Fix],
    ) -> CodeAction {
        let edits = fixes.iter().flat_map(|fix| &fix.edits);
        CodeAction {
            title,
            kind: Some(kind),
            diagnostics: (!told.is_empty()).then_some(told),
            edit: Some(self.edit(edits)),
            ..CodeAction::default()
        }
    }

    /// The edits as changes of the texts that the report is about, each with its version: no other text is changed.
    fn edit<'e>(&self, edits: impl Iterator<Item = &'e finding::Edit>) -> WorkspaceEdit {
        let mut files: Vec<(FileId, Vec<TextEdit>)> = Vec::new();
        for edit in edits {
            let text = TextEdit { range: self.places.range(edit.place), new_text: edit.insert.clone() };
            match files.iter_mut().find(|(file, _)| *file == edit.place.file) {
                Some((_, known)) => known.push(text),
                None => files.push((edit.place.file, vec![text])),
            }
        }
        if self.client.has_versioned_edits {
            let changes = files.into_iter().map(|(file, edits)| {
                let edits = edits.into_iter().map(Edit::TextEdit).collect();
                DocumentChange::TextDocumentEdit(TextDocumentEdit {
                    text_document: self.versioned(file),
                    edits,
                })
            });
            WorkspaceEdit { document_changes: Some(changes.collect()), ..WorkspaceEdit::default() }
        } else {
            let changes = files.into_iter().map(|(file, edits)| (self.places.address(file).0, edits));
            WorkspaceEdit { changes: Some(changes.collect()), ..WorkspaceEdit::default() }
        }
    }

    fn versioned(&self, file: FileId) -> OptionalVersionedTextDocumentIdentifier {
        let (uri, version) = self.places.address(file);
        let text_document_identifier = TextDocumentIdentifier { uri };
        OptionalVersionedTextDocumentIdentifier { version, text_document_identifier }
    }

    fn remedy(&self, finding: &Finding, told: &[Diagnostic]) -> Option<CodeAction> {
        let fix = finding.fix.as_ref()?;
        let mut action =
            self.action(capital(&fix.description), CodeActionKind::QuickFix, told.to_vec(), &[fix]);
        action.is_preferred = Some(true);
        Some(action)
    }

    /// A directive above the declaration, with a place for the reason.
    fn suppression(&self, finding: &Finding, at: usize, place: Place, told: &[Diagnostic]) -> CodeAction {
        let writer = &finding.participants[at];
        let (symbol, start) = self.declared(writer, finding, place);
        let line = self.places.line(self.file, start);
        let source = self.places.source(self.file);
        let indent = &source.text[line.start as usize..start.max(line.start) as usize];
        let end = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
        let directive = format!("{indent}#disable-next-line {} // ", finding.id());
        let range = self.places.range(Place { file: self.file, span: Span::new(line.start, line.start) });
        let title = format!("Suppress `{}` for `{symbol}`, with a reason", finding.id());
        let edit = if self.client.has_snippets && self.client.has_versioned_edits {
            let escaped = directive.replace('\\', "\\\\").replace('$', "\\$");
            let snippet = StringValue { value: format!("{escaped}${{1:why this is not a race}}{end}") };
            let edit = Edit::SnippetTextEdit(SnippetTextEdit { range, snippet, annotation_id: None });
            let edit = TextDocumentEdit { text_document: self.versioned(self.file), edits: vec![edit] };
            let changes = vec![DocumentChange::TextDocumentEdit(edit)];
            WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
        } else {
            let insert = format!("{directive}why this is not a race{end}");
            let place = Place { file: self.file, span: Span::new(line.start, line.start) };
            self.edit(std::iter::once(&finding::Edit::new(place, insert)))
        };
        CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: (!told.is_empty()).then(|| told.to_vec()),
            edit: Some(edit),
            ..CodeAction::default()
        }
    }

    /// The symbol of the declaration at one of a writer's places, and the start of the declaration with its decorators.
    fn declared<'f>(&self, writer: &'f Participant, finding: &Finding, place: Place) -> (&'f str, u32) {
        let inside = writer.via.last().filter(|step| step.place == place);
        let (symbol, template, node) = match inside {
            Some(step) => (&step.symbol, step.template, step.node),
            None => (&writer.symbol, finding.race.template, writer.node),
        };
        (symbol, self.session.workspace().template(template).node(node).full_span.start)
    }

    fn acceptance(&self, finding: &Finding, told: &[Diagnostic]) -> Option<CodeAction> {
        let baseline = self.settings.baseline.as_ref()?;
        let title = format!("Accept it in `{}`", baseline.display());
        let uri = self.places.address(self.file).0;
        let arguments = vec![json!(uri), json!(finding.fingerprint)];
        Some(CodeAction {
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: (!told.is_empty()).then(|| told.to_vec()),
            command: Some(command(&title, ADD_TO_BASELINE, arguments)),
            title,
            ..CodeAction::default()
        })
    }

    /// All remedies that change this file, with their edits in other files.
    fn fix_all(&self) -> Option<CodeAction> {
        let is_here = |fix: &&finding::Fix| fix.edits.iter().any(|edit| edit.place.file == self.file);
        let shown = self.report.shown(self.settings.level);
        let fixes: Vec<&finding::Fix> =
            shown.filter_map(|finding| finding.fix.as_ref()).filter(is_here).collect();
        if fixes.is_empty() {
            return None;
        }
        let kind = CodeActionKind::from(FIX_ALL.to_owned());
        Some(self.action("Order all races of this file".to_owned(), kind, Vec::new(), &fixes))
    }

    /// All remedies of a root that a finding at the range happens under.
    fn of_root(&self, here: Span) -> Option<CodeAction> {
        let is_met =
            |finding: &&Finding| in_file(finding, self.file).iter().any(|(_, place)| meet(place.span, here));
        let met: Vec<&Finding> = self.report.shown(self.settings.level).filter(is_met).collect();
        let root = met.first()?.roots.first()?;
        let of_root = self.report.shown(self.settings.level).filter(|finding| finding.roots.contains(root));
        let of_root: Vec<&Finding> = of_root.filter(|finding| finding.fix.is_some()).collect();
        let files: BTreeSet<FileId> = of_root
            .iter()
            .flat_map(|finding| &finding.fix)
            .flat_map(|fix| &fix.edits)
            .map(|edit| edit.place.file)
            .collect();
        if of_root.len() < 2 {
            return None;
        }
        let findings: Vec<Finding> = of_root.into_iter().cloned().collect();
        let edits: Vec<&finding::Edit> =
            files.iter().flat_map(|&file| fix::edits_of(&findings, file)).collect();
        Some(CodeAction {
            title: format!("Order all {} races of `{root}`", findings.len()),
            kind: Some(CodeActionKind::QuickFix),
            edit: Some(self.edit(edits.into_iter())),
            ..CodeAction::default()
        })
    }

    /// Explains why the declaration at the range races with another one or does not; the editor asks for the other one.
    fn explanation(&self, here: Span) -> Option<CodeAction> {
        let is_here = |span: Span| meet(self.places.line(self.file, span.start), here);
        let declared = self.outline.declarations.iter().find(|declared| is_here(declared.symbol_span))?;
        let title = format!("Why does `{}` race with another declaration, or not?", declared.symbol);
        let uri = self.places.address(self.file).0;
        let arguments = vec![json!(uri), json!(declared.symbol)];
        Some(CodeAction {
            kind: Some(CodeActionKind::Empty),
            command: Some(command(&title, EXPLAIN_PAIR, arguments)),
            title,
            ..CodeAction::default()
        })
    }
}

/// The editor's diagnostics that show a finding.
fn told_as(all: &[Diagnostic], fingerprint: &str) -> Vec<Diagnostic> {
    let is_it = |one: &&Diagnostic| {
        one.data.as_ref().and_then(|data| data.get("fingerprint")).and_then(Value::as_str)
            == Some(fingerprint)
    };
    all.iter().filter(is_it).cloned().collect()
}

fn command(title: &str, name: &str, arguments: Vec<Value>) -> Command {
    Command { title: title.to_owned(), tooltip: None, command: name.to_owned(), arguments: Some(arguments) }
}

/// A text with a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}
