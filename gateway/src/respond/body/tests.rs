//! Bodies end, break and end early.

use super::*;

fn pieces(given: &[Result<&'static str, &str>]) -> Body {
    let (sender, receiver) = mpsc::channel(8);
    for piece in given {
        let piece = piece
            .map(|text| Bytes::from_static(text.as_bytes()))
            .map_err(str::to_owned);
        sender.try_send(piece).unwrap();
    }
    Body::pieces(receiver)
}

async fn read(mut body: Body) -> (String, Option<Broken>) {
    let mut text = String::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap()),
            Err(broken) => return (text, Some(broken)),
        }
    }
    (text, None)
}

#[tokio::test]
async fn whole_bodies_know_their_size() {
    let body = Body::whole("abc");
    assert_eq!(body.size_hint().exact(), Some(3));
    assert_eq!(read(body).await, ("abc".into(), None));
    assert!(Body::empty().is_end_stream());
}

#[tokio::test]
async fn pieces_come_in_order_and_end() {
    let body = pieces(&[Ok("a"), Ok("b")]);
    assert_eq!(body.size_hint().exact(), None);
    assert!(body.as_whole().is_none());
    assert_eq!(read(body).await, ("ab".into(), None));
}

#[tokio::test]
async fn an_error_breaks_the_body_off() {
    let (text, broken) = read(pieces(&[Ok("a"), Err("gone"), Ok("never")])).await;
    assert_eq!(text, "a");
    assert_eq!(broken.unwrap().text, "gone");
}

#[tokio::test]
async fn a_recall_ends_what_would_go_on() {
    let (sender, receiver) = mpsc::channel(1);
    let broken = Broken {
        class: "revoked",
        text: "no longer permitted".into(),
    };
    let (recall, told) = tokio::sync::oneshot::channel();
    let body = Body::pieces(receiver).until(Box::pin(async move { told.await.unwrap() }));
    sender.try_send(Ok(Bytes::from_static(b"a"))).unwrap();
    let reading = tokio::spawn(read(body));
    sender.send(Ok(Bytes::from_static(b"b"))).await.unwrap();
    recall.send(broken.clone()).unwrap();
    let (_, ended) = reading.await.unwrap();
    assert_eq!(ended, Some(broken));
    assert!(sender.send(Ok(Bytes::new())).await.is_err());
}
