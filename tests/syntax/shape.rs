//! Prints expressions with every operation in parentheses.

use bicep_race_lint::syntax::ast::{BinaryOperator, ExprId, ExprKind, List, ObjectItem, Tree, UnaryOperator};
use bicep_race_lint::syntax::{decode, parse_expression};

/// An expression with all parentheses, or the first error.
pub(crate) fn shape(text: &str) -> String {
    let (tree, id) = parse_expression(text);
    match tree.errors.first() {
        Some(error) => format!("error: {}", error.message),
        None => Shape { tree: &tree, text }.of(id),
    }
}

struct Shape<'t> {
    tree: &'t Tree,
    text: &'t str,
}

impl Shape<'_> {
    fn list(&self, list: List) -> String {
        let all: Vec<_> = self.tree.expr_lists[list.range()].iter().map(|&id| self.of(id)).collect();
        all.join(", ")
    }

    fn item(&self, item: ObjectItem) -> String {
        match item {
            ObjectItem::Property { key, value } => format!("{}: {}", self.of(key), self.of(value)),
            ObjectItem::Spread(value) => format!("...{}", self.of(value)),
            ObjectItem::Resource(_) => "resource".to_owned(),
            ObjectItem::Error(_) => "error".to_owned(),
        }
    }

    fn of(&self, id: ExprId) -> String {
        let expr = self.tree.exprs[id.0 as usize];
        let written = expr.span.of(self.text);
        match expr.kind {
            ExprKind::Error => "error".to_owned(),
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Integer | ExprKind::Name => written.to_owned(),
            ExprKind::Text(piece) => format!("{:?}", decode(piece, self.text)),
            ExprKind::Interpolation(parts) => format!("<{}>", self.list(parts)),
            ExprKind::Object(items) => {
                let all: Vec<_> =
                    self.tree.items[items.range()].iter().map(|&item| self.item(item)).collect();
                format!("{{{}}}", all.join(", "))
            }
            ExprKind::Array(list) => format!("[{}]", self.list(list)),
            ExprKind::Spread(value) => format!("...{}", self.of(value)),
            ExprKind::For { head, body } => {
                let head = self.tree.for_heads[head.0 as usize];
                let index = head.index.map(|index| format!(", {}", index.of(self.text))).unwrap_or_default();
                let (item, list) = (head.item.of(self.text), self.of(head.list));
                format!("[for {item}{index} in {list}: {}]", self.of(body))
            }
            ExprKind::Paren(inner) => self.of(inner),
            ExprKind::Lambda { parameters, body } => {
                let names: Vec<_> =
                    self.tree.names[parameters.range()].iter().map(|name| name.of(self.text)).collect();
                format!("(({}) => {})", names.join(", "), self.of(body))
            }
            ExprKind::Call { name, arguments } => {
                format!("{}({})", name.of(self.text), self.list(arguments))
            }
            ExprKind::Member { base, name, safe } => {
                format!("({}.{}{})", self.of(base), if safe { "?" } else { "" }, name.of(self.text))
            }
            ExprKind::Method { base, name, arguments } => {
                format!("({}.{}({}))", self.of(base), name.of(self.text), self.list(arguments))
            }
            ExprKind::Index { base, index, safe, from_end } => {
                let marks = match (safe, from_end) {
                    (true, true) => "?^",
                    (true, false) => "?",
                    (false, true) => "^",
                    (false, false) => "",
                };
                format!("({}[{marks}{}])", self.of(base), self.of(index))
            }
            ExprKind::Nested { base, name } => format!("({}::{})", self.of(base), name.of(self.text)),
            ExprKind::NonNull(base) => format!("({}!)", self.of(base)),
            ExprKind::Unary { operator, operand } => {
                let sign = match operator {
                    UnaryOperator::Not => "!",
                    UnaryOperator::Minus => "-",
                };
                format!("({sign}{})", self.of(operand))
            }
            ExprKind::Binary { operator, left, right } => {
                format!("({} {} {})", self.of(left), sign(operator), self.of(right))
            }
            ExprKind::Ternary { condition, yes, no } => {
                format!("({} ? {} : {})", self.of(condition), self.of(yes), self.of(no))
            }
        }
    }
}

fn sign(operator: BinaryOperator) -> &'static str {
    use BinaryOperator as B;
    match operator {
        B::Multiply => "*",
        B::Divide => "/",
        B::Modulo => "%",
        B::Add => "+",
        B::Subtract => "-",
        B::Less => "<",
        B::LessOrEqual => "<=",
        B::Greater => ">",
        B::GreaterOrEqual => ">=",
        B::Equal => "==",
        B::NotEqual => "!=",
        B::EqualInsensitive => "=~",
        B::NotEqualInsensitive => "!~",
        B::And => "&&",
        B::Or => "||",
        B::Coalesce => "??",
    }
}
