//! Metrics: where they are recorded until somebody asks for them.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// Bounds of what is measured in seconds: from a commit to a call that a person waits for.
const SECONDS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.25, 0.5, 1.0, 5.0];
/// Bounds of a batch's size.
const BATCH: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0];
/// How often samples are gathered: until then each lies in memory.
const GATHER_EVERY: Duration = Duration::from_secs(5);

/// Begins to record. Where that cannot be, the server goes on without metrics.
pub(super) fn record() -> Option<PrometheusHandle> {
    match install() {
        Ok(handle) => {
            tokio::spawn(gather(handle.clone()));
            Some(handle)
        }
        Err(error) => {
            tracing::warn!(%error, "there are no metrics");
            None
        }
    }
}

fn install() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_batch_size".to_owned()), &BATCH)?
        .install_recorder()
}

async fn gather(handle: PrometheusHandle) {
    let mut tick = tokio::time::interval(GATHER_EVERY);
    loop {
        tick.tick().await;
        handle.run_upkeep();
    }
}
