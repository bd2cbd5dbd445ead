//! `verdicts DIR…`: compares acceptance of each file with the compiler's diagnostics next to it.

use std::path::PathBuf;

use bicep_race_lint::syntax::ast::FileKind;
use bicep_race_lint::syntax::parse;

/// The codes of errors from the compiler's own parser.
const SYNTAX_CODES: &[u16] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 32, 64, 68, 87, 96,
    97, 103, 117, 118, 123, 133, 136, 140, 162, 167, 201, 202, 226, 236, 237, 238, 243, 249, 257, 266, 279,
    300, 305, 317, 322, 325, 337, 344, 346, 347, 354, 355, 356, 375, 404, 436,
];

pub(crate) fn run(folders: &[PathBuf]) -> bool {
    let dumps = super::files(folders, |path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(".diagnostics."))
    });
    let mut agree = 0;
    for dump in &dumps {
        let source = dump.to_string_lossy().replace(".diagnostics.", ".");
        let (Some(text), Some(dumped)) = (super::read(source.as_ref()), super::read(dump)) else {
            println!("{source}: cannot be read");
            continue;
        };
        let kind = if source.ends_with(".bicepparam") { FileKind::Params } else { FileKind::Bicep };
        let errors = parse(&text, kind).errors;
        let rejected = dumped.lines().find(|line| is_syntax_error(line));
        match (rejected, errors.first()) {
            (None, Some(error)) => println!("{source}: rejected for {error:?}"),
            (Some(line), None) => println!("{source}: accepted, the compiler says {line}"),
            _ => agree += 1,
        }
    }
    println!("{agree} of {} verdicts agree", dumps.len());
    agree == dumps.len()
}

fn is_syntax_error(line: &str) -> bool {
    let code = line
        .strip_prefix("//@[")
        .and_then(|rest| rest.split_once(" [BCP"))
        .and_then(|(_, rest)| rest.split_once(" (Error)]"));
    code.and_then(|(code, _)| code.parse().ok()).is_some_and(|code: u16| SYNTAX_CODES.contains(&code))
}
