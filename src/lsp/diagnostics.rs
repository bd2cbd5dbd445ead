//! Findings and diagnostics as the editor underlines them.

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Message, Range, Uri,
};
use serde_json::json;

use super::client::{Client, Settings};
use super::places::Places;
use crate::level::Level;
use crate::limit::Limit;
use crate::report::words::environments;
use crate::rules::finding::{self, Finding, Participant, Report, RuleId};
use crate::rules::rule;
use crate::small_sort::SmallSort as _;
use crate::source::{FileId, Place};

/// The source of diagnostics that editors show.
pub(super) const SOURCE: &str = "bicep-race-lint";

/// Rules whose diagnostics Bicep's compiler reports too.
const OF_COMPILER: [RuleId; 3] = [RuleId::Syntax, RuleId::UnreadFile, RuleId::UnresolvedModule];

/// The diagnostics of a file, in order of place.
pub(super) fn of_file(
    report: &Report,
    file: FileId,
    places: &Places<'_>,
    client: &Client,
    settings: &Settings,
) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = Vec::new();
    for finding in report.shown(settings.level) {
        let writers: Vec<&Participant> = finding.participants.iter().collect();
        for (at, place) in in_file(finding, file) {
            all.push(of_finding(finding, place, &writers, at, places, client));
        }
    }
    for diagnostic in report.shown_diagnostics(settings.level) {
        let is_told = settings.tells_as_compiler || !OF_COMPILER.contains(&diagnostic.rule);
        if diagnostic.place.file == file && is_told {
            all.push(of_diagnostic(diagnostic, places, client));
        }
    }
    all.small_sort_by(|one, other| key(one).cmp(&key(other)));
    all
}

fn key(one: &Diagnostic) -> (u32, u32, u32, u32, &str) {
    let Range { start, end } = one.range;
    let message = match &one.message {
        Message::String(text) => text,
        Message::MarkupContent(text) => &text.value,
    };
    (start.line, start.character, end.line, end.character, message)
}

/// The places of a finding in a file, each with the index of its writer: the writers themselves, and writers inside
/// modules.
pub(super) fn in_file(finding: &Finding, file: FileId) -> Vec<(usize, Place)> {
    let mut places: Vec<(usize, Place)> = Vec::new();
    for (at, writer) in finding.participants.iter().enumerate() {
        let inside = writer.via.last().map(|step| step.place);
        for place in std::iter::once(writer.place).chain(inside) {
            if place.file == file && places.iter().all(|&(_, known)| known != place) {
                places.push((at, place));
            }
        }
    }
    places
}

/// The level in terms of the protocol.
fn severity(level: Level) -> DiagnosticSeverity {
    match level {
        Level::Error => DiagnosticSeverity::Error,
        Level::Warning => DiagnosticSeverity::Warning,
        Level::Note => DiagnosticSeverity::Information,
    }
}

fn of_finding(
    finding: &Finding,
    place: Place,
    writers: &[&Participant],
    at: usize,
    places: &Places<'_>,
    client: &Client,
) -> Diagnostic {
    let mut message = finding.message.clone();
    if let Some(when) = &finding.when {
        message.push_str(&format!("\nwhen {when}"));
    }
    if let Some(environments) = environments(finding) {
        message.push_str(&format!("\nin {environments}"));
    }
    Diagnostic {
        range: places.range(place),
        severity: Some(severity(finding.level)),
        code: Some(Code::String(finding.id().to_owned())),
        code_description: Some(CodeDescription { href: Uri(finding.url.clone()) }),
        source: Some(SOURCE.to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: client.has_related_places.then(|| related(finding, place, writers, at, places)),
        data: Some(json!({ "fingerprint": finding.fingerprint })),
    }
}

/// The other writers, and the object.
fn related(
    finding: &Finding,
    own: Place,
    writers: &[&Participant],
    at: usize,
    places: &Places<'_>,
) -> Vec<DiagnosticRelatedInformation> {
    let mut all: Vec<DiagnosticRelatedInformation> = Vec::new();
    let mut add = |place: Place, message: String| {
        if place != own {
            all.push(DiagnosticRelatedInformation { location: places.location(place), message });
        }
    };
    let raced: Vec<usize> = (0..writers.len())
        .filter(|&other| {
            finding.pairs.iter().any(|&pair| pair == (at.min(other), at.max(other)) && other != at)
        })
        .collect();
    // Writers that do not race with this one come last.
    let others = (0..writers.len()).filter(|other| *other != at && !raced.contains(other));
    let ordered: Vec<usize> = std::iter::once(at).chain(raced.iter().copied()).chain(others).collect();
    let most = Limit::RelatedPlaces.number() as usize;
    for &other in ordered.iter().take(most) {
        let writer = writers[other];
        let is_raced = raced.contains(&other);
        let what = if is_raced { "may deploy at the same time: " } else { "" };
        add(writer.place, format!("{what}`{}` deploys {}", writer.symbol, writer.label));
        if let Some(inner) = writer.via.last() {
            add(inner.place, format!("`{}`, inside `{}`", inner.symbol, writer.symbol));
        }
    }
    if let Err(reached) = Limit::RelatedPlaces.check(ordered.len()) {
        add(writers[ordered[most]].place, reached.to_string());
    }
    if let Some(declared) = finding.object.declared_at {
        add(declared, format!("`{}`, which all of them write", finding.object.name));
    }
    all
}

fn of_diagnostic(told: &finding::Diagnostic, places: &Places<'_>, client: &Client) -> Diagnostic {
    let related = told.related.iter().map(|(place, message)| DiagnosticRelatedInformation {
        location: places.location(*place),
        message: message.clone(),
    });
    let help = told.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    Diagnostic {
        range: places.range(told.place),
        severity: Some(severity(told.level)),
        code: Some(Code::String(told.rule.to_string())),
        code_description: Some(CodeDescription { href: Uri(rule(told.rule).url()) }),
        source: Some(SOURCE.to_owned()),
        message: Message::String(format!("{}{help}", told.message)),
        tags: (told.rule == RuleId::UnusedSuppression).then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: client.has_related_places.then(|| related.collect()),
        data: Some(json!({ "fingerprint": told.fingerprint })),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::lsp::text::Encoding;
    use crate::rules::finding::test_finding;
    use crate::source::{SourceFile, Sources, Span};

    #[test]
    fn places_beyond_the_limit_are_counted() {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new("main.bicep", "x".repeat(100)));
        let open = BTreeMap::new();
        let places = Places::new(&sources, Path::new("/"), &open, Encoding::Utf16);
        let last = |count: u32| {
            let place = |at: u32| Place { file, span: Span::new(at, at + 1) };
            let finding = test_finding(RuleId::HubGateways, (0..count).map(place));
            let writers: Vec<&Participant> = finding.participants.iter().collect();
            let related = related(&finding, place(0), &writers, 0, &places);
            (related.len() as u64, related.last().unwrap().message.clone())
        };
        let most = Limit::RelatedPlaces.number();
        let (count, message) = last(most as u32);
        // The writer itself is at the place of the message.
        assert_eq!(count, most - 1);
        assert!(!message.contains("more"), "{message}");
        let (count, message) = last(most as u32 + 3);
        assert_eq!((count, message.as_str()), (most, "3 more write it"));
    }
}
