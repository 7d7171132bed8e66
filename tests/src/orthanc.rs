//! Orthanc, another archive, where it is installed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::Gateway;
use crate::http::Http;
use crate::storescp::free_port;

/// Where Debian puts the plugins.
const PLUGINS: &str = "/usr/share/orthanc/plugins";

/// A running Orthanc, AE title ORTHANC, without passwords. Dropping it ends it.
pub struct Orthanc {
    /// Where it listens for DIMSE.
    pub dimse_port: u16,
    http_port: u16,
    process: Child,
}

impl Orthanc {
    /// Starts one that knows a gateway as `pacs`, and registers it there. Says so on standard error when there is none.
    pub fn beside(gateway: &Gateway) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!(
                "Orthanc is not installed (apt-get install orthanc orthanc-dicomweb): this test compares nothing"
            );
            return None;
        };
        let folder = gateway.folder().join("orthanc");
        std::fs::create_dir(&folder).expect("a folder");
        let (http_port, dimse_port) = (free_port(), free_port());
        let gateway_port: u16 = gateway.dimse_port().parse().expect("a port");
        let config = json!({
            "StorageDirectory": folder, "IndexDirectory": folder, "Plugins": [PLUGINS],
            "HttpPort": http_port, "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
            "DicomAet": "ORTHANC", "DicomPort": dimse_port, "DicomAlwaysAllowMove": true, "DicomAlwaysAllowFind": true,
            "DicomModalities": { "pacs": ["PACS", "127.0.0.1", gateway_port] },
            "SynchronousCMove": true, "DicomWeb": { "Enable": true, "Root": "/dicom-web/" },
        });
        let path = folder.join("orthanc.json");
        std::fs::write(&path, config.to_string()).expect("a file");
        let log = std::fs::File::create(folder.join("orthanc.log")).expect("a log file");
        let mut command = Command::new(program);
        let process = command
            .arg(&path)
            .env("TCP_NODELAY", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file"))
            .stderr(log)
            .spawn()
            .expect("it runs");
        let orthanc = Self { dimse_port, http_port, process };
        crate::wait_until("Orthanc answers", || orthanc.http().try_get("/system", "application/json").is_ok());
        gateway.command(&["ae", "add", "ORTHANC", "127.0.0.1", &dimse_port.to_string(), "--may", "store,query,move"]);
        Some(orthanc)
    }

    /// Its REST interface.
    pub fn http(&self) -> Http {
        Http::new(format!("http://127.0.0.1:{}", self.http_port))
    }

    /// Base URL of its DICOMweb service; none when it has not the plugin.
    pub fn dicom_web(&self) -> Option<String> {
        let plugins = self.http().get("/plugins", "application/json").json();
        let has = plugins.as_array().is_some_and(|list| list.iter().any(|name| name == "dicom-web"));
        if !has {
            eprintln!("Orthanc has no DICOMweb plugin (apt-get install orthanc-dicomweb): this is not compared");
        }
        has.then(|| format!("http://127.0.0.1:{}/dicom-web", self.http_port))
    }

    /// The files that it has, in no order.
    pub fn files(&self) -> Vec<Vec<u8>> {
        let http = self.http();
        let ids = http.get("/instances", "application/json").json();
        let ids = ids.as_array().expect("an array").iter().filter_map(|id| id.as_str());
        ids.map(|id| http.get(&format!("/instances/{id}/file"), "application/dicom").body).collect()
    }

    /// POST of JSON to its REST interface, which must succeed.
    pub fn post(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let answer = self.http().post(path, "application/json", "application/json", body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }
}

impl Drop for Orthanc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    ["/usr/sbin/Orthanc", "/usr/local/sbin/Orthanc"]
        .map(Path::new)
        .into_iter()
        .find(|path| path.exists())
        .map(Path::to_owned)
}
