//! Large numbers: writers of one object, elements of one list, values of one id. Numbers above a threshold are decided
//! as well as those below it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::rules::finding::RuleId;
use bicep_race_lint::session::{Checked, Roots, check};
use bicep_race_lint::workspace::Memory;

const HUB: &str = "resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {\n  name: 'hub'\n}\n";

/// The result for some files, the first of which is the root: the findings, and whether a limit was reached.
struct Told {
    findings: Vec<String>,
    whens: Vec<String>,
    is_limited: bool,
}

fn told(files: &[(&str, String)]) -> Told {
    let memory = files.iter().fold(Memory::default(), |memory, (path, text)| {
        memory.with(Path::new("/w").join(path), text.as_str())
    });
    let named = vec![Path::new("/w").join(files[0].0)];
    let roots = Roots { named, base: PathBuf::from("/w"), ..Roots::default() };
    let Checked { report, .. } = check(&roots, memory, &Catalog::default());
    let wrong = report.diagnostics.iter().filter(|one| one.rule == RuleId::Syntax);
    assert_eq!(wrong.map(|one| &one.message).next(), None);
    Told {
        findings: report.findings.iter().map(|finding| finding.message.clone()).collect(),
        whens: report.findings.iter().filter_map(|finding| finding.when.clone()).collect(),
        is_limited: report.diagnostics.iter().any(|one| one.rule == RuleId::LimitReached),
    }
}

fn of_text(text: String) -> Told {
    told(&[("main.bicep", text)])
}

/// One line for each number, concatenated.
fn each(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        let _ = writeln!(text, "{}", line(at));
        text
    })
}

/// A gateway of the hub; the types alternate.
fn gateway(at: usize, condition: &str, rest: &str) -> String {
    let kind = ["vpnGateways", "expressRouteGateways"][at % 2];
    format!(
        "resource g{at} 'Microsoft.Network/{kind}@2024-05-01' = if ({condition}) {{\n  name: 'g{at}'\n  properties: {{ virtualHub: {{ \
         id: hub.id }} }}\n{rest}}}"
    )
}

/// Gateways of one hub with these conditions.
fn gateways(head: &str, count: usize, condition: impl Fn(usize) -> String) -> String {
    format!("{head}\n{HUB}{}", each(count, |at| gateway(at, &condition(at), "")))
}

#[track_caller]
fn is_quiet(told: &Told) {
    // An unusual order of gateways is not a race.
    let races = told.findings.iter().filter(|message| !message.contains("are ordered, but"));
    assert_eq!(races.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(!told.is_limited);
}

#[track_caller]
fn tells(told: &Told, part: &str) {
    assert!(told.findings.iter().any(|message| message.contains(part)), "{part}: {:?}", told.findings);
    assert!(!told.is_limited);
}

const NUMBERS: [usize; 5] = [64, 255, 256, 257, 600];

#[test]
fn any_number_of_exclusive_gateways_has_no_race() {
    for count in NUMBERS {
        is_quiet(&of_text(gateways("param mode string", count, |at| format!("mode == 'm{at}'"))));
        is_quiet(&of_text(
            gateways("param mode string", count, |at| format!("on && mode == 'm{at}'"))
                .replace("param mode string", "param mode string\nparam on bool"),
        ));
        // Three modes and the rest, combined with one flag each.
        let only = |at: usize| match at {
            0..=2 => format!("mode == 'm{at}'"),
            3 => "mode != 'm0' && mode != 'm1' && mode != 'm2'".to_owned(),
            _ => format!("mode == 'm0' && mode == 'm{at}'"),
        };
        is_quiet(&of_text(gateways("param mode string", count, only)));
    }
}

#[test]
fn the_last_two_of_many_are_found() {
    for count in NUMBERS {
        let last = |at: usize| if at + 1 == count { at - 1 } else { at };
        let pair = format!("`g{}` and `g{}`", count - 2, count - 1);
        let mode = "param mode string";
        tells(&of_text(gateways(mode, count, |at| format!("mode == 'm{}'", last(at)))), &pair);
        // The first and the last, and one that exists in every mode but one.
        let turned = |at: usize| if at + 1 == count { 0 } else { at };
        let ends = format!("`g0` and `g{}`", count - 1);
        tells(&of_text(gateways(mode, count, |at| format!("mode == 'm{}'", turned(at)))), &ends);
        let not =
            |at: usize| if at + 1 == count { "mode != 'm1'".to_owned() } else { format!("mode == 'm{at}'") };
        let several = of_text(gateways(mode, count, not));
        tells(&several, "`g0`");
        assert!(!several.is_limited);
    }
}

#[test]
fn a_mode_that_is_not_allowed_does_not_count() {
    let head = "@allowed([ 'm0', 'm1' ])\nparam mode string";
    let count = 300;
    is_quiet(&of_text(gateways(head, count, |at| format!("mode == 'm{at}'"))));
    // Nothing remains besides the two modes.
    let rest = |at: usize| match at {
        0 | 1 => format!("mode == 'm{at}'"),
        _ => "mode != 'm0' && mode != 'm1'".to_owned(),
    };
    is_quiet(&of_text(gateways(head, count, rest)));
    tells(&of_text(gateways("param mode string", count, rest)), "at the same time");
}

#[test]
fn conditions_over_eight_parameters() {
    let head = each(8, |at| format!("param p{at} bool"));
    let bits = |number: usize| -> String {
        let one = |bit: usize| format!("{}p{bit}", if number >> bit & 1 == 1 { "" } else { "!" });
        (0..8).map(one).collect::<Vec<_>>().join(" && ")
    };
    // Each gateway has its own world; the 257th shares the world of the first.
    is_quiet(&of_text(gateways(&head, 256, bits)));
    tells(&of_text(gateways(&head, 257, |at| bits(at % 256))), "`g0` and `g256`");
    // Gateways that share a world are ordered.
    let in_order = |at: usize| {
        let rest = if at >= 256 { format!("  dependsOn: [ g{} ]\n", at - 256) } else { String::new() };
        gateway(at, &bits(at % 256), &rest)
    };
    is_quiet(&of_text(format!("{head}\n{HUB}{}", each(700, in_order))));
    // All except one.
    let but_one = |at: usize| {
        let rest = if (256..699).contains(&at) {
            format!("  dependsOn: [ g{} ]\n", at - 256)
        } else {
            String::new()
        };
        gateway(at, &bits(at % 256), &rest)
    };
    tells(&of_text(format!("{head}\n{HUB}{}", each(700, but_one))), "g699");
}

#[test]
fn numbers_and_their_ranges() {
    // The bounds of their ranges are compared with two numbers each.
    let count = 300;
    let range = |at: usize| format!("n >= {at} && n < {}", at + 1);
    is_quiet(&of_text(gateways("param n int", count, range)));
    let last = |at: usize| format!("n >= {at} && n < {}", if at + 1 == count { at + 5 } else { at + 1 });
    is_quiet(&of_text(gateways("param n int", count, last)));
    let wide = |at: usize| format!("n >= {at} && n < {}", if at + 2 == count { at + 5 } else { at + 1 });
    tells(&of_text(gateways("param n int", count, wide)), "`g298` and `g299`");
    // One for each number, and one for all larger numbers.
    let above = |at: usize| if at + 1 == count { format!("n > {}", at - 1) } else { format!("n == {at}") };
    is_quiet(&of_text(gateways("param n int", count, above)));
    let at_least =
        |at: usize| if at + 1 == count { format!("n >= {}", at - 1) } else { format!("n == {at}") };
    tells(&of_text(gateways("param n int", count, at_least)), "`g298` and `g299`");
    is_quiet(&of_text(gateways("param n int", 3000, range)));
}

#[test]
fn two_parameters_that_are_compared_with_constants() {
    let head = "param mode string\nparam kind string";
    let both = |at: usize| format!("mode == 'm{}' && kind == 'k{}'", at % 25, at / 25);
    is_quiet(&of_text(gateways(head, 600, both)));
    let last = |at: usize| both(if at == 599 { 30 } else { at });
    tells(&of_text(gateways(head, 600, last)), "`g30` and `g599`");
    // One with a weaker condition races with all that have a stronger one.
    let less = |at: usize| if at == 599 { "mode == 'm3'".to_owned() } else { both(at) };
    tells(&of_text(gateways(head, 600, less)), "`g599`");
}

#[test]
fn ordered_groups_of_alternatives() {
    let count = 600;
    let head = each(count / 2, |at| format!("param p{at} bool"));
    let text = |alike: usize| {
        let one = |at: usize| {
            let not = if at % 2 == 1 && at != alike { "!" } else { "" };
            let rest = match at / 2 {
                0 => String::new(),
                group => format!("  dependsOn: [ g{}, g{} ]\n", 2 * group - 2, 2 * group - 1),
            };
            gateway(at, &format!("{not}p{}", at / 2), &rest)
        };
        format!("{head}\n{HUB}{}", each(count, one))
    };
    is_quiet(&of_text(text(count)));
    tells(&of_text(text(301)), "`g300` and `g301`");
    tells(&of_text(text(599)), "`g598` and `g599`");
}

#[test]
fn unlisted_pairs_are_counted() {
    let count = 300;
    let text = gateways(&each(count, |at| format!("param p{at} bool")), count, |at| format!("p{at}"));
    let files = Memory::default().with("/w/main.bicep", text.as_str());
    let roots = Roots { named: vec!["/w/main.bicep".into()], base: "/w".into(), ..Roots::default() };
    let report = check(&roots, files, &Catalog::default()).report;
    let finding = report.findings.iter().find(|finding| finding.rule == RuleId::HubGateways).unwrap();
    assert_eq!((finding.pairs.len(), finding.pairs_omitted), (100, 300 * 299 / 2 - 100));
}

#[test]
fn a_module_with_a_long_list() {
    let module =
        "param list array\nresource v 'Microsoft.Network/vpnGateways@2024-05-01' = [for (x, i) in list: "
            .to_owned()
            + ON_ITS_HUB
            + "]\n";
    for count in [64, 65, 257, 5000] {
        let call = |last: usize| {
            let names: Vec<String> =
                (0..count).map(|at| format!("'h{}'", if at + 1 == count { last } else { at })).collect();
            format!(
                "module m 'm.bicep' = {{\n  name: 'm'\n  params: {{ list: [\n{}\n] }}\n}}\n",
                names.join("\n")
            )
        };
        is_quiet(&told(&[("main.bicep", call(count)), ("m.bicep", module.clone())]));
        tells(&told(&[("main.bicep", call(0)), ("m.bicep", module.clone())]), "loop `v`");
        tells(&told(&[("main.bicep", call(count - 2)), ("m.bicep", module.clone())]), "loop `v`");
    }
}

#[test]
fn very_many_gateways_of_one_hub() {
    let count = 10_000;
    is_quiet(&of_text(gateways("param mode string", count, |at| format!("mode == 'm{at}'"))));
    let last = |at: usize| if at + 1 == count { at - 1 } else { at };
    tells(
        &of_text(gateways("param mode string", count, |at| format!("mode == 'm{}'", last(at)))),
        "`g9998` and `g9999`",
    );
}

#[test]
fn a_module_with_many_is_judged_by_its_arguments() {
    let count = 300;
    let module = |last: usize| {
        let of = |at: usize| {
            format!("mode == '{}'", if at + 1 == count { format!("m{last}") } else { format!("m{at}") })
        };
        ("m.bicep", gateways("param mode string", count, of))
    };
    let call = |head: &str, mode: &str| {
        (
            "main.bicep",
            format!("{head}\nmodule m 'm.bicep' = {{\n  name: 'm'\n  params: {{ mode: {mode} }}\n}}\n"),
        )
    };
    tells(&told(&[call("", "'m298'"), module(298)]), "`g298` and `g299`");
    tells(&told(&[call("param mode string", "mode"), module(298)]), "`g298` and `g299`");
    is_quiet(&told(&[call("", "'m297'"), module(298)]));
    is_quiet(&told(&[call("param mode string", "mode"), module(299)]));
    // The condition of the call counts, and so do the values that two calls pass together.
    let never = "module m 'm.bicep' = if (mode == 'm1') {\n  name: 'm'\n  params: { mode: mode }\n}\n";
    is_quiet(&told(&[("main.bicep", format!("param mode string\n{never}")), module(298)]));
    let twice =
        "module m 'm.bicep' = [for x in [ 'm1', 'm298' ]: {\n  name: 'm${x}'\n  params: { mode: x }\n}]\n";
    tells(&told(&[("main.bicep", twice.to_owned()), module(298)]), "at the same time");
    let flags = |last: usize| {
        let of = |at: usize| format!("flags[{}]", if at + 1 == count { last } else { at });
        ("m.bicep", gateways("param flags array", count, of))
    };
    let only = |on: &str| {
        let list = each(count, |at| format!("  {at} == {on}"));
        (
            "main.bicep",
            format!(
                "param on int\nmodule m 'm.bicep' = {{\n  name: 'm'\n  params: {{ flags: [\n{list}] }}\n}}\n"
            ),
        )
    };
    is_quiet(&told(&[only("on"), flags(299)]));
    is_quiet(&told(&[only("7"), flags(299)]));
    tells(&told(&[only("on"), flags(7)]), "`g7` and `g299`");
}

#[test]
fn one_writer_overwrites_what_many_add() {
    for count in [255, 256, 257, 600] {
        let subnet = |at: usize| {
            format!(
                "resource s{at} 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = if (mode == 'm{at}') {{\n  parent: net\n  name: \
                 's{at}'\n  properties: {{ addressPrefix: '10.0.{}.0/24' }}\n}}",
                at % 250
            )
        };
        let text = |properties: &str| {
            format!(
                "param mode string\nresource net 'Microsoft.Network/virtualNetworks@2024-05-01' = {{\n  name: 'net'\n  properties: \
                 {{{properties} }}\n}}\n{}",
                each(count, subnet)
            )
        };
        is_quiet(&of_text(text("")));
        tells(&of_text(text(" subnets: [] ")), "`net`");
        // All added elements are listed except one.
        let listed = |but: usize| {
            let one = |at: usize| {
                format!("{{ name: 's{at}', properties: {{ addressPrefix: '10.0.{}.0/24' }} }}", at % 250)
            };
            let names = (0..count).filter(|&at| at != but).map(one);
            format!(" subnets: [ {} ] ", names.collect::<Vec<_>>().join(", "))
        };
        is_quiet(&of_text(text(&listed(count))));
        tells(&of_text(text(&listed(count - 1))), "`net`");
    }
}

/// A loop over literal elements, each on the hub of that name.
fn list(elements: &[String], body: &str) -> String {
    format!(
        "var list = [\n{}\n]\nresource v 'Microsoft.Network/vpnGateways@2024-05-01' = [for (x, i) in list: {body}]\n",
        elements.join("\n")
    )
}

const ON_ITS_HUB: &str = "{\n  name: 'v${i}'\n  properties: { virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', x) } }\n}";

#[test]
fn two_elements_of_a_list_of_any_length_share_a_hub() {
    for count in [3, 64, 65, 66, 255, 256, 257, 5000] {
        let names = |last: usize| -> Vec<String> {
            (0..count).map(|at| format!("'h{}'", if at + 1 == count { last } else { at })).collect()
        };
        is_quiet(&of_text(list(&names(count), ON_ITS_HUB)));
        let ends = of_text(list(&names(0), ON_ITS_HUB));
        tells(&ends, &format!("instances 0 and {} of loop `v` may write virtual hub `h0`", count - 1));
        let neighbours = of_text(list(&names(count - 2), ON_ITS_HUB));
        tells(&neighbours, &format!("instances {} and {} of loop `v`", count - 2, count - 1));
        assert!(ends.whens.is_empty() && neighbours.whens.is_empty());
        // One after the other.
        is_quiet(&of_text(list(&names(0), ON_ITS_HUB).replace("resource v", "@batchSize(1)\nresource v")));
    }
}

#[test]
fn elements_that_a_condition_selects() {
    let body = "if (x.on) {\n  name: 'v${i}'\n  properties: { virtualHub: { id: hub.id } }\n}";
    for count in [64, 65, 257, 1000] {
        let objects = |is_on: &dyn Fn(usize) -> bool| -> Vec<String> {
            (0..count).map(|at| format!("  {{ on: {} }}", is_on(at))).collect()
        };
        let text = |is_on: &dyn Fn(usize) -> bool| format!("{HUB}{}", list(&objects(is_on), body));
        is_quiet(&of_text(text(&|_| false)));
        is_quiet(&of_text(text(&|at| at == 3)));
        is_quiet(&of_text(text(&|at| at + 1 == count)));
        tells(&of_text(text(&|at| at == 3 || at + 1 == count)), &format!("instances 3 and {}", count - 1));
        tells(&of_text(text(&|at| at != 3)), "the instances of loop `v`");
    }
}

#[test]
fn waiting_for_the_last_of_a_chain_is_waiting_for_all() {
    for count in [64, 65, 66, 300] {
        let text = |which: usize, batch: usize| {
            format!(
                "{HUB}@batchSize({batch})\nresource v 'Microsoft.Network/expressRouteGateways@2024-05-01' = [for i in range(0, {count}): \
                 {{\n  name: 'v${{i}}'\n  properties: {{ virtualHub: {{ id: hub.id }} }}\n}}]\nresource g \
                 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'g'\n  properties: {{ virtualHub: {{ id: hub.id }} }}\n  \
                 dependsOn: [ v[{which}] ]\n}}\n"
            )
        };
        is_quiet(&of_text(text(count - 1, 1)));
        tells(&of_text(text(count - 2, 1)), "`v` and `g`");
        tells(&of_text(text(0, 1)), "`v` and `g`");
        tells(&of_text(text(count - 1, 2)), "`v`");
    }
}

#[test]
fn no_message_names_an_element_that_has_no_name() {
    // Too many to be distinguished.
    let body = "if (list[i] == 'h7') {\n  name: 'v${i}'\n  properties: { virtualHub: { id: hub.id } }\n}";
    let names: Vec<String> = (0..10_001).map(|at| format!("'h{at}'")).collect();
    let told = of_text(format!("{HUB}{}", list(&names, body)));
    assert!(told.is_limited);
    for text in told.findings.iter().chain(&told.whens) {
        assert!(!text.contains("someindex") && !text.contains('…'), "{text}");
    }
}

/// Two gateways: one on the hub of a name, one on the hub of another name.
fn two(head: &str, name: &str, other: &str) -> String {
    let gateway = |symbol: &str, name: &str| {
        format!(
            "resource {symbol} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: '{symbol}'\n  properties: {{ virtualHub: {{ id: \
             resourceId('Microsoft.Network/virtualHubs', {name}) }} }}\n}}\n"
        )
    };
    format!("{head}\n{}{}", gateway("a", name), gateway("b", other))
}

#[test]
fn an_id_chosen_by_many_conditions() {
    for count in [2, 15, 16, 17, 100] {
        let head = each(count, |at| format!("param c{at} bool"));
        let chain = each(count, |at| format!("var t{} = c{at} ? 'n{at}' : t{at}", at + 1));
        let chained = format!("{head}{}\n{chain}", "var t0 = 'last'");
        let name = format!("t{count}");
        let nested = (0..count).fold("'last'".to_owned(), |inner, at| format!("c{at} ? 'n{at}' : {inner}"));
        let turned = each(count, |at| format!("var t{} = !c{at} ? t{at} : 'n{at}'", at + 1));
        let turned = format!("{head}var t0 = 'last'\n{turned}");
        for (head, name) in [(&chained, &name), (&turned, &name), (&head, &nested)] {
            tells(&of_text(two(head, name, "'last'")), "`a` and `b`");
            tells(&of_text(two(head, name, "'n0'")), "`a` and `b`");
            tells(&of_text(two(head, name, &format!("'n{}'", count - 1))), "`a` and `b`");
            is_quiet(&of_text(two(head, name, "'other'")));
            tells(&of_text(two(head, name, name)), "`a` and `b`");
            // The last name is chosen only if the first condition is false.
            let quiet = two(head, name, "'last'").replace(
                "resource b 'Microsoft.Network/vpnGateways@2024-05-01' = {",
                "resource b \
                 'Microsoft.Network/vpnGateways@2024-05-01' = if (c0) {",
            );
            is_quiet(&of_text(quiet));
        }
    }
}
