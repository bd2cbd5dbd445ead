//! Checks a template in memory: `cargo run --example lint_string`.

// This is a program that prints.
#![allow(clippy::print_stdout)]

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::config::Config;
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

const TEMPLATE: &str = "
resource hub 'Microsoft.Network/virtualHubs@2024-05-01' existing = {
  name: 'hub'
}

resource vpn 'Microsoft.Network/vpnGateways@2024-05-01' = {
  name: 'vpn'
  location: 'westeurope'
  properties: { virtualHub: { id: hub.id } }
}

resource er 'Microsoft.Network/expressRouteGateways@2024-05-01' = {
  name: 'er'
  location: 'westeurope'
  properties: { virtualHub: { id: hub.id } }
}
";

fn main() {
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(Memory::default().with("main.bicep", TEMPLATE), Roots::named(["main.bicep"]));
    for finding in session.check().findings {
        println!("{}[{}]: {}", finding.level, finding.rule, finding.message);
        println!("  help: {}", finding.help);
    }
    // A session keeps everything that it has read; only the changed file is read again.
    let ordered = TEMPLATE.replace("name: 'er'\n", "name: 'er'\n  dependsOn: [ vpn ]\n");
    session.change("main.bicep", ordered);
    println!("with an order: {} findings", session.check().findings.len());
}
