//! Inputs whose cost could grow much faster than their length: each is analysed in a short time, or the report names
//! the limit that was reached. The time limits are generous, because tests run unoptimised and in parallel; an
//! exponential analysis exceeds them by far.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::limit::{Limit, Stage};
use bicep_race_lint::rules::finding::{Report, RuleId};
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Memory;
use petgraph::algo::is_cyclic_directed;
use petgraph::graph::DiGraph;
use proptest::prelude::*;

const BOUND: Duration = Duration::from_mins(2);

const ERROR_LIMIT: usize = Limit::SyntaxErrors.number() as usize;
const DEPTH: usize = Limit::ModuleLevels.number() as usize;
const MISTAKES: usize = Limit::Mistakes.number() as usize;
const FINDINGS: usize = Limit::RootFindings.number() as usize;

/// Analyses files in memory, the first of which is the root.
fn analysed(files: &[(String, String)]) -> Report {
    let memory = files.iter().fold(Memory::default(), |memory, (path, text)| {
        memory.with(Path::new("/w").join(path), text.as_str())
    });
    let named = vec![Path::new("/w").join(&files[0].0)];
    let roots = Roots { named, base: PathBuf::from("/w"), ..Roots::default() };
    let begin = Instant::now();
    let report = check(&roots, memory, &Catalog::default()).report;
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

/// The limits in a report with their places. The coverage must have the same count.
fn limits(report: &Report) -> Vec<String> {
    let told: Vec<String> = report
        .diagnostics
        .iter()
        .filter(|one| one.rule == RuleId::LimitReached)
        .map(|one| {
            let file = report.sources.file(one.place.file);
            let at = file.position(one.place.span.start);
            format!("{}:{}:{}: {}", file.path, at.line, at.column, one.message)
        })
        .collect();
    assert_eq!(report.coverage.limits, told.len() as u64, "{told:?}");
    told
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn a_diamond_of_modules_costs_its_files_not_its_paths() {
    // Every level calls the next one twice, which makes 2^40 paths.
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
            format!("param hub string = 'h'\nmodule a 'm{next}.bicep' = {{\n  name: 'a{level}'\n  params: {{ hub: hub }}\n}}\n"),
        ));
    }
    files.push(("m300.bicep".to_owned(), format!("param hub string\n{}", gateways("hub"))));
    let report = analysed(&files);
    assert_eq!((rules(&report), limits(&report)), (vec!["hub-gateways"], vec![]));
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
        assert_eq!(rules(&one(&text)), ["hub-gateways"], "{join}: whatever it is, both have it");
    }
}

#[test]
fn nested_conditions_choose_one_object() {
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
    assert_eq!(rules(&one(&text)), ["hub-gateways"], "whichever it is, both have it");
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
        assert_eq!(rules(&one(&text)), ["hub-gateways"], "{value}: whatever it is, both have it");
    }
}

/// Gateways of one hub, each with its dependencies.
fn waiting(waits: &[Vec<usize>]) -> String {
    let gateway = |(at, on): (usize, &Vec<usize>)| {
        let ty = ["vpnGateways", "p2svpnGateways", "expressRouteGateways"][at % 3];
        let condition = if at % 2 == 1 { format!("if (with{at}) ") } else { String::new() };
        let on: Vec<String> = on.iter().map(|on| format!("g{on}")).collect();
        format!(
            "param with{at} bool\nresource g{at} 'Microsoft.Network/{ty}@2024-01-01' = {condition}{{\n  name: 'g{at}'\n  \
             properties: {{ virtualHub: {{ id: 'h' }} }}\n  dependsOn: [{}]\n}}\n",
            on.join(", ")
        )
    };
    waits.iter().enumerate().map(gateway).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// It is arbitrary which node of a cycle comes last, and the remaining walks must terminate for any choice.
    #[test]
    fn nodes_that_wait_for_each_other_are_reported_and_terminate(
        waits in prop::collection::vec(prop::collection::btree_set(0_usize..7, 0..4), 7)
    ) {
        let waits: Vec<Vec<usize>> = waits.into_iter().map(|on| on.into_iter().collect()).collect();
        let mut graph = DiGraph::<(), ()>::new();
        let nodes: Vec<_> = waits.iter().map(|_| graph.add_node(())).collect();
        for (late, on) in waits.iter().enumerate() {
            for &early in on {
                graph.add_edge(nodes[late], nodes[early], ());
            }
        }
        let report = analysed(&[("main.bicep".to_owned(), waiting(&waits))]);
        let is_told = report.diagnostics.iter().any(|one| one.rule == RuleId::Syntax);
        prop_assert_eq!(is_told, is_cyclic_directed(&graph), "{:?}", report.diagnostics);
    }
}

#[test]
fn a_loop_over_a_huge_range_is_one_declaration() {
    let text = "param hub string\nresource v 'Microsoft.Network/vpnGateways@2024-01-01' = [for i in range(0, 1000000000): {\n  \
                name: 'v${i}'\n  properties: { virtualHub: { id: hub } }\n}]\n";
    assert_eq!(rules(&one(text)), ["parallel-loop"]);
}

#[test]
fn nesting_beyond_the_limit_is_reported_and_the_rest_is_read() {
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
fn many_findings_of_one_file_are_reported() {
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
    assert_eq!((report.findings.len(), limits(&report)), (1000, vec![]));
}

#[test]
fn a_too_large_expression_is_reported() {
    let rows = "param p string\nvar rows = [for i in range(0, 600): map(range(0, 600), j => toUpper('${p}${i}${j}'))]\n";
    let report = one(&format!("{rows}{}", gateways("rows[0][1]")));
    assert_eq!(report.coverage.limits, 1);
    assert_eq!(
        limits(&report),
        [
            "main.bicep:5:35: the lambda budget of this template is exhausted; this expression counts as unknown"
        ]
    );
}

#[test]
fn syntax_errors_beyond_the_limit_are_reported() {
    let few = one(&"var\n".repeat(ERROR_LIMIT - 1));
    assert_eq!((few.coverage.syntax_errors, few.coverage.limits), (ERROR_LIMIT as u64 - 1, 0));
    let report = one(&"var\n".repeat(ERROR_LIMIT + 1));
    assert_eq!((report.coverage.syntax_errors, report.coverage.limits), (ERROR_LIMIT as u64, 1));
    let told = format!(
        "main.bicep:{ERROR_LIMIT}:4: only the first {ERROR_LIMIT} syntax errors of this file are reported; there may be more"
    );
    assert_eq!(limits(&report), [told]);
}

#[test]
fn mistakes_beyond_the_limit_are_reported() {
    let of = |count: usize| (0..count).fold(String::new(), |text, at| format!("{text}var v{at} = nothing\n"));
    assert_eq!(limits(&one(&of(MISTAKES))), [""; 0]);
    let report = one(&of(MISTAKES + 5));
    let told = report.diagnostics.iter().filter(|one| one.message.contains("is not declared")).count();
    assert_eq!(told, MISTAKES);
    let line = MISTAKES + 1;
    let told = format!(
        "main.bicep:{line}:13: only the first {MISTAKES} mistakes of this template are reported; more exist from here on"
    );
    assert_eq!(limits(&report), [told]);
}

#[test]
fn modules_below_the_deepest_level_are_reported() {
    let chain = |levels: usize| -> Vec<(String, String)> {
        let call = |level: usize| {
            format!(
                "param hub string = 'h'\nmodule a 'm{}.bicep' = {{\n  name: 'a{level}'\n  params: {{ hub: hub }}\n}}\n",
                level + 1
            )
        };
        let mut files: Vec<_> = (0..levels).map(|level| (format!("m{level}.bicep"), call(level))).collect();
        files.push((format!("m{levels}.bicep"), format!("param hub string\n{}", gateways("hub"))));
        files
    };
    let report = analysed(&chain(DEPTH));
    assert_eq!((rules(&report), limits(&report)), (vec!["hub-gateways"], vec![]));
    let report = analysed(&chain(DEPTH + 1));
    let told = format!(
        "m0.bicep:2:10: modules refer to each other in more than {DEPTH} levels; this one is not followed"
    );
    assert_eq!((rules(&report), limits(&report)), (vec![], vec![told]));
    assert_eq!(report.coverage.unresolved_modules, 1, "{:?}", report.coverage);
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let mut text = String::new();
    for at in 0..=FINDINGS {
        let one = gateways(&format!("'h{at}'"));
        let one = one.replace("resource v ", &format!("resource v{at} "));
        text.push_str(
            &one.replace("resource e ", &format!("resource e{at} "))
                .replace("name: '", &format!("name: '{at}")),
        );
    }
    let report = one(&text);
    assert_eq!(report.findings.len(), FINDINGS);
    assert_eq!(
        limits(&report),
        [format!(
            "main.bicep:1:1: only the first {FINDINGS} findings of this root are reported; 1 more exist"
        )]
    );
    assert_eq!(report.coverage.limits, 1);
}

#[test]
fn the_one_pair_at_the_end_of_a_long_chain_is_found() {
    // 4,999 gateways in a chain, and a last one that waits for all of them except its predecessor: one pair among 12
    // million.
    let mut text = String::new();
    for at in 0..5000 {
        let before = if at == 4999 { at - 2 } else { at.max(1) - 1 };
        let waits = if at == 0 { String::new() } else { format!("  dependsOn: [ g{before} ]\n") };
        let _ = writeln!(
            text,
            "resource g{at} 'Microsoft.Network/vpnGateways@2024-01-01' = {{\n  name: 'g{at}'\n  properties: {{ virtualHub: {{ id: 'h' }} }}\n{waits}}}"
        );
    }
    let report = one(&text);
    assert_eq!(rules(&report), ["hub-gateways"]);
    let writers: Vec<&str> = report.findings[0].participants.iter().map(|one| one.symbol.as_str()).collect();
    assert_eq!(writers, ["g4998", "g4999"]);
}

#[test]
fn nested_unions_of_types_terminate() {
    let mut text = "type t0 = 'a' | 'b' | null\n".to_owned();
    for at in 1..31 {
        let _ = writeln!(text, "type t{at} = {}", vec![format!("t{}", at - 1); 10].join(" | "));
    }
    let report = one(&format!("{text}param p t30\n{}", gateways("p")));
    assert_eq!(rules(&report), ["hub-gateways"]);
}

#[test]
fn pairs_that_a_call_unites_are_limited_per_call() {
    // Two hundred hubs in terms of the module, which the call makes one: two million pairs.
    let hubs = 200;
    let mut module = String::new();
    let mut call = "module all 'm.bicep' = {\n  name: 'all'\n  params: {\n".to_owned();
    for hub in 0..hubs {
        let _ = writeln!(module, "param hub{hub} string");
        let _ = writeln!(call, "    hub{hub}: 'hub'");
        for at in 0..10 {
            let _ = writeln!(
                module,
                "resource g{hub}_{at} 'Microsoft.Network/vpnGateways@2024-01-01' = {{\n  name: 'g{hub}_{at}'\n  \
                 properties: {{ virtualHub: {{ id: hub{hub} }} }}\n}}"
            );
        }
    }
    call.push_str("  }\n}\n");
    let report = analysed(&[("main.bicep".to_owned(), call), ("m.bicep".to_owned(), module)]);
    assert_eq!(
        limits(&report),
        [
            "main.bicep:1:8: more than 10000 pairs meet inside the module; the rest were not analysed for this call"
        ]
    );
    assert!(rules(&report).contains(&"hub-gateways"));
}

#[test]
fn computed_texts_share_one_budget() {
    // Three thousand texts of sixty kilobytes.
    let long = "x".repeat(60_000);
    let of = format!("map(range(0, 3000), at => '{long}${{at}}')[2999]");
    let report = one(&gateways(&of));
    assert_eq!(
        limits(&report),
        [
            "main.bicep:3:35: the texts of this root take more than 134217728 bytes; this one counts as unknown"
        ]
    );
}

/// The generated part of the page of limits.
fn page() -> String {
    let mut page = String::new();
    let mut chapter: Option<Stage> = None;
    for &limit in Limit::ALL {
        if chapter.replace(limit.stage()) != Some(limit.stage()) {
            let _ = write!(
                page,
                "\n## {}\n\n| what | limit | reported as |\n| --- | --- | --- |\n",
                limit.stage().heading()
            );
        }
        let _ = writeln!(page, "| {} | {} | {} |", limit.what(), limit.number(), limit.told());
    }
    page
}

/// `docs/limits.md` is generated from `Limit`; `.ci/derive` rewrites it.
#[test]
fn the_page_of_limits_matches_the_code() {
    const MARK: &str = "<!-- derived from `src/limit.rs` by `.ci/derive` -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let (head, derived) = written.split_once(MARK).unwrap();
    if std::env::var_os("UPDATE_LIMITS").is_some() {
        std::fs::write(&path, format!("{head}{MARK}{}", page())).unwrap();
    } else {
        assert_eq!(derived, page(), "stale: run `.ci/derive`");
    }
    let mut stages: Vec<Stage> = Limit::ALL.iter().map(|limit| limit.stage()).collect();
    assert!(stages.is_sorted(), "a chapter of the page is one run of the list");
    stages.dedup();
    assert_eq!(stages.len(), 5);
}

/// Numeric constants that do not limit the analysis, with the reason. Every limit of the analysis is a [`Limit`].
const NO_LIMITS: &[(&str, &[&str])] = &[
    ("above this number a tree may be deep, and is measured", &["LOW_CHAIN", "LOW_NESTING"]),
    ("how the words of an error are compared with a form", &["LONGEST_GAP", "LEAST_LINES_OF_LOG"]),
    (
        "length of a text that a message quotes",
        &[
            "SHOWN_CHARACTERS",
            "LONGEST",
            "SHOWN",
            "QUOTED",
            "SHOWN_KEYS",
            "MAX_QUOTED_CHARS",
            "MAX_CHARS",
            "MAX_ELEMENTS",
            "MAX_MESSAGE_CHARS",
            "MAX_LABEL",
            "MAX_LINE_CHARS",
        ],
    ),
    ("the rest of a remedy is counted, and `--diff` prints all of it", &["MAX_LINES"]),
    ("other places of one finding, whose writers the message names", &["MAX_RELATED"]),
    ("where the next declaration is looked for after an error", &["DECORATOR_TOKENS"]),
    (
        "memory or threads; the result is the same",
        &[
            "REMEMBERED",
            "KEPT_TOKENS",
            "SIDE_BY_SIDE",
            "WORTH_THREADS",
            "AT_ONCE",
            "FEW",
            "ROOM",
            "REPLACED",
            "INDEXES",
            "COMBINED",
            "KEPT",
            "FAR_DEPTH",
        ],
    ),
    (
        "bits and representation",
        &[
            "TOP",
            "DECODED",
            "ANY",
            "FROM_CALL",
            "FIRST_COPY",
            "OTHER_COPY",
            "BRANCHES",
            "OWN_BITS",
            "NOWHERE",
            "VERSION",
            "NUMBER",
        ],
    ),
    ("a rule of Bicep or of Azure", &["LONGEST_NAME", "UNIQUE", "GUID", "LARGEST_TEMPLATE"]),
    ("the schema of an ARM template comes soon after its key", &["NEAR_SCHEMA"]),
    ("seconds and milliseconds of a day", &["DAY", "MS_OF_DAY"]),
    (
        "weights of `explain`",
        &[
            "WEIGHT_OF_TEXT",
            "WEIGHT_OF_CODE",
            "LEAST_WEIGHT",
            "WEIGHT_OF_OBJECT_TYPE",
            "WEIGHT_OF_WRITER_TYPE",
            "WEIGHT_OF_TARGET",
            "WEIGHT_OF_ALL_WRITERS",
            "WEIGHT_OF_LEVEL",
            "COMMON",
            "MIN_SHARE_PERCENT",
        ],
    ),
    ("JSON in JSON of an error text that `explain` reads; no template", &["DEEPEST"]),
    ("a word and a sentence have answers of two kinds", &["MAX_WORDS", "MIN_INNER"]),
    (
        "a share of a budget that is free",
        &["FREE_STEPS", "FREE_VISITS", "FREE", "WORK_OF_NODE", "WORK_OF_NODES"],
    ),
    ("a larger world is shown as it was found, and a larger module is analysed with its callers", &["SMALL"]),
    ("beyond it a value that `reduce` makes of a filtered list is unknown", &["UNDECIDED"]),
    ("beyond it two ids count as possibly equal, which is the safe side", &["DEPTH", "MAX_COMPARED"]),
    ("beyond it every added element must be contained, which is the safe side", &["MAX_ADDED_GROUPS"]),
    ("beyond it a length is unknown, which is the safe side", &["PARTS_OF_LENGTH"]),
    ("results with equal line starts are told apart by a number", &["MAX_LINE"]),
    (
        "both ways are exact",
        &["LOOKED_AT", "SPELT_OUT", "MAX_PAIRED", "JUDGED", "SPARSE", "PAIRED", "LISTED"],
    ),
    ("beyond it the remedy is left out instead of a possibly wrong edit", &["MAX_SINGLY"]),
    ("which of two right orders a remedy takes", &["SLOW"]),
    ("beyond it a remedy waits for whole loops, which is the safe side", &["MAX_JUDGED"]),
    ("reasons of one edge; one is enough", &["MAX_REASONS"]),
    ("an ignored folder is only searched to report that its templates are ignored", &["PEEKED"]),
    ("unchanged lines around a change that is shown", &["CONTEXT"]),
    ("the number of a limit", &["LEVELS", "REPORTED"]),
    (
        "beyond it the limit on the effects of one object is reported",
        &["APART", "STEPS_OF_PAIR", "DEEPEST_ASSUMPTION", "OF_INSTANCES"],
    ),
    ("beyond it the limit on the ids of one id is reported", &["COMBINATIONS"]),
    (
        "the number of omitted items is shown: `and 3 more`",
        &[
            "STALE",
            "SUGGESTED",
            "MAX_PAIRS",
            "MAX_NAMED",
            "MAX_OTHERS",
            "MAX_PLACES",
            "MAX_FIX_ROUNDS",
            "MAX_FIX_TRIES",
            "MAX_LABELS",
            "MAX_WRITERS",
            "MAX_SERVED",
            "MOST",
            "MAX_LINES",
            "MAX_BYTES",
            "MAX_BOXES",
            "MAX_CHARACTERS",
            "MOST_TASKS",
            "MAX_TASKS",
            "MAX_DESCRIBED",
            "MAX_MARKS",
            "TABLE",
            "PICTURES",
            "WHOLE",
            "MAX_DRAWN",
        ],
    ),
    ("beyond it a page shows the command that draws the picture", &["MOST_ROWS", "MAX_ROWS"]),
    (
        "a row that stands for its contents, with their minutes",
        &["MOST_INSTANCES", "MAX_INSTANCES", "ASSUMED_INSTANCES"],
    ),
    (
        "numbers that GitHub or Azure Pipelines keeps",
        &["MAX_LOCATIONS", "MAX_STEPS", "MAX_ANNOTATIONS", "MAX_ISSUES"],
    ),
    ("a picture with unrouted lines; all boxes and lines are there", &["MAX_KNOTS", "MAX_PASSES"]),
    ("one template called often: its races are drawn at the first calls", &["MOST_CALLS", "MAX_CALLS"]),
    ("a larger value is rejected, not cut", &["MAX_MINUTES"]),
    ("beyond it an order counts as needed", &["MENTIONED_LEVELS", "SHORTEST_NAME"]),
    ("an exit code", &["CODE"]),
    ("the words of the longest name that Terraform has for a type", &["MOST_WORDS_OF_A_TYPE"]),
    ("beyond it a value is `…` in messages", &["MAX_VALUES", "MAX_DEPTH", "SHORTEST_PART"]),
    ("lines around a mark", &["BEFORE", "AFTER"]),
    ("findings that a page shows expanded", &["MAX_OPEN"]),
    ("beyond it the numbers are not tried one by one, and all count as possible", &["FEW"]),
    ("positions of the parts of an id", &["SUBSCRIPTION", "GROUP", "FIRST_NAME"]),
    ("levels between an id and the object that it names", &["PARENTS"]),
    ("the hash algorithm of GitHub", &["WINDOW", "FACTOR", "END", "LINE_FEED"]),
    (
        "sizes on paper and screen",
        &[
            "MIN_WIDTH",
            "WIDEST",
            "NEAR",
            "SIDE",
            "GAP",
            "WIDTH",
            "NAMES",
            "TIMES",
            "ROW",
            "BAR",
            "HEAD",
            "MARGIN",
            "FIELD",
            "MEANS",
        ],
    ),
    (
        "which of two correct wordings of a condition or of a chain is the shorter one",
        &["MANY", "MAX_JOINT", "MAX_CONDITION", "MAX_SUBJECT", "MAX_OPTIONS"],
    ),
    ("with more, a world is shown as it was found", &["MANY_ATOMS", "MAX_OF_PAIR"]),
    (
        "with more, all shortest ways to the template of a finding are named, as if each led to the race",
        &["MAX_FOLLOWED", "MAX_FOLLOWED_IN_ALL", "MAX_WORLDS", "FOR_ONE", "IN_ALL"],
    ),
];

#[test]
fn a_number_that_bounds_the_analysis_is_a_limit() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let known: Vec<&str> = NO_LIMITS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let mut unknown = Vec::new();
    for folder in [
        "syntax",
        "template",
        "workspace",
        "azure",
        "eval",
        "deployment",
        "race",
        "rules",
        "fix",
        "config",
        "report",
        "timeline",
        "observed",
        "cli",
    ] {
        for entry in walkdir::WalkDir::new(src.join(folder)).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.path().extension().is_none_or(|end| end != "rs") {
                continue;
            }
            for line in std::fs::read_to_string(entry.path()).unwrap().lines() {
                let Some((_, constant)) = line.split_once("const ") else { continue };
                let Some((name, ty)) = constant.split_once(": ") else { continue };
                let is_number = ["u8", "u16", "u32", "u64", "usize", "i32", "i64"]
                    .iter()
                    .any(|number| ty.strip_prefix(number).is_some_and(|rest| rest.starts_with(" =")));
                if is_number && !known.contains(&name) {
                    unknown.push(format!("{}: {line}", entry.path().display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "no limits, and not known to bound nothing:\n{}", unknown.join("\n"));
}
