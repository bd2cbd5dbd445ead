//! Writes pictures for the browser check to a folder: the schedule of the hub in every state, and one whose names
//! contain everything that could be mistaken for syntax.
//!
//! `cargo xtask pictures FOLDER`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use bicep_race_lint::azure::durations::Typical;
use bicep_race_lint::report::picture::{self, Picture};
use bicep_race_lint::timeline::{
    Contention, Copies, Minutes, Plan, Presence, Remedy, Task, TaskId, Timeline, Wait, mermaid, svg,
};

use crate::Ending;

const HOSTILE: [&str; 8] = [
    "::error::title=x",
    "<script>alert(1)</script>",
    "section a:b, crit, 2000-01-01, 3d",
    "r\u{202E}tl \u{1b}[31m",
    "\" onload=\"alert(1)",
    "%%{init: {\"securityLevel\": \"loose\"}}%%",
    "click x call alert(1)",
    "<img src=x onerror=alert(1)>; #quot; `a` {b} \\n ]]> --> %0A",
];

#[derive(clap::Args)]
pub(crate) struct Options {
    folder: PathBuf,
}

pub(crate) fn run(options: &Options) -> Ending {
    let folder = &options.folder;
    write_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn write_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let (hub, remedy) = hub();
    let mut hostile = hub.clone();
    for (at, task) in hostile.tasks.iter_mut().enumerate() {
        HOSTILE[at % HOSTILE.len()].clone_into(&mut task.symbol);
        HOSTILE[(at + 1) % HOSTILE.len()].clone_into(&mut task.ty);
    }
    for (at, pair) in hostile.contentions.iter_mut().enumerate() {
        HOSTILE[at % HOSTILE.len()].clone_into(&mut pair.object);
    }
    let pictures = [
        ("hub", Timeline::of("main.bicep", &hub, &remedy)),
        ("ordered", Timeline::of("main.bicep", &hub.remedied(&remedy), &Remedy::default())),
        ("hostile", Timeline::of(HOSTILE[1], &hostile, &remedy)),
        ("keywords", Timeline::of("title", &keywords(), &Remedy::default())),
        ("many", Timeline::of("many.bicep", &many(), &Remedy::default())),
        ("empty", Timeline::of("empty.bicep", &Plan::default(), &Remedy::default())),
    ];
    for (name, timeline) in &pictures {
        fs::write(folder.join(format!("{name}.mmd")), mermaid::render(timeline))?;
        fs::write(folder.join(format!("{name}.svg")), svg::render(timeline, "t"))?;
    }
    let plans =
        [("hub", hub, remedy.clone()), ("hostile", hostile, remedy), ("many", many(), Remedy::default())];
    for (name, plan, remedy) in plans {
        let whole = Picture::of(format!("{name}.bicep"), plan, remedy);
        for (kind, picture) in [("graph", &whole), ("near", &whole.around_races())] {
            fs::write(folder.join(format!("{name}-{kind}.mmd")), picture::mermaid(picture))?;
            fs::write(folder.join(format!("{name}-{kind}.svg")), picture::svg(picture, "g"))?;
            fs::write(folder.join(format!("{name}-{kind}.dot")), picture::dot(picture))?;
        }
    }
    Ok(())
}

fn task(symbol: &str, minutes: Minutes, waits: &[u32]) -> Task {
    Task {
        symbol: symbol.to_owned(),
        ty: "module".to_owned(),
        minutes,
        waits_for: waits.iter().map(|&on| Wait { on: TaskId(on), each: false }).collect(),
        presence: Presence::Always,
        copies: None,
        parent: None,
    }
}

/// The hub with everything after it in parallel, and a loop over an unknown number of connections.
fn hub() -> (Plan, Remedy) {
    let mut plan = Plan::default();
    let typical = |minutes| Minutes::Typical(Typical::of(minutes));
    let hub = plan.add(task("hub", typical(15), &[]));
    let writers = [("firewall", 10), ("s2s", 30), ("p2s", 25), ("expressRoute", 30), ("routingIntent", 3)];
    let writers = writers.map(|(symbol, minutes)| plan.add(task(symbol, typical(minutes), &[hub.0])));
    plan.tasks[writers[2].0 as usize].presence = Presence::Conditional;
    let sites = plan.add(task("sites", Minutes::Unknown, &[]));
    plan.tasks[sites.0 as usize].copies = Some(Copies { count: None, batch: None });
    let skipped = plan.add(Task { presence: Presence::Skipped, ..task("bastion", typical(5), &[]) });
    plan.add(Task { parent: Some(writers[1]), ..task("gateway", typical(30), &[]) });
    let _ = skipped;
    let object = || "virtual hub `hub`".to_owned();
    for (at, &first) in writers.iter().enumerate() {
        for &second in &writers[at + 1..] {
            plan.contentions.push(Contention { first, second, object: object() });
        }
    }
    plan.contentions.push(Contention { first: sites, second: sites, object: "site list".to_owned() });
    let order = writers.windows(2).map(|pair| (pair[0], pair[1])).collect();
    (plan, Remedy { order, one_at_a_time: vec![sites], ..Remedy::default() })
}

/// Tasks whose names are keywords of a gantt chart.
fn keywords() -> Plan {
    let mut plan = Plan::default();
    let words = [
        "title",
        "section",
        "click",
        "dateFormat",
        "axisFormat",
        "excludes",
        "weekday",
        "call",
        "href",
        "accTitle",
        "accDescr",
        "todayMarker",
        "tickInterval",
        "done",
        "active",
        "crit",
        "milestone",
        "vert",
        "gantt",
        "end",
        "monday",
        "weekend",
    ];
    for word in words {
        plan.add(task(word, Minutes::Typical(Typical::of(3)), &[]));
        plan.add(task(&format!("{word} monday"), Minutes::Typical(Typical::of(3)), &[]));
    }
    plan
}

/// More than a picture can show.
fn many() -> Plan {
    let mut plan = Plan::default();
    for at in 0..300_u32 {
        let waits: Vec<u32> = at.checked_sub(7).into_iter().collect();
        plan.add(task(
            &format!("aRatherLongSymbolicNameOfAResource{at}"),
            Minutes::Typical(Typical::of(at % 13)),
            &waits,
        ));
    }
    plan
}
