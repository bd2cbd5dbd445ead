//! Templates whose objects are computed from the arguments of a call or the values of a parameter file.

use std::collections::BTreeSet;

use super::expression::Expr;

/// Templates; the first is the root, and each calls only later ones.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) templates: Vec<Vec<Node>>,
    /// The values of the root's parameters, if a parameter file sets them.
    pub(crate) given: Option<Vec<(&'static str, Expr)>>,
    /// The member that elements may lack.
    pub(crate) extra: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) what: What,
    pub(crate) condition: Option<Expr>,
    /// The list of its loop, whose element is [`ELEMENT`].
    pub(crate) over: Option<Expr>,
    /// `@batchSize(1)`
    pub(crate) is_serial: bool,
    /// The earlier node that it waits for as a whole.
    pub(crate) waits: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A gateway with the id of its hub.
    Gateway(Expr),
    /// A gateway with its whole `properties` value.
    Properties(Expr),
    /// A host with a list of configurations.
    Host(Expr),
    /// A subnet with the name of its network.
    Subnet(Expr),
    Call(usize, Vec<(&'static str, Expr)>),
}

/// The element of a loop.
pub(crate) const ELEMENT: &str = "x";

/// A parameter with its type and, in modules, a default.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) ty: &'static str,
    /// `None` if it is required or defaults to `null`.
    pub(crate) default: Option<Expr>,
}

/// All parameters that a template may have; a default may use earlier ones.
pub(crate) fn parameters() -> Vec<Parameter> {
    let parameter = |name, ty, default| Parameter { name, ty, default };
    vec![
        parameter("env", "'dev' | 'prod'", Some(Expr::Text("dev"))),
        parameter("p", "bool", Some(Expr::Truth(true))),
        // Without a default, because an element may leave it out, and `null` would stand for the default.
        parameter("hub", "string", None),
        parameter("hubId", "string", Some(Expr::HubId(Box::new(Expr::Name("hub"))))),
        parameter("subnetId", "string", Some(Expr::SubnetId(Box::new(Expr::Text("hub2"))))),
        parameter("maybe", "string?", None),
        parameter("item", "object", None),
        parameter("items", "array", Some(Expr::List(Vec::new()))),
        parameter("more", "array?", None),
        parameter("configs", "array", Some(Expr::List(Vec::new()))),
    ]
}

impl What {
    pub(crate) fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Gateway(expr) | Self::Properties(expr) | Self::Host(expr) | Self::Subnet(expr) => {
                vec![expr]
            }
            Self::Call(_, arguments) => arguments.iter().map(|(_, expr)| expr).collect(),
        }
    }

    /// The symbol of a node with this index.
    pub(crate) fn symbol(&self, at: usize) -> String {
        let word = match self {
            Self::Gateway(_) | Self::Properties(_) => "gw",
            Self::Host(_) => "host",
            Self::Subnet(_) => "subnet",
            Self::Call(..) => "call",
        };
        format!("{word}{at}")
    }
}

/// The parameters that the nodes use, and those that their defaults use.
pub(crate) fn mentioned(nodes: &[Node]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for node in nodes {
        let own = node.condition.iter().chain(&node.over);
        own.chain(node.what.expressions()).for_each(|expr| expr.names(&mut found));
    }
    for parameter in parameters().iter().rev() {
        if let Some(default) = parameter.default.as_ref().filter(|_| found.contains(parameter.name)) {
            default.names(&mut found);
        }
    }
    found
}
