//! A wire between the store and the server that can be cut.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Bytes pass.
    Whole,
    /// Connections break off, and new ones are refused.
    Cut,
    /// Connections stay open, and nothing passes.
    Silent,
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    server: Arc<str>,
    wire: watch::Sender<Wire>,
    listening: Option<JoinHandle<()>>,
}

impl Proxy {
    pub(crate) async fn before(server: &str) -> Self {
        let (wire, _) = watch::channel(Wire::Whole);
        let mut proxy = Self { port: 0, server: server.into(), wire, listening: None };
        proxy.listen().await;
        proxy
    }

    pub(crate) async fn set(&mut self, wire: Wire) {
        self.wire.send_replace(wire);
        if wire == Wire::Cut {
            let listening = self.listening.take().unwrap();
            listening.abort();
            let _ = listening.await;
        } else if self.listening.is_none() {
            self.listen().await;
        }
    }

    async fn listen(&mut self) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], self.port))).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let (server, wire) = (Arc::clone(&self.server), self.wire.subscribe());
        self.listening = Some(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connect(client, Arc::clone(&server), wire.clone()));
            }
        }));
    }
}

/// Passes bytes while the wire is whole. A silent one swallows what comes, and stays so for this connection.
async fn connect(mut client: TcpStream, server: Arc<str>, mut wire: watch::Receiver<Wire>) {
    let Ok(mut server) = TcpStream::connect(&*server).await else { return };
    if *wire.borrow_and_update() == Wire::Whole {
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            _ = wire.changed() => {}
        }
    }
    if *wire.borrow() == Wire::Silent {
        let mut swallowed = [0; 1024];
        while client.read(&mut swallowed).await.is_ok_and(|read| read > 0) {}
    }
    let _ = (client.shutdown().await, server.shutdown().await);
}
