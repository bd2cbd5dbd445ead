//! Makes descriptions of modules out of their sources, for runs in which they are not restored:
//!
//! ```sh
//! cargo xtask known_modules CHECKOUT [--only FOLDER]… [--registry PREFIX] [--from TEXT] > modules.toml
//! ```
//!
//! `CHECKOUT` is a folder with a `main.bicep` for each module; its place below is the module's path. With `--registry` that is
//! the path in this registry: `br/public:` (nothing is put in front), `br:contoso.azurecr.io/bicep/` (`bicep/` is). `--only` takes a
//! part of the checkout, `--from` says where it comes from. The output is for `[[module]]` of `bicep-race-lint.toml`, or for
//! `src/azure/modules`. What is written is read again and compared: `--check` lists what differs.

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
