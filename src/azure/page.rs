//! The Markdown page of a catalogue entry, as shown by `explain` and kept in `docs/rules`.

use std::fmt::Write as _;

use super::catalog::{Access, Elements, Entry, Evidence, ObjectPath, ObjectSource, Step, Test, Writer};
use crate::level::Level;
use crate::rule_id::RuleId;

/// The examples that a page shows.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// A racy template with the tool's output.
    pub racy: Option<Example>,
    /// The same template without the race.
    pub ordered: Option<Example>,
    /// A template that looks racy but is not.
    pub quiet: Option<Example>,
}

/// An example template on a page, with the tool's output.
#[derive(Clone, Debug)]
pub struct Example {
    /// The text of the template.
    pub template: String,
    /// The tool's output; `None` if it is not shown.
    pub output: Option<String>,
}

/// The page of an entry; `introduction` is the text of a rule with the same name.
pub fn page(entry: &Entry, introduction: Option<&str>, examples: &Examples) -> String {
    let mut page = String::new();
    head(&mut page, entry);
    if let Some(introduction) = introduction {
        line(&mut page, format_args!("\n{}", introduction.trim()));
    }
    what_happens(&mut page, entry);
    list(&mut page, "What Azure shows", entry.errors().map(|error| format!("`{error}`")));
    example(&mut page, "A template with this race", examples.racy.as_ref());
    paragraph(&mut page, "What to do", &entry.remedy);
    paragraph(&mut page, "What to do in a published module", &entry.published);
    example(&mut page, "The same in order", examples.ordered.as_ref());
    paragraph(&mut page, "When it matters, and when it does not", &entry.conditions);
    example(&mut page, "A similar template without a race", examples.quiet.as_ref());
    paragraph(&mut page, "Why this level", &entry.contested);
    list(&mut page, "Evidence for it", entry.evidence.all().iter().map(evidence));
    list(&mut page, "Evidence against it", entry.counter_evidence.all().iter().map(evidence));
    suppression(&mut page, entry);
    page
}

/// The name of a level; an entry without a level is only documented.
pub fn level_name(level: Option<Level>) -> &'static str {
    level.map_or("off", Level::as_str)
}

fn line(page: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{content}");
}

fn head(page: &mut String, entry: &Entry) {
    line(page, format_args!("# {}\n", entry.title));
    line(
        page,
        format_args!(
            "`{}` · level {} · {} · found by `{}` · domain {}",
            entry.id,
            level_name(entry.level),
            entry.certainty,
            entry.rule,
            entry.domain
        ),
    );
}

fn what_happens(page: &mut String, entry: &Entry) {
    if entry.writers.is_empty() {
        return;
    }
    line(page, format_args!("\n## What happens\n"));
    match entry.level {
        Some(_) => {
            let harm = if is_loss(entry) {
                "Nothing fails, but what one adds is lost when the other writes."
            } else {
                "One of them may fail."
            };
            line(page, format_args!("Both {} (`{}`). {harm}\n", entry.why, entry.object_type));
        }
        None => {
            line(page, format_args!("They seem to race for `{}`, but do not.\n", entry.object_type));
        }
    }
    line(page, format_args!("| writer | resource types | names the object by | typical minutes |"));
    line(page, format_args!("| --- | --- | --- | --- |"));
    for writer in entry.writers.iter() {
        writer_row(page, entry, writer);
    }
    if let Some(many) = entry.many {
        line(
            page,
            format_args!(
                "\nFor {} or more of them that nothing orders, the level is {}.",
                many.writers, many.level
            ),
        );
    }
    if entry.conflicts.is_empty() {
        line(page, format_args!("\nAny two of them conflict, including two instances of one loop."));
        return;
    }
    let meeting = if is_loss(entry) { "What overwrites what" } else { "Pairs that conflict" };
    line(page, format_args!("\n{meeting}:\n"));
    let writer = |role: &str| entry.writers.iter().find(|writer| writer.role == role);
    let label = |role: &str| writer(role).map_or_else(|| role.to_owned(), |writer| writer.label.to_string());
    let replaces = |role: &str| writer(role).is_some_and(|writer| writer.access == Access::Replace);
    for conflict in entry.conflicts.iter() {
        let (first, second) = (label(&conflict.first), label(&conflict.second));
        if is_loss(entry) {
            match (replaces(&conflict.first), replaces(&conflict.second)) {
                (true, true) => line(page, format_args!("- {first} and {second} overwrite each other")),
                (false, _) => line(page, format_args!("- {second} overwrites {first}")),
                (true, false) => line(page, format_args!("- {first} overwrites {second}")),
            }
        } else if conflict.ordered {
            line(page, format_args!("- {first}, which must finish first, and {second}"));
        } else if first == second {
            line(page, format_args!("- {first} and another one"));
        } else {
            line(page, format_args!("- {first} and {second}"));
        }
    }
}

/// Whether the entry is about lost updates, not about failures.
fn is_loss(entry: &Entry) -> bool {
    entry.writers.iter().any(|writer| writer.access == Access::Replace)
}

fn writer_row(page: &mut String, entry: &Entry, writer: &Writer) {
    let types: Vec<String> = writer.types.iter().map(|ty| format!("`{ty}`")).collect();
    let objects: Vec<String> = writer.objects.iter().map(object).collect();
    let mut who = writer.label.to_string();
    for (at, condition) in writer.when.iter().chain(writer.certain_when.iter()).enumerate() {
        let path = steps(&condition.path);
        let condition = match &condition.test {
            Test::Present => format!("with `{path}`"),
            Test::Absent => format!("without `{path}`"),
            Test::Equals(text) => format!("where `{path}` is `{text}`"),
            Test::Differs(text) => format!("unless `{path}` is `{text}`"),
        };
        who.push_str(if at == 0 { ", " } else { " and " });
        who.push_str(&condition);
    }
    if writer.access == Access::Replace {
        who.push_str("; it replaces what others add");
        if let Some(Elements::List(list)) = &writer.elements {
            let alike: Vec<String> = entry.alike.iter().map(|name| format!("`{name}`")).collect();
            // Writing to a string cannot fail.
            let _ = write!(
                who,
                ", except for elements that `{}` contains with the same {}",
                steps(list),
                alike.join(" and ")
            );
        }
    }
    let minutes = if writer.minutes == 0 { String::new() } else { writer.minutes.to_string() };
    line(page, format_args!("| {who} | {} | {} | {minutes} |", types.join(", "), objects.join(", ")));
}

fn object(path: &ObjectPath) -> String {
    let (from, up) = match &path.from {
        ObjectSource::Own if path.up == 0 => return "itself".to_owned(),
        ObjectSource::Own if path.up == 1 => return "its parent".to_owned(),
        ObjectSource::Own => return format!("its ancestor {} levels up", path.up),
        ObjectSource::Scope => ("its scope".to_owned(), path.up),
        ObjectSource::Body(path_steps) => (format!("`{}`", steps(path_steps)), path.up),
        ObjectSource::Below { ty, path, before, after } => {
            let value = if before.is_empty() && after.is_empty() {
                format!("`{}`", steps(path))
            } else {
                format!("`{}`, between `{before}` and `{after}`", steps(path))
            };
            return format!("what its parent has among the `{ty}` under the name {value}");
        }
    };
    match up {
        0 => from,
        1 => format!("the parent of {from}"),
        _ => format!("the ancestor of {from}, {up} levels up"),
    }
}

fn steps(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Member(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Step::Every => text.push_str("[*]"),
        }
    }
    text
}

fn paragraph(page: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        line(page, format_args!("\n## {title}\n\n{text}"));
    }
}

fn list(page: &mut String, title: &str, items: impl Iterator<Item = String>) {
    for (at, item) in items.enumerate() {
        if at == 0 {
            line(page, format_args!("\n## {title}\n"));
        }
        line(page, format_args!("- {item}"));
    }
}

/// Adds a section with a template and the tool's output.
pub fn example(page: &mut String, title: &str, example: Option<&Example>) {
    let Some(example) = example else { return };
    line(page, format_args!("\n## {title}\n\n```bicep\n{}\n```", example.template.trim_end()));
    if let Some(output) = &example.output {
        line(page, format_args!("\n```text\n{}\n```", output.trim_end()));
    }
}

fn evidence(evidence: &Evidence) -> String {
    let kind = match evidence.kind.as_ref() {
        "official-docs" => "documentation",
        "product-group" => "product group",
        "microsoft-code" => "code by Microsoft",
        "provider-lock" => "lock in a Terraform provider",
        "many-users" => "many users",
        "one-user" => "one user",
        kind => kind,
    };
    let mut said = format!("{kind}: {}", evidence.says);
    if !evidence.url.is_empty() {
        let _ = write!(said, " (<{}>)", evidence.url);
    }
    if !evidence.date.is_empty() {
        let _ = write!(said, ", {}", evidence.date);
    }
    said
}

fn suppression(page: &mut String, entry: &Entry) {
    if entry.level.is_some() {
        how_to_accept(page, entry.rule);
        line(page, format_args!("\nA loop that races with itself is `parallel-loop`."));
    }
}

/// Adds a section about accepting findings of a rule.
pub fn how_to_accept(page: &mut String, rule: RuleId) {
    line(
        page,
        format_args!(
            "\n## How to accept it\n\nPut this above one of the declarations, with your reason:\n\n```bicep\n\
             #disable-next-line {rule} // why it does no harm here\n```"
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::catalog::Catalog;

    #[test]
    fn a_page_says_who_what_and_why() {
        let catalog = Catalog::default();
        let entry = catalog.entry("routing-intent-last").unwrap();
        let page = page(entry, None, &Examples::default());
        assert!(page.starts_with("# Routing intent does not wait"), "{page}");
        assert!(page.contains("a hub firewall, where `properties.sku.name` is `AZFW_Hub`"), "{page}");
        assert!(page.contains("- an S2S gateway, which must finish first, and routing intent"), "{page}");
        assert!(page.contains("#disable-next-line routing-intent-last //"), "{page}");
    }

    #[test]
    fn the_object_of_a_writer_is_told_by_its_place() {
        let of = |from: ObjectSource, up: u8| object(&ObjectPath { from, up });
        let body = || ObjectSource::Body(vec![Step::Member("properties".into()), Step::Every].into());
        for (found, expected) in [
            (of(ObjectSource::Own, 0), "itself"),
            (of(ObjectSource::Own, 1), "its parent"),
            (of(ObjectSource::Own, 2), "its ancestor 2 levels up"),
            (of(ObjectSource::Scope, 0), "its scope"),
            (of(ObjectSource::Scope, 1), "the parent of its scope"),
            (of(body(), 0), "`properties[*]`"),
            (of(body(), 1), "the parent of `properties[*]`"),
            (of(body(), 3), "the ancestor of `properties[*]`, 3 levels up"),
        ] {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_page_says_what_a_rewritten_list_does_not_take_away() {
        let catalog = Catalog::default();
        let page = page(catalog.entry("key-vault-inline-policies").unwrap(), None, &Examples::default());
        let but = "except for elements that `properties.accessPolicies` contains with the same `objectId` and `permissions`";
        assert!(page.contains(but), "{page}");
    }
}
