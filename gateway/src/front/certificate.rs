//! Who asks, for apps that know people by their certificate alone: no cookie and no password counts there.

use http::StatusCode;
use policy::Caller;
use serde_json::json;

use super::{Dispatches, Front, Intake, Refusal};
use crate::{authn::Entry, respond::Reply};

impl<S: Dispatches> Front<S> {
    /// Names the caller by the certificate of the connection, or answers for whoever has none that counts.
    pub(super) fn certified(
        &self,
        intake: &mut Intake,
        entry: &Entry,
    ) -> Result<Caller, Box<Reply>> {
        let handshake = intake.peer.handshake.as_ref();
        if handshake.is_some_and(|said| said.was_for_another(intake.host.as_str())) {
            let refusal = Refusal::new("certificate-host", StatusCode::MISDIRECTED_REQUEST);
            let detail = json!({ "reason": "the connection was opened for another host" });
            return Err(Box::new(self.reject(
                intake,
                &Caller::Anonymous,
                refusal.with(detail),
            )));
        }
        let certificates = &self.state.certificates;
        match certificates.judge(entry, &intake.peer, intake.moment.now) {
            Ok(person) => {
                intake.asker.named = true;
                Ok(Caller::Person(person))
            }
            Err(unproven) => {
                let refusal = Refusal::new(unproven.code, StatusCode::UNAUTHORIZED);
                let refusal = refusal.with(unproven.detail);
                Err(Box::new(self.reject(intake, &Caller::Anonymous, refusal)))
            }
        }
    }
}
