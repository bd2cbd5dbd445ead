//! Recognizes files by their names.

use std::path::Path;

use super::file_system::below;

/// Whether a file is one that a folder is searched for.
pub fn is_template(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("bicep") || end.eq_ignore_ascii_case("bicepparam"))
}

/// Whether calls from a file count for nothing: tests and examples use modules as their users would.
pub fn is_test(path: &Path, base: &Path) -> bool {
    const FOLDERS: [&str; 5] = ["test", "tests", "example", "examples", "samples"];
    let inside = below(path, base).unwrap_or(path).to_string_lossy();
    let mut parts = inside.rsplit(std::path::is_separator);
    let is_named_so = parts.next().is_some_and(|name| name.ends_with(".test.bicep"));
    is_named_so || parts.any(|part| FOLDERS.iter().any(|folder| part.eq_ignore_ascii_case(folder)))
}
