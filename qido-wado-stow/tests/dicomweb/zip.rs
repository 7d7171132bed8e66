//! Studies as ZIP archives.

use std::io::{Cursor, Read};

use crate::object::{Object, RLE};
use crate::server::Server;

fn files(body: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(body)).expect("a ZIP archive");
    let count = archive.len();
    let read = |place: usize| {
        let mut file = archive.by_index(place).expect("a file");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("its content");
        (file.name().expect("a name").into_owned(), content)
    };
    (0..count).map(read).collect()
}

#[test]
fn gives_a_study_as_files_with_a_directory_of_them() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2), Object::new(1, 2, 1).with_frames(2).stored_as(RLE)];
    // Series without a number come in the order in which they came.
    for object in &objects {
        server.store(&[object]);
    }
    let answer = server.get(&objects[0].study_path(), "application/zip; transfer-syntax=*");
    assert_eq!((answer.status, answer.content_type()), (200, "application/zip"), "{}", answer.text());
    let found = files(answer.body);
    let names = ["DICOM/SE000001/IM000001", "DICOM/SE000001/IM000002", "DICOM/SE000002/IM000001"];
    assert_eq!(
        found,
        names.map(str::to_owned).into_iter().zip(objects.each_ref().map(Object::file)).collect::<Vec<_>>()
    );

    let answer = server.get(&(objects[0].study_path() + "?dicomdir=true"), "application/zip");
    let found = files(answer.body);
    assert_eq!(found[3].0, "DICOMDIR");
    let directory = data_set::read(&found[3].1).expect("a DICOMDIR");
    let records = directory.root().items_of(data_set::tags::DIRECTORY_RECORD_SEQUENCE).count();
    assert_eq!(records, 1 + 1 + 2 + 3);
    let native = data_set::read(&found[2].1).expect("an object");
    assert_eq!(native.transfer_syntax, crate::object::EXPLICIT);
}

#[test]
fn refuses_a_directory_of_what_gets_other_uids() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let lossy = "application/zip; transfer-syntax=1.2.840.10008.1.2.4.50";
    assert_eq!(server.get(&object.path(), lossy).status, 200);
    let refused = server.get(&(object.path() + "?dicomdir=true"), lossy);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("dicomdir"));
    assert_eq!(server.get(&(object.path() + "?dicomdir=maybe"), "application/zip").status, 400);
}
