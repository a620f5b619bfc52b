use std::{pin::pin, sync::Arc, task::Poll};

use tokio::{sync::Barrier, task::JoinSet};

use crate::Broken;

/// How many come at once.
pub(crate) const MANY: usize = 64;

/// Runs so many tasks, which all begin at the same moment, and returns what they came to in no order.
pub(crate) async fn all_at_once<T, F>(number: usize, task: impl Fn(usize) -> F) -> Result<Vec<T>, Broken>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(number));
    let mut tasks = JoinSet::new();
    for each in 0..number {
        let (start, task) = (Arc::clone(&start), task(each));
        tasks.spawn(async move {
            start.wait().await;
            task.await
        });
    }
    let mut outputs = Vec::with_capacity(number);
    while let Some(output) = tasks.join_next().await {
        outputs.push(output.map_err(|error| Broken::because(format!("a call did not return: {error}")))?);
    }
    Ok(outputs)
}

/// Polls the future so many times, each when it is woken, and drops it if it is not done by then.
pub(crate) async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
