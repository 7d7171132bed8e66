//! The shell on a socket of its own, with an archive of its own.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_server::ServerBuilder;
use actix_web::dev::ServerHandle;
use actix_web::{App, rt, web};
use archive::access::ApplicationEntity;
use archive::similar::SimilarSettings;
use archive::volume::DevicePolicy;
use archive::{Archive, DuplicatePolicy, Role};
use base64::Engine;
use cluster::testing::{TestDatabase, folder};
use qido_wado_stow::Settings;

use crate::client::{Answer, send};
use crate::object::Object;

const PASSWORD: &str = "a long enough one";

/// A running server. It stops, and its databases and files go, when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    pub node: std::path::PathBuf,
    pub archive: Archive,
    databases: [TestDatabase; 2],
    _folder: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(Settings::default())
    }

    pub fn start_with(settings: Settings) -> Self {
        Self::start_with_room(settings, 256 << 20)
    }

    /// With so many bytes for volumes.
    pub fn start_with_room(settings: Settings, volume_cache: u64) -> Self {
        Self::start_on(DevicePolicy::default(), settings, volume_cache)
    }

    /// With volumes on such a device.
    pub fn start_on(volume_device: DevicePolicy, settings: Settings, volume_cache: u64) -> Self {
        let databases = [TestDatabase::new("web_index"), TestDatabase::new("web_identity")];
        let folder = folder();
        let node = folder.path().join("objects");
        let opening = archive::Settings {
            index_url: databases[0].url(),
            identity_url: databases[1].url(),
            connections: 4,
            node_folder: node.clone(),
            duplicates: DuplicatePolicy::Refuse,
            largest_object: 64 << 20,
            volume_cache,
            volume_device,
            similar: SimilarSettings { quiet: Duration::ZERO, ..Default::default() },
        };
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || rt::System::new().block_on(serve(opening, settings, sender)));
        let (address, handle, archive) = receiver.recv().expect("the server starts");
        Self { address, handle, thread: Some(thread), node, archive, databases, _folder: folder }
    }

    /// Asks the index database.
    pub fn sql(&self, statement: &str) -> String {
        self.databases[0].sql(statement)
    }

    /// GET as a clinician.
    pub fn get(&self, path: &str, accept: &str) -> Answer {
        self.send("GET", path, &[("Accept", accept)], b"")
    }

    /// Any request as a clinician.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let authorization = basic("clara");
        let mut all = vec![("Authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        send(self.address, method, path, &all, body)
    }

    /// Stores objects in one request, all of which must be taken.
    pub fn store(&self, objects: &[&Object]) {
        let answer = self.post_files(&objects.iter().map(|object| object.file()).collect::<Vec<_>>());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Posts files as the parts of one request.
    pub fn post_files(&self, files: &[Vec<u8>]) -> Answer {
        let mut body = Vec::new();
        for file in files {
            body.extend_from_slice(b"--B\r\nContent-Type: application/dicom\r\n\r\n");
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--B--\r\n");
        self.post(r#"multipart/related; type="application/dicom"; boundary=B"#, &body)
    }

    /// Posts a body of this type to `/studies`.
    pub fn post(&self, content_type: &str, body: &[u8]) -> Answer {
        self.send("POST", "/dicom-web/studies", &[("Content-Type", content_type)], body)
    }
}

/// The value of `Authorization` for a user of the server.
pub fn basic(name: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{PASSWORD}")))
}

async fn serve(
    opening: archive::Settings,
    settings: Settings,
    sender: mpsc::Sender<(SocketAddr, ServerHandle, Archive)>,
) {
    let archive = Archive::open(opening).await.expect("an archive");
    for (name, role) in [("clara", Role::Clinician), ("rita", Role::Researcher), ("alma", Role::Administrator)] {
        archive.add_user("test", name, PASSWORD, &[role]).await.expect("a user");
    }
    let reading = ApplicationEntity::at("READING".parse().expect("a title"), "127.0.0.1", 104);
    archive.add_application_entity("test", &reading).await.expect("an application entity");
    let shared = web::Data::new(archive.clone());
    let app =
        move || App::new().app_data(shared.clone()).configure(|app| qido_wado_stow::routes(app, settings.clone()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = ServerBuilder::new().workers(1).disable_signals();
    let server = qido_wado_stow::listen(server, listener, app).expect("a server").run();
    sender.send((address, server.handle(), archive.clone())).expect("the test waits");
    server.await.expect("the server ends well");
    archive.close().await;
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
