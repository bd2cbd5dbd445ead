//! Templates whose objects are computed from what a call or a parameter file gives.

use std::collections::BTreeSet;

use super::expression::Expr;

/// Templates; the first is the root, and each calls only later ones.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) templates: Vec<Vec<Node>>,
    /// The values of the root's parameters, where a parameter file gives them.
    pub(crate) given: Option<Vec<(&'static str, Expr)>>,
    /// The member of elements that may be missing.
    pub(crate) extra: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) what: What,
    pub(crate) condition: Option<Expr>,
    /// The list of a loop; its element is [`ELEMENT`].
    pub(crate) over: Option<Expr>,
    /// `@batchSize(1)`
    pub(crate) is_serial: bool,
    /// An earlier node, as a whole.
    pub(crate) waits: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A gateway by the id of its hub.
    Gateway(Expr),
    /// A gateway by its properties as a whole.
    Properties(Expr),
    /// A host by its list of configurations.
    Host(Expr),
    /// A subnet by the name of its network.
    Subnet(Expr),
    Call(usize, Vec<(&'static str, Expr)>),
}

/// The element of a loop.
pub(crate) const ELEMENT: &str = "x";

/// A parameter: its name and type, and its default, which only modules have.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) ty: &'static str,
    /// None where it must be given, or is `null`.
    pub(crate) default: Option<Expr>,
}

/// All parameters that a template may have; a default mentions earlier ones.
pub(crate) fn parameters() -> Vec<Parameter> {
    let parameter = |name, ty, default| Parameter { name, ty, default };
    vec![
        parameter("env", "'dev' | 'prod'", Some(Expr::Text("dev"))),
        parameter("p", "bool", Some(Expr::Truth(true))),
        // Without a default: what an element leaves out may be `null`, which stands for the default.
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

    /// The symbol of the node with a number.
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

/// The parameters that some nodes mention, and those that the defaults of these mention.
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
