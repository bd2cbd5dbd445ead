//! Parses the grammar files in `grammar/`, which are in ISO EBNF with parameters: `elements(item)`.

use std::collections::{BTreeMap, BTreeSet};

/// The right-hand side of a production.
#[derive(Clone, Debug)]
pub(crate) enum Term {
    /// `"…"`
    Literal(String),
    /// `? … ?`
    Special(String),
    /// `name`, `name(argument)`
    Name(String, Option<String>),
    /// `a , b`
    Sequence(Vec<Term>),
    /// `a | b`
    Choice(Vec<Term>),
    /// `[ a ]`
    Optional(Box<Term>),
    /// `{ a }`
    Repeated(Box<Term>),
}

/// One production: `name(parameter) = term ;`.
#[derive(Clone, Debug)]
pub(crate) struct Production {
    /// Name of its parameter, if it has one.
    pub(crate) parameter: Option<String>,
    /// Its right-hand side.
    pub(crate) term: Term,
}

/// The productions by name.
#[derive(Default)]
pub(crate) struct Grammar {
    productions: BTreeMap<String, Production>,
}

/// Tokens are written in upper case.
pub(crate) fn is_token(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

impl Grammar {
    pub(crate) fn read(text: &str) -> Self {
        let mut grammar = Self::default();
        grammar.add(text);
        grammar
    }

    pub(crate) fn add(&mut self, text: &str) {
        let mut reader = Reader { rest: text };
        while let Some((name, production)) = reader.production() {
            assert!(self.productions.insert(name.clone(), production).is_none(), "{name} is written twice");
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.productions.keys().map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> &Production {
        self.productions.get(name).unwrap_or_else(|| panic!("no production {name}"))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.productions.contains_key(name)
    }

    pub(crate) fn undefined(&self) -> BTreeSet<String> {
        let mut missing = BTreeSet::new();
        for production in self.productions.values() {
            production.term.each_name(&mut |name| {
                if !self.productions.contains_key(name) && production.parameter.as_deref() != Some(name) {
                    missing.insert(name.to_owned());
                }
            });
        }
        missing
    }

    /// Names of the productions that `start` uses, directly or through others.
    pub(crate) fn reachable(&self, start: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(name) = open.pop() {
            if let Some(production) = self.productions.get(&name)
                && found.insert(name)
            {
                production.term.each_name(&mut |next| open.push(next.to_owned()));
            }
        }
        found
    }
}

impl Term {
    fn each_name(&self, found: &mut impl FnMut(&str)) {
        match self {
            Self::Literal(_) | Self::Special(_) => {}
            Self::Name(name, argument) => {
                found(name);
                if let Some(argument) = argument {
                    found(argument);
                }
            }
            Self::Sequence(terms) | Self::Choice(terms) => {
                for term in terms {
                    term.each_name(found);
                }
            }
            Self::Optional(term) | Self::Repeated(term) => term.each_name(found),
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix("(*") {
                Some(comment) => self.rest = comment.split_once("*)").expect("a comment is closed").1,
                None => return,
            }
        }
    }

    fn take(&mut self, mark: char) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, mark: char) {
        assert!(self.take(mark), "expected {mark} at {:.40}", self.rest);
    }

    fn until(&mut self, mark: char) -> String {
        let (taken, rest) = self.rest.split_once(mark).expect("it is closed");
        self.rest = rest;
        taken.to_owned()
    }

    fn name(&mut self) -> &'t str {
        self.skip();
        let end = self.rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        name
    }

    fn argument(&mut self) -> Option<String> {
        // Ex) `elements(item)`, without a blank before the parenthesis
        self.rest = self.rest.strip_prefix('(')?;
        Some(self.until(')'))
    }

    fn production(&mut self) -> Option<(String, Production)> {
        let name = self.name();
        if name.is_empty() {
            assert!(self.rest.is_empty(), "expected a production at {:.40}", self.rest);
            return None;
        }
        let parameter = self.argument();
        self.expect('=');
        let term = self.choice();
        self.expect(';');
        Some((name.to_owned(), Production { parameter, term }))
    }

    fn choice(&mut self) -> Term {
        let mut terms = vec![self.sequence()];
        while self.take('|') {
            terms.push(self.sequence());
        }
        if terms.len() == 1 { terms.remove(0) } else { Term::Choice(terms) }
    }

    fn sequence(&mut self) -> Term {
        let mut terms = vec![self.factor()];
        while self.take(',') {
            terms.push(self.factor());
        }
        if terms.len() == 1 { terms.remove(0) } else { Term::Sequence(terms) }
    }

    fn factor(&mut self) -> Term {
        if self.take('"') {
            return Term::Literal(self.until('"'));
        }
        if self.take('?') {
            return Term::Special(self.until('?').trim().to_owned());
        }
        for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
            if self.take(open) {
                let inner = self.choice();
                self.expect(close);
                return match open {
                    '(' => inner,
                    '[' => Term::Optional(Box::new(inner)),
                    _ => Term::Repeated(Box::new(inner)),
                };
            }
        }
        let name = self.name().to_owned();
        assert!(!name.is_empty(), "expected a term at {:.40}", self.rest);
        let argument = self.argument();
        Term::Name(name, argument)
    }
}
