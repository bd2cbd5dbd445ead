//! The formats of a report, by the names that `--format` takes.

/// All formats; a test in `outputs` compares the list with the tool.
pub(crate) const FORMATS: [&str; 13] = [
    "human",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "github",
    "azure",
    "gitlab",
    "rdjson",
    "checkstyle",
    "junit",
    "markdown",
    "html",
];
