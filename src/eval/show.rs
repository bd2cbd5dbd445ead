//! Terms as Bicep source would write them, for messages.

use rustc_hash::FxHashMap;

use super::functions::Function;
use super::store::Store;
use super::term::{Name, Term, Value};
use super::withheld::Told;

/// Maximum number of characters; a longer expression ends in `…`.
const MAX_CHARS: usize = 120;
/// Maximum nesting; deeper parts are shown as `…`.
const MAX_DEPTH: u32 = 24;
/// Maximum number of elements of a list; more are shown as `…`.
const MAX_ELEMENTS: usize = 4;

impl Store {
    /// Renders a term as Bicep source; long ones are cut with `…`.
    pub fn show(&self, term: Term) -> String {
        written(self, term, false, None)
    }
}

/// Names of variables by their value, so that messages can show the name.
pub type Named = FxHashMap<Term, Box<str>>;

/// Renders a term for a finding. Secret values are replaced by the name of their parameter.
pub fn tell(terms: &Store, term: Term) -> String {
    written(terms, term, true, None)
}

/// The same, but a term that is the value of a variable is shown by the variable's name: `hubName` instead of
/// `take(replace(pattern, 'TYPE', 'vnet'), 80)`.
pub fn tell_named(terms: &Store, term: Term, names: &Named) -> String {
    written(terms, term, true, Some(names))
}

/// Renders the name of an object, whose case is folded, with its parts as templates spell them.
pub fn show_spelt(terms: &Store, term: Term) -> String {
    cut(Writer { spells: true, ..Writer::new(terms, false, None) }.whole(term))
}

/// The same in the names of variables, with secret values replaced by the name of their parameter.
pub fn tell_spelt(terms: &Store, term: Term, names: &Named) -> String {
    cut(Writer { spells: true, ..Writer::new(terms, true, Some(names)) }.whole(term))
}

fn written(terms: &Store, term: Term, withholds: bool, names: Option<&Named>) -> String {
    cut(Writer::new(terms, withholds, names).whole(term))
}

/// Shortens a text that is too long.
fn cut(out: String) -> String {
    if out.chars().count() > MAX_CHARS {
        out.chars().take(MAX_CHARS - 1).chain(['…']).collect()
    } else {
        out
    }
}

/// The output so far, and how terms are rendered.
struct Writer<'t> {
    terms: &'t Store,
    out: String,
    /// Nesting depth of the current term.
    depth: u32,
    /// Whether secret values are replaced by the name of their parameter.
    withholds: bool,
    /// Terms that are shown by the name of a variable.
    names: Option<&'t Named>,
    /// Whether texts in lower case are shown as templates spell them.
    spells: bool,
}

impl<'t> Writer<'t> {
    const fn new(terms: &'t Store, withholds: bool, names: Option<&'t Named>) -> Self {
        Self { terms, out: String::new(), depth: 0, withholds, names, spells: false }
    }

    fn whole(mut self, term: Term) -> String {
        self.write(term);
        self.out
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn write(&mut self, term: Term) {
        if self.depth > MAX_DEPTH || self.out.len() > MAX_CHARS * 4 {
            self.out.push('…');
            return;
        }
        self.depth += 1;
        self.write_inside(term);
        self.depth -= 1;
    }

    fn write_inside(&mut self, term: Term) {
        let terms = self.terms;
        if let Some(name) = self.names.and_then(|names| names.get(&term)) {
            return self.push(name);
        }
        match terms.get(term) {
            Value::Null => self.push("null"),
            Value::Bool(value) => self.push(if value { "true" } else { "false" }),
            Value::Int(value) => match terms.withheld.number(value).filter(|_| self.withholds) {
                Some(parameter) => self.push(parameter),
                None => self.push(&value.to_string()),
            },
            Value::Text(name) => self.write_text(name),
            Value::Concat(seq) => self.write_interpolation(terms.seq(seq)),
            Value::Array(seq) => {
                self.push("[");
                self.write_list(terms.seq(seq));
                self.push("]");
            }
            Value::Object(_) => self.push("{ … }"),
            Value::Parameter(..) => self.push(terms.domain(term).map_or("?", |domain| &domain.name)),
            Value::Ambient(fact) => self.push(fact.source()),
            Value::CopyIndex(variable) => self.out.push(variable.letter()),
            Value::Bound(level) => self.push(&format!("x{}", level % 10)),
            Value::Sequence { element, .. } => {
                self.push("[for …: ");
                self.write(element);
                self.push("]");
            }
            Value::Lambda { .. } => self.push("x => …"),
            Value::Member(base, name) => {
                self.write_operand(base);
                self.push(".");
                self.push(terms.name(name));
            }
            // Ex) (hubs ?? [])[0]
            Value::Index(base, index) => {
                self.write_operand(base);
                self.write_index(index);
            }
            Value::Call(function, seq) => self.write_function(function, terms.seq(seq)),
            Value::If(condition, yes, no) => {
                for (before, part) in [("", condition), (" ? ", yes), (" : ", no)] {
                    self.push(before);
                    self.write_operand(part);
                }
            }
            Value::Coalesce(left, right) => self.write_infix(" ?? ", &[left, right]),
            Value::Not(inner) => self.write_not(inner),
            Value::And(seq) => self.write_infix(" && ", terms.seq(seq)),
            Value::Or(seq) => self.write_infix(" || ", terms.seq(seq)),
            Value::Equal(one, other) => match as_empty(terms, one, other) {
                Some(list) => self.write_call(Function::Empty, &[list]),
                None if terms.is_literal(one) => self.write_infix(" == ", &[other, one]),
                None => self.write_infix(" == ", &[one, other]),
            },
            Value::ResourceId { names, .. } => self.write_names(terms.seq(names)),
            Value::Resource(id) => self.write(id),
            Value::Tenant => self.push("tenant()"),
            Value::ManagementGroup(name) => self.write_call(Function::ManagementGroup, &[name]),
            Value::Subscription(id) => self.write_call(Function::Subscription, &[id]),
            Value::ResourceGroup(_, name) => self.write_call(Function::ResourceGroup, &[name]),
            Value::Opaque(_) => self.push("…"),
        }
    }

    fn write_text(&mut self, name: Name) {
        let piece = match self.told(name) {
            Told::Parameter(parameter) => return self.push(parameter),
            Told::Text(text) => escaped(text),
            Told::Parts(parts) => parts,
        };
        self.push("'");
        self.push(&piece);
        self.push("'");
    }

    /// The text as it may be shown: itself, or what stands for a secret value.
    fn told(&self, name: Name) -> Told<'t> {
        let terms: &'t Store = self.terms;
        let text = terms.name(name);
        let told = if self.withholds { terms.withheld.told(text, Some(name)) } else { Told::Text(text) };
        let spelt = if self.spells { terms.withheld.spelling_of(text, Some(name)) } else { text };
        match told {
            Told::Text(_) => Told::Text(spelt),
            // A text that only has another case in the template.
            Told::Parts(_) if spelt != text => Told::Text(spelt),
            told => told,
        }
    }

    /// A text as a part of an interpolation, without quotes.
    fn piece(&self, name: Name) -> String {
        match self.told(name) {
            Told::Parameter(parameter) => format!("${{{parameter}}}"),
            Told::Text(text) => escaped(text),
            Told::Parts(parts) => parts,
        }
    }

    fn write_interpolation(&mut self, parts: &[Term]) {
        self.push("'");
        for &part in parts {
            if let Value::Text(name) = self.terms.get(part) {
                let piece = self.piece(name);
                self.push(&piece);
            } else {
                self.push("${");
                self.write(part);
                self.push("}");
            }
        }
        self.push("'");
    }

    fn write_index(&mut self, index: Term) {
        self.push("[");
        self.write(index);
        self.push("]");
    }

    /// Ex) `!empty(list)`, `kind != 'a'`, `count < 3`
    fn write_not(&mut self, inner: Term) {
        if let Some((one, other)) = as_at_least(self.terms, inner) {
            self.write_operand(one);
            self.push(" < ");
            self.write_operand(other);
        } else if let Value::Equal(one, other) = self.terms.get(inner) {
            match as_empty(self.terms, one, other) {
                Some(list) => {
                    self.push("!");
                    self.write_call(Function::Empty, &[list]);
                }
                None => self.write_infix(" != ", &[one, other]),
            }
        } else {
            self.push("!");
            self.write_operand(inner);
        }
    }

    /// A resource by its name: `'hub'`, or `net/subnet` without quotes if the name has several segments.
    fn write_names(&mut self, names: &[Term]) {
        if let [only] = names {
            return self.write(*only);
        }
        for (at, &name) in names.iter().enumerate() {
            if at > 0 {
                self.push("/");
            }
            self.write_name(name);
        }
    }

    /// A segment of a name; a literal has no quotes.
    fn write_name(&mut self, term: Term) {
        match self.terms.get(term) {
            Value::Text(name) if self.withholds => {
                let piece = self.piece(name);
                self.push(&piece);
            }
            Value::Text(name) => self.push(self.terms.name(name)),
            _ => self.write(term),
        }
    }

    fn write_operand(&mut self, term: Term) {
        let compound = matches!(
            self.terms.get(term),
            Value::And(_) | Value::Or(_) | Value::Equal(..) | Value::If(..) | Value::Coalesce(..)
        );
        if compound {
            self.push("(");
        }
        self.write(term);
        if compound {
            self.push(")");
        }
    }

    fn write_infix(&mut self, operator: &str, operands: &[Term]) {
        for (at, &operand) in operands.iter().enumerate() {
            if at > 0 {
                self.push(operator);
            }
            let is_junction = matches!(
                self.terms.get(operand),
                Value::And(_) | Value::Or(_) | Value::If(..) | Value::Coalesce(..)
            );
            if is_junction {
                self.write_operand(operand);
            } else {
                self.write(operand);
            }
        }
    }

    fn write_list(&mut self, list: &[Term]) {
        for (at, &term) in list.iter().take(MAX_ELEMENTS).enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.write(term);
        }
        if list.len() > MAX_ELEMENTS {
            self.push(", …");
        }
    }

    /// A function call. Functions that exist only inside the evaluation are rendered as the Bicep source that they come from,
    /// if there is one.
    fn write_function(&mut self, function: Function, arguments: &[Term]) {
        match (function, arguments) {
            (Function::Merged, _) => self.push("{ … }"),
            (Function::Folded, &[value]) => self.write(value),
            // An unspecified element of a list has no source form.
            (Function::SomeIndex, _) => self.push("…"),
            // Ex) split(name, '/')[1]
            (Function::NameSegment, &[name, at, _]) => {
                self.push("split(");
                self.write(name);
                self.push(", '/')");
                self.write_index(at);
            }
            // Only the symbol is shown: the numbers of templates and nodes depend on which other files are read.
            (Function::Module, [symbol, _, _, _, index @ ..]) => {
                self.write_name(*symbol);
                if let Some(&index) = index.first() {
                    self.write_index(index);
                }
            }
            (Function::DeploymentName, _) => self.push("deployment().name"),
            (Function::NewGuid, _) => self.push("newGuid()"),
            // An imported symbol whose file could not be read: its name, with the arguments if it is a function.
            (Function::Imported, [_, _, name, arguments @ ..]) => {
                self.write_name(*name);
                if !arguments.is_empty() {
                    self.push("(");
                    self.write_list(arguments);
                    self.push(")");
                }
            }
            (function, [_, written @ ..]) if function.loads() => self.write_call(function, written),
            _ => self.write_call(function, arguments),
        }
    }

    fn write_call(&mut self, function: Function, arguments: &[Term]) {
        if let (Some(sign), &[one, other]) = (function.sign(), arguments) {
            self.write_operand(one);
            // Ex) `i - 1`, which is `i + -1`
            match self.terms.known_int(other).and_then(i64::checked_neg) {
                Some(positive) if sign == "+" && positive > 0 => self.push(&format!(" - {positive}")),
                _ => {
                    self.push(&format!(" {sign} "));
                    self.write_operand(other);
                }
            }
        } else {
            if let Function::Method(_) = function {
                self.push(".");
            }
            self.push(function.name(self.terms));
            self.push("(");
            self.write_list(arguments);
            self.push(")");
        }
    }
}

/// The operands of `one >= other`.
fn as_at_least(terms: &Store, term: Term) -> Option<(Term, Term)> {
    let Value::Call(Function::AtLeast, seq) = terms.get(term) else { return None };
    let &[one, other] = terms.seq(seq) else { return None };
    Some((one, other))
}

/// The list in `length(list) == 0`.
fn as_empty(terms: &Store, one: Term, other: Term) -> Option<Term> {
    match (terms.known_int(one), terms.known_int(other)) {
        (Some(0), _) => terms.as_length(other),
        (_, Some(0)) => terms.as_length(one),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}
