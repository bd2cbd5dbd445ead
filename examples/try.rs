//! Scratch.
#![allow(clippy::print_stdout)]
fn main() {
    let base = std::env::current_dir().unwrap();
    let mut request = bicep_race_lint::check::Request { base: base.clone(), ..Default::default() };
    for path in std::env::args().skip(1) {
        let path = base.join(path);
        if path.is_dir() {
            let (found, _) = bicep_race_lint::workspace::walk::walk(&path);
            request.found.extend(found.into_iter().map(|file| (file, path.clone())));
        } else {
            request.named.push(path);
        }
    }
    let catalog = bicep_race_lint::azure::catalog::Catalog::default();
    let start = std::time::Instant::now();
    let checked =
        bicep_race_lint::check::check(&request, Box::new(bicep_race_lint::workspace::Disk), &catalog);
    for finding in &checked.report.findings {
        let place = finding.participants[0].place;
        let file = checked.report.sources.file(place.file);
        println!(
            "{}:{}: {:?}[{}/{}] {}  WHEN {:?} {:?} pairs {:?}",
            file.path,
            file.position(place.span.start).line,
            finding.level,
            finding.rule,
            finding.entry.as_deref().unwrap_or(""),
            finding.message,
            finding.when,
            finding.confidence,
            finding.pairs.len()
        );
    }
    for d in checked
        .report
        .diagnostics
        .iter()
        .take(std::env::var("D").ok().and_then(|d| d.parse().ok()).unwrap_or(0))
    {
        let file = checked.report.sources.file(d.place.file);
        println!("  {}:{}: {} {}", file.path, file.position(d.place.span.start).line, d.rule, d.message);
    }
    println!(
        "{} findings {:?} {:?} {:?}",
        checked.report.findings.len(),
        checked.report.coverage,
        start.elapsed(),
        checked.unreadable
    );
}
