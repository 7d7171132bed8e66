//! What modalities can ask: the worklist, performed steps, storage commitment (PS3.18 §13 to §15).

use super::{ACCEPT, CHARSET, DOCUMENT, DOCUMENTS, Kind, flag, text, whole};

pub(crate) static SEARCH_STEPS: Kind = Kind {
    title: "Search Modality Scheduled Procedure Steps",
    clause: "§14.4",
    summary: "The modality worklist. Any attribute is a key, those of the step by path: 00400100.00400001=CT1. Finished steps are found by their status only. What arrived of each is told beside it.",
    parameters: &[
        text("includefield", "Attributes wanted beyond the required ones: keywords, tags, paths, or all (§8.3.4.3)"),
        flag("fuzzymatching", "Match names by their words, in any order and with a typing error each (§8.3.4.2)"),
        flag("emptyvaluematching", "The value \"\" matches what has no value (§8.3.4.5)"),
        flag("multiplevaluematching", "Of several values, with a backslash between them, each must match (§8.3.4.6)"),
        whole("limit", "Most matches wanted (§8.3.4.4)", 0, u32::MAX),
        whole("offset", "Matches to skip (§8.3.4.4)", 0, u32::MAX),
        ACCEPT,
        CHARSET,
    ],
    headers: &[],
    takes: &[],
    gives: DOCUMENTS,
};

pub(crate) static SCHEDULE: Kind = Kind {
    title: "Schedule",
    clause: "",
    summary: "Put items on the modality worklist, in the place of those with their Study Instance UIDs and Scheduled Procedure Step IDs. Needs the right to change the worklist, which administrators and clinicians have. The Standard does not have this.",
    parameters: &[ACCEPT, CHARSET],
    headers: &[],
    takes: DOCUMENT,
    gives: DOCUMENTS,
};

pub(crate) static UNSCHEDULE: Kind = Kind {
    title: "Unschedule",
    clause: "",
    summary: "Take an item off the modality worklist. The Standard does not have this.",
    parameters: &[],
    headers: &[],
    takes: &[],
    gives: &[],
};

pub(crate) static CREATE_STEP: Kind = Kind {
    title: "Create Modality Performed Procedure Step",
    clause: "§15.4",
    summary: "A step that has begun. With the parameter update it is changed instead (§15.5).",
    parameters: &[text("update", "Update Transaction; has no value (§15.5.1.2)")],
    headers: &[],
    takes: DOCUMENT,
    gives: &[],
};

pub(crate) static UPDATE_STEP: Kind = Kind {
    title: "Update Modality Performed Procedure Step",
    clause: "§15.5",
    summary: "Changes of a step in progress, up to its end. The same by another path.",
    parameters: &[],
    headers: &[],
    takes: DOCUMENT,
    gives: &[],
};

pub(crate) static STEP: Kind = Kind {
    title: "Retrieve Modality Performed Procedure Step",
    clause: "§15.6",
    summary: "A performed step.",
    parameters: &[text("includefield", "Attributes wanted, or all, which is the default (§15.6.1.2)"), ACCEPT, CHARSET],
    headers: &[],
    takes: &[],
    gives: DOCUMENT,
};

pub(crate) static COMMIT: Kind = Kind {
    title: "Request Storage Commitment",
    clause: "§13.4",
    summary: "Whether instances are kept here for good. Answered at once, or with 202 when it takes longer or Prefer: respond-async asks for it.",
    parameters: &[ACCEPT, CHARSET],
    headers: &[text("Prefer", "respond-async: 202, and the result later (RFC 7240 §4.1)")],
    takes: DOCUMENT,
    gives: DOCUMENT,
};

pub(crate) static COMMITTED: Kind = Kind {
    title: "Check Storage Commitment Result",
    clause: "§13.5",
    summary: "What was decided of a request; 202 while it is not.",
    parameters: &[ACCEPT, CHARSET],
    headers: &[],
    takes: &[],
    gives: DOCUMENT,
};
