//! The conditions of a finding in words: sufficient for the pairs that it names, minimal, and in the names of the
//! template.

use std::path::PathBuf;

use bicep_race_lint::Catalog;
use bicep_race_lint::rules::finding::Finding;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;

fn findings(files: &[(&str, &str)], roots: &[&str]) -> Vec<Finding> {
    let memory =
        files.iter().fold(Memory::default(), |memory, &(path, text)| memory.with(path, text.to_owned()));
    let named = roots.iter().map(PathBuf::from).collect();
    let roots = Roots { named, base: PathBuf::from("/"), ..Roots::default() };
    check(&roots, memory, &Catalog::builtin()).report.findings
}

const NETWORK: &str =
    "resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'net' }\n";

fn subnet(symbol: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!("if ({condition}) ") };
    format!(
        "resource {symbol} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {condition}{{\n  parent: net\n  \
         name: '{symbol}'\n}}\n"
    )
}

/// The `when` of the only finding about subnets, each with a condition.
fn when(declarations: &str, subnets: &[(&str, &str)]) -> Option<String> {
    let subnets: String = subnets.iter().map(|&(symbol, condition)| subnet(symbol, condition)).collect();
    let text = format!("{declarations}\n{NETWORK}{subnets}");
    let found = findings(&[("/main.bicep", &text)], &["/main.bicep"]);
    assert_eq!(found.len(), 1, "{text}\n{found:#?}");
    found[0].when.clone()
}

#[test]
fn pairs_with_different_conditions_are_distinguished() {
    let found =
        |subnets: &[(&str, &str)]| when("param east bool\nparam west bool", subnets).unwrap_or_default();
    assert_eq!(
        found(&[("a", "east"), ("b", "east"), ("c", "!east"), ("d", "!east")]),
        "`east` is true (`a` and `b`) or `east` is false (`c` and `d`)"
    );
    // Common conditions are named once.
    assert_eq!(
        found(&[("a", "east && west"), ("b", "east"), ("c", "!east && west"), ("d", "!east")]),
        "`west` is true; and `east` is true (`a` and `b`) or `east` is false (`c` and `d`)"
    );
    // If all conditions can hold together, they are sufficient for every pair.
    let all = found(&[("a", "east"), ("b", "west"), ("c", "")]);
    assert_eq!(all, "`east` is true and `west` is true; also otherwise");
    // A pair that always races has no condition.
    assert_eq!(
        found(&[("a", "east"), ("b", ""), ("c", "")]),
        "always (`b` and `c`) or `east` is true (`a` with `b` and `c`)"
    );
    assert_eq!(found(&[("a", "east"), ("b", "east"), ("c", "east")]), "`east` is true");
}

#[test]
fn many_conditions_are_counted() {
    let subnets = ["a", "b", "c", "d", "e", "f"];
    let parameters: String = subnets.map(|name| format!("param with_{name} bool\n")).concat();
    let conditions: Vec<String> = subnets.iter().map(|name| format!("with_{name}")).collect();
    let all: Vec<(&str, &str)> = subnets.iter().copied().zip(conditions.iter().map(String::as_str)).collect();
    let two = "two of `with_a`, `with_b`, `with_c`, `with_d`, `with_e` and 1 more are true";
    assert_eq!(when(&parameters, &all).as_deref(), Some(two));
    // Two that have no condition, and others of different kinds.
    let other = "param names array\nparam size int\nparam mode string";
    let first = [("x", ""), ("y", "")];
    let rest = [("p", "!empty(names)"), ("q", "size == 3"), ("r", "mode == 'full' && size == 4")];
    let all: Vec<(&str, &str)> = first.into_iter().chain(rest).collect();
    let told = when(other, &all).unwrap_or_default();
    assert!(
        told.starts_with("always (`x` and `y`) or `names` is not empty (`p` with `x` and `y`) or "),
        "{told}"
    );
    assert!(!told.contains("also otherwise"), "{told}");
}

/// One writer against many: what each of the others needs names the pair.
#[test]
fn conditions_that_say_the_same_of_many_names_are_one() {
    let declarations =
        "param on bool\nparam names array\nparam keys array\nparam rules array\nparam rest array";
    let writers = [
        ("a", "on"),
        ("b", "!empty(names) && on"),
        ("c", "!empty(keys) && on"),
        ("d", "!empty(rules) && on"),
        ("e", "!empty(rest) && !on"),
    ];
    let told = when(declarations, &writers[..3]).unwrap_or_default();
    assert_eq!(told, "`on` is true, `names` is not empty and `keys` is not empty; also otherwise");
    let told = when(declarations, &writers).unwrap_or_default();
    assert!(told.contains("`names`, `keys` or `rules` is not empty (`a` with `b`, `c` and `d`)"), "{told}");
}

#[test]
fn an_arbitrary_allowed_value_is_not_named() {
    let sku = "@allowed(['Basic', 'Standard', 'Premium', 'None'])\nparam sku string\nparam on bool";
    let with = |condition: &str| when(sku, &[("a", condition), ("b", "")]);
    assert_eq!(with("sku != 'None'").as_deref(), Some("`sku` is not `'None'`"));
    assert_eq!(with("sku == 'Premium'").as_deref(), Some("`sku` is `'Premium'`"));
    let neither = with("sku != 'None' && sku != 'Basic'");
    assert_eq!(neither.as_deref(), Some("`sku` is neither `'Basic'` nor `'None'`"));
    // Any of the values is possible.
    let any = with("on && (sku == 'Basic' || sku == 'Standard' || sku == 'Premium' || sku == 'None')");
    assert_eq!(any.as_deref(), Some("`on` is true"));
    let two = when("@allowed(['a', 'b'])\nparam sku string", &[("a", "sku != 'a'"), ("b", "")]);
    assert_eq!(two.as_deref(), Some("`sku` is `'b'`"));
}

#[test]
fn a_long_condition_is_expressed_by_its_variable() {
    let names = "param workload string\nparam id string = ''\nvar pattern = 'KIND-${workload}-${uniqueString(workload)}'\n";
    let with = |variable: &str, condition: &str| {
        when(&format!("{names}{variable}"), &[("a", condition), ("b", "")]).unwrap_or_default()
    };
    let name = "var netName = !empty(id) ? id : take(replace(pattern, 'KIND', 'vnet'), 80)";
    assert_eq!(with(name, "!empty(netName)"), "`netName` is not empty");
    let cut = "var cut = take(replace(toLower(pattern), 'kind', 'vnet'), 80)";
    assert_eq!(with(cut, "!empty(cut)"), "`cut` is not empty");
    let starts = "var isWest = startsWith(replace(pattern, 'KIND', 'vnet'), 'vnet-west-europe-')";
    assert_eq!(with(starts, "isWest"), "`isWest` is true");
    // A short condition is shown as it is.
    assert_eq!(with("var given = !empty(id)", "given"), "`id` is not empty");
}

#[test]
fn the_deciding_values_of_a_parameter_file_are_named() {
    let text = format!(
        "param deploy bool\nparam other bool\nparam hub object = {{}}\n{NETWORK}{}{}",
        subnet("a", "deploy"),
        subnet("b", "hub.side || !deploy")
    );
    let file = |values: &str| format!("using 'main.bicep'\n{values}");
    let when = |values: &str| {
        let found =
            findings(&[("/main.bicep", &text), ("/prod.bicepparam", &file(values))], &["/prod.bicepparam"]);
        found.first().map(|found| found.when.clone().unwrap_or_default())
    };
    let given = "param deploy = true\nparam other = false\nparam hub = { side: true, name: 'x' }\n";
    assert_eq!(when(given).as_deref(), Some("`deploy` is true and `hub.side` is true"));
    assert_eq!(when("param deploy = false\nparam other = true\n"), None);
    assert_eq!(when("param deploy = true\nparam other = true\nparam hub = { side: false }\n"), None);
}

#[test]
fn a_value_that_may_be_null_has_three_cases() {
    let declarations = "param on bool?\nparam free bool";
    let found =
        when(declarations, &[("a", "on != null && !free"), ("b", "on ?? true"), ("c", "!(on ?? true)")]);
    let told = found.unwrap_or_default();
    assert!(told.contains("`free` is false"), "{told}");
    assert!(told.contains("`on`"), "{told}");
}

#[test]
fn what_is_empty_has_no_property_that_is_false() {
    let found =
        when("param settings object?", &[("a", "!(settings.?on ?? false) && empty(settings)"), ("b", "")]);
    assert_eq!(found.as_deref(), Some("`settings.on` is `null` and `settings` is empty"));
}

/// Conditions that do not fit into a line are counted; the other formats have all of them.
#[test]
fn a_line_has_as_many_conditions_as_fit() {
    let names = ["first", "second", "third", "fourth"];
    let parameters: String = names.map(|name| format!("param with_the_{name}_of_them bool\n")).concat();
    let all: Vec<String> = names.iter().map(|name| format!("with_the_{name}_of_them")).collect();
    let text = format!("{parameters}{NETWORK}{}{}", subnet("a", &all.join(" && ")), subnet("b", ""));
    let found = findings(&[("/main.bicep", &text)], &["/main.bicep"]);
    let when = &found[0].witness.when;
    assert_eq!(when.within(1000), when.whole());
    assert_eq!(when.within(80).as_deref(), Some("`with_the_first_of_them` is true and 3 more conditions"));
    let two = "`with_the_first_of_them` is true, `with_the_second_of_them` is true and 2 more conditions";
    assert_eq!(when.within(90).as_deref(), Some(two));
    assert_eq!(found[0].witness.conditions.len(), 4);
}

/// That Azure gives a resource what every such resource has is no condition for a reader.
#[test]
fn what_goes_without_saying_is_no_condition() {
    let component = "resource logs 'Microsoft.Insights/components@2020-02-02' existing = { name: 'logs' }\nparam on bool\n\
                     param subnets array\n";
    let told = |condition: &str| when(component, &[("a", condition), ("b", "")]);
    assert_eq!(told("!empty(logs.properties.ConnectionString)"), None);
    assert_eq!(told("on && !empty(logs.properties.ConnectionString)").as_deref(), Some("`on` is true"));
    assert_eq!(told("on && subnets[0].name != null").as_deref(), Some("`on` is true"));
    let some = when(component, &[("a", "!empty(logs.properties.ConnectionString)"), ("b", ""), ("c", "")]);
    assert_eq!(some, None, "all pairs always race");
    assert_eq!(told("subnets[0].name == null").as_deref(), Some("`subnets[0].name` is `null`"));
    assert_eq!(told("subnets[0].name != 'x'").as_deref(), Some("`subnets[0].name` is not `'x'`"));
}

/// A name that is not given is another name: the pair races on either account.
#[test]
fn a_null_that_makes_no_difference_is_no_condition() {
    let text = "param name string?\nparam on bool\nvar effective = name ?? 'fallback'\n\
                resource net 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: effective }\n";
    let subnets = [subnet("a", "on"), subnet("b", "")].concat();
    let found = findings(&[("/main.bicep", &format!("{text}{subnets}"))], &["/main.bicep"]);
    let told: Vec<Option<&str>> = found.iter().map(|finding| finding.when.as_deref()).collect();
    assert_eq!(told, [Some("`on` is true")]);
}

/// The search takes one allowed value after the other; the condition itself says what they have in common.
#[test]
fn a_condition_on_a_part_of_a_choice_is_told_as_it_is() {
    let tiers = "@allowed(['Files Basic', 'Files Premium', 'Blobs Hot', 'Blobs Cool', 'Blobs Cold', 'Blobs Archive'])\n\
                 param tier string\nparam on bool";
    let condition = "on && split(tier, ' ')[0] == 'Files'";
    let told = when(tiers, &[("a", condition), ("b", "")]);
    assert_eq!(told.as_deref(), Some("`on` is true and `split(tier, ' ')[0]` is `'Files'`"));
    // A choice that the condition leaves no alternative to is named.
    let told = when(tiers, &[("a", "on && tier == 'Blobs Hot'"), ("b", "")]);
    assert_eq!(told.as_deref(), Some("`on` is true and `tier` is `'Blobs Hot'`"));
}

/// Two items of an object have two keys.
#[test]
fn two_items_of_an_object_have_two_keys() {
    let text = format!(
        "param subnets object\nparam stage bool\n{NETWORK}\
         resource all 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for one in items(subnets): \
         if (one.key == 'app' || one.key == 'stage' && stage) {{\n  parent: net\n  name: one.key\n}}]\n"
    );
    let found = findings(&[("/main.bicep", &text)], &["/main.bicep"]);
    let told = found[0].when.clone().unwrap_or_default();
    assert!(told.contains("`items(subnets)[0].key` is `'app'`"), "{told}");
    assert!(
        told.contains("`items(subnets)[1].key` is `'stage'`") && told.contains("`stage` is true"),
        "{told}"
    );
    // With one key, there is one item.
    let only = text.replace(" || one.key == 'stage' && stage", "");
    assert!(findings(&[("/main.bicep", &only)], &["/main.bicep"]).is_empty());
}

/// A finding about a list that a later deployment rewrites says what decides it, not a value that the search took.
#[test]
fn of_a_rewritten_list_no_arbitrary_value_is_told() {
    let text = "@allowed(['None', 'Basic', 'Standard', 'Premium'])\nparam tier string\nparam routed bool\n\
                resource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {\n  name: 'net'\n  \
                properties: { subnets: [{ name: 'a', properties: { addressPrefix: '10.0.0.0/24' } }] }\n}\n\
                resource b 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = if (tier != 'None' && routed) {\n  \
                parent: net\n  name: 'b'\n  properties: { addressPrefix: '10.0.1.0/24' }\n}\n";
    let found = findings(&[("/main.bicep", text)], &["/main.bicep"]);
    let lost: Vec<Option<&str>> = found
        .iter()
        .filter(|one| one.entry.as_deref() == Some("vnet-inline-and-child-subnets"))
        .map(|one| one.when.as_deref())
        .collect();
    assert_eq!(lost, [Some("`tier` is not `'None'` and `routed` is true")]);
}

/// A list that has a default where it is not given.
#[test]
fn a_list_with_a_default_need_not_be_given() {
    let text = |default: &str| {
        format!(
            "param settings object\nvar all = settings.?names ?? {default}\n{NETWORK}\
             resource each 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = [for one in all: {{ parent: net, name: one }}]\n{}",
            subnet("single", "")
        )
    };
    let told = |default: &str| {
        let found = findings(&[("/main.bicep", &text(default))], &["/main.bicep"]);
        let pair = found.iter().find(|finding| finding.rule.as_str() == "parallel-writers");
        pair.and_then(|finding| finding.when.clone()).unwrap_or_default()
    };
    assert_eq!(told("[ 'a', 'b' ]"), "`settings.names` is not given or not empty");
    assert_eq!(told("[]"), "`settings.names` is not empty");
}

/// What a condition says of `x ?? default` is said of `x`.
#[test]
fn a_value_with_a_default_is_told_without_it() {
    let declarations = "param rule object\nparam on bool";
    let told = |condition: &str| when(declarations, &[("a", condition), ("b", "on")]).unwrap_or_default();
    for (condition, expected) in [
        ("(rule.?access ?? 'Deny') == 'Deny'", "`on` is true and `rule.access` is `'Deny'` or not given"),
        ("(rule.?access ?? 'Deny') == 'Allow'", "`rule.access` is `'Allow'` and `on` is true"),
        (
            "(rule.?access ?? 'Deny') != 'Deny'",
            "`rule.access` is neither `'Deny'` nor `null` and `on` is true",
        ),
        ("(rule.?access ?? 'Deny') != 'Allow'", "`rule.access` is not `'Allow'` and `on` is true"),
        ("rule.?quick ?? true", "`rule.quick` is not false and `on` is true"),
        ("rule.?quick ?? false", "`rule.quick` is true and `on` is true"),
        ("!(rule.?quick ?? true)", "`rule.quick` is false and `on` is true"),
    ] {
        assert_eq!(told(condition), expected, "{condition}");
    }
}

/// What Azure answers at run time is there.
#[test]
fn a_secret_of_a_vault_is_not_empty() {
    let vault =
        "resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = { name: 'v' }\nparam on bool\n";
    let module = format!(
        "@secure()\nparam password string\n{NETWORK}{}{}",
        subnet("a", "!empty(password)"),
        subnet("b", "")
    );
    let main = format!(
        "{vault}module m 'm.bicep' = if (on) {{ name: 'm', params: {{ password: vault.getSecret('x') }} }}\n"
    );
    let found = findings(&[("/main.bicep", &main), ("/m.bicep", &module)], &["/main.bicep"]);
    assert_eq!(found[0].when.as_deref(), Some("`on` is true"));
}

/// Conditions that no reader finds in the source: of two declarations, of one of many, and a way that is one of several.
#[test]
fn that_both_are_deployed_is_said_in_place_of_what_nobody_reads() {
    let module = |subnets: &str| {
        format!(
            "param list array\nvar all = map(list, x => {{ name: x, on: x.?on ?? true, size: 1 }})\n{NETWORK}{subnets}"
        )
    };
    let conditional = |symbol: &str, at: usize| {
        subnet(symbol, &format!("length(filter(all, x => x.on && x.size > {at})) > {at}"))
    };
    let main = "param names array\nparam more array\nparam on bool\n\
                module m 'm.bicep' = if (on) { name: 'm', params: { list: concat(names, [for n in more: { n: n }]) } }\n";
    let told = |subnets: &[String]| {
        let found =
            findings(&[("/main.bicep", main), ("/m.bicep", &module(&subnets.concat()))], &["/main.bicep"]);
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].when.clone().unwrap_or_default()
    };
    assert_eq!(told(&[conditional("a", 0), subnet("b", "")]), "`on` is true and both are deployed");
    let three = [conditional("a", 0), subnet("b", ""), conditional("c", 0)];
    assert_eq!(told(&three), "`on` is true and both of a pair are deployed");
}
