//! A C-STORE SCU that tells each object's status, and a C-FIND SCU.

use std::io::Write as _;
use std::time::Duration;

use dicom_core::{DataElement, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use dicom_transfer_syntax_registry::entries::IMPLICIT_VR_LITTLE_ENDIAN;
use dicom_ul::association::client::ClientAssociation;
use dicom_ul::pdu::{PDataValue, PDataValueType};
use dicom_ul::{ClientAssociationOptions, Pdu};

use crate::Fixture;
use crate::gateway::AE;

/// Any failure of an association.
pub type Broken = Box<dyn std::error::Error>;

/// An association that stores, or searches.
pub struct Scu {
    association: ClientAssociation<std::net::TcpStream>,
    message_id: u16,
    /// Error Comment (0000,0902) of the last response.
    pub comment: String,
}

impl Scu {
    /// Calls the gateway at `address` for one SOP class in one transfer syntax.
    pub fn call(address: &str, sop_class: &str, transfer_syntax: &str) -> Result<Self, Broken> {
        let association = ClientAssociationOptions::new()
            .calling_ae_title(AE)
            .called_ae_title("PACS")
            .connection_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(60))
            .with_presentation_context(sop_class.to_owned(), vec![transfer_syntax.to_owned()])
            .establish(address)?;
        Ok(Self { association, message_id: 0, comment: String::new() })
    }

    /// Calls for what [`Fixture`]s are.
    pub fn for_fixtures(address: &str) -> Result<Self, Broken> {
        Self::call(address, uids::SECONDARY_CAPTURE_IMAGE_STORAGE, uids::EXPLICIT_VR_LITTLE_ENDIAN)
    }

    /// Sends one fixture and gives the status.
    pub fn store(&mut self, fixture: &Fixture) -> Result<u16, Broken> {
        let start = data_set_start(&fixture.file).ok_or("no file meta information")?;
        self.send(uids::SECONDARY_CAPTURE_IMAGE_STORAGE, &fixture.instance, &fixture.file[start..])
    }

    /// Sends the bytes of a data set and gives the status.
    pub fn send(&mut self, sop_class: &str, sop_instance: &str, data_set: &[u8]) -> Result<u16, Broken> {
        self.message_id = self.message_id.wrapping_add(1);
        let context = self.association.presentation_contexts().first().ok_or("no presentation context")?.id;
        let command = InMemDicomObject::command_from_element_iter([
            DataElement::new(tags::AFFECTED_SOP_CLASS_UID, VR::UI, sop_class),
            DataElement::new(tags::COMMAND_FIELD, VR::US, dicom_value!(U16, [0x0001])),
            DataElement::new(tags::MESSAGE_ID, VR::US, dicom_value!(U16, [self.message_id])),
            DataElement::new(tags::PRIORITY, VR::US, dicom_value!(U16, [0x0000])),
            DataElement::new(tags::COMMAND_DATA_SET_TYPE, VR::US, dicom_value!(U16, [0x0000])),
            DataElement::new(tags::AFFECTED_SOP_INSTANCE_UID, VR::UI, sop_instance),
        ]);
        self.command(context, &command)?;
        self.association.send_pdata(context).write_all(data_set)?;
        self.status()
    }

    /// Searches (C-FIND) with this Identifier, in the transfer syntax of the context; gives the number of matches and the
    /// final status. Matches must fit into a PDU each.
    pub fn find(&mut self, model: &str, identifier: &[u8]) -> Result<(usize, u16), Broken> {
        self.message_id = self.message_id.wrapping_add(1);
        let context = self.association.presentation_contexts().first().ok_or("no presentation context")?.id;
        let command = InMemDicomObject::command_from_element_iter([
            DataElement::new(tags::AFFECTED_SOP_CLASS_UID, VR::UI, model),
            DataElement::new(tags::COMMAND_FIELD, VR::US, dicom_value!(U16, [0x0020])),
            DataElement::new(tags::MESSAGE_ID, VR::US, dicom_value!(U16, [self.message_id])),
            DataElement::new(tags::PRIORITY, VR::US, dicom_value!(U16, [0x0000])),
            DataElement::new(tags::COMMAND_DATA_SET_TYPE, VR::US, dicom_value!(U16, [0x0000])),
        ]);
        self.command(context, &command)?;
        self.association.send_pdata(context).write_all(identifier)?;
        let mut matches = 0;
        loop {
            for status in self.statuses()? {
                match status {
                    0xFF00 | 0xFF01 => matches += 1,
                    status => return Ok((matches, status)),
                }
            }
        }
    }

    fn command(&mut self, context: u8, command: &InMemDicomObject) -> Result<(), Broken> {
        let mut data = Vec::new();
        command.write_dataset_with_ts(&mut data, &IMPLICIT_VR_LITTLE_ENDIAN.erased())?;
        let value_type = PDataValueType::Command;
        let value = PDataValue { presentation_context_id: context, value_type, is_last: true, data };
        Ok(self.association.send(&Pdu::PData { data: vec![value] })?)
    }

    fn status(&mut self) -> Result<u16, Broken> {
        Ok(self.statuses()?.pop().ok_or("no message came back")?)
    }

    /// The statuses of the responses in the next PDU.
    fn statuses(&mut self) -> Result<Vec<u16>, Broken> {
        let Pdu::PData { data } = self.association.receive()? else { return Err("no message came back".into()) };
        let commands = data.into_iter().filter(|value| value.value_type == PDataValueType::Command);
        commands.map(|value| self.read(&value.data)).collect()
    }

    fn read(&mut self, bytes: &[u8]) -> Result<u16, Broken> {
        let response = InMemDicomObject::read_dataset_with_ts(bytes, &IMPLICIT_VR_LITTLE_ENDIAN.erased())?;
        let comment = response.element_opt(tags::ERROR_COMMENT)?;
        self.comment = comment.map_or_else(|| Ok(String::new()), |comment| comment.to_str().map(String::from))?;
        Ok(response.element(tags::STATUS)?.to_int()?)
    }

    /// Releases the association.
    pub fn release(self) -> Result<(), Broken> {
        Ok(self.association.release()?)
    }
}

/// First byte after the file meta information, by its group length (PS3.10 §7.1).
pub fn data_set_start(file: &[u8]) -> Option<usize> {
    let length = file.get(128..144).filter(|bytes| bytes.starts_with(b"DICM\x02\0\0\0UL"))?;
    Some(144 + u32::from_le_bytes(length[12..16].try_into().ok()?) as usize)
}
