//! What ends a run from inside: a defect, or memory that runs out. Both are told and end with an exit code of their own.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

use super::say;

/// The exit code of an internal error: what a Rust program ends with that panics.
#[cfg(unix)]
const CODE: i32 = 101;

/// So many characters of what a defect says of itself are told.
const LONGEST: usize = 400;

/// Lets defects be told as everything else is: what they quote may come from a template. Memory that runs out is told by the
/// runtime, which then aborts: that ends the run with the exit code instead of a signal.
pub(super) fn watch() {
    std::panic::set_hook(Box::new(|defect| say(&of(defect))));
    #[cfg(unix)]
    {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;

        let always = Arc::new(AtomicBool::new(true));
        // Without it the run still ends, by the signal.
        let _ = signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGABRT, CODE, always);
    }
}

fn of(defect: &PanicHookInfo<'_>) -> String {
    let at = defect.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let mut text = told(&at, defect.payload_as_str().unwrap_or_default());
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{trace}"));
    }
    text
}

/// What is told of a defect. What it quotes is left out: it may be a part of a template that is to stay secret.
fn told(at: &str, message: &str) -> String {
    let without = match (message.find('`'), message.rfind('`')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}`…`{}", &message[..first], &message[last + 1..])
        }
        _ => message.to_owned(),
    };
    let message: String = without.chars().take(LONGEST).collect();
    let message = if message.is_empty() { message } else { format!(": {message}") };
    format!(
        "error: internal error{at}{message}\n\
         note: this is a defect of bicep-race-lint; please report it with the smallest input that shows it: {}/issues",
        env!("CARGO_PKG_REPOSITORY")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_is_told_without_what_it_quotes() {
        let quoted =
            std::panic::catch_unwind(|| "é".get(..1).unwrap_or(&"é##vso[x]"[..1]).len()).unwrap_err();
        let message = quoted.downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(message.contains("vso"), "the runtime quotes the text: {message}");
        let text = told(" at src/x.rs:1", &message);
        assert!(text.starts_with("error: internal error at src/x.rs:1: ") && !text.contains("vso"), "{text}");
        assert!(told("", &"x".repeat(10_000)).len() < 1000);
        assert!(told("", "").starts_with("error: internal error\n"));
    }
}
