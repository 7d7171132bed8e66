//! The sets of graphic characters that ISO 2022 code extensions switch between (PS3.3 Tables C.12-2 to C.12-4).

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK};

/// A registered set of graphic characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Graphic {
    /// ISO-IR 6: ASCII.
    Ascii,
    /// ISO-IR 14: JIS X 0201 romaji, which has a yen sign for the backslash and an overline for the tilde.
    Romaji,
    /// ISO-IR 13: JIS X 0201 half-width katakana.
    Katakana,
    /// ISO-IR 100: ISO 8859-1.
    Latin1,
    /// ISO-IR 101: ISO 8859-2.
    Latin2,
    /// ISO-IR 109: ISO 8859-3.
    Latin3,
    /// ISO-IR 110: ISO 8859-4.
    Latin4,
    /// ISO-IR 144: ISO 8859-5.
    Cyrillic,
    /// ISO-IR 127: ISO 8859-6.
    Arabic,
    /// ISO-IR 126: ISO 8859-7.
    Greek,
    /// ISO-IR 138: ISO 8859-8.
    Hebrew,
    /// ISO-IR 148: ISO 8859-9.
    Latin5,
    /// ISO-IR 166: TIS 620.
    Thai,
    /// ISO-IR 203: ISO 8859-15.
    Latin9,
    /// ISO-IR 87: JIS X 0208.
    Kanji,
    /// ISO-IR 159: JIS X 0212.
    SupplementaryKanji,
    /// ISO-IR 149: KS X 1001.
    Korean,
    /// ISO-IR 58: GB 2312.
    Chinese,
}

impl Graphic {
    /// From a defined term in capitals, without its blanks, dashes and underscores.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        let rest = name.strip_prefix(b"ISO").unwrap_or(name);
        if let Some(part) = rest.strip_prefix(b"8859") {
            return Self::of_iso_8859(part);
        }
        let rest = rest.strip_prefix(b"2022").unwrap_or(rest);
        let rest = rest.strip_prefix(b"IR").unwrap_or(rest);
        Some(match rest {
            b"6" => Self::Ascii,
            b"13" | b"14" => Self::Katakana,
            b"100" => Self::Latin1,
            b"101" => Self::Latin2,
            b"109" => Self::Latin3,
            b"110" => Self::Latin4,
            b"144" => Self::Cyrillic,
            b"127" => Self::Arabic,
            b"126" => Self::Greek,
            b"138" => Self::Hebrew,
            b"148" => Self::Latin5,
            b"166" => Self::Thai,
            b"203" => Self::Latin9,
            b"87" => Self::Kanji,
            b"159" => Self::SupplementaryKanji,
            b"149" => Self::Korean,
            b"58" => Self::Chinese,
            _ => return None,
        })
    }

    /// From the number of a part of ISO 8859.
    fn of_iso_8859(part: &[u8]) -> Option<Self> {
        Some(match part {
            b"1" => Self::Latin1,
            b"2" => Self::Latin2,
            b"3" => Self::Latin3,
            b"4" => Self::Latin4,
            b"5" => Self::Cyrillic,
            b"6" => Self::Arabic,
            b"7" => Self::Greek,
            b"8" => Self::Hebrew,
            b"9" => Self::Latin5,
            b"11" => Self::Thai,
            b"15" => Self::Latin9,
            _ => return None,
        })
    }

    /// Whether its characters take two bytes.
    pub(super) fn is_double(self) -> bool {
        matches!(self, Self::Kanji | Self::SupplementaryKanji | Self::Korean | Self::Chinese)
    }

    /// Appends what `run`, bytes of 0x21 to 0x7E, stands for when this set is designated as G0.
    pub(super) fn decode_low(self, run: &[u8], text: &mut String) {
        match self {
            Self::Romaji => text.extend(run.iter().map(|&byte| match byte {
                b'\\' => '\u{a5}',
                b'~' => '\u{203e}',
                byte => char::from(byte),
            })),
            Self::Ascii => text.extend(run.iter().map(|&byte| char::from(byte))),
            _ => {
                let high: Vec<u8> = run.iter().map(|byte| byte | 0x80).collect();
                self.decode_high(&high, text);
            }
        }
    }

    /// Appends what `run`, bytes of 0x80 to 0xFF, stands for when this set is designated as G1.
    pub(super) fn decode_high(self, run: &[u8], text: &mut String) {
        match self {
            Self::Kanji => text.extend(EUC_JP.decode_without_bom_handling(run).0.chars().map(as_registered)),
            Self::SupplementaryKanji => {
                let marked: Vec<u8> =
                    run.chunks(2).flat_map(|pair| [0x8f].into_iter().chain(pair.iter().copied())).collect();
                text.push_str(&EUC_JP.decode_without_bom_handling(&marked).0);
            }
            Self::Korean => text.push_str(&EUC_KR.decode_without_bom_handling(run).0),
            Self::Chinese => text.push_str(&GBK.decode_without_bom_handling(run).0),
            _ => text.extend(run.iter().map(|&byte| self.character(byte))),
        }
    }

    /// The character at `byte`, 0x80 to 0xFF, of a set of single bytes designated as G1.
    fn character(self, byte: u8) -> char {
        let table = match (self, byte) {
            (Self::Ascii | Self::Romaji, _) => return char::REPLACEMENT_CHARACTER,
            (_, 0x80..=0x9f) | (Self::Latin1, _) => return char::from(byte),
            (Self::Katakana, 0xa1..=0xdf) => return half_width(byte - 0xa1),
            (Self::Latin2, _) => encoding_rs::ISO_8859_2,
            (Self::Latin3, _) => encoding_rs::ISO_8859_3,
            (Self::Latin4, _) => encoding_rs::ISO_8859_4,
            (Self::Cyrillic, _) => encoding_rs::ISO_8859_5,
            (Self::Arabic, _) => encoding_rs::ISO_8859_6,
            (Self::Greek, _) => encoding_rs::ISO_8859_7,
            (Self::Hebrew, _) => encoding_rs::ISO_8859_8,
            // The same as ISO 8859-9 and TIS 620 from 0xA0 on.
            (Self::Latin5, _) => encoding_rs::WINDOWS_1254,
            (Self::Thai, _) => encoding_rs::WINDOWS_874,
            (Self::Latin9, _) => encoding_rs::ISO_8859_15,
            _ => return char::REPLACEMENT_CHARACTER,
        };
        single(table, byte)
    }
}

/// The character of `byte` in an encoding of single bytes.
fn single(table: &'static Encoding, byte: u8) -> char {
    let mut text = [0; 4];
    let (.., written, _) = table.new_decoder_without_bom_handling().decode_to_utf8(&[byte], &mut text, true);
    let text = std::str::from_utf8(&text[..written]).unwrap_or_default();
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Half-width katakana number `index`, from U+FF61.
fn half_width(index: u8) -> char {
    char::from_u32(0xff61 + u32::from(index)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// JIS X 0208 as the registration maps it, where the tables of the web follow another vendor's code page.
fn as_registered(character: char) -> char {
    match character {
        '\u{ff5e}' => '\u{301c}',
        '\u{2225}' => '\u{2016}',
        '\u{ff0d}' => '\u{2212}',
        '\u{ffe0}' => '\u{a2}',
        '\u{ffe1}' => '\u{a3}',
        '\u{ffe2}' => '\u{ac}',
        character => character,
    }
}
