use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::timeline::{Contention, Minutes, Wait};

fn task(symbol: &str, waits: &[u32], parent: Option<u32>) -> Task {
    Task {
        symbol: symbol.to_owned(),
        ty: "Microsoft.Network/vpnGateways".to_owned(),
        minutes: Minutes::Unknown,
        waits_for: waits.iter().map(|&on| Wait { on: TaskId(on), each: false }).collect(),
        presence: Presence::Always,
        copies: None,
        parent: parent.map(TaskId),
    }
}

/// A hub, two racing gateways in modules, and two resources that are connected to none of these.
fn hub() -> Picture {
    let mut plan = Plan::default();
    for task in [
        task("hub", &[], None),
        task("s2s", &[0], None),
        task("er", &[0], None),
        task("storage", &[], None),
        task("logs", &[3], None),
        task("gateway", &[], Some(1)),
        task("gateway", &[], Some(2)),
    ] {
        plan.add(task);
    }
    plan.contentions.push(Contention { first: TaskId(5), second: TaskId(6), object: "hub".to_owned() });
    Picture::of("main.bicep", plan, Remedy { order: vec![(TaskId(1), TaskId(2))], ..Remedy::default() })
}

#[test]
fn the_neighbourhood_of_a_race_leaves_the_rest_out() {
    let near = hub().around_races();
    let symbols: Vec<_> = near.plan.tasks.iter().map(|task| task.symbol.as_str()).collect();
    assert_eq!(symbols, ["hub", "s2s", "er", "gateway", "gateway"]);
    assert_eq!(near.plan.task(TaskId(4)).parent, Some(TaskId(2)));
    assert_eq!(near.remedy.order, [(TaskId(1), TaskId(2))]);
    assert_eq!(near.lines().len(), 4);
}

#[test]
fn modules_are_clusters_races_red_and_the_remedy_dashed() {
    let picture = hub();
    insta::assert_snapshot!("mermaid", mermaid(&picture));
    insta::assert_snapshot!("dot", dot(&picture));
    let svg = svg(&picture, "g");
    assert_eq!(svg.matches("class=\"cluster\"").count(), 2, "{svg}");
    assert_eq!(svg.matches("class=\"node racing\"").count(), 2, "{svg}");
    assert!(svg.contains("<title>s2s/gateway and er/gateway may run at the same time</title>"), "{svg}");
    assert!(svg.contains("<title>er should wait for s2s</title>"), "{svg}");
}

#[test]
fn boxes_lie_in_their_modules_and_not_on_each_other() {
    let picture = hub();
    let laid = layout::lay_out(&picture, &|_| (100.0, 40.0));
    let contains = |outer: layout::Rect, inner: layout::Rect| {
        outer.x <= inner.x
            && outer.y <= inner.y
            && inner.x + inner.width <= outer.x + outer.width
            && inner.y + inner.height <= outer.y + outer.height
    };
    let overlap = |one: layout::Rect, other: layout::Rect| {
        one.x < other.x + other.width
            && other.x < one.x + one.width
            && one.y < other.y + other.height
            && other.y < one.y + one.height
    };
    let of = |id: u32| laid.boxes[&TaskId(id)];
    assert!(contains(of(1), of(5)) && contains(of(2), of(6)));
    for one in 0..5 {
        for other in one + 1..5 {
            assert!(!overlap(of(one), of(other)), "{one} and {other}: {:?}", laid.boxes);
        }
    }
    let whole = layout::Rect { x: 0.0, y: 0.0, width: laid.width, height: laid.height };
    assert!((0..5).all(|id| contains(whole, of(id))), "{laid:?}");
    assert!(of(0).y < of(1).y && of(1).y < of(2).y, "what waits lies below: {:?}", laid.boxes);
}

#[test]
fn a_loop_that_races_with_itself_has_an_arc_at_its_right_edge() {
    let mut plan = Plan::default();
    plan.add(task("each", &[], None));
    plan.contentions.push(Contention { first: TaskId(0), second: TaskId(0), object: "hub".to_owned() });
    let svg = svg(&Picture::of("main.bicep", plan, Remedy::default()), "g");
    let number = |tag: &str, before: &str| -> f64 {
        let tag = &svg[svg.find(tag).unwrap_or_else(|| panic!("{tag}: {svg}"))..];
        let rest = &tag[tag.find(before).unwrap_or_else(|| panic!("{before}: {svg}")) + before.len()..];
        rest[..rest.find([' ', '"', ',']).unwrap()].parse().unwrap()
    };
    let (x, width) = (number("<rect class=\"node", " x=\""), number("<rect class=\"node", " width=\""));
    let (y, height) = (number("<rect class=\"node", " y=\""), number("<rect class=\"node", " height=\""));
    let race = "<path class=\"race\"";
    assert!((number(race, " d=\"M ") - (x + width)).abs() < 0.1, "{svg}");
    let top = number(race, &format!(" d=\"M {:.1} ", x + width));
    assert!(y < top && top < y + height / 2.0, "{svg}");
}

#[test]
fn no_name_is_markup() {
    let mut picture = hub();
    for (task, name) in picture.plan.tasks.iter_mut().zip([
        "<script>alert(1)</script>",
        "\"];click n0 call x()",
        "a\u{202E}b\u{1b}[31m",
        "`**b**` %%{init}%%",
        "end",
        "x\nsubgraph y",
    ]) {
        name.clone_into(&mut task.symbol);
        name.clone_into(&mut task.ty);
    }
    let (svg, mermaid, dot) = (svg(&picture, "g"), mermaid(&picture), dot(&picture));
    for text in [&svg, &mermaid, &dot] {
        assert!(!text.contains(['\u{202E}', '\u{1b}']) && !text.contains("\nsubgraph y"), "{text}");
    }
    assert!(!svg.contains("<script") && !mermaid.contains("<script") && !mermaid.contains("\"];click"));
    assert!(!dot.contains("label=\"\"]"), "{dot}");
}

#[test]
fn a_large_picture_is_drawn_in_time() {
    for boxes in [140_u32, 3_000] {
        let mut plan = Plan::default();
        for at in 0..boxes {
            let waits: Vec<u32> = [at.checked_sub(1), at.checked_sub(13)].into_iter().flatten().collect();
            plan.add(task(&format!("t{at}"), &waits, None));
        }
        let start = Instant::now();
        let picture = Picture::of("x", plan, Remedy::default());
        assert!(svg(&picture, "g").ends_with("</svg>\n"));
        let mermaid = mermaid(&picture);
        assert!(mermaid.len() < 50_000 + 20_000 && mermaid.matches(" --> ").count() < 500);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {boxes}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_graph_is_drawn_even_with_cycles(
        edges in prop::collection::vec((0_u32..14, 0_u32..14), 0..40),
        parents in prop::collection::vec(prop::option::of(0_u32..14), 14),
    ) {
        let mut plan = Plan::default();
        for (at, parent) in parents.iter().enumerate() {
            let parent = parent.filter(|parent| (*parent as usize) < at);
            plan.add(task(&format!("t{at}"), &[], parent));
        }
        for &(from, to) in &edges {
            if plan.task(TaskId(from)).parent == plan.task(TaskId(to)).parent {
                plan.tasks[to as usize].waits_for.push(Wait { on: TaskId(from), each: from % 2 == 0 });
            } else {
                plan.contentions.push(Contention { first: TaskId(from), second: TaskId(to), object: String::new() });
            }
        }
        let picture = Picture::of("x", plan, Remedy::default());
        for picture in [&picture, &picture.around_races()] {
            let svg = svg(picture, "g");
            prop_assert_eq!(svg.matches("<rect class=\"node").count() + svg.matches("<rect class=\"cluster").count(), picture.plan.tasks.len());
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
