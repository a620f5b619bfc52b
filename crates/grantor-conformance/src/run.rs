use std::io;

use crate::Broken;

/// Runs one promise on a runtime of its own, with threads for those that come at once.
///
/// # Errors
/// What the promise comes to, under its name.
pub fn run(promise: &'static str, kept: impl Future<Output = Result<(), Broken>>) -> Result<(), Broken> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    let no_runtime = |error: io::Error| Broken::because(format!("no runtime to try it on: {error}"));
    runtime.map_err(no_runtime)?.block_on(kept).map_err(|broken| broken.of(promise))
}
