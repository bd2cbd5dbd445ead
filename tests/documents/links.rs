//! Every link in the documentation leads to a file, a heading of a page, or an item of a Rust file.
//!
//! In `[Terms::resource_id](../src/eval/id.rs#Terms::resource_id)` the fragment names a method with its type. Likewise,
//! `#Terms` names a type, `#compare` a function, and `#Value::ResourceId` a variant.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// The names that a Rust file defines: `item`, `Type::method`, `Enum::Variant`.
#[derive(Default)]
struct Defined {
    names: BTreeSet<String>,
    /// The enclosing type or trait.
    within: Option<String>,
}

impl Defined {
    fn add(&mut self, name: &syn::Ident) {
        let name =
            self.within.as_ref().map_or_else(|| name.to_string(), |within| format!("{within}::{name}"));
        self.names.insert(name);
    }

    fn inside(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        let outer = self.within.replace(name);
        visit(self);
        self.within = outer;
    }
}

impl<'ast> Visit<'ast> for Defined {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Const(item) => self.add(&item.ident),
            syn::Item::Enum(item) => {
                self.add(&item.ident);
                self.inside(item.ident.to_string(), |inside| {
                    item.variants.iter().for_each(|variant| inside.add(&variant.ident));
                });
            }
            syn::Item::Fn(item) => self.add(&item.sig.ident),
            syn::Item::Impl(item) => {
                if let syn::Type::Path(path) = &*item.self_ty {
                    let name = path.path.segments.last().unwrap().ident.to_string();
                    self.inside(name, |inside| visit::visit_item_impl(inside, item));
                }
            }
            syn::Item::Macro(item) => item.ident.iter().for_each(|name| self.add(name)),
            syn::Item::Static(item) => self.add(&item.ident),
            syn::Item::Struct(item) => self.add(&item.ident),
            syn::Item::Trait(item) => {
                self.add(&item.ident);
                self.inside(item.ident.to_string(), |inside| visit::visit_item_trait(inside, item));
            }
            syn::Item::Type(item) => self.add(&item.ident),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.add(&item.ident);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig.ident);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.add(&item.sig.ident);
    }
}

/// The anchors of a page's headings, as GitHub generates them.
fn headings(text: &str) -> BTreeSet<String> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    lines
        .map(|heading| {
            let kept = heading.to_lowercase().replace(' ', "-");
            kept.chars().filter(|char| char.is_alphanumeric() || "-_".contains(*char)).collect()
        })
        .collect()
}

/// The targets of the links of a page, outside code blocks.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, part) in text.split("```").enumerate() {
        if at % 2 == 0 {
            let ends = part.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            found.extend(ends.map(|(target, _)| target.to_owned()));
        }
    }
    found
}

/// The problem with a link of a page, if there is one.
fn wrong(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (file, place) = link.split_once('#').map_or((link, None), |(file, place)| (file, Some(place)));
    let path = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    if !path.exists() {
        return Some(format!("there is no `{file}`"));
    }
    let place = place?;
    let text = fs::read_to_string(&path).ok()?;
    let known = match path.extension()?.to_str()? {
        "md" => headings(&text),
        "rs" => {
            let mut defined = Defined::default();
            defined.visit_file(&syn::parse_file(&text).unwrap());
            defined.names
        }
        _ => return Some(format!("`{place}` is no place in `{file}`")),
    };
    (!known.contains(place)).then(|| format!("`{file}` has no `{place}`"))
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    let docs = walkdir::WalkDir::new(root.join("docs")).sort_by_file_name();
    let docs = docs.into_iter().map(|entry| entry.unwrap().into_path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|end| end == "md")));
    pages
}

#[test]
fn every_link_leads_somewhere() {
    let (mut looked_at, mut broken) = (0, Vec::new());
    for page in pages() {
        for link in links(&fs::read_to_string(&page).unwrap()) {
            looked_at += 1;
            broken.extend(wrong(&page, &link).map(|why| format!("{}: {why}", page.display())));
        }
    }
    assert!(looked_at > 100, "only {looked_at} links were seen");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_hub_example_has_links_into_the_code() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    let chapter = text.split("\n## ").find(|chapter| chapter.starts_with("Follow a hub\n")).unwrap();
    let items = links(chapter).into_iter().filter(|link| link.contains(".rs#")).count();
    assert!(items >= 15, "only {items}");
}

#[test]
fn broken_links_are_found() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    for (link, why) in [
        ("nowhere.md", "there is no `nowhere.md`"),
        ("limits.md#nothing-of-this-name", "`limits.md` has no `nothing-of-this-name`"),
        ("../src/eval/term.rs#Nothing", "`../src/eval/term.rs` has no `Nothing`"),
        ("../src/eval/term.rs#Value::Nothing", "`../src/eval/term.rs` has no `Value::Nothing`"),
        ("schema/report.schema.json#title", "`title` is no place in `schema/report.schema.json`"),
    ] {
        assert_eq!(wrong(&page, link).as_deref(), Some(why));
    }
    for link in [
        "#follow-a-hub",
        "../src/eval/term.rs#Value",
        "../src/eval/term.rs#Value::Null",
        "https://example.com/x#y",
    ] {
        assert_eq!(wrong(&page, link), None);
    }
}
