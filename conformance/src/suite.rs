//! A run: the server, the objects that were stored, and what was asked so far. A request is sent once, however many
//! requirements look at its answer.

mod metadata;
mod search;
mod store;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::answer::Answer;
use crate::client::{Request, Server};
use crate::dimse::Peer;
use crate::requirement::{Finding, Requirement, Verdict};
use crate::store::stow;
use crate::subjects::{Subjects, Uids};

/// DICOM JSON.
pub const JSON: &str = "application/dicom+json";
/// DICOM objects in multipart.
pub const DICOM: &str = "multipart/related; type=\"application/dicom\"";
/// Native DICOM Model in multipart.
pub const XML: &str = "multipart/related; type=\"application/dicom+xml\"";
/// Bulk data in multipart.
pub const OCTETS: &str = "multipart/related; type=\"application/octet-stream\"";

/// What a check looks at.
pub type Seen = Result<Rc<Answer>, Finding>;

/// A run of the suite against one server.
pub struct Suite {
    /// The server.
    pub server: Server,
    /// The objects.
    pub subjects: Subjects,
    /// UIDs for further objects.
    pub uids: Uids,
    /// The DIMSE side, when it is to be tested.
    pub dimse: Option<Peer>,
    wado_uri: Option<String>,
    wado_uri_found: OnceCell<String>,
    seen: RefCell<HashMap<Request, Seen>>,
    stored: Vec<Seen>,
}

/// Requirements whose id begins with `prefix`.
pub fn chosen(prefix: &str) -> impl Iterator<Item = &'static Requirement> {
    crate::requirements::all().filter(move |requirement| requirement.id.starts_with(prefix))
}

/// The result of one requirement.
pub struct Outcome {
    /// What was asked for.
    pub requirement: &'static Requirement,
    /// `None` when there is no check.
    pub verdict: Option<Verdict>,
}

impl Suite {
    /// Makes the objects and stores them, Study by Study. An error says that nothing could be stored at all.
    pub fn begin(server: Server, wado_uri: Option<String>, dimse: Option<Peer>) -> Result<Self, Finding> {
        let uids = Uids::new();
        let subjects = Subjects::new(&uids);
        let mut stored = Vec::new();
        for study in subjects.by_study() {
            let files: Vec<Vec<u8>> = study.iter().map(|subject| subject.file()).collect();
            stored.push(server.send(&stow("/studies", &files)).map(Rc::new));
        }
        let failed = stored.iter().find_map(|answer| match answer {
            Ok(answer) => answer.status_in(&[200, 202]).err(),
            Err(finding) => Some(finding.clone()),
        });
        if let Some(finding) = failed.filter(|_| !stored.iter().any(|a| a.as_ref().is_ok_and(|a| a.status < 300))) {
            return Err(finding);
        }
        let (wado_uri_found, seen) = (OnceCell::new(), RefCell::default());
        Ok(Self { server, subjects, uids, dimse, wado_uri, wado_uri_found, seen, stored })
    }

    /// Runs the checks of requirements whose id begins with `prefix`.
    pub fn run(&self, prefix: &str) -> Vec<Outcome> {
        chosen(prefix).map(|requirement| self.check(requirement)).collect()
    }

    /// Runs the check of one requirement.
    pub fn check(&self, requirement: &'static Requirement) -> Outcome {
        Outcome { requirement, verdict: requirement.check.map(|check| check(self)) }
    }

    /// Whether the server answers at all.
    pub fn is_alive(&self) -> bool {
        self.server.send(&Request::get("/studies?limit=1").accept(JSON)).is_ok()
    }

    /// The answer to a request; one without body is sent once in a run.
    pub fn ask(&self, request: Request) -> Seen {
        if request.body.is_some() {
            return self.server.send(&request).map(Rc::new);
        }
        if let Some(seen) = self.seen.borrow().get(&request) {
            return seen.clone();
        }
        let seen = self.server.send(&request).map(Rc::new);
        self.seen.borrow_mut().insert(request, seen.clone());
        seen
    }

    /// GET with Accept.
    pub fn get(&self, path: &str, accept: &str) -> Seen {
        self.ask(Request::get(path).accept(accept))
    }

    /// GET with Accept answers with this status.
    pub fn status(&self, path: &str, accept: &str, status: u16) -> Verdict {
        self.get(path, accept)?.status(status).map(drop)
    }

    /// GET with Accept succeeds and gives this media type.
    pub fn gives(&self, path: &str, accept: &str, media_type: &str) -> Verdict {
        self.get(path, accept)?.status(200)?.content_type(media_type).map(drop)
    }

    /// GET with Accept gives multipart of parts that are all of this media type, and as many as these.
    pub fn gives_parts(&self, path: &str, accept: &str, media_type: &str, count: usize) -> Verdict {
        let answer = self.get(path, accept)?;
        let parts = answer.parts()?;
        answer.holds(parts.len() == count, format!("expected {count} parts, seen {}", parts.len()))?;
        let other = parts.iter().find(|part| part.essence() != media_type);
        let reason = other.map(|part| format!("expected parts of {media_type}, seen {}", part.header("content-type")));
        answer.holds(reason.is_none(), reason.unwrap_or_default()).map(drop)
    }

    /// The answer to the store of the first, second or third Study.
    pub fn stored(&self, study: usize) -> Seen {
        self.stored[study].clone()
    }

    /// URL of the URI Service (PS3.18 §9): as it was given, else the first usual place that answers.
    pub fn uri_service(&self) -> &str {
        self.wado_uri_found.get_or_init(|| {
            let base = self.server.base();
            let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
            let usual =
                [format!("{root}/wado"), format!("{base}/wado"), format!("{base}/"), format!("{root}/wado-uri")];
            let answers = |url: &String| {
                let seen = self.get(&format!("{url}?{}&contentType=application/dicom", self.uri_query()), "*/*");
                seen.is_ok_and(|answer| answer.status == 200)
            };
            let found = usual.iter().find(|url| answers(url)).unwrap_or(&usual[0]);
            self.wado_uri.clone().unwrap_or_else(|| found.clone())
        })
    }

    /// The mandatory parameters of the URI Service for the first CT image (PS3.18 §9.1.2.1).
    pub fn uri_query(&self) -> String {
        let ct = &self.subjects.ct[0];
        format!("requestType=WADO&studyUID={}&seriesUID={}&objectUID={}", ct.study, ct.series, ct.instance)
    }

    /// The URI Service, asked for the first CT image with further parameters.
    pub fn uri(&self, further: &str) -> Seen {
        self.get(&format!("{}?{}{further}", self.uri_service(), self.uri_query()), "*/*")
    }
}
