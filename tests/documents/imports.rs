//! The direction of imports: a folder of `src/` uses only folders that precede it in `lib.rs`.

use std::path::Path;

/// The folders in pipeline order, as `lib.rs` declares them.
fn pipeline() -> Vec<String> {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect()
}

/// The folders that a text uses as `crate::folder`, alone or in a group, with the line. Tests at the end of a file may
/// use any folder.
fn named(text: &str) -> Vec<(usize, String)> {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let mut found = Vec::new();
    for (at, line) in product.lines().enumerate() {
        let code = line.split("//").next().unwrap_or(line);
        for rest in code.split("crate::").skip(1) {
            let group = rest.strip_prefix('{').map_or(rest, |group| group.trim_end_matches(['}', ';']));
            let is_group = rest.starts_with('{');
            for name in group.split(',').take(if is_group { usize::MAX } else { 1 }) {
                let word: String =
                    name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                found.push((at + 1, word));
            }
        }
    }
    found
}

#[test]
fn no_folder_uses_a_later_one() {
    let order = pipeline();
    assert!(order.len() > 10 && order.first().is_some_and(|first| first == "source"), "{order:?}");
    let rank = |name: &str| order.iter().position(|known| known == name);
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut looked_at, mut wrong) = (0, Vec::new());
    for entry in walkdir::WalkDir::new(&src).sort_by_file_name().into_iter().map(Result::unwrap) {
        let inside = entry.path().strip_prefix(&src).unwrap();
        let is_test = inside.components().any(|part| part.as_os_str().to_string_lossy().contains("tests"));
        if entry.path().extension().is_none_or(|end| end != "rs") || is_test {
            continue;
        }
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let Some(own) = rank(first.trim_end_matches(".rs")) else { continue };
        for (line, name) in named(&std::fs::read_to_string(entry.path()).unwrap()) {
            let Some(other) = rank(&name) else { continue };
            looked_at += 1;
            if other > own {
                wrong.push(format!("src/{}:{line} names `{name}`", inside.display()));
            }
        }
    }
    assert!(looked_at > 300, "only {looked_at} imports were seen");
    assert!(wrong.is_empty(), "against the pipeline:\n{}", wrong.join("\n"));
}

#[test]
fn uses_of_folders_are_found() {
    let text = "use crate::report::words;\nlet x = crate::cli::run(); // crate::fix\nuse crate::{fix, race::pair};\n";
    let names: Vec<String> = named(text).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["report", "cli", "fix", "race"]);
}
