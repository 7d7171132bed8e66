//! A C-STORE SCU for the demo (PS3.7 §9.1.1).

use std::io::Write as _;
use std::time::Duration;

use dicom_core::{DataElement, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::entries::{EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};
use dicom_ul::pdu::{PDataValue, PDataValueType};
use dicom_ul::{ClientAssociationOptions, Pdu};

use super::object::Object;

/// Where to send.
pub struct Destination {
    /// `host:port`.
    pub address: String,
    /// AE title that is called.
    pub called: String,
    /// Our own.
    pub calling: String,
}

/// Why objects could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No association.
    #[error("no association with {called} at {address}: {reason}. Is the gateway running (pacs serve)?")]
    Association {
        /// AE title that was called.
        called: String,
        /// Where.
        address: String,
        /// Why.
        reason: String,
    },
    /// The association broke.
    #[error("the association broke: {0}")]
    Broken(String),
    /// The gateway did not store an object.
    #[error("{uid} was not stored: status {status:04X}H")]
    Status {
        /// SOP Instance UID.
        uid: String,
        /// DIMSE status.
        status: u16,
    },
}

/// Sends `objects` over one association; `sent` hears of each.
pub fn send(to: &Destination, objects: &[Object], mut sent: impl FnMut()) -> Result<(), SendError> {
    let mut options = ClientAssociationOptions::new()
        .calling_ae_title(to.calling.clone())
        .called_ae_title(to.called.clone())
        .connection_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(60));
    let mut classes: Vec<&str> = objects.iter().map(|object| object.sop_class).collect();
    classes.dedup();
    for class in classes {
        options = options.with_presentation_context(class, vec![uids::EXPLICIT_VR_LITTLE_ENDIAN]);
    }
    let mut association = options.establish(to.address.as_str()).map_err(|error| SendError::Association {
        called: to.called.clone(),
        address: to.address.clone(),
        reason: error.to_string(),
    })?;
    for (number, object) in (1..).zip(objects) {
        store(&mut association, number, object)?;
        sent();
    }
    association.release().map_err(broken)
}

type Requestor = dicom_ul::association::client::ClientAssociation<std::net::TcpStream>;

fn store(association: &mut Requestor, message_id: u16, object: &Object) -> Result<(), SendError> {
    let context = association
        .presentation_contexts()
        .iter()
        .find(|context| context.abstract_syntax == object.sop_class)
        .map(|context| context.id)
        .ok_or_else(|| SendError::Broken(format!("the gateway does not take {}", object.sop_class)))?;
    let mut command = Vec::new();
    request(message_id, object)
        .write_dataset_with_ts(&mut command, &IMPLICIT_VR_LITTLE_ENDIAN.erased())
        .map_err(broken)?;
    let value = |value_type, data| PDataValue { presentation_context_id: context, value_type, is_last: true, data };
    association.send(&Pdu::PData { data: vec![value(PDataValueType::Command, command)] }).map_err(broken)?;
    let mut data = Vec::new();
    object.data_set.write_dataset_with_ts(&mut data, &EXPLICIT_VR_LITTLE_ENDIAN.erased()).map_err(broken)?;
    association.send_pdata(context).write_all(&data).map_err(broken)?;
    match answer(association)? {
        0x0000 => Ok(()),
        status => Err(SendError::Status { uid: object.sop_instance.clone(), status }),
    }
}

/// C-STORE-RQ.
fn request(message_id: u16, object: &Object) -> InMemDicomObject {
    InMemDicomObject::command_from_element_iter([
        DataElement::new(tags::AFFECTED_SOP_CLASS_UID, VR::UI, object.sop_class),
        DataElement::new(tags::COMMAND_FIELD, VR::US, dicom_value!(U16, [0x0001])),
        DataElement::new(tags::MESSAGE_ID, VR::US, dicom_value!(U16, [message_id])),
        DataElement::new(tags::PRIORITY, VR::US, dicom_value!(U16, [0x0000])),
        DataElement::new(tags::COMMAND_DATA_SET_TYPE, VR::US, dicom_value!(U16, [0x0000])),
        DataElement::new(tags::AFFECTED_SOP_INSTANCE_UID, VR::UI, object.sop_instance.as_str()),
    ])
}

/// Status of the C-STORE-RSP.
fn answer(association: &mut Requestor) -> Result<u16, SendError> {
    let Pdu::PData { data } = association.receive().map_err(broken)? else {
        return Err(SendError::Broken("the gateway did not answer with a message".into()));
    };
    let bytes: Vec<u8> = data.into_iter().flat_map(|value| value.data).collect();
    let response =
        InMemDicomObject::read_dataset_with_ts(&bytes[..], &IMPLICIT_VR_LITTLE_ENDIAN.erased()).map_err(broken)?;
    response.element(tags::STATUS).map_err(broken)?.to_int().map_err(broken)
}

fn broken(error: impl std::fmt::Display) -> SendError {
    SendError::Broken(error.to_string())
}
