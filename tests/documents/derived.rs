//! `.ci/derive` writes every derived file: it sets each variable that allows a test to write, and runs each of those tests.

use std::fs;
use std::path::Path;

/// The name that `var_os("…")` reads in a line, if it allows a test to write files.
fn permission(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("var_os(\"")?;
    let (name, _) = rest.split_once('"')?;
    (name.starts_with("UPDATE_") || name.starts_with("RECORD_")).then_some(name)
}

/// The argument of `cargo test` that runs the tests of a file. Ex) `--test command`, `report::picture::` for a file of `src`
fn argument(path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("tests/") {
        return Some(format!("--test {}", rest.split('/').next()?.trim_end_matches(".rs")));
    }
    let module = path.strip_prefix("src/")?.trim_end_matches(".rs").trim_end_matches("/tests");
    Some(format!("{}::", module.replace('/', "::")))
}

#[test]
fn the_script_writes_every_derived_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = fs::read_to_string(root.join(".ci/derive")).unwrap();
    let (mut found, mut missing) = (0, Vec::new());
    for folder in ["src", "tests"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            if path.extension().is_none_or(|end| end != "rs") || name.ends_with("documents/derived.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let variables: Vec<&str> = text.lines().filter_map(permission).collect();
            if variables.is_empty() && !text.contains("assert_snapshot!") {
                continue;
            }
            found += 1;
            let variables = variables.iter().map(|variable| format!("{variable}=1"));
            let wanted = variables.chain(argument(&name));
            missing.extend(
                wanted.filter(|wanted| !script.contains(wanted)).map(|wanted| (name.clone(), wanted)),
            );
        }
    }
    assert!(found > 10, "only {found} files with derived files were seen");
    assert!(missing.is_empty(), "`.ci/derive` lacks {missing:#?}");
}
