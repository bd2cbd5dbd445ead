//! Loops over lists that are derived from an unknown list, next to loops over that list or one of its elements: both
//! write one object if the element is the same.

use crate::form::{Form, judged};

/// Declarations; each row uses some of them.
const HEAD: &str = "
param list array
param more array
param other array
param on bool
param n int
param obj object
";

/// A gateway in a loop over a list, or a single one if no list is given. `rest` is added to its body.
struct Gateway {
    over: &'static str,
    decorator: &'static str,
    condition: &'static str,
    hub: &'static str,
    rest: &'static str,
}

const fn each(over: &'static str) -> Gateway {
    Gateway { over, decorator: "", condition: "true", hub: "x.hub", rest: "" }
}

const fn one(hub: &'static str) -> Gateway {
    Gateway { over: "", decorator: "", condition: "true", hub, rest: "" }
}

fn gateway(symbol: &str, kind: &str, own: &Gateway) -> String {
    let Gateway { over, decorator, condition, hub, rest } = own;
    let (open, close, name) = if over.is_empty() {
        (format!("if ({condition}) {{"), "}", format!("'{symbol}'"))
    } else {
        (format!("[for (x, i) in {over}: if ({condition}) {{"), "}]", format!("'{symbol}${{i}}'"))
    };
    format!(
        "{decorator}\nresource {symbol} 'Microsoft.Network/{kind}@2024-05-01' = {open}\n  name: {name}\n  location: 'westeurope'\n  \
         properties: {{ virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', {hub}) }} }}\n{rest}\n{close}\n"
    )
}

/// Two gateways, `v` and `e`.
fn two(name: &'static str, first: &Gateway, second: &Gateway, races: bool) -> Form {
    let (one, other) = (gateway("v", "vpnGateways", first), gateway("e", "expressRouteGateways", second));
    let files = vec![("main.bicep", format!("{HEAD}{one}{other}"))];
    Form { name, root: "main.bicep", files, pair: ["e", "v"], races }
}

/// A loop over a list, and one over a list that is derived from it.
fn loops() -> Vec<Form> {
    let form = |name, over, races| two(name, &each("list"), &each(over), races);
    vec![
        form("itself", "list", true),
        form("and-more", "concat(list, more)", true),
        form("behind-others", "concat(more, list)", true),
        form("behind-a-known-one", "concat([ { hub: 'known' } ], list)", true),
        form("spread", "[ ...more, ...list ]", true),
        form("without-the-first", "skip(list, 1)", true),
        form("the-first-two", "take(list, 2)", true),
        form("the-first-so-many", "take(list, n)", true),
        form("sorted", "sort(list, (a, b) => a.hub < b.hub)", true),
        form("united", "union(list, more)", true),
        form("united-behind-others", "union(more, list)", true),
        form("united-with-itself", "union(list, list)", true),
        form("filtered", "filter(list, y => y.on)", true),
        form("filtered-by-two", "filter(filter(list, y => y.on), y => y.size == 'small')", true),
        form("filtered-and-sorted", "sort(filter(list, y => y.on), (a, b) => a.hub < b.hub)", true),
        form("mapped", "map(list, y => { hub: y.hub })", true),
        form("mapped-and-sorted", "sort(map(list, y => { hub: y.hub }), (a, b) => a.hub < b.hub)", true),
        form("filtered-and-mapped", "map(filter(list, y => y.on), y => { hub: y.hub })", true),
        form("flat", "flatten([ list, more ])", true),
        form("where-there-is-one", "list ?? []", true),
        form("where-it-is-wanted", "on ? list : []", true),
        form("what-two-have", "intersection(list, more)", true),
        form("another", "other", false),
        form("another-and-more", "concat(other, more)", false),
        form("another-sorted", "sort(other, (a, b) => a.hub < b.hub)", false),
        form("another-filtered", "filter(other, y => y.on)", false),
        form("mapped-to-others", "map(list, y => { hub: '${y.hub}-x' })", false),
        form("by-another-property", "map(list, y => { hub: y.spare })", false),
        form("none-of-them", "take(list, 0)", false),
    ]
}

/// Loops over two lists that are derived from the same one.
fn both_made() -> Vec<Form> {
    let form = |name, first, second, races| two(name, &each(first), &each(second), races);
    let on = |own: Gateway, condition| Gateway { condition, ..own };
    vec![
        form("sorted-twice", "sort(list, (a, b) => a.hub < b.hub)", "sort(list, (a, b) => a.n < b.n)", true),
        form("more-before-and-behind", "concat(more, list)", "concat(list, more)", true),
        form("two-filters", "filter(list, y => y.on)", "filter(list, y => y.size == 'small')", true),
        form(
            "filter-and-its-opposite",
            "filter(list, y => y.on == true)",
            "filter(list, y => y.on != true)",
            false,
        ),
        form(
            "filters-of-two-kinds",
            "filter(list, y => y.kind == 'a')",
            "filter(list, y => y.kind == 'b')",
            false,
        ),
        form("start-and-rest", "take(list, 2)", "skip(list, 2)", false),
        form("start-and-more-of-the-rest", "take(list, 3)", "skip(list, 2)", true),
        two(
            "filter-and-the-opposite-condition",
            &each("filter(list, y => y.on == true)"),
            &on(each("list"), "x.on != true"),
            false,
        ),
        two(
            "filter-and-its-condition",
            &each("filter(list, y => y.on == true)"),
            &on(each("list"), "x.on == true"),
            true,
        ),
    ]
}

/// A loop over a list, and one element of it by its index or by a condition.
fn elements() -> Vec<Form> {
    let form = |name, over, hub, races| two(name, &each(over), &one(hub), races);
    let of = |name, own: Gateway, hub, races| two(name, &own, &one(hub), races);
    let on = |condition| Gateway { condition, ..each("list") };
    vec![
        form("the-first", "list", "list[0].hub", true),
        form("the-second", "list", "list[1].hub", true),
        form("the-first-by-a-function", "list", "first(list).hub", true),
        form("the-last", "list", "last(list).hub", true),
        form("the-last-by-its-place", "list", "list[length(list) - 1].hub", true),
        form("the-last-from-the-end", "list", "list[^1].hub", true),
        form("the-first-of-a-map", "list", "map(list, y => y.hub)[0]", true),
        form("the-first-of-some", "list", "first(filter(list, y => y.name == 'a')).hub", true),
        form("the-first-of-some-by-place", "list", "filter(list, y => y.name == 'a')[0].hub", true),
        form("by-its-name", "list", "toObject(list, y => y.name).a.hub", true),
        form("of-its-group", "list", "groupBy(list, y => y.name).a[0].hub", true),
        form("the-first-of-a-sorted-list", "sort(list, (a, b) => a.hub < b.hub)", "list[0].hub", true),
        form("the-first-of-all-but-it", "skip(list, 1)", "list[0].hub", false),
        form("the-second-of-all-but-the-first", "skip(list, 1)", "list[1].hub", true),
        form("of-the-start", "take(list, 2)", "list[1].hub", true),
        form("behind-the-start", "take(list, 2)", "list[2].hub", false),
        form("of-another-list", "list", "other[0].hub", false),
        form("the-last-of-another-list", "list", "last(other).hub", false),
        form("another-property", "list", "list[0].spare", false),
        of("the-first-left-out", on("i > 0"), "list[0].hub", false),
        of("the-second-where-the-first-is-left-out", on("i > 0"), "list[1].hub", true),
        of("a-name-left-out", on("x.name != 'a'"), "first(filter(list, y => y.name == 'a')).hub", false),
        form(
            "another-filter",
            "filter(list, y => y.name == 'b')",
            "first(filter(list, y => y.name == 'a')).hub",
            false,
        ),
        form("its-filter", "filter(list, y => y.name == 'a')", "toObject(list, y => y.name).a.hub", true),
    ]
}

/// One instance of a loop, whose index is a parameter, and a condition on that parameter.
fn by_number() -> Vec<Form> {
    let of_number = Gateway { condition: "i == n", hub: "'hub'", ..each("list") };
    let form = |name, condition, races| two(name, &of_number, &Gateway { condition, ..one("'hub'") }, races);
    vec![
        form("the-first-by-number", "n == 0", true),
        form("a-later-one-by-number", "n == 7", true),
        form("one-of-many-by-number", "n >= 5", true),
        form("the-last-by-number", "n == length(list) - 1 && length(list) == 8", true),
        form("behind-the-last-by-number", "n == 7 && length(list) == 5", false),
        form("before-the-first-by-number", "n == -1", false),
    ]
}

/// Two elements that are selected in two ways.
fn named() -> Vec<Form> {
    let form = |name, hub, second, races| two(name, &one(hub), &one(second), races);
    let first = "first(filter(list, y => y.name == 'a')).hub";
    vec![
        form("first-and-by-place", first, "filter(list, y => y.name == 'a')[0].hub", true),
        form("first-and-by-key", first, "toObject(list, y => y.name).a.hub", true),
        form("first-and-by-quoted-key", first, "toObject(list, y => y.name)['a'].hub", true),
        form("first-and-mapped", first, "map(filter(list, y => y.name == 'a'), y => y.hub)[0]", true),
        form("first-and-of-mapped-values", first, "toObject(list, y => y.name, y => y.hub).a", true),
        form("first-and-of-groups", first, "first(groupBy(list, y => y.name).a)!.hub", true),
        form("first-and-turned", first, "first(filter(list, y => 'a' == y.name)).hub", true),
        form("of-two-names", first, "first(filter(list, y => y.name == 'b')).hub", false),
        form("of-two-names-by-key", first, "toObject(list, y => y.name).b.hub", false),
        form("of-two-lists", first, "first(filter(other, y => y.name == 'a')).hub", false),
        form("by-two-properties", first, "toObject(list, y => y.spare).a.hub", false),
    ]
}

/// Loops over the properties of an object, and one property.
fn objects() -> Vec<Form> {
    let by = |over, hub| Gateway { hub, ..each(over) };
    let form = |name, own: Gateway, second: Gateway, races| two(name, &own, &second, races);
    let items = || by("items(obj)", "x.value.hub");
    vec![
        form("items-twice", items(), items(), true),
        form("items-and-a-property", items(), one("obj.a.hub"), true),
        form("items-and-a-property-by-key", items(), one("obj['a'].hub"), true),
        form("items-and-keys", items(), by("objectKeys(obj)", "obj[x].hub"), true),
        form("items-and-keys-of-items", items(), by("map(items(obj), y => y.key)", "obj[x].hub"), true),
        form("keys-and-a-property", by("objectKeys(obj)", "obj[x].hub"), one("obj.a.hub"), true),
        form("items-by-key", by("items(obj)", "obj[x.key].hub"), items(), true),
        form("items-and-values", items(), by("map(items(obj), y => y.value)", "x.hub"), true),
        form("items-left-out", Gateway { condition: "x.key != 'a'", ..items() }, one("obj.a.hub"), false),
        form("items-not-left-out", Gateway { condition: "x.key != 'a'", ..items() }, one("obj.b.hub"), true),
        form("items-of-a-list", by("items(toObject(list, y => y.name))", "x.value.hub"), each("list"), true),
        form(
            "items-of-groups",
            by("items(groupBy(list, y => y.name))", "x.value[0].hub"),
            each("list"),
            true,
        ),
        form("a-group", each("groupBy(list, y => y.name).a"), each("list"), true),
        form("two-groups", each("groupBy(list, y => y.name).a"), each("groupBy(list, y => y.name).b"), false),
        form(
            "items-of-another-object",
            by("items(on ? {} : { b: { hub: 'b' } })", "x.value.hub"),
            one("obj.a.hub"),
            false,
        ),
    ]
}

/// The order of loops over lists that are derived from the same one.
fn orders() -> Vec<Form> {
    let filtered = "filter(list, y => y.on)";
    let waits = |own: Gateway, rest| Gateway { rest, ..own };
    vec![
        two("after-the-filtered", &each(filtered), &waits(each("list"), "  dependsOn: [ v ]"), false),
        two("filtered-after", &each("list"), &waits(each(filtered), "  dependsOn: [ v ]"), false),
        two(
            "sorted-after",
            &each("list"),
            &waits(each("sort(list, (a, b) => a.hub < b.hub)"), "  dependsOn: [ v ]"),
            false,
        ),
        two(
            "each-after-its-own",
            &each("list"),
            &waits(each("concat(list, more)"), "  dependsOn: [ v[i] ]"),
            false,
        ),
        two(
            "each-after-another",
            &each("list"),
            &waits(each("skip(list, 1)"), "  dependsOn: [ v[i] ]"),
            true,
        ),
        two(
            "each-after-its-own-behind-one",
            &each("list"),
            &waits(each("skip(list, 1)"), "  dependsOn: [ v[i + 1] ]"),
            false,
        ),
        two("the-last-after-all", &each("list"), &waits(one("last(list).hub"), "  dependsOn: [ v ]"), false),
        two(
            "the-last-after-the-first",
            &each("list"),
            &waits(one("last(list).hub"), "  dependsOn: [ v[0] ]"),
            true,
        ),
        two(
            "the-first-after-the-first",
            &each("list"),
            &waits(one("list[0].hub"), "  dependsOn: [ v[0] ]"),
            false,
        ),
        two(
            "the-last-after-the-last",
            &each("list"),
            &waits(one("last(list).hub"), "  dependsOn: [ v[length(list) - 1] ]"),
            false,
        ),
    ]
}

/// One loop that is ordered within itself, or over different filters.
fn within() -> Vec<Form> {
    let form = |name, own: &Gateway, races| {
        let files = vec![("main.bicep", format!("{HEAD}{}", gateway("v", "vpnGateways", own)))];
        Form { name, root: "main.bicep", files, pair: ["v", "v"], races }
    };
    let serial = |over| Gateway { decorator: "@batchSize(1)", hub: "'hub'", ..each(over) };
    vec![
        form("one-by-one", &serial("filter(list, y => y.on)"), false),
        form("sorted-one-by-one", &serial("sort(list, (a, b) => a.hub < b.hub)"), false),
        form("all-on-one", &Gateway { hub: "'hub'", ..each("filter(list, y => y.on)") }, true),
        form("elements-of-a-filter", &each("filter(list, y => y.on)"), false),
        form("elements-of-more", &each("concat(list, more)"), false),
    ]
}

#[test]
fn what_is_made_of_a_list_has_its_elements() {
    judged(&loops());
}

#[test]
fn two_lists_made_of_one_share_elements() {
    judged(&both_made());
}

#[test]
fn an_element_is_one_of_its_list() {
    judged(&elements());
    judged(&by_number());
}

#[test]
fn an_element_is_named_in_many_ways() {
    judged(&named());
}

#[test]
fn a_property_is_one_of_the_items() {
    judged(&objects());
}

#[test]
fn order_holds_between_lists_made_of_one() {
    judged(&orders());
}

#[test]
fn a_loop_over_a_filter_is_in_order_as_any_other() {
    judged(&within());
}
