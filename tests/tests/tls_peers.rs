//! Every service over TLS with other people's programs at both ends, and user identities that they show.

use std::path::Path;
use std::process::Output;

use e2e::certificates::{self, settings};
use e2e::clients::{dcmtk, python, run};
use e2e::storescp::{Dcmtk, free_port};
use e2e::{Fixture, Gateway, gateway::AE, wait_until};

/// A gateway that wants client certificates, trusts the authority when it asks for associations, and has a plain address too.
fn gateway(folder: &Path, plain: u16) -> Gateway {
    certificates::make(folder);
    let mut settings = settings(folder, "dimse", true);
    settings.push(format!("dimse.destination_ca={}", folder.join("ca.crt").display()));
    settings.push(format!("dimse.plain_listen=127.0.0.1:{plain}"));
    Gateway::start_with(&settings.iter().map(String::as_str).collect::<Vec<_>>())
}

fn written(folder: &Path, fixture: &Fixture) -> String {
    let path = folder.join("one.dcm");
    std::fs::write(&path, &fixture.file).expect("a file");
    path.display().to_string()
}

fn count(gateway: &Gateway) -> usize {
    gateway.http().get("/dicom-web/instances", "application/dicom+json").json().as_array().expect("an array").len()
}

fn tool(gateway: &Gateway, folder: &Path, name: &str, more: &[&str], last: &[&str]) -> Output {
    let mut command = dcmtk(name);
    command.current_dir(folder).args(["-aet", AE, "-aec", "PACS"]).args(more);
    command.args(["127.0.0.1", gateway.dimse_port()]).args(last).output().expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn dcmtk_stores_and_finds_with_a_client_certificate_and_not_without() {
    let folder = cluster::testing::folder();
    let gateway = gateway(folder.path(), free_port());
    let (with, without) = (["+tls", "client.key", "client.crt", "+cf", "ca.crt"], ["+tla", "+cf", "ca.crt"]);
    let file = written(folder.path(), &Fixture::new(1, 1, 1, 1));
    let output = tool(&gateway, folder.path(), "storescu", &without, &[&file]);
    assert!(!output.status.success() && count(&gateway) == 0, "{}", said(&output));
    let output = tool(&gateway, folder.path(), "storescu", &with, &[&file]);
    assert!(output.status.success() && count(&gateway) == 1, "{}", said(&output));
    let query = ["-v", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=Test*"];
    let output = tool(&gateway, folder.path(), "findscu", &[&with[..], &query].concat(), &[]);
    assert!(said(&output).contains("Test^Patient1"), "{}", said(&output));
    let output = tool(&gateway, folder.path(), "findscu", &[&without[..], &query].concat(), &[]);
    assert!(!said(&output).contains("Test^Patient1"), "{}", said(&output));
}

#[test]
fn objects_go_to_storescp_over_tls_by_c_move_and_by_a_rule() {
    let folder = cluster::testing::folder();
    let plain = free_port();
    let gateway = gateway(folder.path(), plain);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (key, crt, ca) = (path("client.key"), path("client.crt"), path("ca.crt"));
    let sink = Dcmtk::storescp(&folder.path().join("sink"), &["+tls", &key, &crt, "+cf", &ca]);
    gateway.command(&["ae", "add", "SECURE", "127.0.0.1", &sink.port.to_string(), "--tls"]);
    gateway.command(&["ae", "add", "PLAIN", "127.0.0.1", &sink.port.to_string()]);
    assert!(gateway.command(&["ae", "echo", "SECURE"]).contains("answered"));
    gateway.command(&["forward", "add", "copies", "--to", "SECURE"]);
    let fixture = Fixture::new(1, 1, 1, 1);
    assert_eq!(gateway.http().stow(std::slice::from_ref(&fixture.file)).status, 200);
    let data_set = |file: &[u8]| file[e2e::scu::data_set_start(file).expect("a file")..].to_vec();
    let is_there = || sink.data_sets() == [data_set(&fixture.file)];
    wait_until("what is stored is forwarded", is_there);
    e2e::files(&sink.folder).iter().for_each(|path| std::fs::remove_file(path).expect("a file"));
    let study = format!("StudyInstanceUID={}", fixture.study);
    let movescu = |destination: &str| {
        let mut command = dcmtk("movescu");
        command.args(["-v", "-S", "-aet", AE, "-aec", "PACS", "-aem", destination]);
        command.args(["-k", "QueryRetrieveLevel=STUDY", "-k", &study, "127.0.0.1", &plain.to_string()]);
        command.output().expect("it runs")
    };
    assert!(movescu("SECURE").status.success());
    assert!(is_there());
    let refused = movescu("PLAIN");
    assert!(said(&refused).contains("OutOfResources"), "{}", said(&refused));
}

#[test]
fn pynetdicom_has_every_service_over_tls() {
    let folder = cluster::testing::folder();
    let gateway = gateway(folder.path(), free_port());
    let port = free_port().to_string();
    gateway.command(&["ae", "add", "PYSINK", "127.0.0.1", &port, "--tls"]);
    let file = written(folder.path(), &Fixture::new(1, 1, 1, 1));
    let script = e2e::root().join("tests/clients/tls.py");
    let said = run(python().arg(script).args([gateway.dimse_port(), &port]).arg(folder.path()).arg(file));
    assert!(said.contains("all is well"), "{said}");
}

#[test]
fn user_identities_are_taken_answered_and_limit_what_an_ae_may() {
    let gateway = Gateway::start();
    let password = "correct horse battery staple";
    for (name, role) in [("modality", "device"), ("rita", "researcher")] {
        let added = gateway.try_command(&["user", "add", name, "--role", role], &format!("{password}\n"));
        assert!(added.status.success(), "{}", self::said(&added));
    }
    let file = written(gateway.folder(), &Fixture::new(1, 1, 1, 1));
    let script = e2e::root().join("tests/clients/identity.py");
    let mut client = python();
    client.arg(script).args([gateway.dimse_port(), AE, &file, "modality", password, "rita", password]);
    let said = run(&mut client);
    assert!(said.contains("all is well"), "{said}");
    let store = |user: &str, password: &str| {
        let identity = ["-usr", user, "-pwd", password, "-rsp"];
        tool(&gateway, gateway.folder(), "storescu", &identity, &[&file])
    };
    let stored = store("modality", password);
    assert!(stored.status.success(), "{}", self::said(&stored));
    assert!(!store("modality", "another").status.success());
    let refused = store("rita", password);
    assert!(self::said(&refused).to_lowercase().contains("0124") || !refused.status.success(), "a researcher stored");
}
