//! The house: how large a file may be, and where knowledge of Azure stands. `imports.rs` holds which folder may name which.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The most bytes of a file of code.
const LARGEST: usize = 32 * 1024;

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn no_file_is_too_large() {
    let large: Vec<String> =
        sources().into_iter().filter(|(_, text)| text.len() > LARGEST).map(|(file, _)| file).collect();
    assert!(large.is_empty(), "{large:?}");
}

/// Deployments and scopes belong to Azure Resource Manager itself; every other type stands in the data.
#[test]
fn knowledge_of_azure_is_data() {
    const OF_THE_MANAGER: [&str; 2] = ["microsoft.resources/", "microsoft.management/"];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if file.contains("tests") {
            continue;
        }
        // Tests and what they are given stand at the end, and a message may show how a type is written.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (at, line) in code.lines().enumerate() {
            let lower = line.trim().to_ascii_lowercase();
            let is_known = lower.starts_with("//") || lower.contains("self.wrong(");
            let named = lower.find("microsoft.").map(|at| &lower[at..]).filter(|rest| {
                let provider = rest["microsoft.".len()..].split(|char: char| !char.is_alphanumeric()).next();
                rest["microsoft.".len() + provider.unwrap().len()..].starts_with('/')
            });
            if named.is_some_and(|rest| !OF_THE_MANAGER.iter().any(|own| rest.starts_with(own))) && !is_known
            {
                wrong.push(format!("{file}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
