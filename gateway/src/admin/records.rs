//! Operations on the audit log.

use audit::{Detail, Filter, Query, Row, Shown, Verdict};
use serde_json::{Value, json};

use super::{
    Context,
    run::{Reply, reply},
};
use crate::wire::{Class, ListRecords, Problem, ReadAudit, Records, Reindexed};

/// Most records of one answer.
const MOST: usize = 100_000;

/// `audit.read`.
pub(super) async fn read(context: &Context, request: ReadAudit) -> Result<Reply, Problem> {
    match request {
        ReadAudit::List(request) => {
            let filter = filter(context, &request).await?;
            let query = context.state().gate.log().query();
            let rows = tokio::task::spawn_blocking(move || query.list(&filter)).await??;
            reply(Records {
                records: rows.into_iter().map(record).collect(),
                names: context.state().store.user_names().await?,
            })
        }
        ReadAudit::Show(request) => reply(show(context, request.record).await?),
        ReadAudit::Follow(request) => {
            filter(context, &request).await?;
            Ok(Reply::Follow(request))
        }
    }
}

async fn show(context: &Context, name: String) -> Result<Value, Problem> {
    let query = context.state().gate.log().query();
    let shown = tokio::task::spawn_blocking(move || named(&query, &name)).await??;
    Ok(document(shown))
}

/// A record with everything that belongs to it, as `audit show` answers it.
pub(crate) fn document(shown: Shown) -> Value {
    let (state, detail) = match shown.detail {
        Detail::None => ("none", Value::Null),
        Detail::Opened(detail) => ("opened", detail),
        Detail::Erased => ("erased", Value::Null),
        Detail::Forged => ("forged", Value::Null),
    };
    let children: Vec<Value> = shown.children.into_iter().map(record).collect();
    json!({
        "seq": shown.seq, "record": shown.record, "outcome": shown.outcome,
        "detail_state": state, "detail": detail, "children": children,
    })
}

/// `audit.verify`.
pub(super) async fn verify(context: &Context) -> Result<audit::Report, Problem> {
    let dir = context.state().home.join(&context.state().config.audit.dir);
    let report = tokio::task::spawn_blocking(move || audit::verify(&dir)).await?;
    report.map_err(|error| Problem::new(Class::Failed, super::problem::chain(&error)))
}

/// `audit.reindex`.
pub(super) async fn reindex(context: &Context) -> Result<Reindexed, Problem> {
    let query = context.state().gate.log().query();
    let records = tokio::task::spawn_blocking(move || query.reindex()).await??;
    Ok(Reindexed { records })
}

/// The record of this position or id. Blocks.
pub(crate) fn named(query: &Query, name: &str) -> Result<Shown, Problem> {
    let seq = match name.parse() {
        Ok(seq) => Some(seq),
        Err(_) => query.find(name)?,
    };
    let shown = seq.map(|seq| query.show(seq)).transpose()?.flatten();
    shown.ok_or_else(|| Problem::new(Class::NotFound, format!("no audit record `{name}`")))
}

/// The record with its position in it, and how it ended.
pub(crate) fn record(row: Row) -> Value {
    match row.record {
        Value::Object(mut fields) => {
            fields.insert("seq".to_owned(), row.seq.into());
            if let Some(outcome) = row.outcome {
                fields.insert("outcome".to_owned(), outcome.into());
            }
            Value::Object(fields)
        }
        other => other,
    }
}

/// The filter a request means: names become ids.
pub(super) async fn filter(context: &Context, request: &ListRecords) -> Result<Filter, Problem> {
    let user = match &request.user {
        Some(name) if !name.contains(':') => {
            let user = context.state().store.user_by_name(name).await?;
            Some(user.map_or_else(|| name.clone(), |user| user.id))
        }
        other => other.clone(),
    };
    known(request, user)
}

/// The same with the person's id already known.
pub(crate) fn known(request: &ListRecords, user: Option<String>) -> Result<Filter, Problem> {
    let decision = match request.decision.as_deref() {
        None => None,
        Some("allow") => Some(Verdict::Allow),
        Some("deny") => Some(Verdict::Deny),
        Some(other) => {
            return Err(Problem::new(
                Class::Invalid,
                format!("`{other}` is not a decision; use `allow` or `deny`"),
            ));
        }
    };
    Ok(Filter {
        since: request.since,
        until: request.until,
        user,
        app: request.app.clone(),
        action: request.action.clone(),
        decision,
        limit: request.limit.unwrap_or_default().min(MOST),
        from_seq: None,
    })
}
