use super::*;
use crate::azure::durations::Typical;

/// A deployment of single resources, each with its minutes and its waits.
fn plan(tasks: &[(&str, u32, &[&str])]) -> Plan {
    let mut plan = Plan::default();
    for (symbol, minutes, _) in tasks {
        plan.add(task(symbol, *minutes));
    }
    for (symbol, _, waits) in tasks {
        let later = plan.find([*symbol]).unwrap();
        for on in *waits {
            let on = plan.find([*on]).unwrap();
            plan.tasks[later.0 as usize].waits_for.push(Wait { on, each: false });
        }
    }
    plan
}

fn task(symbol: &str, minutes: u32) -> Task {
    Task {
        symbol: symbol.to_owned(),
        ty: "Microsoft.Network/example".to_owned(),
        minutes: Minutes::Typical(Typical::of(minutes)),
        waits_for: Vec::new(),
        presence: Presence::Always,
        copies: None,
        parent: None,
    }
}

/// The six resources of the hub story, fully ordered.
fn ordered() -> Plan {
    plan(&[
        ("hub", 15, &[]),
        ("firewall", 10, &["hub"]),
        ("s2s", 30, &["hub", "firewall"]),
        ("p2s", 25, &["hub", "s2s"]),
        ("expressRoute", 30, &["hub", "p2s"]),
        ("routingIntent", 3, &["hub", "firewall", "expressRoute"]),
    ])
}

/// The six resources of the hub story, each waiting only for the hub, with the contentions between them and the remedy that
/// orders them.
fn parallel() -> (Plan, Remedy) {
    let mut plan = plan(&[
        ("hub", 15, &[]),
        ("firewall", 10, &["hub"]),
        ("s2s", 30, &["hub"]),
        ("p2s", 25, &["hub"]),
        ("expressRoute", 30, &["hub"]),
        ("routingIntent", 3, &["hub", "firewall"]),
    ]);
    let id = |symbol: &str| plan.find([symbol]).unwrap();
    let chain: Vec<_> = ["firewall", "s2s", "p2s", "expressRoute", "routingIntent"].map(id).to_vec();
    let mut contentions = Vec::new();
    for (at, &first) in chain.iter().enumerate() {
        for &second in &chain[at + 1..] {
            if plan.task(second).waits_for.iter().all(|wait| wait.on != first) {
                contentions.push(Contention { first, second, object: "virtual hub `hub`".to_owned() });
            }
        }
    }
    plan.contentions = contentions;
    let order = chain.windows(2).map(|pair| (pair[0], pair[1])).collect();
    (plan, Remedy { order, ..Remedy::default() })
}

fn times(schedule: &Schedule) -> Vec<(String, String, String)> {
    schedule.rows.iter().map(|row| (row.name.clone(), clock(row.start), clock(row.end))).collect()
}

fn at(name: &str, start: &str, end: &str) -> (String, String, String) {
    (name.to_owned(), start.to_owned(), end.to_owned())
}

#[test]
fn the_ordered_hub_takes_an_hour_and_fifty_three_minutes() {
    let schedule = schedule(&ordered());
    let expected = [
        at("hub", "0:00", "0:15"),
        at("firewall", "0:15", "0:25"),
        at("s2s", "0:25", "0:55"),
        at("p2s", "0:55", "1:20"),
        at("expressRoute", "1:20", "1:50"),
        at("routingIntent", "1:50", "1:53"),
    ];
    assert_eq!(times(&schedule), expected);
    assert_eq!(clock(schedule.total), "1:53");
    assert!(schedule.is_reliable());
    assert_eq!(schedule.critical.len(), 6);
}

#[test]
fn the_parallel_hub_is_shorter_and_not_reliable() {
    let (plan, remedy) = parallel();
    let timeline = Timeline::of("main.bicep", &plan, &remedy);
    assert_eq!(clock(timeline.now.total), "0:45");
    assert!(!timeline.now.is_reliable());
    let together = |first: &str, second: &str| {
        let found = timeline.now.overlaps.iter().find(|pair| pair.first == first && pair.second == second);
        found.unwrap().predicted.map(|(from, to)| (clock(from), clock(to)))
    };
    assert_eq!(together("s2s", "p2s"), Some(("0:15".to_owned(), "0:40".to_owned())));
    assert_eq!(together("s2s", "expressRoute"), Some(("0:15".to_owned(), "0:45".to_owned())));
    let after = timeline.after.unwrap();
    assert_eq!(times(&after), times(&schedule(&ordered())));
    assert!(after.is_reliable());
}

#[test]
fn what_is_not_deployed_takes_no_time_and_passes_the_order_on() {
    let skipped = |symbols: &[&str], mut plan: Plan| {
        for symbol in symbols {
            let id = plan.find([*symbol]).unwrap();
            plan.tasks[id.0 as usize].presence = Presence::Skipped;
        }
        let schedule = schedule(&plan);
        let last = schedule.rows.last().unwrap();
        assert!(schedule.rows.iter().all(|row| row.status != Status::Skipped || !row.critical));
        (last.start, schedule.total)
    };
    let chain = || plan(&[("a", 10, &[]), ("b", 20, &["a"]), ("c", 5, &["b"])]);
    assert_eq!(skipped(&["b"], chain()), (10, 15));
    let longer = plan(&[("a", 10, &[]), ("b", 20, &["a"]), ("d", 20, &["b"]), ("c", 5, &["d"])]);
    assert_eq!(skipped(&["b", "d"], longer), (10, 15));
    // A skipped task that waits for nothing does not delay anyone.
    assert_eq!(skipped(&["a"], plan(&[("a", 10, &[]), ("c", 5, &["a"])])), (0, 5));
}

#[test]
fn a_loop_over_nothing_passes_the_order_on() {
    let mut plan = plan(&[("a", 10, &[]), ("b", 20, &["a"]), ("c", 5, &["b"])]);
    plan.tasks[1].copies = Some(Copies { count: Some(0), batch: None });
    let schedule = schedule(&plan);
    assert_eq!((schedule.rows.last().unwrap().start, schedule.total), (10, 15));
}

#[test]
fn a_module_that_is_not_deployed_passes_the_order_on() {
    let mut plan = plan(&[("a", 10, &[]), ("net", 1, &["a"]), ("c", 5, &["net"])]);
    let net = plan.find(["net"]);
    plan.add(Task { parent: net, ..task("vnet", 7) });
    plan.tasks[1].presence = Presence::Skipped;
    let schedule = schedule(&plan);
    let c = schedule.rows.iter().find(|row| row.name == "c").unwrap();
    assert_eq!((c.start, schedule.total), (10, 15));
}

#[test]
fn what_is_in_two_modules_runs_interleaved() {
    let mut plan = plan(&[("one", 1, &[]), ("other", 1, &[])]);
    for (module, first, second) in [("one", "a", "b"), ("other", "c", "d")] {
        let parent = plan.find([module]);
        let wait = Wait { on: plan.add(Task { parent, ..task(first, 4) }), each: false };
        plan.add(Task { parent, waits_for: vec![wait], ..task(second, 4) });
    }
    let schedule = schedule(&plan);
    let start = |name: &str| schedule.rows.iter().find(|row| row.name == name).unwrap().start;
    assert_eq!(["a", "b", "c", "d"].map(start), [0, 4, 0, 4]);
}

#[test]
fn every_element_of_a_loop_waits_for_every_element_of_another() {
    let mut plan = plan(&[("a", 5, &[]), ("b", 2, &["a"])]);
    plan.tasks[0].copies = Some(Copies { count: Some(2), batch: Some(1) });
    plan.tasks[1].copies = Some(Copies { count: Some(2), batch: None });
    let schedule = schedule(&plan);
    let start = |name: &str| schedule.rows.iter().find(|row| row.name == name).unwrap().start;
    assert_eq!(["b[0]", "b[1]"].map(start), [10, 10]);
}

#[test]
fn a_module_lasts_until_the_last_of_its_resources() {
    let mut plan = plan(&[("net", 1, &[]), ("after", 5, &["net"])]);
    let net = plan.find(["net"]);
    let vnet = plan.add(Task { parent: net, ..task("vnet", 2) });
    let wait = Wait { on: vnet, each: false };
    plan.add(Task { parent: net, waits_for: vec![wait], ..task("subnet", 3) });
    let schedule = schedule(&plan);
    let expected = [
        at("net", "0:00", "0:05"),
        at("vnet", "0:00", "0:02"),
        at("subnet", "0:02", "0:05"),
        at("after", "0:05", "0:10"),
    ];
    assert_eq!(times(&schedule), expected);
    assert_eq!(
        schedule.critical_leaves().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        ["vnet", "subnet", "after"]
    );
}

#[test]
fn a_loop_runs_batch_after_batch() {
    let mut plan = plan(&[("conn", 4, &[])]);
    plan.tasks[0].copies = Some(Copies { count: Some(5), batch: Some(2) });
    let starts: Vec<_> = schedule(&plan).rows[1..].iter().map(|row| row.start).collect();
    assert_eq!(starts, [0, 0, 4, 4, 8]);
    plan.tasks[0].copies = Some(Copies { count: Some(1000), batch: Some(1) });
    assert_eq!(schedule(&plan).total, 4000);
}

#[test]
fn a_loop_that_races_with_itself_is_mended_by_its_batches() {
    let mut plan = plan(&[("conn", 4, &[])]);
    plan.tasks[0].copies = Some(Copies { count: None, batch: None });
    let id = TaskId(0);
    plan.contentions.push(Contention { first: id, second: id, object: "connection hub".to_owned() });
    let timeline =
        Timeline::of("main.bicep", &plan, &Remedy { one_at_a_time: vec![id], ..Remedy::default() });
    let overlap = &timeline.now.overlaps[0];
    assert_eq!((overlap.first.as_str(), overlap.second.as_str()), ("conn[0]", "conn[1]"));
    assert!(timeline.now.rows[0].assumed, "how many instances there are was assumed");
    let after = timeline.after.unwrap();
    assert!(after.is_reliable());
    assert_eq!(after.total, 8);
}

#[test]
fn an_element_waits_for_its_element() {
    let mut plan = plan(&[("slow", 1, &[]), ("a", 5, &["slow"]), ("b", 2, &[])]);
    for at in [1, 2] {
        plan.tasks[at].copies = Some(Copies { count: Some(2), batch: Some(1) });
    }
    plan.tasks[2].waits_for.push(Wait { on: TaskId(1), each: true });
    let schedule = schedule(&plan);
    let row = |name: &str| schedule.rows.iter().find(|row| row.name == name).unwrap();
    assert_eq!((row("b[0]").start, row("b[1]").start), (6, 11));
}

#[test]
fn a_circle_is_said_and_does_not_hang() {
    let schedule = schedule(&plan(&[("a", 1, &["b"]), ("b", 1, &["a"]), ("c", 2, &[])]));
    let statuses: Vec<_> = schedule.rows.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [Status::Never, Status::Never, Status::Runs]);
    assert_eq!(schedule.total, 2);
}

#[test]
fn writers_kept_apart_by_chance_are_told() {
    let mut plan = plan(&[("a", 10, &[]), ("early", 3, &[]), ("late", 5, &["a"])]);
    plan.contentions.push(Contention { first: TaskId(1), second: TaskId(2), object: "hub".to_owned() });
    let schedule = schedule(&plan);
    assert_eq!(schedule.overlaps[0].predicted, None);
    assert!(!schedule.is_reliable());
}

/// The parallel hub with names that try to break each output format.
fn hostile() -> Timeline {
    let names = [
        "::error::x",
        "<script>alert(1)</script>",
        "section a:b",
        "r\u{202E}tl\u{1b}[31m",
        "\" onload=\"x",
        "%0A",
    ];
    let (mut plan, remedy) = parallel();
    for (task, name) in plan.tasks.iter_mut().zip(names) {
        name.clone_into(&mut task.symbol);
    }
    for pair in &mut plan.contentions {
        "<b>`hub`\n::warning::".clone_into(&mut pair.object);
    }
    Timeline::of("::error::</title>\n<script>", &plan, &remedy)
}

#[test]
fn no_name_is_a_command_or_markup() {
    let timeline = hostile();
    let text = text::render(&timeline, text::Style { width: 60, ascii: false });
    assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
    let svg = svg::render(&timeline, "t");
    for picture in [&text, &svg, &mermaid::render(&timeline)] {
        assert!(!picture.contains(['\u{202E}', '\u{1b}']), "{picture}");
    }
    assert!(!svg.contains("<script") && !svg.contains("\" onload"), "{svg}");
    let mermaid = mermaid::render(&timeline);
    assert_eq!(
        mermaid.lines().filter(|line| line.trim_start().starts_with("section ")).count(),
        2,
        "{mermaid}"
    );
    assert!(!mermaid.contains('<'), "{mermaid}");
}

#[test]
fn the_chart_fits_the_terminal() {
    let (plan, remedy) = parallel();
    for timeline in [Timeline::of("main.bicep", &plan, &remedy), hostile()] {
        for width in [40, 60, 80, 131, 132, 200] {
            for ascii in [false, true] {
                let text = text::render(&timeline, text::Style { width, ascii });
                for line in text.lines() {
                    assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{width}: {line}");
                }
                assert!(!ascii || text.is_ascii(), "{text}");
            }
        }
    }
}

#[test]
fn the_chart_of_the_ordered_hub_at_sixty_columns() {
    let timeline = Timeline::of("main.bicep", &ordered(), &Remedy::default());
    insta::assert_snapshot!(text::render(&timeline, text::Style { width: 60, ascii: false }));
}

#[test]
fn the_chart_of_the_parallel_hub_without_unicode() {
    let (plan, remedy) = parallel();
    let timeline = Timeline::of("main.bicep", &plan, &remedy);
    insta::assert_snapshot!(text::render(&timeline, text::Style { width: 60, ascii: true }));
    insta::assert_snapshot!("mermaid", mermaid::render(&timeline));
    insta::assert_snapshot!("json", json::render(std::slice::from_ref(&timeline)));
    insta::assert_snapshot!(
        "side_by_side",
        text::render(&timeline, text::Style { width: 140, ascii: false })
    );
    insta::assert_snapshot!("svg", svg::render(&timeline, "hub"));
}

mod random {
    use proptest::prelude::*;

    use super::*;

    /// A random acyclic plan: each task waits for some of the earlier tasks.
    fn plans() -> impl Strategy<Value = Plan> {
        let tasks = prop::collection::vec(
            (0_u32..40, prop::collection::vec(any::<prop::sample::Index>(), 0..3), 0..4),
            1..20,
        );
        tasks.prop_map(|tasks| {
            let mut plan = Plan::default();
            for (at, (minutes, waits, kind)) in tasks.into_iter().enumerate() {
                let waits_for = waits
                    .iter()
                    .filter(|_| at > 0)
                    .map(|on| Wait { on: TaskId(on.index(at) as u32), each: false })
                    .collect();
                let presence = if kind == 0 { Presence::Skipped } else { Presence::Always };
                plan.add(Task { waits_for, presence, ..task(&format!("t{at}"), minutes) });
            }
            plan
        })
    }

    proptest! {
        #[test]
        fn every_task_starts_when_the_last_that_it_waits_for_ends(plan in plans()) {
            let schedule = schedule(&plan);
            let mut ends: Vec<u32> = Vec::new();
            for (row, task) in schedule.rows.iter().zip(&plan.tasks) {
                let ready = task.waits_for.iter().map(|wait| ends[wait.on.0 as usize]).max().unwrap_or(0);
                if row.status == Status::Runs {
                    prop_assert_eq!(row.start, ready);
                    prop_assert_eq!(row.end, ready + task.minutes.count());
                    ends.push(row.end);
                } else {
                    ends.push(ready);
                }
            }
            let on_path: u32 = schedule.critical_leaves().map(|row| row.end - row.start).sum();
            prop_assert_eq!(on_path, schedule.total);
        }
    }
}

#[test]
fn the_total_has_a_range_where_minutes_have_one() {
    assert_eq!(schedule(&ordered()).range, None);
    let mut plan = ordered();
    // It is not on the critical path: only its longest duration counts.
    plan.tasks[1].minutes = Minutes::Typical(Typical { likely: 10, low: 10, high: 45 });
    plan.tasks[2].minutes = Minutes::Typical(Typical { likely: 30, low: 20, high: 40 });
    let schedule = schedule(&plan);
    assert_eq!((schedule.total, schedule.range), (113, Some((103, 158))));
    let timeline =
        Timeline { root: "main.bicep".to_owned(), now: schedule, after: None, decides: Vec::new() };
    let text = text::render(&timeline, text::Style { width: 80, ascii: false });
    assert!(text.contains("predicted: 1:53 h in all, 1:43 to 2:38\n"), "{text}");
}

#[test]
fn contested_times_that_touch_are_one() {
    let contested = |minutes: [u32; 3], waits: [&'static [&'static str]; 3]| {
        let mut plan = plan(&[
            ("long", 60, &[]),
            ("a", minutes[0], waits[0]),
            ("b", minutes[1], waits[1]),
            ("c", minutes[2], waits[2]),
        ]);
        let id = |symbol: &str| plan.find([symbol]).unwrap();
        let (first, others) = (id("long"), ["a", "b"].map(id));
        let object = || "virtual hub `hub`".to_owned();
        plan.contentions = others.map(|second| Contention { first, second, object: object() }).to_vec();
        schedule(&plan).rows[0].contested.clone()
    };
    // `b` starts while `a` runs, when it ends, and ten minutes later.
    assert_eq!(contested([20, 30, 10], [&[], &["c"], &[]]), [(0, 40)]);
    assert_eq!(contested([20, 30, 10], [&[], &["a"], &[]]), [(0, 50)]);
    assert_eq!(contested([20, 10, 30], [&[], &["c"], &[]]), [(0, 20), (30, 40)]);
}
