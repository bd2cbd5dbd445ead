//! Every setting accepts the id that a finding shows, whether it is the rule's or the entry's.

use std::path::Path;

use serde_json::Value;

use crate::process::{RACY, folder, run, write};

/// Two unordered subnets of one network, and two unordered gateways of one hub.
const BOTH: &str = "resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' existing = { name: 'vnet' }\n\
resource apps 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  name: 'apps'\n  parent: vnet\n}\n\
resource data 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {\n  name: 'data'\n  parent: vnet\n}\n";

fn both() -> tempfile::TempDir {
    let folder = folder();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    write(folder.path(), "main.bicep", format!("{BOTH}{RACY}"));
    folder
}

fn report(folder: &Path, arguments: &[&str]) -> Value {
    let (text, _) = run(folder, &[arguments, &["--format", "json", "--level", "note"]].concat());
    let json = text.find('{').map_or("", |at| &text[at..]);
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The entries of the findings with their levels.
fn found(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let report = report(folder, arguments);
    let one = |finding: &Value| {
        format!("{} {}", finding["entry"].as_str().unwrap_or("none"), finding["level"].as_str().unwrap())
    };
    let mut found: Vec<String> = report["findings"].as_array().unwrap().iter().map(one).collect();
    found.sort();
    found
}

fn diagnostics(folder: &Path) -> Vec<String> {
    let report = report(folder, &[]);
    let all = report["diagnostics"].as_array().unwrap().iter();
    all.map(|one| format!("{}: {}", one["level"].as_str().unwrap(), one["message"].as_str().unwrap()))
        .collect()
}

const SUBNETS: &str = "vnet-subnets error";
const GATEWAYS: &str = "hub-gateways error";

#[test]
fn options_take_rules_and_entries() {
    let folder = both();
    let found = |arguments: &[&str]| found(folder.path(), arguments);
    assert_eq!(found(&[]), [GATEWAYS, SUBNETS]);
    for id in ["vnet-subnets", "VNet-Subnets", "parallel-writers"] {
        assert_eq!(found(&["--select", id]), [SUBNETS], "{id}");
        assert_eq!(found(&["--ignore", id]), [GATEWAYS], "{id}");
    }
    assert_eq!(found(&["--select", "vnet-subnets,hub-gateways"]), [GATEWAYS, SUBNETS]);
    assert_eq!(found(&["--select", "parallel-writers", "--ignore", "vnet-subnets"]), [""; 0]);
    assert_eq!(found(&["--select", "vnet-peerings"]), [""; 0]);
    let quieter = report(folder.path(), &["--ignore", "vnet-subnets"])["summary"]["quieter"].clone();
    let expected =
        serde_json::json!([{ "what": "not-selected", "id": "vnet-subnets", "by": "--ignore", "count": 1 }]);
    assert_eq!(quieter, expected);
}

#[test]
fn an_unknown_name_is_reported_with_a_suggestion() {
    let folder = both();
    for (id, told) in [
        ("vnet-subnet", "there is no rule or entry `vnet-subnet`; did you mean `vnet-subnets`?"),
        ("hub-gateway", "there is no rule or entry `hub-gateway`; did you mean `hub-gateways`?"),
        ("no-unused-params", "`bicep-race-lint rules` lists the rules"),
    ] {
        for option in ["--select", "--ignore"] {
            let (text, code) = run(folder.path(), &[option, id]);
            assert!(text.contains(told) && code == 2, "{option} {id}: {text}");
        }
    }
    // An entry of the configuration is also valid.
    let entry = "[[entry]]\nid = 'our-racks'\ntitle = 'Racks'\nlevel = 'error'\nobject-type = 'A.B/c'\nwhy = 'write it'\n\
                 [[entry.writer]]\nrole = 'x'\nlabel = 'an x'\ntypes = ['A.B/c/d']\nobjects = ['parent']\n";
    write(folder.path(), "bicep-race-lint.toml", entry);
    assert_eq!(run(folder.path(), &["--select", "our-racks"]).1, 0);
    assert!(run(folder.path(), &["--select", "our-rack"]).0.contains("did you mean `our-racks`?"));
}

#[test]
fn the_configuration_takes_both_for_all_and_for_paths() {
    let folder = both();
    write(folder.path(), "sandbox/main.bicep", BOTH);
    let with = |settings: &str| {
        write(folder.path(), "bicep-race-lint.toml", settings);
        found(folder.path(), &[])
    };
    let (note, warning) = ("vnet-subnets note", "vnet-subnets warning");
    assert_eq!(with(""), [GATEWAYS, SUBNETS, SUBNETS]);
    assert_eq!(with("[rules]\nvnet-subnets = 'note'\n"), [GATEWAYS, note, note]);
    assert_eq!(with("[entries]\nvnet-subnets = 'off'\n"), [GATEWAYS]);
    // The entry is more specific than the rule.
    let named = "[rules]\nparallel-writers = 'off'\nvnet-subnets = 'warning'\n";
    assert_eq!(with(named), [GATEWAYS, warning, warning]);
    let sandbox = "[[path]]\nglob = 'sandbox'\nrules = { vnet-subnets = 'note' }\n";
    assert_eq!(with(sandbox), [GATEWAYS, SUBNETS, note]);
    // Off in general, and on for a path.
    let loud =
        "[entries]\nvnet-subnets = 'off'\n[[path]]\nglob = 'sandbox'\nrules = { vnet-subnets = 'warning' }\n";
    assert_eq!(with(loud), [GATEWAYS, warning]);
    let shown = run(folder.path(), &["--show-config", "sandbox/main.bicep"]).0;
    assert!(shown.contains("vnet-subnets = \"warning\"  # bicep-race-lint.toml:5 (sandbox)"), "{shown}");
    let shown = run(folder.path(), &["--show-config", "main.bicep"]).0;
    assert!(shown.contains("vnet-subnets = \"off\"  # bicep-race-lint.toml:2\n"), "{shown}");
}

#[test]
fn a_lower_level_for_a_path_is_counted_for_the_entry() {
    let folder = both();
    write(
        folder.path(),
        "bicep-race-lint.toml",
        "[[path]]\nglob = '*.bicep'\nrules = { vnet-subnets = 'off' }\n",
    );
    let report = report(folder.path(), &[]);
    let by = "bicep-race-lint.toml";
    let expected = serde_json::json!([{ "what": "rule-off", "id": "vnet-subnets", "by": by, "count": 1 }]);
    assert_eq!(report["summary"]["quieter"], expected);
}

#[test]
fn a_directive_accepts_both_ids_and_neither_counts_as_unused() {
    let folder = both();
    let with = |directive: &str| {
        let text = format!("{BOTH}{RACY}").replace("resource data ", &format!("{directive}\nresource data "));
        write(folder.path(), "main.bicep", text);
        (found(folder.path(), &[]), diagnostics(folder.path()))
    };
    for names in [
        "vnet-subnets",
        "parallel-writers",
        "parallel-writers vnet-subnets",
        "BCP081 VNET-SUBNETS no-unused-vars",
    ] {
        let (found, told) = with(&format!("#disable-next-line {names} // they are in two networks"));
        assert_eq!((found, told), (vec![GATEWAYS.to_owned()], Vec::new()), "{names}");
    }
    let (found, told) = with("#disable-next-line vnet-peerings // why");
    assert_eq!(found, [GATEWAYS, SUBNETS]);
    assert_eq!(told, ["warning: nothing here is suppressed under `vnet-peerings`"]);
    let (_, told) = with("#disable-next-line vnet-subnet // why");
    assert_eq!(told, ["warning: `vnet-subnet` is not an entry; did you mean `vnet-subnets`?"]);
    let (_, told) = with("#disable-next-line some-other-tool // why");
    assert_eq!(told, ["note: `some-other-tool` is neither a rule nor an entry, nor a known rule of Bicep"]);
    let (_, told) = with("#disable-next-line vnet-subnets");
    assert_eq!(told, ["note: this directive suppresses `vnet-subnets` without a reason"]);
    // A range ends where what began it is restored.
    let range = "#disable-diagnostics vnet-subnets // why\n#restore-diagnostics vnet-subnets";
    assert_eq!(with(range).0, [GATEWAYS, SUBNETS]);
    let range = "#disable-diagnostics vnet-subnets // why\n#restore-diagnostics hub-gateways";
    assert_eq!(with(range).0, [GATEWAYS]);
}

#[test]
fn a_profile_is_a_set_of_levels_and_explicit_levels_win() {
    let folder = both();
    let peerings = BOTH.replace("/subnets@", "/virtualNetworkPeerings@");
    write(folder.path(), "main.bicep", peerings);
    let levels = |arguments: &[&str]| found(folder.path(), arguments);
    let by_itself = levels(&[]);
    assert_eq!(by_itself, ["vnet-peerings warning"], "the case below is about a warning");
    assert_eq!(levels(&["--profile", "calm"]), ["vnet-peerings note"]);
    assert_eq!(levels(&["--profile", "default"]), by_itself);
    write(folder.path(), "bicep-race-lint.toml", "profile = 'calm'\n");
    assert_eq!(levels(&[]), ["vnet-peerings note"]);
    let quieter = report(folder.path(), &[])["summary"]["quieter"].clone();
    let by = "bicep-race-lint.toml";
    assert_eq!(quieter, serde_json::json!([{ "what": "profile", "id": "calm", "by": by, "count": 1 }]));
    assert_eq!(levels(&["--profile", "strict"]), by_itself, "an option comes before the configuration");
    let written = "profile = 'calm'\n[rules]\nvnet-peerings = 'warning'\n";
    write(folder.path(), "bicep-race-lint.toml", written);
    assert_eq!(levels(&[]), by_itself);
    let strict = "profile = 'strict'\n[rules]\nparallel-writers = 'note'\n";
    write(folder.path(), "bicep-race-lint.toml", strict);
    assert_eq!(levels(&[]), ["vnet-peerings note"]);
}

#[test]
fn inferred_findings_can_be_hidden() {
    let folder = folder();
    let guessed = "module vpn 'br:contoso.azurecr.io/vpn-gateway:1.0' = {\n  name: 'vpn'\n  params: { virtualHubId: hub.id }\n}\n";
    let text = RACY.replace("resource vpn 'Microsoft.Network/vpnGateways@2024-01-01' = {\n  name: 'vpn'\n  properties: {\n    virtualHub: { id: hub.id }\n  }\n}\n", guessed);
    write(folder.path(), "main.bicep", text);
    let confidence = report(folder.path(), &[])["findings"][0]["confidence"].clone();
    assert_eq!(confidence, "inferred", "the case below is about a finding that is inferred");
    assert_eq!(found(folder.path(), &["--confidence", "inferred"]).len(), 1);
    assert_eq!(found(folder.path(), &["--confidence", "proven"]), [""; 0]);
    write(folder.path(), "bicep-race-lint.toml", "confidence = 'proven'\n");
    assert_eq!(found(folder.path(), &[]), [""; 0]);
    assert_eq!(found(folder.path(), &["--confidence", "inferred"]).len(), 1);
    let report = report(folder.path(), &[]);
    assert_eq!(report["summary"]["quieter"][0]["what"], "confidence");
    assert_eq!(report["summary"]["quieter"][0]["by"], "bicep-race-lint.toml");
}

#[test]
fn a_page_is_shown_for_both() {
    let folder = folder();
    for id in ["vnet-subnets", "parallel-writers", "VNET-subnets"] {
        let (text, code) = run(folder.path(), &["explain", id]);
        assert!(code == 0 && text.starts_with("# "), "{id}: {text}");
    }
}
