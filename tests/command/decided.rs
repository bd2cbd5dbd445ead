//! A clean run states how much was decided, and what was not analysed.

use bicep_race_lint::race::decided::Decided;
use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};

use crate::process::{RACY, folder, run, write};

/// The numbers of decided objects and pairs in these files, the first of which is the root.
fn decided(files: &[(&str, &str)]) -> (u64, u64) {
    let memory = files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, *text));
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(memory, Roots::named([files[0].0]));
    let Decided { objects, pairs } = session.check().coverage.decided;
    // A kept component gives the same numbers.
    session.change("/other.bicep", "param p string\n");
    assert_eq!(session.check().coverage.decided, Decided { objects, pairs });
    (objects, pairs)
}

fn gateway(symbol: &str, hub: &str, rest: &str) -> String {
    format!(
        "resource {symbol} 'Microsoft.Network/vpnGateways@2024-05-01' = {rest}{{\n  name: '{symbol}'\n  properties: {{ \
         virtualHub: {{ id: resourceId('Microsoft.Network/virtualHubs', {hub}) }} }}\n}}\n"
    )
}

#[test]
fn objects_and_pairs_are_counted() {
    let [a, b, c] = ["a", "b", "c"].map(|symbol| gateway(symbol, "'one'", ""));
    let d = gateway("d", "'two'", "");
    let each = "resource e 'Microsoft.Network/vpnGateways@2024-05-01' = [for x in xs: {\n  name: x\n  properties: { \
                virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'two') } }\n}]\nparam xs string[]\n";
    let table: [(String, (u64, u64)); 6] = [
        (a.clone(), (0, 0)),
        (format!("{a}{b}"), (1, 1)),
        (format!("{a}{b}{c}"), (1, 3)),
        // A writer on another hub has no partner.
        (format!("{a}{b}{d}"), (1, 1)),
        // A loop races with itself.
        (each.to_owned(), (1, 1)),
        (format!("{a}{b}{d}{each}"), (2, 3)),
    ];
    for (text, expected) in table {
        assert_eq!(decided(&[("/main.bicep", &text)]), expected, "{text}");
    }
}

/// A module counts once, however many calls it has; calls that share an object count in addition.
#[test]
fn modules_count_once() {
    let named = |symbol: &str| {
        gateway(symbol, "hub", "")
            .replace(&format!("name: '{symbol}'"), &format!("name: '${{prefix}}{symbol}'"))
    };
    let module = format!("param hub string\nparam prefix string\n{}{}", named("a"), named("b"));
    let calls = |hubs: &[&str]| -> String {
        let call = |(at, hub): (usize, &&str)| {
            format!("module m{at} 'm.bicep' = {{ params: {{ hub: '{hub}', prefix: 'p{at}' }} }}\n")
        };
        hubs.iter().enumerate().map(call).collect()
    };
    assert_eq!(decided(&[("/main.bicep", &calls(&["x"])), ("/m.bicep", &module)]), (1, 1));
    assert_eq!(decided(&[("/main.bicep", &calls(&["x", "y"])), ("/m.bicep", &module)]), (1, 1));
    // Two calls on one hub are another pair.
    assert_eq!(decided(&[("/main.bicep", &calls(&["x", "x"])), ("/m.bicep", &module)]), (2, 2));
}

#[test]
fn the_last_line_of_a_clean_run_has_the_decided_numbers() {
    let folder = folder();
    let ordered = RACY.replace("name: 'er'\n", "name: 'er'\n  dependsOn: [vpn]\n");
    write(folder.path(), "main.bicep", &ordered);
    // A long line is wrapped.
    let last = |arguments: &[&str]| {
        let text = run(folder.path(), arguments).0.replace('\n', " ");
        let at = text
            .rfind("no race found")
            .or_else(|| text.rfind("1 note ("))
            .or_else(|| text.rfind("1 error"))
            .unwrap();
        text[at..].trim().to_owned()
    };
    assert_eq!(
        last(&["main.bicep"]),
        "no race found (1 root, 1 file; 2 of 2 declarations understood; 1 shared object, 1 pair decided)"
    );
    write(folder.path(), "alone.bicep", "param p string\n");
    assert_eq!(
        last(&["alone.bicep"]),
        "no race found (1 root, 1 file; 0 of 0 declarations understood; 0 shared objects, 0 pairs decided)"
    );
    // The unread part is mentioned after it.
    write(folder.path(), "open.bicep", format!("{ordered}module gone 'br:acme.io/gone:1' = {{}}\n"));
    let open = last(&["open.bicep"]);
    assert!(open.starts_with("1 note (") && open.ends_with("decided; 1 module could not be read)"), "{open}");
    let (json, _) = run(folder.path(), &["main.bicep", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["coverage"]["decided"], serde_json::json!({ "objects": 1, "pairs": 1 }));
    // A run with findings mentions those instead.
    write(folder.path(), "racy.bicep", RACY);
    assert!(!last(&["racy.bicep"]).contains("decided"));
}
