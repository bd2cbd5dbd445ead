//! The stable identity of a result, independent of its wording.
//!
//! The identity of a finding consists of its rule and catalogue entry, the file, the writing declarations, and the
//! object: the value of its id, with names of parameters and declarations instead of numbers and spans. So a new
//! wording, a moved line or another order of declarations does not change a fingerprint. The identity of a diagnostic
//! consists of rule, file and [`Subject`].
//!
//! Ex) `resource s2s … virtualHub: { id: hub.id }` with `name: hubName` writes
//! `resourceId(resourceGroup(subscription, group), microsoft.network/virtualhubs, parameter hubName)`.
//!
//! Baselines of users contain these fingerprints. So the hashed values and their order never change; new kinds of
//! results may add to them. `tests/fingerprints.txt` checks this.

use rustc_hash::{FxHashMap, FxHashSet};

use super::finding::{Diagnostic, Finding, Subject};
use crate::eval::evaluator::Evaluator;
use crate::eval::template_number::known_template;
use crate::eval::term::{CopyVariable, Function, Term, Value};
use crate::fingerprint::Fingerprint;
use crate::race::analysis::Analysis;
use crate::small_sort::SmallSort as _;
use crate::source::Sources;
use crate::template::{ExprId, ModuleTarget, NodeId, NodeKind};
use crate::workspace::TemplateId;

/// A longer line (in bytes) is not used as a whole, because any edit of it would change the fingerprint.
const MAX_LINE: usize = 500;

/// Computes the identities of the findings of one analysis.
#[derive(Default)]
pub(super) struct Identities {
    objects: FxHashMap<Term, Fingerprint>,
    /// The enclosing call of each nested template of an ARM file.
    nested: Option<FxHashMap<TemplateId, (TemplateId, NodeId)>>,
}

impl Identities {
    /// The identity of a finding.
    pub(super) fn of(&mut self, analysis: &Analysis<'_, '_>, finding: &Finding) -> Fingerprint {
        let nested = self.nested.get_or_insert_with(|| nested(analysis));
        let mut naming = Naming { evaluator: &analysis.evaluator, nested, known: &mut self.objects };
        let template = finding.race.template;
        let mut writers: Vec<String> =
            finding.participants.iter().map(|writer| naming.declaration(template, writer.node)).collect();
        // Two declarations of the same name count as two.
        writers.small_sort();
        let object = naming.term(finding.race.object);
        let of = Fingerprint::default()
            .text("finding")
            .text(finding.rule.as_str())
            .text(finding.entry.as_deref().unwrap_or_default())
            .text(naming.file(template))
            .part(object)
            .number(writers.len() as u64);
        writers.iter().fold(of, |of, writer| of.text(writer))
    }
}

/// The nested templates among those that an analysis reaches.
fn nested(analysis: &Analysis<'_, '_>) -> FxHashMap<TemplateId, (TemplateId, NodeId)> {
    let workspace = analysis.evaluator.workspace();
    let mut nested = FxHashMap::default();
    for &around in analysis.reached.iter().flat_map(|(_, templates)| templates) {
        let template = workspace.template(around);
        for node in template.node_ids() {
            let is_nested = matches!(template.node(node).kind, NodeKind::Module(ModuleTarget::Inline(_)));
            if let (true, Some(callee)) = (is_nested, workspace.callee(around, node)) {
                nested.entry(callee).or_insert((around, node));
            }
        }
    }
    nested
}

/// Identifies terms and declarations by names.
struct Naming<'n, 'w> {
    evaluator: &'n Evaluator<'w>,
    nested: &'n FxHashMap<TemplateId, (TemplateId, NodeId)>,
    known: &'n mut FxHashMap<Term, Fingerprint>,
}

impl Naming<'_, '_> {
    /// The displayed path of a template's file.
    fn file(&self, template: TemplateId) -> &str {
        let workspace = self.evaluator.workspace();
        &workspace.sources.file(workspace.template(template).file).path
    }

    /// The path of a declaration in its file: `parent::child`, prefixed with the enclosing calls for a nested template.
    fn declaration(&self, template: TemplateId, node: NodeId) -> String {
        let symbol = |template: TemplateId, node: NodeId| {
            self.evaluator.workspace().template(template).node(node).symbol.as_str()
        };
        let mut way = vec![symbol(template, node)];
        let mut at = template;
        while let Some(&(around, call)) = self.nested.get(&at) {
            way.push(symbol(around, call));
            at = around;
        }
        way.reverse();
        way.join("/")
    }

    /// The parameter whose default contains an expression.
    fn parameter_around(&self, template: TemplateId, expr: ExprId) -> &str {
        let template = self.evaluator.workspace().template(template);
        let exprs = &template.exprs;
        let span = exprs.span(expr);
        let around = template
            .parameters
            .iter()
            .find(|parameter| parameter.default.is_some_and(|default| exprs.span(default).contains(span)));
        around.map_or("", |parameter| exprs.text(parameter.name))
    }

    fn all(&mut self, of: Fingerprint, parts: &[Term]) -> Fingerprint {
        let of = of.number(parts.len() as u64);
        parts.iter().fold(of, |of, &part| of.part(self.term(part)))
    }

    /// Hashes parts without regard to their order, which depends on term numbers and so on what else is read.
    fn unordered(&mut self, of: Fingerprint, parts: &[Term]) -> Fingerprint {
        let mut parts: Vec<Fingerprint> = parts.iter().map(|&part| self.term(part)).collect();
        parts.small_sort();
        let of = of.number(parts.len() as u64);
        parts.into_iter().fold(of, Fingerprint::part)
    }

    /// The hash of a term. The cache is needed because terms share their parts.
    fn term(&mut self, term: Term) -> Fingerprint {
        if let Some(&known) = self.known.get(&term) {
            return known;
        }
        let found = self.of_value(term);
        self.known.insert(term, found);
        found
    }

    fn of_value(&mut self, term: Term) -> Fingerprint {
        let evaluator = self.evaluator;
        let terms = evaluator.known_terms();
        let tag = |name: &str| Fingerprint::default().text(name);
        match terms.get(term) {
            Value::Null => tag("null"),
            Value::Bool(value) => tag("bool").number(u64::from(value)),
            Value::Int(value) => tag("int").bytes(&value.to_le_bytes()),
            Value::Text(name) => tag("text").text(terms.name(name)),
            Value::Concat(seq) => self.all(tag("concat"), terms.seq(seq)),
            Value::Array(seq) => self.all(tag("array"), terms.seq(seq)),
            Value::Object(seq) => self.all(tag("object"), terms.seq(seq)),
            Value::Parameter(template, parameter) => {
                let declared = evaluator.workspace().template(template);
                let name = declared
                    .parameters
                    .get(parameter.0 as usize)
                    .map(|known| declared.exprs.text(known.name));
                tag("parameter").text(self.file(template)).text(name.unwrap_or_default())
            }
            Value::Ambient(fact) => tag("ambient").text(fact.source()),
            Value::CopyIndex(variable) => match variable {
                CopyVariable::Loop(number) => tag("loop").number(u64::from(number)),
                CopyVariable::Inner(number) => tag("loop of a callee").number(u64::from(number)),
                CopyVariable::OfCall => tag("loop of the call"),
                CopyVariable::Own => tag("own instance"),
                CopyVariable::Other => tag("other instance"),
                CopyVariable::Any => tag("any instance"),
                CopyVariable::Between => tag("instance between"),
                CopyVariable::Before => tag("instance before"),
            },
            Value::Bound(level) => tag("bound").number(u64::from(level)),
            Value::Sequence { length, element, level } => {
                self.all(tag("sequence").number(u64::from(level)), &[length, element])
            }
            Value::Lambda { level, count, body } => {
                self.all(tag("lambda").number(u64::from(level)).number(u64::from(count)), &[body])
            }
            Value::Member(base, name) => self.all(tag("member").text(terms.name(name)), &[base]),
            Value::Index(base, index) => self.all(tag("index"), &[base, index]),
            Value::Call(function, seq) => self.call(function, terms.seq(seq)),
            Value::If(condition, yes, no) => self.all(tag("if"), &[condition, yes, no]),
            Value::Coalesce(left, right) => self.all(tag("coalesce"), &[left, right]),
            Value::Not(inner) => self.all(tag("not"), &[inner]),
            Value::And(seq) => self.unordered(tag("and"), terms.seq(seq)),
            Value::Or(seq) => self.unordered(tag("or"), terms.seq(seq)),
            Value::Equal(one, other) => self.unordered(tag("equal"), &[one, other]),
            Value::ResourceId { scope, ty, names } => {
                let scope = self.term(scope);
                let of = tag("resource id").part(scope).text(&terms.name(ty).to_ascii_lowercase());
                self.all(of, terms.seq(names))
            }
            Value::Resource(id) => self.all(tag("resource"), &[id]),
            Value::Tenant => tag("tenant"),
            Value::ManagementGroup(name) => self.all(tag("management group"), &[name]),
            Value::Subscription(id) => self.all(tag("subscription"), &[id]),
            Value::ResourceGroup(subscription, name) => {
                self.all(tag("resource group"), &[subscription, name])
            }
            // The number of an opaque term only depends on when it was evaluated.
            Value::Opaque(_) => tag("opaque"),
        }
    }

    /// A function call. Numbers of templates, nodes or expressions among its arguments are replaced by their names.
    fn call(&mut self, function: Function, parts: &[Term]) -> Fingerprint {
        let terms = self.evaluator.known_terms();
        let number = |term: Term| terms.known_int(term).and_then(|at| u32::try_from(at).ok());
        let template_of = |term: Term| known_template(terms, term);
        let kind = if matches!(function, Function::Method(_)) { "method" } else { "call" };
        let of = Fingerprint::default().text(kind).text(&function.name(terms).to_ascii_lowercase());
        match (function, parts) {
            (Function::Module, [_, template, node, rest @ ..])
            | (Function::DeploymentName, [template, node, rest @ ..]) => {
                let way = template_of(*template).zip(number(*node)).map(|(template, node)| {
                    (self.file(template).to_owned(), self.declaration(template, NodeId(node)))
                });
                let (file, way) = way.unwrap_or_default();
                self.all(of.text(&file).text(&way), rest)
            }
            (Function::NewGuid, [template, expr, rest @ ..]) => {
                let place = template_of(*template).zip(number(*expr)).map(|(template, expr)| {
                    (self.file(template).to_owned(), self.parameter_around(template, ExprId(expr)).to_owned())
                });
                let (file, parameter) = place.unwrap_or_default();
                self.all(of.text(&file).text(&parameter), rest)
            }
            (function, [template, rest @ ..]) if function.loads() || function == Function::Imported => {
                let file = template_of(*template).map(|template| self.file(template).to_owned());
                self.all(of.text(&file.unwrap_or_default()), rest)
            }
            _ => self.all(of, parts),
        }
    }
}

/// The identity of a diagnostic. [`tell_apart`] separates those with the same rule, file and subject.
pub fn of_diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> Fingerprint {
    let place = diagnostic.place;
    let file = sources.file(place.file);
    let of = Fingerprint::default().text("diagnostic").text(diagnostic.rule.as_str()).text(&file.path);
    match &diagnostic.subject {
        Subject::Declaration(symbol) => of.text("declaration").text(symbol),
        Subject::Module { symbol, reference } => of.text("module").text(symbol).text(reference),
        Subject::Directive { code } => of.text("directive").text(code).text(line_of(sources, place)),
        Subject::Limit { kind, at } => of.text("limit").text(kind).text(at),
        Subject::Unread { kind, symbol, path } => of.text("unread").text(kind).text(symbol).text(path),
        Subject::Text => of.text("text").text(line_of(sources, place)),
    }
}

/// The text of the line at a place; for an overlong line only the text of the place itself.
fn line_of(sources: &Sources, place: crate::source::Place) -> &str {
    let file = sources.file(place.file);
    let line = file.line(file.position(place.span.start).line).of(&file.text).trim();
    if line.len() <= MAX_LINE {
        return line;
    }
    let text = file.text.get(place.span.range()).unwrap_or_default();
    &text[..text.floor_char_boundary(MAX_LINE)]
}

/// Sets all fingerprints. Later results with an identity that is already taken get a number, so that no two results
/// share a fingerprint. Only results that agree in everything a fingerprint is made of are separated by their order.
pub fn tell_apart(findings: &mut [Finding], diagnostics: &mut [Diagnostic], sources: &Sources) {
    let mut taken = Taken::default();
    for finding in &mut *findings {
        finding.fingerprint = taken.first_free(finding.identity);
    }
    // After all others, so that theirs do not depend on what stands behind a finding.
    let mut behind: Vec<&mut Finding> = findings.iter_mut().flat_map(|finding| &mut finding.behind).collect();
    while let Some(finding) = behind.pop() {
        finding.fingerprint = taken.first_free(finding.identity);
        behind.extend(&mut finding.behind);
    }
    for diagnostic in diagnostics {
        let own = of_diagnostic(diagnostic, sources);
        diagnostic.fingerprint = taken.first_free(own);
    }
}

/// The fingerprints that are already taken.
#[derive(Default)]
struct Taken {
    all: FxHashSet<String>,
    /// The next number for each repeated fingerprint; without it, thousands of equal lines would take quadratic time.
    numbers: FxHashMap<String, u64>,
}

impl Taken {
    /// The fingerprint itself, or the numbered form if it is already taken.
    fn first_free(&mut self, own: Fingerprint) -> String {
        let first = own.to_string();
        let number = self.numbers.entry(first.clone()).or_insert(0);
        loop {
            *number += 1;
            let found = if *number == 1 { first.clone() } else { own.number(*number).to_string() };
            if self.all.insert(found.clone()) {
                return found;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::azure::catalog::Catalog;
    use crate::level::Level;
    use crate::race::analysis::analyse;
    use crate::rules::finding::RuleId;
    use crate::source::{Place, SourceFile, Span};
    use crate::workspace::{Knowledge, Memory, Workspace};

    struct Nothing;

    impl Knowledge for Nothing {}

    /// The sorted fingerprints of all findings in one file.
    fn of(path: &str, text: &str) -> Vec<String> {
        let files = Memory::default().with(path, text);
        let workspace = Workspace::load(&files, &Nothing, &[PathBuf::from(path)], &[], Path::new("/"));
        let catalog = Catalog::default();
        let mut analysis = analyse(&workspace, &catalog, &[workspace.roots[0].1.unwrap()]);
        let mut found: Vec<String> = crate::rules::findings(&mut analysis, Level::Note)
            .into_iter()
            .map(|finding| finding.fingerprint)
            .collect();
        found.sort();
        found
    }

    fn gateways(hub: &str, id: &str) -> String {
        let gateway = |symbol: &str, ty: &str| {
            format!(
                "resource {symbol} 'Microsoft.Network/{ty}@2024-05-01' = {{\n  name: '{symbol}'\n  \
                 properties: {{ virtualHub: {{ id: {id} }} }}\n}}\n"
            )
        };
        format!("{hub}{}{}", gateway("s2s", "vpnGateways"), gateway("er", "expressRouteGateways"))
    }

    fn hub(symbol: &str, name: &str) -> String {
        format!(
            "param name string\nparam other string\nresource {symbol} 'Microsoft.Network/virtualHubs@2024-05-01' existing = {{ name: {name} }}\n"
        )
    }

    #[test]
    fn an_object_is_identified_by_its_id() {
        let named = of("/main.bicep", &gateways(&hub("hub", "name"), "hub.id"));
        assert_eq!(named.len(), 1);
        assert_eq!(named, of("/main.bicep", &gateways(&hub("renamed", "name"), "renamed.id")));
        let by_function = "resourceId('Microsoft.Network/virtualHubs', name)";
        assert_eq!(named, of("/main.bicep", &gateways("param name string\n", by_function)));
        // The same parameter after another one, so that its number differs.
        assert_eq!(
            named,
            of("/main.bicep", &gateways("param before string\nparam name string\n", by_function))
        );
        assert_ne!(named, of("/main.bicep", &gateways(&hub("hub", "other"), "hub.id")));
        assert_ne!(named, of("/main.bicep", &gateways(&hub("hub", "'name'"), "hub.id")));
        assert_ne!(named, of("/other.bicep", &gateways(&hub("hub", "name"), "hub.id")));
    }

    /// Two nested deployments in one ARM template that use the same names.
    #[test]
    fn nested_templates_of_one_file_are_told_apart() {
        let gateway = |name: &str, ty: &str| {
            format!(
                r#"{{ "type": "Microsoft.Network/{ty}", "apiVersion": "2024-05-01", "name": "{name}",
                "properties": {{ "virtualHub": {{ "id": "[resourceId('Microsoft.Network/virtualHubs', 'hub')]" }} }} }}"#
            )
        };
        let nested = |name: &str| {
            format!(
                r#"{{ "type": "Microsoft.Resources/deployments", "apiVersion": "2024-03-01", "name": "{name}",
                "resourceGroup": "{name}",
                "properties": {{ "mode": "Incremental", "expressionEvaluationOptions": {{ "scope": "inner" }}, "template": {{
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0", "resources": [{}, {}] }} }} }}"#,
                gateway("s2s", "vpnGateways"),
                gateway("er", "expressRouteGateways")
            )
        };
        let text = |first: &str, second: &str| {
            format!(
                r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0", "resources": [{}, {}] }}"#,
                nested(first),
                nested(second)
            )
        };
        let both = of("/main.json", &text("one", "two"));
        assert_eq!(both.len(), 2, "{both:?}");
        assert_ne!(both[0], both[1]);
        assert_eq!(both, of("/main.json", &text("two", "one")));
    }

    #[test]
    fn a_diagnostic_is_identified_by_its_subject_not_its_wording() {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new("main.bicep", "resource\n  resource\nparam\n"));
        let told = |start: u32, message: &str| {
            let place = Place { file, span: Span::new(start, start + 3) };
            Diagnostic::new(RuleId::Syntax, Level::Error, place, message, Subject::Text)
        };
        let print = |start: u32, message: &str| of_diagnostic(&told(start, message), &sources);
        assert_eq!(print(0, "one"), print(0, "other"));
        assert_eq!(print(0, "one"), print(11, "one"), "the line is the same but for its place");
        assert_ne!(print(0, "one"), print(20, "one"));
        let mut all = [told(0, "m"), told(11, "m"), told(20, "m"), told(11, "m")];
        tell_apart(&mut [], &mut all, &sources);
        let prints: BTreeSet<&str> = all.iter().map(|one| one.fingerprint.as_str()).collect();
        assert_eq!(prints.len(), 4, "{prints:?}");
        assert_eq!(all[0].fingerprint, print(0, "m").to_string(), "the first of those alike has it as it is");
    }
}
