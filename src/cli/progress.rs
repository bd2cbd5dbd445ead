//! A progress line on standard error for slow runs, and the duration of each phase.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that ends before this time shows no progress line.
const PATIENCE: Duration = Duration::from_millis(400);
const FRAME: Duration = Duration::from_millis(120);

/// The phases of a run: the current one, and the durations of the completed ones.
pub(super) struct Phases {
    current: (&'static str, Instant),
    done: Vec<(&'static str, Duration)>,
    line: Option<Line>,
}

/// The progress line, which has its own thread.
struct Line {
    tell: Sender<&'static str>,
    drawing: JoinHandle<()>,
}

impl Phases {
    /// Starts with a phase. There is no progress line if standard error is not a terminal, or if `must_not` is set.
    pub(super) fn begin(phase: &'static str, must_not: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let draws = std::io::stderr().is_terminal() && !is_dumb && !must_not;
        let line = if draws { Line::draw(phase, ProgressDrawTarget::stderr()).ok() } else { None };
        Self { current: (phase, Instant::now()), done: Vec::new(), line }
    }

    /// Ends the current phase and starts the next one.
    pub(super) fn next(&mut self, phase: &'static str) {
        let now = Instant::now();
        let (name, since) = std::mem::replace(&mut self.current, (phase, now));
        self.done.push((name, now - since));
        if let Some(line) = &self.line {
            // The line may have ended already.
            let _ = line.tell.send(phase);
        }
    }

    /// Removes the progress line, so that the report can be written.
    pub(super) fn hide(&mut self) {
        if let Some(Line { tell, drawing }) = self.line.take() {
            drop(tell);
            let _ = drawing.join();
        }
    }

    /// Every phase with its duration, including the current one so far.
    pub(super) fn times(&self) -> Vec<(&'static str, Duration)> {
        let (name, since) = self.current;
        self.done.iter().copied().chain([(name, since.elapsed())]).collect()
    }
}

impl Drop for Phases {
    fn drop(&mut self) {
        self.hide();
    }
}

impl Line {
    /// Starts the line. If no thread can be created, there is no line.
    fn draw(first: &'static str, target: ProgressDrawTarget) -> io::Result<Self> {
        let (tell, told) = channel();
        let drawing = std::thread::Builder::new().spawn(move || {
            let mut phase = first;
            let start = Instant::now();
            loop {
                match told.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
                    Ok(next) => phase = next,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            let frames = if supports_unicode::on(supports_unicode::Stream::Stderr) {
                "⠋⠙⠸⠴⠦⠇ "
            } else {
                "-\\|/ "
            };
            let bar = ProgressBar::with_draw_target(None, target);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style.tick_chars(frames));
            }
            loop {
                bar.set_message(phase);
                bar.tick();
                match told.recv_timeout(FRAME) {
                    Ok(next) => phase = next,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            bar.finish_and_clear();
        })?;
        Ok(Self { tell, drawing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_is_measured_once() {
        let mut phases = Phases::begin("reading", true);
        phases.next("analysing");
        phases.next("reporting");
        let names: Vec<&str> = phases.times().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["reading", "analysing", "reporting"]);
    }

    #[test]
    fn a_line_ends_when_it_is_told_to_and_when_nothing_was_drawn() {
        for pause in [Duration::ZERO, PATIENCE * 2] {
            let line = Line::draw("reading", ProgressDrawTarget::hidden()).unwrap();
            line.tell.send("analysing").unwrap();
            std::thread::sleep(pause);
            drop(line.tell);
            line.drawing.join().unwrap();
        }
    }
}
