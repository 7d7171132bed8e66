//! What sort of image an instance is: `instances.kind`.

/// SOP Classes (below `1.2.840.10008.5.1.4.1.1.`, PS3.4 §B.5) whose kind their Modality does not tell: they may say
/// anything there, or say what another kind says too.
const BY_CLASS: [(&str, &str); 12] = [
    ("13.1.1", TOMOGRAM),   // X-Ray 3D Angiographic
    ("13.1.2", TOMOGRAM),   // X-Ray 3D Craniofacial
    ("13.1.3", TOMOGRAM),   // Breast Tomosynthesis
    ("13.1.4", RADIOGRAM),  // Breast Projection X-Ray, for presentation
    ("13.1.5", RADIOGRAM),  // Breast Projection X-Ray, for processing
    ("77.1.5.4", TOMOGRAM), // Ophthalmic Tomography
    ("6.1", ULTRASOUND),    // Ultrasound
    ("3.1", ULTRASOUND),    // Ultrasound Multi-frame
    ("6.2", ULTRASOUND),    // Enhanced US Volume
    ("66.4", OTHER),        // Segmentation
    ("30", OTHER),          // Parametric Map
    ("481.2", OTHER),       // RT Dose
];

/// Modalities of tomograms.
pub(crate) const OF_TOMOGRAMS: [&str; 5] = ["CT", "MR", "PT", "NM", "OPT"];

const TOMOGRAM: &str = "tomogram";
const RADIOGRAM: &str = "radiogram";
const ULTRASOUND: &str = "ultrasound";
const OTHER: &str = "other";

/// The kind of an instance, by its SOP Class, else by its Modality (PS3.3 §C.7.3.1.1.1). Without pixels it is `other`.
pub(super) fn kind(sop_class: &str, modality: &str, has_frames: bool) -> &'static str {
    if !has_frames {
        return OTHER;
    }
    let class = sop_class.strip_prefix("1.2.840.10008.5.1.4.1.1.").unwrap_or_default();
    if let Some(&(_, kind)) = BY_CLASS.iter().find(|(known, _)| *known == class) {
        return kind;
    }
    match modality {
        _ if OF_TOMOGRAMS.contains(&modality) => TOMOGRAM,
        "CR" | "DX" | "MG" | "IO" | "PX" | "RG" | "RF" | "XA" => RADIOGRAM,
        "US" | "IVUS" | "BDUS" => ULTRASOUND,
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_kind_of_images() {
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.2", "CT", true), TOMOGRAM);
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.13.1.3", "MG", true), TOMOGRAM);
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.1.2", "MG", true), RADIOGRAM);
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.3.1", "", true), ULTRASOUND);
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.7", "US", true), ULTRASOUND);
        assert_eq!(kind("1.3.12.2.1107.5.9.1", "MR", true), TOMOGRAM);
    }

    #[test]
    fn an_object_without_pixels_is_of_no_kind() {
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.88.11", "CT", false), OTHER);
    }
}
