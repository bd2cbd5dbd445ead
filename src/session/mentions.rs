//! Finds the files that may depend on a changed file by searching their bytes, which is far faster than parsing them.
//! The result is an over-approximation: a file that is left out certainly does not depend on the change; a file that is
//! kept may.
//!
//! References to templates are string literals with a template's extension, so they give a graph of files, which is followed
//! backwards from the change. Any other file (`loadTextContent('names.txt')`) must occur by its name in the text. A text that
//! can form a path in another way (escapes, interpolation, links in ARM templates, folders) is assumed to name any file:
//!
//! ```bicep
//! module net 'modules/net.bicep' = { … }           // an edge to modules/net.bicep
//! var names = loadJsonContent('data/names.json')   // contains the name `names.json`
//! var all = loadJsonContent('data/${env}.json')    // may name any file
//! ```

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem::{self, Finder};
use rustc_hash::{FxHashMap, FxHashSet};

use super::change::Change;
use super::configured::Configured;
use super::roots::Roots;
use crate::config::FILE_NAME;
use crate::door::Boundary;
use crate::parallel;
use crate::small_sort::SmallSort as _;
use crate::workspace::beside::{candidates, is_parameters};
use crate::workspace::bicep_config::{self, BicepConfig};
use crate::workspace::file_system::{self, FileSystem, normal};
use crate::workspace::named::is_template;

/// Maximum number of changed files whose names are searched for. With more, every text is assumed to name one.
const MAX_NAMES: usize = 64;
/// Number of texts that a thread takes at once from the shared work list.
const AT_ONCE: usize = 16;
/// Extensions of templates, and a longer form of each: `.bicep` and `.bicepparam`, `.json` and `.jsonc`.
const ENDS: [(&str, &str); 3] = [(".bicep", "param"), (".json", "c"), (".arm", "")];
/// Keywords that precede the path of a template on its line. Other literals may end in `.json` too.
const BEFORE: [&str; 3] = ["module", "import", "using"];
/// The property with which an ARM template names another file, in lower case.
const LINK: &str = "relativepath";
/// Prefix of the functions that load a file.
const LOADS: &str = "load";
/// Suffixes of these functions, in lower case: `loadJsonContent`, `loadFileAsBase64`, `loadDirectoryFileInfo`.
const FORMS: [&[u8]; 3] = [b"content", b"base64", FOLDER];
/// Suffix of the function that lists a folder.
const FOLDER: &[u8] = b"fileinfo";

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The set of files that may depend on a change.
pub(super) struct Mentions {
    paths: FxHashSet<OsString>,
}

/// What the search found in one file.
struct Seen {
    path: PathBuf,
    /// Paths of the templates that it names.
    templates: Vec<PathBuf>,
    /// Whether it changed itself, or may refer to a changed file other than by a template's path.
    is_near: bool,
}

impl Mentions {
    /// The files that may depend on a change, among the roots and what they refer to; `None` if every file may.
    pub(super) fn of(
        change: &Change,
        asked: &Roots,
        files: &dyn FileSystem,
        boundary: &Boundary,
        configured: &Configured,
    ) -> Option<Self> {
        let search = Search::new(change, files, boundary)?;
        let mut settings = Settings { files, boundary, of_folder: FxHashMap::default() };
        let mut wave: Vec<PathBuf> = asked.paths().iter().map(|path| normal(path)).collect();
        let mut near: FxHashSet<PathBuf> = FxHashSet::default();
        for path in &wave {
            let folder = path.parent().unwrap_or(path);
            let compiler = settings.of(folder);
            // Give up if an alias may stand for any file, or the module cache is part of what changed.
            let is_in = |cache: &PathBuf| search.is_below(cache);
            if !compiler.mocks.is_empty() || compiler.cache.as_ref().is_some_and(is_in) {
                return None;
            }
            if change.changes_settings(bicep_config::NAME, &compiler.files, folder)
                || change.changes_settings(FILE_NAME, &configured.files_of(path), folder)
            {
                near.insert(path.clone());
            }
        }
        let mut callers: FxHashMap<PathBuf, Vec<PathBuf>> = FxHashMap::default();
        let mut known: FxHashSet<PathBuf> = wave.iter().cloned().collect();
        while !wave.is_empty() {
            let seen = parallel::map(wave, AT_ONCE, |path| search.scan(path));
            wave = Vec::new();
            for Seen { path, templates, is_near } in seen {
                if is_near {
                    near.insert(path.clone());
                }
                for template in templates {
                    // A template that the walk did not find, such as an ignored file, has references and settings too.
                    if known.insert(template.clone()) {
                        let folder = template.parent().unwrap_or(&template);
                        if change.changes_settings(bicep_config::NAME, &settings.of(folder).files, folder) {
                            near.insert(template.clone());
                        }
                        wave.push(template.clone());
                    }
                    callers.entry(template).or_default().push(path.clone());
                }
            }
        }
        let mut open: Vec<PathBuf> = near.iter().cloned().collect();
        while let Some(path) = open.pop() {
            for caller in callers.remove(&path).into_iter().flatten() {
                if near.insert(caller.clone()) {
                    open.push(caller);
                }
            }
        }
        Some(Self { paths: near.into_iter().map(PathBuf::into_os_string).collect() })
    }

    pub(super) fn contains(&self, path: &Path) -> bool {
        self.paths.contains(normal(path).as_os_str())
    }
}

/// Caches the `bicepconfig.json` that applies to each folder.
struct Settings<'f> {
    files: &'f dyn FileSystem,
    boundary: &'f Boundary,
    of_folder: FxHashMap<PathBuf, Arc<BicepConfig>>,
}

impl Settings<'_> {
    /// A folder without a file of its own shares the configuration of its parent.
    fn of(&mut self, folder: &Path) -> Arc<BicepConfig> {
        if let Some(known) = self.of_folder.get(folder) {
            return Arc::clone(known);
        }
        let everywhere = Boundary::everywhere();
        let scope = if self.boundary.holds(folder) { self.boundary } else { &everywhere };
        let own = self.files.look(&folder.join(bicep_config::NAME), scope);
        let config = match folder.parent().filter(|_| own.is_err_and(|unread| unread.is_absent())) {
            Some(above) => self.of(above),
            None => bicep_config::nearest(self.files, folder, self.boundary).0.into(),
        };
        self.of_folder.insert(folder.to_owned(), Arc::clone(&config));
        config
    }
}

/// The search: the change and the byte patterns to look for.
struct Search<'c> {
    change: &'c Change,
    files: &'c dyn FileSystem,
    boundary: &'c Boundary,
    /// Finders for the names of changed files other than templates.
    names: Vec<Finder<'c>>,
    ends: [Finder<'static>; 3],
    load: Finder<'static>,
    escape: Finder<'static>,
}

impl<'c> Search<'c> {
    /// `None` if any text may name a changed file.
    fn new(change: &'c Change, files: &'c dyn FileSystem, boundary: &'c Boundary) -> Option<Self> {
        // On file systems that ignore case a file has more than one name, so a search for bytes may miss it.
        let is_any = change.has_folders() || change.files().len() > MAX_NAMES;
        if is_any || cfg!(any(windows, target_os = "macos")) {
            return None;
        }
        let name = |path: &'c PathBuf| {
            let name = path.file_name()?.as_encoded_bytes();
            let is_template = name.ends_with(b".bicep") || name.ends_with(b".bicepparam");
            (!is_template).then(|| Finder::new(name))
        };
        let names = change.files().iter().filter_map(name).collect();
        let [load, escape] = [LOADS, "\\u{"].map(Finder::new);
        let ends = ENDS.map(|(end, _)| Finder::new(end));
        Some(Self { change, files, boundary, names, ends, load, escape })
    }

    /// Whether a changed file is below a folder.
    fn is_below(&self, folder: &Path) -> bool {
        let folder = normal(folder);
        self.change.files().iter().any(|path| path.starts_with(&folder))
    }

    /// Searches a file. The thread keeps the buffer, so that reading does not allocate.
    fn scan(&self, path: PathBuf) -> Seen {
        BUFFER.with_borrow_mut(|buffer| self.scan_into(path, buffer))
    }

    /// Searches a file. A file that cannot be read has no references; whether it changed is known from its path.
    fn scan_into(&self, path: PathBuf, bytes: &mut Vec<u8>) -> Seen {
        let seen = self.files.look(&path, self.boundary);
        let has_changed = match &seen {
            Ok(seen) => self.change.is(&path, &seen.real),
            Err(_) => self.change.contains(&path),
        };
        let read = seen.and_then(|seen| self.files.read_seen_into(&path, &seen, self.boundary, bytes));
        if read.is_err() {
            return Seen { path, templates: Vec::new(), is_near: has_changed };
        }
        // The patterns are UTF-8, so UTF-16 is converted first.
        let text: Cow<'_, [u8]> = match bytes.as_slice() {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                file_system::text(bytes.clone()).unwrap_or_default().into_bytes().into()
            }
            bytes => bytes.into(),
        };
        let folder = path.parent().unwrap_or(&path);
        let literals = self.literals(&text).map(|literal| normal(&folder.join(literal)));
        let mut templates: Vec<PathBuf> = literals.collect();
        // A JSON parameter file does not name its template: its name does.
        if is_parameters(&path) {
            templates.extend(candidates(&path));
        }
        templates.small_sort();
        templates.dedup();
        let is_near = has_changed
            || self.names.iter().any(|name| name.find(&text).is_some())
            || self.escape.find(&text).is_some()
            || self.load.find_iter(&text).any(|at| loads_computed_path(&text[at..]))
            || (!is_template(&path) && links(&text));
        Seen { path, templates, is_near }
    }

    /// String literals that look like the path of a template, without references to a registry.
    fn literals<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = &'t str> {
        let ends = self.ends.iter().zip(ENDS);
        let found = ends.flat_map(move |(finder, (end, more))| {
            finder.find_iter(text).map(move |at| (at, at + end.len(), more))
        });
        found.filter_map(|(at, end, more)| {
            let longer = end + more.len();
            let is_longer = text.get(end..longer) == Some(more.as_bytes());
            let quotes = [end, longer].into_iter().take(1 + usize::from(is_longer));
            let quote = quotes.into_iter().find(|&quote| text.get(quote) == Some(&b'\''))?;
            let start = memchr::memrchr2(b'\'', b'\n', &text[..at]).filter(|&start| text[start] == b'\'')?;
            let literal = std::str::from_utf8(&text[start + 1..quote]).ok()?;
            let is_reference = !literal.contains(':') && (more == "param" || is_referred_to(&text[..start]));
            is_reference.then_some(literal)
        })
    }
}

/// Whether the line before this point has a keyword that a path of a template may follow.
fn is_referred_to(text: &[u8]) -> bool {
    let line = &text[memchr::memrchr(b'\n', text).map_or(0, |at| at + 1)..];
    BEFORE.iter().any(|word| memmem::find(line, word.as_bytes()).is_some())
}

/// Whether an ARM template has a link to another file.
fn links(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'r', b'R', text).any(|at| {
        let word = text.get(at..at + LINK.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(LINK.as_bytes()))
    })
}

/// Whether `text` starts with a call of a load function whose argument is not a plain literal, so that it may name any file.
fn loads_computed_path(text: &[u8]) -> bool {
    let word = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (word, rest) = text.split_at(word);
    let ends_so = |form: &&[u8]| {
        let end = word.len().checked_sub(form.len()).and_then(|at| word.get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(form))
    };
    let Some(argument) = rest.trim_ascii_start().strip_prefix(b"(").filter(|_| FORMS.iter().any(ends_so))
    else {
        return false;
    };
    if ends_so(&FOLDER) {
        return true;
    }
    let Some(literal) = argument.trim_ascii_start().strip_prefix(b"'") else { return true };
    let end = memchr::memchr2(b'\'', b'\n', literal).unwrap_or(literal.len());
    let inside = &literal[..end];
    inside.is_empty() || inside.contains(&b'\\') || memmem::find(inside, b"${").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computed_path_is_seen() {
        let table = [
            ("var v = loadTextContent('a.txt')", false),
            ("var v = loadJsonContent(\n  'a.json', 'x')", false),
            ("var v = loadBalancer(a)", false),
            ("// a load of content", false),
            ("var v = loadJsonContent('${at}/a.json')", true),
            ("var v = loadYamlContent ( path )", true),
            ("var v = loadDirectoryFileInfo('folder')", true),
            ("var v = sys.loadFileAsBase64('''a''')", true),
            ("var v = loadTextContent('it\\'s.txt')", true),
        ];
        for (text, expected) in table {
            let found = memmem::find_iter(text.as_bytes(), LOADS)
                .any(|at| loads_computed_path(&text.as_bytes()[at..]));
            assert_eq!(found, expected, "{text}");
        }
    }
}
