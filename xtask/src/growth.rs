//! Measures time and memory by input size: `cargo xtask growth`; `--readme` writes the table into the README.
//!
//! The inputs are: unordered gateways of one hub, a chain of them, and pairs on separate hubs, each in one file; many
//! files in one folder, each with its own hub; and nested modules. Each input is checked by separate processes that
//! report their time and peak memory; the fastest of three runs counts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::door::Boundary;
use bicep_race_lint::session::{Roots, check};
use bicep_race_lint::workspace::Disk;
use bicep_race_lint::workspace::walk::walk;

/// The kind of input that grows.
#[derive(Clone, Copy)]
enum Shape {
    /// Unordered gateways of one hub.
    Free,
    /// A chain of gateways on one hub.
    Chain,
    /// Gateways on separate hubs, two on each.
    Hubs,
    /// Files, each with five gateways of one hub.
    Files,
    /// Nested modules, with two gateways in the innermost one.
    Deep,
}

const SHAPES: [(&str, Shape, std::ops::RangeInclusive<u32>); 5] = [
    ("gateways of one hub, unordered", Shape::Free, 2..=5),
    ("gateways of one hub in a chain", Shape::Chain, 2..=5),
    ("gateways, two a hub", Shape::Hubs, 2..=5),
    ("files in a folder, five gateways each", Shape::Files, 0..=4),
    ("modules one in the other", Shape::Deep, 0..=3),
];
/// The powers of ten that have a column.
const COLUMNS: std::ops::RangeInclusive<u32> = 0..=5;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write the table into the README
    #[arg(long)]
    readme: bool,
    /// Measure this path in this process
    #[arg(long, value_name = "PATH", hide = true)]
    one: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    if let Some(path) = &options.one {
        measure(path);
        return ExitCode::SUCCESS;
    }
    let mut table = "| |".to_owned();
    COLUMNS.for_each(|power| write!(table, " {} |", thousands(10_usize.pow(power))).unwrap());
    table.push_str("\n| --- |");
    COLUMNS.for_each(|_| table.push_str(" --- |"));
    table.push('\n');
    for (name, shape, powers) in SHAPES {
        write!(table, "| {name} |").unwrap();
        for power in COLUMNS {
            if !powers.contains(&power) {
                table.push_str(" |");
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            let path = write_files(folder.path(), shape, 10_usize.pow(power));
            let (micros, peak) = (0..3).map(|_| in_a_process(&path)).min().unwrap();
            write!(table, " {}, {:.0} MB |", time(micros), peak as f64 / 1e6).unwrap();
        }
        table.push('\n');
    }
    print!("{table}");
    if options.readme {
        crate::write_into_readme("growth", &table);
    }
    ExitCode::SUCCESS
}

/// Writes the input, and returns the path to check.
fn write_files(folder: &Path, shape: Shape, count: usize) -> PathBuf {
    let main = folder.join("main.bicep");
    let text = match shape {
        Shape::Free => [hubs(1), (0..count).map(|at| gateway(at, 0, None)).collect()].concat(),
        Shape::Chain => [hubs(1), (0..count).map(|at| gateway(at, 0, at.checked_sub(1))).collect()].concat(),
        Shape::Hubs => {
            [hubs(count.div_ceil(2)), (0..count).map(|at| gateway(at, at / 2, None)).collect()].concat()
        }
        Shape::Files => {
            let text = [hubs(1), (0..5).map(|at| gateway(at, 0, None)).collect()].concat();
            for at in 0..count {
                let inner = folder.join(format!("{}", at / 100));
                std::fs::create_dir_all(&inner).unwrap();
                std::fs::write(inner.join(format!("f{at}.bicep")), &text).unwrap();
            }
            return folder.to_owned();
        }
        Shape::Deep => {
            let call = |next: &str| format!("module inner '{next}.bicep' = {{\n  name: 'inner'\n}}\n");
            for at in 1..count {
                let text = call(&format!("m{}", at + 1));
                std::fs::write(folder.join(format!("m{at}.bicep")), text).unwrap();
            }
            let last = [hubs(1), gateway(0, 0, None), gateway(1, 0, None)].concat();
            std::fs::write(folder.join(format!("m{count}.bicep")), last).unwrap();
            call("m1")
        }
    };
    std::fs::write(&main, text).unwrap();
    main
}

fn hubs(count: usize) -> String {
    let ty = "Microsoft.Network/virtualHubs@2024-05-01";
    let hub = |at| format!("resource hub{at} '{ty}' existing = {{\n  name: 'hub{at}'\n}}\n\n");
    (0..count).map(hub).collect::<Vec<_>>().concat()
}

fn gateway(at: usize, hub: usize, waits_for: Option<usize>) -> String {
    let waits = waits_for.map_or_else(String::new, |early| format!("\n  dependsOn: [\n    g{early}\n  ]"));
    format!(
        "resource g{at} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'g{at}'\n  location: 'x'\n  \
         properties: {{\n    virtualHub: {{\n      id: hub{hub}.id\n    }}\n  }}{waits}\n}}\n\n"
    )
}

/// The time in microseconds, and the peak resident memory in bytes.
fn in_a_process(path: &Path) -> (u64, u64) {
    let own = std::env::current_exe().unwrap();
    let output = Command::new(own).args(["growth", "--one"]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let mut numbers = told.split_whitespace().map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

fn measure(path: &Path) {
    let begin = Instant::now();
    let (base, named, found) = if path.is_dir() {
        let found = walk(path, &[], &Boundary::within(path))
            .found
            .into_iter()
            .map(|file| (file, path.to_owned()))
            .collect();
        (path.to_owned(), Vec::new(), found)
    } else {
        (path.parent().unwrap().to_owned(), vec![path.to_owned()], Vec::new())
    };
    let roots = Roots { base, named, found, ..Roots::default() };
    let checked = check(&roots, Disk, &Catalog::default());
    let micros = begin.elapsed().as_micros();
    assert_eq!(checked.report.coverage.modelled, checked.report.coverage.declarations);
    drop(checked);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    println!("{micros} {}", peak.and_then(|peak| peak.trim().parse::<u64>().ok()).unwrap_or(0) * 1024);
}

fn time(micros: u64) -> String {
    match micros as f64 / 1e3 {
        few if few < 10.0 => format!("{few:.1} ms"),
        many if many < 1e3 => format!("{many:.0} ms"),
        many => format!("{:.1} s", many / 1e3),
    }
}

fn thousands(count: usize) -> String {
    if count < 1_000 { count.to_string() } else { format!("{},{:03}", count / 1_000, count % 1_000) }
}
