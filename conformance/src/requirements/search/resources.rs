//! The six resources of Search, and which Attributes each is searched by (PS3.18 §10.6.1).

use crate::requirement::{Requirement, Verdict, shall};
use crate::suite::{JSON, Suite, XML};

/// All Series or Instances of the first Patient, by a key.
fn of_first(suite: &Suite, resource: &str, keys: &str, expected: usize) -> Verdict {
    suite.counts(&format!("/{resource}?PatientID={}{keys}", suite.subjects.patient(0)), expected)
}

/// Series of the first Study by a key.
fn series(suite: &Suite, keys: &str, expected: usize) -> Verdict {
    suite.counts(&format!("{}/series?{keys}", suite.subjects.ct[0].study()), expected)
}

/// Instances of the first Study by a key.
fn instances(suite: &Suite, keys: &str, expected: usize) -> Verdict {
    suite.counts(&format!("{}/instances?{keys}", suite.subjects.ct[0].study()), expected)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.6.1-001", "PS3.18 §10.6.1", "/studies searches all Studies.", |s| s.counts(&s.first(""), 1)),
    shall("WEB-10.6.1-002", "PS3.18 §10.6.1", "/series searches all Series.", |s| of_first(s, "series", "", 2)),
    shall("WEB-10.6.1-003", "PS3.18 §10.6.1", "/instances searches all Instances.", |s| {
        of_first(s, "instances", "", 4)
    }),
    shall("WEB-10.6.1-004", "PS3.18 §10.6.1", "/studies/{study}/series searches the Series of a Study.", |s| {
        series(s, "", 2)
    }),
    shall("WEB-10.6.1-005", "PS3.18 §10.6.1", "/studies/{study}/instances searches the Instances of a Study.", |s| {
        instances(s, "", 4)
    }),
    shall(
        "WEB-10.6.1-006",
        "PS3.18 §10.6.1",
        "…/series/{series}/instances searches the Instances of a Series.",
        |s| s.counts(&format!("{}/instances", s.subjects.ct[0].series()), 3),
    ),
    shall("WEB-10.6.1-007", "PS3.18 §10.6.3", "Results are DICOM JSON on request.", |s| {
        s.gives(&s.first(""), JSON, JSON)
    }),
    shall(
        "WEB-10.6.1-008",
        "PS3.18 §10.6.3",
        "Results are the Native DICOM Model (XML) on request, a part for each.",
        |s| s.gives_parts(&format!("{}/series", s.subjects.ct[0].study()), XML, "application/dicom+xml", 2),
    ),
    shall("WEB-10.6.1-009", "PS3.18 §10.6.3.1", "No match is answered with 200 and an empty array.", |s| {
        s.counts("/studies?PatientID=NO-SUCH-PATIENT-7D3F9A", 0)
    })
    .noted("CP-2473; before it, 204 (No Content)."),
    shall("WEB-10.6.1-010", "PS3.18 §10.6.1.2", "Studies are searched by Study Date.", |s| {
        s.finds("StudyDate=20250315", &[0])
    }),
    shall("WEB-10.6.1-011", "PS3.18 §10.6.1.2", "Studies are searched by Study Time.", |s| {
        s.finds("StudyTime=081500", &[1])
    }),
    shall("WEB-10.6.1-012", "PS3.18 §10.6.1.2", "Studies are searched by Accession Number.", |s| {
        s.finds_alone(&format!("AccessionNumber=AC{}", s.subjects.run), &[0])
    }),
    shall("WEB-10.6.1-013", "PS3.18 §10.6.1.2", "Studies are searched by Modalities in Study.", |s| {
        s.finds("ModalitiesInStudy=CT", &[0])
    }),
    shall("WEB-10.6.1-014", "PS3.18 §10.6.1.2", "Studies are searched by Referring Physician's Name.", |s| {
        s.finds("ReferringPhysicianName=Refer%5ERobert", &[0])
    }),
    shall("WEB-10.6.1-015", "PS3.18 §10.6.1.2", "Studies are searched by Patient's Name.", |s| {
        s.finds("PatientName=Conformance%5EAnna%5EMaria", &[0])
    }),
    shall("WEB-10.6.1-016", "PS3.18 §10.6.1.2", "Studies are searched by Patient ID.", |s| {
        s.finds_alone(&format!("PatientID={}", s.subjects.patient(2)), &[2])
    }),
    shall("WEB-10.6.1-017", "PS3.18 §10.6.1.2", "Studies are searched by Study Instance UID.", |s| {
        s.finds_alone(&format!("StudyInstanceUID={}", s.subjects.rich.study), &[1])
    }),
    shall("WEB-10.6.1-018", "PS3.18 §10.6.1.2", "Studies are searched by Study ID.", |s| s.finds("StudyID=SB", &[1])),
    shall("WEB-10.6.1-019", "PS3.18 §10.6.1.2", "Series are searched by Modality.", |s| series(s, "Modality=CT", 1)),
    shall("WEB-10.6.1-020", "PS3.18 §10.6.1.2", "Series are searched by Series Instance UID.", |s| {
        series(s, &format!("SeriesInstanceUID={}", s.subjects.multi.series), 1)
    }),
    shall("WEB-10.6.1-021", "PS3.18 §10.6.1.2", "Series are searched by Series Number.", |s| {
        series(s, "SeriesNumber=2", 1)
    }),
    shall("WEB-10.6.1-022", "PS3.18 §10.6.1.2", "Series are searched by Performed Procedure Step Start Date.", |s| {
        series(s, "PerformedProcedureStepStartDate=20250315", 1)
    }),
    shall("WEB-10.6.1-023", "PS3.18 §10.6.1.2", "Series are searched by Performed Procedure Step Start Time.", |s| {
        series(s, "PerformedProcedureStepStartTime=101500", 1)
    }),
    shall(
        "WEB-10.6.1-024",
        "PS3.18 §10.6.1.2",
        "Series are searched by Scheduled Procedure Step ID in a sequence.",
        |s| {
            series(s, &format!("RequestAttributesSequence.ScheduledProcedureStepID=SPS{}", s.subjects.run), 1)?;
            series(s, "RequestAttributesSequence.ScheduledProcedureStepID=OTHER", 0)
        },
    ),
    shall("WEB-10.6.1-025", "PS3.18 §10.6.1.2", "Series are searched by Requested Procedure ID in a sequence.", |s| {
        series(s, &format!("00400275.00401001=RP{}", s.subjects.run), 1)?;
        series(s, "00400275.00401001=OTHER", 0)
    }),
    shall("WEB-10.6.1-026", "PS3.18 §10.6.1.2", "Instances are searched by SOP Class UID.", |s| {
        instances(s, "SOPClassUID=1.2.840.10008.5.1.4.1.1.2", 3)
    }),
    shall("WEB-10.6.1-027", "PS3.18 §10.6.1.2", "Instances are searched by SOP Instance UID.", |s| {
        instances(s, &format!("SOPInstanceUID={}", s.subjects.ct[1].instance), 1)
    }),
    shall("WEB-10.6.1-028", "PS3.18 §10.6.1.2", "Instances are searched by Instance Number.", |s| {
        instances(s, "InstanceNumber=2", 1)
    }),
    shall("WEB-10.6.1-029", "PS3.18 §10.6.1.2", "All Series are searched by Attributes of their Study too.", |s| {
        of_first(s, "series", "&StudyDate=20250315&Modality=CT", 1)?;
        of_first(s, "series", "&StudyDate=20250316", 0)
    }),
    shall(
        "WEB-10.6.1-030",
        "PS3.18 §10.6.1.2",
        "All Instances are searched by Attributes of Study and Series too.",
        |s| {
            of_first(s, "instances", "&Modality=CT&InstanceNumber=3", 1)?;
            of_first(s, "instances", "&Modality=MR", 0)
        },
    ),
    shall("WEB-10.6.1-031", "PS3.18 §10.6.1", "A search below a Study that is not there finds nothing.", |s| {
        let answer = s.get("/studies/2.25.1999/series", JSON)?;
        answer
            .holds(answer.status == 404 || answer.array().is_ok_and(|found| found.is_empty()), "it is no empty array")
            .map(drop)
    }),
];
