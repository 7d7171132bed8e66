//! Sentences about Store (PS3.18 §10.5): objects that a check makes for itself.

use std::rc::Rc;

use serde_json::Value;

use super::{JSON, Suite};
use crate::answer::Answer;
use crate::client::Request;
use crate::requirement::{Finding, Verdict};
use crate::store::stow;
use crate::subjects::Subject;

impl Suite {
    /// A new small image in a Study of its own.
    pub fn fresh(&self) -> Subject {
        Subject::plain(&self.uids, &self.uids.next())
    }

    /// Stores a whole request.
    pub fn store(&self, request: Request) -> Result<Rc<Answer>, Finding> {
        self.ask(request)
    }

    /// Stores files in one request of multipart/related.
    pub fn stow(&self, path: &str, files: &[Vec<u8>]) -> Result<Rc<Answer>, Finding> {
        self.ask(stow(path, files))
    }

    /// The Store Instances Response Module of an answer of any status.
    pub fn module(&self, answer: &Answer) -> Result<Value, Finding> {
        answer.content_type(JSON)?;
        serde_json::from_slice(&answer.body).map_err(|error| answer.failed(format!("the body is no JSON: {error}")))
    }

    /// The first item of a sequence of the module.
    pub fn item(&self, answer: &Answer, sequence: &str) -> Result<Value, Finding> {
        let module = self.module(answer)?;
        let item = module[sequence]["Value"].get(0).cloned();
        item.ok_or_else(|| answer.failed(format!("the response has no item in {sequence}")))
    }

    /// An object that was just stored can be retrieved.
    pub fn is_there(&self, subject: &Subject) -> Verdict {
        self.status(&format!("{}/metadata", subject.path()), JSON, 200)
    }
}
