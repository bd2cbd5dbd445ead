//! The values of a callee's parameters: the arguments of the call, otherwise the defaults, otherwise `null`. Only
//! parameters that something depends on are evaluated: a module has dozens of them, and few decide which objects meet.

use super::attributes::OWN_BITS;
use super::evaluator::Evaluator;
use super::small_map::SmallMap;
use super::substitution::Substitution;
use super::term::{Ambient, Term, Value};
use super::terms::Terms;
use super::withheld::withhold;
use crate::template::{Expr, NodeId, ParameterId, Property};
use crate::workspace::TemplateId;

/// The requested parameters.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// All parameters.
    All,
    /// The listed ones.
    These(&'a [ParameterId]),
    /// Those that a term depends on.
    In(Term),
}

/// The parameters of one template that some terms depend on, in the order in which they were found.
#[derive(Clone, Debug)]
pub struct Mentioned {
    template: TemplateId,
    is_there: Vec<bool>,
    found: Vec<ParameterId>,
}

impl Mentioned {
    /// An empty list, for a template with `count` parameters.
    pub fn new(template: TemplateId, count: usize) -> Self {
        Self { template, is_there: vec![false; count], found: Vec::new() }
    }

    /// Adds a parameter.
    pub fn add(&mut self, parameter: ParameterId) {
        if let Some(is_there) = self.is_there.get_mut(parameter.ix())
            && !std::mem::replace(is_there, true)
        {
            self.found.push(parameter);
        }
    }

    /// Adds the parameters that some terms depend on.
    pub fn add_terms(&mut self, terms: &Terms, all: Vec<Term>) {
        let (mut open, mut seen) = (all, SmallMap::default());
        // If each parameter has a bit of its own, the bits tell whether the term contains a further one.
        let has_own_bits = self.is_there.len() <= OWN_BITS as usize;
        let mut known = if has_own_bits { !0 << OWN_BITS } else { 0 };
        if has_own_bits {
            known = self.found.iter().fold(known, |known, parameter| known | 1 << parameter.0);
        }
        while let Some(term) = open.pop() {
            if terms.leaves(term) & !known == 0 || !terms.depends_on_call(term) || !seen.is_new(term) {
                continue;
            }
            match terms.get(term) {
                Value::Parameter(template, parameter) if template == self.template => {
                    self.add(parameter);
                    if has_own_bits {
                        known |= terms.leaves(term);
                    }
                }
                value => terms.each_child(value, |child| open.push(child)),
            }
        }
    }

    /// The parameters found so far.
    pub fn found(&self) -> &[ParameterId] {
        &self.found
    }
}

/// The values that a call gives to the parameters requested so far.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    substitution: Substitution,
    mentioned: Mentioned,
    /// The number of requested parameters that are evaluated.
    evaluated: usize,
    /// The values of the requested parameters.
    given: Vec<Option<Term>>,
    /// The defaults that apply, with their parameters.
    defaults: Vec<(usize, Term)>,
}

impl Arguments {
    fn new(callee: TemplateId, count: usize, ambient: Vec<(Ambient, Term)>, shift: u16) -> Self {
        Self {
            substitution: Substitution { template: callee, arguments: vec![None; count], ambient, shift },
            mentioned: Mentioned::new(callee, count),
            evaluated: 0,
            given: vec![None; count],
            defaults: Vec::new(),
        }
    }
}

impl Evaluator<'_> {
    /// The substitution of the requested parameters of a call's callee; other parameters stay unchanged.
    pub fn module_substitution(
        &mut self,
        template: TemplateId,
        node: NodeId,
        asked: Asked<'_>,
    ) -> Substitution {
        let shift = u16::from(self.template(template).node(node).copy.is_some());
        let Some(callee) = self.callee(template, node) else {
            return Substitution { template, arguments: Vec::new(), ambient: Vec::new(), shift };
        };
        // The entry is empty during evaluation, so a call that refers to itself gets nothing.
        let known = self.calls.arguments.insert((template, node), None);
        let mut arguments = match known {
            Some(Some(known)) => known,
            Some(None) => {
                return Substitution { template, arguments: Vec::new(), ambient: Vec::new(), shift: 0 };
            }
            None => {
                let count = self.template(callee).parameters.len();
                Box::new(Arguments::new(callee, count, self.surroundings(template, node), shift))
            }
        };
        let parameters = &self.template(callee).parameters;
        let give = |evaluator: &mut Self, parameter: ParameterId| {
            let name = evaluator.template(callee).exprs.text(parameters[parameter.ix()].name);
            evaluator.argument(template, node, name)
        };
        self.evaluate(&mut arguments, asked, give);
        let substitution = arguments.substitution.clone();
        self.calls.arguments.insert((template, node), Some(arguments));
        substitution
    }

    /// The substitution of given arguments, with the callee's defaults for the missing ones.
    pub fn with_defaults(
        &mut self,
        callee: TemplateId,
        given: &[Option<Term>],
        ambient: Vec<(Ambient, Term)>,
        shift: u16,
    ) -> Substitution {
        let mut arguments = Arguments::new(callee, given.len(), ambient, shift);
        self.evaluate(&mut arguments, Asked::All, |_, parameter| given[parameter.ix()]);
        arguments.substitution
    }

    /// Evaluates the requested parameters, and those that their defaults depend on.
    fn evaluate(
        &mut self,
        arguments: &mut Arguments,
        asked: Asked<'_>,
        give: impl Fn(&mut Self, ParameterId) -> Option<Term>,
    ) {
        let callee = arguments.substitution.template;
        let parameters = &self.template(callee).parameters;
        match asked {
            Asked::All => {
                (0..parameters.len() as u32).for_each(|at| arguments.mentioned.add(ParameterId(at)));
            }
            Asked::These(these) => these.iter().for_each(|&parameter| arguments.mentioned.add(parameter)),
            Asked::In(term) => arguments.mentioned.add_terms(&self.terms, vec![term]),
        }
        if arguments.evaluated == arguments.mentioned.found.len() {
            return;
        }
        while let Some(&parameter) = arguments.mentioned.found.get(arguments.evaluated) {
            arguments.evaluated += 1;
            let declared = &parameters[parameter.ix()];
            let given = give(self, parameter);
            arguments.given[parameter.ix()] = given;
            let missing = declared.nullable.then(|| self.terms.null());
            arguments.substitution.arguments[parameter.ix()] = given.or(missing);
            if let Some(default) = declared.default
                && !given.is_some_and(|given| self.terms.is_never_null(given))
            {
                let default = self.value(callee, default);
                arguments.mentioned.add_terms(&self.terms, vec![default]);
                arguments.defaults.push((parameter.ix(), default));
            }
        }
        let Arguments { substitution: by, given, defaults, .. } = arguments;
        // Defaults may refer to parameters with defaults; each round resolves at least one more.
        for _ in 0..=defaults.len() {
            let mut changed = false;
            for &(at, default) in defaults.iter() {
                let default = self.terms.substitute(default, by);
                let value = given[at].map_or(default, |given| self.terms.coalesce(given, default));
                changed |= by.arguments[at] != Some(value);
                by.arguments[at] = Some(value);
            }
            if !changed {
                break;
            }
        }
        for &parameter in &arguments.mentioned.found {
            let declared = &parameters[parameter.ix()];
            if let (true, Some(value)) = (declared.is_secure, by.arguments[parameter.ix()]) {
                let name = self.template(callee).exprs.text(declared.name);
                withhold(&mut self.terms, value, name, true);
            }
        }
    }

    /// The argument of a call for a parameter, if it gives one.
    fn argument(&mut self, template: TemplateId, node: NodeId, name: &str) -> Option<Term> {
        let arguments = self.template(template).node(node).arguments?;
        let exprs = &self.template(template).exprs;
        if let Some(given) = exprs.property(exprs.peel(arguments), name) {
            let given = self.value(template, given);
            return (self.terms.get(given) != Value::Null).then_some(given);
        }
        if let Expr::Object(list) = exprs.get(exprs.peel(arguments))
            && exprs.object(list).iter().all(|property| matches!(property, Property::Named { .. }))
        {
            return None;
        }
        let all = self.value(template, arguments);
        let given = self.terms.member(all, name);
        (self.terms.get(given) != Value::Null).then_some(given)
    }
}
