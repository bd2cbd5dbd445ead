//! Time and memory against the number of declarations: `cargo run --release --example growth`.
//!
//! Gateways of one hub without order, in a chain, and two each on hubs of their own, in one file of 1,000 to 100,000
//! gateways. Each file is checked by a process of its own, which tells its time and the most memory that it had.

// It reports to people, in round figures.
#![allow(clippy::cast_precision_loss, clippy::print_stdout, clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use bicep_race_lint::azure::catalog::Catalog;
use bicep_race_lint::check::{Request, check};
use bicep_race_lint::workspace::Disk;

/// Who waits for whom, and on which hub.
#[derive(Clone, Copy)]
enum Shape {
    Free,
    Chain,
    Hubs,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [one, file] = arguments.as_slice()
        && one == "--one"
    {
        return measure(Path::new(file));
    }
    let folder = tempfile::tempdir().unwrap();
    println!(
        "| gateways | declarations | text | time | memory | beyond the text, each |\n| --- | --- | --- | --- | --- | --- |"
    );
    let idle = in_a_process(&write(folder.path(), Shape::Free, 0)).1;
    for (name, shape) in [("unordered", Shape::Free), ("a chain", Shape::Chain), ("two a hub", Shape::Hubs)] {
        for count in [1_000, 10_000, 100_000] {
            let file = write(folder.path(), shape, count);
            let bytes = std::fs::metadata(&file).unwrap().len();
            let (millis, peak) = in_a_process(&file);
            let declared = if matches!(shape, Shape::Hubs) { count + count / 2 } else { count };
            let each = (peak - idle).saturating_sub(bytes) / declared as u64;
            println!(
                "| {count}, {name} | {declared} | {:.1} MB | {millis} ms | {:.0} MB | {each} bytes |",
                bytes as f64 / 1e6,
                peak as f64 / 1e6
            );
        }
    }
}

/// A file of gateways.
fn write(folder: &Path, shape: Shape, count: usize) -> PathBuf {
    let mut text = String::new();
    let hub = |text: &mut String, at: usize| {
        let ty = "Microsoft.Network/virtualHubs@2024-05-01";
        writeln!(text, "resource hub{at} '{ty}' existing = {{\n  name: 'hub{at}'\n}}\n").unwrap();
    };
    let hubs = if matches!(shape, Shape::Hubs) { count / 2 } else { 1 };
    (0..hubs).for_each(|at| hub(&mut text, at));
    for at in 0..count {
        let of = if matches!(shape, Shape::Hubs) { at / 2 } else { 0 };
        let waits = match shape {
            Shape::Chain if at > 0 => format!("\n  dependsOn: [\n    g{}\n  ]", at - 1),
            _ => String::new(),
        };
        writeln!(
            text,
            "resource g{at} 'Microsoft.Network/vpnGateways@2024-05-01' = {{\n  name: 'g{at}'\n  location: 'x'\n  \
             properties: {{\n    virtualHub: {{\n      id: hub{of}.id\n    }}\n  }}{waits}\n}}\n"
        )
        .unwrap();
    }
    let path = folder.join("main.bicep");
    std::fs::write(&path, text).unwrap();
    path
}

/// Milliseconds, and the most bytes that were resident.
fn in_a_process(file: &Path) -> (u64, u64) {
    let own = std::env::current_exe().unwrap();
    let output = Command::new(own).arg("--one").arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let mut numbers = told.split_whitespace().map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

fn measure(file: &Path) {
    let begin = Instant::now();
    let base = file.parent().unwrap().to_owned();
    let request = Request { named: vec![file.to_owned()], base, ..Request::default() };
    let checked = check(&request, Box::new(Disk), &Catalog::default());
    let millis = begin.elapsed().as_millis();
    drop(checked);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    println!("{millis} {}", peak.and_then(|peak| peak.trim().parse::<u64>().ok()).unwrap_or(0) * 1024);
}
