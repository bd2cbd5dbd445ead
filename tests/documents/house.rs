//! Rules for the source: the maximum size of files, functions and types, and the place for knowledge about Azure.
//! `imports.rs` checks the imports between folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Maximum number of lines of a file.
const MAX_FILE_LINES: usize = 700;
/// Maximum number of lines of a function, from `fn` to its last brace, including comments and blank lines.
const MAX_FUNCTION_LINES: usize = 80;
/// Maximum number of methods of a type, in all its inherent `impl` blocks.
const MAX_METHODS: usize = 60;

/// Allowed exceptions with reasons: `file`, `file::function` or `file::Type`. The test also fails for an exception that
/// is not needed any more.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "template/arm/mod.rs::Maker",
    "one descent over one template: expressions declare the variables, parameters and resources that they name",
)];

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

/// The functions of a file with their sizes, its types, and the methods of its `impl` blocks.
struct Measured<'a> {
    file: &'a str,
    /// `file::function`, with the number of lines.
    functions: Vec<(String, usize)>,
    types: Vec<String>,
    /// A type, with the number of methods in one block.
    methods: Vec<(String, usize)>,
}

impl Measured<'_> {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = block.span().end().line + 1 - signature.span().start().line;
        self.functions.push((format!("{}::{}", self.file, signature.ident), lines));
    }
}

impl<'ast> Visit<'ast> for Measured<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.types.push(item.ident.to_string());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.types.push(item.ident.to_string());
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if let (None, syn::Type::Path(path)) = (&item.trait_, &*item.self_ty) {
            let methods = item.items.iter().filter(|item| matches!(item, syn::ImplItem::Fn(_))).count();
            self.methods.push((path.path.segments.last().unwrap().ident.to_string(), methods));
        }
        visit::visit_item_impl(self, item);
    }
}

/// The length of the common prefix of two paths.
fn shared(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
}

/// Everything that is too large, with its size: files, functions and types.
fn too_large(sources: &[(String, String)]) -> Vec<(String, String)> {
    let (mut large, mut types, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
    for (file, text) in sources {
        let lines = text.lines().count();
        if lines > MAX_FILE_LINES {
            large.push((file.clone(), format!("{lines} lines")));
        }
        let (functions, methods) = (Vec::new(), Vec::new());
        let mut measured = Measured { file, functions, types: Vec::new(), methods };
        measured.visit_file(&syn::parse_file(text).unwrap());
        let functions = measured.functions.into_iter().filter(|(_, lines)| *lines > MAX_FUNCTION_LINES);
        large.extend(functions.map(|(name, lines)| (name, format!("{lines} lines"))));
        types.extend(measured.types.into_iter().map(|name| (file, name)));
        blocks.extend(measured.methods.into_iter().map(|(name, methods)| (file, name, methods)));
    }
    let mut methods: BTreeMap<String, usize> = BTreeMap::new();
    for (file, name, count) in blocks {
        // If two types have the same name, a block belongs to the one in the nearer file.
        let same = types.iter().filter(|(_, known)| *known == name);
        // A type that a macro defines belongs to the file with its methods.
        let home = same.max_by_key(|(home, _)| shared(home, file)).map_or(file, |(home, _)| *home);
        *methods.entry(format!("{home}::{name}")).or_default() += count;
    }
    let types = methods.into_iter().filter(|(_, count)| *count > MAX_METHODS);
    large.extend(types.map(|(name, count)| (name, format!("{count} methods"))));
    large
}

#[test]
fn nothing_is_too_large() {
    let large = too_large(&sources());
    let wrong: Vec<_> =
        large.iter().filter(|(name, _)| !EXCEPTIONS.iter().any(|(known, _)| known == name)).collect();
    assert!(wrong.is_empty(), "split it, or say in EXCEPTIONS why not: {wrong:#?}");
    let over: Vec<_> =
        EXCEPTIONS.iter().filter(|(known, _)| !large.iter().any(|(name, _)| name == known)).collect();
    assert!(over.is_empty(), "no longer too large, take it out of EXCEPTIONS: {over:#?}");
}

#[test]
fn too_large_items_are_found() {
    let long = format!("fn long() {{\n{}}}\n", "    call();\n".repeat(MAX_FUNCTION_LINES - 1));
    let short = format!("fn short() {{\n{}}}\n", "    call();\n".repeat(MAX_FUNCTION_LINES - 2));
    let methods: Vec<_> = (0..MAX_METHODS).map(|at| format!("    fn m{at}() {{}}\n")).collect();
    let many = format!("struct Many;\nimpl Many<'_> {{\n{}}}\n", methods.concat());
    let more = format!("impl crate::one::Many<'_> {{\n    fn inner() {{ {long} }}\n}}\n");
    let sources = [
        ("one/a.rs".to_owned(), [long, short, many].concat()),
        ("one/b.rs".to_owned(), more),
        ("two.rs".to_owned(), "// line\n".repeat(MAX_FILE_LINES + 1)),
        ("three.rs".to_owned(), "// line\n".repeat(MAX_FILE_LINES)),
    ];
    let names: Vec<_> = too_large(&sources).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["one/a.rs::long", "one/b.rs::inner", "one/b.rs::long", "two.rs", "one/a.rs::Many"]);
}

/// Deployments and scopes belong to Azure Resource Manager itself; all other types belong in the data.
#[test]
fn knowledge_of_azure_is_data() {
    const OF_THE_MANAGER: [&str; 2] = ["microsoft.resources/", "microsoft.management/"];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if file.contains("tests") {
            continue;
        }
        // Tests with their input are at the end of a file, and a message may show how a type is written.
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

/// Calls that open files or follow links, which only the door may use.
const OPENING: &[&str] =
    &["File::open", "OpenOptions", "fs::read(", "fs::read_to_string(", "fs::read_dir(", "fs::copy("];

/// Every byte is read through the door: other code that opens a file may block on a pipe, or reveal files outside the
/// boundary.
#[test]
fn only_the_door_opens_files() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if file.starts_with("door/") || file.contains("tests") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (at, line) in code.lines().enumerate().filter(|(_, line)| !line.trim().starts_with("//")) {
            if OPENING.iter().any(|opening| line.contains(opening)) {
                wrong.push(format!("{file}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
