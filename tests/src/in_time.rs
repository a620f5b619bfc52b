/// Whether it holds in one of five tries: for what must happen within a second or two of something else, which a busy
/// machine may miss.
pub async fn in_time(check: impl AsyncFn() -> bool) -> bool {
    for _ in 0..5 {
        if check().await {
            return true;
        }
    }
    false
}
