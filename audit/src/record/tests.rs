//! Fields stand in their class, and nothing makes a record too large.
use std::path::PathBuf;

use super::*;
use crate::{BootFacts, EntityRef, sample};

fn origin() -> Origin {
    Origin::new(&Options::new(
        PathBuf::new(),
        "n1".into(),
        BootFacts::default(),
        || 7,
    ))
    .unwrap()
}

fn read(record: &Record) -> Value {
    let value: Value = serde_json::from_str(&record.body).unwrap();
    assert_eq!(
        canonical::text(&value),
        record.body,
        "the record is canonical"
    );
    assert!(record.body.len() <= LARGEST);
    value
}

#[test]
fn a_decision_is_complete_and_its_context_is_not_in_it() {
    let id = RecordId::new(1_000).unwrap();
    let record = origin().decision(&id, &sample::allow()).unwrap();
    let value = read(&record);
    let check = |pointer: &str, expected: Value| {
        assert_eq!(value.pointer(pointer), Some(&expected), "{pointer}");
    };
    check("/v", json!(1));
    check("/kind", json!("decision"));
    check("/principal/id", json!("local:ann"));
    check("/app/approval_seq", json!(4));
    check("/decision", json!("allow"));
    check("/secret_refs/0", json!("env:KEY"));
    check("/node", json!("n1"));
    check(
        "/ctx_commit",
        json!(record.detail.as_ref().unwrap().commitment),
    );
    assert!(!record.body.contains("private"));
    assert_eq!(field(&value, "span").unwrap().len(), 16);
    let Some(Change::Opens(open)) = Change::of(&value) else {
        unreachable!()
    };
    assert_eq!(open.id, id);
    let unknown = origin().unknown(&open).unwrap();
    assert_eq!(Change::of(&read(&unknown)), Some(Change::Closes(id)));
}

#[test]
fn a_deny_opens_nothing() {
    let id = RecordId::new(0).unwrap();
    let record = origin().decision(&id, &sample::deny()).unwrap();
    assert_eq!(Change::of(&read(&record)), Some(Change::Nothing));
}

#[test]
fn hostile_texts_stay_in_their_field_and_size() {
    let evil = "\u{1b}[2J\n=seal {\"size\":9}\u{202e}".repeat(500);
    let mut decision = sample::deny();
    decision.resource.id.clone_from(&evil);
    decision.action.clone_from(&evil);
    decision.trace.clone_from(&evil);
    decision.reasons = vec![evil.clone(); 100];
    decision.near = vec![evil.clone(); 100];
    decision.errors = vec![evil; 100];
    let record = origin()
        .decision(&RecordId::new(0).unwrap(), &decision)
        .unwrap();
    assert!(
        record
            .body
            .chars()
            .all(|c| !c.is_control() && c != '\u{202e}')
    );
    assert_eq!(
        read(&record)
            .pointer("/reasons")
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        17
    );
}

#[test]
fn an_event_sorts_its_values_and_may_not_pose_as_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let folder = crate::folder::Folder::new(dir.path());
    folder.create().unwrap();
    let key = Key::open(&folder).unwrap();
    let mut event = Event {
        kind: "auth".into(),
        time_ns: 1,
        trace: "t".into(),
        principal: EntityRef::new("User", "u"),
        target: EntityRef::new("System", "s"),
        public: Map::from_iter([("ok".to_owned(), json!(true))]),
        hmac: [("mail".to_owned(), "ann@example.org".to_owned())].into(),
        detail: json!("agent"),
    };
    let record = origin().event(&event, &key).unwrap();
    let value = read(&record);
    assert_eq!(
        value.pointer("/hmac/mail"),
        Some(&json!(key.hash("ann@example.org")))
    );
    assert!(!record.body.contains("ann@") && !record.body.contains("agent"));
    let wide = (0..16)
        .map(|n| (n.to_string(), json!("x".repeat(300))))
        .collect::<Map<_, _>>();
    let deep = (0..3).fold(json!(wide), |value, _| {
        json!([value.clone(), value.clone(), value])
    });
    event.public.insert("deep".into(), deep);
    read(&origin().event(&event, &key).unwrap());
    event.kind = "decision".into();
    assert!(matches!(
        origin().event(&event, &key),
        Err(Unwritable::Invalid(_))
    ));
}

#[test]
fn elapsed_time_never_runs_back() {
    let origin = origin();
    origin.elapsed.store(50, Ordering::Relaxed);
    assert_eq!(origin.elapsed(), 50);
}
