//! The command line as an operator meets it.

use std::process::Command;

use e2e::gateway::binary;
use e2e::{Fixture, Gateway};

fn pacs(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(binary()).args(arguments).current_dir("/tmp").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[test]
fn help_is_enough_to_get_going() {
    let (_, said) = pacs(&["--help"]);
    for word in ["serve", "demo", "user", "ae", "import", "verify", "config", "CONFIGURATION.md"] {
        assert!(said.contains(word), "{word} is not in:\n{said}");
    }
}

#[test]
fn devices_are_listed_tested_and_chosen() {
    let (ok, said) = pacs(&["devices", "--list", "--set", "volume.device=cpu"]);
    assert!(ok, "{said}");
    if !said.contains("PLATFORM") {
        // Without OpenCL it says what is done instead.
        assert!(said.contains("volumes are worked on by the processor"), "{said}");
        eprintln!("NOT RUN: there is no OpenCL device");
        return;
    }
    assert!(said.contains("volume.device = cpu: none is used") && !said.contains('*'), "{said}");
    let (ok, said) = pacs(&["devices", "--list", "--set", "volume.device=opencl"]);
    assert!(ok && said.lines().filter(|line| line.starts_with('*')).count() == 1, "{said}");
    assert!(!said.contains("testing"), "{said}");
    let (ok, said) = pacs(&["devices", "--set", "volume.device=opencl"]);
    assert!(ok && said.contains("testing") && said.contains("the volume took"), "{said}");
    let tested: Vec<&str> = said.lines().filter(|line| line.contains(" right ")).collect();
    assert!(tested.len() >= 4 && !said.contains("WRONG"), "{said}");
}

#[test]
fn config_check_hides_passwords_and_refuses_unknown_keys() {
    let urls = [
        "--set",
        "database.index_url=postgresql://pacs:geheim@db/i",
        "--set",
        "database.identity_url=postgresql://pacs:geheim@db/p",
    ];
    let (ok, said) = pacs(&[&["config", "check"][..], &urls].concat());
    assert!(ok && !said.contains("geheim") && said.contains("********"), "{said}");
    let (ok, said) = pacs(&["config", "check", "--set", "dimse.ae_titel=X"]);
    assert!(!ok && said.contains("ae_titel"), "{said}");
}

#[test]
fn config_check_finds_what_serve_would_end_with() {
    let nowhere = ["http.tls.certificate=/nowhere/c.pem", "http.tls.key=/nowhere/k.pem"];
    let dimse = ["dimse.tls.certificate=/nowhere/c.pem", "dimse.tls.key=/nowhere/k.pem"];
    for (settings, named) in [
        (&["dimse.prefer=1.2.3"][..], "dimse.prefer"),
        (&["log.filter=pacs=loud"][..], "log.filter"),
        (&nowhere[..], "/nowhere/c.pem"),
        (&dimse[..], "/nowhere/c.pem"),
        (&["http.destination_ca=/nowhere/ca.pem"][..], "/nowhere/ca.pem"),
        (&["dimse.destination_ca=/nowhere/ca.pem"][..], "/nowhere/ca.pem"),
    ] {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let (ok, said) = pacs(&["config", "check"].into_iter().chain(settings).collect::<Vec<_>>());
        assert!(!ok && said.contains(named), "{said}");
    }
}

#[test]
fn a_data_directory_with_a_long_path_is_refused_with_what_to_do() {
    let long = format!("/tmp/{}", "x".repeat(150));
    let (ok, said) = pacs(&["--data-dir", &long, "serve"]);
    let _ = std::fs::remove_dir_all(&long);
    assert!(!ok && said.contains("--data-dir"), "{said}");
}

#[test]
fn the_first_password_is_shown_although_earlier_starts_failed() {
    let folder = cluster::testing::folder();
    let data = folder.path().join("data").display().to_string();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let busy = taken.local_addr().expect("its address");
    let fails = |settings: &[&str], named: &str| {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let (ok, said) = pacs(&["--data-dir", &data].into_iter().chain(settings).chain(["serve"]).collect::<Vec<_>>());
        assert!(!ok && said.contains(named) && !said.contains("password"), "{said}");
    };
    fails(&[&format!("http.listen={busy}"), "dimse.listen=127.0.0.1:0"], "http.listen");
    fails(&["http.listen=127.0.0.1:0", &format!("dimse.listen={busy}")], "dimse.listen");
    fails(&["http.listen=127.0.0.1:0", "dimse.listen=127.0.0.1:0", "dimse.prefer=x"], "dimse.prefer");
    let tls = ["http.tls.certificate=/nowhere", "http.tls.key=/nowhere"];
    fails(&[&["http.listen=127.0.0.1:0", "dimse.listen=127.0.0.1:0"][..], &tls].concat(), "/nowhere");
    drop(taken);
    let gateway = Gateway::start_in(folder, &[&format!("http.listen={busy}")]);
    assert_eq!(gateway.http().get("/dicom-web/studies", "application/dicom+json").status, 200);
}

#[test]
fn a_second_gateway_on_the_same_data_is_refused_with_what_to_do() {
    let gateway = Gateway::start();
    let (ok, said) = pacs(&["--data-dir", gateway.data_dir().to_str().expect("text"), "serve"]);
    assert!(!ok && said.contains("another gateway"), "{said}");
}

#[test]
fn users_come_and_go_while_the_gateway_runs() {
    let gateway = Gateway::start();
    let added = gateway.try_command(&["user", "add", "mueller", "--role", "clinician"], "long enough secret\n");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let mueller =
        e2e::http::Http::new(format!("http://{}", gateway.http_address)).with_password("mueller", "long enough secret");
    assert_eq!(mueller.get("/dicom-web/studies", "application/dicom+json").status, 200);
    let token = gateway.command(&["token", "add", "mueller", "script"]);
    let status = |token: &str| {
        let url = format!("http://{}/dicom-web/studies", gateway.http_address);
        let header = format!("Authorization: Bearer {token}");
        let output =
            Command::new("curl").args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", &header, &url]).output();
        String::from_utf8_lossy(&output.expect("curl").stdout).into_owned()
    };
    assert_eq!(status(token.trim()), "200");
    assert_eq!(status("pacs_wrong"), "401");
    gateway.command(&["user", "disable", "mueller"]);
    e2e::wait_until("the disabled user is out", || mueller.get("/dicom-web/studies", "*/*").status == 401);
    assert!(gateway.command(&["audit"]).contains("mueller"));
}

#[test]
fn researchers_see_no_identified_data() {
    let gateway = Gateway::start();
    gateway.http().stow(&[Fixture::new(1, 1, 1, 0).file]);
    let added = gateway.try_command(&["user", "add", "curie", "--role", "researcher"], "polonium and radium\n");
    assert!(added.status.success());
    let curie =
        e2e::http::Http::new(format!("http://{}", gateway.http_address)).with_password("curie", "polonium and radium");
    let found = curie.get("/dicom-web/studies?includefield=all", "application/dicom+json");
    assert_eq!(found.status, 200);
    let text = String::from_utf8_lossy(&found.body).into_owned();
    let study = &Fixture::new(1, 1, 1, 0).study;
    assert!(text.contains("2.25.") && !text.contains(study) && !text.contains("Test^Patient"), "{text}");
    assert_eq!(curie.get("/dicom-web/studies?PatientName=Q*", "application/dicom+json").status, 403);
    assert_eq!(curie.get(&Fixture::new(1, 1, 1, 0).path(), "application/dicom").status, 403);
}

#[test]
fn import_takes_a_folder_over_says_what_it_refused_and_can_run_again() {
    let gateway = Gateway::start();
    let folder = gateway.folder().join("old/archive");
    std::fs::create_dir_all(&folder).expect("a folder");
    for number in 1..=7 {
        std::fs::write(folder.join(format!("IM{number}")), Fixture::new(1, 1, number, 0).file).expect("a file");
    }
    let whole = Fixture::new(1, 1, 8, 0).file;
    std::fs::write(folder.join("IM8"), &whole[..whole.len() - 5]).expect("a file");
    std::fs::write(folder.join("README"), "no image").expect("a file");
    let path = gateway.folder().join("old").display().to_string();
    let import = || String::from_utf8_lossy(&gateway.try_command(&["import", &path], "").stdout).into_owned();
    let first = import();
    assert!(first.contains("8 stored (1 with a warning)") && first.contains("1 refused"), "{first}");
    assert!(
        first.contains("README: ") && first.contains("IM8: stored as far as it goes: the data set is damaged"),
        "{first}"
    );
    let second = import();
    assert!(second.contains("0 stored, 8 were here already"), "{second}");
    gateway.command(&["verify", "--digests"]);
}

#[test]
fn it_stops_when_it_is_told_and_starts_where_it_was() {
    let mut gateway = Gateway::start();
    let fixture = Fixture::new(1, 1, 1, 0);
    gateway.http().stow(std::slice::from_ref(&fixture.file));
    assert!(gateway.stop(), "it ends well");
    gateway.start_again();
    assert_eq!(gateway.http().get(&fixture.path(), "application/dicom; transfer-syntax=*").status, 200);
}

#[test]
fn the_demo_is_made_sent_and_found() {
    let gateway = Gateway::start();
    for _twice in 0..2 {
        gateway.command(&["--set", &format!("dimse.listen={}", gateway.dimse_address), "demo"]);
    }
    let found = gateway.http().get("/dicom-web/studies", "application/dicom+json").json();
    assert_eq!(found.as_array().expect("an array").len(), 3);
}
