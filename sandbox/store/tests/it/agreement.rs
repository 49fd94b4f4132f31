//! Both kinds of database are asked the same random questions about the same random entries, and must
//! agree. The seed is printed; `REPLAY=seed` asks the same again.

use serde_json::{Value, json};
use store::{Bounds, Query};

use crate::bench::{Backend, Bench};

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// A plain value, from few enough that they meet.
    fn plain(&mut self) -> Value {
        self.of(&[
            json!(0),
            json!(1),
            json!(-1),
            json!(2),
            json!(2.5),
            json!(10),
            json!(1e15),
            json!(-0.0),
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_992_i64),
            json!(0.1),
            json!(1e300),
            json!(true),
            json!(false),
            Value::Null,
            json!(""),
            json!("a"),
            json!("A"),
            json!("ab"),
            json!("äb"),
            json!("Äb"),
            json!("1"),
            json!("10"),
            json!("2.5"),
            json!("true"),
            json!("null"),
            json!("_"),
            json!("%"),
            json!("a\\b"),
            json!("'"),
            json!("\""),
            json!("[1]"),
            json!("☃"),
            json!("z\u{301}"),
            json!("ß"),
        ])
    }

    fn stored(&mut self) -> Value {
        match self.below(8) {
            0 => json!([self.plain(), self.plain()]),
            1 => json!({"k": self.plain()}),
            _ => self.plain(),
        }
    }

    fn entry(&mut self, number: usize) -> Value {
        let mut entry = json!({"title": format!("e{number}")});
        for name in ["rank", "größe", "a b"] {
            if self.below(5) > 0 {
                entry[name] = self.stored();
            }
        }
        entry
    }

    fn place(&mut self) -> String {
        let places = [
            "rank",
            "rank",
            "größe",
            "a b",
            "missing",
            "_id",
            "_version",
            "_created_by",
            "_updated_at",
        ];
        self.of(&places).to_owned()
    }

    fn operator(&mut self) -> Value {
        let name = self.of(&["$gt", "$lt", "$gte", "$lte", "$eq", "$ne", "$like"]);
        let value = match (name, self.below(2)) {
            ("$like", 0) => self.of(&[
                json!("%a%"),
                json!("_"),
                json!("a%"),
                json!("%b"),
                json!("1%"),
                json!("Ä_"),
                json!("%\\%"),
            ]),
            _ => self.plain(),
        };
        json!({ name: value })
    }

    fn filter(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 4 } else { 6 }) {
            0 => json!({ self.place(): self.plain() }),
            1 | 2 => json!({ self.place(): self.operator() }),
            3 => {
                json!({ self.place(): { self.of(&["$or", "$and"]): [self.operator(), self.operator()] } })
            }
            _ => {
                json!({ self.of(&["$or", "$AND"]): [self.filter(depth - 1), self.filter(depth - 1)] })
            }
        }
    }

    fn query(&mut self) -> Query {
        let sort = (0..self.below(3))
            .map(|_| format!("{}{}", self.place(), self.of(&["", ":desc", ":ASC"])));
        Query {
            sort: sort.collect::<Vec<_>>(),
            filter: self.filter(2),
            offset: i64::try_from(self.below(4)).unwrap(),
            limit: i64::try_from(self.below(60)).unwrap(),
        }
    }
}

#[test]
fn both_kinds_agree() {
    let seed = std::env::var("REPLAY")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("REPLAY={seed}");
    let mut dice = Dice(seed);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let entries: Vec<Value> = (0..80).map(|number| dice.entry(number)).collect();
        let bench = |backend| Bench::new(backend, Bounds::default());
        let (sqlite, postgres) = (bench(Backend::Sqlite), bench(Backend::Postgres));
        sqlite.notes(&entries).await;
        postgres.notes(&entries).await;
        for _ in 0..400 {
            let query = dice.query();
            let (left, right) = (
                sqlite.titles(query.clone()).await,
                postgres.titles(query.clone()).await,
            );
            assert_eq!(left, right, "REPLAY={seed} {query:?}");
        }
    });
}
