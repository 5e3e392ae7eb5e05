//! The worker beside the server: begun with it, and ended before the books are closed.

use super::stop::GRACE;
use guerdon_programs::worker::Worker;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A worker at work.
#[derive(Debug)]
pub(super) struct Work {
    stop: oneshot::Sender<()>,
    work: JoinHandle<()>,
}

impl Work {
    /// Begins.
    pub(super) fn begin(worker: Worker) -> Self {
        let (stop, stopped) = oneshot::channel();
        let work = tokio::spawn(async move {
            // Whoever would tell lives as long as the server.
            let stopped = async { drop(stopped.await) };
            worker.run(stopped).await;
        });
        Self { stop, work }
    }

    /// Lets what is at hand be finished, though not for ever: what is left is done by whoever has the lease next.
    pub(super) async fn end(self) {
        // It may have ended by itself.
        let _ = self.stop.send(());
        if tokio::time::timeout(GRACE, self.work).await.is_err() {
            tracing::warn!(seconds = GRACE.as_secs(), "work that was not finished in time was left");
        }
    }
}
