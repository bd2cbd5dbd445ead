//! Describes one module: its effects, as far as the catalogue uses them, as expressions over its parameters.

use std::collections::{BTreeMap, BTreeSet};

use bicep_race_lint::azure::catalog::{Catalog, Entry, ObjectSource, Step, Writer};
use bicep_race_lint::eval::evaluator::Evaluator;
use bicep_race_lint::eval::term::{Ambient, Term, Value};
use bicep_race_lint::eval::terms::Terms;
use bicep_race_lint::race::link::Element;
use bicep_race_lint::race::summary::Summary;
use bicep_race_lint::template::{
    Expr, NodeId, NodeKind, ParameterId, ParameterType, Property, TargetScope, Template,
};
use bicep_race_lint::workspace::TemplateId;

use super::expression::{Expressions, Uses, is_identifier};
use super::properties::{Narrow, Wanted, properties};

/// Maximum length of an output that is described.
const OUTPUT: usize = 240;

/// The description of a module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Description {
    pub(crate) path: String,
    pub(crate) target_scope: Option<&'static str>,
    /// Names with declarations.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) calls: Vec<Call>,
    pub(crate) outputs: BTreeMap<String, String>,
    /// For parameters that are not needed as a whole: the needed parts.
    pub(crate) narrow: BTreeMap<String, Wanted>,
}

impl Description {
    /// Whether it deploys nothing relevant, so that its description only has outputs.
    pub(crate) fn is_harmless(&self) -> bool {
        self.calls.is_empty() && self.resources.is_empty()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) ty: String,
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
    pub(crate) existing: bool,
    pub(crate) declared: Declared,
    pub(crate) body: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) declared: Declared,
    pub(crate) with: Vec<(String, String)>,
}

/// The common properties of resources and calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub(crate) symbol: String,
    pub(crate) scope: Option<String>,
    pub(crate) when: Option<String>,
    pub(crate) each: Option<String>,
    pub(crate) batch: Option<u32>,
    pub(crate) after: Vec<String>,
}

/// Data collected from the expressions of one module.
#[derive(Debug, Default)]
struct Gathered {
    uses: Uses,
    narrow: Narrow,
}

impl Gathered {
    fn add(&mut self, more: Uses) {
        add(&mut self.uses, more);
    }
}

fn add(uses: &mut Uses, more: Uses) {
    for (parameter, count) in more {
        *uses.entry(parameter).or_default() += count;
    }
}

/// The modules whose parameters their callers need to know.
pub(crate) type Known = BTreeMap<String, Description>;

/// Whether an entry is used: it must be certain or likely, and not about resources of any type.
pub(crate) fn is_sure(entry: &Entry) -> bool {
    let certainty = matches!(entry.certainty.as_ref(), "certain" | "likely");
    entry.level.is_some() && certainty && entry.writers.iter().all(Writer::is_special)
}

/// Describes one module at a time.
pub(crate) struct Describer<'d, 'w> {
    pub(crate) catalog: &'d Catalog,
    pub(crate) evaluator: &'d mut Evaluator<'w>,
    /// The modules that are already described, which this one may call.
    pub(crate) known: &'d Known,
    /// The path of the module that a node calls.
    pub(crate) callee: &'d dyn Fn(TemplateId, NodeId) -> Option<String>,
}

impl Describer<'_, '_> {
    /// The description of a module; `None` if it deploys nothing to Azure.
    pub(crate) fn describe(&mut self, path: &str, summary: &Summary) -> Option<Description> {
        let id = summary.template;
        let template = self.evaluator.workspace().template(id);
        let kept = self.kept(template, id, summary);
        let mut found = Description { path: path.to_owned(), ..Description::default() };
        found.target_scope = match template.target_scope {
            TargetScope::Tenant => Some("tenant"),
            TargetScope::ManagementGroup => Some("managementGroup"),
            TargetScope::Subscription => Some("subscription"),
            TargetScope::ResourceGroup => None,
            TargetScope::Local => return None,
        };
        let mut gathered = Gathered::default();
        for &node in &kept {
            match &template.node(node).kind {
                NodeKind::Module(_) if self.matters(template, id, node) => {
                    let call = self.call(template, id, node, summary, &kept, &mut gathered)?;
                    found.calls.push(call);
                }
                NodeKind::Module(_) => {
                    let link = self.link(template, id, node, summary, &kept, &mut gathered);
                    found.resources.push(link);
                }
                NodeKind::Resource(_) | NodeKind::Existing(_) => {
                    let resource = self.resource(template, id, node, summary, &kept, &mut gathered)?;
                    found.resources.push(resource);
                }
            }
        }
        for output in &template.outputs {
            if !is_identity(template.exprs.text(output.name)) {
                continue;
            }
            let value = self.evaluator.value(id, output.value);
            let mut expressions = Expressions::new(self.evaluator.known_terms(), id);
            if let Some(value) = expressions.of(value).filter(|value| is_handed_out(value)) {
                gathered.add(expressions.parameters);
                found.outputs.insert(template.exprs.text(output.name).to_owned(), value);
            }
        }
        let params = self.params(template, id, &mut gathered.uses);
        for (parameter, uses) in &gathered.uses {
            let name = template.exprs.text(template.parameters[parameter.ix()].name);
            let part = gathered.narrow.part(*parameter, *uses);
            found.narrow.extend(part.map(|part| (name.to_owned(), part.clone())));
        }
        found.params = params;
        Some(found)
    }

    /// The nodes that are described: those that the catalogue uses, their parents, and the nodes between them in the
    /// order of the deployment.
    fn kept(&mut self, template: &Template, id: TemplateId, summary: &Summary) -> BTreeSet<NodeId> {
        let mut kept: BTreeSet<NodeId> =
            template.node_ids().filter(|&node| self.matters(template, id, node)).collect();
        kept.retain(|node| !self.evaluator.known_terms().is_false(summary.links.guards[node.ix()]));
        let ahead = |from: NodeId| {
            let mut seen = BTreeSet::from([from]);
            let mut open = vec![from];
            while let Some(node) = open.pop() {
                open.extend(
                    summary.links.waits[node.ix()]
                        .iter()
                        .map(|link| link.target)
                        .filter(|&to| seen.insert(to)),
                );
            }
            seen
        };
        let before: BTreeMap<NodeId, BTreeSet<NodeId>> =
            template.node_ids().map(|node| (node, ahead(node))).collect();
        let between = template.node_ids().filter(|node| {
            let is_after = kept.iter().any(|other| other != node && before[node].contains(other));
            is_after && kept.iter().any(|other| other != node && before[other].contains(node))
        });
        let between: Vec<NodeId> = between.filter(|&node| !is_existing(template, node)).collect();
        kept.extend(between);
        let mut open: Vec<NodeId> = kept.iter().copied().collect();
        while let Some(node) = open.pop() {
            let parent = parent_of(template, node);
            open.extend(parent.filter(|&parent| kept.insert(parent)));
        }
        kept
    }

    /// Whether resources of a type write, or are, a shared object with sufficient evidence in the catalogue.
    fn is_of_interest(&self, ty: &str) -> bool {
        let ty = ty.to_ascii_lowercase();
        let writes = self.catalog.writers_of(&ty).any(|(entry, _)| is_sure(entry));
        writes
            || self
                .catalog
                .entries()
                .any(|entry| is_sure(entry) && entry.object_type.eq_ignore_ascii_case(&ty))
    }

    /// Whether the name of a resource differs in each deployment, so that it cannot conflict with another one.
    fn is_one_of_a_kind(&mut self, template: &Template, id: TemplateId, node: NodeId) -> bool {
        let Some(name) = template.node(node).name else { return false };
        let name = self.evaluator.value(id, name);
        let fact = self.evaluator.terms().ambient(Ambient::DeploymentName);
        mentions(self.evaluator.known_terms(), name, fact)
    }

    fn matters(&mut self, template: &Template, id: TemplateId, node: NodeId) -> bool {
        match &template.node(node).kind {
            NodeKind::Resource(ty) => {
                ty.azure && self.is_of_interest(&ty.name) && !self.is_one_of_a_kind(template, id, node)
            }
            NodeKind::Existing(_) => false,
            NodeKind::Module(_) => (self.callee)(id, node).is_some_and(|path| self.known.contains_key(&path)),
        }
    }

    fn resource(
        &mut self,
        template: &Template,
        id: TemplateId,
        node: NodeId,
        summary: &Summary,
        kept: &BTreeSet<NodeId>,
        gathered: &mut Gathered,
    ) -> Option<Resource> {
        let written = template.node(node);
        let (NodeKind::Resource(ty) | NodeKind::Existing(ty)) = &written.kind else { return None };
        let name = match written.name {
            Some(name) => self.evaluator.value(id, name),
            None => self.evaluator.terms().null(),
        };
        let parent = parent_of(template, node);
        let parent_index = match written.parent.map(|parent| template.exprs.get(template.exprs.peel(parent)))
        {
            Some(Expr::Index { index, .. }) => Some(self.evaluator.value(id, index)),
            _ => None,
        };
        let body = self.evaluator.value(id, written.body);
        let wanted = self.properties_of(&ty.name);
        let body = wanted.part_of(self.evaluator.terms(), body);
        let (mut expressions, mut declared) = self.declared(template, id, node, summary, kept);
        let place = &declared.symbol;
        let name = expressions.of_any(name, place);
        let body = properties(&mut expressions, body, &wanted, place, &mut gathered.narrow);
        let index = parent_index.map(|index| expressions.of_any(index, place));
        let parent = parent.map(|parent| {
            let symbol = symbol(&template.node(parent).symbol);
            index.map_or(symbol.clone(), |index| format!("{symbol}[{index}]"))
        });
        if parent.is_some() {
            declared.scope = None;
        }
        gathered.add(expressions.parameters);
        let existing = is_existing(template, node);
        Some(Resource { ty: ty.name.clone(), name, parent, existing, declared, body })
    }

    fn call(
        &mut self,
        template: &Template,
        id: TemplateId,
        node: NodeId,
        summary: &Summary,
        kept: &BTreeSet<NodeId>,
        gathered: &mut Gathered,
    ) -> Option<Call> {
        let path = (self.callee)(id, node)?;
        let called = self.known.get(&path)?;
        let mut arguments: Vec<(&String, Term)> = Vec::new();
        for (name, _) in &called.params {
            let Some(value) = self.argument(template, id, node, name) else { continue };
            let value = match called.narrow.get(name) {
                Some(wanted) => wanted.part_of(self.evaluator.terms(), value),
                None => value,
            };
            arguments.push((name, value));
        }
        let (mut expressions, declared) = self.declared(template, id, node, summary, kept);
        let with = arguments
            .into_iter()
            .map(|(name, value)| {
                if let Some(wanted) = called.narrow.get(name) {
                    gathered.narrow.note(expressions.terms(), value, wanted);
                }
                let place = format!("{}.{name}", declared.symbol);
                (name.clone(), expressions.of_any(value, &place))
            })
            .collect();
        gathered.add(expressions.parameters);
        Some(Call { path, declared, with })
    }

    /// A call without relevant resources that is needed for the order between others: only its deployment is described.
    fn link(
        &mut self,
        template: &Template,
        id: TemplateId,
        node: NodeId,
        summary: &Summary,
        kept: &BTreeSet<NodeId>,
        gathered: &mut Gathered,
    ) -> Resource {
        let name = self.evaluator.terms().opaque();
        let (mut expressions, declared) = self.declared(template, id, node, summary, kept);
        let name = expressions.of_any(name, &declared.symbol);
        gathered.add(expressions.parameters);
        let ty = "Microsoft.Resources/deployments".to_owned();
        Resource { ty, name, parent: None, existing: false, declared, body: Vec::new() }
    }

    /// The argument of a call for a parameter.
    fn argument(&mut self, template: &Template, id: TemplateId, node: NodeId, name: &str) -> Option<Term> {
        let exprs = &template.exprs;
        let all = exprs.peel(template.node(node).arguments?);
        if let Some(given) = exprs.property(all, name) {
            return Some(self.evaluator.value(id, given));
        }
        let Expr::Object(list) = exprs.get(all) else { return None };
        if exprs.object(list).iter().all(|property| matches!(property, Property::Named { .. })) {
            return None;
        }
        let all = self.evaluator.value(id, all);
        let terms = self.evaluator.terms();
        let value = terms.member(all, name);
        (terms.get(value) != Value::Null).then_some(value)
    }

    /// The condition, scope, loop and dependencies of a node.
    fn declared(
        &mut self,
        template: &Template,
        id: TemplateId,
        node: NodeId,
        summary: &Summary,
        kept: &BTreeSet<NodeId>,
    ) -> (Expressions<'_>, Declared) {
        let written = template.node(node);
        let list = written.copy.as_ref().map(|copy| self.evaluator.value(id, copy.list));
        let scope = written.scope.map(|scope| {
            let scope = self.evaluator.value(id, scope);
            self.evaluator.terms().as_scope(scope)
        });
        let guard = summary.links.guards[node.ix()];
        let parent = parent_of(template, node);
        let mut expressions = Expressions::new(self.evaluator.known_terms(), id);
        let name = symbol(&written.symbol);
        let each = list.map(|list| expressions.of_any(list, &format!("{name}.each")));
        expressions.repeated_over(list);
        let is_always = self.evaluator.known_terms().is_true(guard);
        let when = (!is_always && !is_existing(template, node))
            .then(|| expressions.of_any(guard, &format!("{name}.when")));
        let scope = scope.map(|scope| expressions.of_any(scope, &format!("{name}.scope")));
        let mut after = Vec::new();
        for link in &summary.links.waits[node.ix()] {
            if Some(link.target) == parent || !kept.contains(&link.target) {
                continue;
            }
            let target = symbol(&template.node(link.target).symbol);
            after.push(match link.element {
                Element::All => target,
                Element::Same => format!("{target}[index]"),
                Element::At(index) => format!("{target}[{index}]"),
                // A description cannot express this index, so it has no edge.
                Element::By(_) => continue,
            });
        }
        let batch = written.copy.as_ref().and_then(|copy| copy.batch_size);
        (expressions, Declared { symbol: name, scope, when, each, batch, after })
    }

    /// The properties that the catalogue reads for a type.
    fn properties_of(&self, ty: &str) -> Wanted {
        let mut wanted = Wanted::default();
        for (entry, writer) in self.catalog.writers_of(&ty.to_ascii_lowercase()) {
            if !is_sure(entry) {
                continue;
            }
            for object in writer.objects.iter() {
                if let ObjectSource::Body(steps) | ObjectSource::Below { path: steps, .. } = &object.from {
                    wanted.add(steps);
                }
            }
            for condition in writer.when.iter() {
                if !matches!(&condition.path[..], [Step::Member(name)] if name == "name") {
                    wanted.add(&condition.path);
                }
            }
        }
        wanted
    }

    /// The parameters in declaration order, including those that the defaults of others need.
    fn params(&mut self, template: &Template, id: TemplateId, uses: &mut Uses) -> Vec<(String, String)> {
        let mut needed: BTreeSet<ParameterId> = uses.keys().copied().collect();
        let mut written: BTreeMap<ParameterId, String> = BTreeMap::new();
        while let Some(parameter) = needed.pop_first() {
            if written.contains_key(&parameter) {
                continue;
            }
            let declared = &template.parameters[parameter.ix()];
            let name = template.exprs.text(declared.name);
            let default = declared.default.map(|default| self.evaluator.value(id, default));
            let free = self.evaluator.parameter(id, parameter);
            let terms = self.evaluator.known_terms();
            let mut expressions = Expressions::new(terms, id);
            let allowed = terms.domain(free).and_then(|domain| domain.allowed.clone());
            let allowed: Option<Vec<String>> =
                allowed.and_then(|values| values.into_iter().map(|value| expressions.of(value)).collect());
            let ty = match (declared.ty, allowed) {
                (_, Some(values)) if !values.is_empty() => values.join(" | "),
                (ParameterType::Bool, _) => "bool".to_owned(),
                (ParameterType::String, _) => "string".to_owned(),
                (ParameterType::Int, _) => "int".to_owned(),
                (ParameterType::Array, _) => "array".to_owned(),
                (ParameterType::Object, _) => "object".to_owned(),
                (ParameterType::Any, _) => "any".to_owned(),
            };
            let nullable = if declared.nullable { "?" } else { "" };
            let ty = if ty.contains(" | ") && declared.nullable { format!("({ty})") } else { ty };
            let default =
                default.map_or(String::new(), |default| format!(" = {}", expressions.of_any(default, name)));
            needed.extend(expressions.parameters.keys());
            add(uses, expressions.parameters);
            written.insert(parameter, format!("{name} {ty}{nullable}{default}"));
        }
        let name =
            |parameter: ParameterId| template.exprs.text(template.parameters[parameter.ix()].name).to_owned();
        written.into_iter().map(|(parameter, text)| (name(parameter), text)).collect()
    }
}

fn is_existing(template: &Template, node: NodeId) -> bool {
    matches!(template.node(node).kind, NodeKind::Existing(_))
}

/// The resource that contains another one, or that it names as its parent.
fn parent_of(template: &Template, node: NodeId) -> Option<NodeId> {
    let written = template.node(node);
    let exprs = &template.exprs;
    let named = written.parent.map(|parent| exprs.peel(parent));
    written.outer.or_else(|| match exprs.get(named?) {
        Expr::Node(parent) => Some(parent),
        Expr::Index { base, .. } => match exprs.get(exprs.peel(base)) {
            Expr::Node(parent) => Some(parent),
            _ => None,
        },
        _ => None,
    })
}

/// Whether an output contains names or ids. Ex) `resourceId`, `subnetNames`
fn is_identity(output: &str) -> bool {
    let output = output.to_ascii_lowercase();
    ["name", "names", "id", "ids"].iter().any(|end| output.ends_with(end))
}

/// Whether an output is known before the deployment, and short.
fn is_handed_out(value: &str) -> bool {
    value.len() <= OUTPUT && !value.contains("reference(")
}

fn mentions(terms: &Terms, term: Term, what: Term) -> bool {
    let mut found = term == what;
    terms.each_child(terms.get(term), |child| found |= mentions(terms, child, what));
    found
}

/// The symbol as a single word.
fn symbol(symbol: &str) -> String {
    if is_identifier(symbol) { symbol.to_owned() } else { symbol.replace("::", "_") }
}
