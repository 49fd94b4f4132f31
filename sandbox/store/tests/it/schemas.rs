//! Tables and indexes: made on first use, and made anew when the schema changes.

use serde_json::json;
use store::Problem;

use crate::bench::{BY, Backend, Bench, each, note, typed};

fn indexes(bench: &Bench) -> String {
    match bench.backend {
        Backend::Sqlite => bench.sql("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'index_%' ORDER BY name"),
        Backend::Postgres => bench.sql(&format!("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'index_db_{}_%' ORDER BY 1", bench.app)),
    }
}

#[test]
fn tables_are_made_on_first_use() {
    each(async |bench| {
        let app = &bench.app;
        bench
            .session()
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        let columns = "_id, _version, _created_by, _updated_by, _created_at, _updated_at, _json";
        let row = bench.sql(&format!("SELECT {columns} FROM \"db_{app}_note\""));
        let json = r#"{"title":"a","rank":1}"#;
        let other = r#"{"rank":1,"title":"a"}"#;
        let start = format!("1|0|local:dev||{0}|{0}|", BY.now);
        assert!(
            [format!("{start}{json}"), format!("{start}{other}")].contains(&row),
            "{row}"
        );
        let history = bench.sql(&format!(
            "SELECT version, created_by, created_at FROM \"db_{app}_cl_schema\""
        ));
        assert_eq!(history, format!("1|local:dev|{}", BY.now));
        assert_eq!(
            indexes(&bench),
            format!("index_db_{app}_note_rank_DESC_title_ASC\nindex_db_{app}_note_title_ASC")
        );
        let again = bench.changed(&crate::bench::schema()).unwrap();
        assert_eq!(again.count("note", &json!({}), BY).await, Ok(1));
        assert_eq!(
            bench.sql(&format!("SELECT count(*) FROM \"db_{app}_cl_schema\"")),
            "1"
        );
    });
}

#[test]
fn indexes_follow_the_schema() {
    each(async |bench| {
        let session = bench.session();
        session
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        let loose = bench
            .changed(&typed("note", &[(&["title"], false)]))
            .unwrap();
        loose.insert("note", note("a", json!(2)), BY).await.unwrap();
        assert_eq!(
            indexes(&bench),
            format!("index_db_{}_note_title_ASC", bench.app)
        );
        let strict = bench.changed(&crate::bench::schema()).unwrap();
        let problem = strict.count("note", &json!({}), BY).await.unwrap_err();
        assert_eq!(
            problem,
            Problem::Taken(
                "a unique index of schema.star cannot be made: table \"note\" already has an entry with the same \
                 title (index on title); change or delete the entries first"
                    .to_owned()
            )
        );
        assert_eq!(loose.delete_by_id("note", 2, BY).await, Ok(1));
        assert_eq!(strict.count("note", &json!({}), BY).await, Ok(1));
        assert_eq!(
            bench.sql(&format!(
                "SELECT max(version) FROM \"db_{}_cl_schema\"",
                bench.app
            )),
            "3"
        );
    });
}

#[test]
fn a_type_that_is_taken_out_keeps_its_entries() {
    each(async |bench| {
        bench
            .session()
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        let other = bench.changed(&typed("other", &[])).unwrap();
        assert_eq!(other.count("other", &json!({}), BY).await, Ok(0));
        assert!(other.count("note", &json!({}), BY).await.is_err());
        let back = bench.changed(&crate::bench::schema()).unwrap();
        assert_eq!(back.count("note", &json!({}), BY).await, Ok(1));
    });
}

#[test]
fn many_may_begin_at_once() {
    each(async |bench| {
        let sessions: Vec<_> = (0..8)
            .map(|_| bench.changed(&crate::bench::schema()).unwrap())
            .collect();
        let counts = sessions.into_iter().map(|session| {
            tokio::spawn(async move { session.count("note", &json!({}), BY).await })
        });
        for count in counts.collect::<Vec<_>>() {
            assert_eq!(count.await.unwrap(), Ok(0));
        }
        assert_eq!(
            bench.sql(&format!(
                "SELECT count(*) FROM \"db_{}_cl_schema\"",
                bench.app
            )),
            "1"
        );
    });
}

/// Conditions are written so that the indexes of a schema can serve them.
#[test]
fn indexes_are_used() {
    each(async |bench| {
        let session = bench.session();
        session.begin(BY).await.unwrap();
        for number in 0..3000 {
            let rank = if number % 2 == 0 {
                json!(number)
            } else {
                json!(format!("r{number}"))
            };
            session
                .insert("note", note(&format!("t{number}"), rank), BY)
                .await
                .unwrap();
        }
        session.commit(BY).await.unwrap();
        let app = &bench.app;
        if bench.backend == Backend::Sqlite {
            let plan =
                format!("EXPLAIN QUERY PLAN SELECT _id FROM \"db_{app}_note\" WHERE _json ->> ");
            assert!(
                bench
                    .sql(&format!("{plan}'title' = 'x'"))
                    .contains("note_title_ASC")
            );
            assert!(
                bench
                    .sql(&format!("{plan}'rank' > 5"))
                    .contains("note_rank_DESC")
            );
            return;
        }
        bench.sql(&format!("ANALYZE \"db_{app}_note\""));
        let last = format!(
            "SELECT query FROM pg_stat_activity WHERE query LIKE 'SELECT count(_id) FROM \"db_{app}_%' ORDER BY state_change DESC LIMIT 1"
        );
        for (index, filter, value) in [
            ("title_ASC", json!({"title": "t7"}), "t7"),
            ("rank_DESC_title_ASC", json!({"rank": 10}), "10"),
            ("rank_DESC_title_ASC", json!({"rank": "r11"}), "r11"),
            ("rank_DESC_title_ASC", json!({"rank": {"$lt": 4}}), "4"),
            (
                "rank_DESC_title_ASC",
                json!({"rank": {"$gt": "r99"}}),
                "r99",
            ),
            (
                "rank_DESC_title_ASC",
                json!({"rank": {"$gte": "r1", "$lt": "r11"}}),
                "r1",
            ),
        ] {
            bench.session().count("note", &filter, BY).await.unwrap();
            let asked = ["$1", "$2"].iter().fold(bench.sql(&last), |sql, place| {
                sql.replace(place, &format!("'{value}'"))
            });
            let plan = bench.sql(&format!("EXPLAIN {asked}"));
            assert!(
                plan.contains(&format!("index_db_{app}_note_{index}")),
                "{filter}: {plan}"
            );
        }
    });
}
