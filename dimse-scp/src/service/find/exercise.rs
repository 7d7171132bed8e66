//! What is done with an Identifier of unknown origin before the archive is asked.

use archive::AeTitle;
use data_set::{DataSet, uids};

use super::model::Model;
use super::negotiation::Agreed;
use super::{answer, identifier};

/// Reads a data set as an Identifier, checks its keys and writes an answer, whatever comes of it.
pub(in crate::service) fn read_whatever(set: &DataSet) {
    let title = AeTitle::new("A").expect("a letter is an AE title");
    for model in [Model::PatientRoot, Model::StudyRoot] {
        if let Ok(identifier) = identifier::read(set, model, Agreed::read(&[1; 7])) {
            let _ = identifier.search.check();
            let _ = answer::encode(&serde_json::Map::new(), &identifier, &title, uids::EXPLICIT_VR_LITTLE_ENDIAN);
        }
    }
}
