//! A child process whose output is followed.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A program that takes longer to begin or to end hangs, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// It ends with this value.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts it and answers where it listens, `None` if it does not say so in time.
    pub(crate) fn serve(command: &mut Command) -> (Self, Option<String>) {
        let (ready, waiting) = channel();
        let process = Self::start(command, Some(ready));
        (process, waiting.recv_timeout(PATIENCE).ok())
    }

    /// Runs it to its end, which must come in time: its exit code and everything it printed.
    pub(crate) fn run(command: &mut Command) -> (Option<i32>, String) {
        let mut process = Self::start(command, None);
        let status = process.wait(PATIENCE);
        (status.and_then(|status| status.code()), process.end())
    }

    fn start(command: &mut Command, ready: Option<Sender<String>>) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the example starts");
        let output = Arc::default();
        let readers = [follow(child.stdout.take().unwrap(), &output, ready), follow(child.stderr.take().unwrap(), &output, None)];
        Self { child, output, readers: readers.into() }
    }

    /// Asks it to end, and waits for it.
    pub(crate) fn stop(&mut self) -> Option<ExitStatus> {
        self.signal(Signal::TERM);
        self.wait(PATIENCE)
    }

    /// Ends it if it has not ended: everything it printed. Before its end, what it printed last may be still on its way.
    pub(crate) fn end(&mut self) -> String {
        self.finish(PATIENCE);
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        self.output()
    }

    /// Ends it as a crash would, at once.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Everything it has printed so far.
    pub(crate) fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Sees to it that it has ended.
    fn finish(&mut self, patience: Duration) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        // Asked first: a program that is killed leaves no coverage profile.
        self.signal(Signal::TERM);
        if self.wait(patience).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn signal(&self, signal: Signal) {
        // Until it is waited for, the id stays its own.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < limit {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.finish(Duration::from_secs(2));
    }
}

fn follow(stream: impl Read + Send + 'static, output: &Arc<Mutex<String>>, ready: Option<Sender<String>>) -> JoinHandle<()> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let (Some(ready), Some(base)) = (&ready, line.strip_prefix("listening on ")) {
                let _ = ready.send(base.trim().to_owned());
            }
            let mut output = output.lock().unwrap();
            output.push_str(&line);
            output.push('\n');
        }
    })
}
