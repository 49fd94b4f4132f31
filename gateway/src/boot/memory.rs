//! What the metadata remembers of the audit log, compared with the log itself: whoever takes the log away
//! should not go unnoticed only because a fresh one is whole.

use std::collections::BTreeMap;

use audit::{EntityRef, Event, Log};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{clock, lifecycle::Stored};

/// A log that ends before an approval it holds was lost, replaced or taken back: that is said and recorded.
pub(super) async fn compare(log: &Log, apps: &[Stored], now: Timestamp) {
    let approvals = apps.iter().filter_map(|app| app.approval.as_ref());
    let (size, known) = (log.size(), approvals.map(|approval| approval.seq).max());
    let Some(known) = known.filter(|known| *known >= size) else {
        return;
    };
    ::tracing::error!(
        size,
        known,
        "the audit log is shorter than it was: an approval stands at record {known}"
    );
    let gateway = EntityRef::new("System", "gateway");
    let event = Event {
        kind: "log.shorter".to_owned(),
        time_ns: clock::nanoseconds(now),
        trace: uuid::Uuid::now_v7().simple().to_string(),
        principal: gateway.clone(),
        target: EntityRef::new("AuditLog", "log"),
        public: Map::from_iter([
            ("size".to_owned(), size.into()),
            ("known".to_owned(), known.into()),
        ]),
        hmac: BTreeMap::new(),
        detail: Value::Null,
    };
    if let Err(error) = log.note(event).await {
        ::tracing::error!(%error, "that the log is shorter could not be recorded");
    }
}
