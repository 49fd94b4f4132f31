//! Active = approved ∩ declared, and what operators are told. The whole cycle runs in the integration tests,
//! where there is a worker binary.

use std::collections::BTreeMap;

use policy::AppPolicy;

use super::{Stored, approval, lines};
use crate::{
    store::{AppRow, ApprovalRow, VersionRow},
    wire::{Approval, Mark},
};

fn policy(id: &str) -> AppPolicy {
    AppPolicy {
        id: id.to_owned(),
        text: String::new(),
        declared: format!("ace.permission({id})"),
        source: Some("app.star:1".to_owned()),
        risk: None,
        level: 0,
        effect: audit::Effect::Read,
        regex: Vec::new(),
        account: Some(String::new()),
    }
}

fn policies(ids: &str) -> Vec<AppPolicy> {
    ids.split_whitespace().map(policy).collect()
}

fn stored(approved: Option<&str>, declared: &str) -> Stored {
    let approval = approved.map(|ids| ApprovalRow {
        app: "app_1".to_owned(),
        version: 1,
        spec_hash: "old".to_owned(),
        policies: serde_json::to_string(&policies(ids)).unwrap(),
        approved: 0,
        approved_by: "os:0".to_owned(),
        seq: 7,
    });
    Stored {
        app: AppRow {
            auth: crate::store::AppAuth::default(),
            id: "app_1".to_owned(),
            host: String::new(),
            path: "/a".to_owned(),
            source: "/src".to_owned(),
            env: crate::store::Env::Prod,
            version: 2,
            params: BTreeMap::new(),
            sets: Vec::new(),
            accounts: BTreeMap::new(),
            created: 0,
            created_by: "os:0".to_owned(),
        },
        version: VersionRow {
            app: "app_1".to_owned(),
            version: 2,
            spec_hash: "new".to_owned(),
            inspection: "{}".to_owned(),
            policies: serde_json::to_string(&policies(declared)).unwrap(),
            created: 0,
            created_by: "os:0".to_owned(),
        },
        approval,
    }
}

fn check_active(approved: Option<&str>, declared: &str, expected: Option<&str>) {
    let active = stored(approved, declared).active().unwrap();
    let ids = active.map(|active| {
        active
            .policies
            .iter()
            .map(|p| p.id.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    });
    assert_eq!(ids.as_deref(), expected, "{approved:?} {declared}");
}

#[test]
fn active_is_approved_and_declared() {
    check_active(None, "a b", None);
    check_active(Some("a b"), "a b", Some("a b"));
    check_active(Some("a"), "a b", Some("a"));
    check_active(Some("a b"), "b c", Some("b"));
    check_active(Some("a"), "", Some(""));
}

fn check_lines(approved: Option<&str>, declared: &str, expected: &str, how: Approval) {
    let lines = lines(&policies(approved.unwrap_or_default()), &policies(declared));
    let sign = |state| match state {
        Mark::New => '+',
        Mark::Same => '=',
        Mark::Gone => '-',
    };
    let shown: Vec<String> = lines
        .iter()
        .map(|line| format!("{}{}", sign(line.state), line.policy))
        .collect();
    assert_eq!(
        (
            shown.join(" ").as_str(),
            approval(approved.is_some(), &lines)
        ),
        (expected, how)
    );
}

#[test]
fn operators_see_what_is_new_same_and_gone() {
    check_lines(None, "a b", "+a +b", Approval::Waiting);
    check_lines(None, "", "", Approval::Waiting);
    check_lines(Some(""), "", "", Approval::Approved);
    check_lines(Some("a"), "b a", "+b =a", Approval::Partly);
    check_lines(Some("a b"), "b", "=b -a", Approval::Approved);
}
