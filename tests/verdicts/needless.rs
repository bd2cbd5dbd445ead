//! `needless-order`: orders with a purpose are kept, and reported ones can be removed.

use std::path::Path;

use bicep_race_lint::azure::plain::Plain;
use bicep_race_lint::limit::Limit;
use bicep_race_lint::race::analysis::analyse_whole;
use bicep_race_lint::race::needless::{On, Protects, written};
use bicep_race_lint::rules::finding::{Diagnostic, RuleId};
use bicep_race_lint::rules::named::Named;
use bicep_race_lint::session::{Configured, Selection};
use bicep_race_lint::{Catalog, Memory, Roots, Session};

const LOGS: &str =
    "resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {\n  name: 'logs'\n}\n";

fn resource(symbol: &str, ty: &str, more: &str) -> String {
    format!("resource {symbol} '{ty}@2024-01-01' = {{\n  name: '{symbol}-name'\n{more}}}\n")
}

fn ip(symbol: &str, more: &str) -> String {
    resource(symbol, "Microsoft.Network/publicIPAddresses", more)
}

fn after(symbols: &str) -> String {
    format!("  dependsOn: [{symbols}]\n")
}

fn session(files: &[(&str, &str)]) -> Session {
    let select = vec![Named::of("needless-order", &Catalog::builtin()).expect("a rule")];
    let selection = Selection { select, ..Selection::default() };
    let mut session = Session::configured(Catalog::builtin(), Configured::default(), selection);
    let memory = files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(*path, *text));
    session.load(memory, Roots::named([Path::new(files[0].0)]));
    session
}

/// The purpose of each order in the first file, by the symbols of its ends.
fn protects(files: &[(&str, &str)]) -> Vec<(String, Protects)> {
    let session = session(files);
    let workspace = session.workspace();
    let root = workspace.roots[0].1.expect("a root");
    let catalog = Catalog::builtin().with_all();
    let mut analysis = analyse_whole(workspace, &catalog, &[root]);
    let template = workspace.template(root);
    let (orders, reached) = written(&mut analysis, root, Plain::BUILTIN);
    assert!(reached.is_none());
    let told = orders.into_iter().map(|order| {
        let late = &template.node(order.late).symbol;
        let what = match order.on {
            On::Node(early) => format!("{late} after {}", template.node(early).symbol),
            On::Batch(size) => format!("{late} by {size}"),
        };
        (what, order.protects)
    });
    told.collect()
}

fn only(text: &str) -> Protects {
    let mut all = protects(&[("/main.bicep", text)]);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).1
}

fn is_unknown(protects: &Protects, why: &str) {
    let Protects::Unknown(told) = protects else { panic!("{protects:?}") };
    assert!(told.contains(why), "{told}");
}

#[test]
fn two_declarations_that_share_nothing_need_no_order() {
    assert_eq!(only(&format!("{LOGS}{}", ip("ip", &after("logs")))), Protects::Nothing);
}

#[test]
fn an_order_for_a_reference_stays() {
    let more = format!("  properties: {{ x: logs.properties.customerId }}\n{}", after("logs"));
    assert_eq!(only(&format!("{LOGS}{}", ip("ip", &more))), Protects::Reference);
}

fn gateway(symbol: &str, ty: &str, more: &str) -> String {
    let hub = "    virtualHub: { id: resourceId('Microsoft.Network/virtualHubs', 'hub') }\n";
    resource(symbol, ty, &format!("  properties: {{\n{hub}  }}\n{more}"))
}

/// An edge between two declarations that share nothing may order two others.
#[test]
fn an_edge_that_orders_two_other_writers_stays() {
    let text = gateway("s2sGateway", "Microsoft.Network/vpnGateways", "")
        + &ip("one", &after("s2sGateway"))
        + &ip("two", &after("one"))
        + &gateway("er", "Microsoft.Network/expressRouteGateways", &after("two"));
    let all = protects(&[("/main.bicep", &text)]);
    let found = all.iter().find(|(what, _)| what == "two after one").map(|(_, protects)| protects);
    let others = ["s2sGateway".to_owned(), "er".to_owned()];
    assert_eq!(
        found,
        Some(&Protects::ObjectOf("Microsoft.Network/virtualHubs".to_owned(), others)),
        "{all:?}"
    );
}

#[test]
fn an_order_of_two_writers_stays_even_if_their_entry_is_off() {
    let text = gateway("s2s", "Microsoft.Network/vpnGateways", "")
        + &gateway("er", "Microsoft.Network/expressRouteGateways", &after("s2s"));
    assert!(matches!(only(&text), Protects::Object(ty) if ty == "Microsoft.Network/virtualHubs"));
    // This includes every entry with writers, whatever its level.
    let all = Catalog::builtin().with_all();
    assert!(all.entries().all(|entry| entry.level.is_some() || entry.writers.is_empty()));
    assert!(Catalog::builtin().entries().any(|entry| entry.level.is_none() && !entry.writers.is_empty()));
}

#[test]
fn an_order_of_children_of_one_parent_stays() {
    let account =
        "resource st 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {\n  name: 'st'\n}\n";
    let child = |symbol: &str, ty: &str, more: &str| {
        format!(
            "resource {symbol} 'Microsoft.Storage/storageAccounts/{ty}@2023-05-01' = {{\n  parent: st\n  name: 'default'\n{more}}}\n"
        )
    };
    let text = format!(
        "{account}{}{}",
        child("blob", "blobServices", ""),
        child("file", "fileServices", &after("blob"))
    );
    assert!(matches!(only(&text), Protects::Object(_)), "{:?}", only(&text));
}

#[test]
fn an_order_for_a_computed_name_stays() {
    let vault =
        "param env string\nresource kv 'Microsoft.KeyVault/vaults@2023-07-01' = {\n  name: 'kv-${env}'\n}\n";
    for (value, is_named) in [
        ("'https://kv-${env}.vault.azure.net/'", true),
        ("toLower('KV-${env}')", true),
        ("resourceId('Microsoft.KeyVault/vaults', 'kv-${env}')", true),
        ("'https://st-${env}.blob.core.windows.net/'", false),
    ] {
        let found = only(&format!(
            "{vault}{}",
            ip("ip", &format!("  properties: {{ x: {value} }}\n{}", after("kv")))
        ));
        if is_named {
            is_unknown(&found, "may name");
        } else {
            assert_eq!(found, Protects::Nothing, "{value}");
        }
    }
}

#[test]
fn an_order_for_a_commonly_named_resource_stays_unless_it_is_only_read() {
    let of = |ty: &str| {
        let id = format!("  properties: {{ x: {{ id: resourceId('{ty}', 'z') }} }}\n");
        let vault = resource("kv", "Microsoft.KeyVault/vaults", &id);
        only(&format!("{vault}{}", ip("ip", &format!("{id}{}", after("kv")))))
    };
    is_unknown(&of("Microsoft.Network/virtualNetworks"), "both name one");
    assert_eq!(of("Microsoft.ManagedIdentity/userAssignedIdentities"), Protects::Nothing);
}

#[test]
fn an_order_of_unknown_purpose_stays() {
    let script = resource("script", "Microsoft.Resources/deploymentScripts", "");
    is_unknown(&only(&format!("{script}{}", ip("ip", &after("script")))), "is not known well enough");
    let given = format!("  properties: {{ workspaceResourceId: given }}\n{}", after("logs"));
    is_unknown(&only(&format!("param given string\n{LOGS}{}", ip("ip", &given))), "may be the id");
    let rules = "  properties: { rules: open ? [] : [{ id: subnet! }] }\n";
    let vault = resource("kv", "Microsoft.KeyVault/vaults", &format!("{rules}{}", after("logs")));
    is_unknown(&only(&format!("param open bool\nparam subnet string?\n{LOGS}{vault}")), "may be the id");
    let module = format!("module m 'gone.bicep' = {{}}\n{}", ip("ip", &after("m")));
    is_unknown(&only(&module), "cannot be read");
}

/// `script` ← `logs` ← `ip` ← `app`: without the middle edge, the application would not wait for the script.
#[test]
fn an_edge_stays_for_the_orders_that_it_passes_on() {
    let script = resource("script", "Microsoft.Resources/deploymentScripts", "");
    let logs = resource("logs", "Microsoft.OperationalInsights/workspaces", &after("script"));
    let app =
        resource("app", "Microsoft.Web/sites", "  properties: { x: ip.id, y: ip.properties.ipAddress }\n");
    let text = format!("{script}{logs}{}{app}", ip("ip", &after("logs")));
    let all = protects(&[("/main.bicep", &text)]);
    let of = |what: &str| &all.iter().find(|(known, _)| known == what).expect("an order").1;
    is_unknown(of("ip after logs"), "`script` and `app`");
    // An address needs only the resources that it names, so alone this edge can be removed.
    let text = format!("{script}{logs}{}", ip("ip", &after("logs")));
    let all = protects(&[("/main.bicep", &text)]);
    assert_eq!(all[1], ("ip after logs".to_owned(), Protects::Nothing));
}

#[test]
fn a_redundant_order_is_reported_unless_it_is_explicit_on_purpose() {
    let script = |symbol: &str, more: &str| resource(symbol, "Microsoft.Resources/deploymentScripts", more);
    let chain = |b: &str| {
        let text = format!(
            "param on bool\n{}resource b 'Microsoft.Resources/deploymentScripts@2023-08-01' = {b}{{\n  name: 'b'\n{}}}\n{}",
            script("a", ""),
            after("a"),
            script("c", &after("a, b"))
        );
        let all = protects(&[("/main.bicep", &text)]);
        all.into_iter().find(|(what, _)| what == "c after a").expect("it").1
    };
    assert!(matches!(chain(""), Protects::Again(_)));
    is_unknown(&chain("if (on) "), "is not known well enough");
}

/// Each of the two orders would be needless alone, but not both.
#[test]
fn all_reported_orders_can_be_removed_together() {
    let st = |symbol: &str, more: &str| resource(symbol, "Microsoft.Resources/deploymentScripts", more);
    let text = format!("{}{}{}{}", st("a", ""), ip("m", &after("a")), st("n", &after("a, m")), ip("z", ""));
    let all = protects(&[("/main.bicep", &text)]);
    // `n` waits for `a` through `m`, so `m` must still wait for it.
    let is_kept = |what: &str| all.iter().any(|(known, protects)| known == what && !protects.is_needless());
    assert!(is_kept("n after a") || is_kept("m after a"), "{all:?}");
}

#[test]
fn modules_count_as_their_contents() {
    let logs = "param name string\nresource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {\n  name: name\n}\n";
    let ip = "param name string\nparam logsName string = ''\nresource ip 'Microsoft.Network/publicIPAddresses@2024-01-01' = {\n  name: name\n  \
              properties: { x: logsName }\n}\n";
    let main = |more: &str| {
        format!(
            "param first string\nparam second string\nmodule a 'logs.bicep' = {{\n  params: {{ name: first }}\n}}\n\
             module b 'ip.bicep' = {{\n  params: {{ name: second{more} }}\n  dependsOn: [a]\n}}\n"
        )
    };
    let of = |more: &str| {
        let main = main(more);
        let files = [("/main.bicep", main.as_str()), ("/logs.bicep", logs), ("/ip.bicep", ip)];
        protects(&files).remove(0).1
    };
    assert_eq!(of(""), Protects::Nothing);
    is_unknown(&of(", logsName: first"), "may name");
}

#[test]
fn batch_sizes_without_a_shared_object_are_reported() {
    let of = |ty: &str, more: &str| {
        only(&format!(
            "param names array\n@batchSize(1)\nresource x '{ty}@2024-01-01' = [for name in names: {{\n  name: name\n{more}}}]\n"
        ))
    };
    assert_eq!(of("Microsoft.Network/publicIPAddresses", ""), Protects::Nothing);
    is_unknown(&of("Microsoft.Resources/deploymentScripts", ""), "is not known well enough");
    let subnet = "  properties: { subnet: { id: resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 's') } }\n";
    is_unknown(&of("Microsoft.KeyVault/vaults", subnet), "all of them name one");
    let child = "param names array\n@batchSize(1)\nresource x 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = [for name in names: \
                 {\n  name: 'v/${name}'\n}]\n";
    assert!(matches!(only(child), Protects::Object(_)), "{:?}", only(child));
}

/// A test of a module deploys it twice with the same names: the second time changes nothing, if the two do not meet.
#[test]
fn a_batch_size_of_instances_that_write_one_resource_stays() {
    let ip = "param name string\nresource ip 'Microsoft.Network/publicIPAddresses@2024-01-01' = {\n  name: name\n}\n";
    let of = |times: &str, name: &str| {
        let main = format!(
            "param times array\n@batchSize(1)\nmodule test 'ip.bicep' = [for time in {times}: {{\n  name: 'test-${{time}}'\n  \
             params: {{ name: {name} }}\n}}]\n"
        );
        protects(&[("/main.bicep", main.as_str()), ("/ip.bicep", ip)]).remove(0).1
    };
    let same = Protects::Object("microsoft.network/publicipaddresses".to_owned());
    assert_eq!(of("['init', 'idem']", "'ip001'"), same);
    assert_eq!(of("times", "'ip001'"), same);
    assert_eq!(of("times", "'ip-${time}'"), Protects::Nothing);
}

fn told(session: &mut Session) -> Vec<Diagnostic> {
    let mut all = session.check().diagnostics;
    all.retain(|one| one.rule == RuleId::NeedlessOrder);
    all
}

#[test]
fn the_rule_only_runs_on_request() {
    let text = format!("{LOGS}{}", ip("ip", &after("logs")));
    let mut asked = session(&[("/main.bicep", &text)]);
    let found = told(&mut asked);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "there is no known reason for `ip` to wait for `logs`");
    let mut session = Session::new(Catalog::builtin(), bicep_race_lint::Config::default());
    session.load(Memory::default().with("/main.bicep", text.as_str()), Roots::named(["/main.bicep"]));
    assert!(session.check().diagnostics.is_empty());
    // A directive for the rule is not an error if the rule does not run.
    let silent = text.replace(
        "  dependsOn: [logs]",
        "  #disable-next-line needless-order // on purpose\n  dependsOn: [logs]",
    );
    session.change("/main.bicep", silent.as_str());
    assert!(session.check().diagnostics.is_empty());
    asked.change("/main.bicep", silent.as_str());
    assert!(told(&mut asked).is_empty());
}

/// The remedy removes the entry and nothing else: all other dependencies stay, and there is no new finding.
#[test]
fn the_remedy_takes_out_one_edge() {
    for (list, expected) in [
        ("  dependsOn: [logs]\n", Some("")),
        ("  dependsOn: [logs, other]\n", Some("  dependsOn: [other]\n")),
        ("  dependsOn: [other, logs]\n", Some("  dependsOn: [other]\n")),
        ("  dependsOn: [\n    logs\n    other\n  ]\n", Some("  dependsOn: [\n    other\n  ]\n")),
        ("  dependsOn: [\n    logs\n  ]\n", Some("")),
        ("  dependsOn: [\n    logs // why\n    other\n  ]\n", None),
        ("  dependsOn: [\n    logs // why\n  ]\n", None),
        ("  dependsOn: [ /* why */ logs ]\n", None),
    ] {
        // The needs of `other` are unknown.
        let other = resource("other", "Microsoft.Resources/deploymentScripts", "");
        let gateway = |list: &str| resource("nat", "Microsoft.Web/serverfarms", list);
        let text = format!("{LOGS}{other}{}", gateway(list));
        let mut session = session(&[("/main.bicep", &text)]);
        let found = told(&mut session);
        assert_eq!(found.len(), 1, "{list}");
        let fix = found[0].fix.as_ref();
        assert_eq!(fix.is_some(), expected.is_some(), "{list}");
        let (Some(fix), Some(expected)) = (fix, expected) else { continue };
        let mut mended = text.clone();
        for edit in fix.edits.iter().rev() {
            mended.replace_range(edit.place.span.range(), &edit.insert);
        }
        assert_eq!(mended, format!("{LOGS}{other}{}", gateway(expected)));
        session.change("/main.bicep", mended.as_str());
        let report = session.check();
        assert!(
            report.diagnostics.is_empty() && report.findings.is_empty(),
            "{list}: {:?}",
            report.diagnostics
        );
    }
}

/// The remedy of a batch size removes the decorator and nothing else.
#[test]
fn the_remedy_takes_out_a_batch_size() {
    for (decorators, expected) in [
        ("@batchSize(1)\n", Some("")),
        ("@sys.batchSize(4)\n", Some("")),
        ("  @batchSize(1)  \n", Some("")),
        ("@batchSize(\n  1\n)\n", Some("")),
        ("@description('x')\n@batchSize(1)\n", Some("@description('x')\n")),
        ("@batchSize(1)\n@description('x')\n", Some("@description('x')\n")),
        ("@batchSize(1)\n\n@description('@batchSize(1)')\n", Some("\n@description('@batchSize(1)')\n")),
        ("// All of them.\n@batchSize(1)\n", Some("// All of them.\n")),
        ("@batchSize(1) // why\n", None),
        ("@batchSize(1) /* why */\n", None),
        ("/* why */ @batchSize(1)\n", None),
        ("@batchSize(/* why */ 1)\n", None),
        ("#disable-next-line other-rule\n@batchSize(1)\n", None),
    ] {
        for line_end in ["\n", "\r\n"] {
            let with = |decorators: &str| {
                let text = format!(
                    "param names array\n{decorators}resource x 'Microsoft.Network/publicIPAddresses@2024-01-01' = [for name in names: \
                     {{\n  name: name\n}}]\n"
                );
                text.replace('\n', line_end)
            };
            let text = with(decorators);
            let mut session = session(&[("/main.bicep", &text)]);
            let found = told(&mut session);
            assert_eq!(found.len(), 1, "{decorators}");
            let fix = found[0].fix.as_ref();
            assert_eq!(fix.is_some(), expected.is_some(), "{decorators}");
            let (Some(fix), Some(expected)) = (fix, expected) else { continue };
            let [edit] = &fix.edits[..] else { panic!("{:?}", fix.edits) };
            let mut mended = text.clone();
            mended.replace_range(edit.place.span.range(), &edit.insert);
            assert_eq!(mended, with(expected));
            session.change("/main.bicep", mended.as_str());
            let report = session.check();
            assert!(report.diagnostics.is_empty() && report.findings.is_empty(), "{:?}", report.diagnostics);
        }
    }
}

#[test]
fn orders_beyond_the_limit_are_reported() {
    let mut text = ip("ip0", "");
    for at in 1..400 {
        text += &ip(&format!("ip{at}"), &after(&format!("ip{}", at - 1)));
    }
    let mut session = session(&[("/main.bicep", &text)]);
    let report = session.check();
    assert!(report.diagnostics.iter().any(|one| Limit::OrderPairs.is_told_by(&one.message)));
}
