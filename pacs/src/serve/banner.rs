//! What the person who started the gateway reads first.

use std::net::SocketAddr;

use crate::config::Config;

/// Prints where the gateway listens and, the first time, how to get in.
pub fn print(config: &Config, http: SocketAddr, dimse: SocketAddr, administrator: Option<&(String, String)>) {
    let scheme = config.http.scheme();
    let secure = if config.dimse.tls.is_used() { "  (TLS)" } else { "" };
    let data = std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    println!("PACS gateway {} is ready.\n", env!("CARGO_PKG_VERSION"));
    println!("  Start page  {scheme}://{http}/");
    println!("  Viewer      {scheme}://{http}/viewer/");
    println!("  DICOMweb    {scheme}://{http}/dicom-web");
    println!("  DIMSE       {dimse}, AE title {}{secure}", config.dimse.ae_title);
    println!("  Data        {}\n", data.display());
    match administrator {
        Some((name, password)) => {
            println!("  The first administrator was made:  user {name}  password {password}");
            println!("  The password is shown this once. To choose your own: pacs user passwd {name}\n");
        }
        None => println!("  Forgotten the password?  pacs user passwd admin\n"),
    }
    println!("  To let a modality in:  pacs ae add TITLE HOST PORT --may store");
    println!("  To see some images:    pacs demo\n");
}
