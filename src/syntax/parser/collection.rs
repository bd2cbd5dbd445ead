//! Objects, arrays and loops.

use super::declaration::nested_resource;
use super::expression::expr;
use super::input::{Input, Parsed, identifier, nested, token};
use super::list::{Brackets, Place, elements};
use super::string::string;
use crate::source::Span;
use crate::syntax::ast::{DeployableId, ExprId, ExprKind, ForHead, ForId, ObjectItem};
use crate::syntax::token::TokenKind as K;

/// `object = "{" , elements(item) , "}"`
pub(super) fn object(input: Input<'_>) -> Parsed<'_, ExprId> {
    object_with(input, None)
}

/// `rbody = "{" , elements(ritem) , "}"`: the body of a resource, in which resources may be nested.
pub(super) fn rbody(input: Input<'_>, outer: DeployableId) -> Parsed<'_, ExprId> {
    object_with(input, Some(outer))
}

fn object_with(input: Input<'_>, outer: Option<DeployableId>) -> Parsed<'_, ExprId> {
    if input.kind() != K::LeftBrace {
        return input.fail("`{`");
    }
    nested(input, |input| {
        let cx = input.cx;
        let open = input.span();
        let mark = cx.open_items.borrow().len();
        let place = if outer.is_some() { Place::Body } else { Place::Anywhere };
        let brackets = Brackets { close: K::RightBrace, place };
        let (rest, close) = elements(
            input.advance(),
            open,
            brackets,
            |input| {
                let (rest, item) = if let Some(outer) = outer { ritem(input, outer)? } else { item(input)? };
                cx.open_items.borrow_mut().push(item);
                Ok((rest, ()))
            },
            |start, span| {
                let broken = broken_item(start, span);
                cx.open_items.borrow_mut().push(broken);
            },
        )?;
        let list = cx.close_items(mark);
        Ok((rest, cx.expr(ExprKind::Object(list), open.to(close))))
    })
}

/// `ritem = item | nested_resource`
fn ritem(input: Input<'_>, outer: DeployableId) -> Parsed<'_, ObjectItem> {
    if input.kind() == K::At || is_resource(input) { nested_resource(input, outer) } else { item(input) }
}

/// Whether `resource name …` follows, not the property `resource`.
fn is_resource(input: Input<'_>) -> bool {
    input.kind() == K::Identifier && input.ahead(1).kind == K::Identifier && input.is_word("resource")
}

/// `item = property | spread`
fn item(input: Input<'_>) -> Parsed<'_, ObjectItem> {
    match input.kind() {
        K::Ellipsis => spread(input).map(|(rest, value)| (rest, ObjectItem::Spread(value))),
        K::Identifier if is_resource(input) => {
            input.fail_with("a property", "a resource can only be nested directly in the body of a resource")
        }
        _ => property(input),
    }
}

/// `spread = "..." , expr`; returns the value.
fn spread(input: Input<'_>) -> Parsed<'_, ExprId> {
    expr(input.advance())
}

/// Keeps what is known about a broken item: the name of a property, or the name and type of a resource.
fn broken_item(start: Input<'_>, span: Span) -> ObjectItem {
    let cx = start.cx;
    if let Some(resource) = cx.rescued.take() {
        return ObjectItem::Resource(resource);
    }
    let colon = start.ahead(1);
    if start.kind() != K::Identifier || colon.kind != K::Colon {
        return ObjectItem::Error(span);
    }
    let key = cx.expr(ExprKind::Name, start.span());
    let value = cx.expr(ExprKind::Error, Span::new(colon.span.end, span.end.max(colon.span.end)));
    ObjectItem::Property { key, value }
}

/// `property = ( IDENT | string ) , ":" , expr`
fn property(input: Input<'_>) -> Parsed<'_, ObjectItem> {
    let cx = input.cx;
    let (rest, key) = match input.kind() {
        K::StringComplete | K::StringLeftPiece => string(input)?,
        _ => {
            let (rest, name) = identifier(input, "the name of a property")?;
            (rest, cx.expr(ExprKind::Name, name))
        }
    };
    let (rest, _) = match rest.kind() {
        K::Assignment => {
            rest.fail_with("`:` after the name of the property", "properties are written `name: value`")?
        }
        _ => token(K::Colon, "`:` after the name of the property")(rest)?,
    };
    let (rest, value) = expr(rest)?;
    Ok((rest, ObjectItem::Property { key, value }))
}

/// `array_or_loop = array | for_loop`: it is a loop if the first word is `for`.
pub(super) fn array_or_loop(input: Input<'_>) -> Parsed<'_, ExprId> {
    if input.advance().skip_newlines().is_word("for") { for_loop(input) } else { array(input) }
}

/// `array = "[" , elements(array_item) , "]"`
pub(super) fn array(input: Input<'_>) -> Parsed<'_, ExprId> {
    nested(input, |input| {
        let cx = input.cx;
        let open = input.span();
        let mark = cx.open_exprs.borrow().len();
        let brackets = Brackets { close: K::RightSquare, place: Place::Anywhere };
        let (rest, close) = elements(
            input.advance(),
            open,
            brackets,
            |input| {
                let (rest, value) = array_item(input)?;
                cx.open_exprs.borrow_mut().push(value);
                Ok((rest, ()))
            },
            |_, span| {
                let broken = cx.expr(ExprKind::Error, span);
                cx.open_exprs.borrow_mut().push(broken);
            },
        )?;
        let list = cx.close_exprs(mark);
        Ok((rest, cx.expr(ExprKind::Array(list), open.to(close))))
    })
}

/// `array_item = expr | spread`
fn array_item(input: Input<'_>) -> Parsed<'_, ExprId> {
    if input.kind() != K::Ellipsis {
        return expr(input);
    }
    let (rest, value) = spread(input)?;
    let span = input.span().to(input.cx.expr_span(value));
    Ok((rest, input.cx.expr(ExprKind::Spread(value), span)))
}

/// `for_loop = "[" , NLS , for_head , expr , NLS , "]"`
fn for_loop(input: Input<'_>) -> Parsed<'_, ExprId> {
    nested(input, |input| {
        let cx = input.cx;
        let (rest, head) = for_head(input.advance().skip_newlines())?;
        let (rest, body) = expr(rest)?;
        let (rest, close) = token(K::RightSquare, "`]` at the end of the loop")(rest.skip_newlines())?;
        let head = {
            let mut tree = cx.tree();
            tree.for_heads.push(head);
            ForId(tree.for_heads.len() as u32 - 1)
        };
        Ok((rest, cx.expr(ExprKind::For { head, body }, input.span().to(close))))
    })
}

/// `for_head = "for" , loop_vars , "in" , expr , ":"`
pub(super) fn for_head(input: Input<'_>) -> Parsed<'_, ForHead> {
    let (rest, (item, index)) = loop_vars(input.advance())?;
    if !rest.is_word("in") {
        return rest.fail("`in` after the loop variable");
    }
    let (rest, list) = expr(rest.advance())?;
    let (rest, _) = token(K::Colon, "`:` after the list of the loop")(rest)?;
    Ok((rest, ForHead { item, index, list }))
}

/// `loop_vars = IDENT | "(" , IDENT , "," , IDENT , ")"`
fn loop_vars(input: Input<'_>) -> Parsed<'_, (Span, Option<Span>)> {
    if input.kind() != K::LeftParen {
        let (rest, item) = identifier(input, "a loop variable, or `(item, index)`")?;
        return Ok((rest, (item, None)));
    }
    let (rest, item) = identifier(input.advance(), "the variable of the element")?;
    let (rest, _) = token(K::Comma, "`,` between element and index")(rest)?;
    let (rest, index) = identifier(rest, "the variable of the index")?;
    let (rest, _) = token(K::RightParen, "`)` after the index")(rest)?;
    Ok((rest, (item, Some(index))))
}
