//! Generates `docs/accuracy.md` from the verdicts in `tests/`. `tests/documents/accuracy.rs` includes this file by path.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// Contents of the data files.
pub(crate) struct Sources<'a> {
    /// `tests/readings/findings.json`
    pub(crate) findings: &'a str,
    /// `tests/recall/figures.json`
    pub(crate) recall: &'a str,
    /// `tests/readings/published.json`
    pub(crate) published: &'a str,
    /// `tests/fixes/cases.json`
    pub(crate) fixes: &'a str,
    /// `tests/readings/quiet.json`
    pub(crate) quiet: &'a str,
}

const BEFORE: &str = "\
# Accuracy

How many reported races are real, and how many real races are reported? The first question is answered by reading every finding, the
second by removing orders that people have written. `cargo xtask accuracy` generates this page from the data.

## What is reported

Findings at warning and above on public repositories, each read in its source. The page of readings says
[what counts as right](readings.md#findings), and lists the wrong findings and the figures by repository. The last column is the lower
end of Wilson's 95 % interval for the share, if these repositories are typical. The reader takes the catalogue as given: nothing was
deployed.

";

const RECALL: &str = "
## What is not reported

Orders in public repositories were removed one at a time: an element of a `dependsOn`, or `@batchSize(1)`. A removal counts if the
catalogue says that both ends write one object. The page of readings says
[how it was done](readings.md#orders-that-were-removed) and what the misses are.

";

const FIXES: &str = "
## Real fixes that are a note, or not found

The page of fixes says [where they come from](fixes.md). A level rises where the evidence is stronger on the side of the failure; these
are the races where it is not, or where the text cannot tell.

";

const KNOWN: &str = "
Another 53 races, fixed in ten repositories, were known while the catalogue was written. 49 of them are found, 34 at warning or above.
These are the others, by entry:

";

const AGAIN: &str = "
## How to repeat it

```sh
cargo xtask official --mirrors CLONES --work SCRATCH         # lays out the repositories and the module cache
cargo xtask accuracy --home SCRATCH/home SCRATCH/trees/*     # which findings were read, and which were not
cargo xtask recall --home SCRATCH/home SCRATCH/trees/*       # each order by itself
cargo xtask accuracy                                         # this page
```

A verdict is reused as long as repository, file, line, rule, entry and declarations of the finding stay the same. New findings are
listed, and `--unread FILE` writes rows for them. Each row of `tests/readings/findings.json` has its commit.

## Beside others

Published figures of tools for missing order, races and faulty infrastructure. They answer other questions about other inputs, so the
table shows what is usually published, not which tool is better.

";

/// Renders the page.
///
/// # Errors
///
/// If a data file is not a list of rows, or a row lacks a field.
pub(crate) fn page(sources: &Sources<'_>) -> Result<String, String> {
    let findings = rows(sources.findings)?;
    let mut text = BEFORE.to_owned();
    text += &precision(&findings);
    text += RECALL;
    text += &recall(&rows(sources.recall)?)?;
    text += FIXES;
    text += &unseen(&rows(sources.fixes)?)?;
    text += KNOWN;
    text += &quiet(&rows(sources.quiet)?)?;
    text += AGAIN;
    text += &published(&rows(sources.published)?, &findings)?;
    Ok(text)
}

fn rows(text: &str) -> Result<Vec<Value>, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn field<'a>(row: &'a Value, name: &str) -> Result<&'a str, String> {
    row[name].as_str().ok_or_else(|| format!("no `{name}`: {row}"))
}

/// Number of findings that were read, and how many of them a reader judged right.
#[derive(Clone, Copy, Default)]
struct Tally {
    read: u32,
    right: u32,
}

impl Tally {
    fn of<'a>(rows: impl Iterator<Item = &'a Value>) -> Self {
        rows.fold(Self::default(), |tally, row| Self {
            read: tally.read + 1,
            right: tally.right + u32::from(row["verdict"] == "right"),
        })
    }

    fn row(self, name: &str) -> String {
        let share = 100.0 * f64::from(self.right) / f64::from(self.read.max(1));
        let (read, right, least) = (self.read, self.right, 100.0 * self.lower_bound());
        format!("| {name} | {read} | {right} | {share:.1} % | {least:.1} % |\n")
    }

    /// The lower end of Wilson's interval at 95 %.
    fn lower_bound(self) -> f64 {
        const Z: f64 = 1.96;
        let (count, share) = (f64::from(self.read), f64::from(self.right) / f64::from(self.read.max(1)));
        let spread = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
        (share + Z * Z / (2.0 * count) - spread) / (1.0 + Z * Z / count)
    }
}

fn precision(findings: &[Value]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in findings {
        groups.entry(row["rule"].as_str().unwrap_or_default()).or_default().push(row);
    }
    let mut table =
        "| rule | read | right | share | at least |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for (rule, rows) in &groups {
        table += &Tally::of(rows.iter().copied()).row(rule);
    }
    for level in ["error", "warning"] {
        table +=
            &Tally::of(findings.iter().filter(|row| row["level"] == level)).row(&format!("level `{level}`"));
    }
    table + &Tally::of(findings.iter()).row("all")
}

fn recall(rows: &[Value]) -> Result<String, String> {
    let mut table = "| repositories | removed | reported | missed | reported of what is on one object |\n\
                     | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for row in rows {
        let number = |name: &str| row[name].as_u64().and_then(|count| u32::try_from(count).ok());
        let (Some(reported), Some(missed)) = (number("reported"), number("missed")) else {
            return Err(format!("no count: {row}"));
        };
        let share = 100.0 * f64::from(reported) / f64::from((reported + missed).max(1));
        let (repositories, removed) = (field(row, "repositories")?, field(row, "removed")?);
        let _ = writeln!(table, "| {repositories} | {removed} | {reported} | {missed} | {share:.1} % |");
    }
    Ok(table)
}

/// The fixes that were kept aside, and that the tool does not report at warning or above.
fn unseen(rows: &[Value]) -> Result<String, String> {
    let mut table = "| repository | kind | why |\n| --- | --- | --- |\n".to_owned();
    for row in rows.iter().filter(|row| row["unseen"].is_string()) {
        let (repository, kind, why) = (field(row, "repository")?, field(row, "kind")?, field(row, "unseen")?);
        let _ = writeln!(table, "| {repository} | {kind} | {why} |");
    }
    Ok(table)
}

/// The same for races that were known before.
fn quiet(rows: &[Value]) -> Result<String, String> {
    let mut table =
        "| repository | entry | level | races | why |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for row in rows {
        let races = row["races"].as_u64().ok_or_else(|| format!("no count: {row}"))?;
        let (repository, level) = (field(row, "repository")?, field(row, "level")?);
        let entry = match field(row, "entry")? {
            "" => "none".to_owned(),
            id => format!("[{id}](rules/{id}.md)"),
        };
        let _ = writeln!(table, "| {repository} | {entry} | {level} | {races} | {} |", field(row, "reason")?);
    }
    Ok(table)
}

fn published(rows: &[Value], findings: &[Value]) -> Result<String, String> {
    let mut table = "| | looks for | figures |\n| --- | --- | --- |\n".to_owned();
    let all = Tally::of(findings.iter());
    let mut repositories: Vec<&str> =
        findings.iter().map(|row| field(row, "repository")).collect::<Result<_, _>>()?;
    repositories.sort_unstable();
    repositories.dedup();
    let (read, wrong, of) = (all.read, all.read - all.right, repositories.len());
    let _ = writeln!(
        table,
        "| bicep-race-lint | races of Azure deployments, from the text alone | {read} reports in {of} repositories, {wrong} of them wrong |"
    );
    for row in rows {
        let (name, venue, address) = (field(row, "name")?, field(row, "venue")?, field(row, "address")?);
        let (about, figures) = (field(row, "about")?, field(row, "figures")?);
        let _ = writeln!(table, "| [{name}]({address}), {venue} | {about} | {figures} |");
    }
    Ok(table)
}
