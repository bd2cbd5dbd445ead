//! The form of entries: what is read, and what is a mistake.

use super::*;

/// The mistakes of an entry: the text at each mistake, and the message.
fn mistakes(body: &str) -> Vec<(String, String)> {
    let text = format!("[[entry]]\nid = 'x'\ntitle = 'X'\nobject-type = 'A.B/c'\nwhy = 'write it'\n{body}");
    let found = entries_of(&text, "test", Author::User).expect_err("it has mistakes");
    found.into_iter().map(|mistake| (text[mistake.span].to_owned(), mistake.message)).collect()
}

fn writer(lines: &str) -> String {
    format!("level = 'error'\n[[entry.writer]]\nrole = 'a'\nlabel = 'an a'\n{lines}")
}

#[test]
fn an_unknown_level_is_reported_at_its_place() {
    let found = mistakes("level = 'fatal'\n");
    assert_eq!(found[0], ("'fatal'".to_owned(), "a level is one of error, warning, note, off".to_owned()));
}

#[test]
fn an_unknown_field_is_a_mistake() {
    let found = mistakes("level = 'off'\nlabels = 'x'\n");
    assert_eq!(found[0].0, "labels");
}

#[test]
fn a_conflict_names_existing_roles() {
    let found = mistakes("level = 'off'\nconflicts = ['a + b']\n");
    assert_eq!(found[0], ("'a + b'".to_owned(), "no writer has the role `a`".to_owned()));
}

#[test]
fn paths_types_and_conditions_are_checked() {
    let found = mistakes(&writer("types = ['c']\nobjects = ['a..b']\nwhen = ['x == y', 'p = q']\n"));
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["'c'", "'a..b'", "'x == y'", "'p = q'"]);
}

#[test]
fn a_path_tells_how_many_levels_up_the_object_is() {
    let text = format!(
        "[[entry]]\nid = 'x'\ntitle = 'X'\nobject-type = 'A.B/c'\nwhy = 'write it'\n{}",
        writer(
            "types = ['A.B/c']\nobjects = ['parent', 'parent/..', 'a.b[*].id/..', 'scope']\nwhen = ['!p', \"n == 'V'\"]\n"
        )
    );
    let entry = entries_of(&text, "test", Author::User).unwrap().remove(0);
    let up: Vec<u8> = entry.writers[0].objects.iter().map(|object| object.up).collect();
    assert_eq!(up, [1, 2, 1, 0]);
    let every = ObjectSource::Body(
        vec![Step::Member("a".into()), Step::Member("b".into()), Step::Every, Step::Member("id".into())]
            .into(),
    );
    assert_eq!(entry.writers[0].objects[2].from, every);
    let tests: Vec<&Test> = entry.writers[0].when.iter().map(|condition| &condition.test).collect();
    assert_eq!(tests, [&Test::Absent, &Test::Equals("V".into())]);
}

#[test]
fn an_object_may_be_named_by_a_property() {
    let of = |objects: &str| {
        let writer = writer(&format!("types = ['A.B/c']\nobjects = ['{objects}']\n"));
        format!("[[entry]]\nid = 'x'\ntitle = 'X'\nobject-type = 'A.B/c'\nwhy = 'write it'\n{writer}")
    };
    let from = |objects: &str| {
        let entry = entries_of(&of(objects), "test", Author::User).unwrap().remove(0);
        entry.writers[0].objects[0].from.clone()
    };
    let path: Vec<Step> = ["p", "n"].map(|name| Step::Member(name.into())).to_vec();
    let below = |before: &str, after: &str| ObjectSource::Below {
        ty: "values".into(),
        path: path.clone().into(),
        before: before.to_owned().into(),
        after: after.to_owned().into(),
    };
    assert_eq!(from("parent/values/{p.n}"), below("", ""));
    assert_eq!(from("parent/values/{{{p.n}}}"), below("{{", "}}"));
    for wrong in ["parent/values", "parent/values/p.n", "parent//{p}", "parent/values/{p..n}"] {
        assert_eq!(
            mistakes(&writer(&format!("types = ['A.B/c']\nobjects = ['{wrong}']\n"))).len(),
            1,
            "{wrong}"
        );
    }
}

#[test]
fn elements_belong_to_one_list_and_need_a_comparison() {
    let found = mistakes(&writer("types = ['A.B/c']\nobjects = ['self']\nelements = 'a.b'\n"));
    let alone = "an entry with `elements` needs `alike`, the properties that make two elements equal";
    assert_eq!(found[0].1, "elements are `self` or those of one list: `a.b[*]`");
    assert_eq!(found[1], ("'a.b'".to_owned(), alone.to_owned()));
    let found = mistakes("level = 'off'\nalike = ['name']\n");
    assert_eq!(found[0].0, "'name'");
    let found = mistakes(&format!(
        "alike = ['a.b']\n{}",
        writer("types = ['A.B/c']\nobjects = ['self']\nelements = 'a[*].b[*]'\n")
    ));
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["'a[*].b[*]'", "'a.b'"]);
}

#[test]
fn a_writer_says_which_list_it_replaces_or_adds_to() {
    let text = format!(
        "[[entry]]\nid = 'x'\ntitle = 'X'\nobject-type = 'A.B/c'\nwhy = 'write it'\nalike = ['name']\n{}\
         [[entry.writer]]\nrole = 'b'\nlabel = 'a b'\ntypes = ['A.B/c/d']\nobjects = ['parent']\nelements = 'self'\n",
        writer("types = ['A.B/c']\nobjects = ['self']\naccess = 'replace'\nelements = 'p.list[*]'\n")
    );
    let entry = entries_of(&text, "test", Author::User).unwrap().remove(0);
    let list = vec![Step::Member("p".into()), Step::Member("list".into())];
    assert_eq!(entry.writers[0].elements, Some(Elements::List(list.into())));
    assert_eq!(entry.writers[1].elements, Some(Elements::Body));
    assert_eq!(entry.alike, [Str::from("name")].as_slice());
}

#[test]
fn built_in_entries_need_evidence() {
    let text = format!(
        "[[entry]]\nid = 'x'\ntitle = 'X'\nobject-type = 'A.B/c'\nwhy = 'write it'\ncertainty = 'likely'\n{}",
        writer("types = ['A.B/c']\nobjects = ['self']\n")
    );
    assert!(entries_of(&text, "test", Author::User).is_ok());
    let found = entries_of(&text, "test", Author::BuiltIn).unwrap_err();
    assert_eq!(found[0].message, "an entry with a level has evidence");
}
