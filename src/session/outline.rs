//! The declarations of one template: the objects that each writes, what it waits for, and when it runs.

use super::Session;
use crate::deployment::Reason;
use crate::race::analysis::analyse_whole;
use crate::rules::written::{Written, written};
use crate::source::Span;
use crate::template::{ModuleTarget, NodeId, NodeKind};
use crate::timeline::{Status, predict, schedule};
use crate::workspace::TemplateId;

/// The outline of a template that is deployed on its own.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Its resources and module calls in source order. `existing` resources are not deployed and therefore left out.
    pub declarations: Vec<Outlined>,
    /// The objects that it writes and other templates may write too.
    pub written: Vec<Written>,
    /// Minutes that its deployment takes.
    pub minutes: u32,
}

/// One declaration.
#[derive(Clone, Debug)]
pub struct Outlined {
    /// The node of the declaration.
    pub node: NodeId,
    /// Its symbol; `parent::child` for a nested one.
    pub symbol: String,
    /// Its resource type, or `module` and the reference.
    pub ty: String,
    /// Whether it is a loop.
    pub is_loop: bool,
    /// Span of its symbol.
    pub symbol_span: Span,
    /// Span of the whole declaration with its decorators.
    pub span: Span,
    /// The declarations that it waits for, without repetitions.
    pub waits_for: Vec<Waiting>,
    /// When it runs; `None` if it never does.
    pub run: Option<Run>,
}

/// A declaration that another one waits for.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The symbol of the other.
    pub symbol: String,
    /// Why: `dependsOn`, `parent` or `reference`.
    pub why: &'static str,
    /// Span of the reason.
    pub span: Span,
}

/// When a declaration runs, in minutes from the start of the deployment.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Its start.
    pub start: u32,
    /// Its end; for a loop, the end of the last instance.
    pub end: u32,
    /// Whether it is on the critical path: if it took longer, so would the whole deployment.
    pub is_critical: bool,
    /// Whether its duration, or that of a part of it, is unknown and counted as one minute.
    pub is_assumed: bool,
    /// Whether it may not be deployed.
    pub is_conditional: bool,
}

impl Session {
    /// The declarations of a template as it would be deployed on its own, without its callers.
    ///
    /// ```
    /// use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};
    ///
    /// let text = "
    /// resource hub 'Microsoft.Network/virtualHubs@2024-05-01' = { name: 'hub', location: 'x' }
    /// resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
    ///   name: 'er'
    ///   properties: { virtualHub: { id: hub.id } }
    /// }";
    /// let mut session = Session::new(Catalog::builtin(), Config::default());
    /// session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
    /// let outline = session.outline(session.template_at("/main.bicep").unwrap());
    /// let er = &outline.declarations[1];
    /// assert_eq!((er.symbol.as_str(), er.waits_for[0].symbol.as_str()), ("er", "hub"));
    /// let hub = outline.declarations[0].run.unwrap();
    /// assert_eq!(er.run.unwrap().start, hub.end);
    /// ```
    pub fn outline(&self, template: TemplateId) -> Outline {
        let mut analysis = analyse_whole(&self.workspace, &self.catalog, &[template]);
        if !analysis.graphs.contains_key(&template) {
            return Outline::default();
        }
        let written = written(&mut analysis, template);
        let plan = predict(&mut analysis, template, &|ty: &str| self.minutes(ty)).plan;
        let schedule = schedule(&plan);
        let declared = self.workspace.template(template);
        let mut outline = Outline { written, minutes: schedule.total, declarations: Vec::new() };
        for id in declared.node_ids() {
            let node = declared.node(id);
            let ty = match &node.kind {
                NodeKind::Existing(_) => continue,
                NodeKind::Resource(ty) => ty.name.clone(),
                NodeKind::Module(ModuleTarget::Reference { reference, .. }) => format!("module {reference}"),
                NodeKind::Module(_) => "module".to_owned(),
            };
            let mut waits_for: Vec<Waiting> = Vec::new();
            let graph = analysis.graphs.get(&template);
            for (target, edge) in graph.into_iter().flat_map(|graph| graph.waits_for(id)) {
                let symbol = &declared.node(target).symbol;
                let Some(because) = edge.because.first() else { continue };
                if waits_for.iter().all(|known| known.symbol != *symbol) {
                    let why = match because.reason {
                        Reason::Explicit => "dependsOn",
                        Reason::Parent => "parent",
                        Reason::Reference => "reference",
                    };
                    waits_for.push(Waiting { symbol: symbol.clone(), why, span: because.span });
                }
            }
            let is_own = |row: &&crate::timeline::Row| {
                row.depth == 0
                    && plan.task(row.task).parent.is_none()
                    && plan.task(row.task).symbol == node.symbol
            };
            let row = schedule.rows.iter().find(is_own);
            let row = row.filter(|row| matches!(row.status, Status::Runs | Status::Conditional));
            outline.declarations.push(Outlined {
                node: id,
                symbol: node.symbol.clone(),
                ty,
                is_loop: node.copy.is_some(),
                symbol_span: node.symbol_span,
                span: node.full_span,
                waits_for,
                run: row.map(|row| Run {
                    start: row.start,
                    end: row.end,
                    is_critical: row.critical,
                    is_assumed: row.assumed,
                    is_conditional: row.status == Status::Conditional,
                }),
            });
        }
        outline
    }
}
