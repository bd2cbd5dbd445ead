//! Builds a plan from an analysed root: its nodes and those of its modules are tasks, and the edges of the graph are
//! waits.

use super::plan::{Contention, Copies, Minutes, Plan, Presence, Task, TaskId, Wait};
use super::world::{Facts, Given};
use crate::azure::durations::Typical;
use crate::deployment::Graph;
use crate::eval::arguments::Asked;
use crate::eval::parameter_file::values_of;
use crate::eval::substitution::Substitution;
use crate::eval::term::{Term, Value};
use crate::eval::terms::Terms;
use crate::race::analysis::{Analysis, Roots};
use crate::race::needless::On;
use crate::rules::finding::{Finding, Participant};
use crate::small_sort::SmallSort as _;
use crate::template::{NodeId, NodeKind};
use crate::workspace::TemplateId;

/// Maximum depth and number of tasks; beyond them, a module is one task.
const DEEPEST: usize = 32;
const MOST_TASKS: usize = 4_000;
/// Maximum number of places that are drawn for one finding whose template is called several times.
const MOST_CALLS: usize = 20;

/// The plan of a root. `minutes` returns the typical minutes of a resource type (full, lower case). `findings` are the
/// races, including suppressed ones. A condition that is not known to be false counts as true, so that everything that
/// may run is drawn.
pub fn plan_of(
    analysis: &mut Analysis<'_, '_>,
    root: TemplateId,
    minutes: &dyn Fn(&str) -> Option<Typical>,
    findings: &[Finding],
) -> Plan {
    predict(analysis, root, minutes).with(findings)
}

/// The tasks of a root without its races, so that many races of one root can be drawn one by one.
pub struct Predicted {
    /// The tasks, without contentions.
    pub plan: Plan,
    /// The root, and the analysis to which its terms belong.
    root: TemplateId,
    analysis: Roots,
    /// The declaration of each task.
    nodes: Vec<(TemplateId, NodeId)>,
    /// When each task is deployed.
    given: Vec<Given>,
}

/// The tasks of a root; see [`plan_of`].
pub fn predict(
    analysis: &mut Analysis<'_, '_>,
    root: TemplateId,
    minutes: &dyn Fn(&str) -> Option<Typical>,
) -> Predicted {
    let template = analysis.evaluator.workspace().deployed_by(root).unwrap_or(root);
    let predicted = Predicted {
        plan: Plan::default(),
        root,
        analysis: analysis.roots.clone(),
        nodes: Vec::new(),
        given: Vec::new(),
    };
    let is_file = root != template;
    let calls = is_file.then(|| values_of(&mut analysis.evaluator, root, template)).into_iter().collect();
    let mut predicting = Predicting { analysis, minutes, predicted, calls };
    predicting.template(template, None, 0);
    predicting.predicted
}

struct Predicting<'p, 'w, 'c> {
    analysis: &'p mut Analysis<'w, 'c>,
    minutes: &'p dyn Fn(&str) -> Option<Typical>,
    predicted: Predicted,
    /// The substitutions of the calls down to the template, outermost first.
    calls: Vec<Substitution>,
}

impl Predicting<'_, '_, '_> {
    fn template(&mut self, id: TemplateId, parent: Option<TaskId>, depth: usize) {
        let workspace = self.analysis.evaluator.workspace();
        let template = workspace.template(id);
        let mut tasks: Vec<Option<TaskId>> = Vec::with_capacity(template.nodes.len());
        for node in template.node_ids() {
            tasks.push(self.task(id, node, parent));
        }
        if let Some(graph) = self.analysis.graphs.get(&id) {
            for node in template.node_ids() {
                let Some(task) = tasks[node.ix()] else { continue };
                self.predicted.plan.tasks[task.0 as usize].waits_for = waits(graph, node, &tasks);
            }
        }
        for node in template.node_ids() {
            let callee = workspace.callee(id, node);
            let (Some(task), Some(callee)) = (tasks[node.ix()], callee) else { continue };
            if workspace
                .template(callee)
                .node_ids()
                .all(|node| is_existing(&workspace.template(callee).node(node).kind))
            {
                self.predicted.plan.tasks[task.0 as usize].minutes = Minutes::Typical(Typical::of(0));
            } else if depth < DEEPEST && self.predicted.plan.tasks.len() < MOST_TASKS {
                let call = self.analysis.evaluator.module_substitution(id, node, Asked::All);
                self.calls.push(call);
                self.template(callee, Some(task), depth + 1);
                self.calls.pop();
            }
        }
    }

    /// A term over the parameters of the root.
    fn in_root(&mut self, term: Term) -> Term {
        let terms = self.analysis.evaluator.terms();
        self.calls.iter().rev().fold(term, |term, call| terms.substitute(term, call))
    }

    fn task(&mut self, id: TemplateId, node: NodeId, parent: Option<TaskId>) -> Option<TaskId> {
        let template = self.analysis.evaluator.workspace().template(id);
        let declared = template.node(node);
        let (ty, minutes) = match &declared.kind {
            NodeKind::Existing(_) => return None,
            NodeKind::Module(_) => ("module".to_owned(), Minutes::Unknown),
            NodeKind::Resource(ty) => {
                let known = (self.minutes)(&ty.name.to_ascii_lowercase());
                (ty.name.clone(), known.map_or(Minutes::Unknown, Minutes::Typical))
            }
        };
        let condition = self.analysis.evaluator.condition(id, node);
        let condition = self.in_root(condition);
        let length = self.analysis.evaluator.copy_length(id, node).map(|length| self.in_root(length));
        let terms = self.analysis.evaluator.known_terms();
        let count = length.and_then(|length: Term| match terms.get(length) {
            Value::Int(count) => u32::try_from(count).ok(),
            _ => None,
        });
        let presence = match terms.get(condition) {
            Value::Bool(true) => Presence::Always,
            Value::Bool(false) => Presence::Skipped,
            _ => Presence::Conditional,
        };
        let copies = declared.copy.as_ref().map(|copy| Copies { count, batch: copy.batch_size });
        self.predicted.nodes.push((id, node));
        self.predicted.given.push(Given { condition, length });
        let symbol = declared.symbol.clone();
        Some(self.predicted.plan.add(Task {
            symbol,
            ty,
            minutes,
            waits_for: Vec::new(),
            presence,
            copies,
            parent,
        }))
    }
}

impl Predicted {
    /// The declaration of a task.
    pub fn node(&self, task: TaskId) -> (TemplateId, NodeId) {
        self.nodes[task.0 as usize]
    }

    /// The plan without one order of a template, in every call of the template.
    pub fn without(&self, id: TemplateId, late: NodeId, on: On) -> Plan {
        let mut plan = self.plan.clone();
        for (task, _) in plan.tasks.iter_mut().zip(&self.nodes).filter(|(_, node)| **node == (id, late)) {
            match (on, &mut task.copies) {
                (On::Node(early), _) => {
                    task.waits_for.retain(|wait| self.node(wait.on) != (id, early));
                }
                (On::Batch(_), Some(copies)) => copies.batch = None,
                (On::Batch(_), None) => {}
            }
        }
        plan
    }

    /// The plan in the world of a finding's witness under this root: tasks that this world does not deploy are skipped.
    /// `terms` belong to the analysis from which this was predicted.
    pub fn in_world_of(&self, finding: &Finding, terms: &Terms) -> Plan {
        let mut plan = self.with([finding]);
        let is_own = finding.race.analysis == self.analysis;
        let Some(world) = finding.race.world(self.root).filter(|_| is_own) else { return plan };
        let facts = Facts::of(terms, world);
        for (task, given) in plan.tasks.iter_mut().zip(&self.given) {
            if facts.is_skipped(given) {
                task.presence = Presence::Skipped;
            }
            if let Some(copies) = task.copies.as_mut().filter(|_| facts.is_empty(given)) {
                copies.count = Some(0);
            }
        }
        plan
    }

    /// The plan with the racing pairs of some findings, in every call of the template in which the paths to the writers
    /// part.
    pub fn with<'f>(&self, findings: impl IntoIterator<Item = &'f Finding>) -> Plan {
        let mut plan = self.plan.clone();
        for finding in findings {
            let object = format!("{} {}", finding.object.ty, finding.object.name);
            for &(first, second) in &finding.pairs {
                let (Some(first), Some(second)) =
                    (finding.participants.get(first), finding.participants.get(second))
                else {
                    continue;
                };
                for (first, second) in self.places(finding.race.template, first, second) {
                    plan.contentions.push(Contention { first, second, object: object.clone() });
                }
            }
        }
        plan
    }

    /// The tasks of two writers of a template, for each call of the template.
    fn places(
        &self,
        template: TemplateId,
        first: &Participant,
        second: &Participant,
    ) -> Vec<(TaskId, TaskId)> {
        let is = |at: usize, writer: &Participant| self.nodes[at] == (template, writer.node);
        let here = (0..self.plan.tasks.len()).filter(|&at| is(at, first)).take(MOST_CALLS);
        let pairs = here.filter_map(|at| {
            let parent = self.plan.tasks[at].parent;
            let sibling = |&other: &usize| self.plan.tasks[other].parent == parent && is(other, second);
            let other = (0..self.plan.tasks.len()).find(sibling)?;
            Some((self.down(at, first), self.down(other, second)))
        });
        pairs.collect()
    }

    /// The task of a writer inside a module, or of the innermost module on the path to it that has a task.
    fn down(&self, at: usize, writer: &Participant) -> TaskId {
        let mut at = TaskId(at as u32);
        for step in &writer.via {
            let is_inside = |task: &Task| task.parent == Some(at);
            let is_step = |&next: &usize| {
                is_inside(&self.plan.tasks[next]) && self.nodes[next] == (step.template, step.node)
            };
            match (0..self.plan.tasks.len()).find(is_step) {
                Some(next) => at = TaskId(next as u32),
                None => break,
            }
        }
        at
    }
}

fn is_existing(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::Existing(_))
}

/// The waits of a node. An existing resource is skipped, because its dependencies are passed on.
fn waits(graph: &Graph, node: NodeId, tasks: &[Option<TaskId>]) -> Vec<Wait> {
    let mut waits: Vec<Wait> = Vec::new();
    let mut seen = vec![false; tasks.len()];
    let mut open = vec![node];
    while let Some(at) = open.pop() {
        for (target, edge) in graph.waits_for(at) {
            let each = edge.element.is_some() && at == node;
            match tasks[target.ix()] {
                Some(on) if waits.iter().any(|wait| wait.on == on && wait.each == each) => {}
                Some(on) => waits.push(Wait { on, each }),
                None if !std::mem::replace(&mut seen[target.ix()], true) => open.push(target),
                None => {}
            }
        }
    }
    waits.small_sort_by_key(|wait| (wait.on, wait.each));
    waits
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::azure::catalog::Catalog;
    use crate::azure::durations::minutes_of;
    use crate::race::analysis::analyse;
    use crate::rules::finding::{RuleId, test_finding};
    use crate::timeline::{Remedy, Row, Timeline, clock};
    use crate::workspace::{Disk, Knowledge, Workspace};

    struct Nothing;

    impl Knowledge for Nothing {}

    fn with_story<T>(story: &str, of: impl FnOnce(&Workspace, &mut Analysis<'_, '_>, TemplateId) -> T) -> T {
        let base = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = base.join("fixtures/hub").join(story).join("main.bicep");
        let workspace = Workspace::load(&Disk, &Nothing, &[root], &[], base);
        let catalog = Catalog::default();
        let root = workspace.roots[0].1.unwrap();
        let mut analysis = analyse(&workspace, &catalog, &[root]);
        of(&workspace, &mut analysis, root)
    }

    fn modules(rows: &[Row]) -> Vec<String> {
        let outer = rows.iter().filter(|row| row.depth == 0);
        outer.map(|row| format!("{} {}-{}", row.name, clock(row.start), clock(row.end))).collect()
    }

    #[test]
    fn the_ordered_story_of_the_hub_is_predicted_to_the_minute() {
        let plan = with_story("ordered", |_, analysis, root| plan_of(analysis, root, &minutes_of, &[]));
        let timeline = Timeline::of("main.bicep", &plan, &Remedy::default());
        let expected = [
            "hub 0:00-0:15",
            "firewall 0:15-0:25",
            "s2s 0:25-0:55",
            "p2s 0:55-1:20",
            "expressRoute 1:20-1:50",
            "routingIntent 1:50-1:53",
        ];
        assert_eq!(modules(&timeline.now.rows), expected);
        assert_eq!(timeline.now.total, 113);
    }

    #[test]
    fn the_parallel_story_shows_who_overlaps() {
        let timeline = with_story("all-parallel", |workspace, analysis, root| {
            let template = workspace.template(root);
            let pair = ["s2s", "p2s"]
                .map(|symbol| template.node_ids().find(|&id| template.node(id).symbol == symbol).unwrap());
            let places = pair.map(|node| template.place(template.node(node).symbol_span));
            let mut finding = test_finding(RuleId::HubGateways, places);
            finding.race.template = root;
            for (writer, node) in finding.participants.iter_mut().zip(pair) {
                writer.node = node;
            }
            Timeline::of("main.bicep", &plan_of(analysis, root, &minutes_of, &[finding]), &Remedy::default())
        });
        assert!(timeline.now.total < 113, "{}", timeline.now.total);
        let overlap = &timeline.now.overlaps[0];
        assert_eq!((overlap.first.as_str(), overlap.second.as_str()), ("s2s", "p2s"));
        assert!(overlap.predicted.is_some());
    }
}
