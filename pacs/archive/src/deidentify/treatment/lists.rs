//! What is done with attributes that Table E.1-1 leaves to an implementer, or leaves out.

/// What the options say anew, whatever was there (PS3.15 §E.1.1).
pub(in crate::deidentify) const MARKS: [(u16, u16); 4] = [
    (0x0012, 0x0062), // Patient Identity Removed
    (0x0012, 0x0063), // De-identification Method
    (0x0012, 0x0064), // De-identification Method Code Sequence
    (0x0028, 0x0303), // Longitudinal Temporal Information Modified
];

/// Dates, and dates with times, of what was done with the patient: they are moved. Others (of equipment, whose dates many
/// patients share, and of codes and software, which everybody can look up) would tell by how much.
pub(super) const MOVED: [(u16, u16); 19] = [
    (0x0008, 0x0012), // Instance Creation Date
    (0x0008, 0x0020), // Study Date
    (0x0008, 0x0021), // Series Date
    (0x0008, 0x0022), // Acquisition Date
    (0x0008, 0x0023), // Content Date
    (0x0008, 0x002A), // Acquisition DateTime
    (0x0018, 0x1078), // Radiopharmaceutical Start DateTime
    (0x0018, 0x1079), // Radiopharmaceutical Stop DateTime
    (0x0018, 0x9074), // Frame Acquisition DateTime
    (0x0018, 0x9151), // Frame Reference DateTime
    (0x0018, 0x9516), // Start Acquisition DateTime
    (0x0018, 0x9517), // End Acquisition DateTime
    (0x0018, 0x9701), // Decay Correction DateTime
    (0x0040, 0x0244), // Performed Procedure Step Start Date
    (0x0040, 0x0250), // Performed Procedure Step End Date
    (0x3006, 0x0008), // Structure Set Date
    (0x3008, 0x0250), // Treatment Date
    (0x300A, 0x0006), // RT Plan Date
    (0x0040, 0xA13A), // Referenced DateTime
];

/// Times of what was done with the patient. Whole days are what dates are moved by, so they stay.
pub(super) const TIMES: [(u16, u16); 15] = [
    (0x0008, 0x0013), // Instance Creation Time
    (0x0008, 0x0030), // Study Time
    (0x0008, 0x0031), // Series Time
    (0x0008, 0x0032), // Acquisition Time
    (0x0008, 0x0033), // Content Time
    (0x0018, 0x0027), // Intervention Drug Stop Time
    (0x0018, 0x0035), // Intervention Drug Start Time
    (0x0018, 0x1042), // Contrast/Bolus Start Time
    (0x0018, 0x1043), // Contrast/Bolus Stop Time
    (0x0018, 0x1072), // Radiopharmaceutical Start Time
    (0x0018, 0x1073), // Radiopharmaceutical Stop Time
    (0x0040, 0x0245), // Performed Procedure Step Start Time
    (0x0040, 0x0251), // Performed Procedure Step End Time
    (0x3006, 0x0009), // Structure Set Time
    (0x3008, 0x0251), // Treatment Time
];

/// UIDs that name kinds of things, not things: the table leaves them alone too.
pub(super) const KINDS: [(u16, u16); 17] = [
    (0x0008, 0x0016), // SOP Class UID
    (0x0008, 0x001A), // Related General SOP Class UID
    (0x0008, 0x001B), // Original Specialized SOP Class UID
    (0x0008, 0x0062), // SOP Classes in Study
    (0x0008, 0x010C), // Coding Scheme UID
    (0x0008, 0x010D), // Context Group Extension Creator UID
    (0x0008, 0x0117), // Context UID
    (0x0008, 0x0118), // Mapping Resource UID
    (0x0008, 0x040E), // Stored Instance Transfer Syntax UID
    (0x0008, 0x1150), // Referenced SOP Class UID
    (0x0008, 0x115A), // SOP Classes Supported
    (0x0008, 0x3002), // Available Transfer Syntax UID
    (0x0034, 0x0003), // Flow Transfer Syntax UID
    (0x0400, 0x0010), // MAC Calculation Transfer Syntax UID
    (0x0400, 0x0510), // Encrypted Content Transfer Syntax UID
    (0x3010, 0x0052), // Pertinent SOP Classes in Study
    (0x3010, 0x0053), // Pertinent SOP Classes in Series
];

/// Acquisition Context Sequence (0040,0555), which images must have, without Items if need be. Others that may be removed are:
/// where they are optional, they may not be empty.
pub(super) const ACQUISITION_CONTEXT: (u16, u16) = (0x0040, 0x0555);

/// Sequences that the table leaves alone, and that say who numbered an order: the numbers are replaced or go.
pub(super) const ISSUERS: [(u16, u16); 6] = [
    (0x0008, 0x0051), // Issuer of Accession Number Sequence
    (0x0040, 0x0026), // Order Placer Identifier Sequence
    (0x0040, 0x0027), // Order Filler Identifier Sequence
    (0x0040, 0x0036), // Assigning Facility Sequence
    (0x0040, 0x0039), // Assigning Jurisdiction Code Sequence
    (0x0040, 0x003A), // Assigning Agency or Department Code Sequence
];

/// UIDs of Studies, Series and Instances.
pub(super) const OWN: [(u16, u16); 4] = [
    (0x0008, 0x0018), // SOP Instance UID
    (0x0008, 0x1155), // Referenced SOP Instance UID
    (0x0020, 0x000D), // Study Instance UID
    (0x0020, 0x000E), // Series Instance UID
];

/// Texts that the table leaves alone, and that somebody wrote, or that number an order or a device. There must be one
/// of some.
pub(super) const WRITTEN: [(u16, u16); 29] = [
    (0x0018, 0x1003), // Device ID
    (0x0018, 0x1801), // Time Source
    (0x0018, 0x1803), // NTP Source Address
    (0x0018, 0x9423), // Acquisition Protocol Name
    (0x0018, 0x9433), // Field of View Description
    (0x0018, 0x9900), // Reference Location Label
    (0x0018, 0x9916), // Instruction Text
    (0x0020, 0x9453), // Frame Label
    (0x0028, 0x6022), // Frame of Interest Description
    (0x0040, 0x0255), // Performed Procedure Type Description
    (0x0040, 0x1006), // Placer Order Number / Procedure
    (0x0040, 0x1007), // Filler Order Number / Procedure
    (0x0040, 0x1060), // Requested Procedure Description
    (0x0040, 0x2006), // Placer Order Number / Imaging Service Request (retired)
    (0x0040, 0x2007), // Filler Order Number / Imaging Service Request (retired)
    (0x0054, 0x0400), // Image ID
    (0x0062, 0x0005), // Segment Label
    (0x0062, 0x0020), // Tracking ID
    (0x0070, 0x0081), // Content Description
    (0x0088, 0x0130), // Storage Media File-set ID
    (0x3002, 0x0002), // RT Image Label
    (0x3002, 0x0003), // RT Image Name
    (0x3002, 0x0020), // Radiation Machine Name
    (0x3004, 0x0006), // Dose Comment
    (0x3006, 0x00C8), // Frame of Reference Transformation Comment
    (0x300A, 0x0009), // Treatment Protocols
    (0x300A, 0x00C2), // Beam Name
    (0x300A, 0x0183), // Patient Setup Label
    (0x300A, 0x0244), // Template Name
];

/// Tables of numbers that are written as bytes (OW) or as numbers (US).
pub(super) const TABLES: [(u16, u16); 10] = [
    (0x0028, 0x1201), // Red Palette Color Lookup Table Data
    (0x0028, 0x1202), // Green Palette Color Lookup Table Data
    (0x0028, 0x1203), // Blue Palette Color Lookup Table Data
    (0x0028, 0x1204), // Alpha Palette Color Lookup Table Data
    (0x0028, 0x1221), // Segmented Red Palette Color Lookup Table Data
    (0x0028, 0x1222), // Segmented Green Palette Color Lookup Table Data
    (0x0028, 0x1223), // Segmented Blue Palette Color Lookup Table Data
    (0x0028, 0x1224), // Segmented Alpha Palette Color Lookup Table Data
    (0x0028, 0x1408), // Blending Lookup Table Data
    (0x0028, 0x3006), // LUT Data
];
