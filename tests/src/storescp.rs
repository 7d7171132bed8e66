//! DCMTK's Storage SCP and archive, on ports of their own.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;

use crate::clients::dcmtk;

/// A port that nobody listens on at the moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("a bound socket").port()
}

/// A running DCMTK server. Dropping it ends it.
pub struct Dcmtk {
    /// Where it listens.
    pub port: u16,
    /// Where it puts what it is sent.
    pub folder: PathBuf,
    process: Child,
}

impl Dcmtk {
    /// `storescp`, which writes data sets bit by bit as they come.
    pub fn storescp(folder: &Path, more: &[&str]) -> Self {
        Self::storescp_at(free_port(), folder, more)
    }

    /// The same on a known port.
    pub fn storescp_at(port: u16, folder: &Path, more: &[&str]) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        let mut command = dcmtk("storescp");
        command.args(["+B", "-od"]).arg(folder).args(more).arg(port.to_string());
        Self::start(command, port, folder)
    }

    /// `dcmqrscp` as ARCHIVE, which knows some application entities of this machine by title and port.
    pub fn dcmqrscp(folder: &Path, peers: &[(&str, u16)]) -> Self {
        let port = free_port();
        let objects = folder.join("objects");
        std::fs::create_dir_all(&objects).expect("a folder");
        let hosts: Vec<String> =
            peers.iter().map(|(title, port)| format!("{title} = ({title}, 127.0.0.1, {port})")).collect();
        let titles: Vec<&str> = peers.iter().map(|(title, _)| *title).collect();
        let config = format!(
            "NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n\
             HostTable BEGIN\n{}\nall = {}\nHostTable END\n\
             VendorTable BEGIN\nVendorTable END\n\
             AETable BEGIN\nARCHIVE {} RW (200, 1024mb) ANY\nAETable END\n",
            hosts.join("\n"),
            titles.join(", "),
            objects.display()
        );
        let path = folder.join("dcmqrscp.cfg");
        std::fs::write(&path, config).expect("a file");
        let mut command = dcmtk("dcmqrscp");
        command.arg("-c").arg(&path);
        Self::start(command, port, &objects)
    }

    fn start(mut command: std::process::Command, port: u16, folder: &Path) -> Self {
        let process = command.spawn().expect("it runs");
        crate::wait_until("DCMTK listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, folder: folder.to_owned(), process }
    }

    /// The data sets that it was sent, in no order.
    pub fn data_sets(&self) -> Vec<Vec<u8>> {
        let files = crate::files(&self.folder).into_iter().filter(|path| !path.ends_with("index.dat"));
        let read = |path: PathBuf| {
            let file = std::fs::read(&path).expect("a file");
            crate::scu::data_set_start(&file).map(|start| file[start..].to_vec())
        };
        files.filter_map(read).collect()
    }
}

impl Drop for Dcmtk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
