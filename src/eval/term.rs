//! Symbolic values in one normal form. Terms are hash-consed: two terms are structurally equal exactly if they are the
//! same number, so equality costs one comparison.

pub use super::copy_variable::CopyVariable;
pub use super::functions::Function;
use crate::template::ParameterId;
pub use crate::workspace::TemplateId;

/// A value, as an index into [`super::terms::Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u32);

/// An interned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

/// An interned list of terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u32);

/// The forms of a value. Build them through [`super::terms::Terms`] only: its constructors keep the normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// `null`
    Null,
    /// A known truth value.
    Bool(bool),
    /// A known integer.
    Int(i64),
    /// A known text.
    Text(Name),
    /// A text of several parts, at least one of them unknown. Known parts are not adjacent, and there is no nesting.
    Concat(Seq),
    /// A list of known length.
    Array(Seq),
    /// An object with known keys: key, value, key, value, … sorted by key; keys are [`Value::Text`].
    Object(Seq),
    /// An unknown parameter of a template.
    Parameter(TemplateId, ParameterId),
    /// A fact of the deployment of the current template.
    Ambient(Ambient),
    /// The index of a copy loop.
    CopyIndex(CopyVariable),
    /// A variable bound by an enclosing [`Value::Sequence`] or [`Value::Lambda`] of this level.
    Bound(u32),
    /// A list of unknown length: `element` with the bound variable from 0 to `length` - 1.
    Sequence {
        /// Number of elements.
        length: Term,
        /// The element, over the bound variable.
        element: Term,
        /// The level of its bound variable.
        level: u32,
    },
    /// A function value: its parameters are the bound variables from `level` on.
    Lambda {
        /// The level of its first parameter.
        level: u32,
        /// Number of parameters.
        count: u32,
        /// Its result, over the parameters.
        body: Term,
    },
    /// `base.name` with an unknown base. Safe access (`base.?name`) is the same term.
    Member(Term, Name),
    /// `base[index]` with an unknown base or index.
    Index(Term, Term),
    /// A function call with an unknown value. Calls with equal arguments are equal.
    Call(Function, Seq),
    /// `condition ? yes : no` with an unknown condition.
    If(Term, Term, Term),
    /// `left ?? right` with an unknown left side.
    Coalesce(Term, Term),
    /// `!operand`. The operand is an atom.
    Not(Term),
    /// A conjunction of at least two operands; sorted, no duplicates, no nesting.
    And(Seq),
    /// A disjunction of at least two operands; sorted, no duplicates, no nesting.
    Or(Seq),
    /// Equality of two different terms, the smaller first.
    Equal(Term, Term),
    /// The id of a resource, as text: scope, type, and name segments (as many as the type has).
    ResourceId {
        /// The scope that contains the resource.
        scope: Term,
        /// Its type.
        ty: Name,
        /// One name for each segment of the type.
        names: Seq,
    },
    /// A resource as an object, by its id: `.id`, `.name` and `.type` are known, all else is not.
    Resource(Term),
    /// A scope: the tenant.
    Tenant,
    /// A scope: a management group by name.
    ManagementGroup(Term),
    /// A scope: a subscription by its id (a GUID).
    Subscription(Term),
    /// A scope: a resource group by subscription id and name.
    ResourceGroup(Term, Term),
    /// An unknown value that equals only itself.
    Opaque(u32),
}

// There are very many terms: a value fits into a quarter of a cache line.
const _: () = assert!(size_of::<Value>() <= 16);

/// Facts of a deployment that the caller decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ambient {
    /// The subscription's id (a GUID).
    SubscriptionId,
    /// The resource group's name.
    ResourceGroupName,
    /// The management group's name.
    ManagementGroupName,
    /// `deployment().name`
    DeploymentName,
    /// `deployment().location`, the location of the deployment's metadata.
    DeploymentLocation,
    /// `resourceGroup().location`
    ResourceGroupLocation,
    /// The tenant's id.
    TenantId,
}

impl Ambient {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SubscriptionId,
        Self::ResourceGroupName,
        Self::ManagementGroupName,
        Self::DeploymentName,
        Self::DeploymentLocation,
        Self::ResourceGroupLocation,
        Self::TenantId,
    ];

    /// As Bicep would write it.
    pub const fn source(self) -> &'static str {
        match self {
            Self::SubscriptionId => "subscription().subscriptionId",
            Self::ResourceGroupName => "resourceGroup().name",
            Self::ManagementGroupName => "managementGroup().name",
            Self::DeploymentName => "deployment().name",
            Self::DeploymentLocation => "deployment().location",
            Self::ResourceGroupLocation => "resourceGroup().location",
            Self::TenantId => "tenant().tenantId",
        }
    }
}
