//! Retrieve: stored bytes by range, metadata that was made at store time, frames by their index.

mod acceptable;
mod bulk_data;
mod drawn;
mod frame;
mod frame_cache;
mod header;
mod kept_answers;
mod kept_lists;
mod made_frames;
mod metadata;
mod object;
mod part;
mod passing;
mod recent;
mod selection;

pub use crate::deidentify::LeftOut;
pub use crate::node::Stored;
pub use acceptable::MessageDataSet;
pub use kept_answers::{Kept, KeptAnswer, Place};
pub use metadata::{InstanceMetadata, LongMetadata, Metadata, MetadataDocument, MetadataPiece};
pub use selection::{Kind, Purpose, Selected, Selection};

pub(crate) use frame_cache::FrameCache;
pub(crate) use header::read_data_set;
pub(crate) use kept_answers::KeptAnswers;
pub(crate) use kept_lists::KeptLists;
pub(crate) use made_frames::{MadeFrame, MadeFrames, MadeOf};
#[cfg(test)]
pub(crate) use object::collected;
pub(crate) use object::is_deflated;
pub(crate) use part::check as check_range;
pub(crate) use passing::{Held, Passing};
pub(crate) use recent::RecentInstances;

use std::collections::BTreeSet;
use std::sync::Arc;

use schema::lookup::{self, InstanceRow};

use crate::audit::{Action, AuditEvent};
use crate::deidentify::Disguise;
use crate::{Actor, Archive, Error, Right, Uid};

/// A Study, a Series or one Instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Study Instance UID.
    pub study: Uid,
    /// Series Instance UID.
    pub series: Option<Uid>,
    /// SOP Instance UID.
    pub instance: Option<Uid>,
}

/// What the index knows of one stored Instance.
#[derive(Debug, Clone)]
pub struct StoredInstance {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// SOP Class UID.
    pub sop_class: String,
    /// Transfer Syntax UID of the stored bytes.
    pub transfer_syntax: String,
    /// Size of the stored file in bytes.
    pub size: u64,
    /// First byte of the data set proper.
    pub data_set_start: u64,
    /// Path on its storage node.
    pub path: String,
    /// Storage node.
    pub node: i64,
    /// When it was stored (seconds since 1970), for Last-Modified; negative when that is not to be told.
    pub stored_at: i64,
    /// BLAKE3 of the data set proper, for ETag.
    pub digest: Vec<u8>,
    /// Number of frames, 0 without pixels.
    pub frame_count: u32,
    /// Key of its row.
    pub(crate) key: i64,
    /// How it is given to those who may not know whose it is: its UIDs are pseudonyms then.
    pub(crate) disguise: Option<Arc<Disguise>>,
}

impl StoredInstance {
    /// Whether it is given de-identified: its UIDs are pseudonyms, and nothing of it comes as it is stored but its pixels.
    pub fn is_deidentified(&self) -> bool {
        self.disguise.is_some()
    }

    /// Whether it goes out in this encoding as the file that is stored.
    pub fn is_file(&self, encoding: Encoding) -> bool {
        let is_stored = match encoding {
            Encoding::Stored => true,
            Encoding::Native => false,
            Encoding::Encoded(syntax) => syntax == self.transfer_syntax,
        };
        is_stored && !self.is_deidentified()
    }

    /// What is remembered of it is remembered by this: a replaced instance has another path, and what may be seen of a
    /// de-identified one is less.
    pub(crate) fn name_of_state(&self) -> String {
        format!("{}{}", self.path, if self.is_deidentified() { " de-identified" } else { "" })
    }
}

/// How frames or whole objects are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As stored.
    Stored,
    /// Native samples, little endian (Explicit VR Little Endian for whole objects).
    Native,
    /// In this transfer syntax, one of [`encodings`] or, whole objects, Implicit VR Little Endian. What loses something makes another image of a whole object, with a SOP
    /// Instance UID of its own (PS3.3 §C.7.6.1.1.5).
    Encoded(&'static str),
}

/// Transfer Syntax UIDs that [`Encoding::Encoded`] can name on the web (PS3.18 §8.7.3): those with an encoder; for whole
/// objects, `whole`, Deflated Explicit VR Little Endian too.
pub fn encodings(whole: bool) -> impl Iterator<Item = &'static str> {
    let deflated = data_set::uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
    codec::TARGETS.into_iter().chain(whole.then_some(deflated))
}

/// Pieces of content in order, read as they are consumed: `futures_util::Stream<Item = Result<Bytes, Error>>`.
pub type Content = futures_util::stream::BoxStream<'static, Result<bytes::Bytes, Error>>;

/// Something that streams.
pub struct Body {
    /// Length in bytes, exact; `None` when it is not known before the end.
    pub length: Option<u64>,
    /// The bytes.
    pub content: Content,
    /// Transfer syntax of what comes.
    pub transfer_syntax: String,
}

impl Archive {
    /// Instances of a scope, in order of Series, Instance Number. `Error::NotFound` when there is none. Checks that the
    /// actor may retrieve identified data, and audits the retrieval of `resource`.
    pub async fn instances(
        &self,
        actor: &Actor,
        scope: &Scope,
        resource: &'static str,
    ) -> Result<Vec<StoredInstance>, Error> {
        self.may_retrieve(actor, scope, resource)?;
        let found = self.find(scope).await;
        self.audit_retrieval(actor, scope, resource, found.is_ok());
        found
    }

    /// The same as the actor may see it: de-identified for those who may not know whose it is, who name it by what they were
    /// told. Whether an instance can be given so is found out when it is asked for ([`Archive::can_give`]).
    ///
    /// # Errors
    /// As of [`Archive::instances`].
    pub async fn instances_seen(
        &self,
        actor: &Actor,
        scope: &Scope,
        resource: &'static str,
    ) -> Result<Vec<StoredInstance>, Error> {
        if actor.identified {
            return self.instances(actor, scope, resource).await;
        }
        let meant = self.meant_by(actor, scope, resource).await?;
        let found = self.find(&meant).await;
        self.audit_retrieval(actor, &meant, &format!("{resource}, de-identified"), found.is_ok());
        // The words for what is gone name it as it was asked for.
        let found = found.map_err(|error| named_as_asked(error, scope))?;
        // Who names a single one was told all three UIDs before.
        match scope.instance {
            Some(_) => self.deidentified(found).await,
            None => self.told_instances(found).await,
        }
    }

    /// What somebody means who may not know whose it is.
    async fn meant_by(&self, actor: &Actor, scope: &Scope, resource: &'static str) -> Result<Scope, Error> {
        self.permit(actor, Right::Retrieve)?;
        let meant = self.meant(scope).await;
        if meant.is_err() {
            self.audit_retrieval(actor, scope, &format!("{resource}, de-identified"), false);
        }
        meant
    }

    /// The same for somebody who was answered before and goes on asking: it was written down then.
    ///
    /// # Errors
    /// As of [`Archive::instances`].
    pub async fn instances_still(
        &self,
        actor: &Actor,
        scope: &Scope,
        resource: &'static str,
    ) -> Result<Vec<StoredInstance>, Error> {
        self.may_retrieve(actor, scope, resource)?;
        self.find(scope).await
    }

    /// Writes down that instances were retrieved as the input of another: a line for each Series, as of
    /// [`Archive::instances`]. They come of [`Archive::instances_still`].
    pub fn audit_input(&self, actor: &Actor, instances: &[StoredInstance], resource: &'static str) {
        let series: BTreeSet<_> = instances.iter().map(|instance| (&instance.study, &instance.series)).collect();
        for (study, series) in series {
            self.audit(AuditEvent {
                study: Some(study.clone()),
                series: Some(series.clone()),
                detail: Some(resource.to_owned()),
                ..AuditEvent::by(actor, Action::Retrieve, true)
            });
        }
    }

    /// Content of stored objects is identified data: both the right and the permission to see such data are needed.
    fn may_retrieve(&self, actor: &Actor, scope: &Scope, resource: &'static str) -> Result<(), Error> {
        self.permit(actor, Right::Retrieve)?;
        if actor.identified {
            return Ok(());
        }
        self.audit_retrieval(actor, scope, resource, false);
        Err(Error::NotAuthorized("this user may see de-identified data only, and these are not".to_owned()))
    }

    async fn find(&self, scope: &Scope) -> Result<Vec<StoredInstance>, Error> {
        if scope.instance.is_some() {
            let found = self.find_one(scope).await?;
            return found.map(|instance| vec![instance]).ok_or_else(|| Error::NotFound(scope.name()));
        }
        let wanted = scope.clone();
        let rows = self
            .with_index(move |connection| {
                let (study, series, instance) = wanted.texts();
                lookup::instances(connection, study, series, instance)
            })
            .await?;
        if rows.is_empty() {
            return Err(Error::NotFound(scope.name()));
        }
        Ok(rows.into_iter().map(StoredInstance::from).collect())
    }

    fn audit_retrieval(&self, actor: &Actor, scope: &Scope, resource: &str, success: bool) {
        let (study, series, instance) = scope.texts();
        self.audit(AuditEvent {
            study: Some(study.to_owned()),
            series: series.map(str::to_owned),
            instance: instance.map(str::to_owned),
            detail: Some(resource.to_owned()),
            ..AuditEvent::by(actor, Action::Retrieve, success)
        });
    }
}

fn named_as_asked(error: Error, scope: &Scope) -> Error {
    if matches!(error, Error::NotFound(_)) { Error::NotFound(scope.name()) } else { error }
}

impl Scope {
    /// The UIDs.
    pub(crate) fn texts(&self) -> (&str, Option<&str>, Option<&str>) {
        (self.study.as_str(), self.series.as_ref().map(Uid::as_str), self.instance.as_ref().map(Uid::as_str))
    }

    /// What a client asked for, in words.
    pub(crate) fn name(&self) -> String {
        match (&self.instance, &self.series) {
            (Some(instance), _) => format!("instance {instance}"),
            (None, Some(series)) => format!("series {series}"),
            (None, None) => format!("study {}", self.study),
        }
    }
}

impl From<InstanceRow> for StoredInstance {
    fn from(row: InstanceRow) -> Self {
        Self {
            study: row.study_instance_uid,
            series: row.series_instance_uid,
            instance: row.sop_instance_uid,
            sop_class: row.sop_class_uid,
            transfer_syntax: row.transfer_syntax_uid,
            size: row.file_size.max(0) as u64,
            data_set_start: row.data_set_start.max(0) as u64,
            path: row.file_path,
            node: row.storage_node_id,
            stored_at: row.stored_at.timestamp(),
            digest: row.digest,
            frame_count: row.frame_count.max(0) as u32,
            key: row.instance_key,
            disguise: None,
        }
    }
}

#[cfg(test)]
impl StoredInstance {
    /// A row of a Study 1.1, of which only names are of account.
    pub(crate) fn named(series: &str, instance: &str) -> Self {
        Self {
            study: "1.1".into(),
            series: series.into(),
            instance: instance.into(),
            sop_class: String::new(),
            transfer_syntax: String::new(),
            size: 0,
            data_set_start: 0,
            path: String::new(),
            node: 1,
            stored_at: 0,
            digest: Vec::new(),
            frame_count: 0,
            key: 0,
            disguise: None,
        }
    }
}
