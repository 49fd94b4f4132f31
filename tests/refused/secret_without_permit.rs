//! A secret is not revealed for the asking.

async fn peek(secrets: &secrets::Secrets, id: policy::SecretId) {
    let _ = secrets.reveal(id).await;
}

fn main() {
    let _ = peek;
}
