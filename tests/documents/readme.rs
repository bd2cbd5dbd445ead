//! The README and the page on failures show real output: each block that starts with `$ bicep-race-lint` is run and
//! compared. `.ci/derive` rewrites the blocks.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

const START: &str = "```text\n$ bicep-race-lint ";

/// The pages that show output.
const PAGES: &[&str] = &["README.md", "docs/failed.md"];

/// The output of a command line of a page, without colours and without a terminal.
fn output(arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bicep-race-lint"))
        .args(arguments.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_shows_what_it_prints() {
    for page in PAGES {
        shows_what_it_prints(page);
    }
}

fn shows_what_it_prints(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let mut blocks = text.split(START);
    let mut expected = blocks.next().unwrap().to_owned();
    let mut count = 0;
    for block in blocks {
        let (arguments, rest) = block.split_once('\n').unwrap();
        let (_, after) = rest.split_once("```").unwrap();
        let output = output(arguments);
        expected.push_str(&format!("{START}{arguments}\n{}\n```{after}", output.trim_end()));
        count += 1;
    }
    assert!(count >= 2, "{page} shows no output");
    if env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(text == expected, "{page} is stale: run `.ci/derive` and read the difference");
    }
}
