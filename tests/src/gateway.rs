//! A gateway process with a data directory of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::http::Http;

/// AE title that the testkit registers with every right.
pub const AE: &str = "TESTER";

/// A running gateway. Dropping it kills the process and removes its data.
pub struct Gateway {
    /// Where it listens for HTTP: `127.0.0.1:8080`.
    pub http_address: String,
    /// Where it listens for DIMSE.
    pub dimse_address: String,
    /// Password of the first administrator, `admin`.
    pub password: String,
    process: Child,
    settings: Vec<String>,
    folder: tempfile::TempDir,
}

impl Gateway {
    /// A gateway on a fresh data directory, with [`AE`] registered.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more configuration (`key=value`).
    pub fn start_with(settings: &[&str]) -> Self {
        Self::start_in(cluster::testing::folder(), settings)
    }

    /// The same, with the data directory `data` in this folder. It has no user yet.
    pub fn start_in(folder: tempfile::TempDir, settings: &[&str]) -> Self {
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let (process, banner) = launch(&folder.path().join("data"), &settings);
        let password = banner.password.expect("the first start shows a password");
        let gateway =
            Self { http_address: banner.http, dimse_address: banner.dimse, password, process, settings, folder };
        gateway.command(&["ae", "add", AE, "127.0.0.1", "11113", "--may", "store,query,move,worklist"]);
        gateway
    }

    /// Folder that holds the data directory, for files of the test's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Port for DIMSE.
    pub fn dimse_port(&self) -> &str {
        self.dimse_address.rsplit(':').next().expect("a port")
    }

    /// An HTTP client that is the administrator.
    pub fn http(&self) -> Http {
        Http::new(format!("http://{}", self.http_address)).with_password("admin", &self.password)
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Runs a `pacs` command on the same data directory; it must succeed.
    pub fn command(&self, arguments: &[&str]) -> String {
        let output = self.try_command(arguments, "");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "pacs {arguments:?}: {out}{err}");
        out.into_owned()
    }

    /// Runs a `pacs` command with something on its standard input.
    pub fn try_command(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .prepared(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        child.stdin.take().expect("standard input").write_all(input.as_bytes()).expect("input");
        child.wait_with_output().expect("output")
    }

    /// A `pacs` command on the same data directory, to be run.
    pub fn prepared(&self, arguments: &[&str]) -> Command {
        let mut command = pacs(&self.data_dir(), &self.settings);
        command.args(arguments);
        command
    }

    /// Kills the process as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill().expect("kill");
        self.process.wait().expect("wait");
    }

    /// Asks the process to stop, and says whether it ended well.
    pub fn stop(&mut self) -> bool {
        self.ask_to_stop();
        self.ends_well()
    }

    /// Asks the process to stop, and does not wait.
    pub fn ask_to_stop(&self) {
        // SAFETY: a signal to the process that this test started.
        unsafe { libc::kill(self.process.id().cast_signed(), libc::SIGTERM) };
    }

    /// Waits until the process has ended, and says whether it did so well.
    pub fn ends_well(&mut self) -> bool {
        self.process.wait().expect("wait").success()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data_dir().with_extension("log")).expect("a log")
    }

    /// Starts the process again on the same data.
    pub fn start_again(&mut self) {
        let (process, banner) = launch(&self.data_dir(), &self.settings);
        self.process = process;
        self.http_address = banner.http;
        self.dimse_address = banner.dimse;
    }

    /// Resident memory of the process in bytes.
    pub fn resident(&self) -> u64 {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.pid())).expect("statm");
        let pages: u64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).expect("pages");
        pages * 4096
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // The database server ends with the gateway; its files can be removed once it has.
        let pid_file = self.data_dir().join("postgres/data/postmaster.pid");
        let from = std::time::Instant::now();
        while pid_file.exists() && from.elapsed().as_secs() < 10 {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

struct Banner {
    http: String,
    dimse: String,
    password: Option<String>,
}

/// The binary, which `cargo build --workspace` puts beside the tests, or the one that `PACS` names.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("PACS") {
        return std::path::absolute(named).expect("a folder to start from");
    }
    let test = std::env::current_exe().expect("this test's path");
    let folder = test.parent().and_then(Path::parent).expect("target/PROFILE");
    let binary = folder.join("pacs");
    assert!(binary.exists(), "{} is missing: run `cargo build --workspace` first", binary.display());
    binary
}

fn pacs(data: &Path, settings: &[String]) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(data.parent().expect("a folder")).arg("--data-dir").arg(data);
    for setting in settings {
        command.args(["--set", setting]);
    }
    command
}

fn launch(data: &Path, settings: &[String]) -> (Child, Banner) {
    let log = std::fs::File::options().create(true).append(true).open(data.with_extension("log")).expect("a log file");
    // The test's own settings win.
    let any_port = ["http.listen=127.0.0.1:0", "dimse.listen=127.0.0.1:0"].map(str::to_owned);
    let mut process = pacs(data, &[&any_port[..], settings].concat())
        .arg("serve")
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the gateway starts");
    let mut banner = Banner { http: String::new(), dimse: String::new(), password: None };
    let mut lines = BufReader::new(process.stdout.take().expect("standard output")).lines();
    loop {
        let Some(Ok(line)) = lines.next() else {
            let log = std::fs::read_to_string(data.with_extension("log")).unwrap_or_default();
            let _ = process.wait();
            panic!("the gateway ended at its start:\n{log}");
        };
        read_banner(&line, &mut banner);
        if line.contains("To see some images") {
            return (process, banner);
        }
    }
}

fn read_banner(line: &str, banner: &mut Banner) {
    let line = line.trim();
    if let Some(url) = line.strip_prefix("DICOMweb") {
        let address = url.trim().split("://").nth(1).expect("a URL");
        banner.http = address.trim_end_matches("/dicom-web").to_owned();
    } else if let Some(rest) = line.strip_prefix("DIMSE") {
        banner.dimse = rest.trim().split(',').next().expect("an address").to_owned();
    } else if let Some((_, password)) = line.split_once("password ") {
        banner.password.get_or_insert_with(|| password.trim().to_owned());
    }
}
