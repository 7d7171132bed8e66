//! The objects that the suite stores and asks for: three Studies of three Patients, with UIDs of this run alone.

mod rich;

use crate::object::{
    BASIC_TEXT_SR, CT, DataSet, ENCAPSULATED_PDF, EXPLICIT, GREY_JPEG, JPEG_BASELINE, MULTI_FRAME, RLE,
    SECONDARY_CAPTURE, Samples, encapsulated, image, rle,
};

/// Gives UIDs of one run: `2.25.` and a number of 128 bits (PS3.5 §B.2).
#[derive(Debug)]
pub struct Uids(std::cell::Cell<u128>);

impl Uids {
    /// For a run.
    pub fn new() -> Self {
        Self(std::cell::Cell::new(uuid::Uuid::new_v4().as_u128() >> 1))
    }

    /// One that was not given before.
    pub fn next(&self) -> String {
        self.0.set(self.0.get() + 1);
        format!("2.25.{}", self.0.get())
    }

    /// Six characters that tell this run from others.
    pub fn run(&self) -> String {
        format!("{:06X}", (self.0.get() >> 40) & 0xff_ffff)
    }
}

/// One Instance that the suite made.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// SOP Class UID.
    pub class: &'static str,
    /// Its elements.
    pub data_set: DataSet,
    /// Its transfer syntax.
    pub transfer_syntax: &'static str,
    /// Its frames as native little-endian samples.
    pub frames: Vec<Vec<u8>>,
}

impl Subject {
    /// A bare object of a Study and Series.
    pub fn new(uids: &Uids, class: &'static str, study: &str, series: &str) -> Self {
        let (study, series, instance) = (study.to_owned(), series.to_owned(), uids.next());
        let mut data_set = DataSet::new();
        data_set.texts(&[
            (0x0008_0005, "CS", "ISO_IR 192"),
            (0x0008_0016, "UI", class),
            (0x0008_0018, "UI", &instance),
            (0x0020_000d, "UI", &study),
            (0x0020_000e, "UI", &series),
        ]);
        Self { study, series, instance, class, data_set, transfer_syntax: EXPLICIT, frames: Vec::new() }
    }

    /// A small image of nobody in particular, for checks of Store.
    pub fn plain(uids: &Uids, study: &str) -> Self {
        Self::small(uids, SECONDARY_CAPTURE, study)
    }

    /// The same of another SOP Class, in a Study of its own.
    pub fn of_class(uids: &Uids, class: &'static str) -> Self {
        Self::small(uids, class, &uids.next())
    }

    fn small(uids: &Uids, class: &'static str, study: &str) -> Self {
        let mut subject = Self::new(uids, class, study, &uids.next());
        subject.data_set.texts(&[
            (0x0008_0060, "CS", "OT"),
            (0x0010_0010, "PN", "Conformance^Store"),
            (0x0010_0020, "LO", &format!("STOW{}", uids.run())),
            (0x0020_0013, "IS", "1"),
        ]);
        subject.native(Samples::Grey, vec![ramp(0)]);
        subject
    }

    fn native(&mut self, samples: Samples, frames: Vec<Vec<u8>>) {
        image(&mut self.data_set, samples, frames.len(), frames.concat());
        self.frames = frames;
    }

    /// Path of the Study.
    pub fn study(&self) -> String {
        format!("/studies/{}", self.study)
    }

    /// Path of the Series.
    pub fn series(&self) -> String {
        format!("{}/series/{}", self.study(), self.series)
    }

    /// Path of the Instance.
    pub fn path(&self) -> String {
        format!("{}/instances/{}", self.series(), self.instance)
    }

    /// The PS3.10 file.
    pub fn file(&self) -> Vec<u8> {
        self.data_set.file(self.transfer_syntax)
    }
}

/// Everything that is stored before the checks begin.
#[derive(Debug)]
pub struct Subjects {
    /// What tells this run from others; part of every Patient ID and Accession Number.
    pub run: String,
    /// Three CT images of one Series: 12 bits, the first Study.
    pub ct: Vec<Subject>,
    /// Four native frames of 8 bits in another Series of the first Study.
    pub multi: Subject,
    /// A colour image that has an element of every VR: the second Study, its Patient's name in Japanese.
    pub rich: Subject,
    /// A JPEG image: the third Study, with all that follow.
    pub jpeg: Subject,
    /// Two frames in RLE.
    pub rle: Subject,
    /// A Basic Text SR.
    pub report: Subject,
    /// An Encapsulated PDF.
    pub pdf: Subject,
}

impl Subjects {
    /// The objects of a run.
    pub fn new(uids: &Uids) -> Self {
        let run = uids.run();
        let (first, third) = (uids.next(), uids.next());
        let axial = uids.next();
        let ct = (1..=3).map(|number| ct(uids, &run, &first, &axial, number)).collect();
        let in_third = |class| {
            let mut subject = Subject::new(uids, class, &third, &uids.next());
            third_study(&mut subject.data_set, &run);
            subject
        };
        Self {
            ct,
            multi: multi(uids, &run, &first),
            rich: rich::rich(uids, &run),
            jpeg: jpeg(in_third(SECONDARY_CAPTURE)),
            rle: rle_frames(in_third(MULTI_FRAME)),
            report: report(in_third(BASIC_TEXT_SR)),
            pdf: pdf(in_third(ENCAPSULATED_PDF)),
            run,
        }
    }

    /// All of them, Study by Study.
    pub fn by_study(&self) -> [Vec<&Subject>; 3] {
        let first = self.ct.iter().chain([&self.multi]).collect();
        [first, vec![&self.rich], vec![&self.jpeg, &self.rle, &self.report, &self.pdf]]
    }

    /// Patient ID of the first, second or third Study.
    pub fn patient(&self, study: usize) -> String {
        format!("CONF{}{}", self.run, ["A", "B", "C"][study])
    }
}

/// 256 samples of 8 bits that begin at `start`.
fn ramp(start: u8) -> Vec<u8> {
    (0..=255).map(|at: u8| at.wrapping_add(start)).collect()
}

fn first_study(data_set: &mut DataSet, run: &str) {
    data_set.texts(&[
        (0x0008_0020, "DA", "20250315"),
        (0x0008_0030, "TM", "101530.25"),
        (0x0008_0050, "SH", &format!("AC{run}")),
        (0x0008_0090, "PN", "Refer^Robert"),
        (0x0008_0201, "SH", "+0100"),
        (0x0008_1030, "LO", "Conformance chest 100%"),
        (0x0010_0010, "PN", "Conformance^Anna^Maria"),
        (0x0010_0020, "LO", &format!("CONF{run}A")),
        (0x0010_0030, "DA", "19800229"),
        (0x0010_0040, "CS", "F"),
        (0x0020_0010, "SH", "SA_1"),
    ]);
}

fn third_study(data_set: &mut DataSet, run: &str) {
    data_set.texts(&[
        (0x0008_0020, "DA", "19991231"),
        (0x0008_0030, "TM", "235959"),
        (0x0008_0050, "SH", &format!("CC{run}")),
        (0x0008_0060, "CS", "OT"),
        (0x0010_0010, "PN", "Conformance^Carl"),
        (0x0010_0020, "LO", &format!("CONF{run}C")),
        (0x0010_0030, "DA", "19501101"),
        (0x0010_0040, "CS", "M"),
        (0x0020_0010, "SH", "SC"),
        (0x0020_0011, "IS", "1"),
        (0x0020_0013, "IS", "1"),
    ]);
}

fn ct(uids: &Uids, run: &str, study: &str, series: &str, number: u16) -> Subject {
    let mut subject = Subject::new(uids, CT, study, series);
    first_study(&mut subject.data_set, run);
    let mut request = DataSet::new();
    request.texts(&[(0x0040_0009, "SH", &format!("SPS{run}")), (0x0040_1001, "SH", &format!("RP{run}"))]);
    subject.data_set.sequence(0x0040_0275, &[request]).texts(&[
        (0x0008_0060, "CS", "CT"),
        (0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (0x0008_103e, "LO", "Axial thin"),
        (0x0018_0015, "CS", "CHEST"),
        (0x0018_0050, "DS", "1.5"),
        (0x0018_0060, "DS", "120"),
        (0x0020_0011, "IS", "1"),
        (0x0020_0012, "IS", "1"),
        (0x0020_0013, "IS", &number.to_string()),
        (0x0020_0032, "DS", &format!("-8\\-8\\{}", f64::from(number) * 1.5)),
        (0x0020_0037, "DS", "1\\0\\0\\0\\1\\0"),
        (0x0020_0052, "UI", study),
        (0x0028_0030, "DS", "1\\1"),
        (0x0028_1050, "DS", "40"),
        (0x0028_1051, "DS", "400"),
        (0x0028_1052, "DS", "-1024"),
        (0x0028_1053, "DS", "1"),
        (0x0040_0244, "DA", "20250315"),
        (0x0040_0245, "TM", "101500"),
    ]);
    let samples = (0..256u16).map(|at| 864 + at * 25 / 16 + number);
    subject.native(Samples::Deep, vec![samples.flat_map(u16::to_le_bytes).collect()]);
    subject
}

fn multi(uids: &Uids, run: &str, study: &str) -> Subject {
    let mut subject = Subject::new(uids, MULTI_FRAME, study, &uids.next());
    first_study(&mut subject.data_set, run);
    subject.data_set.texts(&[
        (0x0008_0060, "CS", "OT"),
        (0x0008_0064, "CS", "WSD"),
        (0x0008_103e, "LO", "Four frames"),
        (0x0020_0011, "IS", "2"),
        (0x0020_0013, "IS", "1"),
    ]);
    subject.native(Samples::Grey, (0..4).map(|frame| ramp(frame * 60)).collect());
    subject
}

fn jpeg(mut subject: Subject) -> Subject {
    image(&mut subject.data_set, Samples::Grey, 1, encapsulated(&[GREY_JPEG.to_vec()]));
    subject.transfer_syntax = JPEG_BASELINE;
    subject
}

fn rle_frames(mut subject: Subject) -> Subject {
    let frames: Vec<Vec<u8>> = vec![ramp(10), ramp(110)];
    let coded: Vec<Vec<u8>> = frames.iter().map(|frame| rle(frame)).collect();
    image(&mut subject.data_set, Samples::Grey, 2, encapsulated(&coded));
    (subject.transfer_syntax, subject.frames) = (RLE, frames);
    subject
}

fn report(mut subject: Subject) -> Subject {
    let mut title = DataSet::new();
    title.texts(&[(0x0008_0100, "SH", "121070"), (0x0008_0102, "SH", "DCM"), (0x0008_0104, "LO", "Findings")]);
    let mut finding = DataSet::new();
    finding.texts(&[
        (0x0040_a010, "CS", "CONTAINS"),
        (0x0040_a040, "CS", "TEXT"),
        (0x0040_a160, "UT", "No finding at all"),
    ]);
    finding.sequence(0x0040_a043, std::slice::from_ref(&title));
    subject.data_set.sequence(0x0040_a043, &[title]).sequence(0x0040_a730, &[finding]).texts(&[
        (0x0008_0060, "CS", "SR"),
        (0x0040_a040, "CS", "CONTAINER"),
        (0x0040_a050, "CS", "SEPARATE"),
        (0x0040_a491, "CS", "COMPLETE"),
        (0x0040_a493, "CS", "UNVERIFIED"),
    ]);
    subject
}

/// The smallest file that is a PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n\
trailer<</Root 1 0 R>>\n%%EOF\n";

fn pdf(mut subject: Subject) -> Subject {
    subject.data_set.bytes(0x0042_0011, "OB", PDF.to_vec()).texts(&[
        (0x0008_0060, "CS", "DOC"),
        (0x0042_0010, "ST", "A page"),
        (0x0042_0012, "LO", "application/pdf"),
    ]);
    subject
}
