//! Why two declarations race, or do not: for people, and as JSON, version 1.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::json::{Point, ThroughRecord, Tool, point_of, through_record};
use super::schema::{LimitRecord, published};
use super::wrap;
use crate::escape::visible;
use crate::rules::explained::{Declaration, Explained, Link, Meeting, Object, Order, Verdict, noun};
use crate::rules::finding::SharedObject;
use crate::source::{Place, Sources};

/// An explanation.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The version of this form.
    schema_version: u32,
    /// The tool.
    tool: Tool,
    /// The root that was analysed.
    root: String,
    /// The declarations, in the order in which they were asked for.
    first: DeclarationRecord,
    /// The second declaration.
    second: DeclarationRecord,
    /// Whether they race.
    race: bool,
    /// Why, in one word: `race`, `notReported`, `ordered`, `nothingLost`, `notSurelyLost`, `neverTogether`, `perhapsOneObject`,
    /// `differentObjects`, `harmless`, `nothingInCommon`, `nothingKnown`, `partOfTheOther` or `one`.
    verdict: &'static str,
    /// Why, in one line.
    message: String,
    /// Every template in which they may meet, the outermost first.
    meetings: Vec<MeetingRecord>,
    /// What more is known.
    notes: Vec<String>,
    /// Limits of the analysis that were reached.
    limits: Vec<LimitRecord>,
}

/// A declaration.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeclarationRecord {
    /// Its name, with the modules that it lies in.
    name: String,
    /// Its resource type.
    #[serde(rename = "type")]
    ty: String,
    /// Whether it is a loop.
    r#loop: bool,
    #[serde(flatten)]
    at: Point,
}

/// What is known about the two in one template.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MeetingRecord {
    /// The template.
    template: String,
    /// Their symbols there: of the declarations, or of the module calls that they lie in.
    first: String,
    /// What leads to the second there.
    second: String,
    /// What they write both, or might.
    objects: Vec<ObjectRecord>,
    /// How one waits for the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderRecord>,
    /// Number of pairs of effects that were not compared.
    #[serde(default, skip_serializing_if = "super::json::is_zero")]
    omitted: u64,
}

/// What is known about one object, or about two that may be one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectRecord {
    /// The answer for this object, as one word.
    verdict: &'static str,
    /// The answer in one line.
    message: String,
    /// The catalogue entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// The rule of the finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    /// The level of a finding about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    /// The world in which it races.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    /// What each of them writes.
    first: WrittenRecord,
    /// How the second writes it.
    second: WrittenRecord,
}

/// What one of them writes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct WrittenRecord {
    /// Its resource type.
    #[serde(rename = "type")]
    ty: String,
    /// Its name as a reader would say it.
    name: String,
    /// Its declaration, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_at: Option<Point>,
    /// The condition under which it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
}

/// How one declaration waits for another.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OrderRecord {
    /// The declaration that waits.
    late: String,
    /// The declaration that is waited for.
    early: String,
    /// Whether every instance waits for every instance; otherwise only some elements of loops wait.
    whole: bool,
    /// The links, from the late declaration to the early one.
    links: Vec<LinkRecord>,
    /// Declarations on the path that may not be deployed; the order holds anyway.
    ordered_through: Vec<ThroughRecord>,
}

/// One declaration waits for another.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LinkRecord {
    /// The declaration that waits.
    late: String,
    /// The declaration that is waited for.
    early: String,
    /// Why: `dependsOn`, `parent`, `scope`, `output` of a module, `argument` of a module, or `reference`.
    kind: &'static str,
    /// Which elements of a loop are waited for: `same`, or a number; left out for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<String>,
    #[serde(flatten)]
    at: Point,
}

/// The JSON Schema of an explanation.
pub fn schema() -> String {
    published(schemars::schema_for!(Document), "pair.schema.json")
}

/// Renders an explanation under a root as one JSON document.
pub fn json(explained: &Explained, root: &str, sources: &Sources) -> String {
    let [first, second] = &explained.declarations;
    let document = Document {
        schema_version: 1,
        tool: Tool::default(),
        root: root.to_owned(),
        first: declaration(first, sources),
        second: declaration(second, sources),
        race: explained.verdict == Verdict::Race,
        verdict: explained.verdict.as_str(),
        message: explained.message.clone(),
        meetings: explained.meetings.iter().map(|meeting| meeting_record(meeting, sources)).collect(),
        notes: explained.notes.clone(),
        limits: LimitRecord::all(&explained.limits, sources),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn declaration(declared: &Declaration, sources: &Sources) -> DeclarationRecord {
    DeclarationRecord {
        name: declared.name.clone(),
        ty: declared.ty.clone(),
        r#loop: declared.is_loop,
        at: point_of(sources, declared.place),
    }
}

fn meeting_record(meeting: &Meeting, sources: &Sources) -> MeetingRecord {
    let [first, second] = meeting.symbols.clone();
    MeetingRecord {
        template: meeting.file.clone(),
        first,
        second,
        objects: meeting.objects.iter().map(|object| object_record(object, sources)).collect(),
        order: meeting.order.as_ref().map(|order| order_record(order, sources)),
        omitted: meeting.omitted as u64,
    }
}

fn object_record(object: &Object, sources: &Sources) -> ObjectRecord {
    let written = |side: usize| {
        let SharedObject { ty, name, declared_at } = &object.objects[side];
        WrittenRecord {
            ty: ty.clone(),
            name: name.clone(),
            declared_at: declared_at.map(|place| point_of(sources, place)),
            condition: object.conditions[side].clone(),
        }
    };
    ObjectRecord {
        verdict: object.verdict.as_str(),
        message: object.message.clone(),
        entry: object.entry.clone(),
        rule: object.finding.map(|(rule, _)| rule.as_str()),
        level: object.finding.map(|(_, level)| level.as_str()),
        when: object.when.clone(),
        first: written(0),
        second: written(1),
    }
}

fn order_record(order: &Order, sources: &Sources) -> OrderRecord {
    let link = |link: &Link| LinkRecord {
        late: link.late.clone(),
        early: link.early.clone(),
        kind: link.kind,
        element: link.element.clone(),
        at: point_of(sources, link.place),
    };
    OrderRecord {
        late: order.late.clone(),
        early: order.early.clone(),
        whole: order.is_whole,
        links: order.links.iter().map(link).collect(),
        ordered_through: order.through.iter().map(|through| through_record(through, sources)).collect(),
    }
}

/// Renders an explanation for a terminal, wrapped to the given number of columns where possible.
pub fn text(explained: &Explained, sources: &Sources, width: usize) -> String {
    let mut page = Page { sources, width: width.max(40), out: String::new() };
    page.head(explained);
    let is_only = explained.meetings.len() == 1;
    for meeting in &explained.meetings {
        let is_asked = explained.declarations.iter().map(|declared| &declared.name).eq(&meeting.symbols);
        if !(is_only && is_asked) {
            let [first, second] = &meeting.symbols;
            let what = if first == second {
                format!("the instances of `{first}`")
            } else {
                format!("`{first}` and `{second}`")
            };
            page.line("", &format!("in {}: {what}", meeting.file));
        }
        page.meeting(meeting, explained);
    }
    for note in &explained.notes {
        page.line("  note   ", note);
    }
    for (place, message) in &explained.limits {
        let at = page.place(*place);
        page.line("  limit  ", &format!("{at}: {message}"));
    }
    page.out
}

struct Page<'s> {
    sources: &'s Sources,
    width: usize,
    out: String,
}

impl Page<'_> {
    fn head(&mut self, explained: &Explained) {
        let answer = match explained.verdict {
            Verdict::Race => "race: ",
            Verdict::NothingKnown => "not known: ",
            Verdict::NotReported | Verdict::NotSurelyLost | Verdict::PerhapsOneObject => "no race is known: ",
            _ => "no race: ",
        };
        self.line("", &format!("{answer}{}", explained.message));
        let names = explained.declarations.iter().map(|declared| visible(&declared.name));
        let longest = names.clone().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, declared) in names.zip(&explained.declarations) {
            let each = if declared.is_loop { ", for each element" } else { "" };
            let at = self.place(declared.place);
            let text = format!("{name:<longest$}  {}{each}  {at}", visible(&declared.ty));
            let _ = writeln!(self.out, "  {text}");
            if explained.declarations[0].name == explained.declarations[1].name {
                break;
            }
        }
    }

    fn meeting(&mut self, meeting: &Meeting, explained: &Explained) {
        let mut told: Vec<String> = Vec::new();
        for object in &meeting.objects {
            let [one, other] = [0, 1].map(|side| noun(&object.objects[side]));
            let is_apart = matches!(object.verdict, Verdict::DifferentObjects | Verdict::PerhapsOneObject);
            let mut text = match one == other {
                true if is_apart => format!("{one} and another of this name"),
                true => one,
                false => format!("{one} and {other}"),
            };
            if let Some(entry) = &object.entry {
                let _ = write!(text, " ({entry})");
            }
            let _ = write!(text, ": {}", short(object));
            if object.when.is_none() && told.contains(&text) {
                continue;
            }
            self.line("  object ", &text);
            told.push(text);
            if let Some(when) = &object.when {
                self.line("         ", &format!("when {when}"));
            }
            if matches!(object.verdict, Verdict::NeverTogether) {
                for (side, condition) in object.conditions.iter().enumerate() {
                    let Some(condition) = condition else { continue };
                    let name = &explained.declarations[side].name;
                    self.line("         ", &format!("`{name}` only if `{condition}`"));
                }
            }
        }
        if meeting.omitted > 0 {
            self.line("         ", &format!("{} more pairs were not compared", meeting.omitted));
        }
        if let Some(order) = &meeting.order {
            self.order(order);
        }
    }

    fn order(&mut self, order: &Order) {
        if !order.is_whole {
            let (late, early) = (&order.late, &order.early);
            self.line("  order  ", &format!("only elements of `{late}` wait for elements of `{early}`:"));
        }
        for (at, link) in order.links.iter().enumerate() {
            let which = match link.element.as_deref() {
                None => String::new(),
                Some("same") => " with the same index".to_owned(),
                Some(index) if index.parse::<u32>().is_err() => format!(" number `{index}`"),
                Some(number) => format!(" number {number}"),
            };
            let name = if at == 0 && order.is_whole { "  order  " } else { "         " };
            let place = self.place(link.place);
            let text =
                format!("`{}` waits for `{}`{which}: {} at {place}", link.late, link.early, words(link.kind));
            self.line(name, &text);
        }
        for through in &order.through {
            let when = match &through.condition {
                Some(condition) => format!("which is deployed only if `{condition}`"),
                None => "which may have no instance".to_owned(),
            };
            let text = format!(
                "the order leads through `{}`, {when}: what is not deployed passes on what it waits for",
                through.symbol
            );
            self.line("         ", &text);
        }
    }

    fn place(&self, place: Place) -> String {
        let at = point_of(self.sources, place);
        format!("{}:{}:{}", crate::escape::line(&at.file), at.line, at.column)
    }

    fn line(&mut self, name: &str, text: &str) {
        let indent = " ".repeat(name.len());
        let options = wrap::options(self.width, name, &indent);
        let _ = writeln!(self.out, "{}", textwrap::fill(&visible(text), options));
    }
}

/// The answer for an object in a few words.
fn short(object: &Object) -> String {
    if let Some((rule, level)) = object.finding {
        return format!("{level}, `{rule}`");
    }
    let text = match object.verdict {
        Verdict::Race => "nothing orders the two; such pairs are only counted",
        Verdict::NotReported => "nothing orders the two",
        Verdict::Ordered => "one after the other",
        Verdict::NothingLost => "nothing is lost",
        Verdict::NotSurelyLost => "not known whether one rewrites it",
        Verdict::NeverTogether => "never both",
        Verdict::Harmless => "both may write it at the same time",
        Verdict::PerhapsOneObject => "not known to be one",
        Verdict::DifferentObjects => "two objects",
        Verdict::NothingInCommon | Verdict::NothingKnown | Verdict::PartOfTheOther | Verdict::One => "",
    };
    text.to_owned()
}

/// The kind of an edge in running text.
fn words(kind: &str) -> &str {
    match kind {
        "output" => "output of the module",
        "argument" => "argument of the module",
        kind => kind,
    }
}
