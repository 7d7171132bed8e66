//! The reader over a folder of real objects.

mod exercise;
mod folder;

use data_set::{FrameIndex, ReadError, Warning, read, tags};
use folder::{files, folder};

#[test]
fn every_file_is_read_without_breaking_a_promise() {
    let Some(folder) = folder() else { return };
    for path in files(folder) {
        let bytes = std::fs::read(&path).unwrap();
        if let Err(panic) = std::panic::catch_unwind(|| exercise::exercise(&bytes)) {
            println!("{}", path.display());
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn every_sound_file_is_read_whole() {
    let Some(folder) = folder() else { return };
    for part in ["charsets", "modalities", "radiographs", "transfer-syntaxes", "volumes", "wg04"] {
        for path in files(folder.join(part)).into_iter().filter(|path| path.extension().is_none_or(|end| end == "dcm"))
        {
            let set =
                read(&std::fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let damaged = set.warnings.iter().any(|warning| {
                matches!(warning, Warning::Unreadable(_) | Warning::Delimiter(_) | Warning::Truncated(_))
            });
            let known = ["emri_small_jpeg_2k_lossless_too_short.dcm", "Tag-0040-A170-VR-CS.dcm"];
            assert_eq!(damaged, known.iter().any(|name| path.ends_with(name)), "{}", path.display());
            let pixels = set.root().get(tags::PIXEL_DATA).is_some();
            assert!(!pixels || !set.frames.is_empty(), "{}", path.display());
        }
    }
}

#[test]
fn special_files_say_what_they_were_made_for() {
    let Some(folder) = folder() else { return };
    let bytes = |name: &str| std::fs::read(folder.join("special").join(name)).unwrap();
    let frames = |name: &str| read(&bytes(name)).unwrap().frames;
    for name in
        ["bot_empty", "bot_empty_3fragments", "bot_filled", "bot_filled_3fragments", "eot_lengths", "bad_bot_wrong"]
    {
        let index = frames(&format!("{name}.dcm"));
        assert_eq!(index.len(), 5, "{name}");
        let first: Vec<_> = (1..=5).map(|number| index.frame(number).unwrap().ranges[0].start).collect();
        assert!(first.is_sorted() && first[0] < first[4], "{name}");
    }
    assert_eq!(frames("bad_frames_fewer_than_declared.dcm").len(), 3);
    assert_eq!(frames("dims_2000frames.dcm").len(), 2000);
    assert!(matches!(frames("dims_float.dcm"), FrameIndex::Native { count: 1.., .. }));
    for name in ["bad_text_only.dcm", "bad_zero_bytes.dcm"] {
        assert_eq!(read(&bytes(name)), Err(ReadError::NotDicom));
    }
    let truncated = read(&bytes("bad_truncated_pixeldata.dcm")).unwrap();
    assert_eq!(truncated.warnings, [Warning::Truncated(tags::PIXEL_DATA)]);
    assert_eq!(
        read(&bytes("bad_no_preamble_no_meta.dcm")).unwrap().warnings,
        [Warning::NoPreamble, Warning::NoFileMeta]
    );
}
