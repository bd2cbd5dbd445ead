//! Expressions: operators by precedence, accesses, and primary expressions.

use super::collection::{array_or_loop, object};
use super::input::{Input, Parsed, identifier, link, nested, token};
use super::list::{advice, arguments, parameters};
use super::string::{piece, string};
use crate::source::Span;
use crate::syntax::ast::{BinaryOperator, ExprId, ExprKind, List, UnaryOperator};
use crate::syntax::token::TokenKind as K;

/// `expr = binary , [ NLS , "?" , expr , NLS , ":" , expr ]`
pub(super) fn expr(input: Input<'_>) -> Parsed<'_, ExprId> {
    if let Some(value) = lone(input) {
        return Ok((input.advance(), value));
    }
    nested(input, |input| {
        let (rest, condition) = binary(input)?;
        let question = match rest.kind() {
            K::Question => rest,
            K::NewLine if rest.ahead(rest.count_newlines()).kind == K::Question => rest.skip_newlines(),
            _ => return Ok((rest, condition)),
        };
        if let (K::Dot, Some(help)) = (question.ahead(1).kind, advice(question)) {
            return question.fail_with("a value after `?`", help);
        }
        let (rest, yes) = expr(question.advance())?;
        let (rest, _) = token(K::Colon, "`:` of the conditional expression")(rest.skip_newlines())?;
        let (rest, no) = expr(rest)?;
        let span = rest.cx.expr_span(condition).to(rest.cx.expr_span(no));
        Ok((rest, rest.cx.expr(ExprKind::Ternary { condition, yes, no }, span)))
    })
}

/// Fast path: an expression of one token that the next token cannot continue. Most expressions have this form, and so
/// skip the levels of the grammar.
fn lone(input: Input<'_>) -> Option<ExprId> {
    let ends = match input.ahead(1).kind {
        K::NewLine => !matches!(input.ahead(2).kind, K::Question | K::NewLine),
        kind => matches!(
            kind,
            K::Comma | K::RightParen | K::RightSquare | K::StringMiddlePiece | K::StringRightPiece
        ),
    };
    let cx = input.cx;
    if !ends || !cx.is_low() {
        return None;
    }
    let kind = match input.kind() {
        K::Identifier => ExprKind::Name,
        K::StringComplete => ExprKind::Text(piece(cx.text, input.span(), input.token())),
        kind => value_of_token(kind)?,
    };
    Some(cx.expr(kind, input.span()))
}

/// The value of a token that is one whatever its text.
const fn value_of_token(kind: K) -> Option<ExprKind> {
    Some(match kind {
        K::Integer => ExprKind::Integer,
        K::TrueKeyword => ExprKind::Bool(true),
        K::FalseKeyword => ExprKind::Bool(false),
        K::NullKeyword => ExprKind::Null,
        _ => return None,
    })
}

/// An infix operator, and how tightly it binds: more is tighter.
const fn operator(kind: K) -> Option<(BinaryOperator, u8)> {
    use BinaryOperator as B;
    Some(match kind {
        K::Asterisk => (B::Multiply, 8),
        K::Slash => (B::Divide, 8),
        K::Modulo => (B::Modulo, 8),
        K::Plus => (B::Add, 7),
        K::Minus => (B::Subtract, 7),
        K::LeftChevron => (B::Less, 6),
        K::LessThanOrEqual => (B::LessOrEqual, 6),
        K::RightChevron => (B::Greater, 6),
        K::GreaterThanOrEqual => (B::GreaterOrEqual, 6),
        K::Equals => (B::Equal, 5),
        K::NotEquals => (B::NotEqual, 5),
        K::EqualsInsensitive => (B::EqualInsensitive, 5),
        K::NotEqualsInsensitive => (B::NotEqualInsensitive, 5),
        K::LogicalAnd => (B::And, 4),
        K::LogicalOr => (B::Or, 3),
        K::DoubleQuestion => (B::Coalesce, 2),
        _ => return None,
    })
}

/// `binary = unary , { binop , unary }`, by precedence.
fn binary(input: Input<'_>) -> Parsed<'_, ExprId> {
    binary_above(input, 0)
}

fn binary_above(input: Input<'_>, floor: u8) -> Parsed<'_, ExprId> {
    let (mut input, mut left) = unary(input)?;
    let mut length = 0;
    while let Some((operator, binding)) = operator(input.kind())
        && binding > floor
    {
        link(input, &mut length)?;
        // Operators of one level are left-associative; there are at most seven levels to descend.
        let (rest, right) = binary_above(input.advance(), binding)?;
        let span = rest.cx.expr_span(left).to(rest.cx.expr_span(right));
        left = rest.cx.expr(ExprKind::Binary { operator, left, right }, span);
        input = rest;
    }
    Ok((input, left))
}

/// `unary = [ "!" | "-" ] , member`
fn unary(input: Input<'_>) -> Parsed<'_, ExprId> {
    let operator = match input.kind() {
        K::Exclamation => UnaryOperator::Not,
        K::Minus => UnaryOperator::Minus,
        _ => return member(input),
    };
    let (rest, operand) = member(input.advance())?;
    let span = input.span().to(rest.cx.expr_span(operand));
    Ok((rest, rest.cx.expr(ExprKind::Unary { operator, operand }, span)))
}

/// `member = primary , { access }`
pub(super) fn member(input: Input<'_>) -> Parsed<'_, ExprId> {
    let (mut input, mut base) = primary(input)?;
    let mut length = 0;
    while matches!(input.kind(), K::Dot | K::LeftSquare | K::DoubleColon | K::Exclamation) {
        link(input, &mut length)?;
        (input, base) = access(input, base)?;
    }
    Ok((input, base))
}

/// `access`: `.name`, `.?name`, `.name(…)`, `[index]`, `::name`, `!`
fn access(input: Input<'_>, base: ExprId) -> Parsed<'_, ExprId> {
    let cx = input.cx;
    let start = cx.expr_span(base);
    match input.kind() {
        K::Dot => {
            let rest = input.advance();
            let safe = rest.kind() == K::Question;
            let rest = if safe { rest.advance() } else { rest };
            // Reserved words are allowed as property names only in quotes.
            let (rest, name) = identifier(rest, "a property name after `.`")?;
            if rest.kind() == K::LeftParen && !safe {
                let (rest, (arguments, close)) = args(rest)?;
                return Ok((rest, cx.expr(ExprKind::Method { base, name, arguments }, start.to(close))));
            }
            Ok((rest, cx.expr(ExprKind::Member { base, name, safe }, start.to(name))))
        }
        K::LeftSquare => {
            let rest = input.advance();
            let safe = rest.kind() == K::Question;
            let rest = if safe { rest.advance() } else { rest };
            let from_end = rest.kind() == K::Hat;
            let rest = if from_end { rest.advance() } else { rest };
            if rest.kind() == K::RightSquare {
                return rest.fail("an index or a property name in quotes");
            }
            let (rest, index) = expr(rest)?;
            let (rest, close) = token(K::RightSquare, "`]` after the index")(rest)?;
            Ok((rest, cx.expr(ExprKind::Index { base, index, safe, from_end }, start.to(close))))
        }
        K::DoubleColon => {
            let (rest, name) = identifier(input.advance(), "the name of a nested resource after `::`")?;
            Ok((rest, cx.expr(ExprKind::Nested { base, name }, start.to(name))))
        }
        _ => Ok((input.advance(), cx.expr(ExprKind::NonNull(base), start.to(input.span())))),
    }
}

/// `primary`
fn primary(input: Input<'_>) -> Parsed<'_, ExprId> {
    let cx = input.cx;
    let leaf = |kind| Ok((input.advance(), cx.expr(kind, input.span())));
    match input.kind() {
        K::Identifier => match input.ahead(1).kind {
            K::Arrow => lambda(input),
            K::LeftParen => call(input),
            _ => leaf(ExprKind::Name),
        },
        K::StringComplete | K::StringLeftPiece => string(input),
        K::LeftBrace | K::LeftSquare => literal(input),
        K::LeftParen if is_lambda(input) => lambda(input),
        K::LeftParen => parenthesized(input),
        kind => match value_of_token(kind) {
            Some(value) => leaf(value),
            None => input.fail("a value"),
        },
    }
}

/// `literal = object | array_or_loop`
fn literal(input: Input<'_>) -> Parsed<'_, ExprId> {
    match input.kind() {
        _ if !input.literals => input
            .fail_with("a value", "object and array literals are not allowed inside `${…}`; use a variable"),
        K::LeftBrace => object(input),
        _ => array_or_loop(input),
    }
}

/// `call = IDENT , args`
fn call(input: Input<'_>) -> Parsed<'_, ExprId> {
    let name = input.span();
    let (rest, (arguments, close)) = args(input.advance())?;
    Ok((rest, rest.cx.expr(ExprKind::Call { name, arguments }, name.to(close))))
}

/// `args = "(" , arguments(expr) , ")"`
fn args(input: Input<'_>) -> Parsed<'_, (List, Span)> {
    let cx = input.cx;
    let mark = cx.open_exprs.borrow().len();
    let (rest, close) =
        arguments(input.advance(), K::RightParen, "`,` or `)` after the argument", |input| {
            let (rest, argument) = expr(input)?;
            cx.open_exprs.borrow_mut().push(argument);
            Ok((rest, ()))
        })?;
    Ok((rest, (cx.close_exprs(mark), close)))
}

/// `parenthesized = "(" , NLS , expr , NLS , ")"`
fn parenthesized(input: Input<'_>) -> Parsed<'_, ExprId> {
    let (rest, inner) = expr(input.advance().skip_newlines())?;
    let (rest, close) = token(K::RightParen, "`)`")(rest.skip_newlines())?;
    Ok((rest, rest.cx.expr(ExprKind::Paren(inner), input.span().to(close))))
}

/// Whether a parenthesis opens the parameters of a lambda: names and commas up to `)`, then `=>`.
fn is_lambda(input: Input<'_>) -> bool {
    let mut at = 1;
    loop {
        match input.ahead(at).kind {
            K::Identifier | K::Comma | K::NewLine => at += 1,
            K::RightParen => return input.ahead(at + 1).kind == K::Arrow,
            _ => return false,
        }
    }
}

/// `lambda = parameters , "=>" , NLS , expr`
fn lambda(input: Input<'_>) -> Parsed<'_, ExprId> {
    let cx = input.cx;
    let mut names = Vec::new();
    let rest = if input.kind() == K::Identifier {
        names.push(input.span());
        input.advance()
    } else {
        let (rest, found) =
            parameters(input.advance(), |input| identifier(input, "the name of a parameter"))?;
        names = found;
        rest
    };
    let (rest, _) = token(K::Arrow, "`=>`")(rest)?;
    // Literals are allowed again in the body, also inside a hole.
    let (rest, body) = expr(rest.skip_newlines().with_literals(true))?;
    let list = {
        let mut tree = cx.tree();
        let start = tree.names.len() as u32;
        tree.names.extend_from_slice(&names);
        List { start, len: names.len() as u32 }
    };
    let span = input.span().to(cx.expr_span(body));
    Ok((rest.with_literals(input.literals), cx.expr(ExprKind::Lambda { parameters: list, body }, span)))
}
