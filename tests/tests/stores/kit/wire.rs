//! A wire to the database that is cut between a write and its answer.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

type Plan = Arc<Mutex<Option<&'static [u8]>>>;

pub(crate) struct Wire {
    pub(crate) port: u16,
    plan: Plan,
    task: JoinHandle<()>,
}

impl Wire {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (own, plan) = (listener.local_addr().unwrap().port(), Plan::default());
        let plans = Arc::clone(&plan);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(carry(client, server, Arc::clone(&plans)));
            }
        });
        Self { port: own, plan, task }
    }

    /// The next time that somebody sends these octets, the answer does not arrive, and the connection ends.
    pub(crate) fn cut_after(&self, octets: &'static [u8]) {
        *self.plan.lock().unwrap() = Some(octets);
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.plan.lock().unwrap().is_none()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, plan: Plan) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut swallow = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let octets = &asked[..length];
                let holds = |wanted: &[u8]| octets.windows(wanted.len()).any(|window| window == wanted);
                swallow |= plan.lock().unwrap().take_if(|wanted| holds(wanted)).is_some();
                if server.write_all(octets).await.is_err() {
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
