//! Capabilities of the editor, and the user's settings.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::text::Encoding;
use crate::level::Level;

/// The capabilities of a client.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    /// How columns are counted.
    pub(super) encoding: Encoding,
    /// It shows related places with a diagnostic.
    pub(super) has_related_places: bool,
    /// Asks for diagnostics itself; then none are pushed.
    pub(super) pulls: bool,
    /// The requests that it repeats when the server sends a refresh.
    pub(super) refreshes: Refreshes,
    /// Edits may name the version of the text that they are for.
    pub(super) has_versioned_edits: bool,
    /// Edits may have places to be typed over.
    pub(super) has_snippets: bool,
    /// Tells when files change on the disk.
    pub(super) watches: bool,
    /// Tells when settings change.
    pub(super) tells_settings: bool,
    /// Gives its settings when asked.
    pub(super) gives_settings: bool,
    /// It shows progress.
    pub(super) has_progress: bool,
    /// Shows Markdown on hover.
    pub(super) has_markdown: bool,
}

/// The requests that a client repeats when the server sends a refresh.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refreshes {
    /// Diagnostics.
    pub(super) diagnostics: bool,
    /// Inlay hints.
    pub(super) hints: bool,
    /// Code lenses.
    pub(super) lenses: bool,
}

impl Client {
    /// Reads the capabilities that the server uses. Code for all capabilities of the protocol would be larger than the server.
    pub(super) fn of(capabilities: &Value) -> Self {
        let can = |place: &str| capabilities.pointer(place).and_then(Value::as_bool).unwrap_or_default();
        let list = |place: &str| -> Vec<&str> {
            let list = capabilities.pointer(place).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).collect()
        };
        Self {
            encoding: Encoding::best(&list("/general/positionEncodings")),
            has_related_places: can("/textDocument/publishDiagnostics/relatedInformation"),
            pulls: capabilities.pointer("/textDocument/diagnostic").is_some_and(Value::is_object),
            refreshes: Refreshes {
                diagnostics: can("/workspace/diagnostics/refreshSupport"),
                hints: can("/workspace/inlayHint/refreshSupport"),
                lenses: can("/workspace/codeLens/refreshSupport"),
            },
            has_versioned_edits: can("/workspace/workspaceEdit/documentChanges"),
            has_snippets: can("/workspace/workspaceEdit/snippetEditSupport"),
            watches: can("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            tells_settings: can("/workspace/didChangeConfiguration/dynamicRegistration"),
            gives_settings: can("/workspace/configuration"),
            has_progress: can("/window/workDoneProgress"),
            has_markdown: list("/textDocument/hover/contentFormat").contains(&"markdown"),
        }
    }
}

/// The name under which an editor keeps the settings.
pub(super) const SECTION: &str = "bicepRaceLint";

/// The user's settings. A setting that is missing or invalid has its default.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Findings are shown from this level on.
    pub(super) level: Level,
    /// The baseline, relative to the folder.
    pub(super) baseline: Option<PathBuf>,
    /// Whether to report what Bicep's compiler reports too, such as syntax errors.
    pub(super) tells_as_compiler: bool,
    /// Whether to show start and end times beside declarations.
    pub(super) has_hints: bool,
    /// Whether writers of shared objects are counted above declarations.
    pub(super) has_lenses: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            level: Level::Warning,
            baseline: None,
            tells_as_compiler: true,
            has_hints: true,
            has_lenses: true,
        }
    }
}

/// The settings as an editor writes them.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    level: Option<String>,
    baseline: Option<PathBuf>,
    compiler_messages: Option<bool>,
    inlay_hints: Option<bool>,
    code_lens: Option<bool>,
}

impl Settings {
    /// Parses the settings that an editor sends, and returns a message about mistakes in them. They may be wrapped in an object
    /// with the name of the section.
    pub(super) fn of(value: &Value) -> (Self, Option<String>) {
        let inner = value.get(SECTION).unwrap_or(value);
        if inner.is_null() {
            return (Self::default(), None);
        }
        let written: Written = match serde_json::from_value(inner.clone()) {
            Ok(written) => written,
            Err(error) => return (Self::default(), Some(format!("the settings are not used: {error}"))),
        };
        let default = Self::default();
        let level = written.level.as_deref().map(str::parse::<Level>);
        let wrong = match level {
            Some(Err(_)) => {
                let level = written.level.unwrap_or_default();
                Some(format!("the setting `level` is `note`, `warning` or `error`, not `{level}`"))
            }
            _ => None,
        };
        let settings = Self {
            level: level.and_then(Result::ok).unwrap_or(default.level),
            baseline: written.baseline.filter(|path| !path.as_os_str().is_empty()),
            tells_as_compiler: written.compiler_messages.unwrap_or(default.tells_as_compiler),
            has_hints: written.inlay_hints.unwrap_or(default.has_hints),
            has_lenses: written.code_lens.unwrap_or(default.has_lenses),
        };
        (settings, wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_by_themselves_or_under_their_name() {
        for text in [r#"{"level":"note"}"#, r#"{"bicepRaceLint":{"level":"note","other":1}}"#] {
            let (settings, wrong) = Settings::of(&serde_json::from_str(text).unwrap());
            assert_eq!((settings.level, wrong), (Level::Note, None), "{text}");
        }
        let (settings, wrong) = Settings::of(&Value::Null);
        assert_eq!((settings.level, wrong), (Level::Warning, None));
    }

    #[test]
    fn wrong_settings_are_told_and_the_others_hold() {
        let text = r#"{"level":"loud","inlayHints":false}"#;
        let (settings, wrong) = Settings::of(&serde_json::from_str(text).unwrap());
        assert_eq!((settings.level, settings.has_hints), (Level::Warning, false));
        assert!(wrong.unwrap().contains("`loud`"));
        let (settings, wrong) = Settings::of(&serde_json::from_str(r#"{"level":3}"#).unwrap());
        assert!(settings.has_hints && wrong.is_some());
    }
}
