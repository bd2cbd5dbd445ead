//! `@retryOn`: a race is one level lower only if each writer that may fail retries every known error code, and a
//! finding says what is retried and what is not.

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::azure::catalog::form::{Author, entries_of};
use bicep_race_lint::config::Config;
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

/// Custom entries: slots of a rack with two error codes, and boards without a known code.
const ENTRIES: &str = "
[[entry]]
id = 'rack-slots'
title = 'Slots of a rack'
level = 'error'
object-type = 'Contoso.Lab/racks'
why = 'lock the rack'
codes = ['RackIsBusy', 'Conflict']
texts = ['the rack is locked']
[[entry.writer]]
role = 'slot'
label = 'a slot'
types = ['Contoso.Lab/racks/slots']
objects = ['parent']

[[entry]]
id = 'boards'
title = 'Pins of a board'
level = 'warning'
object-type = 'Contoso.Lab/boards'
why = 'solder the board'
[[entry.writer]]
role = 'pin'
label = 'a pin'
types = ['Contoso.Lab/boards/pins']
objects = ['parent']

[[entry]]
id = 'shelf-last'
title = 'The label of a shelf'
level = 'error'
object-type = 'Contoso.Lab/shelves'
why = 'write the shelf'
codes = ['ShelfIsBusy']
conflicts = ['book < label']
[[entry.writer]]
role = 'book'
label = 'a book'
types = ['Contoso.Lab/shelves/books']
objects = ['parent']
[[entry.writer]]
role = 'label'
label = 'a label'
types = ['Contoso.Lab/shelves/labels']
objects = ['parent']
";

/// Level and explanation of the findings of a file, with other files next to it.
fn told(main: &str, others: &[(&str, &str)]) -> Vec<(String, String)> {
    let memory = others
        .iter()
        .fold(Memory::default().with("main.bicep", main), |memory, (path, text)| memory.with(*path, *text));
    let catalog = Catalog::with(entries_of(ENTRIES, "user", Author::User).unwrap());
    let mut session = Session::new(catalog, Config::default());
    session.load(memory, Roots::named(["main.bicep"]));
    let report = session.check();
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    report.findings.iter().map(|one| (one.level.to_string(), one.explanation.clone())).collect()
}

/// A child of `p` with these decorators.
fn part(decorators: &str, symbol: &str, ty: &str) -> String {
    format!(
        "{decorators}\nresource {symbol} 'Contoso.Lab/{ty}@2024-01-01' = {{\n  parent: p\n  name: '{symbol}'\n}}\n"
    )
}

fn parent(ty: &str) -> String {
    format!("resource p 'Contoso.Lab/{ty}@2024-01-01' existing = {{\n  name: 'p'\n}}\n")
}

/// Two slots of one rack, each with its decorators.
fn slots(one: &str, other: &str) -> Vec<(String, String)> {
    let text = [parent("racks"), part(one, "a", "racks/slots"), part(other, "b", "racks/slots")].concat();
    told(&text, &[])
}

const WHY: &str = "both lock the rack; Azure may fail one of them (RackIsBusy)";
const ALL: &str = "@retryOn(['RackIsBusy', 'Conflict'], 5)";

#[test]
fn without_a_retry_none_is_mentioned() {
    assert_eq!(slots("", ""), [("error".to_owned(), WHY.to_owned())]);
    assert_eq!(slots("@onlyIfNotExists()", "@description('x')"), [("error".to_owned(), WHY.to_owned())]);
}

#[test]
fn a_race_that_both_retry_completely_is_one_level_lower() {
    let words = format!("{WHY}; both retry RackIsBusy and Conflict, so the level is one lower");
    let more = "@sys.retryOn([\n  'conflict'\n  'Other'\n  'RACKISBUSY'\n])";
    for (one, other) in [(ALL, ALL), (ALL, more), (more, ALL)] {
        assert_eq!(slots(one, other), [("warning".to_owned(), words.clone())], "{one} {other}");
    }
}

#[test]
fn a_partial_retry_keeps_the_level() {
    let rows = [
        (ALL, "", "`a` retries RackIsBusy and Conflict; `b` retries nothing"),
        ("", ALL, "`b` retries RackIsBusy and Conflict; `a` retries nothing"),
        (
            "@retryOn(['Conflict'])",
            ALL,
            "`a` retries Conflict, but not RackIsBusy; `b` retries RackIsBusy and Conflict",
        ),
        ("@retryOn(['Gone'])", "", "`a` retries Gone, but not RackIsBusy and Conflict; `b` retries nothing"),
        // A phrase of the message is not a code.
        (
            "@retryOn(['RackIsBusy', 'the rack is locked'])",
            ALL,
            "`a` retries RackIsBusy and the rack is locked, but not Conflict; `b` retries RackIsBusy and Conflict",
        ),
    ];
    for (one, other, words) in rows {
        let expected = ("error".to_owned(), format!("{WHY}; {words}; the level stays"));
        assert_eq!(slots(one, other), [expected], "{one} {other}");
    }
    assert_eq!(slots("@retryOn([])", ""), [("error".to_owned(), WHY.to_owned())]);
}

#[test]
fn all_instances_of_a_loop_retry() {
    let loop_of = |decorators: &str| {
        let text = format!(
            "{}{decorators}\nresource s 'Contoso.Lab/racks/slots@2024-01-01' = [for i in range(0, 3): {{\n  parent: p\n  \
             name: 's${{i}}'\n}}]\n",
            parent("racks")
        );
        told(&text, &[])
    };
    let words = "its instances retry RackIsBusy and Conflict, so the level is one lower";
    let found = loop_of(ALL);
    assert_eq!(found[0].0, "warning");
    assert!(found[0].1.ends_with(words), "{found:?}");
    // Elements of one batch overlap, and each of them retries.
    assert_eq!(loop_of(&format!("@batchSize(2)\n{ALL}")), found);
    assert!(loop_of(&format!("@batchSize(1)\n{ALL}")).is_empty());
}

#[test]
fn a_module_retries_what_all_writers_inside_retry() {
    let inner = |one: &str, other: &str| {
        let text = [parent("racks"), part(one, "a", "racks/slots")].concat();
        // These two are ordered, so that only pairs with a writer outside race.
        let after = part(other, "b", "racks/slots").replace("name: 'b'", "name: 'b'\n  dependsOn: [ a ]");
        format!("{text}{after}")
    };
    let main = format!(
        "{}{}module m 'inner.bicep' = {{\n  name: 'm'\n}}\n",
        parent("racks"),
        part(ALL, "c", "racks/slots")
    );
    let level = |one, other| told(&main, &[("inner.bicep", &inner(one, other))]).remove(0);
    assert_eq!(level(ALL, ALL).0, "warning");
    assert_eq!(level(ALL, "").0, "error");
    assert_eq!(level("", ALL).0, "error");
    let (stays, words) = level(ALL, "@retryOn(['Conflict'])");
    assert_eq!(stays, "error");
    assert!(words.ends_with("`m` retries Conflict, but not RackIsBusy; the level stays"), "{words}");
}

#[test]
fn the_worst_pair_of_several_decides() {
    let three = |third: &str| {
        let all = [ALL, ALL, third].into_iter().zip(["a", "b", "c"]);
        let parts: String = all.map(|(decorators, symbol)| part(decorators, symbol, "racks/slots")).collect();
        told(&format!("{}{parts}", parent("racks")), &[]).remove(0)
    };
    assert_eq!(three(ALL).0, "warning");
    assert!(three(ALL).1.ends_with("all of them retry RackIsBusy and Conflict, so the level is one lower"));
    let (level, words) = three("");
    assert_eq!(level, "error");
    assert!(words.contains("`c` retries nothing; the level stays"), "{words}");
}

#[test]
fn without_a_known_code_a_retry_has_no_effect() {
    let pins = |decorators: &str| {
        let parts = [part(decorators, "a", "boards/pins"), part(decorators, "b", "boards/pins")].concat();
        told(&format!("{}{parts}", parent("boards")), &[]).remove(0)
    };
    assert_eq!(pins("").0, "warning");
    let (level, words) = pins("@retryOn(['Conflict'])");
    assert_eq!(level, "warning");
    let expected =
        "both solder the board; `a` retries Conflict; `b` retries Conflict; no code of this failure is known";
    assert_eq!(words, expected);
}

#[test]
fn a_retry_does_not_reverse_an_order() {
    let retry = "@retryOn(['ShelfIsBusy'])";
    let book = part(retry, "b", "shelves/books").replace("name: 'b'", "name: 'b'\n  dependsOn: [ l ]");
    let text = [parent("shelves"), part(retry, "l", "shelves/labels"), book].concat();
    let (level, words) = told(&text, &[]).remove(0);
    assert_eq!(level, "error");
    assert!(
        words.ends_with("the `@retryOn` of `l` and `b` does not help: a retry has the same order"),
        "{words}"
    );
    // In parallel the race is a matter of timing, so a retry may succeed.
    let text = text.replace("\n  dependsOn: [ l ]", "");
    assert_eq!(told(&text, &[]).remove(0).0, "warning");
}

#[test]
fn compiled_templates_have_retries_too() {
    let resource = |name: &str, options: &str| {
        format!(
            r#"{{ "type": "Contoso.Lab/racks/slots", "apiVersion": "2024-01-01", "name": "p/{name}"{options} }}"#
        )
    };
    let template = |one: &str, other: &str| {
        format!(
            r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "languageVersion":
             "2.0", "contentVersion": "1.0.0.0", "resources": {{ "a": {}, "b": {} }} }}"#,
            resource("a", one),
            resource("b", other)
        )
    };
    let main = "module m 'inner.json' = {\n  name: 'm'\n}\n";
    let level = |one, other| told(main, &[("inner.json", &template(one, other))]).remove(0);
    let all = r#", "@options": { "retryOn": [["RackIsBusy", "Conflict"], 5] }"#;
    assert_eq!(level("", "").0, "error");
    assert_eq!(level(all, all).0, "warning");
    let (stays, words) = level(all, r#", "@options": { "retryOn": [["Conflict"]], "onlyIfNotExists": [] }"#);
    assert_eq!(stays, "error");
    assert!(words.contains("`b` retries Conflict, but not RackIsBusy"), "{words}");
}
