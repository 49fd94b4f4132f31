//! Transactions: all or nothing, one at a time, and nothing is lost between two writers.

use std::sync::Arc;

use serde_json::json;
use store::{By, Problem};

use crate::bench::{BY, Backend, Bench, each, note};

async fn count(bench: &Bench) -> i64 {
    bench.session().count("note", &json!({}), BY).await.unwrap()
}

#[test]
fn all_or_nothing() {
    each(async |bench| {
        let session = bench.session();
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        assert_eq!(
            session.count("note", &json!({}), BY).await,
            Ok(1),
            "its own work is seen"
        );
        session.rollback().await.unwrap();
        assert_eq!(count(&bench).await, 0);
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        session.commit(BY).await.unwrap();
        assert_eq!(count(&bench).await, 1);
        session.begin(BY).await.unwrap();
        session.delete("note", &json!({}), BY).await.unwrap();
        session.end().await;
        assert_eq!(
            count(&bench).await,
            1,
            "what is not committed at the end is undone"
        );
    });
}

#[test]
fn one_at_a_time() {
    each(async |bench| {
        let session = bench.session();
        let text = |done: Result<(), Problem>| done.unwrap_err().to_string();
        assert_eq!(text(session.commit(BY).await), "no transaction to commit");
        assert_eq!(text(session.rollback().await), "no transaction to rollback");
        session.begin(BY).await.unwrap();
        assert_eq!(text(session.begin(BY).await), "transaction already active");
        session.commit(BY).await.unwrap();
        session.begin(BY).await.unwrap();
        session.rollback().await.unwrap();
        assert_eq!(text(session.rollback().await), "no transaction to rollback");
    });
}

#[test]
fn a_failed_statement_is_undone_alone() {
    each(async |bench| {
        let session = bench.session();
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        let taken = session
            .insert("note", note("a", json!(2)), BY)
            .await
            .unwrap_err();
        assert!(matches!(taken, Problem::Taken(_)), "{taken}");
        session
            .insert("note", note("b", json!(2)), BY)
            .await
            .unwrap();
        session.commit(BY).await.unwrap();
        assert_eq!(count(&bench).await, 2);
    });
}

#[test]
fn a_session_that_is_dropped_undoes() {
    each(async |bench| {
        let session = bench.session();
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        drop(session);
        assert_eq!(count(&bench).await, 0);
        bench
            .session()
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
    });
}

/// Two writers add one to the same number a hundred times each, beginning again when they collide.
#[test]
fn two_writers_lose_nothing() {
    each(async |bench| {
        let bench = Arc::new(bench);
        bench
            .session()
            .insert("note", note("counter", json!(0)), BY)
            .await
            .unwrap();
        let write = |transaction: bool| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move {
                for _ in 0..100 {
                    while add(&bench, transaction).await.is_err() {
                        tokio::task::yield_now().await;
                    }
                }
            })
        };
        let writers = [write(true), write(false), write(true)];
        for writer in writers {
            writer.await.unwrap();
        }
        let counter = bench.session().select_by_id("note", 1, BY).await.unwrap();
        assert_eq!(counter.fields["rank"], json!(300.0));
    });
}

/// More writers than connections: each waits for its turn, and none is turned away.
#[test]
fn many_writers_take_turns() {
    each(async |bench| {
        let bench = Arc::new(bench);
        let write = |writer: i64| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move {
                for round in 0..5 {
                    let session = bench.session();
                    session.begin(BY).await?;
                    for number in 0..3 {
                        let title = format!("{writer} {round} {number}");
                        session
                            .insert("note", note(&title, json!(writer)), BY)
                            .await?;
                    }
                    session.commit(BY).await?;
                    session
                        .insert(
                            "note",
                            note(&format!("{writer} {round}"), json!(writer)),
                            BY,
                        )
                        .await?;
                }
                Ok::<_, Problem>(())
            })
        };
        let writers: Vec<_> = (0..20).map(write).collect();
        for writer in writers {
            assert_eq!(writer.await.unwrap(), Ok(()));
        }
        assert_eq!(count(&bench).await, 20 * 5 * 4);
    });
}

async fn add(bench: &Bench, transaction: bool) -> Result<(), Problem> {
    let session = bench.session();
    let done = async {
        if transaction {
            session.begin(BY).await?;
        }
        let mut counter = session
            .select_one("note", &json!({"title": "counter"}), BY)
            .await?;
        let rank = counter.fields["rank"].as_f64().unwrap();
        counter.fields.insert("rank".into(), json!(rank + 1.0));
        session
            .update("note", counter.fields, By { now: 0, ..BY })
            .await?;
        if transaction {
            session.commit(BY).await?;
        }
        Ok(())
    };
    let done = done.await;
    session.end().await;
    done
}

/// Each of two transactions adds an entry when it sees none: only one may do so.
#[test]
fn transactions_run_as_if_alone() {
    each(async |bench| {
        let bench = Arc::new(bench);
        let meeting = Arc::new(tokio::sync::Barrier::new(2));
        let book = || {
            let (bench, meeting) = (Arc::clone(&bench), Arc::clone(&meeting));
            tokio::spawn(async move {
                let session = bench.session();
                meeting.wait().await;
                let done = async {
                    session.begin(BY).await?;
                    if session.count("note", &json!({"rank": "room"}), BY).await? == 0 {
                        if bench.backend == Backend::Postgres {
                            let _ = tokio::time::timeout(
                                std::time::Duration::from_secs(2),
                                meeting.wait(),
                            )
                            .await;
                        }
                        session
                            .insert("note", crate::bench::fields(json!({"rank": "room"})), BY)
                            .await?;
                    }
                    session.commit(BY).await
                };
                let done = done.await;
                session.end().await;
                done
            })
        };
        let (first, second) = (book(), book());
        let done = [first.await.unwrap(), second.await.unwrap()];
        assert!(done.iter().any(Result::is_ok), "{done:?}");
        assert_eq!(count(&bench).await, 1, "{done:?}");
        if bench.backend == Backend::Postgres {
            assert!(
                done.iter()
                    .any(|done| matches!(done, Err(Problem::Conflict | Problem::Undone(_)))),
                "{done:?}"
            );
        }
    });
}

/// After a transaction is gone, nothing may be written outside of it by mistake.
#[test]
fn a_transaction_that_is_gone_is_noticed() {
    each(async |bench| {
        if bench.backend == Backend::Sqlite {
            return;
        }
        let session = bench.session();
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        bench.sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'",
            bench.app
        ));
        let first = session
            .insert("note", note("b", json!(1)), BY)
            .await
            .unwrap_err();
        assert_eq!(first, Problem::Unreachable);
        let second = session
            .insert("note", note("c", json!(1)), BY)
            .await
            .unwrap_err();
        assert!(matches!(second, Problem::Undone(_)), "{second}");
        assert!(matches!(session.commit(BY).await, Err(Problem::Undone(_))));
        session.rollback().await.unwrap();
        assert_eq!(session.count("note", &json!({}), BY).await, Ok(0));
    });
}
