//! Each call asks one action and each action is asked by a call, both ways and without exemptions.

use std::collections::BTreeSet;

use policy::{Action, SCHEMA, functions};

use crate::samples::samples;

fn schema_actions() -> BTreeSet<String> {
    let (schema, warnings) =
        cedar_policy::Schema::from_cedarschema_str(SCHEMA).expect("the schema");
    assert_eq!(warnings.count(), 0);
    let asked = |action: &&cedar_policy::EntityUid| {
        schema
            .principals_for_action(action)
            .is_some_and(|mut principals| principals.next().is_some())
    };
    schema
        .actions()
        .filter(asked)
        .map(|action| action.id().unescaped().to_owned())
        .collect()
}

#[test]
fn the_schema_has_exactly_the_actions_of_the_calls() {
    let code: BTreeSet<String> = Action::ALL
        .iter()
        .map(|action| action.as_str().to_owned())
        .collect();
    assert_eq!(code, schema_actions());
}

#[test]
fn every_action_is_asked_by_a_call() {
    let asked: BTreeSet<Action> = samples().iter().map(|sample| sample.action).collect();
    assert_eq!(asked, Action::ALL.iter().copied().collect());
}

#[test]
fn every_plugin_function_asks_an_action_of_its_plugin() {
    for function in functions() {
        let plugin = function
            .action
            .as_str()
            .rsplit_once('.')
            .map(|(plugin, _)| plugin);
        assert_eq!(
            plugin,
            Some(function.plugin),
            "{}.{}",
            function.plugin,
            function.name
        );
    }
}

#[test]
fn names_of_actions_are_read_back() {
    assert!(
        Action::ALL
            .iter()
            .all(|action| Action::parse(action.as_str()) == Some(*action))
    );
    assert_eq!(Action::parse("any.admin"), None);
}
