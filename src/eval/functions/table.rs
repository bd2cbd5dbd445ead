//! The table of functions, with one row for each, and the enum that is generated from it.
//!
//! A row contains everything that evaluation needs to know about a function:
//! `Variant "name" (arity) => fold [properties]`. A call of a function without a fold stays a term, which equals any
//! call with equal arguments. Nothing else in `src` lists functions, and none is recognized by its name.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{array, date, encoding, format, id, logic, network, object, text};
use crate::eval::store::Store;
use crate::eval::term::{Name, Term};
use crate::eval::terms::Terms;
use crate::eval::{each, held};

/// A folding function: `None` if the arguments are not known well enough.
pub(super) type Fold = fn(&mut Terms, &[Term]) -> Option<Term>;

/// The number of arguments that a function takes; with any other number it does not fold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arity {
    least: usize,
    most: usize,
}

impl Arity {
    pub(super) const fn takes(self, count: usize) -> bool {
        self.least <= count && count <= self.most
    }
}

const fn exactly(count: usize) -> Arity {
    Arity { least: count, most: count }
}

const fn between(least: usize, most: usize) -> Arity {
    Arity { least, most }
}

const fn at_least(least: usize) -> Arity {
    Arity { least, most: usize::MAX }
}

/// The way in which a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A function of Bicep or ARM, called by its name.
    Written,
    /// An operator of Bicep, by its sign.
    Operator,
    /// A function of evaluation itself, which no template can call; its name is not a Bicep name.
    Internal,
}

/// Properties of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// As Bicep spells it.
    pub(super) name: &'static str,
    pub(super) arity: Arity,
    pub(super) fold: Option<Fold>,
    pub(super) form: Form,
    /// Its value is `true` or `false`, whatever its arguments.
    pub(super) is_truth: bool,
    /// Whether a change of case in its arguments changes only the case of its result.
    pub(super) keeps_case: bool,
    /// Whether it moves into the branches of a conditional first argument. Ex) `length(big ? [1, 2] : [])`
    pub(super) distributes: bool,
    /// Its value is a text, whatever its arguments.
    pub(super) is_text: bool,
    /// Its value is never `null`, whatever its arguments.
    pub(super) is_never_null: bool,
    /// Whether Azure rejects an argument that is `null`. Nothing is deployed then: the value is `null`, which fulfils
    /// no condition.
    pub(super) refuses_null: bool,
}

impl Row {
    const fn new(name: &'static str, arity: Arity, fold: Option<Fold>) -> Self {
        let form = Form::Written;
        Self {
            name,
            arity,
            fold,
            form,
            is_truth: false,
            keeps_case: false,
            distributes: false,
            is_text: false,
            is_never_null: false,
            refuses_null: false,
        }
    }

    const fn operator(self) -> Self {
        Self { form: Form::Operator, ..self }
    }

    const fn internal(self) -> Self {
        Self { form: Form::Internal, ..self }
    }

    const fn truth(self) -> Self {
        Self { is_truth: true, is_never_null: true, ..self }
    }

    const fn keeps_case(self) -> Self {
        Self { keeps_case: true, ..self }
    }

    const fn distributes(self) -> Self {
        Self { distributes: true, ..self }
    }

    const fn text(self) -> Self {
        Self { is_text: true, ..self }
    }

    const fn never_null(self) -> Self {
        Self { is_never_null: true, ..self }
    }

    const fn refuses_null(self) -> Self {
        Self { refuses_null: true, ..self }
    }
}

macro_rules! functions {
    (@fold) => { None };
    (@fold $fold:path) => { Some($fold) };
    ($(
        $(#[$doc:meta])*
        $variant:ident $name:literal ($arity:expr) $(=> $fold:path)? $([$($property:ident),*])?;
    )*) => {
        /// A function or operator of templates, or an internal one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function {
            $(
                #[doc = concat!("`", $name, "`")]
                $(#[$doc])*
                $variant,
            )*
            /// `base.name(…)`: a method, whose first argument is `base`. The name is in lower case.
            Method(Name),
            /// A function that is not in the table. The name is in lower case.
            Other(Name),
        }

        impl Function {
            /// All functions with a row.
            const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its row; for a function that is not in the table, one without properties.
            pub(super) const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => const {
                        &Row::new($name, $arity, functions!(@fold $($fold)?))$($(.$property())*)?
                    },)*
                    Self::Method(_) | Self::Other(_) => const { &Row::new("", at_least(0), None) },
                }
            }
        }
    };
}

functions! {
    // Operators.
    NotEqual "!=" (exactly(2)) => logic::not_equal [operator];
    Remainder "%" (exactly(2)) => logic::remainder [operator, never_null];
    Times "*" (exactly(2)) => logic::times [operator, never_null];
    Plus "+" (exactly(2)) => logic::plus [operator, never_null];
    Minus "-" (exactly(2)) => logic::minus [operator, never_null];
    Divided "/" (exactly(2)) => logic::divided [operator, never_null];
    Less "<" (exactly(2)) => logic::less [operator, refuses_null];
    AtMost "<=" (exactly(2)) => logic::at_most [operator, refuses_null];
    EqualIgnoringCase "=~" (exactly(2)) => logic::equal_ignoring_case [operator, truth];
    More ">" (exactly(2)) => logic::more [operator, refuses_null];
    /// Every undecided comparison is rewritten to one of these.
    AtLeast ">=" (exactly(2)) => logic::at_least [operator, truth, refuses_null];

    // The functions by which ARM's expressions write operators and literals.
    ArmAdd "add" (exactly(2)) => logic::plus [never_null];
    ArmAnd "and" (at_least(0)) => logic::and;
    ArmCoalesce "coalesce" (at_least(1)) => logic::coalesce;
    ArmDiv "div" (exactly(2)) => logic::divided [never_null];
    ArmEquals "equals" (exactly(2)) => logic::equals;
    ArmFalse "false" (at_least(0)) => logic::never;
    ArmGreater "greater" (exactly(2)) => logic::more [refuses_null];
    ArmGreaterOrEquals "greaterOrEquals" (exactly(2)) => logic::at_least [refuses_null];
    ArmIf "if" (exactly(3)) => logic::if_;
    ArmLess "less" (exactly(2)) => logic::less [refuses_null];
    ArmLessOrEquals "lessOrEquals" (exactly(2)) => logic::at_most [refuses_null];
    ArmMod "mod" (exactly(2)) => logic::remainder [never_null];
    ArmMul "mul" (exactly(2)) => logic::times [never_null];
    ArmNot "not" (exactly(1)) => logic::not;
    ArmNull "null" (at_least(0)) => logic::null;
    ArmOr "or" (at_least(0)) => logic::or;
    ArmSub "sub" (exactly(2)) => logic::minus [never_null];
    ArmTrue "true" (at_least(0)) => logic::always;

    // Truth and numbers.
    Any "any" (exactly(1)) => logic::any;
    Bool "bool" (exactly(1)) => logic::bool [truth];
    Int "int" (exactly(1)) => logic::int [never_null];

    // Texts.
    EndsWith "endsWith" (exactly(2)) => text::ends_with [truth, refuses_null];
    Format "format" (at_least(1)) => format::format [keeps_case, never_null, text];
    Like "like" (exactly(2)) => text::like [truth];
    Join "join" (exactly(2)) => text::join [keeps_case, never_null, text];
    PadLeft "padLeft" (between(2, 3)) => text::pad_left [keeps_case, never_null, text];
    Replace "replace" (exactly(3)) => text::replace [never_null, text];
    Split "split" (exactly(2)) => text::split [keeps_case, distributes, never_null, refuses_null];
    StartsWith "startsWith" (exactly(2)) => text::starts_with [truth, refuses_null];
    String "string" (exactly(1)) => text::string [keeps_case, never_null, text];
    Substring "substring" (between(2, 3)) => text::substring [keeps_case, never_null, text];
    ToLower "toLower" (exactly(1)) => text::to_lower [keeps_case, distributes, never_null, refuses_null, text];
    ToUpper "toUpper" (exactly(1)) => text::to_upper [keeps_case, distributes, never_null, refuses_null, text];
    Trim "trim" (exactly(1)) => text::trim [keeps_case, never_null, text];

    // Lists, and texts and objects if the function accepts them.
    Array "array" (exactly(1)) => array::array [never_null];
    Concat "concat" (at_least(0)) => array::concat [keeps_case, never_null];
    Contains "contains" (exactly(2)) => array::contains [truth, distributes];
    CreateArray "createArray" (at_least(0)) => array::create_array [never_null];
    Distinct "distinct" (exactly(1)) => array::distinct [never_null];
    Empty "empty" (exactly(1)) => array::empty [distributes];
    Filter "filter" (exactly(2)) => array::filter [distributes, never_null];
    First "first" (exactly(1)) => array::first [keeps_case, distributes];
    Flatten "flatten" (exactly(1)) => array::flatten [distributes, never_null];
    IndexOf "indexOf" (exactly(2)) => array::index_of [never_null];
    Intersection "intersection" (at_least(1)) => array::intersection [never_null];
    Last "last" (exactly(1)) => array::last [keeps_case, distributes];
    LastIndexOf "lastIndexOf" (exactly(2)) => array::last_index_of [never_null];
    Length "length" (exactly(1)) => array::length [distributes, never_null];
    Map "map" (exactly(2)) => array::map [distributes, never_null];
    Max "max" (at_least(1)) => array::max [never_null];
    Min "min" (at_least(1)) => array::min [never_null];
    Range "range" (exactly(2)) => array::range [never_null];
    Reduce "reduce" (exactly(3)) => array::reduce;
    Skip "skip" (exactly(2)) => array::skip [keeps_case, distributes, never_null];
    Sort "sort" (exactly(2)) => array::sort [never_null];
    Take "take" (exactly(2)) => array::take [keeps_case, distributes, never_null];
    Union "union" (at_least(1)) => array::union [never_null];

    // Objects.
    CreateObject "createObject" (at_least(0)) => object::create_object [never_null];
    GroupBy "groupBy" (between(2, 3)) => object::group_by [never_null];
    Items "items" (exactly(1)) => object::items [distributes, never_null];
    Json "json" (exactly(1)) => object::json;
    MapValues "mapValues" (exactly(2)) => object::map_values [never_null];
    ObjectKeys "objectKeys" (exactly(1)) => object::object_keys [distributes, never_null];
    ShallowMerge "shallowMerge" (exactly(1)) => object::shallow_merge [never_null];
    ToObject "toObject" (between(2, 3)) => object::to_object [never_null];
    TryGet "tryGet" (at_least(1)) => object::try_get;

    // Encodings of texts, and URIs.
    Base64 "base64" (exactly(1)) => encoding::base64 [never_null, text];
    Base64ToJson "base64ToJson" (exactly(1)) => encoding::base64_to_json;
    Base64ToString "base64ToString" (exactly(1)) => encoding::base64_to_string [never_null, text];
    BuildUri "buildUri" (exactly(1)) => encoding::build_uri;
    DataUri "dataUri" (exactly(1)) => encoding::data_uri [text];
    DataUriToString "dataUriToString" (exactly(1)) => encoding::data_uri_to_string [text];
    ParseUri "parseUri" (exactly(1)) => encoding::parse_uri;
    Uri "uri" (exactly(2)) => encoding::uri [never_null];
    UriComponent "uriComponent" (exactly(1)) => encoding::uri_component [never_null, text];
    UriComponentToString "uriComponentToString" (exactly(1)) => encoding::uri_component_to_string [text];

    // Dates.
    DateTimeAdd "dateTimeAdd" (between(2, 3)) => date::add [text];
    DateTimeFromEpoch "dateTimeFromEpoch" (exactly(1)) => date::from_epoch;
    DateTimeToEpoch "dateTimeToEpoch" (exactly(1)) => date::to_epoch;

    // IP address ranges.
    CidrHost "cidrHost" (exactly(2)) => network::cidr_host;
    CidrSubnet "cidrSubnet" (exactly(3)) => network::cidr_subnet;
    ParseCidr "parseCidr" (exactly(1)) => network::parse_cidr;

    // Ids.
    ExtensionResourceId "extensionResourceId" (at_least(3)) => id::extension_resource_id [keeps_case, never_null];
    ManagementGroupResourceId "managementGroupResourceId" (at_least(2)) => id::management_group_resource_id
        [keeps_case, never_null];
    ResourceId "resourceId" (at_least(2)) => id::resource_id [keeps_case, never_null];
    SubscriptionResourceId "subscriptionResourceId" (at_least(2)) => id::subscription_resource_id
        [keeps_case, never_null];
    TenantResourceId "tenantResourceId" (at_least(2)) => id::tenant_resource_id [keeps_case, never_null];

    // Functions that need the template around them: the evaluator knows their values.
    Deployment "deployment" (exactly(0));
    Environment "environment" (exactly(0));
    LoadJsonContent "loadJsonContent" (between(1, 3));
    LoadTextContent "loadTextContent" (between(1, 2));
    LoadYamlContent "loadYamlContent" (between(1, 3));
    ManagementGroup "managementGroup" (between(0, 1));
    NameOf "nameof" (exactly(1));
    /// One value for each place and deployment.
    NewGuid "newGuid" (exactly(0)) [never_null, text];
    ResourceGroup "resourceGroup" (between(0, 2));
    Subscription "subscription" (between(0, 1));
    Tenant "tenant" (exactly(0));
    /// One value for each deployment and format.
    UtcNow "utcNow" (between(0, 1)) [never_null, text];

    // Functions that are not folded: hashes, values that only Azure knows, and functions that have not been needed so
    // far.
    /// It has no value at all.
    Fail "fail" (exactly(1));
    Guid "guid" (at_least(1)) [never_null, text];
    ListAccountSas "listAccountSas" (between(2, 3));
    ListKeys "listKeys" (between(1, 3));
    ListSecrets "listSecrets" (between(1, 3));
    ListServiceSas "listServiceSas" (between(2, 3));
    LoadDirectoryFileInfo "loadDirectoryFileInfo" (between(1, 2));
    LoadFileAsBase64 "loadFileAsBase64" (exactly(1));
    PickZones "pickZones" (between(3, 5));
    Providers "providers" (between(1, 2));
    /// The default of a variable, if there is one, because the environment of the deployment is not known.
    ReadEnvironmentVariable "readEnvironmentVariable" (between(1, 2)) => text::environment_default [never_null, text];
    Reference "reference" (between(1, 3));
    ToLogicalZone "toLogicalZone" (exactly(3));
    ToLogicalZones "toLogicalZones" (exactly(3));
    ToPhysicalZone "toPhysicalZone" (exactly(3));
    ToPhysicalZones "toPhysicalZones" (exactly(3));
    UniqueString "uniqueString" (at_least(1)) [never_null, text];

    // Internal functions.
    /// Whether one condition of a list holds: (list).
    AnyOf "anyof" (exactly(1)) => logic::any_of [internal, truth];
    /// A child of a resource whose id is not known: (parent, type, name).
    Child "child" (exactly(3)) => id::child [internal, keeps_case];
    /// The name of a deployment that the template does not name: (template, node, outer deployment, index?).
    DeploymentName "deploymentname" (between(3, 4)) [internal];
    /// An arbitrary element of a list: (list).
    Each "each" (exactly(1)) => each::each [internal, keeps_case, distributes];
    /// A value with the case of its texts folded, as Azure compares it: (value).
    Folded "folded" (exactly(1)) => text::folded [internal, keeps_case, distributes];
    /// `base[^index]`: (base, index).
    FromEnd "fromend" (exactly(2)) => array::from_end [internal];
    /// The resource group's name of a scope: (scope).
    GroupOf "groupof" (exactly(1)) => id::group_of [internal, keeps_case, distributes];
    /// A symbol of another file that could not be read: (template, path of the file, name, arguments…).
    Imported "imported" (at_least(3)) [internal];
    /// Whether a list contains each element of another one, compared by these properties: (list, other list, names…).
    Holds "holds" (at_least(3)) => held::of_lists [internal, truth, distributes];
    /// Whether a value is the id of a resource of one of these types: (id, types…).
    IsOfType "isoftype" (at_least(2)) => id::is_of_type [internal, truth, distributes];
    /// Whether no other deployment has the same value: (value).
    IsFresh "isfresh" (exactly(1)) => logic::is_fresh [internal, truth];
    /// The management group's name of a scope: (scope).
    ManagementGroupOf "managementgroupof" (exactly(1)) => id::management_group_of
        [internal, keeps_case, distributes];
    /// An object made of several parts, of which later ones override earlier ones: spreads and computed keys.
    Merged "{…}" (at_least(0)) => object::merged [internal, never_null];
    /// A module call as a value: (symbol, template, node, outer deployment, index?).
    Module "module" (between(4, 5)) [internal];
    /// One segment of a resource name with this number of segments: (name, segment, count).
    NameSegment "namesegment" (exactly(3)) => text::name_segment [internal, keeps_case];
    /// The id of the parent of a resource: (id).
    Parent "parent" (exactly(1)) => id::parent [internal, keeps_case, distributes];
    /// Some index of a long loop: (length, copy index).
    SomeIndex "someindex" (exactly(2)) [internal];
    /// A condition that counts only if it is known to hold: (condition).
    Surely "surely" (exactly(1)) => logic::surely [internal, truth];
    /// The subscription of a scope: (scope).
    SubscriptionOf "subscriptionof" (exactly(1)) => id::subscription_of [internal, keeps_case, distributes];
}

impl Function {
    /// The function of Bicep or ARM that has this name in lower case, if it is in the table.
    pub fn named(lower: &str) -> Option<Self> {
        static BY_NAME: LazyLock<FxHashMap<String, Function>> = LazyLock::new(|| {
            let written = Function::ALL.iter().filter(|function| function.row().form == Form::Written);
            written.map(|&function| (function.row().name.to_ascii_lowercase(), function)).collect()
        });
        BY_NAME.get(lower).copied()
    }

    /// Whether it loads a file. If the file is not read, the call stays, with the template before its arguments.
    pub const fn loads(self) -> bool {
        matches!(
            self,
            Self::LoadTextContent
                | Self::LoadJsonContent
                | Self::LoadYamlContent
                | Self::LoadFileAsBase64
                | Self::LoadDirectoryFileInfo
        )
    }

    /// Whether its value is `true` or `false`, whatever its arguments.
    pub(in crate::eval) const fn is_truth(self) -> bool {
        self.row().is_truth
    }

    /// Whether its value is a text, whatever its arguments.
    pub(in crate::eval) const fn is_text(self) -> bool {
        self.row().is_text
    }

    /// Whether its value is never `null`, whatever its arguments.
    pub(in crate::eval) const fn is_never_null(self) -> bool {
        self.row().is_never_null
    }

    /// Whether a change of case in its arguments changes only the case of its result.
    pub(in crate::eval) const fn keeps_case(self) -> bool {
        self.row().keeps_case
    }

    /// Its sign, if it is an operator.
    pub fn sign(self) -> Option<&'static str> {
        let row = self.row();
        (row.form == Form::Operator).then_some(row.name)
    }

    /// Whether it is internal to evaluation.
    pub fn is_internal(self) -> bool {
        self.row().form == Form::Internal
    }

    /// Its name as Bicep spells it; in lower case if it is not in the table.
    pub fn name(self, terms: &Store) -> &str {
        match self {
            Self::Method(name) | Self::Other(name) => terms.name(name),
            _ => self.row().name,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Form, Function};

    /// The names in back-ticks in the table rows of a chapter.
    fn listed(chapter: &str) -> BTreeSet<&'static str> {
        let page = include_str!("../../../docs/evaluation.md");
        let (_, after) = page.split_once(chapter).expect("the page has this chapter");
        let text = after.split("\n## ").next().unwrap_or(after);
        let rows = text.lines().filter(|line| line.starts_with('|'));
        rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect()
    }

    fn folding() -> BTreeSet<&'static str> {
        let rows = Function::ALL.iter().map(|function| function.row());
        rows.filter(|row| row.form == Form::Written && row.fold.is_some()).map(|row| row.name).collect()
    }

    #[test]
    fn the_page_lists_exactly_the_functions_that_fold() {
        assert_eq!(listed("\n## Functions that fold"), folding());
    }

    #[test]
    fn the_page_lists_no_function_as_staying_that_folds() {
        let staying = listed("\n## Functions that stay");
        assert!(staying.len() > 10);
        assert!(staying.is_disjoint(&folding()));
    }

    #[test]
    fn each_name_has_one_row() {
        let names: BTreeSet<String> =
            Function::ALL.iter().map(|function| function.row().name.to_ascii_lowercase()).collect();
        assert_eq!(names.len(), Function::ALL.len());
    }

    #[test]
    fn a_template_can_call_what_is_written_and_nothing_else() {
        for &function in Function::ALL {
            let row = function.row();
            let found = Function::named(&row.name.to_ascii_lowercase());
            assert_eq!(found, (row.form == Form::Written).then_some(function), "{}", row.name);
        }
    }

    #[test]
    fn what_has_properties_of_a_fold_folds() {
        for function in Function::ALL {
            let row = function.row();
            assert!(row.fold.is_some() || !(row.distributes || row.is_truth), "{}", row.name);
        }
    }
}
