//! Random programs. The input is a sequence of numbers from which each expression takes as many as it needs. After its
//! end come zeros, which select the simplest alternative everywhere.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

use super::expression::{ARGUMENT, Expr, KNOWN};
use super::model::{ELEMENT, Node, Program, What, mentioned};

/// Names of hubs and networks; two of them differ only in case.
const NAMES: [&str; 3] = ["hub1", "HUB1", "hub2"];

pub(crate) fn programs() -> impl Strategy<Value = Program> {
    vec(any::<u8>(), 0..160).prop_map(|numbers| Maker::new(&numbers).program())
}

struct Maker<'n> {
    numbers: std::slice::Iter<'n, u8>,
    extra: &'static str,
    /// Whether lists are filtered. If so, every element explicitly has the member that the filter tests.
    // Simplification: if an element exists only in some worlds, the analysis does not know the positions after it, so
    // it considers any number of elements possible and none certain. It also does not use the filter's test as a fact
    // about a filtered element, so nothing else tests that member.
    is_filtered: bool,
    /// The test of all filters: whether a missing member counts as true, and whether the test is negated.
    filter: [bool; 2],
    place: Place,
    /// The elements and arguments that are in scope.
    around: Vec<&'static str>,
}

/// The place of an expression, which decides the names in scope.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a parameter file: nothing.
    File,
    Root,
    Module,
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

impl<'n> Maker<'n> {
    fn new(numbers: &'n [u8]) -> Self {
        Self {
            numbers: numbers.iter(),
            extra: "alt",
            is_filtered: false,
            filter: [false; 2],
            place: Place::Root,
            around: Vec::new(),
        }
    }

    fn below(&mut self, count: usize) -> usize {
        self.numbers.next().map_or(0, |&number| usize::from(number) % count)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    fn program(&mut self) -> Program {
        self.extra = ["alt", "on", "kind", "id"][self.below(4)];
        self.is_filtered = self.one_in(2) && ["on", "kind"].contains(&self.extra);
        self.filter = [self.one_in(2), self.one_in(2)];
        let count = 1 + self.below(3).max(self.below(2));
        let mut templates: Vec<Vec<Node>> = vec![Vec::new(); count];
        for at in (0..count).rev() {
            self.place = if at == 0 { Place::Root } else { Place::Module };
            for _ in 0..=self.below(if at == 0 { 4 } else { 2 }) {
                let node = self.node(at, &templates);
                templates[at].push(node);
            }
        }
        let given = self.one_in(3).then(|| self.given(&templates[0]));
        Program { templates, given, extra: self.extra }
    }

    fn given(&mut self, root: &[Node]) -> Vec<(&'static str, Expr)> {
        self.place = Place::File;
        self.around.clear();
        mentioned(root).into_iter().filter_map(|name| Some((name, self.argument(name)?))).collect()
    }

    fn node(&mut self, at: usize, templates: &[Vec<Node>]) -> Node {
        self.around.clear();
        let later = templates.len() - at - 1;
        let over = self.one_in(2).then(|| self.list(2));
        if over.is_some() {
            self.around.push(ELEMENT);
        }
        let callee = at + 1 + self.below(later.max(1));
        let what = match self.below(8) {
            0..=3 if later > 0 => {
                let mut arguments = Vec::new();
                for name in mentioned(&templates[callee]) {
                    let is_left_out = !["hub", "item"].contains(&name) && self.one_in(4);
                    let value = if is_left_out { None } else { self.argument(name) };
                    arguments.extend(value.map(|value| (name, value)));
                }
                What::Call(callee, arguments)
            }
            4 | 5 => What::Host(self.configurations(2, true)),
            6 => What::Subnet(self.name(2)),
            7 => What::Properties(self.properties()),
            _ => What::Gateway(self.id(2)),
        };
        let condition = self.one_in(3).then(|| self.truth(1));
        let is_serial = over.is_some() && self.one_in(6);
        let before = templates[at].len();
        let waits = (before > 0 && self.one_in(6)).then(|| self.below(before));
        Node { what, condition, over, is_serial, waits }
    }

    /// A value for a parameter; `None` if the name is not a parameter.
    fn argument(&mut self, name: &str) -> Option<Expr> {
        Some(match name {
            "env" => match self.below(3) {
                2 if self.place != Place::File => Expr::Name("env"),
                other => Expr::Text(["dev", "prod"][other % 2]),
            },
            "p" => self.truth(1),
            "hub" => self.name(1),
            "hubId" => self.id(1),
            "subnetId" if self.place == Place::File => Expr::Text("none"),
            "subnetId" => self.subnet(1),
            "maybe" => self.maybe(),
            "item" => self.object(1),
            "items" => self.list(2),
            "more" => match self.below(3) {
                0 => Expr::Null,
                1 if self.place == Place::Module => Expr::Name("more"),
                _ => self.list(1),
            },
            "configs" if self.place == Place::File => Expr::List(Vec::new()),
            "configs" => self.configurations(1, false),
            _ => return None,
        })
    }

    fn maybe(&mut self) -> Expr {
        match self.below(5) {
            0 => Expr::Null,
            1 if self.place != Place::File => Expr::Name("maybe"),
            2 if self.extra == "alt" && self.place != Place::File => Expr::Safe(boxed(self.element()), "alt"),
            3 if self.place != Place::File => Expr::Name("hub"),
            _ => Expr::Text(NAMES[self.below(3)]),
        }
    }

    /// An object with the members of elements.
    fn element(&mut self) -> Expr {
        let count = self.around.len();
        match self.below(3) {
            0 | 1 if count > 0 => Expr::Name(self.around[count - 1]),
            _ => Expr::Name("item"),
        }
    }

    fn truth(&mut self, depth: usize) -> Expr {
        if self.place == Place::File {
            return Expr::Truth(self.below(2) == 0);
        }
        match self.below(7) {
            0 => Expr::Name("p"),
            1 => Expr::Equal(boxed(Expr::Name("env")), boxed(Expr::Text("prod"))),
            2 | 3 if self.extra == "on" && !self.is_filtered => {
                let or = Expr::Truth(self.below(2) == 0);
                Expr::Or(boxed(Expr::Safe(boxed(self.element()), "on")), boxed(or))
            }
            2 | 3 if self.extra == "kind" && !self.is_filtered => {
                Expr::Equal(boxed(Expr::Member(boxed(self.element()), "kind")), boxed(Expr::Text("a")))
            }
            2 if self.extra == "alt" && !self.is_filtered => {
                Expr::Equal(boxed(Expr::Safe(boxed(self.element()), "alt")), boxed(Expr::Null))
            }
            4 => Expr::Equal(boxed(Expr::Name("maybe")), boxed(Expr::Null)),
            6 if depth > 0 => Expr::Not(boxed(self.truth(depth - 1))),
            _ => Expr::Truth(self.below(2) == 0),
        }
    }

    /// The name of a hub or network.
    fn name(&mut self, depth: usize) -> Expr {
        if self.place == Place::File {
            return Expr::Text(NAMES[self.below(3)]);
        }
        let below = depth.saturating_sub(1);
        match self.below(10) {
            0 | 1 => Expr::Text(NAMES[self.below(3)]),
            2 => Expr::Name("hub"),
            3 | 4 => Expr::Member(boxed(self.element()), "hub"),
            5 if depth > 0 => Expr::Or(boxed(Expr::Name("maybe")), boxed(self.name(below))),
            6 if depth > 0 => {
                let table = vec![("dev", self.name(below)), ("prod", self.name(below))];
                Expr::Lookup(table, boxed(Expr::Name("env")))
            }
            7 if depth > 0 => {
                Expr::If(boxed(self.truth(0)), boxed(self.name(below)), boxed(self.name(below)))
            }
            8 if depth > 0 && self.extra == "alt" => {
                Expr::Or(boxed(Expr::Safe(boxed(self.element()), "alt")), boxed(self.name(below)))
            }
            _ if !self.around.is_empty() => Expr::Member(boxed(self.element()), "hub"),
            _ => Expr::Text(NAMES[self.below(3)]),
        }
    }

    /// The id of a hub.
    fn id(&mut self, depth: usize) -> Expr {
        if self.place == Place::File {
            return Expr::LongId(NAMES[self.below(3)]);
        }
        let below = depth.saturating_sub(1);
        match self.below(8) {
            0 => Expr::Known(self.below(KNOWN.len())),
            1 => Expr::Name("hubId"),
            2 | 3 if depth > 0 && self.extra == "id" => {
                Expr::Or(boxed(Expr::Safe(boxed(self.element()), "id")), boxed(self.id(below)))
            }
            4 if depth > 0 => Expr::If(boxed(self.truth(0)), boxed(self.id(below)), boxed(self.id(below))),
            5 if depth > 0 => {
                let table = vec![("dev", self.id(below)), ("prod", self.id(below))];
                Expr::Lookup(table, boxed(Expr::Name("env")))
            }
            _ => Expr::HubId(boxed(self.name(depth))),
        }
    }

    fn properties(&mut self) -> Expr {
        let of = |id| Expr::Object(vec![("virtualHub", Expr::Object(vec![("id", id)]))]);
        let (one, other) = (of(self.id(1)), of(self.id(1)));
        if self.one_in(2) {
            let table = vec![("dev", one), ("prod", other)];
            return Expr::Lookup(table, boxed(Expr::Name("env")));
        }
        Expr::If(boxed(self.truth(0)), boxed(one), boxed(other))
    }

    fn object(&mut self, depth: usize) -> Expr {
        if self.place != Place::File && !self.is_filtered && depth > 0 && self.one_in(4) {
            return self.element();
        }
        let mut members = vec![("hub", self.name(1))];
        if self.extra == "kind" {
            members.push(("kind", Expr::Text(["a", "b"][self.below(2)])));
        } else if self.below(2) == 1 {
            let extra = self.extra;
            let value = match extra {
                "alt" if self.is_filtered => Expr::Text(NAMES[self.below(3)]),
                "on" if self.is_filtered => Expr::Truth(self.below(2) == 0),
                "id" if self.is_filtered => Expr::LongId(NAMES[self.below(3)]),
                "alt" => self.maybe(),
                "on" => self.truth(0),
                _ if self.one_in(4) => Expr::Null,
                _ => self.id(1),
            };
            members.push((self.extra, value));
        }
        Expr::Object(members)
    }

    /// A list of objects.
    fn list(&mut self, depth: usize) -> Expr {
        let below = depth.saturating_sub(1);
        let is_open = self.place != Place::File;
        match self.below(9) {
            1 | 2 if is_open => Expr::Name("items"),
            3 if depth > 0 && is_open => Expr::Concat(vec![self.list(below), self.optional()]),
            4 if depth > 0 && is_open => self.optional(),
            5 if depth > 0 && self.is_filtered => {
                let list = self.list(below);
                Expr::Filter(boxed(list), boxed(self.test()))
            }
            6 if depth > 0 && is_open => {
                let list = self.list(below);
                Expr::If(boxed(self.truth(0)), boxed(list), boxed(Expr::List(Vec::new())))
            }
            7 if depth > 0 => Expr::Concat(vec![self.list(below), self.list(below)]),
            _ => Expr::List((0..self.below(3).max(self.below(3))).map(|_| self.object(1)).collect()),
        }
    }

    /// An optional list with its default.
    fn optional(&mut self) -> Expr {
        let list = if self.place == Place::Module { "more" } else { "items" };
        if self.place == Place::Root {
            return Expr::Name(list);
        }
        let missing = if self.one_in(2) { self.list(0) } else { Expr::List(Vec::new()) };
        Expr::Or(boxed(Expr::Name(list)), boxed(missing))
    }

    /// The test of a filter's argument.
    fn test(&self) -> Expr {
        let argument = || boxed(Expr::Name(ARGUMENT));
        let test = match self.extra {
            "on" => Expr::Or(boxed(Expr::Safe(argument(), "on")), boxed(Expr::Truth(self.filter[0]))),
            "kind" => Expr::Equal(boxed(Expr::Member(argument(), "kind")), boxed(Expr::Text("a"))),
            other => Expr::Equal(boxed(Expr::Safe(argument(), other)), boxed(Expr::Null)),
        };
        if self.filter[1] { Expr::Not(boxed(test)) } else { test }
    }

    fn subnet(&mut self, depth: usize) -> Expr {
        match self.below(4) {
            0 => Expr::Name("subnetId"),
            _ => Expr::SubnetId(boxed(self.name(depth))),
        }
    }

    fn configuration(&mut self, depth: usize) -> Expr {
        let subnet = Expr::Object(vec![("id", self.subnet(depth))]);
        Expr::Object(vec![("name", Expr::Text("c")), ("properties", Expr::Object(vec![("subnet", subnet)]))])
    }

    /// A list of configurations.
    fn configurations(&mut self, depth: usize, is_property: bool) -> Expr {
        let below = depth.saturating_sub(1);
        match self.below(7) {
            1 => Expr::Name("configs"),
            2 if depth > 0 => {
                Expr::Concat(vec![self.configurations(below, false), self.configurations(below, false)])
            }
            3 | 4 if depth > 0 => {
                let list = self.list(1);
                self.around.push(ARGUMENT);
                let value = self.configuration(1);
                self.around.pop();
                if is_property && self.one_in(2) {
                    Expr::Each(boxed(list), boxed(value))
                } else {
                    Expr::Map(boxed(list), boxed(value))
                }
            }
            5 if depth > 0 => {
                let list = self.configurations(below, false);
                Expr::If(boxed(self.truth(0)), boxed(list), boxed(Expr::List(Vec::new())))
            }
            _ => Expr::List((0..=self.below(2)).map(|_| self.configuration(1)).collect()),
        }
    }
}
