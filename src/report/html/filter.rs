//! The filter of a page: by level, rule, entry, file, environment and text.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::prose::plain;
use crate::rules::finding::{Diagnostic, Finding, Level, Report};
use crate::small_sort::SmallSort as _;
use crate::source::FileId;

/// The fields in the order of the page: the label of the control, and its text if nothing is selected.
const FIELDS: [(&str, &str); 5] = [
    ("Level", "all levels"),
    ("Rule", "all rules"),
    ("Entry", "all entries"),
    ("File", "all files"),
    ("Environment", "all environments"),
];

/// A selectable value: its field, its sort key within the field (0 sorts by name), and its name.
type Value<'r> = (usize, u8, &'r str);

/// The selectable values of a page. They are numbered across all fields: each article lists the numbers of its values,
/// and each option has the number that it selects.
pub(super) struct Choices<'r> {
    report: &'r Report,
    /// The number of occurrences and the number of each value.
    of: BTreeMap<Value<'r>, (usize, usize)>,
}

impl<'r> Choices<'r> {
    pub(super) fn of(report: &'r Report, findings: &[&'r Finding], diagnostics: &[&'r Diagnostic]) -> Self {
        let mut choices = Self { report, of: BTreeMap::new() };
        let of_findings = findings.iter().map(|finding| choices.of_finding(finding));
        let of_diagnostics = diagnostics.iter().map(|diagnostic| choices.of_diagnostic(diagnostic));
        for value in of_findings.chain(of_diagnostics).flatten().collect::<Vec<_>>() {
            choices.of.entry(value).or_default().0 += 1;
        }
        for (number, known) in choices.of.values_mut().enumerate() {
            known.1 = number;
        }
        choices
    }

    fn of_finding(&self, finding: &'r Finding) -> Vec<Value<'r>> {
        let mut values = self.common(finding.level, finding.rule.as_str(), &files_of(finding));
        values.extend(finding.entry.as_deref().map(|entry| (2, 0, entry)));
        values.extend(finding.environments.of.iter().map(|path| (4, 0, path.as_str())));
        values
    }

    fn of_diagnostic(&self, diagnostic: &Diagnostic) -> Vec<Value<'r>> {
        self.common(diagnostic.level, diagnostic.rule.as_str(), &[diagnostic.place.file])
    }

    fn common(&self, level: Level, rule: &'static str, files: &[FileId]) -> Vec<Value<'r>> {
        let report = self.report;
        let files = files.iter().map(|&id| (3, 0, report.sources.file(id).path.as_str()));
        // The most severe level first.
        [(0, u8::MAX - level as u8, level.as_str()), (1, 0, rule)].into_iter().chain(files).collect()
    }

    /// The numbers of a finding's values, in the form that the script reads.
    pub(super) fn numbers_of(&self, finding: &'r Finding) -> String {
        self.numbers(&self.of_finding(finding))
    }

    /// The same for a diagnostic.
    pub(super) fn numbers_of_diagnostic(&self, diagnostic: &Diagnostic) -> String {
        self.numbers(&self.of_diagnostic(diagnostic))
    }

    fn numbers(&self, values: &[Value<'_>]) -> String {
        let numbers = values.iter().filter_map(|value| Some(self.of.get(value)?.1.to_string()));
        numbers.collect::<Vec<_>>().join(" ")
    }

    /// The form. It is hidden until the script runs, because only the script can filter. A field with a single value is
    /// left out.
    pub(super) fn form(&self) -> Markup {
        let differs = |field: usize| self.of.keys().filter(|(of, ..)| *of == field).count() > 1;
        html! {
            form.filter id="filter" role="search" aria-label="Filter" hidden {
                @for (field, (name, all)) in FIELDS.iter().enumerate() {
                    @if differs(field) {
                        p.choice {
                            label for={ "by-" (field) } { (name) }
                            select id={ "by-" (field) } autocomplete="off" {
                                option value="" { (all) }
                                @for ((.., value), (count, number)) in self.of.iter().filter(|((of, ..), _)| *of == field) {
                                    option value=(number) { (plain(value)) " (" (count) ")" }
                                }
                            }
                        }
                    }
                }
                p {
                    label for="text" { "Text" }
                    input id="text" type="search" autocomplete="off" spellcheck="false";
                }
                p.buttons {
                    @if (0..FIELDS.len()).any(differs) {
                        button type="button" id="choices" aria-expanded="false" { "Filters" }
                    }
                    button type="button" id="open" { "Open all" }
                    button type="button" id="close" { "Close all" }
                }
                p.status id="status" role="status" {}
            }
        }
    }
}

/// The files that contain a finding's writers, without duplicates.
fn files_of(finding: &Finding) -> Vec<FileId> {
    let places = finding.participants.iter().flat_map(|writer| {
        std::iter::once(writer.place.file).chain(writer.via.iter().map(|via| via.place.file))
    });
    let mut files: Vec<FileId> = places.collect();
    files.small_sort();
    files.dedup();
    files
}
