//! Names, and keys that are wrong (PS3.4 §C.2.2.2, PS3.18 §8.3.4).

use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::suite::{JSON, Suite};

fn refuses(suite: &Suite, keys: &str) -> Verdict {
    suite.status(&format!("/studies?{keys}"), JSON, 400)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    should("WEB-8.3.4-101", "PS3.4 §C.2.2.2.1", "Names match whatever their case.", |s| {
        s.finds("PatientName=CONFORMANCE%5Eanna%5EMARIA", &[0])
    }),
    shall("WEB-8.3.4-102", "PS3.4 §C.2.2.2.4", "Wild cards match names.", |s| {
        s.finds("PatientName=Conformance*", &[0, 2])
    }),
    shall("WEB-8.3.4-103", "PS3.4 §C.2.2.2.4", "Wild cards match a component of a name.", |s| {
        s.finds("PatientName=*%5EAnna*", &[0])
    }),
    shall("WEB-8.3.4-104", "PS3.4 §C.2.2.2.4", "? matches one character of a name.", |s| {
        s.finds("PatientName=Conformance%5ECar?", &[2])
    }),
    should("WEB-8.3.4-105", "PS3.4 §C.2.2.2.1", "The ideographic group of a name is matched.", |s| {
        s.finds("PatientName=%E5%B1%B1%E7%94%B0*", &[1])
    }),
    should("WEB-8.3.4-106", "PS3.4 §C.2.2.2.1", "The phonetic group of a name is matched.", |s| {
        s.finds("PatientName=%E3%82%84%E3%81%BE%E3%81%A0*", &[1])
    }),
    should("WEB-8.3.4-107", "PS3.4 §C.2.2.2.1", "The alphabetic group of a name of three groups is matched.", |s| {
        s.finds("PatientName=Yamada*", &[1])
    }),
    may("WEB-8.3.4-108", "PS3.18 §8.3.4.2", "fuzzymatching=true finds a name in another order.", |s| {
        s.finds("PatientName=Anna%20Conformance&fuzzymatching=true", &[0])
    }),
    may("WEB-8.3.4-109", "PS3.18 §8.3.4.2", "fuzzymatching=true finds a name that is misspelt.", |s| {
        s.finds("PatientName=Conformence%5EAnna&fuzzymatching=true", &[0])
    }),
    shall(
        "WEB-8.3.4-110",
        "PS3.18 §8.3.4.2",
        "fuzzymatching=true is honoured, or the answer warns that it is not.",
        |s| {
            let fuzzy = s.finds("PatientName=Anna%20Conformance&fuzzymatching=true", &[0]);
            fuzzy.or_else(|_| {
                s.get(&s.first("&PatientName=Anna%20Conformance&fuzzymatching=true"), JSON)?.warns().map(drop)
            })
        },
    ),
    shall("WEB-8.3.4-111", "PS3.18 §8.3.4.2", "fuzzymatching=false searches literally.", |s| {
        s.finds("PatientName=Conformance%5EAnna%5EMaria&fuzzymatching=false", &[0])?;
        s.finds("PatientName=Conformence%5EAnna&fuzzymatching=false", &[])
    }),
    should("WEB-8.3.4-112", "PS3.18 §8.3.4.2", "fuzzymatching of another value gives 400.", |s| {
        refuses(s, "fuzzymatching=maybe")
    }),
    shall("WEB-8.3.4-113", "PS3.18 §8.3.4, §8.5", "A date that is none gives 400.", |s| {
        refuses(s, "StudyDate=yesterday")
    }),
    should("WEB-8.3.4-114", "PS3.18 §8.3.4, §8.5", "A date that is not in the calendar gives 400.", |s| {
        refuses(s, "StudyDate=20250231")
    }),
    shall("WEB-8.3.4-115", "PS3.18 §8.3.4, §8.5", "A time that is none gives 400.", |s| refuses(s, "StudyTime=noon")),
    should("WEB-8.3.4-116", "PS3.18 §8.3.4, §8.5", "A range of more than two dates gives 400.", |s| {
        refuses(s, "StudyDate=20250101-20250102-20250103")
    }),
    should("WEB-8.3.4-117", "PS3.18 §8.3.4, §8.5", "A key of an Attribute that does not exist gives 400.", |s| {
        refuses(s, "NoSuchAttribute=1")
    }),
    should("WEB-8.3.4-118", "PS3.18 §8.3.4, §8.5", "A number that is none gives 400.", |s| {
        s.status(&format!("{}/series?SeriesNumber=abc", s.subjects.ct[0].study()), JSON, 400)
    }),
    should("WEB-8.3.4-119", "PS3.18 §8.3.4, §8.5", "A UID of other characters finds nothing or gives 400.", |s| {
        let answer = s.get("/studies?StudyInstanceUID=not-a-uid", JSON)?;
        answer
            .holds(answer.status == 400 || answer.array().is_ok_and(|found| found.is_empty()), "it found something")
            .map(drop)
    }),
    may("WEB-8.3.4-120", "PS3.18 §8.3.4.5", "emptyvaluematching=true finds what has no value.", |s| {
        s.finds("ReferringPhysicianName=%22%22&emptyvaluematching=true", &[1, 2])
    }),
    may("WEB-8.3.4-131", "PS3.18 §8.3.4.6", "multiplevaluematching=true finds what has every one of several values.", |s| {
        s.finds("ModalitiesInStudy=CT%5COT&multiplevaluematching=true", &[0])
    })
    .noted("Each value of the key matches a value of the attribute, says PS3.4 §C.2.2.2.8; only of attributes with several values."),
    shall("WEB-8.3.4-122", "PS3.18 §8.3.4.5", "emptyvaluematching=false changes nothing.", |s| {
        s.finds("StudyID=SB&emptyvaluematching=false", &[1])
    }),
    shall("WEB-8.3.4-123", "PS3.18 §8.3.4.6", "multiplevaluematching=false changes nothing.", |s| {
        s.finds("StudyID=SB&multiplevaluematching=false", &[1])
    }),
    shall("WEB-8.3.4-124", "PS3.18 §8.3.4.1", "A percent sign that encodes nothing is answered, not failed.", |s| {
        let answer = s.get("/studies?StudyID=%", JSON)?;
        answer.holds(answer.status < 500, "a server error").map(drop)
    }),
    may("WEB-8.3.4-125", "PS3.4 §C.2.2.2.5", "Date and time together are matched as one range.", |s| {
        s.finds("StudyDate=20250315-20250401&StudyTime=101000-081600", &[0, 1])
    })
    .noted("Combined date-time matching; only where it is negotiated or documented."),
];
