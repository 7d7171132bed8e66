//! What is asked of an object before it is stored.

use data_set::{DataSet, Tag, Warning, tags, uids};

use super::{Arrival, StoreFailure, StoreWarning};
use crate::Uid;

/// The UIDs an object goes by, checked.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) sop_class: Uid,
    pub(crate) instance: Uid,
    pub(crate) study: Uid,
    pub(crate) series: Uid,
}

impl Names {
    /// Reads them from the data set itself; file meta information does not count.
    pub(crate) fn of(set: &DataSet) -> Result<Self, StoreFailure> {
        if set.uid(tags::MEDIA_STORAGE_SOP_CLASS_UID) == Some(uids::MEDIA_STORAGE_DIRECTORY_STORAGE) {
            return Err(StoreFailure::InvalidUid("a DICOMDIR is no instance of a study".to_owned()));
        }
        Ok(Self {
            sop_class: uid(set, tags::SOP_CLASS_UID, "SOP Class UID")?,
            instance: uid(set, tags::SOP_INSTANCE_UID, "SOP Instance UID")?,
            study: uid(set, tags::STUDY_INSTANCE_UID, "Study Instance UID")?,
            series: uid(set, tags::SERIES_INSTANCE_UID, "Series Instance UID")?,
        })
    }
}

fn uid(set: &DataSet, tag: Tag, name: &str) -> Result<Uid, StoreFailure> {
    let text = set.uid(tag).ok_or_else(|| StoreFailure::InvalidUid(format!("the data set has no {name} {tag}")))?;
    Uid::new(text).map_err(|reason| StoreFailure::InvalidUid(format!("{name} {tag}: {reason}")))
}

/// What was announced must be fit to be written into file meta information.
pub(super) fn announcement(arrival: &Arrival) -> Result<(), StoreFailure> {
    let Arrival::DataSet { sop_class_uid, sop_instance_uid, transfer_syntax, .. } = arrival else { return Ok(()) };
    for (name, uid) in [
        ("Affected SOP Class UID (0000,0002)", sop_class_uid),
        ("Affected SOP Instance UID (0000,1000)", sop_instance_uid),
        ("transfer syntax of the presentation context", transfer_syntax),
    ] {
        Uid::new(uid).map_err(|reason| StoreFailure::InvalidUid(format!("{name}: {reason}")))?;
    }
    Ok(())
}

/// Compares what came with what was announced or asked for.
pub(super) fn matches(names: &Names, arrival: &Arrival) -> Result<Option<StoreWarning>, StoreFailure> {
    match arrival {
        Arrival::File { study: Some(study) } if *study != names.study => Err(StoreFailure::OtherStudy),
        Arrival::File { .. } => Ok(None),
        Arrival::DataSet { sop_instance_uid, .. } if sop_instance_uid != names.instance.as_str() => {
            Err(StoreFailure::DoesNotMatch("its SOP Instance UID is another".to_owned()))
        }
        Arrival::DataSet { sop_class_uid, .. } if sop_class_uid != names.sop_class.as_str() => {
            Ok(Some(StoreWarning::DataSetDoesNotMatchSopClass))
        }
        Arrival::DataSet { .. } => Ok(None),
    }
}

/// Whether something of the object is missing.
pub(super) fn damage(set: &DataSet) -> Option<StoreWarning> {
    let damaged = |warning: &Warning| matches!(warning, Warning::Truncated(_));
    set.warnings.iter().any(damaged).then_some(StoreWarning::Damaged)
}
