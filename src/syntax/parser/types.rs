//! Parsers of type expressions.

use super::declaration::decorators;
use super::expression::expr;
use super::input::{Input, Parsed, identifier, link, nested, token};
use super::list::{Brackets, Place, arguments, elements};
use super::string::string;
use crate::source::Span;
use crate::syntax::ast::{ExprKind, List, TypeId, TypeKind, TypeMember, UnaryOperator};
use crate::syntax::token::TokenKind as K;

/// `type_or_resource = "resource" , string | type`
pub(super) fn type_or_resource(input: Input<'_>) -> Parsed<'_, TypeId> {
    if input.is_word("resource") && input.ahead(1).kind != K::LeftChevron {
        let (rest, specification) = string(input.advance())?;
        let span = input.span().to(input.cx.expr_span(specification));
        return Ok((rest, input.cx.ty(TypeKind::Resource(Some(specification)), span)));
    }
    ty(input)
}

/// `ty = [ usep ] , union`
pub(super) fn ty(input: Input<'_>) -> Parsed<'_, TypeId> {
    union(usep(input).unwrap_or(input))
}

/// `union = tunary , { usep , tunary }`, or its only member.
fn union(input: Input<'_>) -> Parsed<'_, TypeId> {
    nested(input, |input| {
        let cx = input.cx;
        let mark = cx.open_types.borrow().len();
        let mut rest = input;
        loop {
            let (after, member) = tunary(rest).inspect_err(|_| cx.open_types.borrow_mut().truncate(mark))?;
            cx.open_types.borrow_mut().push(member);
            let Some(next) = usep(after) else {
                rest = after;
                break;
            };
            rest = next;
        }
        let (first, last, count) = {
            let open = cx.open_types.borrow();
            (open[mark], open[open.len() - 1], open.len() - mark)
        };
        if count == 1 {
            cx.open_types.borrow_mut().truncate(mark);
            return Ok((rest, first));
        }
        let span = cx.type_span(first).to(cx.type_span(last));
        let members = cx.close_types(mark);
        Ok((rest, cx.ty(TypeKind::Union(members), span)))
    })
}

/// `usep = [ NL ] , "|"`. The compiler accepts one line-end token; this parser also accepts comment lines between
/// members.
fn usep(input: Input<'_>) -> Option<Input<'_>> {
    let after = input.skip_newlines();
    (after.kind() == K::Pipe).then(|| after.advance())
}

/// `tunary = [ "-" | "!" ] , tmember , { "?" | "!" }`
fn tunary(input: Input<'_>) -> Parsed<'_, TypeId> {
    let cx = input.cx;
    let operator = match input.kind() {
        K::Exclamation => Some(UnaryOperator::Not),
        K::Minus => Some(UnaryOperator::Minus),
        _ => None,
    };
    let (mut rest, mut ty) = tmember(if operator.is_some() { input.advance() } else { input })?;
    let mut length = 0;
    while let K::Question | K::Exclamation = rest.kind() {
        link(rest, &mut length)?;
        let span = cx.type_span(ty).to(rest.span());
        let kind = if rest.kind() == K::Question { TypeKind::Nullable(ty) } else { TypeKind::NonNull(ty) };
        ty = cx.ty(kind, span);
        rest = rest.advance();
    }
    if let Some(operator) = operator {
        let span = input.span().to(cx.type_span(ty));
        ty = cx.ty(TypeKind::Unary { operator, operand: ty }, span);
    }
    Ok((rest, ty))
}

/// `tmember = tprimary , { taccess }`
fn tmember(input: Input<'_>) -> Parsed<'_, TypeId> {
    let (mut rest, mut base) = tprimary(input)?;
    let mut length = 0;
    while let K::LeftSquare | K::Dot = rest.kind() {
        link(rest, &mut length)?;
        (rest, base) = taccess(rest, base)?;
    }
    Ok((rest, base))
}

/// `taccess = "[" , [ "*" | expr ] , "]" | "." , "*" | "." , IDENT , [ targs ]`
fn taccess(input: Input<'_>, base: TypeId) -> Parsed<'_, TypeId> {
    let cx = input.cx;
    let start = cx.type_span(base);
    let next = input.ahead(1);
    match (input.kind(), next.kind) {
        (K::LeftSquare, K::RightSquare) => {
            Ok((input.skip(2), cx.ty(TypeKind::Array(base), start.to(next.span))))
        }
        (K::LeftSquare, K::Asterisk) => {
            let (rest, close) = token(K::RightSquare, "`]`")(input.skip(2))?;
            Ok((rest, cx.ty(TypeKind::ElementOf(base), start.to(close))))
        }
        (K::LeftSquare, _) => {
            let (rest, index) = expr(input.advance())?;
            let (rest, close) = token(K::RightSquare, "`]`")(rest)?;
            Ok((rest, cx.ty(TypeKind::ItemOf { base, index }, start.to(close))))
        }
        (_, K::Asterisk) => Ok((input.skip(2), cx.ty(TypeKind::AdditionalOf(base), start.to(next.span)))),
        _ => {
            let (rest, name) = identifier(input.advance(), "the name of a property or `*` after `.`")?;
            let (rest, (arguments, end)) =
                if rest.kind() == K::LeftChevron { targs(rest)? } else { (rest, (List::default(), name)) };
            Ok((rest, cx.ty(TypeKind::MemberOf { base, name, arguments }, start.to(end))))
        }
    }
}

/// `tprimary`: a literal, a name with or without arguments, an object, a tuple, or a type in parentheses.
fn tprimary(input: Input<'_>) -> Parsed<'_, TypeId> {
    let cx = input.cx;
    let leaf = |kind| Ok((input.advance(), cx.ty(kind, input.span())));
    match input.kind() {
        K::Integer => leaf(TypeKind::Integer),
        K::TrueKeyword => leaf(TypeKind::Bool(true)),
        K::FalseKeyword => leaf(TypeKind::Bool(false)),
        K::NullKeyword => leaf(TypeKind::Null),
        K::StringComplete | K::StringLeftPiece => {
            let (rest, text) = string(input)?;
            Ok((rest, cx.ty(TypeKind::Text(text), cx.expr_span(text))))
        }
        K::LeftBrace => object_type(input),
        K::LeftSquare => tuple_type(input),
        K::LeftParen => {
            let (rest, inner) = ty(input.advance())?;
            let (rest, close) = token(K::RightParen, "`)` after the type")(rest)?;
            Ok((rest, cx.ty(TypeKind::Paren(inner), input.span().to(close))))
        }
        K::Identifier => {
            let name = input.span();
            if input.ahead(1).kind != K::LeftChevron {
                return leaf(TypeKind::Name);
            }
            let (rest, (arguments, close)) = targs(input.advance())?;
            Ok((rest, cx.ty(TypeKind::Generic { name, arguments }, name.to(close))))
        }
        _ => input.fail("a type"),
    }
}

/// `targs = "<" , types , ">"`
fn targs(input: Input<'_>) -> Parsed<'_, (List, Span)> {
    let cx = input.cx;
    let mark = cx.open_types.borrow().len();
    let (rest, close) = arguments(input.advance(), K::RightChevron, "`,` or `>` after the type", |input| {
        let (rest, argument) = ty(input)?;
        cx.open_types.borrow_mut().push(argument);
        Ok((rest, ()))
    })?;
    Ok((rest, (cx.close_types(mark), close)))
}

/// `object_type = "{" , elements(type_property) , "}"`
fn object_type(input: Input<'_>) -> Parsed<'_, TypeId> {
    members(input, K::RightBrace, type_property, TypeKind::Object)
}

/// `tuple_type = "[" , elements(tuple_item) , "]"`
fn tuple_type(input: Input<'_>) -> Parsed<'_, TypeId> {
    members(input, K::RightSquare, tuple_item, TypeKind::Tuple)
}

fn members<'s>(
    input: Input<'s>,
    close: K,
    member: fn(Input<'s>) -> Parsed<'s, TypeMember>,
    kind: fn(List) -> TypeKind,
) -> Parsed<'s, TypeId> {
    nested(input, |input| {
        let cx = input.cx;
        let open = input.span();
        let mut members = Vec::new();
        let brackets = Brackets { close, place: Place::Body };
        let one = |input| {
            let (rest, member) = member(input)?;
            members.push(member);
            Ok((rest, ()))
        };
        let (rest, end) = elements(input.advance(), open, brackets, one, |_, _| {})?;
        let list = {
            let mut tree = cx.tree();
            let start = tree.type_members.len() as u32;
            tree.type_members.extend_from_slice(&members);
            List { start, len: members.len() as u32 }
        };
        Ok((rest, cx.ty(kind(list), open.to(end))))
    })
}

/// `type_property = { decorator } , ( IDENT | string | "*" ) , ":" , type`
fn type_property(input: Input<'_>) -> Parsed<'_, TypeMember> {
    let cx = input.cx;
    let (rest, decorators) = decorators(input)?;
    let additional = rest.kind() == K::Asterisk;
    let (rest, key) = match rest.kind() {
        K::Asterisk => (rest.advance(), None),
        K::StringComplete | K::StringLeftPiece => {
            let (rest, key) = string(rest)?;
            (rest, Some(key))
        }
        _ => {
            let (rest, name) = identifier(rest, "the name of a property, or `*`")?;
            (rest, Some(cx.expr(ExprKind::Name, name)))
        }
    };
    let (rest, _) = token(K::Colon, "`:` after the name of the property")(rest)?;
    let (rest, ty) = ty(rest)?;
    Ok((rest, TypeMember { decorators, key, additional, ty }))
}

/// `tuple_item = decorators , [ "|" ] , union`
fn tuple_item(input: Input<'_>) -> Parsed<'_, TypeMember> {
    let (rest, decorators) = decorators(input)?;
    let (rest, ty) = union(if rest.kind() == K::Pipe { rest.advance() } else { rest })?;
    Ok((rest, TypeMember { decorators, key: None, additional: false, ty }))
}
