//! The declarations of a Bicep file.

use super::collection::{for_head, object, rbody};
use super::expression::{expr, member};
use super::input::{Fail, Input, Parsed, identifier, nested, token};
use super::list::{Brackets, Place, elements, parameters};
use super::string::{string, string_complete};
use super::types::type_or_resource;
use crate::source::Span;
use crate::syntax::ast::{
    Decorator, Deployable, DeployableId, ExprId, ExprKind, ForHead, ImportItem, Imported, List, ObjectItem,
    StatementKind, TypeId,
};
use crate::syntax::token::TokenKind as K;

/// The words that start a declaration of a Bicep file.
pub(super) const KEYWORDS: &[&str] = &[
    "targetScope",
    "metadata",
    "param",
    "var",
    "type",
    "func",
    "resource",
    "module",
    "output",
    "import",
    "extension",
    "test",
    "assert",
];

/// `declaration`: by its first word.
pub(super) fn declaration(input: Input<'_>, decorators: List) -> Parsed<'_, StatementKind> {
    if input.kind() != K::Identifier {
        return input.fail("a declaration");
    }
    match input.text() {
        "targetScope" => target_scope(input),
        "metadata" => metadata(input),
        "param" => param(input),
        "var" => variable(input),
        "type" => type_decl(input),
        "func" => func(input),
        "resource" => resource(input, decorators),
        "module" => module(input, decorators),
        "output" => output(input),
        "import" => import(input),
        "extension" => extension(input),
        "test" => test(input),
        "assert" => assert(input),
        _ => input.fail("a declaration"),
    }
}

fn assignment(input: Input<'_>) -> Parsed<'_, Span> {
    token(K::Assignment, "`=`")(input)
}

fn assigned(input: Input<'_>) -> Parsed<'_, ExprId> {
    expr(assignment(input)?.0)
}

/// `decorators = { decorator }`, each with the line breaks after it.
pub(super) fn decorators(mut input: Input<'_>) -> Parsed<'_, List> {
    if input.kind() != K::At {
        return Ok((input, List::default()));
    }
    let mut found = Vec::new();
    while input.kind() == K::At {
        let (rest, one) = decorator(input)?;
        found.push(one);
        input = rest;
    }
    let mut tree = input.cx.tree();
    let start = tree.decorators.len() as u32;
    tree.decorators.extend_from_slice(&found);
    Ok((input, List { start, len: found.len() as u32 }))
}

/// `decorator = "@" , IDENT , [ args ] , { "." , IDENT , [ args ] } , NL , NLS`
pub(super) fn decorator(input: Input<'_>) -> Parsed<'_, Decorator> {
    let at = input.advance();
    if at.kind() != K::Identifier {
        return at.fail("the name of a decorator after `@`");
    }
    let (rest, value) = member(at)?;
    if rest.kind() != K::NewLine {
        return rest
            .fail_with("the end of the line after the decorator", "a decorator must be on a separate line");
    }
    let span = input.span().to(input.cx.expr_span(value));
    Ok((rest.skip_newlines(), Decorator { span, expr: value }))
}

/// `target_scope = "targetScope" , "=" , expr`
fn target_scope(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, value) = assigned(input.advance())?;
    Ok((rest, StatementKind::TargetScope(value)))
}

/// `metadata = "metadata" , IDENT , "=" , expr`
fn metadata(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "a name")?;
    let (rest, value) = assigned(rest)?;
    Ok((rest, StatementKind::Metadata { name, value }))
}

/// `param = "param" , IDENT , type_or_resource , [ "=" , expr ]`
fn param(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of a parameter")?;
    if rest.kind() == K::Assignment {
        return rest.fail_with("a type", "a parameter is declared as `param name type = default`");
    }
    let (rest, ty) = type_or_resource(rest)?;
    let (rest, default) = match rest.kind() {
        K::Assignment => expr(rest.advance()).map(|(rest, value)| (rest, Some(value)))?,
        _ => (rest, None),
    };
    Ok((rest, StatementKind::Param { name, ty: Some(ty), default }))
}

/// `variable = "var" , IDENT , [ type_or_resource ] , "=" , expr`
pub(super) fn variable(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of a variable")?;
    let (rest, ty) = match rest.kind() {
        K::Assignment => (rest, None),
        K::EndOfFile => return rest.fail("`=`"),
        K::NewLine if rest.skip_newlines().kind() != K::Pipe => return rest.fail("`=`"),
        _ => type_or_resource(rest).map(|(rest, ty)| (rest, Some(ty)))?,
    };
    let (rest, value) = assigned(rest)?;
    Ok((rest, StatementKind::Variable { name, ty, value }))
}

/// `type_decl = "type" , IDENT , "=" , type_or_resource`
pub(super) fn type_decl(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of a type")?;
    let (rest, _) = assignment(rest)?;
    let (rest, ty) = type_or_resource(rest)?;
    Ok((rest, StatementKind::TypeDeclaration { name, ty }))
}

/// `func = "func" , IDENT , "(" , parameters(fparam) , ")" , type_or_resource , "=>" , NLS , expr`
fn func(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of a function")?;
    let (rest, _) = token(K::LeftParen, "`(` and the parameters of the function")(rest)?;
    let (rest, parameters) = parameters(rest, fparam)?;
    let (rest, result) = type_or_resource(rest)?;
    let (rest, _) = token(K::Arrow, "`=>` and the value of the function")(rest)?;
    let (rest, body) = expr(rest.skip_newlines())?;
    Ok((rest, StatementKind::Function { name, parameters, result, body }))
}

/// `fparam = IDENT , type_or_resource`
fn fparam(input: Input<'_>) -> Parsed<'_, (Span, TypeId)> {
    let (rest, name) = identifier(input, "the name of a parameter")?;
    let (rest, ty) = type_or_resource(rest)?;
    Ok((rest, (name, ty)))
}

/// `output = "output" , IDENT , ( type_or_resource | "resource" ) , "=" , expr`
fn output(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of an output")?;
    let (rest, ty) = match rest.kind() {
        K::Assignment => {
            return rest.fail_with("a type", "an output is declared as `output name type = value`");
        }
        K::Identifier if rest.is_word("resource") && rest.ahead(1).kind == K::Assignment => {
            (rest.advance(), None)
        }
        _ => type_or_resource(rest).map(|(rest, ty)| (rest, Some(ty)))?,
    };
    let (rest, value) = assigned(rest)?;
    Ok((rest, StatementKind::Output { name, ty, value }))
}

/// `resource = "resource" , IDENT , string , [ "existing" ] , "=" , deployable_value(rbody)`
fn resource(input: Input<'_>, decorators: List) -> Parsed<'_, StatementKind> {
    let (rest, id) = deployable(input, decorators, None, true)?;
    Ok((rest, StatementKind::Resource(id)))
}

/// `module = "module" , IDENT , string , "=" , deployable_value(object)`
fn module(input: Input<'_>, decorators: List) -> Parsed<'_, StatementKind> {
    let (rest, id) = deployable(input, decorators, None, false)?;
    Ok((rest, StatementKind::Module(id)))
}

/// `nested_resource = decorators , resource`: in the body of another.
pub(super) fn nested_resource(input: Input<'_>, outer: DeployableId) -> Parsed<'_, ObjectItem> {
    let (rest, decorators) = decorators(input)?;
    if !rest.is_word("resource") {
        return rest.fail("a nested resource after the decorator");
    }
    if rest.is_statement_start(Place::Body) {
        // The body is taken to end before the statement, which is read without its decorators.
        return input.fail("the end of the line before the decorator of a statement");
    }
    let (rest, id) = nested(rest, |rest| deployable(rest, decorators, Some(outer), true))?;
    Ok((rest, ObjectItem::Resource(id)))
}

fn deployable(
    input: Input<'_>,
    decorators: List,
    outer: Option<DeployableId>,
    is_resource: bool,
) -> Parsed<'_, DeployableId> {
    let cx = input.cx;
    let keyword = input.span();
    let (rest, name) = identifier(input.advance(), "a symbolic name")?;
    let (rest, target) = match rest.kind() {
        K::StringComplete | K::StringLeftPiece => string(rest)?,
        _ if is_resource => rest.fail("the type of the resource in quotes")?,
        _ => rest.fail("the path of the module in quotes")?,
    };
    let existing = (is_resource && rest.is_word("existing")).then(|| rest.span());
    let rest = if existing.is_some() { rest.advance() } else { rest };
    let (rest, _) = assignment(rest)?;
    // The declaration is entered before its body, so that nested ones follow it.
    let body = ExprId(0);
    let declared = Deployable {
        span: keyword,
        decorators,
        name,
        target,
        existing,
        copy: None,
        condition: None,
        body,
        outer,
    };
    let id = {
        let mut tree = cx.tree();
        tree.deployables.push(declared);
        DeployableId(tree.deployables.len() as u32 - 1)
    };
    let parsed = if is_resource {
        deployable_value(rest, |input| rbody(input, id))
    } else {
        deployable_value(rest, object)
    };
    let (rest, value) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Keep the name and target, so that references to it still resolve.
            if let nom::Err::Error(fail) = error {
                let body = cx.expr(ExprKind::Error, Span::empty(fail.found.span.start));
                let declared = &mut cx.tree().deployables[id.0 as usize];
                declared.span.end = fail.found.span.start;
                declared.body = body;
                cx.rescued.set(Some(id));
            }
            return Err(error);
        }
    };
    let mut tree = cx.tree();
    let end = tree.exprs[value.body.0 as usize].span.end.max(value.end);
    let declared = &mut tree.deployables[id.0 as usize];
    declared.span = Span::new(keyword.start, end);
    (declared.copy, declared.condition, declared.body) = (value.copy, value.condition, value.body);
    Ok((rest, id))
}

/// The value of a resource or module: the part after `=`.
struct DeployableValue {
    copy: Option<ForHead>,
    condition: Option<ExprId>,
    body: ExprId,
    end: u32,
}

/// Parses the body of one deployable, a resource or a module.
trait Body<'s>: Fn(Input<'s>) -> Parsed<'s, ExprId> {}

impl<'s, F: Fn(Input<'s>) -> Parsed<'s, ExprId>> Body<'s> for F {}

/// `deployable_value = body | NLS , "if" , paren_expr , body | deployable_loop(body)`
fn deployable_value<'s>(input: Input<'s>, body: impl Body<'s>) -> Parsed<'s, DeployableValue> {
    let start = match input.kind() {
        K::LeftSquare => return nested(input, |input| deployable_loop(input, body)),
        K::NewLine => input.skip_newlines(),
        _ => input,
    };
    if input.kind() != K::LeftBrace && !start.is_word("if") {
        return input.fail("`{`, `[for …]` or `if (…)`");
    }
    let (rest, (condition, body)) = conditional(start, body)?;
    Ok((rest, DeployableValue { copy: None, condition, body, end: 0 }))
}

/// `deployable_loop = "[" , NLS , for_head , conditional(body) , NLS , "]"`
fn deployable_loop<'s>(input: Input<'s>, body: impl Body<'s>) -> Parsed<'s, DeployableValue> {
    let start = input.advance().skip_newlines();
    if !start.is_word("for") {
        return start.fail("`for`");
    }
    let (rest, head) = for_head(start)?;
    let (rest, (condition, body)) = conditional(rest, body)?;
    let copy = Some(head);
    let close = rest.skip_newlines();
    if close.kind() != K::RightSquare {
        close.report(&Fail { found: close.token(), expected: "`]` at the end of the loop", help: None });
        return Ok((rest, DeployableValue { copy, condition, body, end: 0 }));
    }
    Ok((close.advance(), DeployableValue { copy, condition, body, end: close.span().end }))
}

/// `conditional = [ "if" , paren_expr ] , body`
fn conditional<'s>(input: Input<'s>, body: impl Body<'s>) -> Parsed<'s, (Option<ExprId>, ExprId)> {
    let (rest, condition) = if input.is_word("if") {
        paren_expr(input.advance()).map(|(rest, condition)| (rest, Some(condition)))?
    } else {
        (input, None)
    };
    let (rest, body) = body(rest)?;
    Ok((rest, (condition, body)))
}

/// `paren_expr = "(" , NLS , expr , NLS , ")"`; returns the inner expression.
fn paren_expr(input: Input<'_>) -> Parsed<'_, ExprId> {
    let (rest, _) = token(K::LeftParen, "`(` and a condition after `if`")(input)?;
    let (rest, inner) = expr(rest.skip_newlines())?;
    let (rest, _) = token(K::RightParen, "`)` after the condition")(rest.skip_newlines())?;
    Ok((rest, inner))
}

/// `test = "test" , IDENT , string , "=" , object`
fn test(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of a test")?;
    let (rest, path) = string(rest)?;
    let (rest, _) = assignment(rest)?;
    let (rest, value) = object(rest)?;
    Ok((rest, StatementKind::Test { name, path, value }))
}

/// `assert = "assert" , IDENT , "=" , expr`
fn assert(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of an assertion")?;
    let (rest, value) = assigned(rest)?;
    Ok((rest, StatementKind::Assert { name, value }))
}

/// `import = "import" , ( import_list | "*" , "as" , IDENT ) , "from" , string | "import" , ext_rest`
fn import(input: Input<'_>) -> Parsed<'_, StatementKind> {
    match input.ahead(1).kind {
        K::LeftBrace | K::Asterisk => import_ct(input),
        K::StringComplete | K::StringLeftPiece => ext_rest(input.advance()),
        _ => input.advance().fail("`{ … }` or `*` after `import`"),
    }
}

/// `import_ct = "import" , ( import_list | "*" , "as" , IDENT ) , "from" , string`
pub(super) fn import_ct(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let input = input.advance();
    let (rest, what) = match input.kind() {
        K::Asterisk => {
            let (rest, ()) = word(input.advance(), "as", "`as` and an alias after `*`")?;
            let (rest, alias) = identifier(rest, "an alias")?;
            (rest, Imported::All { alias })
        }
        K::LeftBrace => {
            let mut items = Vec::new();
            let brackets = Brackets { close: K::RightBrace, place: Place::Imports };
            let item = |input| {
                let (rest, item) = import_item(input)?;
                items.push(item);
                Ok((rest, ()))
            };
            let (rest, _) = elements(input.advance(), input.span(), brackets, item, |_, _| {})?;
            (rest, Imported::Items(items))
        }
        _ => return input.fail("`{ … }` or `*` after `import`"),
    };
    let (rest, ()) = word(rest, "from", "`from` and a path")?;
    let (rest, from) = string(rest)?;
    Ok((rest, StatementKind::Import { what, from }))
}

fn word<'s>(input: Input<'s>, word: &str, expected: &'static str) -> Parsed<'s, ()> {
    if input.is_word(word) { Ok((input.advance(), ())) } else { input.fail(expected) }
}

/// `import_item = IDENT , [ "as" , IDENT ] | SCOMPLETE , "as" , IDENT`
fn import_item(input: Input<'_>) -> Parsed<'_, ImportItem> {
    if input.kind() == K::StringComplete {
        let span = input.span();
        let (rest, _) = string_complete(input)?;
        let (rest, ()) = word(rest, "as", "`as` and an alias after a quoted name")?;
        let (rest, alias) = identifier(rest, "an alias")?;
        return Ok((rest, ImportItem { name: Span::new(span.start + 1, span.end - 1), alias: Some(alias) }));
    }
    let (rest, name) = identifier(input, "the name of an exported symbol")?;
    if !rest.is_word("as") {
        return Ok((rest, ImportItem { name, alias: None }));
    }
    let (rest, alias) = identifier(rest.advance(), "an alias")?;
    Ok((rest, ImportItem { name, alias: Some(alias) }))
}

/// `extension = "extension" , ext_rest`
pub(super) fn extension(input: Input<'_>) -> Parsed<'_, StatementKind> {
    ext_rest(input.advance())
}

/// `ext_rest = ( IDENT | string ) , [ "with" , object ] , [ "as" , IDENT ]`
fn ext_rest(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let cx = input.cx;
    let (rest, specification) = match input.kind() {
        K::StringComplete | K::StringLeftPiece => string(input)?,
        _ => {
            let (rest, name) = identifier(input, "the name of an extension")?;
            (rest, cx.expr(ExprKind::Name, name))
        }
    };
    let (rest, config) = with_object(rest)?;
    let (rest, alias) = if rest.is_word("as") {
        identifier(rest.advance(), "an alias").map(|(rest, alias)| (rest, Some(alias)))?
    } else {
        (rest, None)
    };
    Ok((rest, StatementKind::Extension { specification, config, alias }))
}

/// `with_object = "with" , object`, if present.
pub(super) fn with_object(input: Input<'_>) -> Parsed<'_, Option<ExprId>> {
    if !input.is_word("with") {
        return Ok((input, None));
    }
    let (rest, config) = object(input.advance())?;
    Ok((rest, Some(config)))
}
