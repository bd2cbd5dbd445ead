//! Rewrites a file so that it contains all its mutants, each behind a switch.
//!
//! An expression with mutants becomes an `if` over them. Only the last branch contains the mutants of its operands, so that text
//! does not double with each level:
//!
//! ```text
//! a == b && c     (if crate::mutant_is(1) { (a == b) || (c) }
//!                  else { ((if crate::mutant_is(2) { (a) != (b) } else { (a) == (b) })) && (c) })
//! ```
//!
//! A function begins with `if crate::mutant_is(3) { return REPLACEMENT; }`. Comments such as `/*m3*/ … /*.m3*/` stand around what
//! belongs to a mutant, and `/*s3*/ … /*.s3*/` around its place (`/*f3*/` around a function): [`blamed`] reads them to find the
//! mutants that an error of the compiler is about.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::mutant::{Genre, Mutant};

#[cfg(test)]
mod tests;

/// A file with its mutants behind switches.
pub(super) struct Rewritten {
    pub(super) text: String,
    /// Numbers of the mutants that are in the text. Others cannot be expressed: they stand in a constant, for example.
    pub(super) expressed: BTreeSet<u32>,
}

/// A place with mutants.
struct Site {
    range: Range<usize>,
    form: Form,
    mutants: Vec<(u32, String)>,
    children: Vec<Site>,
}

enum Form {
    /// What is between the braces of a function. Its range begins after the first brace.
    Body,
    /// The same, of a function that returns `impl Iterator`: a `return` would have another type.
    IteratorBody,
    Binary {
        left: Range<usize>,
        operator: Range<usize>,
        right: Range<usize>,
    },
    Unary {
        operand: Range<usize>,
    },
    /// The condition of a match arm.
    Guard {
        has_let: bool,
    },
    /// The empty range after the pattern of a match arm.
    Arm,
    /// A struct with a base: the number of each mutant, with the range that it deletes.
    Fields {
        deleted: Vec<(u32, Range<usize>)>,
    },
}

/// Rewrites a file with these mutants.
pub(super) fn rewrite(source: &str, mutants: &[&Mutant]) -> Result<Rewritten, String> {
    let file = syn::parse_file(source).map_err(|error| error.to_string())?;
    let mut wanted: BTreeMap<_, Vec<&Mutant>> = BTreeMap::new();
    for &mutant in mutants {
        wanted.entry((mutant.genre, mutant.start)).or_default().push(mutant);
    }
    let mut finder = Finder { wanted, sites: Vec::new(), is_constant: false, has_rest: false };
    finder.visit_file(&file);
    let mut writer = Writer { source, text: String::new(), expressed: BTreeSet::new() };
    writer.write(0..source.len(), &finder.sites);
    Ok(Rewritten { text: writer.text, expressed: writer.expressed })
}

/// Finds the places of mutants.
struct Finder<'a> {
    /// By genre and the place at which cargo-mutants says that the replaced text starts.
    wanted: BTreeMap<(Genre, (usize, usize)), Vec<&'a Mutant>>,
    sites: Vec<Site>,
    /// Whether the place is evaluated by the compiler, where no switch can be read.
    is_constant: bool,
    /// Whether the `match` has an arm for whatever the others leave.
    has_rest: bool,
}

fn range(of: &impl Spanned) -> Range<usize> {
    of.span().byte_range()
}

impl Finder<'_> {
    fn take(&mut self, genre: Genre, of: &impl Spanned) -> Vec<(u32, String)> {
        if self.is_constant {
            return Vec::new();
        }
        let start = of.span().start();
        let found = self.wanted.get(&(genre, (start.line, start.column + 1))).into_iter().flatten();
        found.map(|mutant| (mutant.number, mutant.replacement.clone())).collect()
    }

    /// Adds a place, with the places that `inside` finds as its children.
    fn site(
        &mut self,
        range: Range<usize>,
        form: Form,
        mutants: Vec<(u32, String)>,
        inside: impl FnOnce(&mut Self),
    ) {
        if mutants.is_empty() {
            return inside(self);
        }
        let outer = std::mem::take(&mut self.sites);
        inside(self);
        let children = std::mem::replace(&mut self.sites, outer);
        self.sites.push(Site { range, form, mutants, children });
    }

    fn constant(&mut self, inside: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.is_constant, true);
        inside(self);
        self.is_constant = outer;
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        if signature.constness.is_some() {
            return self.constant(|finder| finder.visit_block(block));
        }
        let outer = std::mem::replace(&mut self.is_constant, false);
        let mut mutants = match block.stmts.first() {
            Some(first) => self.take(Genre::FnValue, first),
            None => Vec::new(),
        };
        let is_opaque = matches!(&signature.output, syn::ReturnType::Type(_, of) if matches!(**of, syn::Type::ImplTrait(_)));
        let form = if is_opaque { Form::IteratorBody } else { Form::Body };
        if is_opaque && Leaving::leaves(block) {
            mutants.clear();
        }
        let inner = range(&block.brace_token.span.open()).end..range(&block.brace_token.span.close()).start;
        self.site(inner, form, mutants, |finder| finder.visit_block(block));
        self.is_constant = outer;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(|finder| visit::visit_item_const(finder, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.constant(|finder| visit::visit_item_static(finder, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.constant(|finder| visit::visit_impl_item_const(finder, item));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.constant(|finder| visit::visit_trait_item_const(finder, item));
    }

    fn visit_expr_const(&mut self, item: &'ast syn::ExprConst) {
        self.constant(|finder| visit::visit_expr_const(finder, item));
    }

    fn visit_type(&mut self, item: &'ast syn::Type) {
        self.constant(|finder| visit::visit_type(finder, item));
    }

    fn visit_pat(&mut self, item: &'ast syn::Pat) {
        self.constant(|finder| visit::visit_pat(finder, item));
    }

    fn visit_variant(&mut self, item: &'ast syn::Variant) {
        self.constant(|finder| visit::visit_variant(finder, item));
    }

    fn visit_expr_repeat(&mut self, item: &'ast syn::ExprRepeat) {
        self.visit_expr(&item.expr);
        self.constant(|finder| finder.visit_expr(&item.len));
    }

    fn visit_expr_binary(&mut self, item: &'ast syn::ExprBinary) {
        let (left, operator, right) = (range(&item.left), range(&item.op), range(&item.right));
        let mut mutants = self.take(Genre::BinaryOperator, &item.op);
        // `let` may stand only between `&&`, and no operator could replace one of these.
        if has_let(&item.left) || has_let(&item.right) {
            mutants.clear();
        }
        let form = Form::Binary { left: left.clone(), operator, right: right.clone() };
        self.site(left.start..right.end, form, mutants, |finder| visit::visit_expr_binary(finder, item));
    }

    fn visit_expr_unary(&mut self, item: &'ast syn::ExprUnary) {
        let mutants = self.take(Genre::UnaryOperator, &item.op);
        let operand = range(&item.expr);
        let all = range(&item.op).start..operand.end;
        self.site(all, Form::Unary { operand }, mutants, |finder| visit::visit_expr_unary(finder, item));
    }

    fn visit_expr_match(&mut self, item: &'ast syn::ExprMatch) {
        let is_rest = |arm: &syn::Arm| matches!(arm.pat, syn::Pat::Wild(_));
        self.visit_expr(&item.expr);
        let has_rest = item.arms.iter().any(is_rest);
        for arm in &item.arms {
            // Asked for the pattern, before another `match` inside the arm sets it.
            self.has_rest = has_rest;
            self.visit_arm(arm);
        }
    }

    fn visit_arm(&mut self, item: &'ast syn::Arm) {
        let mut mutants = self.take(Genre::MatchArm, item);
        if !self.has_rest {
            mutants.clear();
        }
        let end = range(&item.pat).end;
        self.site(end..end, Form::Arm, mutants, |_| {});
        if let syn::Pat::Guard(pattern) = &item.pat {
            let guard = &*pattern.guard;
            let mut mutants = self.take(Genre::MatchArmGuard, guard);
            let has_let = has_let(guard);
            // The arm needs what `let` binds.
            mutants.retain(|(_, replacement)| replacement == "false" || !has_let);
            self.site(range(guard), Form::Guard { has_let }, mutants, |finder| finder.visit_expr(guard));
        }
        self.visit_expr(&item.body);
    }

    fn visit_expr_struct(&mut self, item: &'ast syn::ExprStruct) {
        let (mut mutants, mut deleted) = (Vec::new(), Vec::new());
        for pair in item.fields.pairs() {
            let field = range(*pair.value());
            let end = pair.punct().map_or(field.end, |comma| range(*comma).end);
            for (number, replacement) in self.take(Genre::StructField, *pair.value()) {
                mutants.push((number, replacement));
                deleted.push((number, field.start..end));
            }
        }
        self.site(range(item), Form::Fields { deleted }, mutants, |finder| {
            visit::visit_expr_struct(finder, item);
        });
    }
}

/// Whether an operand of `&&` contains a `let` of this condition.
fn has_let(of: &syn::Expr) -> bool {
    match of {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// Whether a body ends early, by `return` or `?`.
struct Leaving {
    leaves: bool,
}

impl Leaving {
    fn leaves(block: &syn::Block) -> bool {
        let mut found = Self { leaves: false };
        found.visit_block(block);
        found.leaves
    }
}

impl<'ast> Visit<'ast> for Leaving {
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.leaves = true;
    }

    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.leaves = true;
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

struct Writer<'a> {
    source: &'a str,
    text: String,
    expressed: BTreeSet<u32>,
}

impl Writer<'_> {
    /// A part of the file, with the places inside it rewritten.
    fn write(&mut self, part: Range<usize>, sites: &[Site]) {
        let mut at = part.start;
        for site in sites.iter().filter(|site| part.start <= site.range.start && site.range.end <= part.end) {
            self.text.push_str(&self.source[at..site.range.start]);
            self.site(site);
            at = site.range.end;
        }
        self.text.push_str(&self.source[at..part.end]);
    }

    fn site(&mut self, site: &Site) {
        self.expressed.extend(site.mutants.iter().map(|&(number, _)| number));
        let first = site.mutants[0].0;
        let letter = if matches!(site.form, Form::Body | Form::IteratorBody) { 'f' } else { 's' };
        self.text.push_str(&format!("/*{letter}{first}*/"));
        match &site.form {
            Form::Body => {
                for (number, replacement) in &site.mutants {
                    self.marked(
                        *number,
                        &format!("if crate::mutant_is({number}) {{ return {replacement}; }}"),
                    );
                }
                self.write(site.range.clone(), &site.children);
            }
            Form::IteratorBody => self.iterator(site),
            Form::Binary { left, operator, right } => {
                let [l, o, r] = [left, operator, right].map(|part| &self.source[part.clone()]);
                self.branches(site, |_, replacement| format!("({l}) {replacement} ({r})"));
                // An operand of `&&` may be a place that is borrowed for long, so nothing here is put into a variable.
                self.text.push('(');
                self.write(left.clone(), &site.children);
                self.text.push_str(&format!(") {o} ("));
                self.write(right.clone(), &site.children);
                self.text.push_str(") })");
            }
            Form::Unary { operand } => {
                let operand = &self.source[operand.clone()];
                self.branches(site, |_, _| operand.to_owned());
                self.write(site.range.clone(), &site.children);
                self.text.push_str(" })");
            }
            Form::Guard { has_let } => self.guard(site, *has_let),
            Form::Arm => {
                for (number, _) in &site.mutants {
                    self.marked(*number, &format!(" if !crate::mutant_is({number})"));
                }
            }
            Form::Fields { deleted } => {
                let source = self.source;
                self.branches(site, |number, _| {
                    let (_, part) = deleted.iter().find(|(of, _)| *of == number).unwrap();
                    format!("{}{}", &source[site.range.start..part.start], &source[part.end..site.range.end])
                });
                self.write(site.range.clone(), &site.children);
                self.text.push_str(" })");
            }
        }
        self.text.push_str(&format!("/*.{letter}{first}*/"));
    }

    /// What belongs to one mutant, between its comments.
    fn marked(&mut self, number: u32, text: &str) {
        self.text.push_str(&format!("/*m{number}*/{text}/*.m{number}*/"));
    }

    /// `(if … { … } else if … { … } else { `, for each mutant of an expression.
    fn branches(&mut self, site: &Site, branch: impl Fn(u32, &str) -> String) {
        self.text.push('(');
        for (number, replacement) in &site.mutants {
            let branch = branch(*number, replacement);
            self.text.push_str(&format!("if crate::mutant_is({number}) {{ "));
            self.marked(*number, &branch);
            self.text.push_str(" } else ");
        }
        self.text.push_str("{ ");
    }

    /// `!is(1) && (is(2) || (CONDITION))` for `false` and `true`. With a `let` there is only `false`: it must stay between `&&`.
    fn guard(&mut self, site: &Site, has_let: bool) {
        for (number, _) in site.mutants.iter().filter(|(_, replacement)| replacement == "false") {
            self.marked(*number, &format!("!crate::mutant_is({number}) && "));
        }
        if has_let {
            return self.write(site.range.clone(), &site.children);
        }
        self.text.push('(');
        for (number, _) in site.mutants.iter().filter(|(_, replacement)| replacement == "true") {
            self.marked(*number, &format!("crate::mutant_is({number}) || "));
        }
        self.text.push('(');
        self.write(site.range.clone(), &site.children);
        self.text.push_str("))");
    }

    /// Mutants of `impl Iterator` are nested: `Mutant(Real(first))`, `Mutant(Mutant(second))`.
    fn iterator(&mut self, site: &Site) {
        let last = site.mutants.len() - 1;
        for (at, (number, replacement)) in site.mutants.iter().enumerate() {
            let (mut open, mut close) = ("crate::Either::Mutant(".repeat(at + 1), ")".repeat(at + 1));
            if at < last {
                open.push_str("crate::Either::Real(");
                close.push(')');
            }
            self.text.push_str(&format!("if crate::mutant_is({number}) {{ "));
            self.marked(*number, &format!("{open}{replacement}{close}"));
            self.text.push_str(" } else ");
        }
        self.text.push_str("{ crate::Either::Real({");
        self.write(site.range.clone(), &site.children);
        self.text.push_str("}) }");
    }
}

/// The mutants that an error at this place of a rewritten file is about.
#[derive(Debug, PartialEq)]
pub(super) enum Blamed {
    /// The code of one mutant is wrong.
    Mutant(u32),
    /// The code around these mutants is wrong: they cannot be expressed.
    Place(BTreeSet<u32>),
}

/// The innermost mutant around an error, or all mutants of the innermost place around it. If there is no place, all mutants of the
/// function. Ex) a `match` is not exhaustive, because one of its arms got a guard
pub(super) fn blamed(text: &str, error: &Range<usize>) -> Option<Blamed> {
    let marks = marks(text);
    let around = |kind: char| {
        let inside = marks.iter().filter(move |(of, _, range)| {
            *of == kind && range.start <= error.start && error.end <= range.end
        });
        inside.min_by_key(|(_, _, range)| range.len())
    };
    if let Some((_, number, _)) = around('m') {
        return Some(Blamed::Mutant(*number));
    }
    let place = match around('s').or_else(|| around('f')) {
        Some((_, _, place)) => place.clone(),
        None => Around::function(text, error)?,
    };
    let inside = marks
        .iter()
        .filter(|(kind, _, range)| *kind == 'm' && place.start <= range.start && range.end <= place.end);
    let numbers: BTreeSet<u32> = inside.map(|(_, number, _)| *number).collect();
    (!numbers.is_empty()).then_some(Blamed::Place(numbers))
}

/// The innermost function around a place.
struct Around<'a> {
    place: &'a Range<usize>,
    found: Option<Range<usize>>,
}

impl Around<'_> {
    fn function(text: &str, place: &Range<usize>) -> Option<Range<usize>> {
        let mut around = Around { place, found: None };
        around.visit_file(&syn::parse_file(text).ok()?);
        around.found
    }
}

impl<'ast> Visit<'ast> for Around<'_> {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        let own = range(block);
        if own.start <= self.place.start && self.place.end <= own.end {
            // Only of a function: visited before the blocks inside it.
            self.found.get_or_insert(own);
            visit::visit_block(self, block);
        }
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        let own = range(item);
        if own.start <= self.place.start && self.place.end <= own.end {
            self.found = None;
            visit::visit_item(self, item);
        }
    }
}

/// All pairs of comments: the letter, the number, and what is between them.
fn marks(text: &str) -> Vec<(char, u32, Range<usize>)> {
    let (mut open, mut found) = (BTreeMap::new(), Vec::new());
    for (at, _) in text.match_indices("/*") {
        let Some(end) = text[at..].find("*/").map(|length| at + length) else { continue };
        let word = &text[at + 2..end];
        let (is_end, word) = word.strip_prefix('.').map_or((false, word), |word| (true, word));
        let Some(kind) = word.chars().next().filter(|kind| "msf".contains(*kind)) else { continue };
        let Ok(number) = word[1..].parse::<u32>() else { continue };
        if !is_end {
            open.insert((kind, number), end + 2);
        } else if let Some(start) = open.remove(&(kind, number)) {
            found.push((kind, number, start..at));
        }
    }
    found
}
