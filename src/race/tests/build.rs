//! [`Builder::callee`](crate::race::build::Builder::callee) and `root`: the effects of a template's own resources, and the pairs of
//! effects on one object.

use super::{assert_rows, effects, potentials, shown, with_main};
use crate::limit::Limit;

/// The effects of `main.bicep` that entries give.
fn effects_of(text: &str) -> Vec<String> {
    with_main(text, |analysis, root| {
        let summary = analysis.summary(root);
        effects(analysis, root, false).into_iter().map(|id| shown(analysis, summary, id)).collect()
    })
}

fn assert_effects(rows: &[(&str, &[&str])]) {
    assert_rows(rows.iter().map(|&(text, expected)| {
        (text, effects_of(text), expected.iter().map(|&line| line.to_owned()).collect::<Vec<String>>())
    }));
}

#[test]
fn a_resource_has_the_effects_of_its_type() {
    assert_effects(&[
        ("resource a 'T.Any/any@1' = { name: 'a' }", &[]),
        ("resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id } }", &["a put 'box'"]),
        ("resource a 't.box/PUTS@1' = { name: 'a', properties: { box: box.id } }", &["a put 'box'"]),
        ("resource a 'T.Box/puts@1' existing = { name: 'a' }", &[]),
        ("resource a 'T.Box/puts@1' = { name: 'a' }", &[]),
        ("resource a 'T.Box/puts@1' = if (false) { name: 'a', properties: { box: box.id } }", &[]),
        (
            "resource a 'T.Box/puts@1' = if (on) { name: 'a', properties: { box: box.id } }",
            &["a put 'box' when on"],
        ),
        ("resource a 'T.Box/boxes/items@1' = { parent: box, name: 'a' }", &["a item 'box'"]),
    ]);
}

#[test]
fn an_object_that_may_be_one_of_several_gives_an_effect_for_each() {
    assert_effects(&[
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: on ? box.id : crate.id } }",
            &["a put 'box' when on", "a put 'crate' when !on"],
        ),
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: on ? box.id : null } }",
            &["a put 'box' when on"],
        ),
        (
            "resource a 'T.Box/puts@1' = if (off) { name: 'a', properties: { box: on ? box.id : crate.id } }",
            &["a put 'box' when off && on", "a put 'crate' when off && !on"],
        ),
        (
            "resource a 'T.Box/many@1' = { name: 'a', properties: { boxes: [{ id: box.id }, { id: crate.id }] } }",
            &["a many 'box'", "a many 'crate'"],
        ),
        (
            "resource a 'T.Box/many@1' = { name: 'a', properties: { boxes: [{ id: box.id }, { id: on ? crate.id : null }] } }",
            &["a many 'box'", "a many 'crate' when on"],
        ),
    ]);
}

#[test]
fn instances_of_a_loop_are_told_apart_where_it_matters() {
    assert_effects(&[
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 2): { name: 'a${i}', properties: { box: box.id } }]",
            &["a put[every] 'box'"],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, n): { name: 'a${i}', properties: { box: box.id } }]",
            &["a put[every] 'box'"],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 0): { name: 'a${i}', properties: { box: box.id } }]",
            &[],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 2): { name: 'a${i}', properties: { box: resourceId('T.Box/boxes', 'b${i}') } }]",
            &["a put[0] 'b0'", "a put[1] 'b1'"],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, n): { name: 'a${i}', properties: { box: resourceId('T.Box/boxes', 'b${i}') } }]",
            &["a put[each] 'b${i}'"],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, 2): if (i == 1) { name: 'a${i}', properties: { box: box.id } }]",
            &["a put[1] 'box'"],
        ),
        (
            "resource a 'T.Box/puts@1' = [for i in range(0, on ? 2 : 1): if (i != 7) { name: 'a${i}', properties: { box: box.id } }]",
            &["a put[0] 'box'", "a put[1] 'box' when on"],
        ),
    ]);
}

#[test]
fn conditions_of_a_writer_count_as_the_entry_says() {
    assert_effects(&[
        (
            "resource a 'T.When/maybe@1' = { name: 'a', properties: { box: box.id, mode: 'fast' } }",
            &["a when 'box'"],
        ),
        ("resource a 'T.When/maybe@1' = { name: 'a', properties: { box: box.id, mode: 'slow' } }", &[]),
        ("resource a 'T.When/maybe@1' = { name: 'a', properties: { box: box.id } }", &[]),
        // What is not known may hold …
        (
            "resource a 'T.When/maybe@1' = { name: 'a', properties: { box: box.id, mode: text } }",
            &["a when 'box' when text == 'fast'"],
        ),
        (
            "resource a 'T.When/sure@1' = { name: 'a', properties: { box: box.id, mode: 'fast' } }",
            &["a sure 'box'"],
        ),
        ("resource a 'T.When/sure@1' = { name: 'a', properties: { box: box.id, mode: 'slow' } }", &[]),
        // … unless it must be known to hold, as for `certain-when` and for whoever rewrites a list.
        (
            "resource a 'T.When/sure@1' = { name: 'a', properties: { box: box.id, mode: text } }",
            &["a sure 'box' when surely(text == 'fast')"],
        ),
        ("resource a 'T.List/lists@1' = { name: 'a', properties: { items: [] } }", &["a whole 'a'"]),
        ("resource a 'T.List/lists@1' = { name: 'a', properties: {} }", &[]),
        (
            "param unset array?
             resource a 'T.List/lists@1' = { name: 'a', properties: { items: unset } }",
            &["a whole 'a' when surely(null != unset)"],
        ),
    ]);
}

#[test]
fn declarations_are_effects_too() {
    let declared = |text: &str| {
        with_main(text, |analysis, root| {
            let summary = analysis.summary(root);
            effects(analysis, root, true)
                .into_iter()
                .map(|id| shown(analysis, summary, id))
                .collect::<Vec<_>>()
        })
    };
    let rows: [(&str, &[&str]); 5] = [
        ("resource a 'T.Any/any@1' = { name: 'A' }", &["a declares 'a'"]),
        // Only what Azure deploys.
        ("extension kubernetes\nresource a 'core/Namespace@v1' = { metadata: { name: 'a' } }", &[]),
        ("resource a 'T.Any/any@1' = if (on) { name: 'a' }", &["a declares 'a' when on"]),
        ("resource a 'T.Any/any@1' existing = { name: 'a' }", &[]),
        (
            "resource a 'T.Any/any@1' = [for i in range(0, 2): { name: 'a${i}' }]",
            &["a declares[0] 'a0'", "a declares[1] 'a1'"],
        ),
    ];
    assert_rows(rows.map(|(text, expected)| {
        (text, declared(text), expected.iter().map(|&line| line.to_owned()).collect())
    }));
}

#[test]
fn only_effects_of_one_entry_on_one_object_are_pairs() {
    let found = |text: &str| with_main(text, |analysis, root| potentials(analysis, root, false));
    let rows: [(&str, &[&str]); 5] = [
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: box.id } }
             resource c 'T.Box/puts@1' = { name: 'c', properties: { box: crate.id } }",
            &["a b Unordered"],
        ),
        // Another writer of the same entry, and of another one.
        (
            "resource a 'T.Box/puts@1' = { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/boxes/items@1' = { parent: box, name: 'b' }
             resource c 'T.When/maybe@1' = { name: 'c', properties: { box: box.id, mode: 'fast' } }",
            &["a b Unordered"],
        ),
        (
            "resource a 'T.Box/puts@1' = if (on) { name: 'a', properties: { box: box.id } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: off ? box.id : crate.id } }",
            &["a b Unordered when on && off"],
        ),
        (
            "resource a 'T.Any/any@1' = if (on) { name: 'same' }
             resource b 'T.Any/any@1' = { name: 'Same' }",
            &["a b Unordered when on"],
        ),
        // The alternatives of one pair are one potential.
        (
            "resource a 'T.Box/many@1' = { name: 'a', properties: { boxes: [{ id: box.id }, { id: crate.id }] } }
             resource b 'T.Box/puts@1' = { name: 'b', properties: { box: on ? box.id : crate.id } }",
            &["a b Unordered when !on", "a b Unordered when on"],
        ),
    ];
    assert_rows(
        rows.map(|(text, expected)| {
            (text, found(text), expected.iter().map(|&line| line.to_owned()).collect())
        }),
    );
}

#[test]
fn a_nested_deployment_with_the_name_of_its_own_is_contained() {
    let files = |name: &str| {
        let main = format!("module a 'm.bicep' = {{ name: {name} }}");
        super::with(
            &[("main.bicep", &main), ("m.bicep", "param p string = ''")],
            super::PARAMETERS,
            |analysis, root| potentials(analysis, root, true),
        )
    };
    let rows: [(&str, &[&str]); 3] = [
        ("deployment().name", &["a a Contained"]),
        ("'inner'", &["a a Contained when surely(deployment().name == 'inner')"]),
        ("'${deployment().name}-inner'", &[]),
    ];
    assert_rows(
        rows.map(|(name, expected)| {
            (name, files(name), expected.iter().map(|&line| line.to_owned()).collect())
        }),
    );
    // Another resource may have any name.
    let other = "resource a 'T.Any/any@1' = { name: deployment().name }";
    let found = with_main(other, |analysis, root| potentials(analysis, root, true));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn conditions_of_a_pair_beyond_the_limit_are_recorded() {
    use crate::race::build::combine;
    use crate::race::effect::EffectId;
    use crate::race::pair::Fault;
    use crate::race::summary::{Hazards, Potential};
    with_main("var nothing = 1", |analysis, root| {
        let most = Limit::PairConditions.number() as i64;
        for (count, is_recorded) in [(most, false), (most + 1, true)] {
            let terms = analysis.evaluator.terms();
            let number = terms.opaque();
            let mut hazards = Hazards::default();
            for at in 0..count {
                let at = terms.int(at);
                let formula = terms.equal(number, at);
                let (first, second) = (EffectId(0), EffectId(1));
                let potential = Potential { at: root, first, second, fault: Fault::Unordered, formula };
                // The same condition again counts once.
                hazards.potentials.extend([potential.clone(), potential]);
            }
            combine(&mut analysis.evaluator, &mut hazards);
            assert_eq!(hazards.potentials.len(), 1);
            assert_eq!(!hazards.limits.is_empty(), is_recorded, "{count}");
        }
        // A pair that meets in any case needs no more conditions.
        let terms = analysis.evaluator.terms();
        let number = terms.opaque();
        let mut hazards = Hazards::default();
        for at in -1..=most {
            let is_it = terms.int(at.max(0));
            let is_it = terms.equal(number, is_it);
            let formula = if at < 0 { terms.not(is_it) } else { is_it };
            let (first, second) = (EffectId(0), EffectId(1));
            hazards.potentials.push(Potential { at: root, first, second, fault: Fault::Unordered, formula });
        }
        combine(&mut analysis.evaluator, &mut hazards);
        assert!(analysis.evaluator.known_terms().is_true(hazards.potentials[0].formula));
        assert!(hazards.limits.is_empty());
    });
}
