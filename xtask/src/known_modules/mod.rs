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

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let Some(asked) = asked(arguments) else {
        eprintln!(
            "usage: known_modules CHECKOUT [--only FOLDER]… [--registry PREFIX] [--from TEXT] [--check]"
        );
        return ExitCode::from(2);
    };
    let catalog = Catalog::default();
    let modules = generate::modules(&asked.checkout, &asked.only, &asked.prefix, &catalog);
    let text = written::file(modules.values(), &asked.from);
    if !asked.check {
        print!("{text}");
        return ExitCode::SUCCESS;
    }
    match compare::differences(&asked.checkout, &asked.prefix, &text, &catalog) {
        Ok((alike, different)) => {
            for difference in &different {
                println!("{difference}");
            }
            println!("{alike} of {} modules have the same effects as their sources", alike + different.len());
            if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(mistake) => {
            eprintln!("{mistake}");
            ExitCode::FAILURE
        }
    }
}

struct Asked {
    checkout: PathBuf,
    only: Vec<String>,
    prefix: String,
    from: String,
    check: bool,
}

fn asked(arguments: &[String]) -> Option<Asked> {
    let mut asked = Asked {
        checkout: PathBuf::new(),
        only: Vec::new(),
        prefix: String::new(),
        from: String::new(),
        check: false,
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => asked.only.push(arguments.next()?.clone()),
            "--registry" => asked.prefix = generate::prefix(arguments.next()?),
            "--from" => asked.from.clone_from(arguments.next()?),
            "--check" => asked.check = true,
            _ if argument.starts_with('-') || !asked.checkout.as_os_str().is_empty() => return None,
            _ => asked.checkout = PathBuf::from(argument),
        }
    }
    asked.checkout.is_dir().then_some(asked)
}
