//! DCMTK as the requestor. `make test` installs it; where it is not, these tests say so and prove nothing.

use std::path::Path;
use std::process::{Output, Stdio};

use tokio::process::Command;

use crate::support::{Object, Server, part10};

/// Runs a DCMTK tool against the server; none when it is not installed. DCMTK leaves Nagle's algorithm on unless told.
async fn run(server: &Server, tool: &str, options: &[&str], files: &[&Path]) -> Option<Output> {
    let path = format!("/usr/bin/{tool}");
    if !Path::new(&path).exists() {
        eprintln!("DCMTK is not installed: {tool} was not run");
        return None;
    }
    let mut command = Command::new(path);
    command.env("TCP_NODELAY", "1").args(["-aec", "PACS"]).args(options);
    command.arg(server.address.ip().to_string()).arg(server.address.port().to_string()).args(files);
    Some(command.stdin(Stdio::null()).output().await.expect("a process"))
}

fn assert_success(output: Option<Output>) {
    if let Some(output) = output {
        let text = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn echoscu_is_answered() {
    let server = Server::start(|_| {}).await;
    assert_success(run(&server, "echoscu", &["--repeat", "20"], &[]).await);
    assert_success(run(&server, "echoscu", &["-ppc", "128", "-pts", "38"], &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn echoscu_is_rejected_by_a_wrong_title() {
    let server = Server::start(|settings| settings.accept_unknown = false).await;
    if let Some(output) = run(&server, "echoscu", &[], &[]).await {
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("Calling AE Title Not Recognized"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn storescu_sends_over_eight_associations_at_once() {
    let server = Server::start(|_| {}).await;
    let folder = cluster::testing::folder();
    let objects: Vec<_> = (0..8).map(|_| (0..4).map(|_| Object::new(200_000)).collect::<Vec<_>>()).collect();
    let mut senders = Vec::new();
    for (i, objects) in objects.iter().enumerate() {
        let paths: Vec<_> = (0..objects.len()).map(|j| folder.path().join(format!("{i}-{j}.dcm"))).collect();
        objects.iter().zip(&paths).for_each(|(object, path)| part10(object, path));
        let server = &server;
        senders.push(async move {
            let files: Vec<_> = paths.iter().map(AsRef::as_ref).collect();
            run(server, "storescu", &["--max-pdu", "131072"], &files).await
        });
    }
    let outputs = futures_util::future::join_all(senders).await;
    if outputs.iter().all(Option::is_none) {
        return;
    }
    outputs.into_iter().for_each(assert_success);
    for object in objects.iter().flatten() {
        assert!(server.has(object).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn storescu_may_abort_or_leave_without_release() {
    let server = Server::start(|_| {}).await;
    run(&server, "echoscu", &["--abort"], &[]).await;
    assert_success(run(&server, "echoscu", &[], &[]).await);
}
