//! JSON, version 1. Other programs depend on these names, so they are only ever added to.

#[cfg(feature = "cli")]
use schemars::JsonSchema;
use serde::Serialize;

#[cfg(feature = "cli")]
use super::schema::published;
use super::witness::Witness;
use super::words;
use crate::rules::finding::Participant as Writer;
use crate::rules::finding::SharedObject as Object;
use crate::rules::finding::{AlsoShared, Diagnostic, Finding, Fix, Level, Report, Through, Unread};
use crate::rules::quieter::Quieter;
use crate::source::{Place, Sources};

/// The report of a run.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The version of this form.
    schema_version: u32,
    /// The tool.
    tool: Tool,
    /// Whether the run did its work.
    run: Run,
    /// Numbers of roots, files and findings.
    summary: Summary,
    /// What was analysed, and what was not understood.
    coverage: Coverage,
    /// Races, and hints about the order.
    findings: Vec<FindingRecord>,
    /// Messages about files rather than races.
    diagnostics: Vec<DiagnosticRecord>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(super) struct Tool {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") }
    }
}

/// Whether the run completed. If not, the findings are incomplete.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Run {
    /// Whether nothing kept it from its work.
    ok: bool,
    /// The errors that kept it from completing.
    errors: Vec<String>,
}

impl Run {
    fn of(report: &Report) -> Self {
        Self { ok: report.errors.is_empty(), errors: report.errors.clone() }
    }
}

/// The last line of a run that failed, in the form of one document a line.
#[derive(Debug, Serialize)]
struct RunRecord {
    run: Run,
}

/// Numbers of roots, files and findings.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Summary {
    /// Templates and parameter files that were checked.
    roots: u64,
    /// Files that were read.
    files: u64,
    /// Results of this level.
    errors: u64,
    /// Results of this level.
    warnings: u64,
    /// Results of this level, shown or not.
    notes: u64,
    /// Findings that a directive suppresses.
    suppressed: u64,
    /// Results that the baseline accepts.
    baselined: u64,
    /// Everything that hid or lowered results, each with its source and count.
    #[serde(default)]
    quieter: Vec<QuieterRecord>,
}

/// One thing that hid or lowered results.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(super) struct QuieterRecord {
    /// What was done: `suppressed`, `baselined`, `rule-off`, `level-lowered`, `profile`, `confidence`, `fail-on`, `not-selected`, `excluded`, `ignored`,
    /// `no-environment`, `entry-lowered`, `old-levels`, `entry-replaced` or `module-replaced`.
    what: &'static str,
    /// To which rule, entry or module.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Its source: a path, or an option.
    by: String,
    /// Number of findings, diagnostics or files that it hid or lowered.
    count: u64,
}

/// Everything that hid or lowered results of a run.
pub(super) fn quieter_records(report: &Report) -> Vec<QuieterRecord> {
    let one = |quieter: &Quieter| {
        let Quieter { what, id, by, count } = quieter.clone();
        QuieterRecord { what: what.as_str(), id, by, count }
    };
    report.quieter.iter().map(one).collect()
}

/// What was analysed, and what was not understood.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Coverage {
    /// Number of declarations.
    declarations: u64,
    /// Number of declarations that are understood.
    modelled: u64,
    /// Modules that could not be read.
    unresolved_modules: u64,
    /// Places that could not be parsed.
    syntax_errors: u64,
    /// Limits of the analysis that were reached.
    limits: u64,
    /// Numbers of shared objects and of pairs of their writers that were decided, each once for the template in which
    /// the paths to the writers part.
    #[serde(default)]
    decided: DecidedRecord,
    /// Templates that were found but are judged only through their callers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    through_callers: Vec<String>,
    /// Files that templates refer to, and that were not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unread: Vec<UnreadRecord>,
}

/// Numbers of objects and pairs that were decided.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct DecidedRecord {
    /// Shared objects.
    objects: u64,
    /// Pairs of writers.
    pairs: u64,
}

/// A file that was not read.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct UnreadRecord {
    /// Its path, as written.
    path: String,
    /// Its purpose: `module`, `import`, `using`, `extends` or `load`.
    kind: &'static str,
    /// Why it was not read.
    why: String,
    /// The place where its path is written.
    at: Point,
    /// Whether `--allow-unread` accepts that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    allowed: bool,
}

/// A place: lines and columns count from 1, columns in Unicode code points.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(super) struct Point {
    /// The file.
    pub(super) file: String,
    /// From 1.
    pub(super) line: u32,
    /// From 1.
    pub(super) column: u32,
}

/// A declaration that may not be deployed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
pub(super) struct ThroughRecord {
    /// Its symbol.
    symbol: String,
    /// Its condition; left out for a loop that may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    #[serde(flatten)]
    at: Point,
}

/// One race, or one hint about the order.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct FindingRecord {
    /// The rule that reports it.
    rule: &'static str,
    /// The catalogue entry that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// `error`, `warning` or `note`.
    level: &'static str,
    /// `proven` or `inferred`.
    confidence: &'static str,
    /// The first root that it happens under.
    root: String,
    /// Every root that it happens under.
    roots: Vec<String>,
    /// The fact in one line.
    message: String,
    /// The world of the witness in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    /// The reason: what Azure does.
    explanation: String,
    /// What to do.
    help: String,
    /// Address of the page.
    url: String,
    /// The calls through which the root deploys the template that it is in and by which it races under the conditions in
    /// `when`, by their symbols, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<String>,
    /// How many more such calls there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    calls_omitted: u64,
    /// The root with these calls, in whose names `when` and the witness are; absent if it is `root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    called_from: Option<String>,
    /// The object that is written.
    shared_object: SharedObject,
    /// Other objects that the same declarations declare twice, most severe first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    other_objects: Vec<SharedObject>,
    /// What the same pairs share under other ids, most severe first. Each is a finding of its own where this one is silenced and it
    /// is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    behind: Vec<BehindRecord>,
    /// The writers.
    participants: Vec<Participant>,
    /// Unordered pairs by symbol; a loop that races with itself is a pair of one symbol. At most 100.
    pairs: Vec<(String, String)>,
    /// Number of further pairs.
    #[serde(default, skip_serializing_if = "is_zero")]
    pairs_omitted: u64,
    /// If the writers are ordered: declarations on the path that may not be deployed; the order holds anyway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ordered_through: Vec<ThroughRecord>,
    /// The parameter files that it happens under.
    #[serde(default)]
    environments: Vec<String>,
    /// Parameter files that reach it but whose values do not allow it. Both are empty if no parameter file is known.
    #[serde(default)]
    not_in: Vec<String>,
    /// The parameters of the root that must keep their defaults for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    assumes: Vec<AssumedRecord>,
    /// A world and a schedule that show it.
    witness: Witness,
    /// The remedy as edits, if it can be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixRecord>,
    /// The edits of other findings without which some of its pairs stay unordered, by their places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    relies_on: Vec<Point>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    no_fix: String,
    /// Identifies the finding in every run.
    fingerprint: String,
    /// The directive that suppresses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Suppressed>,
    /// Whether the baseline accepts it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    baselined: bool,
}

/// What the pairs of a finding share under another id.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct BehindRecord {
    /// The rule of that race.
    rule: &'static str,
    /// The catalogue entry that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// The object that both write.
    shared_object: SharedObject,
}

/// A parameter that keeps its default.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct AssumedRecord {
    /// Its name.
    parameter: String,
    /// The default as it would be written.
    value: String,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // required by serde
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct SharedObject {
    /// Its resource type.
    #[serde(rename = "type")]
    ty: String,
    /// Its name as a reader would say it.
    name: String,
    /// Its declaration, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_at: Option<Point>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Participant {
    /// The symbol in the template where the paths to the writers part.
    symbol: String,
    /// The resource type that is written with.
    #[serde(rename = "type")]
    ty: String,
    /// Whether it is a loop.
    r#loop: bool,
    /// The file.
    file: String,
    /// Where the symbol begins, from 1.
    line: u32,
    /// Where the symbol begins, from 1.
    column: u32,
    /// Where the symbol ends.
    end_line: u32,
    /// Where the symbol ends.
    end_column: u32,
    /// The path down to the writer, outermost call first.
    via: Vec<Via>,
    /// The codes of errors after which it is tried again (`@retryOn`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retry_on: Vec<String>,
    /// Where the list that it rewrites, or the element that it adds to one, is written; only where updates are lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<Point>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Via {
    /// The symbol in that module.
    symbol: String,
    /// The file.
    file: String,
    /// From 1.
    line: u32,
    /// From 1.
    column: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct FixRecord {
    /// The change in one line.
    description: String,
    /// The edits, in order of place.
    edits: Vec<EditRecord>,
    /// The fingerprints of further findings that the edits fix or help to fix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    serves: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct EditRecord {
    /// The file.
    file: String,
    /// Where it begins, from 1.
    line: u32,
    /// Where it begins, from 1.
    column: u32,
    /// Where it ends.
    end_line: u32,
    /// Where it ends.
    end_column: u32,
    /// The text that takes the place.
    insert: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
struct Suppressed {
    /// The directive.
    at: Point,
    /// The comment after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "cli", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DiagnosticRecord {
    /// The rule.
    rule: &'static str,
    /// `error`, `warning` or `note`.
    level: &'static str,
    /// The fact in one line.
    message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// The file.
    file: String,
    /// Where it begins, from 1.
    line: u32,
    /// Where it begins, from 1.
    column: u32,
    /// Where it ends.
    end_line: u32,
    /// Where it ends, after the last code point.
    end_column: u32,
    /// The remedy as edits.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixRecord>,
    /// Identifies the diagnostic in every run.
    fingerprint: String,
}

/// Renders a report as one document.
pub fn render(report: &Report, level: Level) -> String {
    let mut text = serde_json::to_string_pretty(&document(report, level)).unwrap_or_default();
    text.push('\n');
    text
}

/// Renders each finding, then each diagnostic, as a one-line document. A failed run adds one more line.
pub fn render_lines(report: &Report, level: Level) -> String {
    let mut out = String::new();
    for finding in listed(report, level) {
        out.push_str(&serde_json::to_string(&record(report, finding)).unwrap_or_default());
        out.push('\n');
    }
    for diagnostic in report.shown_diagnostics(level) {
        out.push_str(&serde_json::to_string(&diagnostic_record(report, diagnostic)).unwrap_or_default());
        out.push('\n');
    }
    if !report.errors.is_empty() {
        let record = RunRecord { run: Run::of(report) };
        out.push_str(&serde_json::to_string(&record).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// The JSON Schema of a report.
#[cfg(feature = "cli")]
pub fn schema() -> String {
    published(schemars::schema_for!(Document), "report.schema.json")
}

/// The findings at or above a level.
fn listed(report: &Report, level: Level) -> impl Iterator<Item = &Finding> {
    report.shown(level)
}

fn document(report: &Report, level: Level) -> Document {
    let diagnostics = report.shown_diagnostics(level);
    Document {
        schema_version: 1,
        tool: Tool::default(),
        run: Run::of(report),
        summary: Summary {
            roots: report.roots.len() as u64,
            files: report.sources.iter().count() as u64,
            errors: words::of_level(report, Level::Error),
            warnings: words::of_level(report, Level::Warning),
            notes: words::of_level(report, Level::Note),
            suppressed: report.findings.iter().filter(|finding| finding.suppression.is_some()).count() as u64,
            baselined: report.baselined() as u64,
            quieter: quieter_records(report),
        },
        coverage: coverage_record(report),
        findings: listed(report, level).map(|finding| record(report, finding)).collect(),
        diagnostics: diagnostics.map(|diagnostic| diagnostic_record(report, diagnostic)).collect(),
    }
}

/// The coverage of a report.
pub(super) fn coverage_record(report: &Report) -> Coverage {
    let coverage = report.coverage;
    Coverage {
        declarations: coverage.declarations,
        modelled: coverage.modelled,
        unresolved_modules: coverage.unresolved_modules,
        syntax_errors: coverage.syntax_errors,
        limits: coverage.limits,
        decided: DecidedRecord { objects: coverage.decided.objects, pairs: coverage.decided.pairs },
        through_callers: report.through_callers.clone(),
        unread: report.unread.iter().map(|unread| unread_record(report, unread)).collect(),
    }
}

fn unread_record(report: &Report, unread: &Unread) -> UnreadRecord {
    let Unread { path, kind, why, place, is_allowed } = unread;
    let (path, why, at) = (path.clone(), why.clone(), point(report, *place));
    UnreadRecord { path, kind, why, at, allowed: *is_allowed }
}

fn point(report: &Report, place: Place) -> Point {
    point_of(&report.sources, place)
}

/// The position of a place.
pub(super) fn point_of(sources: &Sources, place: Place) -> Point {
    let file = sources.file(place.file);
    let at = file.position(place.span.start);
    Point { file: file.path.clone(), line: at.line, column: at.column }
}

fn record(report: &Report, finding: &Finding) -> FindingRecord {
    let symbol = |ix: usize| finding.participants[ix].symbol.clone();
    FindingRecord {
        rule: finding.rule.as_str(),
        entry: finding.entry.clone(),
        level: finding.level.as_str(),
        confidence: finding.confidence.as_str(),
        root: finding.roots.first().cloned().unwrap_or_default(),
        roots: finding.roots.clone(),
        message: finding.message.clone(),
        when: finding.when.clone(),
        explanation: finding.explanation.clone(),
        help: finding.help.clone(),
        url: finding.url.clone(),
        calls: finding.calls.clone(),
        calls_omitted: finding.calls_omitted,
        called_from: Some(finding.called_from.clone()).filter(|from| Some(from) != finding.roots.first()),
        shared_object: object(report, &finding.object),
        other_objects: finding.others.iter().map(|other| object(report, other)).collect(),
        behind: finding.also_shared.iter().map(|also| behind(report, also)).collect(),
        participants: finding.participants.iter().map(|writer| participant(report, writer)).collect(),
        pairs: finding.pairs.iter().map(|&(one, other)| (symbol(one), symbol(other))).collect(),
        pairs_omitted: finding.pairs_omitted,
        environments: finding.environments.of.clone(),
        not_in: finding.environments.not_in.clone(),
        ordered_through: finding
            .ordered_through
            .iter()
            .map(|through| through_record(through, &report.sources))
            .collect(),
        assumes: finding
            .assumes
            .iter()
            .map(|assumed| AssumedRecord {
                parameter: assumed.parameter.clone(),
                value: assumed.value.clone(),
            })
            .collect(),
        witness: Witness::of(finding),
        fix: finding.fix.as_ref().map(|fix| fix_record(report, fix)),
        relies_on: finding.relies_on.iter().map(|&place| point(report, place)).collect(),
        no_fix: finding.no_fix.clone(),
        fingerprint: finding.fingerprint.clone(),
        suppressed: finding.suppression.as_ref().map(|suppression| Suppressed {
            at: point(report, suppression.place),
            reason: suppression.reason.clone(),
        }),
        baselined: finding.baselined,
    }
}

fn behind(report: &Report, also: &AlsoShared) -> BehindRecord {
    let AlsoShared { rule, entry, object: shared, .. } = also;
    BehindRecord { rule: rule.as_str(), entry: entry.clone(), shared_object: object(report, shared) }
}

fn object(report: &Report, object: &Object) -> SharedObject {
    SharedObject {
        ty: object.ty.clone(),
        name: object.name.clone(),
        declared_at: object.declared_at.map(|place| point(report, place)),
    }
}

fn participant(report: &Report, participant: &Writer) -> Participant {
    let file = report.sources.file(participant.place.file);
    let (start, end) =
        (file.position(participant.place.span.start), file.position(participant.place.span.end));
    let via = participant.via.iter().map(|via| {
        let Point { file, line, column } = point(report, via.place);
        Via { symbol: via.symbol.clone(), file, line, column }
    });
    Participant {
        symbol: participant.symbol.clone(),
        ty: participant.ty.clone(),
        r#loop: participant.is_loop,
        file: file.path.clone(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        via: via.collect(),
        retry_on: participant.retry_on.clone(),
        list: participant.list.map(|place| point(report, place)),
    }
}

/// A declaration that may not be deployed, as a record.
pub(super) fn through_record(through: &Through, sources: &Sources) -> ThroughRecord {
    let Through { symbol, place, condition } = through;
    ThroughRecord { symbol: symbol.clone(), condition: condition.clone(), at: point_of(sources, *place) }
}

fn fix_record(report: &Report, fix: &Fix) -> FixRecord {
    let edits = fix.edits.iter().map(|edit| {
        let file = report.sources.file(edit.place.file);
        let (start, end) = (file.position(edit.place.span.start), file.position(edit.place.span.end));
        EditRecord {
            file: file.path.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            insert: edit.insert.clone(),
        }
    });
    let serves = if fix.serves.len() > 1 { fix.serves.clone() } else { Vec::new() };
    FixRecord { description: fix.description.clone(), edits: edits.collect(), serves }
}

fn diagnostic_record(report: &Report, diagnostic: &Diagnostic) -> DiagnosticRecord {
    let file = report.sources.file(diagnostic.place.file);
    let (start, end) = (file.position(diagnostic.place.span.start), file.position(diagnostic.place.span.end));
    DiagnosticRecord {
        rule: diagnostic.rule.as_str(),
        level: diagnostic.level.as_str(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        file: file.path.clone(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        fix: diagnostic.fix.as_ref().map(|fix| fix_record(report, fix)),
        fingerprint: diagnostic.fingerprint.clone(),
    }
}
