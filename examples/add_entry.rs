//! Adds an entry to the catalogue, for a shared object that the tool does not know: `cargo run --example add_entry`.
//!
//! The same text works in `bicep-race-lint.toml`.

// This is a program that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::azure::catalog::form::{Author, entries_of};
use bicep_race_lint::config::Config;
use bicep_race_lint::session::{Roots, Session};
use bicep_race_lint::workspace::Memory;

const ENTRY: &str = r#"
[[entry]]
id = "contoso-racks"
title = "Servers of one rack"
level = "error"
object-type = "Contoso.Hardware/racks"
why = "change the wiring of the rack"
codes = ["RackIsBusy"]
remedy = "Put `@batchSize(1)` on the loop, or chain them."

[[entry.writer]]
role = "server"
label = "a server"
types = ["Contoso.Hardware/racks/servers"]
objects = ["parent"]
"#;

const TEMPLATE: &str = "
resource rack 'Contoso.Hardware/racks@2024-01-01' existing = {
  name: 'rack'
}

resource servers 'Contoso.Hardware/racks/servers@2024-01-01' = [for at in range(0, 10): {
  parent: rack
  name: 'server${at}'
}]
";

fn main() -> ExitCode {
    let entries = match entries_of(ENTRY, "contoso", Author::User) {
        Ok(entries) => entries,
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("{:?}: {}", &ENTRY[mistake.span], mistake.message);
            }
            return ExitCode::from(2);
        }
    };
    let mut session = Session::new(Catalog::builtin().and(entries), Config::default());
    session.load(Memory::default().with("main.bicep", TEMPLATE), Roots::named(["main.bicep"]));
    for finding in session.check().findings {
        println!("{}[{}]: {}", finding.level, finding.rule, finding.message);
    }
    ExitCode::SUCCESS
}
