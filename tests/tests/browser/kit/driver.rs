//! Chromium, driven by its own driver: a process and a profile for each person.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

/// How long a person waits for what should happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// How often they look.
pub(crate) const GLANCE: Duration = Duration::from_millis(40);
/// How many drivers are started at most until one listens: now and then one ends before.
const STARTS: usize = 5;

/// What is special about a browser.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether it keeps cookies.
    pub(crate) cookies: bool,
    /// Whether it runs scripts.
    pub(crate) scripts: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cookies: true, scripts: true }
    }
}

/// The driver's process. It and its browser end with this value.
#[derive(Debug)]
pub(crate) struct Chromedriver {
    process: Child,
    profile: TempDir,
}

impl Chromedriver {
    /// Starts the driver and a browser.
    pub(crate) async fn start(settings: &Settings) -> (Self, WebDriver) {
        let (driver, port) = (0..STARTS).find_map(|_| Self::listening()).expect("chromedriver says on which port it is");
        let browser = WebDriver::builder(format!("http://127.0.0.1:{port}"), driver.capabilities(settings));
        let poller = ElementPollerWithTimeout::new(PATIENCE, GLANCE);
        let browser = browser.poller(std::sync::Arc::new(poller)).connect().await.expect("Chromium starts");
        (driver, browser)
    }

    /// A driver and its port, or nothing where it ended or hung before it had one.
    fn listening() -> Option<(Self, u16)> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // A group of its own, so that what the driver starts can be ended with it, and nothing else is.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command.spawn().expect("chromedriver starts");
        let output = process.stdout.take().unwrap();
        let driver = Self { process, profile: TempDir::new().unwrap() };
        port(output).map(|port| (driver, port))
    }

    fn capabilities(&self, settings: &Settings) -> thirtyfour::ChromeCapabilities {
        let mut wanted = DesiredCapabilities::chrome();
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        for argument in [
            profile.as_str(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-default-browser-check",
            "--window-size=1280,900",
            // Nobody outside is reached, whatever a page or the browser itself asks for.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        ] {
            wanted.add_arg(argument).unwrap();
        }
        let value = |allowed: bool| if allowed { 1 } else { 2 };
        let preferences = json!({
            "profile.default_content_setting_values": {
                "cookies": value(settings.cookies),
                "javascript": value(settings.scripts),
            },
            "credentials_enable_service": false,
        });
        wanted.add_experimental_option("prefs", preferences).unwrap();
        wanted.set_logging_prefs("browser", LoggingPrefsLogLevel::All).unwrap();
        wanted.set_logging_prefs("performance", LoggingPrefsLogLevel::All).unwrap();
        wanted
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Until it is waited for, its id and its group's are its own.
        let id = Pid::from_child(&self.process);
        let _ = kill_process(id, Signal::TERM);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) && matches!(self.process.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
        if matches!(self.process.try_wait(), Ok(None)) {
            let _ = kill_process_group(id, Signal::KILL);
            let _ = self.process.wait();
        }
    }
}

/// The port that the driver says it took, if it comes to that.
fn port(output: ChildStdout) -> Option<u16> {
    let (sender, waiting) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let port = line.rsplit_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').parse::<u16>());
            if let Some(Ok(port)) = port {
                let _ = sender.send(port);
            }
        }
    });
    waiting.recv_timeout(PATIENCE).ok()
}
