//! ISO 2022 code extensions (PS3.5 §6.1.2.4, §6.1.2.5): escape sequences that designate other sets as G0 or G1.

use std::borrow::Cow;

use super::graphic::Graphic;

/// ESC.
pub(super) const ESCAPE: u8 = 0x1b;

/// What is designated at the beginning of a value, a line or a name component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodeExtension {
    /// The set of bytes below 0x80.
    low: Graphic,
    /// The set of bytes above; `None` when no declared set has such bytes.
    high: Option<Graphic>,
}

impl Default for CodeExtension {
    fn default() -> Self {
        Self { low: Graphic::Ascii, high: None }
    }
}

impl CodeExtension {
    /// What value 1 of Specific Character Set designates.
    pub(super) fn beginning_with(graphic: Graphic) -> Self {
        let mut extension = Self::default();
        if graphic == Graphic::Katakana {
            extension.low = Graphic::Romaji;
        }
        extension.declare(graphic);
        extension
    }

    /// Takes note of a further value. The first set for bytes above 0x7F stays in force where none is designated,
    /// which spares texts whose writer forgot to designate it again in each line or component.
    pub(super) fn declare(&mut self, graphic: Graphic) {
        if !matches!(graphic, Graphic::Ascii | Graphic::Romaji | Graphic::Kanji | Graphic::SupplementaryKanji) {
            self.high.get_or_insert(graphic);
        }
    }

    /// See [`super::CharacterSet::decode`].
    pub(super) fn decode<'a>(&self, bytes: &'a [u8], person_name: bool) -> Cow<'a, str> {
        let plain = memchr::memchr(ESCAPE, bytes).is_none()
            && (self.low == Graphic::Ascii || memchr::memchr2(b'\\', b'~', bytes).is_none());
        if plain
            && (self.high.is_none() || bytes.is_ascii())
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Cow::Borrowed(text);
        }
        let mut text = String::with_capacity(bytes.len() * 3 / 2);
        let mut now = *self;
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            let taken = match first {
                ESCAPE => match escape(rest) {
                    Some((designation, length)) => {
                        now.designate(designation);
                        length
                    }
                    None => {
                        text.push(char::REPLACEMENT_CHARACTER);
                        1
                    }
                },
                0x21..=0x7e => now.decode_low(rest, person_name, self, &mut text),
                0x80.. => {
                    let run = rest.iter().position(|&byte| byte < 0x80).unwrap_or(rest.len());
                    now.high.unwrap_or(Graphic::Latin1).decode_high(&rest[..run], &mut text);
                    run
                }
                control => {
                    now.control(control, self);
                    text.push(char::from(control));
                    1
                }
            };
            rest = &rest[taken..];
        }
        Cow::Owned(text)
    }

    /// Decodes the bytes of 0x21 to 0x7E that `rest` begins with, up to and with a delimiter; returns how many.
    fn decode_low(&mut self, rest: &[u8], person_name: bool, initial: &Self, text: &mut String) -> usize {
        let delimits = |byte: u8| person_name && matches!(byte, b'^' | b'=' | b'\\');
        let graphic = |byte: &u8| (0x21..=0x7e).contains(byte);
        let run = rest.iter().position(|byte| !graphic(byte)).unwrap_or(rest.len());
        if self.low.is_double() {
            // A writer that did not return to the initial set before the delimiter leaves it without a partner.
            let pairs = run & !1;
            self.low.decode_low(&rest[..pairs], text);
            if run > pairs && delimits(rest[pairs]) {
                text.push(char::from(rest[pairs]));
                *self = *initial;
            } else if run > pairs {
                text.push(char::REPLACEMENT_CHARACTER);
            }
            return run;
        }
        match rest[..run].iter().position(|&byte| delimits(byte)) {
            Some(end) => {
                self.low.decode_low(&rest[..end], text);
                text.push(char::from(rest[end]));
                *self = *initial;
                end + 1
            }
            None => {
                self.low.decode_low(&rest[..run], text);
                run
            }
        }
    }

    /// Position of the first backslash that is no half of a character.
    pub(super) fn delimiter(&self, bytes: &[u8]) -> Option<usize> {
        let mut now = *self;
        let mut at = 0;
        while at < bytes.len() {
            let partner = bytes.get(at + 1).is_some_and(|byte| (0x21..=0x7e).contains(byte));
            at += match bytes[at] {
                ESCAPE => match escape(&bytes[at..]) {
                    Some((designation, length)) => {
                        now.designate(designation);
                        length
                    }
                    None => 1,
                },
                0x21..=0x7e if now.low.is_double() && partner => 2,
                b'\\' => return Some(at),
                byte => {
                    now.control(byte, self);
                    1
                }
            };
        }
        None
    }

    /// Control characters of text other than ESC bring the initial sets back (PS3.5 §6.1.2.5.3).
    fn control(&mut self, byte: u8, initial: &Self) {
        if matches!(byte, b'\t' | b'\n' | 0x0c | b'\r') {
            *self = *initial;
        }
    }

    fn designate(&mut self, designation: Designation) {
        match designation {
            Designation::Low(graphic) => self.low = graphic,
            Designation::High(graphic) => self.high = Some(graphic),
        }
    }
}

/// What an escape sequence changes.
#[derive(Clone, Copy)]
enum Designation {
    /// G0.
    Low(Graphic),
    /// G1.
    High(Graphic),
}

/// The escape sequence that `bytes` begin with, and its length (PS3.3 Tables C.12-3, C.12-4). Beside the Standard's own,
/// the ones that other users of ISO 2022 write for the same sets.
fn escape(bytes: &[u8]) -> Option<(Designation, usize)> {
    use Designation::{High, Low};
    Some(match *bytes.get(1..)? {
        [b'(', b'B', ..] => (Low(Graphic::Ascii), 3),
        [b'(', b'J', ..] => (Low(Graphic::Romaji), 3),
        [b'(', b'I', ..] => (Low(Graphic::Katakana), 3),
        [b')', b'I', ..] => (High(Graphic::Katakana), 3),
        [b'-', b'A', ..] => (High(Graphic::Latin1), 3),
        [b'-', b'B', ..] => (High(Graphic::Latin2), 3),
        [b'-', b'C', ..] => (High(Graphic::Latin3), 3),
        [b'-', b'D', ..] => (High(Graphic::Latin4), 3),
        [b'-', b'L', ..] => (High(Graphic::Cyrillic), 3),
        [b'-', b'G', ..] => (High(Graphic::Arabic), 3),
        [b'-', b'F', ..] => (High(Graphic::Greek), 3),
        [b'-', b'H', ..] => (High(Graphic::Hebrew), 3),
        [b'-', b'M', ..] => (High(Graphic::Latin5), 3),
        [b'-', b'T', ..] => (High(Graphic::Thai), 3),
        [b'-', b'b', ..] => (High(Graphic::Latin9), 3),
        [b'$', b'B' | b'@', ..] => (Low(Graphic::Kanji), 3),
        [b'$', b'A', ..] => (Low(Graphic::Chinese), 3),
        [b'$', b'(', b'B' | b'@', ..] => (Low(Graphic::Kanji), 4),
        [b'$', b'(', b'D', ..] => (Low(Graphic::SupplementaryKanji), 4),
        [b'$', b'(', b'C', ..] => (Low(Graphic::Korean), 4),
        [b'$', b')', b'C', ..] => (High(Graphic::Korean), 4),
        [b'$', b'(', b'A', ..] => (Low(Graphic::Chinese), 4),
        [b'$', b')', b'A', ..] => (High(Graphic::Chinese), 4),
        _ => return None,
    })
}
