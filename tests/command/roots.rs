//! Which templates of a folder are analysed as roots: those that no other template deploys.

use std::path::Path;

use serde_json::Value;

use crate::process::{RACY, folder, run, write};

/// The JSON report of a run on a folder.
fn report(folder: &Path) -> Value {
    let (text, _) = run(folder, &["--format", "json", "--level", "note"]);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Whether `hub.bicep` is a root in the report, so that its race is found without a caller.
fn is_root_in(report: &Value) -> bool {
    let mut roots =
        report["findings"].as_array().unwrap().iter().flat_map(|one| one["roots"].as_array().unwrap());
    roots.any(|root| root == "hub.bicep")
}

/// Whether `hub.bicep` is a root next to these files; if not, the report lists it as analysed through its callers.
fn is_root(files: &[(&str, &str)]) -> bool {
    let folder = folder();
    write(folder.path(), "hub.bicep", format!("param on bool = true\nparam names array = []\n{RACY}"));
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    let report = report(folder.path());
    let is_root = is_root_in(&report);
    let through = report["coverage"]["throughCallers"].as_array();
    let is_listed = through.is_some_and(|all| all.iter().any(|path| path == "hub.bicep"));
    assert_ne!(is_root, is_listed, "{files:?} {report:#}");
    is_root
}

/// A caller of `hub.bicep`, which contains the race.
fn call(before: &str, head: &str, arguments: &str) -> String {
    let end = if head.starts_with('[') { "]" } else { "" };
    format!("{before}\nmodule m 'hub.bicep' = {head} {{\n  name: 'm'\n  params: {{ {arguments} }}\n}}{end}\n")
}

#[test]
fn a_caller_that_never_deploys_hides_nothing() {
    let table = [
        ("", "if (false)", true),
        ("", "if (!true)", true),
        ("", "if (1 == 2)", true),
        ("var on = false", "if (on)", true),
        ("var stages = { dev: true, prod: false }", "if (stages.prod)", true),
        ("param a bool", "if (a && false)", true),
        ("param a bool", "if (a && !a)", true),
        ("@allowed([ 'dev', 'test' ])\nparam stage string", "if (stage == 'prod')", true),
        ("", "[for name in []:", true),
        ("var names = []", "[for name in names:", true),
        ("", "[for i in range(0, 0):", true),
        ("var names = filter([ 'a', 'b' ], name => name == 'c')", "[for name in names:", true),
        ("", "[for name in [ 'a' ]: if (name == 'b')", true),
        // These calls may deploy the module.
        ("", "", false),
        ("", "if (true)", false),
        ("param a bool", "if (a)", false),
        ("param a bool = false", "if (a)", false),
        ("param a string", "if (a == 'prod')", false),
        ("var on = true", "if (on)", false),
        ("param names array", "[for name in names:", false),
        ("param names array = []", "[for name in names:", false),
        ("", "[for name in [ 'a', 'b' ]: if (name == 'b')", false),
        ("var c = loadJsonContent('gone.json')", "if (c.on)", false),
    ];
    for (before, head, expected) in table {
        let caller = call(before, head, "");
        assert_eq!(is_root(&[("main.bicep", &caller)]), expected, "{caller}");
    }
}

#[test]
fn arguments_decide_whether_a_caller_deploys_the_module() {
    let middle = "param on bool = true\nparam names array = []\n\
                  module a 'hub.bicep' = if (on && length(names) > 1) { name: 'a' }\n";
    let top = |arguments: &str| {
        format!("module m 'mid.bicep' = {{\n  name: 'm'\n  params: {{ {arguments} }}\n}}\n")
    };
    let table = [
        ("names: [ 'a', 'b' ]", false),
        ("on: true, names: [ 'a', 'b' ]", false),
        ("on: false, names: [ 'a', 'b' ]", true),
        ("names: [ 'a' ]", true),
        // The default applies if a call does not set the parameter.
        ("on: true", true),
    ];
    for (arguments, expected) in table {
        let files = [("main.bicep", &*top(arguments)), ("mid.bicep", middle)];
        assert_eq!(is_root(&files), expected, "{arguments}");
        // If a second call deploys it, the module is not a root.
        let both = top(arguments) + &top("names: [ 'x', 'y' ]").replace("module m", "module n");
        assert!(!is_root(&[("main.bicep", &both), ("mid.bicep", middle)]), "{arguments}");
    }
    // The same through two levels, where the elements of a loop decide.
    let low = "param on bool\nmodule h 'hub.bicep' = if (on) { name: 'h' }\n";
    let mid = "param all array\nmodule l 'low.bicep' = [for one in all: {\n  name: one.name\n  params: { on: one.on }\n}]\n";
    for (value, expected) in [("true", false), ("false", true)] {
        let main = format!(
            "module m 'mid.bicep' = {{\n  name: 'm'\n  params: {{ all: [ {{ name: 'a', on: false }}, {{ name: 'b', on: {value} }} ] }}\n}}\n"
        );
        assert_eq!(
            is_root(&[("main.bicep", &main), ("mid.bicep", mid), ("low.bicep", low)]),
            expected,
            "{value}"
        );
    }
    // A parameter file counts as a caller.
    let never = top("on: false, names: [ 'a', 'b' ]");
    for (on, expected) in [("true", false), ("false", true)] {
        let file = format!("using 'mid.bicep'\nparam on = {on}\nparam names = [ 'a', 'b' ]\n");
        let files = [("main.bicep", &*never), ("mid.bicep", middle), ("mid.bicepparam", &file)];
        assert_eq!(is_root(&files), expected, "{on}");
    }
}

#[test]
fn tests_and_cycles_hide_nothing() {
    let plain = call("", "", "");
    for path in ["tests/main.bicep", "examples/one/main.bicep", "hub.test.bicep"] {
        let caller =
            plain.replace("'hub.bicep'", if path.contains('/') { "'../hub.bicep'" } else { "'hub.bicep'" });
        let caller = if path.starts_with("examples") { caller.replace("'../", "'../../") } else { caller };
        let folder = folder();
        write(folder.path(), "hub.bicep", format!("param on bool = true\nparam names array = []\n{RACY}"));
        write(folder.path(), path, &caller);
        let report = report(folder.path());
        assert!(is_root_in(&report), "{path}: {report:#}");
    }
    // Two templates that call each other: one of them is a root.
    let folder = folder();
    write(folder.path(), "a.bicep", format!("module b 'b.bicep' = {{ name: 'b' }}\n{RACY}"));
    write(folder.path(), "b.bicep", "module a 'a.bicep' = { name: 'a' }\n");
    let (text, code) = run(folder.path(), &["--format", "concise"]);
    assert!(code == 1 && text.contains("hub-gateways") && text.contains("in a circle"), "{text}");
}

#[test]
fn a_test_that_decides_a_condition_does_not_take_it_from_the_template() {
    let conditional = RACY.replace("= {\n  name: 'vpn'", "= if (on) {\n  name: 'vpn'");
    assert_ne!(conditional, RACY);
    let when = |files: &[(&str, &str)], value: &str| {
        let folder = folder();
        write(folder.path(), "hub.bicep", format!("param on bool{value}\n{conditional}"));
        for (path, text) in files {
            write(folder.path(), path, text);
        }
        let report = report(folder.path());
        let all = report["findings"].as_array().unwrap();
        let race = all.iter().find(|one| one["entry"] == "hub-gateways").unwrap();
        (race["roots"].as_array().unwrap().len(), race["when"].as_str().map(str::to_owned))
    };
    let test = call("", "", "on: true").replace("hub.bicep", "../hub.bicep");
    let open = Some("`on` is true".to_owned());
    // The template is a root in addition to its tests, and the finding names the deciding condition.
    for value in ["", " = true", " = false"] {
        assert_eq!(when(&[("tests/max.bicep", &test)], value), (2, open.clone()), "{value}");
    }
    assert_eq!(when(&[("tests/a.bicep", &test), ("examples/b.bicep", &test)], ""), (3, open.clone()));
    // A test that leaves the condition open gives the same result.
    let free = test.replace("on: true", "on: on").replacen('\n', "param on bool\n", 1);
    assert_eq!(when(&[("tests/a.bicep", &free)], ""), (2, open.clone()));
    // A test under which the race cannot happen is not listed as a root.
    assert_eq!(when(&[("tests/a.bicep", &test.replace("true", "false"))], ""), (1, open.clone()));
    // A parameter file also decides the condition.
    let file = ("prod.bicepparam", "using 'hub.bicep'\nparam on = true\n");
    assert_eq!(when(&[file, ("tests/a.bicep", &test)], ""), (3, open));
    // If every root decides the condition, the finding names none.
    assert_eq!(when(&[("main.bicep", &test.replace("../", ""))], ""), (1, None));
}

#[test]
fn the_statistics_list_what_is_judged_through_others() {
    let folder = folder();
    write(
        folder.path(),
        "main.bicep",
        "module a 'lib/a.bicep' = { name: 'a' }\nmodule b 'lib/b.bicep' = { name: 'b' }\n",
    );
    write(folder.path(), "lib/a.bicep", "");
    write(folder.path(), "lib/b.bicep", "");
    let (text, _) = run(folder.path(), &["--statistics"]);
    assert!(text.contains("judged only where others call them\n  lib/a.bicep\n  lib/b.bicep\n"), "{text}");
    // A file that is named on the command line is always a root.
    let (text, _) = run(folder.path(), &["--statistics", "lib/a.bicep", "main.bicep"]);
    assert!(!text.contains("judged only"), "{text}");
}
