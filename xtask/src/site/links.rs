//! Checks the links between the files of the site: each must lead to an existing file and place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use super::{beside, files_below};

/// The folder of the playground, whose addresses carry more than the name of a file.
const PLAYGROUND: &str = "playground/";

/// All links that lead to a missing file, or to a missing place in a file.
pub(super) fn broken(folder: &Path, with_playground: bool) -> io::Result<Vec<String>> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut links: Vec<(String, String)> = Vec::new();
    for path in files_below(folder, "html")? {
        let text = fs::read_to_string(folder.join(&path))?;
        let path = path.to_string_lossy().replace('\\', "/");
        links.extend(values(&text, "href").chain(values(&text, "src")).map(|link| (path.clone(), link)));
        places.insert(path, values(&text, "id").collect());
    }
    let is_broken = |(page, link): &(String, String)| {
        if link.contains("://") || link.starts_with("data:") {
            return false;
        }
        let (file, part) =
            link.split_once('#').map_or((link.as_str(), None), |(file, part)| (file, Some(part)));
        let named = if file.is_empty() { page.clone() } else { beside(page, file) };
        if named.starts_with(PLAYGROUND) || named == PLAYGROUND.trim_end_matches('/') {
            let page = format!("{PLAYGROUND}index.html");
            return with_playground && !folder.join(page).is_file();
        }
        match (part, places.get(&named)) {
            (_, None) => !folder.join(&named).is_file(),
            (Some(part), Some(known)) => !known.contains(part),
            (None, Some(_)) => false,
        }
    };
    let said = |(page, link): (String, String)| format!("{page}: `{link}` leads nowhere");
    Ok(links.into_iter().filter(is_broken).map(said).collect())
}

/// All values of one HTML attribute.
fn values<'t>(text: &'t str, name: &str) -> impl Iterator<Item = String> + use<'t> {
    let begin = format!(" {name}=\"");
    let found: Vec<String> = text
        .split(begin.as_str())
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0.replace("&amp;", "&")))
        .collect();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_links_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "index.html",
            "<a href=\"a/b.html#x\"></a><a href=\"a/gone.html\"></a><a href=\"https://example.invalid\"></a>",
        );
        write(
            "a/b.html",
            "<h1 id=\"x\"></h1><a href=\"../index.html\"></a><a href=\"#y\"></a><a href=\"../playground/#example=z\"></a>",
        );
        let found = broken(folder.path(), false).unwrap();
        assert_eq!(found, ["a/b.html: `#y` leads nowhere", "index.html: `a/gone.html` leads nowhere"]);
        assert_eq!(broken(folder.path(), true).unwrap().len(), 3);
    }
}
