//! Which files may reach a changed one, by their texts alone: a look at bytes, which takes far less time than reading them as
//! templates. Who is left out surely does not reach it; who is in it may.
//!
//! A template is referred to by a literal that ends as the name of one does, so that these make a graph. Any other file is called
//! by its name, somewhere in the text. Where a text may spell a path otherwise (an escape, a path put together, a link of an ARM
//! template, a folder), it may name anything.

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

/// More changed files are not looked for by their names one by one: then every text may name one.
const MAX_NAMES: usize = 64;
/// So many texts are looked at without a look at whether another thread has nothing left to do.
const AT_ONCE: usize = 16;
/// How the paths of templates end, and what may follow before the quote.
const ENDS: [(&str, &str); 3] = [(".bicep", "param"), (".json", "c"), (".arm", "")];
/// What stands before the path of a template in its line, where others end in the same way.
const BEFORE: [&str; 3] = ["module", "import", "using"];
/// How an ARM template names another file.
const LINK: &str = "relativepath";
/// What the functions begin with that load a file.
const LOADS: &str = "load";
/// What such a function ends with.
const FORMS: [&[u8]; 3] = [b"content", b"base64", FOLDER];
/// The one that lists a folder.
const FOLDER: &[u8] = b"fileinfo";

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The files that may reach a change.
pub(super) struct Mentions {
    paths: FxHashSet<OsString>,
}

/// What one text refers to.
struct Seen {
    path: PathBuf,
    /// The templates that it names.
    templates: Vec<PathBuf>,
    /// Whether it may name a changed file itself.
    is_near: bool,
}

impl Mentions {
    /// The files among some roots that may reach a change; none where all may.
    pub(super) fn of(
        change: &Change,
        asked: &Roots,
        files: &dyn FileSystem,
        boundary: &Boundary,
        configured: &Configured,
    ) -> Option<Self> {
        let looking = Looking::new(change, files, boundary)?;
        let mut settings = Settings { files, boundary, of_folder: FxHashMap::default() };
        let mut wave: Vec<PathBuf> = asked.paths().iter().map(|path| normal(path)).collect();
        let mut near: FxHashSet<PathBuf> = FxHashSet::default();
        for path in &wave {
            let folder = path.parent().unwrap_or(path);
            let compiler = settings.of(folder);
            // An alias may stand for any file, and the module cache may be part of the repository.
            let is_in = |cache: &PathBuf| looking.is_below(cache);
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
            let seen = parallel::map(wave, AT_ONCE, |path| looking.look(path));
            wave = Vec::new();
            for Seen { path, templates, is_near } in seen {
                if is_near {
                    near.insert(path.clone());
                }
                for template in templates {
                    // What was not found itself, such as an ignored file, has references and settings too.
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

/// The compiler's configuration of each folder.
struct Settings<'f> {
    files: &'f dyn FileSystem,
    boundary: &'f Boundary,
    of_folder: FxHashMap<PathBuf, Arc<BicepConfig>>,
}

impl Settings<'_> {
    /// What has none of its own shares that of the folder above.
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

/// What is looked for in texts.
struct Looking<'c> {
    change: &'c Change,
    files: &'c dyn FileSystem,
    boundary: &'c Boundary,
    /// The names of changed files that are no templates.
    names: Vec<Finder<'c>>,
    ends: [Finder<'static>; 3],
    load: Finder<'static>,
    escape: Finder<'static>,
}

impl<'c> Looking<'c> {
    /// None where any text may name a changed file.
    fn new(change: &'c Change, files: &'c dyn FileSystem, boundary: &'c Boundary) -> Option<Self> {
        // Where case does not matter, a file has more than one name.
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

    /// Whether a changed file lies below a folder.
    fn is_below(&self, folder: &Path) -> bool {
        let folder = normal(folder);
        self.change.files().iter().any(|path| path.starts_with(&folder))
    }

    /// What a file says, read into memory that the thread keeps.
    fn look(&self, path: PathBuf) -> Seen {
        BUFFER.with_borrow_mut(|buffer| self.look_into(path, buffer))
    }

    /// What a file says. One that cannot be read says nothing, and who names it is asked later.
    fn look_into(&self, path: PathBuf, bytes: &mut Vec<u8>) -> Seen {
        let seen = self.files.look(&path, self.boundary);
        let has_changed = match &seen {
            Ok(seen) => self.change.is(&path, &seen.real),
            Err(_) => self.change.contains(&path),
        };
        let read = seen.and_then(|seen| self.files.read_seen_into(&path, &seen, self.boundary, bytes));
        if read.is_err() {
            return Seen { path, templates: Vec::new(), is_near: has_changed };
        }
        // In UTF-16 each letter has another form.
        let text: Cow<'_, [u8]> = match bytes.as_slice() {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                file_system::text(bytes.clone()).unwrap_or_default().into_bytes().into()
            }
            bytes => bytes.into(),
        };
        let folder = path.parent().unwrap_or(&path);
        let literals = self.literals(&text).map(|literal| normal(&folder.join(literal)));
        let mut templates: Vec<PathBuf> = literals.collect();
        // Nothing in it names its template.
        if is_parameters(&path) {
            templates.extend(candidates(&path));
        }
        templates.small_sort();
        templates.dedup();
        let is_near = has_changed
            || self.names.iter().any(|name| name.find(&text).is_some())
            || self.escape.find(&text).is_some()
            || self.load.find_iter(&text).any(|at| is_put_together(&text[at..]))
            || (!is_template(&path) && links(&text));
        Seen { path, templates, is_near }
    }

    /// The literals that end as a path of a template does, and are no reference to a registry.
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

/// Whether a line says so far that a template follows.
fn is_referred_to(text: &[u8]) -> bool {
    let line = &text[memchr::memrchr(b'\n', text).map_or(0, |at| at + 1)..];
    BEFORE.iter().any(|word| memmem::find(line, word.as_bytes()).is_some())
}

/// Whether an ARM template names another file.
fn links(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'r', b'R', text).any(|at| {
        let word = text.get(at..at + LINK.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(LINK.as_bytes()))
    })
}

/// Whether a text begins with a function that loads a file by a path that is no plain literal.
fn is_put_together(text: &[u8]) -> bool {
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
    fn a_path_that_is_put_together_is_seen() {
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
            let found =
                memmem::find_iter(text.as_bytes(), LOADS).any(|at| is_put_together(&text.as_bytes()[at..]));
            assert_eq!(found, expected, "{text}");
        }
    }
}
