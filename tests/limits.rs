//! Inputs that could cost more than they are long: each is analysed in time that a person would not notice, or says which
//! limit it has reached. The bounds are generous, as tests run unoptimised and beside others; what is exponential misses them
//! by far.

// In tests a panic is how a failure is told.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::check::{Request, check};
use bicep_race_lint::rules::finding::Report;
use bicep_race_lint::workspace::Memory;

const BOUND: Duration = Duration::from_secs(30);

/// Analyses files in memory, the first of which is the root.
fn analysed(files: &[(String, String)]) -> Report {
    let memory = files.iter().fold(Memory::default(), |memory, (path, text)| {
        memory.with(Path::new("/w").join(path), text.as_str())
    });
    let named = vec![Path::new("/w").join(&files[0].0)];
    let request = Request { named, base: PathBuf::from("/w"), ..Request::default() };
    let begin = Instant::now();
    let report = check(&request, Box::new(memory), &Catalog::default()).report;
    assert!(begin.elapsed() < BOUND, "it took {:?}", begin.elapsed());
    report
}

fn one(text: &str) -> Report {
    analysed(&[("main.bicep".to_owned(), text.to_owned())])
}

fn gateways(of: &str) -> String {
    format!(
        "resource v 'Microsoft.Network/vpnGateways@2024-01-01' = {{\n  name: 'v'\n  properties: {{ virtualHub: {{ id: {of} }} }}\n}}\n\
         resource e 'Microsoft.Network/expressRouteGateways@2024-01-01' = {{\n  name: 'e'\n  properties: {{ virtualHub: {{ id: {of} }} }}\n}}\n"
    )
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn a_diamond_of_modules_costs_its_files_not_its_paths() {
    // Every level calls the next one twice: 2^40 paths.
    let mut files = Vec::new();
    for level in 0..40 {
        let next = level + 1;
        let call = |name: &str| {
            format!(
                "module {name} 'm{next}.bicep' = {{\n  name: '{name}{level}'\n  params: {{ hub: hub }}\n}}\n"
            )
        };
        files
            .push((format!("m{level}.bicep"), format!("param hub string = 'h'\n{}{}", call("a"), call("b"))));
    }
    files.push(("m40.bicep".to_owned(), format!("param hub string\n{}", gateways("hub"))));
    let report = analysed(&files);
    assert!(
        rules(&report).contains(&"hub-gateways"),
        "the race at the bottom is seen: {:?}",
        report.coverage
    );
}

#[test]
fn a_deep_chain_of_modules_is_followed() {
    let mut files = Vec::new();
    for level in 0..300 {
        let next = level + 1;
        files.push((
            format!("m{level}.bicep"),
            format!("param hub string = 'h'\nmodule a 'm{next}.bicep' = {{\n  name: 'a'\n  params: {{ hub: hub }}\n}}\n"),
        ));
    }
    files.push(("m300.bicep".to_owned(), format!("param hub string\n{}", gateways("hub"))));
    let report = analysed(&files);
    let told = report.coverage.limits > 0 || rules(&report).contains(&"hub-gateways");
    assert!(told, "the race is found, or a limit is told: {:?}", report.coverage);
}

#[test]
fn variables_that_double_stay_small() {
    for join in [
        "'${PREV}${PREV}'",
        "union(PREV, PREV)",
        "[PREV, PREV]",
        "concat(PREV, PREV)",
        "{ a: PREV, b: PREV }",
    ] {
        let mut text = "param p string\nvar v0 = p\n".to_owned();
        for at in 1..200 {
            let _ = writeln!(text, "var v{at} = {}", join.replace("PREV", &format!("v{}", at - 1)));
        }
        text.push_str(&gateways("string(v199)"));
        assert_eq!(one(&text).coverage.declarations, 2, "{join}");
    }
}

#[test]
fn nested_conditions_are_decided_or_said_to_be_too_many() {
    let mut expression = "p".to_owned();
    let mut text = "param p string\n".to_owned();
    for at in 0..60 {
        let _ = writeln!(text, "param c{at} bool");
        expression = format!("c{at} ? {expression} : c{at} || c{} ? '{at}' : p", (at + 7) % 60);
        if at % 20 == 19 {
            let _ = writeln!(text, "var w{at} = {expression}");
            expression = format!("w{at}");
        }
    }
    text.push_str(&gateways(&expression));
    assert_eq!(one(&text).coverage.declarations, 2);
}

#[test]
fn long_unions_huge_ranges_and_growing_lambdas_end() {
    let many: Vec<String> = (0..250).map(|at| format!("{{ k{at}: p }}")).collect();
    for value in [
        format!("union({})", many.join(", ")),
        "range(0, 2147483647)".to_owned(),
        "map(range(0, 1000000), i => '${i}')".to_owned(),
        "reduce(range(0, 100), 'x', (a, b) => '${a}${a}')".to_owned(),
        "reduce(range(0, 1000), [], (a, b) => concat(a, a, [b]))".to_owned(),
        "map(range(0, 1000), a => map(range(0, 1000), b => map(range(0, 1000), c => a + b + c)))".to_owned(),
        "padLeft('x', 2147483647, 'y')".to_owned(),
        "replace(replace(replace(replace('aaaaaaaaaaaaaaaa', 'a', 'aaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaa')".to_owned(),
    ] {
        let text = format!("param p string\nvar v = {value}\n{}", gateways("string(v)"));
        assert_eq!(one(&text).coverage.declarations, 2, "{value}");
    }
}

#[test]
fn nodes_that_wait_for_each_other_are_told_and_end() {
    let gateway = |name: &str, ty: &str, on: &str| {
        format!(
            "resource {name} 'Microsoft.Network/{ty}@2024-01-01' = {{\n  name: '{name}'\n  properties: {{ virtualHub: {{ id: 'h' }} }}\n  \
             dependsOn: [{on}]\n}}\n"
        )
    };
    // In every order, as which of them comes last in a circle is a matter of chance.
    for names in [["a", "b", "c", "d"], ["b", "a", "d", "c"], ["d", "c", "b", "a"], ["c", "d", "a", "b"]] {
        let [one, two, three, four] = names;
        let text = [
            gateway(one, "vpnGateways", two),
            gateway(two, "p2svpnGateways", three),
            gateway(three, "expressRouteGateways", one),
            gateway(four, "vpnGateways", one),
        ]
        .concat();
        let report = analysed(&[("main.bicep".to_owned(), text)]);
        assert!(report.diagnostics.iter().any(|one| one.rule == "syntax"), "{:?}", report.diagnostics);
    }
}

#[test]
fn a_loop_over_a_huge_range_is_one_declaration() {
    let text = "param hub string\nresource v 'Microsoft.Network/vpnGateways@2024-01-01' = [for i in range(0, 1000000000): {\n  \
                name: 'v${i}'\n  properties: { virtualHub: { id: hub } }\n}]\n";
    assert_eq!(rules(&one(text)), ["parallel-loop"]);
}

#[test]
fn nesting_beyond_the_limit_is_told_and_the_rest_is_read() {
    for (open, close) in
        [("[", "]"), ("{ a: ", " }"), ("(", ")"), ("!", ""), ("-", ""), ("'${", "}'"), ("x ? ", " : x")]
    {
        let deep = format!("var v = {}1{}\n{}", open.repeat(5000), close.repeat(5000), gateways("'h'"));
        let report = one(&deep);
        assert!(report.coverage.syntax_errors > 0, "`{open}` is told");
        assert!(report.coverage.declarations == 2 || open == "'${", "`{open}`: what follows is read");
    }
}

#[test]
fn many_findings_of_one_file_are_told() {
    let mut text = String::new();
    for at in 0..1000 {
        let pair = gateways(&format!("'h{at}'"));
        let pair = pair
            .replace("resource v ", &format!("resource v{at} "))
            .replace("resource e ", &format!("resource e{at} "));
        text.push_str(&pair.replace("'v'", &format!("'v{at}'")).replace("'e'", &format!("'e{at}'")));
    }
    let report = one(&text);
    assert_eq!(report.coverage.declarations, 2000);
    assert!(report.findings.len() >= 1000 || report.coverage.limits > 0, "{}", report.findings.len());
}

#[test]
fn an_expression_that_is_too_large_is_told() {
    let rows = "param p string\nvar rows = [for i in range(0, 600): map(range(0, 600), j => toUpper('${p}${i}${j}'))]\n";
    let report = one(&format!("{rows}{}", gateways("rows[0][1]")));
    assert_eq!(report.coverage.limits, 1);
    let told =
        report.diagnostics.iter().any(|one| one.message == "an expression is too large to be evaluated");
    assert!(told, "{:?}", report.diagnostics);
}
