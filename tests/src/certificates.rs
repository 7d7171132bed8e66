//! Certificates that tests make with the program `openssl`.

use std::path::Path;
use std::process::Command;

use crate::clients::run;

/// An authority, and certificates of it for the server and a client, all for 127.0.0.1: `ca.crt`, `server.crt`,
/// `server.key`, `client.crt`, `client.key`.
pub fn make(folder: &Path) {
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=Authority");
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1").expect("a file");
    for name in ["server", "client"] {
        openssl(folder, &format!("req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(
            folder,
            &format!(
                "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out {name}.crt"
            ),
        );
    }
}

/// Settings of a gateway that shows the server's certificate in a section of its configuration, `http` or `dimse`; with
/// `client_ca` it asks for certificates.
pub fn settings(folder: &Path, section: &str, client_ca: bool) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut settings = vec![
        format!("{section}.tls.certificate={}", path("server.crt")),
        format!("{section}.tls.key={}", path("server.key")),
    ];
    if client_ca {
        settings.push(format!("{section}.tls.client_ca={}", path("ca.crt")));
    }
    settings
}

fn openssl(folder: &Path, arguments: &str) {
    run(Command::new("openssl").current_dir(folder).args(arguments.split(' ')));
}
