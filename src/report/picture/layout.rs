//! Places boxes and lines. No edge crosses the border of a module, so each module is laid out separately and then
//! treated as one box of the enclosing level.

use std::collections::BTreeMap;

use petgraph::algo::has_path_connecting;
use petgraph::graphmap::DiGraphMap;
use rust_sugiyama::configure::{Config, RankingType};
use rust_sugiyama::from_vertices_and_edges;

use super::{Line, Picture};
use crate::small_sort::SmallSort as _;
use crate::timeline::TaskId;

/// A level with more boxes than this takes too long to lay out, and would be unreadable; its boxes are put into a grid
/// without lines.
const MAX_BOXES: usize = 150;
const MAX_LINES: usize = 400;
const BORDER: f64 = 16.0;
const HEAD: f64 = 44.0;
const BESIDE: f64 = 24.0;
const BELOW: f64 = 46.0;
/// The width of a line that passes a rank, and the maximum number of such places.
const PASS: f64 = 8.0;
const MAX_KNOTS: usize = 600;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The complete layout.
#[derive(Debug, Default)]
pub(super) struct Laid {
    pub(super) boxes: BTreeMap<TaskId, Rect>,
    /// The start and its control point; then, for each bend, the control point and the point.
    pub(super) lines: BTreeMap<(TaskId, TaskId, Line), Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Lays out a picture. `size` gives the size of a box without its contents.
pub(super) fn lay_out(picture: &Picture, size: &dyn Fn(TaskId) -> (f64, f64)) -> Laid {
    let (inside, lines) = (picture.inside(), picture.lines());
    let mut laying = Laying { inside: &inside, lines: &lines, size, laid: Laid::default() };
    let level = laying.level(None);
    laying.put(&level, 0.0, 0.0);
    let mut laid = laying.laid;
    (laid.width, laid.height) = (level.width, level.height);
    laid
}

/// A line and its points.
type Path = ((TaskId, TaskId, Line), Vec<(f64, f64)>);

/// One level, with its corner at zero, and the levels inside its boxes.
struct Level {
    boxes: Vec<(TaskId, Rect, Option<Level>)>,
    lines: Vec<Path>,
    width: f64,
    height: f64,
}

struct Laying<'a> {
    inside: &'a BTreeMap<Option<TaskId>, Vec<TaskId>>,
    lines: &'a [(TaskId, TaskId, Line)],
    size: &'a dyn Fn(TaskId) -> (f64, f64),
    laid: Laid,
}

impl Laying<'_> {
    fn level(&mut self, parent: Option<TaskId>) -> Level {
        let ids = self.inside.get(&parent).map_or(&[][..], Vec::as_slice);
        let mut sized = Vec::new();
        for &id in ids {
            let (width, height) = (self.size)(id);
            let inner = self.inside.contains_key(&Some(id)).then(|| self.level(Some(id)));
            let room = inner.as_ref().map_or((width, height), |inner| {
                (width.max(inner.width + 2.0 * BORDER), inner.height + HEAD + BORDER)
            });
            sized.push((id, room, inner));
        }
        let places: BTreeMap<TaskId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let here: Vec<_> = self
            .lines
            .iter()
            .filter(|(_, _, line)| *line != Line::Race)
            .filter_map(|line| Some((*line, *places.get(&line.0)?, *places.get(&line.1)?)))
            .collect();
        let rooms: Vec<_> = sized.iter().map(|(_, room, _)| *room).collect();
        let spots = if ids.len() > MAX_BOXES || here.len() > MAX_LINES {
            grid(&rooms)
        } else {
            ranked(&rooms, &acyclic(ids.len(), &here))
        };
        let mut level = Level { boxes: Vec::new(), lines: Vec::new(), width: 0.0, height: 0.0 };
        for ((id, _, inner), rect) in sized.into_iter().zip(spots.rects) {
            level.boxes.push((id, rect, inner));
        }
        level.lines = spots.lines.into_iter().map(|(at, path)| (here[at].0, path)).collect();
        level.tighten();
        level
    }

    /// Places a level and the contents of its boxes.
    fn put(&mut self, level: &Level, x: f64, y: f64) {
        for (id, rect, inner) in &level.boxes {
            let rect = Rect { x: rect.x + x, y: rect.y + y, ..*rect };
            self.laid.boxes.insert(*id, rect);
            if let Some(inner) = inner {
                self.put(inner, rect.x + (rect.width - inner.width) / 2.0, rect.y + HEAD);
            }
        }
        for (line, path) in &level.lines {
            self.laid.lines.insert(*line, path.iter().map(|(px, py)| (px + x, py + y)).collect());
        }
    }
}

impl Level {
    /// Moves the corner to zero and computes the size.
    fn tighten(&mut self) {
        let corners = self
            .boxes
            .iter()
            .flat_map(|(_, rect, _)| [(rect.x, rect.y), (rect.x + rect.width, rect.y + rect.height)]);
        let points: Vec<(f64, f64)> =
            corners.chain(self.lines.iter().flat_map(|(_, path)| path.iter().copied())).collect();
        let least = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        if points.is_empty() {
            return;
        }
        let (x, y) = (least(|point| point.0), least(|point| point.1));
        (self.width, self.height) = (most(|point| point.0) - x, most(|point| point.1) - y);
        for (_, rect, _) in &mut self.boxes {
            (rect.x, rect.y) = (rect.x - x, rect.y - y);
        }
        for point in self.lines.iter_mut().flat_map(|(_, path)| path) {
            *point = (point.0 - x, point.1 - y);
        }
    }
}

/// Boxes by index, and lines with their index in the input.
struct Placed {
    rects: Vec<Rect>,
    lines: Vec<(usize, Vec<(f64, f64)>)>,
}

/// The lines without those that close a cycle, one per pair of boxes, as index, source and target. The layout crate
/// requires an acyclic graph.
fn acyclic(boxes: usize, lines: &[((TaskId, TaskId, Line), usize, usize)]) -> Vec<(usize, usize, usize)> {
    let mut after: DiGraphMap<usize, ()> = DiGraphMap::new();
    for one in 0..boxes {
        after.add_node(one);
    }
    let mut kept = Vec::new();
    for (at, &(_, from, to)) in lines.iter().enumerate() {
        if after.contains_edge(from, to) || has_path_connecting(&after, to, from, None) {
            continue;
        }
        after.add_edge(from, to, ());
        kept.push((at, from, to));
    }
    kept
}

/// Puts boxes without edges into rows, because one long row would be too wide.
fn grid(rooms: &[(f64, f64)]) -> Placed {
    let columns = rooms.len().isqrt() + 1;
    let mut rects = Vec::new();
    let mut y = 0.0;
    for row in rooms.chunks(columns) {
        let mut x = 0.0;
        for &(width, height) in row {
            rects.push(Rect { x, y, width, height });
            x += width + BESIDE;
        }
        y += row.iter().map(|room| room.1).fold(0.0, f64::max) + BESIDE;
    }
    Placed { rects, lines: Vec::new() }
}

/// Puts boxes into ranks, each below its dependencies. Boxes without any line go into rows at the bottom.
fn ranked(rooms: &[(f64, f64)], lines: &[(usize, usize, usize)]) -> Placed {
    let mut tied = vec![false; rooms.len()];
    for &(_, from, to) in lines {
        (tied[from], tied[to]) = (true, true);
    }
    let ranks = ranks(rooms.len(), lines);
    let mut net = Net::of(rooms, &ranks, lines, &tied);
    net.place();
    let mut placed = net.placed(lines);
    let ends = (0..rooms.len()).filter(|&at| tied[at]).map(|at| placed.rects[at].y + placed.rects[at].height);
    let below = ends.fold(0.0, f64::max);
    let top = if below > 0.0 { below + 2.0 * BESIDE } else { 0.0 };
    let free: Vec<usize> = (0..rooms.len()).filter(|&at| !tied[at]).collect();
    let rows = grid(&free.iter().map(|&at| rooms[at]).collect::<Vec<_>>());
    for (&at, rect) in free.iter().zip(rows.rects) {
        placed.rects[at] = Rect { y: rect.y + top, ..rect };
    }
    placed
}

/// The length of the longest path of lines to each box.
fn ranks(boxes: usize, lines: &[(usize, usize, usize)]) -> Vec<usize> {
    let mut missing = vec![0_usize; boxes];
    let mut after = vec![Vec::new(); boxes];
    for &(_, from, to) in lines {
        missing[to] += 1;
        after[from].push(to);
    }
    let mut ranks = vec![0; boxes];
    let mut open: Vec<usize> = (0..boxes).filter(|&at| missing[at] == 0).collect();
    while let Some(at) = open.pop() {
        for &next in &after[at] {
            ranks[next] = ranks[next].max(ranks[at] + 1);
            missing[next] -= 1;
            if missing[next] == 0 {
                open.push(next);
            }
        }
    }
    ranks
}

/// The boxes, plus the places where lines pass a rank, so that every edge leads to the next rank.
struct Net {
    /// Width, height and rank; the first knots are the boxes.
    knots: Vec<(f64, f64, usize)>,
    /// The horizontal centre of each knot.
    x: Vec<f64>,
    tied: Vec<bool>,
    /// For each line, the knots that it passes.
    passes: Vec<Vec<usize>>,
    edges: Vec<(u32, u32)>,
}

impl Net {
    fn of(rooms: &[(f64, f64)], ranks: &[usize], lines: &[(usize, usize, usize)], tied: &[bool]) -> Self {
        let knots = rooms.iter().zip(ranks).map(|(&(width, height), &rank)| (width, height, rank)).collect();
        let mut net =
            Self { knots, x: Vec::new(), tied: tied.to_vec(), passes: Vec::new(), edges: Vec::new() };
        for &(_, from, to) in lines {
            let mut passed = Vec::new();
            let mut last = from;
            let between = ranks[from] + 1..ranks[to];
            // Lines beyond the limit are drawn straight from end to end.
            let routed = net.knots.len() + between.len() <= MAX_KNOTS;
            for rank in between.filter(|_| routed) {
                net.knots.push((PASS, 0.0, rank));
                net.tied.push(true);
                let knot = net.knots.len() - 1;
                net.edges.push((last as u32, knot as u32));
                passed.push(knot);
                last = knot;
            }
            if routed {
                net.edges.push((last as u32, to as u32));
            }
            net.passes.push(passed);
        }
        net.x = vec![0.0; net.knots.len()];
        net
    }

    /// Computes the centres so that lines are short and cross rarely.
    fn place(&mut self) {
        let config = Config {
            vertex_spacing: BESIDE,
            ranking_type: RankingType::Up,
            transpose: self.knots.len() <= MAX_BOXES,
            ..Config::default()
        };
        let used: Vec<(u32, (f64, f64))> = (0..self.knots.len())
            .filter(|&at| self.tied[at])
            .map(|at| (at as u32, (self.knots[at].0, self.knots[at].1.max(1.0))))
            .collect();
        let mut right = 0.0;
        let mut parts = from_vertices_and_edges(&used, &self.edges, &config);
        // The crate returns components and their members in the order of a hash map.
        parts.small_sort_by_key(|(part, ..)| part.iter().map(|(at, _)| *at).min());
        for (part, ..) in parts {
            let left =
                part.iter().map(|&(at, (x, _))| x - self.knots[at].0 / 2.0).fold(f64::INFINITY, f64::min);
            let mut end: f64 = right;
            for (at, (x, _)) in part {
                self.x[at] = x - left + right;
                end = end.max(self.x[at] + self.knots[at].0 / 2.0);
            }
            right = end + 2.0 * BESIDE;
        }
        self.keep_apart();
    }

    /// Moves knots to the right until none overlaps its neighbour.
    fn keep_apart(&mut self) {
        for mut rank in self.by_rank() {
            rank.small_sort_by(|&one, &other| self.x[one].total_cmp(&self.x[other]).then(one.cmp(&other)));
            for pair in rank.windows(2) {
                let gap = f64::midpoint(self.knots[pair[0]].0, self.knots[pair[1]].0) + BESIDE / 2.0;
                self.x[pair[1]] = self.x[pair[1]].max(self.x[pair[0]] + gap);
            }
        }
    }

    fn by_rank(&self) -> Vec<Vec<usize>> {
        let deepest = self.knots.iter().map(|knot| knot.2).max().unwrap_or(0);
        let mut ranks = vec![Vec::new(); deepest + 1];
        for at in (0..self.knots.len()).filter(|&at| self.tied[at]) {
            ranks[self.knots[at].2].push(at);
        }
        ranks
    }

    fn placed(&self, lines: &[(usize, usize, usize)]) -> Placed {
        let mut bands = Vec::new();
        let mut y = 0.0;
        for rank in self.by_rank() {
            let height = rank.iter().map(|&at| self.knots[at].1).fold(0.0, f64::max);
            bands.push((y, y + height));
            y += height + BELOW;
        }
        let boxes = self.x.len() - self.passes.iter().map(Vec::len).sum::<usize>();
        let rects = (0..boxes).map(|at| {
            let (width, height, rank) = self.knots[at];
            Rect { x: self.x[at] - width / 2.0, y: bands[rank].0, width, height }
        });
        let rects: Vec<Rect> = rects.collect();
        let paths = lines.iter().zip(&self.passes).map(|(&(at, from, to), passes)| {
            let mut points = vec![(self.x[from], rects[from].y + rects[from].height)];
            for &knot in passes {
                let (top, bottom) = bands[self.knots[knot].2];
                points.extend([(self.x[knot], top), (self.x[knot], bottom)]);
            }
            points.push((self.x[to], rects[to].y));
            (at, bent(&points))
        });
        let lines = paths.collect();
        Placed { rects, lines }
    }
}

/// A curve through points that is vertical at each of them.
fn bent(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut path = Vec::new();
    for pair in points.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let middle = f64::midpoint(y1, y2);
        if path.is_empty() {
            path.extend([(x1, y1), (x1, middle)]);
        }
        path.extend([(x2, middle), (x2, y2)]);
    }
    path
}
