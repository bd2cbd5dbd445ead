//! The command-line arguments.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use super::completions::Shell;
use crate::level::Level;
use crate::profile::Profile;
use crate::report::Format;
use crate::rules::finding::Confidence;
use crate::session::configured::ConfigSource;

/// The exit codes and the address of the documentation.
const AFTER_HELP: &str = concat!(
    "Exit codes:\n\
     \x20 0  nothing at the failing level (`--fail-on`, by default warning)\n\
     \x20 1  findings\n\
     \x20 2  the run failed: a wrong option or configuration, a file that cannot be read or written\n\
     \x20 3  with `--strict`, part of the input was not understood\n\n\
     Documentation: ",
    env!("CARGO_PKG_REPOSITORY"),
    "/tree/main/docs",
);

/// Finds races in Azure deployments: resources that may write one shared object at the same time.
#[derive(Debug, Parser)]
#[command(
    name = "bicep-race-lint",
    version,
    about,
    max_term_width = 100,
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: CheckArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the deployment graph that the analysis used
    Graph {
        /// A `.bicep` file or an ARM template
        path: PathBuf,
        /// The format [default: json, or mermaid with `--finding`]
        #[arg(short, long, value_enum)]
        format: Option<GraphFormat>,
        #[command(flatten)]
        reading: Reading,
        /// Show only the part around one finding
        #[arg(long, value_name = "FINGERPRINT")]
        finding: Option<String>,
    },
    /// Show the predicted schedule before and after the remedy, or compare two schedules
    Timeline {
        /// A `.bicep` or `.bicepparam` file, or an ARM template; a second one is compared with it
        #[arg(required = true, num_args = 1..=2)]
        paths: Vec<PathBuf>,
        /// Compare with the same file below DIR, another tree; that version comes first
        #[arg(long, value_name = "DIR")]
        compare: Option<PathBuf>,
        /// The format
        #[arg(short, long, value_enum, default_value_t = TimelineFormat::Text)]
        format: TimelineFormat,
        #[command(flatten)]
        reading: Reading,
    },
    /// Show what each explicit order protects, and the minutes lost by orders without a known purpose
    Slow {
        /// A `.bicep` or `.bicepparam` file
        path: PathBuf,
        /// The format
        #[arg(short, long, value_enum, default_value_t = SlowFormat::Text)]
        format: SlowFormat,
        #[command(flatten)]
        reading: Reading,
    },
    /// Show what happened in a deployment and which conflicting operations overlapped, from its operations
    Observed {
        /// Output of `az deployment operation group list`, PowerShell or the REST API; `-` is standard input
        #[arg(required = true, value_name = "OPERATIONS")]
        exports: Vec<PathBuf>,
        /// Write the typical duration of each type to FILE, in configuration syntax
        #[arg(long, value_name = "FILE")]
        learn: Option<PathBuf>,
        /// The deployed template: a `.bicep` or `.bicepparam` file, or an ARM template
        #[arg(long, alias = "template-file", value_name = "FILE")]
        template: Option<PathBuf>,
        /// The format
        #[arg(short, long, value_enum, default_value_t = ObservedFormat::Text)]
        format: ObservedFormat,
        #[command(flatten)]
        reading: Reading,
    },
    /// Show the page of a rule or entry, the likely cause of a failure, or why two declarations race or not
    Explain {
        /// The name of a rule or entry, an error code, a pasted failure, a file that contains one, or `-` for standard input
        #[arg(required_unless_present = "pair", num_args = 1..)]
        what: Vec<String>,
        /// Look for the cause of the failure in this template
        #[arg(long = "in", value_name = "FILE", conflicts_with = "pair")]
        template: Option<PathBuf>,
        /// Explain why two declarations of a file race or not: `symbol`, `parent::child`, `module.symbol`
        #[arg(long, num_args = 3, value_names = ["FILE", "A", "B"], conflicts_with = "what")]
        pair: Vec<String>,
        /// The format of `--pair`
        #[arg(short, long, value_enum, default_value_t = PairFormat::Human, requires = "pair")]
        format: PairFormat,
        #[command(flatten)]
        reading: Reading,
    },
    /// Write a commented configuration, `bicep-race-lint.toml`, into a folder
    Init {
        /// The folder
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// List all rules with level, fixability and meaning
    Rules {
        /// The format
        #[arg(short, long, value_enum, default_value_t = RulesFormat::Human)]
        format: RulesFormat,
    },
    /// Serve an editor: the Language Server Protocol over standard input and output
    #[cfg(feature = "lsp")]
    Lsp,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
        /// What the script asks about: the words before, and a dot with the word at the cursor
        #[arg(last = true, hide = true)]
        words: Vec<String>,
    },
    /// Print the manual page
    Man,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    Json,
    Mermaid,
    Dot,
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TimelineFormat {
    Text,
    /// Not for two templates
    Json,
    /// Not for two templates
    Mermaid,
    /// Not for two templates
    Svg,
    /// For two templates, such as in a pull request
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SlowFormat {
    Text,
    Json,
    /// For a pull request
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ObservedFormat {
    Text,
    Json,
    Svg,
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PairFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RulesFormat {
    Human,
    Json,
}

/// Options of every command that reads templates.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Reading {
    /// The configuration [default: the nearest bicep-race-lint.toml above each root]
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,
    /// Ignore all configuration files
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub(super) no_config: bool,
    /// The profile of levels [default: as configured, else default]
    #[arg(long, value_enum, help_heading = "Configuration")]
    pub(super) profile: Option<Profile>,
    /// Also read files below this folder [default: the repository of each root, else the working folder]
    #[arg(long, value_name = "DIR", help_heading = "Configuration")]
    pub(super) boundary: Option<PathBuf>,
}

impl Reading {
    /// The source of configurations.
    pub(super) fn from(&self) -> ConfigSource<'_> {
        match &self.config {
            _ if self.no_config => ConfigSource::Nothing,
            Some(path) => ConfigSource::File(path),
            None => ConfigSource::Nearest,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArguments {
    /// Files and folders to check; `-` is standard input [default: the current folder]
    pub(super) paths: Vec<PathBuf>,
    /// How findings are printed
    #[arg(short, long, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(super) format: Format,
    /// Also write a format to a file, or to standard output (`-`); can be repeated
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    pub(super) output: Vec<String>,
    /// Show findings at or above this level
    #[arg(long, value_enum, default_value_t = LevelName::Warning, help_heading = "Findings")]
    pub(super) level: LevelName,
    /// Exit with 1 at or above this level
    #[arg(long, value_enum, help_heading = "Findings")]
    pub(super) fail_on: Option<FailOn>,
    /// Report only these rules and entries
    #[arg(long, value_delimiter = ',', value_name = "ID", help_heading = "Findings")]
    pub(super) select: Vec<String>,
    /// Report all rules and entries except these
    #[arg(long, value_delimiter = ',', value_name = "ID", help_heading = "Findings")]
    pub(super) ignore: Vec<String>,
    /// Report only findings with at least this confidence [default: as configured, else inferred]
    #[arg(long, value_enum, help_heading = "Findings")]
    pub(super) confidence: Option<Confidence>,
    /// Accept the findings that are listed in this file
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    pub(super) baseline: Option<PathBuf>,
    /// Write the findings to a baseline, which accepts them
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    pub(super) write_baseline: Option<PathBuf>,
    /// Remove findings that no longer exist from the baseline
    #[arg(long, requires = "baseline", help_heading = "Findings")]
    pub(super) prune_baseline: bool,
    /// Apply remedies in place
    #[arg(long, help_heading = "Remedies")]
    pub(super) fix: bool,
    /// Print remedies as a unified diff and change nothing, also with `--fix`
    #[arg(long, help_heading = "Remedies")]
    pub(super) diff: bool,
    /// Check only roots that reach one of these files [without FILE: every PATH]
    #[arg(long, num_args = 0.., value_name = "FILE", help_heading = "Findings")]
    pub(super) changed: Option<Vec<PathBuf>>,
    /// The same for the files listed in FILE, one per line or separated by NUL; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    pub(super) changed_from: Option<PathBuf>,
    /// Show which configuration applies to a path, and from where
    #[arg(long, value_name = "PATH", help_heading = "Configuration")]
    pub(super) show_config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) reading: Reading,
    /// The template for parameter files [default: the one of the same name beside each, or that of `azure.yaml`]
    #[arg(long, alias = "template-file", value_name = "FILE", help_heading = "Parameters")]
    pub(super) template: Option<PathBuf>,
    /// Values for the template: a parameter file, `@FILE` or `name=value`; can be repeated, and the last value wins
    #[arg(long, value_name = "VALUE", num_args = 1, help_heading = "Parameters")]
    pub(super) parameters: Vec<String>,
    /// The assumed path of standard input
    #[arg(long, value_name = "PATH", default_value = "stdin.bicep", help_heading = "Configuration")]
    pub(super) stdin_filename: PathBuf,
    /// Also check ARM templates in folders, except those beside a Bicep file of the same name
    #[arg(long, help_heading = "Findings")]
    pub(super) arm: bool,
    /// Accept these files as missing, as in a partial checkout; globs as in `.gitignore`
    #[arg(long, value_name = "GLOB", help_heading = "Findings")]
    pub(super) allow_unread: Vec<String>,
    /// Exit with 3 if part of the input was not understood
    #[arg(long, help_heading = "Findings")]
    pub(super) strict: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, help_heading = "Output")]
    pub(super) color: When,
    /// Replace all GUIDs, such as ids of subscriptions and tenants, in everything printed or written
    #[arg(long, global = true, help_heading = "Output")]
    pub(super) redact: bool,
    /// Print only results and errors
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(super) quiet: bool,
    /// Print counts and times at the end
    #[arg(short = 'v', long, alias = "verbose", conflicts_with = "quiet", help_heading = "Output")]
    pub(super) statistics: bool,
    /// Do not add annotations in GitHub Actions and Azure Pipelines
    #[arg(long, help_heading = "Output")]
    pub(super) no_annotations: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelName {
    Note,
    Warning,
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Note,
    Warning,
    Error,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

impl CheckArguments {
    /// Whether the run is limited to changed files, so that there may be nothing to check.
    pub(super) fn is_about_changes(&self) -> bool {
        self.changed.is_some() || self.changed_from.is_some()
    }
}

impl LevelName {
    pub(super) const fn level(self) -> Level {
        match self {
            Self::Note => Level::Note,
            Self::Warning => Level::Warning,
            Self::Error => Level::Error,
        }
    }
}

impl FailOn {
    pub(super) const fn level(self) -> Option<Level> {
        match self {
            Self::Note => Some(Level::Note),
            Self::Warning => Some(Level::Warning),
            Self::Error => Some(Level::Error),
            Self::Never => None,
        }
    }
}
