//! An import of something that is not exported is reported: the compiler rejects it, and its value is unknown.

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::rules::finding::Level;
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

const NAMES: &str = "@export()\nvar hubName = 'hub'\n\nvar own = 'x'\n\n@export()\n@description('x')\nfunc upper(x string) string => \
                     toUpper(x)\n\n@export()\ntype size = 'S' | 'L'\n\ntype small = 'S'\n";

/// The messages, with help, for a template next to `names.bicep`.
fn told(text: &str, names: &str) -> Vec<(String, Option<String>)> {
    let mut session = Session::new(Catalog::builtin(), Config::default());
    let files = Memory::default().with("main.bicep", text).with("names.bicep", names);
    session.load(files, Roots::named(["main.bicep"]));
    let report = session.check();
    let of_main = report.diagnostics.iter().filter(|one| {
        assert_eq!(one.level, if one.message.contains("exports no") { Level::Warning } else { Level::Error });
        report.sources.file(one.place.file).path == "main.bicep"
    });
    of_main.map(|one| (one.message.clone(), one.help.clone())).collect()
}

#[test]
fn an_import_of_something_not_exported_is_reported() {
    let cased = Some("`hubName` is exported: the case of letters counts");
    let export = |name| Some(format!("put `@export()` above `{name}` in `names.bicep`"));
    let table = [
        ("import { hubName, upper, size } from 'names.bicep'", None),
        ("import { hubName as hub } from 'names.bicep'", None),
        ("import { own } from 'names.bicep'", Some(("own", export("own")))),
        ("import { own as mine } from 'names.bicep'", Some(("own", export("own")))),
        ("import { gone } from 'names.bicep'", Some(("gone", None))),
        ("import { small } from 'names.bicep'", Some(("small", None))),
        ("import { HubName } from 'names.bicep'", Some(("HubName", cased.map(str::to_owned)))),
        ("import * as n from 'names.bicep'\nvar x = n.hubName\nvar y = n.upper(x)", None),
        ("import * as n from 'names.bicep'\nvar x = n.own", Some(("own", export("own")))),
        ("import * as n from 'names.bicep'\nvar x = n.lower('A')", Some(("lower", None))),
        ("import * as n from 'names.bicep'\nvar x = { n: 1 }\nvar y = x.own", None),
    ];
    for (text, expected) in table {
        let expected: Vec<(String, Option<String>)> = expected
            .into_iter()
            .map(|(name, help)| (format!("`names.bicep` exports no `{name}`; its value is not known"), help))
            .collect();
        assert_eq!(told(text, NAMES), expected, "{text}");
    }
}

#[test]
fn nothing_is_reported_about_a_broken_file() {
    let broken = "@export()\nvar hubName = \n\nvar = 'x'\n";
    assert_eq!(told("import { gone } from 'names.bicep'\n", broken), []);
}
