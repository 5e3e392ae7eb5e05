//! Stopping in order: a first signal lets what was begun finish, a second does not.

use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long calls may take to finish. Connections that only stay open are not worth more.
pub(super) const GRACE: Duration = Duration::from_secs(15);
/// What a shell answers for a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// What the first signal tells.
#[derive(Debug)]
pub(crate) struct Stop {
    here: oneshot::Receiver<()>,
    server: oneshot::Receiver<()>,
}

/// Watches for signals: before anybody is told that the server is ready, so that none is missed.
///
/// # Errors
/// When signals cannot be watched.
pub(crate) fn watch() -> io::Result<Stop> {
    let mut signals = Signals::watch()?;
    let (tell_here, here) = oneshot::channel();
    let (tell_server, server) = oneshot::channel();
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!(signal = name, "stopping: no new calls, those at hand are finished");
        // Whoever is told of the stop may have ended by itself.
        let _ = (tell_here.send(()), tell_server.send(()));
        signals.next().await;
        tracing::warn!("stopping at once");
        std::process::exit(INTERRUPTED);
    });
    Ok(Stop { here, server })
}

impl Stop {
    /// Runs a server, which is given the future that ends with the first signal; then waits for its end, though not for
    /// ever.
    pub(super) async fn serve<S>(self, serve: impl FnOnce(Signal) -> S) -> io::Result<()>
    where
        S: Future<Output = io::Result<()>>,
    {
        let Self { here, server } = self;
        let too_long = async {
            match here.await {
                Ok(()) => tokio::time::sleep(GRACE).await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = serve(Signal(server)) => ended,
            () = too_long => {
                tracing::warn!(seconds = GRACE.as_secs(), "calls that did not finish in time were cut off");
                Ok(())
            }
        }
    }
}

/// Ends with the first signal.
pub(super) struct Signal(oneshot::Receiver<()>);

impl Signal {
    pub(super) async fn wait(self) {
        // Whoever would tell lives as long as the runtime.
        let _ = self.0.await;
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn watch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn watch() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        // Where signals cannot be had nobody stops the server this way.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
