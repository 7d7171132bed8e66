//! Where glyphs come from: DejaVu Sans, which is part of the program, then the fonts of this machine.
//!
//! The fonts of the machine are looked at when the first letter comes that DejaVu Sans does not have (Chinese, Japanese,
//! Korean, Thai, …), once for the life of the process; those that are used stay in memory.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use swash::FontRef;

/// Where fonts are installed.
const FOLDERS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];

/// How deep folders are looked into, how many files, how large a file and all of them may be, in bytes.
const DEPTH: usize = 6;
const FILES: usize = 1024;
const LARGEST: u64 = 64 << 20;
const TOGETHER: u64 = 1 << 30;

/// Most fonts of the machine that are kept.
const FONTS: usize = 8;

/// Faces for special purposes, which are no good for plain text.
const UNUSUAL: [&str; 9] = ["bold", "italic", "oblique", "thin", "light", "black", "condensed", "emoji", "math"];

static EMBEDDED: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::from_index(dejavu::sans::regular(), 0));
static INSTALLED: LazyLock<Vec<Installed>> = LazyLock::new(installed);
static KEPT: Mutex<Vec<(usize, Option<FontRef<'static>>)>> = Mutex::new(Vec::new());

/// A font of the machine and the characters it has.
struct Installed {
    path: PathBuf,
    characters: Vec<(u32, u32)>,
    count: u32,
}

/// A font that has a character; the embedded one where it does.
pub(super) fn font_for(character: char) -> Option<FontRef<'static>> {
    let embedded = EMBEDDED.filter(|font| font.charmap().map(character) != 0);
    embedded.or_else(|| INSTALLED.iter().enumerate().filter(|(_, font)| font.has(character)).find_map(kept))
}

/// The font, read when it is first wanted; `None` when it cannot be read, or too many have been.
fn kept((place, installed): (usize, &Installed)) -> Option<FontRef<'static>> {
    let mut kept = KEPT.lock().ok()?;
    if let Some((_, font)) = kept.iter().find(|(known, _)| *known == place) {
        return *font;
    }
    if kept.len() >= FONTS {
        return None;
    }
    let bytes: Option<&'static [u8]> = std::fs::read(&installed.path).ok().map(|bytes| &*bytes.leak());
    let font = bytes.and_then(|bytes| FontRef::from_index(bytes, 0));
    kept.push((place, font));
    font
}

impl Installed {
    fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let font = FontRef::from_index(&bytes, 0)?;
        let mut characters: Vec<(u32, u32)> = Vec::new();
        let mut count = 0;
        font.charmap().enumerate(|character, glyph| {
            if glyph == 0 {
                return;
            }
            count += 1;
            match characters.last_mut() {
                Some((_, last)) if *last + 1 == character => *last = character,
                _ => characters.push((character, character)),
            }
        });
        characters.sort_unstable();
        Some(Self { path: path.to_owned(), characters, count })
    }

    fn has(&self, character: char) -> bool {
        let character = u32::from(character);
        let place = self.characters.partition_point(|(first, _)| *first <= character);
        place.checked_sub(1).is_some_and(|place| self.characters[place].1 >= character)
    }
}

/// The fonts of the machine, those with the most characters first.
fn installed() -> Vec<Installed> {
    let mut files = Vec::new();
    FOLDERS.iter().for_each(|folder| gather(Path::new(folder), DEPTH, &mut files));
    files.sort();
    let mut read = 0;
    let mut fonts: Vec<Installed> = files
        .iter()
        .filter(|(_, length)| {
            read += length;
            read <= TOGETHER
        })
        .filter_map(|(path, _)| std::panic::catch_unwind(|| Installed::read(path)).ok().flatten())
        .collect();
    fonts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.path.cmp(&b.path)));
    fonts
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<(PathBuf, u64)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(about)) = (entry.path(), entry.metadata()) else { continue };
        if about.is_dir() && depth > 0 {
            gather(&path, depth - 1, files);
        } else if about.is_file() && about.len() <= LARGEST && files.len() < FILES && is_plain(&path) {
            files.push((path, about.len()));
        }
    }
}

fn is_plain(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    [".ttf", ".otf", ".ttc"].iter().any(|suffix| name.ends_with(suffix))
        && !UNUSUAL.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_font_has_the_scripts_that_are_promised() {
        let font = EMBEDDED.expect("a font");
        for character in "AzÀžΑωЯђאתعةԱა€µ°±²≤".chars() {
            assert!(font.charmap().map(character) != 0, "{character}");
        }
    }

    #[test]
    fn only_plain_faces_are_looked_at() {
        for (name, is) in [("NotoSansCJK-Regular.ttc", true), ("a.OTF", true), ("A-Bold.ttf", false), ("a.pfb", false)]
        {
            assert_eq!(is_plain(Path::new(name)), is, "{name}");
        }
    }

    #[test]
    fn characters_are_found_among_their_neighbours() {
        let characters = vec![(5, 7), (20, 20)];
        let font = Installed { path: PathBuf::new(), characters, count: 4 };
        let has = |code: u32| font.has(char::from_u32(code).expect("a character"));
        assert_eq!([4, 5, 7, 8, 20, 21].map(has), [false, true, true, false, true, false]);
    }
}
