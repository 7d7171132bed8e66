//! Requests as clients make them: the seeds that the fuzz target mutates. A query, `Accept`, `Content-Type` and a body,
//! each in a line, the body in the rest.

const JSON: &str = r#"[{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080016":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},"00080018":{"vr":"UI","Value":["1.2.3.4"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Quaestor^Ada","Ideographic":"山田^太郎"}]},"0020000D":{"vr":"UI","Value":["1.2"]},"0020000E":{"vr":"UI","Value":["1.2.3"]},"00280008":{"vr":"IS","Value":[2]},"00081140":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.5"]}},{}]},"00091001":{"vr":"OB","InlineBinary":"AAEC"},"7FE00010":{"vr":"OW","BulkDataURI":"pixels"}}]"#;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM"><DicomAttribute tag="00080018" vr="UI" keyword="SOPInstanceUID"><Value number="1">1.2.3.4</Value></DicomAttribute><DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1"><Alphabetic><FamilyName>Quaestor</FamilyName><GivenName>Ada</GivenName></Alphabetic></PersonName></DicomAttribute><DicomAttribute tag="00081140" vr="SQ"><Item number="1"><DicomAttribute tag="00081155" vr="UI"><Value number="1">1.5</Value></DicomAttribute></Item></DicomAttribute><DicomAttribute tag="7FE00010" vr="OW"><BulkData uri="pixels"/></DicomAttribute></NativeDicomModel>"#;

/// Names and requests.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let part = |kind: &str, content: &str| {
        format!("--B\r\nContent-Type: {kind}\r\nContent-Location: pixels\r\n\r\n{content}\r\n")
    };
    let body = |parts: &[String]| format!("preamble\r\n{}--B--\r\nepilogue", parts.concat());
    let related = |kind: &str| format!(r#"multipart/related; type="{kind}"; boundary=B"#);
    let pixels = part("application/octet-stream", "\0\u{1}\u{2}\u{3}\r\n--Not a boundary");
    let request = |query: &str, accept: &str, content_type: &str, body: String| {
        format!("{query}\n{accept}\n{content_type}\n{body}").into_bytes()
    };
    let of = |query: &str, accept: &str| request(query, accept, "", String::new());
    vec![
        (
            "viewer_study_list",
            of(
                "limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060%2C00080090%2C00100030",
                "application/dicom+json",
            ),
        ),
        (
            "search_names_and_dates",
            of(
                "PatientName=Quaestor%5EA%2A&fuzzymatching=true&StudyDate=20240101-20241231&StudyTime=-1200&orderby=-StudyDate&total=true",
                "multipart/related; type=\"application/dicom+xml\", application/dicom+json;q=0.5",
            ),
        ),
        (
            "search_sequences_and_lists",
            of(
                "RequestAttributesSequence.ScheduledProcedureStepID=S%3F&00400275.00400009=1&StudyInstanceUID=1.2%5C1.3,1.4&ModalitiesInStudy=CT%5CMR&multiplevaluematching=true",
                "*/*",
            ),
        ),
        (
            "search_private_and_empty",
            of(
                "00091001=x&00%7BACME%201%7D01=y&PatientID=%22%22&emptyvaluematching=true&includefield=all&includefield=00091001&AcquisitionDateTime=20240101120000.5%2B0100-&PatientWeight=70.5&Rows=512",
                "",
            ),
        ),
        (
            "rendered",
            of(
                "window=40,400.5,linear-exact&viewport=512,512,,,256,-128&quality=80&annotation=patient,technique,logo&iccprofile=srgb&accept=image/png",
                "image/webp;q=0.8, image/*;q=0.5, */*;q=0.1",
            ),
        ),
        (
            "uri_service",
            of(
                "requestType=WADO&studyUID=1.2&seriesUID=1.2.3&objectUID=1.2.3.4&contentType=image%2Fjpeg,image/png&frameNumber=3&rows=128&columns=128&region=0,0,0.5,0.5&windowCenter=40&windowWidth=400&imageQuality=70&presentationUID=1.5&presentationSeriesUID=1.6",
                "3,1,2",
            ),
        ),
        ("retrieve_frames", of("charset=utf-8", "multipart/related; type=application/octet-stream; transfer-syntax=*")),
        (
            "retrieve_nested_type",
            of(
                "",
                r#"multipart/related; type="application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90"; q="0.9", text/html"#,
            ),
        ),
        (
            "store_objects",
            request(
                "",
                "application/dicom+json",
                &related("application/dicom"),
                body(&[part("application/dicom", "DICM"), pixels.clone()]),
            ),
        ),
        (
            "store_json",
            request(
                "",
                "",
                &related("application/dicom+json"),
                body(&[part("application/dicom+json", JSON), pixels.clone()]),
            ),
        ),
        (
            "store_xml",
            request("", "", &related("application/dicom+xml"), body(&[part("application/dicom+xml", XML), pixels])),
        ),
        (
            "store_odd_boundary",
            request(
                "",
                "",
                r#"Multipart/Related;TYPE=application/dicom;BOUNDARY="a'()+_,-./:=?z""#,
                "--a'()+_,-./:=?z   \r\n\r\nx\r\n--a'()+_,-./:=?z--".into(),
            ),
        ),
    ]
}
