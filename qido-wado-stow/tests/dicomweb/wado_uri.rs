//! The URI Service, as older viewers use it.

use crate::object::{EXPLICIT, Object, RLE};
use crate::server::Server;

fn path(object: &Object, more: &str) -> String {
    let (study, series, instance) = (&object.study, &object.series, &object.instance);
    format!("/dicom-web/wado?requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={instance}{more}")
}

#[test]
fn shows_an_image_as_jpeg_unless_asked_otherwise() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let of = |more: &str, accept: &str| {
        let answer = server.get(&path(&object, more), accept);
        (answer.status, answer.content_type().to_owned())
    };
    assert_eq!(of("", "*/*"), (200, "image/jpeg".into()));
    assert_eq!(of("&contentType=image/png&rows=4&columns=4", "*/*"), (200, "image/png".into()));
    assert_eq!(of("&contentType=image/jp2,image/png", "*/*"), (200, "image/png".into()));
    assert_eq!(of("", "image/png"), (200, "image/png".into()));
    assert_eq!(of("&contentType=text/html", "*/*").0, 406);
    assert_eq!(of("&region=0.5,0.5,1,1&windowCenter=128&windowWidth=256&imageQuality=50", "*/*").0, 200);
    assert_eq!(of("&frameNumber=2", "*/*").0, 404);
}

#[test]
fn gives_objects_in_the_transfer_syntax_that_is_asked_for() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(2).stored_as(RLE);
    server.store(&[&object]);
    let native = server.get(&path(&object, ""), "*/*");
    assert_eq!(native.status, 200, "{}", native.text());
    assert_eq!(native.header("content-type"), Some(format!("application/dicom; transfer-syntax={EXPLICIT}").as_str()));
    let stored = server.get(&path(&object, &format!("&contentType=application/dicom&transferSyntax={RLE}")), "*/*");
    assert_eq!((stored.status, stored.body), (200, object.file()));
    let frame = server.get(&path(&object, "&frameNumber=2&contentType=image/png"), "*/*");
    assert_eq!((frame.status, frame.content_type()), (200, "image/png"));
    let unknown = server.get(&path(&object, "&contentType=application/dicom&transferSyntax=1.2.3"), "*/*");
    assert_eq!(unknown.status, 406);
}

#[test]
fn names_the_parameter_that_is_wrong() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    let answer = server.get(&path(&object, "&windowCenter=1"), "*/*");
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("windowWidth"), "{}", answer.text());
    assert_eq!(server.get("/dicom-web/wado", "*/*").status, 400);
    assert_eq!(server.get(&path(&Object::new(9, 9, 9), ""), "*/*").status, 404);
    let unknown_state = format!("&presentationSeriesUID={}&presentationUID=1.2.3", object.series);
    assert_eq!(server.get(&path(&object, &unknown_state), "*/*").status, 404);
}
