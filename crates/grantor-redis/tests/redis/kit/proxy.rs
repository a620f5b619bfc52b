use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// When a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Redis never sees the command.
    Before(&'static str),
    /// Redis did it, and its answer never arrives.
    After(&'static str),
}

/// A wire to Redis that is cut once, at the command that the test names.
pub(crate) struct Proxy {
    port: u16,
    cut: Arc<Mutex<Option<Cut>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let cut = Arc::<Mutex<Option<Cut>>>::default();
        let plan = Arc::clone(&cut);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(carry(client, server, Arc::clone(&plan)));
            }
        });
        Self { port: own_port, cut, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Cuts the connection of the next such command.
    pub(crate) fn cut(&self, cut: Cut) {
        *self.cut.lock().unwrap() = Some(cut);
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.cut.lock().unwrap().is_none()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries both ways until one side ends, or the wire is cut.
async fn carry(mut client: TcpStream, mut server: TcpStream, plan: Arc<Mutex<Option<Cut>>>) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut swallow = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let bytes = &asked[..length];
                match take_if(&plan, bytes) {
                    Some(Cut::Before(_)) => return,
                    Some(Cut::After(_)) => swallow = true,
                    None => {}
                }
                if server.write_all(bytes).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if swallow || client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn take_if(plan: &Mutex<Option<Cut>>, bytes: &[u8]) -> Option<Cut> {
    plan.lock().unwrap().take_if(|cut| {
        let (Cut::Before(command) | Cut::After(command)) = *cut;
        // As it stands on the wire: behind its length, and alone on its line.
        let line = format!("\r\n{command}\r\n");
        bytes.windows(line.len()).any(|window| window == line.as_bytes())
    })
}
