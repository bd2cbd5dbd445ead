//! Cuts cycles of modules, imports and parameter files, and chains that are too deep, so that every walk over references ends.

use super::{Callee, FileProblem, Loaded, ProblemKind, TemplateId};
use crate::limit::Limit;
use crate::source::{Place, Sources, Span};
use crate::template::{ModuleTarget, NodeKind};

/// Maximum number of files of a cycle that a message names. A folder of files that all refer to each other has as many cycles
/// as references.
const SHOWN: usize = 8;

/// Templates whose references may form cycles.
pub(super) struct Uncut<'s> {
    pub(super) loaded: Vec<Loaded>,
    pub(super) sources: &'s Sources,
    pub(super) problems: Vec<FileProblem>,
}

impl Uncut<'_> {
    /// Returns the templates without cycles and without too deep chains, and the problems to report.
    pub(super) fn cut(mut self) -> (Vec<Loaded>, Vec<FileProblem>) {
        self.cut_cycles();
        self.cut_depth();
        (self.loaded, self.problems)
    }

    /// Removes calls, imports and parents that close a cycle, and reports them.
    fn cut_cycles(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let below = |all: &Self, id: TemplateId| -> Vec<TemplateId> {
            let mut below: Vec<_> = all.loaded[id.ix()].refers_to().collect();
            below.reverse();
            below
        };
        let mut states = vec![State::New; self.loaded.len()];
        for start in 0..self.loaded.len() {
            if states[start] != State::New {
                continue;
            }
            let start_id = TemplateId(start as u32);
            let mut path = vec![(start_id, below(self, start_id))];
            states[start] = State::Open;
            while let Some((at, rest)) = path.last_mut() {
                let at = *at;
                let Some(to) = rest.pop() else {
                    states[at.ix()] = State::Done;
                    path.pop();
                    continue;
                };
                match states[to.ix()] {
                    State::New => {
                        states[to.ix()] = State::Open;
                        path.push((to, below(self, to)));
                    }
                    State::Open => {
                        let from = path.iter().position(|(id, _)| *id == to).unwrap_or(0);
                        let way: Vec<TemplateId> = path[from..].iter().map(|(id, _)| *id).collect();
                        self.cut_circle(at, to, &way);
                        if let Some((_, rest)) = path.last_mut() {
                            rest.retain(|&other| other != to);
                        }
                    }
                    State::Done => {}
                }
            }
        }
    }

    /// Removes calls, imports and parents of chains that are too deep, and reports them. Cycles have been cut before.
    fn cut_depth(&mut self) {
        let mut heights: Vec<Option<u32>> = vec![None; self.loaded.len()];
        for start in 0..self.loaded.len() {
            let mut open = vec![TemplateId(start as u32)];
            while let Some(&at) = open.last() {
                if heights[at.ix()].is_some() {
                    open.pop();
                    continue;
                }
                let below: Vec<TemplateId> = self.loaded[at.ix()].refers_to().collect();
                let before = open.len();
                open.extend(below.iter().copied().filter(|id| heights[id.ix()].is_none()));
                if open.len() > before {
                    continue;
                }
                open.pop();
                let mut height = 0;
                for id in below {
                    let above = heights[id.ix()].unwrap_or_default() + 1;
                    match Limit::ModuleLevels.check(above) {
                        Ok(()) => height = height.max(above),
                        Err(reached) => {
                            let place = self.cut_out(at, id, "too many levels of files are below it");
                            self.problems.push(FileProblem::limit(place, &reached));
                        }
                    }
                }
                heights[at.ix()] = Some(height);
            }
        }
    }

    fn cut_circle(&mut self, from: TemplateId, to: TemplateId, way: &[TemplateId]) {
        let shown =
            |id: &TemplateId| format!("`{}`", self.sources.file(self.loaded[id.ix()].template.file).path);
        let (head, tail) = match way.len().checked_sub(SHOWN) {
            None | Some(0) => (way, &[][..]),
            Some(_) => (&way[..SHOWN - 1], &way[way.len() - 1..]),
        };
        let left_out = way.len() - head.len() - tail.len();
        let mut path: Vec<String> = head.iter().map(shown).collect();
        if left_out > 0 {
            path.push(format!("{left_out} more files"));
        }
        path.extend(tail.iter().chain(way.first()).map(shown));
        let message = format!("modules refer to each other in a circle: {}", path.join(" -> "));
        let place = self.cut_out(from, to, "it refers back to this file");
        self.problems.push(FileProblem { kind: ProblemKind::Cycle, place, message, help: None });
    }

    /// Removes the references from one template to another; returns the place of the first.
    fn cut_out(&mut self, from: TemplateId, to: TemplateId, why: &str) -> Place {
        let loaded = &mut self.loaded[from.ix()];
        let file = loaded.template.file;
        let mut spans: Vec<Span> = Vec::new();
        for (node, callee) in loaded.template.nodes.iter().zip(&mut loaded.callees) {
            let NodeKind::Module(ModuleTarget::Reference { reference, span }) = &node.kind else { continue };
            if matches!(callee.as_deref(), Some(Callee::Template(id)) if *id == to) {
                spans.push(*span);
                *callee = Some(Box::new(Callee::Unresolved {
                    reference: reference.clone(),
                    place: Place { file, span: *span },
                    why: why.to_owned(),
                    assumed: None,
                    is_unread: false,
                }));
            }
        }
        for (import, declared) in loaded.imports.iter_mut().zip(&loaded.template.imports) {
            if *import == Some(to) {
                spans.push(declared.from_span);
                *import = None;
            }
        }
        if let Some(assignments) = &loaded.template.assignments {
            let links = [(loaded.using, assignments.using), (loaded.extends, assignments.extends)];
            let back = links.into_iter().filter(|(leads, _)| *leads == Some(to));
            spans.extend(back.filter_map(|(_, written)| written.map(|(_, span)| span)));
        }
        loaded.using = loaded.using.filter(|&using| using != to);
        loaded.extends = loaded.extends.filter(|&extends| extends != to);
        loaded.layers.retain(|&layer| layer != to);
        Place { file, span: spans.first().copied().unwrap_or_default() }
    }
}
