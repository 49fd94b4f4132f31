//! `store.in`: documents of the app. Each call is judged by what it does to which table before the
//! database hears of it; the batches of a result are read under the permit of the call that asked.
//!
//! Which database it is stands in the operator's settings. Documents belong to the app: two apps never
//! share a table, whatever database they share.

mod ask;
mod open;
mod places;

use std::time::Instant;

use audit::Outcome;
use policy::{Bound, PluginCall, Target};
use store::{By, Problem};

use super::errand::{Errand, Stop};
use super::message::{self, CallAnswer};
use ask::Ask;
use open::{Kept, Remaining};

pub use places::Places;

/// What was done, until the record of it is durable.
enum Done {
    Answer(CallAnswer),
    Rows(store::Cursor, store::Batch),
}

/// Runs one call.
pub async fn run(errand: &Errand<'_>, bound: Bound) -> Result<CallAnswer, Stop> {
    let ask = Ask::new(&bound, errand.tokens).map_err(|problem| errand.malformed(&problem))?;
    let asked = ask.table().unwrap_or("the store of the app").to_owned();
    let call = PluginCall {
        target: Target::Store {
            op: ask.op(),
            app: errand.acting.instance.app.clone(),
            table: ask.table().map(str::to_owned),
        },
        account: errand.account.to_owned(),
        subjects: super::argument::subjects(&bound, errand.tokens),
        cargo: ask,
    };
    let (call, open) = errand.admit(call, &asked).await?.spend();
    let started = Instant::now();
    let done = perform(errand, call).await;
    let failed = done.as_ref().err().map(Problem::code);
    let closed = errand.close(open, Outcome::of(failed, started.elapsed()));
    closed.await?;
    match done {
        Ok(Done::Answer(answer)) => Ok(answer),
        Ok(Done::Rows(cursor, batch)) => rows(errand, cursor, batch),
        Err(problem) => Err(Stop::Failed(errand.tokens.show(&problem.to_string()))),
    }
}

/// Does what was judged.
async fn perform(errand: &Errand<'_>, call: PluginCall<Ask>) -> Result<Done, Problem> {
    let kept = Kept::of(errand).await?;
    let session = kept.session();
    let user = person(errand);
    let by = By {
        user: &user,
        now: (errand.plugins.premises.now)().as_millisecond(),
    };
    let answer = match call.cargo {
        Ask::Begin => session.begin(by).await.map(|()| true.into()),
        Ask::Commit => session.commit(by).await.map(|()| true.into()),
        Ask::Rollback => session.rollback().await.map(|()| true.into()),
        Ask::Insert(table, entry) => session.insert(&table, entry, by).await.map(Into::into),
        Ask::Update(table, entry) => session.update(&table, entry, by).await.map(Into::into),
        Ask::Count(table, filter) => session.count(&table, &filter, by).await.map(Into::into),
        Ask::DeleteById(table, id) => session.delete_by_id(&table, id, by).await.map(Into::into),
        Ask::Delete(table, filter) => session.delete(&table, &filter, by).await.map(Into::into),
        Ask::SelectById(table, id) => {
            let found = session.select_by_id(&table, id, by).await?;
            return Ok(Done::Answer(CallAnswer::Document(document(found))));
        }
        Ask::SelectOne(table, filter) => {
            let found = session.select_one(&table, &filter, by).await?;
            return Ok(Done::Answer(CallAnswer::Document(document(found))));
        }
        Ask::Select(table, query) => {
            let mut cursor = session.select(&table, &query, by).await?;
            let batch = cursor.next().await?;
            return Ok(Done::Rows(cursor, batch));
        }
    };
    answer.map(CallAnswer::Ok).map(Done::Answer)
}

/// The first rows, and a cursor for those that remain.
fn rows(
    errand: &Errand<'_>,
    cursor: store::Cursor,
    batch: store::Batch,
) -> Result<CallAnswer, Stop> {
    let prefix = format!("{}:rows_cursor", errand.loaded);
    let remaining = Box::new(Remaining(cursor));
    let (cursor, name) = (errand.session.cursor(&prefix, remaining)).map_err(Stop::Failed)?;
    if !batch.more {
        errand.session.close(cursor);
    }
    Ok(CallAnswer::Cursor {
        cursor,
        name,
        rows: batch.documents.into_iter().map(document).collect(),
        more: batch.more,
    })
}

/// The user whose request it is; the app itself where there is none.
fn person(errand: &Errand<'_>) -> String {
    let person = errand.acting.on_behalf_of.as_ref();
    person.map_or_else(
        || errand.acting.instance.id.to_string(),
        |person| person.id.to_string(),
    )
}

fn document(found: store::Document) -> message::Document {
    message::Document {
        kind: found.kind,
        fields: found.fields,
    }
}

#[cfg(test)]
mod tests;
