//! Runs tests on mutants: the fastest first, only those that reach the code of a mutant, until one fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::results::Outcome;
use super::scratch::Scratch;

/// Virtual memory of a test program in KiB: a mutant may allocate without end.
const MEMORY: u32 = 8_000_000;
/// A test may take so many times as long as without a mutant, and a few seconds more: seconds of the processor.
const SLOWER: f64 = 8.0;
const MARGIN: f64 = 6.0;
/// By the clock it may take so many times as long as that, because other programs run beside it.
const WAITING: u32 = 5;
/// Maximum time of a test without a mutant.
const WITHOUT: Duration = Duration::from_mins(15);
/// Seconds of tests that run in one process: first what is fast, which notices most mutants.
const AT_ONCE: [f64; 4] = [0.3, 3.0, 30.0, f64::INFINITY];

/// A test, with what it does without a mutant.
#[derive(Serialize, Deserialize)]
pub(super) struct Test {
    name: String,
    seconds: f64,
    /// Numbers of the mutants whose code it runs.
    reached: BTreeSet<u32>,
}

/// What is known of the tests of a program.
#[derive(Serialize, Deserialize)]
struct Coverage {
    /// The build that it belongs to.
    build: String,
    tests: Vec<Test>,
}

/// How a run of tests ended.
enum Ended {
    Passed,
    /// The test that failed or crashed.
    Failed(String),
    TimedOut(String),
}

pub(super) struct Judge<'a> {
    pub(super) scratch: &'a Scratch,
    pub(super) folder: &'a Path,
    /// The test programs in their order, with the outcome if one of them notices a mutant.
    pub(super) programs: Vec<(&'static str, Outcome)>,
    pub(super) cases: u32,
    /// How long the tests of one program may take for a mutant; those that take longest are left out.
    pub(super) seconds: f64,
    /// The tests of each program, which are run once to see what they reach.
    pub(super) known: BTreeMap<&'static str, Vec<Test>>,
}

impl Judge<'_> {
    fn command(&self, program: &str, arguments: &[&str], limit: Duration) -> Command {
        let mut command = Command::new("sh");
        let limits = format!("ulimit -v {MEMORY}; ulimit -c 0; ulimit -S -t {}", limit.as_secs() + 1);
        command.args(["-c", &format!("{limits}; exec \"$@\""), "sh"]);
        command.arg(&self.scratch.programs[program]).args(arguments);
        command.current_dir(&self.scratch.tree);
        command.env("CARGO_MANIFEST_DIR", &self.scratch.tree).env("RUST_BACKTRACE", "0");
        command.env("INSTA_UPDATE", "no").env("RACE_ORACLE_SHRINK", "0");
        // The same random cases for each mutant. What one mutant fails must not be tried with the next ones.
        command.env("PROPTEST_RNG_SEED", "1").env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        command.env("RACE_ORACLE_CASES", self.cases.to_string());
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// The names of all tests of a program.
    fn names(&self, program: &str) -> Result<Vec<String>, String> {
        let output = self.command(program, &["--list", "--format", "terse"], WITHOUT).output();
        let output = output.map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }

    /// Runs every test of a program by itself and records which mutants it reaches; tests that fail without a mutant are left out.
    fn cover(&self, program: &str) -> Result<Vec<Test>, String> {
        let path = self.folder.join(format!("coverage-{program}.json"));
        let build = self.build(program);
        let known = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Coverage>(&bytes).ok());
        if let Some(known) = known.filter(|known| known.build == build) {
            return Ok(known.tests);
        }
        let (names, begin) = (self.names(program)?, Instant::now());
        let mut tests = Vec::new();
        for name in &names {
            let list = self.folder.join("reached.txt");
            _ = fs::remove_file(&list);
            let begin = Instant::now();
            let mut command = self.command(program, &["--exact", name, "--test-threads", "1"], WITHOUT);
            let child =
                command.env("RACE_MUTANTS_REACHED", &list).spawn().map_err(|error| error.to_string())?;
            if !matches!(watch(child, WITHOUT), Ended::Passed) {
                println!("  {program}: {name} fails without a mutant and is left out");
                continue;
            }
            let text = fs::read_to_string(&list).unwrap_or_default();
            let reached = text.lines().filter_map(|line| line.parse().ok()).collect();
            let seconds = begin.elapsed().as_secs_f64();
            tests.push(Test { name: name.clone(), seconds, reached });
        }
        println!("{program}: {} tests in {:.0} s", names.len(), begin.elapsed().as_secs_f64());
        let coverage = Coverage { build, tests };
        let bytes = serde_json::to_vec(&coverage).map_err(|error| error.to_string())?;
        fs::write(path, bytes).map_err(|error| error.to_string())?;
        Ok(coverage.tests)
    }

    /// The version of the tree, with the time at which a test program was built, and the number of cases of the oracle.
    fn build(&self, program: &str) -> String {
        let time = fs::metadata(&self.scratch.programs[program]).and_then(|data| data.modified()).ok();
        let cases = if program == "oracle" { self.cases } else { 0 };
        format!("{} {cases} {time:?}", self.scratch.version)
    }

    /// Runs the tests that reach a mutant until one notices it. Returns the outcome, and the test.
    /// `is_stage`: it is in a file that must be held by tests of the analysis alone.
    pub(super) fn judge(&mut self, number: u32, is_stage: bool) -> Result<(Outcome, String), String> {
        let mut is_reached = false;
        for (program, outcome) in self.programs.clone() {
            if is_stage && outcome == Outcome::Others {
                continue;
            }
            if !self.known.contains_key(program) {
                self.known.insert(program, self.cover(program)?);
            }
            let is_asked = |test: &&Test| test.reached.contains(&number);
            let mut tests: Vec<&Test> = self.known[program].iter().filter(is_asked).collect();
            is_reached |= !tests.is_empty();
            tests.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
            let mut sum = 0.0;
            let fits = |test: &&&Test| {
                sum += test.seconds;
                sum <= self.seconds
            };
            let count = tests.iter().take_while(fits).count();
            tests.truncate(count);
            for part in in_parts(&tests) {
                let mut arguments = vec!["--exact", "--test-threads", "1"];
                arguments.extend(part.iter().map(|test| test.name.as_str()));
                let seconds: f64 = part.iter().map(|test| test.seconds).sum();
                let limit = Duration::from_secs_f64(MARGIN + SLOWER * seconds);
                let mut command = self.command(program, &arguments, limit);
                let child = command.env("RACE_MUTANT", number.to_string()).spawn();
                match watch(child.map_err(|error| error.to_string())?, limit * WAITING) {
                    Ended::Passed => {}
                    Ended::Failed(test) => return Ok((outcome, test)),
                    Ended::TimedOut(test) => return Ok((Outcome::TimeOut, test)),
                }
            }
        }
        let outcome = if is_reached { Outcome::Survived } else { Outcome::NotReached };
        Ok((outcome, String::new()))
    }
}

/// Divides tests, the fastest first, by the time that they take together.
fn in_parts<'a, 'b>(tests: &'a [&'b Test]) -> Vec<&'a [&'b Test]> {
    let (mut parts, mut rest) = (Vec::new(), tests);
    for at_once in AT_ONCE {
        let mut sum = 0.0;
        let fits = |test: &&&Test| {
            sum += test.seconds;
            sum <= at_once
        };
        let count = rest.iter().take_while(fits).count();
        let (part, others) = rest.split_at(count);
        parts.extend(Some(part).filter(|part| !part.is_empty()));
        rest = others;
    }
    parts
}

/// Waits for a test program, and ends it after the first test that fails or if the time is over.
fn watch(mut child: Child, limit: Duration) -> Ended {
    let lines = lines(&mut child);
    let end = Instant::now() + limit;
    let mut running = String::new();
    let ended = loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let Some((name, result)) =
                    line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "))
                else {
                    continue;
                };
                name.clone_into(&mut running);
                if result == "FAILED" {
                    break Ended::Failed(running);
                }
            }
            Err(RecvTimeoutError::Timeout) => break Ended::TimedOut(running),
            // The output ended: the program did, too.
            Err(RecvTimeoutError::Disconnected) => match child.wait() {
                Ok(status) if status.success() => break Ended::Passed,
                Ok(status) if status.to_string().contains("SIGXCPU") => break Ended::TimedOut(running),
                _ => break Ended::Failed(format!("{running} (crash)")),
            },
        }
    };
    _ = child.kill();
    _ = child.wait();
    ended
}

fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let output = child.stdout.take();
    std::thread::spawn(move || {
        for line in output.into_iter().flat_map(|output| BufReader::new(output).split(b'\n')) {
            let Ok(line) = line else { break };
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Child {
        Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn the_first_failure_ends_a_run() {
        let script = "echo 'test a ... ok'; echo 'test b ... FAILED'; exec sleep 100";
        let begin = Instant::now();
        assert!(matches!(watch(shell(script), Duration::from_mins(1)), Ended::Failed(name) if name == "b"));
        assert!(begin.elapsed() < Duration::from_secs(50));
    }

    #[test]
    fn a_crash_is_a_failure_of_the_test_that_ran() {
        let script = "echo 'test a ... ok'; printf 'test b ... '; exit 101";
        assert!(
            matches!(watch(shell(script), Duration::from_mins(1)), Ended::Failed(name) if name == "b (crash)")
        );
    }

    #[test]
    fn a_hang_times_out() {
        let ended = watch(shell("exec sleep 100"), Duration::from_millis(50));
        assert!(matches!(ended, Ended::TimedOut(_)));
    }

    #[test]
    fn too_much_work_times_out() {
        let ended = watch(shell("ulimit -S -t 1; while :; do :; done"), Duration::from_mins(5));
        assert!(matches!(ended, Ended::TimedOut(_)));
    }

    #[test]
    fn fast_tests_run_first() {
        let tests: Vec<Test> = [0.1, 0.1, 0.2, 1.0, 5.0, 90.0]
            .into_iter()
            .map(|seconds| Test { name: String::new(), seconds, reached: BTreeSet::new() })
            .collect();
        let tests: Vec<&Test> = tests.iter().collect();
        let sizes: Vec<usize> = in_parts(&tests).iter().map(|part| part.len()).collect();
        assert_eq!(sizes, [2, 2, 1, 1]);
    }
}
