//! Requests that store PS3.10 objects, in every form that they come in (PS3.18 §10.5.1, §10.5.2).

use crate::client::Request;
use crate::multipart;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::store::{BOUNDARY, stow};
use crate::subjects::Subject;
use crate::suite::{JSON, Suite};

/// A new image, sent as this makes a request of its file, is stored.
fn is_stored(suite: &Suite, request: fn(&Subject, Vec<u8>) -> Request) -> Verdict {
    let subject = suite.fresh();
    let answer = suite.store(request(&subject, subject.file()))?;
    answer.status(200)?;
    suite.is_there(&subject)
}

/// POST of bytes with a Content-Type.
fn post(path: &str, content_type: &str, body: Vec<u8>) -> Request {
    Request::post(path, content_type, body).accept(JSON)
}

const RELATED: &str = "multipart/related; type=\"application/dicom\"; boundary=";

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.5.1-001", "PS3.18 §10.5.1", "POST /studies stores an Instance.", |s| {
        is_stored(s, |_, file| stow("/studies", &[file]))
    }),
    shall("WEB-10.5.1-002", "PS3.18 §10.5.1", "POST /studies/{study} stores an Instance of the Study.", |s| {
        is_stored(s, |subject, file| stow(&subject.study(), &[file]))
    }),
    shall("WEB-10.5.1-003", "PS3.18 §10.5.1", "POST /studies stores Instances of several Studies.", |s| {
        let (one, other) = (s.fresh(), s.fresh());
        s.stow("/studies", &[one.file(), other.file()])?.status(200)?;
        s.is_there(&one)?;
        s.is_there(&other)
    }),
    shall(
        "WEB-10.5.1-004",
        "PS3.18 §10.5.1",
        "POST /studies/{study} does not store an Instance of another Study.",
        |s| {
            let subject = s.fresh();
            let answer = s.stow(&format!("/studies/{}", s.uids.next()), &[subject.file()])?;
            answer.status_in(&[400, 409])?;
            s.status(&format!("{}/metadata", subject.path()), JSON, 404)
        },
    ),
    shall(
        "WEB-10.5.1-005",
        "PS3.18 §10.5.3.1",
        "Of a request with one good and one bad object the good one is stored: 202.",
        |s| {
            let (good, bad) = (s.fresh(), s.fresh());
            let answer = s.stow(&good.study(), &[good.file(), bad.file()])?;
            answer.status(202)?;
            s.is_there(&good)
        },
    ),
    shall("WEB-10.5.1-006", "PS3.18 §8.6.1.2", "A quoted boundary is understood.", |s| {
        is_stored(s, |_, file| {
            let body = multipart::write([("Content-Type: application/dicom", file.as_slice())], BOUNDARY);
            post("/studies", &format!("{RELATED}\"{BOUNDARY}\""), body)
        })
    }),
    shall("WEB-10.5.1-007", "RFC 2046 §5.1.1", "A boundary of unusual characters is understood.", |s| {
        is_stored(s, |_, file| {
            let boundary = "gc0p4Jq0M2Yt08j34c0p-'()+_,-./:=?";
            let body = multipart::write([("Content-Type: application/dicom", file.as_slice())], boundary);
            post("/studies", &format!("{RELATED}\"{boundary}\""), body)
        })
    }),
    shall("WEB-10.5.1-008", "PS3.18 §8.7", "An unquoted type parameter is understood.", |s| {
        is_stored(s, |_, file| {
            let body = multipart::write([("Content-Type: application/dicom", file.as_slice())], BOUNDARY);
            post("/studies", &format!("multipart/related; boundary={BOUNDARY}; type=application/dicom"), body)
        })
    }),
    shall(
        "WEB-10.5.1-009",
        "RFC 2046 §5.1.1",
        "A preamble and an epilogue of the multipart body are passed over.",
        |s| {
            is_stored(s, |_, file| {
                let mut body = b"a preamble\r\n".to_vec();
                body.extend(multipart::write([("Content-Type: application/dicom", file.as_slice())], BOUNDARY));
                body.extend_from_slice(b"an epilogue");
                post("/studies", &format!("{RELATED}{BOUNDARY}"), body)
            })
        },
    ),
    should("WEB-10.5.1-010", "RFC 2387 §3.1", "A part without Content-Type is of the type of the request.", |s| {
        is_stored(s, |_, file| {
            let body = multipart::write([("Content-ID: <1>", file.as_slice())], BOUNDARY);
            post("/studies", &format!("{RELATED}{BOUNDARY}"), body)
        })
    }),
    shall("WEB-10.5.1-011", "RFC 2046 §5.1.1", "Bytes like a boundary within an object do not end it.", |s| {
        let mut subject = s.fresh();
        subject.data_set.bytes(0x0011_1003, "OB", b"--conformance-suite-7d3f9a".to_vec()).text(0x0011_0010, "LO", "X");
        s.stow("/studies", &[subject.file()])?.status(200)?;
        s.is_there(&subject)
    }),
    may(
        "WEB-10.5.1-012",
        "PS3.18 §10.5.2",
        "A single object is stored as application/dicom without multipart.",
        |s| is_stored(s, |_, file| post("/studies", "application/dicom", file)),
    ),
    shall("WEB-10.5.1-013", "PS3.18 §10.5.2", "Objects of a compressed transfer syntax are stored.", |s| {
        s.stored(2)?.status(200)?;
        s.is_there(&s.subjects.jpeg)?;
        s.is_there(&s.subjects.rle)
    }),
    shall("WEB-10.5.1-014", "PS3.18 §10.5.2", "Objects without Pixel Data are stored.", |s| {
        s.is_there(&s.subjects.report)?;
        s.is_there(&s.subjects.pdf)
    }),
    should("WEB-10.5.1-015", "PS3.18 §10.5", "A private SOP Class is stored.", |s| {
        let subject = Subject::of_class(&s.uids, "1.3.6.1.4.1.5962.99.1.7");
        s.stow("/studies", &[subject.file()])?.status(200)?;
        s.is_there(&subject)
    }),
    should("WEB-10.5.1-016", "PS3.18 §10.5", "The same Instance a second time is no failure.", |s| {
        let subject = s.fresh();
        s.stow("/studies", &[subject.file()])?.status(200)?;
        s.stow("/studies", &[subject.file()])?.status_in(&[200, 202]).map(drop)
    }),
    should("WEB-10.5.1-017", "PS3.18 §10.5", "The same Instance twice in one request is stored once.", |s| {
        let subject = s.fresh();
        s.stow("/studies", &[subject.file(), subject.file()])?.status_in(&[200, 202])?;
        s.counts(&format!("{}/instances", subject.study()), 1)
    }),
    shall("WEB-10.5.1-018", "PS3.18 §10.5", "What was stored is found by the next search.", |s| {
        let subject = s.fresh();
        s.stow("/studies", &[subject.file()])?.status(200)?;
        s.counts(&format!("/studies?StudyInstanceUID={}", subject.study), 1)
    }),
    shall("WEB-10.5.1-019", "PS3.18 §10.5.3.1", "Another Content-Type is answered with 415.", |s| {
        s.store(post("/studies", "text/plain", b"hello".to_vec()))?.status(415).map(drop)
    }),
    shall("WEB-10.5.1-020", "PS3.18 §10.5.3.1", "multipart/related of another type is answered with 415.", |s| {
        let body = multipart::write([("Content-Type: text/plain", &b"hello"[..])], BOUNDARY);
        let content_type = format!("multipart/related; type=\"text/plain\"; boundary={BOUNDARY}");
        s.store(post("/studies", &content_type, body))?.status(415).map(drop)
    }),
    shall("WEB-10.5.1-021", "PS3.18 §10.5.3.1", "multipart/related without boundary is answered with 400.", |s| {
        let content_type = "multipart/related; type=\"application/dicom\"";
        s.store(post("/studies", content_type, b"hello".to_vec()))?.status_in(&[400, 415]).map(drop)
    }),
    shall("WEB-10.5.1-022", "PS3.18 §10.5.3.1", "A body without a part is answered with 400.", |s| {
        s.store(post("/studies", &format!("{RELATED}{BOUNDARY}"), b"hello".to_vec()))?.status(400).map(drop)
    }),
    shall("WEB-10.5.1-023", "PS3.18 §10.5.3.1", "A body that breaks off within a part is answered with 4xx.", |s| {
        let file = s.fresh().file();
        let mut body = multipart::write([("Content-Type: application/dicom", file.as_slice())], BOUNDARY);
        body.truncate(body.len() / 2);
        s.store(post("/studies", &format!("{RELATED}{BOUNDARY}"), body))?.status_in(&[400, 409]).map(drop)
    }),
    should("WEB-10.5.1-024", "PS3.18 §8.7.8", "An Accept that no response can have is answered with 406.", |s| {
        let request = Request { headers: Vec::new(), ..stow("/studies", &[s.fresh().file()]) };
        let request = request.header("Content-Type", &format!("{RELATED}{BOUNDARY}")).accept("image/png");
        s.store(request)?.status(406).map(drop)
    }),
    shall("WEB-10.5.1-025", "PS3.18 §8.5", "POST to what is no UID is answered with 4xx.", |s| {
        s.stow("/studies/not-a-uid", &[s.fresh().file()])?.status_in(&[400, 404, 409]).map(drop)
    }),
    may("WEB-10.5.1-026", "RFC 9110 §9.3.5", "An Instance is deleted by DELETE, which the Standard has not.", |s| {
        let subject = s.fresh();
        s.stow("/studies", &[subject.file()])?.status(200)?;
        s.server.send(&Request::new("DELETE", subject.path()))?.status_in(&[200, 204])?;
        s.status(&format!("{}/metadata", subject.path()), JSON, 404)
    }),
];
