//! Results that are read in batches.

use std::sync::Arc;

use serde_json::{Value, json};
use store::{Bounds, Problem, Query};

use crate::bench::{BY, Bench, all, each, filter, note, with};

async fn many(bench: &Bench, count: usize) {
    let notes: Vec<Value> = (0..count)
        .map(|number| json!({"title": format!("n{number:04}"), "rank": number}))
        .collect();
    let session = bench.session();
    session.begin(BY).await.unwrap();
    for note in notes {
        session
            .insert("note", crate::bench::fields(note), BY)
            .await
            .unwrap();
    }
    session.commit(BY).await.unwrap();
}

/// Batches of a few notes.
fn small() -> Bounds {
    Bounds {
        batch_bytes: 5000,
        batch_rows: 20,
        ..Bounds::default()
    }
}

fn sorted() -> Query {
    Query {
        sort: vec!["rank:desc".to_owned()],
        ..Query::default()
    }
}

#[test]
fn results_stay_as_they_were() {
    with(small(), async |bench| {
        many(&bench, 300).await;
        let session = bench.session();
        let mut cursor = session.select("note", &sorted(), BY).await.unwrap();
        let mut first = cursor.next().await.unwrap();
        assert!(first.more);
        bench
            .session()
            .delete("note", &json!({"rank": {"$lt": 200}}), BY)
            .await
            .unwrap();
        session
            .insert("note", note("new", json!(-1)), BY)
            .await
            .unwrap();
        first.documents.extend(all(&mut cursor).await);
        let ranks: Vec<f64> = first
            .documents
            .iter()
            .map(|note| note.fields["rank"].as_f64().unwrap())
            .collect();
        assert_eq!(ranks.len(), 300);
        assert!(ranks.is_sorted_by(|left, right| left > right));
        assert_eq!(session.count("note", &json!({}), BY).await, Ok(101));
        session.end().await;
    });
}

#[test]
fn batches_are_bounded_by_bytes_and_rows() {
    let bounds = Bounds {
        batch_bytes: 20_000,
        batch_rows: 30,
        ..Bounds::default()
    };
    with(bounds, async |bench| {
        let session = bench.session();
        for number in 0..100 {
            let text = match number < 50 {
                true => "x".repeat(3000),
                false => "x".to_owned(),
            };
            session
                .insert("note", note(&format!("{number}"), json!(text)), BY)
                .await
                .unwrap();
        }
        let mut cursor = session.select("note", &Query::default(), BY).await.unwrap();
        let (mut sizes, mut more) = (Vec::new(), true);
        while more {
            let batch = cursor.next().await.unwrap();
            more = batch.more;
            sizes.push(batch.documents.len());
        }
        assert_eq!(sizes.iter().sum::<usize>(), 100, "{sizes:?}");
        assert!(
            sizes[0] < 7 && sizes.iter().all(|size| *size <= 30),
            "{sizes:?}"
        );
    });
}

#[test]
fn cursors_in_transactions_see_them_and_end_with_them() {
    with(small(), async |bench| {
        many(&bench, 100).await;
        let session = bench.session();
        let mut before = session.select("note", &Query::default(), BY).await.unwrap();
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("mine", json!(1000)), BY)
            .await
            .unwrap();
        let mut inside = session.select("note", &sorted(), BY).await.unwrap();
        assert_eq!(
            inside.next().await.unwrap().documents[0].fields["title"],
            "mine"
        );
        session.rollback().await.unwrap();
        assert_eq!(all(&mut before).await.len(), 100, "one from before stays");
        let over = loop {
            match inside.next().await {
                Ok(batch) => assert!(batch.more),
                Err(problem) => break problem,
            }
        };
        assert!(
            over.to_string().contains("ended with its transaction"),
            "{over}"
        );
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("mine", json!(1000)), BY)
            .await
            .unwrap();
        let mut inside = session.select("note", &sorted(), BY).await.unwrap();
        session.commit(BY).await.unwrap();
        assert_eq!(
            all(&mut inside).await.len(),
            101,
            "one that is committed stays"
        );
        session.end().await;
    });
}

#[test]
fn entries_can_be_changed_while_they_are_read() {
    each(async |bench| {
        many(&bench, 120).await;
        for alone in [true, false] {
            let session = bench.session();
            if !alone {
                session.begin(BY).await.unwrap();
            }
            let mut cursor = session.select("note", &Query::default(), BY).await.unwrap();
            loop {
                let batch = cursor.next().await.unwrap();
                for mut note in batch.documents {
                    let rank = note.fields["rank"].as_f64().unwrap();
                    note.fields.insert("rank".into(), json!(rank + 1.0));
                    session.update("note", note.fields, BY).await.unwrap();
                }
                if !batch.more {
                    break;
                }
            }
            if !alone {
                session.commit(BY).await.unwrap();
            }
        }
        let changed = bench
            .session()
            .count("note", &json!({"rank": {"$gte": 2}}), BY)
            .await;
        assert_eq!(changed, Ok(120));
    });
}

#[test]
fn cursors_are_counted_and_freed() {
    let bounds = Bounds {
        cursors: 3,
        connections: 1,
        share: 1,
        ..Bounds::default()
    };
    with(bounds, async |bench| {
        many(&bench, 60).await;
        let session = bench.session();
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(
                session
                    .select("note", &filter(json!({})), BY)
                    .await
                    .unwrap(),
            );
        }
        let refused = session
            .select("note", &filter(json!({})), BY)
            .await
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("more than 3 cursors"),
            "{refused}"
        );
        open.pop();
        open.push(
            session
                .select("note", &filter(json!({})), BY)
                .await
                .unwrap(),
        );
        let kept = match bench.backend {
            crate::bench::Backend::Postgres => bench.sql(&format!(
                "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND application_name = '{}'",
                bench.app
            )),
            crate::bench::Backend::Sqlite => "0".to_owned(),
        };
        assert_eq!(kept, "0", "an open cursor is no open transaction");
        drop(open);
        session.end().await;
        // The only connection is free again, and clean.
        let session = bench.session();
        let mut cursor = session.select("note", &Query::default(), BY).await.unwrap();
        assert_eq!(all(&mut cursor).await.len(), 60);
        drop(session.select("note", &Query::default(), BY).await.unwrap());
        drop((cursor, session));
        let session = bench.session();
        assert_eq!(
            session.count("note", &json!({}), BY).await,
            Ok(60),
            "even if nobody ends it"
        );
        let open = session.select("note", &Query::default(), BY).await.unwrap();
        let held = Arc::clone(&session);
        let other = bench.session().count("note", &json!({}), BY).await;
        assert_eq!(other, Err(Problem::Busy), "waiting has a bound");
        drop((open, held));
    });
}
