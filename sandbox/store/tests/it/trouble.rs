//! Databases that do not answer, are slow, or are secured.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use store::{Bounds, Database, Problem, Query, Session, Store};

use crate::bench::{BY, Backend, each, note, schema, with};
use crate::server::Postgres;

async fn used(address: &str, folder: &Path, password: Option<&str>) -> Result<i64, Problem> {
    let bounds = Bounds {
        connect: Duration::from_secs(2),
        ..Bounds::default()
    };
    let database = Database::new(address, folder, password, bounds).unwrap();
    let store = Store::new(database.into(), "apptrouble", &schema()).unwrap();
    Session::new(store.into())
        .count("note", &json!({}), BY)
        .await
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

#[test]
fn a_database_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = format!(
            "postgres://a:b@127.0.0.1:{}/c",
            silent.local_addr().unwrap().port()
        );
        std::fs::write(
            folder.path().join("text.db"),
            "this is not a database, it is some text",
        )
        .unwrap();
        for address in [
            "postgres://a:b@127.0.0.1:1/c",
            &silent,
            "sqlite:/proc/nothing/app.db",
            "sqlite:text.db",
        ] {
            let started = Instant::now();
            assert_eq!(
                used(address, folder.path(), None).await,
                Err(Problem::Unreachable),
                "{address}"
            );
            assert!(started.elapsed() < Duration::from_secs(30), "{address}");
        }
        let wrong = Postgres::shared().address().replace("pgpw", "wrong");
        assert_eq!(
            used(&wrong, folder.path(), None).await,
            Err(Problem::Unreachable)
        );
    });
}

#[test]
fn addresses_that_make_no_sense_are_refused() {
    for address in [
        "",
        "sqlite",
        "sqlite:",
        "sqlite::memory:",
        "mysql://a",
        "postgres://a@h/b?sslmode=never",
    ] {
        assert!(
            Database::new(address, Path::new("/tmp"), None, Bounds::default()).is_err(),
            "{address}"
        );
    }
}

#[test]
fn a_password_may_come_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let address = Postgres::shared().address().replace(":pgpw", "");
    run(async {
        assert_eq!(used(&address, folder.path(), Some("pgpw")).await, Ok(0));
        assert_eq!(
            used(&address, folder.path(), None).await,
            Err(Problem::Unreachable)
        );
    });
}

#[test]
fn tls_is_spoken_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let names = vec!["localhost".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, own.cert.pem()).unwrap();
    let server = Postgres::start(Some((&own.cert.pem(), &own.signing_key.serialize_pem())));
    let address = |host: &str, query: &str| {
        format!("{}?{query}", server.address().replace("127.0.0.1", host))
    };
    let roots = format!("sslmode=verify-full&sslrootcert={}", roots.display());
    run(async {
        let folder = folder.path();
        assert_eq!(
            used(&address("localhost", &roots), folder, None).await,
            Ok(0)
        );
        assert_eq!(
            used(&address("127.0.0.1", &roots), folder, None).await,
            Err(Problem::Unreachable),
            "another name"
        );
        assert_eq!(
            used(&address("localhost", "sslmode=require"), folder, None).await,
            Err(Problem::Unreachable),
            "an unknown authority"
        );
        let plain = format!(
            "{}?{roots}",
            Postgres::shared()
                .address()
                .replace("127.0.0.1", "localhost")
        );
        assert_eq!(
            used(&plain, folder, None).await,
            Err(Problem::Unreachable),
            "no TLS"
        );
    });
}

#[test]
fn slow_statements_are_stopped() {
    let bounds = Bounds {
        statement: Duration::from_secs(1),
        ..Bounds::default()
    };
    with(bounds, async |bench| {
        let session = bench.session();
        session.begin(BY).await.unwrap();
        for number in 0..400 {
            session
                .insert(
                    "note",
                    note(&format!("{number}"), json!("ab".repeat(100_000))),
                    BY,
                )
                .await
                .unwrap();
        }
        session.commit(BY).await.unwrap();
        let slow: Vec<_> = (0..200)
            .map(|number| json!({"rank": {"$like": format!("%{number}%b%a%c%")}}))
            .collect();
        let started = Instant::now();
        let late = session.count("note", &json!({"$or": slow}), BY).await;
        assert_eq!(late, Err(Problem::Late(1)));
        assert!(started.elapsed() < Duration::from_secs(20));
        assert_eq!(
            session.count("note", &json!({"_id": 1}), BY).await,
            Ok(1),
            "the next one works"
        );
    });
}

#[test]
fn calls_that_are_given_up_leave_nothing() {
    let bounds = Bounds {
        connections: 1,
        share: 1,
        ..Bounds::default()
    };
    with(bounds, async |bench| {
        let session = bench.session();
        session.begin(BY).await.unwrap();
        session
            .insert("note", note("a", json!("ab".repeat(100_000))), BY)
            .await
            .unwrap();
        let slow: Vec<_> = (0..200)
            .map(|number| json!({"rank": {"$like": format!("%{number}%b%a%c%")}}))
            .collect();
        let slow = json!({ "$or": slow });
        let given_up =
            tokio::time::timeout(Duration::from_millis(1), session.count("note", &slow, BY)).await;
        drop(given_up);
        session.end().await;
        let next = bench.session();
        assert_eq!(next.count("note", &json!({}), BY).await, Ok(0));
    });
}

#[test]
fn results_on_disk_are_bounded() {
    let bounds = Bounds {
        spill: 1 << 20,
        ..Bounds::default()
    };
    with(bounds, async |bench| {
        if bench.backend == Backend::Postgres {
            return;
        }
        let session = bench.session();
        for number in 0..60 {
            session
                .insert(
                    "note",
                    note(&format!("{number}"), json!("x".repeat(50_000))),
                    BY,
                )
                .await
                .unwrap();
        }
        let long = session
            .select("note", &Query::default(), BY)
            .await
            .err()
            .unwrap();
        assert!(matches!(long, Problem::TooLong(_)), "{long}");
        assert_eq!(session.count("note", &json!({}), BY).await, Ok(60));
    });
}

#[test]
fn text_in_an_index_has_a_bound_where_the_database_has_one() {
    each(async |bench| {
        let long: String = (0..20_000)
            .map(|number| char::from(b'a' + (number * number % 23) as u8))
            .collect();
        let done = bench
            .session()
            .insert(
                "note",
                note(&format!("{long}{}", uneven(9000)), json!(1)),
                BY,
            )
            .await;
        match bench.backend {
            Backend::Sqlite => assert_eq!(done, Ok(1)),
            Backend::Postgres => assert!(matches!(done, Err(Problem::TooLong(_))), "{done:?}"),
        }
    });
}

/// Text that cannot be packed.
fn uneven(length: usize) -> String {
    let mut state: u64 = 42;
    let letters = (0..length).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + (state >> 58) as u8)
    });
    letters.collect()
}

/// One app that keeps its connections busy leaves some to others.
#[test]
fn apps_have_a_share() {
    let bounds = Bounds {
        connections: 3,
        share: 2,
        wait: Duration::from_millis(500),
        ..Bounds::default()
    };
    with(bounds, async |bench| {
        let many: Vec<_> = (0..60)
            .map(|number| json!({"title": format!("{number}")}))
            .collect();
        bench.notes(&many).await;
        let sessions = [bench.session(), bench.session(), bench.session()];
        let first = sessions[0]
            .select("note", &Query::default(), BY)
            .await
            .unwrap();
        let second = sessions[1]
            .select("note", &Query::default(), BY)
            .await
            .unwrap();
        assert_eq!(
            sessions[2].count("note", &json!({}), BY).await,
            Err(Problem::Busy)
        );
        let other = Store::new(
            bench.database.clone(),
            &format!("{}other", bench.app),
            &schema(),
        )
        .unwrap();
        assert_eq!(
            Session::new(other.into())
                .count("note", &json!({}), BY)
                .await,
            Ok(0)
        );
        drop((first, second));
    });
}
