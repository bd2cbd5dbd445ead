//! Suppressions: Bicep's own directives with the ids of our rules and entries.
//!
//! A directive suppresses a finding of its rule or entry if it is on the declaration of any participant, or on the writer
//! inside a module that a participant calls: the author of the module may know best why it is no race.
//! `#disable-next-line` reaches to the end of the next physical line, and stands on a declaration when that line is one of
//! its lines from the first decorator to the symbol. `#disable-diagnostics` reaches to the next `#restore-diagnostics` of
//! that name, or to the end of the file. Names that are not ours belong to other tools and are left alone.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::azure::catalog::Catalog;
use crate::rules::finding::{Diagnostic, Finding, RuleId, Suppression};
use crate::rules::named::{Named, is_of_bicep, nearest_name};
use crate::rules::rule;
use crate::rules::suppression_without_reason::without_reason;
use crate::rules::unused_suppression::{misspelt, unknown, unused};
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place, SourceFile, Sources, Span};
use crate::syntax::ast::{Directive, DirectiveKind};
use crate::template::Template;
use crate::workspace::Workspace;

/// All directives in the files of a run.
#[derive(Debug)]
pub struct Suppressions {
    files: Vec<FileSuppressions>,
    /// Index into `files` by file.
    places: FxHashMap<FileId, usize>,
}

/// The directives of one file.
#[derive(Debug)]
struct FileSuppressions {
    file: FileId,
    disabled: Vec<Disabled>,
    /// The comment after each directive.
    reasons: Vec<Option<String>>,
    /// The uses of each rule or entry: those for one line, and those for a range.
    of_name: FxHashMap<Named, [Reaching; 2]>,
    /// Unknown names, each with a suggestion.
    misspelt: Vec<(Span, Option<Named>)>,
    /// For each declaration its symbol and the span from its first decorator to the symbol, sorted by symbol.
    heads: Vec<(Span, Span)>,
}

/// One of our names in a directive.
#[derive(Debug)]
struct Disabled {
    name: Named,
    /// The name in the text.
    code: Span,
    /// The whole directive. `alone`: this is its only name.
    directive: Span,
    alone: bool,
    /// Index of its directive.
    of: usize,
    used: bool,
}

/// Uses of one rule or entry, in an order in which both starts and ends ascend. So the uses that cover a place are a contiguous
/// range.
#[derive(Debug, Default)]
struct Reaching {
    /// The covered span of each use, and its index in the file.
    all: Vec<(Span, usize)>,
    /// Skip pointers: for each use the next one that is not marked yet, so that each is visited once.
    next: Vec<usize>,
}

impl Reaching {
    fn add(&mut self, reach: Span, disabled: usize) {
        self.next.push(self.all.len());
        self.all.push((reach, disabled));
    }

    /// The uses that end at `end` or later and start at `start` or before.
    fn around(&self, end: u32, start: u32) -> Range<usize> {
        let first = self.all.partition_point(|(reach, _)| reach.end < end);
        first..self.all.partition_point(|(reach, _)| reach.start <= start).max(first)
    }

    /// The first use in a range.
    fn first(&self, range: &Range<usize>) -> Option<usize> {
        self.all[range.clone()].first().map(|&(_, disabled)| disabled)
    }

    /// Calls `taken` for each use in a range that was not taken before.
    fn take(&mut self, range: Range<usize>, mut taken: impl FnMut(usize)) {
        let mut at = range.start;
        while at < range.end {
            if self.next[at] == at {
                taken(self.all[at].1);
            }
            let next = (at + 1).max(self.next[at]);
            self.next[at] = next.max(range.end);
            at = next;
        }
    }
}

impl Disabled {
    /// The diagnostic for a directive that suppresses nothing, with the edit that removes it.
    fn unused(&self, file: FileId, source: &SourceFile) -> Diagnostic {
        let rest = if self.alone {
            whole_line(self.directive, source)
        } else {
            with_blank_before(self.code, source)
        };
        unused(file, self.code, &self.name, rest, self.alone)
    }
}

/// The part of the file that a directive covers.
#[derive(Clone, Copy, Debug)]
enum Reach {
    /// One line.
    Line(Span),
    /// A range of bytes.
    Range(Span),
}

impl Suppressions {
    /// The directives of every template that was read.
    pub fn of(workspace: &Workspace, catalog: &Catalog) -> Self {
        let mut of = Self { files: Vec::new(), places: FxHashMap::default() };
        let mut names = Names { catalog, known: FxHashMap::default() };
        for (id, template) in workspace.templates() {
            let directives = workspace.directives(id);
            if !directives.is_empty() && !of.places.contains_key(&template.file) {
                let source = workspace.sources.file(template.file);
                of.places.insert(template.file, of.files.len());
                of.files.push(FileSuppressions::of(directives, template, source, &mut names));
            }
        }
        of
    }

    /// Marks the findings that a directive suppresses.
    pub fn apply(&mut self, findings: &mut [Finding]) {
        for finding in findings {
            let places = finding.participants.iter().flat_map(|writer| {
                std::iter::once(writer.place).chain(writer.via.iter().map(|step| step.place))
            });
            // Mark all matching directives as used; report the first.
            let found: Vec<_> =
                places.filter_map(|place| self.at((finding.rule, finding.entry.as_deref()), place)).collect();
            finding.suppression = found.into_iter().next();
            // A directive for what stands behind a finding is used too: it says what is left when that one is silenced.
            self.apply(&mut finding.behind);
        }
    }

    /// Removes the diagnostics that a directive suppresses, except those about something that was not analysed.
    pub fn apply_to_diagnostics(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain(|diagnostic| {
            !rule(diagnostic.rule).is_suppressible
                || self.at((diagnostic.rule, None), diagnostic.place).is_none()
        });
    }

    /// Finds the first directive that suppresses a rule or entry at a place, and marks all that do as used.
    fn at(&mut self, (rule, entry): (RuleId, Option<&str>), place: Place) -> Option<Suppression> {
        let file = &mut self.files[*self.places.get(&place.file)?];
        let head = file.head(place.span);
        let mut found: Option<usize> = None;
        for name in Named::all_for(rule, entry) {
            let Some([lines, ranges]) = file.of_name.get_mut(&name) else { continue };
            let of_line = lines.around(head.start, head.end);
            let of_range = ranges.around(place.span.start + 1, place.span.start);
            let first = [lines.first(&of_line), ranges.first(&of_range)].into_iter().flatten().min();
            found = found.into_iter().chain(first).min();
            let mut used = |at: usize| file.disabled[at].used = true;
            lines.take(of_line, &mut used);
            ranges.take(of_range, &mut used);
        }
        let found = found?;
        let disabled = &file.disabled[found];
        let place = Place { file: place.file, span: disabled.directive };
        Some(Suppression { place, reason: file.reasons[disabled.of].clone() })
    }

    /// A diagnostic for each directive that suppresses something but gives no reason.
    pub fn without_reason(&self) -> Vec<Diagnostic> {
        let mut told: Vec<Diagnostic> = Vec::new();
        for file in &self.files {
            let is_told = |disabled: &&Disabled| disabled.used && file.reasons[disabled.of].is_none();
            let used = file.disabled.iter().filter(is_told);
            for disabled in used {
                let place = Place { file: file.file, span: disabled.directive };
                if told.last().is_none_or(|last| last.place != place) {
                    told.push(without_reason(place, disabled.name.as_str()));
                }
            }
        }
        told
    }

    /// Diagnostics for directives that suppress nothing and for unknown names, in the files that `judged` accepts. `ran` has
    /// the rules that ran: a directive for another rule is not called unused.
    pub fn unused(
        &self,
        sources: &Sources,
        judged: impl Fn(FileId) -> bool,
        ran: &[RuleId],
    ) -> Vec<Diagnostic> {
        let mut told = Vec::new();
        for file in self.files.iter().filter(|file| judged(file.file)) {
            let source = sources.file(file.file);
            let has_run = |name: &Named| name.rule().is_none_or(|rule| ran.contains(&rule));
            let unused = file.disabled.iter().filter(|disabled| !disabled.used && has_run(&disabled.name));
            told.extend(unused.map(|disabled| disabled.unused(file.file, source)));
            told.extend(file.misspelt.iter().map(|(code, meant)| {
                let (place, name) = (Place { file: file.file, span: *code }, code.of(&source.text));
                meant.as_ref().map_or_else(|| unknown(place, name), |meant| misspelt(place, name, meant))
            }));
        }
        told.small_sort_by_key(|diagnostic| (diagnostic.place.file, diagnostic.place.span.start));
        told
    }
}

impl FileSuppressions {
    fn of(directives: &[Directive], template: &Template, source: &SourceFile, names: &mut Names<'_>) -> Self {
        let reasons = directives.iter().map(|directive| reason(directive, source)).collect();
        let mut of = Self {
            file: template.file,
            disabled: Vec::new(),
            reasons,
            of_name: FxHashMap::default(),
            misspelt: Vec::new(),
            heads: heads(template),
        };
        let restored = restored(directives, source, names);
        for (at, directive) in directives.iter().enumerate() {
            let line = next_line(directive, source);
            for &code in &directive.codes {
                let name = match names.whose(code.of(&source.text)) {
                    Whose::Ours(name) => name,
                    Whose::Bicep => continue,
                    Whose::Nobody(meant) => {
                        of.misspelt.push((code, meant));
                        continue;
                    }
                };
                let reach = match directive.kind {
                    DirectiveKind::DisableNextLine => line.map(Reach::Line),
                    DirectiveKind::DisableDiagnostics => {
                        let later = restored.get(&name).map_or(&[][..], Vec::as_slice);
                        let next = later.partition_point(|restore| restore.start < directive.span.end);
                        let end = later.get(next).map_or(source.text.len() as u32, |restore| restore.start);
                        Some(Reach::Range(Span::new(directive.span.end, end)))
                    }
                    DirectiveKind::RestoreDiagnostics => None,
                };
                let Some(reach) = reach else { continue };
                let disabled = Disabled {
                    name,
                    code,
                    directive: directive.span,
                    alone: directive.codes.len() == 1,
                    of: at,
                    used: false,
                };
                of.disable(disabled, reach);
            }
        }
        of
    }

    /// Adds a use of a name.
    fn disable(&mut self, disabled: Disabled, reach: Reach) {
        let [lines, ranges] = self.of_name.entry(disabled.name.clone()).or_default();
        match reach {
            Reach::Line(line) => lines.add(line, self.disabled.len()),
            Reach::Range(range) => ranges.add(range, self.disabled.len()),
        }
        self.disabled.push(disabled);
    }

    /// The span of a declaration on which a directive may be placed. For a place that is no declaration's symbol, the place
    /// itself.
    fn head(&self, symbol: Span) -> Span {
        let at = self.heads.binary_search_by_key(&symbol.start, |(name, _)| name.start);
        at.map_or(symbol, |at| self.heads[at].1)
    }
}

/// The symbol of each declaration and the span from its first decorator to the symbol, sorted by symbol.
fn heads(template: &Template) -> Vec<(Span, Span)> {
    let nodes = template.nodes.iter();
    let heads = nodes.map(|node| (node.symbol_span, Span::new(node.full_span.start, node.symbol_span.end)));
    let mut heads: Vec<_> = heads.filter(|(_, head)| head.start <= head.end).collect();
    heads.small_sort_by_key(|(symbol, _)| symbol.start);
    heads
}

/// The owner of a name in a directive.
#[derive(Clone, Debug)]
enum Whose {
    /// One of our rules or entries.
    Ours(Named),
    /// A diagnostic of the compiler or its linter.
    Bicep,
    /// Unknown, with a suggestion.
    Nobody(Option<Named>),
}

/// Looks up names in directives, with a cache: a run has few names that occur often.
struct Names<'c> {
    catalog: &'c Catalog,
    known: FxHashMap<String, Whose>,
}

impl Names<'_> {
    fn whose(&mut self, name: &str) -> Whose {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let whose = match Named::of(name, self.catalog) {
            Some(ours) => Whose::Ours(ours),
            None if is_of_bicep(name) => Whose::Bicep,
            None => Whose::Nobody(nearest_name(name, self.catalog)),
        };
        self.known.insert(name.to_owned(), whose.clone());
        whose
    }
}

/// The `#restore-diagnostics` directives for each rule or entry, in order.
fn restored(
    directives: &[Directive],
    source: &SourceFile,
    names: &mut Names<'_>,
) -> FxHashMap<Named, Vec<Span>> {
    let mut restored: FxHashMap<Named, Vec<Span>> = FxHashMap::default();
    for directive in directives.iter().filter(|one| one.kind == DirectiveKind::RestoreDiagnostics) {
        for code in &directive.codes {
            if let Whose::Ours(name) = names.whose(code.of(&source.text)) {
                restored.entry(name).or_default().push(directive.span);
            }
        }
    }
    restored
}

/// The line after a directive, where there is one.
fn next_line(directive: &Directive, source: &SourceFile) -> Option<Span> {
    let next = source.position(directive.span.start).line + 1;
    (next <= source.line_count()).then(|| source.line(next))
}

/// The comment after the directive.
fn reason(directive: &Directive, source: &SourceFile) -> Option<String> {
    let line = source.line(source.position(directive.span.start).line);
    let rest = source.text.get(directive.span.end as usize..line.end as usize)?.trim();
    // Ex) #disable-next-line hub-gateways // one of them is never deployed
    // Ex) #disable-next-line hub-gateways /* one of them is never deployed */
    let comment = rest.strip_prefix("//").or_else(|| rest.strip_prefix("/*")?.split("*/").next())?;
    Some(comment.trim().to_owned()).filter(|reason| !reason.is_empty())
}

/// The span to delete: the directive and its comment, with the line break if the line has nothing else.
fn whole_line(directive: Span, source: &SourceFile) -> Span {
    let number = source.position(directive.start).line;
    let line = source.line(number);
    let before = &source.text[line.start as usize..directive.start as usize];
    let start = if before.trim().is_empty() { line.start } else { directive.start };
    let end = if start == line.start && number < source.line_count() {
        source.line(number + 1).start
    } else {
        line.end
    };
    Span::new(start, end)
}

fn with_blank_before(code: Span, source: &SourceFile) -> Span {
    let before = &source.text[..code.start as usize];
    Span::new(before.trim_end_matches([' ', '\t']).len() as u32, code.end)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    use crate::rules::finding::test_finding;
    use crate::workspace::{Knowledge, Memory};

    struct Nothing;

    impl Knowledge for Nothing {}

    fn workspace(text: &str) -> Workspace {
        let files = Memory::default().with("/main.bicep", text);
        Workspace::load(&files, &Nothing, &[PathBuf::from("/main.bicep")], &[], Path::new("/"))
    }

    /// Applies the directives to a finding of `hub-gateways` between `s2s` and `er`, and returns the suppression and
    /// the diagnostics.
    fn judge(text: &str) -> (Option<Suppression>, Vec<Diagnostic>) {
        let workspace = workspace(text);
        let template = workspace.template(workspace.roots[0].1.unwrap());
        let symbols = template.nodes.iter().map(|node| Place { file: template.file, span: node.symbol_span });
        let mut findings = vec![test_finding(RuleId::HubGateways, symbols)];
        let mut suppressions = Suppressions::of(&workspace, &Catalog::builtin());
        suppressions.apply(&mut findings);
        let unused = suppressions.unused(&workspace.sources, |_| true, RuleId::ALL);
        (findings.remove(0).suppression, unused)
    }

    fn text(before_first: &str, before_second: &str) -> String {
        format!(
            "{before_first}resource s2s 'a/b@1' = {{\n}}\n\n{before_second}resource er 'a/c@1' = {{\n}}\n"
        )
    }

    #[test]
    fn a_directive_on_either_writer_suppresses_with_its_reason() {
        let line = "#disable-next-line hub-gateways // tried it for a year\n";
        for text in [text(line, ""), text("", line)] {
            let (suppression, unused) = judge(&text);
            assert_eq!(suppression.unwrap().reason.as_deref(), Some("tried it for a year"), "{text}");
            assert!(unused.is_empty(), "{unused:?}");
        }
    }

    #[test]
    fn it_may_stand_before_or_between_decorators() {
        let line = "#disable-next-line hub-gateways\n";
        let decorators = "@description('x')\n@batchSize(1)\n";
        assert!(judge(&text(&format!("{line}{decorators}"), "")).0.is_some());
        assert!(judge(&text(&format!("@description('x')\n{line}@batchSize(1)\n"), "")).0.is_some());
        assert!(judge(&text(&format!("{decorators}{line}"), "")).0.is_some());
        assert!(
            judge(&text(&format!("{line}\n{decorators}"), "")).0.is_none(),
            "an empty line is the next line"
        );
    }

    #[test]
    fn a_range_ends_where_its_rule_is_restored() {
        let off = "#disable-diagnostics hub-gateways\n";
        assert!(judge(&text(off, "")).0.is_some());
        assert!(judge(&text("", off)).0.is_some());
        let on = "#restore-diagnostics hub-gateways\n";
        let (suppression, unused) = judge(&format!("{off}{on}{}", text("", "")));
        assert!(suppression.is_none());
        assert_eq!(unused.len(), 1);
        let other = "#restore-diagnostics BCP001\n";
        assert!(judge(&format!("{off}{other}{}", text("", ""))).0.is_some());
    }

    #[test]
    fn a_directive_for_another_rule_is_unused() {
        let with = text("  #disable-next-line parallel-writers // why\n", "");
        let (suppression, unused) = judge(&with);
        assert!(suppression.is_none());
        assert_eq!(unused[0].message, "nothing here is suppressed under `parallel-writers`");
        assert_eq!(fixed(&with, &unused[0]), text("", ""));
    }

    #[test]
    fn one_unused_name_of_several_is_removed_alone() {
        let with = text("#disable-next-line BCP081 parallel-writers hub-gateways\n", "");
        let (suppression, unused) = judge(&with);
        assert!(suppression.is_some());
        assert_eq!(unused.len(), 1, "{unused:?}");
        assert_eq!(fixed(&with, &unused[0]), text("#disable-next-line BCP081 hub-gateways\n", ""));
    }

    #[test]
    fn a_misspelt_name_is_reported_and_fixed() {
        let with = text("#disable-next-line hub-gateway no-unused-params\n", "");
        let (suppression, unused) = judge(&with);
        assert!(suppression.is_none());
        assert_eq!(unused.len(), 1, "{unused:?}");
        assert_eq!(unused[0].message, "`hub-gateway` is not a rule; did you mean `hub-gateways`?");
        assert_eq!(fixed(&with, &unused[0]), text("#disable-next-line hub-gateways no-unused-params\n", ""));
    }

    #[test]
    fn an_entry_is_suppressed_by_its_id_beside_its_rule() {
        let judge = |line: &str| {
            let workspace = workspace(&text(line, ""));
            let template = workspace.template(workspace.roots[0].1.unwrap());
            let places =
                template.nodes.iter().map(|node| Place { file: template.file, span: node.symbol_span });
            let mut finding = test_finding(RuleId::ParallelWriters, places);
            finding.entry = Some("vnet-subnets".to_owned());
            let mut suppressions = Suppressions::of(&workspace, &Catalog::builtin());
            let mut findings = vec![finding];
            suppressions.apply(&mut findings);
            let told = suppressions.unused(&workspace.sources, |_| true, RuleId::ALL);
            let told: Vec<String> = told.into_iter().map(|one| one.message).collect();
            (findings[0].suppression.is_some(), told)
        };
        assert_eq!(judge("#disable-next-line vnet-subnets\n"), (true, vec![]));
        assert_eq!(judge("#disable-next-line parallel-writers vnet-subnets\n"), (true, vec![]));
        assert_eq!(
            judge("#disable-diagnostics vnet-subnets\n#disable-next-line parallel-writers\n"),
            (true, vec![])
        );
        let unused = |id: &str| vec![format!("nothing here is suppressed under `{id}`")];
        assert_eq!(judge("#disable-next-line vnet-peerings\n"), (false, unused("vnet-peerings")));
        assert_eq!(judge("#disable-next-line vnet-subnets parallel-loop\n"), (true, unused("parallel-loop")));
    }

    #[test]
    fn a_rule_that_did_not_run_cannot_be_unused() {
        let workspace = workspace(&text("#disable-next-line parallel-writers\n", ""));
        let (suppressions, sources) = (Suppressions::of(&workspace, &Catalog::builtin()), &workspace.sources);
        assert!(suppressions.unused(sources, |_| true, &[RuleId::HubGateways]).is_empty());
        assert!(suppressions.unused(sources, |_| false, RuleId::ALL).is_empty());
        assert_eq!(suppressions.unused(sources, |_| true, RuleId::ALL).len(), 1);
    }

    #[test]
    fn the_first_directive_is_reported_and_all_matching_are_used() {
        let range = "#disable-diagnostics hub-gateways // a year\n";
        let line = "#disable-next-line hub-gateways hub-gateways // today\n";
        let (suppression, unused) = judge(&text(&format!("{range}{range}{line}"), line));
        assert_eq!(suppression.unwrap().reason.as_deref(), Some("a year"));
        assert!(unused.is_empty(), "{unused:?}");
        // Both ranges end at the restore. A third range and a directive for an empty line cover nothing.
        let on = "#restore-diagnostics BCP001 hub-gateways\n";
        let (suppression, unused) =
            judge(&text(&format!("{range}{range}{on}{line}"), &format!("{on}{line}\n{range}{on}")));
        assert_eq!(suppression.unwrap().reason.as_deref(), Some("today"));
        assert_eq!(unused.len(), 5, "{unused:?}");
    }

    #[test]
    fn each_name_is_taken_once_however_many_places_it_covers() {
        let mut names = Reaching::default();
        (0..1000).for_each(|at| names.add(Span::new(at, 1000), at as usize));
        let mut taken = Vec::new();
        for at in [7, 3, 999, 500, 3] {
            let range = names.around(at + 1, at);
            assert_eq!((names.first(&range), range.len()), (Some(0), at as usize + 1));
            names.take(range, |disabled| taken.push(disabled));
        }
        assert_eq!(taken.len(), 1000);
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), 1000);
        assert_eq!(names.first(&names.around(1001, 1001)), None);
    }

    fn fixed(text: &str, diagnostic: &Diagnostic) -> String {
        let mut text = text.to_owned();
        for edit in diagnostic.fix.as_ref().unwrap().edits.iter().rev() {
            text.replace_range(edit.place.span.range(), &edit.insert);
        }
        text
    }
}
