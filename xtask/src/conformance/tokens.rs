//! `tokens DIR…`: compares the lexer with the compiler's token dumps, `main.tokens.bicep` next to `main.bicep`.
//!
//! In a dump, each source line is followed by a line `//@[start:end) Kind |text|` for every token that starts in it.

use std::path::PathBuf;

use bicep_race_lint::syntax::lex;

pub(crate) fn run(folders: &[PathBuf]) -> bool {
    let dumps = super::files(folders, |path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(".tokens."))
    });
    let mut agree = 0;
    for dump in &dumps {
        let source = dump.to_string_lossy().replace(".tokens.", ".");
        let (Some(text), Some(dumped)) = (super::read(source.as_ref()), super::read(dump)) else {
            println!("{source}: cannot be read");
            continue;
        };
        let expected = dumped_tokens(&dumped);
        let mut found: Vec<_> = lex(&text)
            .tokens
            .iter()
            .map(|token| (format!("{:?}", token.kind), escape(token.span.of(&text))))
            .collect();
        if expected.last().is_some_and(|(kind, _)| kind != "EndOfFile") {
            // If the file ends inside a multi-line token, the dump has no end token.
            found.pop();
        }
        match expected.iter().zip(&found).position(|(one, other)| one != other) {
            None if expected.len() == found.len() => agree += 1,
            None => println!("{source}: {} tokens, the compiler has {}", found.len(), expected.len()),
            Some(at) => {
                println!("{source}: token {at} is {:?}, the compiler has {:?}", found[at], expected[at]);
            }
        }
    }
    println!("{agree} of {} token dumps agree", dumps.len());
    agree == dumps.len()
}

fn dumped_tokens(dump: &str) -> Vec<(String, String)> {
    let token = |line: &str| {
        let (_, rest) = line.strip_prefix("//@[")?.split_once(") ")?;
        let (kind, text) = rest.split_once(" |")?;
        Some((kind.to_owned(), text.trim_end_matches('\r').strip_suffix('|')?.to_owned()))
    };
    dump.split('\n').filter_map(token).collect()
}

fn escape(text: &str) -> String {
    text.replace('\r', "\\r").replace('\n', "\\n").replace('\t', "\\t")
}
