//! What can be asked of this server, as data: the table of routes refers to it, and the Capabilities Description, the
//! OpenAPI description, the page for people and the conformance statement are made of it.

mod keys;
mod likeness;
mod retrieval;
mod volumes;
mod workflow;

pub(crate) use likeness::{BODY_PARTS, BODY_REGION, DESCRIPTORS, SIMILAR, SIMILAR_SENT};
pub(crate) use retrieval::{BULK_DATA, FRAMES, METADATA, OBJECT, PIXEL_DATA, RENDERED, THUMBNAIL, WADO_URI};
pub(crate) use volumes::{
    CURVED, HISTOGRAM, PROJECTION, REFORMAT, RENDERED_3D, RENDERED_MPR, SCROLL, SEGMENTATION, SLICE, STORED_PROJECTION,
    STORED_REFORMAT, STORED_SEGMENTATION, STORED_SLICE,
};
pub(crate) use workflow::{COMMIT, COMMITTED, CREATE_STEP, SCHEDULE, SEARCH_STEPS, STEP, UNSCHEDULE, UPDATE_STEP};

/// One method of one resource.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in metrics, and in the OpenAPI description.
    pub name: &'static str,
    /// HTTP methods with `, ` between them, the first the one that counts.
    pub methods: &'static str,
    /// URI template below [`Operation::prefix`]; empty for the service itself.
    pub path: String,
    /// It is at the server's root, not below [`crate::PREFIX`].
    pub at_root: bool,
    /// What it does.
    pub kind: &'static Kind,
}

impl Operation {
    /// The HTTP method; HEAD goes with GET.
    pub fn method(&self) -> &'static str {
        self.methods.split(',').next().unwrap_or_default()
    }

    /// What the path begins with.
    pub fn prefix(&self) -> &'static str {
        if self.at_root { "" } else { crate::PREFIX }
    }

    /// Whether HEAD is answered as GET is.
    pub fn has_head(&self) -> bool {
        self.methods.contains("HEAD")
    }

    /// Names of the places in the path that a client fills in.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }
}

/// What several operations have in common.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Transaction or service, as the Standard calls it.
    pub title: &'static str,
    /// Clause of PS3.18; empty for what the Standard does not have.
    pub clause: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Query parameters.
    pub parameters: &'static [Parameter],
    /// Header fields that matter, beside Accept.
    pub headers: &'static [Parameter],
    /// Media types of the request.
    pub takes: &'static [&'static str],
    /// Media types of the answer.
    pub gives: &'static [&'static str],
}

/// A query parameter, or a header field.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub what: &'static str,
    /// What its value is.
    pub value: ParameterValue,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterValue {
    /// Any text.
    Text,
    /// A whole number in this range.
    Whole(u32, u32),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

const fn text(name: &'static str, what: &'static str) -> Parameter {
    Parameter { name, what, value: ParameterValue::Text }
}

const fn whole(name: &'static str, what: &'static str, least: u32, most: u32) -> Parameter {
    Parameter { name, what, value: ParameterValue::Whole(least, most) }
}

const fn flag(name: &'static str, what: &'static str) -> Parameter {
    Parameter { name, what, value: ParameterValue::Flag }
}

const ACCEPT: Parameter = text("accept", "Media types; goes before the header Accept (§8.3.3.1)");
const CHARSET: Parameter =
    text("charset", "Character sets; whatever it names, text is in UTF-8, which can hold all of them (§8.3.3.2)");
const ICC_PROFILE: Parameter = Parameter {
    name: "iccprofile",
    what: "Colour characteristics of the picture (§8.3.5.1.5)",
    value: ParameterValue::OneOf(&["no", "yes", "srgb", "adobergb", "rommrgb", "displayp3"]),
};
const DOCUMENT: &[&str] = &["application/dicom+json", "application/dicom+xml"];
const DOCUMENTS: &[&str] = &["application/dicom+json", "multipart/related; type=\"application/dicom+xml\""];

pub(crate) static SEARCH: Kind = Kind {
    title: "Search",
    clause: "§10.6.1",
    summary: "Studies, series or instances whose attributes match. Any attribute is a key, by keyword, tag or path: PatientID=…, 00100010=QUAESTOR*",
    parameters: &[
        text("includefield", "Attributes wanted beyond the required ones: keywords, tags, paths, or all (§8.3.4.3)"),
        flag("fuzzymatching", "Match names by their words, in any order and with a typing error each (§8.3.4.2)"),
        flag("emptyvaluematching", "The value \"\" matches what has no value (§8.3.4.5)"),
        flag("multiplevaluematching", "Of several values, with a backslash between them, each must match (§8.3.4.6)"),
        whole("limit", "Most matches wanted (§8.3.4.4)", 0, u32::MAX),
        whole("offset", "Matches to skip (§8.3.4.4)", 0, u32::MAX),
        text("orderby", "Extension: attributes that matches are ordered by, - before those that descend"),
        text("after", "Extension: goes on after a page; from the Link of its answer"),
        flag("total", "Extension: the header X-Total-Count has the number of all matches"),
        likeness::BODY_REGION_KEY,
        keys::STUDY_DATE,
        keys::STUDY_TIME,
        keys::ACCESSION_NUMBER,
        keys::MODALITIES_IN_STUDY,
        keys::REFERRING_PHYSICIAN,
        keys::PATIENT_NAME,
        keys::PATIENT_ID,
        keys::STUDY_UID,
        keys::STUDY_ID,
        keys::MODALITY,
        keys::SERIES_UID,
        keys::SERIES_NUMBER,
        keys::STEP_DATE,
        keys::STEP_TIME,
        keys::STEP_ID,
        keys::PROCEDURE_ID,
        keys::SOP_CLASS,
        keys::SOP_INSTANCE,
        keys::INSTANCE_NUMBER,
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: DOCUMENTS,
};

const STORABLE: &[&str] = &[
    "multipart/related; type=\"application/dicom\"",
    "multipart/related; type=\"application/dicom+json\"",
    "multipart/related; type=\"application/dicom+xml\"",
    "application/dicom",
];

pub(crate) static STORE: Kind = Kind {
    title: "Store",
    clause: "§10.5.1",
    summary: "Store objects: whole, or as metadata and bulk data. Success means that they are on the disk and in the databases. An object of another study than the path's fails alone.",
    parameters: &[ACCEPT, CHARSET],
    headers: &[],
    takes: STORABLE,
    gives: DOCUMENT,
};

pub(crate) static UPSERT: Kind = Kind {
    title: "Store or replace",
    clause: "",
    summary: "Store objects as POST does, in the place of different ones with their SOP Instance UIDs. Needs the right to delete too.",
    parameters: &[ACCEPT, CHARSET],
    headers: &[],
    takes: STORABLE,
    gives: DOCUMENT,
};

pub(crate) static DELETE: Kind = Kind {
    title: "Delete",
    clause: "",
    summary: "Delete a study, a series or an instance for good. Needs the right to delete, which administrators have. The Standard does not have this; the peers do.",
    parameters: &[],
    headers: &[],
    takes: &[],
    gives: &[],
};

pub(crate) static JOBS: Kind = Kind {
    title: "Jobs",
    clause: "",
    summary: "Work that is left after answers: what waits, what failed and why; again, or not at all. Needs the right to administer.",
    parameters: &[flag("failed", "Only those that are not tried again by themselves")],
    headers: &[],
    takes: &[],
    gives: &["application/json"],
};

pub(crate) static JOB: Kind = Kind {
    title: "Job",
    clause: "",
    summary: "Work that is left after answers: what waits, what failed and why; again, or not at all. Needs the right to administer.",
    parameters: &[],
    headers: &[],
    takes: &[],
    gives: &["application/json"],
};

pub(crate) static APPLICATION_ENTITIES: Kind = Kind {
    title: "Application entities",
    clause: "",
    summary: "Who may call by DIMSE, and where they listen: host, port, tls, may (store, query, move, worklist), maxAssociations, certificate. Needs the right to administer.",
    parameters: &[],
    headers: &[],
    takes: &["application/json"],
    gives: &["application/json"],
};

pub(crate) static FORWARDING: Kind = Kind {
    title: "Forwarding rules",
    clause: "",
    summary: "What is sent on as it is stored, to an application entity or to the URL of a DICOMweb service: name, to, from, modality, sopClass, attributes, transferSyntax; with user and password or a token, which no answer shows. Needs the right to administer.",
    parameters: &[],
    headers: &[],
    takes: &["application/json"],
    gives: &["application/json"],
};

pub(crate) static CAPABILITIES: Kind = Kind {
    title: "Retrieve Capabilities",
    clause: "§8.9",
    summary: "This description, for machines.",
    parameters: &[ACCEPT, CHARSET],
    headers: &[],
    takes: &[],
    gives: &["application/vnd.sun.wadl+xml", "application/json"],
};

/// Parts of the Standard that are not built: they answer 501 and no description names them.
pub(crate) static UNBUILT: Kind =
    Kind { title: "", clause: "", summary: "", parameters: &[], headers: &[], takes: &[], gives: &[] };
