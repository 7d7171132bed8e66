//! A Storage SCP that accepts and answers as a test tells it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::BytesMut;
use dicom_ul::association::read_pdu_from_wire_async;
use dicom_ul::pdu::{
    AbortRQSource, AssociationAC, AssociationRQ, PDataValueType, Pdu, PresentationContextResult,
    PresentationContextResultReason as Reason, UserVariableItem,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::peer::{Command, Peer, command, element, elements};

/// What came.
#[derive(Debug, Clone)]
pub struct Received {
    pub command: Command,
    pub data_set: Vec<u8>,
    pub transfer_syntax: String,
}

/// How a C-STORE is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Status(u16),
    /// A-ABORT instead.
    Abort,
}

/// How an association that is asked for is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Welcome {
    Accept,
    Reject,
    /// Not at all.
    Silence,
}

/// A sink's manners.
pub struct Manners {
    /// The answer to the association of this number, counted from 0.
    pub welcomes: fn(usize) -> Welcome,
    /// Whether a transfer syntax is accepted.
    pub accepts: fn(&str) -> bool,
    /// The reply to the C-STORE of this number, counted from 0 over all associations.
    pub replies: fn(usize) -> Reply,
    /// Maximum Length.
    pub max_pdu: u32,
}

impl Default for Manners {
    fn default() -> Self {
        Self { welcomes: |_| Welcome::Accept, accepts: |_| true, replies: |_| Reply::Status(0), max_pdu: 16_384 }
    }
}

/// A listening Storage SCP.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manners: Manners,
    received: std::sync::Mutex<Vec<Received>>,
    associations: AtomicUsize,
    releases: AtomicUsize,
    number: AtomicUsize,
    /// A permit for each reply.
    leave: Semaphore,
}

impl Sink {
    /// Listens; answers at once.
    pub async fn start(manners: Manners) -> Self {
        let sink = Self::held(manners).await;
        sink.let_go(Semaphore::MAX_PERMITS / 2);
        sink
    }

    /// Listens; answers nothing before [`let_go`](Self::let_go).
    pub async fn held(manners: Manners) -> Self {
        Self::at(0, manners).await
    }

    /// The same, at a port.
    pub async fn at(port: u16, manners: Manners) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a port");
        let address = listener.local_addr().expect("a bound socket");
        let shared = Arc::new(Shared {
            manners,
            received: Default::default(),
            associations: AtomicUsize::new(0),
            releases: AtomicUsize::new(0),
            number: AtomicUsize::new(0),
            leave: Semaphore::new(0),
        });
        let sink = Self { address, shared };
        let serving = sink.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(socket));
            }
        });
        sink
    }

    /// Lets so many replies go.
    pub fn let_go(&self, replies: usize) {
        self.shared.leave.add_permits(replies);
    }

    /// What has come so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("no test panics with it").clone()
    }

    /// How many associations there have been.
    pub fn associations(&self) -> usize {
        self.shared.associations.load(Ordering::SeqCst)
    }

    /// How many of them were released.
    pub fn releases(&self) -> usize {
        self.shared.releases.load(Ordering::SeqCst)
    }

    async fn serve(self, socket: TcpStream) {
        socket.set_nodelay(true).expect("a TCP socket");
        let mut peer = Peer::over(socket);
        let mut buffer = BytesMut::new();
        let mut contexts = Vec::new();
        let mut current = Received { command: Command::new(), data_set: Vec::new(), transfer_syntax: String::new() };
        while let Ok(pdu) = read_pdu_from_wire_async(&mut peer.stream, &mut buffer, 1 << 20, true).await {
            match pdu {
                Pdu::AssociationRQ(request) => {
                    let number = self.shared.associations.fetch_add(1, Ordering::SeqCst);
                    match (self.shared.manners.welcomes)(number) {
                        Welcome::Accept => {}
                        Welcome::Reject => {
                            // Rejected for the moment, by the presentation: local limit exceeded (PS3.8 §9.3.4).
                            peer.send_bytes(&[3, 0, 0, 0, 0, 4, 0, 2, 3, 2]).await;
                            return;
                        }
                        Welcome::Silence => continue,
                    }
                    contexts = self.contexts(&request);
                    peer.send(&Pdu::AssociationAC(self.accept(request, &contexts))).await;
                }
                Pdu::PData { data } => {
                    for value in data {
                        let is_command = value.value_type == PDataValueType::Command;
                        if is_command {
                            current.command = elements(&value.data);
                            current.data_set.clear();
                            continue;
                        }
                        current.data_set.extend_from_slice(&value.data);
                        if value.is_last {
                            let context = contexts.iter().find(|context| context.id == value.presentation_context_id);
                            current.transfer_syntax = context.expect("a context").transfer_syntax.clone();
                            if !self.reply(&mut peer, value.presentation_context_id, &current).await {
                                return;
                            }
                        }
                    }
                }
                Pdu::ReleaseRQ => {
                    self.shared.releases.fetch_add(1, Ordering::SeqCst);
                    peer.send(&Pdu::ReleaseRP).await;
                    return;
                }
                _ => return,
            }
        }
    }

    fn contexts(&self, request: &AssociationRQ) -> Vec<PresentationContextResult> {
        let of = |proposed: &dicom_ul::pdu::PresentationContextProposed| {
            let accepted = proposed.transfer_syntaxes.iter().find(|uid| (self.shared.manners.accepts)(uid));
            let reason = if accepted.is_some() { Reason::Acceptance } else { Reason::TransferSyntaxesNotSupported };
            let transfer_syntax = accepted.unwrap_or(&proposed.transfer_syntaxes[0]).clone();
            PresentationContextResult { id: proposed.id, reason, transfer_syntax }
        };
        request.presentation_contexts.iter().map(of).collect()
    }

    fn accept(&self, request: AssociationRQ, contexts: &[PresentationContextResult]) -> AssociationAC {
        AssociationAC {
            protocol_version: 1,
            calling_ae_title: request.calling_ae_title,
            called_ae_title: request.called_ae_title,
            application_context_name: request.application_context_name,
            presentation_contexts: contexts.to_vec(),
            user_variables: vec![
                UserVariableItem::MaxLength(self.shared.manners.max_pdu),
                UserVariableItem::ImplementationClassUID("1.2.276.0.99.3".into()),
            ],
        }
    }

    /// False when the association is over.
    async fn reply(&self, peer: &mut Peer, context: u8, received: &Received) -> bool {
        let number = self.shared.number.fetch_add(1, Ordering::SeqCst);
        let reply = (self.shared.manners.replies)(number);
        if reply == Reply::Status(0) {
            self.shared.received.lock().expect("no test panics with it").push(received.clone());
        }
        self.shared.leave.acquire().await.expect("nobody closes it").forget();
        match reply {
            Reply::Status(status) => {
                peer.command(context, &store_response(&received.command, status)).await;
                true
            }
            Reply::Abort => {
                peer.send(&Pdu::AbortRQ { source: AbortRQSource::ServiceUser }).await;
                false
            }
        }
    }
}

/// C-STORE-RSP.
pub fn store_response(request: &Command, status: u16) -> Vec<u8> {
    let mut response = Command::new();
    response.insert(element::COMMAND_FIELD, 0x8001_u16.to_le_bytes().to_vec());
    response.insert(element::RESPONDED_TO, request[&element::MESSAGE_ID].clone());
    response.insert(element::DATA_SET_TYPE, 0x0101_u16.to_le_bytes().to_vec());
    response.insert(element::STATUS, status.to_le_bytes().to_vec());
    command(&response)
}
