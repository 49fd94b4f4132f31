//! One installed app: at most one worker at a time, started on first use, replaced when it ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use policy::{Acting, Moment};
use tokio::sync::{OnceCell, Semaphore, oneshot};
use tokio::time::{Instant, sleep, timeout};

use super::crew::{Crew, Duty};
use super::flight::{Clock, Flight};
use super::init::Prepared;
use super::process::Process;
use super::stream::{Pieces, Renderer, Streamer};
use super::turns::Turns;
use super::{Config, Spec, mount, shown};
use crate::error::AppError;
use crate::frame::{self, Outcome, Rendering, ToWorker};
use crate::limits::Limits;
use crate::plugin::Plugins;
use crate::plugin::session::{Items, Session};
use crate::plugin::settings::Accounts;
use crate::request::{AppRequest, AppResponse};

/// Longest pause before a worker that keeps ending is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What an app answers.
#[derive(Debug)]
pub enum Answered {
    /// A whole response.
    Whole(AppResponse),
    /// A response whose body comes in pieces; that of `head` is empty. An error among the pieces is the
    /// last and means that the body is not whole. Dropping them ends what makes them.
    Stream {
        /// Status and headers.
        head: AppResponse,
        /// The body.
        pieces: Pieces,
    },
}

/// One app and, while it is used, its worker.
pub struct App {
    inner: Arc<Inner>,
    turns: Turns,
}

struct Inner {
    spec: Spec,
    config: Arc<Config>,
    plugins: Arc<Plugins>,
    streams: Arc<Semaphore>,
    accounts: Arc<Accounts>,
    schema: Option<Arc<store::Schema>>,
    prepared: OnceCell<Arc<Prepared>>,
    state: Mutex<State>,
}

struct State {
    current: Arc<OnceCell<Arc<Crew>>>,
    crashes: u32,
    last: Instant,
}

impl App {
    pub(super) fn new(spec: Spec, config: Arc<Config>, plugins: Arc<Plugins>) -> Self {
        let turns = Turns::new(spec.limits.threads());
        let streams = Arc::new(Semaphore::new(
            spec.limits.streams.min(Semaphore::MAX_PERMITS),
        ));
        let state = State {
            current: Arc::default(),
            crashes: 0,
            last: Instant::now(),
        };
        let accounts = Accounts::new(Arc::clone(&config.settings), spec.accounts.clone());
        let accounts = Arc::new(accounts);
        let inner = Inner {
            schema: spec.inspection.schema.clone().map(Arc::new),
            spec,
            config,
            plugins,
            streams,
            accounts,
            prepared: OnceCell::new(),
            state: Mutex::new(state),
        };
        Self {
            inner: Arc::new(inner),
            turns,
        }
    }

    /// Runs the handler of one route for the one `acting` names.
    ///
    /// The run goes on when the caller stops waiting, so that its calls and records come to an end
    /// and its turn is not given away too early.
    pub async fn serve(
        &self,
        request: AppRequest,
        acting: Arc<Acting>,
        at: &Moment,
    ) -> Result<Answered, AppError> {
        if request.body.len() > self.inner.spec.limits.request_body {
            return Err(AppError::Handler(
                "the request body is too large".to_owned(),
            ));
        }
        let turn = self.turns.take().await?;
        let inner = Arc::clone(&self.inner);
        let at = at.clone();
        let run = tokio::spawn(async move {
            let _turn = turn;
            inner.run(request, acting, at).await
        });
        run.await
            .unwrap_or_else(|_| Err(AppError::Unavailable("the request was given up".to_owned())))
    }

    /// Stops the worker; the next request starts a new one.
    pub async fn stop(&self) {
        if let Some(crew) = self.inner.state().current.get() {
            crew.end("the app was stopped");
        }
    }
}

impl Inner {
    async fn run(
        self: Arc<Self>,
        request: AppRequest,
        acting: Arc<Acting>,
        at: Moment,
    ) -> Result<Answered, AppError> {
        let prepared = self.prepared().await?;
        let session = Session::with(Arc::clone(&self.accounts)).storing(self.schema.clone());
        let session = Arc::new(session);
        let ended = self.fly(request, acting, at, &session).await;
        let items = match &ended {
            Ok((Outcome::Stream { stream, .. }, _)) => session.take_stream(*stream),
            Ok(_) | Err(_) => None,
        };
        let leaked = session.end().await;
        if let (Ok(_), Some(name)) = (&ended, leaked.first()) {
            return Err(AppError::Handler(format!(
                "resource has not be closed, check handler code: {name}"
            )));
        }
        let (outcome, renderer) = ended.map_err(|error| prepared.shown(error))?;
        let tokens = &prepared.tokens;
        match outcome {
            Outcome::Response(response) => {
                let response = shown::off_thread(*response, tokens).await?;
                Ok(Answered::Whole(response))
            }
            Outcome::Stream { head, render, .. } => {
                let head = shown::off_thread(*head, tokens).await?;
                let items = items.ok_or(AppError::Handler("stream value is nil".to_owned()))?;
                self.stream(&prepared, (head, render), renderer, items)
            }
            Outcome::Failed { message, place } => Err(self.failed(tokens.show(&message), &place)),
            Outcome::Limit(message) => Err(AppError::Unavailable(tokens.show(&message))),
        }
    }

    /// Tells the operator of a failure, too.
    fn failed(&self, message: String, place: &str) -> AppError {
        tracing::warn!(
            app = self.spec.instance.path,
            place,
            message = message.escape_debug().to_string(),
            "handler failed"
        );
        AppError::Handler(message)
    }

    /// Begins to send a stream; it takes no turn of a request.
    fn stream(
        &self,
        prepared: &Prepared,
        (head, render): (AppResponse, Rendering),
        renderer: Renderer,
        items: Box<dyn Items>,
    ) -> Result<Answered, AppError> {
        let place = Arc::clone(&self.streams).try_acquire_owned();
        let kind = shown::kind(&head);
        let streamer = Streamer {
            renderer,
            render,
            tokens: Arc::clone(&prepared.tokens),
            escape: shown::escape_for(kind),
            html: kind.starts_with("text/html"),
            limits: self.limits().clone(),
            place: place.map_err(|_| AppError::Busy)?,
        };
        let pieces = streamer.send(items);
        Ok(Answered::Stream { head, pieces })
    }

    /// Sends the request to the worker and waits for its end, but not beyond its time.
    async fn fly(
        &self,
        request: AppRequest,
        acting: Arc<Acting>,
        at: Moment,
        session: &Arc<Session>,
    ) -> Result<(Outcome, Renderer), AppError> {
        let (reply, outcome) = oneshot::channel();
        let clock = Clock::start(self.limits());
        let mut flight = Flight {
            reply,
            acting,
            at,
            session: Arc::clone(session),
            clock: Arc::clone(&clock),
        };
        let (crew, id) = loop {
            let crew = self.crew().await?;
            // A worker that went to rest in between gives the request back.
            match crew.board(flight) {
                Ok(id) => break (crew, id),
                Err(back) => flight = back,
            }
        };
        clock.restart();
        let request = Box::new(request);
        match frame::encode(&ToWorker::Request { id, request }) {
            Ok(bytes) => crew.tell(bytes).await,
            Err(error) => {
                crew.leave(id);
                return Err(AppError::Handler(error.to_string()));
            }
        };
        let outcome = self.landed(&crew, &clock, outcome).await?;
        Ok((outcome, Renderer::new(crew, id, self.config.now)))
    }

    /// The end of a request, or of its worker when the time is up.
    async fn landed(
        &self,
        crew: &Crew,
        clock: &Clock,
        mut outcome: oneshot::Receiver<Outcome>,
    ) -> Result<Outcome, AppError> {
        while let Some(left) = clock.left() {
            match timeout(left, &mut outcome).await {
                Ok(Ok(outcome)) => {
                    self.state().crashes = 0;
                    return Ok(outcome);
                }
                Ok(Err(_)) => {
                    self.crashed();
                    return Err(AppError::Unavailable(crew.reason()));
                }
                Err(_) => {}
            }
        }
        crew.end("a request took too long and the app's worker was stopped");
        self.crashed();
        Err(AppError::Unavailable(
            "the code took too long and was stopped".to_owned(),
        ))
    }

    /// The current worker, or a new one.
    async fn crew(&self) -> Result<Arc<Crew>, AppError> {
        let cell = {
            let mut state = self.state();
            if state.current.get().is_some_and(|crew| !crew.is_open()) {
                state.current = Arc::default();
            }
            Arc::clone(&state.current)
        };
        cell.get_or_try_init(|| self.start()).await.cloned()
    }

    async fn start(&self) -> Result<Arc<Crew>, AppError> {
        let pause = self.state().pause();
        sleep(pause).await;
        let prepared = self.prepared().await?;
        let limits = self.limits();
        let mut process = Process::start(&self.config.worker, limits).await?;
        let init = prepared.init(false, mount(&self.spec.instance.path), limits);
        if let Err(error) = process.load(init, limits).await {
            process.end().await;
            self.crashed();
            return Err(error);
        }
        let duty = Duty {
            plugins: Arc::clone(&self.plugins),
            tokens: Arc::clone(&prepared.tokens),
            idle: limits.idle,
            name: self.spec.instance.path.clone(),
        };
        Ok(Crew::start(process, duty))
    }

    /// Files and tokens, made once and off the async threads.
    async fn prepared(&self) -> Result<Arc<Prepared>, AppError> {
        let prepare = || async {
            let spec = self.spec.clone();
            let made = tokio::task::spawn_blocking(move || {
                let prepared = Prepared::new(&spec.source, &spec.params);
                Arc::new(prepared.within(spec.surroundings.clone()))
            })
            .await;
            made.map_err(|_| AppError::Unavailable("the app could not be prepared".to_owned()))
        };
        self.prepared.get_or_try_init(prepare).await.cloned()
    }

    fn limits(&self) -> &Limits {
        &self.spec.limits
    }

    fn crashed(&self) {
        let mut state = self.state();
        state.crashes = state.crashes.saturating_add(1);
        state.last = Instant::now();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How long to wait before the next start: nothing after the first crash, then ever longer.
    fn pause(&self) -> Duration {
        let doubled = Duration::from_millis(25).saturating_mul(1 << self.crashes.min(10));
        let wanted = if self.crashes < 2 {
            Duration::ZERO
        } else {
            doubled.min(LONGEST_PAUSE)
        };
        wanted.saturating_sub(self.last.elapsed())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(crew) = self.state().current.get() {
            crew.end("the app was removed");
        }
    }
}
