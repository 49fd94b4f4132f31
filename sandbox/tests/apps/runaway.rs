//! Code that loops, recurses, allocates or crashes takes down its own worker at most.

use std::time::Duration;

use sandbox::Limits;

use crate::fixture::{Fixture, limits, source};

const APP: &str = "
def ok(req):
    return 'fine'
def loop(req):
    for x in range(1000000000):
        pass
def repeat(req):
    return 'a' * (1 << 40)
def numbers(req):
    return len([0] * (1 << 33))
def double(req):
    text = 'a'
    for x in range(40):
        text = text + text
    return text
def deep(req):
    return deep(req)
def nested(req):
    value = []
    for x in range(100000):
        value = [value]
    return value
def printed(req):
    value = []
    for x in range(1000000):
        value = [value]
    return str(value)
def cyclic(req):
    value = []
    value.append(value)
    return str(value)
def returned(req):
    value = []
    value.append(value)
    return value
def grow(req):
    table = {}
    for x in range(100000000):
        table[x] = str(x)
def slow(req):
    total = 0
    for x in range(3000):
        total += len(sorted(range(20000)))
    return total
routes = [ace.api('/' + name, handler=function) for name, function in {
    'ok': ok, 'loop': loop, 'repeat': repeat, 'numbers': numbers, 'double': double, 'deep': deep,
    'nested': nested, 'printed': printed, 'cyclic': cyclic, 'returned': returned, 'grow': grow, 'slow': slow}.items()]
app = ace.app('A', routes=routes)
";

async fn check(name: &str, expected: &str) {
    check_within(Duration::from_secs(1), name, expected).await;
}

async fn check_within(handler: Duration, name: &str, expected: &str) {
    let limits = Limits {
        handler,
        ..limits()
    };
    let fixture = Fixture::install(source(&[("app.star", APP)]), limits).await;
    let found = fixture.get(&format!("/{name}")).await;
    let fits = expected.split('|').any(|start| found.starts_with(start));
    assert!(
        fits,
        "{name}: {}",
        found.chars().take(300).collect::<String>()
    );
    assert_eq!(fixture.get("/ok").await, "200 \"fine\"", "after {name}");
}

#[tokio::test]
async fn endless_loops_are_stopped() {
    check("loop", "unavailable").await;
    check("slow", "unavailable").await;
}

#[tokio::test]
async fn memory_is_bounded() {
    for name in ["repeat", "numbers", "double", "grow"] {
        check(name, "unavailable|handler").await;
    }
}

#[tokio::test]
async fn depth_is_bounded() {
    check("deep", "handler: ").await;
    // It ends by itself, and must not be stopped before on a machine with much to do.
    let ample = Duration::from_secs(30);
    check_within(
        ample,
        "nested",
        "handler: value nesting exceeds max depth 100",
    )
    .await;
    check("returned", "handler: value nesting exceeds max depth 100").await;
    check("printed", "unavailable|handler").await;
    check("cyclic", "200 |handler").await;
}

#[tokio::test]
async fn other_apps_do_not_notice() {
    let bad = Fixture::install(
        source(&[("app.star", APP)]),
        Limits {
            handler: Duration::from_secs(1),
            ..limits()
        },
    )
    .await;
    let good = Fixture::new(&[("app.star", APP)]).await;
    let (ended, ()) = tokio::join!(bad.get("/repeat"), async {
        for _ in 0..20 {
            assert_eq!(good.get("/ok").await, "200 \"fine\"");
        }
    });
    assert!(!ended.starts_with("200"), "{ended}");
}

#[tokio::test]
async fn requests_beyond_the_queue_are_turned_away() {
    let tight = Limits {
        concurrent: 1,
        handler: Duration::from_secs(1),
        ..limits()
    };
    let fixture = Fixture::install(source(&[("app.star", APP)]), tight).await;
    let many = futures_of(&fixture, 40).await;
    assert!(many.iter().any(|answer| answer == "busy"), "{many:?}");
    assert!(
        many.iter().any(|answer| answer == "200 \"fine\""),
        "{many:?}"
    );
}

async fn futures_of(fixture: &Fixture, count: usize) -> Vec<String> {
    let all: Vec<_> = (0..count).map(|_| Box::pin(fixture.get("/ok"))).collect();
    let mut all: Vec<_> = all.into_iter().map(Some).collect();
    let mut answers = Vec::new();
    std::future::poll_fn(|context| {
        for slot in &mut all {
            if let Some(future) = slot
                && let std::task::Poll::Ready(answer) = future.as_mut().poll(context)
            {
                answers.push(answer);
                *slot = None;
            }
        }
        if all.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    answers
}

#[tokio::test]
async fn an_idle_worker_ends_and_the_next_request_starts_another() {
    let brief = Limits {
        idle: Duration::from_millis(1),
        ..limits()
    };
    let fixture = Fixture::install(source(&[("app.star", APP)]), brief).await;
    for _ in 0..5 {
        assert_eq!(fixture.get("/ok").await, "200 \"fine\"");
        tokio::task::yield_now().await;
    }
    fixture.app.stop().await;
    assert_eq!(fixture.get("/ok").await, "200 \"fine\"");
}
