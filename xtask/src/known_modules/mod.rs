//! Generates descriptions of modules from their sources, for runs in which the modules are not restored:
//!
//! ```sh
//! cargo xtask known_modules CHECKOUT [--only FOLDER]… [--registry PREFIX] [--from TEXT] > modules.toml
//! ```
//!
//! `CHECKOUT` is a folder with a `main.bicep` for each module; its path below that folder is the module's path.
//! `--registry` adds the path in a registry: `br/public:` adds nothing, `br:contoso.azurecr.io/bicep/` adds `bicep/`.
//! `--only` selects a part of the checkout, and `--from` names its origin. The output is for `[[module]]` in
//! `bicep-race-lint.toml`, or for `src/azure/modules`. The generated descriptions are read back and compared; `--check`
//! lists the differences.

mod compare;
mod describe;
mod expression;
mod generate;
mod properties;
mod written;

use std::path::PathBuf;
use std::process::ExitCode;

use bicep_race_lint::azure::catalog::Catalog;

use crate::Ending;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// A folder with a `main.bicep` for each module
    checkout: PathBuf,
    /// A part of the checkout
    #[arg(long, value_name = "FOLDER")]
    only: Vec<String>,
    /// The registry that the modules are published in. Ex) br/public:
    #[arg(long, value_name = "PREFIX", default_value = "")]
    registry: String,
    /// Where the checkout comes from
    #[arg(long, value_name = "TEXT", default_value = "")]
    from: String,
    /// List what differs between the sources and their descriptions
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Ending {
    let Options { checkout, only, .. } = options;
    if !checkout.is_dir() {
        return Err(format!("{}: no folder", checkout.display()));
    }
    let prefix = generate::prefix(&options.registry);
    let catalog = Catalog::default();
    let modules = generate::modules(checkout, only, &prefix, &catalog);
    let text = written::file(modules.values(), &options.from);
    if !options.check {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    match compare::differences(checkout, &prefix, &text, &catalog) {
        Ok((alike, different)) => {
            for difference in &different {
                println!("{difference}");
            }
            println!("{alike} of {} modules have the same effects as their sources", alike + different.len());
            Ok(if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(mistake) => {
            eprintln!("{mistake}");
            Ok(ExitCode::FAILURE)
        }
    }
}
