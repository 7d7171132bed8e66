//! What a C-MOVE or C-GET names, and its instances one after the other (PS3.4 §C.4.2, §C.4.3).

use std::collections::VecDeque;

use schema::selection::{self, Named};
use tokio_util::task::AbortOnDropHandle;

use super::StoredInstance;
use crate::audit::{Action, AuditEvent};
use crate::{Actor, AeTitle, Archive, Error, Right, Uid};

/// Instances whose rows are read at once; at first fewer, because somebody waits for them.
const PAGE: usize = 200;
const FIRST_PAGE: usize = 50;

/// Rows that are being read.
type Coming = AbortOnDropHandle<Result<Vec<StoredInstance>, Error>>;

/// Unique keys of a retrieval; an empty list names everything within the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Patient ID (0010,0020).
    pub patient: Option<String>,
    /// Study Instance UIDs.
    pub studies: Vec<Uid>,
    /// Series Instance UIDs.
    pub series: Vec<Uid>,
    /// SOP Instance UIDs.
    pub instances: Vec<Uid>,
}

/// Why instances are selected, which decides who may do so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To give them to whoever asks (C-GET).
    Get,
    /// To send them to another application entity (C-MOVE).
    Move(AeTitle),
}

/// What some of the selected instances are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// SOP Class UID.
    pub sop_class: String,
    /// Transfer Syntax UID of the stored bytes.
    pub transfer_syntax: String,
}

/// The instances of a selection. Their keys are held, eight bytes each; their rows are read a page at a time,
/// while those of the page before are used.
pub struct Selected {
    archive: Archive,
    keys: Vec<i64>,
    read: usize,
    page: VecDeque<StoredInstance>,
    coming: Option<Coming>,
    kinds: Vec<Kind>,
    studies: Vec<String>,
    deidentify: bool,
}

impl Selected {
    /// How many instances there were when they were selected.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// The SOP Classes and transfer syntaxes among them.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The same instances de-identified ([`Archive::deidentified`]), from the first one on.
    pub(crate) fn deidentified(self) -> Self {
        Self { deidentify: true, read: 0, page: VecDeque::new(), coming: None, ..self }
    }

    /// Their Study Instance UIDs, as they are stored.
    pub fn studies(&self) -> &[String] {
        &self.studies
    }

    /// The next instance; what has been deleted since is left out.
    ///
    /// # Errors
    /// `Unavailable` when the index does not answer.
    pub async fn next(&mut self) -> Result<Option<StoredInstance>, Error> {
        while self.page.is_empty() {
            let Some(coming) = self.coming.take().or_else(|| self.read()) else { return Ok(None) };
            let ended = |error| Err(Error::Internal("a task ended early".to_owned(), Some(Box::new(error))));
            self.page.extend(coming.await.unwrap_or_else(ended)?);
            self.coming = self.read();
        }
        Ok(self.page.pop_front())
    }

    /// Begins to read the next page; none when there is none.
    fn read(&mut self) -> Option<Coming> {
        let most = if self.read == 0 { FIRST_PAGE } else { PAGE };
        let keys: Vec<i64> = self.keys.iter().skip(self.read).take(most).copied().collect();
        if keys.is_empty() {
            return None;
        }
        self.read += keys.len();
        let (archive, deidentify) = (self.archive.clone(), self.deidentify);
        Some(AbortOnDropHandle::new(tokio::spawn(async move {
            let rows = archive.with_index(move |connection| selection::rows(connection, &keys)).await?;
            let rows: Vec<StoredInstance> = rows.into_iter().map(StoredInstance::from).collect();
            if deidentify { archive.deidentified(rows).await } else { Ok(rows) }
        })))
    }
}

impl Archive {
    /// Selects instances, in order of Study, Series Number and Instance Number; none is no error. Checks that the actor may
    /// have identified data, or may have them sent, and audits the retrieval of each Study.
    ///
    /// # Errors
    /// `NotAuthorized`; `BadRequest` when nothing at all is named; `Unavailable`.
    pub async fn select(&self, actor: &Actor, wanted: &Selection, purpose: &Purpose) -> Result<Selected, Error> {
        let right = match purpose {
            Purpose::Get => Right::Retrieve,
            Purpose::Move(_) => Right::Move,
        };
        self.permit(actor, right)?;
        if !actor.identified {
            self.audit_selection(actor, wanted, purpose, &[], false);
            return Err(Error::NotAuthorized(
                "this user may see de-identified data only, and these are not".to_owned(),
            ));
        }
        if wanted == &Selection::default() {
            return Err(Error::BadRequest("the request names no Patient, Study, Series or Instance".to_owned()));
        }
        let Some(named) = self.named(wanted).await? else {
            self.audit_selection(actor, wanted, purpose, &[], false);
            return Ok(self.selected(Vec::new(), Vec::new()));
        };
        let mut selected = self.load(named).await?;
        // While whoever asked finds out where they go.
        selected.coming = selected.read();
        self.audit_selection(actor, wanted, purpose, selected.studies(), selected.count() > 0);
        Ok(selected)
    }

    /// Instances by their UIDs, for what was allowed before.
    pub(crate) async fn select_named(&self, instances: Vec<String>) -> Result<Selected, Error> {
        if instances.is_empty() {
            return Ok(self.selected(Vec::new(), Vec::new()));
        }
        self.load(Named { instances, ..Named::default() }).await
    }

    async fn load(&self, named: Named) -> Result<Selected, Error> {
        let (keys, kinds) = self
            .with_index(move |connection| {
                Ok((selection::keys(connection, &named)?, selection::kinds(connection, &named)?))
            })
            .await?;
        Ok(self.selected(keys, kinds))
    }

    fn selected(&self, keys: Vec<i64>, found: Vec<selection::Kind>) -> Selected {
        let mut studies: Vec<String> = found.iter().map(|kind| kind.study.clone()).collect();
        studies.dedup();
        let kind = |kind: selection::Kind| Kind { sop_class: kind.sop_class, transfer_syntax: kind.transfer_syntax };
        let mut kinds: Vec<Kind> = found.into_iter().map(kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Selected {
            archive: self.clone(),
            keys,
            read: 0,
            page: VecDeque::new(),
            coming: None,
            kinds,
            studies,
            deidentify: false,
        }
    }

    /// The keys as the index has them; none when there is no such patient.
    async fn named(&self, wanted: &Selection) -> Result<Option<Named>, Error> {
        let texts = |uids: &[Uid]| uids.iter().map(|uid| uid.as_str().to_owned()).collect();
        let mut named = Named {
            patients: Vec::new(),
            studies: texts(&wanted.studies),
            series: texts(&wanted.series),
            instances: texts(&wanted.instances),
        };
        if let Some(patient) = wanted.patient.clone() {
            named.patients = self.with_identity(move |connection| selection::patients(connection, &patient)).await?;
            if named.patients.is_empty() {
                return Ok(None);
            }
        }
        Ok(Some(named))
    }

    /// A line for each Study; when none was found, for each that was named.
    fn audit_selection(&self, actor: &Actor, wanted: &Selection, purpose: &Purpose, found: &[String], success: bool) {
        let only = |uids: &[Uid]| match uids {
            [uid] => Some(uid.as_str().to_owned()),
            _ => None,
        };
        let named: Vec<Option<String>> = match found {
            [] if wanted.studies.is_empty() => vec![None],
            [] => wanted.studies.iter().map(|uid| Some(uid.as_str().to_owned())).collect(),
            found => found.iter().cloned().map(Some).collect(),
        };
        let detail = match purpose {
            Purpose::Get => "C-GET".to_owned(),
            Purpose::Move(destination) => format!("C-MOVE to {destination}"),
        };
        for study in named {
            self.audit(AuditEvent {
                study,
                series: only(&wanted.series),
                instance: only(&wanted.instances),
                detail: Some(detail.clone()),
                ..AuditEvent::by(actor, Action::Retrieve, success)
            });
        }
    }
}
