//! Checks a Bicep text from standard input, and prints the findings.

use bicep_race_lint::{Catalog, Config, Memory, Roots, Session};

fn main() -> std::io::Result<()> {
    let text = std::io::read_to_string(std::io::stdin())?;
    let mut session = Session::new(Catalog::builtin(), Config::default());
    session.load(Memory::default().with("/main.bicep", text), Roots::named(["/main.bicep"]));
    for finding in session.check().findings {
        println!("{}: {}", finding.level, finding.message);
    }
    Ok(())
}
