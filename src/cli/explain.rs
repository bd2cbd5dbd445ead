//! `explain`: shows the page of a rule or an entry, or the likely causes of a pasted error message.

use std::fmt::Write as _;
use std::path::Path;

use super::about::{MAX_WORDS, about, of_wrapper};
use super::arguments::Reading;
use super::checking::columns;
use super::one::{self, SingleFile};
use super::{Failure, Outcome, plural, print};
use crate::azure::answers::{Answer, code_of_status, is_ambiguous};
use crate::azure::catalog::{Catalog, Entry};
use crate::azure::explain::{Answered, Cause, Explained, Said, Verdict, explain, type_of};
use crate::azure::page::{Examples, page};
use crate::door::{Unread, read};
use crate::escape::{Notation, Shown, visible};
use crate::level::Level;
use crate::limit::Limit;
use crate::observed::read::decoded;
use crate::report::wrap;
use crate::rules::finding::Finding;
use crate::rules::nearest::nearest;
use crate::rules::pages::rule_page;
use crate::rules::registry::url_of;
use crate::rules::{RuleId, rule};
use crate::small_sort::SmallSort as _;

/// A cause below this percentage of the top weight is only named, not described.
const MIN_SHARE_PERCENT: u32 = 60;
/// Width in columns of a field's name.
const FIELD: usize = 11;
/// Maximum number of characters of a quoted message.
const MAX_QUOTED_CHARS: usize = 300;

/// Runs `explain` on the given words, on the file with that name, or on standard input.
pub(super) fn run(what: &[String], template: Option<&Path>, reading: &Reading) -> Result<Outcome, Failure> {
    let joined = what.join(" ");
    let typed = joined.trim();
    let mut one = template.map(|path| SingleFile::read(path, reading)).transpose()?;
    let beside = one.as_mut().map(|one| TemplateFindings::new(one, template));
    let here = if one.is_none() { one::catalog_here(reading)? } else { Catalog::default() };
    let catalog = one.as_ref().map_or(&here, |one| one.session.catalog());
    if let Some(page) = page_of(typed, catalog) {
        // The entry may come from a configuration.
        let page = columns().map_or(page.clone(), |width| wrap::page(&page, width));
        print(&Shown::new(page, Notation::Text))?;
        return Ok(Outcome::Clean);
    }
    let pasted = match what {
        [only] if only == "-" => from_stdin()?,
        [only] => from_file(only)?.unwrap_or_else(|| code_of_status(typed).unwrap_or(typed).to_owned()),
        _ => joined.clone(),
    };
    let explained = explain(catalog, &pasted);
    // Words such as `vpn timeout` ask for what is about them.
    let is_question = is_name(typed) && pasted == typed;
    let is_known = |answered: &Answered<'_>| {
        !(matches!(answered.verdict, Verdict::Unknown) || is_question && answered.is_by_form())
    };
    if !explained.errors.iter().any(is_known) {
        let is_other = of_wrapper(typed).is_some() || id_meant(typed, catalog).is_some();
        if let Some(list) = about(typed, catalog).filter(|_| !is_other) {
            print(&Shown::new(list, Notation::Text))?;
            return Ok(Outcome::Clean);
        }
        return Err(Failure::Usage(unknown(typed, &explained, catalog)));
    }
    let text = text(&explained, beside.as_ref());
    let text = columns().map_or(text.clone(), |width| wrap::lines(&text, width, Some(FIELD)));
    print(&Shown::new(text, Notation::Text))?;
    Ok(Outcome::Clean)
}

/// The page of a rule or an entry; the case of the id does not matter.
fn page_of(typed: &str, catalog: &Catalog) -> Option<String> {
    let id = typed.to_ascii_lowercase().replace(' ', "-");
    if let Ok(rule_id) = id.parse::<RuleId>() {
        let rule = rule(rule_id);
        return Some(format!("{}\n", rule_page(rule, catalog, &Examples::default()).trim_end()));
    }
    let entry = catalog.entries().filter(|entry| entry.id.eq_ignore_ascii_case(&id)).last()?;
    Some(format!("{}\n", page(entry, None, &Examples::default()).trim_end()))
}

fn from_stdin() -> Result<String, Failure> {
    text_of(read::stream(std::io::stdin().lock()), "standard input")
}

/// The text of the file that `typed` names; `None` if there is no such file.
fn from_file(typed: &str) -> Result<Option<String>, Failure> {
    let path = Path::new(typed);
    if !path.is_file() && !read::is_stream(path) {
        return Ok(None);
    }
    text_of(read::named(path), typed).map(Some)
}

fn text_of(bytes: Result<Vec<u8>, Unread>, name: &str) -> Result<String, Failure> {
    let bytes = bytes.map_err(|why| Failure::Usage(format!("cannot read `{name}`: {why}")))?;
    Ok(decoded(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// The rule or entry whose id is probably meant.
fn id_meant<'a>(typed: &str, catalog: &'a Catalog) -> Option<&'a str> {
    let entries = catalog.entries().map(|entry| entry.id.as_ref());
    nearest(typed, RuleId::ALL.iter().map(|id| id.as_str()).chain(entries))
}

/// Whether typed words may be a name, and are too few for an error.
fn is_name(typed: &str) -> bool {
    let is_short = !typed.contains(['{', '\n', '/', ':']) && typed.split(' ').count() <= MAX_WORDS;
    is_short && !typed.is_empty() && typed != "-"
}

/// The message if nothing is known about the input, with the id that was probably meant.
fn unknown(typed: &str, explained: &Explained<'_>, catalog: &Catalog) -> String {
    if let Some(hint) = of_wrapper(typed) {
        return hint;
    }
    if is_name(typed) {
        let codes = catalog.entries().flat_map(|entry| entry.codes.iter().map(AsRef::as_ref));
        let meant = id_meant(typed, catalog).or_else(|| nearest(typed, codes));
        let hint = meant.map_or_else(
            || "; `bicep-race-lint rules` lists the rules, `docs/rules/catalog.md` the entries".to_owned(),
            |meant| format!("; did you mean `{meant}`?"),
        );
        return format!("`{typed}` is not a rule, an entry of the catalogue or a known error{hint}");
    }
    let mut text = String::from("this is not a known error");
    for answered in explained.errors.iter().take(Limit::ExplainedErrors.number() as usize) {
        let _ = write!(text, "\n  {}", headline(&answered.said));
    }
    text.push_str("\n  this error is not known, and nothing points to a race");
    text
}

/// The findings of the template given with `--template`, to be matched with the failure.
pub(super) struct TemplateFindings {
    path: String,
    findings: Vec<(Finding, String)>,
}

impl TemplateFindings {
    fn new(one: &mut SingleFile, template: Option<&Path>) -> Self {
        let report = one.session.check();
        let sources = report.sources;
        let placed = report.findings.into_iter().map(|finding| {
            let place = finding.participants.first().map(|writer| writer.place);
            let at = place.map_or_else(String::new, |place| {
                let file = sources.file(place.file);
                format!("{}:{}", file.path, file.position(place.span.start).line)
            });
            (finding, at)
        });
        let path = template.map_or_else(String::new, |path| path.display().to_string());
        Self { path, findings: placed.collect() }
    }

    /// The findings with a writer of the type that failed, for an error that does not say why.
    fn at_resource(&self, said: &Said) -> Vec<&(Finding, String)> {
        let failed = said.targets.first().and_then(|target| type_of(target));
        let is_at = |finding: &Finding| {
            let mut types = finding.participants.iter().map(|writer| writer.ty.to_ascii_lowercase());
            types.any(|ty| Some(ty) == failed)
        };
        self.findings.iter().filter(|(finding, _)| is_at(finding)).collect()
    }

    /// The findings of an entry. Findings whose symbols occur in the error's targets come first.
    fn of(&self, entry: &Entry, said: &Said) -> Vec<&(Finding, String)> {
        let names: Vec<String> = said
            .targets
            .iter()
            .filter_map(|target| target.rsplit('/').next())
            .map(str::to_ascii_lowercase)
            .collect();
        let is_named = |finding: &Finding| {
            let mut symbols = finding.participants.iter().map(|writer| writer.symbol.to_ascii_lowercase());
            symbols.any(|symbol| names.contains(&symbol))
        };
        let is_of = |finding: &Finding| {
            finding
                .entry
                .as_deref()
                .map_or(finding.rule == entry.rule && entry.rule == RuleId::DeclaredTwice, |id| {
                    id == entry.id
                })
        };
        let mut found: Vec<_> = self.findings.iter().filter(|(finding, _)| is_of(finding)).collect();
        found.small_sort_by_key(|(finding, _)| (!is_named(finding), std::cmp::Reverse(finding.level)));
        found
    }
}

/// The findings of the template that fit an error.
fn here(out: &mut String, findings: &[&(Finding, String)]) {
    for (finding, at) in findings {
        let _ = writeln!(out, "  here     {at}: {}: {}", finding.level, visible(&finding.message));
        let _ = writeln!(out, "           {}", visible(&finding.help));
    }
}

/// The whole answer, one section for each error.
pub(super) fn text(explained: &Explained<'_>, beside: Option<&TemplateFindings>) -> String {
    let mut out = String::new();
    let shown = Limit::ExplainedErrors.number() as usize;
    for answered in explained.errors.iter().take(shown) {
        error(&mut out, answered, beside);
    }
    if let Err(reached) = Limit::ExplainedErrors.check(explained.errors.len()) {
        let _ = writeln!(out, "{reached}");
    }
    if let Some(beside) = beside {
        report_no_match(&mut out, explained, beside);
    }
    out
}

fn error(out: &mut String, answered: &Answered<'_>, beside: Option<&TemplateFindings>) {
    let said = &answered.said;
    let _ = writeln!(out, "{}", headline(said));
    if let Some(target) = said.targets.first() {
        let _ = writeln!(out, "  on       {}", visible(target));
    }
    match &answered.verdict {
        Verdict::Unknown => {
            let _ = writeln!(out, "  this error is not known, and nothing points to a race\n");
        }
        Verdict::Other(answer) => other(out, answered, answer, beside),
        Verdict::Common(causes) => common(out, causes, beside, said),
        Verdict::Races(causes) => races(out, causes, beside, said),
    }
    if let Some(answer) = answered.or_else {
        let _ = writeln!(
            out,
            "Or, if there is no other error around it, no race in the template: {}",
            answer.title
        );
        let _ = writeln!(out, "  what     {}\n  to do    {}\n", answer.what, answer.todo);
    }
}

/// The section of an error that no entry of the catalogue fits.
fn other(out: &mut String, answered: &Answered<'_>, answer: &Answer, beside: Option<&TemplateFindings>) {
    let said = &answered.said;
    let start = if answer.conflict { "" } else { "No race in the template: " };
    let _ = writeln!(out, "\n{start}{}", answer.title);
    if answer.conflict && !said.types.is_empty() {
        let types: Vec<String> = said.types.iter().map(|ty| format!("`{}`", visible(ty))).collect();
        let _ = writeln!(out, "  types    {}", types.join(", "));
    }
    if answered.is_by_form() && !answer.conflict {
        out.push_str("  matched  only the form of its words; it may be another error of this kind\n");
    }
    let _ = writeln!(out, "  what     {}\n  to do    {}\n", answer.what, answer.todo);
    let may_race = answer.unless_entry || answer.conflict;
    let at_resource = beside.filter(|_| may_race).map(|beside| beside.at_resource(said));
    let at_resource = at_resource.unwrap_or_default();
    if !at_resource.is_empty() {
        out.push_str("A race at this resource may be the cause of its state:\n");
        here(out, &at_resource);
        out.push('\n');
    }
}

/// The error code and the start of the message, without Azure's wrapping around it.
fn headline(said: &Said) -> String {
    let message = said.message.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = [format!("({}) ", said.code), format!("{}: ", said.code)];
    let before = ["ERROR: ", "Exception Details: ", &code[0], &code[1]];
    let strip =
        |message: String, before: &str| message.strip_prefix(before).map_or(message.clone(), str::to_owned);
    let message = before.into_iter().fold(message, strip);
    // `az` repeats `(Code) message` in lines of their own.
    let again = format!(" Code: {} ", said.code);
    let message = message.split_once(&again).map_or(message.as_str(), |(told, _)| told).to_owned();
    let is_only_code = message == said.code || message.is_empty();
    let short: String = message.chars().take(MAX_QUOTED_CHARS).collect();
    let more = if short.len() < message.len() { "…" } else { "" };
    match (said.code.is_empty(), is_only_code) {
        (true, _) => visible(&format!("{short}{more}")),
        (false, true) => visible(&said.code),
        (false, false) => visible(&format!("{}: {short}{more}", said.code)),
    }
}

fn races(out: &mut String, causes: &[Cause<'_>], beside: Option<&TemplateFindings>, said: &Said) {
    let best = causes.first().map_or(0, |cause| cause.weight);
    let has_finding =
        |cause: &Cause<'_>| beside.is_some_and(|beside| !beside.of(cause.entry, said).is_empty());
    let is_told = |cause: &&Cause<'_>| cause.weight * 100 >= best * MIN_SHARE_PERCENT;
    let mut told: Vec<&Cause<'_>> = causes.iter().filter(is_told).collect();
    // A finding in the template is stronger evidence than the weights, so its cause is shown in any case.
    told.extend(causes.iter().filter(|cause| !is_told(cause) && has_finding(cause)));
    told.small_sort_by_key(|cause| !has_finding(cause));
    let most = Limit::Causes.number() as usize;
    let _ = writeln!(
        out,
        "\nThis may come from {}:\n",
        if told.len() == 1 { "this race" } else { "these races, the most likely first" }
    );
    for cause in told.iter().take(most) {
        out.push_str(&cause_text(cause));
        if let Some(beside) = beside {
            here(out, &beside.of(cause.entry, said));
        }
        out.push('\n');
    }
    let shown: Vec<&str> = told.iter().take(most).map(|cause| cause.entry.id.as_ref()).collect();
    let rest: Vec<String> = causes
        .iter()
        .filter(|cause| !shown.contains(&cause.entry.id.as_ref()))
        .map(|cause| format!("`{}`", cause.entry.id))
        .collect();
    if !rest.is_empty() {
        let _ = writeln!(out, "less likely: {}\n", rest.join(", "));
    }
    if let Err(reached) = Limit::Causes.check(told.len()) {
        let _ = writeln!(out, "{reached}\n");
    }
}

/// The section of one cause.
fn cause_text(cause: &Cause<'_>) -> String {
    let entry = cause.entry;
    let level = entry.level.map_or("off", Level::as_str);
    let mut out = format!("{level}: {} (`{}`)\n", entry.title, entry.id);
    if entry.level.is_some() && !entry.why.is_empty() {
        let _ = writeln!(out, "  why      both {}", entry.why);
    }
    let labels: Vec<&str> = entry.writers.iter().map(|writer| writer.label.as_ref()).collect();
    if !labels.is_empty() {
        let _ = writeln!(out, "  look for {}", labels.join(", "));
    }
    if !entry.remedy.is_empty() {
        let _ = writeln!(out, "  remedy   {}", entry.remedy);
    }
    if !entry.conditions.is_empty() {
        let when = if entry.level.is_none() { "off, as " } else { "when    " };
        let _ = writeln!(out, "  {when} {}", entry.conditions);
    }
    let _ = writeln!(out, "  matched  {}", cause.matched.join(", "));
    let _ = writeln!(out, "  page     {}", url_of(entry));
    out
}

/// The section for an error that many races produce: it lists the candidates and asks for the lines that tell them apart.
fn common(out: &mut String, causes: &[Cause<'_>], beside: Option<&TemplateFindings>, said: &Said) {
    let found: Vec<&Cause<'_>> = causes
        .iter()
        .filter(|cause| beside.is_some_and(|beside| !beside.of(cause.entry, said).is_empty()))
        .collect();
    let start = if is_ambiguous(&said.code) {
        "Several services use this code, even without a race"
    } else {
        "Two operations wrote one object at the same time"
    };
    let kinds = match causes.len() {
        1 => "1 kind of race shows".to_owned(),
        many => format!("{many} kinds of races show"),
    };
    let _ = writeln!(
        out,
        "\n{start}. {kinds} this error; the resource shows which one. Add the lines that name it, such as `target`, or the output of \
         `az deployment operation group list`. By what they write:\n"
    );
    let mut by_object: Vec<(&str, Vec<&str>)> = Vec::new();
    for cause in causes {
        let object = cause.entry.object_type.as_ref();
        match by_object.iter_mut().find(|(known, _)| *known == object) {
            Some((_, ids)) => ids.push(&cause.entry.id),
            None => by_object.push((object, vec![&cause.entry.id])),
        }
    }
    by_object.small_sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
    for (object, ids) in by_object {
        let object = if object.is_empty() { "any resource" } else { object };
        let _ = writeln!(out, "  {object}: {}", ids.join(", "));
    }
    out.push('\n');
    for cause in found {
        races(out, std::slice::from_ref(cause), beside, said);
    }
}

/// Says so if no finding of the template fits any of the errors.
fn report_no_match(out: &mut String, explained: &Explained<'_>, beside: &TemplateFindings) {
    let fits = explained.errors.iter().any(|answered| match &answered.verdict {
        Verdict::Races(causes) | Verdict::Common(causes) => {
            causes.iter().any(|cause| !beside.of(cause.entry, &answered.said).is_empty())
        }
        Verdict::Other(_) | Verdict::Unknown => false,
    });
    let is_race =
        |answered: &Answered<'_>| matches!(answered.verdict, Verdict::Races(_) | Verdict::Common(_));
    if !fits && explained.errors.iter().any(is_race) {
        let others = plural(beside.findings.len(), "other finding");
        let _ = writeln!(out, "{}: no finding matches this error; it has {others}", visible(&beside.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str) -> Said {
        Said { code: code.to_owned(), ..Said::default() }
    }

    #[test]
    fn causes_beyond_the_limit_are_counted() {
        let catalog = Catalog::builtin();
        let entry = catalog.entries().next().unwrap();
        let cause = Cause { entry, matched: Vec::new(), weight: 100 };
        let other = catalog.entries().nth(1).unwrap();
        let of_less = Some(Cause { entry: other, matched: Vec::new(), weight: 1 });
        let text = |count: u64| {
            let mut all = vec![cause.clone(); count as usize];
            all.extend(of_less.clone());
            let mut out = String::new();
            races(&mut out, &all, None, &said("Busy"));
            out
        };
        let told = "are only named";
        assert!(!text(Limit::Causes.number()).contains(told));
        assert!(text(Limit::Causes.number() + 3).contains(&format!("; 3 more {told}\n")));
    }

    #[test]
    fn errors_beyond_the_limit_are_counted() {
        let of = |count: u64| {
            let answered = |at: u64| Answered {
                said: said(&format!("Code{at}")),
                verdict: Verdict::Unknown,
                or_else: None,
            };
            text(&Explained { errors: (0..count).map(answered).collect() }, None)
        };
        let most = Limit::ExplainedErrors.number();
        assert!(!of(most).contains("errors are answered"));
        assert!(of(most + 2).ends_with("there are 2 more\n"), "{}", of(most + 2));
    }
}
