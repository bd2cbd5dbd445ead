//! The statements of a parameter file.

use super::declaration::{extension, import_ct, type_decl, variable, with_object};
use super::expression::expr;
use super::input::{Input, Parsed, identifier, token};
use super::string::{string, string_complete};
use crate::syntax::ast::StatementKind;
use crate::syntax::token::TokenKind as K;

/// The words that start a statement of a parameter file.
pub(super) const KEYWORDS: &[&str] =
    &["using", "extends", "param", "var", "type", "import", "extensionConfig", "extension"];

/// `p_declaration`: by its first word.
pub(super) fn p_declaration(input: Input<'_>) -> Parsed<'_, StatementKind> {
    if input.kind() != K::Identifier {
        return input.fail("a statement");
    }
    match input.text() {
        "using" => using(input),
        "extends" => extends(input),
        "param" => p_assign(input),
        "var" => variable(input),
        "type" => type_decl(input),
        "import" => import_ct(input),
        "extensionConfig" => ext_config(input),
        "extension" => extension(input),
        _ => input.fail("a statement"),
    }
}

/// `using = "using" , ( SCOMPLETE | "none" ) , [ "with" , object ]`
fn using(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let input = input.advance();
    let (rest, path) = if input.is_word("none") {
        (input.advance(), None)
    } else if input.kind() == K::StringComplete {
        string_complete(input).map(|(rest, path)| (rest, Some(path)))?
    } else {
        return input.fail("the path of a template in quotes, or `none`");
    };
    let (rest, config) = with_object(rest)?;
    Ok((rest, StatementKind::Using { path, config }))
}

/// `extends = "extends" , string`
fn extends(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, path) = string(input.advance())?;
    Ok((rest, StatementKind::Extends(path)))
}

/// `p_assign = "param" , IDENT , "=" , expr`
fn p_assign(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of a parameter")?;
    let (rest, _) = token(K::Assignment, "`=`")(rest)?;
    let (rest, value) = expr(rest)?;
    Ok((rest, StatementKind::Assignment { name, value }))
}

/// `ext_config = "extensionConfig" , IDENT , "with" , object`
fn ext_config(input: Input<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = identifier(input.advance(), "the name of an extension")?;
    match with_object(rest)? {
        (rest, Some(config)) => Ok((rest, StatementKind::ExtensionConfig { name, config })),
        (rest, None) => rest.fail("`with` and a configuration"),
    }
}
