//! Objects, arrays and loops.

use super::declaration::nested_resource;
use super::expression::expr;
use super::input::{Input, Parsed, identifier, nested, token};
use super::list::{Brackets, elements};
use super::string::string;
use crate::syntax::ast::{DeployableId, ExprId, ExprKind, ForHead, ForId, List, ObjectItem};
use crate::syntax::token::TokenKind as K;

/// `object = "{" , elements(property | spread) , "}"`
pub(super) fn object(input: Input<'_>) -> Parsed<'_, ExprId> {
    object_with(input, None)
}

/// `rbody`: the body of a resource, in which resources may be nested.
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
        let mut items: Vec<ObjectItem> = Vec::new();
        let brackets = Brackets { close: K::RightBrace, resource_body: outer.is_some() };
        let (rest, close) = elements(input.advance(), open, brackets, |input| {
            let (rest, item) = item(input, outer)?;
            items.push(item);
            Ok((rest, ()))
        })?;
        let list = {
            let mut tree = cx.tree();
            let start = tree.items.len() as u32;
            tree.items.extend_from_slice(&items);
            List { start, len: items.len() as u32 }
        };
        Ok((rest, cx.expr(ExprKind::Object(list), open.to(close))))
    })
}

fn item(input: Input<'_>, outer: Option<DeployableId>) -> Parsed<'_, ObjectItem> {
    match input.kind() {
        K::Ellipsis => {
            let (rest, value) = expr(input.advance())?;
            Ok((rest, ObjectItem::Spread(value)))
        }
        K::At => match outer {
            Some(outer) => nested_resource(input, outer),
            None => input.fail("a property"),
        },
        K::Identifier if input.ahead(1).kind == K::Identifier && input.is_word("resource") => match outer {
            Some(outer) => nested_resource(input, outer),
            None => input
                .fail_with("a property", "a resource can only be nested directly in the body of a resource"),
        },
        _ => property(input),
    }
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

/// `array` or `loop`: it is a loop if the first word is `for`.
pub(super) fn array_or_loop(input: Input<'_>) -> Parsed<'_, ExprId> {
    if input.advance().skip_newlines().is_word("for") { for_loop(input) } else { array(input) }
}

/// `array = "[" , elements(expr | spread) , "]"`
pub(super) fn array(input: Input<'_>) -> Parsed<'_, ExprId> {
    nested(input, |input| {
        let cx = input.cx;
        let open = input.span();
        let mark = cx.open_exprs.borrow().len();
        let brackets = Brackets { close: K::RightSquare, resource_body: false };
        let (rest, close) = elements(input.advance(), open, brackets, |input| {
            let inner = cx.open_exprs.borrow().len();
            let parsed = if input.kind() == K::Ellipsis {
                expr(input.advance()).map(|(rest, value)| {
                    let span = input.span().to(cx.expr_span(value));
                    (rest, cx.expr(ExprKind::Spread(value), span))
                })
            } else {
                expr(input)
            };
            // What a broken element left open must not become an element.
            cx.open_exprs.borrow_mut().truncate(inner);
            let (rest, value) = parsed?;
            cx.open_exprs.borrow_mut().push(value);
            Ok((rest, ()))
        })?;
        let list = cx.close_exprs(mark);
        Ok((rest, cx.expr(ExprKind::Array(list), open.to(close))))
    })
}

/// `loop = "[" , NLS , for_head , expr , NLS , "]"`
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
fn loop_vars(input: Input<'_>) -> Parsed<'_, (crate::source::Span, Option<crate::source::Span>)> {
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
