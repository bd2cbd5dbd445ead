//! Properties of every input, one function per target, which panics if the property is violated. The coverage-guided
//! targets of cargo-fuzz, `cargo xtask fuzz` and the tests all call these functions.

#[cfg(unix)]
#[path = "doors.rs"]
mod doors;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::{Config, Loader, show};
use bicep_race_lint::fix::apply::{apply, only_inserts};
use bicep_race_lint::fix::edits_of;
use bicep_race_lint::level::Level;
use bicep_race_lint::report::{Format, Style, render};
use bicep_race_lint::rules::RuleId;
use bicep_race_lint::rules::baseline::Baseline;
use bicep_race_lint::rules::finding::Report;
use bicep_race_lint::session::{Checked, Roots, check};
use bicep_race_lint::source::{FileId, Place, Sources, Span};
use bicep_race_lint::syntax::ast::{ExprId, FileKind, Tree, TypeId};
use bicep_race_lint::syntax::token::TokenKind;
use bicep_race_lint::syntax::{lex, parse, parse_expression};
use bicep_race_lint::template::arm;
use bicep_race_lint::template::arm::json;
use bicep_race_lint::workspace::Memory;

/// A fuzz target.
pub(crate) struct Target {
    /// The name on the command line.
    pub(crate) name: &'static str,
    /// Panics if an input violates a property.
    pub(crate) holds: fn(&str),
    /// The file endings of its seeds.
    pub(crate) seeds: &'static [&'static str],
}

/// Every target.
pub(crate) const TARGETS: &[Target] = &[
    Target { name: "lexer", holds: lexer, seeds: &[".bicep", ".bicepparam"] },
    Target { name: "parser", holds: parser, seeds: &[".bicep", ".bicepparam"] },
    Target { name: "arm_template", holds: arm_template, seeds: &[".json"] },
    Target { name: "arm_expression", holds: arm_expression, seeds: &[".arm-expression"] },
    Target { name: "configuration", holds: configuration, seeds: &[".toml", "bicepconfig.json"] },
    Target { name: "baseline", holds: baseline, seeds: &[".baseline.json"] },
    Target { name: "evaluation", holds: evaluation, seeds: &[".expression"] },
    Target { name: "workspace", holds: workspace, seeds: &[".workspace"] },
    Target { name: "fix", holds: fix, seeds: &[".bicep"] },
    Target { name: "doors", holds: doors, seeds: &[".tree"] },
];

/// Files outside the boundary are not read; see `doors.rs`. Its links and pipes need Unix.
pub(crate) fn doors(text: &str) {
    #[cfg(unix)]
    doors::doors(text);
    #[cfg(not(unix))]
    let _ = text;
}

/// Tokens and the gaps between them make up the text, without overlap or loss.
pub(crate) fn lexer(text: &str) {
    let lexed = lex(text);
    let mut at = 0;
    for token in &lexed.tokens {
        assert!(at <= token.span.start && token.span.start <= token.span.end, "{token:?} overlaps");
        assert!(lies_in(token.span, text), "{token:?} is outside");
        at = token.span.end;
    }
    assert_eq!(at as usize, text.len(), "the last token is the end");
    assert_eq!(lexed.tokens.last().map(|token| token.kind), Some(TokenKind::EndOfFile));
    assert!(lexed.errors.iter().all(|error| lies_in(error.span, text)));
}

/// Every span is inside the text, and inside the span of its parent.
pub(crate) fn parser(text: &str) {
    well_formed(&parse(text, FileKind::Bicep), text);
    well_formed(&parse(text, FileKind::Params), text);
    well_formed(&parse_expression(text).0, text);
}

fn lies_in(span: Span, text: &str) -> bool {
    text.get(span.range()).is_some()
}

fn well_formed(tree: &Tree, text: &str) {
    for (id, expr) in tree.exprs.iter().enumerate() {
        assert!(lies_in(expr.span, text), "{expr:?} is outside of the text");
        tree.each_child(ExprId(id as u32), |child| {
            let child = tree.exprs[child.0 as usize];
            assert!(expr.span.contains(child.span), "{child:?} is outside of {expr:?}");
        });
    }
    for (id, ty) in tree.types.iter().enumerate() {
        assert!(lies_in(ty.span, text), "{ty:?} is outside of the text");
        tree.each_inner_type(TypeId(id as u32), |inner| {
            let inner = tree.types[inner.0 as usize];
            assert!(ty.span.contains(inner.span), "{inner:?} is outside of {ty:?}");
        });
    }
    for pair in tree.statements.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{pair:?} overlap");
    }
    assert!(tree.statements.iter().all(|statement| lies_in(statement.span, text)));
    assert!(tree.errors.iter().all(|error| lies_in(error.span, text)));
    assert!(tree.errors.is_sorted_by_key(|error| error.span));
}

/// Any text gives a template, and all errors are inside the text.
pub(crate) fn arm_template(text: &str) {
    let (template, errors) = arm::make(FileId(0), Arc::from(text));
    assert!(errors.iter().all(|error| lies_in(error.span, text)), "{errors:?}");
    assert!(errors.is_sorted_by_key(|error| error.span));
    assert!(template.nodes.iter().all(|node| lies_in(node.symbol_span, text)));
    analysed(&[("main.json", text)]);
}

/// An expression gives a tree inside the text, or an error with a place inside it.
pub(crate) fn arm_expression(text: &str) {
    match arm::expression::parse(text) {
        Ok(tree) => {
            let span = Span::new(tree.start, tree.end);
            assert!(span.start <= span.end && lies_in(span, text), "{tree:?}");
        }
        Err(mistake) => assert!(!format!("{mistake:?}").is_empty()),
    }
    let quoted = serde_json::Value::from(text).to_string();
    let template = format!(
        "{{\"resources\":[{{\"type\":\"Microsoft.Network/vpnGateways\",\"apiVersion\":\"2024-01-01\",\"name\":{quoted},\
         \"condition\":{quoted},\"copy\":{{\"name\":\"c\",\"count\":{quoted}}},\"dependsOn\":[{quoted}],\
         \"properties\":{{\"virtualHub\":{{\"id\":{quoted}}}}}}}]}}"
    );
    analysed(&[("main.json", &template)]);
}

/// A configuration is read and shown, or its errors have places. The same text is also read as a `bicepconfig.json` and
/// as JSON with comments.
pub(crate) fn configuration(text: &str) {
    let read = |_: &Path| Ok(text.to_owned());
    let shown = |path: &Path| path.display().to_string();
    let loader = Loader { read: &read, shown: &shown };
    let (mut sources, mut mistakes) = (Sources::default(), Vec::new());
    let path = Path::new("/w/bicep-race-lint.toml");
    if let Ok(config) = Config::load(path, &loader, &mut sources, &mut mistakes) {
        let template = Path::new("/w/a/main.bicep");
        for &rule in RuleId::ALL {
            let _ = config.level(rule, template);
        }
        let _ = (config.excludes(template), config.fail_on(), config.modules());
        let _ = show(&config, template, "a/main.bicep", &sources);
        let catalog = Catalog::with(config.entries());
        assert!(catalog.entries().count() >= Catalog::default().entries().count());
    }
    for mistake in &mistakes {
        assert!(place_is_right(mistake.place, &sources), "{mistake:?}");
    }
    let _ = json::plain(text);
    analysed(&[("main.bicep", "module a 'br/alias:b:c' = {}\n"), ("bicepconfig.json", text)]);
}

/// A baseline that can be read is written back unchanged.
pub(crate) fn baseline(text: &str) {
    if let Ok(baseline) = Baseline::parse(Path::new("baseline.json"), text) {
        let written = baseline.text();
        let again = Baseline::parse(Path::new("baseline.json"), &written).expect("what is written is read");
        assert_eq!(again, baseline);
        assert_eq!(again.text(), written);
    }
}

/// An expression in every relevant place: as a name, condition, length of a loop and argument of a function.
pub(crate) fn evaluation(text: &str) {
    let template = format!(
        "param p string\nparam q bool = true\nparam l array = []\nvar v = {text}\nresource h 'Microsoft.Network/virtualHubs@2024-01-01' existing = {{\n  \
         name: string({text})\n}}\nresource a 'Microsoft.Network/vpnGateways@2024-01-01' = if (v) {{\n  name: '${{v}}a'\n  \
         properties: {{ virtualHub: {{ id: h.id }} }}\n}}\nresource b 'Microsoft.Network/p2svpnGateways@2024-01-01' = [for (x, i) in {text}: {{\n  \
         name: '${{x}}b${{i}}'\n  properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', v) }} }}\n}}]\n"
    );
    analysed(&[("main.bicep", &template)]);
}

/// Several files in one text; each starts with a line `=== path`.
pub(crate) fn workspace(text: &str) {
    let mut files: Vec<(&str, &str)> = Vec::new();
    for part in text.split("=== ").skip(1).take(16) {
        let (path, content) = part.split_once('\n').unwrap_or((part, ""));
        files.push((path.trim(), content));
    }
    analysed(&files);
}

/// Remedies only insert; the result parses as well as before, without new errors.
pub(crate) fn fix(text: &str) {
    let before = analysed(&[("main.bicep", text)]);
    let Some((id, file)) = before.sources.iter().next() else { return };
    let edits = edits_of(&before.findings, id);
    if edits.is_empty() {
        return;
    }
    let after = apply(&file.text, &edits);
    // The command line rejects conflicting remedies as a whole.
    if !only_inserts(&file.text, &after, &edits) {
        return;
    }
    assert!(after.len() > file.text.len());
    let fixed = analysed(&[("main.bicep", &after)]);
    assert!(
        fixed.coverage.syntax_errors <= before.coverage.syntax_errors,
        "the remedy breaks the text:\n{after}\n{:?}",
        fixed.diagnostics
    );
    assert_eq!(fixed.coverage.declarations, before.coverage.declarations, "{after}");
}

/// Analyses files in memory twice, with equal results, and checks the places in the report.
fn analysed(files: &[(&str, &str)]) -> Report {
    let run = || {
        let mut memory = Memory::default();
        let mut roots = Roots { base: PathBuf::from("/w"), ..Roots::default() };
        for (path, text) in files {
            let path = Path::new("/w").join(path);
            memory.write(&path, text.as_bytes());
            let name = path.to_string_lossy();
            if name.ends_with(".bicep") || name.ends_with(".bicepparam") {
                roots.found.push((path, PathBuf::from("/w")));
            } else if name.ends_with("main.json") {
                roots.named.push(path);
            }
        }
        check(&roots, memory, &Catalog::default())
    };
    let Checked { report, .. } = run();
    let style = Style { color: false, unicode: true, width: 80, is_terminal: false, level: Level::Note };
    for finding in &report.findings {
        for participant in &finding.participants {
            assert!(place_is_right(participant.place, &report.sources), "{participant:?}");
        }
        assert!(!finding.participants.is_empty() && !finding.roots.is_empty(), "{finding:?}");
        let last = finding.participants.len();
        assert!(finding.pairs.iter().all(|&(one, other)| one < last && other < last));
    }
    for diagnostic in &report.diagnostics {
        assert!(place_is_right(diagnostic.place, &report.sources), "{diagnostic:?}");
    }
    let coverage = report.coverage;
    assert!(coverage.modelled + coverage.unresolved_modules <= coverage.declarations, "{coverage:?}");
    let json = render(&report, Format::Json, style).text().to_owned();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
    // Also some of the other formats; the input selects which.
    let others = [
        Format::Human,
        Format::Concise,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Markdown,
        Format::Html,
    ];
    let which = json.len() % others.len();
    let _ = render(&report, others[which], style);
    if json.len().is_multiple_of(16) {
        assert_eq!(render(&run().report, Format::Json, style).text(), json, "two runs say two things");
    }
    report
}

fn place_is_right(place: Place, sources: &Sources) -> bool {
    let mut files = sources.iter();
    files.any(|(id, file)| id == place.file && lies_in(place.span, &file.text))
}
