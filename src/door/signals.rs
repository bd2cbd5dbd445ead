//! Signals that would end the run wait while a file is being written: nothing is left half done, and no temporary file stays.
//!
//! A process cannot do much inside of a signal handler, so nothing is done there but to set a flag (by `signal-hook`, whose
//! two dependencies the terminal's crates have anyway; `ctrlc` needs a thread, which cannot always be had).

/// While one lives, signals wait. When the last is dropped, one that came ends the process as it would have.
#[derive(Debug)]
pub struct Hold(());

/// Lets signals wait.
#[must_use = "signals wait only while it lives"]
pub fn hold() -> Hold {
    imp::begin();
    Hold(())
}

impl Hold {
    /// Whether a signal waits.
    pub fn has_come(&self) -> bool {
        imp::waiting() != 0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        imp::end();
    }
}

#[cfg(unix)]
mod imp {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};

    /// What is known to the handlers.
    struct State {
        /// Whether signals act at once.
        acts: Arc<AtomicBool>,
        /// The last one that came while they did not.
        came: Arc<AtomicUsize>,
        /// How many holds there are.
        holds: AtomicUsize,
    }

    static STATE: OnceLock<State> = OnceLock::new();

    fn state() -> &'static State {
        STATE.get_or_init(|| {
            let (acts, came) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
            let ignored = ignored();
            for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
                // Who has started the run with `nohup`, or in the background, does not want them to end it.
                if ignored >> (signal - 1) & 1 == 1 {
                    continue;
                }
                // Where one cannot be registered, it ends the run as ever.
                let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&acts));
                let _ = signal_hook::flag::register_usize(
                    signal,
                    Arc::clone(&came),
                    signal.unsigned_abs() as usize,
                );
            }
            // Beyond the size that a file may have, writing fails and is told.
            let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
            State { acts, came, holds: AtomicUsize::new(0) }
        })
    }

    /// The signals that are ignored, as bits from that of signal 1 on, where the system says so.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
    }

    pub(super) fn begin() {
        let state = state();
        state.holds.fetch_add(1, Ordering::SeqCst);
        state.acts.store(false, Ordering::SeqCst);
    }

    pub(super) fn waiting() -> usize {
        state().came.load(Ordering::SeqCst)
    }

    pub(super) fn end() {
        let state = state();
        if state.holds.fetch_sub(1, Ordering::SeqCst) != 1 {
            return;
        }
        state.acts.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(waiting()) {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
}

#[cfg(not(unix))]
mod imp {
    pub(super) fn begin() {}

    pub(super) fn waiting() -> usize {
        0
    }

    pub(super) fn end() {}
}
