//! Turns the knowledge (TOML) into static tables. A mistake in it stops the build, with file and line.

#[path = "src/azure/catalog/entry.rs"]
#[allow(dead_code, unreachable_pub)]
mod entry;
#[path = "src/azure/catalog/form.rs"]
#[allow(dead_code, unreachable_pub)]
mod form;
#[path = "src/level.rs"]
#[allow(dead_code, unreachable_pub)]
mod level;
#[path = "src/rule_id.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod rule_id;

#[path = "src/azure/mistake.rs"]
#[allow(dead_code, unreachable_pub)]
mod mistake;
#[path = "src/azure/modules/form.rs"]
#[allow(dead_code, unreachable_pub)]
mod module_form;

/// The module names by which the included files refer to each other.
mod azure {
    pub(crate) use crate::mistake;
}

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use entry::{Access, Elements, Entry, Evidence, ObjectSource, Seq, Sources, Step, Test, Writer};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/azure");
    println!("cargo::rerun-if-changed=src/level.rs");
    println!("cargo::rerun-if-changed=src/rule_id.rs");
    println!("cargo::rerun-if-changed=src/rules");
    // The forms above have JSON Schemas in the crate, and none here: that would need `schemars` for the build as well.
    if env::var_os("CARGO_FEATURE_CLI").is_some() {
        println!("cargo::rustc-cfg=schema");
    }
    let Err(error) = write_tables() else { return ExitCode::SUCCESS };
    for line in error.to_string().lines().filter(|line| !line.is_empty()) {
        println!("cargo::error={line}");
    }
    ExitCode::FAILURE
}

fn write_tables() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let entries = catalog(Path::new("src/azure/catalog"))?;
    let mut sources = Packed::default();
    fs::write(out.join("catalog.rs"), tables(&entries, &mut sources))?;
    fs::write(out.join("sources.lz4"), lz4_flex::block::compress_prepend_size(sources.text.as_bytes()))?;
    let (wrappers, answers) = answers(Path::new("src/azure/answers.toml"))?;
    fs::write(out.join("answers.rs"), wrappers)?;
    fs::write(out.join("answers.lz4"), lz4_flex::block::compress_prepend_size(answers.as_bytes()))?;
    fs::write(out.join("durations.rs"), durations(Path::new("src/azure/durations.toml"))?)?;
    fs::write(out.join("types.rs"), types(Path::new("src/azure/types.toml"))?)?;
    fs::write(out.join("plain.rs"), plain(Path::new("src/azure/plain.toml"))?)?;
    stubs(Path::new("src/azure/modules"), &out)?;
    pages(Path::new("src/rules"), &out.join("rules"))
}

/// Writes the doc comment at the top of each Rust file in a folder: the page of the rule in it.
fn pages(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let Some(name) = path.file_stem().filter(|_| path.extension().is_some_and(|ending| ending == "rs"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path)?;
        let head = text.lines().map_while(|line| line.strip_prefix("//!"));
        let page: Vec<&str> = head.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        fs::write(out.join(name).with_extension("md"), page.join("\n"))?;
    }
    Ok(())
}

/// The TOML files of a folder, by name.
fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        files.push(file?.path());
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    Ok(files)
}

fn catalog(folder: &Path) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut all: Vec<Entry> = Vec::new();
    for path in toml_files(folder)? {
        let text = fs::read_to_string(&path)?;
        let domain = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let entries = form::entries_of(&text, domain, form::Author::BuiltIn)
            .map_err(|mistakes| described(&path, &text, &mistakes))?;
        for entry in entries {
            if all.iter().any(|other| other.id == entry.id) {
                return Err(format!("{}: there is already an entry `{}`", path.display(), entry.id).into());
            }
            all.push(entry);
        }
    }
    Ok(all)
}

/// A file of durations.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Durations {
    duration: Vec<Duration>,
}

/// Typical minutes of some types.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Duration {
    types: Vec<String>,
    minutes: u32,
    /// The shortest and the longest duration, if a range is known.
    range: Option<[u32; 2]>,
    /// The source of the figure, for readers of the file only.
    #[allow(dead_code)]
    source: Option<String>,
}

/// The typical minutes as Rust text, sorted by type.
fn durations(path: &Path) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let file: Durations = toml::from_str(&text)
        .map_err(|error| described(path, &text, &[mistake::Mistake::of_toml(&error)]))?;
    let mut all = Vec::new();
    for duration in &file.duration {
        let [low, high] = duration.range.unwrap_or([duration.minutes; 2]);
        all.extend(duration.types.iter().map(|ty| (ty.to_ascii_lowercase(), duration.minutes, low, high)));
    }
    all.sort();
    if let Some(pair) = all.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("{}: `{}` is there twice", path.display(), pair[0].0).into());
    }
    Ok(format!(
        "/// Type, typical minutes, and the shortest and longest, sorted by type.\n\
         pub(super) static MINUTES: &[(&str, u32, u32, u32)] = &{all:?};\n"
    ))
}

/// Types whose writes have known needs and effects.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    apart: Vec<String>,
    read: Vec<String>,
    alone: Vec<String>,
    carriers: Vec<String>,
}

/// The lists of types as Rust text, each sorted.
fn plain(path: &Path) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let Plain { apart, read, alone, carriers } = toml::from_str(&text)
        .map_err(|error| described(path, &text, &[mistake::Mistake::of_toml(&error)]))?;
    let mut out = String::new();
    for (name, types) in [("APART", apart), ("READ", read), ("ALONE", alone), ("CARRIERS", carriers)] {
        let mut all: Vec<String> = types.iter().map(|ty| ty.to_ascii_lowercase()).collect();
        all.sort();
        if let Some([ty, ..]) = all.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("{}: `{ty}` is there twice", path.display()).into());
        }
        writeln!(out, "pub(super) static {name}: &[&str] = &{all:?};")?;
    }
    Ok(out)
}

/// Names of resource types in messages, and facts about the names of resources.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Types {
    words: Vec<String>,
    fixed_names: Vec<String>,
    counted_names: Vec<String>,
    case_sensitive_names: Vec<String>,
    nouns: BTreeMap<String, String>,
    own_names: BTreeMap<String, String>,
}

/// Words and types in lower case with their names, as Rust text; each list is sorted.
fn types(path: &Path) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let Types { words, fixed_names, counted_names, case_sensitive_names, nouns, own_names } =
        toml::from_str(&text)
            .map_err(|error| described(path, &text, &[mistake::Mistake::of_toml(&error)]))?;
    let mut out = String::new();
    let words = words.into_iter().map(|word| (word.clone(), word)).collect();
    let lists = [("WORDS", words), ("NOUNS", nouns), ("OWN_NAMES", own_names)];
    for (name, pairs) in lists {
        let folded: BTreeMap<String, String> =
            pairs.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect();
        let folded: Vec<_> = folded.iter().collect();
        writeln!(out, "pub(super) static {name}: &[(&str, &str)] = &{folded:?};")?;
    }
    let lists = [
        ("FIXED_NAMES", fixed_names),
        ("COUNTED_NAMES", counted_names),
        ("CASE_SENSITIVE_NAMES", case_sensitive_names),
    ];
    for (list, types) in lists {
        let mut types: Vec<String> = types.iter().map(|ty| ty.to_ascii_lowercase()).collect();
        types.sort();
        writeln!(out, "pub(super) static {list}: &[&str] = &{types:?};")?;
    }
    Ok(out)
}

/// Knowledge about errors outside the catalogue.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    wrappers: Vec<String>,
    shared: Vec<String>,
    ambiguous: Vec<String>,
    conflicts: Vec<String>,
    hollow: Vec<String>,
    empty: Vec<String>,
    advice: Vec<String>,
    statuses: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    displayed: BTreeMap<String, String>,
    implied: BTreeMap<String, String>,
    terraform: BTreeMap<String, String>,
    words: BTreeMap<String, String>,
    sets: BTreeMap<String, String>,
    sentence: Vec<Sentence>,
    answer: Vec<Answer>,
}

/// Phrases that stand for a code.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    code: String,
    texts: Vec<String>,
}

/// An error that no order cures.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Answer {
    id: String,
    title: String,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    texts: Vec<String>,
    #[serde(default)]
    forms: Vec<String>,
    #[serde(default)]
    outermost: bool,
    #[serde(default)]
    unless_entry: bool,
    #[serde(default)]
    conflict: bool,
    #[serde(default)]
    last_resort: bool,
    what: String,
    todo: String,
}

/// A form with the words of each set, `<operation>`, in place of its name.
fn expanded(form: &str, sets: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = form.to_owned();
    for (name, words) in sets {
        out = out.replace(&format!("<{name}>"), words);
    }
    let is_word = |word: &str| word == "…" || !word.is_empty() && word.chars().all(char::is_alphanumeric);
    let is_form = out.split([' ', '|']).all(is_word);
    if is_form { Ok(out) } else { Err(format!("`{form}` is not a form")) }
}

/// The answers as Rust text, and as lines that the crate unpacks when it explains the first error. A line is a row of a table: the
/// name of the table, then its fields, with tabs between them.
fn answers(path: &Path) -> Result<(String, String), Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let file: Answers = toml::from_str(&text)
        .map_err(|error| described(path, &text, &[mistake::Mistake::of_toml(&error)]))?;
    let phrases = file
        .conflicts
        .iter()
        .chain(&file.empty)
        .chain(&file.advice)
        .chain(file.labels.keys())
        .chain(file.implied.keys());
    let phrases = phrases.chain(file.displayed.keys());
    let phrases = phrases.chain(file.sentence.iter().flat_map(|sentence| &sentence.texts));
    let mut phrases =
        phrases.chain(file.answer.iter().flat_map(|answer| answer.texts.iter().chain(&answer.forms)));
    if let Some(phrase) = phrases.find(|phrase| phrase.to_lowercase() != **phrase || phrase.is_empty()) {
        return Err(format!("{}: the phrase `{phrase}` is not in lower case", path.display()).into());
    }
    let mut rows: Vec<Vec<&str>> = Vec::new();
    let lists = [
        ("shared", &file.shared),
        ("ambiguous", &file.ambiguous),
        ("conflict", &file.conflicts),
        ("hollow", &file.hollow),
        ("empty", &file.empty),
        ("advice", &file.advice),
    ];
    rows.extend(lists.into_iter().flat_map(|(table, all)| all.iter().map(move |row| vec![table, row])));
    let maps = [
        ("status", &file.statuses),
        ("label", &file.labels),
        ("displayed", &file.displayed),
        ("implied", &file.implied),
        ("terraform", &file.terraform),
        ("word", &file.words),
    ];
    rows.extend(
        maps.into_iter().flat_map(|(table, all)| all.iter().map(move |(from, to)| vec![table, from, to])),
    );
    for Sentence { code, texts } in &file.sentence {
        rows.extend(texts.iter().map(|text| vec!["sentence", text, code]));
    }
    let forms =
        file.answer.iter().map(|answer| answer.forms.iter().map(|form| expanded(form, &file.sets)).collect());
    let forms: Vec<Vec<String>> =
        forms.collect::<Result<_, String>>().map_err(|why| format!("{}: {why}", path.display()))?;
    for (answer, forms) in file.answer.iter().zip(&forms) {
        let flag = |is_set: bool| if is_set { "1" } else { "" };
        let Answer { id, title, what, todo, outermost, unless_entry, conflict, last_resort, .. } = answer;
        let flags = [outermost, unless_entry, conflict, last_resort].map(|is_set| flag(*is_set));
        rows.push([&["answer", id, title, what, todo][..], &flags[..]].concat());
        rows.extend(answer.codes.iter().map(|code| vec!["code", code]));
        rows.extend(answer.texts.iter().map(|text| vec!["text", text]));
        rows.extend(forms.iter().map(|form| vec!["form", form]));
    }
    if let Some(field) = rows.iter().flatten().find(|field| field.contains(['\t', '\n'])) {
        return Err(format!("{}: `{field}` has a tab or a line break", path.display()).into());
    }
    let mut lines = String::new();
    for row in &rows {
        writeln!(lines, "{}", row.join("\t"))?;
    }
    let wrappers = format!(
        "/// Codes that wrap every failure.\npub(super) static WRAPPERS: &[&str] = &{:?};\n",
        file.wrappers
    );
    Ok((wrappers, lines))
}

/// Packs the stand-ins of the known modules in `out`, sorted by path (lower case).
fn stubs(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut all = Vec::new();
    for path in toml_files(folder)? {
        if path.file_stem().is_some_and(|stem| stem == "guesses") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        all.extend(module_form::stubs_of(&text).map_err(|mistakes| described(&path, &text, &mistakes))?);
    }
    for (path, _) in &mut all {
        path.make_ascii_lowercase();
    }
    all.sort();
    if let Some(pair) = all.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("the module `{}` is described twice", pair[0].0).into());
    }
    // First the paths, each with where its stand-in begins, then an empty line, then the stand-ins.
    let (mut paths, mut text) = (String::new(), String::new());
    for (path, stub) in &all {
        paths += &format!("{path} {}\n", text.len());
        text.push_str(stub);
    }
    fs::write(
        out.join("modules.lz4"),
        lz4_flex::block::compress_prepend_size(format!("{paths}\n{text}").as_bytes()),
    )?;
    Ok(())
}

fn described(path: &Path, text: &str, mistakes: &[mistake::Mistake]) -> String {
    let mut lines = String::new();
    for mistake in mistakes {
        let line = text[..mistake.span.start].matches('\n').count() + 1;
        let _ = write!(lines, "\n{}:{line}: {}", path.display(), mistake.message);
    }
    lines
}

/// The tables as Rust text: every entry, and where each type is a writer.
fn tables(entries: &[Entry], sources: &mut Packed) -> String {
    let mut exact = Vec::new();
    let mut below = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        for (writer_index, writer) in entry.writers.iter().enumerate() {
            for ty in writer.types.iter() {
                let ty = ty.to_ascii_lowercase();
                match ty.strip_suffix("/*") {
                    None => exact.push((ty, index, writer_index)),
                    Some(ancestor) => below.push((ancestor.to_owned(), index, writer_index)),
                }
            }
        }
    }
    exact.sort_unstable();
    below.sort_unstable();
    let entries = entries.iter().map(|entry| entry_text(entry, sources)).collect::<Vec<_>>().join(",\n");
    format!(
        "/// Every entry, by domain.\npub(super) static ENTRIES: &[Entry] = &[{entries}];\n\
         /// Where each type is a writer, sorted by type.\npub(super) static BY_TYPE: &[super::Indexed] = &{exact:?};\n\
         /// Where every type below this one is a writer, sorted by type.\n\
         pub(super) static BELOW_TYPE: &[super::Indexed] = &{below:?};\n"
    )
}

fn list<T: Clone>(items: &Seq<T>, item: impl Fn(&T) -> String) -> String {
    format!("Borrowed(&[{}])", items.iter().map(item).collect::<Vec<_>>().join(", "))
}

fn quoted(text: &impl AsRef<str>) -> String {
    format!("Borrowed({:?})", text.as_ref())
}

fn entry_text(entry: &Entry, sources: &mut Packed) -> String {
    let level = level_text(entry.level);
    let before = entry
        .level_before
        .map_or_else(|| "None".to_owned(), |before| format!("Some(Before({}))", level_text(before.0)));
    let many = entry.many.map_or_else(
        || "None".to_owned(),
        |many| format!("Some(Many {{ writers: {}, level: Level::{:?} }})", many.writers, many.level),
    );
    let conflict = |conflict: &entry::Conflict| {
        format!(
            "Conflict {{ first: {}, second: {}, ordered: {} }}",
            quoted(&conflict.first),
            quoted(&conflict.second),
            conflict.ordered
        )
    };
    format!(
        "Entry {{ id: {}, domain: {}, title: {}, rule: RuleId::{:?}, level: {level}, level_before: {before}, many: {many}, object_type: {}, object_types: {}, alike: {}, writers: {}, conflicts: {}, \
         why: {}, codes: {}, texts: {}, remedy: {}, order_of_creation: {}, published: {}, conditions: {}, certainty: {}, contested: {}, evidence: {}, counter_evidence: {}, docs: {} }}",
        quoted(&entry.id),
        quoted(&entry.domain),
        quoted(&entry.title),
        entry.rule,
        quoted(&entry.object_type),
        list(&entry.object_types, quoted),
        list(&entry.alike, quoted),
        list(&entry.writers, writer_text),
        list(&entry.conflicts, conflict),
        quoted(&entry.why),
        list(&entry.codes, quoted),
        list(&entry.texts, quoted),
        quoted(&entry.remedy),
        entry.order_of_creation,
        quoted(&entry.published),
        quoted(&entry.conditions),
        quoted(&entry.certainty),
        quoted(&entry.contested),
        sources.add(&entry.evidence),
        sources.add(&entry.counter_evidence),
        quoted(&entry.docs),
    )
}

fn level_text(level: Option<level::Level>) -> String {
    level.map_or_else(|| "None".to_owned(), |level| format!("Some(Level::{level:?})"))
}

fn writer_text(writer: &Writer) -> String {
    let access = match writer.access {
        Access::Exclusive => "Exclusive",
        Access::Commit => "Commit",
        Access::Replace => "Replace",
    };
    let object = |object: &entry::ObjectPath| {
        let from = match &object.from {
            ObjectSource::Own => "Own".to_owned(),
            ObjectSource::Scope => "Scope".to_owned(),
            ObjectSource::Body(steps) => format!("Body({})", list(steps, step_text)),
            ObjectSource::Below { ty, path, before, after } => format!(
                "Below {{ ty: {}, path: {}, before: {}, after: {} }}",
                quoted(ty),
                list(path, step_text),
                quoted(before),
                quoted(after)
            ),
        };
        format!("ObjectPath {{ from: ObjectSource::{from}, up: {} }}", object.up)
    };
    let condition = |condition: &entry::BodyCondition| {
        let test = match &condition.test {
            Test::Present => "Present".to_owned(),
            Test::Absent => "Absent".to_owned(),
            Test::Equals(text) => format!("Equals({})", quoted(text)),
            Test::Differs(text) => format!("Differs({})", quoted(text)),
        };
        format!("BodyCondition {{ path: {}, test: Test::{test} }}", list(&condition.path, step_text))
    };
    let elements = match &writer.elements {
        None => "None".to_owned(),
        Some(Elements::Body) => "Some(Elements::Body)".to_owned(),
        Some(Elements::List(steps)) => format!("Some(Elements::List({}))", list(steps, step_text)),
    };
    format!(
        "Writer {{ role: {}, label: {}, is_named_by_type: {}, types: {}, objects: {}, when: {}, certain_when: {}, access: Access::{access}, elements: {elements}, late: {}, rank: {}, minutes: {} }}",
        quoted(&writer.role),
        quoted(&writer.label),
        writer.is_named_by_type,
        list(&writer.types, quoted),
        list(&writer.objects, object),
        list(&writer.when, condition),
        list(&writer.certain_when, condition),
        level_text(writer.late),
        writer.rank,
        writer.minutes,
    )
}

fn step_text(step: &Step) -> String {
    match step {
        Step::Member(name) => format!("Step::Member({})", quoted(name)),
        Step::Every => "Step::Every".to_owned(),
    }
}

/// The sources of all entries, one on a line. Each entry has a range of them.
#[derive(Default)]
struct Packed {
    text: String,
    lines: u16,
}

impl Packed {
    /// Adds the sources of an entry. Returns them as Rust text.
    fn add(&mut self, sources: &Sources) -> String {
        let from = self.lines;
        let Sources::Read(all) = sources else { return "Sources::Packed(0, 0)".to_owned() };
        for Evidence { kind, says, url, date } in all {
            let line = [kind, says, url, date].map(|field| field.replace(['\t', '\n'], " "));
            self.text += &format!("{}\n", line.join("\t"));
            self.lines += 1;
        }
        format!("Sources::Packed({from}, {})", self.lines)
    }
}
